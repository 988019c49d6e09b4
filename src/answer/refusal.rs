//! Why an answer is not sent.

use crate::error::Error;

/// Why a wish cannot be fulfilled, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Lower case, without a full stop.
    pub what: String,
    /// What to do; a command stands in backticks.
    pub next: String,
}

impl Refusal {
    pub(super) fn new(what: impl Into<String>, next: impl Into<String>) -> Refusal {
        Refusal { what: what.into(), next: next.into() }
    }

    /// The first as the error and the others as its details; nothing was sent.
    pub fn to_error(refusals: &[Refusal]) -> Error {
        let first = refusals.first().map_or("nothing can be changed", |first| &first.what);
        let others = refusals.iter().skip(1).map(|other| other.what.clone());
        let error = Error::failure(first).with_details(others);
        let error = refusals.iter().fold(error, |error, refusal| error.hint(&*refusal.next));
        error.detail("nothing was sent")
    }
}
