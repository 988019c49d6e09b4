//! How `show` finds the referral that is meant, and the ids that runs remember.

use std::fs;
use std::path::PathBuf;

use referrals_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{Output, TestEnv, sandbox};

const ACTIVE: &str = "aaaaaa01-0000-4000-8000-000000000001";
const LATER: &str = "abc12345-0000-4000-8000-000000000002";
const SOONER: &str = "abc12367-0000-4000-8000-000000000003";
const WORD: &str = "facade01-0000-4000-8000-000000000004";

/// Customers and deals of every kind, of which two wait for an answer and start alike.
fn rows() -> Vec<Value> {
    let row = |id: &str, status: &str, due: &str, customer: &str, deal: &str| {
        json!({
            "id": id, "status": status, "substatus": "Pending", "direction": "Incoming",
            "createdDateTime": "2026-11-14T10:00:00Z", "expirationDateTime": due,
            "customerProfile": { "name": customer }, "name": deal,
        })
    };
    vec![
        row(ACTIVE, "Active", "2026-11-30T00:00:00Z", "Façade Müller GmbH", "Oil &amp; Gas"),
        row(LATER, "New", "2026-12-01T00:00:00Z", "Northwind", "Warehouse"),
        row(SOONER, "New", "2026-11-25T00:00:00Z", "Northwind Traders", "Ledger"),
        row(WORD, "Closed", "2026-11-25T00:00:00Z", "Tailspin", "New facade for the shop"),
        row("short", "Closed", "2026-11-25T00:00:00Z", "Other", "Shortage"),
    ]
}

fn stage() -> (Sandbox, TestEnv) {
    let server = sandbox(|options| options.rows = Some(rows()));
    let env = TestEnv::at(server.url());
    (server, env)
}

/// The id of the referral that `show` prints.
#[track_caller]
fn shown(env: &TestEnv, reference: &str) -> String {
    let output = env.run(&["show", reference, "--format", "json"]).ok();
    output.json()["id"].as_str().unwrap().to_owned()
}

fn ids_file(env: &TestEnv, name: &str) -> PathBuf {
    env.state().join("shown").join(format!("{name}.ids"))
}

/// The ids that are remembered, newest first.
fn remembered(env: &TestEnv, name: &str) -> Vec<String> {
    let text = fs::read_to_string(ids_file(env, name)).unwrap_or_default();
    text.lines().skip(1).map(str::to_owned).collect()
}

fn assert_fails(output: &Output, words: &[&str]) {
    assert_eq!((output.code, &*output.out), (1, ""), "{output:?}");
    for word in words {
        assert!(output.err.contains(word), "{word}: {}", output.err);
    }
}

#[test]
fn every_id_in_a_table_is_found_by_its_first_six_characters_with_one_request() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let table = env.run(&["list", "--columns", "id", "--limit", "120"]).ok();
    let ids: Vec<&str> = table.lines()[1..].iter().map(|line| line.trim()).collect();
    assert_eq!(ids.len(), 120);
    for id in ids {
        let before = server.requests().len();
        assert_eq!(shown(&env, &id[..6]), id);
        assert_eq!(server.requests().len(), before + 1, "{id}");
    }
}

#[test]
fn what_waits_is_found_with_two_requests_where_nothing_is_remembered() {
    let server = sandbox(|_| {});
    let ids = TestEnv::at(server.url()).run(&["pending", "--format", "json"]).ok().ids();
    for id in &ids {
        let before = server.requests().len();
        assert_eq!(shown(&TestEnv::at(server.url()), &id[..6]), *id);
        assert_eq!(server.requests().len(), before + 2, "{id}");
    }
    assert!(ids.len() > 5);
}

#[test]
fn one_is_found_by_any_spelling_of_its_id_and_by_its_names() {
    let (server, env) = stage();
    let address = format!("https://portal.example/referrals/{}?tab=1", ACTIVE.to_uppercase());
    for reference in [
        &ACTIVE.to_uppercase(),
        &format!("{{{ACTIVE}}}"),
        &ACTIVE.replace('-', ""),
        &address,
        "AAAAAA",
        "aaaaaa01-00",
        "façade",
        "FAC\u{327}ADE MU\u{308}LLER",
        "oil & gas",
    ] {
        assert_eq!(shown(&TestEnv::at(server.url()), reference), ACTIVE, "{reference}");
    }
    assert_eq!(shown(&env, "traders"), SOONER);
    assert_eq!(shown(&env, "short"), "short", "a whole id is no part of a name");
}

