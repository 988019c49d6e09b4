//! Runs a plan against the API: its request forms in turn, pages through the sift, progress.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{Api, Pages, RequestError};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Referral;
use crate::query::{Plan, Sift, Sifted, Sorter};
use crate::ui::Ui;

/// A page rarely holds more (API §2.3). The next page is not prefetched where fewer rows are wanted.
const PAGE_SIZE: usize = 100;

/// Progress is shown once the work takes this long.
const PROGRESS_DELAY: Duration = Duration::from_secs(1);

/// The referrals that a plan asks for, in its order.
pub struct Listing<'p> {
    api: Arc<Api>,
    clock: Arc<dyn Clock>,
    ui: Ui,
    /// Properties that the rows hold for our own use only.
    extra_properties: Vec<String>,
    pages: Pages,
    sift: Sift<'p>,
    /// Holds the rows back where the API cannot sort them.
    sorter: Option<Sorter>,
    nulls: usize,
    start: Duration,
    shows_progress: bool,
    has_ended: bool,
}

impl<'p> Listing<'p> {
    /// Requests the first page. A query that the API does not accept (400) is sent in the plan's next form.
    ///
    /// # Errors
    /// Those of the API's error responses.
    pub fn start(
        api: &Arc<Api>,
        clock: &Arc<dyn Clock>,
        ui: &Ui,
        plan: &'p Plan,
    ) -> Result<Listing<'p>> {
        let start = clock.elapsed();
        let mut refused: Option<RequestError> = None;
        for request in plan.requests() {
            match api.pages(&request.options) {
                Ok(pages) => {
                    let sort = plan.query().sort;
                    return Ok(Listing {
                        api: Arc::clone(api),
                        clock: Arc::clone(clock),
                        ui: ui.clone(),
                        extra_properties: plan.extra_properties(request),
                        pages,
                        sift: Sift::new(plan, request.clone()),
                        sorter: plan
                            .query()
                            .sorts_locally()
                            .then(|| Sorter::new(sort, plan.query().limit)),
                        nulls: 0,
                        start,
                        shows_progress: true,
                        has_ended: false,
                    });
                }
                Err(error) if error.status() == Some(400) => {
                    ui.verbose(|| "the API refused this form of the query (400)".to_owned());
                    refused = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused.expect("a plan has at least one request").into())
    }

    /// The same without a progress line, for when the rows themselves go to the terminal.
    #[must_use]
    pub fn without_progress(mut self) -> Self {
        self.shows_progress = false;
        self
    }

    /// The next rows (perhaps none), or `None` after the last. Rows that the API cannot sort come all at once.
    ///
    /// # Errors
    /// The listing broke off: `ErrorKind::Incomplete` with how far it got, when something had been received.
    pub fn next_rows(&mut self) -> Result<Option<Vec<Referral>>> {
        let rows = self.read_rows().map_err(|error| {
            self.has_ended = true;
            self.interrupted(error)
        });
        if self.has_ended {
            self.ui.clear_progress();
        }
        let take_out = |row: Referral| row.without(&self.extra_properties);
        Ok(rows?.map(|rows| rows.into_iter().map(take_out).collect()))
    }

    /// Whether the rows came in another order than they were requested in.
    pub fn is_disordered(&self) -> bool {
        self.sift.is_disordered()
    }

    /// The number of rows that were `null`.
    pub fn nulls(&self) -> usize {
        self.nulls
    }

    fn read_rows(&mut self) -> Result<Option<Vec<Referral>>> {
        while !self.has_ended {
            let rows = self.read_page()?;
            match &mut self.sorter {
                Some(sorter) => rows.into_iter().for_each(|row| sorter.push(row)),
                None => return Ok(Some(rows)),
            }
        }
        Ok(self.sorter.take().map(Sorter::finish))
    }

    /// The rows of the next page that belong to the answer.
    fn read_page(&mut self) -> Result<Vec<Referral>> {
        let prefetch = self.sift.remaining().is_none_or(|remaining| remaining > PAGE_SIZE);
        let Some(page) = self.pages.next(prefetch)? else {
            self.has_ended = !self.retry_without_top()?;
            return Ok(Vec::new());
        };
        self.nulls += page.nulls;
        let before = self.sift.distinct();
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            let referral = Referral::from_raw(row).map_err(|error| {
                Error::unavailable("the API sent a row that is not a referral").cause(&error)
            })?;
            match self.sift.push(&referral) {
                Sifted::Keep => rows.push(referral),
                Sifted::Drop => {}
                Sifted::Stop => break,
            }
        }
        self.pages.record_new_rows(self.sift.distinct() > before)?;
        self.has_ended = self.sift.is_done();
        self.show_progress();
        Ok(rows)
    }

    /// Starts the listing again without `$top` where that may have cut wanted rows; whether it did.
    fn retry_without_top(&mut self) -> Result<bool> {
        let Some(request) = self.sift.retry_without_top() else { return Ok(false) };
        self.ui.verbose(|| "some rows did not match; asking again without $top".to_owned());
        self.pages = self.api.pages(&request.options)?;
        Ok(true)
    }

    fn show_progress(&self) {
        let time = self.clock.elapsed().saturating_sub(self.start);
        if time < PROGRESS_DELAY || !self.shows_progress || self.has_ended {
            return;
        }
        let (pages, rows) = (self.pages.received(), self.sift.received());
        let seconds = time.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = rows as f64 / seconds;
        let noun = if pages == 1 { "page" } else { "pages" };
        self.ui.progress(&format!("{pages} {noun}, {rows} rows, {seconds:.0} s, {rate:.0} rows/s"));
    }

    fn interrupted(&self, error: Error) -> Error {
        let (pages, rows) = (self.pages.received(), self.sift.received());
        if pages == 0 || error.kind() == ErrorKind::ClosedPipe {
            return error;
        }
        error
            .with_kind(ErrorKind::Incomplete)
            .context(format!("the listing broke off after {rows} referrals ({pages} pages)"))
    }
}
