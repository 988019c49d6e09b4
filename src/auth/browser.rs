//! Signing in with a browser: authorization code, PKCE, and a redirect to this machine (API §5.4).
//! Starts nothing by itself: the caller brings what opens a browser and what reads a pasted address.

use std::borrow::Cow;
use std::io::BufRead;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};

use super::authority::AuthSettings;
use super::callback::Callback;
use super::listener::RedirectListener;
use super::oauth_client::OAuthClient;
use super::session::{Flow, Session, SignInParams, TokenGrant};
use super::token::Secret;
use super::token_response;
use super::{advice, oauth_client::OAuthRequestError};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::Ui;

/// How long a person may take: to find a phone, to ask an administrator.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// What both ways of signing in need.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// Where and as what.
    pub settings: &'a AuthSettings,
    /// What carries the requests.
    pub client: &'a OAuthClient,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Where the address to open is shown.
    pub ui: &'a Ui,
}

/// What a sign-in asks of the identity provider beyond the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizeOptions {
    /// `login` to prove oneself afresh, `consent` to see what is asked for, `select_account` to choose.
    pub prompt: Option<String>,
    /// A claims challenge to pass on.
    pub claims: Option<String>,
    /// The account to offer.
    pub login_hint: Option<String>,
}

impl AuthorizeOptions {
    /// What the session to be replaced calls for: its challenge, a fresh proof, the same account.
    pub fn replacing(session: &Session) -> AuthorizeOptions {
        let pending = session.reauth.as_ref();
        AuthorizeOptions {
            prompt: pending.filter(|pending| pending.force_prompt).map(|_| "login".to_owned()),
            claims: pending.and_then(|pending| pending.claims.clone()),
            login_hint: session.account.user.clone().filter(|user| user.contains('@')),
        }
    }
}

/// Signs a person in. The address to open is always shown; `opener` is tried on it, and its
/// failure is no error. With `pasted`, lines are read on a thread of their own until one is the
/// address the browser ended at; that thread may outlive the call.
pub fn sign_in(
    sign_in: SignIn<'_>,
    options: &AuthorizeOptions,
    opener: &dyn Fn(&str) -> Result<()>,
    pasted: Option<Box<dyn BufRead + Send>>,
) -> Result<Session> {
    sign_in_with_timeout(SIGN_IN_TIMEOUT, sign_in, options, opener, pasted)
}

/// Opens the user's browser at `address`.
pub fn open_browser(address: &str) -> Result<()> {
    open::that_detached(address)
        .map_err(|error| Error::new(ErrorKind::Failure, "cannot start a browser").cause(&error))
}

fn sign_in_with_timeout(
    deadline: Duration,
    sign_in: SignIn<'_>,
    options: &AuthorizeOptions,
    opener: &dyn Fn(&str) -> Result<()>,
    pasted: Option<Box<dyn BufRead + Send>>,
) -> Result<Session> {
    let SignIn { settings, ui, .. } = sign_in;
    let listener = RedirectListener::bind()?;
    let request = AuthorizationRequest::new(settings, options, &listener.redirect_uri())?;
    let (found, callbacks) = mpsc::channel();
    let server = listener.serve(&request.state, &found)?;

    ui.print(&format!("Open this address in a browser to sign in:\n\n{}\n", request.address));
    if let Err(error) = opener(&request.address) {
        ui.info(&format!("No browser could be started here: {}.", error.report()));
    }
    if let Some(lines) = pasted {
        ui.print(
            "If the browser is on another machine, it ends at a page that cannot be shown, at an \
             address that begins with http://localhost.\nPaste that address here and press Enter.",
        );
        read_pasted(lines, request.state.clone(), found.clone(), ui.clone())?;
    }
    drop(found);
    let callback = callbacks.recv_timeout(deadline).map_err(|_| {
        Error::new(
            ErrorKind::SignIn,
            format!("nobody signed in within {} minutes", deadline.as_secs() / 60),
        )
        .hint("run `referrals login` again")
        .hint("where no browser can reach this machine, use `referrals login --device-code`")
    })?;
    drop(server);
    let grant = request.complete(callback, &sign_in)?;
    Ok(new_session(grant, &sign_in, Flow::Browser))
}

