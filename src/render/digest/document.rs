//! A digest in the words of people, of which each target makes its own.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::columns::NoDate;
use crate::model::{Deadline, DeadlineState, Money, ReferralKind, Urgency};
use crate::render::display::display_text;
use crate::render::{news, short_id, times, totals};
use crate::report::{Change, Contact, Digest, Item, News};
use crate::text;

/// In cells. Names of companies and deals are shorter.
const MAX_NAME_WIDTH: usize = 60;
/// In cells, of what has changed.
const MAX_CHANGE_WIDTH: usize = 160;
/// In cells. There may be sums in many currencies.
const MAX_TOTALS_WIDTH: usize = 400;
/// In cells; a UUID has 36.
const MAX_ID_WIDTH: usize = 36;

/// What stands between the parts of a row.
pub(super) const SEPARATOR: &str = " · ";

/// Text is one line without control characters, and not escaped for any target.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) now: Timestamp,
    /// `Referrals, Sat 21 Nov 04:00 PST`
    pub(super) title: String,
    /// `21 wait for an answer, 3 of them new`
    pub(super) headline: String,
    /// More of it. Both are of our own words alone, as is the title.
    pub(super) summary: String,
    pub(super) sections: Vec<Section>,
    /// Of our own words alone, but for the codes of currencies.
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    /// Of rows, with those that were left out.
    pub(super) count: usize,
    pub(super) rows: Vec<DigestRow>,
    /// Prints them all.
    pub(super) command: String,
}

#[derive(Clone, Debug)]
pub(super) struct DigestRow {
    /// The start of the id, as long as `show` needs it.
    pub(super) id: String,
    /// The time left, or what has happened in a word.
    pub(super) mark: String,
    pub(super) urgency: Option<Urgency>,
    pub(super) is_new: bool,
    pub(super) customer: String,
    pub(super) parts: Vec<String>,
}

impl Section {
    pub(super) fn heading(&self) -> String {
        format!("{}: {}", self.title, self.count)
    }

    /// What stands for the rows that were left out, before the command.
    pub(super) fn more(&self) -> Option<String> {
        let more = self.count - self.rows.len();
        (more > 0).then(|| format!("and {more} more:"))
    }
}

impl DigestRow {
    pub(super) fn new_mark(&self) -> &'static str {
        if self.is_new { " (new)" } else { "" }
    }
}

impl Document {
    pub(super) fn of(digest: &Digest, zone: &TimeZone) -> Document {
        let writer = Writer::new(digest, zone);
        let now = times::format_local_time(digest.now, zone, digest.now);
        Document {
            now: digest.now,
            title: format!("Referrals, {now}"),
            headline: writer.headline(),
            summary: writer.summary(),
            sections: writer.sections(),
            notes: writer.notes(),
        }
    }

    /// The document with the most rows of each section that `fits` allows. One without rows is short enough for every
    /// target.
    pub(super) fn fit(&self, fits: impl Fn(&Document) -> bool) -> Document {
        if fits(self) {
            return self.clone();
        }
        let (mut least, mut most) =
            (0, self.sections.iter().map(|it| it.rows.len()).max().unwrap_or(0));
        while most - least > 1 {
            let middle = least + (most - least) / 2;
            if fits(&self.cut(middle)) {
                least = middle;
            } else {
                most = middle;
            }
        }
        self.cut(least)
    }

    fn cut(&self, rows: usize) -> Document {
        let mut document = self.clone();
        for section in &mut document.sections {
            section.rows.truncate(rows);
        }
        document
    }
}

struct Writer<'a> {
    digest: &'a Digest,
    zone: &'a TimeZone,
    id_length: usize,
}

