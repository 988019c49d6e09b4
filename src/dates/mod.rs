//! Reads the dates, spans and durations that flags take.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Zoned, tz::TimeZone};

use crate::error::{Error, Result};

mod period;

pub use period::SpanDirection;
use period::{find_readings, parse_period};

/// The accepted forms of a date, for messages.
pub const FORMS: &str =
    "2026-11-20, 20.11.2026, 2026-11, 2026-11-20T09:00, today, friday, last week, 7d, 2w or 3mo";

/// Parses dates and spans relative to a time and a zone.
#[derive(Clone, Debug)]
pub struct DateParser {
    now: Zoned,
}

impl DateParser {
    /// A date without a time is midnight in `zone`.
    pub fn new(now: Timestamp, zone: TimeZone) -> DateParser {
        DateParser { now: now.to_zoned(zone) }
    }

    /// The instant `text` names: the first of a period (a date, month, weekday, `last week`), a local date-time, an
    /// RFC 3339 date-time, `now`, or a span counted from now.
    ///
    /// # Errors
    /// `ErrorKind::Usage`, naming the flag and the forms, or the readings of what can be read in several ways.
    pub fn parse_date(
        &self,
        flag: &str,
        text: &str,
        direction: SpanDirection,
    ) -> Result<Timestamp> {
        let text = text.trim();
        self.parse_any(text, direction).ok_or_else(|| refuse_date(flag, text))
    }

    /// The day in the reader's zone that `text` names or falls on.
    ///
    /// # Errors
    /// Those of [`DateParser::parse_date`].
    pub fn parse_day(&self, flag: &str, text: &str, direction: SpanDirection) -> Result<Date> {
        let time = self.parse_date(flag, text, direction)?;
        Ok(time.to_zoned(self.now.time_zone().clone()).date())
    }

    /// The end of a span from now (`7d`, `36h`) or of a period (`friday`, `this week`, `2026-11`).
    ///
    /// # Errors
    /// `ErrorKind::Usage`, naming the flag and the forms; also for a period that is over.
    pub fn parse_span_ahead(&self, flag: &str, text: &str) -> Result<Timestamp> {
        let text = text.trim();
        if let Some(span) = parse_span(text) {
            let end = self.now.checked_add(span).ok();
            return end.map(|end| end.timestamp()).ok_or_else(|| refuse_span(flag, text));
        }
        let period = parse_period(text, self.now.date(), SpanDirection::Future);
        let end = period.and_then(|period| self.midnight(period.end));
        let end = end.ok_or_else(|| refuse_span(flag, text))?;
        if end <= self.now.timestamp() {
            return Err(Error::usage(format!("{flag}: {text:?} is over"))
                .hint(format!("for what is overdue already: `{flag} 0d`")));
        }
        Ok(end)
    }

    /// The instant that lies a span such as `30d` back.
    ///
    /// # Errors
    /// `ErrorKind::Usage`, naming the flag and the forms.
    pub fn parse_span_back(&self, flag: &str, text: &str) -> Result<Timestamp> {
        let text = text.trim();
        let start = parse_span(text).and_then(|span| self.now.checked_sub(span).ok());
        start.map(|start| start.timestamp()).ok_or_else(|| {
            let error = Error::usage(format!("{flag}: {text:?} is not a span of time"));
            match strip_sign(text) {
                Some(span) => error.hint(format!("a span has no sign: `{flag} {span}`")),
                None => error.hint("write 36h, 30d, 2w or 3mo"),
            }
        })
    }

    /// A period that has begun: a span back from now (`90d`), or a named one (`quarter`, `last month`, `2026-10`). Returns
    /// its first moment, and the first moment after it, which is `None` while it is not over.
    ///
    /// # Errors
    /// `ErrorKind::Usage`, naming the flag and the forms; also for a period that lies ahead.
    pub fn parse_period_back(
        &self,
        flag: &str,
        text: &str,
    ) -> Result<(Timestamp, Option<Timestamp>)> {
        let text = text.trim();
        let now = self.now.timestamp();
        if let Some(span) = parse_span(text) {
            let from = self.now.checked_sub(span).ok();
            return from
                .map(|from| (from.timestamp(), None))
                .ok_or_else(|| refuse_period(flag, text));
        }
        let parse = |text: &str| parse_period(text, self.now.date(), SpanDirection::Past);
        let period = parse(text).or_else(|| parse(&format!("this {text}")));
        let ends = period.and_then(|it| self.midnight(it.first).zip(self.midnight(it.end)));
        match ends.ok_or_else(|| refuse_period(flag, text))? {
            (from, _) if from > now => Err(Error::usage(format!("{flag}: {text:?} lies ahead"))),
            (from, end) => Ok((from, Some(end).filter(|end| *end <= now))),
        }
    }

