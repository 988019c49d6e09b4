//! Referrals as a table, JSON, CSV or a workbook: rows in one at a time, bytes out.
//! Asks nothing of the terminal, the clock or the surroundings; all of that comes in with [`Style`].

pub mod columns;
pub mod output;

mod cell;
mod csv;
mod detail;
mod json;
mod layout;
#[cfg(test)]
mod samples;
mod schema;
mod table;
mod times;
mod xlsx;

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use jiff::{Timestamp, tz::TimeZone};

use crate::error::{Error, ErrorKind, Result};
use crate::model::Referral;

pub use cell::{Cell, Scalar, Shape};
pub use columns::Column;
pub use detail::detail;
pub use json::pretty;
pub use output::Output;
pub use times::{Urgency, deadline_text, moment_text, urgency};

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For reading.
    Table,
    /// One array; without `--columns`, of the API's own objects.
    Json,
    /// One object a line.
    Jsonl,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Tab-separated values, quoted as in CSV.
    Tsv,
    /// An Excel workbook.
    Xlsx,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] =
        &[Format::Table, Format::Json, Format::Jsonl, Format::Csv, Format::Tsv, Format::Xlsx];

    /// The formats' names, as flags take them; in the order of [`Format::ALL`].
    pub const NAMES: &'static [&'static str] = &["table", "json", "jsonl", "csv", "tsv", "xlsx"];

    /// The name, as flags take it.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Xlsx => "xlsx",
        }
    }

    /// The format a file of this name is meant to have, or `None` where the extension says nothing.
    pub fn from_path(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "txt" => Some(Format::Table),
            "ndjson" => Some(Format::Jsonl),
            "tab" => Some(Format::Tsv),
            // `table` is a format, not an extension.
            "table" => None,
            name => name.parse().ok(),
        }
    }

    /// Whether a terminal cannot show it.
    pub fn is_binary(self) -> bool {
        self == Format::Xlsx
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    /// Reads a name in any case.
    fn from_str(name: &str) -> Result<Format> {
        Format::ALL
            .iter()
            .copied()
            .find(|format| format.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("unknown format `{name}`"))
                    .hint(format!("choose one of {}", Format::NAMES.join(", ")))
            })
    }
}

/// What renderers are told about the place their bytes go to.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and any of them may be combined"
)]
pub struct Style {
    /// The columns asked for; `None` is the format's own set.
    pub columns: Option<Vec<&'static Column>>,
    /// Names of the columns a table has where none were asked for.
    pub defaults: &'static [&'static str],
    /// The terminal's width in cells; `None` (a pipe, a file) drops no column and cuts nothing.
    pub width: Option<usize>,
    /// Whether urgency is shown by colour.
    pub color: bool,
    /// The zone of times for people.
    pub zone: TimeZone,
    /// The present instant.
    pub now: Timestamp,
    /// CSV and TSV: text as it was sent, nothing put in front of what a spreadsheet would run.
    pub csv_raw: bool,
    /// CSV and TSV: the profile that opens rightly in Excel by a double click, where Excel's list separator is a comma
    /// and its decimal sign a point; elsewhere a workbook is the only form that does.
    pub excel: bool,
    /// Whether a terminal shows the bytes: machine formats are made harmless too.
    pub terminal: bool,
    /// Tables: show at most so many rows and count the rest.
    pub rows_shown: Option<usize>,
}

impl Style {
    /// A style for a pipe or a file: no width, no colour, UTC.
    pub fn plain(now: Timestamp) -> Style {
        Style {
            columns: None,
            defaults: columns::LIST,
            width: None,
            color: false,
            zone: TimeZone::UTC,
            now,
            csv_raw: false,
            excel: false,
            terminal: false,
            rows_shown: None,
        }
    }
}

/// Rows in, bytes out.
///
/// A renderer that is dropped without [`Renderer::finish`] leaves its document visibly incomplete: a JSON array stays
/// open, a table or a workbook is not written at all.
pub trait Renderer {
    /// Takes one row. Errors are those of writing to `out`.
    fn row(&mut self, referral: &Referral, out: &mut dyn Write) -> Result<()>;

    /// Writes what comes after the last row. Called once, also when there was no row.
    fn finish(&mut self, out: &mut dyn Write) -> Result<()>;

    /// How many rows were shown of how many, where the format shows only some.
    fn shown(&self) -> Option<(usize, usize)> {
        None
    }

    /// Whether a `~` in front of a deadline wants explaining.
    fn has_estimates(&self) -> bool {
        false
    }

    /// What the user should be told after [`Renderer::finish`]: text that was cut, columns without room.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The renderer of `format`.
pub fn renderer(format: Format, style: Style) -> Box<dyn Renderer> {
    match format {
        Format::Table => Box::new(table::Table::new(style)),
        Format::Json => Box::new(json::Json::array(style)),
        Format::Jsonl => Box::new(json::Json::lines(style)),
        Format::Csv => Box::new(csv::Csv::new(csv::Separator::Comma, style)),
        Format::Tsv => Box::new(csv::Csv::new(csv::Separator::Tab, style)),
        Format::Xlsx => Box::new(xlsx::Xlsx::new(style)),
    }
}

/// The error of a write that failed; one to a closed pipe is [`ErrorKind::ClosedPipe`].
///
/// Errors from an [`Output`] name the file already.
pub fn write_failed(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Error::new(ErrorKind::ClosedPipe, "the reader of the output went away");
    }
    let inner = error.get_ref();
    match inner.and_then(|inner| inner.downcast_ref::<output::WriteError>()) {
        Some(failed) => failed.explain(),
        None => Error::new(ErrorKind::Failure, "cannot write the output").cause(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_name_in_any_case_and_by_a_files_extension() {
        for (format, name) in Format::ALL.iter().zip(Format::NAMES) {
            assert_eq!(name.parse::<Format>().unwrap(), *format);
            assert_eq!(format.to_string(), *name);
        }
        assert_eq!("JSONL".parse::<Format>().unwrap(), Format::Jsonl);
        let error = "yaml".parse::<Format>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let cases = [
            ("out/pipeline.CSV", Some(Format::Csv)),
            ("a.b.jsonl", Some(Format::Jsonl)),
            ("a.ndjson", Some(Format::Jsonl)),
            ("a.txt", Some(Format::Table)),
            ("a.table", None),
            ("a.xls", None),
            ("csv", None),
            (".csv", None),
        ];
        for (path, format) in cases {
            assert_eq!(Format::from_path(Path::new(path)), format, "{path}");
        }
    }

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
        for format in Format::ALL {
            let mut renderer = renderer(*format, Style::plain(samples::now()));
            let row = renderer.row(&samples::referral(samples::LEAD), &mut Closed);
            let error = row.and_then(|()| renderer.finish(&mut Closed)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ClosedPipe, "{format}");
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = write_failed(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.kind(), ErrorKind::ClosedPipe);
        let error = write_failed(&io::Error::other("odd"));
        assert_eq!(error.kind(), ErrorKind::Failure);
    }
}
