//! Access tokens from a stored session, refreshed before they expire and once for all processes.

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use oauth2::RefreshToken;

use super::advice::{self, SessionEffect};
use super::authority::AuthSettings;
use super::oauth_client::{OAuthClient, oauth2_client, scopes};
use super::oauth_error::OAuthError;
use super::request_error::OAuthRequestError;
use super::session::{ReauthRequired, Session, TokenGrant};
use super::session_handle::SessionHandle;
use super::store::PreparedSave;
use super::token::{Secret, TokenProvider};
use super::token_response::TokenResponse;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::Ui;

/// After a failed refresh, how long a token that is still valid is used before the next attempt.
const RETRY_DELAY: SignedDuration = SignedDuration::from_mins(1);

/// Follows the report of a refresh that failed.
const STILL_VALID: &str = "using the old access token, which is still valid";

pub struct SessionTokens {
    handle: SessionHandle,
    expected: ExpectedSession,
    client: OAuthClient,
    clock: Arc<dyn Clock>,
    ui: Ui,
    cache: Mutex<CachedSession>,
}

/// What the settings say about a session; `None` matches any.
#[derive(Clone, Debug, Default)]
pub struct ExpectedSession {
    pub client_id: Option<String>,
    pub tenant: Option<String>,
    pub authority: Option<String>,
}

/// Why there is no new token.
enum RefreshError {
    /// A new sign-in is required.
    Ended(Error),
    /// The new tokens could not be saved, so nothing was sent.
    NotSaved(Error),
    /// The session is as it was; a token that is still valid may be used.
    Failed(Error),
}

impl From<RefreshError> for Error {
    fn from(failed: RefreshError) -> Error {
        match failed {
            RefreshError::Ended(error)
            | RefreshError::NotSaved(error)
            | RefreshError::Failed(error) => error,
        }
    }
}

#[derive(Default)]
struct CachedSession {
    session: Option<Session>,
    /// When to try a failed refresh again.
    retry_at: Option<Timestamp>,
}

impl SessionTokens {
    /// The session is loaded on first use; one that is not `expected` is an error.
    pub fn new(
        handle: SessionHandle,
        expected: ExpectedSession,
        client: OAuthClient,
        clock: Arc<dyn Clock>,
        ui: Ui,
    ) -> SessionTokens {
        SessionTokens { handle, expected, client, clock, ui, cache: Mutex::default() }
    }

    fn lock_cache(&self) -> MutexGuard<'_, CachedSession> {
        self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn load_session(&self) -> Result<Session> {
        let session = self.handle.require()?;
        self.expected.check(&session, self.handle.profile())?;
        Ok(session)
    }

    /// Another access token than `rejected`, from another process that was faster or from the authority.
    fn refresh_session(
        &self,
        cache: &mut CachedSession,
        rejected: Option<&Secret>,
    ) -> Result<Secret, RefreshError> {
        let _lock = self.handle.lock(&*self.clock).map_err(RefreshError::Failed)?;
        let mut session = self.load_session().map_err(RefreshError::Ended)?;
        let now = self.clock.now();
        let other = session.fresh_token(now).filter(|token| Some(*token) != rejected);
        if let Some(token) = other.cloned() {
            cache.session = Some(session);
            return Ok(token);
        }
        if session.refresh_token().is_none() {
            return Err(RefreshError::Ended(self.no_refresh_token(&session)));
        }
        // Sending a refresh token may use it up, so first there must be a place for the new one.
        let save = self.handle.prepare_save_locked(&session).map_err(|error| {
            RefreshError::NotSaved(
                error.context("the sign-in cannot be saved, so it is not refreshed"),
            )
        })?;
        let settings =
            auth_settings(&session, self.handle.profile()).map_err(RefreshError::Ended)?;
        match self.request_grant(&session, &settings) {
            Ok(grant) => {
                session.apply_grant(grant, self.clock.now());
                self.save_refreshed(save, &session);
                let token = session.access_token().cloned();
                cache.session = Some(session);
                Ok(token.expect("the grant contained an access token"))
            }
            Err(OAuthRequestError::Rejected(error)) => {
                let error = self.record_rejection(&mut session, &error, &settings, save);
                cache.session = Some(session);
                Err(match error.kind() {
                    ErrorKind::SignIn => RefreshError::Ended(error),
                    _ => RefreshError::Failed(error),
                })
            }
            Err(error) => {
                let error = error.into_error(&settings);
                Err(RefreshError::Failed(error.context("cannot refresh the access token")))
            }
        }
    }