/// The session that begins with `grant`; one that cannot be renewed is worth a warning.
pub(super) fn new_session(grant: TokenGrant, sign_in: &SignIn<'_>, flow: Flow) -> Session {
    let SignIn { settings, clock, ui, .. } = sign_in;
    if grant.refresh.is_none() {
        ui.warn(
            "the sign-in service gave nothing to renew the sign-in with, so it ends within the hour; \
             `offline_access` must be part of the scope",
        );
    }
    let origin = SignInParams {
        scope: settings.scope().to_owned(),
        client_id: settings.client_id().to_owned(),
        tenant: settings.tenant().to_owned(),
        authority: settings.authority().to_owned(),
        flow,
    };
    Session::begin(grant, origin, clock.now())
}

/// An authorize request and what its answer is checked with.
struct AuthorizationRequest {
    address: String,
    redirect: RedirectUrl,
    verifier: PkceCodeVerifier,
    state: String,
    nonce: String,
}

impl AuthorizationRequest {
    fn new(
        settings: &AuthSettings,
        options: &AuthorizeOptions,
        redirect: &str,
    ) -> Result<AuthorizationRequest> {
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|error| {
            Error::new(ErrorKind::Failure, "cannot name this machine").cause(&error)
        })?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random().into_secret();
        let oauth = token_response::oauth2_client(settings);
        let mut request = oauth
            .authorize_url(CsrfToken::new_random)
            .add_scopes(token_response::scopes(settings))
            .set_pkce_challenge(challenge)
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .add_extra_param("response_mode", "query")
            .add_extra_param("nonce", nonce.as_str());
        let AuthorizeOptions { prompt, claims, login_hint } = options;
        for (name, value) in [("prompt", prompt), ("claims", claims), ("login_hint", login_hint)] {
            if let Some(value) = value {
                request = request.add_extra_param(name, value.as_str());
            }
        }
        let (address, state) = request.url();
        Ok(AuthorizationRequest {
            address: address.into(),
            redirect,
            verifier,
            state: state.into_secret(),
            nonce,
        })
    }

    /// Exchanges the code for tokens, once everything that came with it has been checked.
    fn complete(self, callback: Callback, sign_in: &SignIn<'_>) -> Result<TokenGrant> {
        let SignIn { settings, client, .. } = sign_in;
        let forged = |what: &str| {
            Error::new(
                ErrorKind::SignIn,
                format!("the sign-in was answered by somebody else: {what}"),
            )
            .hint("run `referrals login` again; if it happens again, tell your administrator")
        };
        let (code, issuer) = match callback {
            Callback::Code { code, issuer } => (code, issuer),
            Callback::Refused(refusal) => return Err(advice::explain(&refusal, settings)),
            Callback::NotOurs | Callback::Empty => return Err(forged("nothing came back")),
        };
        if issuer.is_some_and(|issuer| !settings.is_issuer(&issuer)) {
            return Err(forged("another issuer's answer came back (`iss`)"));
        }
        let grant = self
            .redeem_code(&code, settings, client)
            .map_err(|failure| failure.into_error(settings).context("cannot finish the sign-in"))?;
        let told = grant.id_token.as_ref().and_then(|claims| claims.nonce.as_ref());
        if told.is_some_and(|told| *told != self.nonce) {
            return Err(forged("the answer belongs to another request (`nonce`)"));
        }
        Ok(grant)
    }

    fn redeem_code(
        &self,
        code: &Secret,
        settings: &AuthSettings,
        client: &OAuthClient,
    ) -> Result<TokenGrant, OAuthRequestError> {
        let verifier = PkceCodeVerifier::new(self.verifier.secret().clone());
        token_response::oauth2_client(settings)
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(verifier)
            .set_redirect_uri(Cow::Borrowed(&self.redirect))
            .request(&|request| client.send(request))
            .map_err(token_response::request_error)?
            .into_grant()
    }
}

