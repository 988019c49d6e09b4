//! The answer first: whose referrals these are, what is about to be lost, by whom it is to be answered, and the figures.

use super::html_table::{HtmlRow, HtmlTable};
use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::columns;
use crate::render::display::display_text;
use crate::render::summary::format_rate;
use crate::render::times;
use crate::report::Item;
use crate::text;

/// So many sellers are named.
const MAX_SELLERS: usize = 12;

pub(super) fn write_header(html: &mut Markup, page: &ReportPage<'_>) {
    let moment = &page.summary.moment;
    let date = moment.now.to_zoned(moment.zone.clone()).strftime("%A, %-d %B %Y, %H:%M");
    let zone = times::format_zone(&moment.now.to_zoned(moment.zone.clone()));
    html.element("header", &[], |html| {
        html.leaf("h1", &[], page.heading());
        html.leaf("p", &[], format_args!("As of {date} {zone}. Looks back {}.", page.period()));
        if !page.summary.is_complete {
            let warning = "This report is incomplete: a listing broke off. Figures are too low, and rows are missing.";
            html.leaf("p", &[("class", "warning")], warning);
        }
    });
}

pub(super) fn write_urgent(html: &mut Markup, page: &ReportPage<'_>) {
    let waiting = &page.summary.waiting;
    let count = waiting.urgent.count;
    let class = if count == 0 { "answer calm" } else { "answer" };
    html.element("section", &[("class", class)], |html| {
        if count == 0 {
            html.leaf("h2", &[], "Nothing must be answered by tomorrow");
            if let Some(item) = page.details.waiting.iter().next() {
                write_next(html, page, item);
            }
            return;
        }
        let referrals = text::count(count, "referral");
        html.leaf("h2", &[], format_args!("{referrals} must be answered by tomorrow"));
        let value = page::join_sums(&page.details.urgent_value, count);
        html.element("p", &[], |html| {
            html.text("About to be lost: ");
            html.leaf("strong", &[], value);
            html.text(match waiting.overdue.count {
                0 => ".".to_owned(),
                overdue => format!(". {overdue} of them overdue."),
            });
        });
        write_sellers(html, page);
        let headings = ["Left", "Customer", "Value", "Currency", "Last day", "Sellers", "Id"];
        let table = HtmlTable {
            caption: &match waiting.urgent.items.len() {
                shown if shown < count => format!("The {shown} soonest of {count}"),
                _ => "To be answered by tomorrow".to_owned(),
            },
            headings: &headings,
            max_bytes: usize::MAX,
        };
        table.write(html, waiting.urgent.items.iter().map(|item| urgent_row(page, item)));
    });
}

fn write_next(html: &mut Markup, page: &ReportPage<'_>, item: &Item) {
    let due = page.due(item.deadline);
    if !due.is_empty() {
        let customer = item.customer.as_deref().map_or("one without a name".into(), display_text);
        let customer = text::truncate(&customer, 60).into_owned();
        html.leaf("p", &[], format_args!("The next one is due {due}: {customer}."));
    }
}

fn write_sellers(html: &mut Markup, page: &ReportPage<'_>) {
    let sellers = page.details.urgent_sellers.by_frequency();
    let name = |seller: Option<&str>| match seller {
        Some(seller) => {
            let name = display_text(columns::local_part(seller));
            text::truncate(&name, 40).into_owned()
        }
        None => "nobody is on the team".to_owned(),
    };
    html.element("p", &[], |html| html.text("To be answered by:"));
    html.element("ul", &[("class", "people")], |html| {
        for (seller, count) in sellers.iter().take(MAX_SELLERS) {
            html.element("li", &[], |html| {
                html.leaf("strong", &[], name(*seller));
                html.text(format_args!(" {count}"));
            });
        }
        let more = sellers.len().saturating_sub(MAX_SELLERS);
        if more > 0 {
            html.leaf("li", &[], format_args!("and {more} more"));
        }
    });
}

fn urgent_row(page: &ReportPage<'_>, item: &Item) -> HtmlRow {
    let [amount, currency] = page::value(item);
    let values = vec![
        page::words(page.left(item.deadline)),
        page::customer(item),
        amount,
        currency,
        page::words(page.due(item.deadline)),
        page::sellers(item),
        page.id(item),
    ];
    HtmlRow { class: page.urgency(item.deadline), values }
}

pub(super) fn write_tiles(html: &mut Markup, page: &ReportPage<'_>) {
    let summary = page.summary;
    let unanswered = &summary.waiting.tally.unanswered;
    let tile = |html: &mut Markup, name: &str, count: usize, notes: Vec<String>| {
        html.element("div", &[], |html| {
            html.leaf("dt", &[], name);
            html.leaf("dd", &[("class", "figure")], count);
            for note in notes {
                html.leaf("dd", &[], note);
            }
        });
    };
    html.element("dl", &[("class", "tiles")], |html| {
        let count = unanswered.count();
        tile(html, "Waiting for an answer", count, page::sums(&unanswered.value, count));
        if let Some(results) = &summary.results {
            let lapsed = results.lapsed.count;
            let rate = format_rate(results.cohort.lapse_rate());
            tile(html, "Lapsed in the period", lapsed, vec![format!("lapse rate {rate}")]);
            let rate = format_rate(results.cohort.acceptance_rate());
            tile(html, "Answered", results.answered(), vec![format!("acceptance rate {rate}")]);
            let won = &results.won;
            tile(html, "Won", won.count, page::sums(&won.value, won.count));
        }
        if let Some(open) = &summary.open {
            tile(
                html,
                "Open deals",
                open.total.count,
                page::sums(&open.total.value, open.total.count),
            );
            tile(html, "Need care", open.needs_care, vec![format!("of {} open", open.total.count)]);
        }
    });
}
