//! Which format an output has: that of `--format`, or of the name of the file, which must not contradict one another.

use std::path::Path;

use crate::error::{Error, Result};
use crate::render::Format;
use crate::text;

/// The format of `flag`, or of the file's extension, or else a table; with `excel` CSV. It must be one of `formats`.
///
/// A name with an extension that is not known, or with none, takes any format; `.txt` takes any text. `path` is `None`
/// for standard output.
pub(super) fn choose_format(
    flag: Option<Format>,
    path: Option<&Path>,
    excel: bool,
    formats: &[Format],
) -> Result<Format> {
    let format = match path {
        Some(path) => choose_for_file(flag, path, excel, formats)?,
        None => flag.unwrap_or(default_format(excel)),
    };
    if !formats.contains(&format) {
        let message = format!("this command cannot print {format}");
        return Err(Error::usage(message).hint(format!("choose one of {}", list(formats))));
    }
    Ok(format)
}

fn choose_for_file(
    flag: Option<Format>,
    path: &Path,
    excel: bool,
    formats: &[Format],
) -> Result<Format> {
    // Opening a directory fails, and tells what it is.
    if path.is_dir() {
        return Ok(flag.unwrap_or(default_format(excel)));
    }
    let Some(extension) = path.extension() else {
        return Ok(flag.unwrap_or(default_format(excel)));
    };
    let extension = extension.to_string_lossy();
    let shown = text::show_path(path);
    let rename = |extension: &str| {
        let file = path.with_extension(extension);
        format!("`--output {}`", text::show_path(&file))
    };
    if extension.eq_ignore_ascii_case("xls") {
        let message = format!("cannot write {shown}: a workbook is an .xlsx file");
        return Err(Error::usage(message).hint(format!("name it so: {}", rename("xlsx"))));
    }
    match (flag, Format::from_extension(&extension)) {
        (Some(flag), None) => Ok(flag),
        (Some(flag), Some(Format::Table)) if !flag.is_binary() => Ok(flag),
        (None, Some(named)) => Ok(named),
        (Some(flag), Some(named)) if flag == named => Ok(flag),
        (Some(flag), Some(_)) => {
            let message = format!("{shown} is not the name of a file for `--format {flag}`");
            Err(Error::usage(message).hint(format!(
                "leave out `--format {flag}`, or change the name: {}",
                rename(flag.extension())
            )))
        }
        (None, None) => {
            let error = Error::usage(format!("unknown format of {shown}"));
            let error = match Format::nearest_extension(&extension) {
                Some(near) => error.hint(format!("did you mean {}?", rename(near))),
                None => error,
            };
            Err(error.hint(format!("add `--format` with one of {}", list(formats))))
        }
    }
}

fn default_format(excel: bool) -> Format {
    if excel { Format::Csv } else { Format::Table }
}

fn list(formats: &[Format]) -> String {
    formats.iter().map(Format::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// For each name the formats that it takes besides its own, and its own.
    const NAMES: &[(&str, &[Format], Option<Format>)] = &[
        ("x.json", &[], Some(Format::Json)),
        ("x.jsonl", &[], Some(Format::Jsonl)),
        ("x.ndjson", &[], Some(Format::Jsonl)),
        ("x.CSV", &[], Some(Format::Csv)),
        ("x.tsv", &[], Some(Format::Tsv)),
        ("x.tab", &[], Some(Format::Tsv)),
        ("x.xlsx", &[], Some(Format::Xlsx)),
        ("x.ics", &[], Some(Format::Ics)),
        ("x.md", &[], Some(Format::Md)),
        ("x.markdown", &[], Some(Format::Md)),
        ("x.html", &[], Some(Format::Html)),
        ("a.b/x.htm", &[], Some(Format::Html)),
        ("x.xls", &[], None),
        ("x.doc", Format::ALL, None),
        ("x.table", Format::ALL, None),
        ("x.csv.gz", Format::ALL, None),
        ("x", Format::ALL, Some(Format::Table)),
        (".csv", Format::ALL, Some(Format::Table)),
        ("/dev/fd/63", Format::ALL, Some(Format::Table)),
    ];

    #[test]
    fn a_name_takes_its_own_format_and_one_that_says_nothing_takes_any() {
        for (name, others, own) in NAMES {
            let path = Path::new(name);
            let unnamed = choose_format(None, Some(path), false, Format::ALL);
            assert_eq!(unnamed.ok(), *own, "{name}");
            for format in Format::ALL {
                let chosen = choose_format(Some(*format), Some(path), false, Format::ALL);
                let fits = others.contains(format) || *own == Some(*format);
                assert_eq!(chosen.as_ref().ok(), fits.then_some(format), "{name} {format}");
                if let Err(error) = chosen {
                    assert_eq!(error.kind(), ErrorKind::Usage, "{name} {format}");
                }
            }
        }
    }

    #[test]
    fn a_directory_is_left_to_what_opens_it() {
        let directory = tempfile::Builder::new().suffix(".xls").tempdir().unwrap();
        for flag in [None, Some(Format::Csv)] {
            let chosen = choose_format(flag, Some(directory.path()), false, Format::ALL);
            assert_eq!(chosen.ok(), Some(flag.unwrap_or(Format::Table)));
        }
    }

    #[test]
    fn a_file_of_text_takes_any_format_but_a_workbook() {
        let path = Path::new("x.txt");
        assert_eq!(choose_format(None, Some(path), true, Format::ALL).ok(), Some(Format::Table));
        for format in Format::ALL {
            let chosen = choose_format(Some(*format), Some(path), false, Format::ALL);
            assert_eq!(chosen.is_ok(), *format != Format::Xlsx, "{format}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_type_instead() {
        for (flag, path, message, hint) in [
            (
                Some(Format::Csv),
                "x.json",
                "x.json is not the name of a file for `--format csv`".to_owned(),
                "leave out `--format csv`, or change the name: `--output x.csv`".to_owned(),
            ),
            (
                None,
                "out/x.xls",
                "cannot write out/x.xls: a workbook is an .xlsx file".to_owned(),
                format!("name it so: `--output {}`", Path::new("out/x.xlsx").display()),
            ),
            (
                None,
                "x.xslx",
                "unknown format of x.xslx".to_owned(),
                "did you mean `--output x.xlsx`?".to_owned(),
            ),
        ] {
            let error = choose_format(flag, Some(Path::new(path)), false, Format::ALL).unwrap_err();
            assert_eq!((error.message(), &*error.hints()[0]), (&*message, &*hint));
        }
    }

    #[test]
    fn a_format_that_a_command_does_not_have_is_refused_with_those_it_has() {
        let formats = &[Format::Table, Format::Json];
        for (flag, path) in [(Some(Format::Csv), None), (None, Some(Path::new("x.csv")))] {
            let error = choose_format(flag, path, false, formats).unwrap_err();
            assert_eq!(error.message(), "this command cannot print csv");
            assert_eq!(error.hints(), ["choose one of table, json"]);
        }
    }

    #[test]
    fn standard_output_gets_a_table_or_what_excel_reads() {
        let choose = |flag, excel| choose_format(flag, None, excel, Format::ALL).unwrap();
        assert_eq!(choose(None, false), Format::Table);
        assert_eq!(choose(None, true), Format::Csv);
        assert_eq!(choose(Some(Format::Tsv), true), Format::Tsv);
    }
}
