//! What an answer to a referral changes, whether it can be given, and whether it has arrived. Values in, values out: the
//! request itself is `api`'s.

mod checks;
mod differences;
mod goal;
mod operation;
mod outcome;
mod plan;
mod reason;
mod refusal;
mod set_back;
mod wish;

pub use differences::{FieldChange, differences, state};
pub use outcome::{Conclusion, Reply, conclude, is_done, is_other_version, unseen};
pub use plan::{PlannedChange, Severity, plan};
pub use reason::Reason;
pub use refusal::Refusal;
pub use set_back::SetBack;
pub use wish::{Edits, NewMember, Stage, Verb, Wish};
