//! `logout`: deletes stored sign-ins, and the ids that were shown with them. The profiles' settings are kept, and unless it
//! is `--all`, the marks too.

use std::collections::BTreeSet;

use crate::config::StoreChoice;
use crate::error::{Outcome, Result};
use crate::services::Services;
use crate::state::MarkFile;
use crate::text::show_path;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals logout
  referrals logout --profile fabrikam
  referrals logout --all

The profile's settings are kept: `referrals login` needs no flags next time. So
are the marks of what `changes` and `digest` have told; `--all` removes them.")]
pub struct Args {
    /// Sign out of every profile, forget what was told, and remove the audit files
    #[arg(long)]
    all: bool,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { all } = self;
        let current = services.settings()?.profile.value.clone();
        let mut profiles = BTreeSet::from([current]);
        if all {
            profiles.extend(services.config_file()?.profile_names().map(str::to_owned));
            profiles.extend(services.session_files()?.profiles());
            profiles.extend(services.profiles_with_shown_ids()?);
            profiles.extend(services.profiles_with_marks()?);
            profiles.extend(services.profiles_with_audit()?);
        }
        let mut failed = None;
        for profile in profiles {
            // A store that fails must not keep the other sign-ins from being deleted.
            let deleted = delete_sign_in(services, &profile);
            let forgotten = delete_shown_ids(services, &profile);
            let marks = treat_marks(services, &profile, all);
            let audit = treat_audit(services, &profile, all);
            if let Err(error) = deleted.and(forgotten).and(marks).and(audit) {
                let error = error.context(format!("cannot sign out of profile {profile:?}"));
                if let Some(earlier) = failed.replace(error) {
                    context.ui().error(&earlier.report());
                }
            }
        }
        failed.map_or(Ok(Outcome::Done), Err)
    }
}

fn delete_shown_ids(services: &Services, profile: &str) -> Result<()> {
    if services.shown_ids_of(profile)?.remove()? {
        let text = format!("removed the ids of the referrals shown (profile {profile:?})");
        services.context().ui().info(&text);
    }
    Ok(())
}

/// Names the marks that are kept, so that nobody looks for what was told before; with `all` removes them.
fn treat_marks(services: &Services, profile: &str, all: bool) -> Result<()> {
    let state = services.directories()?.state;
    let names =
        if all { MarkFile::remove_all(&state, profile)? } else { MarkFile::names(&state, profile) };
    if !names.is_empty() {
        let verb = if all { "removed" } else { "kept" };
        let names = names.join(", ");
        let hint = if all { "" } else { "; `--all` removes them" };
        let text =
            format!("{verb} the marks of what was told: {names} (profile {profile:?}){hint}");
        services.context().ui().info(&text);
    }
    Ok(())
}

/// Names the audit file that is kept; with `all` removes it.
fn treat_audit(services: &Services, profile: &str, all: bool) -> Result<()> {
    let audit = services.audit_log_of(profile)?;
    let path = show_path(audit.path());
    let ui = services.context().ui();
    if !all && audit.path().exists() {
        ui.info(&format!("kept the audit file {path} (profile {profile:?}); `--all` removes it"));
    }
    if all && audit.remove()? {
        ui.info(&format!("removed the audit file {path} (profile {profile:?})"));
    }
    Ok(())
}

fn delete_sign_in(services: &Services, profile: &str) -> Result<()> {
    let (context, ui) = (services.context(), services.context().ui());
    let configured = services.settings_of_profile(profile)?.store();
    let mut deleted = false;
    for store in [StoreChoice::File, StoreChoice::Keyring] {
        let handle = services.session_handle_in(store, profile)?;
        let may_exist = match store {
            // A file may be left from before the profile's store was changed by hand.
            StoreChoice::File => !matches!(handle.load(), Ok(None)),
            // A keyring that is not configured could prompt for its password.
            StoreChoice::Keyring => configured == StoreChoice::Keyring,
        };
        if may_exist && handle.delete(&**context.clock())? {
            deleted = true;
            let location = handle.describe();
            ui.info(&format!("signed out of profile {profile:?}: removed from {location}"));
        }
    }
    if !deleted {
        ui.info(&format!("not signed in (profile {profile:?})"));
    }
    Ok(())
}
