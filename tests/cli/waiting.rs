//! `pending`, `expiring` and `show`.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{Output, TestEnv, options, sandbox};

/// One row for each kind of deadline, named by its id.
#[rustfmt::skip]
fn rows() -> Vec<Value> {
    let rows = [
        ("later", "New", "Pending", "Incoming", "2026-11-20T10:00:00Z", Some("2026-12-03T00:00:00Z")),
        ("today", "New", "Pending", "Incoming", "2026-11-14T10:00:00Z", Some("2026-11-22T00:00:00Z")),
        ("short", "New", "Pending", "Incoming", "2026-11-19T10:00:00Z", Some("2026-11-26T00:00:00Z")),
        ("overdue", "New", "Pending", "Incoming", "2026-11-06T10:00:00Z", Some("2026-11-20T00:00:00Z")),
        ("estimated", "New", "Pending", "Incoming", "2026-11-10T10:00:00Z", None),
        ("received", "New", "Received", "Incoming", "2026-11-12T10:00:00Z", Some("2026-11-25T00:00:00Z")),
        ("ours", "New", "Pending", "Outgoing", "2026-11-12T10:00:00Z", Some("2026-11-23T00:00:00Z")),
        ("answered", "Active", "Accepted", "Incoming", "2026-08-01T10:00:00Z", Some("2026-11-23T00:00:00Z")),
        ("odd", "Active", "Pending", "Incoming", "2026-11-12T10:00:00Z", Some("2026-11-23T00:00:00Z")),
    ];
    let row = |(id, status, substatus, direction, created, due)| {
        json!({
            "id": id, "status": status, "substatus": substatus, "direction": direction,
            "createdDateTime": created, "expirationDateTime": due,
            "customerProfile": { "name": format!("Customer of {id}") },
            "details": { "dealValue": 1000.5, "currency": "EUR" },
        })
    };
    rows.into_iter().map(row).collect()
}

fn run(arguments: &[&str]) -> Output {
    let server = sandbox(|options| options.rows = Some(rows()));
    TestEnv::at(server.url()).run(arguments)
}

#[test]
fn pending_shows_what_is_unanswered_soonest_deadline_first() {
    let output = run(&["pending", "--format", "json"]).ok();
    assert_eq!(output.ids(), ["overdue", "today", "estimated", "received", "short", "later"]);
}

#[test]
fn pending_sends_documented_parts_alone() {
    let server = sandbox(|options| options.allow_undocumented = false);
    let flags = ["--country", "de,at", "--created-after", "30d", "--kind", "qualified-lead"];
    TestEnv::at(server.url()).run(&[&["pending"], flags.as_slice()].concat()).ok();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(
        options(&server.requests()[0].target),
        ["$filter=status eq 'New' and direction eq 'Incoming'", "$orderby=createdDateTime desc"]
    );
}

#[test]
fn expiring_keeps_what_is_due_in_time_overdue_included_and_sums_it_up() {
    let output = run(&["expiring", "--format", "json"]).ok();
    assert_eq!(output.ids(), ["overdue", "today", "estimated", "received", "short"]);
    assert_eq!(output.err, "");
    assert_eq!(
        run(&["expiring"]).ok().err,
        "1 overdue; 4 lapse within 7d: 1 within 24 h, 1 within 3 days, 2 later\n\
            at stake: 5,002.50 EUR\n\
            ~ estimated from the creation date, because the API gave no deadline\n"
    );
    let output = run(&["expiring", "--within", "36h", "--format", "json"]).ok();
    assert_eq!(output.ids(), ["overdue", "today"]);
}

#[test]
fn expiring_exits_with_three_only_when_asked_and_only_when_there_is_something() {
    assert_eq!(run(&["expiring", "--exit-code"]).code, 3);
    assert_eq!(run(&["expiring"]).code, 0);
    assert_eq!(run(&["expiring", "--exit-code", "--customer", "nobody"]).code, 0);
    assert_eq!(run(&["expiring", "--exit-code", "--explain"]).code, 0);
    let output = run(&["expiring", "--within", "soon", "--exit-code"]);
    assert_eq!((output.code, output.out.as_str()), (2, ""));
}

