//! What has changed since an earlier reading. The mark of that reading remembers every open referral.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Item;
use super::change::{Change, Move, MovedField, MovedValue, News, compare_order};
use super::snapshot::{Sighting, Snapshot};
use crate::model::{DeadlineState, Status, Substatus};

/// So far back a reading begins before the newest row of the one before: rows may become visible late, and pages shift
/// while they are read.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// Clocks differ by no more. A time of update that lies further ahead is a mistake, which must not hide what is updated
/// before it.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_mins(5);

/// Up to where changes were told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What was read.
    #[serde(default)]
    pub source: Option<String>,
    /// When the first reading began. What was closed before is no news.
    started: Timestamp,
    /// When the last reading began.
    pub read: Timestamp,
    /// The last update that was seen.
    #[serde(default)]
    newest: Option<Timestamp>,
    /// The open referrals, by their id in lower case.
    open: BTreeMap<String, Snapshot>,
    /// The closed ones that are young enough to be taken for new, with their creation.
    #[serde(default)]
    closed: BTreeMap<String, Timestamp>,
}

/// The rows of a reading, each referral once.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    by_id: BTreeMap<String, Sighting>,
    /// Ids of which the API says that there is no such referral.
    gone: Vec<String>,
}

impl Sightings {
    /// Of two sightings of a referral, the later update counts, and of equal ones the later reading.
    pub fn add(&mut self, sighting: Sighting) {
        if sighting.item.id.is_empty() {
            return;
        }
        let key = sighting.key();
        let is_older = |known: &Sighting| known.updated > sighting.updated;
        if !self.by_id.get(&key).is_some_and(is_older) {
            self.by_id.insert(key, sighting);
        }
    }

    pub fn add_gone(&mut self, id: &str) {
        self.gone.push(id.to_ascii_lowercase());
    }

    pub fn iter(&self) -> impl Iterator<Item = &Sighting> {
        self.by_id.values()
    }
}

impl Mark {
    /// The mark of a first reading, which tells nothing.
    pub fn first(sightings: &Sightings, now: Timestamp) -> Mark {
        let mut mark = Mark {
            source: None,
            started: now,
            read: now,
            newest: None,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
        };
        for sighting in sightings.iter() {
            if let Some(status) = sighting.status.as_ref().filter(|status| is_open(status)) {
                mark.open.insert(sighting.key(), Snapshot::of(sighting, status.as_str()));
            }
        }
        mark.newest = mark.newest_of(sightings, now);
        mark
    }

