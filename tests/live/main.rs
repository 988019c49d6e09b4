//! The sign-in tried on the real thing: an identity provider and a keyring on this machine.
//! Run it with `tests/live/run`. Every case gets processes, folders and a bus of its own, so this
//! program also plays the child that each of them starts.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

mod keyring;
mod person;
mod provider;
mod sign_in;

use std::io::Write;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// A case's name is the sentence it proves.
type Case = (&'static str, fn());

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["child", "keyring", ..] => say(&keyring::child(&words[2..])),
        ["child", "token", ..] => say(&sign_in::child(&words[2..])),
        _ => return run(&words),
    }
    ExitCode::SUCCESS
}

fn run(wanted: &[&str]) -> ExitCode {
    let wanted: Vec<_> = wanted.iter().filter(|word| !word.starts_with('-')).collect();
    let mut failed = Vec::new();
    for (name, case) in [keyring::CASES, sign_in::CASES].concat() {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(**word)) {
            let passed = catch_unwind(case).is_ok();
            say(&format!("live {name} ... {}\n", if passed { "ok" } else { "FAILED" }));
            failed.extend((!passed).then_some(name));
        }
    }
    say(&format!("live result: {} failed {failed:?}\n", failed.len()));
    ExitCode::from(u8::from(!failed.is_empty()))
}

/// This program, to be started as a child.
fn this_program() -> std::path::PathBuf {
    std::env::current_exe().expect("a running program has a file")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a child answers its parent here, and a person reads the result"
)]
fn say(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).expect("somebody reads this");
}
