//! What was won and lost in the period.

use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::render::summary::format_rate;
use crate::report::{Results, WinCounts};

pub(super) fn write(html: &mut Markup, page: &ReportPage<'_>) {
    // Where it is missing, the section before this says so.
    let Some(results) = &page.summary.results else { return };
    html.element("section", &[], |html| {
        html.leaf("h2", &[], "Won and lost");
        page::write_beside(html, |html| {
            page::write_figures(html, "Wins and losses in figures", figures(results));
            let groups =
                [("won".to_owned(), &results.won.value), ("lost".to_owned(), &results.lost.value)];
            page::write_money(html, "Value won and lost, by currency", "Result", groups);
            page::write_reasons(html, "Why deals were lost", &results.lost_reasons);
        });
    });
}

fn figures(results: &Results) -> Vec<(&'static str, String)> {
    let terms = |counts: WinCounts| {
        let rate = format_rate(counts.rate());
        format!("{rate}: {} accepted, {} sent by us", counts.accepted, counts.outbound)
    };
    let mut figures = vec![
        ("Won", results.won.count.to_string()),
        ("Lost", results.lost.count.to_string()),
        ("Win rate, co-sell", terms(results.cosell)),
        ("Win rate, leads", format_rate(results.leads.rate())),
    ];
    if results.win_time.is_telling() {
        let half = results.win_time.percentile(50);
        figures.extend(half.map(|span| ("Half are won within", page::within(span))));
    }
    figures
}
