//! Runs a plan up to its order: requests the pages and sifts their rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{Api, Pages, RequestError};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ReadAhead, Referral};
use crate::query::{Plan, Sift, Sifted};
use crate::text;
use crate::ui::Ui;

/// The usual number of rows of a page (API §2.3). If fewer are needed, the next page is not prefetched.
const PAGE_SIZE: usize = 100;

/// The progress line appears after this time.
const PROGRESS_DELAY: Duration = Duration::from_secs(1);

/// The rows of a plan, in the order in which they were requested.
pub struct Listing<'p> {
    api: Arc<Api>,
    clock: Arc<dyn Clock>,
    ui: Ui,
    /// To be removed from the rows.
    extra_properties: Vec<String>,
    read_ahead: ReadAhead,
    pages: Pages,
    sift: Sift<'p>,
    null_rows: usize,
    start: Duration,
    shows_progress: bool,
    has_ended: bool,
}

impl<'p> Listing<'p> {
    /// Requests the first page, with the plan's fallbacks if the API rejects the query (400).
    pub fn start(
        api: &Arc<Api>,
        clock: &Arc<dyn Clock>,
        ui: &Ui,
        plan: &'p Plan,
    ) -> Result<Listing<'p>> {
        let start = clock.elapsed();
        let mut rejected: Option<RequestError> = None;
        for request in plan.requests() {
            let sift = Sift::new(plan, request.clone());
            let prefetch = needs_another_page(&sift);
            match api.list_pages(&request.options, plan.read_ahead(), prefetch) {
                Ok(pages) => {
                    return Ok(Listing {
                        api: Arc::clone(api),
                        clock: Arc::clone(clock),
                        ui: ui.clone(),
                        extra_properties: plan.extra_properties(request),
                        read_ahead: plan.read_ahead(),
                        pages,
                        sift,
                        null_rows: 0,
                        start,
                        shows_progress: true,
                        has_ended: false,
                    });
                }
                Err(error) if error.status() == Some(400) => {
                    ui.verbose(|| "the API rejected this form of the query (400)".to_owned());
                    rejected = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(rejected.expect("a plan has at least one request").into())
    }

    /// For rows that are printed to the terminal themselves.
    #[must_use]
    pub fn without_progress(mut self) -> Self {
        self.shows_progress = false;
        self
    }

    /// The rows of a page, perhaps none; `None` after the last page.
    ///
    /// # Errors
    /// `ErrorKind::Incomplete` if a page was received before.
    pub fn next_rows(&mut self) -> Result<Option<Vec<Referral>>> {
        if self.has_ended {
            return Ok(None);
        }
        let rows = self.read_page().map_err(|error| {
            self.has_ended = true;
            self.explain_interruption(error)
        });
        if self.has_ended {
            self.ui.clear_progress();
        }
        let remove_extra = |row: Referral| row.without(&self.extra_properties);
        Ok(Some(rows?.into_iter().map(remove_extra).collect()))
    }

    /// Whether the rows are not in the requested order.
    pub fn is_disordered(&self) -> bool {
        self.sift.is_disordered()
    }

    /// The number of rows that are `null`.
    pub fn null_rows(&self) -> usize {
        self.null_rows
    }

    /// The numbers of rows that were left out because they lack a value, by its name.
    pub fn left_out(&self) -> &BTreeMap<&'static str, usize> {
        self.sift.left_out()
    }

    /// Whether the API leaves out the rows without a team, so that they are not counted.
    pub fn is_seller_sent(&self) -> bool {
        self.sift.is_seller_sent()
    }

    /// The rows of the next page that belong to the result.
    fn read_page(&mut self) -> Result<Vec<Referral>> {
        let prefetch = needs_another_page(&self.sift);
        let Some(page) = self.pages.next_page(prefetch)? else {
            self.has_ended = !self.retry_without_top()?;
            return Ok(Vec::new());
        };
        self.null_rows += page.nulls;
        let before = self.sift.distinct();
        let mut rows = Vec::with_capacity(page.rows.len());
        for mut referral in page.rows {
            match self.sift.push(&mut referral) {
                Sifted::Keep => rows.push(referral),
                Sifted::Drop => {}
                Sifted::Stop => break,
            }
        }
        self.sift.end_page();
        self.pages.record_new_rows(self.sift.distinct() > before)?;
        self.has_ended = self.sift.is_done();
        self.show_progress();
        Ok(rows)
    }

    /// Starts again without `$top` if it may have cut matching rows. Returns whether it did.
    fn retry_without_top(&mut self) -> Result<bool> {
        let Some(request) = self.sift.retry_without_top() else { return Ok(false) };
        self.ui
            .verbose(|| "some rows did not match; sending the query again without $top".to_owned());
        self.pages = self.api.list_pages(&request.options, self.read_ahead, false)?;
        Ok(true)
    }

    fn show_progress(&self) {
        let time = self.clock.elapsed().saturating_sub(self.start);
        if time < PROGRESS_DELAY || !self.shows_progress || self.has_ended {
            return;
        }
        let (pages, rows) = (self.pages.received(), self.sift.received());
        let seconds = time.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "only displayed")]
        let rate = rows as f64 / seconds;
        let (pages, rows) = (text::count(pages, "page"), text::count(rows, "row"));
        self.ui.progress(&format!("{pages}, {rows}, {seconds:.0} s, {rate:.0} rows/s"));
    }

    fn explain_interruption(&self, error: Error) -> Error {
        let (pages, rows) = (self.pages.received(), self.sift.received());
        if pages == 0 || error.kind() == ErrorKind::ClosedPipe {
            return error;
        }
        let (rows, pages) = (text::count(rows, "referral"), text::count(pages, "page"));
        error
            .with_kind(ErrorKind::Incomplete)
            .context(format!("the listing broke off after {rows} ({pages})"))
    }
}

/// Whether the rows that are still wanted do not fit into one page.
fn needs_another_page(sift: &Sift<'_>) -> bool {
    sift.remaining().is_none_or(|remaining| remaining > PAGE_SIZE)
}
