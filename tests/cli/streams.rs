//! Streams of a process: closed pipes, full devices, signals.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use referrals_sandbox::{Options, Sandbox};

use crate::server::{Reply, Server};

pub(crate) fn referrals(url: &str) -> Command {
    let mut command = Command::new(assert_cmd::cargo_bin!("referrals"));
    command.env_clear().env("REFERRALS_API_URL", url).env("REFERRALS_TOKEN", "sandbox");
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

#[test]
fn an_interrupted_run_leaves_the_old_file_and_nothing_else() {
    for signal in ["INT", "TERM"] {
        let (reached, second_page) = mpsc::channel();
        let server = Server::start(move |number, request| {
            if number == 0 {
                let host = request.header("host").unwrap();
                return Reply::Json(format!(
                    r#"{{"value":[{{"id":"a"}}],"@odata.nextLink":"http://{host}/v1.0/referrals?$skiptoken=2"}}"#
                ));
            }
            reached.send(()).unwrap();
            Reply::Hang
        });
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("out.csv");
        fs::write(&file, "old").unwrap();
        let mut command = referrals(&server.url());
        command.arg("list").arg("--output").arg(&file);
        let child = start(command);
        second_page.recv().unwrap();
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            2,
            "the new file is written beside the old one"
        );
        let killed =
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(end(child), (Some(130), String::new()), "{signal}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            1,
            "{signal} left a file behind"
        );
    }
}

#[test]
fn the_exit_code_of_the_library_is_that_of_the_process() {
    let run = |arguments: &[&str]| {
        Command::new(assert_cmd::cargo_bin!("referrals"))
            .env_clear()
            .args(arguments)
            .output()
            .unwrap()
    };
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
