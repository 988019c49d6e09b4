//! Open deals by sales stage and age.

use super::charts::{self, ChartBar};
use super::html_table::Value;
use super::markup::Markup;
use super::page::{self, ReportPage};
use crate::render::summary::format_stage;
use crate::report::AGES;
use crate::text;

const SERIES: [&str; AGES.len() + 2] = ["a1", "a2", "a3", "a4", "none"];

/// The widest label of a stage, in terminal cells.
const MAX_LABEL: usize = 12;

/// So many stages are drawn; the table has all.
const MAX_BARS: usize = 20;

pub(super) fn write(html: &mut Markup, page: &ReportPage<'_>) {
    html.element("section", &[], |html| {
        html.leaf("h2", &[], "Open deals");
        let Some(open) = &page.summary.open else {
            return html.leaf("p", &[("class", "warning")], "This could not be listed.");
        };
        let count = open.total.count;
        if count == 0 {
            return html.leaf("p", &[], "No deal is open.");
        }
        let deals = text::count(count, "open deal");
        let value = page::join_sums(&open.total.value, count);
        html.leaf("p", &[], format_args!("{deals}: {value}."));
        write_chart(html, page);
        page::write_beside(html, |html| {
            write_stages(html, page);
            let stages = page.details.pipeline.iter();
            let values = stages.map(|(stage, figures)| (format_stage(stage), &figures.value));
            let caption = "Value of open deals by stage and currency";
            page::write_money(html, caption, "Stage", values);
        });
    });
}

/// The classes of age, the last one of those whose age is not known.
fn age_names() -> [String; AGES.len() + 2] {
    let [month, quarter, half] = AGES;
    [
        format!("up to {month} days"),
        format!("{} to {quarter} days", month + 1),
        format!("{} to {half} days", quarter + 1),
        format!("over {half} days"),
        "age not known".to_owned(),
    ]
}

fn write_chart(html: &mut Markup, page: &ReportPage<'_>) {
    let pipeline = &page.details.pipeline;
    let stages = pipeline.iter().take(MAX_BARS);
    let bars: Vec<ChartBar> = stages
        .map(|(stage, figures)| ChartBar {
            label: text::truncate(&format_stage(stage), MAX_LABEL).into_owned(),
            parts: SERIES.into_iter().zip(figures.ages).collect(),
        })
        .collect();
    let said = pipeline.iter().take(MAX_BARS).zip(&bars);
    let said: Vec<String> =
        said.map(|((_, figures), bar)| format!("{} {}", bar.label, figures.count)).collect();
    let names = age_names();
    let names = SERIES.into_iter().zip(names.iter().map(String::as_str));
    charts::write_legend(html, &names.collect::<Vec<_>>());
    let description = format!("Open deals by sales stage: {}.", said.join(", "));
    charts::write_bars(html, &description, &bars);
}

fn write_stages(html: &mut Markup, page: &ReportPage<'_>) {
    let names = age_names();
    let names = names.iter().map(String::as_str);
    let headings: Vec<&str> = ["Stage", "Deals"].into_iter().chain(names).collect();
    let rows = page.details.pipeline.iter().map(|(stage, figures)| {
        let counts = [figures.count].into_iter().chain(figures.ages);
        std::iter::once(Value::Name(format_stage(stage))).chain(counts.map(Value::Count)).collect()
    });
    page::write_table(html, "Open deals by stage and days since acceptance", &headings, rows);
}
