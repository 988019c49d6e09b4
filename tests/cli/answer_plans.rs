//! `answer plan` and `answer apply`: several answers, by a plan that is looked at before it is carried out.

use std::fs;

use crate::answers::{
    ACTIVE, CLOSED, NEW, audit, patches, readonly_stage, referral, server, stage,
};
use crate::support::{Output, TestEnv};

fn write(env: &TestEnv, name: &str, text: &str) -> String {
    let path = env.state().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The plan of these answers.
fn plan(env: &TestEnv, answers: &str) -> (String, Output) {
    let csv = write(env, "answers.csv", &format!("id,customer,answer\n{answers}"));
    let plan = env.state().join("plan.json").to_str().unwrap().to_owned();
    let output = env.run(&["answer", "plan", &csv, "--output", &plan]);
    (plan, output)
}

fn apply(env: &TestEnv, plan: &str, flags: &[&str]) -> Output {
    env.run(&[&["answer", "apply", plan], flags].concat())
}

#[test]
fn a_plan_shows_what_would_be_done_and_applying_it_does_that_once() {
    let server = server(&[]);
    let env = stage(&server);
    let answers =
        format!("{NEW},Fabrikam,accept\n{ACTIVE},Fabrikam,lost:budget\n{CLOSED},x,decline:other\n");
    let (file, output) = plan(&env, &answers);
    let output = output.ok();
    for words in [NEW, "state: pending → accepted", "state: accepted → lost", "left out: it is won"]
    {
        assert!(output.out.contains(words), "{words}: {}", output.out);
    }
    assert!(output.err.contains("2 answers, of which 1 would end a deal"), "{}", output.err);
    assert!(output.err.contains("--confirm-declines 1"), "{}", output.err);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for flags in [&[][..], &["--yes"], &["--confirm-declines", "0"], &["--confirm-declines", "2"]] {
        let output = apply(&env, &file, flags);
        assert_eq!((output.code, patches(&server).len()), (2, 0), "{flags:?}: {}", output.err);
    }
    let output = apply(&env, &file, &["--confirm-declines", "1"]).ok();
    assert_eq!(output.out, format!("{NEW}  accepted\n{ACTIVE}  closed as lost\n"));
    let output = apply(&env, &file, &["--confirm-declines", "1"]).ok();
    assert_eq!(
        output.out,
        format!("{NEW}  is accepted already\n{ACTIVE}  is closed as lost already\n")
    );
    assert_eq!(patches(&server).len(), 2);
    assert_eq!(referral(&server, ACTIVE)["statusReason"], "Project budget isn't adequate");
    assert_eq!(audit(&env).lines().count(), 4);
}

#[test]
fn applying_stops_at_the_first_referral_that_was_changed_since() {
    let server = server(&[]);
    let env = stage(&server);
    let (file, output) = plan(&env, &format!("{NEW},x,decline:other\n{ACTIVE},x,won\n"));
    output.ok();
    env.run(&["team", "add", NEW, "--email", "ada@contoso.com", "--yes"]).ok();
    let output = apply(&env, &file, &["--confirm-declines", "2"]);
    assert_eq!((output.code, &*output.out), (8, ""), "{}", output.err);
    for words in ["changed since the plan was made", NEW, "not tried: 1 answer"] {
        assert!(output.err.contains(words), "{words}: {}", output.err);
    }
    assert_eq!(patches(&server).len(), 1);
    assert_eq!(referral(&server, ACTIVE)["status"], "Active");
}

#[test]
fn a_plan_of_acceptances_alone_wants_a_yes() {
    let server = server(&[]);
    for (typed, flags, code) in [
        (None, &[][..], 2),
        (Some("no\n"), &[], 1),
        (Some("yes\n"), &[], 0),
        (None, &["--yes"], 0),
        (None, &["--confirm-declines", "0"], 0),
    ] {
        let server = crate::answers::server(&[]);
        let env = stage(&server);
        let (file, output) = plan(&env, &format!("{NEW},x,accept\n"));
        output.ok();
        let env = typed.map_or_else(|| stage(&server), |typed| stage(&server).typed(typed));
        let output = apply(&env, &file, flags);
        assert_eq!(output.code, code, "{typed:?} {flags:?}: {}", output.err);
        assert_eq!(patches(&server).len(), usize::from(code == 0), "{typed:?} {flags:?}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_file_that_a_spreadsheet_saved_in_another_encoding_is_read() {
    let server = server(&[]);
    let env = stage(&server);
    let path = env.state().join("of a spreadsheet.csv");
    let text = format!("id;customer;answer\r\n{NEW};M?ller;accept\r\n");
    let bytes: Vec<u8> = text.bytes().map(|b| if b == b'?' { 0xfc } else { b }).collect();
    fs::write(&path, bytes).unwrap();
    let output = env.run(&["answer", "plan", path.to_str().unwrap()]).ok();
    assert!(output.out.contains("state: pending → accepted"), "{}", output.out);
    assert!(output.err.contains("`--output PLAN.json` saves it"), "{}", output.err);
}

#[test]
fn a_plan_can_be_made_before_writing_is_allowed_and_not_applied() {
    let server = server(&[]);
    let env = readonly_stage(&server);
    let (file, output) = plan(&env, &format!("{NEW},x,accept\n"));
    output.ok();
    let read = server.requests().len();
    let output = apply(&env, &file, &["--yes"]);
    assert_eq!((output.code, server.requests().len()), (2, read), "{}", output.err);
    assert!(output.err.contains("allow_writes = true"), "{}", output.err);
    assert!(patches(&server).is_empty());
}

#[test]
fn what_is_no_plan_for_this_place_is_not_applied() {
    let server = server(&[]);
    let env = stage(&server);
    let id = "8f2e6c7d-c4a1-44b6-a9a8-02c303974e01";
    let csv = write(&env, "demo.csv", &format!("id;answer\n{id};accept\n"));
    let file = env.state().join("demo.json").to_str().unwrap().to_owned();
    env.run(&["answer", "plan", &csv, "--output", &file, "--demo"]).ok();
    let output = apply(&env, &file, &["--yes"]);
    assert_eq!(output.code, 2, "{}", output.err);
    assert!(output.err.contains("the plan was made for \"demo\""), "{}", output.err);
    for text in ["", "{}", "[]", "{\"version\":2,\"api\":\"x\",\"answers\":[]}"] {
        let file = write(&env, "other.json", text);
        assert_eq!(apply(&env, &file, &["--yes"]).code, 2, "{text}");
    }
    assert_eq!(env.run(&["answer", "plan", &csv, "--yes"]).code, 2);
    assert_eq!(apply(&env, &file, &["--output", "x"]).code, 2);
    let short = write(&env, "short.csv", "id,answer\naaaaaa01,accept\n");
    assert_eq!(env.run(&["answer", "plan", &short]).code, 2);
    assert!(server.requests().is_empty());
}

#[test]
fn the_first_answer_that_fails_ends_it_with_its_own_exit_code() {
    let server = server(&[referrals_sandbox::Fault::Status(423)]);
    let env = stage(&server);
    let (file, output) = plan(&env, &format!("{NEW},x,accept\n{ACTIVE},x,won\n"));
    output.ok();
    let output = apply(&env, &file, &["--confirm-declines", "1"]);
    assert_eq!((output.code, patches(&server).len()), (1, 1), "{}", output.err);
    assert!(output.err.contains("not tried: 1 answer"), "{}", output.err);
}

#[test]
fn applying_again_does_not_send_again_what_was_not_seen() {
    let server = server(&[referrals_sandbox::Fault::Status(503)]);
    let env = stage(&server);
    let (file, output) = plan(&env, &format!("{NEW},x,accept\n{ACTIVE},x,won\n"));
    output.ok();
    assert_eq!(apply(&env, &file, &["--confirm-declines", "1"]).code, 7);
    let output = apply(&env, &file, &["--confirm-declines", "1"]);
    assert_eq!((output.code, patches(&server).len()), (7, 1), "{}", output.err);
    for words in ["`accept` was tried on ", "it was not sent again", "not tried: 1 answer"] {
        assert!(output.err.contains(words), "{words}: {}", output.err);
    }
    assert_eq!(audit(&env).lines().count(), 2);
}

#[test]
fn a_plan_that_was_changed_by_hand_answers_nothing_else() {
    let server = server(&[]);
    let env = stage(&server);
    let (file, output) = plan(&env, &format!("{NEW},x,accept\n"));
    output.ok();
    let made = fs::read_to_string(&file).unwrap();
    for (from, to) in [
        (NEW, "aaaaaa01"),
        (NEW, "Fabrikam"),
        (NEW, ""),
        (NEW, "../referrals"),
        ("\"accept\"", "\"\""),
        ("\"accept\"", "\"update\""),
        ("\"accept\"", "\"decline:other\""),
        ("\"answer\"", "\"note\": \"x\", \"answer\""),
    ] {
        let edited = made.replace(from, to);
        assert_ne!(edited, made, "{from}");
        let output = apply(&env, &write(&env, "edited.json", &edited), &["--yes"]);
        assert_eq!((output.code, &*output.out), (2, ""), "{to}: {}", output.err);
    }
    let other = made.replace(NEW, ACTIVE);
    let output = apply(&env, &write(&env, "edited.json", &other), &["--yes"]);
    assert_eq!((output.code, patches(&server).len()), (0, 0), "{}", output.err);
    assert_eq!(output.out, format!("{ACTIVE}  is accepted already\n"));
}

#[test]
fn another_referral_than_the_one_that_was_named_is_never_changed() {
    let api = httpmock::MockServer::start();
    let mut others = crate::answers::rows().remove(0);
    others["id"] = ACTIVE.into();
    let reading = api.mock(|when, then| {
        when.method("GET");
        then.status(200).body(others.to_string());
    });
    let env = TestEnv::at(&api.base_url())
        .variable("REFERRALS_TOKEN", "t")
        .variable("REFERRALS_ALLOW_WRITES", "1");
    let output = env.run(&["accept", NEW, "--yes"]);
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.err.contains("sent another referral"), "{}", output.err);
    let (_, output) = plan(&env, &format!("{NEW},x,accept\n"));
    assert_eq!(output.code, 1, "{}", output.err);
    reading.assert_calls(2);
}
