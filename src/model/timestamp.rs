//! Instants as the API writes them.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

/// Parses an RFC 3339 date-time with any number of fractional digits, of which nine count. A missing offset is UTC, a
/// missing time midnight UTC (API §9, 19). `None` for anything else.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let text = truncate_fraction(text.trim());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| {
            text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        })
        .or_else(|| {
            text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        })
}

/// `text` with at most nine fractional digits, which is nanoseconds.
fn truncate_fraction(text: &str) -> Cow<'_, str> {
    let Some(dot) = text.find('.') else {
        return text.into();
    };
    let digits = text[dot + 1..].bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return text.into();
    }
    let (start, rest) = (&text[..dot + 10], &text[dot + 1 + digits..]);
    format!("{start}{rest}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_the_wire_writes_an_instant_is_read() {
        let cases = [
            ("2026-06-01T09:14:22.1180342Z", Some("2026-06-01T09:14:22.1180342Z")),
            ("2026-06-04T06:10:41Z", Some("2026-06-04T06:10:41Z")),
            ("2026-06-04T06:10:41", Some("2026-06-04T06:10:41Z")),
            ("2026-06-04T06:10:41.5+02:00", Some("2026-06-04T04:10:41.5Z")),
            ("2026-06-04T06:10:41.123456789123Z", Some("2026-06-04T06:10:41.123456789Z")),
            ("2026-06-04", Some("2026-06-04T00:00:00Z")),
            ("2026-06-04 06:10:41Z", Some("2026-06-04T06:10:41Z")),
            ("", None),
            ("soon", None),
            ("2026-13-04T06:10:41Z", None),
        ];
        for (text, at) in cases {
            assert_eq!(parse_timestamp(text).map(|at| at.to_string()).as_deref(), at, "{text:?}");
        }
    }
}
