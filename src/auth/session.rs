//! A sign-in as it is kept: its tokens, how long they last, whose they are.
//! Talks to nobody; `refresh` renews it, a `SecretStore` keeps it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::claims::Claims;
use super::store::SecretStore;
use super::token::Secret;
use crate::error::{Error, ErrorKind, Result};

/// A refresh token ends when it is not used for this long (API §5.4).
const REFRESH_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long before that a person is warned.
const EXPIRY_WARNING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Long enough for a slow listing to finish with the token it started with.
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The form written by this version; a later one may add fields without a new number.
const VERSION: u32 = 1;

/// How a person signed in. A session born from a device code can be ended by policy (API §5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// In a browser on this machine, or with its address pasted back.
    Browser,
    /// With a code entered elsewhere.
    Device,
}

/// Whose session it is, for people to read only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The sign-in name, else what the identity provider calls the user.
    pub user: Option<String>,
    /// The id of the tenant that issued the tokens.
    pub tenant_id: Option<String>,
    /// Whether the access token says that a second factor was used; `None` where it does not say.
    pub mfa: Option<bool>,
}

/// Why only a person can bring this session back to life, and what the next sign-in must pass on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReauthRequired {
    /// The reason in plain words.
    pub reason: String,
    /// A claims challenge to hand to the authorize request (API §5.4).
    #[serde(default)]
    pub claims: Option<String>,
    /// Whether the person must prove who they are afresh (`prompt=login`), as after code 900421 (API §5.6).
    #[serde(default, rename = "afresh")]
    pub force_prompt: bool,
}

/// A sign-in: what the store keeps for one profile. Written by anything but `save` it lacks its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    #[serde(skip)]
    access: Option<Secret>,
    #[serde(skip)]
    refresh: Option<Secret>,
    /// When the access token ends.
    #[serde(rename = "expires")]
    pub access_expires_at: Timestamp,
    /// When the person signed in.
    pub signed_in: Timestamp,
    /// When the refresh token was last exchanged for a new one.
    pub refreshed: Timestamp,
    /// What was asked for, with spaces between.
    pub scope: String,
    /// The app registration the refresh token is bound to.
    pub client_id: String,
    /// The tenant as it was set when signing in.
    pub tenant: String,
    /// The authority that issued the tokens and renews them.
    pub authority: String,
    /// Whose session it is.
    #[serde(default)]
    pub account: Account,
    /// How the person signed in.
    pub flow: Flow,
    /// Set once only a person can help.
    #[serde(default, rename = "pending")]
    pub reauth: Option<ReauthRequired>,
}

/// What an identity provider grant: the part of a token answer that is kept.
#[derive(Debug)]
pub(super) struct TokenGrant {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    pub(super) expires_in: SignedDuration,
    pub(super) id_token: Option<Claims>,
}

/// Who asked for it and how: the part of a new session that does not come with the tokens.
#[derive(Clone, Debug)]
pub(super) struct SignInParams {
    pub(super) scope: String,
    pub(super) client_id: String,
    pub(super) tenant: String,
    pub(super) authority: String,
    pub(super) flow: Flow,
}

impl Session {
    pub(super) fn begin(grant: TokenGrant, origin: SignInParams, now: Timestamp) -> Session {
        let mut session = Session {
            access: None,
            refresh: None,
            access_expires_at: now,
            signed_in: now,
            refreshed: now,
            scope: origin.scope,
            client_id: origin.client_id,
            tenant: origin.tenant,
            authority: origin.authority,
            account: Account::default(),
            flow: origin.flow,
            reauth: None,
        };
        session.apply_grant(grant, now);
        session
    }

    /// Takes over a fresh grant. The newest refresh token is the one to keep; an answer without
    /// one leaves the old in force (RFC 6749 §6).
    pub(super) fn apply_grant(&mut self, grant: TokenGrant, now: Timestamp) {
        let told = Claims::parse(grant.access.expose());
        let account = |pick: fn(&Claims) -> Option<String>| {
            [&grant.id_token, &told].into_iter().find_map(|claims| claims.as_ref().and_then(pick))
        };
        let user = account(|claims| claims.user().map(str::to_owned));
        let tenant_id = account(|claims| claims.tid.clone());
        self.account = Account {
            user: user.or(self.account.user.take()),
            tenant_id: tenant_id.or(self.account.tenant_id.take()),
            mfa: told.as_ref().and_then(Claims::mfa),
        };
        self.access_expires_at = now.saturating_add(grant.expires_in).unwrap_or(Timestamp::MAX);
        self.access = Some(grant.access);
        self.refresh = grant.refresh.or(self.refresh.take());
        self.refreshed = now;
        self.reauth = None;
    }

    /// Notes that only a person can help. With `gone`, the identity provider has ended the
    /// session for good and its tokens are dropped; otherwise they stay, for they may work again.
    pub(super) fn require_reauth(&mut self, pending: ReauthRequired, gone: bool) {
        self.reauth = Some(pending);
        if gone {
            self.access = None;
            self.refresh = None;
        }
    }

