//! The names of the output formats.

use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

use crate::text;

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
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
    /// A calendar of the deadlines.
    Ics,
    /// A table in GitHub's Markdown.
    Md,
    /// A table in a document.
    Html,
}

/// The extensions of files; of each format first the usual one.
const EXTENSIONS: &[(&str, Format)] = &[
    ("txt", Format::Table),
    ("json", Format::Json),
    ("jsonl", Format::Jsonl),
    ("ndjson", Format::Jsonl),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("tab", Format::Tsv),
    ("xlsx", Format::Xlsx),
    ("ics", Format::Ics),
    ("md", Format::Md),
    ("markdown", Format::Md),
    ("html", Format::Html),
    ("htm", Format::Html),
];

impl Format {
    pub const ALL: &'static [Format] = <Format as VariantArray>::VARIANTS;

    /// Of referrals that need not have a deadline.
    pub const LISTING: &'static [Format] = &[
        Format::Table,
        Format::Json,
        Format::Jsonl,
        Format::Csv,
        Format::Tsv,
        Format::Xlsx,
        Format::Md,
        Format::Html,
    ];

    /// Of one referral.
    pub const OF_ONE: &'static [Format] =
        &[Format::Table, Format::Json, Format::Jsonl, Format::Csv, Format::Tsv, Format::Xlsx];

    /// The words in flags.
    pub const FLAGS: &'static [&'static str] = <Format as VariantNames>::VARIANTS;

    /// Of a file's extension in any case; `None` for an unknown one.
    pub fn from_extension(extension: &str) -> Option<Format> {
        let mut known = EXTENSIONS.iter();
        known.find(|(known, _)| extension.eq_ignore_ascii_case(known)).map(|(_, format)| *format)
    }

    /// The known extension that is spelled like `extension`.
    pub fn nearest_extension(extension: &str) -> Option<&'static str> {
        text::nearest(extension, EXTENSIONS.iter().map(|(known, _)| *known))
    }

    /// The usual extension of a file.
    pub fn extension(self) -> &'static str {
        let mut known = EXTENSIONS.iter().filter(|(_, format)| *format == self);
        known.next().map_or("txt", |(extension, _)| *extension)
    }

    /// Whether people read it as it is. They may then name a referral by what they read.
    pub fn is_for_people(self) -> bool {
        match self {
            Format::Table | Format::Md | Format::Html => true,
            Format::Json
            | Format::Jsonl
            | Format::Csv
            | Format::Tsv
            | Format::Xlsx
            | Format::Ics => false,
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
            ("ics", Format::Ics),
            ("md", Format::Md),
            ("html", Format::Html),
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
        for (extension, format) in [
            ("CSV", Some(Format::Csv)),
            ("ndjson", Some(Format::Jsonl)),
            ("txt", Some(Format::Table)),
            ("Htm", Some(Format::Html)),
            ("table", None),
            ("xls", None),
            ("", None),
        ] {
            assert_eq!(Format::from_extension(extension), format, "{extension}");
        }
        assert_eq!(Format::nearest_extension("xslx"), Some("xlsx"));
        assert_eq!(Format::nearest_extension("doc"), None);
    }

    #[test]
    fn the_usual_extension_of_a_format_is_one_of_it() {
        for format in Format::ALL {
            assert_eq!(Format::from_extension(format.extension()), Some(*format));
        }
    }
}
