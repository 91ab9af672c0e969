//! Compiles components in a process of their own: compiling is unbounded work on hostile input.
//!
//! The parent writes the component to the child's standard input and reads a report and machine code from its standard
//! output. The child limits itself before it reads; the parent kills it when it takes too long. The child has none of the
//! parent's secrets: its environment is empty, and of the parent's files it has those three only. What it writes to its
//! standard error, such as a panic, is for the log.

use std::{
    io::{self, Read, Write},
    os::fd::{BorrowedFd, RawFd},
    process::{ExitCode, Stdio},
    time::Duration,
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
};
use wasmtime::component::Component;

use super::{AddressSpace, Engine, engine, pages};
use serde::{Deserialize, Serialize};
use stockade_instrument::{NotRestorable, instrument, without_custom_sections};
use stockade_text::{excerpt, printable};

/// The hidden subcommand of the `stockade` binary that runs [`compile_child`].
pub const COMPILE_COMMAND: &str = "compile-child";

/// Its flag for machines with little address space.
const SHORT_FLAG: &str = "--short-address-space";

/// A component's text, in bytes. Componentised Python with its libraries has some 40 MB.
pub const MAX_COMPONENT: usize = 128 << 20;
/// Machine code is larger than the component, mostly by two to four times.
const MAX_OUTPUT: u64 = 1 << 30;
/// Address space of the child.
const MAX_MEMORY: u64 = 8 << 30;
/// CPU time of the child, over all its threads.
const MAX_CPU: Duration = Duration::from_secs(120);
const MAX_WALL: Duration = Duration::from_secs(180);
/// What the child may say on its standard error.
const MAX_MESSAGE: u64 = 16 << 10;

/// A component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The bytes are a core module.
    #[error(
        "is a core WebAssembly module, not a component: build for wasm32-wasip2, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// The bytes are something else.
    #[error("is not a WebAssembly component")]
    NotWasm,
    /// It is larger than 128 MiB.
    #[error("has {0} bytes; a component may have {MAX_COMPONENT}")]
    TooLarge(u64),
    /// The compiler refused it.
    #[error("does not compile: {0}")]
    Refused(String),
    /// Compiling used up what it may use.
    #[error("took too long or too much memory to compile (limits: {MAX_CPU:?} of CPU time, 8 GiB)")]
    Exhausted,
    /// The child process could not be run.
    #[error("cannot run the compiler process: {0}")]
    Io(io::Error),
    /// The child's output is not what this engine runs.
    #[error("cannot load the compiled component: {0:#}")]
    Load(wasmtime::Error),
}

/// A component that can run.
pub struct Code {
    /// For wasmtime. Where nothing stands in the way, it has more in it than its author wrote.
    pub component: Component,
    /// Why its instances cannot be restored between events, so that new ones have to be made; none where they can, as far
    /// as its text tells.
    pub obstacle: Option<NotRestorable>,
}

/// What the child says before the machine code, if there is any.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Report {
    /// The machine code follows.
    Compiled { obstacle: Option<NotRestorable> },
    /// The component cannot be compiled, for this reason.
    Refused(String),
    /// The child cannot do its work, whatever the component.
    Failed(String),
}

/// Compiles `wasm` in a child process.
///
/// # Errors
/// When it is not a component, does not compile, or takes more than the child may use.
pub async fn compile(engine: &Engine, wasm: &[u8]) -> Result<Code, CompileError> {
    check_header(wasm)?;
    let stockade = std::env::current_exe().map_err(CompileError::Io)?;
    let mut child = Command::new(stockade)
        .arg(COMPILE_COMMAND)
        .args((engine.address_space() == AddressSpace::Short).then_some(SHORT_FLAG))
        // Secrets may be in the environment.
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(CompileError::Io)?;
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(CompileError::Io(io::ErrorKind::BrokenPipe.into()));
    };
    let mut output = Vec::new();
    let mut message = Vec::new();
    let work = async {
        let write = async {
            // A child that stopped reading says why in its report.
            let _ = stdin.write_all(wasm).await;
            drop(stdin);
        };
        let mut stdout = stdout.take(MAX_OUTPUT);
        let complain = async {
            let mut errors = stderr.take(MAX_MESSAGE);
            let _ = errors.read_to_end(&mut message).await;
            // The rest has to go somewhere, or the child waits for ever to be heard.
            let _ = tokio::io::copy(&mut errors.into_inner(), &mut tokio::io::sink()).await;
        };
        let (_, read, _) = tokio::join!(write, stdout.read_to_end(&mut output), complain);
        read?;
        child.wait().await
    };
    let status = tokio::time::timeout(MAX_WALL, work)
        .await
        .map_err(|_| CompileError::Exhausted)?
        .map_err(CompileError::Io)?;
    if !status.success() {
        let message = String::from_utf8_lossy(&message);
        let message = printable(excerpt(message.trim_end()));
        tracing::warn!(%status, %message, "the compiler process ended without a result");
        return Err(CompileError::Exhausted);
    }
    match Report::read(&output).map_err(CompileError::Io)? {
        (Report::Compiled { obstacle }, code) => Ok(Code {
            component: load(engine, code)?,
            obstacle,
        }),
        (Report::Refused(reason), _) => Err(CompileError::refused(&reason)),
        (Report::Failed(reason), _) => Err(CompileError::Io(io::Error::other(
            printable(excerpt(&reason)).into_owned(),
        ))),
    }
}

/// Compiles `wasm` in this process, with nothing to limit that: for components of those who run it, in programs that cannot
/// be their own child.
///
/// # Errors
/// When it is not a component, or does not compile.
pub fn compile_own(engine: &Engine, wasm: &[u8]) -> Result<Code, CompileError> {
    check_header(wasm)?;
    let refused = |error: wasmtime::Error| CompileError::refused(&format!("{error:#}"));
    let (wasm, obstacle) = rewritten(wasm).map_err(refused)?;
    Ok(Code {
        component: Component::from_binary(engine.wasmtime(), &wasm).map_err(refused)?,
        obstacle,
    })
}

