//! Tests the sign-in with a real identity provider and a real keyring on this machine; run with `tests/live/run`. Each
//! case has its own processes, directories and bus, so this program is also the child process of the cases.

#![expect(clippy::unwrap_used, reason = "test code")]

mod keyring;
mod person;
mod provider;
mod sign_in;

use std::io::Write;
use std::panic::catch_unwind;
use std::process::ExitCode;

/// The name is the sentence that the case proves.
type Case = (&'static str, fn());

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["child", "keyring", ..] => print(&keyring::child(&words[2..])),
        ["child", "token", ..] => print(&sign_in::child(&words[2..])),
        _ => return run(&words),
    }
    ExitCode::SUCCESS
}

fn run(filters: &[&str]) -> ExitCode {
    let filters: Vec<_> = filters.iter().filter(|word| !word.starts_with('-')).collect();
    let mut failed = Vec::new();
    for (name, case) in [keyring::CASES, sign_in::CASES].concat() {
        if filters.is_empty() || filters.iter().any(|word| name.contains(**word)) {
            let passed = catch_unwind(case).is_ok();
            print(&format!("live {name} ... {}\n", if passed { "ok" } else { "FAILED" }));
            failed.extend((!passed).then_some(name));
        }
    }
    print(&format!("live result: {} failed {failed:?}\n", failed.len()));
    ExitCode::from(u8::from(!failed.is_empty()))
}

/// This program, to start it as a child.
fn this_program() -> std::path::PathBuf {
    std::env::current_exe().expect("a running program has a file")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a child reports to its parent, and the parent to the user"
)]
fn print(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).expect("standard output is open");
}
