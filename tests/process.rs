//! Tests that need whole processes: several at once, exit codes, streams.

#![expect(clippy::unwrap_used, reason = "a test whose setup fails has failed")]

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
    // Windows needs it for network connections.
    if let Some(root) = option_env!("SystemRoot") {
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

#[test]
fn without_a_browser_the_url_is_printed_and_opening_it_signs_in() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    server.mock(|when, then| {
        when.method("POST").path("/t/oauth2/v2.0/token").body_includes("code=code-1");
        then.status(200).body(
            r#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1"}"#,
        );
    });
    let mut command = referrals(home.path(), &server);
    command.args(["login", "--no-browser", "--store", "file", "--client-id", "c", "--tenant", "t"]);
    let mut child = command.args(["--authority", &server.base_url()]).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "no address was printed");
        if line.starts_with("http") {
            break line;
        }
    };
    let address = reqwest::Url::parse(address.trim()).unwrap();
    let parameter = |name: &str| {
        let mut pairs = address.query_pairs();
        pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    let redirect = reqwest::Url::parse(&parameter("redirect_uri")).unwrap();
    let mut browser = TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).unwrap();
    write!(browser, "GET /?code=code-1&state={} HTTP/1.1\r\n\r\n", parameter("state")).unwrap();
    browser.read_to_string(&mut String::new()).unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.contains("signed in to t") && !rest.contains("access-1"), "{rest}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
