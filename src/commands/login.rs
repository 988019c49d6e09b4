//! `login`: signs in, stores the session and the settings, and checks that the account can read referrals.

use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::access;
use super::profile_status::UNKNOWN_USER;
use crate::api::BaseUrl;
use crate::auth::{
    AuthSettings, AuthorizeOptions, Session, SessionHandle, SignIn, browser, device,
};
use crate::config::{self, Flags, Origin, SettingKey, Settings, StoreChoice};
use crate::context::Context;
use crate::error::{Error, Outcome, Result};
use crate::services::Services;
use crate::text::show_path;

/// The hint for a missing client id or tenant.
const REGISTRATION_HINT: &str = "run `referrals login --help` for how to register the app";

#[derive(Debug, clap::Args)]
#[command(
    after_help = format!("{EXAMPLES}\n\nSee `referrals login --help` for how to register the app."),
    after_long_help = format!("{EXAMPLES}\n\n{REGISTRATION}")
)]
#[expect(
    clippy::doc_markdown,
    reason = "the comments are the help, where backticks would be noise"
)]
pub struct Args {
    /// Sign in with a code entered on another device; often blocked by policy
    #[arg(long)]
    device_code: bool,
    /// Print the sign-in URL instead of opening a browser
    #[arg(long, conflicts_with = "device_code")]
    no_browser: bool,
    /// Use the app registration with this client ID [env: REFERRALS_CLIENT_ID]
    #[arg(long, value_name = "ID", help_heading = SAVED)]
    client_id: Option<String>,
    /// Sign in to this tenant, an ID or a domain [env: REFERRALS_TENANT]
    #[arg(long, value_name = "TENANT", help_heading = SAVED)]
    tenant: Option<String>,
    /// Sign in at this URL, for national clouds [env: REFERRALS_AUTHORITY]
    #[arg(long, value_name = "URL", help_heading = SAVED)]
    authority: Option<String>,
    /// Request this scope [env: REFERRALS_SCOPE]
    #[arg(long, value_name = "SCOPE", help_heading = SAVED)]
    scope: Option<String>,
    /// Store the sign-in here; a file only you can read, or the system's keyring [env: REFERRALS_STORE]
    #[arg(long, value_name = "STORE", help_heading = SAVED, value_parser = store())]
    store: Option<StoreChoice>,
}

const SAVED: &str = "Saved in the profile";

const EXAMPLES: &str = "Examples:
  referrals login --client-id ID --tenant contoso.com
  referrals login                     again, with the saved settings
  referrals login --profile fabrikam --device-code
  referrals login --store file        where there is no keyring";

/// How to register the app (API §5.3).
const REGISTRATION: &str = "\
Before the first sign-in, an administrator registers an app in Microsoft Entra,
once for the whole company (entra.microsoft.com, App registrations):
  1. New registration, in the partner's own tenant; single tenant is enough.
  2. Authentication: add the platform \"Mobile and desktop applications\" with
     the redirect address http://localhost
  3. Authentication: set \"Allow public client flows\" to Yes.
  4. API permissions: under \"APIs my organization uses\", add Microsoft Partner
     (4990cffe-04e8-4e8b-808a-1175604b879f), delegated, user_impersonation;
     then grant admin consent. If several entries have that name, compare the
     ID.
  5. In Partner Center, give each user the role Referrals admin (sees every
     referral) or Referrals user (sees those whose team includes them).
