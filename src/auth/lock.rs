//! One renewal of a session at a time between processes, for a refresh token may be good only once.
//! Locks a file of its own, never the one that holds data: on Windows nobody could read that.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// How long the holder may take: a renewal, its time-out and a keyring that is slow.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often a taken lock is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Held until dropped; the system frees it when the process dies.
#[derive(Debug)]
pub(super) struct RenewalLock {
    _file: File,
}

impl RenewalLock {
    /// Waits for the profile's lock in `folder`, up to a minute; after that [`ErrorKind::Unavailable`].
    pub(super) fn acquire(folder: &Path, profile: &str, clock: &dyn Clock) -> Result<RenewalLock> {
        let path = folder.join(format!("{profile}.lock"));
        let file = open(folder, &path).map_err(|error| refused(&path, &error))?;
        let start = clock.elapsed();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(RenewalLock { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(refused(&path, &error)),
            }
            if clock.elapsed().saturating_sub(start) >= DEADLINE {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    format!(
                        "another run of referrals is renewing the sign-in and has not finished for {} seconds",
                        DEADLINE.as_secs()
                    ),
                )
                .detail(format!("lock: {}", path.display()))
                .hint("wait for it, or end it, and try again"));
            }
            clock.sleep(PAUSE);
        }
    }
}

fn open(folder: &Path, path: &PathBuf) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

fn refused(path: &Path, error: &std::io::Error) -> Error {
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
        let first = RenewalLock::acquire(folder.path(), "work", &clock).unwrap();
        let error = RenewalLock::acquire(folder.path(), "work", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), DEADLINE);
        RenewalLock::acquire(folder.path(), "home", &clock).unwrap();
        drop(first);
        RenewalLock::acquire(folder.path(), "work", &clock).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let error = RenewalLock::acquire(&file.join("inner"), "work", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failure);
    }
}
