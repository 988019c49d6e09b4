//! Whether to try again and how long to wait first. Pure: what happened in, a decision out.

use std::time::Duration;

use jiff::Timestamp;

use crate::http;

/// The first wait is at most this, each next one at most twice the one before.
const FIRST: Duration = Duration::from_millis(500);

/// No wait of our own choosing is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// What went wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service answered with this status.
    Status(u16),
    /// No connection came about.
    Connect,
    /// The connection broke, stalled, or what came was cut or garbled.
    Broken,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Trying again would not help, or the time is used up.
    GiveUp,
    /// The service wants to be left alone for longer than we may wait.
    TooLong(Duration),
    /// Try again after this long.
    Wait(Duration),
}

/// What is known when deciding.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// What went wrong.
    pub fault: Fault,
    /// How many times it was tried, this one included.
    pub tries: u32,
    /// How long the request has been going on, waits included.
    pub spent: Duration,
    /// How long it may go on.
    pub budget: Duration,
    /// What the service asked for; see [`retry_after`].
    pub asked: Option<Duration>,
    /// A random number from 0 up to 1.
    pub jitter: f64,
}

/// Whether to try again.
pub fn decide(situation: Situation) -> Verdict {
    let Situation { fault, tries, spent, budget, asked, jitter } = situation;
    if tries >= tries_for(fault) {
        return Verdict::GiveUp;
    }
    let ceiling = FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST);
    // Full jitter; many clients that were turned away together must not come back together.
    let own = ceiling.mul_f64(jitter.clamp(0.0, 1.0));
    let wait = asked.map_or(own, |asked| asked.saturating_add(own.min(Duration::from_secs(1))));
    if spent.saturating_add(wait) <= budget {
        return Verdict::Wait(wait);
    }
    match asked {
        Some(asked) => Verdict::TooLong(asked),
        None => Verdict::GiveUp,
    }
}

/// How often a request is sent at most. Only what can pass by itself is tried again (API §6.1).
fn tries_for(fault: Fault) -> u32 {
    match fault {
        Fault::Status(429 | 502 | 503 | 504 | 509) => 8,
        Fault::Status(500) => 2,
        Fault::Status(_) => 1,
        Fault::Connect | Fault::Broken => 4,
    }
}

/// The wait a `Retry-After` header asks for: seconds, or a date (RFC 9110 §10.2.3). Nonsense is nothing.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // Fractions occur although the RFC has whole seconds.
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = http::instant(value)?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(fault: Fault) -> Situation {
        let (spent, budget) = (Duration::ZERO, Duration::from_secs(120));
        Situation { fault, tries: 1, spent, budget, asked: None, jitter: 1.0 }
    }

    #[test]
    fn only_what_can_pass_by_itself_is_tried_again() {
        let again = |fault| matches!(decide(situation(fault)), Verdict::Wait(_));
        for status in [429, 500, 502, 503, 504, 509] {
            assert!(again(Fault::Status(status)), "{status}");
        }
        for status in [300, 400, 401, 403, 404, 405, 408, 409, 410, 412, 422, 423, 501, 507] {
            assert!(!again(Fault::Status(status)), "{status}");
        }
        assert!(again(Fault::Connect) && again(Fault::Broken));
        let second = Situation { tries: 2, ..situation(Fault::Status(500)) };
        assert_eq!(decide(second), Verdict::GiveUp);
    }

    #[test]
    fn waits_double_up_to_a_ceiling_and_jitter_shortens_them() {
        let wait =
            |tries, jitter| decide(Situation { tries, jitter, ..situation(Fault::Status(503)) });
        assert_eq!(wait(1, 1.0), Verdict::Wait(Duration::from_millis(500)));
        assert_eq!(wait(2, 1.0), Verdict::Wait(Duration::from_secs(1)));
        assert_eq!(wait(7, 1.0), Verdict::Wait(Duration::from_secs(30)));
        assert_eq!(wait(2, 0.25), Verdict::Wait(Duration::from_millis(250)));
        assert_eq!(wait(2, 0.0), Verdict::Wait(Duration::ZERO));
        assert_eq!(wait(8, 1.0), Verdict::GiveUp);
    }

    #[test]
    fn the_service_is_left_alone_as_long_as_it_asks_within_the_budget() {
        let asked = |seconds| Situation {
            asked: Some(Duration::from_secs(seconds)),
            jitter: 0.0,
            ..situation(Fault::Status(429))
        };
        assert_eq!(decide(asked(57)), Verdict::Wait(Duration::from_secs(57)));
        assert_eq!(decide(asked(86_400)), Verdict::TooLong(Duration::from_secs(86_400)));
        let late = Situation { spent: Duration::from_secs(100), ..asked(57) };
        assert_eq!(decide(late), Verdict::TooLong(Duration::from_secs(57)));
        let endless = Situation { asked: Some(Duration::MAX), ..asked(0) };
        assert_eq!(decide(endless), Verdict::TooLong(Duration::MAX));
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
            assert_eq!(retry_after(value, now).map(|wait| wait.as_secs()), seconds, "{value:?}");
        }
    }
}