The app's overview shows the Application (client) ID for --client-id and the
Directory (tenant) ID for --tenant.";

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        if context.is_demo() {
            return Err(Error::usage("the sample API needs no sign-in")
                .hint("remove `--demo`, or try `referrals pending --demo`"));
        }
        let settings = prompt_for_missing(context, services.settings_with(&self.flags(context))?)?;
        let auth = auth_settings(&settings)?;
        BaseUrl::parse(settings.api_url())?;
        let client = services.oauth_client(auth.authority())?;
        let handle = services.session_handle(&settings)?;
        let previous = previous_session(services, &settings)?;
        // Whatever will be written is proved to be writable before anybody signs in.
        prove_settings(services, &settings)?;
        handle.self_test(&**context.clock())?;

        let options = authorize_options(context, &handle, &auth);
        let clock = Arc::clone(context.clock());
        let sign_in = SignIn { settings: &auth, client: &client, clock: &*clock, ui: context.ui() };
        let session = if self.device_code {
            device::sign_in(sign_in, &options)?
        } else {
            let opener = |address: &str| {
                if self.no_browser { Ok(()) } else { context.open_browser(address) }
            };
            let input = context.can_prompt().then(|| context.take_input());
            browser::sign_in(sign_in, &options, &opener, input)?
        };
        // Without its settings no command would find the session.
        save_settings(services, &settings)?;
        handle.save(&session, &*clock)?;
        if let Some(previous) = previous {
            delete_previous(context, &previous);
        }
        print_summary(context, &settings, &session, &handle);
        check_access(services, &settings);
        Ok(Outcome::Done)
    }

    fn flags(&self, context: &Context) -> Flags {
        let Args { device_code: _, no_browser: _, client_id, tenant, authority, scope, store } =
            self;
        let mut flags = context.flags().clone();
        flags.extend([
            (SettingKey::ClientId, client_id.as_deref()),
            (SettingKey::Tenant, tenant.as_deref()),
            (SettingKey::Authority, authority.as_deref()),
            (SettingKey::Scope, scope.as_deref()),
            (SettingKey::Store, store.map(StoreChoice::name)),
        ]);
        flags
    }
}

fn store() -> impl TypedValueParser<Value = StoreChoice> {
    PossibleValuesParser::new(StoreChoice::NAMES).try_map(|name| name.parse::<StoreChoice>())
}

/// Prompts for the client id and the tenant where they are not set; an answer counts as a flag.
///
/// # Errors
/// `ErrorKind::Usage` naming the missing flags, when there is no terminal or no answer.
fn prompt_for_missing(context: &Context, mut settings: Settings) -> Result<Settings> {
    let required = [
        (SettingKey::ClientId, "--client-id", "Application (client) ID of the app registration:"),
        (SettingKey::Tenant, "--tenant", "Tenant, by its ID or a domain such as contoso.com:"),
    ];
    let mut missing = Vec::new();
    for (key, flag, question) in required {
        if settings.get(key).is_some() {
            continue;
        }
        if context.can_prompt() && missing.is_empty() {
            context.ui().info(REGISTRATION_HINT);
            if let Some(value) = context.prompt(question)? {
                settings.set_as_flag(key, value);
                continue;
            }
        }
        missing.push(flag);
    }
    if missing.is_empty() {
        return Ok(settings);
    }
    let message = format!("the first sign-in needs {}", missing.join(" and "));
    Err(Error::usage(message).hint(REGISTRATION_HINT))
}

fn auth_settings(settings: &Settings) -> Result<AuthSettings> {
    let keys = [SettingKey::Authority, SettingKey::Tenant, SettingKey::ClientId, SettingKey::Scope];
    let [authority, tenant, client_id, scope] =
        keys.map(|key| settings.value(key).unwrap_or_default());
    AuthSettings::new(&settings.profile.value, authority, tenant, client_id, scope)
}

/// The options that the session to be replaced asks for, if it belongs to the same app and tenant.
fn authorize_options(
    context: &Context,
    handle: &SessionHandle,
    auth: &AuthSettings,
) -> AuthorizeOptions {
    let old = handle.load().unwrap_or_else(|error| {
        context.ui().verbose(|| format!("cannot read the old sign-in, replacing it: {error}"));
        None
    });
    let old = old.filter(|old| {
        old.client_id.eq_ignore_ascii_case(&auth.client_id)
            && old.tenant.eq_ignore_ascii_case(&auth.tenant)
            && old.authority == auth.authority()
    });
    old.as_ref().map(AuthorizeOptions::replacing).unwrap_or_default()
}

