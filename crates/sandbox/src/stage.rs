//! How far each invented referral has come, and when what happened to it.
//! Knows dates and statuses; names and money come from elsewhere.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::mixer::Mixer;

/// What kind of thing a referral is (API §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A marketplace lead: a customer asks to be contacted.
    Lead,
    /// A lead that Microsoft has looked at.
    QualifiedLead,
    /// A shared deal that Microsoft invites us to.
    CoSell,
    /// A deal that another partner invites us to.
    Partner,
    /// A deal of our own, shared with Microsoft.
    Own,
    /// A deal of our own that nobody else sees.
    Private,
    /// What the table of kinds does not cover.
    Other,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Waits for our answer until then.
    Waiting(Deadline),
    /// Waits likewise, but as `Received` (API §4.1).
    Received(Deadline),
    /// Somebody works on it.
    Active,
    /// As `Active`, with an expiration date that means nothing any more (API §4.3).
    ActiveUntilLater,
    /// Over, with this substatus.
    Closed(&'static str),
}

/// When an unanswered referral lapses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// At midnight UTC so many days ahead, after a window of so many days.
    Midnight(i64, i64),
    /// In so many minutes, two weeks after it was made.
    Minutes(i64),
    /// Unsaid; it was made so many days ago.
    Unsaid(i64),
}

/// Everything that has a date.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) expiration: Option<Timestamp>,
    pub(crate) accepted: Option<Timestamp>,
    pub(crate) closed: Option<Timestamp>,
}

/// Kind and stage of the referral at `index`. The first ones show every situation once.
pub(crate) fn situation(index: usize, mixer: &mut Mixer) -> (Kind, Stage) {
    if let Some(situation) = SHOWN.get(index) {
        return *situation;
    }
    if index.is_multiple_of(100) {
        let days = 1 + mixer.below(13);
        let kind = *mixer.pick(&[Kind::Lead, Kind::QualifiedLead, Kind::CoSell]);
        return (kind, Stage::Waiting(Deadline::Midnight(days, 14)));
    }
    let stage = match mixer.below(20) {
        0..=5 => Stage::Active,
        6 => Stage::ActiveUntilLater,
        7..=11 => Stage::Closed("Won"),
        12..=14 => Stage::Closed("Lost"),
        15..=16 => Stage::Closed("Declined"),
        _ => Stage::Closed("Expired"),
    };
    let incoming = [Kind::Lead, Kind::QualifiedLead, Kind::CoSell, Kind::Partner];
    let any = [
        Kind::Lead,
        Kind::QualifiedLead,
        Kind::CoSell,
        Kind::CoSell,
        Kind::Partner,
        Kind::Own,
        Kind::Own,
        Kind::Private,
        Kind::Other,
    ];
    // Nobody declines an own deal, or lets it lapse.
    let kind = match stage {
        Stage::Closed("Declined" | "Expired") | Stage::ActiveUntilLater => *mixer.pick(&incoming),
        _ => *mixer.pick(&any),
    };
    (kind, stage)
}

/// The dates that go with a stage. Nothing has happened after `now`.
pub(crate) fn dates(stage: Stage, kind: Kind, now: Timestamp, mixer: &mut Mixer) -> Dates {
    match stage {
        Stage::Waiting(deadline) | Stage::Received(deadline) => waiting(deadline, now, mixer),
        Stage::Active | Stage::ActiveUntilLater => active(stage, kind, now, mixer),
        Stage::Closed(substatus) => closed(substatus, kind, now, mixer),
    }
}

fn waiting(deadline: Deadline, now: Timestamp, mixer: &mut Mixer) -> Dates {
    let today = midnight(now);
    let (created, expiration) = match deadline {
        Deadline::Midnight(ahead, window) => {
            let created = today + days(ahead - window) + part_of_day(mixer);
            (created, Some(today + days(ahead)))
        }
        Deadline::Minutes(minutes) => {
            let expiration = now + SignedDuration::from_mins(minutes);
            (expiration - days(14), Some(expiration))
        }
        Deadline::Unsaid(ago) => (now - days(ago) - part_of_day(mixer) / 24, None),
    };
    let created = created.min(now);
    let updated = (created + part_of_day(mixer) / 3).min(now);
    Dates {
        created,
        updated: if mixer.chance(50) { created } else { updated },
        expiration,
        accepted: None,
        closed: None,
    }
}

