//! Stores for sessions: a file that only the user can read, and memory. No store falls back to another.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::files::{self, AtomicFile, FileMode};
use crate::text::show_path;
use crate::trust;

/// The size of a real session (API §5.8), which exceeds the smallest limit for a keyring entry.
const PROBE_LENGTH: usize = 4096;

/// Saves the secret that room was made for.
pub type PreparedSave<'a> = Box<dyn FnOnce(&[u8]) -> Result<()> + 'a>;

/// Stores one secret per profile.
pub trait SecretStore: Send + Sync {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>>;
    /// Replaces the old secret atomically.
    fn save(&self, profile: &str, secret: &[u8]) -> Result<()>;
    /// Proves that a secret of `length` bytes can take the place of the profile's own, which stays, and returns what
    /// saves it. For a secret that exists only once something was spent for it.
    fn prepare_save<'a>(&'a self, profile: &'a str, length: usize) -> Result<PreparedSave<'a>> {
        probe(self, profile, length)?;
        Ok(Box::new(move |secret| self.save(profile, secret)))
    }
    /// A secret that does not exist is not an error.
    fn delete(&self, profile: &str) -> Result<()>;
    /// Where the profile's secret is stored, for messages.
    fn describe(&self, profile: &str) -> String;
}

/// Proves that a session could be saved, so that a store that does not work is noticed before the browser opens.
pub fn self_test(store: &dyn SecretStore, profile: &str) -> Result<()> {
    store.prepare_save(profile, PROBE_LENGTH).map(drop)
}

/// Writes, reads and deletes a test secret beside the profile's own.
fn probe<S: SecretStore + ?Sized>(store: &S, profile: &str, length: usize) -> Result<()> {
    let probe = format!("{profile}~probe");
    let seed = oauth2::CsrfToken::new_random().secret().clone();
    let secret: Vec<u8> = seed.bytes().cycle().take(length).collect();
    let read = store.save(&probe, &secret).and_then(|()| store.load(&probe));
    let deleted = store.delete(&probe);
    if read?.is_none_or(|read| *read != secret) {
        return Err(Error::sign_in(format!(
            "{} failed the write/read test",
            store.describe(profile)
        ))
        .hint("run `referrals login --store file` to keep the sign-in in a file"));
    }
    deleted
}

/// A file per profile, readable by its owner only.
#[derive(Debug)]
pub struct FileStore {
    directory: PathBuf,
}

impl FileStore {
    /// `directory` is created when first needed.
    pub fn new(directory: impl Into<PathBuf>) -> FileStore {
        FileStore { directory: directory.into() }
    }

    /// The profiles that have a file.
    pub fn profiles(&self) -> Vec<String> {
        // `~` marks the secret of a self-test that was interrupted.
        let files = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let named = files.filter_map(|file| {
            let name = file.file_name();
            name.to_str()?.strip_suffix(".session").map(str::to_owned)
        });
        named.filter(|name| !name.is_empty() && !name.contains('~')).collect()
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a profile.
    pub fn path(&self, profile: &str) -> PathBuf {
        self.directory.join(format!("{profile}.session"))
    }

    /// Refuses a place where others could exchange the file.
    fn check_place(&self, path: &Path) -> Result<()> {
        let checked = trust::check(&self.directory).and_then(|_| trust::check_link(path));
        checked.map(drop).map_err(|error| error.with_kind(ErrorKind::SignIn))
    }
}

impl SecretStore for FileStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let path = self.path(profile);
        let failed = |error: io::Error| file_error("read the sign-in from", &path, &error);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        // On Windows a file in the user's profile is readable by that user and by administrators.
        #[cfg(unix)]
        check_private(&path, &file.metadata().map_err(failed)?)?;
        self.check_place(&path)?;
        let secret = read_secret(&mut file).map_err(failed)?;
        // An empty one was deleted where it could not be removed.
        Ok(Some(secret).filter(|secret| !secret.is_empty()))
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        let path = self.path(profile);
        self.check_place(&path)?;
        files::create_private_dir(&self.directory)
            .and_then(|()| change(&path, || files::replace(&path, secret, FileMode::Private)))
            .map_err(|error| file_error("save the sign-in to", &path, &error))
    }

    fn prepare_save<'a>(&'a self, profile: &'a str, length: usize) -> Result<PreparedSave<'a>> {
        let path = self.path(profile);
        // Some files cannot be replaced although others can be created beside them: a mounted one, or another user's in
        // a directory with the sticky bit. So the old contents replace themselves.
        match File::open(&path).and_then(|mut file| read_secret(&mut file)) {
            Ok(old) => self.save(profile, &old)?,
            Err(_) => probe(self, profile, length)?,
        }
        let failed = move |path: &Path, error| file_error("save the sign-in to", path, &error);
        let mut file =
            AtomicFile::create(&path, FileMode::Private).map_err(|e| failed(&path, e))?;
        file.reserve(length as u64).map_err(|error| failed(&path, error))?;
        Ok(Box::new(move |secret| {
            change(&path, || file.commit_contents(secret)).map_err(|error| failed(&path, error))
        }))
    }

    fn delete(&self, profile: &str) -> Result<()> {
        let path = self.path(profile);
        // A mounted file cannot be removed, but it must not keep the tokens.
        change(&path, || files::remove(&path).or_else(|error| empty(&path).map_err(|_| error)))
            .map_err(|error| file_error("delete the sign-in in", &path, &error))
    }

    fn describe(&self, profile: &str) -> String {
        format!("the file {}", show_path(&self.path(profile)))
    }
}

