//! Finds what was probably meant by a command line that cannot be parsed, also across commands, flags and their values.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use self::words::{COMMANDS, FLAGS, VALUES, suggested_value};
use crate::text::nearest;

mod words;

/// What `pending` and `expiring` set themselves.
const FIXED: [&str; 5] = ["status", "substatus", "incoming", "outgoing", "pending"];

/// Flags whose values name properties, as those of other flags do for another purpose.
const PROPERTY_FLAGS: [&str; 2] = ["sort", "by"];

/// Values that several flags have, or that say nothing about which is meant.
const VAGUE_VALUES: [&str; 3] = ["none", "other", "error"];

/// What was probably meant by `arguments`, which `program` refuses with `error`; a command or flag stands in backticks.
pub fn find_hint(
    error: &clap::Error,
    arguments: &[OsString],
    mut program: Command,
) -> Option<String> {
    // Only then has each command the global flags too.
    program.build();
    let arguments: Vec<String> =
        arguments.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let command = arguments.iter().find_map(|argument| program.find_subcommand(argument));
    let line =
        Line { program: &program, command: command.unwrap_or(&program), arguments: &arguments };
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => line.find_command(text(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => {
            let argument = text(ContextKind::InvalidArg);
            let negative = line.find_signed_value();
            match argument.strip_prefix("--") {
                Some(name) => negative.or_else(|| line.find_flag(name)),
                None => negative.or_else(|| line.find_word(argument)),
            }
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let flag = text(ContextKind::InvalidArg).split(' ').next().unwrap_or_default();
            let value = text(ContextKind::InvalidValue);
            if value.is_empty() { line.find_signed_value() } else { line.find_value(flag, value) }
        }
        _ => None,
    }
}

/// A command line that cannot be parsed.
#[derive(Clone, Copy)]
struct Line<'a> {
    program: &'a Command,
    /// That of the line; the program where none is named.
    command: &'a Command,
    arguments: &'a [String],
}

