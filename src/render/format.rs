//! The names of the output formats.

use std::path::Path;

use strum::{Display, EnumString, VariantArray, VariantNames};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, VariantArray, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Format {
    Table,
    /// One array. Without `--columns`, it contains the API's own objects.
    Json,
    /// One object a line.
    Jsonl,
    /// RFC 4180.
    Csv,
    /// Tab-separated values, quoted as in CSV.
    Tsv,
    /// An Excel workbook.
    Xlsx,
}

impl Format {
    pub const ALL: &'static [Format] = <Format as VariantArray>::VARIANTS;

    /// The words in flags.
    pub const FLAGS: &'static [&'static str] = <Format as VariantNames>::VARIANTS;

    /// `None` for an unknown extension.
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

    /// Whether people read it as it is. They may then name a referral by what they read.
    pub fn is_for_people(self) -> bool {
        match self {
            Format::Table => true,
            Format::Json | Format::Jsonl | Format::Csv | Format::Tsv | Format::Xlsx => false,
        }
    }

    /// Whether a terminal cannot show it.
    pub fn is_binary(self) -> bool {
        self == Format::Xlsx
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_name_in_any_case() {
        let formats = [
            ("table", Format::Table),
            ("json", Format::Json),
            ("jsonl", Format::Jsonl),
            ("csv", Format::Csv),
            ("tsv", Format::Tsv),
            ("xlsx", Format::Xlsx),
        ];
        assert_eq!(Format::FLAGS, formats.map(|(name, _)| name));
        assert_eq!(Format::ALL, formats.map(|(_, format)| format));
        for (name, format) in formats {
            assert_eq!(name.parse(), Ok(format));
            assert_eq!(name.to_uppercase().parse(), Ok(format));
            assert_eq!(format.to_string(), name);
        }
        assert!("yaml".parse::<Format>().is_err());
    }

    #[test]
    fn a_format_is_known_by_the_extension_of_a_file() {
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