/// Reads lines until one is this sign-in's address; a wrong one is answered and the next awaited.
fn read_pasted(
    mut lines: Box<dyn BufRead + Send>,
    state: String,
    found: Sender<Callback>,
    ui: Ui,
) -> Result<()> {
    let read = move || {
        let mut line = zeroize::Zeroizing::new(String::with_capacity(8 * 1024));
        while let Ok(1..) = lines.read_line(&mut line) {
            match Callback::read_pasted(&line, &state) {
                callback @ (Callback::Code { .. } | Callback::Refused(_)) => {
                    let _ = found.send(callback);
                    return;
                }
                _ if line.trim().is_empty() => {}
                _ => ui.print(
                    "That is not the address this sign-in ends at. Copy all of what the browser's \
                     address bar shows, from http://localhost on.",
                ),
            }
            line.clear();
        }
    };
    std::thread::Builder::new()
        .name("paste".to_owned())
        .spawn(read)
        .map(drop)
        .map_err(|error| Error::new(ErrorKind::Failure, "cannot start a thread").cause(&error))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::{Cursor, Read, Write};
    use std::net::TcpStream;
    use std::sync::{Arc, Mutex};

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
    use oauth2::url::form_urlencoded;
    use reqwest::Url;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::auth::authority::tests::settings;
    use crate::auth::oauth_client::test_client;
    use crate::auth::session::tests::{at, session};
    use crate::clock::ManualClock;

    type Words = HashMap<String, String>;

    fn words(text: &str) -> Words {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    /// An identity provider whose authorize endpoint is the opener.
    struct World {
        server: MockServer,
        settings: AuthSettings,
        clock: ManualClock,
        asked: Arc<Mutex<Words>>,
        redeemed: Arc<Mutex<Words>>,
    }

    impl World {
        fn new(nonce: Option<&'static str>) -> World {
            let server = MockServer::start();
            let (asked, redeemed) =
                (Arc::<Mutex<Words>>::default(), Arc::<Mutex<Words>>::default());
            let (asks, redeems) = (asked.clone(), redeemed.clone());
            server.mock(|when, then| {
                when.method("POST").path("/t/oauth2/v2.0/token");
                then.respond_with(move |request: &HttpMockRequest| {
                    *redeems.lock().unwrap() = words(&String::from_utf8_lossy(request.body_ref()));
                    let asked = asks.lock().unwrap();
                    let nonce = nonce.unwrap_or(&asked["nonce"]);
                    let claims = format!(r#"{{"nonce":"{nonce}","tid":"72f9","preferred_username":"jo@contoso.com"}}"#);
                    let id_token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
                    HttpMockResponse::builder()
                        .status(200)
                        .body(format!(r#"{{"access_token":"access-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1","id_token":"{id_token}"}}"#))
                        .build()
                });
            });
            World {
                settings: settings(&server.base_url()),
                server,
                clock: ManualClock::at(at(1000)),
                asked,
                redeemed,
            }
        }

        /// Signs in with a browser that ends at the redirect address with `answer`.
        fn sign_in(&self, options: &AuthorizeOptions, answer: &str) -> Result<Session> {
            let opener = |address: &str| {
                let asked = self.ask(address);
                let port = Url::parse(&asked["redirect_uri"]).unwrap().port().unwrap();
                let answer = answer.replace("STATE", &asked["state"]);
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                write!(stream, "GET /?{answer} HTTP/1.1\r\n\r\n").unwrap();
                stream.read_to_string(&mut String::new()).unwrap();
                Ok(())
            };
            self.run(options, &opener, None)
        }

        fn run(
            &self,
            options: &AuthorizeOptions,
            opener: &dyn Fn(&str) -> Result<()>,
            pasted: Option<Box<dyn BufRead + Send>>,
        ) -> Result<Session> {
            let sign_in = SignIn {
                settings: &self.settings,
                client: &OAuthClient::new(&test_client()),
                clock: &self.clock,
                ui: &Ui::silent(),
            };
            sign_in_with_timeout(Duration::from_secs(20), sign_in, options, opener, pasted)
        }

        fn ask(&self, address: &str) -> Words {
            let url = Url::parse(address).unwrap();
            assert_eq!(url.path(), "/t/oauth2/v2.0/authorize");
            let asked = words(url.query().unwrap());
            *self.asked.lock().unwrap() = asked.clone();
            asked
        }
    }

    #[test]
    fn a_code_becomes_a_session() {
        let world = World::new(None);
        let session =
            world.sign_in(&AuthorizeOptions::default(), "code=code-1&state=STATE").unwrap();
        let asked = world.asked.lock().unwrap().clone();
        let redeemed = world.redeemed.lock().unwrap().clone();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "referrals-cli"),
            ("scope", "api/.default"),
            ("response_mode", "query"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(asked[name], value, "{name}");
        }
        for absent in ["prompt", "claims", "login_hint", "client_secret"] {
            assert!(!asked.contains_key(absent), "{absent}");
        }
        assert_eq!(redeemed["grant_type"], "authorization_code");
        assert_eq!(redeemed["code"], "code-1");
        assert_eq!(redeemed["client_id"], "referrals-cli");
        assert_eq!(redeemed["redirect_uri"], asked["redirect_uri"]);
        assert!(asked["redirect_uri"].starts_with("http://localhost:"));
        let verifier = Sha256::digest(&redeemed["code_verifier"]);
        assert_eq!(URL_SAFE_NO_PAD.encode(verifier), asked["code_challenge"]);
        assert!(!redeemed.contains_key("client_secret"));

        assert_eq!(session.access_token().unwrap().expose(), "access-1");
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-1");
        assert_eq!((session.signed_in, session.access_expires_at), (at(1000), at(4600)));
        assert_eq!(session.account.user.as_deref(), Some("jo@contoso.com"));
        assert_eq!(session.account.tenant_id.as_deref(), Some("72f9"));
        assert_eq!(session.authority, world.server.base_url());
        assert_eq!(session.flow, Flow::Browser);
    }

    #[test]
    fn a_challenge_a_prompt_and_the_account_are_passed_on() {
        let world = World::new(None);
        let mut old = session("https://a");
        old.account.user = Some("jo@contoso.com".to_owned());
        old.reauth = Some(crate::auth::ReauthRequired {
            reason: "why".to_owned(),
            claims: Some(r#"{"access_token":{}}"#.to_owned()),
            force_prompt: true,
        });
        world.sign_in(&AuthorizeOptions::replacing(&old), "code=code-1&state=STATE").unwrap();
        let asked = world.asked.lock().unwrap().clone();
        assert_eq!(asked["prompt"], "login");
        assert_eq!(asked["claims"], r#"{"access_token":{}}"#);
        assert_eq!(asked["login_hint"], "jo@contoso.com");
        assert_eq!(AuthorizeOptions::replacing(&session("https://a")), AuthorizeOptions::default());
    }

    #[test]
    fn a_refusal_is_told_and_no_code_is_redeemed() {
        let world = World::new(None);
        let answer = "error=access_denied&error_description=AADSTS65004%3A+Declined.&state=STATE";
        let error = world.sign_in(&AuthorizeOptions::default(), answer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.report().contains("consent to the app was declined"), "{}", error.report());
        assert!(world.redeemed.lock().unwrap().is_empty());
    }

    #[test]
    fn an_answer_of_another_issuer_or_request_is_not_taken() {
        let world = World::new(None);
        let answer = "code=code-1&state=STATE&iss=https%3A%2F%2Fevil.example";
        let error = world.sign_in(&AuthorizeOptions::default(), answer).unwrap_err();
        assert!(error.message().contains("iss"), "{}", error.report());
        assert!(world.redeemed.lock().unwrap().is_empty());

        let own = format!("code=code-1&state=STATE&iss={}", world.server.base_url());
        assert!(world.sign_in(&AuthorizeOptions::default(), &own).is_ok());

        let replayed = World::new(Some("old"));
        let error =
            replayed.sign_in(&AuthorizeOptions::default(), "code=code-1&state=STATE").unwrap_err();
        assert!(error.message().contains("nonce"), "{}", error.report());
    }

    #[test]
    fn a_pasted_address_does_as_well_as_a_browser_here() {
        /// Lines that are known only once the address to open is.
        struct Lines(std::sync::mpsc::Receiver<String>, Cursor<Vec<u8>>);
        impl Read for Lines {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                if let Ok(text) = self.0.try_recv() {
                    self.1 = Cursor::new(text.into_bytes());
                }
                self.1.read(buffer)
            }
        }
        let world = World::new(None);
        let (sender, receiver) = std::sync::mpsc::channel();
        let opener = |address: &str| {
            let state = world.ask(address)["state"].clone();
            sender
                .send(format!(
                    "\nhttp://localhost:1/?code=abc&state=old\nhttp://localhost:1/?code=code-2&state={state}\n"
                ))
                .unwrap();
            Err(Error::new(ErrorKind::Failure, "no browser here"))
        };
        let lines = std::io::BufReader::new(Lines(receiver, Cursor::default()));
        world.run(&AuthorizeOptions::default(), &opener, Some(Box::new(lines))).unwrap();
        assert_eq!(world.redeemed.lock().unwrap()["code"], "code-2");
    }

    #[test]
    fn nobody_coming_back_ends_at_the_deadline() {
        let world = World::new(None);
        let sign_in = SignIn {
            settings: &world.settings,
            client: &OAuthClient::new(&test_client()),
            clock: &world.clock,
            ui: &Ui::silent(),
        };
        let opener = |_: &str| Ok(());
        let deadline = Duration::from_millis(1);
        let error =
            sign_in_with_timeout(deadline, sign_in, &AuthorizeOptions::default(), &opener, None)
                .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
    }
}
