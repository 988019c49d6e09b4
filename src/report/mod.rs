//! Totals of referrals.

mod breakdown;
mod tally;

pub use breakdown::{Breakdown, Group};
pub use tally::{Figures, Tally, Unanswered};
