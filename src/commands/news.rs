//! Reads what is new since the mark of a report, and moves the mark once that was told.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::listing::Listing;
use crate::lock::ProcessLock;
use crate::model::{Referral, Status, Substatus};
use crate::query::{Coverage, Criterion, ListQuery, Plan, Sort, SortKey, Verdict, Window};
use crate::report::{Change, Contact, Item, Mark, Sighting, Sightings, look_back};
use crate::services::Services;
use crate::state::MarkFile;
use crate::text;

/// A referral that lapses is at most so old.
const MAX_WAIT_FOR_ANSWER: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Makes the conditions on the referrals of which the user wants to be told; once more if the clock turns out to be
/// wrong.
pub(super) type Wanted<'a> = &'a dyn Fn() -> Result<Vec<Criterion>>;

/// What a reading is to find.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) allow_partial: bool,
    /// Whether to find what waits also where no mark is used.
    pub(super) with_waiting: bool,
    /// Whether the items name the customer's contact.
    pub(super) with_contacts: bool,
}

/// What a reading has found.
pub(super) struct Findings {
    pub(super) changes: Vec<Change>,
    /// The referrals that wait for an answer, as far as they are wanted.
    pub(super) waiting: Vec<Item>,
    /// When the reading before this one began; `None` for the first.
    pub(super) since: Option<Timestamp>,
    /// Why the reading is not complete.
    pub(super) incomplete: Option<Error>,
}

/// The mark to be set once the news are told. Until it is dropped, other runs wait.
pub(super) struct PendingMark {
    file: MarkFile,
    _lock: ProcessLock,
    /// `None` after a reading that is not complete.
    mark: Option<Mark>,
}

impl PendingMark {
    /// Moves the mark: what was told is not told again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn commit(self) -> Result<()> {
        self.mark.as_ref().map_or(Ok(()), |mark| self.file.replace(&mark.to_text()))
    }

    /// Keeps it for [`confirm_told`], unless another reading comes first.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn postpone(self) -> Result<()> {
        self.mark.as_ref().map_or(Ok(()), |mark| self.file.next().replace(&mark.to_text()))
    }
}

/// Moves the mark `name` to where it was to be moved once what was told has arrived. Returns up to where that is; `None`
/// when there is nothing to be moved.
///
/// # Errors
/// `ErrorKind::Usage` when there is no such mark. When a mark cannot be read, written or locked.
pub(super) fn confirm_told(services: &Services, name: &str) -> Result<Option<Timestamp>> {
    let file = services.mark_file(name)?;
    let _lock = file.lock(&**services.context().clock())?;
    let Some(mark) = file.next().read(Mark::parse)? else {
        return match file.read(Mark::parse)? {
            Some(_) => Ok(None),
            None => Err(Error::usage("there is no digest of this name yet")),
        };
    };
    file.replace(&mark.to_text())?;
    file.next().remove()?;
    Ok(Some(mark.read))
}

/// Reads what has changed since the mark `name`. The first reading finds no changes.
///
/// # Errors
/// Those of listings; with `allow_partial`, one that breaks off is none. When the mark cannot be read or locked.
pub(super) fn read_news(
    services: &Services,
    name: &str,
    reading: Reading<'_>,
) -> Result<(Findings, PendingMark)> {
    (reading.wanted)()?;
    let context = services.context();
    if context.is_demo() && services.demo_start().is_none() {
        services.begin_demo()?;
    }
    let file = services.mark_file(name)?;
    let lock = file.lock(&**context.clock())?;
    let source =
        if context.is_demo() { None } else { Some(services.base_url()?.collection().to_owned()) };
    let mark = read_mark(services, &file)?;
    if let Some(mark) = &mark {
        check_source(mark, source.as_deref())?;
    }
    // What it was to follow is told again now.
    file.next().remove()?;
    let mut reader = NewsReader::new(services, reading);
    if let Some(mark) = &mark {
        reader.list(&updated_since(mark.since()))?;
        reader.list(&with_status(Status::New))?;
        reader.read_unseen(mark)?;
    } else {
        reader.list(&with_status(Status::New))?;
        reader.list(&with_status(Status::Active))?;
    }
    let NewsReader { sightings, incomplete, began, .. } = reader;
    let began = began.unwrap_or_else(|| context.now());
    let (changes, next) = match &mark {
        Some(mark) => mark.compare(&sightings, began),
        None => (Vec::new(), Mark::first(&sightings, began)),
    };
    let findings = Findings {
        changes,
        waiting: find_waiting(&sightings),
        since: mark.map(|mark| mark.read),
        incomplete,
    };
    let mark = findings.incomplete.is_none().then(|| next.with_source(source));
    Ok((findings, PendingMark { file, _lock: lock, mark }))
}