    fn request_grant(
        &self,
        session: &Session,
        settings: &AuthSettings,
    ) -> Result<TokenGrant, OAuthRequestError> {
        let authority = settings.authority();
        self.ui.verbose(|| format!("refreshing the access token at {authority}"));
        let refresh = session.refresh_token().map(Secret::expose).unwrap_or_default();
        oauth2_client(settings)
            .exchange_refresh_token(&RefreshToken::new(refresh.to_owned()))
            .add_scopes(scopes(settings))
            .request(&|request| self.client.send(request))
            .map_err(OAuthRequestError::from)
            .and_then(TokenResponse::into_grant)
    }

    /// A session that cannot be saved still serves this run.
    fn save_refreshed(&self, save: PreparedSave<'_>, session: &Session) {
        if let Err(error) = save(&session.to_bytes()) {
            self.ui.warn(&format!(
                "the refreshed sign-in could not be saved, so the next run may require a new sign-in\n{}",
                error.report()
            ));
        }
    }

    fn record_rejection(
        &self,
        session: &mut Session,
        error: &OAuthError,
        settings: &AuthSettings,
        save: PreparedSave<'_>,
    ) -> Error {
        let explained = advice::explain(error, settings);
        let advice = advice::find(error);
        let effect = advice.map_or(SessionEffect::ReauthRequired, |advice| advice.effect);
        if effect != SessionEffect::Unaffected {
            let reauth = ReauthRequired {
                reason: explained.message().to_owned(),
                claims: error.claims.clone(),
                force_prompt: false,
            };
            session.require_reauth(reauth, effect == SessionEffect::Revoked);
            self.save_refreshed(save, session);
        }
        let profile = self.handle.profile();
        explained.context(format!("cannot refresh the sign-in of profile {profile:?}"))
    }

    fn no_refresh_token(&self, session: &Session) -> Error {
        let reason = session.reauth_reason(self.clock.now());
        let reason = reason.unwrap_or_else(|| "there is no refresh token".to_owned());
        Error::sign_in(reason)
            .context(format!("the sign-in of profile {:?} has ended", self.handle.profile()))
            .hint("run `referrals login`")
    }
}

impl TokenProvider for SessionTokens {
    fn access_token(&self) -> Result<Secret> {
        let mut cache = self.lock_cache();
        let now = self.clock.now();
        let session = match cache.session.take() {
            Some(session) => session,
            None => self.load_session()?,
        };
        let session = cache.session.insert(session);
        if let Some(token) = session.fresh_token(now) {
            return Ok(token.clone());
        }
        let valid = session.valid_token(now).cloned();
        let too_soon = cache.retry_at.is_some_and(|retry_at| now < retry_at);
        if let Some(token) = valid.as_ref().filter(|_| too_soon) {
            return Ok(token.clone());
        }
        let failed = match self.refresh_session(&mut cache, None) {
            Ok(token) => return Ok(token),
            Err(failed) => failed,
        };
        let Some(token) = valid.filter(|_| !matches!(failed, RefreshError::Ended(_))) else {
            return Err(failed.into());
        };
        match failed {
            RefreshError::NotSaved(error) => {
                self.ui.warn(&format!("{}\n{STILL_VALID}", error.report()));
            }
            RefreshError::Failed(error) | RefreshError::Ended(error) => {
                self.ui.verbose(|| format!("{}\n{STILL_VALID}", error.report()));
            }
        }
        cache.retry_at = now.checked_add(RETRY_DELAY).ok();
        Ok(token)
    }

    fn refresh(&self, rejected: &Secret) -> Result<Secret> {
        let mut cache = self.lock_cache();
        let now = self.clock.now();
        // Another thread may have refreshed since the rejected token was sent.
        let other = cache.session.as_ref().and_then(|session| session.fresh_token(now));
        if let Some(token) = other.filter(|token| *token != rejected) {
            return Ok(token.clone());
        }
        self.refresh_session(&mut cache, Some(rejected)).map_err(Error::from)
    }

