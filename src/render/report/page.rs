//! What the sections of a report share: its values, and how they are written.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::html_table::{HtmlRow, HtmlTable, Value};
use super::markup::Markup;
use crate::columns::{self, NoDate};
use crate::model::{DeadlineState, Due, Money, Totals, Urgency};
use crate::render::display::display_text;
use crate::render::table_cell::round;
use crate::render::{short_id, times};
use crate::report::{Item, ReportDetails, ReportPeriod, Step, Summary, TextCounts, is_weekly};
use crate::text::truncate;

/// How many bytes the rows of a table of figures may have.
const MAX_BYTES: usize = 8_000;

/// So many currencies are named in a line.
const MAX_CURRENCIES: usize = 8;

/// So many reasons are listed.
const MAX_REASONS: usize = 20;

#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// Whose referrals these are.
    pub title: String,
    /// The period as the user wrote it.
    pub period: String,
}

pub(super) struct ReportPage<'a> {
    pub(super) summary: &'a Summary,
    pub(super) details: &'a ReportDetails,
    pub(super) options: &'a ReportOptions,
    /// Of the ids in all tables.
    id_length: usize,
}

impl<'a> ReportPage<'a> {
    pub(super) fn new(
        summary: &'a Summary,
        details: &'a ReportDetails,
        options: &'a ReportOptions,
    ) -> ReportPage<'a> {
        // A referral may be in more than one table.
        let ids: BTreeSet<&str> = details.ids().collect();
        let id_length = short_id::unique_length(ids.into_iter());
        ReportPage { summary, details, options, id_length }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.summary.moment.now
    }

    pub(super) fn heading(&self) -> String {
        let title = display_text(&self.options.title);
        format!("Partner Center referrals: {}", truncate(&title, 60))
    }

    /// `23 Aug`, with the year if it is another one.
    pub(super) fn day(&self, time: Timestamp) -> String {
        let zone = &self.summary.moment.zone;
        match times::format_day(time, zone, self.now()) {
            // The page is read on other days too.
            day if day == "today" => time.to_zoned(zone.clone()).strftime("%-d %b").to_string(),
            day => day,
        }
    }

    pub(super) fn period(&self) -> String {
        let ReportPeriod { from, until } = self.summary.period;
        match until {
            None => format!("since {} ({})", self.day(from), self.options.period),
            Some(until) => {
                let last = until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(until);
                format!("{} to {} ({})", self.day(from), self.day(last), self.options.period)
            }
        }
    }

    /// Whether the period is told by weeks, and not by months.
    pub(super) fn is_weekly(&self) -> bool {
        is_weekly(self.summary.period, &self.summary.moment)
    }

    pub(super) fn step_name(&self) -> &'static str {
        if self.is_weekly() { "week" } else { "month" }
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.details.timeline.steps(self.summary.period, &self.summary.moment)
    }

    pub(super) fn id(&self, item: &Item) -> Value {
        words(display_text(short_id::shorten(&item.id, self.id_length)))
    }

    /// The last day to answer, with the time within a day of it.
    pub(super) fn due(&self, deadline: DeadlineState) -> String {
        let DeadlineState::At(deadline) = deadline else {
            return String::new();
        };
        let zone = &self.summary.moment.zone;
        let at = deadline.at.to_zoned(zone.clone());
        match deadline.due(zone, self.now()) {
            Due::Today(_) | Due::Tomorrow(_) => at.strftime("%a %-d %b, %H:%M").to_string(),
            Due::Tonight(time) => {
                let evening = at.date().yesterday().unwrap_or(at.date());
                format!("{}, night {}", evening.strftime("%a %-d %b"), time.strftime("%H:%M"))
            }
            Due::Day(day) if day.year() == self.summary.moment.today().year() => {
                day.strftime("%a %-d %b").to_string()
            }
            Due::Day(day) => day.strftime("%a %-d %b %Y").to_string(),
        }
    }

    pub(super) fn left(&self, deadline: DeadlineState) -> String {
        match deadline {
            DeadlineState::At(deadline) => times::format_left(deadline, self.now()),
            DeadlineState::Unknown => NoDate::Unreadable.as_str().to_owned(),
            _ => "no deadline".to_owned(),
        }
    }

    /// The class of a row.
    pub(super) fn urgency(&self, deadline: DeadlineState) -> &'static str {
        let DeadlineState::At(deadline) = deadline else { return "" };
        match deadline.urgency(self.now()) {
            Some(Urgency::Overdue) => "overdue",
            Some(Urgency::Today) => "urgent",
            Some(Urgency::Soon) => "soon",
            None => "",
        }
    }
}

pub(super) fn customer(item: &Item) -> Value {
    Value::Name(item.customer.as_deref().map(display_text).unwrap_or_default())
}

pub(super) fn deal(item: &Item) -> Value {
    Value::Text(item.deal.as_deref().map(display_text).unwrap_or_default())
}

/// The amount and its currency, in a cell each.
pub(super) fn value(item: &Item) -> [Value; 2] {
    item.value.as_ref().map_or([Value::Empty, Value::Empty], money)
}

