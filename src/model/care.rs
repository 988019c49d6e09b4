//! What open deals lack: what somebody has to look after, though no deadline asks for it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Referral, Status};

/// An open deal without an update for longer than this is stale.
const STALE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A reason why an open deal needs care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Care {
    /// The day on which it was expected to close is over.
    PastClosing,
    /// It has no id of our CRM.
    NoCrmId,
    /// Nobody is on our team.
    NoTeam,
    NoValue,
    /// It was not updated for 30 days.
    Stale,
}

/// The time by which care is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CareTime {
    pub now: Timestamp,
    /// The reader's day.
    pub today: Date,
}

impl Care {
    pub const ALL: [Care; 5] =
        [Care::PastClosing, Care::NoCrmId, Care::NoTeam, Care::NoValue, Care::Stale];

    pub fn as_str(self) -> &'static str {
        match self {
            Care::PastClosing => "past closing",
            Care::NoCrmId => "no CRM id",
            Care::NoTeam => "no team",
            Care::NoValue => "no value",
            Care::Stale => "stale",
        }
    }

    /// The reasons why the referral needs care; none unless it is Active and not for information only (API §4.7).
    pub fn of(referral: &Referral, time: CareTime) -> Vec<Care> {
        if referral.known_status() != Some(&Status::Active) || referral.needs_no_answer() {
            return Vec::new();
        }
        Care::ALL.into_iter().filter(|care| care.applies_to(referral, time)).collect()
    }

    fn applies_to(self, referral: &Referral, time: CareTime) -> bool {
        match self {
            Care::PastClosing => {
                referral.details.closing.closing_day().is_some_and(|day| day < time.today)
            }
            Care::NoCrmId => referral.external_reference_id.is_none(),
            Care::NoTeam => referral.team.is_empty(),
            Care::NoValue => referral.value().is_none(),
            Care::Stale => {
                let updated = referral.updated.time().or(referral.created.time());
                updated.is_some_and(|updated| time.now.duration_since(updated) > STALE)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_deal_needs_care_for_each_thing_it_lacks() {
        let time = CareTime {
            now: "2026-11-21T12:00:00Z".parse().unwrap(),
            today: "2026-11-21".parse().unwrap(),
        };
        let complete = r#""status":"Active","externalReferenceId":"C-1","team":[{"email":"a@b.example"}],
            "updatedDateTime":"2026-10-22T12:00:00Z","details":{"dealValue":0,"closingDateTime":"2026-11-21"}"#;
        let changed = |from: &str, to: &str| {
            assert!(complete.contains(from), "{from}");
            format!("{{{}}}", complete.replace(from, to))
        };
        for (json, care) in [
            (changed("C-1", "C-1"), vec![]),
            (changed("\"2026-11-21\"", "\"2026-11-20\""), vec![Care::PastClosing]),
            // The midnight of a zone that is ahead of UTC.
            (changed("\"2026-11-21\"", "\"2026-11-20T16:00:00Z\""), vec![]),
            (changed("\"2026-11-21\"", "null"), vec![]),
            (changed("C-1", " "), vec![Care::NoCrmId]),
            (changed(r#"{"email":"a@b.example"}"#, "{}"), vec![Care::NoTeam]),
            (changed("\"dealValue\":0", "\"dealValue\":null"), vec![Care::NoValue]),
            (changed("10-22T12:00:00Z", "10-22T11:59:59Z"), vec![Care::Stale]),
            (
                changed("updatedDateTime\":\"2026-10-22", "createdDateTime\":\"2026-10-21"),
                vec![Care::Stale],
            ),
            (changed("Active", "New"), vec![]),
            (changed("Active", "Closed"), vec![]),
            (r#"{"status":"Active","callToAction":"FreeTrial"}"#.to_owned(), vec![]),
            (r#"{"status":"active"}"#.to_owned(), vec![Care::NoCrmId, Care::NoTeam, Care::NoValue]),
        ] {
            assert_eq!(Care::of(&Referral::parse(&json).unwrap(), time), care, "{json}");
        }
    }
}
