//! `list --check`: open deals that need care, and why.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{TestEnv, options, sandbox};

/// An open deal that lacks nothing, after `change`.
fn deal(id: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut row = json!({
        "id": id, "status": "Active", "externalReferenceId": "C-1", "team": [{ "email": "a@b.example" }],
        "createdDateTime": "2026-09-01T00:00:00Z", "updatedDateTime": "2026-11-20T00:00:00Z",
        "details": { "dealValue": 5, "currency": "EUR", "closingDateTime": "2026-11-21T00:00:00Z" },
    });
    change(&mut row);
    row
}

fn server() -> Server {
    let rows = [
        deal("fine", |_| {}),
        deal("late", |row| row["details"]["closingDateTime"] = json!("2026-11-20T00:00:00Z")),
        deal("unlinked", |row| row["externalReferenceId"] = Value::Null),
        deal("alone", |row| row["team"] = json!([])),
        deal("unvalued", |row| row["details"] = json!({})),
        deal("stale", |row| row["updatedDateTime"] = json!("2026-10-22T11:59:59Z")),
        deal("all", |row| *row = json!({ "id": "all", "createdDateTime": "2026-01-01T00:00:00Z" })),
        deal("trial", |row| *row = json!({ "id": "trial", "callToAction": "FreeTrial" })),
        deal("closed", |row| {
            row["status"] = json!("Closed");
            row["team"] = json!([]);
        }),
    ];
    let page = json!({ "value": rows }).to_string();
    Server::start(move |_, request| {
        assert!(options(&request.target).contains(&"$filter=status eq 'Active'".to_owned()));
        Reply::Json(page.clone())
    })
}

#[test]
fn deals_that_need_care_are_listed_with_the_reasons() {
    let server = server();
    let env = TestEnv::at(&server.url());
    let check = ["list", "--check", "--format", "json", "--columns", "id,care"];
    let expected = json!([
        { "id": "late", "care": "past closing" },
        { "id": "unlinked", "care": "no CRM id" },
        { "id": "alone", "care": "no team" },
        { "id": "unvalued", "care": "no value" },
        { "id": "stale", "care": "stale" },
        { "id": "all", "care": "no CRM id; no team; no value; stale" },
    ]);
    assert_eq!(env.run(&check).ok().json(), expected);
    // Also in an order that is made here, and with the properties that the user does not ask for.
    let mut sorted = env.run(&[&check[..], &["--sort", "customer"]].concat()).ok().json();
    sorted.as_array_mut().unwrap().sort_by_key(|row| row["id"].to_string());
    assert_eq!(sorted.as_array().unwrap().len(), 6);
    assert_eq!((&sorted[0], &sorted[1]), (&expected[5], &expected[2]));
    let whole = env.run(&["list", "--check", "--format", "json"]).ok();
    assert_eq!(whole.ids(), ["late", "unlinked", "alone", "unvalued", "stale", "all"]);
    let csv = env.run(&["list", "--check", "--format", "csv"]).ok();
    assert!(csv.lines()[0].ends_with(",notes,care"), "{}", csv.lines()[0]);
    assert!(csv.lines()[6].ends_with("no CRM id; no team; no value; stale"), "{}", csv.out);
    let table = env.run(&["list", "--check", "--limit", "1"]).ok();
    assert_eq!(table.lines()[0].split_whitespace().take(2).collect::<Vec<_>>(), ["ID", "CARE"]);
    assert!(table.lines()[1].contains("past closing"), "{}", table.out);
}

#[test]
fn the_exit_code_says_whether_any_deal_needs_care() {
    let server = server();
    let env = TestEnv::at(&server.url());
    assert_eq!(env.run(&["list", "--check"]).code, 0);
    for format in ["table", "json", "csv"] {
        assert_eq!(env.run(&["list", "--check", "--exit-code", "--format", format]).code, 3);
    }
    let fine =
        Server::start(|_, _| Reply::Json(json!({ "value": [deal("a", |_| {})] }).to_string()));
    let output = TestEnv::at(&fine.url()).run(&["list", "--check", "--exit-code"]).ok();
    assert!(output.err.starts_with("no open deals need care\n"), "{}", output.err);
    for arguments in [&["list", "--exit-code"][..], &["list", "--check", "--status", "new"]] {
        assert_eq!(env.run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn the_column_can_be_chosen_for_any_list_and_is_in_no_file_unasked() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let csv = |arguments: &[&str]| {
        env.run(&[&["list", "--limit", "0", "--format", "csv"], arguments].concat()).ok()
    };
    assert!(!csv(&[]).lines()[0].contains("care"));
    let chosen = csv(&["--columns", "status,care"]);
    let with_care: Vec<&str> =
        chosen.lines()[1..].iter().copied().filter(|line| !line.ends_with(',')).collect();
    assert!(!with_care.is_empty() && with_care.iter().all(|line| line.contains("Active")));
    assert_eq!(csv(&["--check", "--columns", "id"]).lines().len(), with_care.len() + 1);
}

#[test]
fn the_list_has_as_many_deals_as_the_summary_counts() {
    let server = sandbox(|options| options.referrals = 700);
    let env = TestEnv::at(server.url());
    let summary = env.run(&["summary", "--format", "json"]).ok().json();
    let check = ["list", "--check", "--format", "json", "--columns", "care", "--limit", "0"];
    let rows = env.run(&check).ok().json();
    let rows = rows.as_array().unwrap();
    assert_eq!(summary["needs_care"], rows.len());
    for (name, word) in [
        ("overdue_close", "past closing"),
        ("no_crm_id", "no CRM id"),
        ("no_team", "no team"),
        ("no_value", "no value"),
        ("stale", "stale"),
    ] {
        let has = |row: &&Value| row["care"].as_str().unwrap().split("; ").any(|it| it == word);
        assert_eq!(summary[name], rows.iter().filter(has).count(), "{name}");
    }
}
