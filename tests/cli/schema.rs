//! `schema` says what the help says, and what the commands do.

use std::collections::BTreeSet;

use referrals::testing::definition;
use serde_json::Value;

use super::support::TestEnv;

fn schema() -> Value {
    TestEnv::new().run(&["schema"]).ok().json()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap()
}

fn names(values: &[Value]) -> Vec<&str> {
    values.iter().map(|value| value["name"].as_str().unwrap()).collect()
}

/// The flags of a help with the name of their value and the short form, from the lines that begin with one.
fn flags_of_help(help: &str) -> BTreeSet<String> {
    let (help, _) = help.split_once("Examples:").unwrap_or((help, ""));
    let is_head = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
    let heads = help.lines().filter(is_head).map(str::trim_start);
    heads.map(|line| line.split("  ").next().unwrap().trim_end_matches("...").to_owned()).collect()
}

/// The same of entries of the schema.
fn heads_of(flags: &[Value]) -> impl Iterator<Item = String> {
    flags.iter().map(|flag| {
        let text = |member: &str| flag[member].as_str();
        let short = text("short").map(|short| format!("{short}, ")).unwrap_or_default();
        let value = text("value").map(|value| format!(" <{value}>")).unwrap_or_default();
        format!("{short}{}{value}", text("name").unwrap())
    })
}

#[test]
fn the_schema_has_the_commands_and_flags_of_the_help_and_no_others() {
    let schema = schema();
    let env = TestEnv::new();
    let help = env.run(&["--help"]).ok().out;
    let flags: BTreeSet<String> =
        heads_of(list(&schema, "globalFlags")).chain(heads_of(list(&schema, "flags"))).collect();
    assert_eq!(flags, flags_of_help(&help));
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    // What goes on with a description is indented further.
    let commands = commands.lines().filter(|line| !line.starts_with("   "));
    let commands: Vec<&str> =
        commands.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names(list(&schema, "commands")), commands);
    for command in list(&schema, "commands") {
        let name = command["name"].as_str().unwrap();
        let help = env.run(&[name, "--help"]).ok().out;
        let flags: BTreeSet<String> = heads_of(list(command, "flags"))
            .chain(heads_of(list(&schema, "globalFlags")))
            .collect();
        assert_eq!(flags, flags_of_help(&help), "{name}");
        for argument in names(list(command, "arguments")) {
            assert!(
                help.contains(&format!("<{argument}>")) || help.contains(&format!("[{argument}]"))
            );
        }
        assert_eq!(&env.run(&["schema", name]).ok().json(), command);
    }
}

#[test]
fn the_schema_has_the_values_and_defaults_that_the_help_shows() {
    let schema = schema();
    // Not wrapped, so that each list is on one line.
    let mut program = definition().term_width(0);
    program.build();
    for command in list(&schema, "commands") {
        let name = command["name"].as_str().unwrap();
        let help = program.find_subcommand_mut(name).unwrap().render_long_help().to_string();
        let shown: BTreeSet<&str> = help
            .split("[possible values: ")
            .skip(1)
            .map(|rest| rest.split(']').next().unwrap())
            .collect();
        let flags = list(command, "flags").iter().chain(list(&schema, "globalFlags"));
        let values: BTreeSet<String> = flags
            .chain(list(command, "arguments"))
            .map(|argument| {
                let values = list(argument, "values").iter();
                values.map(|value| value.as_str().unwrap()).collect::<Vec<_>>().join(", ")
            })
            .collect();
        for shown in shown {
            assert!(values.contains(shown), "{name}: {shown}");
        }
        for flag in list(command, "flags") {
            if let Some(default) = flag["default"].as_str() {
                assert!(help.contains(default), "{name}: {flag}");
            }
        }
    }
}

/// What a command needs before its format is looked at.
fn arguments(command: &Value, home: &str) -> Vec<String> {
    let positionals = list(command, "arguments").iter();
    let needed = positionals.filter(|argument| argument["required"] == true);
    let mut arguments = vec![command["name"].as_str().unwrap().to_owned()];
    arguments.extend(needed.map(|argument| match argument["name"].as_str() {
        Some("REF") => "a706dd2f-4d19-4e6f-a382-a305f4414f5e".to_owned(),
        _ => argument["values"][0].as_str().unwrap_or("x").to_owned(),
    }));
    // No terminal gets a workbook, and each run the state of none before.
    arguments.extend(["--demo", "--output"].map(str::to_owned));
    arguments.push(format!("{home}/out"));
    arguments
}

