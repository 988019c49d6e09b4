//! A lock between processes: a refresh token may be valid only once, so one process refreshes at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, Result};

/// The holder may wait for a request that times out and for a slow keyring.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Released on drop, or by the system when the process ends.
#[derive(Debug)]
pub(super) struct RefreshLock {
    _file: File,
}

impl RefreshLock {
    /// Waits up to a minute for the profile's lock in `directory`.
    ///
    /// # Errors
    /// `ErrorKind::Unavailable` after that.
    pub(super) fn acquire(
        directory: &Path,
        profile: &str,
        clock: &dyn Clock,
    ) -> Result<RefreshLock> {
        // A file of its own: on Windows nobody else could read a locked session.
        let path = directory.join(format!("{profile}.lock"));
        let file = create_lock_file(directory, &path).map_err(|error| lock_error(&path, &error))?;
        let start = clock.elapsed();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(RefreshLock { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(lock_error(&path, &error)),
            }
            if clock.elapsed().saturating_sub(start) >= LOCK_TIMEOUT {
                return Err(Error::unavailable(format!(
                    "another referrals process has been refreshing the sign-in for {} seconds",
                    LOCK_TIMEOUT.as_secs()
                ))
                .detail(format!("lock: {}", path.display()))
                .hint("wait for that process, or end it, and try again"));
            }
            clock.sleep(POLL_INTERVAL);
        }
    }
}

fn create_lock_file(directory: &Path, path: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(directory)?;
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

fn lock_error(path: &Path, error: &std::io::Error) -> Error {
    Error::failure(format!("cannot lock {}", path.display()))
        .cause(error)
        .hint("set REFERRALS_STATE_DIR to a directory you can write to")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::error::ErrorKind;
    use crate::testing::ManualClock;

    #[test]
    fn a_second_holder_waits_and_times_out() {
        let directory = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let first = RefreshLock::acquire(directory.path(), "work", &clock).unwrap();
        let error = RefreshLock::acquire(directory.path(), "work", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), LOCK_TIMEOUT);
        RefreshLock::acquire(directory.path(), "home", &clock).unwrap();
        drop(first);
        RefreshLock::acquire(directory.path(), "work", &clock).unwrap();
    }

    #[test]
    fn a_directory_that_cannot_be_created_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let error = RefreshLock::acquire(&file.join("inner"), "work", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failure);
    }
}
