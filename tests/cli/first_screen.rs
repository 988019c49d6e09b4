//! The program without a command, and the first error of who is not signed in.

use std::path::Path;

use crate::support::{TestEnv, sandbox};

fn at_home(home: &Path) -> TestEnv {
    let path = |name: &str| home.join(name).into_os_string();
    TestEnv::new()
        .variable_os("REFERRALS_CONFIG_DIR", path("config"))
        .variable_os("REFERRALS_STATE_DIR", path("state"))
}

#[test]
fn without_a_command_and_a_sign_in_a_guide_is_printed_that_fits_one_screen() {
    let home = tempfile::tempdir().unwrap();
    for env in [at_home(home.path()), at_home(home.path()).terminal(80)] {
        let output = env.variable("REFERRALS_STORE", "file").run(&[]).ok();
        assert_eq!(output.err, "");
        assert!(output.lines().len() < 24, "{}", output.out);
        assert!(output.lines().iter().all(|line| line.len() <= 80), "{}", output.out);
        assert!(output.out.contains("referrals pending --demo"), "{}", output.out);
    }
}

#[test]
fn every_command_of_the_guide_can_be_typed() {
    let home = tempfile::tempdir().unwrap();
    let guide = at_home(home.path()).run(&[]).ok();
    let lines = guide.out.lines().filter_map(|line| line.strip_prefix("  referrals "));
    let commands: Vec<&str> = lines.map(|line| line.split("  ").next().unwrap()).collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let words = ["referrals"].into_iter().chain(command.split(' '));
        assert!(referrals::testing::definition().try_get_matches_from(words).is_ok(), "{command}");
    }
    for line in
        guide.out.lines().filter(|line| line.starts_with("Begin") || line.starts_with("Scr"))
    {
        let (_, names) = line.split_once(':').unwrap();
        for name in names.split('(').next().unwrap().split(',') {
            let definition = referrals::testing::definition();
            assert!(definition.find_subcommand(name.trim()).is_some(), "{name}");
        }
    }
}

#[test]
fn who_is_signed_in_gets_the_summary_on_a_terminal_and_the_guide_in_a_pipe() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    assert!(env.run(&[]).ok().out.starts_with("Which Partner Center"));
    assert!(server.requests().is_empty());
    let env = env.terminal(80);
    let (bare, summary) = (env.run(&[]).ok(), env.run(&["summary"]).ok());
    assert_eq!((&bare.out, &bare.err), (&summary.out, &summary.err));
    assert!(bare.out.contains("WAITING "), "{}", bare.out);
    assert_eq!(env.run(&["--demo"]).ok().out, env.run(&["summary", "--demo"]).ok().out);
}

#[test]
fn the_first_error_says_that_nobody_is_signed_in_and_names_the_demo() {
    let home = tempfile::tempdir().unwrap();
    let env = || at_home(home.path()).variable("REFERRALS_STORE", "file");
    let output = env().terminal(80).run(&["pending"]);
    assert_eq!((output.code, output.out.as_str()), (4, ""));
    assert_eq!(
        output.err,
        "error: nobody is signed in on this machine\n\
            hint: try it first without an account: `referrals pending --demo`\n\
            hint: `referrals login --tenant contoso.com --client-id ID` signs in\n"
    );
    // A profile that somebody set up is named.
    std::fs::create_dir(home.path().join("config")).unwrap();
    let settings = "[profile.default]\ntenant = \"t\"\n";
    std::fs::write(home.path().join("config/config.toml"), settings).unwrap();
    let output = env().run(&["pending"]);
    assert_eq!(output.code, 4);
    assert!(output.err.starts_with("error: not signed in (profile \"default\")"), "{}", output.err);
    assert!(output.err.contains("--demo"), "{}", output.err);
}
