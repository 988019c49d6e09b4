//! The referrals a plan wants, page by page, checked and each once.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::Api;
use super::error_response::Resource;
use super::pages::Pages;
use super::request::Refused;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Referral;
use crate::query::{ListRequest, Plan};

/// A page rarely holds more (API §2.3). With a limit within that, the next page is not asked for ahead.
const PAGE: usize = 100;

/// Progress is shown once the work takes this long.
const LONG: Duration = Duration::from_secs(1);

/// Referrals that a plan wants, in the order the API sends them.
pub struct Listing<'p> {
    api: Arc<Api>,
    plan: &'p Plan,
    asked: ListRequest,
    added: Vec<String>,
    pages: Pages,
    seen: Ids,
    sent: usize,
    kept: usize,
    nulls: usize,
    order: Order,
    start: Duration,
    shows_progress: bool,
    ended: bool,
}

impl Api {
    /// Starts to carry out `plan`: fetches the first page, with the next form of the request when one is refused.
    ///
    /// # Errors
    /// What [`super::failure`] makes of the API's refusal.
    pub fn list<'p>(self: &Arc<Api>, plan: &'p Plan) -> Result<Listing<'p>> {
        let start = self.clock.elapsed();
        let mut refused = None;
        for asked in plan.requests() {
            match self.open(asked) {
                Ok(pages) => return Ok(Listing::new(self, plan, asked.clone(), pages, start)),
                Err(refusal) if refusal.status == Some(400) => {
                    self.ui.verbose(|| "the API refused this form of the query (400)".to_owned());
                    refused = Some(refusal.error);
                }
                Err(refusal) => return Err(refusal.error),
            }
        }
        Err(refused.expect("a plan has at least one attempt"))
    }

    fn open(self: &Arc<Api>, asked: &ListRequest) -> Result<Pages, Refused> {
        self.ui.verbose(|| {
            let options: Vec<String> = asked.options.decoded().collect();
            format!("asking {} {}", self.base.collection(), options.join(" "))
        });
        let purpose = Resource::Listing(asked.filter().map(str::to_owned));
        Pages::open(self, &asked.url(self.base.collection()), purpose)
    }
}

impl<'p> Listing<'p> {
    fn new(
        api: &Arc<Api>,
        plan: &'p Plan,
        asked: ListRequest,
        pages: Pages,
        start: Duration,
    ) -> Self {
        Listing {
            api: Arc::clone(api),
            plan,
            added: plan.extra_properties(&asked),
            asked,
            pages,
            seen: Ids::default(),
            sent: 0,
            kept: 0,
            nulls: 0,
            order: Order::default(),
            start,
            shows_progress: true,
            ended: false,
        }
    }

    /// The same without a progress line, for when the rows themselves go to the terminal.
    #[must_use]
    pub fn without_progress(mut self) -> Self {
        self.shows_progress = false;
        self
    }

    /// The wanted referrals of the next page (perhaps none), or `None` after the last one.
    ///
    /// # Errors
    /// The listing broke off: [`ErrorKind::Incomplete`] when something had been received, saying how far it got.
    pub fn next_page(&mut self) -> Result<Option<Vec<Referral>>> {
        match self.advance() {
            Ok(page) => Ok(page),
            Err(error) => {
                self.ended = true;
                self.api.ui.clear_progress();
                Err(self.broken(error))
            }
        }
    }

    /// The top-level properties the rows hold for our own use only; they are no part of the answer.
    pub fn added(&self) -> &[String] {
        &self.added
    }

    /// Whether the rows came in another order than was asked for.
    pub fn is_disordered(&self) -> bool {
        self.order.broken
    }

    /// How many rows the API sent that were no referrals at all but `null`.
    pub fn nulls(&self) -> usize {
        self.nulls
    }

    fn advance(&mut self) -> Result<Option<Vec<Referral>>> {
        loop {
            if self.ended {
                self.api.ui.clear_progress();
                return Ok(None);
            }
            let wanted = self.plan.read_at_most().map(|limit| limit - self.kept);
            let ahead = wanted.is_none_or(|wanted| wanted > PAGE);
            let Some(page) = self.pages.next(ahead)? else {
                if self.ask_for_more()? {
                    continue;
                }
                self.ended = true;
                continue;
            };
            self.nulls += page.nulls;
            self.sent += page.rows.len();
            let (rows, fresh) = self.sift(page.rows)?;
            self.pages.news(fresh)?;
            self.kept += rows.len();
            self.progress();
            return Ok(Some(rows));
        }
    }

