//! What a reading sees of a referral, and what is remembered of it to be compared later.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Item;
use super::change::{Move, MovedField, MovedValue};
use crate::model::{DeadlineState, Direction, Referral, Status, Substatus};

/// A referral as a reading found it.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub item: Item,
    pub status: Option<Status>,
    pub substatus: Option<Substatus>,
    pub is_incoming: bool,
    pub updated: Option<Timestamp>,
    pub accepted: Option<Timestamp>,
    /// When it was closed; for one that has lapsed and lacks the date, when it did.
    pub closed: Option<Timestamp>,
    /// Whether the user wants to be told of it.
    pub is_wanted: bool,
}

impl Sighting {
    pub fn of(referral: &Referral, is_wanted: bool) -> Sighting {
        let lapsed = || {
            let has_lapsed = referral.substatus == Some(Substatus::Expired);
            referral.expiration.time().filter(|_| has_lapsed)
        };
        Sighting {
            item: Item::of(referral),
            status: referral.known_status().cloned(),
            substatus: referral.substatus.clone(),
            is_incoming: referral.direction == Some(Direction::Incoming),
            updated: referral.updated.time(),
            accepted: referral.accepted.time(),
            closed: referral.closed.time().or_else(lapsed),
            is_wanted,
        }
    }

    /// Ids differ in case between the API's answers.
    pub fn key(&self) -> String {
        self.item.id.to_ascii_lowercase()
    }

    /// Soonest deadline first, then those of which none is known, then those without one.
    pub fn sort_key(&self) -> (u8, Option<Timestamp>, &str) {
        let (class, at) = match self.item.deadline {
            DeadlineState::At(deadline) => (0, Some(deadline.at)),
            DeadlineState::Unknown => (1, None),
            DeadlineState::Never | DeadlineState::NoAnswerNeeded | DeadlineState::Answered => {
                (2, None)
            }
        };
        (class, at, &self.item.id)
    }

    pub fn is_waiting(&self) -> bool {
        self.is_incoming && self.status == Some(Status::New)
    }
}

/// What is remembered of an open referral. Of people no more than hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// `New`, `Active`.
    pub(super) status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) updated: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// In digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closing: Option<Date>,
    /// While it waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<Timestamp>,
    /// A hash of each address, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    team: Vec<String>,
}

impl Snapshot {
    pub(super) fn of(sighting: &Sighting, status: &str) -> Snapshot {
        let item = &sighting.item;
        let key = sighting.key();
        let mut team: Vec<String> =
            item.sellers.iter().map(|address| hash_address(&key, address)).collect();
        team.sort_unstable();
        team.dedup();
        let value = item.value.as_ref();
        Snapshot {
            status: status.to_owned(),
            updated: sighting.updated,
            name: item.deal.clone(),
            stage: item.stage.clone(),
            amount: value.map(|money| money.amount.normalize().to_string()),
            currency: value.and_then(|money| money.currency.clone()),
            closing: item.closing,
            deadline: match item.deadline {
                DeadlineState::At(deadline) => Some(deadline.at),
                _ => None,
            },
            team,
        }
    }

    /// What is different in `new`, the snapshot of `sighting`.
    pub(super) fn moves_to(&self, new: &Snapshot, sighting: &Sighting) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut push = |field, old, new| {
            if old != new {
                moves.push(Move { field, old, new });
            }
        };
        let text = |text: &Option<String>| MovedValue::of_text(text.as_deref());
        let money =
            |it: &Snapshot| MovedValue::of_money(it.amount.as_deref(), it.currency.as_deref());
        let day = |day: Option<Date>| day.map_or(MovedValue::Nothing, MovedValue::Day);
        let time = |time: Option<Timestamp>| time.map_or(MovedValue::Nothing, MovedValue::Time);
        push(MovedField::Stage, text(&self.stage), text(&new.stage));
        push(MovedField::Value, money(self), money(new));
        push(MovedField::Closing, day(self.closing), day(new.closing));
        // An answered referral has no deadline.
        if self.status == new.status {
            push(MovedField::Deadline, time(self.deadline), time(new.deadline));
        }
        push(MovedField::Name, text(&self.name), text(&new.name));
        if self.team != new.team {
            let old = match self.team.len() {
                0 => MovedValue::Nothing,
                count => MovedValue::Members(count),
            };
            let people = sighting.item.sellers.clone();
            let new =
                if people.is_empty() { MovedValue::Nothing } else { MovedValue::People(people) };
            moves.push(Move { field: MovedField::Team, old, new });
        }
        moves
    }
}

/// Of 64 bits. With the referral's id, so that the file does not tell who is on the team of several.
fn hash_address(id: &str, address: &str) -> String {
    let text = format!("{id} {}", address.trim().to_lowercase());
    let hash = Sha256::digest(text.as_bytes());
    let mut start = [0; 8];
    start.copy_from_slice(&hash[..8]);
    format!("{:016x}", u64::from_be_bytes(start))
}