/// The mark from which a reading goes on. The demo has one before its first reading.
fn read_mark(services: &Services, file: &MarkFile) -> Result<Option<Mark>> {
    if !services.context().is_demo() {
        return file.read(Mark::parse);
    }
    // The mark of a day that is over belongs to other data.
    let mark = if services.demo_start().is_some() { file.read(Mark::parse)? } else { None };
    Ok(Some(mark.map_or_else(|| mark_of_yesterday(services), Ok)?))
}

fn find_waiting(sightings: &Sightings) -> Vec<Item> {
    let mut waiting: Vec<&Sighting> =
        sightings.iter().filter(|row| row.is_waiting() && row.is_wanted).collect();
    waiting.sort_by_key(|row| row.sort_key());
    waiting.into_iter().map(|row| row.item.clone()).collect()
}

/// Reads what has happened since a moment, without a mark. `since` is asked once more if the clock turns out to be wrong.
///
/// # Errors
/// Those of `since` and of listings; with `allow_partial`, one that breaks off is none.
pub(super) fn read_since(
    services: &Services,
    since: &dyn Fn() -> Result<Timestamp>,
    reading: Reading<'_>,
) -> Result<Findings> {
    (reading.wanted)()?;
    let mut reader = NewsReader::new(services, reading);
    reader.list_from(&|| Ok(updated_since(since()?)))?;
    let since = since()?;
    reader.list(&lapsed_since(since))?;
    if reading.with_waiting {
        reader.list(&with_status(Status::New))?;
    }
    let NewsReader { sightings, incomplete, .. } = reader;
    let changes = look_back(&sightings, since);
    let waiting = if reading.with_waiting { find_waiting(&sightings) } else { Vec::new() };
    Ok(Findings { changes, waiting, since: Some(since), incomplete })
}

/// The requests of a reading: of one that looks back to `since`, or of the next from the mark `name`.
///
/// # Errors
/// When the mark cannot be read.
pub(super) fn explain(services: &Services, name: &str, since: Option<Timestamp>) -> Result<String> {
    let mark = match since {
        Some(_) => None,
        None => read_mark(services, &services.mark_file(name)?)?,
    };
    let queries = match (since, &mark) {
        (Some(since), _) => [updated_since(since), lapsed_since(since)],
        (None, Some(mark)) => [updated_since(mark.since()), with_status(Status::New)],
        (None, None) => [with_status(Status::New), with_status(Status::Active)],
    };
    let base = services.base_url()?;
    let texts = queries.map(|query| Plan::new(query).explain(base.collection()));
    let mut text = texts.join("\nand then\n\n");
    if mark.is_some() {
        text.push_str("\nand then each referral that waited and is in neither, by its id\n");
    }
    Ok(text)
}

/// What another service knows nothing of would be told as gone.
fn check_source(mark: &Mark, source: Option<&str>) -> Result<()> {
    match (mark.source.as_deref(), source) {
        (Some(other), Some(source)) if other != source => {
            let message = format!("what this profile was told last is from {other}");
            Err(Error::usage(message)
                .detail(format!("now: {source}"))
                .hint("choose another profile with `--profile`; `changes --since` and a digest without `--as` need no mark"))
        }
        _ => Ok(()),
    }
}

fn query(criteria: Vec<Criterion>, sort: SortKey) -> ListQuery {
    ListQuery { criteria, sort: Sort::by(sort), prints_columns: true, ..ListQuery::default() }
}

fn with_status(status: Status) -> ListQuery {
    query(vec![Criterion::Status(vec![status])], SortKey::Created)
}

fn from(time: Timestamp) -> Window {
    Window { from: Some(time), until: None }
}

fn updated_since(time: Timestamp) -> ListQuery {
    query(vec![Criterion::Updated(from(time))], SortKey::Updated)
}

/// A lapse may not count as an update.
fn lapsed_since(time: Timestamp) -> ListQuery {
    let created = time.checked_sub(MAX_WAIT_FOR_ANSWER).unwrap_or(time);
    let criteria =
        vec![Criterion::Substatus(vec![Substatus::Expired]), Criterion::Created(from(created))];
    query(criteria, SortKey::Created)
}

