//! Filters by people and time, on the sample data: what they keep, what they send, and what is said of the rest.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sign_in::Home;
use crate::support::{Output, TestEnv, now, options, sandbox};

/// The user of the sample data.
const ADA: &str = "ada.lindqvist@contoso.example";

fn demo(arguments: &[&str]) -> Output {
    TestEnv::new().run(&[arguments, &["--demo", "--limit", "0"]].concat()).ok()
}

fn rows(arguments: &[&str]) -> Vec<Value> {
    let output = demo(&[arguments, &["--format", "json"]].concat());
    output.json().as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn team(row: &Value) -> Vec<&Value> {
    match &row["team"] {
        Value::Array(members) => members.iter().collect(),
        Value::Null => Vec::new(),
        member => vec![member],
    }
}

/// The ids of the rows that meet a condition; there are such rows, and others.
fn kept(rows: &[Value], condition: impl Fn(&Value) -> bool) -> Vec<&str> {
    let kept: Vec<&str> =
        rows.iter().filter(|row| condition(row)).map(|row| row["id"].as_str().unwrap()).collect();
    assert!(!kept.is_empty() && kept.len() < rows.len(), "{} of {}", kept.len(), rows.len());
    kept
}

fn time(row: &Value, name: &str) -> Timestamp {
    row[name].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_seller_is_found_by_a_part_of_the_name_and_nobody_by_none() {
    let all = rows(&["list"]);
    let has = |row: &Value, name: &str, text: &str| team(row).iter().any(|it| it[name] == text);
    let is_ada = |row: &Value| has(row, "email", ADA);
    let by_name = kept(&all, is_ada);
    for who in ["ada", "LINDQVIST", "Ada Lind", "ada.lindqvist@", ADA] {
        assert_eq!(ids(&rows(&["list", "--seller", who])), by_name, "{who}");
    }
    let nobody = kept(&all, |row| team(row).is_empty());
    assert_eq!(ids(&rows(&["list", "--seller", "none"])), nobody);
    let either = kept(&all, |row| team(row).is_empty() || has(row, "firstName", "Ken"));
    for flags in [&["--seller", "None,ken"][..], &["--seller", "ken", "--seller", "none"]] {
        assert_eq!(ids(&rows(&[&["list"], flags].concat())), either);
    }
    let both = kept(&all, |row| is_ada(row) && has(row, "firstName", "Ken"));
    assert_eq!(ids(&rows(&["list", "--mine", "--seller", "ken"])), both);
}

#[test]
fn people_are_told_how_many_have_no_team_and_how_to_see_them() {
    let without = rows(&["pending", "--seller", "none"]).len();
    let note =
        format!("{without} referrals have no team, as new leads; `--seller none` shows them");
    let output = demo(&["pending", "--seller", "ada"]);
    assert!(output.err.contains(&note), "{}", output.err);
    for flags in [
        &["--seller", "ada", "--format", "json"][..],
        &["--seller", "ada,none"],
        &["--seller", "ada", "--kind", "co-sell"],
        &["--seller", ADA],
        &["--customer", "fabrikam"],
    ] {
        let output = demo(&[&["pending"], flags].concat());
        assert!(!output.err.contains("no team"), "{flags:?} {}", output.err);
    }
    // The API leaves them out, so that they cannot be counted.
    let terminal = TestEnv::new().terminal(100);
    let output = terminal.run(&["pending", "--mine", "--demo"]).ok();
    let note = "leads that have no team yet are not among these; `--seller none` shows them";
    assert!(output.err.contains(note), "{}", output.err);
    assert!(!terminal.run(&["pending", "--demo"]).ok().err.contains("no team"));
}

#[test]
fn one_without_a_team_is_told_in_the_singular() {
    let row = |team: Value| {
        json!({"id": "a", "direction": "Incoming", "status": "New", "team": team,
            "createdDateTime": "2026-11-20T10:00:00Z"})
    };
    let server = sandbox(|options| options.rows = Some(vec![row(json!([]))]));
    let output = TestEnv::at(server.url()).run(&["pending", "--seller", "ada"]).ok();
    let note = "1 referral has no team, as new leads; `--seller none` shows it";
    assert!(output.err.contains(note), "{}", output.err);
    assert!(!output.err.contains("left out"), "{}", output.err);
}

#[test]
fn whole_addresses_are_sent_and_parts_and_nobody_are_not() {
    let address = format!("team/any(t:t/email eq '{ADA}')");
    for (flags, sent) in [
        (&["--seller", ADA][..], Some(&address)),
        (&["--mine"], Some(&address)),
        (&["--seller", "ada"], None),
        (&["--seller", "none"], None),
        (&["--seller", &format!("{ADA},none")], None),
        (&["--seller", &format!("{ADA},ken")], None),
    ] {
        let server = sandbox(|options| options.allow_undocumented = false);
        let env = TestEnv::at(server.url()).variable("REFERRALS_ME", ADA);
        env.run(&[&["list", "--limit", "3", "--format", "json"], flags].concat()).ok();
        let filter = options(&server.requests()[0].target)
            .into_iter()
            .find_map(|option| option.strip_prefix("$filter=").map(str::to_owned));
        assert_eq!(filter.as_ref(), sent, "{flags:?}");
    }
}

#[test]
fn mine_is_one_seller_of_the_sample_data_and_told_once() {
    let output = demo(&["list", "--mine", "--format", "json"]);
    assert_eq!(output.ids(), ids(&rows(&["list", "--seller", ADA])));
    assert_eq!(output.err.matches(&format!("demo: --mine means {ADA}")).count(), 1);
    assert!(!demo(&["list", "--seller", ADA]).err.contains("--mine"));
}

#[test]
fn mine_is_what_the_settings_say_else_the_sign_in_and_never_a_guess() {
    let api = sandbox(|options| options.token = crate::sign_in::access(1));
    let home = Home::new(api.url());
    let env = home.env();
    home.sign_in(&env, &[]).ok();
    let filter_of = |env: &TestEnv| env.run(&["list", "--mine", "--explain"]).ok().out;
    let asks_for = |email: &str| format!("(t:t/email eq '{email}')");
    assert!(filter_of(&env).contains(&asks_for("jo@contoso.com")), "{}", filter_of(&env));
    let (settings, settings_file) = (home.settings(), home.config().join("config.toml"));
    for (me, emails) in [
        (r#"me = "jo@a.example""#, &["jo@a.example"][..]),
        (r#"me = ["jo@a.example", "jo@b.example"]"#, &["jo@a.example", "jo@b.example"]),
        (r#"me = "jo@a.example, jo@b.example""#, &["jo@a.example", "jo@b.example"]),
        ("me = []", &["jo@contoso.com"]),
    ] {
        fs::write(&settings_file, format!("{settings}{me}\n")).unwrap();
        let explained = filter_of(&env);
        assert!(emails.iter().all(|email| explained.contains(&asks_for(email))), "{explained}");
        let other = env.run(&["list", "--explain"]).ok();
        assert!(!other.out.contains("team"), "only --mine uses it: {}", other.out);
    }
    fs::write(&settings_file, format!("{settings}me = \"jo\"\n")).unwrap();
    let output = env.run(&["list", "--mine"]);
    assert_eq!(output.code, 2, "{}", output.err);
    assert!(output.err.contains("me: \"jo\" is no e-mail address"), "{}", output.err);
}

#[test]
fn with_a_bare_token_mine_needs_an_address() {
    let token = TestEnv::new().variable("REFERRALS_TOKEN", "t");
    let output = token.run(&["pending", "--mine"]);
    assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
    for words in ["an access token does not say who you are", "me = [", "REFERRALS_ME", "--seller"]
    {
        assert!(output.err.contains(words), "{words:?} {}", output.err);
    }
    let named = token.variable("REFERRALS_ME", "jo@contoso.example");
    let output = named.run(&["pending", "--mine", "--explain"]).ok();
    assert!(output.out.contains("email eq 'jo@contoso.example'"), "{}", output.out);
    let nobody = TestEnv::new().run(&["pending", "--mine"]);
    assert_eq!(nobody.code, 4, "{}", nobody.err);
}

#[test]
fn stale_is_open_and_unchanged_for_a_span() {
    let all = rows(&["list"]);
    let before = now() - SignedDuration::from_hours(30 * 24 + 1);
    let is_stale = |row: &Value| row["status"] != "Closed" && time(row, "updatedDateTime") < before;
    let stale = kept(&all, is_stale);
    assert_eq!(ids(&rows(&["list", "--stale", "30d"])), stale);
    let active = kept(&all, |row| is_stale(row) && row["status"] == "Active");
    assert_eq!(ids(&rows(&["list", "--stale", "30d", "--status", "active"])), active);
    // Other flags must hold too.
    let since = kept(&all, |row| {
        is_stale(row) && time(row, "updatedDateTime") >= now() - SignedDuration::from_hours(60 * 24)
    });
    assert_eq!(ids(&rows(&["list", "--stale", "30d", "--updated-after", "60d"])), since);
    assert_eq!(rows(&["list", "--stale", "30d", "--status", "closed"]), [Value::Null; 0]);
    for (text, said) in [
        ("2026-10-01", "write 36h, 30d, 2w or 3mo"),
        ("-30d", "without a sign: `--stale 30d`"),
        ("soon", "--stale: \"soon\" is not a span of time"),
    ] {
        let output = TestEnv::new().run(&["list", "--demo", "--stale", text]);
        assert_eq!(output.code, 2, "{text}");
        assert!(output.err.contains(said), "{text} {}", output.err);
    }
}

#[test]
fn a_closing_day_is_compared_with_the_next_weekday_and_with_spans_ahead() {
    let all = rows(&["list", "--columns", "id,closing"]);
    let is_before = |row: &Value, day: &str| row["closing"].as_str().is_some_and(|own| own < day);
    // Noon UTC of a Saturday; in the reader's zone the same day.
    for (text, day) in [
        ("30d", "2026-12-21"),
        ("friday", "2026-11-27"),
        ("saturday", "2026-11-28"),
        ("next month", "2026-12-01"),
        ("2026-12-24", "2026-12-24"),
        ("tomorrow", "2026-11-22"),
    ] {
        let expected = kept(&all, |row| is_before(row, day));
        assert_eq!(ids(&rows(&["list", "--closing-before", text])), expected, "{text}");
        let after = kept(&all, |row| row["closing"].as_str().is_some_and(|own| own >= day));
        assert_eq!(ids(&rows(&["list", "--closing-after", text])), after, "{text}");
    }
}
