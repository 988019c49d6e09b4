//! The stored session: tokens, expiry, account.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::authority::AuthSettings;
use super::claims::Claims;
use super::store::SecretStore;
use super::token::Secret;
use crate::error::{Error, Result};

/// A refresh token expires when it is not used for this long (API §5.4).
const REFRESH_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long before that `status` warns.
const EXPIRY_WARNING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Long enough for a slow listing to finish with one token.
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Of the stored format. New fields do not need a new version.
const VERSION: u32 = 1;

/// Policy may end a session that began with a device code (API §5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    Browser,
    Device,
}

/// Whose session it is, for display only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The sign-in name, else the name or the id.
    pub user: Option<String>,
    /// The id of the tenant that issued the tokens.
    pub tenant_id: Option<String>,
    /// Whether the access token names a second factor; `None` if it does not say.
    pub mfa: Option<bool>,
}

/// Why a new sign-in is required, and with which parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReauthRequired {
    pub reason: String,
    /// A claims challenge (API §5.4).
    pub claims: Option<String>,
    /// Whether the user must authenticate again (`prompt=login`), as after code 900421 (API §5.6).
    #[serde(default, rename = "afresh")]
    pub force_prompt: bool,
}

/// Serde skips the tokens; `save` and `load` add them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    #[serde(skip)]
    access: Option<Secret>,
    #[serde(skip)]
    refresh: Option<Secret>,
    #[serde(rename = "expires")]
    pub access_expires_at: Timestamp,
    pub signed_in: Timestamp,
    /// When the last token response arrived.
    pub refreshed: Timestamp,
    /// Separated by spaces.
    pub scope: String,
    pub client_id: String,
    /// As configured when signing in.
    pub tenant: String,
    pub authority: String,
    #[serde(default)]
    pub account: Account,
    pub flow: Flow,
    #[serde(rename = "pending")]
    pub reauth: Option<ReauthRequired>,
}

/// What a token response grants.
#[derive(Debug)]
pub(super) struct TokenGrant {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    pub(super) expires_in: SignedDuration,
    pub(super) id_token: Option<Claims>,
}

impl Session {
    pub(super) fn new(
        grant: TokenGrant,
        settings: &AuthSettings,
        flow: Flow,
        now: Timestamp,
    ) -> Session {
        let mut session = Session {
            access: None,
            refresh: None,
            access_expires_at: now,
            signed_in: now,
            refreshed: now,
            scope: settings.scope.clone(),
            client_id: settings.client_id.clone(),
            tenant: settings.tenant.clone(),
            authority: settings.authority().to_owned(),
            account: Account::default(),
            flow,
            reauth: None,
        };
        session.apply_grant(grant, now);
        session
    }

    /// A grant without a refresh token leaves the old one valid (RFC 6749 §6).
    pub(super) fn apply_grant(&mut self, grant: TokenGrant, now: Timestamp) {
        let access_claims = Claims::parse(grant.access.expose());
        let find = |claim: fn(&Claims) -> Option<String>| {
            let both = [&grant.id_token, &access_claims];
            both.into_iter().find_map(|claims| claims.as_ref().and_then(claim))
        };
        let user = find(|claims| claims.user().map(str::to_owned));
        let tenant_id = find(|claims| claims.tid.clone());
        self.account = Account {
            user: user.or(self.account.user.take()),
            tenant_id: tenant_id.or(self.account.tenant_id.take()),
            mfa: access_claims.as_ref().and_then(Claims::mfa),
        };
        self.access_expires_at = now.saturating_add(grant.expires_in).unwrap_or(Timestamp::MAX);
        self.access = Some(grant.access);
        self.refresh = grant.refresh.or(self.refresh.take());
        self.refreshed = now;
        self.reauth = None;
    }

    /// Drops the tokens if the provider has revoked them; otherwise they may work again.
    pub(super) fn require_reauth(&mut self, reauth: ReauthRequired, revoked: bool) {
        self.reauth = Some(reauth);
        if revoked {
            self.access = None;
            self.refresh = None;
        }
    }

