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

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
    fn default() -> SystemClock {
        SystemClock { start: Instant::now() }
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
