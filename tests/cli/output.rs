//! What `--output` writes to, in a process: pipes, sockets, links, and what is refused before a request is sent.

use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::server::{Reply, Server};
use crate::streams::{NO_DIRECTORY, end, referrals, sandbox, start};

/// The program, started by this line of a shell.
fn in_shell(url: &str, line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .env_clear()
        .env("REFERRALS_STATE_DIR", NO_DIRECTORY)
        .env("REFERRALS_API_URL", url)
        .env("REFERRALS_TOKEN", "sandbox");
    command.args(["-c", line]).arg(assert_cmd::cargo_bin!("referrals"));
    command
}

fn one_row() -> Server {
    Server::start(|_, _| Reply::Json(r#"{"value":[{"id":"a"}]}"#.to_owned()))
}

#[test]
fn an_open_descriptor_is_written_directly() {
    let server = one_row();
    let lines = [
        r#""$0" "$@" --output /dev/fd/3 3>&1 >/dev/null"#,
        r#""$0" "$@" --output /dev/stdout"#,
        r#""$0" "$@" --output /proc/self/fd/1"#,
        r#""$0" "$@" --output /dev/stderr 2>&1 >/dev/null"#,
        r#""$0" "$@" --output /dev/fd/3 3>&1 >/dev/null | cat"#,
    ];
    for line in lines {
        let mut command = in_shell(&server.url(), line);
        let arguments = ["list", "-q", "--format", "csv", "--columns", "id"];
        let output = command.args(arguments).output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(out, "id\r\na\r\n", "{line}");
    }
}

#[test]
fn standard_error_is_written_even_if_it_cannot_be_opened() {
    let server = one_row();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = referrals(&server.url());
    command.args(["list", "-q", "--format", "jsonl", "--output", "/dev/stderr"]);
    command.stdout(Stdio::null()).stderr(OwnedFd::from(theirs));
    let status = command.status().unwrap();
    // It holds the other end of the socket.
    drop(command);
    let mut ours = ours;
    let mut text = String::new();
    ours.read_to_string(&mut text).unwrap();
    assert!(status.success() && text == "{\"id\":\"a\"}\n", "{text}");
}

#[test]
fn what_cannot_be_written_is_known_before_a_request_is_sent() {
    let server = one_row();
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(path("closed")).unwrap();
    fs::set_permissions(path("closed"), fs::Permissions::from_mode(0o500)).unwrap();
    symlink("new.csv/", path("link")).unwrap();
    let mut cases = vec![
        (path("new.csv/"), "name a file in it"),
        (path("link"), "name a file in it"),
        (path("closed"), "name a file in it"),
        (path("none/new.csv"), "create the directory first"),
        ("/dev/fd/99".to_owned(), ""),
    ];
    // Root can write everywhere.
    if fs::write(path("closed/new.csv"), "").is_err() {
        cases.push((path("closed/new.csv"), "write to another directory"));
    }
    for (path, hint) in cases {
        let mut command = referrals(&server.url());
        command.args(["list", "--format", "csv", "--output", &path]);
        let (code, stderr) = end(start(command));
        assert_eq!(code, Some(1), "{path}: {stderr}");
        assert!(stderr.starts_with(&format!("error: cannot write {path}\n")), "{stderr}");
        assert!(stderr.contains(hint), "{path}: {stderr}");
    }
    assert_eq!(server.requests().len(), 0);
    assert!(!Path::new(&path("new.csv")).exists());
}

#[test]
fn a_workbook_without_room_for_temporary_files_is_one_error() {
    let sandbox = sandbox();
    // Limits of a file's size, in blocks: none, less than is tried at the start, less than the listing needs.
    for (limit, directory, is_asked) in
        [("unlimited", "/dev/null", false), ("16", "/tmp", false), ("300", "/tmp", true)]
    {
        let line = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
        let mut command = in_shell(sandbox.url(), &line);
        let output = command
            .args(["list", "--format", "xlsx", "--limit", "900", "-vv"])
            .env("TMPDIR", directory)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{stderr}");
        let (before, error) = stderr.split_once("error: ").unwrap();
        let message = if is_asked { "cannot create" } else { "cannot write the temporary file of" };
        assert!(error.starts_with(&format!("{message} the workbook\n")), "{error}");
        assert!(error.contains("hint: free some space"), "{error}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert_eq!(before.contains("GET "), is_asked, "{limit}: {stderr}");
    }
}
