//! Tables that are longer than the terminal.

use crate::support::TestEnv;

const DEMO: &[&str] = &["pending", "--demo"];

#[test]
fn a_table_longer_than_the_screen_goes_to_the_pager_and_what_follows_to_the_terminal() {
    let env = TestEnv::new().screen(80, 10);
    let output = env.run(DEMO).ok();
    let paged = env.paged();
    assert_eq!((paged.len(), output.out.as_str()), (1, ""));
    assert_eq!(paged[0].command, "less");
    assert!(paged[0].variables.contains("FRSX"), "{}", paged[0].variables);
    assert!(paged[0].text.lines().next().unwrap().contains("LEFT"), "{}", paged[0].text);
    assert!(!paged[0].text.contains("wait for an answer"), "{}", paged[0].text);
    assert!(output.err.contains("wait for an answer") && output.err.contains("Next: "));
    let whole = TestEnv::new().terminal(80).run(DEMO).ok();
    assert_eq!(paged[0].text, whole.out);
}

#[test]
fn a_long_referral_goes_to_the_pager_too() {
    let id = TestEnv::new().run(&[DEMO, &["--format", "json"]].concat()).ok().ids().remove(0);
    let show = ["show", &id, "--demo"];
    let env = TestEnv::new().screen(80, 5);
    assert_eq!(env.run(&show).ok().out, "");
    assert!(env.paged()[0].text.contains(&id));
    assert!(env.run(&[&show[..], &["--no-pager"]].concat()).ok().out.contains(&id));
}

#[test]
fn what_fits_on_the_screen_or_is_not_for_it_is_written_as_it_is() {
    let table = TestEnv::new().terminal(80).run(DEMO).ok();
    let env = TestEnv::new().screen(80, table.lines().len() + 1);
    assert_eq!(env.run(DEMO).ok().out, table.out);
    let env = || TestEnv::new().screen(80, 10);
    for env in [
        env().variable("REFERRALS_PAGER", "").variable("PAGER", "more"),
        env().variable("PAGER", "cat"),
        env().variable("PAGER", "missing"),
    ] {
        assert_eq!(env.run(DEMO).ok().out, table.out);
        assert!(env.paged().is_empty());
    }
    let env = env();
    for more in [&["--no-pager"][..], &["--format", "csv"], &["--format", "json"]] {
        assert!(!env.run(&[DEMO, more].concat()).ok().out.is_empty(), "{more:?}");
    }
    env.run(&[DEMO, &["--explain"]].concat()).ok();
    assert!(env.paged().is_empty());
    let dumb = env.variable("TERM", "dumb");
    assert!(!dumb.run(DEMO).ok().out.is_empty() && dumb.paged().is_empty());
}

#[test]
fn the_pager_is_the_one_of_the_variables() {
    let env = TestEnv::new().screen(80, 10).variable("PAGER", "more -e").variable("LESS", "R");
    env.run(DEMO).ok();
    let env = env.variable("REFERRALS_PAGER", "less +G");
    env.run(DEMO).ok();
    let commands: Vec<String> = env
        .paged()
        .into_iter()
        .map(|paged| {
            assert_eq!(paged.variables, "[]");
            paged.command
        })
        .collect();
    assert_eq!(commands, ["more -e", "less +G"]);
}
