//! What was answered and what lapsed in the period.

use super::charts::{self, ChartBar};
use super::html_table::{HtmlRow, HtmlTable, Value};
use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::report::{Lapse, Results, Step, is_weekly};

const MAX_BYTES: usize = 20_000;

const SERIES: &[(&str, &str)] = &[("one", "accepted"), ("two", "declined"), ("overdue", "lapsed")];

const HEADINGS: &[&str] =
    &["Lapsed", "Customer", "Deal", "Value", "Currency", "Sellers", "From", "Id"];

pub(super) fn write(html: &mut Markup, page: &ReportPage<'_>) {
    html.element("section", &[], |html| {
        html.leaf("h2", &[], "Answered and lapsed");
        let Some(results) = &page.summary.results else {
            return html.leaf("p", &[("class", "warning")], "This could not be listed.");
        };
        html.leaf("p", &[], format_args!("In the period {}.", page.period()));
        write_timeline(html, page);
        page::write_figures(html, "Answers in figures", figures(results));
        let groups = [("what lapsed".to_owned(), &results.lapsed.value)];
        page::write_money(html, "Value of what lapsed, by currency", groups);
        write_lapsed(html, page);
        page::write_reasons(html, "Why referrals were declined", &results.declined_reasons);
    });
}

fn figures(results: &Results) -> Vec<(&'static str, String)> {
    let times = &results.answer_time;
    let mut figures = vec![
        ("Accepted", results.accepted.to_string()),
        ("Declined", results.declined.to_string()),
        ("Lapsed", results.lapsed.count.to_string()),
        ("Acceptance rate", page::rate(results.cohort.acceptance_rate())),
        ("Lapse rate", page::rate(results.cohort.lapse_rate())),
    ];
    if times.is_telling() {
        let spans = [("Half are answered within", 50), ("Nine in ten are answered within", 90)];
        for (name, percent) in spans {
            figures.extend(times.percentile(percent).map(|span| (name, page::within(span))));
        }
    }
    figures.push(("Answered within 24 hours", page::rate(times.within_hours(24))));
    figures.push(("Answered within 72 hours", page::rate(times.within_hours(72))));
    if results.informational > 0 {
        figures.push(("Leads that need no answer", results.informational.to_string()));
    }
    if results.undated > 0 {
        figures.push(("Closed without a date, not counted", results.undated.to_string()));
    }
    figures
}

fn write_timeline(html: &mut Markup, page: &ReportPage<'_>) {
    let summary = page.summary;
    let steps = page.details.timeline.steps(summary.period, &summary.moment);
    let is_weekly = is_weekly(summary.period, &summary.moment);
    let (name, format) = if is_weekly { ("Week of", "%-d %b") } else { ("Month", "%b %Y") };
    let columns: Vec<ChartBar> = steps.iter().map(|step| column(step, format)).collect();
    let sums = page.details.timeline.sums();
    let description = format!(
        "By {}: {} accepted, {} declined, {} lapsed in all; the table below has the figures.",
        if is_weekly { "week" } else { "month" },
        sums.accepted,
        sums.declined,
        sums.lapsed
    );
    charts::write_legend(html, SERIES);
    charts::write_columns(html, &description, &columns);
    let format = if is_weekly { "%Y-%m-%d" } else { "%Y-%m" };
    let rows = steps.iter().map(|Step { first, counts }| {
        vec![
            Value::Name(first.strftime(format).to_string()),
            Value::Count(counts.accepted),
            Value::Count(counts.declined),
            Value::Count(counts.lapsed),
        ]
    });
    let headings = [name, "Accepted", "Declined", "Lapsed"];
    let caption = format!("Answered and lapsed by {}", if is_weekly { "week" } else { "month" });
    page::write_table(html, &caption, &headings, rows);
}

fn column(step: &Step, format: &str) -> ChartBar {
    let counts = step.counts;
    let counts = [counts.accepted, counts.declined, counts.lapsed];
    let parts = SERIES.iter().zip(counts).map(|((series, _), count)| (*series, count));
    ChartBar { label: step.first.strftime(format).to_string(), parts: parts.collect() }
}

fn write_lapsed(html: &mut Markup, page: &ReportPage<'_>) {
    let lapsed = &page.details.lapsed;
    if lapsed.count() == 0 {
        return html.leaf("p", &[], "Nothing lapsed in the period.");
    }
    let table = HtmlTable {
        caption: "What lapsed, latest first",
        headings: HEADINGS,
        max_bytes: MAX_BYTES,
    };
    let shown = table.write(html, lapsed.iter().map(|lapse| row(page, lapse)));
    page::write_more(html, lapsed.count() - shown, "referrals list --substatus expired");
}

fn row(page: &ReportPage<'_>, Lapse { item, at }: &Lapse) -> HtmlRow {
    let [amount, currency] = page::value(item);
    HtmlRow::from(vec![
        page::words(page.day(*at)),
        page::customer(item),
        page::deal(item),
        amount,
        currency,
        page::sellers(item),
        page::outside_text(item.sender.as_deref()),
        page.id(item),
    ])
}
