//! The time, and waiting. The only module that asks the system what time it is.

use std::time::{Duration, Instant};

use jiff::{Timestamp, tz::TimeZone};

/// The time and the ability to wait; tests bring one that stands still.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// Time since some fixed moment; never runs backwards.
    fn elapsed(&self) -> Duration;
    /// Returns after this much time.
    fn sleep(&self, time: Duration);
}

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose `elapsed` counts from now.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The zone this machine shows times in: `TZ`, else the system's setting, else UTC.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
pub fn system_zone() -> TimeZone {
    TimeZone::system()
}

/// A clock that stands still until told or slept on; for tests.
#[derive(Debug)]
pub struct ManualClock {
    start: Timestamp,
    passed: std::sync::Mutex<Duration>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> ManualClock {
        ManualClock { start, passed: std::sync::Mutex::new(Duration::ZERO) }
    }

    /// Moves the hands forward.
    pub fn advance(&self, time: Duration) {
        *self.passed.lock().expect("no holder of this lock panics") += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.passed.lock().expect("no holder of this lock panics")
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_on_the_manual_clock_takes_no_time_and_moves_the_hands() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(90));
        assert_eq!(clock.now().as_second(), 90);
        assert_eq!(clock.elapsed(), Duration::from_secs(90));
    }
}
