//! The typed value of a column in one row.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::model::{Deadline, Money};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_one_text_for_machines_and_an_empty_one_no_value() {
        let list = Cell::list(["A, B", "C"].into_iter());
        assert_eq!(list.to_scalar(), Scalar::Text("A, B; C".into()));
        assert_eq!(Cell::list(std::iter::empty()), Cell::Empty);
    }
}