#[test]
fn a_command_takes_the_formats_of_its_entry_and_no_others() {
    let schema = schema();
    let formats_of = |command: &Value| -> Vec<String> {
        let flag = list(command, "flags").iter().find(|flag| flag["name"] == "--format");
        let values = flag.map(|flag| list(flag, "values")).unwrap_or_default();
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let commands = list(&schema, "commands");
    let words: BTreeSet<String> = commands.iter().flat_map(formats_of).collect();
    assert!(words.len() > 10, "{words:?}");
    for command in list(&schema, "commands") {
        let name = command["name"].as_str().unwrap();
        let has = |name: &str| list(command, "flags").iter().any(|flag| flag["name"] == name);
        let (has_output, has_explain) = (has("--output"), has("--explain"));
        let home = tempfile::tempdir().unwrap();
        let home = home.path().to_str().unwrap();
        let takes = |format: &str, more: &[&str]| {
            let mut line = arguments(command, home);
            if !has_output {
                line.truncate(line.len() - 2);
            }
            line.extend(["--format".to_owned(), format.to_owned()]);
            // Sends nothing.
            line.extend(has_explain.then(|| "--explain".to_owned()));
            line.extend(more.iter().map(|word| (*word).to_owned()));
            let env = TestEnv::new().variable("REFERRALS_STATE_DIR", home);
            let env = env.variable("REFERRALS_CONFIG_DIR", home);
            let output = env.run(&line.iter().map(String::as_str).collect::<Vec<_>>());
            let is_refused = output.err.contains("this command cannot print")
                || output.err.contains(&format!("invalid value '{format}' for '--format"));
            !(output.code == 2 && is_refused)
        };
        let offered = formats_of(command);
        if offered.is_empty() {
            continue;
        }
        assert_eq!(list(command, "formats"), offered, "{name}");
        for word in &words {
            let listed = |member: &str| list(command, member).iter().any(|format| format == word);
            assert_eq!(takes(word, &[]), listed("formats"), "{name} --format {word}");
            if !command["formatsWithBy"].is_null() {
                assert_eq!(
                    takes(word, &["--by", "country"]),
                    listed("formatsWithBy"),
                    "{name} {word}"
                );
            }
        }
    }
}

#[test]
fn the_schema_has_the_columns_of_columns_help_and_the_exit_codes_of_the_manual() {
    let schema = schema();
    let help = TestEnv::new().run(&["list", "--columns", "help"]).ok().out;
    // The lines that go on with a description are indented further.
    let columns = help.lines().filter(|line| !line.starts_with("   "));
    let columns: Vec<&str> = columns.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names(list(&schema, "columns")), columns);
    let page = include_str!("../../man/referrals.1").replace("\\-", "-");
    let section = |heading: &str| {
        let after = page.split(&format!(".SH {heading}\n")).nth(1).unwrap();
        after.split(".SH ").next().unwrap().to_owned()
    };
    let codes = list(&schema, "exitCodes").iter().chain(list(&schema, "signalExitCodes"));
    let codes: Vec<String> = codes
        .map(|entry| {
            let code = entry["code"].as_str().map_or(entry["code"].to_string(), str::to_owned);
            format!(".TP\n\\fB{code}\\fR\n{}\n", entry["meaning"].as_str().unwrap())
        })
        .collect();
    assert_eq!(section("\"EXIT STATUS\""), codes.concat());
    let variables = names(list(&schema, "environment"));
    let bold = section("ENVIRONMENT");
    let bold = bold.split("\\fB").skip(1).flat_map(|rest| {
        rest.split("\\fR").next().unwrap().split(", ").map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(variables, bold.collect::<Vec<_>>());
}

#[test]
fn the_commands_that_can_change_a_referral_are_marked() {
    let schema = schema();
    let marked = list(&schema, "commands").iter();
    let marked: Vec<&str> = marked
        .filter(|command| command["changesReferrals"] == true)
        .map(|command| command["name"].as_str().unwrap())
        .collect();
    assert_eq!(marked, ["accept", "decline", "close", "update", "team", "answer"]);
}
