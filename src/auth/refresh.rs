//! A stored session as a source of access tokens: renewed before they end, once for all processes.
//! Never begins a session and never ends one the identity provider has not ended.

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use oauth2::RefreshToken;

use super::TokenProvider;
use super::advice::{self, SessionEffect};
use super::authority::AuthSettings;
use super::oauth_client::{OAuthClient, OAuthRequestError};
use super::oauth_error::OAuthError;
use super::session::{ReauthRequired, Session, TokenGrant};
use super::session_handle::SessionHandle;
use super::token::Secret;
use super::token_response;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::Ui;

/// How long a token that is still good is used before its renewal is tried again.
const RETRY_DELAY: SignedDuration = SignedDuration::from_mins(1);

/// Access tokens from a stored session.
pub struct SessionTokens {
    handle: SessionHandle,
    client: OAuthClient,
    clock: Arc<dyn Clock>,
    ui: Ui,
    wanted: ExpectedSession,
    held: Mutex<CachedSession>,
}

/// What the settings ask of a session; what they leave open fits any.
#[derive(Clone, Debug, Default)]
pub struct ExpectedSession {
    /// The app registration.
    pub client_id: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The authority.
    pub authority: Option<String>,
}

#[derive(Default)]
struct CachedSession {
    session: Option<Session>,
    /// When a renewal that failed may be tried again.
    retry: Option<Timestamp>,
}

impl SessionTokens {
    /// The session in `place`, read when a token is first asked for.
    pub fn new(
        place: SessionHandle,
        client: OAuthClient,
        clock: Arc<dyn Clock>,
        ui: Ui,
    ) -> SessionTokens {
        SessionTokens {
            handle: place,
            client,
            clock,
            ui,
            wanted: ExpectedSession::default(),
            held: Mutex::default(),
        }
    }

    /// The same, but a session of another registration, tenant or authority is refused rather than used.
    #[must_use]
    pub fn only_for(mut self, wanted: ExpectedSession) -> SessionTokens {
        self.wanted = wanted;
        self
    }

    fn cached(&self) -> MutexGuard<'_, CachedSession> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn load_session(&self) -> Result<Session> {
        let session = self.handle.require()?;
        self.wanted.check(&session, self.handle.profile())?;
        Ok(session)
    }

    /// Another access token than `refused`, from a process that was quicker or from the authority.
    fn refresh_session(
        &self,
        held: &mut CachedSession,
        refused: Option<&Secret>,
    ) -> Result<Secret> {
        let _lock = self.handle.lock(&*self.clock)?;
        let mut session = self.load_session()?;
        let now = self.clock.now();
        let other = session.fresh_token(now).filter(|token| Some(*token) != refused);
        if let Some(token) = other.cloned() {
            held.session = Some(session);
            return Ok(token);
        }
        let Some(refresh) = session.refresh_token() else {
            return Err(self.no_refresh_token(&session));
        };
        self.ui.verbose(|| format!("renewing the sign-in at {}", session.authority));
        let settings = auth_settings(&session, self.handle.profile())?;
        match self.request_grant(&settings, refresh) {
            Ok(grant) => {
                session.apply_grant(grant, self.clock.now());
                self.save_refreshed(&session);
                let token = session.access_token().cloned();
                held.session = Some(session);
                Ok(token.expect("a session holds the token it took just now"))
            }
            Err(OAuthRequestError::Refused(refusal)) => {
                let error = self.record_refusal(&mut session, &refusal, &settings);
                held.session = Some(session);
                Err(error)
            }
            Err(failure) => Err(failure.into_error(&settings).context("cannot renew the sign-in")),
        }
    }

    fn request_grant(
        &self,
        settings: &AuthSettings,
        refresh: &Secret,
    ) -> Result<TokenGrant, OAuthRequestError> {
        token_response::oauth2_client(settings)
            .exchange_refresh_token(&RefreshToken::new(refresh.expose().to_owned()))
            .add_scopes(token_response::scopes(settings))
            .request(&|request| self.client.send(request))
            .map_err(token_response::request_error)?
            .into_grant()
    }

    /// A renewed session that cannot be kept still serves this run.
    fn save_refreshed(&self, session: &Session) {
        if let Err(error) = self.handle.save_locked(session) {
            self.ui.warn(&format!(
                "the renewed sign-in could not be kept, so the next run may have to ask you to sign in\n{}",
                error.report()
            ));
        }
    }

    fn record_refusal(
        &self,
        session: &mut Session,
        refusal: &OAuthError,
        settings: &AuthSettings,
    ) -> Error {
        let error = advice::explain(refusal, settings);
        let fate = advice::find(refusal).map_or(SessionEffect::Kept, |advice| advice.fate);
        if fate != SessionEffect::Unaffected {
            let pending = ReauthRequired {
                reason: error.message().to_owned(),
                claims: refusal.claims.clone(),
                force_prompt: false,
            };
            session.require_reauth(pending, fate == SessionEffect::Revoked);
            self.save_refreshed(session);
        }
        error.context(format!("cannot renew the sign-in of profile {:?}", self.handle.profile()))
    }

    fn no_refresh_token(&self, session: &Session) -> Error {
        let reason = session.reauth_reason(self.clock.now());
        let reason = reason.unwrap_or_else(|| "nothing was given to renew it".to_owned());
        Error::new(ErrorKind::SignIn, reason)
            .context(format!("the sign-in of profile {:?} has ended", self.handle.profile()))
            .hint("run `referrals login`")
    }
}

