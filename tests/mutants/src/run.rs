//! Runs tests with a mutant, until one fails.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::{
    table::File,
    tree::{Program, Programs, SWITCH},
};

/// How often the time that tests take without a mutant they may take with one, and how much more.
const SLOWER: u32 = 3;
const SLACK: Duration = Duration::from_secs(20);

/// What came of it.
pub(crate) enum Outcome {
    Survived,
    /// By this test.
    Caught(String),
    TimedOut,
}

/// The tests of one file, and how long they may take.
pub(crate) struct Tests<'t> {
    programs: &'t Programs,
    file: &'t File,
    unit: Duration,
    it: Duration,
}

impl<'t> Tests<'t> {
    /// Runs them without a mutant: they must pass then.
    pub(crate) fn measure(programs: &'t Programs, file: &'t File) -> Result<Self> {
        let mut tests = Self {
            programs,
            file,
            unit: Duration::MAX,
            it: Duration::MAX,
        };
        let began = Instant::now();
        let unit = tests.run_unit(0)?;
        let between = Instant::now();
        let it = tests.run_it(0)?;
        for outcome in [unit, it] {
            if let Outcome::Caught(test) = outcome {
                anyhow::bail!("{test} fails without a mutant");
            }
        }
        tests.unit = (between - began) * SLOWER + SLACK;
        tests.it = between.elapsed() * SLOWER + SLACK;
        Ok(tests)
    }

    /// Whether a file has the same ones.
    pub(crate) fn are_of(&self, file: &File) -> bool {
        self.file.unit == file.unit && self.file.it == file.it
    }

    /// Runs them with a mutant.
    pub(crate) fn run(&self, mutant: usize) -> Result<Outcome> {
        match self.run_unit(mutant)? {
            Outcome::Survived => self.run_it(mutant),
            outcome => Ok(outcome),
        }
    }

    fn run_unit(&self, mutant: usize) -> Result<Outcome> {
        for (package, names) in &self.file.unit {
            let program = self.programs.unit(package)?;
            match run(program, names, mutant, self.unit)? {
                Outcome::Survived => {}
                outcome => return Ok(outcome),
            }
        }
        Ok(Outcome::Survived)
    }

    fn run_it(&self, mutant: usize) -> Result<Outcome> {
        run(&self.programs.it, &self.file.it, mutant, self.it)
    }
}

fn run(program: &Program, names: &[String], mutant: usize, limit: Duration) -> Result<Outcome> {
    if names.is_empty() {
        return Ok(Outcome::Survived);
    }
    let child = Command::new(&program.path)
        .args(names)
        .current_dir(&program.folder)
        .env(SWITCH, mutant.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let mut child = Group(child);
    let output = child.0.stdout.take().context("no output")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines
            .map_while(|line| sender.send(line).ok())
            .for_each(drop);
    });
    let began = Instant::now();
    loop {
        match lines.recv_timeout(limit.saturating_sub(began.elapsed())) {
            Ok(line) => {
                if let Some(test) = failed(&line) {
                    return Ok(Outcome::Caught(test.to_owned()));
                }
                if let Some(result) = line.strip_prefix("test result: ok. ") {
                    ensure!(!result.starts_with("0 "), "no test is named {names:?}");
                    return Ok(Outcome::Survived);
                }
            }
            Err(RecvTimeoutError::Timeout) => return Ok(Outcome::TimedOut),
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Outcome::Caught("the end of the test program".into()));
            }
        }
    }
}

/// The test that has failed, if a line of the test program says so.
fn failed(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// A process with all that it has started, which ends when this is dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = Pid::from_raw(self.0.id().cast_signed()) {
            // Fails only where all of them have ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}