    fn parse_any(&self, text: &str, direction: SpanDirection) -> Option<Timestamp> {
        if text.eq_ignore_ascii_case("now") {
            return Some(self.now.timestamp());
        }
        if let Some(span) = parse_span(text) {
            let end = match direction {
                SpanDirection::Past => self.now.checked_sub(span),
                SpanDirection::Future => self.now.checked_add(span),
            };
            return end.ok().map(|end| end.timestamp());
        }
        if let Some(period) = parse_period(text, self.now.date(), direction) {
            return self.midnight(period.first);
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(at);
        }
        let civil: DateTime = text.parse().ok()?;
        Some(civil.to_zoned(self.now.time_zone().clone()).ok()?.timestamp())
    }

    fn midnight(&self, day: Date) -> Option<Timestamp> {
        Some(day.to_zoned(self.now.time_zone().clone()).ok()?.timestamp())
    }
}

fn refuse_date(flag: &str, text: &str) -> Error {
    let readings = find_readings(text);
    if let [one, other] = readings[..] {
        let shown = [one, other].map(|day| day.strftime("%-d %B %Y").to_string());
        let message = format!("{flag}: {text:?} could mean {} or {}", shown[0], shown[1]);
        return Error::usage(message).hint(format!("write `{flag} {one}` or `{flag} {other}`"));
    }
    let error = Error::usage(format!("{flag}: {text:?} is not a date"));
    match (readings.first(), strip_sign(text)) {
        (Some(day), _) => error.hint(format!("write `{flag} {day}`")),
        (None, Some(span)) => error.hint(format!("a span has no sign: `{flag} {span}`")),
        (None, None) => error.hint(format!("write {FORMS}")),
    }
}

fn refuse_span(flag: &str, text: &str) -> Error {
    let error = Error::usage(format!("{flag}: {text:?} is not a span of time"));
    match strip_sign(text) {
        Some(span) => error.hint(format!("a span counts ahead and has no sign: `{flag} {span}`")),
        None => error.hint("write 90min, 36h, 7d, 2w, 3mo, friday, this week or 2026-11-20"),
    }
}

fn refuse_period(flag: &str, text: &str) -> Error {
    let error = Error::usage(format!("{flag}: {text:?} is not a period"));
    match strip_sign(text) {
        Some(span) => error.hint(format!("a span has no sign: `{flag} {span}`")),
        None => error.hint("write 30d, 12w, 6mo, quarter, last month, this year or 2026-10"),
    }
}

/// The span in `-3d` or `+3d`.
fn strip_sign(text: &str) -> Option<&str> {
    text.strip_prefix(['-', '+']).filter(|span| parse_span(span).is_some())
}

/// The exact duration `text` names, such as `50ms`, `2min` or `1h30m`; for flags that do not depend on the calendar.
///
/// # Errors
/// The expected form; clap adds the name of the flag.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "expected a time such as 50ms, 30s, 2min or 1h".to_owned())
}

/// The length of a span that does not depend on the calendar (`90min`, `36h`, `1d`, `2w`); a day has 24 hours.
///
/// # Errors
/// `ErrorKind::Usage`, naming the flag and the forms; also for months and years, which differ in length.
pub fn parse_exact_span(flag: &str, text: &str) -> Result<SignedDuration> {
    let text = text.trim();
    let span = parse_span(text).filter(|span| (span.get_months(), span.get_years()) == (0, 0));
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    length.ok_or_else(|| {
        Error::usage(format!("{flag}: {text:?} is not a length of time"))
            .hint("write 90min, 36h, 1d or 2w")
    })
}