impl TokenProvider for SessionTokens {
    fn access_token(&self) -> Result<Secret> {
        let mut held = self.cached();
        let now = self.clock.now();
        let session = match held.session.take() {
            Some(session) => session,
            None => self.load_session()?,
        };
        let session = held.session.insert(session);
        if let Some(token) = session.fresh_token(now) {
            return Ok(token.clone());
        }
        let alive = session.valid_token(now).cloned();
        let waiting = held.retry.is_some_and(|retry| now < retry);
        if let Some(token) = alive.as_ref().filter(|_| waiting) {
            return Ok(token.clone());
        }
        match (self.refresh_session(&mut held, None), alive) {
            (Err(error), Some(token)) if error.kind() != ErrorKind::SignIn => {
                self.ui
                    .verbose(|| format!("{}; the old token is good for a while", error.report()));
                held.retry = now.checked_add(RETRY_DELAY).ok();
                Ok(token)
            }
            (result, _) => result,
        }
    }

    fn refresh(&self, refused: &Secret) -> Result<Secret> {
        let mut held = self.cached();
        let now = self.clock.now();
        // Another thread may have renewed it since the refused one was sent.
        let other = held.session.as_ref().and_then(|session| session.fresh_token(now));
        if let Some(token) = other.filter(|token| *token != refused) {
            return Ok(token.clone());
        }
        self.refresh_session(&mut held, Some(refused))
    }

    fn require_reauth(&self, reason: &str, claims: Option<&str>) {
        let mut held = self.cached();
        let noted = self.handle.lock(&*self.clock).and_then(|_lock| {
            let mut session = self.load_session()?;
            let pending = ReauthRequired {
                reason: reason.to_owned(),
                claims: claims.map(str::to_owned),
                force_prompt: true,
            };
            session.require_reauth(pending, false);
            self.handle.save_locked(&session)?;
            held.session = Some(session);
            Ok(())
        });
        if let Err(error) = noted {
            self.ui.verbose(|| error.report());
        }
    }
}