    /// The access token, if it is good for some minutes yet.
    pub fn fresh_token(&self, now: Timestamp) -> Option<&Secret> {
        // Half the life of a token that lasts minutes only, or it would never be fresh.
        let margin = REFRESH_MARGIN.min(self.access_expires_at.duration_since(self.refreshed) / 2);
        self.token_valid_at(now.saturating_add(margin).unwrap_or(Timestamp::MAX))
    }

    /// The access token, if it has not ended.
    pub fn valid_token(&self, now: Timestamp) -> Option<&Secret> {
        self.token_valid_at(now)
    }

    /// The access token, ended or not; what a refusal is compared with.
    pub fn access_token(&self) -> Option<&Secret> {
        self.access.as_ref()
    }

    /// What renews the access token, unless the identity provider gave none or ended it.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh.as_ref()
    }

    /// When the session will end if it is not used before: 90 days after the last renewal
    /// (API §5.4), or with the access token where nothing can renew that.
    pub fn session_expires_at(&self) -> Timestamp {
        match self.refresh {
            Some(_) => {
                self.refreshed.saturating_add(REFRESH_TOKEN_LIFETIME).unwrap_or(Timestamp::MAX)
            }
            None => self.access_expires_at,
        }
    }

    /// Whether the session ends within a week unless it is used.
    pub fn expires_soon(&self, now: Timestamp) -> bool {
        now >= self.session_expires_at().saturating_sub(EXPIRY_WARNING).unwrap_or(Timestamp::MIN)
    }

    /// Why the next run would need a person, or `None` where it can do without.
    pub fn reauth_reason(&self, now: Timestamp) -> Option<String> {
        if let Some(pending) = &self.reauth {
            return Some(pending.reason.clone());
        }
        if now >= self.session_expires_at() {
            return Some(match self.refresh {
                Some(_) => "the sign-in was not used for 90 days".to_owned(),
                None => "the access token has ended and nothing was given to renew it".to_owned(),
            });
        }
        None
    }

    /// The session of `profile`, or `None` where nobody has signed in. One that cannot be
    /// read is a [`ErrorKind::SignIn`] error.
    pub fn load(store: &dyn SecretStore, profile: &str) -> Result<Option<Session>> {
        store.load(profile)?.map(|bytes| Session::from_bytes(&bytes, profile)).transpose()
    }

    /// Puts the session into the store in place of the profile's old one.
    pub fn save(&self, store: &dyn SecretStore, profile: &str) -> Result<()> {
        store.save(profile, &self.to_bytes())
    }

    fn token_valid_at(&self, time: Timestamp) -> Option<&Secret> {
        self.access.as_ref().filter(|_| time < self.access_expires_at)
    }

    fn from_bytes(bytes: &[u8], profile: &str) -> Result<Session> {
        let refuse = |why: &str| {
            Error::new(
                ErrorKind::SignIn,
                format!("the stored sign-in of profile {profile:?} {why}"),
            )
            .hint("run `referrals login`")
        };
        // The reader's own words are left out: they may quote what they read.
        let unreadable = |_| refuse("cannot be read; it was damaged or something else wrote it");
        let StoredVersion { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if version > VERSION {
            return Err(refuse("was written by a newer version of referrals"));
        }
        let read: StoredSession = serde_json::from_slice(bytes).map_err(unreadable)?;
        let mut session = read.session;
        session.access = read.access.map(Secret::new);
        session.refresh = read.refresh.map(Secret::new);
        Ok(session)
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let [access, refresh] =
            [&self.access, &self.refresh].map(|secret| secret.as_ref().map_or("", Secret::expose));
        // Room for all of it at once, so that no half-written copy is left behind in memory.
        let room = 2 * (access.len() + refresh.len()) + 16 * 1024;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        let written = StoredSessionRef {
            version: VERSION,
            access: self.access.as_ref().map(Secret::expose),
            refresh: self.refresh.as_ref().map(Secret::expose),
            session: self,
        };
        serde_json::to_writer(&mut *bytes, &written).expect("writing to a Vec succeeds");
        bytes
    }
}

#[derive(Deserialize)]
struct StoredVersion {
    version: u32,
}

#[derive(Deserialize)]
struct StoredSession {
    access: Option<String>,
    refresh: Option<String>,
    #[serde(flatten)]
    session: Session,
}

