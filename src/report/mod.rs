//! Totals of referrals.

mod tally;

pub use tally::{Figures, Tally, Unanswered};
