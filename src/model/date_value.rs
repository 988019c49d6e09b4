//! The date properties of the API, with the values that are no dates.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::timestamp::parse_timestamp;

/// No referral is as old as this. Earlier dates are the zeros of date types: 0001, 1601, 1753, 1900 and 1970.
const EARLIEST: Timestamp = Timestamp::constant(315_532_800, 0); // 1980-01-01

/// The year in which the ranges of date types end.
const LAST_YEAR: Timestamp = Timestamp::constant(253_370_764_800, 0); // 9999-01-01

const MIDNIGHT_TO_UTC_DAY: SignedDuration = SignedDuration::from_hours(13);

/// The value of a date property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateValue {
    /// Not sent, `null`, blank, or the zero of a date type such as `0001-01-01`.
    #[default]
    Missing,
    /// Sent in a form that is not read, because it would be a guess: `12/4/2026`, a number.
    Unreadable,
    At(Timestamp),
    /// The end of a date type: `9999-12-31`.
    Never,
}

impl DateValue {
    pub fn time(self) -> Option<Timestamp> {
        match self {
            DateValue::At(time) => Some(time),
            DateValue::Missing | DateValue::Unreadable | DateValue::Never => None,
        }
    }

    /// The day of a closing date, the same for every reader. The API sends the midnight of the zone in which it was
    /// entered (API §4.7): a time at a full quarter of an hour is one, and 13 hours later it is the same day in UTC for
    /// every zone from UTC-11 to UTC+13. Any other time has its day in UTC.
    pub fn closing_day(self) -> Option<Date> {
        let time = self.time()?.to_zoned(TimeZone::UTC);
        let is_midnight =
            time.minute() % 15 == 0 && time.second() == 0 && time.subsec_nanosecond() == 0;
        let time = if is_midnight { time.checked_add(MIDNIGHT_TO_UTC_DAY).ok()? } else { time };
        Some(time.date())
    }

    /// Parses the forms of [`parse_timestamp`], and `/Date(1543449600000)/`, which is the milliseconds since 1970 in UTC
    /// whatever the offset behind them.
    pub fn parse(text: &str) -> DateValue {
        let text = text.trim();
        if text.is_empty() || text.starts_with("0000-") {
            return DateValue::Missing;
        }
        if let Some(millis) = parse_json_date(text) {
            return match Timestamp::from_millisecond(millis) {
                Ok(time) => DateValue::from_time(time),
                Err(_) if millis.is_positive() => DateValue::Never,
                Err(_) => DateValue::Missing,
            };
        }
        if is_in_last_year(text) {
            return DateValue::Never;
        }
        parse_timestamp(text).map_or(DateValue::Unreadable, DateValue::from_time)
    }

    fn from_time(time: Timestamp) -> DateValue {
        match time {
            _ if time < EARLIEST => DateValue::Missing,
            _ if time >= LAST_YEAR => DateValue::Never,
            _ => DateValue::At(time),
        }
    }
}

/// Timestamps end a day before the year does.
fn is_in_last_year(text: &str) -> bool {
    let is_day = |day: &str| day.parse::<Date>().is_ok();
    let rest = text.get(10..).unwrap_or_default();
    text.starts_with("9999-")
        && text.get(..10).is_some_and(is_day)
        && !rest.starts_with(|c: char| c.is_ascii_digit())
}

/// The milliseconds of `/Date(1543449600000)/` or `/Date(1543449600000+0200)/`.
fn parse_json_date(text: &str) -> Option<i64> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let offset = inner.rfind(['+', '-']).filter(|start| *start > 0).unwrap_or(inner.len());
    let (millis, offset) = inner.split_at(offset);
    let digits = offset.get(1..).unwrap_or_default();
    let is_offset = offset.is_empty() || digits.len() == 4;
    if !is_offset || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    millis.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, value: DateValue) {
        assert_eq!(DateValue::parse(text), value, "{text:?}");
    }

    #[test]
    fn a_date_is_read_where_its_meaning_is_certain() {
        let at = |text: &str| DateValue::At(text.parse().unwrap());
        check("2026-06-04T06:10:41.5+02:00", at("2026-06-04T04:10:41.5Z"));
        check(" 2026-06-04 ", at("2026-06-04T00:00:00Z"));
        check("1980-01-01T00:00:00Z", at("1980-01-01T00:00:00Z"));
        check("9998-12-31T23:59:59Z", at("9998-12-31T23:59:59Z"));
        check("/Date(1543449600000)/", at("2018-11-29T00:00:00Z"));
        check("/Date(1543449600000+0200)/", at("2018-11-29T00:00:00Z"));
        check("/Date(1543449600001-0800)/", at("2018-11-29T00:00:00.001Z"));
        for text in [
            "12/4/2026",
            "13.04.2026",
            "1543449600",
            "1543449600000",
            "soon",
            "2026-13-01",
            "/Date()/",
            "/Date(-)/",
            "/Date(1543449600000+02:00)/",
            "/Date(1543449600000+020)/",
            "/Date(1543449600000+2 pm)/",
            "/Date(x)/",
            "99991231T",
            "9999-12-310",
        ] {
            check(text, DateValue::Unreadable);
        }
    }

    #[test]
    fn the_zeros_of_date_types_are_missing_dates() {
        for text in [
            "",
            " ",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "0001-01-01",
            "0000-00-00T00:00:00Z",
            "1601-01-01T00:00:00Z",
            "1753-01-01T00:00:00",
            "1899-12-30T00:00:00Z",
            "1900-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1969-12-31T16:00:00-08:00",
            "/Date(0)/",
            "/Date(-62135596800000)/",
            "/Date(-9223372036854775808)/",
        ] {
            check(text, DateValue::Missing);
        }
    }

    #[test]
    fn the_end_of_a_date_type_is_never() {
        for text in [
            "9999-12-31",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-31T23:59:59",
            "9999-12-31T00:00:00+00:00",
            "9999-12-30T14:00:00-10:00",
            "+009999-12-30T00:00:00Z",
            "/Date(253402300799999)/",
            "/Date(9223372036854775807)/",
        ] {
            check(text, DateValue::Never);
        }
    }

    #[test]
    fn a_closing_date_is_the_day_on_which_its_zone_had_midnight() {
        for (text, day) in [
            ("2022-06-30T00:00:00Z", "2022-06-30"),
            ("2022-06-29T23:00:00Z", "2022-06-30"),
            ("2022-06-29T18:30:00Z", "2022-06-30"),
            ("2022-06-29T18:15:00Z", "2022-06-30"),
            ("2022-06-30T03:00:00Z", "2022-06-30"),
            ("2022-06-30T10:59:00Z", "2022-06-30"),
            ("2022-06-30T10:45:00Z", "2022-06-30"),
            ("2022-06-29T11:00:00Z", "2022-06-30"),
            ("2022-06-30T00:00:00+02:00", "2022-06-30"),
            ("2022-06-30", "2022-06-30"),
            ("2022-12-31T16:00:00Z", "2023-01-01"),
            ("2022-06-29T23:00:01Z", "2022-06-29"),
            ("2022-06-29T23:07:00Z", "2022-06-29"),
            ("2022-06-29T23:00:00.5Z", "2022-06-29"),
        ] {
            let actual = DateValue::parse(text).closing_day().unwrap();
            assert_eq!(actual.to_string(), day, "{text}");
        }
        assert_eq!(DateValue::parse("9999-12-31").closing_day(), None);
    }
}
