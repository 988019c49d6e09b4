//! `logout`: forgets sign-ins, wherever they are kept. The profiles' settings stay.

use std::collections::BTreeSet;

use crate::config::{Flags, StoreChoice};
use crate::context::Context;
use crate::error::{Outcome, Result};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals logout
  referrals logout --profile fabrikam
  referrals logout --all

The profile's settings stay, so that `referrals login` needs no flags again.")]
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
            // One store that does not answer must not keep the others' secrets.
            if let Err(error) = forget(context, &profile) {
                let error = error.context(format!("cannot sign out of profile {profile:?}"));
                if let Some(earlier) = failed.replace(error) {
                    context.ui().error(&earlier.report());
                }
            }
        }
        failed.map_or(Ok(Outcome::Done), Err)
    }
}

fn forget(context: &Context, profile: &str) -> Result<()> {
    let flags = Flags { profile: Some(profile.to_owned()), ..context.flags().clone() };
    let mut settings = context.settings_with(&flags)?;
    let configured = settings.store.value;
    let mut found = false;
    for store in [StoreChoice::File, StoreChoice::Keyring] {
        settings.store.value = store;
        let place = context.session_handle(&settings)?;
        let look = match store {
            // A file may be left from before the profile's store was changed by hand.
            StoreChoice::File => !matches!(place.load(), Ok(None)),
            // A keyring nobody chose may ask for its password.
            StoreChoice::Keyring => configured == StoreChoice::Keyring,
        };
        if look && place.delete(&**context.clock())? {
            found = true;
            let place = place.describe();
            context.ui().info(&format!("signed out of profile {profile:?}: removed from {place}"));
        }
    }
    if !found {
        context.ui().info(&format!("nobody was signed in (profile {profile:?})"));
    }
    Ok(())
}
