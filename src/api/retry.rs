//! Whether to try again and how long to wait first. Pure: what happened in, a decision out.

use std::time::Duration;

use jiff::Timestamp;

use crate::http;

/// The first wait is at most this, each next one at most twice the one before.
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);

/// No wait of our own choosing is longer.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// What went wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// The service answered with this status.
    Status(u16),
    /// No connection came about.
    Connect,
    /// The connection broke, stalled, or what came was cut or garbled.
    Broken,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// Trying again would not help, or the time is used up.
    GiveUp,
    /// The service wants to be left alone for longer than we may wait.
    TooLong(Duration),
    /// Try again after this long.
    Wait(Duration),
}

/// What is known when deciding.
#[derive(Clone, Copy, Debug)]
pub struct RetryState {
    /// What went wrong.
    pub fault: FailureClass,
    /// How many times it was tried, this one included.
    pub attempts: u32,
    /// How long the request has been going on, waits included.
    pub spent: Duration,
    /// How long it may go on.
    pub budget: Duration,
    /// What the service asked for; see [`retry_after`].
    pub retry_after: Option<Duration>,
    /// A random number from 0 up to 1.
    pub jitter: f64,
}

/// Whether to try again.
pub fn decide(situation: RetryState) -> RetryDecision {
    let RetryState { fault, attempts: tries, spent, budget, retry_after: asked, jitter } =
        situation;
    if tries >= max_attempts(fault) {
        return RetryDecision::GiveUp;
    }
    let ceiling = INITIAL_BACKOFF
        .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
        .min(MAX_BACKOFF);
    // Full jitter; many clients that were turned away together must not come back together.
    let own = ceiling.mul_f64(jitter.clamp(0.0, 1.0));
    let wait = asked.map_or(own, |asked| asked.saturating_add(own.min(Duration::from_secs(1))));
    if spent.saturating_add(wait) <= budget {
        return RetryDecision::Wait(wait);
    }
    match asked {
        Some(asked) => RetryDecision::TooLong(asked),
        None => RetryDecision::GiveUp,
    }
}

/// How often a request is sent at most. Only what can pass by itself is tried again (API §6.1).
fn max_attempts(fault: FailureClass) -> u32 {
    match fault {
        FailureClass::Status(429 | 502 | 503 | 504 | 509) => 8,
        FailureClass::Status(500) => 2,
        FailureClass::Status(_) => 1,
        FailureClass::Connect | FailureClass::Broken => 4,
    }
}

/// The wait a `Retry-After` header asks for: seconds, or a date (RFC 9110 §10.2.3). Nonsense is nothing.
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // Fractions occur although the RFC has whole seconds.
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = http::parse_http_date(value)?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(fault: FailureClass) -> RetryState {
        let (spent, budget) = (Duration::ZERO, Duration::from_secs(120));
        RetryState { fault, attempts: 1, spent, budget, retry_after: None, jitter: 1.0 }
    }

    #[test]
    fn only_what_can_pass_by_itself_is_tried_again() {
        let again = |fault| matches!(decide(situation(fault)), RetryDecision::Wait(_));
        for status in [429, 500, 502, 503, 504, 509] {
            assert!(again(FailureClass::Status(status)), "{status}");
        }
        for status in [300, 400, 401, 403, 404, 405, 408, 409, 410, 412, 422, 423, 501, 507] {
            assert!(!again(FailureClass::Status(status)), "{status}");
        }
        assert!(again(FailureClass::Connect) && again(FailureClass::Broken));
        let second = RetryState { attempts: 2, ..situation(FailureClass::Status(500)) };
        assert_eq!(decide(second), RetryDecision::GiveUp);
    }

    #[test]
    fn waits_double_up_to_a_ceiling_and_jitter_shortens_them() {
        let wait = |tries, jitter| {
            decide(RetryState { attempts: tries, jitter, ..situation(FailureClass::Status(503)) })
        };
        assert_eq!(wait(1, 1.0), RetryDecision::Wait(Duration::from_millis(500)));
        assert_eq!(wait(2, 1.0), RetryDecision::Wait(Duration::from_secs(1)));
        assert_eq!(wait(7, 1.0), RetryDecision::Wait(Duration::from_secs(30)));
        assert_eq!(wait(2, 0.25), RetryDecision::Wait(Duration::from_millis(250)));
        assert_eq!(wait(2, 0.0), RetryDecision::Wait(Duration::ZERO));
        assert_eq!(wait(8, 1.0), RetryDecision::GiveUp);
    }

    #[test]
    fn the_service_is_left_alone_as_long_as_it_asks_within_the_budget() {
        let asked = |seconds| RetryState {
            retry_after: Some(Duration::from_secs(seconds)),
            jitter: 0.0,
            ..situation(FailureClass::Status(429))
        };
        assert_eq!(decide(asked(57)), RetryDecision::Wait(Duration::from_secs(57)));
        assert_eq!(decide(asked(86_400)), RetryDecision::TooLong(Duration::from_secs(86_400)));
        let late = RetryState { spent: Duration::from_secs(100), ..asked(57) };
        assert_eq!(decide(late), RetryDecision::TooLong(Duration::from_secs(57)));
        let endless = RetryState { retry_after: Some(Duration::MAX), ..asked(0) };
        assert_eq!(decide(endless), RetryDecision::TooLong(Duration::MAX));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_nonsense_is_nothing() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let cases = [
            ("57", Some(57)),
            (" 0 ", Some(0)),
            ("1.5", Some(1)),
            ("Sat, 21 Nov 2026 12:01:00 GMT", Some(60)),
            ("Sat, 21 Nov 2026 11:00:00 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("", None),
            ("NaN", None),
            ("inf", None),
            ("99999999999999999999999", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(
                parse_retry_after(value, now).map(|wait| wait.as_secs()),
                seconds,
                "{value:?}"
            );
        }
    }
}
