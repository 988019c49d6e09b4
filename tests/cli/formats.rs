//! The tables for documents, and what `--format` and the name of a file say together.

use std::fs;

use crate::support::TestEnv;

#[test]
fn a_document_has_the_rows_of_the_listing_and_totals_come_after_it() {
    let directory = tempfile::tempdir().unwrap();
    for command in ["pending", "expiring", "list"] {
        let run = |more: &[&str]| TestEnv::new().run(&[&[command, "--demo"], more].concat()).ok();
        let rows = run(&["--format", "json"]).ids().len();
        let markdown = run(&["--format", "md"]);
        assert!(markdown.lines()[0].starts_with("| ID | "), "{command}: {}", markdown.out);
        assert_eq!(markdown.lines().len(), rows + 4, "{command}");
        // What `~` means stands in the document.
        assert!(run(&["--format", "table"]).err.starts_with(&markdown.err), "{}", markdown.err);
        let file = directory.path().join(format!("{command}.html"));
        let output = run(&["--output", file.to_str().unwrap()]);
        let html = fs::read_to_string(&file).unwrap();
        assert_eq!(html.matches("<tr>").count(), rows + 1, "{command}");
        assert!(output.err.contains(&format!("wrote {rows} referrals to ")), "{}", output.err);
    }
}

#[test]
fn a_document_has_the_columns_of_the_profile_and_of_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let settings = "[profile.default]\ncolumns = [\"id\", \"status\"]\n";
    fs::write(directory.path().join("config.toml"), settings).unwrap();
    let head = |arguments: &[&str]| {
        let env = TestEnv::new().variable("REFERRALS_CONFIG_DIR", path);
        let output = env.run(&[&["list", "--demo", "--limit", "1"], arguments].concat()).ok();
        output.lines()[0].to_owned()
    };
    assert_eq!(head(&["--format", "md"]), "| ID | STATUS |");
    assert_eq!(head(&["--format", "md", "--columns", "deadline"]), "| LEFT | DUE (PST) |");
}

#[test]
fn an_id_of_a_document_shows_the_referral() {
    let env = TestEnv::new();
    let markdown = env.run(&["pending", "--demo", "--format", "md"]).ok();
    for line in &markdown.lines()[2..5] {
        let id = line.split(' ').nth(1).unwrap();
        let shown = env.run(&["show", id, "--demo", "--format", "json"]).ok();
        assert!(shown.json()["id"].as_str().unwrap().starts_with(id), "{line}");
    }
}

#[test]
fn a_name_and_a_format_that_contradict_one_another_are_refused_before_anything_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    for (name, format, says) in [
        ("x.xlsx", Some("csv"), "change the name"),
        ("x.json", Some("csv"), "change the name"),
        ("x.md", Some("html"), "change the name"),
        ("x.xls", None, "x.xlsx"),
        ("x.doc", None, "unknown format"),
    ] {
        let name = path(name);
        let mut arguments = vec!["list", "--demo", "--output", &name];
        arguments.extend(format.iter().flat_map(|format| ["--format", format]));
        let output = TestEnv::new().run(&arguments);
        assert_eq!(output.code, 2, "{arguments:?}: {}", output.err);
        assert!(output.err.contains(says), "{arguments:?}: {}", output.err);
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    let output = TestEnv::new().run(&["list", "--demo", "--output", &path("")]);
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.err.contains("name a file in it"), "{}", output.err);
}

#[test]
fn a_format_that_a_command_does_not_have_is_refused() {
    for (flag, value, says) in [
        ("--format", "md", "[possible values: table, json, jsonl, csv, tsv, xlsx]"),
        ("--output", "x.md", "choose one of table, json"),
    ] {
        let output = TestEnv::new().run(&["show", "fabrikam", "--demo", flag, value]);
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains(says), "{}", output.err);
    }
}

#[test]
fn a_calendar_has_an_event_for_each_deadline_and_the_alarm_that_was_asked_for() {
    let run = |more: &[&str]| TestEnv::new().run(&[&["pending", "--demo"], more].concat());
    let rows = run(&["--format", "json"]).ok().ids();
    let calendar = run(&["--format", "ics"]).ok();
    let count = |text: &str, line: &str| text.lines().filter(|it| *it == line).count();
    let events = count(&calendar.out, "BEGIN:VEVENT");
    let has_event = |id: &String| calendar.out.contains(&format!("\r\nUID:{id}@referrals\r\n"));
    assert_eq!(rows.iter().filter(|id| has_event(id)).count(), events);
    let left_out = match rows.len() - events {
        0 => String::new(),
        1 => "not in the calendar: 1 referral ".to_owned(),
        count => format!("not in the calendar: {count} referrals "),
    };
    assert!(calendar.err.contains(&left_out), "{} of {}: {}", events, rows.len(), calendar.err);
    assert!(events > 5 && calendar.out.contains("\r\nTRIGGER:-P1D\r\n"));
    let alarms = |alarm| run(&["--format", "ics", "--alarm", alarm]).ok().out;
    assert!(alarms("90min").contains("\r\nTRIGGER:-PT90M\r\n"));
    assert!(!alarms("none").contains("BEGIN:VALARM"));
    for more in [&["--alarm", "1mo"][..], &["--format", "ics", "--columns", "id"]] {
        let refused = run(more);
        assert_eq!(refused.code, 2, "{more:?}: {}", refused.err);
    }
    let listed = TestEnv::new().run(&["list", "--demo", "--format", "ics"]);
    assert_eq!(listed.code, 2);
    assert!(listed.err.contains("invalid value 'ics'"), "{}", listed.err);
    let named = TestEnv::new().run(&["list", "--demo", "--output", "x.ics"]);
    assert_eq!(named.code, 2);
    assert!(named.err.contains("cannot print ics"), "{}", named.err);
}

#[test]
fn importing_a_calendar_twice_changes_nothing() {
    let without_stamps = || {
        let output = TestEnv::new().run(&["expiring", "--demo", "--format", "ics"]).ok();
        output
            .out
            .lines()
            .filter(|line| !line.starts_with("DTSTAMP"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let first = without_stamps();
    let uids: Vec<&str> = first.lines().filter(|line| line.starts_with("UID")).collect();
    let distinct: std::collections::BTreeSet<&&str> = uids.iter().collect();
    assert!(uids.len() > 1 && distinct.len() == uids.len(), "{uids:?}");
    assert_eq!(without_stamps(), first);
}
