//! `digest`: what waits in each, what has changed once per name, and nothing lost by a post that fails.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use referrals::testing::SharedBuffer;
use referrals_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{Output, TestEnv, news_of, play_day, sandbox};

const TEAM: [&str; 5] = ["digest", "--as", "team", "--format", "json"];
const SENT: [&str; 4] = ["digest", "--as", "team", "--sent"];

fn changes(digest: &Value) -> BTreeSet<String> {
    digest["changes"].as_array().unwrap().iter().map(news_of).collect()
}

fn told(output: &Output) -> BTreeSet<String> {
    changes(&output.json())
}

fn waiting(output: &Output) -> Vec<String> {
    let digest = output.json();
    let ids = digest["waiting"].as_array().unwrap().iter();
    ids.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// After a first digest, and the scripted day; with what is to be told.
fn after_a_day() -> (Sandbox, TestEnv, BTreeSet<String>) {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let output = env.run(&TEAM).ok();
    assert_eq!((told(&output), output.json()["since"].clone()), (BTreeSet::new(), Value::Null));
    assert_eq!(
        output.err,
        "this is the first digest of team: from now on it tells what has changed\n"
    );
    env.clock().advance(Duration::from_secs(3_600));
    let script = play_day(&server, &env);
    (server, env, script)
}

#[test]
fn a_scripted_day_is_told_until_it_has_arrived_and_what_waits_in_every_digest() {
    let (_server, env, script) = after_a_day();
    let output = env.run(&TEAM).ok();
    assert_eq!((told(&output), &*output.err), (script.clone(), ""));
    let waits = waiting(&output);
    assert_eq!(waits, env.run(&["pending", "--format", "json", "--columns", "id"]).ok().ids());
    assert_eq!(told(&env.run(&TEAM).ok()), script, "it has not arrived");
    let sent = env.run(&SENT).ok();
    assert_eq!(
        (&*sent.out, &*sent.err),
        ("", "team has been told what has changed until Sat 21 Nov 05:00 PST\n")
    );
    let output = env.run(&TEAM).ok();
    assert_eq!((told(&output), waiting(&output)), (BTreeSet::new(), waits));
    let again = env.run(&SENT).ok();
    assert_eq!(again.err, "no digest of team waits for `--sent`; nothing was done\n");
}

#[test]
fn each_name_and_changes_have_marks_of_their_own() {
    let (_server, env, script) = after_a_day();
    env.clock().advance(Duration::from_secs(3_600));
    let first = env.run(&["digest", "--as", "Other", "--format", "json"]).ok();
    assert_eq!(told(&first), BTreeSet::new());
    env.run(&["changes"]).ok();
    assert_eq!(
        told(&env.run(&["digest", "--as", "other", "--format", "json"]).ok()),
        BTreeSet::new()
    );
    env.run(&["digest", "--as", "other", "--sent"]).ok();
    assert_eq!(told(&env.run(&TEAM).ok()), script);
    let marks = env.run(&["logout", "--all"]).err;
    assert!(
        marks.contains("removed the marks of what was told: changes, digest-other, digest-team"),
        "{marks}"
    );
}

#[test]
fn whatever_fails_the_next_digest_tells_the_same_and_what_failed_cannot_be_marked_as_sent() {
    let (_server, env, script) = after_a_day();
    env.run(&TEAM).ok();
    for kind in [ErrorKind::BrokenPipe, ErrorKind::StorageFull] {
        let (code, err) = env.run_into(&TEAM, Box::new(SharedBuffer::failing(kind)));
        assert_eq!(code, u8::from(kind != ErrorKind::BrokenPipe), "{err}");
        assert!(env.run(&SENT).ok().err.contains("nothing was done"));
    }
    env.run(&TEAM).ok();
    let token = env.state().join("token");
    fs::write(&token, "another").unwrap();
    let refused = [&TEAM[..], &["--token-file", token.to_str().unwrap()]].concat();
    assert_eq!(env.run(&refused).code, 4);
    assert!(env.run(&SENT).ok().err.contains("nothing was done"));
    assert_eq!(told(&env.run(&TEAM).ok()), script);
}

#[test]
fn a_digest_that_is_refused_for_another_service_leaves_what_waits_to_be_marked() {
    let (_server, env, script) = after_a_day();
    assert_eq!(told(&env.run(&TEAM).ok()), script);
    let other = sandbox(|_| {});
    let state = env.state().to_str().unwrap();
    let refused = TestEnv::at(other.url()).variable("REFERRALS_STATE_DIR", state).run(&TEAM);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("a digest without `--as`"), "{}", refused.err);
    env.run(&SENT).ok();
    assert_eq!(told(&env.run(&TEAM).ok()), BTreeSet::new());
}

#[test]
fn each_day_of_the_demo_is_told_whichever_report_begins_it() {
    let env = TestEnv::new();
    let digest = || told(&env.run(&["digest", "--demo", "--as", "team", "--format", "json"]).ok());
    let first = digest();
    assert!(!first.is_empty());
    env.run(&["digest", "--demo", "--as", "team", "--sent"]).ok();
    assert_eq!(digest(), BTreeSet::new());
    env.clock().advance(Duration::from_secs(25 * 3_600));
    env.run(&["changes", "--demo"]).ok();
    assert_eq!(digest(), first);
}

