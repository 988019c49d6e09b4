//! Values as people read them: on one line, with nothing in it that a terminal obeys.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::times;
use crate::columns::Cell;
use crate::text;

/// The text of a cell, with times in `zone`.
pub(super) fn cell_text(cell: &Cell<'_>, zone: &TimeZone, now: Timestamp) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => display_text(text),
        Cell::List(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| display_text(part)).collect();
            parts.join(", ")
        }
        // The currency comes from outside too.
        Cell::Money(money) => display_text(&money.to_string()),
        Cell::Time(at) => times::minute_text(*at, zone),
        Cell::Date(at) => times::day_text(*at),
        Cell::Deadline(deadline) => times::deadline_text(*deadline, zone, now),
        Cell::Flag(true) => "yes".to_owned(),
        Cell::Flag(false) => "no".to_owned(),
    }
}

/// Text from outside on one line, entities decoded, control characters replaced.
pub(super) fn display_text(text: &str) -> String {
    text::escape_control(text::decode_entities(text).trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Money;
    use rust_decimal::Decimal;

    fn shown(cell: &Cell<'_>) -> String {
        cell_text(cell, &TimeZone::UTC, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn text_is_decoded_and_made_harmless() {
        let cell = Cell::Text("Oil &amp; Gas\x1b[2J\nnext".into());
        assert_eq!(shown(&cell), "Oil & Gas\u{241b}[2J next");
        assert_eq!(shown(&Cell::List(vec!["A, B", "C"])), "A, B, C");
    }

    #[test]
    fn an_entity_cannot_smuggle_a_control_character() {
        let text = shown(&Cell::Text("a&#27;[31m&#x202e;&#10;b".into()));
        assert_eq!(text, "a\u{241b}[31m\u{fffd} b");
        let money =
            Cell::Money(Money { amount: Decimal::ONE, currency: Some("E\x1bR".to_owned()) });
        assert_eq!(shown(&money), "1 E\u{241b}R");
    }
}
