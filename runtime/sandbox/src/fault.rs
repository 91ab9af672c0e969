//! Why an event of a guest ended early, told apart by what went wrong.

use std::{fmt, ops::Deref};

use wasmtime::{Trap, WasmBacktrace};

use crate::limits::OutOfCpu;

/// A guest's event that came to an end by the sandbox, not by its own answer.
///
/// On the heap: what might be one is handed on many times, and hardly ever is.
#[derive(Debug, Clone)]
pub struct Fault(Box<Cause>);

/// What there is to say about a [`Fault`].
#[derive(Debug, Clone)]
pub struct Cause {
    /// What kind of end.
    pub kind: FaultKind,
    /// The cause in one line.
    pub message: String,
    /// The functions that the guest was in, innermost first; empty where that is unknown.
    pub frames: Vec<String>,
}

/// How a guest's event ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The guest trapped, or broke the contract in a way that counts as a trap.
    Trap,
    /// It used up its CPU time.
    CpuLimit,
    /// It did not answer before the deadline.
    Deadline,
    /// It was refused memory and trapped.
    MemoryLimit,
    /// It recursed too deeply.
    StackOverflow,
    /// The host failed, not the guest.
    Host,
}

impl Fault {
    /// An event that did not answer within its wall time.
    pub(crate) fn deadline(limit: std::time::Duration) -> Self {
        let message = format!("the event was not answered within {limit:?}");
        Self::new(FaultKind::Deadline, message)
    }

    /// A guest that broke the contract in a way that counts as a trap.
    pub fn broken_promise(message: String) -> Self {
        Self::new(FaultKind::Trap, message)
    }

    /// The host has failed.
    pub fn host(message: impl fmt::Display) -> Self {
        Self::new(FaultKind::Host, message.to_string())
    }

    pub(super) fn from_error(error: &wasmtime::Error, memory_refused: bool) -> Self {
        let trap = error.downcast_ref::<Trap>();
        let kind = match trap {
            _ if error.is::<OutOfCpu>() => FaultKind::CpuLimit,
            Some(Trap::StackOverflow) => FaultKind::StackOverflow,
            _ if memory_refused => FaultKind::MemoryLimit,
            _ => FaultKind::Trap,
        };
        let cause = match trap {
            Some(trap) => trap.to_string(),
            None => error.root_cause().to_string(),
        };
        let message = match kind {
            FaultKind::MemoryLimit => format!("the memory limit was reached, then: {cause}"),
            _ => cause,
        };
        let frames = error
            .downcast_ref::<WasmBacktrace>()
            .map(frames)
            .unwrap_or_default();
        Self(Box::new(Cause {
            kind,
            message,
            frames,
        }))
    }

    fn new(kind: FaultKind, message: String) -> Self {
        Self(Box::new(Cause {
            kind,
            message,
            frames: Vec::new(),
        }))
    }

    /// The backtrace as text, a frame a line.
    pub fn backtrace(&self) -> String {
        use fmt::Write;
        let mut text = String::new();
        for frame in &self.frames {
            let _ = writeln!(text, "    at {frame}");
        }
        text.truncate(text.trim_end().len());
        text
    }
}

impl Deref for Fault {
    type Target = Cause;

    fn deref(&self) -> &Cause {
        &self.0
    }
}

impl FaultKind {
    /// The name that an error of this kind goes by, in logs and in debug responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trap => "Trap",
            Self::CpuLimit => "CpuLimitExceeded",
            Self::Deadline => "DeadlineExceeded",
            Self::MemoryLimit => "MemoryLimitExceeded",
            Self::StackOverflow => "StackOverflow",
            Self::Host => "HostError",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.message)
    }
}

impl std::error::Error for Fault {}

/// Few and short ones: the engine counts frames, and names have been cut where they were compiled.
fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let frames = backtrace.frames().iter();
    let names = frames.map(|frame| frame.func_name().unwrap_or("<unknown>").to_owned());
    names.collect()
}
