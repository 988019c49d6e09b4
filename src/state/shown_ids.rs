//! The ids of the referrals that were shown lately: ids alone, so that the start of one is enough to find it again.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files::{self, FileMode};
use crate::platform::Platform;
use crate::text::show_path;
use crate::ui::Ui;

/// The first line of a file; an id on each of the others.
const HEADER: &str = "referrals shown ids, version 1";

/// The newest are kept.
const MAX_IDS: usize = 2_000;

/// In bytes. The API's ids have 36.
const MAX_ID_LEN: usize = 64;

/// In bytes.
const MAX_FILE_LEN: u64 = 256 * 1024;

const EXTENSION: &str = ".ids";

/// The ids that were shown with one profile. What goes wrong is told and fails no command: without them, finding a
/// referral takes more requests. Of two runs that end at once, the later one's ids may be all that is added.
pub struct ShownIds {
    path: PathBuf,
    ui: Ui,
}

impl ShownIds {
    /// The most ids of one listing that need to be collected.
    pub const MAX: usize = MAX_IDS;

    /// The ids of `name` in the state directory `state`, which is created when first needed.
    pub fn new(state: &Path, name: &str, ui: Ui) -> ShownIds {
        ShownIds { path: directory(state).join(format!("{name}{EXTENSION}")), ui }
    }

    /// The names that have a file.
    pub fn names(state: &Path) -> Vec<String> {
        let files = fs::read_dir(directory(state)).into_iter().flatten().flatten();
        let names = files.filter_map(|file| {
            file.file_name().to_str()?.strip_suffix(EXTENSION).map(str::to_owned)
        });
        names.collect()
    }

    /// Newest first. A file that cannot be read is set aside.
    pub fn read(&self) -> Vec<String> {
        match read_file(&self.path) {
            Ok(text) => text.lines().skip(1).map(str::to_owned).collect(),
            Err(error) if is_missing(&error) => Vec::new(),
            Err(error) => {
                self.set_aside(&error);
                Vec::new()
            }
        }
    }

    /// Adds the ids of referrals that were shown, the first as the newest.
    pub fn add<'a>(&self, shown: impl IntoIterator<Item = &'a str>) {
        let old = self.read();
        let mut ids: Vec<&str> = shown.into_iter().filter(|id| is_storable(id)).collect();
        ids.extend(old.iter().map(String::as_str));
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        ids.truncate(MAX_IDS);
        if ids == old {
            return;
        }
        let text = format!("{HEADER}\n{}\n", ids.join("\n"));
        let directory = self.path.parent().unwrap_or(&self.path);
        let written = files::create_private_dir(directory)
            .and_then(|()| files::replace(&self.path, text.as_bytes(), FileMode::Private));
        if let Err(error) = written {
            let path = show_path(&self.path);
            self.ui.verbose(|| format!("cannot remember the ids shown in {path}: {error}"));
        }
    }

    /// Removes the ids, also those that were set aside. Returns whether there were any.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn remove(&self) -> Result<bool> {
        let mut existed = false;
        for path in [&self.path, &files::aside_path(&self.path)] {
            if path.symlink_metadata().is_err_and(|error| is_missing(&error)) {
                continue;
            }
            existed = true;
            files::remove(path).map_err(|error| {
                Error::failure(format!("cannot remove the ids in {}", show_path(path)))
                    .cause(&error)
            })?;
        }
        Ok(existed)
    }

    fn set_aside(&self, error: &io::Error) {
        let next = if Platform::HERE.is_open_elsewhere(error) {
            "close it in the other program".to_owned()
        } else {
            match files::set_aside(&self.path) {
                Ok(aside) => format!("it is now {}", show_path(&aside)),
                Err(_) => "remove it".to_owned(),
            }
        };
        let path = show_path(&self.path);
        self.ui.warn(&format!("cannot read the ids shown lately in {path}: {error}; {next}"));
    }
}

