//! A scripted day, as everything that tells of it has it: `changes`, `digest`, the calendar and `summary`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{TestEnv, news_of, play_day, sandbox};

/// What the commands say at one moment.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    changes: BTreeSet<String>,
    digest_changes: BTreeSet<String>,
    /// The ids of what waits and needs an answer, and whether the digest calls them new.
    waiting: BTreeMap<String, bool>,
    /// The starts of the calendar's events, by their referrals' ids.
    events: BTreeMap<String, String>,
    summary: Value,
}

impl Told {
    fn by(env: &TestEnv) -> Told {
        let run = |arguments: &[&str]| env.run(arguments).ok();
        let digest = run(&["digest", "--as", "team", "--format", "json"]).json();
        let waiting = list(&digest["waiting"])
            .iter()
            .map(|row| (row["id"].as_str().unwrap().to_owned(), row["new"].as_bool().unwrap()));
        Told {
            changes: each_once(&run(&["changes", "--format", "json"]).json()),
            digest_changes: each_once(&digest["changes"]),
            waiting: waiting.collect(),
            events: events(&run(&["pending", "--format", "ics"]).out),
            summary: run(&["summary", "--format", "json"]).json(),
        }
    }

    fn count(&self, pointer: &str) -> i64 {
        self.summary.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("{pointer}"))
    }

    fn ids(&self) -> BTreeSet<&str> {
        self.waiting.keys().map(String::as_str).collect()
    }

    /// What waits is the same in the digest, the calendar and the summary.
    fn assert_agreement(&self) {
        let events: BTreeSet<&str> = self.events.keys().map(String::as_str).collect();
        assert!(events.is_subset(&self.ids()), "{self:#?}");
        let undated = self.count("/waiting/without_deadline");
        assert_eq!(self.ids().difference(&events).count(), usize::try_from(undated).unwrap());
        assert_eq!(self.waiting.len(), usize::try_from(self.count("/waiting/count")).unwrap());
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn each_once(changes: &Value) -> BTreeSet<String> {
    let news: Vec<String> = list(changes).iter().map(news_of).collect();
    let distinct: BTreeSet<String> = news.iter().cloned().collect();
    assert_eq!(distinct.len(), news.len(), "told twice in one run: {news:?}");
    distinct
}

fn events(calendar: &str) -> BTreeMap<String, String> {
    let value = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} {event}")).to_owned()
    };
    let starts = calendar.split("BEGIN:VEVENT\r\n").skip(1).map(|event| {
        let id = value(event, "UID:").strip_suffix("@referrals").unwrap().to_owned();
        (id, value(event, "DTSTART:"))
    });
    let events: Vec<(String, String)> = starts.collect();
    let distinct: BTreeMap<String, String> = events.iter().cloned().collect();
    assert_eq!(distinct.len(), events.len(), "two events of one referral: {events:?}");
    distinct
}

/// The script's words by the id of the referral.
fn by_id(script: &BTreeSet<String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut words = BTreeMap::<&str, BTreeSet<&str>>::new();
    for news in script {
        let (id, word) = news.split_once(' ').unwrap();
        words.entry(id).or_default().insert(word);
    }
    words
}

#[test]
fn a_scripted_day_is_the_same_in_everything_that_tells_of_it() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let before = Told::by(&env);
    assert!(before.changes.is_empty() && before.digest_changes.is_empty(), "{before:#?}");
    before.assert_agreement();
    env.clock().advance(Duration::from_secs(3_600));
    let script = play_day(&server, &env);
    let after = Told::by(&env);
    after.assert_agreement();
    assert_eq!(after.changes, script);
    assert_eq!(after.digest_changes, script);

    let mut waiting = before.ids();
    let mut moved_deadlines = 0;
    for (id, words) in by_id(&script) {
        let was_there = before.events.contains_key(id);
        let is_there = after.events.contains_key(id);
        let is_answered =
            ["accepted", "declined", "lapsed", "gone"].iter().any(|word| words.contains(word));
        match words.contains("new") {
            true if is_answered => assert!(!was_there && !is_there, "{id}"),
            true => {
                assert!(!was_there && is_there && waiting.insert(id), "{id}");
                assert!(after.waiting[id], "new in the digest: {id}");
            }
            false if is_answered => {
                assert!(was_there && !is_there && waiting.remove(id), "{id} {words:?}");
            }
            false if words.contains("deadline") => {
                assert!(before.events[id] < after.events[id], "{id}");
                moved_deadlines += 1;
            }
            false => assert_eq!(before.events.get(id), after.events.get(id), "{id} {words:?}"),
        }
    }
    assert!(moved_deadlines > 0);
    assert_eq!(after.ids(), waiting, "what the script does not name waits as before");
    let new = after.waiting.iter().filter(|(_, is_new)| **is_new).count();
    assert_eq!(new, waiting.difference(&before.ids()).count());
    for (id, start) in &after.events {
        let is_same = before.events.get(id).is_none_or(|old| old == start);
        assert!(is_same || script.contains(&format!("{id} deadline")), "{id}");
    }
}

#[test]
fn a_scripted_day_is_counted_once_in_the_summary() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let before = Told::by(&env);
    env.clock().advance(Duration::from_secs(3_600));
    let script = play_day(&server, &env);
    let after = Told::by(&env);
    let words = by_id(&script);
    let told = |word: &str| words.values().filter(|words| words.contains(word)).count();
    let counted = |pointer| usize::try_from(after.count(pointer) - before.count(pointer)).unwrap();
    for (pointer, word) in [
        ("/answered/accepted", "accepted"),
        ("/answered/declined", "declined"),
        ("/lapsed/count", "lapsed"),
        ("/won_value/count", "won"),
        ("/lost_value/count", "lost"),
    ] {
        assert!(told(word) > 0, "{word}");
        assert_eq!(counted(pointer), told(word), "{pointer}");
    }
    assert_eq!(counted("/answered/count"), told("accepted") + told("declined"));
    assert_eq!(counted("/open/count") + told("won") + told("lost"), told("accepted"));
    let new = after.waiting.values().filter(|is_new| **is_new).count();
    assert_eq!(counted("/new_since_yesterday"), new, "of what waits");
}

#[test]
fn after_a_scripted_day_a_second_run_of_each_tells_nothing_twice() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    Told::by(&env);
    env.clock().advance(Duration::from_secs(3_600));
    let script = play_day(&server, &env);
    let first = Told::by(&env);
    let unsent = Told::by(&env);
    assert_eq!((unsent.changes.len(), &unsent.digest_changes), (0, &script), "it has not arrived");
    env.run(&["digest", "--as", "team", "--sent"]).ok();
    let again = Told::by(&env);
    assert_eq!((again.changes.len(), again.digest_changes.len()), (0, 0));
    assert!(again.waiting.values().all(|is_new| !is_new), "{:?}", again.waiting);
    assert_eq!(again.ids(), first.ids());
    assert_eq!((&again.events, &again.summary), (&first.events, &first.summary));
    let nothing = env.run(&["changes", "--exit-code"]);
    assert_eq!(nothing.code, 0, "{}", nothing.err);
    assert_eq!(env.run(&["changes", "--format", "json"]).ok().json(), json!([]));
}
