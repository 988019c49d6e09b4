//! `--by`: groups instead of rows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{Output, TestEnv, now, sandbox};

fn demo(arguments: &[&str]) -> Output {
    TestEnv::new().run(&[arguments, &["--demo"]].concat()).ok()
}

fn objects(arguments: &[&str]) -> Vec<Value> {
    demo(&[arguments, &["--format", "json"]].concat()).json().as_array().unwrap().clone()
}

/// The names of the group or groups of a row.
fn names(row: &Value, by: &str) -> Vec<String> {
    let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let names: Vec<String> = match by {
        "seller" => {
            // One person may be no list.
            let team = &row["team"];
            let team = team.as_array().cloned().unwrap_or_else(|| vec![team.clone()]);
            team.iter().filter_map(|member| member["email"].as_str().map(str::to_owned)).collect()
        }
        "country" => text("/customerProfile/address/country").into_iter().collect(),
        "currency" => text("/details/currency").into_iter().collect(),
        "state" => text("/substatus").map(|word| word.to_lowercase()).into_iter().collect(),
        _ => unreachable!(),
    };
    if names.is_empty() { vec![String::new()] } else { names }
}

#[test]
fn counts_and_sums_equal_those_of_the_rows() {
    for command in [&["pending"][..], &["expiring"], &["list"], &["list", "--status", "closed"]] {
        let rows = objects(command);
        for by in ["seller", "country", "currency", "state"] {
            let mut expected: BTreeMap<String, (u64, u64, f64)> = BTreeMap::new();
            for row in &rows {
                for name in names(row, by) {
                    let (count, without, sum) = expected.entry(name).or_default();
                    let value = &row["details"]["dealValue"];
                    let value = value.as_f64().or_else(|| value.as_str()?.parse().ok());
                    *count += 1;
                    *without += u64::from(value.is_none());
                    *sum += value.unwrap_or_default();
                }
            }
            let mut found = BTreeMap::new();
            for group in objects(&[command, &["--by", by]].concat()) {
                let count = group.get("waiting").or(group.get("referrals")).unwrap();
                let money = group.get("at_stake").or(group.get("value")).unwrap();
                let amounts = money.as_array().unwrap().iter();
                let sum = amounts.map(|sum| sum["amount"].as_f64().unwrap()).sum();
                let figures = (count.as_u64().unwrap(), group["no_amount"].as_u64().unwrap(), sum);
                found.insert(group[by].as_str().unwrap_or_default().to_owned(), figures);
            }
            assert_eq!(found, expected, "{command:?} --by {by}");
        }
    }
}

