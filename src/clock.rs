//! The system clock behind a trait, so that tests can use a clock that stands still.

use std::fs;
use std::path::Path;
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

/// The local time zone: `TZ` where it is set, else the system's setting, else UTC. `None` when `TZ` names none.
pub fn system_zone(is_tz_set: bool) -> Option<TimeZone> {
    // To name the zone, jiff looks through all of the zone database.
    if !is_tz_set && let Some(zone) = read_linked_zone(Path::new("/etc/localtime")) {
        return Some(zone);
    }
    let zone = TimeZone::try_system().ok();
    if is_tz_set { zone } else { zone.or(Some(TimeZone::UTC)) }
}

/// The zone in a link to a file of the zone database, named as the file is.
fn read_linked_zone(link: &Path) -> Option<TimeZone> {
    let target = fs::read_link(link).ok()?;
    let (_, name) = target.to_str()?.split_once("zoneinfo/")?;
    TimeZone::tzif(name, &fs::read(link).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_into_the_zone_database_names_the_zone() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("zoneinfo/Test");
        fs::create_dir_all(&database).unwrap();
        // The smallest file: version 2, no transitions, one type of local time, a footer (RFC 9636).
        let header = |version: u8, types: u8, letters: u8| {
            let mut bytes = b"TZif".to_vec();
            bytes.push(version);
            bytes.extend([0; 15]);
            for count in [0, 0, 0, 0, types, letters] {
                bytes.extend([0, 0, 0, count]);
            }
            bytes
        };
        let mut file = header(b'2', 1, 4);
        file.extend([0, 0, 0x0e, 0x10, 0, 0]);
        file.extend(b"TST\0");
        let second = file.clone();
        file.extend(second);
        file.extend(b"\nTST-1\n");
        fs::write(database.join("Zone"), file).unwrap();
        let link = directory.path().join("localtime");
        std::os::unix::fs::symlink(database.join("Zone"), &link).unwrap();
        let zone = read_linked_zone(&link).unwrap();
        assert_eq!(zone.iana_name(), Some("Test/Zone"));
        let noon: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(noon.to_zoned(zone).strftime("%H:%M %Z").to_string(), "13:00 TST");
        assert!(read_linked_zone(&database.join("Zone")).is_none(), "a copy has no name");
    }
}
