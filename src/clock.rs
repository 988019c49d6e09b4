//! The system clock behind a trait, so that tests can use a clock that stands still.

use std::time::{Duration, Instant};

use jiff::{Timestamp, tz::TimeZone};

pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    /// Monotonic time since a fixed but arbitrary moment.
    fn elapsed(&self) -> Duration;
    fn sleep(&self, time: Duration);
}

#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
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
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the only place that sleeps")]
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The local time zone: `TZ`, else the system's setting, else UTC.
#[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
pub fn system_zone() -> TimeZone {
    TimeZone::system()
}

/// A clock for tests: only `sleep` and `advance` move it.
#[derive(Debug)]
pub struct ManualClock {
    start: Timestamp,
    elapsed: std::sync::Mutex<Duration>,
}

impl ManualClock {
    pub fn at(start: Timestamp) -> ManualClock {
        ManualClock { start, elapsed: std::sync::Mutex::new(Duration::ZERO) }
    }

    pub fn advance(&self, time: Duration) {
        *self.elapsed.lock().expect("no holder of this lock panics") += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().expect("no holder of this lock panics")
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_on_the_manual_clock_takes_no_time_and_advances_it() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(90));
        assert_eq!(clock.now().as_second(), 90);
        assert_eq!(clock.elapsed(), Duration::from_secs(90));
    }
}