impl Line<'_> {
    fn find_command(&self, word: &str) -> Option<String> {
        let lower = word.to_lowercase();
        // `auth login`, as gh has it.
        let follows_word = |known: &str| {
            let [first, second, ..] = self.arguments else { return false };
            first == word && second == known
        };
        if lower == "auth" && follows_word("logout") {
            return Some(ask("referrals logout"));
        }
        if lower == "auth" && follows_word("status") {
            return Some(ask("referrals status"));
        }
        // One referral, not a listing of those that are.
        let named = self.arguments.iter().skip(1).any(|argument| !argument.starts_with('-'));
        match lower.as_str() {
            "won" if named => return Some(ask("referrals close ID --won")),
            "lost" if named => return Some(ask("referrals close ID --lost --reason WORD")),
            "declined" if named => return Some(ask("referrals decline ID --reason WORD")),
            "accepted" if named => return Some(ask("referrals accept ID")),
            _ => {}
        }
        if let Some((_, line)) = COMMANDS.iter().find(|(words, _)| words.contains(&&*lower)) {
            return Some(ask(line));
        }
        let list = self.program.find_subcommand("list")?;
        if let Some((flag, value)) = find_flag_of_value(list, word) {
            return Some(ask(&format!("referrals list --{flag} {value}")));
        }
        let commands = self.program.get_subcommands().map(Command::get_name);
        nearest(word, commands).map(|command| ask(&format!("referrals {command}")))
    }

    /// `name` has no hyphens in front.
    fn find_flag(&self, name: &str) -> Option<String> {
        let name = name.split('=').next().unwrap_or_default();
        let lower = name.to_lowercase();
        let command = self.command.get_name();
        if lower == "yes" && has_flag(self.command, "confirm") {
            return Some(
                "a yes is not enough here: `--confirm NAME` names the customer".to_owned(),
            );
        }
        if FIXED.contains(&name) && ["pending", "expiring"].contains(&command) {
            let line = match self.value_after(name) {
                Some(value) => format!("referrals list --{name} {value}"),
                None => format!("referrals list --{name}"),
            };
            let hint = format!("`{command}` has a fixed status and direction: `{line}`");
            return Some(hint);
        }
        if let Some((flag, value)) = find_flag_of_value(self.command, name) {
            return Some(ask(&format!("--{flag} {value}")));
        }
        let listed = FLAGS
            .iter()
            .find(|(words, flag)| words.contains(&&*lower) && has_flag(self.command, flag));
        if let Some((_, flag)) = listed {
            return Some(ask(&format!("--{flag}")));
        }
        if lower == "all" && has_flag(self.command, "limit") {
            return Some("0 shows all: `--limit 0`".to_owned());
        }
        if lower == "overdue" && has_flag(self.command, "sort") {
            return Some(ask("referrals expiring --within 0d"));
        }
        let others: Vec<String> = self
            .program
            .get_subcommands()
            .filter(|command| has_flag(command, name))
            .map(|command| format!("`referrals {} --{name}`", command.get_name()))
            .collect();
        if !others.is_empty() {
            return Some(format!("it is a flag of another command: {}", others.join(", ")));
        }
        nearest(&lower, visible_flags(self.command)).map(|flag| ask(&format!("--{flag}")))
    }

    /// What is meant by a word where only flags may stand.
    fn find_word(&self, word: &str) -> Option<String> {
        if word.starts_with('-') {
            return None;
        }
        if let Some((flag, value)) = find_flag_of_value(self.command, word) {
            return Some(ask(&format!("--{flag} {value}")));
        }
        let takes_words = self.command.get_positionals().next().is_some();
        if takes_words || !has_flag(self.command, "customer") || !is_plain(word) {
            return None;
        }
        Some(format!("to search for a customer: `--customer {word}`"))
    }

    /// `flag` is the name with its hyphens, or the placeholder of an argument without a name.
    fn find_value(&self, flag: &str, value: &str) -> Option<String> {
        let Some(name) = flag.strip_prefix("--") else { return self.find_argument(value) };
        let flag = self.command.get_arguments().find(|flag| flag.get_long() == Some(name))?;
        let known = words_of(flag);
        let lower = value.to_lowercase();
        let is_listed =
            |(flag, words, _): &&(&str, &[&str], &str)| *flag == name && words.contains(&&*lower);
        if let Some((_, _, hint)) = VALUES.iter().find(is_listed) {
            let word = suggested_value(hint);
            return if known.iter().any(|known| known == word) {
                Some((*hint).to_owned())
            } else {
                self.find_command_with(name, word)
            };
        }
        // Numbers and dates are no misspellings.
        if known.is_empty() {
            return None;
        }
        let other = find_flag_of_value(self.command, value);
        let is_property = |name: &str| PROPERTY_FLAGS.contains(&name);
        match other {
            Some((other, word)) if !is_property(name) && !is_property(&other) => {
                let hint = format!("{word} is a value of --{other}: `--{other} {word}`");
                return Some(match self.program.find_subcommand(&word) {
                    Some(_) => format!("{hint}, or `referrals {word}`"),
                    None => hint,
                });
            }
            _ => {}
        }
        if let Some(word) = nearest(value, known.iter().map(String::as_str)) {
            return Some(ask(&format!("--{name} {word}")));
        }
        if is_property(name) {
            return Some(format!("`--{name}` takes {}", known.join(", ")));
        }
        self.find_command_with(name, &lower)
    }

    /// What is meant by a word that stands in the place of an argument without a name.
    fn find_argument(&self, value: &str) -> Option<String> {
        let command = self.command.get_name();
        let lower = value.to_lowercase();
        // `answer accept`
        if command == "answer" {
            let line = match lower.as_str() {
                "reject" => Some("referrals decline ID --reason WORD".to_owned()),
                word => self.program.find_subcommand(word).map(|_| format!("referrals {word} ID")),
            };
            if let Some(line) = line {
                return Some(ask(&line));
            }
        }
        let known = words_of(self.command.get_positionals().next()?);
        let near = nearest(value, known.iter().map(String::as_str))?;
        Some(ask(&format!("referrals {command} {near}")))
    }

    /// Another command whose flag of this name takes this word.
    fn find_command_with(&self, name: &str, word: &str) -> Option<String> {
        let takes = |flag: &Arg| {
            flag.get_long() == Some(name) && words_of(flag).iter().any(|known| known == word)
        };
        let mut commands = self.program.get_subcommands();
        let command = commands.find(|command| command.get_arguments().any(takes))?.get_name();
        Some(format!("another command has it: `referrals {command} --{name} {word}`"))
    }

    /// A value with a sign after a flag, which looks like a flag itself: `--sort -value`, `--within -3d`.
    fn find_signed_value(&self) -> Option<String> {
        self.arguments.windows(2).find_map(|pair| {
            let name = pair[0].strip_prefix("--")?;
            let value = pair[1].strip_prefix('-').filter(|value| is_plain(value))?;
            let argument =
                self.command.get_arguments().find(|argument| argument.get_long() == Some(name))?;
            if name == "sort" {
                let word = words_of(argument).into_iter().find(|word| word == value)?;
                return Some(ask(&format!("--sort {word} --desc")));
            }
            let takes_value = argument.get_action().takes_values();
            if !takes_value || !value.starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            Some(match name {
                "within" => format!("a span counts ahead and has no sign: `--{name} {value}`"),
                _ => format!("without a sign: `--{name} {value}`"),
            })
        })
    }

    /// The value that the line gives a flag, where it can be repeated as it is.
    fn value_after(&self, name: &str) -> Option<&str> {
        let value = self.arguments.iter().enumerate().find_map(|(index, argument)| {
            let rest = argument.strip_prefix("--")?.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => self.arguments.get(index + 1).map(String::as_str),
                None => None,
            }
        })?;
        let known = self.program.find_subcommand("list")?.get_arguments();
        let known: Vec<String> =
            known.filter(|argument| argument.get_long() == Some(name)).flat_map(words_of).collect();
        known.iter().any(|word| word == value).then_some(value)
    }
}

