//! The pages of a listing, one always on its way while the last one is worked on.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::Api;
use super::error_response::Resource;
use super::next_link::{self, NextPage};
use super::page::{self, Page};
use super::request::Refused;
use crate::error::{Error, ErrorKind, Result};

/// So many pages in a row without anything new are a listing that never ends.
const PAGES_WITHOUT_NEWS: usize = 500;

/// No listing has more pages.
const MOST_PAGES: usize = 100_000;

/// Pages in the order of their next links. Holds one page; another may be on its way.
pub(super) struct Pages {
    api: Arc<Api>,
    purpose: Resource,
    ready: Option<Page>,
    worker: Option<Worker>,
    waiting: Option<NextPage>,
    in_flight: bool,
    links: Links,
    received: usize,
}

struct Worker {
    jobs: SyncSender<NextPage>,
    answers: Receiver<Result<Page, Refused>>,
}

impl Pages {
    /// Fetches the first page at `url`.
    pub(super) fn open(api: &Arc<Api>, url: &str, purpose: Resource) -> Result<Pages, Refused> {
        let first = api.get(url, &purpose, page::parse_page)?;
        Ok(Pages {
            api: Arc::clone(api),
            purpose,
            ready: Some(first),
            worker: None,
            waiting: None,
            in_flight: false,
            links: Links::default(),
            received: 0,
        })
    }

    /// How many pages came so far.
    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// The next page, or `None` after the last. When `ahead`, the one after it is asked for at once.
    pub(super) fn next(&mut self, ahead: bool) -> Result<Option<Page>> {
        let page = match self.ready.take() {
            Some(page) => page,
            None => match self.fetch()? {
                Some(page) => page,
                None => return Ok(None),
            },
        };
        self.received += 1;
        if let Some(link) = &page.next_link {
            self.waiting = Some(self.links.follow(&self.api, link)?);
            if self.received >= MOST_PAGES {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    "the API's pages do not come to an end",
                ));
            }
            if ahead {
                self.request();
            }
        }
        Ok(Some(page))
    }

    /// Notes whether the page just given held anything new.
    pub(super) fn news(&mut self, any: bool) -> Result<()> {
        self.links.without_news = if any { 0 } else { self.links.without_news + 1 };
        if self.links.without_news >= PAGES_WITHOUT_NEWS {
            return Err(Error::new(
                ErrorKind::Unavailable,
                format!(
                    "the API sent {PAGES_WITHOUT_NEWS} pages in a row with nothing new in them"
                ),
            ));
        }
        Ok(())
    }

    fn fetch(&mut self) -> Result<Option<Page>> {
        self.request();
        if !self.in_flight {
            return Ok(None);
        }
        self.in_flight = false;
        let worker = self.worker.as_ref().expect("a page in flight has a worker");
        match worker.answers.recv() {
            Ok(Ok(page)) => Ok(Some(page)),
            Ok(Err(refused)) => Err(refused.error),
            Err(_) => {
                Err(Error::new(ErrorKind::Failure, "the reader of pages stopped unexpectedly"))
            }
        }
    }

    /// Sends the worker for the page that waits, if one does.
    fn request(&mut self) {
        let Some(next) = self.waiting.take() else { return };
        let (api, purpose) = (&self.api, &self.purpose);
        let worker =
            self.worker.get_or_insert_with(|| Worker::start(Arc::clone(api), purpose.clone()));
        // A worker that is gone shows when its answer is asked for.
        let _ = worker.jobs.send(next);
        self.in_flight = true;
    }
}

impl Worker {
    fn start(api: Arc<Api>, purpose: Resource) -> Worker {
        let (jobs, todo) = mpsc::sync_channel::<NextPage>(1);
        let (done, answers) = mpsc::sync_channel(1);
        // It ends when `Pages` is dropped, at the latest after the request it is busy with.
        thread::spawn(move || {
            for next in todo {
                if done.send(fetch_page(&api, &next, &purpose)).is_err() {
                    break;
                }
            }
        });
        Worker { jobs, answers }
    }
}

fn fetch_page(api: &Api, next: &NextPage, purpose: &Resource) -> Result<Page, Refused> {
    let first = api.get(&next.url, purpose, page::parse_page);
    match (first, &next.original) {
        (Err(Refused { status: Some(400 | 404), .. }), Some(as_given)) => {
            api.ui.verbose(|| {
                "the next link is not known below the API's address; trying it as given".to_owned()
            });
            api.get(as_given, purpose, page::parse_page)
        }
        (result, _) => result,
    }
}

/// The links followed so far.
#[derive(Default)]
struct Links {
    // Hashes suffice: a false alarm has a chance of one in 10^12 after a hundred thousand pages.
    seen: HashSet<u64>,
    hasher: RandomState,
    without_news: usize,
}

impl Links {
    fn follow(&mut self, api: &Api, link: &str) -> Result<NextPage> {
        let next = next_link::resolve_next_link(&api.base, link).map_err(|refusal| {
            Error::new(
                ErrorKind::Failure,
                format!("the API's link to the next page is not followed: {refusal}"),
            )
            .hint("`referrals doctor` looks at the way to the API; report this if it stays so")
        })?;
        if !self.seen.insert(self.hasher.hash_one(&next.url)) {
            return Err(Error::new(ErrorKind::Unavailable, "the API's pages lead in a circle"));
        }
        Ok(next)
    }
}
