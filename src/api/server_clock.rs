//! Compares the clock with the server's, which responses have in `Date` (RFC 9110 §6.6.1).

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AGE, DATE, HeaderMap};

use crate::http;

/// A smaller difference decides nothing.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// How far the server's clock is ahead of this machine's, from the first response that says so.
#[derive(Default)]
pub(super) struct ServerClock(Mutex<Option<SignedDuration>>);

impl ServerClock {
    /// `sent` and `received` are when the request was sent and its response arrived.
    pub(super) fn observe(&self, headers: &HeaderMap, sent: Timestamp, received: Timestamp) {
        // A response with an age comes from a cache.
        let date = headers.get(DATE).filter(|_| !headers.contains_key(AGE));
        let date = date.and_then(|date| http::parse_http_date(date.to_str().ok()?));
        if let Some(date) = date {
            let mut offset = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            offset.get_or_insert(measure_offset(date, sent, received));
        }
    }

    /// How far the server's clock is ahead. `None` if it is not known, or two minutes or less.
    pub(super) fn offset(&self) -> Option<SignedDuration> {
        let offset = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        offset.filter(|offset| offset.abs() > TOLERANCE)
    }
}

/// Zero where `date` is between the request and its response, however long that took.
fn measure_offset(date: Timestamp, sent: Timestamp, received: Timestamp) -> SignedDuration {
    if date < sent { date.duration_since(sent) } else { date.duration_since(received.min(date)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(date: &str, sent: &str, received: &str) -> i64 {
        let at = |time: &str| format!("2026-11-21T{time}Z").parse().unwrap();
        measure_offset(at(date), at(sent), at(received)).as_secs()
    }

    #[test]
    fn a_slow_response_is_no_wrong_clock() {
        assert_eq!(offset("12:00:00", "12:00:00", "12:00:01"), 0);
        assert_eq!(offset("12:00:00", "11:55:00", "12:05:00"), 0);
        assert_eq!(offset("12:10:00", "11:55:00", "12:05:00"), 300);
        assert_eq!(offset("11:50:00", "11:55:00", "12:05:00"), -300);
    }

    #[test]
    fn the_first_response_with_a_date_counts_and_none_from_a_cache() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let clock = ServerClock::default();
        let observe = |headers: &[(&str, &str)]| {
            let header = |(name, value): &(&str, &str)| {
                (name.parse::<reqwest::header::HeaderName>().unwrap(), value.parse().unwrap())
            };
            clock.observe(&headers.iter().map(header).collect(), now, now);
            clock.offset()
        };
        assert_eq!(observe(&[]), None);
        assert_eq!(observe(&[("date", "yesterday")]), None);
        let date = ("date", "Mon, 23 Nov 2026 12:00:00 GMT");
        assert_eq!(observe(&[date, ("age", "172800")]), None);
        let two_days = Some(SignedDuration::from_hours(48));
        assert_eq!(observe(&[date]), two_days);
        assert_eq!(observe(&[("date", "Sat, 21 Nov 2026 12:00:00 GMT")]), two_days);
    }
}
