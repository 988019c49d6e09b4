//! The values of the cells of a workbook: typed numbers and days where Excel has them, else text.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::sheet_styles::Look;
use super::short_id;
use crate::columns::{Cell, NoDate, Scalar, View};
use crate::model::{Deadline, DeadlineMark, Due, TimeLeft};
use crate::text;

const SECONDS_PER_DAY: i64 = 86_400;

/// The Unix epoch in Excel's count of days.
const UNIX_EPOCH_DAY: f64 = 25_569.0;

/// 1900-03-01. Earlier days are off by one, because Excel has a 29 February 1900.
const FIRST_DAY: f64 = 61.0;

/// 10000-01-01, which Excel does not support.
const END_DAY: f64 = 2_958_466.0;

/// The width of `2026-06-01 09:14`, in characters.
const TIME_WIDTH: usize = 16;

/// The width of `overdue 12.5`, in characters.
const LEFT_WIDTH: usize = 13;

/// Of an amount beside its digits, in characters.
const SEPARATORS_WIDTH: usize = 3;

/// As many characters of an id as tell it from the others of most workbooks. The rows before are written already, so
/// that they cannot be compared.
const SHORT_ID_LENGTH: usize = 8;

#[derive(Debug, PartialEq)]
pub(super) enum SheetValue<'a> {
    Empty,
    Flag(bool),
    Text(Cow<'a, str>),
    Number {
        value: f64,
        look: Look,
        /// In characters.
        width: usize,
    },
    /// A whole day that is shown with a time of day.
    DayAndTime {
        day: f64,
        /// Text that follows the day.
        time: String,
    },
}

impl<'a> SheetValue<'a> {
    /// `zone` and `now` are those of deadlines; other times are in UTC.
    pub(super) fn new(
        view: View,
        cell: &'a Cell<'_>,
        zone: &TimeZone,
        now: Timestamp,
    ) -> SheetValue<'a> {
        match (view, cell) {
            // It stands in the column of the time left.
            (View::Due, Cell::NoDate(_)) => SheetValue::Empty,
            (_, Cell::NoDate(no_date)) => SheetValue::Text(no_date.as_str().into()),
            (View::TimeLeft, Cell::Deadline(deadline)) => days_left(*deadline, now),
            (View::Due, Cell::Deadline(deadline)) => day_to_answer(*deadline, zone, now),
            (View::ShortId, Cell::Text(id)) => {
                SheetValue::Text(short_id::shorten(id, SHORT_ID_LENGTH).into())
            }
            _ => scalar(cell.to_scalar()),
        }
    }
}

fn scalar(value: Scalar<'_>) -> SheetValue<'_> {
    let number = |value, look, width| SheetValue::Number { value, look, width };
    match value {
        Scalar::Empty => SheetValue::Empty,
        Scalar::Flag(flag) => SheetValue::Flag(flag),
        Scalar::Text(text) => SheetValue::Text(text),
        Scalar::Number(amount) => {
            let width = text::width(&amount.round_dp(2).to_string()) + SEPARATORS_WIDTH;
            match amount.to_string().parse() {
                Ok(value) => number(value, Look::Money, width),
                Err(_) => SheetValue::Text(amount.to_string().into()),
            }
        }
        Scalar::Date(day) => match to_serial_day(day) {
            Some(value) => number(value, Look::Day, TIME_WIDTH),
            None => SheetValue::Text(day.to_string().into()),
        },
        // In UTC, as the heading says.
        Scalar::Time(time) => match to_serial_date(time) {
            Some(value) => number(value, Look::Time, TIME_WIDTH),
            None => SheetValue::Text(time.strftime("%Y-%m-%d %H:%M").to_string().into()),
        },
    }
}

/// In tenths of a day, rounded to zero as the time left in a table; less than zero once it is overdue.
fn days_left(deadline: Deadline, now: Timestamp) -> SheetValue<'static> {
    if deadline.mark == Some(DeadlineMark::NoAnswerNeeded) {
        return SheetValue::Text(NoDate::NoAnswerNeeded.as_str().into());
    }
    let seconds = deadline.at.duration_since(now).as_secs();
    let tenths = seconds * 10 / SECONDS_PER_DAY;
    let tenths = match deadline.time_left(now) {
        TimeLeft::Ahead(_) => tenths,
        TimeLeft::Overdue(_) => tenths.min(-1),
    };
    let tenths = i32::try_from(tenths).expect("a time has less than 200 million days");
    let look = if deadline.estimated { Look::EstimatedLeft } else { Look::Left };
    SheetValue::Number { value: f64::from(tenths) / 10.0, look, width: LEFT_WIDTH }
}

/// The day that a table tells, with the time of day where that has one.
fn day_to_answer(deadline: Deadline, zone: &TimeZone, now: Timestamp) -> SheetValue<'static> {
    let today = || now.to_zoned(zone.clone()).date();
    let (day, time) = match deadline.due(zone, now) {
        Due::Today(time) => (today(), Some(time.strftime(" %H:%M").to_string())),
        Due::Tonight(time) => (today(), Some(time.strftime(", %H:%M that night").to_string())),
        Due::Tomorrow(at) => (at.date(), Some(at.strftime(" %H:%M").to_string())),
        Due::Day(day) => (day, None),
    };
    match (to_serial_day(day), time) {
        (None, time) => SheetValue::Text(format!("{day}{}", time.unwrap_or_default()).into()),
        (Some(day), Some(time)) => SheetValue::DayAndTime { day, time },
        (Some(day), None) => SheetValue::Number { value: day, look: Look::Day, width: TIME_WIDTH },
    }
}

