//! Periods of whole days: a day, week, month, quarter or year, by date or by name.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// Whether a span such as `7d` or a weekday is meant back or ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanDirection {
    Past,
    Future,
}

/// A stretch of whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: Date,
    /// The first day after the period.
    pub(super) end: Date,
}

impl Period {
    fn new(first: Date, length: Span) -> Option<Period> {
        Some(Period { first, end: first.checked_add(length).ok()? })
    }

    fn day(day: Date) -> Option<Period> {
        Period::new(day, 1.day())
    }
}

/// The period that `text` names: `2026-11-20`, `20.11.2026`, `2026-11`, `today`, `friday`, `last week`. A weekday is the
/// last one, today included, or the next one after today.
pub(super) fn parse_period(text: &str, today: Date, direction: SpanDirection) -> Option<Period> {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["today"] => Period::day(today),
        ["yesterday"] => Period::day(today.yesterday().ok()?),
        ["tomorrow"] => Period::day(today.tomorrow().ok()?),
        [word] => match parse_weekday(word) {
            Some(weekday) => Period::day(find_weekday(weekday, today, direction)?),
            None => parse_dotted_day(word)
                .map_or_else(|| parse_month(word), Period::day)
                .or_else(|| Period::day(word.parse().ok().filter(|_| is_plain_date(word))?)),
        },
        [which, unit] => {
            let offset = match which {
                "last" => -1,
                "this" => 0,
                "next" => 1,
                _ => return None,
            };
            find_unit(unit, today, offset)
        }
        _ => None,
    }
}

