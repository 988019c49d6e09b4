//! What waits for an answer: by the time left, and every row.

use super::charts::{self, ChartBar};
use super::html_table::{HtmlRow, HtmlTable, Value};
use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::columns;
use crate::report::Item;

const MAX_BYTES: usize = 60_000;

const HEADINGS: &[&str] =
    &["Left", "Customer", "Deal", "Value", "Currency", "Last day", "Sellers", "Kind", "From", "Id"];

pub(super) fn write(html: &mut Markup, page: &ReportPage<'_>) {
    let waiting = &page.summary.waiting;
    let unanswered = &waiting.tally.unanswered;
    html.element("section", &[], |html| {
        html.leaf("h2", &[], "Waiting for an answer");
        html.leaf("p", &[], format_figures(page));
        if unanswered.count() == 0 {
            return;
        }
        let (days, week) = (waiting.within_three_days.count, waiting.within_a_week.count);
        let classes = [
            ("overdue", "overdue", unanswered.overdue),
            ("under 24 h", "urgent", unanswered.within_a_day),
            ("1 to 3 days", "soon", unanswered.within_three_days),
            ("3 to 7 days", "one", week - days),
            ("later", "one", unanswered.later.saturating_sub(week - days)),
            ("no date", "none", unanswered.never + unanswered.unknown),
        ];
        let said = classes.map(|(name, _, count)| format!("{count} {name}")).join(", ");
        let bar = |(name, series, count): (&str, _, _)| ChartBar {
            label: name.to_owned(),
            parts: vec![(series, count)],
        };
        let description = format!("Waiting by the time left: {said}.");
        charts::write_bars(html, &description, &classes.map(bar));
        let rows =
            classes.map(|(name, _, count)| vec![Value::Name(name.to_owned()), Value::Count(count)]);
        page::write_beside(html, |html| {
            page::write_table(html, "Waiting by the time left", &["Time left", "Referrals"], rows);
            page::write_sums(html, "At stake, by currency", &unanswered.value);
        });
        write_rows(html, page);
    });
}

fn format_figures(page: &ReportPage<'_>) -> String {
    let waiting = &page.summary.waiting;
    let parts = [
        (waiting.pending, "pending"),
        (waiting.received, "received"),
        (waiting.new_since_yesterday, "new since yesterday"),
        (waiting.tally.no_answer_needed, "more need no answer"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    let count = waiting.tally.unanswered.count();
    let wait = if count == 1 { "waits" } else { "wait" };
    format!("{count} {wait}{parts}.")
}

fn write_rows(html: &mut Markup, page: &ReportPage<'_>) {
    let waiting = &page.details.waiting;
    let caption = "Every referral that waits, soonest deadline first";
    let table = HtmlTable { caption, headings: HEADINGS, max_bytes: MAX_BYTES };
    let shown = table.write(html, waiting.iter().map(|item| row(page, item)));
    page::write_more(html, waiting.count() - shown, "referrals pending");
    html.leaf("p", &[("class", "note")], "~ is estimated from the creation date.");
}

fn row(page: &ReportPage<'_>, item: &Item) -> HtmlRow {
    let [amount, currency] = page::value(item);
    let values = vec![
        page::words(page.left(item.deadline)),
        page::customer(item),
        page::deal(item),
        amount,
        currency,
        page::words(page.due(item.deadline)),
        page::sellers(item),
        page::words(item.kind.map(columns::shorten_kind).unwrap_or_default()),
        page::outside_text(item.sender.as_deref()),
        page.id(item),
    ];
    HtmlRow { class: page.urgency(item.deadline), values }
}
