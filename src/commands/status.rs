//! `status`: the signed-in account of each profile, where the sign-in is stored and when it expires. Does not use the network.

use serde_json::Value;

use super::profile_status::ProfileStatus;
use super::report_format::{ReportFormat, print_json};
use crate::config::{Origin, Setting, SettingKey, Settings};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::services::Services;
use crate::text::show_path;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals status
  referrals status --demo             what it shows of a sample account
  referrals status -v                 also show where each setting comes from
  referrals status --check || notify-send 'sign in to referrals'
  referrals status --all --format json | jq '.[] | select(.reauthRequired)'

Exit code 4 means that a sign-in is required. `status` does not use the network;
`referrals doctor` does.")]
pub struct Args {
    /// Print nothing but warnings; exit with 4 when the next run would need you
    #[arg(long, conflicts_with = "format")]
    check: bool,
    /// Show every profile in the settings file
    #[arg(long)]
    all: bool,
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { check, all, format } = self;
        let statuses = if context.is_demo() {
            read_sample(services, check)?
        } else {
            read_profiles(services, all, check)?
        };
        if !check {
            match format {
                ReportFormat::Json => print_json(context, &json(&statuses, all))?,
                ReportFormat::Text => context.print(text(&statuses, context))?,
            }
        }
        for status in &statuses {
            if let Some(warning) = status.warning(context) {
                context.ui().warn(&warning);
            }
        }
        match require_no_problems(statuses) {
            Err(error) if check && error.kind() == ErrorKind::SignIn => {
                context.ui().verbose(|| error.report());
                Ok(Outcome::SignInRequired)
            }
            result => result,
        }
    }
}

/// That of `--demo`.
fn read_sample(services: &Services, check: bool) -> Result<Vec<ProfileStatus>> {
    // The profile is not used, but a mistake in its name is one here too.
    services.settings()?;
    let context = services.context();
    if !check {
        context.ui().info("demo: a sample account; your own sign-in is not read");
    }
    Ok(vec![ProfileStatus::sample(context.now())?])
}

fn read_profiles(services: &Services, all: bool, check: bool) -> Result<Vec<ProfileStatus>> {
    let mut statuses = Vec::new();
    for settings in profiles(services, all)? {
        if !check {
            explain(services, &settings);
        }
        statuses.push(ProfileStatus::read(services, settings)?);
    }
    Ok(statuses)
}

fn require_no_problems(statuses: Vec<ProfileStatus>) -> Result<Outcome> {
    let mut problems: Vec<(String, Error)> =
        statuses.into_iter().filter_map(ProfileStatus::into_problem).collect();
    match problems.len() {
        0 => Ok(Outcome::Done),
        1 => Err(problems.remove(0).1),
        _ => {
            let names: Vec<&str> = problems.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("sign-in required: {}", names.join(", "));
            Err(Error::sign_in(message).hint("run `referrals login --profile NAME` for each"))
        }
    }
}

/// The settings of the profiles to show, the current one first.
fn profiles(services: &Services, all: bool) -> Result<Vec<Settings>> {
    let current = services.settings()?;
    let mut profiles = vec![current.clone()];
    if all {
        let file = services.config_file()?;
        for name in file.profile_names().filter(|name| *name != current.profile.value) {
            profiles.push(services.settings_of_profile(name)?);
        }
        // The default profile is left out when it is not in the settings file and others are.
        if !current.known && current.profile.origin == Origin::Default && profiles.len() > 1 {
            profiles.remove(0);
        }
    }
    Ok(profiles)
}

/// Prints where each setting comes from, for `--verbose`.
fn explain(services: &Services, settings: &Settings) {
    let context = services.context();
    let explain = |name: &str, setting: Option<&Setting>| {
        let value = setting.map_or_else(|| "not set".to_owned(), Setting::to_string);
        context.ui().verbose(|| format!("{name}: {value}"));
    };
    if let Ok(places) = services.directories() {
        context.ui().verbose(|| format!("settings file: {}", show_path(&places.settings_file())));
    }
    explain("profile", Some(&settings.profile));
    for key in SettingKey::ALL {
        explain(key.name(), settings.get(*key));
    }
}

fn json(statuses: &[ProfileStatus], all: bool) -> Value {
    let mut values: Vec<Value> = statuses.iter().map(ProfileStatus::json).collect();
    if all { Value::Array(values) } else { values.remove(0) }
}

fn text(statuses: &[ProfileStatus], context: &Context) -> String {
    let texts: Vec<String> = statuses.iter().map(|status| status.text(context)).collect();
    texts.join("\n")
}
