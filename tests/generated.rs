//! What is made from the flags and columns is committed, and current. `UPDATE=1 cargo test --test generated` rewrites it.

#![expect(clippy::unwrap_used, reason = "a test whose files cannot be read fails")]

use std::fs;
use std::path::Path;

fn check(files: Vec<(String, Vec<u8>)>, folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    #[expect(clippy::disallowed_methods, reason = "the switch of this test")]
    let update = std::env::var_os("UPDATE").is_some();
    let mut names: Vec<String> = Vec::new();
    for (name, content) in files {
        let path = folder.join(&name);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &content).unwrap();
        }
        let kept = fs::read(&path).unwrap_or_default();
        assert!(
            kept == content,
            "{} is out of date: UPDATE=1 cargo test --test generated",
            path.display()
        );
        names.push(name);
    }
    let mut kept: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    kept.sort();
    assert_eq!(kept, names, "{} holds something else", folder.display());
}

#[test]
fn the_completion_scripts_are_current() {
    check(referrals::commands::scripts(&referrals::cli::definition()), "completions");
}

#[test]
fn the_manual_pages_are_current() {
    check(referrals::commands::pages(&referrals::cli::definition()), "man");
}

#[test]
fn help_fits_eighty_columns_and_shows_examples() {
    let mut program = referrals::cli::definition();
    program.build();
    let commands: Vec<clap::Command> = program.get_subcommands().cloned().collect();
    for mut command in commands.into_iter().chain([program]) {
        let help = command.render_long_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
        }
        assert!(help.contains("Examples:"), "{} shows no example", command.get_name());
    }
}