#[test]
fn several_are_listed_soonest_deadline_first() {
    let (server, env) = stage();
    for reference in ["abc123", "northwind"] {
        let output = env.run(&["show", reference]);
        assert_fails(&output, &["2 referrals match", "Northwind, Warehouse", "due 2026-11-24"]);
        let [sooner, later] = [SOONER, LATER].map(|id| output.err.find(id));
        assert!(sooner.is_some() && sooner < later, "{}", output.err);
    }
    let targets = server.requests().into_iter().map(|request| request.target);
    assert!(targets.into_iter().all(|target| !target.contains("/referrals/")));
    env.run(&["pending"]).ok();
    assert_fails(&env.run(&["show", "abc123"]), &[SOONER, LATER]);
}

#[test]
fn one_of_several_is_chosen_on_a_terminal() {
    let (server, env) = stage();
    for (typed, id) in [("2\n", LATER), ("x\n3\n0\n1\n", SOONER)] {
        let output = TestEnv::at(server.url()).typed(typed).run(&["show", "northwind"]).ok();
        assert!(output.err.contains("  1  abc12367") && output.out.contains(id), "{output:?}");
    }
    for typed in ["q\n", "no\n", ""] {
        let output = TestEnv::at(server.url()).typed(typed).run(&["show", "northwind"]);
        assert_fails(&output, &["no referral was chosen"]);
    }
    assert!(remembered(&env, "default").is_empty());
}

#[test]
fn what_is_the_start_of_an_id_and_a_name_is_listed() {
    let mut rows = rows();
    rows.push(json!({ "id": ACTIVE.replace('a', "b"), "status": "Closed", "name": "A facade" }));
    let server = sandbox(|options| options.rows = Some(rows));
    let env = TestEnv::at(server.url());
    assert_eq!(shown(&env, WORD), WORD);
    assert_fails(&env.run(&["show", "facade"]), &["2 referrals match", WORD, "bbbbbb01"]);
}

#[test]
fn nothing_found_says_what_was_searched_and_no_word_is_sent_as_an_id() {
    let (server, env) = stage();
    let output = env.run(&["show", "nowhere"]);
    assert_fails(&output, &["no referral matches \"nowhere\"", "searched: customers and deals of"]);
    let output = env.run(&["show", "0123456"]);
    assert_fails(&output, &["searched: ids, customers and deals of the 5 referrals"]);
    for request in server.requests() {
        assert!(request.target.contains("/referrals?"), "{}", request.target);
    }
    let id = "01234567-0000-4000-8000-000000000000";
    assert_fails(&env.run(&["show", id]), &["referral 01234567", "not found"]);
}

#[test]
fn an_id_that_is_gone_is_searched_for() {
    let (_server, env) = stage();
    let gone = "aaaaaa99-0000-4000-8000-000000000009";
    let path = ids_file(&env, "default");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("referrals shown ids, version 1\n{gone}\n")).unwrap();
    assert_eq!(shown(&env, "aaaaaa"), ACTIVE);
    assert_eq!(remembered(&env, "default"), [ACTIVE, gone]);
}

/// Settings with the profiles "default" and "other".
fn with_profiles(env: TestEnv) -> TestEnv {
    let config = env.state().join("config");
    fs::create_dir(&config).unwrap();
    let profiles = "[profile.default]\nstore = \"file\"\n[profile.other]\nstore = \"file\"\n";
    fs::write(config.join("config.toml"), profiles).unwrap();
    env.variable("REFERRALS_CONFIG_DIR", config.to_str().unwrap())
}

