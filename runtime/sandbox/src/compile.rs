//! Compiles components in a process of their own: compiling is unbounded work on hostile input.
//!
//! The parent writes the component to the child's standard input and reads machine code from its standard output. The
//! child limits itself before it reads; the parent kills it when it takes too long. The child has none of the parent's
//! secrets: its environment is empty, and of the parent's files it has those three only.

use std::{
    borrow::Cow,
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

use super::{AddressSpace, Engine, engine, snapshot};
use stockade_instrument::{NotRestorable, ReservedName, instrument, without_custom_sections};
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
/// What the child may say about a failure.
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
    pub obstacle: Option<String>,
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
    let mut code = Vec::new();
    let mut message = Vec::new();
    let work = async {
        let write = async {
            // A child that stopped reading says why on its standard error.
            let _ = stdin.write_all(wasm).await;
            drop(stdin);
        };
        let mut output = stdout.take(MAX_OUTPUT);
        let complain = async {
            let mut errors = stderr.take(MAX_MESSAGE);
            let _ = errors.read_to_end(&mut message).await;
            // The rest has to go somewhere, or the child waits for ever to be heard.
            let _ = tokio::io::copy(&mut errors.into_inner(), &mut tokio::io::sink()).await;
        };
        let (_, read, _) = tokio::join!(write, output.read_to_end(&mut code), complain);
        read?;
        child.wait().await
    };
    let status = tokio::time::timeout(MAX_WALL, work)
        .await
        .map_err(|_| CompileError::Exhausted)?
        .map_err(CompileError::Io)?;
    let message = String::from_utf8_lossy(&message);
    let message = printable(excerpt(message.trim_end())).into_owned();
    match status.code() {
        Some(0) => Ok(Code {
            component: load(engine, &code)?,
            obstacle: (!message.is_empty()).then_some(message),
        }),
        Some(1) => Err(CompileError::Refused(message)),
        _ => Err(CompileError::Exhausted),
    }
}

/// Compiles `wasm` in this process, with nothing to limit that: for components of those who run it, in programs that cannot
/// be their own child.
///
/// # Errors
/// When it is not a component, or does not compile.
pub fn compile_own(engine: &Engine, wasm: &[u8]) -> Result<Code, CompileError> {
    check_header(wasm)?;
    let refused = |error: wasmtime::Error| {
        CompileError::Refused(printable(excerpt(&format!("{error:#}"))).into_owned())
    };
    let wasm = without_custom_sections(wasm).map_err(|error| refused(error.into()))?;
    let (wasm, obstacle) = restorable(&wasm).map_err(|error| refused(error.into()))?;
    Ok(Code {
        component: Component::from_binary(engine.wasmtime(), &wasm).map_err(refused)?,
        obstacle: obstacle.map(|obstacle| obstacle.to_string()),
    })
}

/// What the child process does.
pub fn compile_child(space: AddressSpace) -> ExitCode {
    match compile_stdin(space) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compile_stdin(space: AddressSpace) -> wasmtime::Result<()> {
    limit(Resource::As, MAX_MEMORY)?;
    limit(Resource::Cpu, MAX_CPU.as_secs())?;
    limit(Resource::Core, 0)?;
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm)?;
    let wasm = without_custom_sections(&wasm)?;
    let (wasm, obstacle) = restorable(&wasm)?;
    let code = engine::compiler(space)?.precompile_component(&wasm)?;
    if let Some(obstacle) = obstacle {
        eprintln!("{obstacle}");
    }
    io::stdout().lock().write_all(&code)?;
    Ok(())
}

/// The component with what it takes to restore its instances; or as it is, and why they cannot be.
fn restorable(wasm: &[u8]) -> Result<(Cow<'_, [u8]>, Option<NotRestorable>), ReservedName> {
    Ok(match instrument(wasm)? {
        Ok(_) if !snapshot::is_possible() => (wasm.into(), Some(NotRestorable::Kernel)),
        Ok(instrumented) => (instrumented.into(), None),
        Err(obstacle) => (wasm.into(), Some(obstacle)),
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
