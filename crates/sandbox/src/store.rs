//! The rows that are served, and the pages cut from them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use jiff::Timestamp;
use serde_json::{Value, value::RawValue};

use crate::prng::SplitMix64;
use crate::query::Query;
use crate::select::SelectClause;
use crate::serialize::serialize_referral;

/// Up to this many rows are kept parsed once a query has read them, at ten times the memory of
/// their text.
const MAX_PARSED_ROWS: usize = 2_000;
/// How many next links are valid; the oldest expires first.
const MAX_LINKS: usize = 1_000;
const NOT_POISONED: &str = "no holder of this lock panics";
const SERIALIZED_HERE: &str = "rows are serialized by this module";

pub(crate) struct Store {
    /// Locked once for each page, so that a page shows one state.
    rows: RwLock<Rows>,
    page_size: usize,
    seed: u64,
    links: Mutex<NextLinks>,
}

/// A page of the collection.
pub(crate) struct RowPage {
    /// JSON texts of the rows, separated by commas.
    pub(crate) rows: String,
    pub(crate) count: usize,
    /// The `$skiptoken` of the next page; none on the last one.
    pub(crate) token: Option<String>,
}

/// The rows that matched a query when its first page was requested, in order.
struct ResultSet {
    number: u64,
    rows: Vec<u32>,
    select: SelectClause,
}

#[derive(Default)]
struct NextLinks {
    result_sets: u64,
    /// Where each token continues.
    targets: HashMap<String, (Arc<ResultSet>, usize)>,
    oldest_first: VecDeque<String>,
}

impl Store {
    /// Rows are served in the order given unless a query asks for another.
    pub(crate) fn new(rows: impl Iterator<Item = Value>, page_size: usize, seed: u64) -> Store {
        Store {
            rows: RwLock::new(Rows::new(rows)),
            page_size: page_size.max(1),
            seed,
            links: Mutex::default(),
        }
    }

    /// The referral with this id as JSON text.
    pub(crate) fn find_referral(&self, id: &str, select: &SelectClause) -> Option<String> {
        let rows = self.rows.read().expect(NOT_POISONED);
        let number = *rows.numbers.get(&id.to_ascii_lowercase())?;
        Some(rows.serialize(number, select).into_owned())
    }

    /// Changes each row of which `change`, which gets its number, says that it has.
    pub(crate) fn change_rows(&self, mut change: impl FnMut(usize, &mut Value) -> bool) {
        let mut rows = self.rows.write().expect(NOT_POISONED);
        for (number, row) in rows.rows.iter_mut().enumerate() {
            let mut value = serde_json::from_str(&row.text).expect(SERIALIZED_HERE);
            if change(number, &mut value) {
                row.replace(&value);
            }
        }
    }

    /// Replaces the referral with this id by what `change` makes of it, and returns its new text. `None` where there is no
    /// such referral. Nothing else is written in between, and what fails changes nothing.
    pub(crate) fn update<E>(
        &self,
        id: &str,
        change: impl FnOnce(&Value) -> Result<Value, E>,
    ) -> Option<Result<String, E>> {
        let mut rows = self.rows.write().expect(NOT_POISONED);
        let number = *rows.numbers.get(&id.to_ascii_lowercase())?;
        let row = &mut rows.rows[number];
        let old = serde_json::from_str(&row.text).expect(SERIALIZED_HERE);
        Some(change(&old).map(|new| {
            row.replace(&new);
            row.is_updated = true;
            row.text.to_string()
        }))
    }

    /// The rows that were updated, whole, one on each line.
    pub(crate) fn updated_rows(&self) -> String {
        let rows = self.rows.read().expect(NOT_POISONED);
        let updated = rows.rows.iter().filter(|row| row.is_updated);
        updated.flat_map(|row| [&*row.text, "\n"]).collect()
    }

    /// Takes over rows as [`Store::updated_rows`] gives them; of two with one id, the later one. Leaves out what is no row, or
    /// has no referral here.
    pub(crate) fn import(&self, text: &str) {
        let mut rows = self.rows.write().expect(NOT_POISONED);
        for row in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let id = row["id"].as_str().unwrap_or_default().to_ascii_lowercase();
            if let Some(&number) = rows.numbers.get(&id) {
                rows.rows[number].replace(&row);
            }
        }
    }

    pub(crate) fn add_row(&self, value: &Value) {
        self.rows.write().expect(NOT_POISONED).push(value);
    }

    /// Removes the row of this number from the collection. The others keep theirs, and pages theirs.
    pub(crate) fn remove_row(&self, number: usize) {
        let mut rows = self.rows.write().expect(NOT_POISONED);
        rows.numbers.retain(|_, other| *other != number);
        if let Some(row) = rows.rows.get_mut(number) {
            row.is_removed = true;
        }
    }

    pub(crate) fn first_page(&self, query: Query, now: Timestamp) -> RowPage {
        let rows = self.rows.read().expect(NOT_POISONED);
        let matching = rows.find_matching(&query, now);
        let mut links = self.links.lock().expect(NOT_POISONED);
        links.result_sets += 1;
        let number = links.result_sets;
        drop(links);
        let results = ResultSet { number, rows: matching, select: query.select };
        self.page(&rows, &Arc::new(results), 0)
    }

    /// The page that a token stands for, which must be the one sent, byte for byte.
    pub(crate) fn next_page(&self, token: &str) -> Option<RowPage> {
        let links = self.links.lock().expect(NOT_POISONED);
        let (results, start) = links.targets.get(token)?;
        let (results, start) = (Arc::clone(results), *start);
        drop(links);
        let rows = self.rows.read().expect(NOT_POISONED);
        Some(self.page(&rows, &results, start))
    }

    fn page(&self, rows: &Rows, results: &Arc<ResultSet>, start: usize) -> RowPage {
        let end = results.rows.len().min(start + self.page_size);
        let numbers = &results.rows[start..end];
        let mut text = String::with_capacity(numbers.len() * 2600);
        for (index, number) in numbers.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&rows.serialize(*number as usize, &results.select));
        }
        RowPage {
            rows: text,
            count: numbers.len(),
            token: (end < results.rows.len()).then(|| self.issue_token(results, end)),
        }
    }

    /// The same page has the same token, however often it is requested.
    fn issue_token(&self, results: &Arc<ResultSet>, start: usize) -> String {
        let mut rng = SplitMix64::new(self.seed ^ (results.number << 32) ^ start as u64);
        let [first, second, third] = [(); 3].map(|()| rng.next_u64());
        let token = format!("k{first:x}%2b{second:X}%2f{third:x}%3d");
        let mut links = self.links.lock().expect(NOT_POISONED);
        if !links.targets.contains_key(&token) {
            if links.oldest_first.len() == MAX_LINKS {
                let oldest = links.oldest_first.pop_front();
                oldest.and_then(|oldest| links.targets.remove(&oldest));
            }
            links.targets.insert(token.clone(), (Arc::clone(results), start));
            links.oldest_first.push_back(token.clone());
        }
        token
    }
}

