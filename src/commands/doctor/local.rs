//! The checks of this machine: version, settings, folders, token store, sign-in. Asks nobody outside.

use std::path::Path;

use super::finding::{CheckStatus, Finding};
use crate::commands::profile_status::ProfileStatus;
use crate::config::{Origin, Settings, TokenSource};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};

pub(super) fn version() -> Finding {
    let (version, system) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    Finding::ok("version", format!("referrals {version} on {system} ({})", std::env::consts::ARCH))
}

pub(super) fn file(context: &Context) -> Finding {
    const CHECK: &str = "settings file";
    let path = match context.directories() {
        Ok(places) => places.file(),
        Err(error) => return Finding::problem(CHECK, &error),
    };
    let shown = path.display();
    match context.config_file() {
        Ok(_) if path.exists() => Finding::ok(CHECK, shown.to_string()),
        Ok(_) => Finding::ok(CHECK, format!("none yet; it would be {shown}")),
        Err(error) => Finding::problem(CHECK, &error),
    }
}

pub(super) fn profile(context: &Context, settings: &Settings) -> Finding {
    const CHECK: &str = "profile";
    let name = &settings.profile.value;
    let from = match settings.profile.origin {
        Origin::Flag => "from a flag",
        Origin::Variable(variable) => variable,
        Origin::Profile => "from the settings file",
        Origin::Default => "the default",
    };
    let known: Vec<String> = context
        .config_file()
        .map_or_else(|_| Vec::new(), |file| file.profile_names().map(str::to_owned).collect());
    if !settings.known && !known.is_empty() {
        let error = Error::new(
            ErrorKind::Usage,
            format!("the settings file has no profile {name:?} ({from})"),
        )
        .detail(format!("it has: {}", known.join(", ")))
        .hint("choose one with `--profile`, or make it with `referrals login --profile NAME`");
        return Finding::problem(CHECK, &error);
    }
    Finding::ok(CHECK, format!("{name:?} ({from}), store: {}", settings.store.value.name()))
}

pub(super) fn folders(context: &Context) -> Vec<Finding> {
    let Ok(places) = context.directories() else { return Vec::new() };
    [
        ("settings folder", places.config, "REFERRALS_CONFIG_DIR"),
        ("state folder", places.state, "REFERRALS_STATE_DIR"),
    ]
    .into_iter()
    .map(|(check, folder, variable)| match writable(&folder) {
        Ok(()) => Finding::ok(check, folder.display().to_string()),
        Err(error) => {
            let about = format!("cannot write to {}", folder.display());
            let error = Error::new(ErrorKind::Failure, about)
                .cause(&error)
                .hint(format!("set {variable} to a folder you can write to"));
            Finding::problem(check, &error)
        }
    })
    .collect()
}

/// Tries the folder, or the one it would be made in, with a file that leaves no name behind.
fn writable(folder: &Path) -> std::io::Result<()> {
    let there = folder.ancestors().find(|path| path.exists());
    tempfile::tempfile_in(there.unwrap_or(Path::new("."))).map(drop)
}

pub(super) fn store(context: &Context, settings: &Settings) -> Finding {
    const CHECK: &str = "token store";
    if let Some(source) = &settings.token {
        return Finding::skipped(CHECK, format!("{} supplies the token", supplied(source)));
    }
    let tried = || -> Result<String> {
        let place = context.session_handle(settings)?;
        place.self_test(&**context.clock())?;
        Ok(place.describe())
    };
    match tried() {
        Ok(place) => Finding::ok(CHECK, format!("keeps and gives back: {place}")),
        Err(error) => Finding::problem(CHECK, &error),
    }
}

fn supplied(source: &TokenSource) -> String {
    match source {
        TokenSource::Variable(name) => (*name).to_owned(),
        TokenSource::File(path) => format!("the token file {}", path.display()),
    }
}

/// The sign-in, and whether there is a token to ask the API with.
pub(super) fn sign_in(
    context: &Context,
    settings: Settings,
    store: CheckStatus,
) -> (Finding, bool) {
    const CHECK: &str = "sign-in";
    let account = match ProfileStatus::read(context, settings) {
        Ok(account) => account,
        Err(error) => return (Finding::problem(CHECK, &error), false),
    };
    let token = account.is_signed_in();
    if !token && store == CheckStatus::Problem {
        return (Finding::skipped(CHECK, "the token store does not work"), false);
    }
    let fact = account.summary(context);
    let warning = account.warning(context);
    let mfa = account.mfa();
    if let Some((_, error)) = account.into_problem() {
        return (Finding::problem(CHECK, &error), token);
    }
    let mut finding = Finding::ok(CHECK, fact);
    if mfa == Some(false) {
        finding = finding.note("made without a second factor, which Partner Center may refuse");
    }
    if let Some(warning) = warning {
        finding = finding.note(warning);
    }
    (finding, token)
}
