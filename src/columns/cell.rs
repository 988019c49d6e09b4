//! The typed values of a row.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::model::{DateValue, Deadline, DeadlineState, Money, Referral};

/// Not a comma: product names contain commas (API §3.3).
const LIST_SEPARATOR: &str = "; ";

/// The type of all cells of a column that are not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Text,
    List,
    /// The currency is a column of its own.
    Money,
    Time,
    Date,
    Deadline,
    Flag,
    Count,
}

impl Shape {
    /// Numbers stand below one another by their last digit.
    pub fn is_right_aligned(self) -> bool {
        matches!(self, Shape::Money | Shape::Count)
    }
}

/// Text is as received: it may contain entities and control characters.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    /// Never an empty list.
    List(Vec<&'a str>),
    Money(Money),
    Time(Timestamp),
    Date(Date),
    Deadline(Deadline),
    NoDate(NoDate),
    Flag(bool),
    Count(usize),
}

/// What stands in the place of a date. Only people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDate {
    Never,
    Unreadable,
    NoAnswerNeeded,
}

impl NoDate {
    pub fn as_str(self) -> &'static str {
        match self {
            NoDate::Never => "never",
            NoDate::Unreadable => "unreadable",
            NoDate::NoAnswerNeeded => "no answer needed",
        }
    }
}

/// The value of a cell in a machine-readable format.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    Empty,
    /// A list is joined with `; `.
    Text(Cow<'a, str>),
    /// With all digits that were received.
    Number(Decimal),
    Time(Timestamp),
    Date(Date),
    Flag(bool),
}

impl<'a> Cell<'a> {
    pub fn to_scalar(&self) -> Scalar<'_> {
        match self {
            Cell::Empty | Cell::NoDate(_) => Scalar::Empty,
            Cell::Text(text) => Scalar::Text(Cow::Borrowed(text)),
            Cell::List(parts) => Scalar::Text(parts.join(LIST_SEPARATOR).into()),
            Cell::Money(money) => Scalar::Number(money.amount),
            Cell::Time(time) => Scalar::Time(*time),
            Cell::Date(day) => Scalar::Date(*day),
            Cell::Deadline(deadline) => Scalar::Time(deadline.at),
            Cell::Flag(flag) => Scalar::Flag(*flag),
            Cell::Count(count) => Scalar::Number((*count).into()),
        }
    }

    pub(super) fn text(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Empty, |text| Cell::Text(Cow::Borrowed(text)))
    }

    /// Empty for an empty list.
    pub fn list(parts: impl Iterator<Item = &'a str>) -> Cell<'a> {
        let parts: Vec<&str> = parts.collect();
        if parts.is_empty() { Cell::Empty } else { Cell::List(parts) }
    }

    pub(super) fn time(date: DateValue) -> Cell<'a> {
        match date {
            DateValue::At(time) => Cell::Time(time),
            DateValue::Missing => Cell::Empty,
            DateValue::Never => Cell::NoDate(NoDate::Never),
            DateValue::Unreadable => Cell::NoDate(NoDate::Unreadable),
        }
    }

    pub(super) fn closing_day(date: DateValue) -> Cell<'a> {
        date.closing_day().map_or_else(|| Cell::time(date), Cell::Date)
    }

    pub(super) fn deadline(referral: &Referral) -> Cell<'a> {
        let dates = [referral.expiration, referral.created];
        match DeadlineState::of(referral) {
            DeadlineState::At(deadline) => Cell::Deadline(deadline),
            DeadlineState::Never => Cell::NoDate(NoDate::Never),
            DeadlineState::NoAnswerNeeded => Cell::NoDate(NoDate::NoAnswerNeeded),
            DeadlineState::Unknown if dates.contains(&DateValue::Unreadable) => {
                Cell::NoDate(NoDate::Unreadable)
            }
            DeadlineState::Unknown | DeadlineState::Answered => Cell::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_joined_and_an_empty_list_is_an_empty_cell() {
        let list = Cell::list(["A, B", "C"].into_iter());
        assert_eq!(list.to_scalar(), Scalar::Text("A, B; C".into()));
        assert_eq!(Cell::list(std::iter::empty()), Cell::Empty);
    }
}
