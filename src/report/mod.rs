//! Figures and news from referrals, and what people are told of one.

mod breakdown;
mod groups;
mod item;
mod tally;

pub use breakdown::{Breakdown, Subtotal};
pub use groups::{Group, GroupFigures, GroupKey, Groups};
pub use item::Item;
pub use tally::{Figures, Tally, Unanswered};
