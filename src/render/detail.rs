//! Writes the fields of one referral as text, wrapped to the width of the terminal.

use std::io::Write;

use anstyle::Style;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::display::{display_text, format_cell};
use super::paint::urgency_style;
use super::times;
use crate::columns::{Cell, Detail, Field, FieldValue};
use crate::error::Result;
use crate::output::write_failed;
use crate::text;

/// The width of the labels, in terminal cells.
const INDENT: usize = 13;

/// In terminal cells. Below this width, a label has a line of its own.
const MIN_WIDTH_FOR_LABELS: usize = 40;

#[derive(Clone, Debug)]
pub struct DetailOptions {
    /// In terminal cells; `None` does not wrap.
    pub width: Option<usize>,
    pub color: bool,
    pub zone: TimeZone,
    pub now: Timestamp,
}

/// Writes the title and the groups of fields, separated by empty lines.
pub fn write_detail(
    detail: &Detail<'_>,
    options: &DetailOptions,
    out: &mut dyn Write,
) -> Result<()> {
    let mut page = DetailPage { options, text: String::new() };
    let bold = if options.color { Style::new().bold() } else { Style::new() };
    for line in page.wrap(&display_text(detail.title), 0) {
        page.push_line(&format!("{bold}{line}{bold:#}"));
    }
    for group in &detail.groups {
        page.separate_group();
        for field in group {
            page.push_field(field);
        }
    }
    let text = page.text.trim_end();
    writeln!(out, "{text}").map_err(write_failed)
}

struct DetailPage<'a> {
    options: &'a DetailOptions,
    text: String,
}

impl DetailPage<'_> {
    fn push_field(&mut self, field: &Field<'_>) {
        let DetailOptions { zone, now, color, .. } = self.options;
        let label = field.label;
        match &field.value {
            FieldValue::Parts(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| display_text(part)).collect();
                self.push_text(label, &parts.join(", "), Style::new());
            }
            FieldValue::Text(text) => {
                let decoded = text::decode_entities(text);
                let decoded = decoded.replace("\r\n", "\n").replace('\r', "\n");
                self.push_text(label, decoded.trim_end(), Style::new());
            }
            FieldValue::Cell(Cell::Deadline(deadline)) => {
                let mut text = times::format_deadline(*deadline, zone, *now);
                if deadline.estimated {
                    text += " (estimated: the API gave no date)";
                }
                let urgency = deadline.urgency(*now).filter(|_| *color);
                self.push_text(label, &text, urgency.map_or(Style::new(), urgency_style));
            }
            FieldValue::Cell(Cell::Time(time)) => {
                self.push_text(label, &times::format_local_time(*time, zone, *now), Style::new());
            }
            FieldValue::Cell(cell) => {
                self.push_text(label, &format_cell(cell, zone, *now), Style::new());
            }
        }
    }

    /// Escapes control characters and wraps each line of `text`.
    fn push_text(&mut self, label: &str, text: &str, style: Style) {
        if text.trim().is_empty() {
            return;
        }
        let is_narrow = self.options.width.is_some_and(|width| width < MIN_WIDTH_FOR_LABELS);
        let indent = if is_narrow { 2 } else { INDENT };
        let mut start = format!("{label:<indent$}");
        if is_narrow {
            if !label.is_empty() {
                self.push_line(label);
            }
            start = " ".repeat(indent);
        }
        for line in text.split('\n') {
            for line in self.wrap(&text::escape_control(line), indent) {
                self.push_line(&format!("{start}{style}{line}{style:#}"));
                start = " ".repeat(indent);
            }
        }
    }

    fn push_line(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    fn wrap(&self, text: &str, indent: usize) -> Vec<String> {
        match self.options.width {
            // At least 2, the width of a wide character.
            Some(width) => text::wrap(text, width.saturating_sub(indent).max(2)),
            None => vec![text.to_owned()],
        }
    }

    /// Adds an empty line, but not at the start and not twice.
    fn separate_group(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::samples;

    fn options(width: Option<usize>) -> DetailOptions {
        DetailOptions { width, color: false, zone: TimeZone::UTC, now: samples::now() }
    }

    fn page(json: &str, options: &DetailOptions) -> String {
        let mut out = Vec::new();
        write_detail(&Detail::new(&samples::referral(json)), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn all_fields_of_an_invitation_are_shown() {
        assert_eq!(
            page(samples::INVITATION, &options(Some(60))),
            "Northwind ERP on Azure

Customer     Northwind Traders GmbH
Address      München, DE

Status       New, Pending
Deadline     4h, Thu 11 Jun 00:00 UTC
Kind         co-sell opportunity, incoming from Microsoft
Value        185,000.50 EUR
Closing      2026-09-30
Created      Wed 3 Jun 22:47 UTC
Updated      Thu 4 Jun 06:10 UTC

Contact      Jürgen Groß, CIO, j.gross@northwind.example,
             +49 89 5550 0142
Team         Ada Lindqvist, ada.lindqvist@contoso.example,
             +49 30 5550 0117
             bo@contoso.example

Solutions    Contoso ERP Lift
Products     Azure, DynamicsAX,GP,NAV,SL

Invitation   from Microsoft, CustomerTechnicalArchitecture
             Could you join the customer workshop on 12
             June?

Notes        Customer plans to leave its data centre by Q4.

Id           7c91e4d2-08af-4b63-b5d7-1e2f3a4b5c02
Engagement   d64f0a19-7be2-4c58-9d3a-8f7e6d5c4b02
Partner id   4012345
MSX id       7-EXAMPLE0042
Owner        Contoso Cloud Services
"
        );
    }

    #[test]
    fn notes_keep_their_line_breaks_and_entities_are_decoded() {
        let page = page(samples::LEAD, &options(None));
        assert!(page.starts_with("Fabrikam Oil & Gas\n\nCustomer     251 to 1000 employees\n"));
        assert!(page.contains(
            "\nNotes        We want to move 400 mailboxes and need training for our staff.\n             Please call before Friday.\n"
        ));
    }

    #[test]
    fn a_missing_value_has_no_label() {
        assert_eq!(page("{}", &options(Some(80))), "Referral\n");
        assert!(!page(samples::ACTIVE, &options(None)).contains("Deadline"));
    }

    #[test]
    fn an_estimate_is_marked_and_hostile_text_is_escaped_at_every_width() {
        for width in 10..120 {
            for json in [samples::HOSTILE, samples::LEAD, samples::INVITATION, samples::ACTIVE] {
                let page = page(json, &options(Some(width)));
                for line in page.lines() {
                    assert!(text::width(line) <= width, "{width}: {line:?}");
                    assert!(
                        line.chars().all(|c| text::control_replacement(c).is_none()),
                        "{line:?}"
                    );
                }
            }
        }
        let page = page(samples::HOSTILE, &options(None));
        assert!(page.contains("~8d 4h, Fri 19 Jun 00:00 UTC (estimated: the API gave no date)"));
    }

    #[test]
    fn only_the_title_and_an_urgent_deadline_are_coloured() {
        let colored = DetailOptions { color: true, ..options(Some(80)) };
        let page = page(samples::INVITATION, &colored);
        assert!(page.starts_with("\x1b[1mNorthwind ERP on Azure\x1b[0m\n"));
        assert!(page.contains("\nDeadline     \x1b[31m4h, Thu 11 Jun 00:00 UTC\x1b[0m\n"));
        assert_eq!(page.matches('\x1b').count(), 4);
    }
}
