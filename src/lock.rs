//! A lock between processes: a refresh token may be valid only once, and what is new is told once.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::text::show_path;
use crate::trust;

/// The holder may wait for requests that time out and for a slow keyring.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Released on drop, or by the system when the process ends.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Waits up to a minute for the lock `name` in `directory`, which is created where it is missing. `activity` is what
    /// the holder does, for people: `refreshing the sign-in`.
    ///
    /// # Errors
    /// `ErrorKind::Unavailable` after that, `ErrorKind::SignIn` when others could change the directory.
    pub fn acquire(
        directory: &Path,
        name: &str,
        activity: &str,
        clock: &dyn Clock,
    ) -> Result<ProcessLock> {
        // A file of its own: on Windows nobody else could read a locked session.
        let path = directory.join(format!("{name}.lock"));
        for place in [directory, &path] {
            trust::check(place).map_err(|error| error.with_kind(ErrorKind::SignIn))?;
        }
        let file = create_lock_file(directory, &path).map_err(|error| lock_error(&path, &error))?;
        let start = clock.elapsed();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(ProcessLock { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(lock_error(&path, &error)),
            }
            if clock.elapsed().saturating_sub(start) >= LOCK_TIMEOUT {
                return Err(Error::unavailable(format!(
                    "another referrals process has been {activity} for {} seconds",
                    LOCK_TIMEOUT.as_secs()
                ))
                .detail(format!("lock: {}", show_path(&path)))
                .hint("wait for that process, or end it, and try again"));
            }
            clock.sleep(POLL_INTERVAL);
        }
    }
}

/// Nobody else may open the file: whoever can open it can hold the lock.
fn create_lock_file(directory: &Path, path: &Path) -> std::io::Result<File> {
    files::create_private_dir(directory)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    close_to_others(&file)?;
    Ok(file)
}

/// For the file of an older version.
#[cfg(unix)]
fn close_to_others(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let others = file.metadata()?.permissions().mode() & 0o077;
    if others == 0 {
        return Ok(());
    }
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

fn lock_error(path: &Path, cause: &std::io::Error) -> Error {
    let error = Error::failure(format!("cannot lock {}", show_path(path)));
    let error = trust::explain_denied(error, path, cause);
    if error.hints().is_empty() {
        return error.hint("set REFERRALS_STATE_DIR to a directory you can write to");
    }
    error
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::testing::ManualClock;

    #[test]
    fn a_second_holder_waits_and_times_out() {
        let directory = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let first = ProcessLock::acquire(directory.path(), "work", "working", &clock).unwrap();
        let error = ProcessLock::acquire(directory.path(), "work", "working", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), LOCK_TIMEOUT);
        ProcessLock::acquire(directory.path(), "home", "working", &clock).unwrap();
        drop(first);
        ProcessLock::acquire(directory.path(), "work", "working", &clock).unwrap();
    }

    #[test]
    fn a_directory_that_cannot_be_created_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let error =
            ProcessLock::acquire(&file.join("inner"), "work", "working", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failure);
    }

    #[cfg(windows)]
    #[test]
    fn a_lock_file_that_another_program_has_open_is_told_as_that() {
        use std::os::windows::fs::OpenOptionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("work.lock");
        let open = OpenOptions::new().create(true).write(true).share_mode(0).open(path).unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let error = ProcessLock::acquire(directory.path(), "work", "working", &clock).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failure);
        assert_eq!(error.causes(), ["the file is open in another program"]);
        assert_eq!(error.hints(), ["close the file there, and run again"]);
        drop(open);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_hold_the_lock() {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("new/state");
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = directory.join("work.lock");
        drop(ProcessLock::acquire(&directory, "work", "working", &clock).unwrap());
        assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
        // As an older version left it.
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        drop(ProcessLock::acquire(&directory, "work", "working", &clock).unwrap());
        assert_eq!(mode(&path), 0o600);
        for place in [&path, &directory] {
            fs::set_permissions(place, Permissions::from_mode(0o777)).unwrap();
            let error = ProcessLock::acquire(&directory, "work", "working", &clock).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn);
            assert!(error.report().contains("chmod go-w"), "{}", error.report());
            fs::set_permissions(place, Permissions::from_mode(0o700)).unwrap();
        }
    }
}