fn directory(state: &Path) -> PathBuf {
    state.join("shown")
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The lines of a whole file of this version.
fn read_file(path: &Path) -> io::Result<String> {
    let is_file = fs::metadata(path)?.is_file();
    let invalid = |reason: &str| io::Error::new(io::ErrorKind::InvalidData, reason);
    if !is_file {
        return Err(invalid("not a file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MAX_FILE_LEN).read_to_string(&mut text)?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(invalid("not a file of this version"));
    }
    if !text.ends_with('\n') || !lines.all(is_storable) {
        return Err(invalid("it is damaged"));
    }
    Ok(text)
}

/// Whether it can be an id and a line. The API's ids are GUIDs, of which this asks less.
fn is_storable(id: &str) -> bool {
    (1..=MAX_ID_LEN).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;

    impl Place {
        fn ids(&self) -> ShownIds {
            ShownIds::new(self.home.path(), "default", self.ui())
        }

        fn write(&self, text: &[u8]) -> PathBuf {
            let path = self.ids().path;
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        }
    }

    #[cfg(windows)]
    #[test]
    fn ids_that_another_program_has_open_stay() {
        use std::os::windows::fs::OpenOptionsExt;
        let place = Place::new();
        let ids = ShownIds::new(place.home.path(), "work", place.ui());
        ids.add(["a706dd2f-4d19-4e6f-a382-a305f4414f5e"]);
        let open = fs::OpenOptions::new().read(true).share_mode(0).open(&ids.path).unwrap();
        assert_eq!(ids.read().len(), 0);
        assert!(place.err.text().contains("close it in the other program"), "{}", place.err.text());
        drop(open);
        assert_eq!(ids.read().len(), 1);
    }

    #[test]
    fn the_newest_ids_come_first_and_each_once() {
        let place = Place::new();
        place.ids().add(["a", "b", "c"]);
        place.ids().add(["d", "b", "d"]);
        assert_eq!(place.ids().read(), ["d", "b", "a", "c"]);
        assert_eq!(ShownIds::names(place.home.path()), ["default"]);
        assert_eq!(place.err.text(), "");
    }

    #[test]
    fn the_oldest_ids_are_forgotten() {
        let place = Place::new();
        let ids: Vec<String> = (0..MAX_IDS + 10).map(|number| format!("id-{number}")).collect();
        place.ids().add(ids.iter().map(String::as_str));
        assert_eq!(place.ids().read(), ids[..MAX_IDS]);
        place.ids().add(["new"]);
        let read = place.ids().read();
        assert_eq!((read.len(), &*read[0], &read[1]), (MAX_IDS, "new", &ids[0]));
    }

    #[test]
    fn what_could_be_more_than_an_id_is_not_kept() {
        let place = Place::new();
        place.ids().add(["a b", "a\nb", "", "é", "../x", &"x".repeat(65), "ok"]);
        assert_eq!(place.ids().read(), ["ok"]);
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        place.ids().add(["a"]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = place.ids().path;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_set_aside_and_told() {
        let long = [HEADER.as_bytes(), b"\n", &b"a\n".repeat(200_000)].concat();
        for text in [
            &b""[..],
            b"referrals shown ids, version 2\na\n",
            b"referrals shown ids, version 1\na\nb",
            b"referrals shown ids, version 1\na b\n",
            b"referrals shown ids, version 1\n\xff\n",
            &long[..long.len() - 1],
        ] {
            let place = Place::new();
            let path = place.write(text);
            assert!(place.ids().read().is_empty());
            let err = place.err.text();
            assert!(err.starts_with("warning: cannot read the ids shown lately in "), "{err}");
            assert_eq!(fs::read(files::aside_path(&path)).unwrap(), text);
            place.ids().add(["a"]);
            assert_eq!((place.ids().read(), place.err.text()), (vec!["a".to_owned()], err));
        }
    }

    #[test]
    fn what_cannot_be_written_is_no_more_than_a_remark() {
        let place = Place::new();
        fs::write(place.home.path().join("shown"), "a file where the directory belongs").unwrap();
        place.ids().add(["a"]);
        assert!(place.err.text().starts_with("cannot remember the ids shown in "));
    }

    #[test]
    fn nothing_stays_of_ids_that_are_removed() {
        let place = Place::new();
        assert!(!place.ids().remove().unwrap());
        place.write(b"broken");
        place.ids().add(["a"]);
        assert!(place.ids().remove().unwrap());
        let left = fs::read_dir(place.ids().path.parent().unwrap()).unwrap();
        assert_eq!(left.count(), 0);
    }
}
