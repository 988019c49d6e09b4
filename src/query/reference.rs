//! What a user may call one referral: its id, the start of its id, or a part of a name.

use uuid::Uuid;

use super::compare::name_contains;
use super::id::{SEPARATORS, normalize_id};
use crate::model::Referral;

/// In characters. A shorter start would find many ids by chance.
const MIN_START_LEN: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A whole id, as the API writes it.
    Id(String),
    /// The start of an id, or a part of a name.
    Words(Words),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    text: String,
    /// Without hyphens, in lower case; `None` for what no id starts with.
    id_start: Option<String>,
}

/// What of a referral was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceMatch {
    WholeId,
    IdStart,
    Name,
}

impl Reference {
    /// `None` for blank text.
    pub fn parse(text: &str) -> Option<Reference> {
        let id = normalize_id(text);
        if Uuid::try_parse(&id).is_ok() {
            return Some(Reference::Id(id.into_owned()));
        }
        let text = text.trim();
        (!text.is_empty()).then(|| Reference::Words(Words::new(text)))
    }
}

impl Words {
    fn new(text: &str) -> Words {
        // A table cuts an id with `…`.
        let start = text.trim_matches(SEPARATORS).trim_end_matches('…');
        let can_start_id = start.chars().count() >= MIN_START_LEN
            && start.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        Words { text: text.to_owned(), id_start: can_start_id.then(|| compact(start)) }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text that an id may start with.
    pub fn id_start(&self) -> Option<&str> {
        self.id_start.as_deref()
    }

    /// Whether the text is the start of an id rather than of a word such as `facade`.
    pub fn is_clearly_an_id(&self) -> bool {
        self.id_start.as_ref().is_some_and(|start| start.contains(|c: char| c.is_ascii_digit()))
    }

    pub fn starts(&self, id: &str) -> bool {
        self.id_start.as_ref().is_some_and(|start| compact(id).starts_with(start))
    }

    /// What of `referral` is meant; `None` if it is not meant, or has no id.
    pub fn find_in(&self, referral: &Referral) -> Option<ReferenceMatch> {
        let id = referral.id.as_deref()?;
        if id.eq_ignore_ascii_case(&self.text) {
            return Some(ReferenceMatch::WholeId);
        }
        if self.starts(id) {
            return Some(ReferenceMatch::IdStart);
        }
        let mut names = [&referral.customer_profile.name, &referral.name].into_iter().flatten();
        names.any(|name| name_contains(name, &self.text)).then_some(ReferenceMatch::Name)
    }
}

fn compact(id: &str) -> String {
    id.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7c91e4d2-08af-4b63-b5d7-1e2f3a4b5c02";

    fn words(text: &str) -> Words {
        match Reference::parse(text) {
            Some(Reference::Words(words)) => words,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn find(text: &str, row: &str) -> Option<ReferenceMatch> {
        words(text).find_in(&Referral::parse(row).unwrap())
    }

    #[test]
    fn an_id_is_known_from_text_that_may_start_one() {
        for text in [
            ID,
            "{7C91E4D2-08AF-4B63-B5D7-1E2F3A4B5C02}",
            "https://x.example/referrals/7c91e4d208af4b63b5d71e2f3a4b5c02?tab=1",
        ] {
            assert_eq!(Reference::parse(text), Some(Reference::Id(ID.to_owned())), "{text}");
        }
        for text in ["", " ", "\t"] {
            assert_eq!(Reference::parse(text), None, "{text:?}");
        }
        for (text, start) in [
            ("7c91e4", Some("7c91e4")),
            (" 7C91E4… ", Some("7c91e4")),
            ("{7c91e4d2-08", Some("7c91e4d208")),
            ("facade", Some("facade")),
            ("7c91e", None),
            ("contoso", None),
            ("7c91e4 d2", None),
            ("{}", None),
        ] {
            assert_eq!(words(text).id_start(), start, "{text}");
        }
        let clear = ["7c91e4", "facade", "contoso"].map(|text| words(text).is_clearly_an_id());
        assert_eq!(clear, [true, false, false]);
    }

    #[test]
    fn a_referral_is_found_by_the_start_of_its_id_and_by_its_names() {
        let row = r#"{"id":"7C91E4D2-08af-4b63-b5d7-1e2f3a4b5c02","name":"Oil &amp; Gas","customerProfile":{"name":"M\u00fcller GmbH"}}"#;
        let [start, name] = [ReferenceMatch::IdStart, ReferenceMatch::Name].map(Some);
        for (text, found) in [
            ("7c91e4", start),
            ("7c91e4d208", start),
            ("7c91e4d2-08AF", start),
            ("91e4d2", None),
            ("MÜLLER", name),
            ("mu\u{308}ller  gmbh", name),
            ("oil & gas", name),
            ("oil and gas", None),
        ] {
            assert_eq!(find(text, row), found, "{text}");
        }
    }

    #[test]
    fn an_id_of_another_form_is_found_whole() {
        assert_eq!(find("odd", r#"{"id":"Odd"}"#), Some(ReferenceMatch::WholeId));
        assert_eq!(find("odd", r#"{"id":"odder"}"#), None);
        assert_eq!(find("odd", r#"{"name":"odd"}"#), None);
    }
}
