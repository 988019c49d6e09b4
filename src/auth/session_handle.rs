//! Where a profile's session lives, and the lock every change of it is made under.
//! Knows nothing of how a session is begun or renewed.

use std::path::PathBuf;
use std::sync::Arc;

use super::lock::RefreshLock;
use super::session::Session;
use super::store::{self, SecretStore};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// One profile's place in a store.
#[derive(Clone)]
pub struct SessionHandle {
    profile: String,
    store: Arc<dyn SecretStore>,
    directory: PathBuf,
}

impl SessionHandle {
    /// The place of `profile` in `store`; its lock is a file in `folder`, the state directory.
    pub fn new(
        profile: impl Into<String>,
        store: Arc<dyn SecretStore>,
        folder: impl Into<PathBuf>,
    ) -> SessionHandle {
        SessionHandle { profile: profile.into(), store, directory: folder.into() }
    }

    /// The profile's name.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Where the session is, for people to read.
    pub fn describe(&self) -> String {
        self.store.describe(&self.profile)
    }

    /// Tries the store and the lock out, before a person is sent to a browser.
    pub fn self_test(&self, clock: &dyn Clock) -> Result<()> {
        let _lock = self.lock(clock)?;
        store::self_test(&*self.store, &self.profile)
    }

    /// The session, or `None` where nobody has signed in.
    pub fn load(&self) -> Result<Option<Session>> {
        Session::load(&*self.store, &self.profile)
    }

    /// The session, or the [`ErrorKind::SignIn`] error that says there is none.
    pub fn require(&self) -> Result<Session> {
        self.load()?.ok_or_else(|| {
            Error::new(
                ErrorKind::SignIn,
                format!("nobody is signed in (profile {:?})", self.profile),
            )
            .hint("run `referrals login`")
            .hint("to look around first, add `--demo`: invented referrals, no account needed")
        })
    }

    /// Keeps the session of a new sign-in in place of the old one.
    pub fn save(&self, session: &Session, clock: &dyn Clock) -> Result<()> {
        let _lock = self.lock(clock)?;
        self.save_locked(session)
    }

    /// Forgets the session, readable or not. Tells whether there was one.
    pub fn delete(&self, clock: &dyn Clock) -> Result<bool> {
        let _lock = self.lock(clock)?;
        let nothing = matches!(self.store.load(&self.profile), Ok(None));
        self.store.delete(&self.profile)?;
        Ok(!nothing)
    }

    pub(super) fn lock(&self, clock: &dyn Clock) -> Result<RefreshLock> {
        RefreshLock::acquire(&self.directory, &self.profile, clock)
    }

    /// To be called with the lock held.
    pub(super) fn save_locked(&self, session: &Session) -> Result<()> {
        session.save(&*self.store, &self.profile)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::auth::session::tests::session;
    use crate::auth::store::MemoryStore;
    use crate::clock::ManualClock;

    #[test]
    fn a_session_is_kept_and_forgotten_even_when_it_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let store = Arc::new(MemoryStore::default());
        let place = SessionHandle::new("work", store.clone(), folder.path());
        place.self_test(&clock).unwrap();
        let error = place.require().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.report().contains("--demo"));
        place.save(&session("https://a"), &clock).unwrap();
        assert_eq!(place.require().unwrap(), session("https://a"));
        store.save("work", b"rubbish").unwrap();
        assert!(place.require().is_err());
        assert!(place.delete(&clock).unwrap());
        assert!(!place.delete(&clock).unwrap());
        assert_eq!(place.load().unwrap(), None);
    }
}