    fn require_reauth(&self, reason: &str, claims: Option<&str>) {
        let mut cache = self.lock_cache();
        let saved = self.handle.lock(&*self.clock).and_then(|_lock| {
            let mut session = self.load_session()?;
            let reauth = ReauthRequired {
                reason: reason.to_owned(),
                claims: claims.map(str::to_owned),
                force_prompt: true,
            };
            session.require_reauth(reauth, false);
            self.handle.save_locked(&session)?;
            cache.session = Some(session);
            Ok(())
        });
        if let Err(error) = saved {
            self.ui.verbose(|| error.report());
        }
    }
}

impl ExpectedSession {
    /// # Errors
    /// `ErrorKind::SignIn` when `session` has another client id, tenant or authority.
    pub fn check(&self, session: &Session, profile: &str) -> Result<()> {
        let ExpectedSession { client_id, tenant, authority } = self;
        let normalize = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
        let pairs = [
            ("client id", client_id, &session.client_id),
            ("tenant", tenant, &session.tenant),
            ("authority", authority, &session.authority),
        ];
        for (name, expected, actual) in pairs {
            if let Some(expected) = expected
                && normalize(expected) != normalize(actual)
            {
                return Err(Error::sign_in(format!(
                    "profile {profile:?} is signed in with another {name}"
                ))
                .detail(format!("configured: {expected}"))
                .detail(format!("signed in with: {actual}"))
                .hint(
                    "run `referrals login` to sign in again, or choose a profile with `--profile`",
                ));
            }
        }
        Ok(())
    }
}