/// Excel's number for a time in UTC: days with fractions. `None` for years that Excel does not support.
fn to_serial_date(time: Timestamp) -> Option<f64> {
    let day = i32::try_from(time.as_second().div_euclid(SECONDS_PER_DAY)).ok()?;
    let second = i32::try_from(time.as_second().rem_euclid(SECONDS_PER_DAY)).ok()?;
    let days = UNIX_EPOCH_DAY + f64::from(day) + f64::from(second) / 86_400.0;
    (FIRST_DAY..END_DAY).contains(&days).then_some(days)
}

/// Excel's number for a day. `None` for years that Excel does not support.
fn to_serial_day(day: Date) -> Option<f64> {
    to_serial_date(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Decodes HTML entities, converts line breaks to LF and replaces characters that XML forbids.
pub(super) fn sanitize(text: &str) -> Cow<'_, str> {
    let decoded = text::decode_entities(text);
    if decoded.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return decoded;
    }
    let decoded = decoded.replace("\r\n", "\n");
    let replace = |c: char| match c {
        '\r' => '\n',
        '\n' | '\t' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_ascii_control() => text::control_replacement(c).unwrap_or(c),
        c => c,
    };
    decoded.chars().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::samples;
    use crate::render::times::format_due;

    #[test]
    fn dates_that_excel_does_not_support_stay_text() {
        let at = |text: &str| to_serial_date(text.parse().unwrap());
        assert_eq!(at("1970-01-01T12:00:00Z"), Some(25_569.5));
        assert_eq!(at("1900-03-01T00:00:00Z"), Some(61.0));
        assert_eq!(at("1900-02-28T00:00:00Z"), None);
        assert_eq!(at("0001-01-01T00:00:00Z"), None);
        let early = Cell::Time("1899-12-31T22:30:00Z".parse().unwrap());
        let value = SheetValue::new(View::Whole, &early, &TimeZone::UTC, samples::now());
        assert_eq!(value, SheetValue::Text("1899-12-31 22:30".into()));
    }

    fn cell(at: &str, estimated: bool, mark: Option<DeadlineMark>) -> Cell<'static> {
        Cell::Deadline(Deadline { at: at.parse().unwrap(), estimated, mark })
    }

    #[test]
    fn the_time_left_is_a_number_of_days_and_below_zero_once_it_is_overdue() {
        for (at, estimated, tenths, look) in [
            ("2026-06-15T00:00:00Z", false, 41, Look::Left),
            ("2026-06-10T20:00:01Z", true, 0, Look::EstimatedLeft),
            ("2026-06-10T20:00:00Z", false, -1, Look::Left),
            ("2026-06-10T19:59:59Z", false, -1, Look::Left),
            ("2026-06-08T20:00:01Z", true, -19, Look::EstimatedLeft),
        ] {
            let cell = cell(at, estimated, None);
            let value = SheetValue::new(View::TimeLeft, &cell, &TimeZone::UTC, samples::now());
            let expected = f64::from(tenths) / 10.0;
            assert_eq!(
                value,
                SheetValue::Number { value: expected, look, width: LEFT_WIDTH },
                "{at}"
            );
        }
        let cell = cell("2026-06-11T00:00:00Z", false, Some(DeadlineMark::NoAnswerNeeded));
        let value = SheetValue::new(View::TimeLeft, &cell, &TimeZone::UTC, samples::now());
        assert_eq!(value, SheetValue::Text("no answer needed".into()));
    }

    #[test]
    fn what_stands_in_the_place_of_a_deadline_is_told_once() {
        let cell = Cell::NoDate(NoDate::Never);
        let value = |view| SheetValue::new(view, &cell, &TimeZone::UTC, samples::now());
        assert_eq!(value(View::TimeLeft), SheetValue::Text("never".into()));
        assert_eq!(value(View::Due), SheetValue::Empty);
    }

    #[test]
    fn the_day_to_answer_is_the_one_that_a_table_tells() {
        let now: Timestamp = "2026-11-11T20:00:00Z".parse().unwrap();
        for (zone, at, day, time) in [
            ("America/Los_Angeles", "2026-11-14T00:00:00Z", "2026-11-13", None),
            ("Europe/Berlin", "2026-11-14T00:00:00Z", "2026-11-13", None),
            ("Asia/Tokyo", "2026-11-14T00:00:00Z", "2026-11-13", None),
            ("Asia/Tokyo", "2026-11-14T12:00:00Z", "2026-11-14", None),
            ("America/Los_Angeles", "2026-11-12T00:00:00Z", "2026-11-11", Some(" 16:00")),
            ("Europe/Berlin", "2026-11-12T00:00:00Z", "2026-11-11", Some(", 01:00 that night")),
            ("Asia/Tokyo", "2026-11-12T00:00:00Z", "2026-11-12", Some(" 09:00")),
            ("Asia/Tokyo", "2026-11-12T17:00:00Z", "2026-11-12", Some(", 02:00 that night")),
            ("Europe/Berlin", "2026-11-12T17:00:00Z", "2026-11-12", Some(" 18:00")),
            ("Europe/Berlin", "2026-11-09T23:30:00Z", "2026-11-09", None),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let cell = cell(at, false, None);
            let value = SheetValue::new(View::Due, &cell, &zone, now);
            let day: Date = day.parse().unwrap();
            let serial = to_serial_day(day).unwrap();
            let expected = match time {
                Some(time) => SheetValue::DayAndTime { day: serial, time: time.to_owned() },
                None => SheetValue::Number { value: serial, look: Look::Day, width: TIME_WIDTH },
            };
            assert_eq!(value, expected, "{at}");
            let Cell::Deadline(deadline) = cell else { unreachable!() };
            let told = format_due(deadline, &zone, now);
            if time.is_none() {
                assert_eq!(told, day.strftime("%a %-d %b").to_string(), "{at}");
            }
        }
    }
}
