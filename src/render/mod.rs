//! Rows of cells as a table, JSON, CSV or a workbook: rows in one at a time, bytes out.

mod csv;
mod detail;
mod display;
mod format;
mod json;
mod layout;
mod paint;
mod renderer;
mod table;
mod times;
mod totals;
mod xlsx;

use crate::columns::ColumnHead;

pub use csv::{CsvOptions, Separator};
pub use detail::{DetailOptions, write_detail};
pub use format::Format;
pub use json::{JsonOptions, pretty};
pub use renderer::Renderer;
pub use table::TableOptions;
pub use totals::format_expiring;
pub use xlsx::XlsxOptions;

/// A format with its own options.
#[derive(Clone, Debug)]
pub enum FormatOptions {
    /// For reading.
    Table(TableOptions),
    /// An array, or an object a line.
    Json(JsonOptions),
    /// Comma- or tab-separated values.
    Csv(CsvOptions),
    /// An Excel workbook.
    Xlsx(XlsxOptions),
}

/// The renderer of a format, for rows of these columns.
pub fn renderer(options: FormatOptions, columns: Vec<&'static ColumnHead>) -> Box<dyn Renderer> {
    match options {
        FormatOptions::Table(options) => Box::new(table::Table::new(options, columns)),
        FormatOptions::Json(options) => Box::new(json::Json::new(options, columns)),
        FormatOptions::Csv(options) => Box::new(csv::Csv::new(options, columns)),
        FormatOptions::Xlsx(options) => Box::new(xlsx::Xlsx::new(options, columns)),
    }
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
    fn every_format_takes_a_closed_pipe_for_what_it_is() {
        let columns = columns::find_all(columns::LIST);
        let separated = |separator| {
            FormatOptions::Csv(CsvOptions {
                separator,
                raw: false,
                excel: false,
                to_terminal: false,
            })
        };
        let json = |lines| FormatOptions::Json(JsonOptions { lines, to_terminal: false });
        let (zone, now) = (TimeZone::UTC, samples::now());
        for options in [
            FormatOptions::Table(TableOptions::plain(now)),
            json(false),
            json(true),
            separated(Separator::Comma),
            separated(Separator::Tab),
            FormatOptions::Xlsx(XlsxOptions { now, zone }),
        ] {
            let name = format!("{options:?}");
            let mut renderer = renderer(options, columns::collect_heads(&columns));
            let lead = samples::referral(samples::LEAD);
            let row = renderer.row(&columns::Row::new(&columns, &lead), &mut Closed);
            let error = row.and_then(|()| renderer.finish(&mut Closed)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ClosedPipe, "{name}");
        }
    }
}
