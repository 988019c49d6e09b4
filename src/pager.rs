//! Shows text in the user's pager.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use crate::signals;

/// Shows `text` with the program and arguments of `command`, and returns when it has ended. `variables` are added to its
/// environment.
///
/// # Errors
/// When it could not be started; nothing was shown then.
pub fn show(command: &[String], variables: &[(&str, &str)], text: &[u8]) -> io::Result<()> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut command = Command::new(program);
    command.args(arguments).envs(variables.iter().copied()).stdin(Stdio::piped());
    signals::leave_interrupts_to_pager(|| {
        let mut process = command.spawn()?;
        if let Some(mut input) = process.stdin.take() {
            // Whoever has seen enough closes it.
            let _ = input.write_all(text);
        }
        process.wait().map(drop)
    })
}
