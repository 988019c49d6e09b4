//! One referral in full, for reading: labels in a column, text wrapped to the width.

use std::io::Write;

use anstyle::Style as Paint;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::display::{cell_text, display_text};
use super::paint::urgency_paint;
use super::times;
use crate::columns::{Cell, Detail, Field, FieldValue};
use crate::error::Result;
use crate::output::write_failed;
use crate::text;

/// The column the values begin in, in terminal cells.
const INDENT: usize = 13;

/// Below this width a label has a line of its own.
const NARROW: usize = 40;

/// How a referral is laid out.
#[derive(Clone, Debug)]
pub struct DetailOptions {
    /// The terminal's width in cells; `None` wraps nothing.
    pub width: Option<usize>,
    /// Whether urgency is shown by colour.
    pub color: bool,
    /// The zone of times.
    pub zone: TimeZone,
    /// The present instant.
    pub now: Timestamp,
}

/// Writes a title and groups of fields with an empty line between them.
///
/// # Errors
/// Those of writing to `out`.
pub fn write_detail(
    detail: &Detail<'_>,
    options: &DetailOptions,
    out: &mut dyn Write,
) -> Result<()> {
    let mut page = DetailPage { options, text: String::new() };
    let bold = if options.color { Paint::new().bold() } else { Paint::new() };
    for line in page.wrapped(&display_text(detail.title), 0) {
        page.line(&format!("{bold}{line}{bold:#}"));
    }
    for group in &detail.groups {
        page.blank();
        for field in group {
            page.field(field);
        }
    }
    let text = page.text.trim_end();
    writeln!(out, "{text}").map_err(|error| write_failed(&error))
}

struct DetailPage<'a> {
    options: &'a DetailOptions,
    text: String,
}

impl DetailPage<'_> {
    fn field(&mut self, field: &Field<'_>) {
        let DetailOptions { zone, now, color, .. } = self.options;
        let label = field.label;
        match &field.value {
            FieldValue::Parts(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| display_text(part)).collect();
                self.lines(label, &parts.join(", "), Paint::new());
            }
            FieldValue::Text(text) => {
                let decoded = text::decode_entities(text);
                let decoded = decoded.replace("\r\n", "\n").replace('\r', "\n");
                self.lines(label, decoded.trim_end(), Paint::new());
            }
            FieldValue::Cell(Cell::Deadline(deadline)) => {
                let mut text = times::deadline_text(*deadline, zone, *now);
                if deadline.estimated {
                    text += " (estimated: the API gave no date)";
                }
                let urgency = deadline.urgency(*now).filter(|_| *color);
                self.lines(label, &text, urgency.map_or(Paint::new(), urgency_paint));
            }
            FieldValue::Cell(Cell::Time(at)) => {
                self.lines(label, &times::moment_text(*at, zone, *now), Paint::new());
            }
            FieldValue::Cell(cell) => {
                self.lines(label, &cell_text(cell, zone, *now), Paint::new());
            }
        }
    }

    /// A label and the lines of its text, each made harmless and wrapped.
    fn lines(&mut self, label: &str, text: &str, paint: Paint) {
        if text.trim().is_empty() {
            return;
        }
        let narrow = self.options.width.is_some_and(|width| width < NARROW);
        let indent = if narrow { 2 } else { INDENT };
        let mut start = format!("{label:<indent$}");
        if narrow {
            if !label.is_empty() {
                self.line(label);
            }
            start = " ".repeat(indent);
        }
        for line in text.split('\n') {
            for line in self.wrapped(&text::escape_control(line), indent) {
                self.line(&format!("{start}{paint}{line}{paint:#}"));
                start = " ".repeat(indent);
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    fn wrapped(&self, text: &str, indent: usize) -> Vec<String> {
        match self.options.width {
            // A wide character needs two cells.
            Some(width) => text::wrap(text, width.saturating_sub(indent).max(2)),
            None => vec![text.to_owned()],
        }
    }

    /// An empty line between groups, never two and never the first.
    fn blank(&mut self) {
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
    fn an_invitation_is_told_in_full() {
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
    fn notes_keep_their_lines_and_entities_are_decoded() {
        let page = page(samples::LEAD, &options(None));
        assert!(page.starts_with("Fabrikam Oil & Gas\n\nCustomer     251 to 1000 employees\n"));
        assert!(page.contains(
            "\nNotes        We want to move 400 mailboxes and need training for our staff.\n             Please call before Friday.\n"
        ));
    }

    #[test]
    fn nothing_is_said_of_what_is_absent() {
        assert_eq!(page("{}", &options(Some(80))), "Referral\n");
        assert!(!page(samples::ACTIVE, &options(None)).contains("Deadline"));
    }

    #[test]
    fn an_estimate_says_so_and_hostile_text_is_harmless_at_every_width() {
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
    fn colour_is_for_the_title_and_an_urgent_deadline_alone() {
        let colored = DetailOptions { color: true, ..options(Some(80)) };
        let page = page(samples::INVITATION, &colored);
        assert!(page.starts_with("\x1b[1mNorthwind ERP on Azure\x1b[0m\n"));
        assert!(page.contains("\nDeadline     \x1b[31m4h, Thu 11 Jun 00:00 UTC\x1b[0m\n"));
        assert_eq!(page.matches('\x1b').count(), 4);
    }
}
