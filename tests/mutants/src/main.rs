//! Looks for faults in the runtime's critical files that no test notices: `stockade-mutants [--file PART…] [--list]`.
//!
//! A mutant is a small change: a comparison that is another one, a statement that is left out. All of them are written into
//! one copy of the checkout, each as a branch on a switch, so that it is built once ([`points`], [`tree`]). Then the tests
//! run with one mutant after the other ([`run`]); one that passes all of them survives, and shows what they do not test.
//! Which files, which tests, and which mutants come to the same as the original is in `mutants.toml` ([`table`]).

mod points;
mod run;
mod table;
mod tree;

use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Result, ensure};
use clap::Parser;

use points::Point;
use run::{Outcome, Tests};
use table::Table;
use tree::{Mutated, Tree};

/// Runs the tests with small faults in the code, one at a time, and lists those that no test notices.
#[derive(Parser)]
struct Arguments {
    /// Only where `path:line` has this in it.
    #[arg(long, value_name = "PART")]
    file: Vec<String>,

    /// Only list the mutants that there are, those that will not compile among them.
    #[arg(long)]
    list: bool,

    /// How many are tested at once.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let table = Table::read()?;
    let mut tree = Tree::here()?;
    if arguments.list {
        let mutated = tree.mutate(&table)?;
        for (file, point) in chosen(&mutated, &arguments.file) {
            println!("{}", describe(file, point));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (programs, mutated) = tree.build(&table)?;
    let chosen = chosen(&mutated, &arguments.file);
    let mut tests: Vec<Tests<'_>> = Vec::new();
    for (file, _) in &chosen {
        if !tests.iter().any(|known| known.are_of(file.file)) {
            println!("{}: without a mutant", file.file.path);
            tests.push(Tests::measure(&programs, file.file)?);
        }
    }
    let survivors = test_all(&chosen, arguments.jobs, |file, point| {
        let tests = tests.iter().find(|known| known.are_of(file.file));
        tests.map_or(Ok(Outcome::Survived), |tests| tests.run(point.number))
    })?;

    let is_explained = |(file, point): &Chosen<'_>| {
        let mut known = table.equivalent.iter();
        known.any(|known| known.path == file.file.path && known.change == point.change)
    };
    let (explained, others): (Vec<_>, Vec<_>) = survivors.into_iter().partition(is_explained);
    println!(
        "\n{} mutants: {} caught, {} that come to the same, {} survivors",
        chosen.len(),
        chosen.len() - explained.len() - others.len(),
        explained.len(),
        others.len()
    );
    for (file, point) in &others {
        println!("survived: {}", describe(file, point));
    }
    // An explanation that has become wrong must not hide another change.
    let caught = chosen.iter().filter(|it| {
        is_explained(it) && explained.iter().all(|(_, same)| same.number != it.1.number)
    });
    let wrong: Vec<_> = caught.collect();
    for (file, point) in &wrong {
        println!("caught, against mutants.toml: {}", describe(file, point));
    }
    Ok(ExitCode::from(u8::from(
        !others.is_empty() || !wrong.is_empty(),
    )))
}

type Chosen<'m> = (&'m Mutated<'m>, &'m Point);

fn chosen<'m>(mutated: &'m [Mutated<'m>], parts: &[String]) -> Vec<Chosen<'m>> {
    let all = mutated
        .iter()
        .flat_map(|file| file.points.iter().map(move |point| (file, point)));
    let is_chosen = |(file, point): &Chosen<'_>| {
        let place = place(file, point);
        parts.is_empty() || parts.iter().any(|part| place.contains(part.as_str()))
    };
    all.filter(is_chosen).collect()
}

fn place(file: &Mutated<'_>, point: &Point) -> String {
    format!("{}:{}", file.file.path, point.line)
}

fn describe(file: &Mutated<'_>, point: &Point) -> String {
    format!("{}: {}", place(file, point), point.change)
}

/// Tests all mutants, some at once; gives those that survive.
fn test_all<'m>(
    chosen: &[Chosen<'m>],
    jobs: usize,
    test: impl Fn(&Mutated<'_>, &Point) -> Result<Outcome> + Sync,
) -> Result<Vec<Chosen<'m>>> {
    let next = AtomicUsize::new(0);
    let survivors = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((file, point)) = chosen.get(index) else {
                return Ok(());
            };
            let began = Instant::now();
            let outcome = match test(file, point)? {
                Outcome::Survived => {
                    let mut survivors = survivors.lock().unwrap_or_else(PoisonError::into_inner);
                    survivors.push((*file, *point));
                    "SURVIVED".to_owned()
                }
                Outcome::Caught(test) => format!("caught by {test}"),
                Outcome::TimedOut => "caught by the time limit".to_owned(),
            };
            let time = began.elapsed().as_secs_f32();
            println!(
                "[{}/{}] {}: {outcome} ({time:.1} s)",
                index + 1,
                chosen.len(),
                describe(file, point)
            );
        }
    };
    let ended = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join());
        ended.collect::<Vec<_>>()
    });
    for worker in ended {
        ensure!(worker.is_ok(), "a worker panicked");
        if let Ok(result) = worker {
            result?;
        }
    }
    let mut survivors = survivors
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    survivors.sort_by_key(|(_, point)| point.number);
    Ok(survivors)
}
