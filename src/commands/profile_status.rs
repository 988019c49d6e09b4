//! The state of one profile: its account, where the sign-in is stored, when it expires. Uses the store, not the network.

use jiff::Timestamp;
use referrals_sandbox::DEMO_USER;
use serde_json::{Value, json};

use crate::auth::{Claims, Flow, Session, SessionHandle, sample_session};
use crate::config::{ConfigFile, Flags, SettingKey, Settings};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::services::{self, Services};
use crate::text::escape_control;

/// The width of the labels, in cells.
const LABEL_WIDTH: usize = 15;

/// Shown for an account whose tokens name no user.
pub(super) const UNKNOWN_USER: &str = "unknown user";

pub(super) struct ProfileStatus {
    settings: Settings,
    store_location: String,
    now: Timestamp,
    credential: Credential,
    problem: Option<Error>,
    /// Whether it is made up, for `--demo`.
    is_sample: bool,
}

enum Credential {
    StaticToken {
        source: String,
        claims: Option<Box<Claims>>,
    },
    Session(Box<Session>),
    /// None is stored, or it cannot be read.
    None,
}

impl ProfileStatus {
    /// Reads the credential of the profile these settings are for.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory. A store that fails is reported as the profile's problem.
    pub(super) fn read(services: &Services, settings: Settings) -> Result<ProfileStatus> {
        let now = services.context().now();
        let handle = services.session_handle(&settings)?;
        let (credential, problem) = match services.static_token(&settings) {
            Err(error) => (Credential::None, Some(error)),
            Ok(Some(token)) => {
                let (source, claims) = (token.source().to_owned(), token.claims().map(Box::new));
                let expires_at = claims.as_ref().and_then(|claims| claims.expires_at());
                let problem = expires_at.filter(|at| *at <= now).map(|at| {
                    Error::sign_in(format!("the access token from {source} expired at {at}"))
                        .hint("supply a new one, or remove it and run `referrals login`")
                });
                (Credential::StaticToken { source, claims }, problem)
            }
            Ok(None) => match handle.require() {
                Err(error) => (Credential::None, Some(needs_person(error))),
                Ok(session) => {
                    let problem = find_problem(&session, &settings, now)
                        .or_else(|| find_refresh_problem(services, &handle, &session));
                    (Credential::Session(Box::new(session)), problem)
                }
            },
        };
        let store_location = handle.describe();
        Ok(ProfileStatus { settings, store_location, now, credential, problem, is_sample: false })
    }

    /// What a profile that is signed in looks like, for `--demo`. Neither settings nor stores are read.
    ///
    /// # Errors
    /// None: the defaults of the settings are valid.
    pub(super) fn sample(now: Timestamp) -> Result<ProfileStatus> {
        let no_file = ConfigFile::default();
        let mut settings = Settings::resolve(&Flags::default(), &|_| None, &no_file)?;
        "demo".clone_into(&mut settings.profile.value);
        Ok(ProfileStatus {
            settings,
            store_location: "nowhere: a sample; else the system's keyring or a file".to_owned(),
            now,
            credential: Credential::Session(Box::new(sample_session(DEMO_USER, now))),
            problem: None,
            is_sample: true,
        })
    }

    /// The profile's name and why a sign-in is required, if it is.
    pub(super) fn into_problem(self) -> Option<(String, Error)> {
        let name = self.settings.profile.value;
        self.problem.map(|error| (name, error))
    }

    /// Whether there is a token to send, good or not.
    pub(super) fn is_signed_in(&self) -> bool {
        !matches!(self.credential, Credential::None)
    }

    /// Whether the token says that multi-factor authentication was used; `None` when it does not say.
    pub(super) fn mfa(&self) -> Option<bool> {
        match &self.credential {
            Credential::StaticToken { claims, .. } => claims.as_ref()?.mfa(),
            Credential::Session(session) => session.account.mfa,
            Credential::None => None,
        }
    }