/// A session is refreshed with the parameters it was started with, even if the settings have changed.
fn auth_settings(session: &Session, profile: &str) -> Result<AuthSettings> {
    let Session { authority, tenant, client_id, scope, .. } = session;
    AuthSettings::new(profile, authority, tenant, client_id, scope)
        .map_err(|error| error.with_kind(ErrorKind::SignIn).hint("run `referrals login`"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

    use super::*;
    use crate::auth::memory_store::MemoryStore;
    use crate::auth::session::tests::{at, session};
    use crate::auth::store::{FileStore, SecretStore};
    use crate::clock::SystemClock;
    use crate::testing::ManualClock;
    use crate::testing::SharedBuffer;
    use crate::ui::Verbosity;

    /// A signed-in profile, a token endpoint, and captured messages.
    struct Fixture {
        server: MockServer,
        directory: tempfile::TempDir,
        clock: Arc<ManualClock>,
        store: Arc<MemoryStore>,
        output: SharedBuffer,
    }

    impl Fixture {
        fn new() -> Fixture {
            let fixture = Fixture {
                server: MockServer::start(),
                directory: tempfile::tempdir().unwrap(),
                clock: Arc::new(ManualClock::at(at(0))),
                store: Arc::default(),
                output: SharedBuffer::default(),
            };
            let session = session(&fixture.server.base_url());
            session.save(&*fixture.store, "work").unwrap();
            fixture
        }

        fn handle(&self) -> SessionHandle {
            SessionHandle::new("work", self.store.clone(), self.directory.path())
        }

        fn tokens(&self) -> SessionTokens {
            self.tokens_for(ExpectedSession::default())
        }

        fn tokens_for(&self, expected: ExpectedSession) -> SessionTokens {
            SessionTokens::new(
                self.handle(),
                expected,
                OAuthClient::new(Arc::default()),
                self.clock.clone(),
                Ui::new(Box::new(self.output.clone()), Verbosity::Trace, None),
            )
        }

        fn responds(&self, status: u16, body: &str) -> httpmock::Mock<'_> {
            self.server.mock(|when, then| {
                when.method("POST").path("/contoso/oauth2/v2.0/token");
                then.status(status).header("content-type", "application/json").body(body);
            })
        }

        /// A provider that accepts each refresh token once.
        fn rotates(&self, calls: Arc<AtomicUsize>) {
            self.server.mock(|when, then| {
                when.method("POST").path("/contoso/oauth2/v2.0/token");
                then.respond_with(move |request: &HttpMockRequest| {
                    let n = calls.fetch_add(1, Ordering::SeqCst);
                    let body = String::from_utf8_lossy(request.body_ref()).into_owned();
                    assert!(body.contains("grant_type=refresh_token"), "{body}");
                    assert!(body.contains("client_id=client"), "{body}");
                    assert!(body.contains("scope=api%2F.default+offline_access"), "{body}");
                    let (status, body) = if body.contains(&format!("refresh_token=refresh-{n}&")) {
                        let n = n + 1;
                        (200, format!(r#"{{"access_token":"access-{n}","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-{n}"}}"#))
                    } else {
                        (400, r#"{"error":"invalid_grant"}"#.to_owned())
                    };
                    HttpMockResponse::builder().status(status).body(body).build()
                });
            });
        }

        fn stored(&self) -> Session {
            self.handle().require().unwrap()
        }

        fn output(&self) -> String {
            self.output.text()
        }
    }

    #[test]
    fn a_fresh_token_is_sent_without_a_request() {
        let fixture = Fixture::new();
        let endpoint = fixture.responds(500, "");
        fixture.clock.advance(Duration::from_secs(3299));
        assert_eq!(fixture.tokens().access_token().unwrap().expose(), "access-0");
        endpoint.assert_calls(0);
    }

    #[test]
    fn a_token_about_to_expire_is_refreshed_and_the_newest_refresh_token_is_saved() {
        let fixture = Fixture::new();
        let calls = Arc::new(AtomicUsize::new(0));
        fixture.rotates(calls.clone());
        let tokens = fixture.tokens();
        for n in 1..4 {
            fixture.clock.advance(Duration::from_secs(3300));
            assert_eq!(tokens.access_token().unwrap().expose(), format!("access-{n}"));
            assert_eq!(tokens.access_token().unwrap().expose(), format!("access-{n}"));
            assert_eq!(calls.load(Ordering::SeqCst), n);
            let stored = fixture.stored();
            assert_eq!(stored.refresh_token().unwrap().expose(), format!("refresh-{n}"));
            assert_eq!(stored.refreshed, fixture.clock.now());
        }
    }

    #[test]
    fn a_response_without_a_refresh_token_keeps_the_old_one() {
        let fixture = Fixture::new();
        fixture.responds(
            200,
            r#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600}"#,
        );
        fixture.clock.advance(Duration::from_secs(4000));
        assert_eq!(fixture.tokens().access_token().unwrap().expose(), "access-1");
        assert_eq!(fixture.stored().refresh_token().unwrap().expose(), "refresh-0");
    }

    #[test]
    fn a_rejected_token_is_refreshed_once_for_all_its_users() {
        let fixture = Fixture::new();
        let calls = Arc::new(AtomicUsize::new(0));
        fixture.rotates(calls.clone());
        let tokens = fixture.tokens();
        let rejected = tokens.access_token().unwrap();
        assert_eq!(tokens.refresh(&rejected).unwrap().expose(), "access-1");
        assert_eq!(tokens.refresh(&rejected).unwrap().expose(), "access-1");
        assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
        assert_eq!(fixture.tokens().refresh(&rejected).unwrap().expose(), "access-1");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_unavailable_service_does_not_change_the_session() {
        for (status, body, kind) in [
            (500, "", ErrorKind::Unavailable),
            (502, "<html>", ErrorKind::Unavailable),
            (429, "", ErrorKind::Throttled),
            (200, "<html>", ErrorKind::Unavailable),
            (400, r#"{"error":"temporarily_unavailable"}"#, ErrorKind::Unavailable),
            (400, r#"{"error":"invalid_grant","error_codes":[90033]}"#, ErrorKind::Unavailable),
        ] {
            let fixture = Fixture::new();
            fixture.responds(status, body);
            let before = fixture.stored();
            fixture.clock.advance(Duration::from_secs(4000));
            let error = fixture.tokens().access_token().unwrap_err();
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert_eq!(fixture.stored(), before, "{status} {body}");
        }
    }

    #[test]
    fn after_a_failed_refresh_a_valid_token_is_still_used() {
        let fixture = Fixture::new();
        let endpoint = fixture.responds(503, "");
        fixture.clock.advance(Duration::from_secs(3400));
        let tokens = fixture.tokens();
        assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
        assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
        endpoint.assert_calls(1);
        fixture.clock.advance(Duration::from_secs(60));
        assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
        endpoint.assert_calls(2);
        fixture.clock.advance(Duration::from_secs(200));
        assert_eq!(tokens.access_token().unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn a_network_that_is_down_does_not_change_the_session() {
        let fixture = Fixture::new();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let before = session(&format!("http://{closed}"));
        before.save(&*fixture.store, "work").unwrap();
        fixture.clock.advance(Duration::from_secs(4000));
        assert_eq!(fixture.tokens().access_token().unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(fixture.stored(), before);
    }

    #[test]
    fn a_revoked_session_is_reported_by_the_provider_once_and_then_from_the_store() {
        for body in [
            r#"{"error":"invalid_grant"}"#,
            r#"{"error":"invalid_grant","error_codes":[50173],"error_description":"AADSTS50173: x"}"#,
        ] {
            let fixture = Fixture::new();
            let endpoint = fixture.responds(400, body);
            fixture.clock.advance(Duration::from_secs(4000));
            let first = fixture.tokens().access_token().unwrap_err();
            let second = fixture.tokens().access_token().unwrap_err();
            assert_eq!((first.kind(), second.kind()), (ErrorKind::SignIn, ErrorKind::SignIn));
            endpoint.assert_calls(1);
            let reason = fixture.stored().reauth_reason(at(0)).unwrap();
            for report in [first.report(), second.report()] {
                assert!(report.contains(&reason), "{report}");
                assert!(report.contains("referrals login"), "{report}");
            }
            assert_eq!(fixture.stored().refresh_token(), None);
        }
    }

    #[test]
    fn a_sign_in_that_has_ended_is_reported_although_the_access_token_is_valid() {
        let fixture = Fixture::new();
        fixture.responds(400, r#"{"error":"invalid_grant"}"#);
        fixture.clock.advance(Duration::from_secs(3400));
        assert_eq!(fixture.tokens().access_token().unwrap_err().kind(), ErrorKind::SignIn);
    }

    #[test]
    fn a_claims_challenge_is_saved_for_the_next_sign_in_with_the_tokens() {
        let fixture = Fixture::new();
        fixture.responds(
            400,
            r#"{"error":"interaction_required","error_codes":[50076],"claims":"{\"access_token\":{}}"}"#,
        );
        fixture.clock.advance(Duration::from_secs(4000));
        let error = fixture.tokens().access_token().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.report().contains("multi-factor"), "{}", error.report());
        let stored = fixture.stored();
        let reauth = stored.reauth.as_ref().unwrap();
        assert_eq!(reauth.claims.as_deref(), Some(r#"{"access_token":{}}"#));
        assert_eq!(stored.refresh_token().unwrap().expose(), "refresh-0");
    }

    #[test]
    fn a_reauth_requirement_of_the_api_is_saved_for_the_next_sign_in() {
        let fixture = Fixture::new();
        fixture.tokens().require_reauth("a second factor", None);
        let stored = fixture.stored();
        assert_eq!(stored.reauth_reason(at(0)).as_deref(), Some("a second factor"));
        assert!(stored.reauth.unwrap().force_prompt);
    }

    #[test]
    fn a_session_of_another_registration_is_not_used() {
        let fixture = Fixture::new();
        for (client_id, tenant, authority, matches) in [
            (None, None, None, true),
            (
                Some("client"),
                Some("CONTOSO"),
                Some(format!("{}/", fixture.server.base_url())),
                true,
            ),
            (Some("other"), None, None, false),
            (None, Some("fabrikam"), None, false),
            (None, None, Some("https://login.example".to_owned()), false),
        ] {
            let expected = ExpectedSession {
                client_id: client_id.map(str::to_owned),
                tenant: tenant.map(str::to_owned),
                authority,
            };
            let name = format!("{expected:?}");
            let result = fixture.tokens_for(expected).access_token();
            assert_eq!(result.is_ok(), matches, "{name}");
            assert!(result.err().is_none_or(|error| error.kind() == ErrorKind::SignIn));
        }
    }

    #[test]
    fn not_signed_in_is_an_error_without_a_request() {
        let fixture = Fixture::new();
        let endpoint = fixture.responds(500, "");
        fixture.store.delete("work").unwrap();
        let tokens = fixture.tokens();
        assert_eq!(tokens.access_token().unwrap_err().kind(), ErrorKind::SignIn);
        let rejected = Secret::new("access-0");
        assert_eq!(tokens.refresh(&rejected).unwrap_err().kind(), ErrorKind::SignIn);
        endpoint.assert_calls(0);
    }

    /// A store that keeps what it has.
    struct ReadOnly {
        store: Arc<MemoryStore>,
        /// Whether it fails only when the time has come.
        late: bool,
        kind: ErrorKind,
    }

    impl SecretStore for ReadOnly {
        fn load(&self, profile: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
            self.store.load(profile)
        }
        fn save(&self, _profile: &str, _secret: &[u8]) -> Result<()> {
            Err(Error::new(self.kind, "the disk is full"))
        }
        fn prepare_save<'a>(&'a self, profile: &'a str, _: usize) -> Result<PreparedSave<'a>> {
            if !self.late {
                self.save(profile, b"")?;
            }
            Ok(Box::new(move |secret| self.save(profile, secret)))
        }
        fn delete(&self, profile: &str) -> Result<()> {
            self.store.delete(profile)
        }
        fn describe(&self, profile: &str) -> String {
            self.store.describe(profile)
        }
    }

    fn read_only_tokens(fixture: &Fixture, late: bool, kind: ErrorKind) -> SessionTokens {
        let store = Arc::new(ReadOnly { store: fixture.store.clone(), late, kind });
        let mut tokens = fixture.tokens();
        tokens.handle = SessionHandle::new("work", store, fixture.directory.path());
        tokens
    }

    #[test]
    fn a_store_that_fails_after_a_refresh_is_only_a_warning() {
        let fixture = Fixture::new();
        fixture.rotates(Arc::default());
        fixture.clock.advance(Duration::from_secs(4000));
        let tokens = read_only_tokens(&fixture, true, ErrorKind::Failure);
        assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
        fixture.clock.advance(Duration::from_secs(10));
        assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
        assert!(fixture.output().contains("the disk is full"), "{}", fixture.output());
    }

    #[test]
    fn where_nothing_can_be_saved_the_refresh_token_is_not_spent() {
        for kind in [ErrorKind::Failure, ErrorKind::SignIn] {
            let fixture = Fixture::new();
            let endpoint = fixture.responds(200, "{}");
            let tokens = read_only_tokens(&fixture, false, kind);
            // About to expire, and still valid.
            fixture.clock.advance(Duration::from_secs(3400));
            assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
            let output = fixture.output();
            assert!(
                output.contains("the disk is full") && output.contains("still valid"),
                "{output}"
            );
            let error = tokens.refresh(&Secret::new("access-0")).unwrap_err();
            assert_eq!(error.kind(), kind);
            fixture.clock.advance(Duration::from_secs(600));
            let error = tokens.access_token().unwrap_err();
            assert_eq!(
                (error.kind(), error.causes()),
                (kind, &["the disk is full".to_owned()][..])
            );
            endpoint.assert_calls(0);
            assert_eq!(fixture.stored().refresh_token().unwrap().expose(), "refresh-0");
        }
    }

    #[test]
    fn eight_threads_refresh_once() {
        let fixture = Fixture::new();
        let calls = Arc::new(AtomicUsize::new(0));
        fixture.rotates(calls.clone());
        let directory = fixture.directory.path();
        session(&fixture.server.base_url()).save(&FileStore::new(directory), "work").unwrap();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let tokens = SessionTokens::new(
                        SessionHandle::new("work", Arc::new(FileStore::new(directory)), directory),
                        ExpectedSession::default(),
                        OAuthClient::new(Arc::default()),
                        Arc::new(SystemClock::default()),
                        Ui::silent(),
                    );
                    start.wait();
                    assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
                });
            }
        });
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn no_message_contains_a_token() {
        let fixture = Fixture::new();
        fixture.rotates(Arc::default());
        let tokens = fixture.tokens();
        fixture.clock.advance(Duration::from_secs(4000));
        tokens.access_token().unwrap();
        let output = fixture.output();
        assert!(output.contains("refreshing"), "{output}");
        assert!(!output.contains("access-") && !output.contains("refresh-"), "{output}");
    }
}