impl ExpectedSession {
    /// Whether `session` is one of these settings; [`ErrorKind::SignIn`] says what differs.
    pub fn check(&self, session: &Session, profile: &str) -> Result<()> {
        let ExpectedSession { client_id, tenant, authority } = self;
        let trimmed = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
        let pairs = [
            ("client id", client_id, &session.client_id),
            ("tenant", tenant, &session.tenant),
            ("authority", authority, &session.authority),
        ];
        for (name, wanted, kept) in pairs {
            if let Some(wanted) = wanted
                && trimmed(wanted) != trimmed(kept)
            {
                return Err(Error::new(
                    ErrorKind::SignIn,
                    format!("profile {profile:?} is signed in with another {name}"),
                )
                .detail(format!("set: {wanted}"))
                .detail(format!("signed in with: {kept}"))
                .hint(
                    "run `referrals login` to sign in anew, or choose a profile with `--profile`",
                ));
            }
        }
        Ok(())
    }
}

/// A session is renewed as what it was begun as, whatever the settings say by now.
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
    use crate::auth::oauth_client::test_client;
    use crate::auth::session::tests::{at, session};
    use crate::auth::store::{FileStore, MemoryStore, SecretStore};
    use crate::clock::{ManualClock, SystemClock};
    use crate::testing::SharedBuffer;
    use crate::ui::Verbosity;

    /// A signed-in profile, a token endpoint, and what was said.
    struct World {
        server: MockServer,
        folder: tempfile::TempDir,
        clock: Arc<ManualClock>,
        store: Arc<MemoryStore>,
        said: SharedBuffer,
    }

    impl World {
        fn new() -> World {
            let world = World {
                server: MockServer::start(),
                folder: tempfile::tempdir().unwrap(),
                clock: Arc::new(ManualClock::at(at(0))),
                store: Arc::default(),
                said: SharedBuffer::default(),
            };
            let session = session(&world.server.base_url());
            session.save(&*world.store, "work").unwrap();
            world
        }

        fn place(&self) -> SessionHandle {
            SessionHandle::new("work", self.store.clone(), self.folder.path())
        }

        fn tokens(&self) -> SessionTokens {
            let said = Box::new(self.said.clone());
            SessionTokens::new(
                self.place(),
                OAuthClient::new(&test_client()),
                self.clock.clone(),
                Ui::new(said, Verbosity::Trace, false),
            )
        }

        fn answers(&self, status: u16, body: &str) -> httpmock::Mock<'_> {
            self.server.mock(|when, then| {
                when.method("POST").path("/contoso/oauth2/v2.0/token");
                then.status(status).header("content-type", "application/json").body(body);
            })
        }

        /// A provider that takes each refresh token once, as a strict one does.
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
            self.place().require().unwrap()
        }

        fn said(&self) -> String {
            self.said.text()
        }
    }

    #[test]
    fn a_fresh_token_is_sent_without_asking_anybody() {
        let world = World::new();
        let endpoint = world.answers(500, "");
        world.clock.advance(Duration::from_secs(3299));
        assert_eq!(world.tokens().access_token().unwrap().expose(), "access-0");
        endpoint.assert_calls(0);
    }

    #[test]
    fn a_token_about_to_end_is_renewed_and_the_newest_refresh_token_kept() {
        let world = World::new();
        let calls = Arc::new(AtomicUsize::new(0));
        world.rotates(calls.clone());
        let tokens = world.tokens();
        for n in 1..4 {
            world.clock.advance(Duration::from_secs(3300));
            assert_eq!(tokens.access_token().unwrap().expose(), format!("access-{n}"));
            assert_eq!(tokens.access_token().unwrap().expose(), format!("access-{n}"));
            assert_eq!(calls.load(Ordering::SeqCst), n);
            let stored = world.stored();
            assert_eq!(stored.refresh_token().unwrap().expose(), format!("refresh-{n}"));
            assert_eq!(stored.refreshed, world.clock.now());
        }
    }

    #[test]
    fn an_answer_without_a_refresh_token_leaves_the_old_one() {
        let world = World::new();
        world
            .answers(200, r#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600}"#);
        world.clock.advance(Duration::from_secs(4000));
        assert_eq!(world.tokens().access_token().unwrap().expose(), "access-1");
        assert_eq!(world.stored().refresh_token().unwrap().expose(), "refresh-0");
    }

    #[test]
    fn a_refused_token_is_replaced_once_for_all_who_held_it() {
        let world = World::new();
        let calls = Arc::new(AtomicUsize::new(0));
        world.rotates(calls.clone());
        let tokens = world.tokens();
        let refused = tokens.access_token().unwrap();
        assert_eq!(tokens.refresh(&refused).unwrap().expose(), "access-1");
        assert_eq!(tokens.refresh(&refused).unwrap().expose(), "access-1");
        assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
        assert_eq!(world.tokens().refresh(&refused).unwrap().expose(), "access-1");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_service_in_trouble_never_costs_the_session() {
        for (status, body, kind) in [
            (500, "", ErrorKind::Unavailable),
            (502, "<html>", ErrorKind::Unavailable),
            (429, "", ErrorKind::Throttled),
            (200, "<html>", ErrorKind::Unavailable),
            (400, r#"{"error":"temporarily_unavailable"}"#, ErrorKind::Unavailable),
            (400, r#"{"error":"invalid_grant","error_codes":[90033]}"#, ErrorKind::Unavailable),
        ] {
            let world = World::new();
            world.answers(status, body);
            let before = world.stored();
            world.clock.advance(Duration::from_secs(4000));
            let error = world.tokens().access_token().unwrap_err();
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert_eq!(world.stored(), before, "{status} {body}");
        }
    }

    #[test]
    fn a_renewal_that_comes_to_nothing_leaves_a_token_that_is_still_good() {
        let world = World::new();
        let endpoint = world.answers(503, "");
        world.clock.advance(Duration::from_secs(3400));
        let tokens = world.tokens();
        assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
        assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
        endpoint.assert_calls(1);
        world.clock.advance(Duration::from_secs(61));
        assert_eq!(tokens.access_token().unwrap().expose(), "access-0");
        endpoint.assert_calls(2);
        world.clock.advance(Duration::from_secs(200));
        assert_eq!(tokens.access_token().unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn a_network_that_is_down_never_costs_the_session() {
        let world = World::new();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let before = session(&format!("http://{closed}"));
        before.save(&*world.store, "work").unwrap();
        world.clock.advance(Duration::from_secs(4000));
        assert_eq!(world.tokens().access_token().unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(world.stored(), before);
    }

    #[test]
    fn a_session_that_is_over_is_told_once_by_the_provider_and_then_from_memory() {
        for body in [
            r#"{"error":"invalid_grant"}"#,
            r#"{"error":"invalid_grant","error_codes":[50173],"error_description":"AADSTS50173: x"}"#,
        ] {
            let world = World::new();
            let endpoint = world.answers(400, body);
            world.clock.advance(Duration::from_secs(4000));
            let first = world.tokens().access_token().unwrap_err();
            let second = world.tokens().access_token().unwrap_err();
            assert_eq!((first.kind(), second.kind()), (ErrorKind::SignIn, ErrorKind::SignIn));
            endpoint.assert_calls(1);
            let reason = world.stored().reauth_reason(at(0)).unwrap();
            for report in [first.report(), second.report()] {
                assert!(report.contains(&reason), "{report}");
                assert!(report.contains("referrals login"), "{report}");
            }
            assert_eq!(world.stored().refresh_token(), None);
        }
    }

    #[test]
    fn a_challenge_is_kept_for_the_next_sign_in_and_the_session_too() {
        let world = World::new();
        world.answers(
            400,
            r#"{"error":"interaction_required","error_codes":[50076],"claims":"{\"access_token\":{}}"}"#,
        );
        world.clock.advance(Duration::from_secs(4000));
        let error = world.tokens().access_token().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.report().contains("multi-factor"), "{}", error.report());
        let stored = world.stored();
        let pending = stored.reauth.as_ref().unwrap();
        assert_eq!(pending.claims.as_deref(), Some(r#"{"access_token":{}}"#));
        assert_eq!(stored.refresh_token().unwrap().expose(), "refresh-0");
    }

    #[test]
    fn a_demand_of_the_api_is_kept_for_the_next_sign_in() {
        let world = World::new();
        world.tokens().require_reauth("a second factor", None);
        let stored = world.stored();
        assert_eq!(stored.reauth_reason(at(0)).as_deref(), Some("a second factor"));
        assert!(stored.reauth.unwrap().force_prompt);
    }

    #[test]
    fn a_session_of_another_registration_is_not_used() {
        let world = World::new();
        for (client_id, tenant, authority, fits) in [
            (None, None, None, true),
            (Some("client"), Some("CONTOSO"), Some(format!("{}/", world.server.base_url())), true),
            (Some("other"), None, None, false),
            (None, Some("fabrikam"), None, false),
            (None, None, Some("https://login.example".to_owned()), false),
        ] {
            let wanted = ExpectedSession {
                client_id: client_id.map(str::to_owned),
                tenant: tenant.map(str::to_owned),
                authority,
            };
            let shown = format!("{wanted:?}");
            let result = world.tokens().only_for(wanted).access_token();
            assert_eq!(result.is_ok(), fits, "{shown}");
            assert!(result.err().is_none_or(|error| error.kind() == ErrorKind::SignIn));
        }
    }

    #[test]
    fn nobody_signed_in_is_told_without_asking_anybody() {
        let world = World::new();
        let endpoint = world.answers(500, "");
        world.store.delete("work").unwrap();
        let tokens = world.tokens();
        assert_eq!(tokens.access_token().unwrap_err().kind(), ErrorKind::SignIn);
        let refused = Secret::new("access-0");
        assert_eq!(tokens.refresh(&refused).unwrap_err().kind(), ErrorKind::SignIn);
        endpoint.assert_calls(0);
    }

    #[test]
    fn a_store_that_fails_after_a_renewal_costs_a_warning_only() {
        struct ReadOnly(Arc<MemoryStore>);
        impl SecretStore for ReadOnly {
            fn load(&self, profile: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>> {
                self.0.load(profile)
            }
            fn save(&self, _profile: &str, _secret: &[u8]) -> Result<()> {
                Err(Error::new(ErrorKind::Failure, "the disk is full"))
            }
            fn delete(&self, profile: &str) -> Result<()> {
                self.0.delete(profile)
            }
            fn describe(&self, profile: &str) -> String {
                self.0.describe(profile)
            }
        }
        let world = World::new();
        world.rotates(Arc::default());
        world.clock.advance(Duration::from_secs(4000));
        let mut tokens = world.tokens();
        let store = Arc::new(ReadOnly(world.store.clone()));
        tokens.handle = SessionHandle::new("work", store, world.folder.path());
        assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
        world.clock.advance(Duration::from_secs(10));
        assert_eq!(tokens.access_token().unwrap().expose(), "access-1");
        assert!(world.said().contains("the disk is full"), "{}", world.said());
    }

    #[test]
    fn eight_at_once_renew_once() {
        let world = World::new();
        let calls = Arc::new(AtomicUsize::new(0));
        world.rotates(calls.clone());
        let folder = world.folder.path();
        session(&world.server.base_url()).save(&FileStore::new(folder), "work").unwrap();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let tokens = SessionTokens::new(
                        SessionHandle::new("work", Arc::new(FileStore::new(folder)), folder),
                        OAuthClient::new(&test_client()),
                        Arc::new(SystemClock::new()),
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
    fn nothing_that_is_said_holds_a_token() {
        let world = World::new();
        world.rotates(Arc::default());
        let tokens = world.tokens();
        world.clock.advance(Duration::from_secs(4000));
        tokens.access_token().unwrap();
        let said = world.said();
        assert!(said.contains("renewing"), "{said}");
        assert!(!said.contains("access-") && !said.contains("refresh-"), "{said}");
    }
}
