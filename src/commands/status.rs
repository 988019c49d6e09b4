//! `status`: who is signed in, where the sign-in is kept, until when. Asks nobody: all of it is known here.

use serde_json::Value;

use super::profile_status::ProfileStatus;
use super::report_format::ReportFormat;
use crate::config::{Flags, Origin, Settings};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::render;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals status
  referrals status -v                 with where each setting comes from
  referrals status --check || notify-send 'sign in to referrals'
  referrals status --all --format json | jq '.[] | select(.needsPerson != null)'

Exit code 4 when the next run would need a person to sign in. Nothing is asked
over the network; `referrals doctor` does that.")]
pub struct Args {
    /// Print nothing; the exit code tells whether the next run can do without a person
    #[arg(long, conflicts_with = "format")]
    check: bool,
    /// Show every profile of the settings file
    #[arg(long)]
    all: bool,
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let Args { check, all, format } = self;
        let mut accounts = Vec::new();
        for settings in profiles(context, all)? {
            if !check {
                explain(context, &settings);
            }
            accounts.push(ProfileStatus::of(context, settings)?);
        }
        if !check {
            let text = match format {
                ReportFormat::Json => json(&accounts, all),
                ReportFormat::Text => text(&accounts, context),
            };
            let mut out = context.out();
            out.write_all(text.as_bytes()).map_err(|error| render::write_failed(&error))?;
        }
        for account in &accounts {
            if let Some(warning) = account.warning(context) {
                context.ui().warn(&warning);
            }
        }
        require_no_problems(accounts)
    }
}

/// What to tell of the profiles whose next run would need a person.
fn require_no_problems(accounts: Vec<ProfileStatus>) -> Result<Outcome> {
    let mut troubled: Vec<(String, Error)> =
        accounts.into_iter().filter_map(ProfileStatus::into_problem).collect();
    match troubled.len() {
        0 => Ok(Outcome::Done),
        1 => Err(troubled.remove(0).1),
        _ => {
            let names: Vec<&str> = troubled.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("somebody must sign in to the profiles {}", names.join(", "));
            Err(Error::new(ErrorKind::SignIn, message)
                .hint("run `referrals login --profile NAME` for each"))
        }
    }
}

/// The settings of the profiles to show, the current one first.
fn profiles(context: &Context, all: bool) -> Result<Vec<Settings>> {
    let current = context.settings()?;
    let mut every = vec![current.clone()];
    if all {
        let file = context.config_file()?;
        for name in file.profile_names().filter(|name| *name != current.profile.value) {
            let flags = Flags { profile: Some(name.to_owned()), ..context.flags().clone() };
            every.push(context.settings_with(&flags)?);
        }
        // A default profile that was never used is none.
        if !current.known && current.profile.origin == Origin::Default && every.len() > 1 {
            every.remove(0);
        }
    }
    Ok(every)
}

/// Says where each setting comes from.
fn explain(context: &Context, settings: &Settings) {
    let say = |name: &str, value: &str, origin: Origin| {
        context.ui().verbose(|| {
            let origin = match origin {
                Origin::Flag => "from a flag",
                Origin::Variable(name) => return format!("{name}: {value} (from {name})"),
                Origin::Profile => "from the settings file",
                Origin::Default => "the default",
            };
            format!("{name}: {value} ({origin})")
        });
    };
    if let Ok(places) = context.directories() {
        context.ui().verbose(|| format!("settings file: {}", places.file().display()));
    }
    say("profile", &settings.profile.value, settings.profile.origin);
    say("store", settings.store.value.name(), settings.store.origin);
    say("api_url", &settings.api_url.value, settings.api_url.origin);
    let others = [
        ("tenant", &settings.tenant, ""),
        ("client_id", &settings.client_id, ""),
        ("authority", &settings.authority, crate::auth::AUTHORITY),
        ("scope", &settings.scope, crate::auth::SCOPE),
    ];
    for (name, setting, default) in others {
        match setting {
            Some(setting) => say(name, &setting.value, setting.origin),
            None if default.is_empty() => context.ui().verbose(|| format!("{name}: not set")),
            None => say(name, default, Origin::Default),
        }
    }
}

fn json(accounts: &[ProfileStatus], all: bool) -> String {
    let mut values: Vec<Value> = accounts.iter().map(ProfileStatus::json).collect();
    let value = if all { Value::Array(values) } else { values.remove(0) };
    format!("{value:#}\n")
}

fn text(accounts: &[ProfileStatus], context: &Context) -> String {
    let texts: Vec<String> = accounts.iter().map(|account| account.text(context)).collect();
    texts.join("\n")
}