#[test]
fn sent_is_what_the_last_digest_told_and_no_more() {
    let (server, env, script) = after_a_day();
    assert_eq!(told(&env.run(&TEAM).ok()), script);
    env.clock().advance(Duration::from_secs(24 * 3_600));
    play_day(&server, &env);
    env.run(&SENT).ok();
    // The same day once more: it changes nothing but dates, which it sets relative to the time.
    let next = told(&env.run(&TEAM).ok());
    let is_date = |news: &String| news.ends_with(" deadline") || news.ends_with(" closing");
    assert!(!next.is_empty() && next.iter().all(is_date), "{next:?}");
}

#[test]
fn where_there_is_nothing_to_tell_nothing_is_printed_but_for_a_heartbeat() {
    let server = sandbox(|options| options.rows = Some(Vec::new()));
    let env = TestEnv::at(server.url());
    let file = env.state().join("digest.json");
    let file = file.to_str().unwrap();
    for name in [&["--as", "team"][..], &["--as", "team"], &[]] {
        let run = |flags: &[&str]| env.run(&[&["digest"], name, flags].concat()).ok().out;
        assert_eq!(run(&["--exit-code"]), "");
        for format in ["text", "md", "html", "eml", "teams", "adaptive-card", "slack", "json"] {
            assert_eq!(run(&["--format", format]), "", "{format}");
            let beat = run(&["--format", format, "--heartbeat", "--exit-code"]);
            assert!(!beat.is_empty(), "{format}");
        }
        fs::write(file, "yesterday's").unwrap();
        assert_eq!(run(&["--format", "teams", "--output", file]), "");
        assert_eq!(fs::read_to_string(file).unwrap(), "");
    }
    let beat = env.run(&["digest", "--as", "team", "--heartbeat"]).ok().out;
    let expected = "Referrals, Sat 21 Nov 04:00 PST\n\
         Nothing waits for an answer. Nothing has changed since Sat 21 Nov 04:00\nPST.\n";
    assert_eq!(beat, expected);
}

#[test]
fn without_a_name_nothing_is_remembered_and_what_has_changed_since_yesterday_is_told() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let first = env.run(&["digest", "--format", "json", "--exit-code"]);
    assert_eq!(first.code, 3, "{}", first.err);
    assert_eq!(first.json()["since"], json!("2026-11-20T08:00:00Z"));
    assert!(waiting(&first).len() > 15 && !told(&first).is_empty());
    assert_eq!(env.run(&["digest", "--format", "json"]).ok().json(), first.json());
    assert!(!env.state().join("marks").exists());
}

#[test]
fn contacts_are_named_only_on_request_and_notes_never() {
    let row = json!({
        "id": "a", "name": "ERP", "status": "New", "substatus": "Pending", "direction": "Incoming",
        "createdDateTime": "2026-11-20T10:00:00Z", "expirationDateTime": "2026-12-01T00:00:00Z",
        "updatedDateTime": "2026-11-20T10:00:00Z",
        "customerProfile": { "name": "Fabrikam", "team": [
            { "firstName": "Morag", "lastName": "O'Neill", "email": "morag@fabrikam.example", "phoneNumber": "0100" }
        ] },
        "details": { "notes": "confidential" }, "inviteContext": { "notes": "confidential" },
    });
    let server = sandbox(move |options| options.rows = Some(vec![row]));
    let env = TestEnv::at(server.url());
    for format in ["text", "md", "html", "teams", "adaptive-card", "slack", "json"] {
        let arguments = ["digest", "--format", format];
        let plain = env.run(&arguments).ok().out;
        assert!(plain.contains("Fabrikam"), "{plain}");
        for word in ["Morag", "morag", "0100", "confidential"] {
            assert!(!plain.contains(word), "{format} {word}");
        }
        let named = env.run(&[&arguments[..], &["--with-contacts"]].concat()).ok().out;
        assert!(named.contains("Morag") && named.contains("fabrikam.example"), "{format} {named}");
        assert!(!named.contains("confidential") && !named.contains("0100"), "{format}");
    }
}

#[test]
fn filters_choose_what_a_channel_is_told() {
    let (_server, env, _) = after_a_day();
    let digest = env.run(&[&TEAM[..], &["--kind", "lead"]].concat()).ok().json();
    let rows =
        digest["waiting"].as_array().unwrap().iter().chain(digest["changes"].as_array().unwrap());
    let kinds: BTreeSet<Option<&str>> = rows.map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from([None, Some("lead")]), "of what is gone nothing is known");
}

