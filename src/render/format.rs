//! The formats' names.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

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
}
