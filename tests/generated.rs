//! Checks that the committed generated files are current; `UPDATE=1 cargo test --test generated` rewrites them.

#![expect(clippy::unwrap_used, reason = "a test whose files cannot be read fails")]

use std::fs;
use std::path::Path;

fn check(files: Vec<(String, Vec<u8>)>, directory: &str) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    #[expect(clippy::disallowed_methods, reason = "the switch of this test")]
    let update = std::env::var_os("UPDATE").is_some();
    let mut names: Vec<String> = Vec::new();
    for (name, content) in files {
        let path = directory.join(&name);
        if update {
            fs::create_dir_all(&directory).unwrap();
            fs::write(&path, &content).unwrap();
        }
        let committed = fs::read(&path).unwrap_or_default();
        assert!(
            committed == content,
            "{} is out of date: UPDATE=1 cargo test --test generated",
            path.display()
        );
        names.push(name);
    }
    let mut existing: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    existing.sort();
    assert_eq!(existing, names, "{} has other files", directory.display());
}

#[test]
fn the_completion_scripts_are_current() {
    check(referrals::testing::scripts(&referrals::testing::definition()), "completions");
}

/// Windows PowerShell takes what a program prints for text in the console's code page, and profiles for ANSI.
#[test]
fn what_powershell_reads_is_ascii() {
    let program = referrals::testing::definition();
    let (_, script) = referrals::testing::scripts(&program)
        .into_iter()
        .find(|(name, _)| name == "_referrals.ps1")
        .unwrap();
    let help = program.clone().find_subcommand_mut("completions").unwrap().render_help();
    assert!(script.is_ascii());
    assert!(help.to_string().is_ascii());
}

#[test]
fn the_manual_pages_are_current() {
    check(referrals::testing::pages(&referrals::testing::definition()), "man");
}

#[test]
fn the_json_schemas_are_current() {
    let row = referrals::testing::format_schema().into_bytes();
    let summary = referrals::testing::format_summary_schema().into_bytes();
    let files = [("referral-row.schema.json", row), ("summary.schema.json", summary)];
    check(files.map(|(name, schema)| (name.to_owned(), schema)).into(), "schema");
}

#[test]
fn help_fits_eighty_columns_and_shows_examples() {
    let mut program = referrals::testing::definition().term_width(80);
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
