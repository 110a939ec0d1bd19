//! Running programs, and saying which.

use std::fmt;
use std::process::{Command, Stdio};

/// What went wrong, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// A failure with a text made as `format!` does.
macro_rules! failure {
    ($($part:tt)*) => { $crate::process::Failure(format!($($part)*)) };
}
pub(crate) use failure;

/// Says something to the person, apart from what the programs print.
macro_rules! say {
    ($($part:tt)*) => { eprintln!("xtask: {}", format_args!($($part)*)) };
}
pub(crate) use say;

/// Runs a program with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result {
    let line = line(command);
    eprintln!("$ {line}");
    let status =
        command.stdin(Stdio::null()).status().map_err(|error| failure!("could not start `{line}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(failure!("`{line}` failed ({status})")) }
}

/// What a program prints, if it can be run and succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as a person would type it, without its environment.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("cargo").arg("no-such-command").stderr(Stdio::null())).unwrap_err();
        assert!(error.to_string().starts_with("`cargo no-such-command` failed"), "{error}");
    }
}
