//! One renewal of a session at a time between processes, for a refresh token may be good only once.
//! Locks a file of its own, never the one that holds data: on Windows nobody could read that.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// How long the holder may take: a renewal, its time-out and a keyring that is slow.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a taken lock is tried again.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Held until dropped; the system frees it when the process dies.
#[derive(Debug)]
pub(super) struct RefreshLock {
    _file: File,
}

impl RefreshLock {
    /// Waits for the profile's lock in `folder`, up to a minute; after that [`ErrorKind::Unavailable`].
    pub(super) fn acquire(
        directory: &Path,
        profile: &str,
        clock: &dyn Clock,
    ) -> Result<RefreshLock> {
        let path = directory.join(format!("{profile}.lock"));
        let file = open_private(directory, &path).map_err(|error| lock_error(&path, &error))?;
        let start = clock.elapsed();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(RefreshLock { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(lock_error(&path, &error)),
            }
            if clock.elapsed().saturating_sub(start) >= LOCK_TIMEOUT {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    format!(
                        "another run of referrals is renewing the sign-in and has not finished for {} seconds",
                        LOCK_TIMEOUT.as_secs()
                    ),
                )
                .detail(format!("lock: {}", path.display()))
                .hint("wait for it, or end it, and try again"));
            }
            clock.sleep(POLL_INTERVAL);
        }
    }
}

fn open_private(folder: &Path, path: &PathBuf) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

fn lock_error(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Failure, format!("cannot lock {}", path.display()))
        .cause(error)
        .hint("set REFERRALS_STATE_DIR to a folder you can write to")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_second_holder_waits_and_gives_up_at_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let first = RefreshLock::acquire(folder.path(), "work", &clock).unwrap();
        let error = RefreshLock::acquire(folder.path(), "work", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), LOCK_TIMEOUT);
        RefreshLock::acquire(folder.path(), "home", &clock).unwrap();
        drop(first);
        RefreshLock::acquire(folder.path(), "work", &clock).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let error = RefreshLock::acquire(&file.join("inner"), "work", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failure);
    }
}
