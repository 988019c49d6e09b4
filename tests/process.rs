//! Tests that need whole processes: several at once, exit codes, streams.

#![expect(clippy::unwrap_used, reason = "a test whose setup fails has failed")]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assert_cmd::cargo::cargo_bin;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

/// The program in an empty environment, with its directories in `home` and its API at `server`.
fn referrals(home: &Path, server: &MockServer) -> Command {
    let mut command = Command::new(cargo_bin!("referrals"));
    command
        .env_clear()
        .env("REFERRALS_CONFIG_DIR", home)
        .env("REFERRALS_STATE_DIR", home)
        .env("REFERRALS_API_URL", server.url("/v1.0/engagements"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[expect(clippy::disallowed_methods, reason = "without it, Windows has no sockets")]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    command
}

/// Stores a session with an expired access token and a valid refresh token.
fn sign_in(home: &Path, authority: &str) {
    fs::write(home.join("config.toml"), "[profile.default]\nstore = \"file\"\n").unwrap();
    let now = now();
    let session = format!(
        r#"{{"version":1,"access":"access-0","refresh":"refresh-0","expires":"{now}","signed_in":"{now}","refreshed":"{now}","scope":"api/.default","client_id":"client","tenant":"t","authority":"{authority}","flow":"browser"}}"#
    );
    let directory = home.join("sessions");
    fs::create_dir_all(&directory).unwrap();
    let mut file = tempfile::NamedTempFile::new_in(&directory).unwrap();
    file.write_all(session.as_bytes()).unwrap();
    file.persist(directory.join("default.session")).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the program under test asks the real clock")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// A sign-in service that accepts each refresh token once, and an API that accepts only the newest access token. Counts
/// the refreshes.
fn start_strict_service(server: &MockServer) -> Arc<AtomicUsize> {
    let refreshes = Arc::new(AtomicUsize::new(0));
    let (count, newest) = (Arc::clone(&refreshes), Arc::clone(&refreshes));
    server.mock(|when, then| {
        when.method("POST").path("/t/oauth2/v2.0/token");
        then.respond_with(move |request: &HttpMockRequest| {
            let body = String::from_utf8_lossy(request.body_ref()).into_owned();
            let n = count.fetch_add(1, Ordering::SeqCst) + 1;
            let (status, body) = if body.contains(&format!("refresh_token=refresh-{}&", n - 1)) {
                (200, format!(r#"{{"access_token":"access-{n}","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-{n}"}}"#))
            } else {
                (400, r#"{"error":"invalid_grant"}"#.to_owned())
            };
            HttpMockResponse::builder().status(status).body(body).build()
        });
    });
    server.mock(|when, then| {
        when.method("GET").path("/v1.0/engagements/referrals");
        then.respond_with(move |request: &HttpMockRequest| {
            let n = newest.load(Ordering::SeqCst);
            let bearer = request.headers().get("authorization").cloned();
            let good = bearer.is_some_and(|value| value == format!("Bearer access-{n}").as_str());
            let (status, body) =
                if good { (200, r#"{"value":[{"id":"a"}]}"#) } else { (401, "{}") };
            HttpMockResponse::builder().status(status).body(body).build()
        });
    });
    refreshes
}

#[test]
fn eight_processes_with_an_expired_token_refresh_it_once() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    let refreshes = start_strict_service(&server);
    sign_in(home.path(), &server.base_url());
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = referrals(home.path(), &server);
            command.args(["list", "--format", "json", "-vv"]).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert!(out.contains(r#"{"id":"a"}"#), "{out}");
        assert!(!format!("{out}{err}").contains("access-"), "{err}");
        assert!(!format!("{out}{err}").contains("refresh-"), "{err}");
    }
    assert_eq!(refreshes.load(Ordering::SeqCst), 1);
    let check = referrals(home.path(), &server).args(["status", "--check"]).output().unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", text(&check.stderr));
}

#[test]
fn a_refresh_at_an_authority_on_loopback_never_meets_a_proxy() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    let refreshes = start_strict_service(&server);
    // The settings do not name this authority.
    sign_in(home.path(), &server.base_url());
    let spy = TcpListener::bind("127.0.0.1:0").unwrap();
    spy.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", spy.local_addr().unwrap());
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let mut command = referrals(home.path(), &server);
    let output = command.envs(names.map(|name| (name, &proxy))).arg("list").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(refreshes.load(Ordering::SeqCst), 1);
    assert_eq!(spy.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// The command of a first sign-in at `server`, without a browser.
fn login(home: &Path, server: &MockServer) -> Command {
    let mut command = referrals(home, server);
    command.args(["login", "--no-browser", "--store", "file", "--client-id", "c", "--tenant", "t"]);
    command.args(["--authority", &server.base_url()]);
    command
}

/// The parameters of the address that `login` prints.
fn read_address(stderr: &mut impl BufRead) -> HashMap<String, String> {
    let address = loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "no address was printed");
        if line.starts_with("http") {
            break line;
        }
    };
    reqwest::Url::parse(address.trim()).unwrap().query_pairs().into_owned().collect()
}

fn grant_for_code(server: &MockServer, code: &str) {
    server.mock(|when, then| {
        when.method("POST").path("/t/oauth2/v2.0/token").body_includes(format!("code={code}"));
        then.status(200).body(
            r#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1"}"#,
        );
    });
}

#[test]
fn without_a_browser_the_url_is_printed_and_opening_it_signs_in() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    grant_for_code(&server, "code-1");
    let mut child = login(home.path(), &server).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let parameters = read_address(&mut stderr);
    let redirect = reqwest::Url::parse(&parameters["redirect_uri"]).unwrap();
    let mut browser = TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).unwrap();
    let state = &parameters["state"];
    write!(browser, "GET /?code=code-1&state={state} HTTP/1.1\r\n\r\n").unwrap();
    browser.read_to_string(&mut String::new()).unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.contains("signed in to t") && !rest.contains("access-1"), "{rest}");
}

#[cfg(target_os = "linux")]
mod terminal {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};
    use std::fs::File;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Child;

    /// A sign-in on a terminal, which waits for the address to be pasted.
    struct Session {
        terminal: File,
        keyboard: File,
        /// Of the terminal, before the program has changed it.
        modes: LocalModes,
        child: Child,
        stderr: BufReader<std::process::ChildStderr>,
        state: String,
    }

    fn start_login(home: &Path, server: &MockServer) -> Session {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let open = || fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap());
        let (terminal, keyboard) = (open().unwrap(), File::from(master));
        let modes = tcgetattr(&terminal).unwrap().local_modes;
        // What is echoed has to go somewhere.
        let mut screen = keyboard.try_clone().unwrap();
        std::thread::spawn(move || while let Ok(1..) = screen.read(&mut [0; 4096]) {});
        let mut child = login(home, server).stdin(open().unwrap()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let state = read_address(&mut stderr).remove("state").unwrap();
        while tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ICANON) {
            assert!(child.try_wait().unwrap().is_none(), "the program has ended");
            std::thread::yield_now();
        }
        Session { terminal, keyboard, modes, child, stderr, state }
    }

    #[test]
    fn a_pasted_address_may_be_longer_than_a_line_of_the_terminal() {
        // Longer than a line of macOS (1,024 bytes), and of Linux (4,095).
        for length in [1_500, 7_000] {
            let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
            let code = "x".repeat(length);
            grant_for_code(&server, &code);
            let mut session = start_login(home.path(), &server);
            let state = &session.state;
            writeln!(session.keyboard, "http://localhost:1/?code={code}&state={state}").unwrap();
            let mut rest = String::new();
            session.stderr.read_to_string(&mut rest).unwrap();
            assert_eq!(session.child.wait().unwrap().code(), Some(0), "{rest}");
            assert!(rest.contains("signed in to t") && !rest.contains(&code[..100]), "{rest}");
            assert_eq!(tcgetattr(&session.terminal).unwrap().local_modes, session.modes);
        }
    }

    #[test]
    fn the_terminal_has_its_mode_back_when_a_signal_ends_the_sign_in() {
        // That of Ctrl-C is ignored where the tests run in the background of a shell.
        let signal = Signal::TERM;
        let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
        let mut session = start_login(home.path(), &server);
        kill_process(Pid::from_child(&session.child), signal).unwrap();
        assert_eq!(session.child.wait().unwrap().signal(), Some(signal.as_raw()));
        assert_eq!(tcgetattr(&session.terminal).unwrap().local_modes, session.modes);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    let mut command = referrals(home.path(), &server);
    let mut child = command.args(["list", "--demo", "--quiet", "--format", "csv"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[cfg(windows)]
#[test]
fn a_command_prompt_redirects_the_bytes_as_they_are() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    let listing = ["list", "--demo", "--columns", "customer,name", "--format", "csv"];
    let piped = referrals(home.path(), &server).args(listing).output().unwrap().stdout;
    assert!(!piped.is_ascii(), "no name in the sample would be changed");
    let mut prompt = Command::new("cmd");
    let program = cargo_bin!("referrals").parent().unwrap();
    prompt.args(["/d", "/c", "referrals"]).args(listing).args([">", "out.csv"]);
    prompt.env("PATH", program).env("REFERRALS_STATE_DIR", home.path());
    assert!(prompt.current_dir(home.path()).status().unwrap().success());
    assert_eq!(fs::read(home.path().join("out.csv")).unwrap(), piped);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The lines for a scheduled job end three ways: nothing to do, the team's, and the administrator's.
#[cfg(unix)]
#[test]
fn the_recipe_for_a_scheduled_job_tells_an_outage_from_a_deadline() {
    let recipes = include_str!("../docs/recipes.md");
    let start = recipes.find("referrals expiring --within 3d --exit-code").unwrap();
    let recipe = recipes[start..].split("```").next().unwrap();
    let help = Command::new(cargo_bin!("referrals")).args(["expiring", "--help"]).output().unwrap();
    let page = include_str!("../man/referrals-expiring.1").replace("\\-", "-");
    for text in [String::from_utf8(help.stdout).unwrap(), page] {
        assert!(recipe.lines().all(|line| text.contains(line)), "{recipe} differs from {text}");
    }
    let directory = cargo_bin!("referrals").parent().unwrap().display().to_string();
    for (flags, expected) in [
        ("--demo", "team lapsing.csv\n"),
        ("--demo --customer nobody", ""),
        // Nobody is signed in.
        ("", "admin\n"),
    ] {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config.toml"), "[profile.default]\nstore = \"file\"\n")
            .unwrap();
        let script = recipe
            .replace("referrals expiring", &format!("referrals expiring {flags}"))
            .replace("mail-the-team", "echo team")
            .replace("mail-the-admin", "echo admin");
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(home.path())
            .env_clear()
            .env("PATH", format!("{directory}:/usr/bin:/bin"))
            .env("REFERRALS_CONFIG_DIR", home.path())
            .env("REFERRALS_STATE_DIR", home.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{script}");
    }
}