struct Rows {
    rows: Vec<Row>,
    /// By id in lower case.
    numbers: HashMap<String, usize>,
}

/// Kept as text, so that a page is a few copies. Replacing a row replaces what was parsed of it.
struct Row {
    text: Box<str>,
    parsed: OnceLock<Value>,
    is_removed: bool,
    /// By [`Store::update`].
    is_updated: bool,
}

impl Row {
    fn new(value: &Value) -> Row {
        let text = serialize_referral(value, &SelectClause::All).into_boxed_str();
        Row { text, parsed: OnceLock::new(), is_removed: false, is_updated: false }
    }

    fn replace(&mut self, value: &Value) {
        let Row { is_removed, is_updated, .. } = *self;
        *self = Row { is_removed, is_updated, ..Row::new(value) };
    }
}

impl Rows {
    fn new(values: impl Iterator<Item = Value>) -> Rows {
        let mut rows = Rows { rows: Vec::new(), numbers: HashMap::new() };
        values.for_each(|value| rows.push(&value));
        rows
    }

    fn push(&mut self, value: &Value) {
        if let Some(id) = value["id"].as_str() {
            self.numbers.entry(id.to_ascii_lowercase()).or_insert(self.rows.len());
        }
        self.rows.push(Row::new(value));
    }

    fn find_matching(&self, query: &Query, now: Timestamp) -> Vec<u32> {
        if query.filter.is_none() && query.order.is_empty() {
            return skip_and_take(self.present(), query);
        }
        let roots = query.roots();
        let mut matching = Vec::new();
        for number in self.present() {
            let value = self.parse(number, &roots);
            if query.filter.as_ref().is_none_or(|filter| filter.matches(&value, now)) {
                let keys: Vec<_> = query.order.iter().map(|item| item.sort_value(&value)).collect();
                matching.push((keys, number));
            }
        }
        matching.sort_by(|(left, _), (right, _)| {
            let pairs = query.order.iter().zip(left.iter().zip(right));
            pairs.fold(Ordering::Equal, |order, (item, (left, right))| {
                order.then_with(|| item.compare(left, right))
            })
        });
        skip_and_take(matching.into_iter().map(|(_, number)| number), query)
    }

    /// The numbers of the rows that are not removed.
    fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.rows.len()).filter(|number| !self.rows[*number].is_removed)
    }

    fn serialize(&self, number: usize, select: &SelectClause) -> Cow<'_, str> {
        match select.roots() {
            None => Cow::Borrowed(&self.rows[number].text),
            Some(roots) => Cow::Owned(serialize_referral(&self.parse(number, &roots), select)),
        }
    }

    /// A row with at least these top-level properties.
    fn parse(&self, number: usize, roots: &[&str]) -> Cow<'_, Value> {
        let Row { text, parsed, .. } = &self.rows[number];
        if self.rows.len() > MAX_PARSED_ROWS {
            return Cow::Owned(parse_properties(text, roots));
        }
        let parse = || serde_json::from_str(text).expect(SERIALIZED_HERE);
        Cow::Borrowed(parsed.get_or_init(parse))
    }
}

fn skip_and_take(numbers: impl Iterator<Item = usize>, query: &Query) -> Vec<u32> {
    let wanted = numbers.skip(query.skip).take(query.top);
    wanted.map(|number| u32::try_from(number).expect("fewer rows than 2^32")).collect()
}

/// Parses these properties and annotations alone: a query needs little of a row.
fn parse_properties(row: &str, roots: &[&str]) -> Value {
    // Rows that a test provides need not be objects; others have no properties.
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(row).unwrap_or_default();
    let wanted = raw.into_iter().filter(|(name, _)| {
        let name = name.as_str();
        roots.contains(&name) || name.starts_with('@')
    });
    wanted
        .map(|(name, raw)| (name, serde_json::from_str::<Value>(raw.get()).expect(SERIALIZED_HERE)))
        .collect()
}
