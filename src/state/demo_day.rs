//! The day of the demo: when it began, so that what is done in it can be looked at for as long as a day.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::files::{self, FileMode};
use crate::text::show_path;

const LENGTH: SignedDuration = SignedDuration::from_hours(24);

/// Until a day has begun, the sample data is made relative to the time of each run.
pub struct DemoDay {
    path: PathBuf,
}

impl DemoDay {
    pub fn new(state: &Path) -> DemoDay {
        DemoDay { path: state.join("demo-day") }
    }

    /// When the day began. `None` where none has, or where it is over.
    pub fn start(&self, now: Timestamp) -> Option<Timestamp> {
        let start: Timestamp = fs::read_to_string(&self.path).ok()?.trim().parse().ok()?;
        let age = now.duration_since(start);
        (!age.is_negative() && age < LENGTH).then_some(start)
    }

    /// # Errors
    /// When that cannot be written down.
    pub fn begin(&self, now: Timestamp) -> Result<()> {
        let directory = self.path.parent().unwrap_or(&self.path);
        let written = files::create_private_dir(directory).and_then(|()| {
            files::replace(&self.path, format!("{now}\n").as_bytes(), FileMode::Private)
        });
        written.map_err(|error| {
            Error::failure(format!("cannot write {}", show_path(&self.path))).cause(&error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lasts_a_day_and_what_cannot_be_read_is_none() {
        let home = tempfile::tempdir().unwrap();
        let day = DemoDay::new(&home.path().join("state"));
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let start = at("2026-11-21T12:00:00.5Z");
        assert_eq!(day.start(start), None);
        day.begin(start).unwrap();
        for (now, found) in [
            ("2026-11-21T12:00:00.5Z", Some(start)),
            ("2026-11-22T12:00:00Z", Some(start)),
            ("2026-11-22T12:00:00.5Z", None),
            ("2026-11-21T12:00:00Z", None),
        ] {
            assert_eq!(day.start(at(now)), found, "{now}");
        }
        fs::write(&day.path, "yesterday").unwrap();
        assert_eq!(day.start(start), None);
    }
}
