//! `glossary`: explains the words of the domain.

use std::fmt::Write;

use super::glossary_entries::{ENTRIES, Entry};
use crate::context::Context;
use crate::error::{Error, Outcome, Result};
use crate::text;

/// In cells; longer lines are hard to read.
const MAX_WIDTH: usize = 80;

/// The cells of a word and the blank after it, in the list of all words.
const WORD_WIDTH: usize = 19;

/// The most words that are suggested for an unknown one.
const MAX_SUGGESTIONS: usize = 4;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals glossary
  referrals glossary lapse
  referrals glossary qualified lead")]
pub struct Args {
    /// Explain this word instead of listing all
    #[arg(id = "glossary_word", value_name = "WORD")]
    words: Vec<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let width = context.out_width().unwrap_or(MAX_WIDTH).min(MAX_WIDTH);
        let word = self.words.join(" ");
        if word.trim().is_empty() {
            let text = list_words(width);
            if !context.page(text.as_bytes()) {
                context.print(text)?;
            }
            if context.ui().is_terminal() {
                context.ui().info("`referrals glossary lapse` explains a word");
            }
            return Ok(Outcome::Done);
        }
        match find_entry(&word) {
            Some(entry) => context.print(explain(entry, width)).map(|()| Outcome::Done),
            None => Err(refuse(&word)),
        }
    }
}

/// The words as completion offers them, each with its meaning.
pub(super) fn words() -> impl Iterator<Item = (String, String)> {
    ENTRIES.iter().map(|entry| (hyphenate(entry), entry.meaning.to_owned()))
}

/// The words with all that is said of them, for the manual page.
pub(super) fn sections() -> Vec<(&'static str, String)> {
    let section = |entry: &Entry| format!("{} {} {}", entry.meaning, entry.detail, entry.advice);
    ENTRIES.iter().map(|entry| (entry.word, section(entry))).collect()
}

/// A line for each word.
fn list_words(width: usize) -> String {
    let mut text = String::new();
    for entry in ENTRIES {
        let line = format!("{:WORD_WIDTH$}{}", entry.word, entry.meaning);
        // The blanks of the column would be one.
        let (word, meaning) = line.split_at(WORD_WIDTH);
        let lines = text::wrap_words(meaning, width.saturating_sub(WORD_WIDTH).max(1), 0);
        for (number, line) in lines.iter().enumerate() {
            let word = if number == 0 { word } else { "" };
            let _ = writeln!(text, "{word:WORD_WIDTH$}{line}");
        }
    }
    text
}

fn explain(entry: &Entry, width: usize) -> String {
    let title = match entry.aliases {
        "" => entry.word.to_owned(),
        aliases => format!("{} (also {aliases})", entry.word),
    };
    let advice = format!("To do: {}", entry.advice);
    let mut lines = text::wrap_words(&title, width, 2);
    for part in [entry.meaning, entry.detail, &advice] {
        lines.extend(text::wrap_words(&format!("  {part}"), width, 2));
    }
    lines.join("\n") + "\n"
}

/// In any case, with or without hyphens and blanks, and in the plural.
fn find_entry(word: &str) -> Option<&'static Entry> {
    let find = |wanted: &str| {
        ENTRIES.iter().find(|entry| names(entry).any(|name| simplify(name) == wanted))
    };
    let wanted = simplify(word);
    find(&wanted).or_else(|| find(wanted.strip_suffix('s')?))
}

fn refuse(word: &str) -> Error {
    let error = Error::usage(format!("the glossary has no {word:?}"));
    let words: Vec<String> = suggest(word).into_iter().map(hyphenate).collect();
    let error = match &words[..] {
        [] => error,
        [near] => error.hint(format!("did you mean `referrals glossary {near}`?")),
        words => error.hint(format!("did you mean {}?", words.join(" or "))),
    };
    error.hint("`referrals glossary` lists all words")
}

/// The entries with a name of which `word` begins a part, else the one with a name that it misspells.
fn suggest(word: &str) -> Vec<&'static Entry> {
    let wanted = simplify(word);
    let begins = |part: &str| simplify(part).starts_with(&wanted);
    let is_begun = |name: &'static str| begins(name) || name.split([' ', '-']).any(begins);
    let begun = ENTRIES.iter().filter(|entry| !wanted.is_empty() && names(entry).any(is_begun));
    let begun: Vec<&Entry> = begun.take(MAX_SUGGESTIONS).collect();
    if !begun.is_empty() {
        return begun;
    }
    let nearest = text::nearest(word.trim(), ENTRIES.iter().flat_map(names));
    nearest.and_then(find_entry).into_iter().collect()
}

/// The word and its aliases.
fn names(entry: &'static Entry) -> impl Iterator<Item = &'static str> {
    let aliases = entry.aliases.split(", ").filter(|alias| !alias.is_empty());
    std::iter::once(entry.word).chain(aliases)
}

fn simplify(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The word as one argument.
fn hyphenate(entry: &Entry) -> String {
    entry.word.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_any_case_and_by_its_other_names() {
        for (word, expected) in [
            ("lapse", "lapse"),
            ("LAPSED", "lapse"),
            ("q-lead", "qualified lead"),
            ("Qualified  Lead", "qualified lead"),
            ("qualified_leads", "qualified lead"),
            ("cosell", "co-sell"),
            ("co sell", "co-sell"),
            ("externalReferenceId", "CRM id"),
            ("crm-id", "CRM id"),
            ("REF", "short id"),
            ("MPN", "partner id"),
            ("seller", "team"),
            ("deadlines", "deadline"),
            ("substatus", "status"),
            ("incoming", "direction"),
            ("status", "status"),
        ] {
            assert_eq!(find_entry(word).map(|entry| entry.word), Some(expected), "{word}");
        }
        for (word, _) in words() {
            assert!(find_entry(&word).is_some(), "{word}");
        }
    }

    #[test]
    fn an_unknown_word_is_met_with_the_nearest_ones() {
        for (word, expected) in [
            ("deadlin", &["deadline"][..]),
            ("refferal", &["referral"]),
            ("acepted", &["accepted"]),
            ("expirat", &["deadline"]),
            ("part", &["partner id", "partner-led"]),
            ("xyzzy", &[]),
            ("-", &[]),
        ] {
            let near: Vec<&str> = suggest(word).iter().map(|entry| entry.word).collect();
            assert_eq!(near, expected, "{word}");
        }
    }

    #[test]
    fn the_words_are_in_order_each_name_means_one_and_a_meaning_fits_a_line() {
        let lower = |entry: &Entry| entry.word.to_lowercase();
        assert!(ENTRIES.is_sorted_by_key(lower));
        let mut seen = Vec::new();
        for entry in ENTRIES {
            for name in names(entry).map(simplify) {
                assert!(!seen.contains(&name), "{name} stands twice");
                seen.push(name);
            }
            let end = |text: &str| text.ends_with('.');
            assert!(end(entry.meaning) && end(entry.detail) && end(entry.advice), "{}", entry.word);
        }
        let list = list_words(MAX_WIDTH);
        assert_eq!(list.lines().count(), ENTRIES.len(), "{list}");
        for width in [40, 60, MAX_WIDTH] {
            for text in ENTRIES.iter().map(|entry| explain(entry, width)).chain([list_words(width)])
            {
                for line in text.lines() {
                    assert!(text::width(line) <= width || line.contains('`'), "{line}");
                }
            }
        }
    }
}