#[derive(Serialize)]
struct StoredSessionRef<'a> {
    version: u32,
    access: Option<&'a str>,
    refresh: Option<&'a str>,
    #[serde(flatten)]
    session: &'a Session,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::auth::store::MemoryStore;

    pub(in crate::auth) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    pub(in crate::auth) fn granted(access: &str, refresh: Option<&str>) -> TokenGrant {
        TokenGrant {
            access: Secret::new(access),
            refresh: refresh.map(Secret::new),
            expires_in: SignedDuration::from_secs(3600),
            id_token: None,
        }
    }

    pub(in crate::auth) fn session(authority: &str) -> Session {
        let origin = SignInParams {
            scope: "api/.default offline_access".to_owned(),
            client_id: "client".to_owned(),
            tenant: "contoso".to_owned(),
            authority: authority.to_owned(),
            flow: Flow::Browser,
        };
        Session::begin(granted("access-0", Some("refresh-0")), origin, at(0))
    }

    #[test]
    fn a_session_survives_the_store_and_shows_no_token() {
        let store = MemoryStore::default();
        let mut session = session("https://login.example");
        session.account.user = Some("jürgen@contoso.com".to_owned());
        session.reauth = Some(ReauthRequired {
            reason: "why".to_owned(),
            claims: Some("{}".to_owned()),
            force_prompt: true,
        });
        session.save(&store, "work").unwrap();
        assert_eq!(Session::load(&store, "work").unwrap(), Some(session.clone()));
        assert_eq!(Session::load(&store, "other").unwrap(), None);
        let shown = format!("{session:?}");
        assert!(!shown.contains("access-0") && !shown.contains("refresh-0"), "{shown}");
    }

    #[test]
    fn fields_of_a_later_version_are_ignored_and_a_later_form_is_refused() {
        let store = MemoryStore::default();
        session("https://login.example").save(&store, "work").unwrap();
        let text = String::from_utf8(store.load("work").unwrap().unwrap().to_vec()).unwrap();
        let later = text.replacen('{', r#"{"colour":"blue","#, 1);
        store.save("work", later.as_bytes()).unwrap();
        assert!(Session::load(&store, "work").unwrap().is_some());
        let newer = text.replace(r#""version":1"#, r#""version":2"#);
        let cases = [newer.as_str(), "", "{}", "null", r#"{"version":1}"#, &text[..text.len() / 2]];
        for bytes in cases {
            store.save("work", bytes.as_bytes()).unwrap();
            let error = Session::load(&store, "work").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn);
            assert!(!error.report().contains("access-0"));
        }
    }

    #[test]
    fn a_token_is_fresh_until_five_minutes_before_its_end() {
        let session = session("https://login.example");
        for (second, fresh, alive) in [
            (0, true, true),
            (3299, true, true),
            (3300, false, true),
            (3599, false, true),
            (3600, false, false),
        ] {
            assert_eq!(session.fresh_token(at(second)).is_some(), fresh, "{second}");
            assert_eq!(session.valid_token(at(second)).is_some(), alive, "{second}");
        }
    }

    #[test]
    fn a_token_that_lasts_minutes_is_fresh_for_half_of_them() {
        let mut session = session("https://login.example");
        let lasts = SignedDuration::from_secs(60);
        let short = TokenGrant { expires_in: lasts, ..granted("access-1", None) };
        session.apply_grant(short, at(100));
        assert!(session.fresh_token(at(129)).is_some());
        assert!(session.fresh_token(at(130)).is_none());
    }

    #[test]
    fn the_newest_refresh_token_is_kept_and_none_leaves_the_old() {
        let mut session = session("https://login.example");
        session.apply_grant(granted("access-1", None), at(10));
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-0");
        session.apply_grant(granted("access-2", Some("refresh-2")), at(20));
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-2");
        assert_eq!((session.signed_in, session.refreshed), (at(0), at(20)));
    }

    #[test]
    fn the_cliff_is_ninety_days_after_the_last_renewal_and_seen_a_week_ahead() {
        const DAY: i64 = 86_400;
        let mut session = session("https://login.example");
        for (second, soon, over) in [
            (0, false, false),
            (83 * DAY - 1, false, false),
            (83 * DAY, true, false),
            (90 * DAY - 1, true, false),
            (90 * DAY, true, true),
        ] {
            assert_eq!(session.expires_soon(at(second)), soon, "{second}");
            assert_eq!(session.reauth_reason(at(second)).is_some(), over, "{second}");
        }
        session.apply_grant(granted("access-1", None), at(80 * DAY));
        assert!(!session.expires_soon(at(100 * DAY)));
    }

    #[test]
    fn a_session_that_is_gone_loses_its_tokens_and_keeps_the_reason() {
        let pending = ReauthRequired {
            reason: "the password was changed".to_owned(),
            claims: None,
            force_prompt: false,
        };
        let mut kept = session("https://login.example");
        kept.require_reauth(pending.clone(), false);
        assert!(kept.refresh_token().is_some());
        let mut gone = session("https://login.example");
        gone.require_reauth(pending, true);
        assert!(gone.refresh_token().is_none() && gone.valid_token(at(0)).is_none());
        assert_eq!(gone.reauth_reason(at(0)).unwrap(), "the password was changed");
    }
}
