//! How one profile stands: whose sign-in it has, where, until when. Reads the store and asks nobody.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::auth::{Claims, Flow, Session};
use crate::config::{Setting, Settings};
use crate::context::{self, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::text::escape_control;

/// How wide the names before the facts are, in cells.
const NAME_WIDTH: usize = 15;

/// A profile and what it would send the API.
pub(super) struct ProfileStatus {
    settings: Settings,
    place: String,
    now: Timestamp,
    credential: Credential,
    problem: Option<Error>,
}

enum Credential {
    /// A ready token, with what it says of its owner.
    StaticToken {
        from: String,
        claims: Option<Box<Claims>>,
    },
    Session(Box<Session>),
    /// Nothing, or nothing that can be read.
    None,
}

impl ProfileStatus {
    /// How the profile of these settings stands.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] without a home folder; a store that fails is part of how it stands.
    pub(super) fn of(context: &Context, settings: Settings) -> Result<ProfileStatus> {
        let now = context.now();
        let place = context.session_handle(&settings)?;
        let (source, trouble) = match context.static_token(&settings) {
            Err(error) => (Credential::None, Some(error)),
            Ok(Some(given)) => {
                let (from, claims) = (given.source().to_owned(), given.claims().map(Box::new));
                let ended = claims
                    .as_ref()
                    .and_then(|claims| claims.expires_at())
                    .filter(|ends| *ends <= now);
                let trouble = ended.map(|ends| {
                    Error::new(
                        ErrorKind::SignIn,
                        format!("the access token from {from} ended at {ends}"),
                    )
                    .hint("supply a new one, or none and run `referrals login`")
                });
                (Credential::StaticToken { from, claims }, trouble)
            }
            Ok(None) => match place.require() {
                Err(error) => (Credential::None, Some(error)),
                Ok(session) => {
                    let trouble = find_problem(&session, &settings, now);
                    (Credential::Session(Box::new(session)), trouble)
                }
            },
        };
        Ok(ProfileStatus {
            settings,
            place: place.describe(),
            now,
            credential: source,
            problem: trouble,
        })
    }

    /// The profile's name and why its next run would need a person, where it would.
    pub(super) fn into_problem(self) -> Option<(String, Error)> {
        let name = self.settings.profile.value;
        self.problem.map(|error| (name, error))
    }

    /// Whether there is a token to send, good or not.
    pub(super) fn is_signed_in(&self) -> bool {
        !matches!(self.credential, Credential::None)
    }

    /// Whether the token says that a second factor was used.
    pub(super) fn mfa(&self) -> Option<bool> {
        match &self.credential {
            Credential::StaticToken { claims, .. } => {
                claims.as_ref().and_then(|claims| claims.mfa())
            }
            Credential::Session(session) => session.account.mfa,
            Credential::None => None,
        }
    }

    /// One line that names no person.
    pub(super) fn summary(&self, context: &Context) -> String {
        match &self.credential {
            Credential::StaticToken { from, .. } => format!("the access token from {from}"),
            Credential::Session(session) => {
                let user = session.account.user.as_deref().unwrap_or_default();
                let domain =
                    user.rsplit_once('@').map_or("an unnamed domain", |(_, domain)| domain);
                let end = format_time(session.session_expires_at(), context);
                format!("an account of {domain} in tenant {}, until {end}", session.tenant)
            }
            Credential::None => "nobody is signed in".to_owned(),
        }
    }

    /// What a person should know a week ahead.
    pub(super) fn warning(&self, context: &Context) -> Option<String> {
        let Credential::Session(session) = &self.credential else { return None };
        if self.problem.is_some() || !session.expires_soon(self.now) {
            return None;
        }
        let profile = &self.settings.profile.value;
        let lapses = format_time(session.session_expires_at(), context);
        Some(match session.refresh_token() {
            Some(_) => format!(
                "the sign-in of profile {profile:?} ends on {lapses} unless it is used before; \
                 `referrals pending` uses it"
            ),
            None => {
                format!("the sign-in of profile {profile:?} cannot be renewed and ends on {lapses}")
            }
        })
    }

    /// The facts as lines for people.
    pub(super) fn text(&self, context: &Context) -> String {
        let mut facts = vec![("profile", self.settings.profile.value.clone())];
        match &self.credential {
            Credential::StaticToken { from, claims } => {
                facts.push((
                    "signed in",
                    format!("by the access token from {from}; no sign-in is read"),
                ));
                facts.extend(token_facts(claims.as_deref(), context));
            }
            Credential::Session(session) => {
                facts.extend(session_facts(session, &self.place, context));
            }
            Credential::None => {
                facts.push(("signed in", "no".to_owned()));
                facts.push(("looked for in", self.place.clone()));
            }
        }
        facts.push(("API", self.settings.api_url.value.clone()));
        if let Some(error) = &self.problem {
            facts.push(("needs you", error.message().to_owned()));
        }
        let lines = facts
            .iter()
            .map(|(name, fact)| format!("{name:NAME_WIDTH$}{}\n", escape_control(fact)));
        lines.collect()
    }

    /// The same for machines; a time is in UTC (RFC 3339), what is not known is null.
    pub(super) fn json(&self) -> Value {
        let Settings { profile, tenant, client_id, store, api_url, authority, .. } = &self.settings;
        let value = |setting: &Option<Setting<String>>| {
            setting.as_ref().map(|setting| setting.value.clone())
        };
        let mut json = json!({
            "profile": profile.value,
            "signedIn": !matches!(self.credential, Credential::None),
            "needsPerson": self.problem.as_ref().map(Error::message),
            "source": null,
            "user": null,
            "tenant": value(tenant),
            "tenantId": null,
            "clientId": value(client_id),
            "authority": value(authority),
            "apiUrl": api_url.value,
            "store": store.value.name(),
            "place": self.place,
            "flow": null,
            "signedInAt": null,
            "accessTokenEnds": null,
            "signInEnds": null,
            "endsSoon": null,
            "mfa": null,
        });
        match &self.credential {
            Credential::None => {}
            Credential::StaticToken { from, claims } => {
                let claims = claims.clone().unwrap_or_default();
                json["source"] = json!(from);
                json["user"] = json!(claims.user());
                json["tenantId"] = json!(claims.tid);
                json["accessTokenEnds"] = json!(claims.expires_at());
                json["mfa"] = json!(claims.mfa());
            }
            Credential::Session(session) => {
                json["source"] = json!("session");
                json["user"] = json!(session.account.user);
                json["tenant"] = json!(session.tenant);
                json["tenantId"] = json!(session.account.tenant_id);
                json["clientId"] = json!(session.client_id);
                json["authority"] = json!(session.authority);
                json["flow"] = json!(session.flow);
                json["signedInAt"] = json!(session.signed_in);
                json["accessTokenEnds"] =
                    json!(session.access_token().map(|_| session.access_expires_at));
                json["signInEnds"] = json!(session.session_expires_at());
                json["endsSoon"] = json!(session.expires_soon(self.now));
                json["mfa"] = json!(session.account.mfa);
            }
        }
        json
    }
}

/// Why the next run would need a person.
fn find_problem(session: &Session, settings: &Settings, now: Timestamp) -> Option<Error> {
    let profile = &settings.profile.value;
    if let Some(reason) = session.reauth_reason(now) {
        let message = format!("{reason} (profile {profile:?})");
        return Some(Error::new(ErrorKind::SignIn, message).hint("run `referrals login`"));
    }
    context::expected_session(settings).check(session, profile).err()
}

fn session_facts(session: &Session, place: &str, context: &Context) -> Vec<(&'static str, String)> {
    let account = &session.account;
    let tenant = match &account.tenant_id {
        Some(id) if *id != session.tenant => format!("{} ({id})", session.tenant),
        _ => session.tenant.clone(),
    };
    let flow = match session.flow {
        Flow::Browser => "in a browser",
        Flow::Device => "with a device code",
    };
    let unknown = || "somebody the token does not name".to_owned();
    let mut facts = vec![
        ("signed in", account.user.clone().unwrap_or_else(unknown)),
        ("tenant", tenant),
        ("app", session.client_id.clone()),
        ("since", format!("{}, {flow}", format_time(session.signed_in, context))),
        ("kept in", place.to_owned()),
    ];
    let token = if session.access_token().is_none() {
        "none".to_owned()
    } else if session.valid_token(context.now()).is_none() {
        format!("ended {}", format_time(session.access_expires_at, context))
    } else {
        format!("until {}", format_time(session.access_expires_at, context))
    };
    let renewed = if session.refresh_token().is_some() { ", renewed by itself" } else { "" };
    facts.push(("access token", format!("{token}{renewed}")));
    let unless = if session.refresh_token().is_some() { ", unless it is used before" } else { "" };
    facts.push(("ends", format!("{}{unless}", format_time(session.session_expires_at(), context))));
    facts.push(("second factor", second_factor(account.mfa)));
    facts
}

/// What a token says of itself; shown and never relied on (API §5.6).
fn token_facts(claims: Option<&Claims>, context: &Context) -> Vec<(&'static str, String)> {
    let Some(claims) = claims else {
        return vec![("owner", "the token does not say".to_owned())];
    };
    let mut facts = Vec::new();
    facts.extend(claims.user().map(|user| ("owner", user.to_owned())));
    facts.extend(claims.tid.clone().map(|tenant| ("tenant", tenant)));
    facts.extend(claims.expires_at().map(|ends| ("ends", format_time(ends, context))));
    facts.push(("second factor", second_factor(claims.mfa())));
    facts
}

fn second_factor(mfa: Option<bool>) -> String {
    match mfa {
        Some(true) => "yes",
        Some(false) => "no; Partner Center may refuse the token (`referrals login` asks afresh)",
        None => "the token does not say",
    }
    .to_owned()
}

/// A moment in the zone of whoever reads.
pub(super) fn format_time(time: Timestamp, context: &Context) -> String {
    time.to_zoned(context.zone().clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}
