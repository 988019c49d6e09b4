//! Formats values for people, on one line without control characters.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::times;
use crate::columns::Cell;
use crate::text;

pub(super) fn format_cell(cell: &Cell<'_>, zone: &TimeZone, now: Timestamp) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => display_text(text),
        Cell::List(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| display_text(part)).collect();
            parts.join(", ")
        }
        // The currency is outside text too.
        Cell::Money(money) => display_text(&money.to_string()),
        Cell::Time(time) => times::format_date_time(*time, zone),
        Cell::Date(day) => day.to_string(),
        Cell::Deadline(deadline) => times::format_deadline(*deadline, zone, now),
        Cell::NoDate(no_date) => no_date.as_str().to_owned(),
        Cell::Flag(true) => "yes".to_owned(),
        Cell::Flag(false) => "no".to_owned(),
        Cell::Count(count) => count.to_string(),
    }
}

/// Decodes HTML entities and replaces control characters, line breaks included.
pub(super) fn display_text(text: &str) -> String {
    text::escape_control(text::decode_entities(text).trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Money;
    use rust_decimal::Decimal;

    fn format(cell: &Cell<'_>) -> String {
        format_cell(cell, &TimeZone::UTC, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn text_is_decoded_and_escaped() {
        let cell = Cell::Text("Oil &amp; Gas\x1b[2J\nnext".into());
        assert_eq!(format(&cell), "Oil & Gas\u{241b}[2J next");
        assert_eq!(format(&Cell::List(vec!["A, B", "C"])), "A, B, C");
    }

    #[test]
    fn an_entity_cannot_smuggle_a_control_character() {
        let text = format(&Cell::Text("a&#27;[31m&#x202e;&#10;b".into()));
        assert_eq!(text, "a\u{241b}[31m\u{fffd} b");
        let money =
            Cell::Money(Money { amount: Decimal::ONE, currency: Some("E\x1bR".to_owned()) });
        assert_eq!(format(&money), "1 E\u{241b}R");
    }
}
