//! What stands in a column of one referral, typed, and how people and machines read it.
//! Knows no columns and no formats.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Style;
use super::times;
use crate::model::{Deadline, Money};
use crate::text;

/// Between the parts of a list for machines; names hold commas (API §3.3).
const LIST_SEPARATOR: &str = "; ";

/// What a column holds wherever it is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    Text,
    /// Several texts.
    List,
    /// An amount; its currency is a column of its own.
    Money,
    /// An instant.
    Time,
    /// A day, sent as its midnight UTC.
    Date,
    /// The instant an answer is due.
    Deadline,
    /// Yes or no.
    Flag,
}

/// One value. Text is as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing known.
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// Several texts; never none.
    List(Vec<&'a str>),
    /// An amount.
    Money(Money),
    /// An instant.
    Time(Timestamp),
    /// A day, as its midnight UTC.
    Date(Timestamp),
    /// The instant an answer is due.
    Deadline(Deadline),
    /// Yes or no.
    Flag(bool),
}

/// One value as machines read it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// Absent.
    Empty,
    /// Text as it was sent; a list's parts are joined by `; `.
    Text(Cow<'a, str>),
    /// A number with the digits that were sent.
    Number(Decimal),
    /// An instant.
    Time(Timestamp),
    /// Yes or no.
    Flag(bool),
}

impl<'a> Cell<'a> {
    /// The value for machines.
    pub fn to_scalar(&self) -> Scalar<'_> {
        match self {
            Cell::Empty => Scalar::Empty,
            Cell::Text(text) => Scalar::Text(Cow::Borrowed(text)),
            Cell::List(parts) => Scalar::Text(parts.join(LIST_SEPARATOR).into()),
            Cell::Money(money) => Scalar::Number(money.amount),
            Cell::Time(at) | Cell::Date(at) => Scalar::Time(*at),
            Cell::Deadline(deadline) => Scalar::Time(deadline.at),
            Cell::Flag(flag) => Scalar::Flag(*flag),
        }
    }

    /// The value for people, on one line that no terminal obeys.
    pub fn display(&self, style: &Style) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => display_text(text),
            Cell::List(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| display_text(part)).collect();
                parts.join(", ")
            }
            // The currency comes from outside too.
            Cell::Money(money) => display_text(&money.to_string()),
            Cell::Time(at) => times::minute_text(*at, &style.zone),
            Cell::Date(at) => times::day_text(*at),
            Cell::Deadline(deadline) => times::deadline_text(*deadline, &style.zone, style.now),
            Cell::Flag(true) => "yes".to_owned(),
            Cell::Flag(false) => "no".to_owned(),
        }
    }

    /// Text, or nothing where there is none.
    pub(super) fn text(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Empty, |text| Cell::Text(Cow::Borrowed(text)))
    }

    /// Texts, or nothing where there are none.
    pub(super) fn list(parts: impl Iterator<Item = &'a str>) -> Cell<'a> {
        let parts: Vec<&str> = parts.collect();
        if parts.is_empty() { Cell::Empty } else { Cell::List(parts) }
    }

    /// An instant, or nothing.
    pub(super) fn time(at: Option<Timestamp>) -> Cell<'a> {
        at.map_or(Cell::Empty, Cell::Time)
    }
}

/// Outside text on one line, entities decoded, harmless.
pub(super) fn display_text(text: &str) -> String {
    text::escape_control(text::decode_entities(text).trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_harmless_text_and_machines_what_was_sent() {
        let style = Style::plain(Timestamp::UNIX_EPOCH);
        let cell = Cell::Text("Oil &amp; Gas\x1b[2J\nnext".into());
        assert_eq!(cell.display(&style), "Oil & Gas\u{241b}[2J next");
        assert_eq!(cell.to_scalar(), Scalar::Text("Oil &amp; Gas\x1b[2J\nnext".into()));
        let list = Cell::list(["A, B", "C"].into_iter());
        assert_eq!(list.display(&style), "A, B, C");
        assert_eq!(list.to_scalar(), Scalar::Text("A, B; C".into()));
        assert_eq!(Cell::list(std::iter::empty()), Cell::Empty);
    }

    #[test]
    fn an_entity_cannot_smuggle_a_control_character() {
        let style = Style::plain(Timestamp::UNIX_EPOCH);
        let shown = Cell::Text("a&#27;[31m&#x202e;&#10;b".into()).display(&style);
        assert_eq!(shown, "a\u{241b}[31m\u{fffd} b");
        let money =
            Cell::Money(Money { amount: Decimal::ONE, currency: Some("E\x1bR".to_owned()) });
        assert_eq!(money.display(&style), "1 E\u{241b}R");
    }
}
