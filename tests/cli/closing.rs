//! What is said after a listing: totals, what is not shown, the next command, and why nothing is listed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Output, TestEnv, now, sandbox};

fn demo(env: &TestEnv, arguments: &[&str]) -> Output {
    env.run(&[arguments, &["--demo"]].concat()).ok()
}

/// The notes without the demo's own.
fn notes(output: &Output) -> Vec<&str> {
    output.err.lines().filter(|line| !line.starts_with("demo: ")).collect()
}

/// `1,234.5 EUR` as the currency and the amount in cents.
fn parse_sum(sum: &str) -> (String, i64) {
    let (amount, currency) = sum.split_once(' ').unwrap();
    let cents = amount.replace(',', "").parse::<f64>().unwrap() * 100.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole cents of a small sum")]
    (currency.to_owned(), cents.round() as i64)
}

/// The sums of a line of money, in order, and how many name no amount.
fn parse_money(line: &str) -> (Vec<(String, i64)>, usize) {
    let (_, line) = line.split_once(": ").unwrap();
    let (sums, rest) = line.split_once("; ").unwrap_or((line, "0"));
    let without = rest.split(' ').next().unwrap().parse().unwrap();
    (sums.split(", ").map(parse_sum).collect(), without)
}

/// Sums by currency, and the number of referrals without an amount.
fn sum_up(rows: &[Value]) -> (BTreeMap<String, i64>, usize) {
    let mut sums = BTreeMap::new();
    let mut without = 0;
    for row in rows {
        let details = &row["details"];
        let value = &details["dealValue"];
        match value.as_f64().or_else(|| value.as_str()?.parse().ok()) {
            #[expect(clippy::cast_possible_truncation, reason = "whole cents of a small sum")]
            Some(value) => {
                let currency = details["currency"].as_str().unwrap().to_owned();
                *sums.entry(currency).or_default() += (value * 100.0).round() as i64;
            }
            None => without += 1,
        }
    }
    (sums, without)
}

#[test]
fn totals_equal_those_of_the_json_without_the_limit() {
    let env = TestEnv::new();
    for flags in [
        &["pending"][..],
        &["pending", "--limit", "2"],
        &["pending", "--kind", "co-sell", "--limit", "1"],
        &["expiring"],
        &["expiring", "--within", "1mo", "--limit", "3"],
        &["list"],
        &["list", "--sort", "deadline", "--limit", "5"],
        &["list", "--status", "active", "--sort", "customer"],
    ] {
        let table = demo(&env, flags);
        let whole: Vec<&str> = flags.split(|flag| *flag == "--limit").next().unwrap().to_vec();
        let rows = demo(&env, &[&whole[..], &["--format", "json"]].concat()).json();
        let rows = rows.as_array().unwrap();
        let lines = notes(&table);
        let overdue = rows.iter().filter(|row| {
            let due = row["expirationDateTime"].as_str();
            row["status"] == "New"
                && due.is_some_and(|due| due.parse::<jiff::Timestamp>().unwrap() <= now())
        });
        let counted: usize = match flags[0] {
            // Overdue and ahead.
            "expiring" => lines[0]
                .split(';')
                .filter(|part| !part.contains("need"))
                .map(|part| part.trim().split(' ').next().unwrap().parse::<usize>().unwrap())
                .sum(),
            _ => lines[0].split(' ').next().unwrap().parse().unwrap(),
        };
        assert_eq!(counted, rows.len(), "{flags:?} {lines:?}");
        let overdue = overdue.count();
        assert_eq!(lines[0].contains(&format!("{overdue} overdue")), overdue > 0, "{lines:?}");
        let (sums, without) = parse_money(lines[1]);
        assert_eq!((sums.into_iter().collect(), without), sum_up(rows), "{flags:?}");
        let limit = flags.iter().position(|flag| *flag == "--limit").map(|at| flags[at + 1]);
        let shown = limit.map(|limit| format!("{limit} of {} shown, ", rows.len()));
        assert_eq!(shown.is_some(), table.err.contains("`--limit 0` shows all"), "{flags:?}");
        assert!(shown.is_none_or(|shown| lines[2].starts_with(&shown)), "{lines:?}");
    }
}

