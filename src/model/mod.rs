//! The API's JSON as types. Unknown values are kept.

mod deadline;
mod lenient;
mod money;
mod referral;
mod vocabulary;

pub use deadline::{Deadline, TimeLeft, Urgency};
pub use lenient::parse_timestamp;
pub use money::{Money, Totals};
pub use referral::{Member, Referral, Solution};
pub use vocabulary::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};
