//! What has happened to a referral.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Item;
use crate::model::{DeadlineState, Money};

/// A piece of news, and the referral as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub item: Item,
    pub news: News,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It has arrived, or we have created it.
    New,
    Accepted,
    Declined,
    Moved(Move),
    /// Something of it was changed, and what it was before is not known.
    Updated,
    Won,
    Lost,
    /// In another way than the others; the item's state says how.
    Closed,
    /// It was not answered in time.
    Lapsed,
    /// It can no longer be read with this account. The item has no more than its id and the deal's name.
    Gone,
}

impl News {
    /// One word for people and programs.
    pub fn word(&self) -> &'static str {
        match self {
            News::New => "new",
            News::Accepted => "accepted",
            News::Declined => "declined",
            News::Moved(_) => "moved",
            News::Updated => "updated",
            News::Won => "won",
            News::Lost => "lost",
            News::Closed => "closed",
            News::Lapsed => "lapsed",
            News::Gone => "gone",
        }
    }

    /// The words in the order in which news are told.
    pub const WORDS: [&str; 10] = [
        "new", "accepted", "declined", "moved", "updated", "won", "lost", "closed", "lapsed",
        "gone",
    ];

    fn rank(&self) -> Option<usize> {
        News::WORDS.iter().position(|word| *word == self.word())
    }
}

/// A value that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub field: MovedField,
    pub old: MovedValue,
    pub new: MovedValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovedField {
    /// Status or substatus, where no other news says it.
    State,
    Stage,
    Value,
    /// The day on which the deal is expected to close.
    Closing,
    Deadline,
    Team,
    /// The name of the deal.
    Name,
}

impl MovedField {
    pub fn word(self) -> &'static str {
        match self {
            MovedField::State => "state",
            MovedField::Stage => "stage",
            MovedField::Value => "value",
            MovedField::Closing => "closing",
            MovedField::Deadline => "deadline",
            MovedField::Team => "team",
            MovedField::Name => "name",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MovedValue {
    Nothing,
    Text(String),
    Money(Money),
    Day(Date),
    Time(Timestamp),
    /// The team, of which only the number is remembered.
    Members(usize),
    /// The e-mail addresses of the team.
    People(Vec<String>),
}

impl MovedValue {
    pub(super) fn of_text(text: Option<&str>) -> MovedValue {
        text.map_or(MovedValue::Nothing, |text| MovedValue::Text(text.to_owned()))
    }

    /// `amount` in digits.
    pub(super) fn of_money(amount: Option<&str>, currency: Option<&str>) -> MovedValue {
        let Some(amount) = amount else { return MovedValue::Nothing };
        let currency = currency.map(str::to_owned);
        match amount.parse::<Decimal>() {
            Ok(amount) => MovedValue::Money(Money { amount, currency }),
            Err(_) => MovedValue::Text(amount.to_owned()),
        }
    }

    /// For programs: amounts and times as the columns of a listing have them.
    pub fn to_plain_text(&self) -> Option<String> {
        Some(match self {
            MovedValue::Nothing => return None,
            MovedValue::Text(text) => text.clone(),
            MovedValue::Money(Money { amount, currency: Some(currency) }) => {
                format!("{amount} {currency}")
            }
            MovedValue::Money(Money { amount, currency: None }) => amount.to_string(),
            MovedValue::Day(day) => day.to_string(),
            MovedValue::Time(time) => time.to_string(),
            MovedValue::Members(count) => count.to_string(),
            MovedValue::People(people) => people.join("; "),
        })
    }
}

/// What needs an answer first, and then in the order in which a referral lives.
pub(super) fn compare_order(left: &Change, right: &Change) -> Ordering {
    let deadline = |change: &Change| match change.item.deadline {
        DeadlineState::At(deadline) => Some(deadline.at),
        _ => None,
    };
    let deadlines = match (deadline(left), deadline(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (left, right) => right.is_some().cmp(&left.is_some()),
    };
    let ranks = left.news.rank().cmp(&right.news.rank());
    ranks.then(deadlines).then_with(|| left.item.id.cmp(&right.item.id))
}
