//! Checks of this machine: version, settings, directories, token store, sign-in.

use std::path::Path;

use super::finding::Finding;
use crate::commands::profile_status::ProfileStatus;
use crate::config::{Setting, SettingKey, Settings};
use crate::error::{Error, Result};
use crate::services::Services;
use crate::text::show_path;
use crate::trust;

pub(super) fn check_version() -> Finding {
    let (version, system) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    Finding::ok(format!("referrals {version} on {system} ({})", std::env::consts::ARCH))
}

pub(super) fn check_settings_file(services: &Services) -> Result<Finding> {
    let file = services.directories()?.settings_file();
    services.config_file()?;
    let path = show_path(&file);
    let place = if file.exists() { path } else { format!("none yet (it would be {path})") };
    Ok(Finding::ok(place))
}

pub(super) fn check_profile(services: &Services, settings: &Settings) -> Result<Finding> {
    // A file that cannot be read is a finding of its own.
    if services.config_file().is_ok() {
        services.check_profile(settings)?;
    }
    let Setting { value: name, origin } = &settings.profile;
    let store = settings.store().name();
    Ok(Finding::ok(format!("{name:?} ({origin}), store: {store}")))
}

/// Says whether commands may change referrals.
pub(super) fn check_writes(settings: &Settings) -> Result<Finding> {
    let text = match (settings.allows_writes()?, settings.get(SettingKey::AllowWrites)) {
        (true, Some(setting)) => format!("allowed ({})", setting.origin),
        _ => "off: `allow_writes = true` in the profile, or REFERRALS_ALLOW_WRITES=1, allows them"
            .to_owned(),
    };
    Ok(Finding::ok(text))
}

/// Checks that the directory can be written to, and by nobody else; `variable` names another one.
pub(super) fn check_directory(directory: &Path, variable: &str) -> Result<Finding> {
    let warning = trust::check(directory)?;
    let shown = show_path(directory);
    match try_write(directory) {
        Ok(()) => Ok(warning.into_iter().fold(Finding::ok(shown), Finding::note)),
        Err(cause) => {
            let error = Error::failure(format!("cannot write to {shown}"));
            let error = trust::explain_denied(error, directory, &cause);
            if !error.hints().is_empty() {
                return Err(error);
            }
            Err(error.hint(format!("set {variable} to a directory you can write to")))
        }
    }
}

/// Creates an unnamed file in the directory, or in its nearest ancestor that exists.
fn try_write(directory: &Path) -> std::io::Result<()> {
    let existing = directory.ancestors().find(|path| path.exists());
    tempfile::tempfile_in(existing.unwrap_or(Path::new("."))).map(drop)
}

pub(super) fn check_store(services: &Services, settings: &Settings) -> Result<Finding> {
    if let Some(source) = &settings.token {
        return Ok(Finding::skipped(format!("{source} supplies the token")));
    }
    let handle = services.session_handle(settings)?;
    handle.self_test(&**services.context().clock())?;
    Ok(Finding::ok(format!("write and read test passed: {}", handle.describe())))
}

/// Checks the sign-in; also returns whether there is an access token for the API.
pub(super) fn check_sign_in(
    services: &Services,
    settings: Settings,
    store_works: bool,
) -> (Result<Finding>, bool) {
    let status = match ProfileStatus::read(services, settings) {
        Ok(status) => status,
        Err(error) => return (Err(error), false),
    };
    let has_token = status.is_signed_in();
    if !has_token && !store_works {
        return (Ok(Finding::skipped("the token store does not work")), false);
    }
    let mut finding = Finding::ok(status.summary(services.context()));
    if status.mfa() == Some(false) {
        finding = finding.note("made without MFA, which Partner Center may refuse");
    }
    if let Some(warning) = status.warning(services.context()) {
        finding = finding.note(warning);
    }
    let finding = status.into_problem().map_or(Ok(finding), |(_, error)| Err(error));
    (finding, has_token)
}
