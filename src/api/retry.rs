//! Decides whether and when a failed request is retried.

use std::time::Duration;

use jiff::Timestamp;

use crate::http;

/// The upper bound of the first wait. It doubles with every attempt.
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);

/// The upper bound of waits without `Retry-After`.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Classifies failures for [`decide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// An error response with this status.
    Status(u16),
    Connect,
    /// The connection was lost or timed out, or the body is incomplete or invalid.
    Interrupted,
    /// A retry would fail as well.
    Permanent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    GiveUp,
    /// The wait in `Retry-After` exceeds the budget.
    TooLong(Duration),
    /// Retry after this time.
    Wait(Duration),
}

#[derive(Clone, Copy, Debug)]
pub struct RetryState {
    pub class: FailureClass,
    pub attempts: u32,
    /// Since the start of the first attempt, with waits.
    pub spent: Duration,
    /// For all attempts and waits.
    pub budget: Duration,
    pub retry_after: Option<Duration>,
    /// A random number in 0..1.
    pub jitter: f64,
}

/// Exponential backoff with full jitter, so that clients rejected at the same time do not retry at the same time.
pub fn decide(state: RetryState) -> RetryDecision {
    let RetryState { class, attempts, spent, budget, retry_after, jitter } = state;
    if attempts >= max_attempts(class) {
        return RetryDecision::GiveUp;
    }
    let ceiling = INITIAL_BACKOFF
        .saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)))
        .min(MAX_BACKOFF);
    let backoff = ceiling.mul_f64(jitter.clamp(0.0, 1.0));
    let wait = retry_after.map_or(backoff, |retry_after| {
        retry_after.saturating_add(backoff.min(Duration::from_secs(1)))
    });
    if spent.saturating_add(wait) <= budget {
        return RetryDecision::Wait(wait);
    }
    retry_after.map_or(RetryDecision::GiveUp, RetryDecision::TooLong)
}

/// Only transient failures have more than one attempt (API §6.1).
fn max_attempts(class: FailureClass) -> u32 {
    match class {
        FailureClass::Status(429 | 502 | 503 | 504 | 509) => 8,
        FailureClass::Status(500) => 2,
        FailureClass::Status(_) | FailureClass::Permanent => 1,
        FailureClass::Connect | FailureClass::Interrupted => 4,
    }
}

/// Parses a `Retry-After` header: seconds or an HTTP date (RFC 9110 §10.2.3).
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // Some services send fractions, although the RFC has whole seconds.
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = http::parse_http_date(value)?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(class: FailureClass) -> RetryState {
        let (spent, budget) = (Duration::ZERO, Duration::from_secs(120));
        RetryState { class, attempts: 1, spent, budget, retry_after: None, jitter: 1.0 }
    }

    #[test]
    fn only_transient_failures_are_retried() {
        let retries = |class| matches!(decide(state(class)), RetryDecision::Wait(_));
        for status in [429, 500, 502, 503, 504, 509] {
            assert!(retries(FailureClass::Status(status)), "{status}");
        }
        for status in [300, 400, 401, 403, 404, 405, 408, 409, 410, 412, 422, 423, 501, 507] {
            assert!(!retries(FailureClass::Status(status)), "{status}");
        }
        assert!(retries(FailureClass::Connect) && retries(FailureClass::Interrupted));
        let second = RetryState { attempts: 2, ..state(FailureClass::Status(500)) };
        assert_eq!(decide(second), RetryDecision::GiveUp);
    }

    #[test]
    fn waits_double_up_to_a_ceiling_and_jitter_shortens_them() {
        let wait = |tries, jitter| {
            decide(RetryState { attempts: tries, jitter, ..state(FailureClass::Status(503)) })
        };
        assert_eq!(wait(1, 1.0), RetryDecision::Wait(Duration::from_millis(500)));
        assert_eq!(wait(2, 1.0), RetryDecision::Wait(Duration::from_secs(1)));
        assert_eq!(wait(7, 1.0), RetryDecision::Wait(Duration::from_secs(30)));
        assert_eq!(wait(2, 0.25), RetryDecision::Wait(Duration::from_millis(250)));
        assert_eq!(wait(2, 0.0), RetryDecision::Wait(Duration::ZERO));
        assert_eq!(wait(8, 1.0), RetryDecision::GiveUp);
    }

    #[test]
    fn retry_after_is_honoured_within_the_budget() {
        let retry_after = |seconds| RetryState {
            retry_after: Some(Duration::from_secs(seconds)),
            jitter: 0.0,
            ..state(FailureClass::Status(429))
        };
        assert_eq!(decide(retry_after(57)), RetryDecision::Wait(Duration::from_secs(57)));
        assert_eq!(
            decide(retry_after(86_400)),
            RetryDecision::TooLong(Duration::from_secs(86_400))
        );
        let late = RetryState { spent: Duration::from_secs(100), ..retry_after(57) };
        assert_eq!(decide(late), RetryDecision::TooLong(Duration::from_secs(57)));
        let endless = RetryState { retry_after: Some(Duration::MAX), ..retry_after(0) };
        assert_eq!(decide(endless), RetryDecision::TooLong(Duration::MAX));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_anything_else_is_ignored() {
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
