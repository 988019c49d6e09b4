//! The files of several answers: the user's CSV, and the plan that is made of it.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::flags::parse_reason;
use crate::answer::{Edits, Wish};
use crate::error::{Error, Result};
use crate::files::{self, FileMode};
use crate::query::Reference;
use crate::text::{self, show_path};

const VERSION: u8 = 1;

/// How the words of the column `answer` are told.
const WORDS: &str = "write accept, decline:REASON, won, lost:REASON, or nothing";

/// A row of the user's file that answers something.
#[derive(Debug, PartialEq)]
pub(super) struct AnswerRow {
    pub(super) line: u64,
    pub(super) id: String,
    pub(super) answer: String,
}

/// What is to be done, and to which versions of which referrals.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AnswerPlan {
    pub(super) version: u8,
    /// The address of the API, or `demo`.
    pub(super) api: String,
    pub(super) answers: Vec<PlannedAnswer>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PlannedAnswer {
    pub(super) id: String,
    pub(super) e_tag: String,
    /// As in the column.
    pub(super) answer: String,
}

/// The wish of a word of the column; `None` for nothing.
///
/// # Errors
/// `ErrorKind::Usage` for other words, and for an unknown or missing reason.
pub(super) fn parse_answer(word: &str) -> Result<Option<Wish>> {
    let word = word.trim();
    let (verb, reason) = match word.split_once([':', ' ']) {
        Some((verb, reason)) => (verb.trim(), Some(reason.trim()).filter(|it| !it.is_empty())),
        None => (word, None),
    };
    let wish = match (verb.to_ascii_lowercase().as_str(), reason) {
        ("" | "-", None) => return Ok(None),
        ("accept", None) => Wish::Accept { edits: Edits::default(), team: Vec::new() },
        ("won", None) => Wish::Won,
        ("decline", reason) => Wish::Decline(parse_reason(reason)?),
        ("lost", reason) => Wish::Lost(parse_reason(reason)?),
        _ => return Err(Error::usage(format!("unknown answer {word:?}")).hint(WORDS)),
    };
    Ok(Some(wish))
}

/// Reads the rows that answer something. Spreadsheets write commas, semicolons or tabs between cells.
///
/// # Errors
/// `ErrorKind::Usage` for a file without the columns, ids that are not whole or stand twice, and unknown words: every line.
pub(super) fn read_answers(text: &str) -> Result<Vec<AnswerRow>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| first.bytes().filter(|byte| byte == delimiter).count());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let column = |name: &str| {
        let is_it = |head: &str| head.trim().eq_ignore_ascii_case(name);
        let mut positions = heads.iter().enumerate().filter(|(_, head)| is_it(head));
        match (positions.next(), positions.next()) {
            (Some((position, _)), None) => Ok(position),
            (Some(_), Some(_)) => {
                let message = format!("the file has several columns {name:?}");
                Err(Error::usage(message).hint("leave the one that counts"))
            }
            (None, _) => Err(Error::usage(format!("the file has no column {name:?}")).hint(
                "`referrals pending --output waiting.csv` writes the ids; add a column answer",
            )),
        }
    };
    let (id_column, answer_column) = (column("id")?, column("answer")?);
    let (mut rows, mut mistakes) = (Vec::<AnswerRow>::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column| record.get(column).unwrap_or_default().trim();
        let answer = cell(answer_column);
        match parse_answer(answer) {
            Ok(None) => continue,
            Ok(Some(_)) => {}
            Err(error) => mistakes.push(format!("line {line}: {error}")),
        }
        let Some(Reference::Id(id)) = Reference::parse(cell(id_column)) else {
            mistakes.push(format!("line {line}: {:?} is not a whole id", cell(id_column)));
            continue;
        };
        if let Some(earlier) = rows.iter().find(|row| row.id == id) {
            mistakes.push(format!("line {line}: the id stands in line {} too", earlier.line));
        }
        rows.push(AnswerRow { line, id, answer: answer.to_owned() });
    }
    if mistakes.is_empty() {
        return Ok(rows);
    }
    let heading = format!("{} cannot be used", text::count(mistakes.len(), "line"));
    Err(Error::usage(heading).with_details(mistakes).hint(WORDS))
}

fn unreadable(error: &csv::Error) -> Error {
    Error::usage("the file cannot be read as CSV").cause(error)
}

/// The text of a file that the user names. Spreadsheets save in encodings of their own; what is read here is ASCII.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let bytes = fs::read(path)
        .map_err(|error| Error::usage(format!("cannot read {}", show_path(path))).cause(&error))?;
    Ok(text::decode_file(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned()))
}

impl AnswerPlan {
    pub(super) fn new(api: String, answers: Vec<PlannedAnswer>) -> AnswerPlan {
        AnswerPlan { version: VERSION, api, answers }
    }

