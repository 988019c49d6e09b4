//! Follows the pages of a listing, and requests one page ahead: as soon as the link at the end of a body has arrived,
//! and before its rows are read.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use super::client::Api;
use super::error_response::Resource;
use super::next_link::{self, LinkError, NextLink, NextPage};
use super::page::{self, Page};
use super::request::Request;
use super::request_error::RequestError;
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
    first: Option<Page>,
    next: NextState,
    /// A thread that has nothing to do, so that a listing needs two of them and not one for each page: the allocator
    /// keeps memory apart for each thread, and would keep more and more of it.
    idle: Option<PageThread>,
    links: FollowedLinks,
    received: usize,
    /// The number of consecutive pages without a new row.
    without_new_rows: usize,
}

/// The state of the next page.
enum NextState {
    Requested(PageThread),
    /// Not requested yet. The link is as received, and may be one that is not followed.
    Linked(NextLink),
    End,
}

/// A thread that requests and reads one page at a time. When this is dropped, it ends after the page it is at.
struct PageThread {
    requests: Sender<NextPage>,
    arrivals: Receiver<Arrival>,
}

/// What the thread sends for each request: links as they are found, which may be wrong or repeated, and then the page.
enum Arrival {
    Link(String),
    Page(Result<Page, RequestError>),
}

/// A page requested because of a link that was found before the page with it was read.
struct EarlyRequest {
    link: String,
    url: String,
    thread: PageThread,
}

impl Api {
    /// Requests the first page with these query options, and with `prefetch` the second as soon as its link is known.
    /// [`RequestError::status`] is 400 for a rejected query.
    pub fn list_pages(
        self: &Arc<Api>,
        options: &Options,
        read_ahead: ReadAhead,
        prefetch: bool,
    ) -> Result<Pages, RequestError> {
        let collection = self.base_url.collection();
        self.ui.verbose(|| {
            let options: Vec<String> = options.decoded().collect();
            format!("GET {collection} {}", options.join(" "))
        });
        let mut pages = Pages {
            api: Arc::clone(self),
            resource: Resource::Listing(options.get("filter").map(str::to_owned)),
            read_ahead,
            first: None,
            next: NextState::End,
            idle: None,
            links: FollowedLinks::default(),
            received: 0,
            without_new_rows: 0,
        };
        let first = NextPage { url: options.url(collection), original: None };
        let first = pages.request(first)?;
        pages.first = Some(pages.receive(first, prefetch)?);
        Ok(pages)
    }

    /// `found_link` gets the link at the end of each body before the body is read, also of a body that turns out to
    /// be malformed and is requested again.
    fn fetch_page(
        &self,
        url: &str,
        resource: &Resource,
        read_ahead: ReadAhead,
        found_link: &dyn Fn(String),
    ) -> Result<Page, RequestError> {
        let request = Request::list(url, resource.clone())?;
        self.send(&request, |body| {
            let Some(body) = body else { return Ok(Page::default()) };
            page::peek_next_link(&body).into_iter().for_each(found_link);
            page::parse_page(body, read_ahead)
        })
    }

