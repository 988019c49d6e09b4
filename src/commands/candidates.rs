//! What can stand at the cursor of a command line, for completion scripts: read from the definition of the command line.

use clap::builder::StyledStr;
use clap::{Arg, Command, ValueHint};

use super::codes::{COUNTRIES, CURRENCIES};
use super::glossary;
use crate::answer::Reason;
use crate::columns::list_choices;

/// What a completion script does with the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CandidateKind {
    Words,
    /// After each, a comma and another can follow.
    List,
    /// None are given: the shell completes the name of a file.
    Files,
}

impl CandidateKind {
    /// As the scripts know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            CandidateKind::Words => "words",
            CandidateKind::List => "list",
            CandidateKind::Files => "files",
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidates {
    pub(super) kind: CandidateKind,
    /// Each with a line that describes it, which may be empty.
    pub(super) values: Vec<(String, String)>,
}

/// Where in a command line the cursor is.
struct CursorPlace<'a> {
    command: &'a Command,
    /// The flag whose value is being typed.
    flag: Option<&'a Arg>,
    /// How many arguments without a flag came before.
    positionals: usize,
    /// Whether `--` came before.
    is_after_dashes: bool,
    /// Whether the word `help` came before, which a command follows.
    is_after_help: bool,
}

/// The names that the settings file has.
#[derive(Clone, Debug, Default)]
pub(super) struct SettingNames {
    pub(super) profiles: Vec<String>,
    pub(super) views: Vec<String>,
    /// With those that are built in.
    pub(super) presets: Vec<String>,
}

/// What can complete the last of `words`, which follow the program's name. `names` reads the settings.
pub(super) fn find_candidates(
    program: &Command,
    words: &[String],
    names: &dyn Fn() -> SettingNames,
) -> Candidates {
    let mut program = program.clone();
    program.build();
    let (current, before) = match words.split_last() {
        Some((current, before)) => (current.as_str(), before),
        None => ("", words),
    };
    let place = find_place(&program, before);
    let commands = || (CandidateKind::Words, list_commands(&program));
    let values_of = |argument: &Arg| match argument.get_value_names() {
        Some([name]) if name == "COMMAND" => commands(),
        _ => list_values(argument, names),
    };
    let nothing = (CandidateKind::Words, Vec::new());
    if let Some(flag) = place.flag {
        return complete("", current, values_of(flag));
    }
    if current.starts_with('-') && !place.is_after_dashes {
        return match current.split_once('=') {
            Some((name, value)) => {
                let flag = find_flag(place.command, name);
                let values = flag.map_or(nothing, values_of);
                complete(&format!("{name}="), value, values)
            }
            None => complete("", current, (CandidateKind::Words, list_flags(place.command))),
        };
    }
    let mut positionals =
        place.command.get_positionals().filter(|argument| !argument.is_hide_set());
    let candidates = match positionals.nth(place.positionals) {
        _ if place.is_after_help => commands(),
        Some(argument) => values_of(argument),
        None if place.command.has_subcommands() => {
            (CandidateKind::Words, list_commands(place.command))
        }
        None if current.is_empty() && !place.is_after_dashes => {
            (CandidateKind::Words, list_flags(place.command))
        }
        None => nothing,
    };
    complete("", current, candidates)
}

fn find_place<'a>(program: &'a Command, words: &[String]) -> CursorPlace<'a> {
    let mut place = CursorPlace {
        command: program,
        flag: None,
        positionals: 0,
        is_after_dashes: false,
        is_after_help: false,
    };
    for word in words {
        if place.flag.take().is_some() {
            continue;
        }
        match word.as_str() {
            _ if place.is_after_dashes => place.positionals += 1,
            "--" => place.is_after_dashes = true,
            word if word.len() > 1 && word.starts_with('-') => {
                place.flag =
                    find_flag(place.command, word).filter(|flag| flag.get_action().takes_values());
            }
            word => match place.command.find_subcommand(word) {
                Some(command) => place.command = command,
                None if word == "help" => place.is_after_help = true,
                // After its name, a view has the flags of a listing.
                None if place.command.get_name() == "view" => {
                    place.command = program.find_subcommand("list").unwrap_or(place.command);
                }
                None => place.positionals += 1,
            },
        }
    }
    place
}

