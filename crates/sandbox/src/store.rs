//! The rows, and the pages cut from them.
//! Keeps every row as text, so that a page is a few copies; reads them back only for a query.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use jiff::Timestamp;
use serde_json::{Value, value::RawValue};

use crate::prng::SplitMix64;
use crate::query::Query;
use crate::select::SelectClause;
use crate::serialize::serialize_referral;

/// Up to this many rows are kept as values too, at ten times the memory of their text.
const KEPT_READ: usize = 2_000;
/// Next links that are remembered; the oldest is forgotten first.
const LINKS: usize = 1_000;
/// Why a row can be read.
const OURS: &str = "written by this module";

/// All rows and all listings under way.
pub(crate) struct Store {
    rows: Vec<Box<str>>,
    ids: HashMap<String, usize>,
    read: OnceLock<Vec<Value>>,
    page_size: usize,
    seed: u64,
    links: Mutex<Links>,
}

/// A page as JSON text, and the token of the one after it.
pub(crate) struct Page {
    /// The rows, comma-separated.
    pub(crate) rows: String,
    /// How many rows.
    pub(crate) count: usize,
    /// Absent on the last page.
    pub(crate) token: Option<String>,
}

/// What a query found: row numbers in order.
struct Listing {
    number: u64,
    rows: Vec<u32>,
    select: SelectClause,
}

#[derive(Default)]
struct Links {
    listings: u64,
    known: HashMap<String, (Arc<Listing>, usize)>,
    oldest_first: VecDeque<String>,
}

impl Store {
    /// Rows in the order they are served in when no other is asked for.
    pub(crate) fn new(rows: impl Iterator<Item = Value>, page_size: usize, seed: u64) -> Store {
        let mut store = Store {
            rows: Vec::new(),
            ids: HashMap::new(),
            read: OnceLock::new(),
            page_size: page_size.max(1),
            seed,
            links: Mutex::default(),
        };
        for row in rows {
            if let Some(id) = row["id"].as_str() {
                let number = store.rows.len();
                store.ids.entry(id.to_ascii_lowercase()).or_insert(number);
            }
            let text = serialize_referral(&row, &SelectClause::All);
            store.rows.push(text.into_boxed_str());
        }
        store
    }

    /// The referral with this id.
    pub(crate) fn one(&self, id: &str, select: &SelectClause) -> Option<String> {
        let number = *self.ids.get(&id.to_ascii_lowercase())?;
        Some(self.text(number, select).into_owned())
    }

    /// The first page of what `query` finds.
    pub(crate) fn first_page(&self, query: Query, now: Timestamp) -> Page {
        let rows = self.find(&query, now);
        let mut links = self.links.lock().expect("no holder of this lock panics");
        links.listings += 1;
        let number = links.listings;
        drop(links);
        let listing = Listing { number, rows, select: query.select };
        self.page(&Arc::new(listing), 0)
    }

    /// The page behind `token`, which must be the one sent, byte for byte.
    pub(crate) fn next_page(&self, token: &str) -> Option<Page> {
        let links = self.links.lock().expect("no holder of this lock panics");
        let (listing, start) = links.known.get(token)?;
        let (listing, start) = (Arc::clone(listing), *start);
        drop(links);
        Some(self.page(&listing, start))
    }

    fn find(&self, query: &Query, now: Timestamp) -> Vec<u32> {
        if query.filter.is_none() && query.order.is_empty() {
            return cut(0..self.rows.len(), query);
        }
        let roots = query.roots();
        let mut found = Vec::new();
        for number in 0..self.rows.len() {
            let value = self.value(number, &roots);
            if query.filter.as_ref().is_none_or(|it| it.matches(&value, now)) {
                let keys: Vec<_> = query.order.iter().map(|key| key.sort_value(&value)).collect();
                found.push((keys, number));
            }
        }
        found.sort_by(|(left, _), (right, _)| {
            let pairs = query.order.iter().zip(left.iter().zip(right));
            pairs.fold(Ordering::Equal, |order, (key, (left, right))| {
                order.then_with(|| key.compare(left, right))
            })
        });
        cut(found.into_iter().map(|(_, number)| number), query)
    }

    fn page(&self, listing: &Arc<Listing>, start: usize) -> Page {
        let end = listing.rows.len().min(start + self.page_size);
        let numbers = &listing.rows[start..end];
        let mut rows = String::with_capacity(numbers.len() * 2600);
        for (index, number) in numbers.iter().enumerate() {
            if index > 0 {
                rows.push(',');
            }
            rows.push_str(&self.text(*number as usize, &listing.select));
        }
        Page {
            rows,
            count: numbers.len(),
            token: (end < listing.rows.len()).then(|| self.link(listing, end)),
        }
    }

    /// Asking for the same page again gives the same link.
    fn link(&self, listing: &Arc<Listing>, start: usize) -> String {
        let mut rng = SplitMix64::new(self.seed ^ (listing.number << 32) ^ start as u64);
        let [first, second, third] = [(); 3].map(|()| rng.next_u64());
        let token = format!("k{first:x}%2b{second:X}%2f{third:x}%3d");
        let mut links = self.links.lock().expect("no holder of this lock panics");
        if !links.known.contains_key(&token) {
            if links.oldest_first.len() == LINKS {
                let oldest = links.oldest_first.pop_front();
                oldest.and_then(|oldest| links.known.remove(&oldest));
            }
            let target = (Arc::clone(listing), start);
            links.known.insert(token.clone(), target);
            links.oldest_first.push_back(token.clone());
        }
        token
    }

    fn text(&self, number: usize, select: &SelectClause) -> Cow<'_, str> {
        match select.roots() {
            None => Cow::Borrowed(&self.rows[number]),
            Some(roots) => Cow::Owned(serialize_referral(&self.value(number, &roots), select)),
        }
    }

    /// A row with at least these properties.
    fn value(&self, number: usize, roots: &[&str]) -> Row<'_> {
        if self.rows.len() > KEPT_READ {
            return Row::Part(part(&self.rows[number], roots));
        }
        let read = self.read.get_or_init(|| {
            let rows = self.rows.iter();
            rows.map(|row| serde_json::from_str(row).expect(OURS)).collect()
        });
        Row::Kept(&read[number])
    }
}

enum Row<'s> {
    Kept(&'s Value),
    Part(Value),
}

impl std::ops::Deref for Row<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Row::Kept(value) => value,
            Row::Part(value) => value,
        }
    }
}

fn cut(found: impl Iterator<Item = usize>, query: &Query) -> Vec<u32> {
    let wanted = found.skip(query.skip).take(query.top);
    wanted.map(|number| u32::try_from(number).expect("fewer rows than 2^32")).collect()
}

/// Reads these properties alone, and annotations: most of a row is of no interest to a query.
fn part(row: &str, roots: &[&str]) -> Value {
    // A given row that is no object has no properties.
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(row).unwrap_or_default();
    let wanted = raw.into_iter().filter(|(name, _)| {
        let name = name.as_str();
        roots.contains(&name) || name.starts_with('@')
    });
    wanted
        .map(|(name, raw)| (name, serde_json::from_str::<Value>(raw.get()).expect(OURS)))
        .collect()
}
