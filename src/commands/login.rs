//! `login`: signs a person in, keeps the sign-in, and tells whether it is good for reading referrals.

use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::access;
use super::profile_status::UNKNOWN_USER;
use crate::api::BaseUrl;
use crate::auth::browser::{self, AuthorizeOptions, SignIn};
use crate::auth::{AUTHORITY, AuthSettings, SCOPE, Session, SessionHandle, device};
use crate::config::{self, Flags, Origin, Setting, Settings, StoreChoice, TokenSource};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Outcome, Result};

/// Where a client id and a tenant come from.
const CHECKLIST: &str = "run `referrals login --help` for how to register the app they come from";

#[derive(Debug, clap::Args)]
#[command(
    after_help = format!("{EXAMPLES}\n\n`referrals login --help` tells how to register the app."),
    after_long_help = format!("{EXAMPLES}\n\n{REGISTRATION}")
)]
#[expect(
    clippy::doc_markdown,
    reason = "the comments are the help, where backticks would be noise"
)]
pub struct Args {
    /// Enter a code on any device instead; policy often forbids it
    #[arg(long)]
    device_code: bool,
    /// Print the address to open and start no browser
    #[arg(long, conflicts_with = "device_code")]
    no_browser: bool,
    /// Sign in to this app registration [variable: REFERRALS_CLIENT_ID]
    #[arg(long, value_name = "ID", help_heading = KEPT)]
    client_id: Option<String>,
    /// Sign in to this tenant, by its id or domain [variable: REFERRALS_TENANT]
    #[arg(long, value_name = "TENANT", help_heading = KEPT)]
    tenant: Option<String>,
    /// Sign in at this address, for national clouds [variable: REFERRALS_AUTHORITY]
    #[arg(long, value_name = "URL", help_heading = KEPT)]
    authority: Option<String>,
    /// Ask for this scope [variable: REFERRALS_SCOPE]
    #[arg(long, value_name = "SCOPE", help_heading = KEPT)]
    scope: Option<String>,
    /// Keep the sign-in in the system's keyring, or in a file only you can read
    #[arg(long, value_name = "STORE", help_heading = KEPT, value_parser = store())]
    store: Option<StoreChoice>,
}

const KEPT: &str = "Kept in the profile";

const EXAMPLES: &str = "Examples:
  referrals login --client-id ID --tenant contoso.com
  referrals login                     again, with what the profile holds
  referrals login --profile fabrikam --device-code
  referrals login --store file        where there is no keyring";

/// What must be there before anybody can sign in (API §5.3).
const REGISTRATION: &str = "\
Before the first sign-in, once for the whole company, an administrator registers
an app in Microsoft Entra (entra.microsoft.com, App registrations):
  1. New registration, in the partner's own tenant; single tenant will do.
  2. Authentication: add the platform \"Mobile and desktop applications\" with
     the redirect address http://localhost
  3. Authentication: set \"Allow public client flows\" to Yes.
  4. API permissions: add one under \"APIs my organization uses\", namely
     Microsoft Partner (4990cffe-04e8-4e8b-808a-1175604b879f), delegated,
     user_impersonation; then grant admin consent. Where several entries bear
     that name, the id decides.
  5. In Partner Center, whoever signs in has the role Referrals admin (sees
     every referral) or Referrals user (those whose team includes them).
The app's overview shows the Application (client) ID for --client-id and the
Directory (tenant) ID for --tenant.";

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        if context.is_demo() {
            return Err(Error::new(ErrorKind::Usage, "the built-in sample API needs no sign-in")
                .hint("leave `--demo` away, or try `referrals pending --demo`"));
        }
        let settings = ask_for_missing(context, context.settings_with(&self.flags(context))?)?;
        let auth = auth_settings(&settings)?;
        BaseUrl::parse(&settings.api_url.value)?;
        let client = context.oauth_client(auth.authority())?;
        let handle = context.session_handle(&settings)?;
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
            let pasted = context.can_prompt().then(|| context.take_input()).flatten();
            browser::sign_in(sign_in, &options, &opener, pasted)?
        };
        handle.save(&session, &*clock)?;
        forget_elsewhere(context, &settings);
        keep_settings(context, &settings)?;
        tell(context, &settings, &session, &handle);
        try_out(context, &settings);
        Ok(Outcome::Done)
    }

    fn flags(&self, context: &Context) -> Flags {
        let Args { device_code: _, no_browser: _, client_id, tenant, authority, scope, store } =
            self;
        Flags {
            client_id: client_id.clone(),
            tenant: tenant.clone(),
            authority: authority.clone(),
            scope: scope.clone(),
            store: *store,
            ..context.flags().clone()
        }
    }
}

fn store() -> impl TypedValueParser<Value = StoreChoice> {
    PossibleValuesParser::new(StoreChoice::ALL.map(|(name, _)| name))
        .try_map(|name| StoreChoice::named(&name).ok_or("no such store"))
}

/// The settings with what is missing asked for; an answer counts as a flag.
///
/// # Errors
/// [`ErrorKind::Usage`] naming the missing flags, where nobody can be asked or nobody answers.
fn ask_for_missing(context: &Context, mut settings: Settings) -> Result<Settings> {
    let wanted = [
        (
            &mut settings.client_id,
            "--client-id",
            "Application (client) ID of the app registration:",
        ),
        (&mut settings.tenant, "--tenant", "Tenant, by its ID or a domain such as contoso.com:"),
    ];
    let mut missing = Vec::new();
    for (setting, flag, question) in wanted {
        if setting.is_some() {
            continue;
        }
        if context.can_prompt() && missing.is_empty() {
            context.ui().info(CHECKLIST);
            if let Some(value) = context.prompt(question)? {
                *setting = Some(Setting { value, origin: Origin::Flag });
                continue;
            }
        }
        missing.push(flag);
    }
    if missing.is_empty() {
        return Ok(settings);
    }
    let message = format!("a first sign-in needs {}", missing.join(" and "));
    Err(Error::new(ErrorKind::Usage, message).hint(CHECKLIST))
}

