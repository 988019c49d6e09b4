//! The pages of a listing, each requested while the one before it is worked on.

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
use crate::odata::Options;

/// A listing with this many pages in a row without a new row is taken for endless.
const MAX_PAGES_WITHOUT_NEW_ROWS: usize = 500;

/// A listing with more pages is taken for endless.
const MAX_PAGES: usize = 100_000;

/// Pages in the order of their next links.
pub struct Pages {
    api: Arc<Api>,
    resource: Resource,
    next: NextState,
    links: FollowedLinks,
    received: usize,
    without_new_rows: usize,
}

/// Where the next page is.
enum NextState {
    Received(Page),
    Requested(JoinHandle<Result<Page, RequestError>>),
    Linked(NextPage),
    End,
}

impl Api {
    /// Requests the first page of the collection with these query options.
    ///
    /// # Errors
    /// Those of the API's error responses; [`RequestError::status`] tells a query that it does not accept (400).
    pub fn pages(self: &Arc<Api>, options: &Options) -> Result<Pages, RequestError> {
        let collection = self.base_url.collection();
        self.ui.verbose(|| {
            let options: Vec<String> = options.decoded().collect();
            format!("GET {collection} {}", options.join(" "))
        });
        let resource = Resource::Listing(options.get("filter").map(str::to_owned));
        let first = self.fetch_page(&options.url(collection), &resource)?;
        Ok(Pages {
            api: Arc::clone(self),
            resource,
            next: NextState::Received(first),
            links: FollowedLinks::default(),
            received: 0,
            without_new_rows: 0,
        })
    }

    fn fetch_page(&self, url: &str, resource: &Resource) -> Result<Page, RequestError> {
        let request = Request::get(url, resource.clone())?;
        self.send(&request, |body| page::parse_page(body.unwrap_or_default()))
    }

    fn fetch_next_page(&self, next: &NextPage, resource: &Resource) -> Result<Page, RequestError> {
        let result = self.fetch_page(&next.url, resource);
        match (&result, &next.original) {
            (Err(error), Some(original)) if matches!(error.status(), Some(400 | 404)) => {
                self.ui.verbose(|| {
                    "the next link is not known below the API address; trying it as received"
                        .to_owned()
                });
                self.fetch_page(original, resource)
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

    /// The next page, or `None` after the last. With `prefetch`, the page after it is requested at once.
    ///
    /// # Errors
    /// Those of the request, and a next link that cannot be followed or leads in a circle.
    pub fn next(&mut self, prefetch: bool) -> Result<Option<Page>> {
        let page = match std::mem::replace(&mut self.next, NextState::End) {
            NextState::Received(page) => page,
            NextState::Requested(thread) => thread.join().unwrap_or_else(|_| {
                let message = "the thread that fetches pages ended unexpectedly";
                Err(Error::failure(message).into())
            })?,
            NextState::Linked(link) => self.api.fetch_next_page(&link, &self.resource)?,
            NextState::End => return Ok(None),
        };
        self.received += 1;
        if let Some(link) = &page.next_link {
            let link = self.links.follow(&self.api, link)?;
            if self.received >= MAX_PAGES {
                let message = format!("the listing does not end after {MAX_PAGES} pages");
                return Err(Error::unavailable(message));
            }
            self.next = if prefetch { self.request(link)? } else { NextState::Linked(link) };
        }
        Ok(Some(page))
    }

    /// Records whether the last page held a row that had not come before.
    ///
    /// # Errors
    /// `ErrorKind::Unavailable` for a listing that seems endless.
    pub fn record_new_rows(&mut self, any: bool) -> Result<()> {
        self.without_new_rows = if any { 0 } else { self.without_new_rows + 1 };
        if self.without_new_rows < MAX_PAGES_WITHOUT_NEW_ROWS {
            return Ok(());
        }
        let message =
            format!("the API sent {MAX_PAGES_WITHOUT_NEW_ROWS} pages in a row without a new row");
        Err(Error::unavailable(message))
    }

    fn request(&self, link: NextPage) -> Result<NextState> {
        let (api, resource) = (Arc::clone(&self.api), self.resource.clone());
        // Nobody waits for it when the listing ends before.
        thread::Builder::new()
            .name("pages".to_owned())
            .spawn(move || api.fetch_next_page(&link, &resource))
            .map(NextState::Requested)
            .map_err(|error| Error::failure("cannot start a thread").cause(&error))
    }
}

/// The links followed so far.
#[derive(Default)]
struct FollowedLinks {
    // Hashes suffice: a false alarm has a chance of one in 10^12 after a hundred thousand pages.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl FollowedLinks {
    fn follow(&mut self, api: &Api, link: &str) -> Result<NextPage> {
        let next = next_link::resolve_next_link(&api.base_url, link).map_err(|error| {
            let message = format!("the link to the next page is not followed: {error}");
            Error::failure(message).hint("run `referrals doctor`; report this if it stays so")
        })?;
        if !self.seen.insert(self.hasher.hash_one(&next.url)) {
            let message = "the links to the next pages lead in a circle";
            return Err(Error::unavailable(message));
        }
        Ok(next)
    }
}