fn ask(line: &str) -> String {
    format!("did you mean `{line}`?")
}

/// The flag of `command` that has this value, and the value as it is written.
fn find_flag_of_value(command: &Command, value: &str) -> Option<(String, String)> {
    let value = value.to_lowercase();
    if VAGUE_VALUES.contains(&&*value) {
        return None;
    }
    command.get_opts().find_map(|argument| {
        let name = argument.get_long()?;
        // Not those of every command, such as `always` of --color.
        if argument.is_global_set() {
            return None;
        }
        let known = argument.get_possible_values();
        let found = known.iter().find(|known| known.matches(&value, true))?;
        Some((name.to_owned(), found.get_name().to_owned()))
    })
}

fn words_of(argument: &Arg) -> Vec<String> {
    argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

fn has_flag(command: &Command, name: &str) -> bool {
    visible_flags(command).any(|flag| flag == name)
}

fn visible_flags(command: &Command) -> impl Iterator<Item = &str> {
    let visible = command.get_arguments().filter(|argument| !argument.is_hide_set());
    visible.filter_map(Arg::get_long)
}

/// Whether every shell takes `word` as it is.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | ':');
    !word.is_empty() && word.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition;

    #[test]
    fn every_line_flag_and_value_of_the_tables_exists() {
        let parses = |line: &str| match definition().try_get_matches_from(line.split(' ')) {
            Ok(_) => true,
            Err(error) => !error.use_stderr(),
        };
        for (_, line) in COMMANDS {
            assert!(parses(line), "{line}");
        }
        let mut program = definition();
        program.build();
        for (words, flag) in FLAGS {
            let has = program.get_subcommands().any(|command| has_flag(command, flag));
            assert!(has, "{words:?}: --{flag}");
        }
        for (flag, words, hint) in VALUES {
            let suggested = hint.split('`').nth(1).unwrap();
            let line = |command: &str| format!("referrals {command} {suggested}");
            assert!(parses(&line("list")) || parses(&line("pending")), "{suggested}");
            for word in *words {
                assert!(!parses(&format!("referrals list --{flag} {word}")), "{flag} {word}");
            }
        }
    }
}
