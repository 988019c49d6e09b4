//! Secrets split into parts: whatever the store contains, and wherever a write is interrupted, a secret is complete or
//! refused.

#![no_main]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use referrals::testing::{Error, ErrorKind, Result, parts};
use zeroize::Zeroizing;

/// Short, so that small secrets are split; still longer than a head.
const LIMIT: usize = 128;

/// A store that fails after a number of changes.
struct Store {
    entries: RefCell<BTreeMap<String, Vec<u8>>>,
    changes_left: Cell<usize>,
}

impl Store {
    fn of(entries: BTreeMap<String, Vec<u8>>) -> Store {
        Store { entries: RefCell::new(entries), changes_left: Cell::new(usize::MAX) }
    }

    fn change(&self) -> Result<()> {
        let left = self.changes_left.get();
        self.changes_left.set(left.saturating_sub(1));
        if left == 0 { Err(Error::failure("broken")) } else { Ok(()) }
    }
}

impl parts::KeyringEntries for Store {
    fn limit(&self) -> Option<usize> {
        Some(LIMIT)
    }

    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(self.entries.borrow().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.change()?;
        assert!(bytes.len() <= LIMIT, "{name} takes {} bytes", bytes.len());
        self.entries.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.change()?;
        self.entries.borrow_mut().remove(name);
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let pieces: Vec<&[u8]> = data.split(|byte| *byte == 0).collect();
    litter_is_refused_and_replaced(&pieces);
    if let [step, old, new, ..] = pieces[..] {
        a_torn_write_leaves_the_old_or_the_new(step.len() % 40, old, new);
    }
});

/// The first piece is the head, the others are the parts of both generations in turn.
fn litter_is_refused_and_replaced(pieces: &[&[u8]]) {
    let names = std::iter::once("work".to_owned())
        .chain((0..).flat_map(|part| [format!("work#0.{part}"), format!("work#1.{part}")]));
    let entries: BTreeMap<_, _> = names.zip(pieces.iter().map(|piece| piece.to_vec())).collect();
    let store = Store::of(entries);
    if let Err(error) = parts::load(&store, "work") {
        assert_eq!(error.kind(), ErrorKind::SignIn);
    }
    parts::save(&store, "work", b"new").expect("a store that works takes a secret");
    assert_eq!(loaded(&store), Some(b"new".to_vec()));
    parts::delete(&store, "work").expect("a store that works forgets a secret");
    assert_eq!(loaded(&store), None);
}

fn a_torn_write_leaves_the_old_or_the_new(step: usize, old: &[u8], new: &[u8]) {
    let store = Store::of(BTreeMap::new());
    parts::save(&store, "work", old).expect("a store that works takes a secret");
    assert_eq!(loaded(&store).as_deref(), Some(old));
    store.changes_left.set(step);
    let wanted = if parts::save(&store, "work", new).is_ok() { new } else { old };
    assert_eq!(loaded(&store).as_deref(), Some(wanted), "torn at step {step}");
}

fn loaded(store: &Store) -> Option<Vec<u8>> {
    parts::load(store, "work").expect("the secret is whole").map(|secret| secret.to_vec())
}
