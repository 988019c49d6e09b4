//! The first rows of a listing in an order of their own, however many there are.

use std::collections::BTreeMap;

/// Rows by a key, then by id, so that the order in which they are added does not matter.
#[derive(Debug)]
pub struct FirstRows<K, T> {
    max: usize,
    count: usize,
    /// The last part of the key tells rows without an id apart.
    rows: BTreeMap<(K, String, usize), T>,
}

impl<K: Ord, T> FirstRows<K, T> {
    pub fn new(max: usize) -> FirstRows<K, T> {
        FirstRows { max, count: 0, rows: BTreeMap::new() }
    }

    pub fn add(&mut self, key: K, id: &str, row: impl FnOnce() -> T) {
        self.count += 1;
        let key = (key, id.to_owned(), self.count);
        let is_full = self.rows.len() >= self.max;
        if is_full && self.rows.last_key_value().is_none_or(|(last, _)| key > *last) {
            return;
        }
        self.rows.insert(key, row());
        if is_full {
            self.rows.pop_last();
        }
    }

    /// All that were added, also those that are not kept.
    pub fn count(&self) -> usize {
        self.count
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_are_kept_in_their_order_and_the_others_are_counted() {
        let mut rows = FirstRows::new(3);
        for (key, id) in [(5, "e"), (1, "b"), (4, "d"), (1, "a"), (9, "f"), (1, "b")] {
            rows.add(key, id, || id);
        }
        assert_eq!(rows.iter().copied().collect::<Vec<_>>(), ["a", "b", "b"]);
        assert_eq!(rows.count(), 6);
        rows.add(2, "c", || panic!("a row that is not kept is not made"));
        let mut none = FirstRows::new(0);
        none.add(1, "a", || ());
        assert_eq!((none.iter().count(), none.count()), (0, 1));
    }
}