/// The days that numbers such as `11/12/2026` may mean, day first.
pub(super) fn find_readings(text: &str) -> Vec<Date> {
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [Some(first), Some(second), Some(third)] =
        parts[..].iter().map(|part| parse_number(part)).collect::<Vec<Option<i16>>>()[..]
    else {
        return Vec::new();
    };
    let pairs = match parts[..] {
        [year, _, _] if year.len() == 4 => vec![(first, second, third)],
        [_, _, year] if year.len() == 4 => vec![(third, second, first), (third, first, second)],
        _ => Vec::new(),
    };
    let date = |(year, month, day): (i16, i16, i16)| {
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    let mut readings: Vec<Date> = pairs.into_iter().filter_map(date).collect();
    readings.dedup();
    readings
}

fn find_unit(unit: &str, today: Date, offset: i32) -> Option<Period> {
    let months = |first: Date, length: i32| {
        let first = first.checked_add((offset * length).months()).ok()?;
        Period::new(first, length.months())
    };
    match unit {
        "week" => {
            let back = i32::from(today.weekday().to_monday_zero_offset());
            let monday = today.checked_sub(back.days()).ok()?;
            Period::new(monday.checked_add((offset * 7).days()).ok()?, 7.days())
        }
        "month" => months(today.first_of_month(), 1),
        "quarter" => {
            let month = (today.month() - 1) / 3 * 3 + 1;
            months(Date::new(today.year(), month, 1).ok()?, 3)
        }
        "year" => months(today.first_of_year(), 12),
        _ => None,
    }
}

fn find_weekday(weekday: Weekday, today: Date, direction: SpanDirection) -> Option<Date> {
    match direction {
        SpanDirection::Past if today.weekday() == weekday => Some(today),
        SpanDirection::Past => today.nth_weekday(-1, weekday).ok(),
        SpanDirection::Future => today.nth_weekday(1, weekday).ok(),
    }
}

fn parse_weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// `20.11.2026`, day first: where dates have dots, nobody writes the month first.
fn parse_dotted_day(word: &str) -> Option<Date> {
    let (day, rest) = word.split_once('.')?;
    let (month, year) = rest.split_once('.')?;
    if year.len() != 4 {
        return None;
    }
    let narrow = |part| i8::try_from(parse_number(part)?).ok();
    Date::new(parse_number(year)?, narrow(month)?, narrow(day)?).ok()
}

/// `2026-11`.
fn parse_month(word: &str) -> Option<Period> {
    let (year, month) = word.split_once('-')?;
    if year.len() != 4 || month.len() != 2 {
        return None;
    }
    let first = Date::new(parse_number(year)?, i8::try_from(parse_number(month)?).ok()?, 1).ok()?;
    Period::new(first, 1.month())
}

/// Whether `word` is `2026-11-20`, and no date with a time, of which the time would be lost.
fn is_plain_date(word: &str) -> bool {
    word.len() == "2026-11-20".len()
}

/// At most four digits.
fn parse_number(digits: &str) -> Option<i16> {
    let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A Saturday.
    const TODAY: Date = date(2026, 11, 21);

    fn show(text: &str, today: Date, direction: SpanDirection) -> Option<String> {
        let Period { first, end } = parse_period(text, today, direction)?;
        Some(format!("{first} {end}"))
    }

    #[test]
    fn a_period_begins_with_its_first_day_and_ends_before_the_next_period() {
        for (text, expected) in [
            ("2026-11-20", "2026-11-20 2026-11-21"),
            ("20.11.2026", "2026-11-20 2026-11-21"),
            ("1.2.2026", "2026-02-01 2026-02-02"),
            ("2026-11", "2026-11-01 2026-12-01"),
            ("2026-12", "2026-12-01 2027-01-01"),
            ("today", "2026-11-21 2026-11-22"),
            ("Yesterday", "2026-11-20 2026-11-21"),
            ("tomorrow", "2026-11-22 2026-11-23"),
            ("last week", "2026-11-09 2026-11-16"),
            ("This  Week", "2026-11-16 2026-11-23"),
            ("next week", "2026-11-23 2026-11-30"),
            ("last month", "2026-10-01 2026-11-01"),
            ("this month", "2026-11-01 2026-12-01"),
            ("next month", "2026-12-01 2027-01-01"),
            ("last quarter", "2026-07-01 2026-10-01"),
            ("this quarter", "2026-10-01 2027-01-01"),
            ("next quarter", "2027-01-01 2027-04-01"),
            ("last year", "2025-01-01 2026-01-01"),
        ] {
            let shown = show(text, TODAY, SpanDirection::Past);
            assert_eq!(shown.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_weekday_is_the_last_one_with_today_or_the_next_one_after_today() {
        for (text, past, future) in [
            ("saturday", date(2026, 11, 21), date(2026, 11, 28)),
            ("Friday", date(2026, 11, 20), date(2026, 11, 27)),
            ("sun", date(2026, 11, 15), date(2026, 11, 22)),
            ("mon", date(2026, 11, 16), date(2026, 11, 23)),
            ("tuesday", date(2026, 11, 17), date(2026, 11, 24)),
            ("Wed", date(2026, 11, 18), date(2026, 11, 25)),
            ("thu", date(2026, 11, 19), date(2026, 11, 26)),
        ] {
            let first = |direction| parse_period(text, TODAY, direction).unwrap().first;
            assert_eq!(first(SpanDirection::Past), past, "{text}");
            assert_eq!(first(SpanDirection::Future), future, "{text}");
        }
    }

    #[test]
    fn the_week_of_a_sunday_began_on_monday_and_january_has_a_quarter_before_it() {
        let sunday = date(2026, 11, 22);
        let week = show("this week", sunday, SpanDirection::Past);
        assert_eq!(week.as_deref(), Some("2026-11-16 2026-11-23"));
        let january = date(2027, 1, 31);
        let quarter = show("last quarter", january, SpanDirection::Past);
        assert_eq!(quarter.as_deref(), Some("2026-10-01 2027-01-01"));
        let quarter = show("this quarter", date(2026, 3, 31), SpanDirection::Past);
        assert_eq!(quarter.as_deref(), Some("2026-01-01 2026-04-01"));
        let february = show("next month", january, SpanDirection::Past);
        assert_eq!(february.as_deref(), Some("2027-02-01 2027-03-01"));
    }

    #[test]
    fn what_names_no_period_or_has_a_time_is_none() {
        for text in [
            "",
            "week",
            "next",
            "last friday",
            "this day",
            "2026",
            "2026-13",
            "2026-1",
            "20.11.26",
            "+1.11.2026",
            "00001.11.2026",
            "20.11.",
            "31.02.2026",
            "2026-11-20T09:00",
            "2026-02-30",
            "11/12/2026",
            "next week now",
        ] {
            assert_eq!(parse_period(text, TODAY, SpanDirection::Past), None, "{text}");
        }
    }

    #[test]
    fn numbers_have_the_readings_that_are_days() {
        for (text, readings) in [
            ("11/12/2026", &["2026-12-11", "2026-11-12"][..]),
            ("11-12-2026", &["2026-12-11", "2026-11-12"]),
            ("12/12/2026", &["2026-12-12"]),
            ("20/11/2026", &["2026-11-20"]),
            ("11/20/2026", &["2026-11-20"]),
            ("2026/11/20", &["2026-11-20"]),
            ("13/13/2026", &[]),
            ("11/12/26", &[]),
            ("1/2", &[]),
            ("1/2/3/2026", &[]),
            ("a/b/2026", &[]),
        ] {
            let found: Vec<String> = find_readings(text).iter().map(Date::to_string).collect();
            assert_eq!(found, readings, "{text}");
        }
    }
}
