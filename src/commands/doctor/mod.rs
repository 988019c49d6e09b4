//! `doctor`: checks settings, network, sign-in and API access. A failed check does not stop those after it.

mod finding;
mod local;
mod network;

use finding::{CheckStatus, Finding};
use serde_json::json;

use crate::commands::report_format::{ReportFormat, print_json};
use crate::config::{ConfigFile, Directories, Flags, Settings};
use crate::error::{Error, Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals doctor
  referrals doctor --profile fabrikam --format json

The report contains no token, user name or query, so it can be pasted into a
ticket. Exit code 1 means that a check found a problem.")]
pub struct Args {
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { format } = self;
        if context.is_demo() {
            return Err(
                Error::usage("`doctor` cannot check the sample API").hint("remove `--demo`")
            );
        }
        let home = ["HOME", "USERPROFILE"].iter().find_map(|name| context.variables()(name));
        let home = home.as_ref().map(|home| home.to_string_lossy());
        let (mut checks, mut problems) = (Vec::new(), 0);
        let mut report = |check: &str, finding: Result<Finding>| -> Result<()> {
            let finding = finding.unwrap_or_else(|error| Finding::problem(&error));
            let finding = finding.redacted(home.as_deref());
            if format == ReportFormat::Text {
                context.print(finding.text(check))?;
            }
            problems += usize::from(finding.status == CheckStatus::Problem);
            checks.push(finding.json(check));
            Ok(())
        };
        run_checks(services, &mut report)?;
        if format == ReportFormat::Json {
            let version = env!("CARGO_PKG_VERSION");
            let report = json!({"version": version, "problems": problems, "checks": checks});
            print_json(context, &report)?;
        }
        match problems {
            0 => Ok(Outcome::Done),
            1 => Err(Error::failure("1 check found a problem")),
            _ => Err(Error::failure(format!("{problems} checks found problems"))),
        }
    }
}

/// Runs the checks and reports the result of each, by its name, as it completes.
fn run_checks(
    services: &Services,
    report: &mut dyn FnMut(&str, Result<Finding>) -> Result<()>,
) -> Result<()> {
    report("version", Ok(local::check_version()))?;
    report("settings file", local::check_settings_file(services))?;
    let (settings, settings_readable) = resolve_settings(services);
    report("profile", local::check_profile(services, &settings))?;
    report("changing referrals", local::check_writes(&settings))?;
    if let Ok(Directories { config, state }) = services.directories() {
        report("settings directory", local::check_directory(&config, "REFERRALS_CONFIG_DIR"))?;
        report("state directory", local::check_directory(&state, "REFERRALS_STATE_DIR"))?;
    }

    let (finding, authority) = network::probe_host(services, settings.authority());
    report("sign-in service", finding)?;
    let (finding, api) = network::probe_host(services, settings.api_url());
    report("API address", finding)?;
    let api_reachable = api.is_some();
    report("clock", network::check_clock(services.context(), &[authority, api]))?;

    let store = local::check_store(services, &settings);
    let store_works = store.is_ok();
    report("token store", store)?;
    let (finding, has_token) = local::check_sign_in(services, settings, store_works);
    report("sign-in", finding)?;
    let finding = match (settings_readable, has_token, api_reachable) {
        (false, ..) => Ok(Finding::skipped("the settings cannot be read")),
        (_, false, _) => Ok(Finding::skipped("there is no access token")),
        (.., false) => Ok(Finding::skipped("its address is not reachable")),
        (true, true, true) => network::check_api(services),
    };
    report("API", finding)
}

/// The settings and whether the settings file can be read; if not, they come from flags and variables alone.
fn resolve_settings(services: &Services) -> (Settings, bool) {
    let context = services.context();
    if let Ok(settings) = services.settings_with(context.flags()) {
        return (settings, true);
    }
    let none = ConfigFile::default();
    let settings = Settings::resolve(context.flags(), context.variables(), &none)
        .or_else(|_| Settings::resolve(&Flags::default(), &|_| None, &none))
        .expect("the default profile's name is valid");
    (settings, false)
}