impl<'a> Writer<'a> {
    fn new(digest: &'a Digest, zone: &'a TimeZone) -> Writer<'a> {
        let changed = digest.changes.iter().map(|change| &*change.item.id);
        let ids = digest.waiting.iter().map(|item| &*item.id).chain(changed);
        Writer { digest, zone, id_length: short_id::unique_length(ids) }
    }

    fn headline(&self) -> String {
        match (self.digest.waiting.len(), self.digest.count_new()) {
            (0, _) => "nothing waits for an answer".to_owned(),
            (1, 0) => "1 waits for an answer".to_owned(),
            (1, _) => "1 waits for an answer, and is new".to_owned(),
            (count, 0) => format!("{count} wait for an answer"),
            (count, new) => format!("{count} wait for an answer, {new} of them new"),
        }
    }

    fn summary(&self) -> String {
        let Digest { now, since, changes, .. } = self.digest;
        let headline = capitalize(&self.headline());
        let Some(since) = since else {
            return format!("{headline}. What is new is told from now on.");
        };
        let since = times::format_local_time(*since, self.zone, *now);
        match &*news::format_news_counts(changes) {
            "" => format!("{headline}. Nothing has changed since {since}."),
            counts => format!("{headline}. Since {since}: {counts}."),
        }
    }

    fn sections(&self) -> Vec<Section> {
        let waiting = self.digest.waiting.iter().map(|item| self.waiting_row(item)).collect();
        let of = |wanted: fn(&News) -> bool| -> Vec<DigestRow> {
            let changes = self.digest.other_changes().filter(|change| wanted(&change.news));
            changes.map(|change| self.changed_row(change)).collect()
        };
        let is_lapsed = |news: &News| *news == News::Lapsed;
        let is_new = |news: &News| *news == News::New;
        let is_other = |news: &News| !matches!(news, News::Lapsed | News::New | News::Updated);
        // Of these it is not known what has changed; they are the first to be left out.
        let is_updated = |news: &News| *news == News::Updated;
        let others = of(is_other).into_iter().chain(of(is_updated)).collect();
        let sections = [
            ("Waiting for an answer", waiting, "referrals pending".to_owned()),
            ("Lapsed without an answer", of(is_lapsed), self.changes_command()),
            ("New", of(is_new), self.changes_command()),
            ("Answered, moved, closed", others, self.changes_command()),
        ];
        let sections = sections.into_iter().filter(|(_, rows, _)| !rows.is_empty());
        let section = |(title, rows, command): (_, Vec<_>, _)| Section {
            title,
            count: rows.len(),
            rows,
            command,
        };
        sections.map(section).collect()
    }

    fn changes_command(&self) -> String {
        let since = self.digest.since.unwrap_or(self.digest.now);
        let day = since.to_zoned(self.zone.clone()).date();
        format!("referrals changes --since {day}")
    }

    fn waiting_row(&self, item: &Item) -> DigestRow {
        let now = self.digest.now;
        let (mark, due, urgency) = match item.deadline {
            DeadlineState::At(deadline) => (
                times::format_left(deadline, now),
                Some(self.format_due(deadline)),
                deadline.urgency(now),
            ),
            DeadlineState::Never => (NoDate::Never.as_str().to_owned(), None, None),
            DeadlineState::NoAnswerNeeded => {
                (NoDate::NoAnswerNeeded.as_str().to_owned(), None, None)
            }
            DeadlineState::Unknown | DeadlineState::Answered => {
                (NoDate::Unreadable.as_str().to_owned(), None, None)
            }
        };
        let value = item.value.as_ref().map(Money::to_string);
        let parts = [item.deal.clone(), value, due, origin(item)];
        let parts = parts.iter().flatten().map(|part| shorten(part, MAX_NAME_WIDTH));
        let contact = item.contact.as_ref().map(format_contact);
        let parts = parts.chain(contact).filter(|part| !part.is_empty()).collect();
        let is_new = self.digest.is_new(item);
        DigestRow { mark, urgency, is_new, parts, ..self.row(item) }
    }

    fn changed_row(&self, change: &Change) -> DigestRow {
        let what = news::describe_change(change, self.zone, self.digest.now);
        let what = shorten(&what, MAX_CHANGE_WIDTH);
        let deal = match change.news {
            News::New | News::Moved(_) => change.item.deal.as_deref(),
            _ => None,
        };
        let deal = deal.map(|name| shorten(name, MAX_NAME_WIDTH));
        let parts = [deal, Some(what)].into_iter().flatten().filter(|part| !part.is_empty());
        let mark = change.news.word().to_owned();
        let urgency = (change.news == News::Lapsed).then_some(Urgency::Overdue);
        DigestRow { mark, urgency, parts: parts.collect(), ..self.row(&change.item) }
    }

    fn row(&self, item: &Item) -> DigestRow {
        let id = short_id::shorten(&item.id, self.id_length);
        let customer = shorten(item.customer.as_deref().unwrap_or_default(), MAX_NAME_WIDTH);
        DigestRow {
            id: shorten(id, MAX_ID_WIDTH),
            mark: String::new(),
            urgency: None,
            is_new: false,
            customer: if customer.is_empty() { "(no name)".to_owned() } else { customer },
            parts: Vec::new(),
        }
    }

    fn format_due(&self, deadline: Deadline) -> String {
        format!("due {}", times::format_due(deadline, self.zone, self.digest.now))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let Digest { waiting, tally, is_complete, .. } = self.digest;
        if tally.unanswered.count() > 0 || tally.no_answer_needed > 0 {
            let totals = totals::format_pending_totals(tally).join("; ");
            notes.push(format!("{}.", shorten(&totals, MAX_TOTALS_WIDTH)));
        }
        let is_estimated = |item: &Item| matches!(item.deadline, DeadlineState::At(deadline) if deadline.estimated);
        if waiting.iter().any(is_estimated) {
            notes.push("~ is estimated from the creation date.".to_owned());
        }
        if !is_complete {
            notes.push("Not everything could be read: there may be more.".to_owned());
        }
        notes
    }
}

/// `lead from Microsoft`.
fn origin(item: &Item) -> Option<String> {
    let kind = item.kind.map(ReferralKind::as_str);
    match (kind, item.sender.as_deref()) {
        (Some(kind), Some(sender)) => Some(format!("{kind} from {sender}")),
        (None, Some(sender)) => Some(format!("from {sender}")),
        (kind, None) => kind.map(str::to_owned),
    }
}

fn format_contact(contact: &Contact) -> String {
    let parts = [&contact.name, &contact.email].into_iter().flatten();
    let parts: Vec<String> = parts.map(|part| shorten(part, MAX_NAME_WIDTH)).collect();
    format!("contact: {}", parts.join(", "))
}

/// On one line, in at most so many cells, and not much longer where characters have no width.
fn shorten(text: &str, width: usize) -> String {
    text::truncate(&display_text(text), width).chars().take(2 * width).collect()
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
