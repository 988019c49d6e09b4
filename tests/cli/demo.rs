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
