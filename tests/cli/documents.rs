//! Every command that the README, the help and the manual pages show, run as written but for `--demo`.

use std::fs;
use std::path::Path;

use calamine::Reader;
use referrals::testing::{definition, pages};

use super::support::{Output, TestEnv};

/// Two profiles, with which nobody has signed in.
const SETTINGS: &str = "default_profile = \"contoso\"
[profile.contoso]
store = \"file\"
[profile.fabrikam]
store = \"file\"
[view.dach]
flags = \"--country DE,AT,CH\"
";

/// The commands in `text`, each up to a pipe, a redirection, `;`, `&` or the remark that two spaces set off.
fn find_commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    for line in text.lines().map(|line| line.trim().trim_start_matches("$ ")) {
        let line = line.split("  ").next().unwrap_or_default();
        let starts = |start: &usize| {
            let before = &line[..*start];
            before.is_empty() || before.ends_with("&& ") || before.ends_with("=sandbox ")
        };
        let whole = line.find("referrals ").filter(starts).map(|start| &line[start..]);
        let quoted = line.split('`').skip(1).step_by(2);
        let quoted = quoted.filter(|code| code.starts_with("referrals "));
        for command in whole.into_iter().chain(quoted) {
            let words = split_words(command);
            let is_end = |word: &String| ["|", "||", "#", ">", ">>", "&", "&&"].contains(&&**word);
            let words: Vec<String> = words.into_iter().take_while(|word| !is_end(word)).collect();
            if words.len() > 1 && words[1] != "COMMAND" {
                commands.push(words);
            }
        }
    }
    commands
}

