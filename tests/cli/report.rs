//! `report`: the page as a whole, its file, and what it has in common with `summary`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::server::{Reply, Server};
use super::support::{Output, TestEnv, options, sandbox};

/// Writes a report, and returns it as a page. `None` if there is none.
fn report(env: &TestEnv, arguments: &[&str]) -> (Output, Option<String>) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    let name = file.display().to_string();
    let output = env.run(&[&["report", "--output", &name], arguments].concat());
    (output, fs::read_to_string(file).ok())
}

/// What a reader sees: a line for each line of a table or a text, without charts and style.
fn read_text(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let mut text = String::new();
    let mut rest = body;
    while let Some((shown, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        text.push_str(shown.trim_matches('\n'));
        rest = match tag.split(' ').next().unwrap() {
            "svg" => after.split_once("</svg>").unwrap().1,
            "/td" | "/th" => {
                text.push_str(" | ");
                after
            }
            "/tr" | "/p" | "/h1" | "/h2" | "/li" | "/dd" | "/dt" | "/caption" => {
                text.push('\n');
                after
            }
            _ => after,
        };
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let text = entities.iter().fold(text, |text, (entity, c)| text.replace(entity, c));
    let lines = text.lines().map(|line| line.trim_end_matches([' ', '|']).to_owned() + "\n");
    lines.collect()
}

#[test]
fn the_sample_report_reads_as_before() {
    let env = TestEnv::new().zone("Europe/Berlin");
    let (output, page) = report(&env, &["--demo"]);
    let text = read_text(&page.unwrap());
    assert!(output.ok().err.contains("wrote the report to"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/screens/report.txt");
    #[expect(clippy::disallowed_methods, reason = "the switch of these tests")]
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    // Git may have changed the line ends.
    let expected = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(text == expected, "report.txt is out of date: UPDATE=1 rewrites it:\n{text}");
}

#[test]
fn the_same_rows_and_time_give_the_same_bytes() {
    let env = TestEnv::new();
    assert_eq!(report(&env, &["--demo"]).1.unwrap(), report(&env, &["--demo"]).1.unwrap());
}

#[test]
fn the_figures_are_those_of_the_summary() {
    let sandbox = sandbox(|options| options.referrals = 700);
    let env = TestEnv::at(sandbox.url()).zone("Asia/Tokyo");
    for period in ["90d", "2026-10", "2mo"] {
        let summary = env.run(&["summary", "--format", "json", "--period", period]).ok().json();
        let (output, page) = report(&env, &["--period", period]);
        output.ok();
        let text = read_text(&page.unwrap());
        let number = |path: &str| summary.pointer(path).and_then(Value::as_u64).unwrap();
        for (line, path) in [
            ("overdue", "/overdue/count"),
            ("under 24 h", "/due_24h/count"),
            ("Accepted", "/answered/accepted"),
            ("Declined", "/answered/declined"),
            ("Lapsed", "/lapsed/count"),
            ("Won", "/won_value/count"),
            ("Lost", "/lost_value/count"),
            ("past closing", "/overdue_close"),
            ("stale", "/stale"),
        ] {
            let expected = format!("\n{line} | {}\n", number(path));
            assert!(text.contains(&expected), "{period}: {expected}");
        }
    }
}

#[test]
fn a_report_needs_the_name_of_an_html_file() {
    let env = TestEnv::new();
    for (arguments, message) in [
        (&["report", "--demo"][..], "a report is written to a file"),
        (&["report", "--demo", "--output", "x.pdf"], "x.pdf does not end in .html"),
        (&["report", "--demo", "--output", "-"], "does not end in .html"),
        (&["report", "--demo", "--output", "x.html", "--period", "soon"], "not a period"),
    ] {
        let output = env.run(arguments);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.err.contains(message), "{output:?}");
    }
    assert!(env.run(&["report", "--demo"]).err.contains("`referrals report --output report.html`"));
}

/// Answers the listing of what waits, and fails the others.
fn broken_server() -> Server {
    let row = json!({ "id": "a", "status": "New", "direction": "Incoming",
        "customerProfile": { "name": "Fabrikam" }, "expirationDateTime": "2026-11-21T13:00:00Z" });
    let page = json!({ "value": [row] }).to_string();
    Server::start(move |_, request| {
        let is_waiting = options(&request.target).iter().any(|it| it.contains("'New'"));
        if is_waiting { Reply::Json(page.clone()) } else { Reply::Status(403, &[], String::new()) }
    })
}

#[test]
fn a_report_that_breaks_off_leaves_the_file_as_it_was_or_says_that_it_is_incomplete() {
    let server = broken_server();
    let env = TestEnv::at(&server.url());
    let (output, page) = report(&env, &[]);
    assert_eq!((output.code, page), (1, None), "{output:?}");
    assert!(output.err.contains("report.html was not written"), "{output:?}");
    let (output, page) = report(&env, &["--allow-partial"]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.err.contains("the report broke off"), "{output:?}");
    let text = read_text(&page.unwrap());
    assert!(text.contains("This report is incomplete") && text.contains("Fabrikam"), "{text}");
    assert_eq!(text.matches("This could not be listed.").count(), 2, "{text}");
}

#[test]
fn a_referral_of_the_report_can_be_shown_by_the_id_in_it() {
    let sandbox = sandbox(|_| {});
    let env = TestEnv::at(sandbox.url());
    let (output, page) = report(&env, &[]);
    output.ok();
    let text = read_text(&page.unwrap());
    let row = text.lines().find(|line| line.starts_with("overdue 1d |")).unwrap();
    let id = row.rsplit(" | ").next().unwrap();
    env.run(&["show", id]).ok();
}