/// The mark of the day before the demo's data.
fn mark_of_yesterday(services: &Services) -> Result<Mark> {
    let options = services.demo_options();
    let rows: Vec<Value> = referrals_sandbox::rows_of_yesterday(&options);
    let mut sightings = Sightings::default();
    for row in rows {
        let referral = Referral::parse(&row.to_string());
        let referral = referral.map_err(|_| Error::failure("the sample data is no JSON"))?;
        sightings.add(Sighting::of(&referral, true));
    }
    let yesterday = options.now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(options.now);
    Ok(Mark::first(&sightings, yesterday).reading_all())
}

/// Collects the rows of several listings.
struct NewsReader<'a> {
    services: &'a Services,
    reading: Reading<'a>,
    criteria: Option<Vec<Criterion>>,
    sightings: Sightings,
    incomplete: Option<Error>,
    /// When the first listing began: what is updated later may be missing.
    began: Option<Timestamp>,
}

impl<'a> NewsReader<'a> {
    fn new(services: &'a Services, reading: Reading<'a>) -> NewsReader<'a> {
        let sightings = Sightings::default();
        NewsReader { services, reading, criteria: None, sightings, incomplete: None, began: None }
    }

    fn list(&mut self, query: &ListQuery) -> Result<()> {
        self.list_from(&|| Ok(query.clone()))
    }

    /// The query is made once more if the clock turns out to be wrong.
    fn list_from(&mut self, query: &dyn Fn() -> Result<ListQuery>) -> Result<()> {
        let (services, context) = (self.services, self.services.context());
        let mut plan = Plan::new(query()?);
        let mut listing = Listing::start(services.api()?, context.clock(), context.ui(), &plan)?;
        if services.correct_clock() {
            drop(listing);
            plan = Plan::new(query()?);
            listing = Listing::start(services.api()?, context.clock(), context.ui(), &plan)?;
        }
        self.began.get_or_insert_with(|| context.now());
        loop {
            match listing.next_rows() {
                Ok(Some(rows)) => {
                    for referral in rows {
                        self.add(&referral)?;
                    }
                }
                Ok(None) => return Ok(()),
                Err(error)
                    if self.reading.allow_partial && error.kind() == ErrorKind::Incomplete =>
                {
                    self.incomplete = Some(error);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads those that no longer wait by their ids.
    fn read_unseen(&mut self, mark: &Mark) -> Result<()> {
        if self.incomplete.is_some() {
            return Ok(());
        }
        let (mut gone, mut can_read) = (Vec::new(), false);
        for id in mark.unseen(&self.sightings) {
            match self.fetch(&id)? {
                Some(referral) => {
                    can_read = true;
                    self.add(&referral)?;
                }
                None => gone.push(id),
            }
        }
        // Where not even a referral that was just listed can be read by its id, that of others says nothing.
        let listed = self.sightings.iter().next().filter(|_| !gone.is_empty() && !can_read);
        if let Some(listed) = listed.map(|sighting| sighting.item.id.clone())
            && self.fetch(&listed)?.is_none()
        {
            self.services.context().ui().warn(&format!(
                "no referral can be read by its id, so what became of {} is not known; the next run looks again",
                text::count(gone.len(), "referral"),
            ));
            return Ok(());
        }
        for id in &gone {
            self.sightings.add_gone(id);
        }
        Ok(())
    }

    /// `None` if the API has no such referral, or not for this user: which of the two tells that it is another's now is
    /// not known (API §9, 12).
    fn fetch(&self, id: &str) -> Result<Option<Referral>> {
        match self.services.api()?.fetch_referral(id) {
            Ok(referral) => Ok(Some(referral)),
            Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn add(&mut self, referral: &Referral) -> Result<()> {
        if self.criteria.is_none() {
            self.criteria = Some((self.reading.wanted)()?);
        }
        let mut criteria = self.criteria.iter().flatten();
        let is_wanted = criteria.all(|it| it.judge(referral, Coverage::Local) == Verdict::Met);
        let mut sighting = Sighting::of(referral, is_wanted);
        if self.reading.with_contacts {
            sighting.item.contact = Contact::of(referral);
        }
        self.sightings.add(sighting);
        Ok(())
    }
}