/// As a shell does; quotes of one kind do not stand in those of the other.
fn split_words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in command.chars() {
        match c {
            '\'' | '"' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            ' ' if quote.is_none() => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The exit code that a command promises; `None` for those that need an account or do not end.
fn expected_code(words: &[String]) -> Option<u8> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    match words[1].as_str() {
        _ if has("--help") => Some(0),
        "login" | "doctor" | "sandbox" => None,
        // Nobody is signed in.
        "status" if !has("--demo") => Some(4),
        // Nothing was told here before.
        _ if has("--sent") => Some(2),
        _ if has("--exit-code") => Some(3),
        _ => Some(0),
    }
}

/// The commands that can be run without an account only with `--demo`.
const WITH_DEMO: [&str; 16] = [
    "pending", "expiring", "list", "view", "summary", "report", "show", "changes", "digest",
    "accept", "decline", "close", "update", "team", "answer", "log",
];

/// Puts the files of `answer` into `home`: one answer to the first that waits, and the plan of it.
fn prepare_answers(home: &Path) {
    let rows = in_home(home).run(&["pending", "--demo", "--format", "json"]).ok().json();
    let csv = format!("id,answer\n{},accept\n", rows[0]["id"].as_str().unwrap());
    fs::write(home.join("waiting.csv"), csv).unwrap();
    let (csv, plan) = (home.join("waiting.csv"), home.join("plan.json"));
    let (csv, plan) = (csv.to_str().unwrap(), plan.to_str().unwrap());
    in_home(home).run(&["answer", "plan", csv, "--output", plan, "--demo"]).ok();
}

fn in_home(home: &Path) -> TestEnv {
    let directory = home.display().to_string();
    TestEnv::new()
        .variable("REFERRALS_CONFIG_DIR", &directory)
        .variable("REFERRALS_STATE_DIR", &directory)
}

/// Runs a command in `home`, where its files go too.
fn run(words: &[String], home: &Path) -> Output {
    let mut arguments = words[1..].to_vec();
    if let Some(name) = arguments.iter().position(|word| word == "--output") {
        arguments[name + 1] = home.join(&arguments[name + 1]).display().to_string();
    }
    if arguments[0] == "answer" && arguments.len() > 2 {
        prepare_answers(home);
        arguments[2] = home.join(&arguments[2]).display().to_string();
    }
    let with_demo = WITH_DEMO.contains(&&*arguments[0]);
    if with_demo && !arguments.iter().any(|word| word == "--demo") {
        arguments.push("--demo".to_owned());
    }
    in_home(home).run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Whether a command that lists or shows referrals has printed any.
fn printed_rows(words: &[String], output: &Output, home: &Path) -> bool {
    let file = words.iter().position(|word| word == "--output").map(|name| &words[name + 1]);
    match file {
        Some(file) if Path::new(file).extension().is_some_and(|name| name == "xlsx") => {
            let mut workbook = calamine::open_workbook_auto(home.join(file)).unwrap();
            workbook.worksheets()[0].1.height() > 1
        }
        Some(file) => fs::read_to_string(home.join(file)).unwrap().lines().count() > 1,
        // In JSON a referral may be one line.
        None => output.out.lines().count() > 1 || output.out.contains("\"id\""),
    }
}

fn check(source: &str, words: &[String]) {
    let line = words.join(" ");
    let Some(code) = expected_code(words) else {
        let parsed = definition().try_get_matches_from(words);
        assert!(parsed.is_ok(), "{source}: {line}: {parsed:?}");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.toml"), SETTINGS).unwrap();
    let output = run(words, home.path());
    assert_eq!(output.code, code, "{source}: {line}: {}", output.err);
    if ["pending", "expiring", "list", "show", "report"].contains(&&*words[1]) {
        let printed = printed_rows(words, &output, home.path());
        assert!(printed, "{source}: {line} prints no referral: {output:?}");
    }
}

/// The help of each command, by its name in manual pages.
fn helps() -> Vec<(String, String)> {
    // Not wrapped, so that a line begins with a command only where one was written.
    let mut program = definition().term_width(0);
    program.build();
    let mut commands: Vec<clap::Command> = program.get_subcommands().cloned().collect();
    let mut helps = vec![("referrals.1".to_owned(), program.render_long_help().to_string())];
    for command in &mut commands {
        let page = format!("referrals-{}.1", command.get_name());
        helps.push((page, command.render_long_help().to_string()));
    }
    helps
}

#[test]
fn every_command_in_the_readme_does_with_the_sample_data_what_it_promises() {
    let readme = include_str!("../../README.md");
    let commands = find_commands(readme);
    assert!(commands.len() > 25, "only {} commands were found", commands.len());
    for words in commands {
        check("README", &words);
    }
}

#[test]
fn every_command_in_the_document_on_digests_does_what_it_promises() {
    let mut commands = find_commands(include_str!("../../docs/digest.md"));
    // Those of the scripts are run by tests/recipes.rs.
    commands.retain(|words| !words.iter().any(|word| word.contains('$')));
    assert!(commands.len() > 5, "only {} commands were found", commands.len());
    for words in commands {
        check("docs/digest.md", &words);
    }
}

/// The lines of blocks of code.
fn code_lines(document: &str) -> impl Iterator<Item = &str> {
    let blocks = document.split("\n```").skip(1).step_by(2);
    blocks.flat_map(|block| block.lines().skip(1))
}

#[test]
fn every_command_in_the_document_for_scripts_does_what_it_promises() {
    let document = include_str!("../../docs/scripts.md");
    for line in code_lines(document).filter(|line| line.contains("referrals ")) {
        assert_eq!(find_commands(line).len(), 1, "not found: {line}");
    }
    let mut commands = find_commands(document);
    // Named without what they need.
    commands.retain(|words| words[1..] != ["answer", "plan"] && words[1..] != ["answer", "apply"]);
    commands.retain(|words| words[1..] != ["schema", "COMMAND"]);
    assert!(commands.len() > 15, "only {} commands were found", commands.len());
    for words in commands {
        check("docs/scripts.md", &words);
    }
    let readme = include_str!("../../README.md");
    for code in 0..9 {
        assert!(readme.contains(&format!("\n| {code} | ")));
        assert!(document.contains(&format!("\n| {code} | ")), "exit code {code} is missing");
    }
}

#[test]
fn every_command_in_the_document_for_administrators_does_what_it_promises() {
    let document = include_str!("../../docs/administrators.md");
    for line in code_lines(document).filter(|line| line.contains("referrals ")) {
        assert_eq!(find_commands(line).len(), 1, "not found: {line}");
    }
    for words in find_commands(document) {
        check("docs/administrators.md", &words);
    }
    let helps = helps();
    let login = &helps.iter().find(|(page, _)| page == "referrals-login.1").unwrap().1;
    for fact in ["4990cffe-04e8-4e8b-808a-1175604b879f", "user_impersonation", "http://localhost"] {
        assert!(login.contains(fact) && document.contains(fact), "{fact}");
    }
    let readme = include_str!("../../README.md");
    for place in [
        "~/.config/referrals",
        "~/Library/Application Support/referrals",
        "%APPDATA%\\referrals\\config",
    ] {
        assert!(readme.contains(place) && document.contains(place), "{place}");
    }
}

#[test]
fn every_command_in_the_help_does_with_the_sample_data_what_it_promises() {
    for (page, help) in helps() {
        let commands = find_commands(&help);
        assert!(!commands.is_empty(), "{page} shows no command");
        for words in commands {
            check(&page, &words);
        }
    }
}

#[test]
fn the_manual_pages_show_the_commands_of_the_help_as_written() {
    let pages = pages(&definition());
    for ((name, help), (file, page)) in helps().into_iter().zip(pages) {
        assert_eq!(name, file);
        let page = String::from_utf8(page).unwrap();
        let page = page.replace("\\-", "-").replace("\\*(Aq", "'").replace("\\\\", "\\");
        let (_, page) = page.split_once(".SH \"EXIT STATUS\"\n.TP\n").unwrap();
        assert!(page.contains(".SH \"SEE ALSO\"\n"), "{name}");
        let page = page.split(".SH GLOSSARY\n").next().unwrap();
        let (_, after_help) = help.split_once("Examples:").unwrap();
        // Notes stand before examples.
        let sorted = |text| {
            let mut commands = find_commands(text);
            commands.sort();
            commands
        };
        assert_eq!(sorted(page), sorted(after_help), "{name}");
        assert!(page.contains(".SH EXAMPLES\n"), "{name}");
    }
}

#[test]
fn every_command_in_the_glossary_does_with_the_sample_data_what_it_promises() {
    let page = include_str!("../../man/referrals.1").replace("\\-", "-");
    let (_, glossary) = page.split_once(".SH GLOSSARY\n").unwrap();
    let mut commands = find_commands(glossary);
    commands.sort();
    commands.dedup();
    assert!(commands.len() > 20, "only {} commands were found", commands.len());
    for words in commands {
        check("the glossary", &words);
    }
}

#[test]
fn every_command_of_the_page_on_answering_can_be_typed() {
    let commands = find_commands(include_str!("../../docs/answering.md"));
    let verbs = ["accept", "decline", "close", "update"];
    let shown = verbs.map(|verb| commands.iter().filter(|words| words[1] == verb).count());
    assert!(shown.iter().all(|count| *count > 0), "{shown:?}");
    for words in commands {
        let parsed = definition().try_get_matches_from(&words);
        assert!(parsed.is_ok(), "{words:?}: {parsed:?}");
    }
}

#[test]
fn the_readme_and_the_manual_page_agree_on_exit_codes_and_variables() {
    let readme = include_str!("../../README.md");
    let page = include_str!("../../man/referrals.1").replace("\\-", "-");
    let codes = readme.split("## Exit codes").nth(1).unwrap().split("## ").next().unwrap();
    let rows = codes.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    for row in rows {
        let (code, meaning) = row.trim_end_matches(" |").split_once(" | ").unwrap();
        let entry = format!("\\fB{code}\\fR\n{}\n", meaning.replace('`', ""));
        assert!(page.contains(&entry), "the page lacks {entry:?}");
    }
    let words = readme.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    for variable in words.filter(|word| word.starts_with("REFERRALS_")) {
        assert!(page.contains(&format!("\\fB{variable}\\fR\n")), "the page lacks {variable}");
    }
}