    /// The access token, if it is valid for some more minutes.
    pub fn fresh_token(&self, now: Timestamp) -> Option<&Secret> {
        // Half the lifetime of a short-lived token, which would never be fresh otherwise.
        let margin = REFRESH_MARGIN.min(self.access_expires_at.duration_since(self.refreshed) / 2);
        self.valid_token(now.saturating_add(margin).unwrap_or(Timestamp::MAX))
    }

    /// The access token, if it has not expired.
    pub fn valid_token(&self, now: Timestamp) -> Option<&Secret> {
        self.access.as_ref().filter(|_| now < self.access_expires_at)
    }

    /// The access token, expired or not.
    pub fn access_token(&self) -> Option<&Secret> {
        self.access.as_ref()
    }

    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh.as_ref()
    }

    /// When the session expires unless it is used: 90 days after the last refresh (API §5.4), or with the access token
    /// if there is no refresh token.
    pub fn session_expires_at(&self) -> Timestamp {
        match self.refresh {
            Some(_) => {
                self.refreshed.saturating_add(REFRESH_TOKEN_LIFETIME).unwrap_or(Timestamp::MAX)
            }
            None => self.access_expires_at,
        }
    }

    /// Whether the session expires within a week unless it is used.
    pub fn expires_soon(&self, now: Timestamp) -> bool {
        now >= self.session_expires_at().saturating_sub(EXPIRY_WARNING).unwrap_or(Timestamp::MIN)
    }

    /// Why the next run would require a new sign-in.
    pub fn reauth_reason(&self, now: Timestamp) -> Option<String> {
        if let Some(reauth) = &self.reauth {
            return Some(reauth.reason.clone());
        }
        let expired = match self.refresh {
            Some(_) => "the sign-in was not used for 90 days",
            None => "the access token has expired and there is no refresh token",
        };
        (now >= self.session_expires_at()).then(|| expired.to_owned())
    }

    /// `None` when not signed in.
    ///
    /// # Errors
    /// `ErrorKind::SignIn` for a session that cannot be read.
    pub fn load(store: &dyn SecretStore, profile: &str) -> Result<Option<Session>> {
        store.load(profile)?.map(|bytes| Session::from_bytes(&bytes, profile)).transpose()
    }

    pub fn save(&self, store: &dyn SecretStore, profile: &str) -> Result<()> {
        store.save(profile, &self.to_bytes())
    }

    fn from_bytes(bytes: &[u8], profile: &str) -> Result<Session> {
        let reject = |why: &str| {
            Error::sign_in(format!("the stored sign-in of profile {profile:?} {why}"))
                .hint("run `referrals login`")
        };
        // serde_json's message may quote a token.
        let unreadable = |_| reject("is damaged");
        let StoredVersion { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if version > VERSION {
            return Err(reject("was written by a newer version of referrals"));
        }
        let stored: StoredSession<String, Session> =
            serde_json::from_slice(bytes).map_err(unreadable)?;
        let mut session = stored.session;
        session.access = stored.access.map(Secret::new);
        session.refresh = stored.refresh.map(Secret::new);
        Ok(session)
    }

    /// As it is stored.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let [access, refresh] =
            [&self.access, &self.refresh].map(|secret| secret.as_ref().map(Secret::expose));
        // Large enough from the start: a Vec that grows leaves copies of the tokens in memory.
        let length = access.map_or(0, str::len) + refresh.map_or(0, str::len);
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * length + 16 * 1024));
        let stored = StoredSession { version: VERSION, access, refresh, session: self };
        serde_json::to_writer(&mut *bytes, &stored).expect("writing to a Vec succeeds");
        bytes
    }
}

#[derive(Deserialize)]
struct StoredVersion {
    version: u32,
}

/// Borrows the tokens and the session when written, owns them when read.
#[derive(Deserialize, Serialize)]
struct StoredSession<T, S> {
    version: u32,
    access: Option<T>,
    refresh: Option<T>,
    #[serde(flatten)]
    session: S,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::auth::memory_store::MemoryStore;
    use crate::error::ErrorKind;

