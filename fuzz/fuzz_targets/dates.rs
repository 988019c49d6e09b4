//! The dates of flags and the timestamps of the API parse or are refused, and never panic.

#![no_main]

use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use referrals::testing::{DateParser, SpanDirection};
use referrals::testing::{DateValue, parse_timestamp};

fuzz_target!(|text: &str| {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a timestamp");
    let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").expect("a zone");
    let dates = DateParser::new(now, zone);
    for direction in [SpanDirection::Past, SpanDirection::Future] {
        if let Err(error) = dates.parse_date("--created-after", text, direction) {
            assert!(error.message().starts_with("--created-after: "), "{error}");
        }
    }
    if let Ok(end) = dates.parse_span_ahead("--within", text) {
        assert!(end >= now, "{end}");
    }
    let date = DateValue::parse(text);
    assert_eq!(date.closing_day().is_some(), date.time().is_some());
    if let Ok(at) = text.parse::<Timestamp>() {
        assert_eq!(parse_timestamp(text), Some(at));
    } else {
        let _ = parse_timestamp(text);
    }
});