#[test]
fn an_estimate_is_marked_for_people_and_machines() {
    let output =
        run(&["pending", "--columns", "id,deadline,deadline_estimated", "--format", "csv"]).ok();
    assert!(output.out.contains("estimated,2026-11-24T00:00:00Z,true\r\n"), "{}", output.out);
    assert!(output.out.contains("short,2026-11-26T00:00:00Z,false\r\n"), "{}", output.out);
    let output = run(&["pending", "--columns", "id,deadline"]).ok();
    let line =
        output.lines().into_iter().find(|line| line.contains("estimated")).unwrap().to_owned();
    assert!(line.ends_with("~2d 12h      Mon 23 Nov"), "{line}");
    assert!(output.err.contains("estimated"), "{}", output.err);
}

#[test]
fn a_limit_cuts_after_sorting() {
    assert_eq!(
        run(&["pending", "--limit", "2", "--format", "json"]).ok().ids(),
        ["overdue", "today"]
    );
}

#[test]
fn show_gives_one_in_full_and_says_when_there_is_none() {
    let server = sandbox(|options| options.rows = Some(rows()));
    let env = TestEnv::at(server.url());
    let output = env.run(&["show", "short"]).ok();
    assert!(
        output.out.contains("Customer of short") && output.out.contains("1,000.50 EUR"),
        "{}",
        output.out
    );
    let output = env.run(&["show", "short", "--format", "json"]).ok();
    assert_eq!(output.json()["id"], "short");
    let output = env.run(&["show", "nowhere"]);
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.contains("no referral matches \"nowhere\""), "{}", output.err);
}

/// An incoming row that is New and was created on 10 November.
fn lead(id: &str, change: &[(&str, Value)]) -> Value {
    let mut row = json!({
        "id": id, "status": "New", "substatus": "Pending", "direction": "Incoming",
        "createdDateTime": "2026-11-10T10:00:00Z", "expirationDateTime": null,
    });
    for (name, value) in change {
        row[name] = value.clone();
    }
    row
}

fn run_with(rows: Vec<Value>, arguments: &[&str]) -> Output {
    let server = sandbox(|options| options.rows = Some(rows));
    TestEnv::at(server.url()).run(arguments)
}

#[test]
fn a_lead_that_needs_no_answer_is_listed_marked_and_no_alarm() {
    let dated = ("expirationDateTime", json!("2026-11-22T00:00:00Z"));
    let rows = || {
        vec![
            lead("trial", &[("callToAction", json!("Free trial"))]),
            lead("dated", &[("callToAction", json!("GetItNow")), dated.clone()]),
        ]
    };
    let output = run_with(rows(), &["pending", "--columns", "id,deadline"]).ok();
    assert!(output.out.contains("dated  no answer needed  today 16:00\n"), "{}", output.out);
    assert!(output.out.contains("trial  no answer needed\n"), "{}", output.out);
    let output = run_with(rows(), &["expiring", "--format", "json", "--exit-code"]).ok();
    assert_eq!((output.ids(), output.err.as_str()), (vec!["dated".to_owned()], ""));
    let mut rows = rows();
    rows.push(lead("contact", &[("callToAction", json!("ContactMe"))]));
    let output = run_with(rows, &["expiring", "--exit-code"]);
    assert_eq!(output.code, 3);
    assert!(
        output.err.contains("1 lapses within 7d: 1 within 3 days; 1 needs none\n"),
        "{}",
        output.err
    );
}

#[test]
fn a_received_referral_is_marked() {
    let output = run(&["pending", "--columns", "id,deadline"]).ok();
    let line = output.lines().into_iter().find(|line| line.starts_with("received")).unwrap();
    assert!(line.ends_with("  3d received  Tue 24 Nov"), "{line}");
}