    pub(in crate::auth) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    pub(in crate::auth) fn grant(access: &str, refresh: Option<&str>) -> TokenGrant {
        TokenGrant {
            access: Secret::new(access),
            refresh: refresh.map(Secret::new),
            expires_in: SignedDuration::from_secs(3600),
            id_token: None,
        }
    }

    pub(in crate::auth) fn session(authority: &str) -> Session {
        let scope = "api/.default offline_access";
        let settings = AuthSettings::new("work", authority, "contoso", "client", scope).unwrap();
        Session::new(grant("access-0", Some("refresh-0")), &settings, Flow::Browser, at(0))
    }

    #[test]
    fn a_session_survives_the_store_and_prints_no_token() {
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
    fn the_memory_of_a_stored_session_is_never_moved() {
        let (access, refresh) = ("a".repeat(5_000), "\n".repeat(3_000));
        let mut session = session("https://login.example");
        session.apply_grant(grant(&access, Some(&refresh)), at(0));
        let bytes = session.to_bytes();
        assert!(bytes.len() > 5_000 + 2 * 3_000, "{}", bytes.len());
        assert_eq!(bytes.capacity(), 2 * 8_000 + 16 * 1024);
    }

    #[test]
    fn unknown_fields_are_ignored_and_a_later_version_is_an_error() {
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
    fn a_token_is_fresh_until_five_minutes_before_it_expires() {
        let session = session("https://login.example");
        for (second, fresh, valid) in [
            (0, true, true),
            (3299, true, true),
            (3300, false, true),
            (3599, false, true),
            (3600, false, false),
        ] {
            assert_eq!(session.fresh_token(at(second)).is_some(), fresh, "{second}");
            assert_eq!(session.valid_token(at(second)).is_some(), valid, "{second}");
        }
    }

    #[test]
    fn a_short_lived_token_is_fresh_for_half_its_lifetime() {
        let mut session = session("https://login.example");
        let expires_in = SignedDuration::from_secs(60);
        let short = TokenGrant { expires_in, ..grant("access-1", None) };
        session.apply_grant(short, at(100));
        assert!(session.fresh_token(at(129)).is_some());
        assert!(session.fresh_token(at(130)).is_none());
    }

    #[test]
    fn the_newest_refresh_token_replaces_the_old_one() {
        let mut session = session("https://login.example");
        session.apply_grant(grant("access-1", None), at(10));
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-0");
        session.apply_grant(grant("access-2", Some("refresh-2")), at(20));
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-2");
        assert_eq!((session.signed_in, session.refreshed), (at(0), at(20)));
    }

    #[test]
    fn a_session_expires_ninety_days_after_the_last_refresh_and_warns_a_week_ahead() {
        const DAY: i64 = 86_400;
        let mut session = session("https://login.example");
        for (second, soon, expired) in [
            (0, false, false),
            (83 * DAY - 1, false, false),
            (83 * DAY, true, false),
            (90 * DAY - 1, true, false),
            (90 * DAY, true, true),
        ] {
            assert_eq!(session.expires_soon(at(second)), soon, "{second}");
            assert_eq!(session.reauth_reason(at(second)).is_some(), expired, "{second}");
        }
        session.apply_grant(grant("access-1", None), at(80 * DAY));
        assert!(!session.expires_soon(at(100 * DAY)));
    }

    #[test]
    fn a_revoked_session_loses_its_tokens_and_keeps_the_reason() {
        let reauth = ReauthRequired {
            reason: "the password was changed".to_owned(),
            claims: None,
            force_prompt: false,
        };
        let mut kept = session("https://login.example");
        kept.require_reauth(reauth.clone(), false);
        assert!(kept.refresh_token().is_some());
        let mut revoked = session("https://login.example");
        revoked.require_reauth(reauth, true);
        assert!(revoked.refresh_token().is_none() && revoked.valid_token(at(0)).is_none());
        assert_eq!(revoked.reauth_reason(at(0)).unwrap(), "the password was changed");
    }
}
