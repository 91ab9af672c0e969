//! A script in another language that goes through steps of its own.

use std::{ffi::OsStr, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::{PATIENCE, in_time, root};

/// A process that prints a line for each step; killed when dropped.
pub(crate) struct Script {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Starts `program`, in a folder of the checkout.
    pub(crate) fn start(folder: &str, program: impl AsRef<OsStr>, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(root().join(folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("start a script: run `make setup`");
        let stdout = child.stdout.take().unwrap();
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// The next line that it prints; none once it has ended.
    pub(crate) async fn line(&mut self) -> Option<String> {
        // A step waits for several things, each with a patience of its own.
        let line = tokio::time::timeout(PATIENCE * 3, self.lines.next_line()).await;
        line.expect("the script hangs").unwrap()
    }

    /// Goes on until the script wants something to be done, which is answered; none once it has ended, and all of its
    /// steps went well.
    pub(crate) async fn wants(&mut self) -> Option<String> {
        while let Some(line) = self.line().await {
            println!("{line}");
            let said: Value = serde_json::from_str(&line).unwrap();
            let (failed, message) = (&said["failed"], &said["message"]);
            assert!(failed.is_null(), "{failed}: {message}");
            if let Some(wish) = said["please"].as_str() {
                return Some(wish.to_owned());
            }
        }
        let ended = in_time("the script's end", self.child.wait()).await;
        assert!(ended.unwrap().success());
        None
    }

    /// Tells it that what it wanted is done.
    pub(crate) async fn done(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(b"\n").await.unwrap();
    }
}
