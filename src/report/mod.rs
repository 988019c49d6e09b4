//! Figures and news from referrals, and what people are told of one.

mod breakdown;
mod change;
#[cfg(test)]
mod days;
mod groups;
mod item;
mod news;
mod snapshot;
mod tally;

pub use breakdown::{Breakdown, Subtotal};
pub use change::{Change, Move, MovedField, MovedValue, News};
pub use groups::{Group, GroupFigures, GroupKey, Groups};
pub use item::Item;
pub use news::{Mark, Sightings, look_back};
pub use snapshot::Sighting;
pub use tally::{Figures, Tally, Unanswered};
