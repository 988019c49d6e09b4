//! `logout`: deletes stored sign-ins. The profiles' settings are kept.

use std::collections::BTreeSet;

use crate::config::{Flags, SettingKey, StoreChoice};
use crate::context::Context;
use crate::error::{Outcome, Result};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals logout
  referrals logout --profile fabrikam
  referrals logout --all

The profile's settings are kept: `referrals login` needs no flags next time.")]
pub struct Args {
    /// Sign out of every profile
    #[arg(long)]
    all: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let Args { all } = self;
        let current = context.settings()?.profile.value.clone();
        let mut profiles = BTreeSet::from([current]);
        if all {
            profiles.extend(context.config_file()?.profile_names().map(str::to_owned));
            profiles.extend(context.session_files()?.profiles());
        }
        let mut failed = None;
        for profile in profiles {
            // A store that fails must not keep the other sign-ins from being deleted.
            if let Err(error) = delete_sign_in(context, &profile) {
                let error = error.context(format!("cannot sign out of profile {profile:?}"));
                if let Some(earlier) = failed.replace(error) {
                    context.ui().error(&earlier.report());
                }
            }
        }
        failed.map_or(Ok(Outcome::Done), Err)
    }
}

fn delete_sign_in(context: &Context, profile: &str) -> Result<()> {
    let flags = Flags { profile: Some(profile.to_owned()), ..context.flags().clone() };
    let mut settings = context.settings_with(&flags)?;
    let configured = settings.store();
    let mut deleted = false;
    for store in [StoreChoice::File, StoreChoice::Keyring] {
        settings.set_as_flag(SettingKey::Store, store.name().to_owned());
        let handle = context.session_handle(&settings)?;
        let may_exist = match store {
            // A file may be left from before the profile's store was changed by hand.
            StoreChoice::File => !matches!(handle.load(), Ok(None)),
            // A keyring that is not configured could prompt for its password.
            StoreChoice::Keyring => configured == StoreChoice::Keyring,
        };
        if may_exist && handle.delete(&**context.clock())? {
            deleted = true;
            let location = handle.describe();
            context
                .ui()
                .info(&format!("signed out of profile {profile:?}: removed from {location}"));
        }
    }
    if !deleted {
        context.ui().info(&format!("not signed in (profile {profile:?})"));
    }
    Ok(())
}