#[test]
fn tables_and_show_remember_what_they_print_and_other_formats_do_not() {
    let (_server, env) = stage();
    let env = with_profiles(env);
    for arguments in [&["list", "--format", "csv"][..], &["list", "--format", "json"]] {
        env.run(arguments).ok();
        assert!(remembered(&env, "default").is_empty(), "{arguments:?}");
    }
    env.run(&["pending", "--columns", "customer"]).ok();
    assert_eq!(remembered(&env, "default"), [SOONER, LATER]);
    env.run(&["show", "oil", "--format", "json", "--profile", "other"]).ok();
    assert_eq!(remembered(&env, "other"), [ACTIVE]);
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url()).terminal(100);
    env.run(&["list"]).ok();
    assert_eq!(remembered(&env, "default").len(), 100, "those that a terminal shows");
}

#[test]
fn the_demo_s_ids_are_apart_and_logout_removes_those_of_the_profile() {
    let (_server, env) = stage();
    let env = with_profiles(env);
    env.run(&["pending"]).ok();
    env.run(&["pending", "--profile", "other"]).ok();
    env.run(&["pending", "--demo"]).ok();
    assert_eq!(remembered(&env, "default"), [SOONER, LATER]);
    let demo = remembered(&env, "~demo");
    assert!(!demo.is_empty() && !demo.contains(&SOONER.to_owned()));
    let output = env.run(&["logout"]).ok();
    assert!(output.err.contains("removed the ids of the referrals shown"), "{}", output.err);
    assert!(!ids_file(&env, "default").exists() && ids_file(&env, "other").exists());
    assert_eq!(remembered(&env, "~demo"), demo);
}

#[test]
fn logout_keeps_and_names_the_audit_file_and_removes_it_only_with_all() {
    let (_server, env) = stage();
    let env = with_profiles(env);
    let directory = env.state().join("audit");
    fs::create_dir_all(&directory).unwrap();
    let file = |name: &str| directory.join(format!("{name}.jsonl"));
    for name in ["default", "other", "~demo"] {
        fs::write(file(name), "").unwrap();
    }
    let output = env.run(&["logout"]).ok();
    assert!(output.err.contains("kept the audit file"), "{}", output.err);
    assert!(file("default").exists() && file("other").exists());
    let output = env.run(&["logout", "--all"]).ok();
    assert_eq!(output.err.matches("removed the audit file").count(), 2, "{}", output.err);
    assert!(!file("default").exists() && !file("other").exists() && file("~demo").exists());
}

#[test]
fn remembered_ids_that_cannot_be_read_are_set_aside_and_fail_nothing() {
    for arguments in [&["show", "traders"][..], &["pending"]] {
        let (_server, env) = stage();
        let path = ids_file(&env, "default");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "\0").unwrap();
        let output = env.run(arguments).ok();
        let told = "warning: cannot read the ids shown lately in ";
        assert_eq!(output.err.matches(told).count(), 1, "{}", output.err);
        assert_eq!(fs::read(path.with_extension("ids.broken")).unwrap(), b"\0");
        assert_eq!(remembered(&env, "default")[0], SOONER);
    }
}

#[test]
fn ids_that_cannot_be_written_fail_nothing_and_are_told_with_verbose() {
    let (_server, env) = stage();
    fs::write(env.state().join("shown"), "a file where the directory belongs").unwrap();
    for arguments in [&["pending"][..], &["show", "traders"]] {
        let output = env.run(arguments).ok();
        assert!(!output.err.contains("shown"), "{}", output.err);
        let output = env.run(&[arguments, &["-v"]].concat()).ok();
        assert!(output.err.contains("cannot remember the ids shown in "), "{}", output.err);
    }
}

#[test]
fn explain_tells_how_one_is_searched_for_and_sends_nothing() {
    let (server, env) = stage();
    let explain = |reference| env.run(&["show", reference, "--explain"]).ok().out;
    assert_eq!(explain(ACTIVE), format!("GET {}/referrals/{ACTIVE}\n", server.url()));
    let text = explain("aaaaaa");
    assert!(text.contains("$select=id,name,customerProfile,"), "{text}");
    assert!(text.contains("the id starts with aaaaaa, or the customer's"), "{text}");
    assert!(server.requests().is_empty());
}