    /// The credential in one line without a user name.
    pub(super) fn summary(&self, context: &Context) -> String {
        match &self.credential {
            Credential::StaticToken { source, .. } => format!("access token from {source}"),
            Credential::Session(session) => {
                let user = session.account.user.as_deref().unwrap_or_default();
                let domain =
                    user.rsplit_once('@').map_or("an unknown domain", |(_, domain)| domain);
                let expires_at = format_time(session.session_expires_at(), context);
                format!("account of {domain} in tenant {}, expires {expires_at}", session.tenant)
            }
            Credential::None => "not signed in".to_owned(),
        }
    }

    /// A warning from a week before the sign-in expires.
    pub(super) fn warning(&self, context: &Context) -> Option<String> {
        let Credential::Session(session) = &self.credential else { return None };
        if self.problem.is_some() || !session.expires_soon(self.now) {
            return None;
        }
        let profile = &self.settings.profile.value;
        let expires_at = format_time(session.session_expires_at(), context);
        Some(match session.refresh_token() {
            Some(_) => format!(
                "the sign-in of profile {profile:?} expires on {expires_at} unless it is used before; \
                 run `referrals pending` to use it"
            ),
            None => {
                format!(
                    "the sign-in of profile {profile:?} cannot be refreshed and expires on {expires_at}"
                )
            }
        })
    }

    pub(super) fn text(&self, context: &Context) -> String {
        let mut lines = Vec::new();
        if self.is_sample {
            lines.push(("demo", "a sample account; nobody is signed in by it".to_owned()));
        }
        lines.push(("profile", self.settings.profile.value.clone()));
        match &self.credential {
            Credential::StaticToken { source, claims } => {
                let how = format!("with the access token from {source}; no stored sign-in is used");
                lines.push(("signed in", how));
                lines.extend(token_lines(claims.as_deref(), context));
            }
            Credential::Session(session) => {
                lines.extend(session_lines(session, &self.store_location, context));
            }
            Credential::None => {
                lines.push(("signed in", "no".to_owned()));
                lines.push(("store", self.store_location.clone()));
            }
        }
        lines.push(("API", self.settings.api_url().to_owned()));
        if let Some(error) = &self.problem {
            lines.push(("problem", error.message().to_owned()));
        }
        let lines = lines
            .iter()
            .map(|(label, value)| format!("{label:LABEL_WIDTH$}{}\n", escape_control(value)));
        lines.collect()
    }

    /// Times are RFC 3339 in UTC, unknown values null.
    pub(super) fn json(&self) -> Value {
        let settings = &self.settings;
        let (source, session, claims) = match &self.credential {
            Credential::None => (None, None, None),
            Credential::StaticToken { source, claims } => {
                (Some(source.as_str()), None, claims.as_deref())
            }
            Credential::Session(session) => {
                let source = if self.is_sample { "demo" } else { "session" };
                (Some(source), Some(&**session), None)
            }
        };
        let account = session.map(|session| &session.account);
        let user = account.map_or(claims.and_then(Claims::user), |account| account.user.as_deref());
        let tenant_id = account.map_or(claims.map(|claims| &claims.tid), |a| Some(&a.tenant_id));
        let chosen = |key, of_session: fn(&Session) -> &str| {
            session.map_or(settings.chosen(key), |session| Some(of_session(session)))
        };
        let access_expires_at = match session {
            Some(session) => session.access_token().map(|_| session.access_expires_at),
            None => claims.and_then(Claims::expires_at),
        };
        json!({
            "profile": settings.profile.value,
            "signedIn": self.is_signed_in(),
            "reauthRequired": self.problem.as_ref().map(Error::message),
            "source": source,
            "user": user,
            "tenant": chosen(SettingKey::Tenant, |session| &session.tenant),
            "tenantId": tenant_id,
            "clientId": chosen(SettingKey::ClientId, |session| &session.client_id),
            "authority": chosen(SettingKey::Authority, |session| &session.authority),
            "apiUrl": settings.api_url(),
            "store": settings.store().name(),
            "storeLocation": self.store_location,
            "flow": session.map(|session| session.flow),
            "signedInAt": session.map(|session| session.signed_in),
            "accessTokenExpiresAt": access_expires_at,
            "sessionExpiresAt": session.map(Session::session_expires_at),
            "expiresSoon": session.map(|session| session.expires_soon(self.now)),
            "mfa": self.mfa(),
        })
    }
}

