//! The API's JSON as types. Unknown values are kept.

mod deadline;
mod fields;
mod money;
mod referral;
mod timestamp;
mod values;
mod vocabulary;

pub use deadline::{Deadline, TimeLeft, Urgency};
pub use fields::{Member, Solution};
pub use money::{Money, Totals};
pub use referral::{ReadAhead, Referral};
pub use timestamp::parse_timestamp;
pub use vocabulary::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};
