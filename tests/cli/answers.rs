//! The commands that change a referral: what is sent, what is said, and what the referral is afterwards.

use std::fs;
use std::path::Path;

use referrals_sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::support::{Output, TestEnv, sandbox};

const TOKEN: &str = "s3cret-t0ken";
pub(crate) const NEW: &str = "aaaaaa01-0000-4000-8000-000000000001";
pub(crate) const ACTIVE: &str = "aaaaaa02-0000-4000-8000-000000000002";
pub(crate) const CLOSED: &str = "bbbbbb03-0000-4000-8000-000000000003";
const OUTGOING: &str = "bbbbbb04-0000-4000-8000-000000000004";
const WITHOUT_ETAG: &str = "cccccc05-0000-4000-8000-000000000005";

/// The verbs, each with what it says when it is done, and the state it leads to from the one it needs.
const VERBS: &[(&str, &str, &str)] = &[
    ("accept ID --yes --value 45k --currency EUR --note Called", "accepted: ", "Accepted"),
    ("decline ID --reason timeline --confirm Fabrikam", "declined: ", "Declined"),
    ("close ID --won --confirm fabrikam", "closed as won: ", "Won"),
    ("close ID --lost --reason budget --confirm FABRIKAM", "closed as lost: ", "Lost"),
    ("update ID --yes --value 50k --stage 60 --closing 2027-02-28", "updated: ", ""),
    (
        "team add ID --yes --email ada@contoso.com --first Ada",
        "updated: the team has a new member: ",
        "",
    ),
];

pub(crate) fn rows() -> Vec<Value> {
    let row = |id: &str, status: &str, substatus: &str, direction: &str, etag: Value| {
        json!({
            "id": id, "eTag": etag, "status": status, "substatus": substatus,
            "direction": direction, "createdDateTime": "2026-11-14T10:00:00Z",
            "expirationDateTime": "2026-11-28T00:00:00Z", "qualification": "SalesQualified",
            "customerProfile": {"name": "Fabrikam"}, "name": "Oil &amp; Gas",
            "details": {"notes": "Please call.", "dealValue": 30000, "currency": "USD"},
            "team": [{"email": "grace@contoso.com"}],
        })
    };
    let etag = |name: &str| json!(format!("\"{name}\""));
    vec![
        row(NEW, "New", "Pending", "Incoming", etag("e1")),
        row(ACTIVE, "Active", "Accepted", "Incoming", etag("e2")),
        row(CLOSED, "Closed", "Won", "Incoming", etag("e3")),
        row(OUTGOING, "New", "Pending", "Outgoing", etag("e4")),
        row(WITHOUT_ETAG, "New", "Pending", "Incoming", Value::Null),
    ]
}

pub(crate) fn server(faults: &[Fault]) -> Sandbox {
    sandbox(|options| {
        options.rows = Some(rows());
        TOKEN.clone_into(&mut options.token);
        options.faults = faults.to_vec();
    })
}

/// Where referrals may be changed.
pub(crate) fn stage(server: &Sandbox) -> TestEnv {
    readonly_stage(server).variable("REFERRALS_ALLOW_WRITES", "1")
}

/// Where they may not.
pub(crate) fn readonly_stage(server: &Sandbox) -> TestEnv {
    TestEnv::at(server.url()).variable("REFERRALS_TOKEN", TOKEN)
}

fn run(env: &TestEnv, line: &str, id: &str) -> Output {
    let line = line.replace("ID", id);
    env.run(&line.split(' ').collect::<Vec<_>>())
}

pub(crate) fn patches(server: &Sandbox) -> Vec<Value> {
    let requests = server.requests();
    let patches = requests.iter().filter(|request| request.method != "GET");
    patches.map(|request| serde_json::from_str(&request.body).unwrap_or_default()).collect()
}

/// The referral as it is at the server now.
pub(crate) fn referral(server: &Sandbox, id: &str) -> Value {
    readonly_stage(server).run(&["show", id, "--format", "json"]).ok().json()
}

pub(crate) fn audit(env: &TestEnv) -> String {
    fs::read_to_string(env.state().join("audit/default.jsonl")).unwrap_or_default()
}

fn assert_no_token(env: &TestEnv, output: &Output) {
    let audit = audit(env);
    for text in [&output.out, &output.err, &audit] {
        assert!(!text.contains(TOKEN), "{text}");
    }
    for private in ["Called", "Please call", "ada@contoso", "Fabrikam", "Oil"] {
        assert!(!audit.contains(private), "{private}: {audit}");
    }
}

