//! Starts the user's browser.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::error::{Error, Result};

/// Between the commands in `BROWSER`.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// How long a command is watched for a failure; a browser may run for days.
const FAILURE_TIMEOUT: Duration = Duration::from_millis(500);

/// Opens `address` with the first command that works of those in `commands`, the value of the variable `BROWSER`, else
/// as the system does.
///
/// # Errors
/// When no browser could be started. The message does not repeat the address.
pub fn open_browser(address: &str, commands: Option<&str>) -> Result<()> {
    let commands = parse_commands(commands.unwrap_or_default(), address);
    if commands.iter().any(|words| run_detached(words).is_ok()) {
        return Ok(());
    }
    // The library's error quotes its command, and so the address.
    open::that_detached(address).map_err(|_| Error::failure("no browser could be started"))
}

/// The program and the arguments of each command. `%s` stands for the address; without it the address comes last. So
/// do xdg-open and Python's `webbrowser` read the variable.
fn parse_commands(commands: &str, address: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for command in commands.split(SEPARATOR) {
        let mut words = split_words(command);
        // Commands run in the background anyway.
        words.pop_if(|word| word == "&");
        if words.is_empty() {
            continue;
        }
        let has_place = words.iter().any(|word| word.contains("%s"));
        let mut words: Vec<String> = words.iter().map(|word| word.replace("%s", address)).collect();
        if !has_place {
            words.push(address.to_owned());
        }
        all.push(words);
    }
    all
}

/// Splits at white space outside single and double quotes. No other character is special: on Windows a backslash is part
/// of a path.
fn split_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Starts a command that outlives this process.
///
/// # Errors
/// When it cannot be started, or soon ends with a failure.
fn run_detached(words: &[String]) -> io::Result<()> {
    let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // So that Ctrl-C here does not end the browser.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    watch(command.spawn()?)
}

fn watch(mut child: Child) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new().name("browser".to_owned()).spawn(move || {
        // Nobody may be listening any more.
        let _ = sender.send(child.wait());
    })?;
    match receiver.recv_timeout(FAILURE_TIMEOUT) {
        Ok(Ok(status)) if !status.success() => Err(io::Error::other("the command failed")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_variable_are_tried_in_order_with_the_address_in_its_place() {
        let separated = |text: &str| text.replace('|', &SEPARATOR.to_string());
        let cases: [(&str, &[&[&str]]); 8] = [
            ("", &[]),
            (" | ", &[]),
            ("firefox", &[&["firefox", "A"]]),
            ("firefox --new-tab|w3m", &[&["firefox", "--new-tab", "A"], &["w3m", "A"]]),
            ("run --url=%s -n|%s", &[&["run", "--url=A", "-n"], &["A"]]),
            ("'my browser/x' \"a b\" ''", &[&["my browser/x", "a b", "", "A"]]),
            ("firefox &|w3m", &[&["firefox", "A"], &["w3m", "A"]]),
            ("run 'open", &[&["run", "open", "A"]]),
        ];
        for (variable, commands) in cases {
            assert_eq!(parse_commands(&separated(variable), "A"), commands, "{variable}");
        }
        let address = "https://a/?x=$(touch y)&z=`w`;v";
        assert_eq!(parse_commands("run '%s'", address), [["run", address]]);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_is_missing_or_fails_makes_way_for_the_next() {
        for (commands, works) in [
            ("/nowhere/browser", false),
            ("false", false),
            ("true", true),
            ("false:/nowhere/browser:true", true),
        ] {
            let commands = parse_commands(commands, "A");
            let started = commands.iter().any(|words| run_detached(words).is_ok());
            assert_eq!(started, works, "{commands:?}");
        }
    }
}
