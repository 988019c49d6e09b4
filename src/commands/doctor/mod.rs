//! `doctor`: why does it not work here. Makes every check it can, whatever the one before found.

mod finding;
mod local;
mod network;

use finding::{CheckStatus, Finding};
use serde_json::json;

use crate::auth::AUTHORITY;
use crate::commands::report_format::ReportFormat;
use crate::config::{ConfigFile, Flags, Settings};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::render;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals doctor
  referrals doctor --profile fabrikam --format json

The report holds no token, no user name and no query, so that it can be pasted
into a ticket. Exit code 1 when there is a problem.")]
pub struct Args {
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let Args { format } = self;
        if context.is_demo() {
            return Err(Error::new(ErrorKind::Usage, "the built-in sample API needs no doctor")
                .hint("leave `--demo` away"));
        }
        let home = context.variable("HOME").or_else(|| context.variable("USERPROFILE"));
        let mut findings = Vec::new();
        let mut report = |finding: Finding| -> Result<()> {
            let finding = finding.redacted(home.as_deref());
            if format == ReportFormat::Text {
                print(context, &finding.text())?;
            }
            findings.push(finding);
            Ok(())
        };
        run_checks(context, &mut report)?;
        let problems =
            findings.iter().filter(|finding| finding.status() == CheckStatus::Problem).count();
        if format == ReportFormat::Json {
            let checks: Vec<_> = findings.iter().map(Finding::json).collect();
            let version = env!("CARGO_PKG_VERSION");
            let report = json!({"version": version, "problems": problems, "checks": checks});
            print(context, &format!("{report:#}\n"))?;
        }
        match problems {
            0 => Ok(Outcome::Done),
            1 => Err(Error::new(ErrorKind::Failure, "one check found a problem")),
            _ => Err(Error::new(ErrorKind::Failure, format!("{problems} checks found problems"))),
        }
    }
}

/// Makes the checks, each told as soon as it is made.
fn run_checks(context: &Context, report: &mut dyn FnMut(Finding) -> Result<()>) -> Result<()> {
    report(local::version())?;
    report(local::file(context))?;
    let (settings, whole) = settings(context);
    report(local::profile(context, &settings))?;
    for finding in local::folders(context) {
        report(finding)?;
    }

    let authority = settings.authority.as_ref().map_or(AUTHORITY, |setting| &setting.value);
    let (finding, authority) = network::host(context, "sign-in service", authority);
    report(finding)?;
    let (finding, api) = network::host(context, "API address", &settings.api_url.value);
    report(finding)?;
    let reached = api.is_some();
    report(network::clock(context, &[authority, api]))?;

    let store = local::store(context, &settings);
    let works = store.status();
    report(store)?;
    let (finding, token) = local::sign_in(context, settings, works);
    report(finding)?;
    report(match (whole, token, reached) {
        (false, ..) => Finding::skipped("API", "the settings cannot be read"),
        (_, false, _) => Finding::skipped("API", "there is no token to ask it with"),
        (.., false) => Finding::skipped("API", "its address was not reached"),
        (true, true, true) => network::api(context),
    })
}

/// The settings, and whether they are those of the file; where that cannot be read, the checks go on without.
fn settings(context: &Context) -> (Settings, bool) {
    if let Ok(settings) = context.settings() {
        return (settings.clone(), true);
    }
    let none = ConfigFile::default();
    let settings = Settings::resolve(context.flags(), &|name| context.variable(name), &none)
        .or_else(|_| Settings::resolve(&Flags::default(), &|_| None, &none))
        .expect("the default profile's name is one");
    (settings, false)
}

fn print(context: &Context, text: &str) -> Result<()> {
    let mut out = context.out();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| render::write_failed(&error))
}
