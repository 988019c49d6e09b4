//! Any text in a flag is a date or refused by name; any text on the wire is an instant or nothing.

#![no_main]

use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use referrals::testing::{DateParser, SpanDirection};
use referrals::testing::parse_timestamp;

fuzz_target!(|text: &str| {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("an instant");
    let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").expect("a zone");
    let dates = DateParser::new(now, zone);
    for toward in [SpanDirection::Past, SpanDirection::Future] {
        if let Err(error) = dates.parse_date("--created-after", text, toward) {
            assert!(error.message().starts_with("--created-after: "), "{error}");
        }
    }
    if let Ok(end) = dates.parse_span_ahead("--within", text) {
        assert!(end >= now, "{end}");
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        assert_eq!(parse_timestamp(text), Some(at));
    } else {
        let _ = parse_timestamp(text);
    }
});
