//! The marks of reports: up to where each has told what is new.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::files::{self, FileMode};
use crate::lock::ProcessLock;
use crate::text::show_path;
use crate::ui::Ui;

/// The first line of a file; the mark follows.
const HEADER: &str = "referrals mark, version 1\n";

/// In bytes. A mark has some 200 for each open referral.
const MAX_FILE_LEN: u64 = 256 * 1024 * 1024;

const EXTENSION: &str = ".mark";

/// Of a mark that is not used yet.
const NEXT_EXTENSION: &str = ".next";

/// In bytes.
const MAX_NAME_LEN: usize = 64;

/// A mark of one profile. Other than what else is remembered, a mark is worth an error: without it, something would be told
/// twice or never.
pub struct MarkFile {
    directory: PathBuf,
    name: String,
    extension: &'static str,
    ui: Ui,
}

impl MarkFile {
    /// The mark `name` of a profile in the state directory `state`, which is created when first needed. The name is one of
    /// which [`MarkFile::is_name`] holds.
    pub fn new(state: &Path, profile: &str, name: &str, ui: Ui) -> MarkFile {
        debug_assert!(MarkFile::is_name(name), "{name:?} is no name");
        let directory = directory(state).join(profile);
        MarkFile { directory, name: name.to_owned(), extension: EXTENSION, ui }
    }

    /// Where the mark that is to follow this one is kept until what was told is known to have arrived.
    #[must_use]
    pub fn next(&self) -> MarkFile {
        let (directory, name) = (self.directory.clone(), self.name.clone());
        MarkFile { directory, name, extension: NEXT_EXTENSION, ui: self.ui.clone() }
    }

    /// Whether a mark can have this name.
    pub fn is_name(name: &str) -> bool {
        (1..=MAX_NAME_LEN).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    }

    /// The profiles that have marks.
    pub fn profiles(state: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory(state)).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// The names of a profile's marks, in order.
    pub fn names(state: &Path, profile: &str) -> Vec<String> {
        let files = fs::read_dir(directory(state).join(profile)).into_iter().flatten().flatten();
        let mut names: Vec<String> = files
            .filter_map(|file| {
                file.file_name().to_str()?.strip_suffix(EXTENSION).map(str::to_owned)
            })
            .collect();
        names.sort_unstable();
        names
    }

    /// Removes everything that belongs to a profile's marks. Returns their names.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove_all(state: &Path, profile: &str) -> Result<Vec<String>> {
        let names = MarkFile::names(state, profile);
        let directory = directory(state).join(profile);
        match fs::remove_dir_all(&directory) {
            Err(error) if !is_missing(&error) => {
                let message = format!("cannot remove the marks in {}", show_path(&directory));
                Err(Error::failure(message).cause(&error))
            }
            _ => Ok(names),
        }
    }

    /// To be held from before the mark is read until after it is replaced, so that of two runs the later one tells what the
    /// earlier one has not told.
    ///
    /// # Errors
    /// When the directory cannot be used, or another run holds the lock for a minute.
    pub fn lock(&self, clock: &dyn Clock) -> Result<ProcessLock> {
        ProcessLock::acquire(&self.directory, &self.name, "telling what is new", clock)
    }

    /// The mark as `parse` understands it; `None` where there is none. One that is not understood is set aside and told.
    ///
    /// # Errors
    /// When there is a file that cannot be read, or not be set aside.
    pub fn read<T>(&self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
        let path = self.path();
        let text = match read_file(&path) {
            Ok(text) => text,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(error) => {
                let message = format!("cannot read the mark in {}", show_path(&path));
                return Err(Error::failure(message).cause(&error));
            }
        };
        let parsed = text.strip_prefix(HEADER).and_then(parse);
        if parsed.is_none() {
            let is_other =
                text.starts_with("referrals mark, version ") && !text.starts_with(HEADER);
            self.set_aside(if is_other { "it is of another version" } else { "it is damaged" })?;
        }
        Ok(parsed)
    }

    /// # Errors
    /// When it cannot be written; the old one is then left as it was.
    pub fn replace(&self, text: &str) -> Result<()> {
        let path = self.path();
        let contents = format!("{HEADER}{text}");
        let written = files::create_private_dir(&self.directory)
            .and_then(|()| files::replace(&path, contents.as_bytes(), FileMode::Private));
        written.map_err(|error| {
            Error::failure(format!("cannot write the mark in {}", show_path(&path)))
                .cause(&error)
                .hint("what was told will be told again; set REFERRALS_STATE_DIR to a directory you can write to")
        })
    }

    /// # Errors
    /// When there is a file that cannot be removed.
    pub fn remove(&self) -> Result<()> {
        let path = self.path();
        match fs::remove_file(&path) {
            Err(error) if !is_missing(&error) => {
                let message = format!("cannot remove the mark in {}", show_path(&path));
                Err(Error::failure(message).cause(&error))
            }
            _ => Ok(()),
        }
    }

    fn set_aside(&self, reason: &str) -> Result<()> {
        let path = self.path();
        let shown = show_path(&path);
        let aside = files::set_aside(&path).map_err(|error| {
            Error::failure(format!("cannot set aside the mark in {shown}; {reason}"))
                .cause(&error)
                .hint("remove it")
        })?;
        self.ui.warn(&format!(
            "cannot use the mark in {shown}: {reason}; it is now {}",
            show_path(&aside)
        ));
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.directory.join(format!("{}{}", self.name, self.extension))
    }
}