    fn fetch_next_page(
        &self,
        next: &NextPage,
        resource: &Resource,
        read_ahead: ReadAhead,
        found_link: &dyn Fn(String),
    ) -> Result<Page, RequestError> {
        let result = self.fetch_page(&next.url, resource, read_ahead, found_link);
        match (&result, &next.original) {
            (Err(error), Some(original)) if matches!(error.status(), Some(400 | 404)) => {
                self.ui.verbose(|| {
                    "the next page is not found below the API address; requesting the link as received"
                        .to_owned()
                });
                self.fetch_page(original, resource, read_ahead, found_link)
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
    ///
    /// # Errors
    /// Besides those of the request: the link to the page is one that is not followed, or the listing seems endless.
    pub fn next_page(&mut self, prefetch: bool) -> Result<Option<Page>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let requested = match std::mem::replace(&mut self.next, NextState::End) {
            NextState::Requested(thread) => thread,
            NextState::Linked(_) if self.received >= MAX_PAGES => {
                let message = format!("the listing does not end after {MAX_PAGES} pages");
                return Err(Error::unavailable(message));
            }
            NextState::Linked(link) => {
                let next = self.links.follow(&self.api, &link)?;
                self.request(next)?
            }
            NextState::End => return Ok(None),
        };
        Ok(Some(self.receive(requested, prefetch)?))
    }

    /// Waits for a page. With `prefetch`, the page after it is requested as soon as its link is known.
    fn receive(&mut self, requested: PageThread, prefetch: bool) -> Result<Page, RequestError> {
        let mut early: Option<EarlyRequest> = None;
        let page = loop {
            match requested.arrivals.recv() {
                Ok(Arrival::Page(page)) => break page?,
                Ok(Arrival::Link(link)) if prefetch && early.is_none() => {
                    early = self.request_early(link);
                }
                Ok(Arrival::Link(_)) => {}
                Err(_) => {
                    let message = "the thread that requests pages panicked";
                    return Err(Error::failure(message).into());
                }
            }
        };
        self.received += 1;
        self.idle = Some(requested);
        self.next = match (&page.next_link, early) {
            (Some(NextLink::Text(link)), Some(early)) if *link == early.link => {
                NextState::Requested(early.thread)
            }
            (link, early) => {
                if let Some(early) = early {
                    self.links.forget(&early.url);
                }
                self.state_after(link.as_ref(), prefetch)
            }
        };
        Ok(page)
    }

    fn state_after(&mut self, link: Option<&NextLink>, prefetch: bool) -> NextState {
        let Some(link) = link else { return NextState::End };
        let early = match link {
            NextLink::Text(link) if prefetch => self.request_early(link.clone()),
            _ => None,
        };
        match early {
            Some(early) => NextState::Requested(early.thread),
            None => NextState::Linked(link.clone()),
        }
    }

    /// Requests a page that may never be wanted. `None` if that fails; whoever wants the page learns why.
    fn request_early(&mut self, link: String) -> Option<EarlyRequest> {
        if self.received >= MAX_PAGES {
            return None;
        }
        let next = self.links.follow(&self.api, &NextLink::Text(link.clone())).ok()?;
        let url = next.url.clone();
        let thread = self.request(next).ok();
        if thread.is_none() {
            self.links.forget(&url);
        }
        Some(EarlyRequest { link, url, thread: thread? })
    }

    fn request(&mut self, next: NextPage) -> Result<PageThread> {
        let thread = match self.idle.take() {
            Some(thread) => thread,
            None => self.start_thread()?,
        };
        // It fails if the thread has panicked, which shows when the page is received.
        drop(thread.requests.send(next));
        Ok(thread)
    }

    fn start_thread(&self) -> Result<PageThread> {
        let (api, resource) = (Arc::clone(&self.api), self.resource.clone());
        let read_ahead = self.read_ahead;
        let (requests, to_request) = mpsc::channel::<NextPage>();
        let (sender, arrivals) = mpsc::channel();
        // Sending fails if the listing has ended and nobody waits.
        let run = move || {
            let found_link = |link| drop(sender.send(Arrival::Link(link)));
            for next in to_request {
                let page = api.fetch_next_page(&next, &resource, read_ahead, &found_link);
                drop(sender.send(Arrival::Page(page)));
            }
        };
        thread::Builder::new()
            .name("pages".to_owned())
            .spawn(run)
            .map(|_| PageThread { requests, arrivals })
            .map_err(|error| Error::failure("cannot start a thread").cause(&error))
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
}

#[derive(Default)]
struct FollowedLinks {
    /// Hashes of URLs. For 100,000 pages, the probability of a collision is 1 in 4 × 10⁹.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl FollowedLinks {
    fn follow(&mut self, api: &Api, link: &NextLink) -> Result<NextPage> {
        let next = match link {
            NextLink::Text(link) => next_link::resolve_next_link(&api.base_url, link),
            NextLink::Other => Err(LinkError::NotText),
        };
        let next = next.map_err(|error| {
            let message = format!("cannot follow the next link: {error}");
            Error::failure(message).hint("run `referrals doctor`; if it happens again, report it")
        })?;
        if !self.seen.insert(self.hasher.hash_one(&next.url)) {
            let message = "the next links form a loop";
            return Err(Error::unavailable(message));
        }
        Ok(next)
    }

    /// For a page that was requested in vain.
    fn forget(&mut self, url: &str) {
        self.seen.remove(&self.hasher.hash_one(url));
    }
}
