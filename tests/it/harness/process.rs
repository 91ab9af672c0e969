//! Processes that a test starts and waits for, but not for ever.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::PATIENCE;

/// How long a process may take. Some compile components, some compile crates.
const LIMIT: Duration = Duration::from_secs(4 * 60);

/// Runs a command to its end. For tests without a server, and servers that have little to say: their log is not read
/// meanwhile.
pub(crate) fn output(command: &mut Command) -> Output {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    finished(child, &format!("{command:?}"))
}

/// The same beside other things of the test.
pub(crate) async fn output_of(command: &mut tokio::process::Command) -> Output {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    match tokio::time::timeout(LIMIT, output).await {
        Ok(output) => output.unwrap_or_else(|error| panic!("{command:?}: {error}")),
        Err(_) => panic!("{command:?} does not end within {LIMIT:?}"),
    }
}

/// Waits for the end of a process that was started already.
pub(crate) fn finished(child: Child, what: &str) -> Output {
    let id = child.id().to_string();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    receiver.recv_timeout(LIMIT).map_or_else(
        |_| {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            panic!("{what} does not end within {LIMIT:?}")
        },
        Result::unwrap,
    )
}

/// A process that does not outlive its test.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines that a process writes, as they come.
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(stream).lines().map_while(Result::ok);
            // Reads on when nobody wants the lines any more, so that the process never finds its output full.
            lines.for_each(|line| {
                let _ = sender.send(line);
            });
        });
        Self(receiver)
    }
}

/// Ends with the process. A line that does not come in time fails the test.
impl Iterator for Lines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        match self.0.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line within {PATIENCE:?}"),
        }
    }
}