#[test]
fn a_limit_that_stops_the_reading_leaves_no_totals() {
    let output = demo(&TestEnv::new(), &["list", "--limit", "10"]);
    assert_eq!(notes(&output)[0], "10 shown, newest first; there may be more");
    assert!(!output.err.contains("value: "), "{}", output.err);
    let output = demo(&TestEnv::new(), &["list", "--limit", "3", "--sort", "updated", "--asc"]);
    assert_eq!(notes(&output)[0], "3 shown, longest unchanged first; there may be more");
    // Fewer than the limit are all there are.
    let few = ["list", "--customer", "fabrikam", "--limit", "200"];
    assert!(demo(&TestEnv::new(), &few).err.contains("value: "));
}

#[test]
fn a_terminal_gets_the_next_command_and_it_works() {
    let env = TestEnv::new().terminal(80);
    for command in [&["pending", "--limit", "1"][..], &["list", "--limit", "1"], &["expiring"]] {
        let output = demo(&env, command);
        let next =
            output.err.lines().find_map(|line| line.strip_prefix("Next: referrals ")).unwrap();
        let words: Vec<&str> = next.split(' ').collect();
        let shown = env.run(&words).ok();
        assert!(shown.out.contains(words[1]), "{next}: {}", shown.out);
    }
    let quiet = demo(&env, &["pending", "-q"]);
    assert_eq!(quiet.err, "");
    assert!(!demo(&TestEnv::new(), &["pending"]).err.contains("Next"));
}

#[test]
fn an_id_that_a_shell_would_read_is_in_no_command() {
    let row = |id: &str| {
        json!({"id": id, "status": "New", "substatus": "Pending", "direction": "Incoming",
            "createdDateTime": "2026-11-20T10:00:00Z"})
    };
    for (id, is_named) in [("a-1", true), ("a;rm", false), ("-x", false), ("$(x)", false)] {
        let server = sandbox(|options| options.rows = Some(vec![row(id)]));
        let env = TestEnv::at(server.url()).terminal(80);
        let output = env.run(&["pending"]).ok();
        assert_eq!(output.err.contains("Next: referrals show"), is_named, "{id} {}", output.err);
    }
}

#[test]
fn machines_get_no_totals_and_people_at_a_terminal_a_count() {
    for format in ["json", "jsonl", "csv", "tsv"] {
        let arguments = ["expiring", "--format", format];
        assert_eq!(notes(&demo(&TestEnv::new(), &arguments)), [""; 0], "{format}");
        let terminal = demo(&TestEnv::new().terminal(80), &arguments);
        assert_eq!(notes(&terminal), ["12 referrals"], "{format}");
    }
}

#[test]
fn no_note_is_wider_than_the_terminal() {
    for width in [40, 60, 80] {
        let output = demo(&TestEnv::new().terminal(width), &["list", "--limit", "0"]);
        for line in output.err.lines().filter(|line| !line.contains("Next: ")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn an_empty_answer_names_its_likely_cause() {
    let role = "Referrals user";
    let cases: [(&[&str], &str, bool); 7] = [
        (&["list", "--country", "XX"], "XX is no country code", false),
        (&["list", "--created-after", "2027-06-01"], "that date lies ahead: created", false),
        (&["list", "--status", "active", "--substatus", "won"], "no referral is both", false),
        (&["pending", "--customer", "nobody"], "the filter was: customer name contains", true),
        (&["pending", "--customer", "nobody"], "hint: `referrals list`", true),
        (&["expiring", "--customer", "nobody"], "hint: `referrals pending`", true),
        (
            &["list", "--country", "AQ", "--currency", "XAU"],
            "the filters were: country is AQ; ",
            true,
        ),
    ];
    let server = sandbox(|_| {});
    for (arguments, cause, may_be_role) in cases {
        let output = TestEnv::at(server.url()).run(arguments).ok();
        assert_eq!(output.out, "");
        assert!(output.err.contains(cause), "{arguments:?}: {}", output.err);
        assert_eq!(output.err.contains(role), may_be_role, "{arguments:?}: {}", output.err);
        let output = demo(&TestEnv::new(), arguments);
        assert!(output.err.contains(cause) && !output.err.contains(role), "{}", output.err);
    }
}
