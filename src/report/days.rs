//! Generated days: whatever happens between readings, and wherever one fails, each change is told once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Change, Mark, MovedField, MovedValue, News, Sighting, Sightings};
use crate::model::{Referral, Status};

const START: Timestamp = Timestamp::constant(1_795_262_400, 0); // 2026-11-21T12:00:00Z

#[derive(Clone, Copy, Debug)]
enum Action {
    Arrive,
    Accept,
    Decline,
    Win,
    Lapse,
    SetValue(u8),
    /// An update of something that is not told.
    Touch,
    /// It can no longer be read.
    Remove,
    Read(Ending),
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    BeforeOutput,
    BeforeMark,
    Done,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    minutes: i64,
    /// The minutes until the change is visible.
    lag: i64,
    target: usize,
    action: Action,
}

/// What the API says of a referral at a time; `None` if nothing.
#[derive(Clone, Debug, PartialEq)]
struct Version {
    status: &'static str,
    substatus: &'static str,
    value: u8,
    updated: Timestamp,
}

struct Life {
    created: Timestamp,
    /// With the time from which each is visible.
    versions: Vec<(Timestamp, Option<Version>)>,
}

impl Life {
    fn at(&self, now: Timestamp) -> Option<&Version> {
        let mut visible = self.versions.iter().filter(|(from, _)| *from <= now);
        visible.next_back().and_then(|(_, version)| version.as_ref())
    }

    fn last(&self) -> Option<&Version> {
        self.versions.last().and_then(|(_, version)| version.as_ref())
    }
}

#[derive(Default)]
struct World {
    lives: Vec<Life>,
}

impl World {
    fn apply(&mut self, step: Step, now: Timestamp) {
        let minutes = |count| SignedDuration::from_mins(count);
        if matches!(step.action, Action::Arrive) {
            let version = Version { status: "New", substatus: "Pending", value: 0, updated: now };
            let versions = vec![(now + minutes(step.lag), Some(version))];
            return self.lives.push(Life { created: now, versions });
        }
        let count = self.lives.len();
        let Some(life) = self.lives.get_mut(step.target % count.max(1)) else { return };
        let Some(old) = life.last().cloned() else { return };
        let (is_new, is_open) = (old.status == "New", old.status != "Closed");
        let with =
            |status, substatus| Some(Version { status, substatus, updated: now, ..old.clone() });
        let next = match step.action {
            Action::Accept if is_new => with("Active", "Accepted"),
            Action::Decline if is_new => with("Closed", "Declined"),
            Action::Win if !is_new && is_open => with("Closed", "Won"),
            Action::Lapse if is_new => {
                with("Closed", "Expired").map(|version| Version { updated: old.updated, ..version })
            }
            Action::SetValue(value) if is_open => {
                Some(Version { value, updated: now, ..old.clone() })
            }
            Action::Touch => Some(Version { updated: now, ..old.clone() }),
            Action::Remove if is_new => None,
            _ => return,
        };
        // Changes of a referral become visible in their order.
        let last = life.versions.last().map_or(now, |(from, _)| *from);
        life.versions.push((last.max(now + minutes(step.lag)), next));
    }

    fn sighting(&self, index: usize, now: Timestamp) -> Option<Sighting> {
        let (life, version) = (&self.lives[index], self.lives[index].at(now)?);
        let Version { status, substatus, value, updated } = version;
        let json = format!(
            r#"{{"id":"{index}","direction":"Incoming","createdDateTime":"{}","updatedDateTime":"{updated}",
            "status":"{status}","substatus":"{substatus}","details":{{"dealValue":{value},"currency":"EUR"}}}}"#,
            life.created
        );
        Some(Sighting::of(&Referral::parse(&json).unwrap(), true))
    }

    /// As a command reads.
    fn read(&self, mark: Option<&Mark>, now: Timestamp) -> Sightings {
        let mut seen = Sightings::default();
        for index in 0..self.lives.len() {
            let Some(sighting) = self.sighting(index, now) else { continue };
            let is_listed = match mark {
                Some(mark) => {
                    sighting.updated >= Some(mark.since()) || sighting.status == Some(Status::New)
                }
                None => sighting.status != Some(Status::Closed),
            };
            if is_listed {
                seen.add(sighting);
            }
        }
        for id in mark.map(|mark| mark.unseen(&seen)).unwrap_or_default() {
            match self.sighting(id.parse().unwrap(), now) {
                Some(sighting) => seen.add(sighting),
                None => seen.add_gone(&id),
            }
        }
        seen
    }
}

