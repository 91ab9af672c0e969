//! Ends this process when a test hangs, and says which test it is.
//!
//! A test is watched from its first use of the harness until its thread ends. Every wait of the harness has a deadline of
//! its own; the watchdog is for those that have none: a deadlock, a loop that never ends, a runtime that cannot stop.

use std::{
    collections::HashMap,
    io::Write,
    process::Command,
    sync::{LazyLock, Mutex, Once},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// How long a test may take. The slowest ones take two minutes on a busy machine.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Another limit, in seconds. Not named like a setting: servers refuse those that they do not know.
const LIMIT_VARIABLE: &str = "TEST_LIMIT_SECONDS";

/// The tests that run, and when each began.
static RUNNING: LazyLock<Mutex<HashMap<ThreadId, Running>>> = LazyLock::new(Mutex::default);

thread_local! {
    static WATCHED: Watched = Watched::begin();
}

struct Running {
    name: String,
    since: Instant,
}

/// Ends with the thread, and so with the test.
struct Watched;

impl Watched {
    fn begin() -> Self {
        static STARTED: Once = Once::new();
        let thread = thread::current();
        let running = Running {
            // The test's: the test framework names its threads so.
            name: thread.name().unwrap_or("a thread of a test").to_owned(),
            since: Instant::now(),
        };
        RUNNING.lock().unwrap().insert(thread.id(), running);
        STARTED.call_once(|| {
            thread::spawn(watch);
        });
        Self
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        RUNNING.lock().unwrap().remove(&thread::current().id());
    }
}

/// Watches the test of the current thread from now on.
pub(super) fn begin() {
    WATCHED.with(|_| ());
}

fn watch() {
    let seconds = std::env::var(LIMIT_VARIABLE).ok();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    let limit = seconds.map_or(LIMIT, Duration::from_secs);
    loop {
        let running = RUNNING.lock().unwrap();
        let over: Vec<_> = running
            .values()
            .filter(|test| test.since.elapsed() >= limit)
            .map(|test| test.name.clone())
            .collect();
        if !over.is_empty() {
            give_up(&over, limit);
        }
        let oldest = running.values().map(|test| test.since.elapsed()).max();
        drop(running);
        // Tests that begin meanwhile have the whole limit before them.
        #[expect(clippy::disallowed_methods, reason = "the thread is its own")]
        thread::sleep(limit.saturating_sub(oldest.unwrap_or_default()));
    }
}

fn give_up(over: &[String], limit: Duration) -> ! {
    // Not `eprintln!`, whose text is kept with a test's output, and lost.
    let mut stderr = std::io::stderr();
    for test in over {
        let _ = writeln!(stderr, "\ntest {test} hangs: it runs for {limit:?}");
    }
    let _ = writeln!(
        stderr,
        "the test process ends, with all that it has started"
    );
    // They would keep its output open, and whoever reads that would wait for them.
    let children = descendants(std::process::id());
    let _ = Command::new("kill").arg("-KILL").args(children).status();
    std::process::abort();
}

/// The ids of all processes that this one or its children have started.
fn descendants(of: u32) -> Vec<String> {
    let processes: Vec<_> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let id = entry.file_name().to_str()?.parse::<u32>().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // `id (name) state parent …`; the name may have any characters.
            let parent = stat
                .rsplit_once(") ")?
                .1
                .split(' ')
                .nth(1)?
                .parse::<u32>()
                .ok()?;
            Some((id, parent))
        })
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = processes.iter().filter(|process| process.1 == parent);
        found.extend(children.map(|process| process.0));
        next += 1;
    }
    found.iter().skip(1).map(u32::to_string).collect()
}

/// The test starts itself again with [`HANGING`], and then hangs, as does a process that it has started.
#[test]
fn hanging_test_ends_the_process_and_is_named() {
    const NAME: &str = "harness::watchdog::hanging_test_ends_the_process_and_is_named";
    const HANGING: &str = "TEST_HANGS";
    begin();
    if std::env::var_os(HANGING).is_some() {
        let mut child = Command::new("sleep").arg("3600").spawn().unwrap();
        child.wait().unwrap();
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let again = again.args(["--exact", NAME]);
    // Its output ends only when no process has it open any more.
    let output = super::output(again.env(HANGING, "1").env(LIMIT_VARIABLE, "1"));
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&format!("test {NAME} hangs")), "{said}");
}
