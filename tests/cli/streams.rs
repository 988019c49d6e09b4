//! Streams of a process: closed pipes, full devices, signals.

#[cfg(unix)]
use std::fs;
use std::io::{BufRead, BufReader, Read};
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt;
#[cfg(unix)]
use std::path::Path;
use std::process::{Child, Command, Stdio};
#[cfg(unix)]
use std::sync::Mutex;
use std::sync::mpsc;

use referrals_sandbox::{Options, Sandbox};

use crate::server::{Reply, Server};

/// A path at which there is no directory and none can be made.
#[cfg(unix)]
pub(crate) const NO_DIRECTORY: &str = "/dev/null/none";
#[cfg(windows)]
pub(crate) const NO_DIRECTORY: &str = r"\\.\nul\none";

fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo_bin!("referrals"));
    command.env_clear().env("REFERRALS_STATE_DIR", NO_DIRECTORY);
    #[expect(clippy::disallowed_methods, reason = "without it, Windows has no sockets")]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    command
}

pub(crate) fn referrals(url: &str) -> Command {
    let mut command = program();
    command.env("REFERRALS_API_URL", url).env("REFERRALS_TOKEN", "sandbox");
    command
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::start(Options { referrals: 5_000, ..Options::default() }).unwrap()
}

pub(crate) fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) fn end(mut child: Child) -> (Option<i32>, String) {
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (child.wait().unwrap().code(), stderr)
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let sandbox = sandbox();
    for format in ["csv", "json", "jsonl", "tsv", "table"] {
        let mut command = referrals(sandbox.url());
        command.args(["list", "--format", format]);
        let mut child = start(command);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{format}");
        assert_eq!(end(child), (Some(0), String::new()), "{format}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_is_an_error_that_says_so() {
    let sandbox = sandbox();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = referrals(sandbox.url());
    command.args(["list", "--format", "csv"]).stdout(full()).stderr(Stdio::piped());
    let (code, stderr) = end(command.spawn().unwrap());
    assert_eq!(code, Some(1));
    assert!(stderr.contains("No space left on device"), "{stderr}");
    let mut command = referrals(sandbox.url());
    command.args(["list", "--format", "csv", "--output", "/dev/full"]);
    let (code, stderr) = end(start(command));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("cannot write /dev/full"), "{stderr}");
}

#[cfg(unix)]
/// Two pages, of which the second is sent when `answer` gives it.
struct TwoPages {
    server: Server,
    second_page: mpsc::Receiver<()>,
    answer: mpsc::Sender<()>,
}

#[cfg(unix)]
fn start_two_pages() -> TwoPages {
    let (reached, second_page) = mpsc::channel();
    let (answer, held) = mpsc::channel();
    let held = Mutex::new(held);
    let server = Server::start(move |number, request| {
        if number == 0 {
            let host = request.header("host").unwrap();
            return Reply::Json(format!(
                r#"{{"value":[{{"id":"a"}}],"@odata.nextLink":"http://{host}/v1.0/referrals?$skiptoken=2"}}"#
            ));
        }
        reached.send(()).unwrap();
        match held.lock().unwrap().recv() {
            Ok(()) => Reply::Json(r#"{"value":[{"id":"b"}]}"#.to_owned()),
            Err(mpsc::RecvError) => Reply::Hang,
        }
    });
    TwoPages { server, second_page, answer }
}

#[cfg(unix)]
fn send_signal(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
}

/// Whether this process ignores the signal, as under `nohup`: what it starts does so too. Told by Linux alone.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (number - 1)) != 0)
}

#[cfg(unix)]
fn count_files(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

#[test]
#[cfg(unix)]
fn a_run_that_a_signal_ends_leaves_the_old_file_and_nothing_else() {
    let signals = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("USR1", 10),
        ("ALRM", 14),
        ("TERM", 15),
        ("XCPU", 24),
    ];
    for (signal, number) in signals.into_iter().filter(|(_, number)| !is_ignored(*number)) {
        let TwoPages { server, second_page, answer } = start_two_pages();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("out.csv");
        fs::write(&file, "old").unwrap();
        let mut command = referrals(&server.url());
        command.arg("list").arg("--output").arg(&file).current_dir(directory.path());
        let mut child = start(command);
        second_page.recv().unwrap();
        assert_eq!(count_files(directory.path()), 2, "the new file is beside the old one");
        send_signal(&child, signal);
        // A shell says 128 + the signal's number.
        assert_eq!(child.wait().unwrap().signal(), Some(number), "{signal}");
        drop(answer);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old", "{signal}");
        assert_eq!(count_files(directory.path()), 1, "{signal} left a file behind");
    }
}

#[test]
#[cfg(unix)]
fn signals_that_were_ignored_at_the_start_stay_ignored() {
    let TwoPages { server, second_page, answer } = start_two_pages();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.csv");
    let program = referrals(&server.url());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "trap '' HUP INT QUIT; exec \"$@\"", "sh"]).arg(program.get_program());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = start({
        command.args(["list", "--output"]).arg(&file);
        command
    });
    second_page.recv().unwrap();
    for signal in ["HUP", "INT", "QUIT"] {
        send_signal(&child, signal);
    }
    answer.send(()).unwrap();
    let (code, stderr) = end(child);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
}

#[test]
#[cfg(unix)]
fn standard_output_that_cannot_be_written_is_an_error() {
    for arguments in [&["list", "--demo", "--format", "csv"][..], &["--version"], &["man"]] {
        let mut command = referrals("http://127.0.0.1:9");
        let readable = fs::File::open(assert_cmd::cargo_bin!("referrals")).unwrap();
        command.args(arguments).stdout(readable).stderr(Stdio::piped());
        let (code, stderr) = end(command.spawn().unwrap());
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(stderr.contains("error: cannot write the output"), "{stderr}");
    }
}

#[test]
fn the_exit_code_of_the_library_is_that_of_the_process() {
    let run = |arguments: &[&str]| program().args(arguments).output().unwrap();
    assert_eq!(run(&["--version"]).status.code(), Some(0));
    assert_eq!(run(&["pending", "--demo"]).status.code(), Some(0));
    assert_eq!(run(&["expiring", "--demo", "--exit-code"]).status.code(), Some(3));
    let refused = run(&["list", "--status", "nwe"]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
}

#[test]
fn rows_are_out_before_the_next_page_has_come() {
    for format in ["csv", "json", "jsonl", "tsv"] {
        let (answer, held) = mpsc::channel::<()>();
        let held = std::sync::Mutex::new(held);
        let server = Server::start(move |number, request| {
            if number == 0 {
                let host = request.header("host").unwrap();
                return Reply::Json(format!(
                    r#"{{"value":[{{"id":"first"}}],"@odata.nextLink":"http://{host}/v1.0/referrals?$skiptoken=2"}}"#
                ));
            }
            // The second page is held back until the first row has been read.
            let _ = held.lock().unwrap().recv();
            Reply::Json(r#"{"value":[{"id":"second"}]}"#.to_owned())
        });
        let mut command = referrals(&server.url());
        command.args(["list", "--format", format]);
        let mut child = start(command);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = Vec::new();
        while !first.ends_with(b"first") {
            let mut byte = [0];
            out.read_exact(&mut byte).unwrap();
            first.push(byte[0]);
        }
        answer.send(()).unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("second"), "{format}: {rest}");
        assert_eq!(end(child).0, Some(0), "{format}");
    }
}
