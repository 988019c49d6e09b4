//! Tests the sign-in with a real identity provider and a real keyring on this machine; run with `tests/live/run`. Each
//! case has its own processes, directories and bus, so this program is also the child process of the cases. On Windows the
//! keyring is Credential Manager.

#![expect(clippy::unwrap_used, reason = "test code")]

mod credential_manager;
mod keyring;
mod person;
mod program;
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
        ["child", "browser", address] => person::visit(&person::with_consent(address), None, false),
        ["child", "token", ..] => print(&sign_in::child(&words[2..])),
        _ => return run(&words),
    }
    ExitCode::SUCCESS
}

fn run(words: &[&str]) -> ExitCode {
    let mut failed = Vec::new();
    for (name, case) in cases(words) {
        let passed = catch_unwind(case).is_ok();
        print(&format!("live {name} ... {}\n", if passed { "ok" } else { "FAILED" }));
        failed.extend((!passed).then_some(name));
    }
    print(&format!("live result: {} failed {failed:?}\n", failed.len()));
    ExitCode::from(u8::from(!failed.is_empty()))
}

/// The cases of this platform that `words` select, which are those of other test programs: parts of names, and `--skip`
/// before a part.
fn cases(words: &[&str]) -> Vec<Case> {
    let (mut wanted, mut unwanted, mut words) = (Vec::new(), Vec::new(), words.iter());
    while let Some(word) = words.next() {
        match *word {
            "--skip" => unwanted.extend(words.next()),
            word if word.starts_with('-') => {}
            _ => wanted.push(word),
        }
    }
    let of_keyring = if cfg!(windows) { credential_manager::CASES } else { keyring::CASES };
    let cases = [of_keyring, sign_in::CASES, program::CASES].concat();
    let has_one = |name: &str, parts: &[&&str]| parts.iter().any(|part| name.contains(**part));
    let is_selected = |&(name, _): &Case| {
        (wanted.is_empty() || has_one(name, &wanted)) && !has_one(name, &unwanted)
    };
    cases.into_iter().filter(is_selected).collect()
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