fn active(stage: Stage, kind: Kind, now: Timestamp, mixer: &mut Mixer) -> Dates {
    let created = now - days(12 + mixer.below(200)) - part_of_day(mixer);
    let accepted = accepted(created, kind, mixer);
    let updated = (accepted + days(mixer.below(60)) + part_of_day(mixer)).min(now);
    let later = stage == Stage::ActiveUntilLater;
    Dates {
        created,
        updated,
        expiration: later.then(|| midnight(now) + days(120 + mixer.below(10))),
        accepted: Some(accepted),
        closed: None,
    }
}

fn closed(substatus: &str, kind: Kind, now: Timestamp, mixer: &mut Mixer) -> Dates {
    let created = now - days(16 + mixer.below(530)) - part_of_day(mixer);
    let lapsed = midnight(created) + days(14);
    let (accepted, closed) = match substatus {
        "Expired" => (None, lapsed),
        "Declined" => (None, created + days(mixer.below(9)) + part_of_day(mixer)),
        _ => {
            let accepted = accepted(created, kind, mixer);
            let end = accepted + days(3 + mixer.below(120)) + part_of_day(mixer);
            (Some(accepted), end)
        }
    };
    let closed = closed.min(now - SignedDuration::from_mins(20));
    Dates {
        created,
        updated: closed,
        expiration: (substatus == "Expired").then_some(lapsed),
        accepted,
        closed: Some(closed),
    }
}

/// An own deal counts as accepted when it is made; a capture shows 0.4 ms before that (API §3.1).
fn accepted(created: Timestamp, kind: Kind, mixer: &mut Mixer) -> Timestamp {
    match kind {
        Kind::Own | Kind::Private => created - SignedDuration::from_micros(400),
        _ => created + days(mixer.below(9)) + part_of_day(mixer),
    }
}

fn midnight(instant: Timestamp) -> Timestamp {
    let zoned = instant.to_zoned(TimeZone::UTC);
    let start = zoned.start_of_day().expect("UTC days have a beginning");
    start.timestamp()
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// Less than a day, to 100 ns.
fn part_of_day(mixer: &mut Mixer) -> SignedDuration {
    SignedDuration::from_nanos(mixer.below(864_000_000_000) * 100)
}

/// One of everything that a newcomer should see, and that a test may look for.
const SHOWN: &[(Kind, Stage)] = {
    use Deadline::{Midnight, Minutes, Unsaid};
    use Kind::{CoSell, Lead, Other, Own, Partner, Private, QualifiedLead};
    use Stage::{Active, ActiveUntilLater, Closed, Received, Waiting};
    &[
        (CoSell, Waiting(Midnight(1, 14))),
        (Own, Active),
        (Lead, Waiting(Minutes(47))),
        (QualifiedLead, Waiting(Midnight(3, 14))),
        (CoSell, Active),
        (Lead, Waiting(Midnight(-1, 14))),
        (Own, Closed("Won")),
        (CoSell, Waiting(Midnight(2, 7))),
        (Lead, Waiting(Midnight(6, 14))),
        (CoSell, ActiveUntilLater),
        (Lead, Waiting(Unsaid(5))),
        (CoSell, Waiting(Midnight(8, 14))),
        (CoSell, Closed("Declined")),
        (Partner, Waiting(Minutes(560))),
        (QualifiedLead, Waiting(Midnight(5, 7))),
        (Own, Active),
        (CoSell, Waiting(Midnight(10, 14))),
        (Lead, Closed("Expired")),
        (Lead, Waiting(Midnight(4, 14))),
        (CoSell, Received(Midnight(7, 14))),
        (CoSell, Waiting(Midnight(12, 14))),
        (Partner, Closed("Lost")),
        (QualifiedLead, Waiting(Midnight(13, 14))),
        (Partner, Waiting(Unsaid(12))),
        (CoSell, Waiting(Midnight(11, 14))),
        (Private, Active),
        (Other, Active),
        (Lead, Waiting(Midnight(14, 14))),
        (CoSell, Received(Midnight(9, 14))),
        (CoSell, Closed("Won")),
    ]
};
