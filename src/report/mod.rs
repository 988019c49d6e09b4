//! Figures from referrals.

mod tally;

pub use tally::Tally;
