//! Writes rows of cells as tables, JSON, CSV, workbooks, documents and calendars.

mod bidi;
mod calendar;
mod content_line;
mod csv;
mod detail;
mod digest;
mod display;
mod document;
pub mod escape;
mod excel;
mod format;
mod formula;
mod groups;
mod html;
mod json;
mod layout;
mod markdown;
mod news;
mod paint;
mod panics;
mod renderer;
mod report;
mod sheet;
mod sheet_styles;
mod sheet_totals;
mod sheet_value;
mod short_id;
mod summary;
mod summary_json;
mod summary_line;
mod summary_schema;
mod table;
mod table_cell;
mod table_rows;
mod times;
mod totals;
mod tsv;
mod xlsx;

use crate::columns::ColumnHead;
use crate::error::Result;

pub use calendar::CalendarOptions;
pub use csv::{CsvOptions, Separator};
pub use detail::{DetailOptions, write_detail};
pub use digest::{DigestFormat, DigestOptions, format_digest};
pub use document::DocumentOptions;
pub use format::Format;
pub use groups::{GroupSheet, GroupView};
pub use json::{JsonOptions, escape_json, format_pretty};
pub use news::{describe_change, format_news_counts};
pub use renderer::{RenderSummary, Renderer};
pub use report::{ReportOptions, format_report};
pub use short_id::shorten_among;
pub use summary::{SummaryOptions, format_figures, format_waiting};
pub use summary_json::to_json;
pub use summary_schema::format_summary_schema;
pub use table::TableOptions;
pub use times::format_local_time as format_moment;
pub use totals::{format_count, format_expiring_totals, format_list_totals, format_pending_totals};
pub use xlsx::XlsxOptions;

#[derive(Clone, Debug)]
pub enum FormatOptions {
    Table(TableOptions),
    /// Also JSON Lines.
    Json(JsonOptions),
    /// Also tab-separated values.
    Csv(CsvOptions),
    /// The columns are those of its sheets.
    Xlsx(Box<XlsxOptions>),
    Markdown(DocumentOptions),
    Html(DocumentOptions),
    Calendar(CalendarOptions),
}

/// Fails if the temporary file of a workbook cannot be written.
pub fn create_renderer(
    options: FormatOptions,
    columns: Vec<&'static ColumnHead>,
) -> Result<Box<dyn Renderer>> {
    Ok(match options {
        FormatOptions::Table(options) => Box::new(table::Table::new(options, columns)),
        FormatOptions::Json(options) => Box::new(json::Json::new(options, columns)),
        // Excel reads quotation marks and not escapes, also in tab-separated values.
        FormatOptions::Csv(options) if options.separator == Separator::Tab && !options.excel => {
            Box::new(tsv::Tsv::new(options, columns))
        }
        FormatOptions::Csv(options) => Box::new(csv::Csv::new(options, columns)),
        FormatOptions::Xlsx(options) => Box::new(xlsx::Xlsx::new(*options)?),
        FormatOptions::Markdown(options) => Box::new(markdown::Markdown::new(options, columns)),
        FormatOptions::Html(options) => Box::new(html::Html::new(options, columns)),
        FormatOptions::Calendar(options) => Box::new(calendar::Calendar::new(options, columns)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, samples};
    use crate::error::ErrorKind;
    use jiff::tz::TimeZone;
    use std::io::{self, Write};

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_format_reports_a_closed_pipe() {
        let list = columns::LIST.columns();
        let (cells, sheets) = columns::plan_workbook(Some(&list), columns::LIST);
        let separated = |separator| {
            FormatOptions::Csv(CsvOptions {
                separator,
                raw: false,
                excel: false,
                byte_order_mark: false,
                to_terminal: false,
            })
        };
        let json = |lines| FormatOptions::Json(JsonOptions { lines, to_terminal: false });
        let now = samples::now();
        for options in [
            FormatOptions::Table(TableOptions::plain(now)),
            json(false),
            json(true),
            separated(Separator::Comma),
            separated(Separator::Tab),
            FormatOptions::Xlsx(Box::new(XlsxOptions {
                sheets,
                zone: jiff::tz::TimeZone::UTC,
                now,
                portal_url: None,
            })),
            FormatOptions::Markdown(DocumentOptions::utc(now)),
            FormatOptions::Html(DocumentOptions::utc(now)),
            FormatOptions::Calendar(CalendarOptions { zone: TimeZone::UTC, now, alarm: None }),
        ] {
            let name = format!("{options:?}");
            let columns = if matches!(options, FormatOptions::Xlsx(_)) { &cells } else { &list };
            let heads = columns::collect_heads(columns);
            let mut renderer = create_renderer(options, heads).unwrap();
            let lead = samples::referral(samples::LEAD);
            let row = columns::Row::new(columns, &lead);
            let written = renderer.write_row(&row, &mut Closed);
            let error = written.and_then(|()| renderer.finish(&mut Closed)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ClosedPipe, "{name}");
        }
    }
}
