//! What needs care: open deals that lack something.

use super::html_table::{HtmlRow, HtmlTable, Value};
use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::model::Care;
use crate::report::CareRow;

const MAX_BYTES: usize = 25_000;

const HEADINGS: &[&str] =
    &["Why", "Customer", "Deal", "Stage", "Closing", "Value", "Currency", "Sellers", "Id"];

pub(super) fn write(html: &mut Markup, page: &ReportPage<'_>) {
    // Where it is missing, the section before this says so.
    let Some(open) = &page.summary.open else { return };
    html.element("section", &[], |html| {
        html.leaf("h2", &[], "What needs care");
        if open.needs_care == 0 {
            return html.leaf("p", &[], "No open deal lacks anything that is checked.");
        }
        let (count, total) = (open.needs_care, open.total.count);
        html.leaf("p", &[], format_args!("{count} of {total} open deals, for one reason or more."));
        let rows = Care::ALL
            .map(|care| vec![Value::Name(care.as_str().to_owned()), Value::Count(open.care(care))]);
        page::write_table(html, "Open deals that need care, by reason", &["Reason", "Deals"], rows);
        let caption = "Open deals that need care, most reasons first";
        let table = HtmlTable { caption, headings: HEADINGS, max_bytes: MAX_BYTES };
        let shown = table.write(html, page.details.care.iter().map(|care| row(page, care)));
        let more = page.details.care.count() - shown;
        page::write_more(html, more, "referrals list --check");
    });
}

fn row(page: &ReportPage<'_>, CareRow { item, reasons }: &CareRow) -> HtmlRow {
    let [amount, currency] = page::value(item);
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
    HtmlRow::from(vec![
        page::words(reasons.join(", ")),
        page::customer(item),
        page::deal(item),
        page::outside_text(item.stage.as_deref()),
        page::words(item.closing.map(|day| day.to_string()).unwrap_or_default()),
        amount,
        currency,
        page::sellers(item),
        page.id(item),
    ])
}