/// The profile's session in the store that was configured before `--store` changed it.
fn previous_session(services: &Services, settings: &Settings) -> Result<Option<SessionHandle>> {
    // Not `services.settings()`: it is cached, and must first be read after the settings are saved.
    let previous = services.settings_with(services.context().flags())?;
    if !previous.known || previous.store() == settings.store() {
        return Ok(None);
    }
    services.session_handle(&previous).map(Some)
}

/// Deletes the session that was replaced by one in another store. A store that cannot be read holds none, as far as
/// anybody can tell: often there is no keyring, which is why the store was changed.
fn delete_previous(context: &Context, previous: &SessionHandle) {
    let (ui, location) = (context.ui(), previous.describe());
    let exists = matches!(previous.load(), Ok(Some(_)));
    match previous.delete(&**context.clock()) {
        Ok(false) => {}
        Ok(true) => ui.info(&format!("removed the old sign-in from {location}")),
        Err(error) if exists => {
            ui.warn(&format!("the old sign-in is still in {location}\n{}", error.report()));
        }
        Err(error) => ui.verbose(|| format!("no old sign-in in {location}: {error}")),
    }
}

/// The settings to save, for the next sign-in: those that came from flags and prompts.
fn settings_to_save(settings: &Settings) -> Vec<(SettingKey, &str)> {
    settings.flag_values().collect()
}

fn prove_settings(services: &Services, settings: &Settings) -> Result<()> {
    let changes = settings_to_save(settings);
    if changes.is_empty() && !settings.lacks_profile() {
        return Ok(());
    }
    let file = services.directories()?.settings_file();
    config::prove_saving(&file, &settings.profile.value, &changes)
}

fn save_settings(services: &Services, settings: &Settings) -> Result<()> {
    let changes = settings_to_save(settings);
    // A profile that is named must exist from now on, even if everything is set by variables.
    if changes.is_empty() && !settings.lacks_profile() {
        return Ok(());
    }
    let file = services.directories()?.settings_file();
    services.context().prepare_for_files();
    config::save_profile(&file, &settings.profile.value, &changes)
        .map_err(|error| error.context("cannot keep the sign-in without its settings"))?;
    let keys: Vec<&str> = changes.iter().map(|(key, _)| key.name()).collect();
    let (profile, file) = (&settings.profile.value, show_path(&file));
    services.context().ui().info(&match &keys[..] {
        [] => format!("created profile {profile:?} in {file}"),
        keys => format!("saved in profile {profile:?} of {file}: {}", keys.join(", ")),
    });
    Ok(())
}

fn print_summary(
    context: &Context,
    settings: &Settings,
    session: &Session,
    handle: &SessionHandle,
) {
    let ui = context.ui();
    let user = session.account.user.as_deref().unwrap_or(UNKNOWN_USER);
    ui.info(&format!(
        "signed in to {} as {user}; the sign-in is stored in {}",
        session.tenant,
        handle.describe()
    ));
    if settings.store() == StoreChoice::File {
        ui.info("the file is not encrypted; only its permissions protect it");
    }
    let profile = &settings.profile;
    if profile.origin == Origin::Flag {
        ui.info(&format!(
            "use it with `--profile {0}`, or set `default_profile = \"{0}\"` at the top of the settings file",
            profile.value
        ));
    }
}

/// Sends one request to the API. A failure is only a warning: the sign-in has succeeded.
fn check_access(services: &Services, settings: &Settings) {
    let ui = services.context().ui();
    if let Some(source) = &settings.token {
        ui.warn(&format!("the access token from {source} overrides this sign-in while it is set"));
        return;
    }
    match access::sees_any_referral(services) {
        Ok(true) => ui.info("this account can read referrals"),
        Ok(false) => ui.info(access::NO_REFERRALS_VISIBLE),
        Err(error) => {
            ui.warn(&format!("signed in, but reading referrals fails\n{}", error.report()));
        }
    }
}