/// Parses a whole number and one unit: `min`, `h`, `d`, `w`, `mo` or `y`.
fn parse_span(text: &str) -> Option<Span> {
    let unit_start = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit_start);
    let count: i64 = count.parse().ok()?;
    let span = Span::new();
    match unit.trim().to_ascii_lowercase().as_str() {
        "min" | "minute" | "minutes" => span.try_minutes(count),
        "h" | "hour" | "hours" => span.try_hours(count),
        "d" | "day" | "days" => span.try_days(count),
        "w" | "week" | "weeks" => span.try_weeks(count),
        "mo" | "month" | "months" => span.try_months(count),
        "y" | "year" | "years" => span.try_years(count),
        _ => return None,
    }
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn dates() -> DateParser {
        let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
        DateParser::new("2026-11-21T12:00:00Z".parse().unwrap(), zone)
    }

    fn check(text: &str, direction: SpanDirection, at: Option<&str>) {
        let parsed = dates().parse_date("--created-after", text, direction).ok();
        assert_eq!(parsed.map(|at| at.to_string()).as_deref(), at, "{text}");
    }

    #[test]
    fn every_form_of_a_date_is_read_in_the_zone_of_the_reader() {
        use SpanDirection::{Future, Past};
        check("2026-11-20", Past, Some("2026-11-20T08:00:00Z"));
        check("2026-07-01", Past, Some("2026-07-01T07:00:00Z"));
        check("2026-11-20T09:00", Past, Some("2026-11-20T17:00:00Z"));
        check("2026-11-20 09:00", Past, Some("2026-11-20T17:00:00Z"));
        check("2026-11-20T09:00:00Z", Past, Some("2026-11-20T09:00:00Z"));
        check("2026-11-20T09:00:00.25+02:00", Past, Some("2026-11-20T07:00:00.25Z"));
        check("today", Past, Some("2026-11-21T08:00:00Z"));
        check("Yesterday", Past, Some("2026-11-20T08:00:00Z"));
        check("tomorrow", Future, Some("2026-11-22T08:00:00Z"));
        check("20.11.2026", Past, Some("2026-11-20T08:00:00Z"));
        check("2026-07", Past, Some("2026-07-01T07:00:00Z"));
        check("friday", Past, Some("2026-11-20T08:00:00Z"));
        check("friday", Future, Some("2026-11-27T08:00:00Z"));
        check("last week", Past, Some("2026-11-09T08:00:00Z"));
        check("next month", Future, Some("2026-12-01T08:00:00Z"));
        check("7d", Past, Some("2026-11-14T12:00:00Z"));
        check("7d", Future, Some("2026-11-28T12:00:00Z"));
        check("2w", Past, Some("2026-11-07T12:00:00Z"));
        check("3mo", Past, Some("2026-08-21T11:00:00Z"));
        check("90min", Future, Some("2026-11-21T13:30:00Z"));
    }

    #[test]
    fn a_span_of_exact_length_has_no_months() {
        let hours = |text| parse_exact_span("--alarm", text).ok().map(|span| span.as_hours());
        for (text, length) in [
            ("0d", Some(0)),
            ("90min", Some(1)),
            ("36 h", Some(36)),
            ("1d", Some(24)),
            (" 2W ", Some(336)),
            ("1mo", None),
            ("1y", None),
            ("friday", None),
            ("-1d", None),
            ("", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(hours(text), length, "{text}");
        }
    }

    #[test]
    fn a_period_back_ends_now_unless_it_is_over() {
        for (text, from, until) in [
            ("90d", "2026-08-23T11:00:00Z", None),
            ("1y", "2025-11-21T12:00:00Z", None),
            ("quarter", "2026-10-01T07:00:00Z", None),
            ("this month", "2026-11-01T07:00:00Z", None),
            ("today", "2026-11-21T08:00:00Z", None),
            ("last month", "2026-10-01T07:00:00Z", Some("2026-11-01T07:00:00Z")),
            ("2026-07", "2026-07-01T07:00:00Z", Some("2026-08-01T07:00:00Z")),
        ] {
            let (actual, end) = dates().parse_period_back("--period", text).unwrap();
            assert_eq!(actual.to_string(), from, "{text}");
            assert_eq!(end.map(|end| end.to_string()).as_deref(), until, "{text}");
        }
        let midnight = "2026-11-21T08:00:00Z";
        let first = DateParser::new(midnight.parse().unwrap(), dates().now.time_zone().clone());
        let (from, _) = first.parse_period_back("--period", "today").unwrap();
        assert_eq!(from.to_string(), midnight);
        for (text, message) in [
            ("soon", "--period: \"soon\" is not a period"),
            ("-30d", "--period: \"-30d\" is not a period"),
            ("next month", "--period: \"next month\" lies ahead"),
        ] {
            let error = dates().parse_period_back("--period", text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.report().contains(message), "{}", error.report());
        }
    }

    #[test]
    fn a_day_is_that_of_the_reader() {
        for (text, day) in [
            ("2026-11-20", "2026-11-20"),
            ("today", "2026-11-21"),
            ("7d", "2026-11-28"),
            ("2026-11-20T03:00:00Z", "2026-11-19"),
        ] {
            let parsed = dates().parse_day("--closing-before", text, SpanDirection::Future);
            assert_eq!(parsed.unwrap().to_string(), day, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "7",
            "7 parsecs",
            "-3d",
            "99999999999999999999d",
            "9999999y",
            "2026-11-20T25:00",
            "11/12/2026",
        ] {
            check(text, SpanDirection::Past, None);
        }
        let error = dates().parse_date("--created-after", "soon", SpanDirection::Past).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(error.message(), "--created-after: \"soon\" is not a date");
    }

    #[test]
    fn a_span_ahead_counts_calendar_days_and_exact_hours() {
        // The night of 1 November 2026 has 25 hours in Los Angeles.
        let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
        let dates = DateParser::new("2026-10-31T19:00:00Z".parse().unwrap(), zone);
        assert_eq!(
            dates.parse_span_ahead("--within", "1d").unwrap().to_string(),
            "2026-11-01T20:00:00Z"
        );
        assert_eq!(
            dates.parse_span_ahead("--within", "24h").unwrap().to_string(),
            "2026-11-01T19:00:00Z"
        );
    }

    #[test]
    fn a_period_ahead_lasts_to_its_end() {
        let at = |text| dates().parse_span_ahead("--within", text);
        for (text, end) in [
            ("today", "2026-11-22T08:00:00Z"),
            ("friday", "2026-11-28T08:00:00Z"),
            ("this week", "2026-11-23T08:00:00Z"),
            ("2026-11", "2026-12-01T08:00:00Z"),
            ("2026-11-25", "2026-11-26T08:00:00Z"),
        ] {
            assert_eq!(at(text).unwrap().to_string(), end, "{text}");
        }
        assert_eq!(at("yesterday").unwrap_err().message(), "--within: \"yesterday\" is over");
    }

    #[test]
    fn what_was_probably_meant_is_told() {
        for (text, message, hint) in [
            (
                "11/12/2026",
                "--created-after: \"11/12/2026\" could mean 11 December 2026 or 12 November 2026",
                "write `--created-after 2026-12-11` or `--created-after 2026-11-12`",
            ),
            ("20/11/2026", "is not a date", "write `--created-after 2026-11-20`"),
            ("-7d", "is not a date", "a span has no sign: `--created-after 7d`"),
            ("soon", "is not a date", "20.11.2026"),
        ] {
            let error =
                dates().parse_date("--created-after", text, SpanDirection::Past).unwrap_err();
            assert!(error.message().contains(message), "{error:?}");
            assert!(error.hints()[0].contains(hint), "{error:?}");
        }
        let error = dates().parse_span_ahead("--within", "-3d").unwrap_err();
        assert_eq!(error.hints(), ["a span counts ahead and has no sign: `--within 3d`"]);
    }

    #[test]
    fn a_duration_is_exact_and_never_negative() {
        let cases = [
            ("0ms", Some(0)),
            ("50ms", Some(50)),
            ("90s", Some(90_000)),
            ("2min", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("1h30m", Some(5_400_000)),
            ("-1s", None),
            ("1s ago", None),
            ("1mo", None),
            ("30", None),
            ("soon", None),
            ("", None),
        ];
        for (text, millis) in cases {
            let expected = millis.map(Duration::from_millis);
            assert_eq!(parse_duration(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_span_back_is_counted_from_now_and_a_date_is_none() {
        for (text, at) in [
            ("30d", Some("2026-10-22T11:00:00Z")),
            (" 2w ", Some("2026-11-07T12:00:00Z")),
            ("36h", Some("2026-11-20T00:00:00Z")),
            ("0d", Some("2026-11-21T12:00:00Z")),
            ("friday", None),
            ("2026-10-01", None),
            ("-30d", None),
            ("30", None),
            ("99999999999999d", None),
        ] {
            let start = dates().parse_span_back("--stale", text).ok();
            assert_eq!(start.map(|start| start.to_string()).as_deref(), at, "{text}");
        }
        let error = dates().parse_span_back("--stale", "-30d").unwrap_err();
        assert_eq!(error.hints(), ["a span has no sign: `--stale 30d`"]);
    }
}
