//! Figures and news from referrals, and what people are told of one.

mod breakdown;
mod change;
#[cfg(test)]
mod days;
mod details;
mod digest;
mod first_rows;
mod groups;
mod item;
mod measures;
mod moment;
mod news;
mod open;
mod results;
mod snapshot;
mod summary;
mod tally;
mod timeline;
mod waiting;

pub use breakdown::Breakdown;
pub use change::{Change, Move, MovedField, MovedValue, News};
pub use details::{CareRow, Lapse, ReportDetails};
pub use digest::Digest;
pub use first_rows::FirstRows;
pub use groups::{Group, GroupFigures, GroupKey, Groups};
pub use item::{Contact, Item};
pub use measures::{Rate, Subtotal, TextCounts, Times};
pub use moment::{Moment, ReportPeriod};
pub use news::{Mark, Sightings, look_back};
pub use open::{AGES, Open, SalesStage};
pub use results::{Results, WinCounts};
pub use snapshot::Sighting;
pub use summary::Summary;
pub use tally::{Figures, Tally, Unanswered};
pub use timeline::{Step, StepCounts, Timeline, is_weekly};
pub use waiting::{DueCount, Waiting};
