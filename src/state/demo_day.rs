//! The day of the demo: when it began and what was changed in it, so that what is done can be looked at for as long as a day.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::files::{self, FileMode};
use crate::text::show_path;

const LENGTH: SignedDuration = SignedDuration::from_hours(24);

/// Until a day has begun, the sample data is made relative to the time of each run.
pub struct DemoDay {
    path: PathBuf,
    /// The start of the day, and a changed referral on each further line.
    changes: PathBuf,
}

impl DemoDay {
    pub fn new(state: &Path) -> DemoDay {
        DemoDay { path: state.join("demo-day"), changes: state.join("demo-changes.jsonl") }
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
        write(&self.path, &format!("{now}\n"))
    }

    /// What was changed on the day that began at `start`, in lines. Nothing where it cannot be read.
    pub fn changes(&self, start: Timestamp) -> String {
        let text = fs::read_to_string(&self.changes).unwrap_or_default();
        match text.split_once('\n') {
            Some((day, changes)) if day.parse().is_ok_and(|day: Timestamp| day == start) => {
                changes.to_owned()
            }
            _ => String::new(),
        }
    }

    /// Adds lines to the changes of the day that began at `start`.
    ///
    /// # Errors
    /// When that cannot be written down; the earlier changes are then left as they were.
    pub fn add_changes(&self, start: Timestamp, lines: &str) -> Result<()> {
        write(&self.changes, &format!("{start}\n{}{lines}", self.changes(start)))
    }

    /// Ends the day and forgets what was changed.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn remove(&self) -> Result<()> {
        for path in [&self.changes, &self.path] {
            if let Err(error) = files::remove(path)
                && error.kind() != ErrorKind::NotFound
            {
                let message = format!("cannot remove {}", show_path(path));
                return Err(Error::failure(message).cause(&error));
            }
        }
        Ok(())
    }
}

/// Replaces the file as a whole.
fn write(path: &Path, text: &str) -> Result<()> {
    let written = files::create_private_dir(path.parent().unwrap_or(path))
        .and_then(|()| files::replace(path, text.as_bytes(), FileMode::Private));
    written
        .map_err(|error| Error::failure(format!("cannot write {}", show_path(path))).cause(&error))
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

    #[test]
    fn changes_are_those_of_their_day() {
        let home = tempfile::tempdir().unwrap();
        let day = DemoDay::new(&home.path().join("state"));
        let [first, second] = ["2026-11-21T12:00:00.5Z", "2026-11-22T13:00:00Z"]
            .map(|text| text.parse::<Timestamp>().unwrap());
        assert_eq!(day.changes(first), "");
        day.remove().unwrap();
        day.begin(first).unwrap();
        day.add_changes(first, "{\"id\":1}\n").unwrap();
        day.add_changes(first, "{\"id\":2}\n").unwrap();
        assert_eq!(day.changes(first), "{\"id\":1}\n{\"id\":2}\n");
        assert_eq!(day.changes(second), "");
        day.add_changes(second, "{\"id\":3}\n").unwrap();
        assert_eq!(
            (day.changes(first).as_str(), day.changes(second).as_str()),
            ("", "{\"id\":3}\n")
        );
        day.remove().unwrap();
        assert_eq!((day.start(first), day.changes(second).as_str()), (None, ""));
        assert_eq!(fs::read_dir(home.path().join("state")).unwrap().count(), 0);
        fs::create_dir(&day.changes).unwrap();
        assert!(day.add_changes(first, "x").is_err());
    }
}