/// The flag that `word` names: `--output`, or the last of `-qo`. None when its value is in the same word.
fn find_flag<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let mut flags = command.get_opts();
    if let Some(long) = word.strip_prefix("--") {
        return flags.find(|flag| flag.get_long() == Some(long));
    }
    let last = word.chars().last();
    flags.find(|flag| flag.get_short() == last)
}

fn list_commands(command: &Command) -> Vec<(String, String)> {
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    commands
        .map(|command| (command.get_name().to_owned(), first_line(command.get_about())))
        .collect()
}

fn list_flags(command: &Command) -> Vec<(String, String)> {
    let flags = command.get_arguments().filter(|argument| !argument.is_hide_set());
    flags
        .filter_map(|flag| Some((format!("--{}", flag.get_long()?), first_line(flag.get_help()))))
        .collect()
}

/// The values that `argument` can have, as far as they are known without asking the API.
fn list_values(
    argument: &Arg,
    names: &dyn Fn() -> SettingNames,
) -> (CandidateKind, Vec<(String, String)>) {
    let list = |values: Vec<(String, String)>| (CandidateKind::List, values);
    let words = |names: Vec<String>| {
        let words = names.into_iter().map(|name| (name, String::new()));
        (CandidateKind::Words, words.collect())
    };
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(word, help)| ((*word).to_owned(), (*help).to_owned())).collect()
    };
    match argument.get_id().as_str() {
        "columns" => {
            let columns = list_choices().map(|column| &column.head);
            list(columns.map(|head| (head.name.to_owned(), head.description.to_owned())).collect())
        }
        "profile" => words(names().profiles),
        "view_name" => words(names().views),
        "preset" | "preset_name" => words(names().presets),
        "glossary_word" => (CandidateKind::Words, glossary::words().collect()),
        "reason" => {
            let words = Reason::ALL.iter().map(|one| (one.word.to_owned(), one.text.to_owned()));
            (CandidateKind::Words, words.collect())
        }
        "countries" => list(pairs(COUNTRIES)),
        "currency" | "currencies" => {
            let codes = CURRENCIES.split_whitespace();
            (CandidateKind::Words, codes.map(|code| (code.to_owned(), String::new())).collect())
        }
        _ if argument.get_value_hint() == ValueHint::AnyPath => (CandidateKind::Files, Vec::new()),
        _ => {
            let kind = match argument.get_value_delimiter() {
                Some(_) => CandidateKind::List,
                None => CandidateKind::Words,
            };
            let values = argument.get_possible_values();
            let values = values.iter().filter(|value| !value.is_hide_set());
            (kind, values.map(|v| (v.get_name().to_owned(), first_line(v.get_help()))).collect())
        }
    }
}

/// Those of `values` that begin as `current` does, in any case; in a list, the last of its words counts, and those before
/// it are not offered again. `flag` stands before the value in the same word.
fn complete(
    flag: &str,
    current: &str,
    (kind, mut values): (CandidateKind, Vec<(String, String)>),
) -> Candidates {
    let comma = current.rfind(',').filter(|_| kind == CandidateKind::List);
    let (head, tail) = current.split_at(comma.map_or(0, |comma| comma + 1));
    let (tail, earlier) = (tail.to_ascii_lowercase(), head.to_ascii_lowercase());
    values.retain(|(value, _)| {
        let value = value.to_ascii_lowercase();
        value.starts_with(&tail) && !earlier.split(',').any(|word| word == value)
    });
    for (value, _) in &mut values {
        *value = format!("{flag}{head}{value}");
    }
    Candidates { kind, values }
}

