//! Where a session is kept: the platform's keyring, a file of the user's own, or memory.
//! Nothing here falls back from one to another; keeping a session in a file is the user's choice.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::files::{self, FileMode};

/// As long as a real session (API §5.8), and longer than one entry of the smallest store.
const PROBE_LENGTH: usize = 4096;

/// Keeps one secret per profile.
pub trait SecretStore: Send + Sync {
    /// The profile's secret, or `None` where there is none.
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>>;
    /// Keeps `secret` in place of the old one; a reader sees either.
    fn save(&self, profile: &str, secret: &[u8]) -> Result<()>;
    /// Forgets the profile's secret; there being none is no error.
    fn delete(&self, profile: &str) -> Result<()>;
    /// Where the profile's secret is, for people to read.
    fn describe(&self, profile: &str) -> String;
}

/// Writes, reads and removes a made-up secret beside the profile's own, so that a store that does
/// not work is found out before a person is sent to a browser.
pub fn self_test(store: &dyn SecretStore, profile: &str) -> Result<()> {
    let probe = format!("{profile}~probe");
    let seed = oauth2::CsrfToken::new_random().secret().clone();
    let secret: Vec<u8> = seed.bytes().cycle().take(PROBE_LENGTH).collect();
    let read = store.save(&probe, &secret).and_then(|()| store.load(&probe));
    let deleted = store.delete(&probe);
    if read?.is_none_or(|read| *read != secret) {
        return Err(Error::new(
            ErrorKind::SignIn,
            format!("{} does not give back what it was given to keep", store.describe(profile)),
        )
        .hint("run `referrals login --store file` to keep the sign-in in a file of your own"));
    }
    deleted
}

/// A file per profile that only its owner can read.
#[derive(Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Files in `folder`, which is made when first needed.
    pub fn new(folder: impl Into<PathBuf>) -> FileStore {
        FileStore { folder: folder.into() }
    }

    /// The profiles that have a file here; without the folder, none.
    pub fn profiles(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let named = files.filter_map(|file| {
            let name = file.file_name();
            name.to_str()?.strip_suffix(".session").map(str::to_owned)
        });
        named.filter(|name| !name.is_empty() && !name.contains('~')).collect()
    }

    fn path(&self, profile: &str) -> PathBuf {
        self.folder.join(format!("{profile}.session"))
    }
}

impl SecretStore for FileStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let path = self.path(profile);
        let fail = |error: std::io::Error| {
            store_error(format!("cannot read the sign-in from {}", path.display())).cause(&error)
        };
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fail(error)),
        };
        let metadata = file.metadata().map_err(fail)?;
        check_private(&path, &metadata)?;
        let length = usize::try_from(metadata.len()).unwrap_or_default();
        let mut secret = Zeroizing::new(Vec::with_capacity(length + 1));
        file.read_to_end(&mut secret).map_err(fail)?;
        Ok(Some(secret))
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        let path = self.path(profile);
        files::create_private_dir(&self.folder)
            .and_then(|()| files::replace(&path, secret, FileMode::Private))
            .map_err(|error| {
                store_error(format!("cannot keep the sign-in in {}", path.display())).cause(&error)
            })
    }

    fn delete(&self, profile: &str) -> Result<()> {
        let path = self.path(profile);
        files::remove(&path).map_err(|error| {
            store_error(format!("cannot remove the sign-in in {}", path.display())).cause(&error)
        })
    }

    fn describe(&self, profile: &str) -> String {
        format!("the file {}", self.path(profile).display())
    }
}

/// A store that ends with the process; for tests.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<String, Zeroizing<Vec<u8>>>>);

impl SecretStore for MemoryStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(self.entries().get(profile).cloned())
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        self.entries().insert(profile.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn delete(&self, profile: &str) -> Result<()> {
        self.entries().remove(profile);
        Ok(())
    }

    fn describe(&self, _profile: &str) -> String {
        "memory".to_owned()
    }
}

impl MemoryStore {
    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<String, Zeroizing<Vec<u8>>>> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

fn store_error(message: String) -> Error {
    Error::new(ErrorKind::Failure, message)
}

#[cfg(unix)]
fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let others = metadata.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::SignIn,
        format!("the sign-in in {} can be read by others", path.display()),
    )
    .hint(format!(
        "run `chmod 600 '{}'`, or `referrals login` if somebody may have read it",
        path.display()
    )))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn check_private(_path: &Path, _metadata: &fs::Metadata) -> Result<()> {
    // A file in the user's own folder is readable by that user and by administrators.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_keeps_replaces_and_forgets_by_profile() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileStore::new(folder.path().join("new/folder"));
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
    fn a_file_is_its_owners_alone_and_one_that_is_not_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("sessions");
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
    fn a_linked_session_is_kept_privately_and_removed_where_it_is() {
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

    #[test]
    fn a_store_that_changes_what_it_keeps_does_not_pass() {
        struct Cutting(MemoryStore);
        impl SecretStore for Cutting {
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
                "the cutting store".to_owned()
            }
        }
        let store = Cutting(MemoryStore::default());
        let error = self_test(&store, "work").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert_eq!(store.load("work~probe").unwrap(), None);
    }
}
