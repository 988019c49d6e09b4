//! The scripts of docs/digest.md and docs/scripts.md, run as written in a shell, with programs such as `curl` and `sendmail`
//! that write down what they get.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

const DOCUMENT: &str = include_str!("../docs/digest.md");

const FOR_SCRIPTS: &str = include_str!("../docs/scripts.md");

/// The blocks of code in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    blocks_of(DOCUMENT, language)
}

fn blocks_of(document: &'static str, language: &str) -> Vec<&'static str> {
    let blocks = document.split("\n```").skip(1).step_by(2);
    let blocks = blocks.filter_map(|block| block.split_once('\n'));
    blocks.filter(|(name, _)| *name == language).map(|(_, code)| code).collect()
}

fn scripts() -> Vec<&'static str> {
    blocks("sh").into_iter().filter(|code| code.starts_with("#!/bin/sh\n")).collect()
}

/// A home with the programs that the scripts call.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        fs::create_dir(home.path("bin")).unwrap();
        fs::create_dir_all(home.path(".config/referrals-digest")).unwrap();
        fs::write(home.path(".config/referrals-digest/team.curl"), "url = \"https://x\"\n")
            .unwrap();
        let program = cargo_bin!("referrals").display().to_string();
        home.install("referrals", &format!("exec '{program}' \"$@\" --demo --quiet"));
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn install(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        // Written by another process, so that none that is started meanwhile holds it open for writing.
        let write = Command::new("/bin/sh")
            .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .arg(script)
            .status();
        assert!(write.unwrap().success());
        assert!(fs::metadata(path).unwrap().permissions().mode() & 0o100 != 0);
    }

    /// Posts end with this code, after what was posted was written down.
    fn post_ends_with(&self, code: u8) {
        let log = self.path("posted").display().to_string();
        let curl = format!(
            "for word do case $word in\n@*) cat \"${{word#@}}\" > '{log}';;\nhttp*) exit 99;;\nesac; done\nexit {code}"
        );
        self.install("curl", &curl);
        self.install("sendmail", &format!("test \"$1\" = -t && cat > '{log}'\nexit {code}"));
    }

    fn run(&self, script: &str) -> Output {
        let file = self.path("script");
        fs::write(&file, script).unwrap();
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        Command::new("/bin/sh")
            .arg(&file)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.0.path())
            .env("REFERRALS_STATE_DIR", self.path("state"))
            .env("REFERRALS_CONFIG_DIR", self.path("config"))
            .env("TMPDIR", self.0.path())
            .output()
            .unwrap()
    }

    /// What was posted, without what differs from minute to minute.
    fn posted(&self) -> Option<String> {
        let text = fs::read_to_string(self.path("posted")).ok()?;
        fs::remove_file(self.path("posted")).unwrap();
        Some(text)
    }
}

/// Whether a digest for Teams or a mail tells of a change.
fn tells_changes(text: &str) -> bool {
    let body = text.split("base64\r\n\r\n").nth(1).or(text.split("base64\n\n").nth(1));
    match body {
        Some(body) => {
            let body = body.split("--=_").next().unwrap().replace(['\r', '\n'], "");
            decode(&body).contains("Lapsed without an answer")
        }
        None => text.contains("Lapsed without an answer"),
    }
}

fn decode(text: &str) -> String {
    let command = Command::new("/bin/sh")
        .args(["-c", "printf %s \"$0\" | base64 -d"])
        .arg(text)
        .output()
        .unwrap();
    String::from_utf8(command.stdout).unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_post_that_fails_is_told_again_and_one_that_arrives_is_not() {
    let scripts = scripts();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        let home = Home::new();
        home.post_ends_with(22);
        for _ in 0..2 {
            let output = home.run(script);
            assert_eq!(output.status.code(), Some(22), "{output:?}");
            assert!(tells_changes(&home.posted().unwrap()));
        }
        home.post_ends_with(0);
        let output = home.run(script);
        assert!(output.status.success(), "{output:?}");
        assert!(tells_changes(&home.posted().unwrap()));
        let output = home.run(script);
        assert!(output.status.success(), "{output:?}");
        assert!(!tells_changes(&home.posted().unwrap()));
        let left = names(home.0.path());
        assert!(!left.iter().any(|name| name.starts_with("tmp.")), "{left:?}");
    }
}

#[test]
fn a_digest_that_fails_or_has_nothing_to_tell_posts_nothing() {
    for (script, code) in scripts().into_iter().flat_map(|script| [(script, 5), (script, 0)]) {
        let home = Home::new();
        home.post_ends_with(0);
        home.install("referrals", &format!("case $* in *--sent*) exit 9;; esac; exit {code}"));
        let output = home.run(script);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(home.posted(), None);
    }
}

#[test]
fn no_recipe_has_an_address_on_a_command_line() {
    for language in ["sh", "powershell"] {
        for block in blocks(language) {
            let commands = block.lines().filter(|line| line.contains("curl"));
            for line in commands {
                assert!(!line.contains("https://") || line.contains("echo 'url"), "{line}");
            }
        }
    }
    assert_eq!(blocks("ini").len(), 2);
}

/// A home with the programs that the recipes for scripts call, and a `jq` that reads everything where there is none.
fn home_for_scripts() -> Home {
    let home = Home::new();
    let called = home.path("called").display().to_string();
    for name in ["mail-the-team", "mail-the-admin"] {
        home.install(name, &format!("echo {name} >> '{called}'"));
    }
    if !["/usr/bin/jq", "/bin/jq"].iter().any(|path| Path::new(path).exists()) {
        home.install(
            "jq",
            "for last do :; done; if test -f \"$last\"; then cat \"$last\"; else cat; fi",
        );
    }
    home
}

impl Home {
    /// Runs a script in the home, and returns what it called beside what it printed.
    fn run_inside(&self, script: &str) -> (Output, String) {
        let output = self.run(&format!("cd '{}' || exit 99\n{script}", self.0.path().display()));
        (output, fs::read_to_string(self.path("called")).unwrap_or_default())
    }
}

#[test]
fn the_recipes_for_scripts_succeed_with_the_sample_data() {
    let scripts = blocks_of(FOR_SCRIPTS, "sh");
    assert!(scripts.len() >= 6, "{}", scripts.len());
    for script in scripts {
        let home = home_for_scripts();
        let (output, called) = home.run_inside(&format!("{script}\n"));
        assert!(output.status.success(), "{script}: {output:?}");
        assert!(output.stderr.is_empty(), "{script}: {output:?}");
        assert!(!called.contains("mail-the-admin"), "{script}");
        // Each prints something, or tells the team.
        assert!(!output.stdout.is_empty() || !called.is_empty(), "{script}");
    }
}

#[test]
fn the_recipes_that_read_the_exit_code_tell_an_outage_from_what_they_look_for() {
    let scripts = blocks_of(FOR_SCRIPTS, "sh").into_iter().filter(|code| code.contains("case $?"));
    let scripts: Vec<&str> = scripts.collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        for (code, calls_admin) in [(1, true), (2, true), (4, true), (7, false)] {
            let home = home_for_scripts();
            home.install("referrals", &format!("exit {code}"));
            let (_, called) = home.run_inside(script);
            let expected = if calls_admin { "mail-the-admin\n" } else { "" };
            assert_eq!(called, expected, "{code}: {script}");
        }
    }
}