fn first_line(help: Option<&StyledStr>) -> String {
    let help = help.map(StyledStr::to_string).unwrap_or_default();
    help.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition;

    fn find(line: &str) -> Candidates {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let names = || SettingNames {
            profiles: vec!["contoso".into(), "fabrikam".into()],
            views: vec!["dach".into()],
            presets: vec!["hubspot-deals".into(), "mine".into()],
        };
        find_candidates(&definition(), &words, &names)
    }

    /// The first `many` values for a line.
    fn values(line: &str, many: usize) -> Vec<String> {
        find(line).values.into_iter().map(|(value, _)| value).take(many).collect()
    }

    #[test]
    fn what_can_stand_at_the_cursor_is_offered() {
        let cases: &[(&str, &[&str])] = &[
            ("", &["pending", "expiring", "list", "view"]),
            ("exp", &["expiring"]),
            ("help exp", &["expiring"]),
            ("man li", &["list"]),
            ("--demo li", &["list"]),
            ("list --col", &["--columns", "--color"]),
            ("list --columns dea", &["deadline", "deadline_estimated"]),
            ("list --columns id,cus", &["id,customer"]),
            ("list --columns id,i", &[]),
            ("list --columns=id,cus", &["--columns=id,customer"]),
            ("list --profile ", &["contoso", "fabrikam"]),
            ("--profile f", &["fabrikam"]),
            ("list --profile contoso --country de", &["DE"]),
            ("list --country DE,A", &["DE,AD", "DE,AE", "DE,AF", "DE,AG"]),
            ("list --currency EU", &["EUR"]),
            ("decline 8f2e6c --reason t", &["timeline"]),
            ("update 030404 --stage ", &["qualified", "developed", "proposed", "negotiated"]),
            ("answer ", &["plan", "apply"]),
            ("team ", &["add"]),
            ("list --status n", &["none", "new"]),
            ("list --status active,n", &["active,none", "active,new"]),
            ("list --kind co", &["co-sell"]),
            ("list --sort va", &["value"]),
            ("pending --format js", &["json", "jsonl"]),
            ("pending -qo x --format xl", &["xlsx"]),
            ("completions z", &["zsh"]),
            ("view ", &["dach"]),
            ("view dach --cou", &["--country"]),
            ("view dach --sort va", &["value"]),
            ("preset show m", &["mine"]),
            ("list --preset hub", &["hubspot-deals"]),
            ("glossary qu", &["qualified-lead"]),
            ("glossary CR", &["CRM-id"]),
            ("show ", &[]),
            ("list --customer ", &[]),
            ("list -- --col", &[]),
            ("logout ", &["--all", "--profile"]),
            ("nothing --col", &["--color"]),
        ];
        for (line, expected) in cases {
            let found = values(line, expected.len().max(1));
            assert_eq!(found, *expected, "{line:?}");
        }
    }

    #[test]
    fn a_list_goes_on_after_a_comma_and_a_path_is_left_to_the_shell() {
        for (line, kind) in [
            ("list --columns ", CandidateKind::List),
            ("list --country ", CandidateKind::List),
            ("list --status ", CandidateKind::List),
            ("list --sort ", CandidateKind::Words),
            ("list --output ", CandidateKind::Files),
            ("list --output=", CandidateKind::Files),
            ("list -o ", CandidateKind::Files),
            ("list --token-file ", CandidateKind::Files),
            ("list ", CandidateKind::Words),
        ] {
            assert_eq!(find(line).kind, kind, "{line:?}");
        }
    }

    #[test]
    fn a_candidate_is_described_in_one_line() {
        let columns = find("list --columns custo").values;
        assert_eq!(columns, [("customer".to_owned(), "the name of the customer".to_owned())]);
        for line in ["", "list -", "list --columns ", "list --country "] {
            for (value, help) in find(line).values {
                assert!(!help.is_empty() && !help.contains('\n'), "{value}: {help:?}");
            }
        }
    }

    #[test]
    fn every_country_and_currency_is_one_that_the_flags_accept() {
        for (code, name) in COUNTRIES {
            assert!(code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()), "{code}");
            assert!(!name.is_empty(), "{code}");
        }
        assert!(COUNTRIES.is_sorted_by(|(left, _), (right, _)| left < right));
        let mut currencies = CURRENCIES.split_whitespace();
        assert!(currencies.all(|code| code.len() == 3 && code.to_uppercase() == code));
    }
}
