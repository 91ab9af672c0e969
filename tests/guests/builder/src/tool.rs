//! Runs other people's programs and says what to do where one is missing.

use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs `command` to its end. `why` tells the reader what needs it.
///
/// # Errors
/// Where the program is not there or fails; the message carries what it wrote.
pub(crate) fn run(command: &mut Command, why: &str) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!(
                "`{program}` is not installed; {why} (run `scripts/setup.sh`, or install it yourself)"
            )
        }
        Err(error) => return Err(error).with_context(|| format!("start `{program}`")),
    };
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!(
            "`{program}` failed ({}):\n{}",
            output.status,
            String::from_utf8_lossy(&said).trim_end()
        );
    }
    Ok(())
}

/// The first of these programs that can be started, or the first where none can: its error then names it.
pub(crate) fn first_of<'a>(programs: &[&'a str]) -> &'a str {
    let starts = |program: &&&str| Command::new(program).arg("--version").output().is_ok();
    programs
        .iter()
        .find(starts)
        .or_else(|| programs.first())
        .copied()
        .unwrap_or_default()
}
