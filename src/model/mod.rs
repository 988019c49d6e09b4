//! The API's JSON as types. Unknown values are kept.

mod care;
mod date_value;
mod deadline;
mod fields;
mod money;
mod referral;
mod timestamp;
mod values;
mod vocabulary;

pub use care::{Care, CareTime};
pub use date_value::DateValue;
pub use deadline::{Deadline, DeadlineMark, DeadlineState, Due, TimeLeft, Urgency};
pub use fields::{Member, Solution};
pub use money::{Money, Totals};
pub use referral::{ReadAhead, Referral};
pub use timestamp::parse_timestamp;
pub use vocabulary::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};
