//! Totals of referrals, as a whole and in groups.

mod breakdown;
mod groups;
mod tally;

pub use breakdown::{Breakdown, Subtotal};
pub use groups::{Group, GroupFigures, GroupKey, Groups};
pub use tally::{Figures, Tally, Unanswered};