fn can_answer(line: &str, id: &str) -> bool {
    match line.split(' ').next().unwrap() {
        "accept" | "decline" => id == NEW,
        "close" | "update" => id == ACTIVE,
        _ => [NEW, ACTIVE, OUTGOING].contains(&id),
    }
}

#[test]
fn each_verb_changes_only_a_referral_that_is_in_the_right_state() {
    for (line, said, state) in VERBS {
        for id in [NEW, ACTIVE, CLOSED, OUTGOING, WITHOUT_ETAG] {
            let server = server(&[]);
            let env = stage(&server);
            let before = referral(&server, id);
            let output = run(&env, line, id);
            let sent = patches(&server);
            let after = referral(&server, id);
            assert_no_token(&env, &output);
            if can_answer(line, id) {
                assert_eq!((output.code, sent.len()), (0, 1), "{line} {id}: {}", output.err);
                assert!(output.out.starts_with(&format!("{said}{id} ")), "{output:?}");
                assert!(state.is_empty() || after["substatus"] == *state, "{line}: {after}");
                assert_ne!(before["eTag"], after["eTag"], "{line}");
                assert_eq!(audit(&env).lines().count(), 2, "{line}");
            } else {
                assert_eq!((output.code, sent.len()), (1, 0), "{line} {id}: {}", output.err);
                assert!(output.err.contains("nothing was sent"), "{line}: {}", output.err);
                assert_eq!((before, audit(&env).as_str()), (after, ""), "{line}");
            }
        }
    }
}

#[test]
fn whatever_goes_wrong_is_told_as_it_is_and_nothing_is_sent_twice() {
    let changed =
        Fault::ChangedMeanwhile { path: "/externalReferenceId".to_owned(), value: json!("OPP-7") };
    let faults = [
        (Fault::Status(400), 1, "the API refused the change (400)"),
        (Fault::Status(403), 1, "this account may not change the referral (403)"),
        (Fault::Status(409), 1, "the API refused the change (409)"),
        (Fault::Status(423), 1, "the referral is locked (423)"),
        (Fault::Status(429), 6, "rate limited (429)"),
        (Fault::Status(503), 7, "not seen yet"),
        (Fault::CutRequest(60), 7, "not seen yet"),
        (Fault::CutResponse(0), 0, ""),
        (Fault::CutResponse(400), 0, ""),
        (changed, 8, "CRM id: nothing is now OPP-7"),
    ];
    let page = include_str!("../../docs/answering.md");
    for (line, said, state) in VERBS {
        for (fault, code, message) in &faults {
            let id = if can_answer(line, NEW) { NEW } else { ACTIVE };
            let server = server(std::slice::from_ref(fault));
            let env = stage(&server);
            let output = run(&env, line, id);
            let after = referral(&server, id);
            let what = format!("{line} {fault:?}: {output:?}");
            assert_eq!(output.code, *code, "{what}");
            assert!(output.err.contains(message), "{what}");
            assert_eq!(output.out.is_empty(), *code != 0, "{what}");
            assert!(*code != 0 || output.out.starts_with(&said[..6]), "{what}");
            assert!(patches(&server).len() <= 1, "{what}");
            let quoted = match code {
                0 => said.split_inclusive(':').next().unwrap(),
                7 => "not seen yet",
                8 => "the referral was changed since it was read",
                _ => "your change was not made",
            };
            assert!(page.contains(&format!("`{quoted}`")), "{quoted}");
            assert!(output.out.contains(quoted) || output.err.contains(quoted), "{what}");
            let is_changed = *code == 0;
            let shows = state.is_empty() || after["substatus"] == *state;
            assert!(!is_changed || shows, "{what}: {after}");
            assert_eq!(
                after["details"]["dealValue"] == 30000,
                !is_changed || !line.contains("--value"),
                "{what}"
            );
            assert_eq!(audit(&env).lines().count(), 2, "{what}");
            assert_no_token(&env, &output);
        }
    }
}

#[test]
fn who_is_not_on_the_team_is_told_so() {
    let server = sandbox(|options| {
        options.rows = Some(rows());
        TOKEN.clone_into(&mut options.token);
        options.user = Some("ada@contoso.com".to_owned());
    });
    let output = run(&stage(&server), VERBS[0].0, NEW);
    assert_eq!((output.code, patches(&server).len()), (1, 1), "{}", output.err);
    assert!(output.err.contains("a place on the referral's team"), "{}", output.err);
    assert_eq!(referral(&server, NEW)["status"], "New");
}

