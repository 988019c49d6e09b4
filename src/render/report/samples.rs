//! Reports of given rows, and a reader of them that accepts what this program writes and nothing else.

use jiff::tz::TimeZone;

use super::{ReportOptions, format_report};
use crate::model::{Direction, Referral, Status};
use crate::report::{Moment, Open, ReportDetails, ReportPeriod, Results, Summary};

pub(super) const NOW: &str = "2026-11-21T12:00:00Z";

/// The elements that a report may have. `meta` has no end.
const ELEMENTS: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "h1", "h2", "p",
    "strong", "code", "ul", "li", "dl", "dt", "dd", "div", "table", "caption", "thead", "tbody",
    "tr", "th", "td", "span", "bdi", "svg", "rect", "text", "line",
];

pub(super) fn summarize(rows: &[Referral]) -> (Summary, ReportDetails) {
    let now = NOW.parse().unwrap();
    let moment = Moment { now, zone: TimeZone::UTC };
    let period = ReportPeriod { from: "2026-08-23T12:00:00Z".parse().unwrap(), until: None };
    let mut summary = Summary::new(moment.clone(), period);
    let (mut open, mut results) = (Open::default(), Results::default());
    let mut details = ReportDetails::default();
    for row in rows {
        let status = row.known_status();
        if status == Some(&Status::New) && row.direction == Some(Direction::Incoming) {
            summary.waiting.add(row, &moment);
            details.add_waiting(row, &moment);
        }
        if status == Some(&Status::Active) {
            open.add(row, &moment);
            details.add_open(row, &moment);
        }
        results.add(row, period);
        details.add_result(row, period, &moment);
    }
    (summary.open, summary.results) = (Some(open), Some(results));
    (summary, details)
}

pub(super) fn report(rows: &[Referral]) -> String {
    let (summary, details) = summarize(rows);
    let options = ReportOptions { title: "Profile test".to_owned(), period: "90d".to_owned() };
    format_report(&summary, &details, &options)
}

/// What a browser makes of a page: the names of the elements in their order, and the text of each.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) elements: Vec<String>,
    pub(super) texts: Vec<(String, String)>,
    pub(super) attributes: Vec<(String, String)>,
}

/// Panics at whatever is not well-formed: an unknown element, a bare `<`, `>` or `&`, an end without its start.
pub(super) fn read(page: &str) -> Reading {
    let mut reading = Reading::default();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    while let Some((text, tag)) = rest.split_once('<') {
        if let Some(name) = open.last() {
            reading.texts.push((name.clone(), decode(text)));
        } else {
            assert_eq!(text.trim(), "");
        }
        let (tag, after) = tag.split_once('>').expect("the end of a tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(ELEMENTS.contains(&name), "<{tag}>");
        read_attributes(attributes, &mut reading);
        reading.elements.push(name.to_owned());
        if name != "meta" {
            open.push(name.to_owned());
        }
        if name == "style" {
            let (style, after) = rest.split_once("</style>").expect("the end of the style");
            assert!(!style.contains('<'));
            (open, rest) = (open[..open.len() - 1].to_vec(), after);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    reading
}

fn read_attributes(mut attributes: &str, reading: &mut Reading) {
    while !attributes.is_empty() {
        let (name, rest) = attributes.split_once("=\"").expect("a quoted value");
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(name.chars().all(is_name), "{name}");
        assert!(!name.starts_with("on") && !["href", "src", "style"].contains(&name), "{name}");
        let (value, rest) = rest.split_once('"').expect("the end of a value");
        reading.attributes.push((name.to_owned(), decode(value)));
        attributes = rest.strip_prefix(' ').unwrap_or(rest);
    }
}

fn decode(text: &str) -> String {
    assert!(!text.contains('>'), "{text}");
    for entity in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|name| entity.starts_with(name)), "{entity}");
    }
    htmlize::unescape(text).into_owned()
}

/// The rows of the table with this caption, each as the texts of its cells.
pub(super) fn table(page: &str, caption: &str) -> Vec<Vec<String>> {
    let start = format!("<caption>{caption}</caption>");
    let (_, table) = page.split_once(&start).unwrap_or_else(|| panic!("no table {caption}"));
    let (table, _) = table.split_once("</table>").unwrap();
    let (_, body) = table.split_once("<tbody>").unwrap();
    let cells = |row: &str| -> Vec<String> {
        let row = row.replace("</th>", "</td>").replace("<th", "<td");
        let cells = row.split("</td>").filter(|cell| cell.contains("<td"));
        cells
            .map(|cell| text_of(cell.split_once("<td").unwrap().1.split_once('>').unwrap().1))
            .collect()
    };
    body.split("</tr>").map(cells).filter(|cells| !cells.is_empty()).collect()
}

fn text_of(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    decode(&parts.collect::<String>())
}
