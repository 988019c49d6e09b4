//! The kind, status and dates of each generated referral.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::prng::SplitMix64;

/// What a referral is: the combinations of type, qualification and direction (API §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScenarioKind {
    /// A marketplace lead: a customer asks to be contacted.
    Lead,
    /// A lead that Microsoft has qualified.
    QualifiedLead,
    /// A co-sell opportunity that Microsoft shares.
    CoSell,
    /// A co-sell opportunity that another partner shares.
    Partner,
    /// An own deal, shared with Microsoft.
    Own,
    /// An own deal that is not shared.
    Private,
    /// A combination that API §4.2 does not list.
    Other,
}

/// Where a referral is in its lifecycle (API §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// New and unanswered.
    Pending(Expiration),
    /// Likewise, with the substatus `Received`.
    Received(Expiration),
    Active,
    /// Active, with an expiration date that has no meaning any more (API §4.3).
    ActiveWithExpiration,
    /// Closed with this substatus.
    Closed(&'static str),
}

/// When an unanswered referral expires, relative to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiration {
    /// At midnight UTC, this many days ahead; it was created the second number of days before that.
    Midnight(i64, i64),
    /// In this many minutes; it was created two weeks before that.
    Minutes(i64),
    /// Without a date; it was created this many days ago.
    Missing(i64),
}

/// The timestamps of a referral.
#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) expiration: Option<Timestamp>,
    pub(crate) accepted: Option<Timestamp>,
    pub(crate) closed: Option<Timestamp>,
}

/// Kind and stage of the referral at `index`. The first ones cover every case once.
pub(crate) fn choose_scenario(index: usize, rng: &mut SplitMix64) -> (ScenarioKind, Stage) {
    if let Some(scenario) = FIRST_SCENARIOS.get(index) {
        return *scenario;
    }
    if index.is_multiple_of(100) {
        let days = 1 + rng.below(13);
        let kind =
            *rng.pick(&[ScenarioKind::Lead, ScenarioKind::QualifiedLead, ScenarioKind::CoSell]);
        return (kind, Stage::Pending(Expiration::Midnight(days, 14)));
    }
    let stage = match rng.below(20) {
        0..=5 => Stage::Active,
        6 => Stage::ActiveWithExpiration,
        7..=11 => Stage::Closed("Won"),
        12..=14 => Stage::Closed("Lost"),
        15..=16 => Stage::Closed("Declined"),
        _ => Stage::Closed("Expired"),
    };
    let incoming = [
        ScenarioKind::Lead,
        ScenarioKind::QualifiedLead,
        ScenarioKind::CoSell,
        ScenarioKind::Partner,
    ];
    let any = [
        ScenarioKind::Lead,
        ScenarioKind::QualifiedLead,
        ScenarioKind::CoSell,
        ScenarioKind::CoSell,
        ScenarioKind::Partner,
        ScenarioKind::Own,
        ScenarioKind::Own,
        ScenarioKind::Private,
        ScenarioKind::Other,
    ];
    // An own deal is never declined, nor does it expire.
    let kind = match stage {
        Stage::Closed("Declined" | "Expired") | Stage::ActiveWithExpiration => *rng.pick(&incoming),
        _ => *rng.pick(&any),
    };
    (kind, stage)
}

/// Timestamps that suit the stage; only an expiration is later than `now`.
pub(crate) fn generate_history(
    stage: Stage,
    kind: ScenarioKind,
    now: Timestamp,
    rng: &mut SplitMix64,
) -> History {
    match stage {
        Stage::Pending(expiration) | Stage::Received(expiration) => {
            pending_history(expiration, now, rng)
        }
        Stage::Active | Stage::ActiveWithExpiration => active_history(stage, kind, now, rng),
        Stage::Closed(substatus) => closed_history(substatus, kind, now, rng),
    }
}

fn pending_history(expiration: Expiration, now: Timestamp, rng: &mut SplitMix64) -> History {
    let today = midnight_before(now);
    let (created, expiration) = match expiration {
        Expiration::Midnight(ahead, window) => {
            let created = today + days(ahead - window) + random_part_of_day(rng);
            (created, Some(today + days(ahead)))
        }
        Expiration::Minutes(minutes) => {
            let expiration = now + SignedDuration::from_mins(minutes);
            (expiration - days(14), Some(expiration))
        }
        Expiration::Missing(ago) => (now - days(ago) - random_part_of_day(rng) / 24, None),
    };
    let created = created.min(now);
    let updated = (created + random_part_of_day(rng) / 3).min(now);
    History {
        created,
        updated: if rng.chance(50) { created } else { updated },
        expiration,
        accepted: None,
        closed: None,
    }
}