#[test]
fn what_is_sent_is_a_json_patch_of_what_was_given() {
    let server = server(&[]);
    run(&stage(&server), VERBS[0].0, NEW).ok();
    let sent = patches(&server).remove(0);
    let notes = "Please call.\n\n[2026-11-21] Called";
    let expected = json!([
        {"op": "replace", "path": "/status", "value": "Active"},
        {"op": "replace", "path": "/substatus", "value": "Accepted"},
        {"op": "replace", "path": "/details/dealValue", "value": "45000"},
        {"op": "replace", "path": "/details/currency", "value": "EUR"},
        {"op": "replace", "path": "/details/notes", "value": notes},
    ]);
    assert_eq!(sent, expected);
    assert_eq!(referral(&server, NEW)["details"]["notes"], notes);
}

#[test]
fn nothing_but_reading_is_done_until_writing_is_allowed() {
    let server = server(&[]);
    let env = readonly_stage(&server);
    for (line, ..) in VERBS {
        let id = if can_answer(line, NEW) { NEW } else { ACTIVE };
        let output = run(&env, line, id);
        assert_eq!((output.code, &*output.out), (2, ""), "{line}");
        assert!(output.err.contains("allow_writes = true"), "{}", output.err);
        assert!(server.requests().is_empty(), "{line}");
        let plain = line.replace(" --yes", "");
        let output = run(&readonly_stage(&server).typed("yes\nFabrikam\n"), &plain, id);
        assert_eq!(output.code, 2, "{line}");
        assert!(server.requests().is_empty(), "{line}");
    }
    for (line, ..) in VERBS {
        let id = if can_answer(line, NEW) { NEW } else { ACTIVE };
        run(&env, &format!("{line} --dry-run"), id).ok();
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn a_dry_run_shows_the_request_and_the_change_and_sends_nothing() {
    let server = server(&[]);
    let env = readonly_stage(&server);
    let text = run(&env, &format!("{} --dry-run", VERBS[0].0), NEW).ok();
    for words in [
        &*format!("PATCH {}/referrals/{NEW}\n", server.url()),
        "If-Match: \"e1\"\n",
        "Prefer: return=representation\n",
        "\"path\": \"/details/dealValue\"",
        "state          pending → accepted",
        "value          30,000 USD → 45,000 EUR",
        "    new: Please call.\n\n         [2026-11-21] Called\n",
        "note: it cannot be undone",
    ] {
        assert!(text.out.contains(words), "{words}: {}", text.out);
    }
    assert_no_token(&env, &text);
    let output = run(&env, &format!("{} --dry-run --format json", VERBS[1].0), NEW).ok();
    let json = output.json();
    assert_eq!(json["request"]["method"], "PATCH");
    assert_eq!(json["request"]["headers"]["If-Match"], "\"e1\"");
    assert_eq!(json["request"]["body"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&json["before"]["state"], &json["after"]["state"]),
        (&json!("pending"), &json!("declined"))
    );
    assert_eq!(json["after"]["reason"], "Proposed time line was too short");
    assert!(json["warnings"].to_string().contains("cannot be undone"), "{json}");
    assert_no_token(&env, &output);
    assert!(patches(&server).is_empty());
    assert_eq!(audit(&env), "");
}

#[test]
fn the_question_shows_who_is_meant_and_only_yes_or_the_name_answers_it() {
    let lines = ["accept ID", "decline ID --reason timeline"];
    for (line, typed, code) in [
        (lines[0], "yes\n", 0),
        (lines[0], "Y\n", 0),
        (lines[0], "no\n", 1),
        (lines[0], "maybe\nq\n", 1),
        (lines[0], "", 1),
        (lines[0], "\n\n", 1),
        (lines[1], "yes\n", 1),
        (lines[1], "Fabrikan\n", 1),
        (lines[1], "Fabri\n", 1),
        (lines[1], "no\n", 1),
        (lines[1], "", 1),
        (lines[1], "\n\n", 1),
        (lines[1], " fabrikam \n", 0),
        (lines[1], "AAAAAA01-0000-4000-8000-000000000001\n", 0),
    ] {
        let server = server(&[]);
        let env = stage(&server).typed(typed);
        let output = run(&env, line, NEW);
        assert_eq!(output.code, code, "{line} {typed:?}: {}", output.err);
        assert_eq!(patches(&server).len(), usize::from(code == 0), "{line} {typed:?}");
        for words in [NEW, "Fabrikam", "Oil & Gas", "state          pending → "] {
            assert!(output.err.contains(words), "{words}: {}", output.err);
        }
        if code == 1 {
            assert!(output.err.contains("error: not confirmed"), "{}", output.err);
            assert_eq!((output.out.as_str(), audit(&env).as_str()), ("", ""));
        }
    }
}

#[test]
fn without_a_terminal_a_flag_has_to_answer_and_before_anything_is_read() {
    let server = server(&[]);
    let env = stage(&server);
    for (line, hint) in [
        ("accept ID", "`--yes`"),
        ("update ID --value 5", "`--yes`"),
        ("team add ID --email a@b.example", "`--yes`"),
        ("decline ID --reason other", "`--confirm NAME`"),
        ("close ID --won", "`--confirm NAME`"),
    ] {
        let output = run(&env, line, NEW);
        assert_eq!(output.code, 2, "{line}");
        assert!(output.err.contains(hint), "{line}: {}", output.err);
    }
    assert!(server.requests().is_empty());
    let output = run(&env, "decline ID --reason other --confirm Contoso", NEW);
    assert_eq!((output.code, patches(&server).len()), (2, 0), "{}", output.err);
    assert!(output.err.contains("is of \"Fabrikam\""), "{}", output.err);
}

#[test]
fn a_referral_to_change_is_named_by_an_id_or_chosen_from_a_list() {
    let server = server(&[]);
    let accept = |env: TestEnv, reference: &str| env.run(&["accept", reference, "--yes"]);
    // The start of two ids.
    for reference in ["aaaaaa", "AAAAAA0"] {
        let output = accept(stage(&server), reference);
        assert_eq!((output.code, patches(&server).len()), (1, 0), "{}", output.err);
        assert!(output.err.contains("2 referrals match"), "{}", output.err);
    }
    let output = accept(stage(&server), "fabrikam");
    assert_eq!((output.code, patches(&server).len()), (2, 0), "{}", output.err);
    assert!(output.err.contains("a name is enough only on a terminal"), "{}", output.err);
    let output = accept(stage(&server).typed("q\n"), "fabrikam");
    assert_eq!((output.code, patches(&server).len()), (1, 0), "{}", output.err);
    let output = accept(stage(&server).typed("1\n"), "fabrikam");
    assert!(output.err.contains("5 referrals match \"fabrikam\""), "{}", output.err);
    let server = self::server(&[]);
    let output = accept(stage(&server), "aaaaaa01").ok();
    assert!(output.out.starts_with(&format!("accepted: {NEW} ")), "{}", output.out);
}

#[test]
fn of_two_terminals_that_answer_the_same_referral_one_is_told_that_it_was_too_late() {
    let server = std::sync::Arc::new(server(&[]));
    let (first, other) = (stage(&server), std::sync::Arc::clone(&server));
    let second = move || {
        stage(&other).run(&["decline", NEW, "--reason", "timeline", "--confirm", NEW]).ok();
    };
    let output = first.typed_after(second, "yes\n").run(&["accept", NEW]);
    assert_eq!(output.code, 8, "{}", output.err);
    for words in ["state: pending is now declined", "your change was not made", "(412)"] {
        assert!(output.err.contains(words), "{words}: {}", output.err);
    }
    assert_eq!(patches(&server).len(), 2);
    assert_eq!(referral(&server, NEW)["substatus"], "Declined");
}

#[test]
fn the_reasons_are_in_the_help_and_in_the_error() {
    let env = TestEnv::new();
    let helps = ["decline", "close"].map(|command| env.run(&[command, "--help"]).ok().out);
    let page = include_str!("../../docs/answering.md");
    let error = env.run(&["decline", NEW]).err;
    let reasons = error.lines().filter_map(|line| line.strip_prefix("  "));
    let reasons: Vec<(&str, &str)> = reasons.filter_map(|line| line.split_once(": ")).collect();
    assert_eq!(reasons.len(), 8, "{error}");
    for (word, text) in reasons {
        let text = text.trim();
        let line = format!("  {word:<14} {text}\n");
        assert!(helps.iter().all(|help| help.contains(&line)), "{line}");
        assert!(page.contains(&format!("| `{word}` | {text} |\n")), "{line}");
    }
}

#[test]
fn without_an_audit_file_nothing_is_sent() {
    let server = server(&[]);
    let env = stage(&server);
    fs::write(env.state().join("audit"), "in the way").unwrap();
    let output = run(&env, VERBS[0].0, NEW);
    assert_eq!((output.code, patches(&server).len()), (1, 0), "{}", output.err);
    assert!(output.err.contains("cannot write the audit file"), "{}", output.err);
    let output = run(&env.typed("yes\n"), "accept ID", NEW);
    assert!(!output.err.contains("yes or no"), "{}", output.err);
    assert!(patches(&server).is_empty());
}

#[test]
fn an_answer_that_was_not_seen_is_told_at_the_next_attempt() {
    let server = server(&[Fault::Status(503)]);
    let env = stage(&server);
    assert_eq!(run(&env, "accept ID --yes", NEW).code, 7);
    let said = "warning: `accept` was tried on 2026-11-21 ";
    let output = run(&env, "team add ID --email a@b.example --yes", ACTIVE);
    assert!(!output.err.contains("was tried"), "{}", output.err);
    let output = run(&env, "decline ID --reason other --confirm fabrikam", NEW);
    assert!(output.err.contains(said), "{}", output.err);
}

#[test]
fn what_ends_a_deal_takes_no_yes() {
    let server = server(&[]);
    for line in ["decline ID --reason other --yes", "close ID --won --yes", "close ID --won -y"] {
        let output = run(&stage(&server).typed("yes\nFabrikam\n"), line, NEW);
        assert_eq!((output.code, server.requests().len()), (2, 0), "{line}: {}", output.err);
    }
}

#[test]
fn an_update_says_how_to_set_it_back_and_that_works() {
    let server = server(&[]);
    let env = stage(&server);
    let output = run(&env, "update ID --yes --value 50k --note Hello", ACTIVE).ok();
    let line = output.err.lines().find_map(|line| line.strip_prefix("to set it back: referrals "));
    assert!(output.err.contains("cannot be set back from here: notes"), "{}", output.err);
    assert_eq!(referral(&server, ACTIVE)["details"]["dealValue"], 50000);
    run(&env, &format!("{} --yes", line.unwrap()), ACTIVE).ok();
    assert_eq!(referral(&server, ACTIVE)["details"]["dealValue"], 30000);
    let output = run(&env, "update ID --yes --value 30000", ACTIVE);
    assert_eq!((output.code, patches(&server).len()), (1, 2), "{}", output.err);
}

#[test]
fn the_log_has_every_attempt_the_newest_last_and_tells_broken_lines_once() {
    let server = server(&[]);
    let env = stage(&server);
    assert_eq!(env.run(&["log"]).ok().out, "");
    run(&env, VERBS[0].0, NEW).ok();
    run(&env, "update ID --yes --value 50k", ACTIVE).ok();
    let path = env.state().join("audit/default.jsonl");
    append(&path, "{\"not\": \"ours\"}\nbroken\n");
    run(&env, "close ID --won --confirm fabrikam", ACTIVE).ok();
    let output = env.run(&["log"]).ok();
    let lines = output.lines();
    assert_eq!(lines.len(), 4, "{}", output.out);
    for (line, words) in lines[1..].iter().zip([
        [NEW, "  accept ", "  done  ", "dealValue 45000"],
        [ACTIVE, "  update ", "  done  ", "dealValue 50000"],
        [ACTIVE, "  close --won ", "  done  ", "substatus Won"],
    ]) {
        assert!(words.iter().all(|word| line.contains(word)), "{words:?}: {line}");
    }
    assert_eq!(output.err.matches("left out 2 lines").count(), 1, "{}", output.err);
    let output = env.run(&["log", "--limit", "1"]).ok();
    assert!(output.lines()[1].contains("close --won"), "{}", output.out);
    assert!(output.err.contains("1 of 3 shown"), "{}", output.err);
    let json = env.run(&["log", "--format", "json"]).ok().json();
    assert_eq!(
        (json.as_array().unwrap().len(), &json[0]["result"]["outcome"]),
        (3, &json!("done"))
    );
    let narrow = stage(&server).terminal(60);
    fs::create_dir_all(narrow.state().join("audit")).unwrap();
    fs::copy(&path, narrow.state().join("audit/default.jsonl")).unwrap();
    let output = narrow.run(&["log"]).ok();
    assert!(output.lines().iter().all(|line| line.chars().count() <= 60), "{}", output.out);
}

fn append(path: &Path, text: &str) {
    let old = fs::read_to_string(path).unwrap();
    fs::write(path, old + text).unwrap();
}
