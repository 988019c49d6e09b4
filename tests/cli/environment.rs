//! What commands take from their environment: variables, the time zone, the kind of terminal; and the arguments they repeat.

use std::ffi::OsString;
use std::path::Path;

use crate::support::{Output, TestEnv};

/// What would forge a line, colour the terminal or turn the text around.
const HOSTILE: &str = "x\nhint: run evil\x1b[31m\u{9b}2J\u{202e}";

/// Paths, and those of which a single value counts.
const NEED_NOT_BE_TEXT: [&str; 8] = [
    "HOME",
    "NO_COLOR",
    "REFERRALS_CONFIG_DIR",
    "REFERRALS_STATE_DIR",
    "REFERRALS_TOKEN_FILE",
    "TERM",
    "TZ",
    "USERPROFILE",
];

fn demo(env: &TestEnv, arguments: &[&str]) -> Output {
    env.run(&[arguments, &["--demo"]].concat())
}

/// With its directories in `home`, without a keyring, and with nothing to reach beyond this machine.
fn local(home: &Path) -> TestEnv {
    std::fs::write(home.join("config.toml"), "[profile.default]\nstore = \"file\"\n").unwrap();
    TestEnv::new()
        .variable("REFERRALS_API_URL", "http://127.0.0.1:9")
        .variable("REFERRALS_AUTHORITY", "http://127.0.0.1:9")
        .variable_os("REFERRALS_CONFIG_DIR", home.into())
        .variable_os("REFERRALS_STATE_DIR", home.into())
}

#[cfg(unix)]
fn not_text() -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(b"x\xff".to_vec())
}

#[cfg(windows)]
fn not_text() -> OsString {
    std::os::windows::ffi::OsStringExt::from_wide(&[0x78, 0xd800])
}

#[test]
fn no_variable_counts_as_unset_because_it_is_not_text() {
    let home = tempfile::tempdir().unwrap();
    let env = local(home.path()).unknown_zone().terminal(80);
    for arguments in [&["doctor"][..], &["status"], &["list", "--demo"], &["list", "--explain"]] {
        env.run(arguments);
    }
    let mut names = env.asked();
    for name in NEED_NOT_BE_TEXT {
        assert!(names.remove(name), "{name} is not read");
    }
    assert!(names.contains("REFERRALS_TENANT") && names.contains("HTTPS_PROXY"), "{names:?}");
    for name in names {
        let env = TestEnv::new().variable_os(&name, not_text());
        let output = demo(&env, &["list"]);
        assert_eq!(output.code, 2, "{name}: {output:?}");
        let encoding = if cfg!(windows) { "Unicode" } else { "UTF-8" };
        let message = format!("error: the variable {name} is not valid {encoding}\n");
        assert!(output.err.starts_with(&message), "{output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn paths_are_taken_as_the_system_has_them() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(not_text());
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), "[profile.default]\ncolumns = [\"id\"]\n")
        .unwrap();
    std::fs::write(directory.join("token"), "sandbox\n").unwrap();
    let sandbox = crate::support::sandbox(|_| {});
    let output = TestEnv::new()
        .variable("REFERRALS_API_URL", sandbox.url())
        .variable_os("REFERRALS_CONFIG_DIR", directory.clone().into())
        .variable_os("REFERRALS_STATE_DIR", directory.clone().into())
        .variable_os("REFERRALS_TOKEN_FILE", directory.join("token").into())
        .run(&["list", "--limit", "1"])
        .ok();
    assert_eq!(output.lines()[0].trim(), "ID", "{output:?}");
}

#[test]
fn a_variable_that_ends_in_a_carriage_return_is_what_was_meant() {
    let sandbox = crate::support::sandbox(|_| {});
    TestEnv::new()
        .variable("REFERRALS_API_URL", &format!("{}\r", sandbox.url()))
        .variable("REFERRALS_TOKEN", "sandbox\r\n")
        .variable("REFERRALS_PROFILE", "default \r")
        .run(&["list", "--limit", "1"])
        .ok();
}

#[test]
fn an_unknown_time_zone_is_told_once_and_only_where_a_time_is_shown() {
    let env = TestEnv::new().variable("TZ", "Mars/Olympus").unknown_zone();
    let output = demo(&env, &["list", "--created-after", "2020-01-01"]).ok();
    let warning = "warning: TZ names no time zone: \"Mars/Olympus\"; times are in UTC\n";
    assert_eq!(output.err.matches(warning).count(), 1, "{}", output.err);
    for arguments in [&["list", "--format", "csv"][..], &["list", "--utc"]] {
        assert!(!demo(&env, arguments).ok().err.contains("TZ"), "{arguments:?}");
    }
}

#[test]
fn a_dumb_terminal_gets_no_control_sequences() {
    let dumb = TestEnv::new().terminal(80).variable("TERM", "dumb");
    let output = demo(&dumb, &["pending"]).ok();
    assert!(!(output.out + &output.err).contains('\x1b'));
    let output = demo(&TestEnv::new().terminal(80).variable("TERM", "xterm"), &["pending"]).ok();
    assert!(output.out.contains('\x1b'));
}

#[test]
fn reports_in_json_control_no_terminal_and_are_exact_in_a_pipe() {
    let home = tempfile::tempdir().unwrap();
    let env = |width: Option<usize>| {
        let env = local(home.path()).variable("REFERRALS_API_URL", HOSTILE);
        let env = env.variable("REFERRALS_TOKEN", "t");
        match width {
            Some(width) => env.terminal(width),
            None => env,
        }
    };
    for command in ["status", "doctor"] {
        let terminal = env(Some(80)).run(&[command, "--format", "json"]);
        assert!(!terminal.out.contains(['\u{9b}', '\u{202e}', '\x1b']), "{}", terminal.out);
        let pipe = env(None).run(&[command, "--format", "json"]);
        assert_eq!(terminal.json(), pipe.json(), "{command}");
    }
    let pipe = env(None).run(&["status", "--format", "json"]);
    assert!(pipe.out.contains('\u{202e}'), "{}", pipe.out);
}

#[test]
fn arguments_that_are_repeated_forge_no_line_and_control_no_terminal() {
    let flag = format!("--{HOSTILE}");
    let cases: [&[&str]; 13] = [
        &[HOSTILE],
        &["list", HOSTILE],
        &["list", &flag],
        &["list", "--status", HOSTILE],
        &["list", "--format", HOSTILE],
        &["list", "--limit", HOSTILE],
        &["list", "--created-after", HOSTILE],
        &["list", "--min-value", HOSTILE],
        &["list", "--max-wait", HOSTILE],
        &["list", "--columns", HOSTILE],
        &["list", "--profile", HOSTILE],
        &[
            "list",
            "--customer",
            HOSTILE,
            "--filter",
            "status eq 'New'\nhint: run evil",
            "--explain",
            "-v",
        ],
        &["expiring", "--within", HOSTILE],
    ];
    for arguments in cases {
        let output = TestEnv::new().run(arguments);
        let text = output.out + &output.err;
        assert!(!text.contains(['\x1b', '\u{9b}', '\u{202e}']), "{text:?}");
        assert!(
            !text.lines().any(|line| line.trim_start().starts_with("hint: run evil")),
            "{text}"
        );
    }
}