#[test]
fn a_date_that_cannot_be_read_is_said_and_the_row_is_not_lost() {
    let due = |value| [("expirationDateTime", value)];
    let rows = || {
        vec![
            lead("slashes", &due(json!("12/4/2026"))),
            lead("epoch", &due(json!(1_795_996_800))),
            lead("dotnet", &due(json!("/Date(1795737600000)/"))),
            lead("zero", &due(json!("0001-01-01T00:00:00Z"))),
            lead("end", &due(json!("9999-12-31T23:59:59Z"))),
            lead("nothing", &[("createdDateTime", Value::Null)]),
        ]
    };
    let output = run_with(rows(), &["expiring", "--format", "json", "--exit-code"]);
    let mut ids = output.ids();
    ids.sort();
    assert_eq!(
        (output.code, ids),
        (3, ["dotnet", "epoch", "nothing", "slashes", "zero"].map(str::to_owned).into())
    );
    assert!(
        output.err.contains("warning: dates that cannot be read: expirationDateTime (2)\n"),
        "{}",
        output.err
    );
    let output = run_with(rows(), &["expiring"]).ok();
    assert!(output.err.contains("; 3 without a readable date\n"), "{}", output.err);
    let output = run_with(rows(), &["pending", "--columns", "id,deadline,deadline_estimated"]).ok();
    let line =
        |id: &str| output.lines().into_iter().find(|line| line.starts_with(id)).unwrap().to_owned();
    assert!(line("end").ends_with("never"), "{}", output.out);
    assert!(line("epoch").ends_with("unreadable"), "{}", output.out);
    assert!(line("zero").contains(" ~") && line("zero").ends_with("yes"), "{}", output.out);
    let output = run_with(rows(), &["pending", "--columns", "id,deadline", "--format", "csv"]).ok();
    for line in ["end,\r\n", "slashes,\r\n", "dotnet,2026-11-27T00:00:00Z\r\n"] {
        assert!(output.out.contains(line), "{}", output.out);
    }
}

#[test]
fn a_row_without_direction_or_status_waits_when_the_api_was_asked_for_both() {
    let page = json!({"value": [
        {"id": "bare", "createdDateTime": "2026-11-10T10:00:00Z", "substatus": "Pending"},
        {"id": "ours", "createdDateTime": "2026-11-10T10:00:00Z", "direction": "Outgoing"},
        {"id": "odd", "createdDateTime": "2026-11-10T10:00:00Z", "status": {"a": 1}, "direction": [7]},
    ]});
    let server = Server::start(move |_, _| Reply::Json(page.to_string()));
    let env = TestEnv::at(&server.url());
    assert_eq!(env.run(&["pending", "--format", "json"]).ok().ids(), ["bare", "odd"]);
    let output =
        env.run(&["expiring", "--columns", "id,deadline", "--format", "csv", "--exit-code"]);
    assert_eq!(output.code, 3);
    assert!(output.out.contains("bare,2026-11-24T00:00:00Z\r\n"), "{}", output.out);
}

#[test]
fn rows_that_lack_what_is_decided_here_are_counted() {
    let output = run_with(vec![lead("a", &[]), lead("b", &[])], &["list", "--customer", "x"]).ok();
    assert!(
        output.err.contains("2 referrals have no customer name and are left out\n"),
        "{}",
        output.err
    );
}

#[test]
fn a_clock_that_is_off_is_said_once_and_deadlines_are_told_by_the_servers() {
    // Two days ahead of the clock of these tests.
    const HEADERS: &[(&str, &str)] =
        &[("Content-Type", "application/json"), ("Date", "Mon, 23 Nov 2026 12:00:00 GMT")];
    let page = |due: &str| {
        let row = lead("due", &[("expirationDateTime", json!(due))]);
        json!({ "value": [row] }).to_string()
    };
    let body = page("2026-11-23T18:00:00Z");
    let server = Server::start(move |_, _| Reply::Status(200, HEADERS, body.clone()));
    let env = TestEnv::at(&server.url());
    let output =
        env.run(&["expiring", "--within", "12h", "--columns", "id,deadline", "--exit-code"]);
    assert_eq!(output.code, 3, "{}", output.err);
    assert!(output.out.contains("due  6h    today 10:00"), "{}", output.out);
    let warning =
        "warning: this machine's clock is 2 days behind the API's; times are told by the API's\n";
    assert_eq!(output.err.matches(warning).count(), 1, "{}", output.err);
    assert!(output.err.contains("1 lapses within 12h: 1 within 24 h\n"), "{}", output.err);
    let body = page("2026-11-23T06:00:00Z");
    let server = Server::start(move |_, _| Reply::Status(200, HEADERS, body.clone()));
    let output = TestEnv::at(&server.url()).run(&["pending", "--columns", "deadline"]).ok();
    assert!(output.out.contains("overdue 6h"), "{}", output.out);
}
