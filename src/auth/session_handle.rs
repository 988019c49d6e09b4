//! The stored session of one profile; every change happens under its lock.

use std::path::PathBuf;
use std::sync::Arc;

use super::session::Session;
use super::store::{self, PreparedSave, SecretStore};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::lock::ProcessLock;
use crate::trust;

/// How much larger than the old session a refreshed one may be, in bytes.
const GROWTH: usize = 4 * 1024;

#[derive(Clone)]
pub struct SessionHandle {
    profile: String,
    store: Arc<dyn SecretStore>,
    directory: PathBuf,
}

impl SessionHandle {
    /// The lock is a file in `directory`, the state directory.
    pub fn new(
        profile: impl Into<String>,
        store: Arc<dyn SecretStore>,
        directory: impl Into<PathBuf>,
    ) -> SessionHandle {
        SessionHandle { profile: profile.into(), store, directory: directory.into() }
    }

    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Where the session is stored, for messages.
    pub fn describe(&self) -> String {
        self.store.describe(&self.profile)
    }

    /// Tests the store and the lock.
    pub fn self_test(&self, clock: &dyn Clock) -> Result<()> {
        let _lock = self.lock(clock)?;
        store::self_test(&*self.store, &self.profile)
    }

    /// Proves that `session` could be refreshed: that the lock can be taken and the new tokens be saved.
    pub fn prove_refresh(&self, session: &Session, clock: &dyn Clock) -> Result<()> {
        let _lock = self.lock(clock)?;
        self.prepare_save_locked(session).map(drop)
    }

    /// `None` when not signed in.
    ///
    /// # Errors
    /// `ErrorKind::SignIn` when others could have exchanged it, and those of [`Session::load`].
    pub fn load(&self) -> Result<Option<Session>> {
        trust::check(&self.directory).map_err(|error| error.with_kind(ErrorKind::SignIn))?;
        Session::load(&*self.store, &self.profile)
    }

    /// # Errors
    /// `ErrorKind::SignIn` when not signed in.
    pub fn require(&self) -> Result<Session> {
        self.load()?.ok_or_else(|| {
            Error::sign_in(format!("not signed in (profile {:?})", self.profile))
                .hint("run `referrals login`")
                .hint("to try it first, add `--demo`: sample referrals, no account needed")
        })
    }

    pub fn save(&self, session: &Session, clock: &dyn Clock) -> Result<()> {
        let _lock = self.lock(clock)?;
        self.save_locked(session)
    }

    /// Deletes the session, readable or not; whether there was one.
    pub fn delete(&self, clock: &dyn Clock) -> Result<bool> {
        let _lock = self.lock(clock)?;
        let was_absent = matches!(self.store.load(&self.profile), Ok(None));
        self.store.delete(&self.profile)?;
        Ok(!was_absent)
    }

    pub(super) fn lock(&self, clock: &dyn Clock) -> Result<ProcessLock> {
        ProcessLock::acquire(&self.directory, &self.profile, "refreshing the sign-in", clock)
    }

    /// Proves that what becomes of `session` can be saved; what it returns takes the bytes. For a caller that holds the
    /// lock.
    pub(super) fn prepare_save_locked(&self, session: &Session) -> Result<PreparedSave<'_>> {
        self.store.prepare_save(&self.profile, session.to_bytes().len() + GROWTH)
    }

    /// For a caller that holds the lock.
    pub(super) fn save_locked(&self, session: &Session) -> Result<()> {
        session.save(&*self.store, &self.profile)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::auth::memory_store::MemoryStore;
    use crate::auth::session::tests::session;
    use crate::testing::ManualClock;

    #[test]
    fn a_session_that_cannot_be_read_can_be_replaced_and_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let store = Arc::new(MemoryStore::default());
        let handle = SessionHandle::new("work", store.clone(), directory.path());
        handle.self_test(&clock).unwrap();
        let error = handle.require().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.report().contains("--demo"));
        handle.save(&session("https://a"), &clock).unwrap();
        assert_eq!(handle.require().unwrap(), session("https://a"));
        store.save("work", b"rubbish").unwrap();
        assert!(handle.require().is_err());
        assert!(handle.delete(&clock).unwrap());
        assert!(!handle.delete(&clock).unwrap());
        assert_eq!(handle.load().unwrap(), None);
    }
}
