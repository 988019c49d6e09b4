//! What a channel or a mailbox is told: what waits for an answer, each time until it is answered, and what has changed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::tally::{Figures, Tally};
use super::{Change, Item, News};

#[derive(Debug)]
pub struct Digest {
    /// When it was read.
    pub now: Timestamp,
    /// Since when changes are told; `None` for the first digest of a name, which tells none.
    pub since: Option<Timestamp>,
    /// What waits for an answer and needs one, soonest deadline first.
    pub waiting: Vec<Item>,
    /// In the order in which news are told.
    pub changes: Vec<Change>,
    /// Of all that waits, also of what needs no answer.
    pub tally: Tally,
    /// Whether everything could be read.
    pub is_complete: bool,
    /// The ids of what waits and is new.
    new: BTreeSet<String>,
}

impl Digest {
    pub fn new(
        now: Timestamp,
        since: Option<Timestamp>,
        mut waiting: Vec<Item>,
        changes: Vec<Change>,
        is_complete: bool,
    ) -> Digest {
        let mut tally = Tally::default();
        for item in &waiting {
            tally.add(&Figures::of_item(item), now);
        }
        waiting.retain(|item| !item.needs_no_answer);
        let waiting_ids: BTreeSet<&str> = waiting.iter().map(|item| &*item.id).collect();
        let is_new =
            |change: &&Change| change.news == News::New && waiting_ids.contains(&*change.item.id);
        let new = changes.iter().filter(is_new).map(|change| change.item.id.clone()).collect();
        Digest { now, since, waiting, changes, tally, is_complete, new }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.changes.is_empty()
    }

    /// Whether a waiting referral is new.
    pub fn is_new(&self, item: &Item) -> bool {
        self.new.contains(&item.id)
    }

    /// How many of the waiting ones are new.
    pub fn count_new(&self) -> usize {
        self.new.len()
    }

    /// The changes, without the arrival of what waits.
    pub fn other_changes(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(|change| change.news != News::New || !self.new.contains(&change.item.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Referral;

    fn item(id: &str, call: &str) -> Item {
        let json = format!(
            r#"{{"id":"{id}","status":"New","direction":"Incoming","callToAction":"{call}","type":"Independent",
            "qualification":"Direct","expirationDateTime":"2026-11-22T00:00:00Z"}}"#
        );
        Item::of(&Referral::parse(&json).unwrap())
    }

    fn digest(waiting: Vec<Item>, changes: Vec<Change>) -> Digest {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        Digest::new(now, None, waiting, changes, true)
    }

    #[test]
    fn what_waits_and_is_new_is_told_once_and_what_needs_no_answer_does_not_wait() {
        let change = |id: &str, news| Change { item: item(id, "ContactMe"), news };
        let changes = vec![change("a", News::New), change("x", News::New), change("b", News::Won)];
        let insight = item("c", "INS");
        assert!(insight.needs_no_answer);
        let digest = digest(vec![item("a", "ContactMe"), item("b", "ContactMe"), insight], changes);
        let ids: Vec<&str> = digest.waiting.iter().map(|item| &*item.id).collect();
        assert_eq!(ids, ["a", "b"]);
        assert!(digest.is_new(&digest.waiting[0]) && !digest.is_new(&digest.waiting[1]));
        let others: Vec<&str> = digest.other_changes().map(|it| &*it.item.id).collect();
        assert_eq!(others, ["x", "b"]);
        let tally = &digest.tally;
        assert_eq!((tally.unanswered.within_a_day, tally.no_answer_needed), (2, 1));
        assert!(!digest.is_empty());
    }

    #[test]
    fn there_is_nothing_to_tell_where_nothing_waits_and_nothing_has_changed() {
        assert!(digest(Vec::new(), Vec::new()).is_empty());
        assert!(digest(vec![item("a", "INS")], Vec::new()).is_empty());
        assert!(!digest(vec![item("a", "ContactMe")], Vec::new()).is_empty());
    }
}
