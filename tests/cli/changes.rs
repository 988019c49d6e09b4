//! `changes`: what is new since the last run, once, whatever goes wrong in between.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use referrals::testing::SharedBuffer;
use referrals_sandbox::Sandbox;
use serde_json::json;

use crate::server::{Reply, Server};
use crate::support::{Output, TestEnv, news_of, options, play_day, sandbox};

/// News as [`news_of`] has them, each once.
fn told(output: &Output) -> BTreeSet<String> {
    let changes = output.json();
    let changes: Vec<String> = changes.as_array().unwrap().iter().map(news_of).collect();
    let distinct: BTreeSet<String> = changes.iter().cloned().collect();
    assert_eq!(distinct.len(), changes.len(), "told twice in one run: {changes:?}");
    distinct
}

fn mark_file(env: &TestEnv, profile: &str) -> PathBuf {
    env.state().join(format!("marks/{profile}/changes.mark"))
}

/// After a first run, and the scripted day.
fn after_a_day() -> (Sandbox, TestEnv, BTreeSet<String>) {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let output = env.run(&["changes", "--format", "json"]).ok();
    assert_eq!(output.json(), json!([]));
    env.clock().advance(Duration::from_secs(3_600));
    let script = play_day(&server, &env);
    assert!(script.len() > 15, "{script:?}");
    (server, env, script)
}

const JSON: [&str; 3] = ["changes", "--format", "json"];