/// What the child process does.
pub fn compile_child(space: AddressSpace) -> ExitCode {
    let (report, code) = match component_of_parent() {
        Ok(wasm) => compile_in_child(space, &wasm),
        Err(error) => (Report::Failed(error.to_string()), Vec::new()),
    };
    match report.write(&code, io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the component, once this process is limited.
fn component_of_parent() -> io::Result<Vec<u8>> {
    limit(Resource::As, MAX_MEMORY)?;
    limit(Resource::Cpu, MAX_CPU.as_secs())?;
    limit(Resource::Core, 0)?;
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm)?;
    Ok(wasm)
}

fn compile_in_child(space: AddressSpace, wasm: &[u8]) -> (Report, Vec<u8>) {
    let compiler = match engine::compiler(space) {
        Ok(compiler) => compiler,
        Err(error) => return (Report::Failed(format!("{error:#}")), Vec::new()),
    };
    let compiled = rewritten(wasm)
        .and_then(|(wasm, obstacle)| Ok((obstacle, compiler.precompile_component(&wasm)?)));
    match compiled {
        Ok((obstacle, code)) => (Report::Compiled { obstacle }, code),
        Err(error) => (Report::Refused(format!("{error:#}")), Vec::new()),
    }
}

impl Report {
    /// Writes the report's length, itself as JSON, and the code.
    fn write(&self, code: &[u8], mut to: impl Write) -> io::Result<()> {
        let report = serde_json::to_vec(self)?;
        let length = u32::try_from(report.len()).map_err(io::Error::other)?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(&report)?;
        to.write_all(code)?;
        to.flush()
    }

    /// Reads a report and the code behind it.
    fn read(output: &[u8]) -> io::Result<(Self, &[u8])> {
        let parts = output.split_first_chunk().and_then(|(length, rest)| {
            let length = u32::from_le_bytes(*length);
            rest.split_at_checked(usize::try_from(length).ok()?)
        });
        let (report, code) = parts.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok((serde_json::from_slice(report)?, code))
    }
}

impl CompileError {
    /// The compiler refused a component for this reason, which may have text of the component in it.
    fn refused(reason: &str) -> Self {
        Self::Refused(printable(excerpt(reason.trim_end())).into_owned())
    }
}

/// The component as it is compiled: without custom sections, and with what it takes to restore its instances; or without
/// that, and why they cannot be.
fn rewritten(wasm: &[u8]) -> wasmtime::Result<(Vec<u8>, Option<NotRestorable>)> {
    let wasm = without_custom_sections(wasm)?;
    Ok(match instrument(&wasm)? {
        Ok(_) if !pages::are_known() => (wasm, Some(NotRestorable::Kernel)),
        Ok(instrumented) => (instrumented, None),
        Err(obstacle) => (wasm, Some(obstacle)),
    })
}

/// Marks the files that this process inherited as close-on-exec, so that children do not get them: a shell or a service
/// manager may have left some open. Files that the process opens itself are close-on-exec already.
///
/// Does nothing where the system does not list a process's files.
#[expect(unsafe_code, reason = "the files are nobody's here")]
pub fn keep_inherited_files() {
    let files = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    let numbers = files.filter_map(|file| file.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
    for number in numbers.filter(|number| *number > libc::STDERR_FILENO) {
        // SAFETY: it is open, as are all that are listed, and stays so meanwhile: nothing else runs yet.
        let file = unsafe { BorrowedFd::borrow_raw(number) };
        let _ = fcntl_setfd(file, FdFlags::CLOEXEC);
    }
}

/// Sets a limit, where there is no lower one already.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let value = maximum.map_or(value, |maximum| maximum.min(value));
    let limit = Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    Ok(setrlimit(resource, limit)?)
}

fn check_header(wasm: &[u8]) -> Result<(), CompileError> {
    match wasm {
        _ if wasm.len() > MAX_COMPONENT => Err(CompileError::TooLarge(wasm.len() as u64)),
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(CompileError::CoreModule),
        _ => Err(CompileError::NotWasm),
    }
}

#[expect(
    unsafe_code,
    reason = "wasmtime cannot check machine code, it has to trust it"
)]
fn load(engine: &Engine, code: &[u8]) -> Result<Component, CompileError> {
    // SAFETY: the code comes from our own compiler, through a pipe that nobody else can write to.
    unsafe { Component::deserialize(engine.wasmtime(), code) }.map_err(CompileError::Load)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(report: &Report, code: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        report.write(code, &mut output).unwrap();
        output
    }

    #[test]
    fn reports_are_read_as_they_were_written() {
        let obstacle = Some(NotRestorable::Table);
        for (report, code) in [
            (Report::Compiled { obstacle }, &b"code"[..]),
            (Report::Compiled { obstacle: None }, b"\0\0\0\0"),
            (Report::Refused("it is \"broken\"\n".into()), b""),
            (Report::Failed("no limits".into()), b""),
        ] {
            let output = written(&report, code);
            assert_eq!(Report::read(&output).unwrap(), (report, code));
        }
    }

    #[test]
    fn output_that_is_no_report_is_refused() {
        let whole = written(&Report::Failed("no limits".into()), b"");
        for cut in 0..whole.len() {
            assert!(Report::read(&whole[..cut]).is_err(), "{cut}");
        }
        for output in [&b"\xff\xff\xff\xff{}"[..], b"\x02\0\0\0{}", b"\x01\0\0\0{}"] {
            assert!(Report::read(output).is_err(), "{output:?}");
        }
    }
}