#[test]
fn a_mail_is_addressed_and_a_file_has_the_format_of_its_name() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let mail = env.run(&["digest", "--format", "eml", "--to", "a@b.example,c@d.example"]).ok().out;
    assert!(mail.contains("\r\nTo: a@b.example,\r\n c@d.example\r\n"), "{}", &mail[..400]);
    for (name, start) in [
        ("d.txt", "Referrals, "),
        ("d.md", "## Referrals"),
        ("d.html", "<!DOCTYPE html>"),
        ("d.eml", "Date: "),
        ("d.json", "{\n"),
    ] {
        let file = env.state().join(name);
        env.run(&["digest", "--output", file.to_str().unwrap()]).ok();
        assert!(fs::read_to_string(file).unwrap().starts_with(start), "{name}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_asked() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    for flags in [
        &["--sent"][..],
        &["--as", "team", "--sent"],
        &["--as", "team", "--sent", "--format", "json"],
        &["--as", "../team"],
        &["--as", ""],
        &["--to", "a@b.example"],
        &["--format", "eml", "--to", "A <a@b.example>"],
        &["--format", "eml", "--to", "a@b.example\r\nBcc: c@d.example"],
        &["--format", "xlsx"],
        &["--output", "digest.xlsx"],
        &["--limit", "3"],
        &["--columns", "id"],
    ] {
        assert_eq!(env.run(&[&["digest"], flags].concat()).code, 2, "{flags:?}");
    }
    assert!(server.requests().is_empty());
}

/// After a first reading without rows, a listing whose second page is refused, until the flag says that it is whole.
fn server_that_breaks_off() -> (Server, Arc<AtomicBool>) {
    let row = |id: &str| {
        json!({"id": id, "status": "New", "substatus": "Pending", "direction": "Incoming",
            "createdDateTime": "2026-11-21T11:30:00Z", "updatedDateTime": "2026-11-21T11:30:00Z",
            "expirationDateTime": "2026-11-25T00:00:00Z"})
    };
    let is_whole = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_whole);
    let server = Server::start(move |number, request| {
        if request.target.contains("skiptoken") {
            return Reply::Status(403, &[], "{}".to_owned());
        }
        if number < 2 {
            return Reply::Json(r#"{"value":[]}"#.to_owned());
        }
        if flag.load(Ordering::SeqCst) {
            return Reply::Json(json!({"value": [row("a"), row("b")]}).to_string());
        }
        let host = request.header("Host").unwrap();
        let link = format!("http://{host}/v1.0/engagements/referrals?$skiptoken=a");
        Reply::Json(json!({"value": [row("a")], "@odata.nextLink": link}).to_string())
    });
    (server, is_whole)
}

/// The digest's mark, and the one that `--sent` would set.
fn marks(env: &TestEnv) -> [Option<Vec<u8>>; 2] {
    ["mark", "next"]
        .map(|name| fs::read(env.state().join(format!("marks/default/digest-team.{name}"))).ok())
}

#[test]
fn a_listing_that_breaks_off_writes_no_half_and_moves_no_mark() {
    let (server, _) = server_that_breaks_off();
    let env = TestEnv::at(&server.url());
    env.run(&TEAM).ok();
    let before = marks(&env);
    assert!(before[0].is_some() && before[1].is_none());
    let file = env.state().join("digest.json");
    fs::write(&file, "yesterday's").unwrap();
    let to_file = ["digest", "--as", "team", "--output", file.to_str().unwrap()];
    assert_eq!(env.run(&to_file).code, 7);
    assert_eq!(fs::read_to_string(&file).unwrap(), "yesterday's");
    let output = env.run(&TEAM);
    assert_eq!((output.code, &*output.out), (7, ""), "{}", output.err);
    assert_eq!(marks(&env), before);
}

#[test]
fn a_part_that_is_allowed_says_that_it_is_one_and_is_told_again() {
    let (server, is_whole) = server_that_breaks_off();
    let env = TestEnv::at(&server.url()).terminal(80);
    env.run(&TEAM).ok();
    let before = marks(&env);
    let partial = |arguments: &[&str]| {
        let output = env.run(&[arguments, &["--allow-partial", "--exit-code"]].concat());
        assert_eq!(output.code, 7, "{}", output.err);
        assert!(!output.err.contains("--sent"), "there is nothing to be marked: {}", output.err);
        assert_eq!(marks(&env), before);
        output
    };
    let output = partial(&TEAM);
    assert_eq!(output.json()["complete"], json!(false));
    let a_part = BTreeSet::from(["a new".to_owned()]);
    assert_eq!((told(&output), waiting(&output)), (a_part.clone(), vec!["a".to_owned()]));
    let text = partial(&["digest", "--as", "team"]).out;
    assert!(text.contains("Not everything could be read: there may be more."), "{text}");
    let file = env.state().join("digest.json");
    partial(&["digest", "--as", "team", "--output", file.to_str().unwrap()]);
    let written = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(changes(&written), a_part);
    assert!(env.run(&SENT).ok().err.contains("nothing was done"));

    is_whole.store(true, Ordering::SeqCst);
    let all = ["a new".to_owned(), "b new".to_owned()];
    assert_eq!(told(&env.run(&TEAM).ok()), BTreeSet::from(all));
    env.run(&SENT).ok();
    assert_eq!(told(&env.run(&TEAM).ok()), BTreeSet::new());
}
