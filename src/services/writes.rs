//! What changes of referrals need: the permission, and the audit file.

use super::{DEMO, Services};
use crate::error::{Error, Result};
use crate::state::AuditLog;

impl Services {
    /// The audit file of this profile, or of the demo.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory, and those of [`Services::settings`].
    pub fn audit_log(&self) -> Result<AuditLog> {
        let profile = if self.context.is_demo() { DEMO } else { &self.settings()?.profile.value };
        self.audit_log_of(profile)
    }

    /// The audit file of a profile.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn audit_log_of(&self, profile: &str) -> Result<AuditLog> {
        self.context.prepare_for_files();
        let user = ["USER", "USERNAME"].iter().find_map(|name| self.context.variable(name));
        Ok(AuditLog::new(&self.directories()?.state, profile, user, self.context.ui().clone()))
    }

    /// The profiles that have an audit file.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn profiles_with_audit(&self) -> Result<Vec<String>> {
        let mut names = AuditLog::profiles(&self.directories()?.state);
        names.retain(|name| name != DEMO);
        Ok(names)
    }

    /// Referrals are changed only where that was switched on, and always with `--demo`.
    ///
    /// # Errors
    /// `ErrorKind::Usage` where it was not, and for a setting that is neither yes nor no.
    pub fn require_writes(&self) -> Result<()> {
        let settings = self.settings()?;
        if self.context.is_demo() || settings.allows_writes()? {
            return Ok(());
        }
        let profile = &settings.profile.value;
        Err(Error::usage(format!("changing referrals is off (profile {profile:?})"))
            .detail("nothing was sent")
            .hint(format!(
                "add `allow_writes = true` to [profile.{profile}], or set REFERRALS_ALLOW_WRITES=1"
            ))
            .hint("try it first with `--demo`"))
    }
}