fn file_error(action: &str, path: &Path, cause: &io::Error) -> Error {
    let error = Error::failure(format!("cannot {action} {}", show_path(path)));
    trust::explain_denied(error, path, cause)
}

fn read_secret(file: &mut File) -> io::Result<Zeroizing<Vec<u8>>> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    let mut secret = Zeroizing::new(Vec::with_capacity(length + 1));
    file.read_to_end(&mut secret)?;
    Ok(secret)
}

/// Replaces or removes the file at `path`. Contents that have another name (a hard link) are emptied: no copy of a token
/// that is given up stays.
fn change(path: &Path, change: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let old = open_if_linked(path);
    change()?;
    match old {
        Some(old) => old.set_len(0),
        None => Ok(()),
    }
}

fn empty(path: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).truncate(true).open(path)?;
    file.sync_all()
}

#[cfg(unix)]
fn open_if_linked(path: &Path) -> Option<File> {
    let file = fs::OpenOptions::new().write(true).open(path).ok()?;
    let is_linked = std::os::unix::fs::MetadataExt::nlink(&file.metadata().ok()?) > 1;
    is_linked.then_some(file)
}

/// Here the standard library does not tell how many names a file has.
#[cfg(not(unix))]
fn open_if_linked(_: &Path) -> Option<File> {
    None
}

