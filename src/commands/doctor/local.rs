//! Checks of this machine: version, settings, directories, token store, sign-in.

use std::path::Path;

use super::finding::{CheckStatus, Finding};
use crate::commands::profile_status::ProfileStatus;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::services::Services;

pub(super) fn check_version() -> Finding {
    let (version, system) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    Finding::ok("version", format!("referrals {version} on {system} ({})", std::env::consts::ARCH))
}

pub(super) fn check_settings_file(services: &Services) -> Finding {
    const CHECK: &str = "settings file";
    let path = match services.directories() {
        Ok(directories) => directories.settings_file(),
        Err(error) => return Finding::problem(CHECK, &error),
    };
    match services.config_file() {
        Ok(_) if path.exists() => Finding::ok(CHECK, path.display().to_string()),
        Ok(_) => Finding::ok(CHECK, format!("none yet (it would be {})", path.display())),
        Err(error) => Finding::problem(CHECK, &error),
    }
}

pub(super) fn check_profile(services: &Services, settings: &Settings) -> Finding {
    const CHECK: &str = "profile";
    let name = &settings.profile.value;
    let origin = settings.profile.origin;
    let known: Vec<String> = services
        .config_file()
        .map_or_else(|_| Vec::new(), |file| file.profile_names().map(str::to_owned).collect());
    if !settings.known && !known.is_empty() {
        let error = Error::usage(format!("the settings file has no profile {name:?} ({origin})"))
            .detail(format!("profiles: {}", known.join(", ")))
            .hint(
                "choose one with `--profile`, or create it with `referrals login --profile NAME`",
            );
        return Finding::problem(CHECK, &error);
    }
    Finding::ok(CHECK, format!("{name:?} ({origin}), store: {}", settings.store().name()))
}

pub(super) fn check_directories(services: &Services) -> Vec<Finding> {
    let Ok(directories) = services.directories() else { return Vec::new() };
    [
        ("settings directory", directories.config, "REFERRALS_CONFIG_DIR"),
        ("state directory", directories.state, "REFERRALS_STATE_DIR"),
    ]
    .into_iter()
    .map(|(check, directory, variable)| match try_write(&directory) {
        Ok(()) => Finding::ok(check, directory.display().to_string()),
        Err(error) => {
            let message = format!("cannot write to {}", directory.display());
            let error = Error::failure(message)
                .cause(&error)
                .hint(format!("set {variable} to a directory you can write to"));
            Finding::problem(check, &error)
        }
    })
    .collect()
}

/// Creates an unnamed file in the directory, or in its nearest ancestor that exists.
fn try_write(directory: &Path) -> std::io::Result<()> {
    let existing = directory.ancestors().find(|path| path.exists());
    tempfile::tempfile_in(existing.unwrap_or(Path::new("."))).map(drop)
}

pub(super) fn check_store(services: &Services, settings: &Settings) -> Finding {
    const CHECK: &str = "token store";
    if let Some(source) = &settings.token {
        return Finding::skipped(CHECK, format!("{source} supplies the token"));
    }
    let self_test = || -> Result<String> {
        let handle = services.session_handle(settings)?;
        handle.self_test(&**services.context().clock())?;
        Ok(handle.describe())
    };
    match self_test() {
        Ok(location) => Finding::ok(CHECK, format!("write and read test passed: {location}")),
        Err(error) => Finding::problem(CHECK, &error),
    }
}

/// Checks the sign-in; also returns whether there is an access token for the API.
pub(super) fn check_sign_in(
    services: &Services,
    settings: Settings,
    store_status: CheckStatus,
) -> (Finding, bool) {
    const CHECK: &str = "sign-in";
    let status = match ProfileStatus::read(services, settings) {
        Ok(status) => status,
        Err(error) => return (Finding::problem(CHECK, &error), false),
    };
    let has_token = status.is_signed_in();
    if !has_token && store_status == CheckStatus::Problem {
        return (Finding::skipped(CHECK, "the token store does not work"), false);
    }
    let summary = status.summary(services.context());
    let warning = status.warning(services.context());
    let mfa = status.mfa();
    if let Some((_, error)) = status.into_problem() {
        return (Finding::problem(CHECK, &error), has_token);
    }
    let mut finding = Finding::ok(CHECK, summary);
    if mfa == Some(false) {
        finding = finding.note("made without MFA, which Partner Center may refuse");
    }
    if let Some(warning) = warning {
        finding = finding.note(warning);
    }
    (finding, has_token)
}
