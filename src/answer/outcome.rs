//! Whether a change has happened, judged by what came back. "Done" needs proof, "refused" an answer that says so.

use super::goal::Goal;
use super::plan::PlannedChange;
use crate::model::Referral;

/// What came back of the one request.
#[derive(Clone, Copy, Debug)]
pub enum Reply<'a> {
    /// There was no connection to send it on.
    NotSent,
    Response {
        status: u16,
        /// Whether it says that the eTag is not the referral's any more, with 412 or in its error code (API §1.2).
        is_stale: bool,
        /// What it says of the referral.
        referral: Option<&'a Referral>,
    },
    /// It was sent, or a part of it, and no response came.
    NoResponse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    NotSent,
    Done,
    Refused,
    /// Somebody else has changed the referral since it was read.
    ChangedMeanwhile,
    /// Only another reading can tell.
    Unknown,
}

/// The decision for every reply.
pub fn conclude(change: &PlannedChange, reply: Reply<'_>) -> Conclusion {
    match reply {
        Reply::NotSent => Conclusion::NotSent,
        Reply::Response { status: 200..=299, referral: Some(referral), .. }
            if is_done(change, referral) =>
        {
            Conclusion::Done
        }
        Reply::Response { is_stale: true, status: 400..=499, .. } => Conclusion::ChangedMeanwhile,
        // The server gave up waiting (RFC 9110 §15.5.9), or a proxy did, for a request that may have been complete.
        Reply::Response { status: 408 | 499, .. } => Conclusion::Unknown,
        Reply::Response { status: 400..=499, .. } => Conclusion::Refused,
        Reply::Response { .. } | Reply::NoResponse => Conclusion::Unknown,
    }
}

/// Whether this reading of the referral proves the change: another eTag and every value that was meant.
pub fn is_done(change: &PlannedChange, referral: &Referral) -> bool {
    let is_same_referral =
        referral.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&change.id));
    is_same_referral && is_other_version(change, referral) && unseen(change, referral).is_empty()
}

/// Whether the referral was changed since it was read, by whomever.
pub fn is_other_version(change: &PlannedChange, referral: &Referral) -> bool {
    referral.e_tag.as_deref().is_some_and(|e_tag| e_tag != change.e_tag)
}

/// The fields of which this reading does not have the values that were meant.
pub fn unseen(change: &PlannedChange, referral: &Referral) -> Vec<&'static str> {
    change.goals.iter().filter(|goal| !goal.is_met(referral)).map(Goal::label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Edits, Wish, plan};

    const NEW: &str =
        r#"{"id":"1a","eTag":"\"1\"","status":"New","substatus":"Pending","direction":"Incoming"}"#;

    fn read(json: &str) -> Referral {
        Referral::parse(json).unwrap()
    }

    fn accepting() -> PlannedChange {
        let wish = Wish::Accept {
            edits: Edits { value: Some(45_000.into()), ..Edits::default() },
            team: Vec::new(),
        };
        plan(&read(NEW), &wish, &"2026-11-20T12:00:00[UTC]".parse().unwrap()).unwrap()
    }

    /// The referral as it should be, with a part of its text replaced.
    fn after(from: &str, to: &str) -> Referral {
        let json = r#"{"id":"1A","eTag":"\"2\"","status":"Active","substatus":"Accepted","details":{"dealValue":45000.00}}"#;
        assert!(from.is_empty() || json.contains(from), "{from}");
        read(&json.replacen(from, to, 1))
    }

    #[test]
    fn only_another_e_tag_and_every_value_are_done() {
        let change = accepting();
        for (from, to, unseen_fields, done) in [
            ("", "", &[][..], true),
            ("45000.00", "\"45000\"", &[], true),
            ("\\\"2\\\"", "\\\"1\\\"", &[], false),
            ("\"eTag\"", "\"x\"", &[], false),
            ("1A", "2", &[], false),
            ("Active", "New", &["status"], false),
            ("Accepted", "Pending", &["substatus"], false),
            ("45000.00", "30000", &["value"], false),
            ("45000.00", "null", &["value"], false),
            ("\"status\":\"Active\",", "", &["status"], false),
        ] {
            let referral = after(from, to);
            assert_eq!(unseen(&change, &referral), unseen_fields, "{from} {to}");
            assert_eq!(is_done(&change, &referral), done, "{from} {to}");
        }
    }

    #[test]
    fn a_reply_is_done_refused_changed_or_unknown_by_what_it_proves() {
        use Conclusion::{ChangedMeanwhile, Done, NotSent, Refused, Unknown};
        let change = accepting();
        let (good, same) = (after("", ""), after("\\\"2\\\"", "\\\"1\\\""));
        let reply = |status, is_stale, referral| Reply::Response { status, is_stale, referral };
        assert_eq!(conclude(&change, Reply::NotSent), NotSent);
        assert_eq!(conclude(&change, Reply::NoResponse), Unknown);
        for status in 100..600 {
            let expected = match status {
                408 | 499 => Unknown,
                400..=499 => Refused,
                _ => Unknown,
            };
            assert_eq!(conclude(&change, reply(status, false, None)), expected, "{status}");
            assert_eq!(conclude(&change, reply(status, false, Some(&same))), expected, "{status}");
            let with_proof = if (200..300).contains(&status) { Done } else { expected };
            assert_eq!(
                conclude(&change, reply(status, false, Some(&good))),
                with_proof,
                "{status}"
            );
            let stale = if (400..500).contains(&status) { ChangedMeanwhile } else { expected };
            assert_eq!(conclude(&change, reply(status, true, None)), stale, "{status}");
        }
    }
}