/// Why the session cannot be used without a sign-in, if so.
fn find_problem(session: &Session, settings: &Settings, now: Timestamp) -> Option<Error> {
    let profile = &settings.profile.value;
    if let Some(reason) = session.reauth_reason(now) {
        let message = format!("{reason} (profile {profile:?})");
        return Some(Error::sign_in(message).hint("run `referrals login`"));
    }
    services::expected_session(settings).check(session, profile).err()
}

/// Why the session could not be refreshed although it is good, if so: the next run would need it.
fn find_refresh_problem(
    services: &Services,
    handle: &SessionHandle,
    session: &Session,
) -> Option<Error> {
    session.refresh_token()?;
    let error = handle.prove_refresh(session, &**services.context().clock()).err()?;
    Some(needs_person(error.context("the sign-in cannot be refreshed")))
}

/// A store that fails needs a person, as a missing sign-in does; a lock that is held, only time.
fn needs_person(error: Error) -> Error {
    if error.kind() == ErrorKind::Unavailable { error } else { error.with_kind(ErrorKind::SignIn) }
}

fn session_lines(
    session: &Session,
    store_location: &str,
    context: &Context,
) -> Vec<(&'static str, String)> {
    let account = &session.account;
    let tenant = match &account.tenant_id {
        Some(id) if *id != session.tenant => format!("{} ({id})", session.tenant),
        _ => session.tenant.clone(),
    };
    let flow = match session.flow {
        Flow::Browser => "in a browser",
        Flow::Device => "with a device code",
    };
    let can_refresh = session.refresh_token().is_some();
    let access_expires_at = format_time(session.access_expires_at, context);
    let access_token = if session.access_token().is_none() {
        "none".to_owned()
    } else if session.valid_token(context.now()).is_none() {
        format!("expired {access_expires_at}")
    } else {
        format!("expires {access_expires_at}")
    };
    let refreshed = if can_refresh { ", refreshed automatically" } else { "" };
    let unless = if can_refresh { ", unless used before" } else { "" };
    vec![
        ("signed in", account.user.clone().unwrap_or_else(|| UNKNOWN_USER.to_owned())),
        ("tenant", tenant),
        ("app", session.client_id.clone()),
        ("since", format!("{}, {flow}", format_time(session.signed_in, context))),
        ("stored in", store_location.to_owned()),
        ("access token", format!("{access_token}{refreshed}")),
        ("expires", format!("{}{unless}", format_time(session.session_expires_at(), context))),
        ("MFA", mfa_text(account.mfa)),
    ]
}

/// What a token says about itself; shown, never relied on (API §5.6).
fn token_lines(claims: Option<&Claims>, context: &Context) -> Vec<(&'static str, String)> {
    let Some(claims) = claims else {
        return vec![("account", "not stated in the token".to_owned())];
    };
    let mut lines = Vec::new();
    lines.extend(claims.user().map(|user| ("account", user.to_owned())));
    lines.extend(claims.tid.clone().map(|tenant| ("tenant", tenant)));
    lines.extend(claims.expires_at().map(|at| ("expires", format_time(at, context))));
    lines.push(("MFA", mfa_text(claims.mfa())));
    lines
}

fn mfa_text(mfa: Option<bool>) -> String {
    match mfa {
        Some(true) => "yes",
        Some(false) => "no; Partner Center may refuse the token (run `referrals login`)",
        None => "not stated in the token",
    }
    .to_owned()
}

/// `time` in the user's zone.
pub(super) fn format_time(time: Timestamp, context: &Context) -> String {
    time.to_zoned(context.zone().clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}
