//! What was answered and what lapsed in the period.

use super::charts::{self, ChartBar};
use super::html_table::{HtmlRow, HtmlTable, Value};
use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::render::summary::format_rate;
use crate::report::{Lapse, Results, Step, StepCounts};

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
        write_chart(html, page);
        page::write_beside(html, |html| {
            write_steps(html, page);
            page::write_figures(html, "Answers in figures", figures(results));
            let caption = "Value of what lapsed, by currency";
            page::write_sums(html, caption, &results.lapsed.value);
            page::write_reasons(html, "Why referrals were declined", &results.declined_reasons);
        });
        write_lapsed(html, page);
    });
}

fn figures(results: &Results) -> Vec<(&'static str, String)> {
    let times = &results.answer_time;
    let mut figures = vec![
        ("Accepted", results.accepted.to_string()),
        ("Declined", results.declined.to_string()),
        ("Lapsed", results.lapsed.count.to_string()),
        ("Acceptance rate", format_rate(results.cohort.acceptance_rate())),
        ("Lapse rate", format_rate(results.cohort.lapse_rate())),
    ];
    if times.is_telling() {
        let spans = [("Half are answered within", 50), ("Nine in ten are answered within", 90)];
        for (name, percent) in spans {
            figures.extend(times.percentile(percent).map(|span| (name, page::within(span))));
        }
    }
    figures.push(("Answered within 24 hours", format_rate(times.within_hours(24))));
    figures.push(("Answered within 72 hours", format_rate(times.within_hours(72))));
    if results.informational > 0 {
        figures.push(("Leads that need no answer", results.informational.to_string()));
    }
    if results.undated > 0 {
        figures.push(("Closed without a date, not counted", results.undated.to_string()));
    }
    figures
}

fn write_chart(html: &mut Markup, page: &ReportPage<'_>) {
    let format = if page.is_weekly() { "%-d %b" } else { "%b %Y" };
    let columns: Vec<ChartBar> = page.steps().iter().map(|step| column(step, format)).collect();
    let StepCounts { accepted, declined, lapsed } = page.details.timeline.sums();
    let description = format!(
        "By {}: {accepted} accepted, {declined} declined, {lapsed} lapsed in all; the table below has the figures.",
        page.step_name()
    );
    charts::write_legend(html, SERIES);
    charts::write_columns(html, &description, &columns);
}

fn write_steps(html: &mut Markup, page: &ReportPage<'_>) {
    let (name, format) =
        if page.is_weekly() { ("Week of", "%Y-%m-%d") } else { ("Month", "%Y-%m") };
    let rows = page.steps().into_iter().map(|Step { first, counts }| {
        vec![
            Value::Name(first.strftime(format).to_string()),
            Value::Count(counts.accepted),
            Value::Count(counts.declined),
            Value::Count(counts.lapsed),
        ]
    });
    let headings = [name, "Accepted", "Declined", "Lapsed"];
    let caption = format!("Answered and lapsed by {}", page.step_name());
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