#[test]
fn the_first_run_remembers_and_says_what_waits_and_how_to_look_back() {
    let server = sandbox(|_| {});
    let output = TestEnv::at(server.url()).run(&["changes", "--exit-code"]).ok();
    assert_eq!(output.out, "");
    assert_eq!(
        output.err,
        "this is the first run: from now on `referrals changes` tells what has changed since the last\n\
         21 referrals wait for an answer: `referrals pending`\n\
         hint: `referrals changes --since yesterday` looks back\n"
    );
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_scripted_day_is_told_item_by_item_and_once() {
    let (server, env, script) = after_a_day();
    let before = server.requests().len();
    let output = env.run(&JSON).ok();
    assert_eq!(told(&output), script);
    let asked =
        server.requests()[before..].iter().map(|it| options(&it.target)).collect::<Vec<_>>();
    assert!(asked[0][0].starts_with("$filter=updatedDateTime ge 2026-11-21T"), "{asked:?}");
    assert_eq!(asked[1][0], "$filter=status eq 'New'");
    assert_eq!(asked.len(), 4, "and by id what has lapsed and what is gone: {asked:?}");
    assert_eq!(told(&env.run(&JSON).ok()), BTreeSet::new());
    let output = env.run(&["changes", "--exit-code"]);
    assert_eq!(output.code, 0);
    assert!(output.err.starts_with("nothing has changed since Sat 21 Nov 05:00 PST\n"));
}

#[test]
fn an_api_that_cannot_filter_by_time_is_asked_in_documented_words() {
    let server = sandbox(|options| options.allow_undocumented = false);
    let env = TestEnv::at(server.url());
    env.run(&JSON).ok();
    env.clock().advance(Duration::from_secs(3_600));
    let script = play_day(&server, &env);
    assert_eq!(told(&env.run(&JSON).ok()), script);
}

/// Another environment with the same state.
fn beside(env: &TestEnv, url: &str) -> TestEnv {
    TestEnv::at(url).variable("REFERRALS_STATE_DIR", env.state().to_str().unwrap())
}

#[test]
fn a_mark_is_not_compared_with_another_service() {
    let (server, env, script) = after_a_day();
    let other = sandbox(|_| {});
    let output = beside(&env, other.url()).run(&JSON);
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    let from = format!("what this profile was told last is from {}/referrals", server.url());
    assert!(output.err.contains(&from), "{}", output.err);
    assert!(other.requests().is_empty());
    assert_eq!(told(&env.run(&JSON).ok()), script);
}

/// How a run fails before its mark is set.
#[derive(Clone, Copy, Debug)]
enum Failure {
    ClosedPipe,
    FullDisk,
    NoDirectory,
    WrongToken,
    /// It ends between its output and the mark.
    Killed,
}

fn fail((url, env): (&str, &TestEnv), failure: Failure, script: &BTreeSet<String>) {
    let write = |kind| env.run_into(&JSON, Box::new(SharedBuffer::failing(kind))).0;
    let code = match failure {
        Failure::ClosedPipe => write(ErrorKind::BrokenPipe) + 1,
        Failure::FullDisk => write(ErrorKind::StorageFull),
        Failure::NoDirectory => {
            let file = env.state().join("no/such/directory.json");
            env.run(&["changes", "--output", file.to_str().unwrap()]).code
        }
        Failure::WrongToken => {
            beside(env, url).variable("REFERRALS_TOKEN", "x").run(&JSON).code - 3
        }
        Failure::Killed => {
            let mark = mark_file(env, "default");
            let text = fs::read(&mark).unwrap();
            assert_eq!(told(&env.run(&JSON).ok()), *script);
            fs::write(&mark, text).unwrap();
            1
        }
    };
    assert_eq!(code, 1, "{failure:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_whatever_failures_the_next_run_tells_the_same_and_after_success_nothing(
        failures in prop::collection::vec(
            select(&[
                Failure::ClosedPipe,
                Failure::FullDisk,
                Failure::NoDirectory,
                Failure::WrongToken,
                Failure::Killed,
            ][..]),
            1..4,
        ),
    ) {
        let (server, env, script) = after_a_day();
        for failure in failures {
            fail((server.url(), &env), failure, &script);
        }
        assert_eq!(told(&env.run(&JSON).ok()), script);
        assert_eq!(told(&env.run(&JSON).ok()), BTreeSet::new());
    }
}

/// Has another run begin while this one writes.
struct Meanwhile {
    env: TestEnv,
    seen: SharedBuffer,
}

impl Write for Meanwhile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let other = self.env.run(&JSON);
        assert_eq!((other.code, other.out.as_str()), (5, ""), "{}", other.err);
        assert!(other.err.contains("has been telling what is new for 60 seconds"), "{}", other.err);
        self.seen.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn of_two_runs_at_once_the_second_waits_and_tells_nothing_twice() {
    let (server, env, script) = after_a_day();
    let seen = SharedBuffer::default();
    let writer = Meanwhile { env: beside(&env, server.url()), seen: seen.clone() };
    let (code, err) = env.run_into(&JSON, Box::new(writer));
    let first = Output { code, out: seen.text(), err };
    assert_eq!(told(&first.ok()), script);
    assert_eq!(told(&env.run(&JSON).ok()), BTreeSet::new());
}

#[test]
fn the_mark_is_for_its_owner_alone_and_names_nobody() {
    let (_server, env, _) = after_a_day();
    let mark = mark_file(&env, "default");
    let text = fs::read_to_string(&mark).unwrap();
    assert!(text.starts_with("referrals mark, version 1\n{"), "{}", &text[..60]);
    for word in ["@", "contoso.example", "Lindqvist", "Northwind Traders", "scheduled"] {
        assert!(!text.contains(word), "{word}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&mark).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn filters_choose_what_is_told_and_the_mark_moves_all_the_same() {
    let (_server, env, script) = after_a_day();
    let arguments = ["changes", "--format", "json", "--substatus", "declined"];
    let declined = told(&env.run(&arguments).ok());
    let gone: BTreeSet<String> = script.iter().filter(|it| it.ends_with("gone")).cloned().collect();
    assert!(gone.is_subset(&declined), "of what is gone nothing is known: {declined:?}");
    let words: Vec<&str> =
        declined.difference(&gone).map(|it| it.rsplit_once(' ').unwrap().1).collect();
    assert_eq!(words.iter().filter(|word| **word == "declined").count(), 2, "{declined:?}");
    assert!(words.iter().all(|word| ["declined", "new"].contains(word)), "{declined:?}");
    assert_eq!(told(&env.run(&JSON).ok()), BTreeSet::new());
    for flags in [
        &["--limit", "3"][..],
        &["--sort", "value"],
        &["--filter", "status eq 'New'"],
        &["--select", "id"],
        &["--columns", "id"],
        &["--format", "xlsx", "--output", "x.xlsx"],
    ] {
        assert_eq!(env.run(&[&["changes"], flags].concat()).code, 2, "{flags:?}");
    }
}

#[test]
fn looking_back_needs_no_mark_and_moves_none() {
    let (_server, env, script) = after_a_day();
    let mark = fs::read(mark_file(&env, "default")).unwrap();
    let arguments = ["changes", "--since", "2h", "--format", "json"];
    let output = env.run(&arguments).ok();
    let back = told(&output);
    // Neither what a value was nor that a referral is gone can be known.
    let moved = ["name", "stage", "deadline", "value", "closing", "team", "gone"];
    let expected: BTreeSet<String> = script
        .iter()
        .filter(|it| !moved.contains(&it.rsplit_once(' ').unwrap().1))
        .cloned()
        .collect();
    // It lapsed before the span.
    let lapsed = expected.iter().find(|it| it.ends_with("lapsed")).unwrap().clone();
    let is_scripted = |it: &str| script.iter().any(|other| other[..36] == it[..36]);
    let certain: BTreeSet<String> =
        back.iter().filter(|it| is_scripted(it) && !it.ends_with("updated")).cloned().collect();
    assert_eq!(certain, expected.into_iter().filter(|it| *it != lapsed).collect());
    assert_eq!(fs::read(mark_file(&env, "default")).unwrap(), mark);
    let week = told(&env.run(&["changes", "--since", "7d", "--format", "json"]).ok());
    assert!(week.contains(&lapsed), "{week:?}");
    fs::remove_dir_all(env.state().join("marks")).unwrap();
    assert_eq!(told(&env.run(&arguments).ok()), back);
    assert!(!env.state().join("marks").exists());
    assert_eq!(env.run(&["changes", "--since", "someday"]).code, 2);
}

#[test]
fn a_broken_mark_is_told_and_set_aside_and_the_next_run_is_the_first() {
    let (_server, env, _) = after_a_day();
    let mark = mark_file(&env, "default");
    fs::write(&mark, "referrals mark, version 2\n{}").unwrap();
    let output = env.run(&["changes"]).ok();
    assert!(output.err.contains("it is of another version; it is now "), "{}", output.err);
    assert!(output.err.contains("this is the first run"), "{}", output.err);
    assert!(mark.with_extension("mark.broken").exists());
}

#[test]
fn where_the_mark_cannot_be_kept_nothing_is_asked() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    fs::write(env.state().join("marks"), "a file where the directory belongs").unwrap();
    let output = env.run(&["changes"]);
    assert_eq!((output.code, output.out.as_str()), (1, ""), "{}", output.err);
    assert!(server.requests().is_empty());
}

#[test]
fn a_listing_that_breaks_off_tells_with_allow_partial_and_moves_no_mark() {
    let row = |id: &str| {
        json!({"id": id, "status": "New", "direction": "Incoming",
            "createdDateTime": "2026-11-21T11:30:00Z", "updatedDateTime": "2026-11-21T11:30:00Z"})
    };
    let runs = AtomicUsize::new(0);
    let server = Server::start(move |_, request| {
        if request.target.contains("skiptoken") {
            return Reply::Status(403, &[], "{}".to_owned());
        }
        let is_first = runs.fetch_add(1, Ordering::SeqCst) < 2;
        if is_first || request.target.contains("Active") {
            return Reply::Json(r#"{"value":[]}"#.to_owned());
        }
        let link = "http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=a";
        Reply::Json(json!({"value": [row("a")], "@odata.nextLink": link}).to_string())
    });
    let env = TestEnv::at(&server.url());
    env.run(&["changes"]).ok();
    let mark = fs::read(mark_file(&env, "default")).unwrap();
    let output = env.run(&JSON);
    assert_eq!((output.code, output.out.as_str()), (7, ""));
    let output = env.run(&["changes", "--allow-partial", "--status", "active"]);
    assert_eq!(output.code, 7, "{}", output.err);
    for claim in ["nothing has changed", "wait"] {
        assert!(!output.err.contains(claim), "what was not read may say otherwise: {}", output.err);
    }
    let first = TestEnv::at(&server.url());
    let output = first.run(&["changes", "--allow-partial"]);
    assert_eq!(output.code, 7, "{}", output.err);
    assert!(!output.err.contains("first run"), "no mark was set: {}", output.err);
    let output = env.run(&["changes", "--format", "json", "--allow-partial", "--exit-code"]);
    assert_eq!(output.code, 7, "{}", output.err);
    assert_eq!(told(&output), BTreeSet::from(["a new".to_owned()]));
    assert_eq!(fs::read(mark_file(&env, "default")).unwrap(), mark);
}

/// In seconds. Below the time after which a request is given up.
const SECONDS_FOR_A_PAGE: u64 = 20;

/// A reading of an hour and twenty minutes.
const SLOW_PAGES: usize = 240;

#[test]
fn what_is_updated_while_a_long_reading_goes_on_is_told_by_the_next() {
    let row = |id: &str, time: &str| {
        let time = format!("2026-11-21T{time}:00Z");
        json!({"id": id, "status": "Active", "createdDateTime": time, "updatedDateTime": time})
    };
    let env = TestEnv::new();
    let clock = env.clock().clone();
    let server = Server::start(move |number, request| {
        let target = options(&request.target).join(" ");
        let since = target.split_once("updatedDateTime ge ").map(|(_, since)| since);
        let mut page = match number {
            // The reading begins at twelve.
            0 => json!({"value": []}),
            1..SLOW_PAGES => json!({"value": [row(&format!("{number}"), "10:00")]}),
            SLOW_PAGES => json!({"value": [row("late", "13:18")]}),
            _ if since.is_some_and(|since| since <= "2026-11-21T12:05:00Z") => {
                json!({"value": [row("late", "13:18"), row("meanwhile", "12:05")]})
            }
            _ => json!({"value": []}),
        };
        if (1..SLOW_PAGES).contains(&number) {
            clock.advance(Duration::from_secs(SECONDS_FOR_A_PAGE));
            let host = request.header("Host").unwrap();
            let link = format!("http://{host}/v1.0/engagements/referrals?$skiptoken={number}");
            page["@odata.nextLink"] = link.into();
        }
        Reply::Json(page.to_string())
    });
    let env =
        env.variable("REFERRALS_API_URL", &server.url()).variable("REFERRALS_TOKEN", "sandbox");
    env.run(&JSON).ok();
    assert_eq!(server.requests().len(), SLOW_PAGES + 1);
    assert_eq!(told(&env.run(&JSON).ok()), BTreeSet::from(["meanwhile new".to_owned()]));
}

#[test]
fn explain_prints_the_requests_of_the_next_run() {
    let (server, env, _) = after_a_day();
    let before = server.requests().len();
    let filters = |output: &str| -> Vec<String> {
        let lines = output.lines().filter_map(|line| line.trim().strip_prefix("$filter="));
        lines.map(str::to_owned).collect()
    };
    let explained = env.run(&["changes", "--explain"]).ok().out;
    assert_eq!(server.requests().len(), before);
    env.run(&JSON).ok();
    let requests = &server.requests()[before..];
    let sent = requests.iter().filter(|it| it.target.contains('?')).map(|it| options(&it.target));
    let sent: Vec<String> =
        sent.map(|it| it[0].strip_prefix("$filter=").unwrap().to_owned()).collect();
    let explained_filters = filters(&explained);
    assert!(sent.iter().all(|filter| explained_filters.contains(filter)), "{sent:?} {explained}");
    assert!(explained.ends_with("and is in neither, by its id\n"), "{explained}");
    let first = TestEnv::at(server.url()).run(&["changes", "--explain"]).ok().out;
    assert_eq!(filters(&first), ["status eq 'New'", "status eq 'Active'"]);
}

#[test]
fn what_can_no_longer_be_read_is_told_once_whatever_the_api_says_of_it() {
    let row = r#"{"value":[{"id":"a","status":"New","name":"Deal A"}]}"#;
    for (status, code) in [(404, 0), (403, 0), (500, 5)] {
        let server = Server::start(move |number, request| match request.target.contains('?') {
            true if number == 0 => Reply::Json(row.to_owned()),
            true => Reply::Json(r#"{"value":[]}"#.to_owned()),
            false => Reply::Status(status, &[], "{}".to_owned()),
        });
        let env = TestEnv::at(&server.url());
        env.run(&["changes"]).ok();
        let output = env.run(&JSON);
        assert_eq!(output.code, code, "{status}: {}", output.err);
        if code == 0 {
            assert_eq!(told(&output), BTreeSet::from(["a gone".to_owned()]));
            assert_eq!(told(&env.run(&JSON).ok()), BTreeSet::new());
        }
    }
}

#[test]
fn nothing_is_gone_where_no_referral_can_be_read_by_its_id() {
    let waiting = r#"{"value":[{"id":"a","status":"New"},{"id":"b","status":"New"}]}"#;
    for (readable, expected) in
        [("/b", BTreeSet::from(["a gone".to_owned()])), ("", BTreeSet::new())]
    {
        let server = Server::start(move |number, request| match request.target.contains('?') {
            true if number == 0 => Reply::Json(waiting.to_owned()),
            true if request.target.contains("New") => {
                Reply::Json(r#"{"value":[{"id":"b","status":"New"}]}"#.to_owned())
            }
            true => Reply::Json(r#"{"value":[]}"#.to_owned()),
            false if !readable.is_empty() && request.target.ends_with(readable) => {
                Reply::Json(r#"{"id":"b","status":"New"}"#.to_owned())
            }
            false => Reply::Status(404, &[], "{}".to_owned()),
        });
        let env = TestEnv::at(&server.url());
        env.run(&["changes"]).ok();
        let output = env.run(&JSON).ok();
        assert_eq!(told(&output), expected, "{readable}");
        let warns = output.err.contains("what became of 1 referral is not known");
        assert_eq!(warns, readable.is_empty(), "{}", output.err);
        // It is looked for each time, until it can be told.
        let asked = |part: &str| server.requests().iter().any(|it| it.target.ends_with(part));
        assert!(asked("/a") && asked("/b"), "{readable}");
    }
}

#[test]
fn the_demo_tells_an_invented_yesterday_and_begins_afresh_after_a_day() {
    let env = TestEnv::new();
    let demo = || env.run(&["changes", "--demo", "--format", "json", "--exit-code"]);
    let first = demo();
    assert_eq!(first.code, 3, "{}", first.err);
    let news = told(&first);
    for word in ["new", "accepted", "declined", "won", "lost", "lapsed", "value", "deadline"] {
        assert!(news.iter().any(|it| it.ends_with(word)), "{word}: {news:?}");
    }
    env.clock().advance(Duration::from_secs(3_600));
    assert_eq!((demo().code, told(&demo())), (0, BTreeSet::new()));
    env.clock().advance(Duration::from_secs(24 * 3_600));
    assert_eq!(told(&demo()), news);
    assert_eq!(env.state().join("marks").read_dir().unwrap().count(), 1);
    assert!(mark_file(&env, "~demo").exists(), "no profile's");
}

#[test]
fn each_profile_has_a_mark_which_logout_keeps_and_names_and_all_removes() {
    let (_server, env, _) = after_a_day();
    env.run(&["changes", "--demo"]).ok();
    let settings = env.state().join("config");
    fs::create_dir(&settings).unwrap();
    fs::write(settings.join("config.toml"), "[profile.default]\nstore = \"file\"\n").unwrap();
    let env = env.variable("REFERRALS_CONFIG_DIR", settings.to_str().unwrap());
    let output = env.run(&["logout"]).ok();
    let kept =
        "kept the marks of what was told: changes (profile \"default\"); `--all` removes them";
    assert!(output.err.contains(kept), "{}", output.err);
    assert!(mark_file(&env, "default").exists());
    let output = env.run(&["logout", "--all"]).ok();
    let removed = "removed the marks of what was told: changes (profile \"default\")";
    assert!(output.err.contains(removed), "{}", output.err);
    assert!(!mark_file(&env, "default").exists() && mark_file(&env, "~demo").exists());
}

#[test]
fn a_table_fits_a_terminal_and_says_old_and_new() {
    let (_server, env, _) = after_a_day();
    let env = env.terminal(80);
    let output = env.run(&["changes"]).ok();
    assert!(
        output.lines().iter().all(|line| referrals::testing::width(line) <= 80),
        "{}",
        output.out
    );
    assert!(output.out.contains("value 120,700 EUR → 1,234,567 EUR"), "{}", output.out);
    let totals = "4 new, 2 accepted, 2 declined, 6 moved, 1 won, 1 lost, 1 lapsed, 1 gone since ";
    assert!(output.err.replace('\n', " ").contains(totals), "{}", output.err);
}

#[test]
fn records_have_old_and_new_values_apart() {
    let (_server, env, _) = after_a_day();
    let output = env.run(&["changes", "--format", "csv"]).ok();
    let mut reader = csv::Reader::from_reader(output.out.as_bytes());
    let header: Vec<&str> = reader.headers().unwrap().iter().take(6).collect();
    assert_eq!(header, ["id", "change", "field", "old", "new", "customer"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let value = rows.iter().find(|row| &row[2] == "value").unwrap();
    assert_eq!((&value[1], &value[3], &value[4]), ("moved", "120700 EUR", "1234567 EUR"));
}