fn active_history(
    stage: Stage,
    kind: ScenarioKind,
    now: Timestamp,
    rng: &mut SplitMix64,
) -> History {
    let created = now - days(12 + rng.below(200)) - random_part_of_day(rng);
    let accepted = accept_time(created, kind, rng);
    let updated = (accepted + days(rng.below(60)) + random_part_of_day(rng)).min(now);
    let has_expiration = stage == Stage::ActiveWithExpiration;
    History {
        created,
        updated,
        expiration: has_expiration.then(|| midnight_before(now) + days(120 + rng.below(10))),
        accepted: Some(accepted),
        closed: None,
    }
}

fn closed_history(
    substatus: &str,
    kind: ScenarioKind,
    now: Timestamp,
    rng: &mut SplitMix64,
) -> History {
    let created = now - days(16 + rng.below(530)) - random_part_of_day(rng);
    let expired = midnight_before(created) + days(14);
    let (accepted, closed) = match substatus {
        "Expired" => (None, expired),
        "Declined" => (None, created + days(rng.below(9)) + random_part_of_day(rng)),
        _ => {
            let accepted = accept_time(created, kind, rng);
            let end = accepted + days(3 + rng.below(120)) + random_part_of_day(rng);
            (Some(accepted), end)
        }
    };
    let closed = closed.min(now - SignedDuration::from_mins(20));
    History {
        created,
        updated: closed,
        expiration: (substatus == "Expired").then_some(expired),
        accepted,
        closed: Some(closed),
    }
}

/// An own deal is accepted on creation; a captured one 0.4 ms before (API §3.1).
fn accept_time(created: Timestamp, kind: ScenarioKind, rng: &mut SplitMix64) -> Timestamp {
    match kind {
        ScenarioKind::Own | ScenarioKind::Private => created - SignedDuration::from_micros(400),
        _ => created + days(rng.below(9)) + random_part_of_day(rng),
    }
}

fn midnight_before(instant: Timestamp) -> Timestamp {
    let zoned = instant.to_zoned(TimeZone::UTC);
    let start = zoned.start_of_day().expect("every UTC day has a start");
    start.timestamp()
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// Less than a day, in units of 100 ns.
fn random_part_of_day(rng: &mut SplitMix64) -> SignedDuration {
    SignedDuration::from_nanos(rng.below(864_000_000_000) * 100)
}

/// What a demo should show on its first page, and what tests look for.
const FIRST_SCENARIOS: &[(ScenarioKind, Stage)] = {
    use Expiration::{Midnight, Minutes, Missing};
    use ScenarioKind::{CoSell, Lead, Other, Own, Partner, Private, QualifiedLead};
    use Stage::{Active, ActiveWithExpiration, Closed, Pending, Received};
    &[
        (CoSell, Pending(Midnight(1, 14))),
        (Own, Active),
        (Lead, Pending(Minutes(47))),
        (QualifiedLead, Pending(Midnight(3, 14))),
        (CoSell, Active),
        (Lead, Pending(Midnight(-1, 14))),
        (Own, Closed("Won")),
        (CoSell, Pending(Midnight(2, 7))),
        (Lead, Pending(Midnight(6, 14))),
        (CoSell, ActiveWithExpiration),
        (Lead, Pending(Missing(5))),
        (CoSell, Pending(Midnight(8, 14))),
        (CoSell, Closed("Declined")),
        (Partner, Pending(Minutes(560))),
        (QualifiedLead, Pending(Midnight(5, 7))),
        (Own, Active),
        (CoSell, Pending(Midnight(10, 14))),
        (Lead, Closed("Expired")),
        (Lead, Pending(Midnight(4, 14))),
        (CoSell, Received(Midnight(7, 14))),
        (CoSell, Pending(Midnight(12, 14))),
        (Partner, Closed("Lost")),
        (QualifiedLead, Pending(Midnight(13, 14))),
        (Partner, Pending(Missing(12))),
        (CoSell, Pending(Midnight(11, 14))),
        (Private, Active),
        (Other, Active),
        (Lead, Pending(Midnight(14, 14))),
        (CoSell, Received(Midnight(9, 14))),
        (CoSell, Closed("Won")),
    ]
};
