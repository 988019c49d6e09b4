//! Memory is bounded by the bytes received, whatever their shape: the program runs with little more of it than the body.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test whose setup fails has failed")]

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use referrals_loopback::{Incoming, Limits, Listener, Response, Server};

/// Bytes of a body; the program accepts 64 MiB.
const BODY: usize = 4 << 20;

/// Address space in KiB: what a small listing takes, and eight times the body.
const ADDRESS_SPACE: usize = 80_000 + 8 * (BODY >> 10);

const LIMITS: Limits = Limits { time: Duration::from_secs(60), head: 64 * 1024, body: 0 };

/// A server that answers every request with what `body` holds.
fn serve(body: &Arc<Mutex<String>>) -> (Server, String) {
    let listener = Listener::bind(0).unwrap();
    let url = format!("http://{}/v1.0/engagements", listener.addresses()[0]);
    let body = Arc::clone(body);
    let server = listener.serve(move |mut connection| {
        let Ok(Incoming::Request(_)) = connection.read_request(LIMITS) else { return };
        let body = body.lock().unwrap().clone().into_bytes();
        // The program may have given up.
        let _ = connection.respond_and_close(&Response { status: 200, headers: Vec::new(), body });
    });
    (server.unwrap(), url)
}

/// Runs the program with limited memory.
fn run(url: &str, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" \"$@\"")])
        .arg(cargo_bin!("referrals"))
        .args(arguments)
        .env_clear()
        // One arena, because each takes 64 MiB of address space.
        .env("MALLOC_ARENA_MAX", "1")
        .env("REFERRALS_CONFIG_DIR", home.path())
        .env("REFERRALS_STATE_DIR", home.path())
        .env("REFERRALS_API_URL", url)
        .env("REFERRALS_TOKEN", "token");
    command.output().unwrap()
}

/// `start`, then `part` as often as fits with commas between, then `end`.
fn fill(start: &str, part: &str, end: &str) -> String {
    let times = (BODY - start.len() - end.len()) / (part.len() + 1);
    format!("{start}{}{end}", vec![part; times].join(","))
}

/// The referral that each body holds, or its refusal.
fn shapes() -> Vec<(&'static str, String, Option<&'static str>)> {
    let member = r#"{"email":"\"","title":"\"","lastName":"\"","firstName":"\"","x":"0123456789012345678901234567890123456789012345678901234"}"#;
    let short_member = r#"{"email":"\"","title":"\"","x":10}"#;
    let depth = BODY / 2 - 100;
    let deep = format!(r#"{{"id":"1","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    vec![
        ("small objects", fill(r#"{"id":"1","x":["#, "{}", "]}"), Some("objects in")),
        ("empty members", fill(r#"{"id":"1","team":["#, "{}", "]}"), Some("objects in")),
        ("members", fill(r#"{"id":"1","team":["#, r#"{"email":"a"}"#, "]}"), Some("objects in")),
        ("many members", fill(r#"{"id":"1","team":["#, short_member, "]}"), None),
        ("escapes in members", fill(r#"{"id":"1","team":["#, member, "]}"), None),
        ("empty lists", fill(r#"{"id":"1","team":["#, "[]", "]}"), None),
        ("nested lists", deep, Some("nested more than")),
        ("a long name", format!(r#"{{"id":"1","{}":1}}"#, "x".repeat(BODY - 100)), None),
        ("many names", fill(r#"{"id":"1","#, r#""a":1"#, "}"), None),
        ("one name", fill(r#"{"id":"1","#, r#""name":"\"""#, "}"), None),
        ("escapes", format!(r#"{{"id":"1","name":"{}"}}"#, r#"\""#.repeat(BODY / 2 - 100)), None),
        ("marks", format!(r#"{{"id":"1","name":"e{}"}}"#, "\u{301}".repeat(BODY / 2 - 100)), None),
    ]
}

#[test]
fn memory_is_bounded_by_the_bytes_received_whatever_their_shape() {
    let body = Arc::<Mutex<String>>::default();
    let (_server, url) = serve(&body);
    for (shape, referral, refusal) in shapes() {
        let page = format!(r#"{{"value":[{referral}]}}"#);
        let commands: [(&[&str], String); 3] = [
            (&["list", "--sort", "customer", "--format", "csv"], page.clone()),
            (&["list"], page),
            (&["show", "00000000-0000-4000-8000-000000000001"], referral),
        ];
        for (arguments, sent) in commands {
            *body.lock().unwrap() = sent;
            let Output { status, stdout, stderr } = run(&url, arguments);
            let stderr = String::from_utf8_lossy(&stderr);
            let expected = if refusal.is_some() { 5 } else { 0 };
            assert_eq!(status.code(), Some(expected), "{shape}, {arguments:?}: {status} {stderr}");
            assert!(stderr.contains(refusal.unwrap_or_default()), "{shape}: {stderr}");
            assert_eq!(stdout.is_empty(), refusal.is_some(), "{shape}, {arguments:?}");
        }
    }
}

#[test]
fn a_page_of_small_rows_is_refused() {
    let (_server, url) = serve(&Arc::new(Mutex::new(fill(r#"{"value":["#, "{}", "]}"))));
    let Output { status, stdout, stderr } = run(&url, &["list", "--format", "csv"]);
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!((status.code(), stdout.len()), (Some(5), 0), "{stderr}");
    assert!(stderr.contains("objects in"), "{stderr}");
}