fn auth_settings(settings: &Settings) -> Result<AuthSettings> {
    let Settings { profile, tenant, client_id, authority, scope, .. } = settings;
    let [authority, tenant, client_id, scope] =
        [(authority, AUTHORITY), (tenant, ""), (client_id, ""), (scope, SCOPE)]
            .map(|(setting, default)| setting.as_ref().map_or(default, |setting| &setting.value));
    AuthSettings::new(&profile.value, authority, tenant, client_id, scope)
}

/// What the sign-in to be replaced calls for, where it was one to the same app.
fn authorize_options(
    context: &Context,
    place: &SessionHandle,
    auth: &AuthSettings,
) -> AuthorizeOptions {
    match place.load() {
        Ok(Some(old)) => {
            let same = old.client_id.eq_ignore_ascii_case(auth.client_id())
                && old.tenant.eq_ignore_ascii_case(auth.tenant())
                && old.authority == auth.authority();
            if same { AuthorizeOptions::replacing(&old) } else { AuthorizeOptions::default() }
        }
        Ok(None) => AuthorizeOptions::default(),
        Err(error) => {
            context.ui().verbose(|| format!("the old sign-in is replaced unread: {error}"));
            AuthorizeOptions::default()
        }
    }
}

/// Forgets the profile's sign-in in the store it was kept in before `--store` named another.
fn forget_elsewhere(context: &Context, settings: &Settings) {
    let forget = || -> Result<Option<String>> {
        let before = context.settings_with(context.flags())?;
        if !before.known || before.store.value == settings.store.value {
            return Ok(None);
        }
        let place = context.session_handle(&before)?;
        Ok(place.delete(&**context.clock())?.then(|| place.describe()))
    };
    match forget() {
        Ok(None) => {}
        Ok(Some(place)) => context.ui().info(&format!("the old sign-in is gone from {place}")),
        Err(error) => context.ui().warn(&format!(
            "an old sign-in may be left in the store used before\n{}",
            error.report()
        )),
    }
}

/// Keeps what was given as a flag or typed, so that the next sign-in needs neither.
fn keep_settings(context: &Context, settings: &Settings) -> Result<()> {
    let text = |key, setting: Option<&Setting<String>>| {
        let given = setting.filter(|setting| setting.origin == Origin::Flag);
        given.map(|setting| (key, setting.value.clone()))
    };
    let store = (settings.store.origin == Origin::Flag)
        .then(|| ("store", settings.store.value.name().to_owned()));
    let changes = [
        text("tenant", settings.tenant.as_ref()),
        text("client_id", settings.client_id.as_ref()),
        store,
        text("api_url", Some(&settings.api_url)),
        text("authority", settings.authority.as_ref()),
        text("scope", settings.scope.as_ref()),
    ];
    let changes: Vec<(&str, String)> = changes.into_iter().flatten().collect();
    if changes.is_empty() {
        return Ok(());
    }
    let file = context.directories()?.file();
    let pairs: Vec<(&str, &str)> =
        changes.iter().map(|(key, value)| (*key, value.as_str())).collect();
    config::save_profile(&file, &settings.profile.value, &pairs)
        .map_err(|error| error.context("signed in, but the settings could not be kept"))?;
    let keys: Vec<&str> = changes.iter().map(|(key, _)| *key).collect();
    context.ui().info(&format!(
        "kept in profile {:?} of {}: {}",
        settings.profile.value,
        file.display(),
        keys.join(", ")
    ));
    Ok(())
}

fn tell(context: &Context, settings: &Settings, session: &Session, place: &SessionHandle) {
    let notes = context.ui();
    let user = session.account.user.as_deref().unwrap_or(UNKNOWN_USER);
    notes.info(&format!(
        "signed in to {} as {user}; the sign-in is kept in {}",
        session.tenant,
        place.describe()
    ));
    if settings.store.value == StoreChoice::File {
        notes.info("nothing but its permissions keeps others from reading that file");
    }
    let profile = &settings.profile;
    if profile.origin == Origin::Flag {
        notes.info(&format!(
            "use it with `--profile {0}`, or put `default_profile = \"{0}\"` on top of the settings",
            profile.value
        ));
    }
}

/// Asks the API once; whatever it says, the sign-in stands.
fn try_out(context: &Context, settings: &Settings) {
    let notes = context.ui();
    let source = match &settings.token {
        Some(TokenSource::Variable(name)) => Some((*name).to_owned()),
        Some(TokenSource::File(path)) => Some(format!("the token file {}", path.display())),
        None => None,
    };
    if let Some(source) = source {
        notes.warn(&format!(
            "the access token from {source} wins over this sign-in as long as it is supplied"
        ));
        return;
    }
    match access::sees_any_referral(context) {
        Ok(true) => notes.info("Partner Center lets this account read referrals"),
        Ok(false) => notes.info(access::NO_REFERRALS_VISIBLE),
        Err(error) => notes.warn(&format!(
            "signed in, but reading referrals does not work yet\n{}",
            error.report()
        )),
    }
}