fn directory(state: &Path) -> PathBuf {
    state.join("marks")
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_FILE_LEN).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::place::Place;
    use super::*;
    use crate::testing::ManualClock;

    impl Place {
        fn mark(&self, profile: &str, name: &str) -> MarkFile {
            MarkFile::new(self.home.path(), profile, name, self.ui())
        }
    }

    fn number(text: &str) -> Option<u8> {
        text.parse().ok()
    }

    #[test]
    fn each_profile_has_marks_of_its_own_which_are_replaced_whole() {
        let place = Place::new();
        let mark = place.mark("default", "changes");
        assert_eq!(mark.read(number).unwrap(), None);
        mark.replace("1").unwrap();
        mark.replace("2").unwrap();
        place.mark("default", "digest-team").replace("3").unwrap();
        place.mark("other", "changes").replace("4").unwrap();
        assert_eq!(mark.read(number).unwrap(), Some(2));
        let state = place.home.path();
        assert_eq!(MarkFile::names(state, "default"), ["changes", "digest-team"]);
        let mut profiles = MarkFile::profiles(state);
        profiles.sort();
        assert_eq!(profiles, ["default", "other"]);
        assert_eq!(MarkFile::remove_all(state, "default").unwrap(), ["changes", "digest-team"]);
        assert_eq!(MarkFile::profiles(state), ["other"]);
        assert!(MarkFile::remove_all(state, "default").unwrap().is_empty());
    }

    #[test]
    fn the_next_mark_is_kept_beside_the_one_that_counts_and_has_no_name_of_its_own() {
        let place = Place::new();
        let mark = place.mark("default", "digest-team");
        mark.replace("1").unwrap();
        mark.next().replace("2").unwrap();
        assert_eq!(
            (mark.read(number).unwrap(), mark.next().read(number).unwrap()),
            (Some(1), Some(2))
        );
        assert_eq!(MarkFile::names(place.home.path(), "default"), ["digest-team"]);
        mark.next().remove().unwrap();
        mark.next().remove().unwrap();
        assert_eq!(
            (mark.read(number).unwrap(), mark.next().read(number).unwrap()),
            (Some(1), None)
        );
    }

    #[test]
    fn a_mark_that_is_not_understood_is_set_aside_and_told() {
        for (text, reason) in [
            (&b""[..], "damaged"),
            (b"referrals mark, version 1\n", "damaged"),
            (b"referrals mark, version 1\nx", "damaged"),
            (b"referrals mark, version 1\n\xff", "damaged"),
            (b"referrals mark, version 2\n1", "of another version"),
        ] {
            let place = Place::new();
            let mark = place.mark("default", "changes");
            mark.replace("1").unwrap();
            fs::write(mark.path(), text).unwrap();
            assert_eq!(mark.read(number).unwrap(), None);
            let err = place.err.text();
            assert!(err.starts_with("warning: cannot use the mark in "), "{err}");
            assert!(err.contains(&format!("it is {reason}; it is now ")), "{err}");
            assert_eq!(fs::read(files::aside_path(&mark.path())).unwrap(), text);
            assert_eq!((mark.read(number).unwrap(), place.err.text()), (None, err));
        }
    }

    #[test]
    fn a_second_run_waits_for_the_first_and_then_says_so() {
        let place = Place::new();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let first = place.mark("default", "changes").lock(&clock).unwrap();
        place.mark("default", "digest-team").lock(&clock).unwrap();
        place.mark("other", "changes").lock(&clock).unwrap();
        let error = place.mark("default", "changes").lock(&clock).unwrap_err();
        assert!(error.report().contains("has been telling what is new for 60 seconds"));
        drop(first);
        place.mark("default", "changes").lock(&clock).unwrap();
    }

    #[test]
    fn what_cannot_be_read_or_written_is_an_error() {
        let place = Place::new();
        let mark = place.mark("default", "changes");
        fs::create_dir_all(mark.path()).unwrap();
        assert!(mark.read(number).is_err());
        assert!(mark.replace("1").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        let mark = place.mark("default", "changes");
        mark.replace("1").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&mark.path()), mode(&mark.directory)), (0o600, 0o700));
    }

    #[test]
    fn a_name_is_one_plain_word() {
        for name in ["changes", "digest-team_2"] {
            assert!(MarkFile::is_name(name), "{name}");
        }
        for name in ["", "..", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert!(!MarkFile::is_name(name), "{name}");
        }
    }
}