    /// # Errors
    /// `ErrorKind::Usage` for what is no plan.
    pub(super) fn read(path: &Path) -> Result<AnswerPlan> {
        let shown = show_path(path);
        let plan: AnswerPlan = serde_json::from_str(&read_text(path)?).map_err(|error| {
            Error::usage(format!("{shown} is not a plan"))
                .cause(&error)
                .hint("`referrals answer plan FILE.csv --output PLAN.json` makes one")
        })?;
        if plan.version != VERSION {
            return Err(Error::usage(format!(
                "{shown} is a plan of another version: make it again"
            )));
        }
        let is_whole = |id: &str| Reference::parse(id) == Some(Reference::Id(id.to_owned()));
        if let Some(odd) = plan.answers.iter().find(|planned| !is_whole(&planned.id)) {
            return Err(Error::usage(format!("{shown}: {:?} is not a whole id", odd.id))
                .hint("make the plan again instead of changing it"));
        }
        Ok(plan)
    }

    /// Writes it for its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self).expect("a plan is JSON");
        files::replace(path, format!("{json}\n").as_bytes(), FileMode::Private).map_err(|error| {
            Error::failure(format!("cannot write {}", show_path(path))).cause(&error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a706dd2f-4d19-4e6f-a382-a305f4414f5e";
    const OTHER: &str = "0dde3e1c-0000-4000-8000-000000000001";

    #[test]
    fn a_file_of_windows_powershell_or_excel_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("answers.txt");
        let text = format!("\u{feff}id\tcustomer\tanswer\r\n{ID}\tZoë\twon\r\n");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            fs::write(&path, bytes).unwrap();
            let rows = read_answers(&read_text(&path).unwrap()).unwrap();
            assert_eq!((rows.len(), &*rows[0].answer), (1, "won"));
        }
    }

    #[test]
    fn rows_that_answer_something_are_read_whatever_stands_between_cells() {
        for delimiter in [",", ";", "\t"] {
            let text = format!(
                "\u{feff}id,customer,Answer\n{ID},x,accept\n{OTHER},y,\n{OTHER},z,Decline: Timeline\n"
            );
            let rows = read_answers(&text.replace(',', delimiter)).unwrap();
            let rows: Vec<_> = rows.iter().map(|row| (row.line, &*row.id, &*row.answer)).collect();
            assert_eq!(rows, [(2, ID, "accept"), (4, OTHER, "Decline: Timeline")]);
        }
    }

    #[test]
    fn blank_lines_capital_letters_and_carriage_returns_change_nothing() {
        let big = ID.to_uppercase();
        let text = format!(
            "\u{feff}\r\n\r\nid;customer;answer\r\n;;\r\n\r\n{{{big}}};\"x;y\";accept\r\n;;"
        );
        let rows = read_answers(&text).unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (&*row.id, &*row.answer)).collect();
        assert_eq!(rows, [(ID, "accept")]);
        let twice = read_answers(&format!("id,answer\n{ID},accept\n{big},won\n")).unwrap_err();
        assert!(twice.report().contains("line 3: the id stands in line 2 too"));
    }

    #[test]
    fn every_line_that_cannot_be_used_is_named() {
        let text = format!(
            "answer,id\naccept,a706dd\nreject,{ID}\ndecline,{ID}\ndecline:nothing,{OTHER}\nwon:timeline,{OTHER}\naccept,Fabrikam\n"
        );
        let error = read_answers(&text).unwrap_err();
        let report = error.report();
        for words in [
            "line 2: \"a706dd\" is not a whole id",
            "line 3: unknown answer \"reject\"",
            "line 4: a reason is needed",
            "line 4: the id stands in line 3 too",
            "line 5: unknown reason \"nothing\"",
            "line 6: unknown answer \"won:timeline\"",
            "line 7: \"Fabrikam\" is not a whole id",
        ] {
            assert!(report.contains(words), "{words}: {report}");
        }
        for text in ["id,note\n", "answer\n", ""] {
            assert!(read_answers(text).unwrap_err().message().contains("no column"), "{text}");
        }
        for text in ["id,answer,Answer\n", "id,ID ,answer\n"] {
            let error = read_answers(text).unwrap_err();
            assert!(error.message().contains("several columns"), "{text}");
        }
    }

    #[test]
    fn the_words_of_the_column_are_wishes() {
        for (word, expected) in [
            ("", None),
            (" - ", None),
            ("ACCEPT", Some("accept")),
            ("decline:budget", Some("decline")),
            ("decline budget", Some("decline")),
            ("won", Some("close --won")),
            ("lost: other-vendor", Some("close --lost")),
        ] {
            let wish = parse_answer(word).unwrap();
            assert_eq!(wish.map(|wish| wish.verb().command()), expected, "{word}");
        }
    }
}
