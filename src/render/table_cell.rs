//! The cells of a table: the text of a value as its column shows it, and its urgency.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::RoundingStrategy;

use super::display::format_cell;
use super::times;
use crate::columns::{Cell, ColumnHead, NoDate, Shape, View};
use crate::model::{Money, Totals, Urgency};

/// Between amounts of different currencies. Within one, a comma has a digit after it.
pub(super) const SUM_SEPARATOR: &str = ", ";

pub(super) struct TableCell {
    pub(super) text: String,
    /// Decides the colour.
    pub(super) urgency: Option<Urgency>,
}

impl TableCell {
    pub(super) fn new(view: View, cell: &Cell<'_>, zone: &TimeZone, now: Timestamp) -> TableCell {
        let urgency = match (view, cell) {
            (View::TimeLeft | View::State, Cell::Deadline(deadline)) => deadline.urgency(now),
            _ => None,
        };
        let text = match (view, cell) {
            (View::TimeLeft, Cell::Deadline(deadline)) => times::format_left(*deadline, now),
            (View::State, Cell::Deadline(deadline)) => times::format_state(*deadline, now),
            (View::State, Cell::NoDate(NoDate::Never)) => "no deadline".to_owned(),
            (View::Due, Cell::Deadline(deadline)) => times::format_due(*deadline, zone, now),
            // It stands in the column of the time left.
            (View::Due, Cell::NoDate(_)) => String::new(),
            (View::Day, Cell::Time(time)) => times::format_day(*time, zone, now),
            (_, Cell::Money(money)) => format_cell(&Cell::Money(round(money)), zone, now),
            _ => format_cell(cell, zone, now),
        };
        TableCell { text, urgency }
    }
}

/// The heading of a column of local times names the zone that its cells leave out.
pub(super) fn format_heading(column: &ColumnHead, zone: &TimeZone, now: Timestamp) -> String {
    let heading = column.heading.to_uppercase();
    match (column.view, column.shape) {
        (View::Due, _) | (View::Whole, Shape::Time) => {
            format!("{heading} ({})", times::format_zone(&now.to_zoned(zone.clone())))
        }
        _ => heading,
    }
}

/// The sums in whole units.
pub(super) fn format_sums(totals: &Totals) -> String {
    let sums: Vec<String> = totals.sums().iter().map(|sum| round(sum).to_string()).collect();
    sums.join(SUM_SEPARATOR)
}

/// To whole units.
pub(super) fn round(money: &Money) -> Money {
    let strategy = RoundingStrategy::MidpointAwayFromZero;
    Money {
        amount: money.amount.round_dp_with_strategy(0, strategy),
        currency: money.currency.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_no_decimals() {
        for (amount, text) in [
            ("185000.50", "185,001 EUR"),
            ("185000.49", "185,000 EUR"),
            ("-0.5", "-1 EUR"),
            ("9000000", "9,000,000 EUR"),
        ] {
            let amount = amount.parse().unwrap();
            let cell = Cell::Money(Money { amount, currency: Some("EUR".to_owned()) });
            let now = Timestamp::UNIX_EPOCH;
            assert_eq!(TableCell::new(View::Whole, &cell, &TimeZone::UTC, now).text, text);
        }
    }

    #[test]
    fn what_stands_in_the_place_of_a_date_is_told_once() {
        let text = |view, no_date| {
            let cell = Cell::NoDate(no_date);
            TableCell::new(view, &cell, &TimeZone::UTC, Timestamp::UNIX_EPOCH).text
        };
        for no_date in [NoDate::Never, NoDate::Unreadable, NoDate::NoAnswerNeeded] {
            assert_eq!(text(View::TimeLeft, no_date), no_date.as_str());
            assert_eq!(text(View::Due, no_date), "");
        }
        assert_eq!(text(View::State, NoDate::Never), "no deadline");
    }
}