#[test]
fn the_counts_of_csv_can_be_summed_and_its_groups_are_those_of_json() {
    let csv = demo(&["list", "--by", "country", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for record in reader.records().map(Result::unwrap) {
        *counts.entry(record[0].to_owned()).or_default() += record[1].parse::<u64>().unwrap();
    }
    let groups = objects(&["list", "--by", "country"]);
    let name = |group: &Value| group["country"].as_str().unwrap_or_default().to_owned();
    let expected =
        groups.iter().map(|group| (name(group), group["referrals"].as_u64().unwrap())).collect();
    assert_eq!(counts, expected);
    assert!(counts.len() > 5, "{counts:?}");
}

#[test]
fn the_totals_are_those_of_the_listing_whatever_the_groups_and_the_limit() {
    for command in ["pending", "expiring", "list"] {
        let listed = demo(&[command]).err;
        let listed = listed.split("~ estimated").next().unwrap();
        for flags in [&["--by", "seller"][..], &["--by", "kind", "--limit", "1"]] {
            let output = demo(&[&[command], flags].concat());
            assert!(output.err.starts_with(listed), "{listed}{}", output.err);
        }
    }
    let output = demo(&["list", "--by", "kind", "--limit", "2"]);
    assert_eq!(output.lines().len(), 3);
    assert!(
        output.err.ends_with("2 of 4 groups shown, most referrals first; `--limit 0` shows all\n"),
        "{}",
        output.err
    );
}

#[test]
fn a_referral_of_two_sellers_counts_for_both_and_the_note_says_so() {
    let lead = |id: &str, emails: &[&str]| {
        let team: Vec<Value> = emails.iter().map(|email| json!({ "email": email })).collect();
        json!({"id": id, "status": "New", "direction": "Incoming", "team": team,
            "createdDateTime": now().to_string()})
    };
    let rows = vec![
        lead("1", &["Ada@x.example", "bo@x.example"]),
        lead("2", &["ada@X.example"]),
        lead("3", &[]),
    ];
    let server = sandbox(|options| options.rows = Some(rows));
    let env = TestEnv::at(server.url());
    let output = env.run(&["pending", "--by", "seller"]).ok();
    let counts: Vec<Vec<&str>> =
        output.lines()[1..].iter().map(|line| line.split_whitespace().take(2).collect()).collect();
    assert_eq!(counts, [["Ada", "2"], ["nobody", "1"], ["bo", "1"]]);
    assert!(
        output.err.contains("\n1 referral has several sellers and counts for each of them\n"),
        "{}",
        output.err
    );
    let output = env.run(&["pending", "--by", "country"]).ok();
    assert!(output.out.contains("\nno country "), "{}", output.out);
    assert!(!output.err.contains("several sellers"), "{}", output.err);
    // Rows of the API are asked for in its own order.
    let explained = env.run(&["pending", "--by", "seller", "--limit", "3", "--explain"]).ok().out;
    assert!(!explained.contains("sort,") && !explained.contains("$top"), "{explained}");
    let step = "\n  count by seller, most referrals first, keep the first 3\n";
    assert!(explained.ends_with(step), "{explained}");
}

#[test]
fn a_listing_that_breaks_off_has_no_groups_unless_part_of_it_is_accepted() {
    let server = Server::start(|number, request| match number % 2 {
        0 => Reply::Json(format!(
            r#"{{"value":[{{"id":"a"}},{{"id":"b"}}],"@odata.nextLink":"http://{}/v1.0/referrals?$skiptoken=2"}}"#,
            request.header("host").unwrap_or_default()
        )),
        _ => Reply::Status(403, &[], String::new()),
    });
    let env = TestEnv::at(&server.url());
    let output = env.run(&["list", "--by", "kind"]);
    assert_eq!((output.code, output.out.as_str()), (7, ""), "{}", output.err);
    let output = env.run(&["list", "--by", "kind", "--allow-partial"]);
    assert_eq!(output.code, 7);
    assert!(output.out.starts_with("KIND "), "{}", output.out);
}

#[test]
fn a_file_is_told_by_its_groups_and_an_empty_listing_is_an_empty_document() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("team.csv").display().to_string();
    let output = TestEnv::new()
        .terminal(80)
        .run(&["pending", "--by", "kind", "--demo", "--output", &file])
        .ok();
    assert!(output.err.contains("wrote 3 groups of 21 referrals to "), "{}", output.err);
    let nothing = ["list", "--by", "kind", "--customer", "nobody has this name"];
    assert_eq!(demo(&nothing).out, "");
    assert_eq!(objects(&nothing), [json!(null); 0]);
    let csv = demo(&[&nothing[..], &["--format", "csv"]].concat());
    assert_eq!(csv.lines().len(), 1);
}

#[test]
fn what_groups_have_no_use_for_is_a_usage_error() {
    for flags in [
        &["--columns", "id"][..],
        &["--select", "id"],
        &["--sort", "value"],
        &["--desc"],
        &["--asc"],
    ] {
        let arguments = [&["list", "--demo", "--by", "seller"], flags].concat();
        let output = TestEnv::new().run(&arguments);
        assert_eq!(output.code, 2, "{flags:?}");
        assert!(output.err.contains("'--by <GROUP>' cannot be used with"), "{}", output.err);
    }
    for format in ["jsonl", "tsv", "xlsx"] {
        let arguments = ["list", "--demo", "--by", "seller", "--format", format];
        let output = TestEnv::new().terminal(80).run(&arguments);
        assert_eq!(output.code, 2, "{format}");
        let says = |text: &str| assert!(output.err.contains(text), "{}", output.err);
        says(&format!("error: this command cannot print {format}\n"));
        says("hint: choose one of table, json, csv");
        says("hint: for other formats, leave out `--by`\n");
    }
    let output = TestEnv::new().run(&["list", "--demo", "--group", "seller"]);
    assert!(output.err.contains("did you mean `--by`?"), "{}", output.err);
    // The profile's columns are of rows.
    let home = tempfile::tempdir().unwrap();
    let settings = "[profile.default]\ncolumns = [\"id\"]\n";
    std::fs::write(home.path().join("config.toml"), settings).unwrap();
    let directory = home.path().display().to_string();
    let env = TestEnv::new().variable("REFERRALS_CONFIG_DIR", &directory);
    let output = env.run(&["list", "--demo", "--by", "seller"]).ok();
    assert!(output.out.starts_with("SELLER "), "{}", output.out);
}
