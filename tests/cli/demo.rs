//! `--demo`: what is done in it lasts for a day, or until `sandbox --reset`.

use std::fs;

use crate::support::{NOW, TestEnv};

#[test]
fn a_reset_makes_the_demo_begin_afresh() {
    let env = TestEnv::new();
    let show = || env.run(&["list", "--demo", "--limit", "1", "--format", "json"]).ok().out;
    let before = show();
    let row = before.trim().trim_start_matches('[').trim_end_matches(']').trim();
    assert!(row.contains(r#""status":"New""#), "{row}");
    let changed = row.replace(r#""status":"New""#, r#""status":"Active""#);
    fs::write(env.state().join("demo-day"), NOW).unwrap();
    fs::write(env.state().join("demo-changes.jsonl"), format!("{NOW}\n{changed}\n")).unwrap();
    assert!(show().contains(r#""status":"Active""#));
    let output = env.run(&["sandbox", "--reset"]).ok();
    assert_eq!((&*output.out, &*output.err), ("", "the demo begins afresh\n"));
    assert_eq!(show(), before);
}

#[test]
fn a_fault_that_there_is_not_is_a_mistake_in_the_command() {
    let output = TestEnv::new().run(&["sandbox", "--fault", "rain"]);
    assert_eq!(output.code, 2, "{}", output.err);
    assert!(output.err.contains("expected status=N, no-response"), "{}", output.err);
}

#[test]
fn the_status_of_the_demo_is_a_sample_account_that_is_marked_as_one_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let env = TestEnv::new()
        .variable("REFERRALS_CONFIG_DIR", home.path().to_str().unwrap())
        .variable("REFERRALS_STATE_DIR", state.to_str().unwrap());
    let text = env.run(&["status", "--demo", "--utc"]).ok();
    assert_eq!(text.err, "demo: a sample account; your own sign-in is not read\n");
    for line in [
        "demo           a sample account; nobody is signed in by it\n",
        "profile        demo\n",
        "MFA            yes\n",
        "access token   expires Sat 21 Nov 2026 12:40 UTC, refreshed automatically\n",
        "expires        Fri 19 Feb 2027 11:40 UTC, unless used before\n",
    ] {
        assert!(text.out.contains(line), "{line:?} is missing: {}", text.out);
    }
    assert!(!text.out.contains("problem"), "{}", text.out);
    let json = env.run(&["status", "--demo", "--format", "json"]).ok().json();
    assert_eq!((&json["source"], &json["signedIn"]), (&"demo".into(), &true.into()));
    assert_eq!(json["signedInAt"], "2026-11-09T12:00:00Z");
    assert!(json["reauthRequired"].is_null());
    let all = env.run(&["status", "--demo", "--all", "--format", "json"]).ok().json();
    assert_eq!(all, serde_json::Value::Array(vec![json]));
    let check = env.run(&["status", "--demo", "--check"]).ok();
    assert_eq!((&*check.out, &*check.err), ("", ""));
    assert!(!state.exists(), "something was stored");
    assert_eq!(env.run(&["status", "--demo", "--profile", "nobody"]).code, 2);
}
