//! `doctor`: checks settings, network, sign-in and API access. A failed check does not stop those after it.

mod finding;
mod local;
mod network;

use finding::{CheckStatus, Finding};
use serde_json::json;

use crate::commands::report_format::ReportFormat;
use crate::config::{ConfigFile, Flags, Settings};
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
        let home = context.variable("HOME").or_else(|| context.variable("USERPROFILE"));
        let mut findings = Vec::new();
        let mut report = |finding: Finding| -> Result<()> {
            let finding = finding.redacted(home.as_deref());
            if format == ReportFormat::Text {
                context.print(finding.text())?;
            }
            findings.push(finding);
            Ok(())
        };
        run_checks(services, &mut report)?;
        let problems =
            findings.iter().filter(|finding| finding.status() == CheckStatus::Problem).count();
        if format == ReportFormat::Json {
            let checks: Vec<_> = findings.iter().map(Finding::json).collect();
            let version = env!("CARGO_PKG_VERSION");
            let report = json!({"version": version, "problems": problems, "checks": checks});
            context.print(format!("{report:#}\n"))?;
        }
        match problems {
            0 => Ok(Outcome::Done),
            1 => Err(Error::failure("1 check found a problem")),
            _ => Err(Error::failure(format!("{problems} checks found problems"))),
        }
    }
}

/// Runs the checks and reports each as it completes.
fn run_checks(services: &Services, report: &mut dyn FnMut(Finding) -> Result<()>) -> Result<()> {
    report(local::check_version())?;
    report(local::check_settings_file(services))?;
    let (settings, settings_readable) = resolve_settings(services);
    report(local::check_profile(services, &settings))?;
    for finding in local::check_directories(services) {
        report(finding)?;
    }

    let (finding, authority) =
        network::probe_host(services, "sign-in service", settings.authority());
    report(finding)?;
    let (finding, api) = network::probe_host(services, "API address", settings.api_url());
    report(finding)?;
    let api_reachable = api.is_some();
    report(network::check_clock(services.context(), &[authority, api]))?;

    let store = local::check_store(services, &settings);
    let store_status = store.status();
    report(store)?;
    let (finding, has_token) = local::check_sign_in(services, settings, store_status);
    report(finding)?;
    report(match (settings_readable, has_token, api_reachable) {
        (false, ..) => Finding::skipped("API", "the settings cannot be read"),
        (_, false, _) => Finding::skipped("API", "there is no access token"),
        (.., false) => Finding::skipped("API", "its address is not reachable"),
        (true, true, true) => network::check_api(services),
    })
}

/// The settings and whether the settings file can be read; if not, they come from flags and variables alone.
fn resolve_settings(services: &Services) -> (Settings, bool) {
    if let Ok(settings) = services.settings() {
        return (settings.clone(), true);
    }
    let context = services.context();
    let none = ConfigFile::default();
    let settings = Settings::resolve(context.flags(), &|name| context.variable(name), &none)
        .or_else(|_| Settings::resolve(&Flags::default(), &|_| None, &none))
        .expect("the default profile's name is valid");
    (settings, false)
}
