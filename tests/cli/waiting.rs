//! `pending`, `expiring` and `show`.

use serde_json::{Value, json};

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
    assert_eq!(output.ids(), ["overdue", "today", "estimated", "short", "later"]);
    let output = run(&["pending", "--format", "json", "--include-received"]).ok();
    assert_eq!(output.ids(), ["overdue", "today", "estimated", "received", "short", "later"]);
}

#[test]
fn pending_sends_microsofts_own_definition_and_nothing_else() {
    let server = sandbox(|options| options.allow_undocumented = false);
    TestEnv::at(server.url()).run(&["pending"]).ok();
    assert_eq!(
        options(&server.requests()[0].target),
        [
            "$filter=(direction eq 'Incoming' and substatus eq 'Pending')",
            "$orderby=createdDateTime desc"
        ]
    );
}

#[test]
fn expiring_keeps_what_is_due_in_time_overdue_included_and_sums_it_up() {
    let output = run(&["expiring", "--format", "json"]).ok();
    assert_eq!(output.ids(), ["overdue", "today", "estimated", "short"]);
    assert_eq!(
        output.err,
        "4 referrals lapse within 7d: 1 within 24 h, 1 overdue; at stake 4,002 EUR\n"
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
    assert!(line.contains("~2d 12h, Mon 23 Nov 16:00 PST"), "{line}");
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
    assert!(output.err.contains("referral nowhere not found"), "{}", output.err);
}
