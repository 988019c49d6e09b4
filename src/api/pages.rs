//! Follows the pages of a listing, and requests one page ahead.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::client::Api;
use super::error_response::Resource;
use super::next_link::{self, NextPage};
use super::page::{self, Page};
use super::request::{Request, RequestError};
use crate::error::{Error, Result};
use crate::model::ReadAhead;
use crate::odata::Options;

/// After this many consecutive pages without a new row, a listing is taken for endless.
const MAX_PAGES_WITHOUT_NEW_ROWS: usize = 500;

/// A listing with more pages is taken for endless.
const MAX_PAGES: usize = 100_000;

pub struct Pages {
    api: Arc<Api>,
    resource: Resource,
    read_ahead: ReadAhead,
    next: NextState,
    links: FollowedLinks,
    received: usize,
    /// The number of consecutive pages without a new row.
    without_new_rows: usize,
}

/// The state of the next page.
enum NextState {
    Received(Page),
    Requested(JoinHandle<Result<Page, RequestError>>),
    /// Not requested yet.
    Linked(NextPage),
    End,
}

impl Api {
    /// Requests the first page with these query options. [`RequestError::status`] is 400 for a rejected query.
    pub fn list_pages(
        self: &Arc<Api>,
        options: &Options,
        read_ahead: ReadAhead,
    ) -> Result<Pages, RequestError> {
        let collection = self.base_url.collection();
        self.ui.verbose(|| {
            let options: Vec<String> = options.decoded().collect();
            format!("GET {collection} {}", options.join(" "))
        });
        let resource = Resource::Listing(options.get("filter").map(str::to_owned));
        let first = self.fetch_page(&options.url(collection), &resource, read_ahead)?;
        Ok(Pages {
            api: Arc::clone(self),
            resource,
            read_ahead,
            next: NextState::Received(first),
            links: FollowedLinks::default(),
            received: 0,
            without_new_rows: 0,
        })
    }

    fn fetch_page(
        &self,
        url: &str,
        resource: &Resource,
        read_ahead: ReadAhead,
    ) -> Result<Page, RequestError> {
        let request = Request::get(url, resource.clone())?;
        self.send(&request, |body| page::parse_page(body.unwrap_or_default(), read_ahead))
    }

    fn fetch_next_page(
        &self,
        next: &NextPage,
        resource: &Resource,
        read_ahead: ReadAhead,
    ) -> Result<Page, RequestError> {
        let result = self.fetch_page(&next.url, resource, read_ahead);
        match (&result, &next.original) {
            (Err(error), Some(original)) if matches!(error.status(), Some(400 | 404)) => {
                self.ui.verbose(|| {
                    "the next page is not found below the API address; requesting the link as received"
                        .to_owned()
                });
                self.fetch_page(original, resource, read_ahead)
            }
            _ => result,
        }
    }
}

impl Pages {
    /// The number of pages received.
    pub fn received(&self) -> usize {
        self.received
    }

    /// `None` after the last page. With `prefetch`, it also starts to request the page after it.
    pub fn next_page(&mut self, prefetch: bool) -> Result<Option<Page>> {
        let page = match std::mem::replace(&mut self.next, NextState::End) {
            NextState::Received(page) => page,
            NextState::Requested(thread) => thread.join().unwrap_or_else(|_| {
                let message = "the thread that requests pages panicked";
                Err(Error::failure(message).into())
            })?,
            NextState::Linked(link) => {
                self.api.fetch_next_page(&link, &self.resource, self.read_ahead)?
            }
            NextState::End => return Ok(None),
        };
        self.received += 1;
        if let Some(link) = &page.next_link {
            let link = self.links.follow(&self.api, link)?;
            if self.received >= MAX_PAGES {
                let message = format!("the listing does not end after {MAX_PAGES} pages");
                return Err(Error::unavailable(message));
            }
            self.next = if prefetch { self.prefetch(link)? } else { NextState::Linked(link) };
        }
        Ok(Some(page))
    }

    /// Records whether the last page had a row that is no duplicate. Fails if the listing seems endless.
    pub fn record_new_rows(&mut self, has_new_rows: bool) -> Result<()> {
        self.without_new_rows = if has_new_rows { 0 } else { self.without_new_rows + 1 };
        if self.without_new_rows < MAX_PAGES_WITHOUT_NEW_ROWS {
            return Ok(());
        }
        let message = format!(
            "the API sent {MAX_PAGES_WITHOUT_NEW_ROWS} consecutive pages without a new row"
        );
        Err(Error::unavailable(message))
    }

    fn prefetch(&self, link: NextPage) -> Result<NextState> {
        let (api, resource) = (Arc::clone(&self.api), self.resource.clone());
        let read_ahead = self.read_ahead;
        // If the listing ends early, the thread is not joined.
        thread::Builder::new()
            .name("pages".to_owned())
            .spawn(move || api.fetch_next_page(&link, &resource, read_ahead))
            .map(NextState::Requested)
            .map_err(|error| Error::failure("cannot start a thread").cause(&error))
    }
}

#[derive(Default)]
struct FollowedLinks {
    /// Hashes of URLs. For 100,000 pages, the probability of a collision is 1 in 4 × 10⁹.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl FollowedLinks {
    fn follow(&mut self, api: &Api, link: &str) -> Result<NextPage> {
        let next = next_link::resolve_next_link(&api.base_url, link).map_err(|error| {
            let message = format!("cannot follow the next link: {error}");
            Error::failure(message).hint("run `referrals doctor`; if it happens again, report it")
        })?;
        if !self.seen.insert(self.hasher.hash_one(&next.url)) {
            let message = "the next links form a loop";
            return Err(Error::unavailable(message));
        }
        Ok(next)
    }
}