pub(super) fn money(money: &Money) -> [Value; 2] {
    let currency = money.currency.as_deref().map_or("none".to_owned(), display_text);
    [Value::Amount(round(money).amount), words(currency)]
}

pub(super) fn sellers(item: &Item) -> Value {
    if item.sellers.is_empty() {
        return Value::Text("nobody".to_owned());
    }
    let sellers = item.sellers.iter().map(|seller| display_text(columns::local_part(seller)));
    Value::Text(sellers.collect::<Vec<_>>().join(", "))
}

/// `95,600 EUR; 48,500 CHF; 8 of 11 without a value`.
pub(super) fn join_sums(totals: &Totals, count: usize) -> String {
    sums(totals, count).join("; ")
}

/// A text for each currency, because they are never added, and one for what has no value.
pub(super) fn sums(totals: &Totals, count: usize) -> Vec<String> {
    let sums = totals.sums();
    let shown = sums.iter().take(MAX_CURRENCIES);
    let shown = shown.map(|sum| truncate(&display_text(&round(sum).to_string()), 40).into_owned());
    let mut parts: Vec<String> = shown.collect();
    if sums.len() > MAX_CURRENCIES {
        parts.push(format!("and {} more currencies", sums.len() - MAX_CURRENCIES));
    }
    match totals.without_amount() {
        0 => {}
        _ if parts.is_empty() => parts.push("no value is given".to_owned()),
        without => parts.push(format!("{without} of {count} without a value")),
    }
    parts
}

/// A span that is rounded up, so that "within" stays true.
pub(super) fn within(seconds: u32) -> String {
    match seconds {
        0..7_200 => format!("{} min", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} hours", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// What is named and its figure, as a table of two columns.
pub(super) fn write_figures(html: &mut Markup, caption: &str, figures: Vec<(&str, String)>) {
    let rows = figures
        .into_iter()
        .map(|(name, figure)| HtmlRow::from(vec![Value::Name(name.to_owned()), words(figure)]));
    let headings = &["Figure", "Result"];
    HtmlTable { caption, headings, max_bytes: MAX_BYTES }.write(html, rows);
}

/// A table of figures.
pub(super) fn write_table(
    html: &mut Markup,
    caption: &str,
    headings: &[&str],
    rows: impl IntoIterator<Item = Vec<Value>>,
) {
    let rows: Vec<HtmlRow> = rows.into_iter().map(HtmlRow::from).collect();
    let count = rows.len();
    let shown = HtmlTable { caption, headings, max_bytes: MAX_BYTES }.write(html, rows);
    write_more(html, count - shown, "referrals list --output all.xlsx");
}

/// Amounts by currency; nothing if there are none.
pub(super) fn write_sums(html: &mut Markup, caption: &str, totals: &Totals) {
    let sums = totals.sums();
    if !sums.is_empty() {
        let rows = sums.iter().map(|sum| money(sum).into());
        write_table(html, caption, &["Value", "Currency"], rows);
    }
}

/// Amounts by group and currency; nothing if there are none.
pub(super) fn write_money<'t>(
    html: &mut Markup,
    caption: &str,
    name: &str,
    groups: impl IntoIterator<Item = (String, &'t Totals)>,
) {
    let mut rows = Vec::new();
    for (name, totals) in groups {
        for sum in totals.sums() {
            let [amount, currency] = money(&sum);
            rows.push(vec![Value::Name(name.clone()), amount, currency]);
        }
    }
    if !rows.is_empty() {
        write_table(html, caption, &[name, "Value", "Currency"], rows);
    }
}

/// Small tables, beside one another where there is room.
pub(super) fn write_beside(html: &mut Markup, contents: impl FnOnce(&mut Markup)) {
    html.element("div", &[("class", "beside")], contents);
}

/// After a table that was cut.
pub(super) fn write_more(html: &mut Markup, more: usize, command: &str) {
    if more > 0 {
        html.element("p", &[("class", "more")], |html| {
            html.text(format!("and {more} more: "));
            html.leaf("code", &[], command);
        });
    }
}

/// How often each reason was given; nothing if there are none.
pub(super) fn write_reasons(html: &mut Markup, caption: &str, reasons: &TextCounts) {
    let counts = reasons.by_frequency();
    if counts.is_empty() {
        return;
    }
    let rest: usize = counts.iter().skip(MAX_REASONS).map(|(_, count)| count).sum();
    let name = |text: Option<&str>| text.map_or("no reason given".to_owned(), display_text);
    let shown = counts.iter().take(MAX_REASONS).map(|(text, count)| (name(*text), *count));
    let others = Some(("others".to_owned(), rest + reasons.others()));
    let rows = shown.chain(others.filter(|(_, count)| *count > 0));
    let rows = rows.map(|(name, count)| vec![Value::Name(name), Value::Count(count)]);
    write_table(html, caption, &["Reason", "Referrals"], rows);
}

pub(super) fn words(text: impl Into<String>) -> Value {
    Value::Words(text.into())
}

pub(super) fn outside_text(text: Option<&str>) -> Value {
    Value::Text(text.map(display_text).unwrap_or_default())
}