    /// `None` for text that [`Mark::to_text`] has not written.
    pub fn parse(text: &str) -> Option<Mark> {
        serde_json::from_str(text).ok()
    }

    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a mark has no map whose keys are no text")
    }

    /// What was updated since then has to be read.
    pub fn since(&self) -> Timestamp {
        before(self.newest.unwrap_or(self.started))
    }

    /// The same mark, of which nothing that was updated is left out.
    #[must_use]
    pub fn reading_all(self) -> Mark {
        Mark { newest: Some(Timestamp::UNIX_EPOCH), ..self }
    }

    #[must_use]
    pub fn with_source(self, source: Option<String>) -> Mark {
        Mark { source, ..self }
    }

    /// The ids of the referrals that waited and were not seen, as the API has them in lower case. Each is to be read by its
    /// id, because a lapse may not count as an update.
    pub fn unseen(&self, sightings: &Sightings) -> Vec<String> {
        let waits = |snapshot: &Snapshot| snapshot.status == Status::New.as_str();
        let is_unseen = |id: &str| !sightings.by_id.contains_key(id);
        let open = self.open.iter().filter(|(id, snapshot)| waits(snapshot) && is_unseen(id));
        open.map(|(id, _)| id.clone()).collect()
    }

    /// What has changed, as far as it is wanted, and the mark for the next reading. `now` is when the reading began.
    pub fn compare(&self, sightings: &Sightings, now: Timestamp) -> (Vec<Change>, Mark) {
        let mut mark = Mark { read: now, newest: self.newest_of(sightings, now), ..self.clone() };
        let mut changes = Vec::new();
        for (key, sighting) in &sightings.by_id {
            let news = match self.open.get(key) {
                Some(old) => mark.follow(key, old, sighting),
                None => mark.meet(key, sighting, self.boundary()),
            };
            let wanted = news.into_iter().filter(|_| sighting.is_wanted);
            changes.extend(wanted.map(|news| Change { item: sighting.item.clone(), news }));
        }
        for id in &sightings.gone {
            if let Some(old) = mark.open.remove(id) {
                changes.push(Change { item: gone_item(id, old), news: News::Gone });
            }
        }
        let boundary = mark.boundary();
        mark.closed.retain(|_, created| *created >= boundary);
        changes.sort_by(compare_order);
        (changes, mark)
    }

    /// A referral that is created later is new where it is not known.
    fn boundary(&self) -> Timestamp {
        self.since().max(self.started.checked_sub(CLOCK_ERROR).unwrap_or(self.started))
    }

    fn newest_of(&self, sightings: &Sightings, now: Timestamp) -> Option<Timestamp> {
        let latest = now.checked_add(CLOCK_ERROR).unwrap_or(now);
        let updates = sightings.iter().filter_map(|sighting| sighting.updated);
        updates.filter(|time| *time <= latest).max().max(self.newest)
    }

    /// The news of a referral that was open.
    fn follow(&mut self, key: &str, old: &Snapshot, sighting: &Sighting) -> Vec<News> {
        // An answer from before the one that was told.
        if sighting.updated.is_some() && sighting.updated < old.updated {
            return Vec::new();
        }
        let status = sighting.status.clone().unwrap_or_else(|| Status::from(&*old.status));
        if status == Status::Closed {
            self.open.remove(key);
            self.keep_closed(key, sighting);
            return vec![outcome(sighting)];
        }
        let new = Snapshot::of(sighting, status.as_str());
        let mut news = Vec::new();
        if new.status != old.status {
            let was_new = old.status == Status::New.as_str();
            news.push(if was_new && status == Status::Active {
                News::Accepted
            } else {
                moved_state(&old.status, status.flag())
            });
        }
        news.extend(old.moves_to(&new, sighting).into_iter().map(News::Moved));
        self.open.insert(key.to_owned(), new);
        news
    }

    /// The news of a referral that was not open.
    fn meet(&mut self, key: &str, sighting: &Sighting, boundary: Timestamp) -> Vec<News> {
        let Some(status) = &sighting.status else { return Vec::new() };
        let is_young = sighting.item.created.is_some_and(|created| created >= boundary);
        if *status == Status::Closed {
            if !is_young || self.closed.contains_key(key) {
                return Vec::new();
            }
            self.keep_closed(key, sighting);
            return vec![News::New, outcome(sighting)];
        }
        self.closed.remove(key);
        self.open.insert(key.to_owned(), Snapshot::of(sighting, status.as_str()));
        match status {
            Status::Active if is_young && sighting.is_incoming => vec![News::New, News::Accepted],
            // One that is older has become visible.
            Status::New | Status::Active => vec![News::New],
            _ if is_young => vec![News::New],
            // A first reading does not ask for other states.
            _ => Vec::new(),
        }
    }

    fn keep_closed(&mut self, key: &str, sighting: &Sighting) {
        if let Some(created) = sighting.item.created {
            self.closed.insert(key.to_owned(), created);
        }
    }
}

/// What has happened since a moment, as far as the referrals themselves say so. Old values are not known.
pub fn look_back(sightings: &Sightings, since: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    let is_since = |time: Option<Timestamp>| time.is_some_and(|time| time >= since);
    for sighting in sightings.iter().filter(|sighting| sighting.is_wanted) {
        let mut news = Vec::new();
        if is_since(sighting.item.created) {
            news.push(News::New);
        }
        if sighting.is_incoming && is_since(sighting.accepted) {
            news.push(News::Accepted);
        }
        let is_closed = sighting.status == Some(Status::Closed);
        if is_closed && is_since(sighting.closed.or(sighting.updated)) {
            news.push(outcome(sighting));
        }
        if news.is_empty() && is_since(sighting.updated) {
            news.push(News::Updated);
        }
        changes.extend(news.into_iter().map(|news| Change { item: sighting.item.clone(), news }));
    }
    changes.sort_by(compare_order);
    changes
}

fn before(time: Timestamp) -> Timestamp {
    time.checked_sub(OVERLAP).unwrap_or(time)
}

fn is_open(status: &Status) -> bool {
    matches!(status, Status::New | Status::Active | Status::Other(_))
}

fn moved_state(old: &str, new: &str) -> News {
    let text = |word: &str| MovedValue::Text(word.to_lowercase());
    News::Moved(Move { field: MovedField::State, old: text(old), new: text(new) })
}