#[cfg(unix)]
fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    trust::check_owner(path, metadata).map_err(|error| error.with_kind(ErrorKind::SignIn))?;
    let others = metadata.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    let command = format!("`chmod 600 {}`", trust::quote(path));
    Err(Error::sign_in(format!("the sign-in in {} is open to other users", show_path(path)))
        .hint(format!("run {command}, or `referrals login` if someone may have used it")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::memory_store::MemoryStore;

    #[test]
    fn every_store_saves_replaces_and_deletes_by_profile() {
        let directory = tempfile::tempdir().unwrap();
        let file = FileStore::new(directory.path().join("new/directory"));
        let stores: [&dyn SecretStore; 2] = [&file, &MemoryStore::default()];
        for store in stores {
            let name = store.describe("work");
            let read = |profile: &str| store.load(profile).unwrap().map(|secret| secret.to_vec());
            self_test(store, "work").unwrap();
            assert_eq!(read("work"), None, "{name}");
            assert_eq!(read("work~probe"), None, "{name}");
            store.save("work", b"one").unwrap();
            store.save("work", b"two").unwrap();
            store.save("home", b"three").unwrap();
            assert_eq!(read("work"), Some(b"two".to_vec()), "{name}");
            store.delete("work").unwrap();
            store.delete("work").unwrap();
            assert_eq!(read("work"), None, "{name}");
            assert_eq!(read("home"), Some(b"three".to_vec()), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_private_and_one_that_is_not_is_an_error() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("sessions");
        let store = FileStore::new(&inner);
        store.save("work", b"one").unwrap();
        let path = inner.join("work.session");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&inner)), (0o600, 0o700));
        for open in [0o640, 0o604, 0o620, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let error = store.load("work").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{open:o}");
        }
        store.save("work", b"two").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_session_is_private_and_deleted_where_it_is() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let home = tempfile::tempdir().unwrap();
        let (sessions, real) = (home.path().join("sessions"), home.path().join("real"));
        fs::create_dir(&sessions).unwrap();
        fs::write(&real, "").unwrap();
        symlink("../real", sessions.join("work.session")).unwrap();
        let store = FileStore::new(&sessions);
        store.save("work", b"one").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"one");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        store.delete("work").unwrap();
        assert!(!real.exists());
        assert_eq!(store.load("work").unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn no_other_name_of_a_file_keeps_a_token_that_was_given_up() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path());
        let (path, other) = (home.path().join("work.session"), home.path().join("other"));
        let changes: [fn(&FileStore); 3] = [
            |store| store.save("work", b"two").unwrap(),
            |store| store.prepare_save("work", 3).unwrap()(b"two").unwrap(),
            |store| store.delete("work").unwrap(),
        ];
        for change in changes {
            store.save("work", b"one").unwrap();
            fs::hard_link(&path, &other).unwrap();
            change(&store);
            assert_eq!(fs::read(&other).unwrap(), b"");
            fs::remove_file(&other).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_place_that_everybody_can_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path());
        store.save("work", b"one").unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let errors = [
            store.load("work").err(),
            store.save("work", b"").err(),
            self_test(&store, "work").err(),
        ];
        for error in errors {
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::SignIn);
            assert!(error.report().contains("`chmod go-w '"), "{}", error.report());
        }
    }

    #[test]
    fn an_emptied_file_is_no_sign_in() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path());
        store.save("work", b"one").unwrap();
        empty(&store.path("work")).unwrap();
        assert_eq!(store.load("work").unwrap(), None);
        store.save("work", b"two").unwrap();
        assert_eq!(store.load("work").unwrap().unwrap().to_vec(), b"two");
    }

    #[test]
    fn a_prepared_save_leaves_the_old_secret_until_it_is_made() {
        let home = tempfile::tempdir().unwrap();
        let stores: [&dyn SecretStore; 2] = [&FileStore::new(home.path()), &MemoryStore::default()];
        for store in stores {
            let read = || store.load("work").unwrap().map(|secret| secret.to_vec());
            for old in [None, Some(b"one".to_vec())] {
                if let Some(old) = &old {
                    store.save("work", old).unwrap();
                }
                drop(store.prepare_save("work", 10_000).unwrap());
                assert_eq!(read(), old);
                let prepared = store.prepare_save("work", 10_000).unwrap();
                assert_eq!(read(), old);
                prepared(b"two").unwrap();
                assert_eq!(read(), Some(b"two".to_vec()));
                store.delete("work").unwrap();
            }
        }
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_cannot_be_replaced_fails_the_proof() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path());
        fs::create_dir(home.path().join("work.session")).unwrap();
        assert!(store.prepare_save("work", 10).is_err());
        let store = FileStore::new(home.path().join("work.session/file"));
        fs::write(home.path().join("work.session/file"), "").unwrap();
        assert!(store.prepare_save("work", 10).is_err());
    }

    #[test]
    fn a_store_that_changes_the_secret_fails_the_self_test() {
        struct Truncating(MemoryStore);
        impl SecretStore for Truncating {
            fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
                self.0.load(profile)
            }
            fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
                self.0.save(profile, &secret[..2560])
            }
            fn delete(&self, profile: &str) -> Result<()> {
                self.0.delete(profile)
            }
            fn describe(&self, _profile: &str) -> String {
                "a truncating store".to_owned()
            }
        }
        let store = Truncating(MemoryStore::default());
        let error = self_test(&store, "work").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert_eq!(store.load("work~probe").unwrap(), None);
    }
}