/// What somebody knows who believes what is told: state and value of each referral.
#[derive(Debug, Default, PartialEq)]
struct Knowledge(BTreeMap<String, (&'static str, u8)>);

impl Knowledge {
    fn hear(&mut self, change: &Change) {
        let id = &change.item.id;
        let known = self.0.get(id).copied();
        let value = change.item.value.as_ref().unwrap().amount.try_into().unwrap();
        let next = match &change.news {
            News::New => {
                assert_eq!(known, None, "told twice: {change:?}");
                ("New", value)
            }
            News::Accepted => ("Active", known.filter(|(it, _)| *it == "New").unwrap().1),
            News::Moved(moved) => {
                let (state, old) = known.unwrap();
                assert_eq!(
                    (moved.field, amount(&moved.old)),
                    (MovedField::Value, old),
                    "{change:?}"
                );
                assert_ne!(moved.old, moved.new);
                (state, amount(&moved.new))
            }
            News::Won | News::Declined | News::Lapsed => {
                assert_ne!(known.expect("it was open").0, "Closed", "told twice: {change:?}");
                ("Closed", 0)
            }
            news => panic!("nothing like this has happened: {news:?}"),
        };
        self.0.insert(id.clone(), next);
    }

    /// What the referrals say themselves. Of closed ones the value is not told any more.
    fn of(world: &World, now: Timestamp, told: &Knowledge) -> Knowledge {
        let states = world.lives.iter().enumerate().filter_map(|(index, life)| {
            let version = life.at(now)?;
            let value = if version.status == "Closed" { 0 } else { version.value };
            // One that was closed before the first reading.
            let is_known = told.0.contains_key(&index.to_string());
            let is_old = version.status == "Closed" && life.created < START && !is_known;
            (!is_old).then(|| (index.to_string(), (version.status, value)))
        });
        Knowledge(states.collect())
    }
}

fn amount(value: &MovedValue) -> u8 {
    match value {
        MovedValue::Money(money) => money.amount.try_into().unwrap(),
        other => panic!("no amount: {other:?}"),
    }
}

fn run(before: &[Step], after: &[Step]) {
    let (mut world, mut now) = (World::default(), START - SignedDuration::from_hours(400));
    for step in before {
        now += SignedDuration::from_mins(step.minutes);
        world.apply(Step { lag: 0, ..*step }, now);
    }
    now = START;
    let first = world.read(None, now);
    let mut mark = Mark::first(&first, now);
    let mut told = Knowledge::default();
    for sighting in first.iter() {
        let news = News::New;
        told.hear(&Change { item: sighting.item.clone(), news });
        if sighting.status == Some(Status::Active) {
            told.hear(&Change { item: sighting.item.clone(), news: News::Accepted });
        }
    }
    let day = SignedDuration::from_hours(24);
    let last = Step { minutes: 600, lag: 0, target: 0, action: Action::Read(Ending::Done) };
    let mut repeated: Option<Vec<Change>> = None;
    for step in after.iter().chain([&last]) {
        now += SignedDuration::from_mins(step.minutes);
        let Action::Read(ending) = step.action else {
            repeated = None;
            world.apply(*step, now);
            continue;
        };
        let (changes, next) = mark.compare(&world.read(Some(&mark), now), now);
        if let Some(repeated) = repeated.take().filter(|_| step.minutes == 0) {
            assert_eq!(changes, repeated, "the next run tells the same");
        }
        if ending != Ending::Done {
            repeated = (ending == Ending::BeforeMark).then_some(changes);
            continue;
        }
        for change in changes {
            match change.news {
                News::Gone => assert!(told.0.remove(&change.item.id).is_some(), "{change:?}"),
                _ => told.hear(&change),
            }
        }
        mark = Mark::parse(&next.to_text()).unwrap();
    }
    assert_eq!(told, Knowledge::of(&world, now, &told), "nothing is lost");
    assert!(mark.compare(&world.read(Some(&mark), now + day), now + day).0.is_empty());
}

fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let ending =
        prop_oneof![Just(Ending::BeforeOutput), Just(Ending::BeforeMark), Just(Ending::Done)];
    let action = prop_oneof![
        3 => Just(Action::Arrive),
        2 => Just(Action::Accept),
        1 => Just(Action::Decline),
        1 => Just(Action::Win),
        1 => Just(Action::Lapse),
        2 => (0..3_u8).prop_map(Action::SetValue),
        1 => Just(Action::Touch),
        1 => Just(Action::Remove),
        4 => ending.prop_map(Action::Read),
    ];
    let minutes = prop_oneof![Just(0), 1..90_i64, 90..900_i64];
    let step = (minutes, 0..50_i64, 0..12_usize, action);
    let step =
        step.prop_map(|(minutes, lag, target, action)| Step { minutes, lag, target, action });
    prop::collection::vec(step, 0..count)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_thousand_days_is_lost_or_told_twice(before in steps(10), after in steps(24)) {
        run(&before, &after);
    }
}