/// The news of a closed referral.
fn outcome(sighting: &Sighting) -> News {
    match sighting.substatus {
        Some(Substatus::Won) => News::Won,
        Some(Substatus::Lost) => News::Lost,
        Some(Substatus::Declined) => News::Declined,
        Some(Substatus::Expired) => News::Lapsed,
        _ => News::Closed,
    }
}

/// What is known of a referral that can no longer be read.
fn gone_item(id: &str, old: Snapshot) -> Item {
    Item {
        id: id.to_owned(),
        customer: None,
        deal: old.name,
        kind: None,
        state: String::new(),
        value: None,
        deadline: DeadlineState::Answered,
        needs_no_answer: false,
        sender: None,
        sellers: Vec::new(),
        stage: None,
        closing: None,
        created: None,
        contact: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Referral;

    const YESTERDAY: &str = "2026-11-20T12:00:00Z";
    const TODAY: &str = "2026-11-21T12:00:00Z";

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A row of id `a` that waits, with these members instead of its own.
    fn row(members: &str) -> Sighting {
        let json = format!(
            r#"{{"id":"a","direction":"Incoming","createdDateTime":"2026-11-01T00:00:00Z","name":"D",
            "updatedDateTime":"2026-11-19T00:00:00Z","status":"New","substatus":"Pending",
            "expirationDateTime":"2026-11-25T00:00:00Z","salesStage":"20","team":[{{"email":"a@b.example"}}],
            "details":{{"dealValue":10,"currency":"EUR","closingDateTime":"2026-12-01"}},{members}}}"#
        );
        Sighting::of(&Referral::parse(&json).unwrap(), true)
    }

    fn rows(rows: impl IntoIterator<Item = Sighting>) -> Sightings {
        let mut sightings = Sightings::default();
        rows.into_iter().for_each(|row| sightings.add(row));
        sightings
    }

    fn words(changes: &[Change]) -> String {
        let plain = |value: &MovedValue| value.to_plain_text().unwrap_or_else(|| "-".to_owned());
        let words = changes.iter().map(|change| match &change.news {
            News::Moved(it) => {
                format!("{} {} > {}", it.field.word(), plain(&it.old), plain(&it.new))
            }
            news => news.word().to_owned(),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// The news of a row that was `before`.
    fn tell(before: &str, after: &str) -> String {
        let mark = Mark::first(&rows([row(before)]), time(YESTERDAY));
        let (changes, next) = mark.compare(&rows([row(after)]), time(TODAY));
        let again = next.compare(&rows([row(after)]), time(TODAY)).0;
        assert_eq!(words(&again), "", "told twice: {after}");
        words(&changes)
    }

    #[test]
    fn what_has_happened_to_an_open_referral_is_told_once() {
        let active = r#""status":"Active","substatus":"Accepted","x":1"#;
        let closed = |word: &str| format!(r#""status":"Closed","substatus":"{word}""#);
        let cases = [
            (r#""x":1"#, r#""x":1"#.to_owned(), ""),
            (r#""x":1"#, active.to_owned(), "accepted"),
            (r#""x":1"#, closed("Declined"), "declined"),
            (r#""x":1"#, closed("Expired"), "lapsed"),
            (active, closed("Won"), "won"),
            (active, closed("Lost"), "lost"),
            (active, closed("Error"), "closed"),
            (active, r#""status":"New""#.to_owned(), "state active > new"),
            (active, r#""status":"Paused""#.to_owned(), "state active > paused"),
            (active, r#""status":null"#.to_owned(), ""),
            (r#""x":1"#, r#""status":"Paused""#.to_owned(), "state new > paused"),
            (r#""status":"Paused""#, active.to_owned(), "state paused > active"),
            (r#""status":"Closed","substatus":"Won""#, closed("Lost"), ""),
            (r#""x":1"#, r#""salesStage":"40""#.to_owned(), "stage 20 > 40"),
            (r#""x":1"#, r#""name":null"#.to_owned(), "name D > -"),
            (
                r#""x":1"#,
                r#""expirationDateTime":"2026-11-26T00:00:00Z""#.to_owned(),
                "deadline 2026-11-25T00:00:00Z > 2026-11-26T00:00:00Z",
            ),
            (
                r#""x":1"#,
                r#""details":{"dealValue":"10.50","currency":"usd","closingDateTime":"2026-12-02"}"#.to_owned(),
                "value 10 EUR > 10.5 USD, closing 2026-12-01 > 2026-12-02",
            ),
            (
                r#""x":1"#,
                r#""details":{"dealValue":"10.00","currency":"eur","closingDateTime":"2026-12-01T00:00:00Z"}"#
                    .to_owned(),
                "",
            ),
            (
                r#""x":1"#,
                r#""team":[{"email":"A@B.example"},{"email":"c@b.example"}]"#.to_owned(),
                "team 1 > A@B.example; c@b.example",
            ),
            (r#""x":1"#, r#""team":[]"#.to_owned(), "team 1 > -"),
            (r#""x":1"#, r#""team":[{"email":"A@b.example"}]"#.to_owned(), ""),
        ];
        for (before, after, told) in cases {
            assert_eq!(tell(before, &after), told, "{before} {after}");
        }
    }

    #[test]
    fn of_several_sightings_the_latest_update_counts_and_of_one_update_the_latest_sighting() {
        let seen = |name: &str, day: u32| {
            row(&format!(r#""name":"{name}","updatedDateTime":"2026-11-{day}T00:00:00Z""#))
        };
        for (sightings, name) in [
            ([seen("one", 19), seen("two", 20)], "two"),
            ([seen("one", 20), seen("two", 19)], "one"),
            ([seen("one", 19), seen("two", 19)], "two"),
        ] {
            let sightings = rows(sightings);
            let deals: Vec<_> = sightings.iter().map(|it| it.item.deal.as_deref()).collect();
            assert_eq!(deals, [Some(name)]);
        }
    }

    #[test]
    fn of_referrals_that_were_not_open_only_the_young_are_news() {
        let mark = Mark::first(&Sightings::default(), time(YESTERDAY));
        let (old, young) = ("2026-11-01T00:00:00Z", "2026-11-20T13:00:00Z");
        let cases = [
            (old, "New", "Pending", "new"),
            (old, "Active", "Accepted", "new"),
            (old, "Closed", "Expired", ""),
            (old, "Paused", "", ""),
            (young, "New", "Pending", "new"),
            (young, "Active", "Accepted", "new, accepted"),
            (young, "Closed", "Expired", "new, lapsed"),
            (young, "Closed", "Won", "new, won"),
            (young, "Paused", "", "new"),
        ];
        for (created, status, substatus, told) in cases {
            let seen = rows([row(&format!(
                r#""createdDateTime":"{created}","updatedDateTime":"{TODAY}","status":"{status}",
                "substatus":"{substatus}""#
            ))]);
            let (changes, next) = mark.compare(&seen, time(TODAY));
            assert_eq!(words(&changes), told, "{created} {status}");
            assert_eq!(words(&next.compare(&seen, time(TODAY)).0), "", "{created} {status}");
        }
    }

    #[test]
    fn what_waited_and_is_not_seen_is_read_by_its_id_and_what_is_gone_is_told_once() {
        let waits = r#""id":"A","x":1"#;
        let active = r#""id":"b","status":"Active""#;
        let mark = Mark::first(&rows([row(waits), row(active)]), time(YESTERDAY));
        assert_eq!(mark.unseen(&Sightings::default()), ["a"]);
        assert!(mark.unseen(&rows([row(waits)])).is_empty());
        let mut seen = Sightings::default();
        seen.add_gone("a");
        let (changes, next) = mark.compare(&seen, time(TODAY));
        assert_eq!(
            (words(&changes).as_str(), changes[0].item.deal.as_deref()),
            ("gone", Some("D"))
        );
        assert_eq!(words(&next.compare(&seen, time(TODAY)).0), "");
    }

    #[test]
    fn an_answer_from_before_the_mark_tells_nothing_and_is_not_remembered() {
        let at = |day: u8, value: u8| {
            row(&format!(
                r#""updatedDateTime":"2026-11-{day}T00:00:00Z","details":{{"dealValue":{value}}}"#
            ))
        };
        let mark = Mark::first(&rows([at(19, 2)]), time(YESTERDAY));
        let (changes, next) = mark.compare(&rows([at(18, 1)]), time(TODAY));
        assert_eq!(words(&changes), "");
        assert_eq!(words(&next.compare(&rows([at(20, 3)]), time(TODAY)).0), "value 2 > 3");
        let (changes, _) = mark.compare(&rows([at(20, 3), at(19, 2)]), time(TODAY));
        assert_eq!(words(&changes), "value 2 > 3");
    }

    #[test]
    fn a_reading_begins_an_hour_before_the_newest_row_that_does_not_lie_ahead() {
        let updated =
            |day: &str| row(&format!(r#""id":"{day}","updatedDateTime":"2026-11-{day}""#));
        let mark =
            Mark::first(&rows([updated("19"), updated("18"), updated("28")]), time(YESTERDAY));
        assert_eq!(mark.since(), time("2026-11-18T23:00:00Z"));
        let mark = mark.compare(&Sightings::default(), time(TODAY)).1;
        assert_eq!(mark.since(), time("2026-11-18T23:00:00Z"));
        let next = mark.compare(&rows([updated("20")]), time(TODAY)).1;
        assert_eq!((next.since(), next.read), (time("2026-11-19T23:00:00Z"), time(TODAY)));
        assert!(mark.reading_all().since() < time("1970-01-01T00:00:00Z"));
        let none = Mark::first(&Sightings::default(), time(YESTERDAY));
        assert_eq!(none.since(), time("2026-11-20T11:00:00Z"));
        let url = "https://api.example";
        assert_eq!(none.with_source(Some(url.to_owned())).source.as_deref(), Some(url));
    }

    #[test]
    fn what_is_not_wanted_is_not_told_and_not_told_later() {
        let mark = Mark::first(&Sightings::default(), time(YESTERDAY));
        let unwanted = Sighting { is_wanted: false, ..row(r#""x":1"#) };
        let (changes, next) = mark.compare(&rows([unwanted]), time(TODAY));
        assert_eq!(words(&changes), "");
        assert_eq!(words(&next.compare(&rows([row(r#""x":1"#)]), time(TODAY)).0), "");
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_has_no_person_s_words() {
        let seen = rows([row(r#""customerProfile":{"name":"secret","team":[{"email":"secret"}]},
            "team":[{"email":"secret@b.example","firstName":"secret"}],"details":{"notes":"secret"}"#)]);
        let mark = Mark::first(&seen, time(YESTERDAY));
        let text = mark.to_text();
        assert!(!text.contains("secret") && !text.contains('\n'), "{text}");
        assert_eq!(Mark::parse(&text), Some(mark));
        for broken in ["", "{}", "[]", &text[..text.len() - 1], "{\"read\":1}"] {
            assert_eq!(Mark::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn looking_back_tells_what_the_referrals_say_themselves() {
        let since = time("2026-11-20T00:00:00Z");
        let day = "2026-11-20T10:00:00Z";
        let cases = [
            (format!(r#""createdDateTime":"{day}""#), "new"),
            (format!(r#""status":"Active","acceptedDateTime":"{day}""#), "accepted"),
            (
                format!(
                    r#""direction":"Outgoing","createdDateTime":"{day}","acceptedDateTime":"{day}""#
                ),
                "new",
            ),
            (format!(r#""status":"Closed","substatus":"Won","closedDateTime":"{day}""#), "won"),
            (
                format!(r#""status":"Closed","substatus":"Expired","expirationDateTime":"{day}""#),
                "lapsed",
            ),
            (r#""status":"Closed","substatus":"Won","closedDateTime":"2026-11-19""#.to_owned(), ""),
            (format!(r#""status":"Active","updatedDateTime":"{day}""#), "updated"),
            (r#""x":1"#.to_owned(), ""),
        ];
        for (members, told) in cases {
            assert_eq!(words(&look_back(&rows([row(&members)]), since)), told, "{members}");
        }
    }

    #[test]
    fn what_needs_an_answer_first_is_told_first() {
        let new = |id: &str, deadline: &str| {
            row(&format!(
                r#""id":"{id}","createdDateTime":"2026-11-20T13:00:00Z","expirationDateTime":{deadline}"#
            ))
        };
        let lapsed = row(
            r#""id":"0","createdDateTime":"2026-11-20T13:00:00Z","status":"Closed","substatus":"Expired""#,
        );
        let seen =
            rows([lapsed, new("1", "5"), new("3", r#""2026-11-24""#), new("2", r#""2026-11-25""#)]);
        let mark = Mark::first(&Sightings::default(), time(YESTERDAY));
        let (changes, _) = mark.compare(&seen, time(TODAY));
        let ids: Vec<&str> = changes.iter().map(|change| &*change.item.id).collect();
        assert_eq!(ids, ["3", "2", "0", "1", "0"]);
        assert_eq!(changes.last().unwrap().news, News::Lapsed);
    }
}
