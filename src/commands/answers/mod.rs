//! What the commands that change referrals have in common: their flags, what is shown before, the question, and what is
//! said afterwards.

mod batch;
mod batch_file;
mod consent;
mod flags;
mod preview;
mod single;

pub(super) use batch::{Application, make_plan};
pub(super) use consent::Consent;
pub(super) use flags::{
    AnswerEdits, ConfirmFlags, DealFlags, DryRunFlags, YesFlags, explain_reasons, parse_email,
    parse_reason,
};
pub(super) use single::answer_one;
