//! Every command that the documents, the help and the manual pages show, run as written but for `--demo`; and that they
//! print what the documents show.

use std::fs;
use std::path::Path;

use calamine::Reader;
use referrals::testing::{definition, pages};
use tempfile::TempDir;

use super::document_code::{find_commands, find_settings, find_shown, is_excerpt, split_words};
use super::support::{Output, TestEnv};

/// Two profiles, with which nobody has signed in.
const SETTINGS: &str = "default_profile = \"contoso\"
[profile.contoso]
store = \"file\"
[profile.fabrikam]
store = \"file\"
[view.dach]
flags = \"--country DE,AT,CH\"
[preset.mine]
base = \"hubspot-deals\"
";

/// The commands in the `text` of a help, each up to a pipe, a redirection, `;`, `&` or the remark that two spaces set off.
fn find_examples(text: &str) -> Vec<Vec<String>> {
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

/// The exit code that a command promises; `None` for those that need an account or do not end, which need only be understood.
fn expected_code(words: &[String]) -> Option<u8> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    match words[1].as_str() {
        _ if has("--help") => Some(0),
        "login" => None,
        "sandbox" if !has("--reset") => None,
        // Nothing answers at the addresses of these tests.
        "doctor" => Some(1),
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

/// A directory with the settings.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.toml"), SETTINGS).unwrap();
    home
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
    let mut env = in_home(home);
    if arguments[0] == "doctor" {
        let closed = "http://127.0.0.1:1";
        env = env.variable("REFERRALS_API_URL", closed).variable("REFERRALS_AUTHORITY", closed);
    }
    env.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
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
    let home = home();
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

/// Runs the commands of a document, at least so many, and compares what it shows of their output.
fn check_document(name: &str, document: &str, at_least: usize) {
    let mut commands = find_commands(document);
    // Those of scripts are run by tests/recipes.rs.
    commands.retain(|words| !words.iter().any(|word| word.contains('$')));
    assert!(commands.len() >= at_least, "{name}: only {} commands were found", commands.len());
    for words in commands {
        check(name, &fill_in(words));
    }
    for settings in find_settings(document) {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config.toml"), settings).unwrap();
        for command in [&["view"][..], &["preset", "list"], &["list", "--demo", "--explain"]] {
            let output = in_home(home.path()).run(command);
            assert_eq!(output.code, 0, "{name}: {settings}\n{}", output.err);
        }
    }
    for shown in find_shown(document) {
        let home = home();
        let arguments: Vec<&str> = shown.command[1..].iter().map(String::as_str).collect();
        let env = in_home(home.path()).variable("NO_COLOR", "1").terminal(80);
        let output = env.run(&arguments).ok();
        let lines = output.out.lines().chain(output.err.lines());
        // Documents say so in their own words.
        let printed: Vec<&str> = lines.filter(|line| !line.starts_with("demo: ")).collect();
        let line = shown.command.join(" ");
        assert!(
            is_excerpt(&shown.lines, &printed),
            "{name}: {line} prints\n{}",
            printed.join("\n")
        );
    }
}

/// With an id or a name in the place of `ID` and `NAME`.
fn fill_in(words: Vec<String>) -> Vec<String> {
    let id = match words[1].as_str() {
        "accept" | "decline" | "show" => "8f2e6c",
        _ => "030404",
    };
    let fill = |word: String| match word.as_str() {
        "ID" => id.to_owned(),
        "NAME" => "salesforce-leads".to_owned(),
        "COMMAND" => "list".to_owned(),
        _ => word,
    };
    words.into_iter().map(fill).collect()
}

#[test]
fn every_command_in_the_readme_but_login_does_what_it_promises_and_prints_what_is_shown() {
    let readme = include_str!("../../README.md");
    for words in find_commands(readme) {
        assert!(words[1] == "login" || expected_code(&words).is_some(), "not run: {words:?}");
    }
    assert!(find_shown(readme).len() >= 3);
    check_document("README.md", readme, 25);
}

#[test]
fn every_command_in_the_recipes_does_what_it_promises() {
    check_document("docs/recipes.md", include_str!("../../docs/recipes.md"), 40);
}

#[test]
fn every_command_in_the_documents_on_installing_settings_and_formats_does_what_it_promises() {
    check_document("docs/install.md", include_str!("../../docs/install.md"), 5);
    check_document("docs/settings.md", include_str!("../../docs/settings.md"), 6);
    check_document("docs/formats.md", include_str!("../../docs/formats.md"), 4);
}

#[test]
fn every_command_in_the_documents_on_digests_and_crms_does_what_it_promises() {
    check_document("docs/digest.md", include_str!("../../docs/digest.md"), 6);
    check_document("docs/crm.md", include_str!("../../docs/crm.md"), 8);
}

#[test]
fn every_command_of_the_page_on_answering_does_what_it_promises() {
    check_document("docs/answering.md", include_str!("../../docs/answering.md"), 15);
}

#[test]
fn every_command_in_the_document_for_scripts_does_what_it_promises() {
    let document = include_str!("../../docs/scripts.md");
    check_document("docs/scripts.md", document, 20);
    let readme = include_str!("../../README.md");
    for code in 0..9 {
        assert!(readme.contains(&format!("\n| {code} | ")));
        assert!(document.contains(&format!("\n| {code} | ")), "exit code {code} is missing");
    }
}

#[test]
fn every_command_in_the_document_for_administrators_does_what_it_promises() {
    let document = include_str!("../../docs/administrators.md");
    check_document("docs/administrators.md", document, 5);
    let helps = helps();
    let login = &helps.iter().find(|(page, _)| page == "referrals-login.1").unwrap().1;
    for fact in ["4990cffe-04e8-4e8b-808a-1175604b879f", "user_impersonation", "http://localhost"] {
        assert!(login.contains(fact) && document.contains(fact), "{fact}");
    }
    let readme = include_str!("../../README.md");
    let settings = include_str!("../../docs/settings.md");
    for place in [
        "~/.config/referrals",
        "~/Library/Application Support/referrals",
        "%APPDATA%\\referrals\\config",
    ] {
        let places = [readme, settings, document].map(|page| page.contains(place));
        assert_eq!(places, [true; 3], "{place}");
    }
}

#[test]
fn every_command_in_the_help_does_with_the_sample_data_what_it_promises() {
    for (page, help) in helps() {
        let commands = find_examples(&help);
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
            let mut commands = find_examples(text);
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
    let mut commands = find_examples(glossary);
    commands.sort();
    commands.dedup();
    assert!(commands.len() > 20, "only {} commands were found", commands.len());
    for words in commands {
        check("the glossary", &words);
    }
}

#[test]
fn the_documents_and_the_manual_page_agree_on_exit_codes_and_variables() {
    let readme = include_str!("../../README.md");
    let page = include_str!("../../man/referrals.1").replace("\\-", "-");
    let codes = readme.split("## Exit codes").nth(1).unwrap().split("## ").next().unwrap();
    let rows = codes.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    for row in rows {
        let (code, meaning) = row.trim_end_matches(" |").split_once(" | ").unwrap();
        let entry = format!("\\fB{code}\\fR\n{}\n", meaning.replace('`', ""));
        assert!(page.contains(&entry), "the page lacks {entry:?}");
    }
    let settings = include_str!("../../docs/settings.md");
    let words = settings.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    for variable in words.filter(|word| word.starts_with("REFERRALS_")) {
        assert!(page.contains(&format!("\\fB{variable}\\fR\n")), "the page lacks {variable}");
    }
}
