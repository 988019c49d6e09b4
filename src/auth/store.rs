//! Stores for sessions: a file that only the user can read, and memory. No store falls back to another.

use std::fs;
use std::io::{self, Read};
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::files::{self, FileMode};

/// The size of a real session (API §5.8), which exceeds the smallest limit for a keyring entry.
const PROBE_LENGTH: usize = 4096;

/// Stores one secret per profile.
pub trait SecretStore: Send + Sync {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>>;
    /// Replaces the old secret atomically.
    fn save(&self, profile: &str, secret: &[u8]) -> Result<()>;
    /// A secret that does not exist is not an error.
    fn delete(&self, profile: &str) -> Result<()>;
    /// Where the profile's secret is stored, for messages.
    fn describe(&self, profile: &str) -> String;
}

/// Writes, reads and deletes a test secret beside the profile's own, so that a store that does not work is noticed
/// before the browser opens.
pub fn self_test(store: &dyn SecretStore, profile: &str) -> Result<()> {
    let probe = format!("{profile}~probe");
    let seed = oauth2::CsrfToken::new_random().secret().clone();
    let secret: Vec<u8> = seed.bytes().cycle().take(PROBE_LENGTH).collect();
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

    fn path(&self, profile: &str) -> PathBuf {
        self.directory.join(format!("{profile}.session"))
    }
}

impl SecretStore for FileStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let path = self.path(profile);
        let read_error = |error: std::io::Error| {
            Error::failure(format!("cannot read the sign-in from {}", path.display())).cause(&error)
        };
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read_error(error)),
        };
        let metadata = file.metadata().map_err(read_error)?;
        // On Windows a file in the user's profile is readable by that user and by administrators.
        #[cfg(unix)]
        check_private(&path, &metadata)?;
        let length = usize::try_from(metadata.len()).unwrap_or_default();
        let mut secret = Zeroizing::new(Vec::with_capacity(length + 1));
        file.read_to_end(&mut secret).map_err(read_error)?;
        Ok(Some(secret))
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        let path = self.path(profile);
        files::create_private_dir(&self.directory)
            .and_then(|()| files::replace(&path, secret, FileMode::Private))
            .map_err(|error| {
                Error::failure(format!("cannot save the sign-in to {}", path.display()))
                    .cause(&error)
            })
    }

    fn delete(&self, profile: &str) -> Result<()> {
        let path = self.path(profile);
        files::remove(&path).map_err(|error| {
            Error::failure(format!("cannot delete the sign-in in {}", path.display())).cause(&error)
        })
    }

    fn describe(&self, profile: &str) -> String {
        format!("the file {}", self.path(profile).display())
    }
}

#[cfg(unix)]
fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let others = metadata.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(Error::sign_in(format!("the sign-in in {} is readable by other users", path.display()))
        .hint(format!(
            "run `chmod 600 '{}'`, or `referrals login` if someone may have read it",
            path.display()
        )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::memory_store::MemoryStore;
    use crate::error::ErrorKind;

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