    /// The wanted rows of a page, and whether it held any that had not come before.
    fn sift(&mut self, rows: Vec<Box<RawValue>>) -> Result<(Vec<Referral>, bool)> {
        let (mut wanted, mut fresh) = (Vec::with_capacity(rows.len()), false);
        for row in rows {
            let referral = Referral::from_raw(row).map_err(|error| {
                Error::new(ErrorKind::Unavailable, "the API sent something that is no referral")
                    .cause(&error)
            })?;
            if !self.seen.add(&referral) {
                continue;
            }
            fresh = true;
            self.order
                .follow(self.plan.sort_timestamp(&referral), self.plan.received_order().descending);
            if !self.order.broken && self.plan.is_past(&referral) {
                self.ended = true;
                break;
            }
            if self.plan.matches(&referral, &self.asked) {
                wanted.push(referral);
            }
            if self.plan.read_at_most().is_some_and(|limit| self.kept + wanted.len() >= limit) {
                self.ended = true;
                break;
            }
        }
        Ok((wanted, fresh))
    }

    /// Asks again without `$top` when that may have cut wanted rows in favour of others; whether it did.
    fn ask_for_more(&mut self) -> Result<bool> {
        let Some(top) = self.asked.top() else { return Ok(false) };
        if self.sent < top || self.kept >= top {
            return Ok(false);
        }
        self.asked = self.asked.without_top();
        self.api.ui.verbose(|| "not every row that came was a wanted one".to_owned());
        self.pages = self.api.open(&self.asked).map_err(|refused| refused.error)?;
        Ok(true)
    }

    fn progress(&self) {
        let time = self.api.clock.elapsed().saturating_sub(self.start);
        if time >= LONG && self.shows_progress && !self.ended {
            let (pages, rows, seconds) = (self.pages.received(), self.sent, time.as_secs_f64());
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let rate = rows as f64 / seconds;
            let noun = if pages == 1 { "page" } else { "pages" };
            let line = format!("{pages} {noun}, {rows} rows, {seconds:.0} s, {rate:.0} rows/s");
            self.api.ui.progress(&line);
        }
    }

    fn broken(&self, error: Error) -> Error {
        let pages = self.pages.received();
        if pages == 0 || error.kind() == ErrorKind::ClosedPipe {
            return error;
        }
        let rows = self.sent;
        error
            .with_kind(ErrorKind::Incomplete)
            .context(format!("the listing broke off after {rows} referrals ({pages} pages)"))
    }
}

/// Whether rows come in the order asked for. Only then may reading stop before the last page.
#[derive(Default)]
struct Order {
    last: Option<Timestamp>,
    broken: bool,
}

impl Order {
    fn follow(&mut self, place: Option<Timestamp>, descending: bool) {
        let (Some(place), last) = (place, self.last) else { return };
        self.broken |=
            last.is_some_and(|last| if descending { place > last } else { place < last });
        self.last = Some(place);
    }
}

/// The ids seen so far, as hashes: 8 bytes a row, and never more than 16 with the room to grow. Two of a hundred thousand
/// ids share one with a chance of one in four thousand million.
struct Ids {
    hasher: RandomState,
    /// Sorted, by the first byte of the hash: so short that an insertion in the middle costs next to nothing.
    shelves: Vec<Vec<u64>>,
}

impl Default for Ids {
    fn default() -> Ids {
        Ids { hasher: RandomState::default(), shelves: vec![Vec::new(); 256] }
    }
}

impl Ids {
    /// Whether the referral is new. One without an id always is.
    fn add(&mut self, referral: &Referral) -> bool {
        let Some(id) = &referral.id else { return true };
        let hash = self.hasher.hash_one(id.to_ascii_lowercase());
        let sorted = &mut self.shelves[usize::from(hash.to_be_bytes()[0])];
        match sorted.binary_search(&hash) {
            Ok(_) => false,
            Err(place) => {
                sorted.insert(place, hash);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_in_any_case_and_none_always() {
        let row = |id: &str| Referral::parse(&format!(r#"{{"id":"{id}"}}"#)).unwrap();
        let mut ids = Ids::default();
        for number in 0..10_000 {
            assert!(ids.add(&row(&format!("A-{number}"))));
        }
        for number in 0..10_000 {
            assert!(!ids.add(&row(&format!("a-{number}"))));
        }
        assert!(ids.add(&row("")) && ids.add(&row("")));
        let room: usize = ids.shelves.iter().map(|shelf| 8 * shelf.capacity()).sum();
        assert!(room <= 16 * 10_000, "{room} bytes");
    }
}
