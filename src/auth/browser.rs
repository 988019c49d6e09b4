//! Signing in with a browser: authorization code with PKCE and a redirect to this machine (API §5.4).

use std::borrow::Cow;
use std::io::BufRead;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};

use super::advice;
use super::authority::AuthSettings;
use super::callback::Callback;
use super::listener::RedirectListener;
use super::oauth_client::{oauth2_client, scopes};
use super::request_error::OAuthRequestError;
use super::session::{Flow, Session, TokenGrant};
use super::sign_in::{AuthorizeOptions, SignIn};
use super::token_response::TokenResponse;
use crate::error::{Error, Result};
use crate::ui::Ui;

/// Long enough to find a phone or to ask an administrator.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Signs in with the browser that `opener` opens; the address is printed too, in case that fails. From `pasted`, lines
/// are read on another thread until one is the redirect address; that thread may outlive the call.
pub fn sign_in(
    sign_in: SignIn<'_>,
    options: &AuthorizeOptions,
    opener: &dyn Fn(&str) -> Result<()>,
    pasted: Option<Box<dyn BufRead + Send>>,
) -> Result<Session> {
    sign_in_with_timeout(SIGN_IN_TIMEOUT, sign_in, options, opener, pasted)
}

fn sign_in_with_timeout(
    timeout: Duration,
    sign_in: SignIn<'_>,
    options: &AuthorizeOptions,
    opener: &dyn Fn(&str) -> Result<()>,
    pasted: Option<Box<dyn BufRead + Send>>,
) -> Result<Session> {
    let SignIn { settings, ui, .. } = sign_in;
    let listener = RedirectListener::bind()?;
    let request = AuthorizationRequest::new(settings, options, &listener.redirect_uri())?;
    let (sender, callbacks) = mpsc::channel();
    let server = listener.serve(&request.state, &sender)?;

    ui.print(&format!("Open this address in a browser to sign in:\n\n{}\n", request.address));
    if let Err(error) = opener(&request.address) {
        ui.info(&format!("{error}; open the address yourself"));
    }
    if let Some(lines) = pasted {
        ui.print(
            "If the browser runs on another machine, it ends at an error page whose address begins \
             with http://localhost.\nPaste that address here and press Enter.",
        );
        read_pasted(lines, request.state.clone(), sender.clone(), ui.clone())?;
    }
    drop(sender);
    let callback = callbacks.recv_timeout(timeout).map_err(|_| {
        Error::sign_in(format!("the sign-in timed out after {} minutes", timeout.as_secs() / 60))
            .hint("run `referrals login` again")
            .hint("if no browser can reach this machine, use `referrals login --device-code`")
    })?;
    drop(server);
    let grant = request.complete(callback, &sign_in)?;
    Ok(sign_in.new_session(grant, Flow::Browser))
}

/// An authorization request and what its response is checked with.
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
        let redirect = RedirectUrl::new(redirect.to_owned())
            .map_err(|error| Error::failure("invalid redirect address").cause(&error))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random().into_secret();
        let client = oauth2_client(settings);
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes(settings))
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

    /// Checks the callback and exchanges its code for tokens.
    fn complete(self, callback: Callback, sign_in: &SignIn<'_>) -> Result<TokenGrant> {
        let SignIn { settings, client, .. } = sign_in;
        let reject = |why: &str| {
            Error::sign_in(format!("sign-in response rejected: {why}"))
                .hint("run `referrals login` again; if it happens again, tell your administrator")
        };
        let (code, issuer) = match callback {
            Callback::Code { code, issuer } => (code, issuer),
            Callback::Rejected(error) => return Err(advice::explain(&error, settings)),
            Callback::WrongState | Callback::Malformed => {
                return Err(reject("it contains no code"));
            }
        };
        if issuer.is_some_and(|issuer| !settings.is_issuer(&issuer)) {
            return Err(reject("it is from another issuer (`iss`)"));
        }
        let grant = oauth2_client(settings)
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(self.verifier)
            .set_redirect_uri(Cow::Borrowed(&self.redirect))
            .request(&|request| client.send(request))
            .map_err(OAuthRequestError::from)
            .and_then(TokenResponse::into_grant)
            .map_err(|error| error.into_error(settings).context("cannot complete the sign-in"))?;
        let nonce = grant.id_token.as_ref().and_then(|claims| claims.nonce.as_ref());
        if nonce.is_some_and(|nonce| *nonce != self.nonce) {
            return Err(reject("it is for another request (`nonce`)"));
        }
        Ok(grant)
    }
}

/// Reads lines until one is the redirect address of this sign-in.
fn read_pasted(
    mut lines: Box<dyn BufRead + Send>,
    state: String,
    callbacks: Sender<Callback>,
    ui: Ui,
) -> Result<()> {
    let read = move || {
        let mut line = zeroize::Zeroizing::new(String::with_capacity(8 * 1024));
        while let Ok(1..) = lines.read_line(&mut line) {
            match Callback::parse_pasted(&line, &state) {
                callback @ (Callback::Code { .. } | Callback::Rejected(_)) => {
                    let _ = callbacks.send(callback);
                    return;
                }
                _ if line.trim().is_empty() => {}
                _ => ui.print(&Callback::describe_rejected(&line)),
            }
            line.clear();
        }
    };
    let thread = std::thread::Builder::new().name("paste".to_owned()).spawn(read);
    thread.map(drop).map_err(|error| Error::failure("cannot start a thread").cause(&error))
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
    use crate::auth::OAuthClient;
    use crate::auth::authority::tests::settings;
    use crate::auth::session::tests::{at, session};
    use crate::error::ErrorKind;
    use crate::testing::ManualClock;

    type Parameters = HashMap<String, String>;

    fn parse_query(text: &str) -> Parameters {
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    /// An identity provider; the opener plays its authorize endpoint.
    struct Provider {
        server: MockServer,
        settings: AuthSettings,
        clock: ManualClock,
        authorize: Arc<Mutex<Parameters>>,
        redeemed: Arc<Mutex<Parameters>>,
    }

    impl Provider {
        fn new(nonce: Option<&'static str>) -> Provider {
            let server = MockServer::start();
            let (authorize, redeemed) =
                (Arc::<Mutex<Parameters>>::default(), Arc::<Mutex<Parameters>>::default());
            let (last_authorize, last_redeemed) = (authorize.clone(), redeemed.clone());
            server.mock(|when, then| {
                when.method("POST").path("/t/oauth2/v2.0/token");
                then.respond_with(move |request: &HttpMockRequest| {
                    *last_redeemed.lock().unwrap() = parse_query(&String::from_utf8_lossy(request.body_ref()));
                    let authorize = last_authorize.lock().unwrap();
                    let nonce = nonce.unwrap_or(&authorize["nonce"]);
                    let claims = format!(r#"{{"nonce":"{nonce}","tid":"72f9","preferred_username":"jo@contoso.com"}}"#);
                    let id_token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
                    HttpMockResponse::builder()
                        .status(200)
                        .body(format!(r#"{{"access_token":"access-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1","id_token":"{id_token}"}}"#))
                        .build()
                });
            });
            Provider {
                settings: settings(&server.base_url()),
                server,
                clock: ManualClock::at(at(1000)),
                authorize,
                redeemed,
            }
        }

        /// Signs in with a browser that ends at the redirect address with `response`.
        fn sign_in(&self, options: &AuthorizeOptions, response: &str) -> Result<Session> {
            let opener = |address: &str| {
                let parameters = self.visit(address);
                let port = Url::parse(&parameters["redirect_uri"]).unwrap().port().unwrap();
                let response = response.replace("STATE", &parameters["state"]);
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                write!(stream, "GET /?{response} HTTP/1.1\r\n\r\n").unwrap();
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
                client: &OAuthClient::new(Arc::default()),
                clock: &self.clock,
                ui: &Ui::silent(),
            };
            sign_in_with_timeout(Duration::from_secs(20), sign_in, options, opener, pasted)
        }

        fn visit(&self, address: &str) -> Parameters {
            let url = Url::parse(address).unwrap();
            assert_eq!(url.path(), "/t/oauth2/v2.0/authorize");
            let parameters = parse_query(url.query().unwrap());
            *self.authorize.lock().unwrap() = parameters.clone();
            parameters
        }
    }

    #[test]
    fn a_code_becomes_a_session() {
        let provider = Provider::new(None);
        let session =
            provider.sign_in(&AuthorizeOptions::default(), "code=code-1&state=STATE").unwrap();
        let authorize = provider.authorize.lock().unwrap().clone();
        let redeemed = provider.redeemed.lock().unwrap().clone();
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "referrals-cli"),
            ("scope", "api/.default"),
            ("response_mode", "query"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(authorize[name], value, "{name}");
        }
        for absent in ["prompt", "claims", "login_hint", "client_secret"] {
            assert!(!authorize.contains_key(absent), "{absent}");
        }
        assert_eq!(redeemed["grant_type"], "authorization_code");
        assert_eq!(redeemed["code"], "code-1");
        assert_eq!(redeemed["client_id"], "referrals-cli");
        assert_eq!(redeemed["redirect_uri"], authorize["redirect_uri"]);
        assert!(authorize["redirect_uri"].starts_with("http://localhost:"));
        let verifier = Sha256::digest(&redeemed["code_verifier"]);
        assert_eq!(URL_SAFE_NO_PAD.encode(verifier), authorize["code_challenge"]);
        assert!(!redeemed.contains_key("client_secret"));

        assert_eq!(session.access_token().unwrap().expose(), "access-1");
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-1");
        assert_eq!((session.signed_in, session.access_expires_at), (at(1000), at(4600)));
        assert_eq!(session.account.user.as_deref(), Some("jo@contoso.com"));
        assert_eq!(session.account.tenant_id.as_deref(), Some("72f9"));
        assert_eq!(session.authority, provider.server.base_url());
        assert_eq!(session.flow, Flow::Browser);
    }

    #[test]
    fn claims_prompt_and_account_are_passed_on() {
        let provider = Provider::new(None);
        let mut old = session("https://a");
        old.account.user = Some("jo@contoso.com".to_owned());
        old.reauth = Some(crate::auth::session::ReauthRequired {
            reason: "why".to_owned(),
            claims: Some(r#"{"access_token":{}}"#.to_owned()),
            force_prompt: true,
        });
        provider.sign_in(&AuthorizeOptions::replacing(&old), "code=code-1&state=STATE").unwrap();
        let authorize = provider.authorize.lock().unwrap().clone();
        assert_eq!(authorize["prompt"], "login");
        assert_eq!(authorize["claims"], r#"{"access_token":{}}"#);
        assert_eq!(authorize["login_hint"], "jo@contoso.com");
        assert_eq!(AuthorizeOptions::replacing(&session("https://a")), AuthorizeOptions::default());
    }

    #[test]
    fn an_error_response_is_explained_and_no_code_is_redeemed() {
        let provider = Provider::new(None);
        let response = "error=access_denied&error_description=AADSTS65004%3A+Declined.&state=STATE";
        let error = provider.sign_in(&AuthorizeOptions::default(), response).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.report().contains("consent to the app was declined"), "{}", error.report());
        assert!(provider.redeemed.lock().unwrap().is_empty());
    }

    #[test]
    fn a_response_from_another_issuer_or_for_another_request_is_rejected() {
        let provider = Provider::new(None);
        let response = "code=code-1&state=STATE&iss=https%3A%2F%2Fevil.example";
        let error = provider.sign_in(&AuthorizeOptions::default(), response).unwrap_err();
        assert!(error.message().contains("iss"), "{}", error.report());
        assert!(provider.redeemed.lock().unwrap().is_empty());

        let own = format!("code=code-1&state=STATE&iss={}", provider.server.base_url());
        assert!(provider.sign_in(&AuthorizeOptions::default(), &own).is_ok());

        let replayed = Provider::new(Some("old"));
        let error =
            replayed.sign_in(&AuthorizeOptions::default(), "code=code-1&state=STATE").unwrap_err();
        assert!(error.message().contains("nonce"), "{}", error.report());
    }

    #[test]
    fn a_pasted_address_completes_the_sign_in() {
        /// Lines that are known once the browser is opened.
        struct Lines(std::sync::mpsc::Receiver<String>, Cursor<Vec<u8>>);
        impl Read for Lines {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                if let Ok(text) = self.0.try_recv() {
                    self.1 = Cursor::new(text.into_bytes());
                }
                self.1.read(buffer)
            }
        }
        let provider = Provider::new(None);
        let (sender, receiver) = std::sync::mpsc::channel();
        let opener = |address: &str| {
            let state = provider.visit(address)["state"].clone();
            sender
                .send(format!(
                    "\nhttp://localhost:1/?code=abc&state=old\nhttp://localhost:1/?code=code-2&state={state}\n"
                ))
                .unwrap();
            Err(Error::failure("no browser here"))
        };
        let lines = std::io::BufReader::new(Lines(receiver, Cursor::default()));
        provider.run(&AuthorizeOptions::default(), &opener, Some(Box::new(lines))).unwrap();
        assert_eq!(provider.redeemed.lock().unwrap()["code"], "code-2");
    }

    #[test]
    fn a_sign_in_without_a_callback_times_out() {
        let provider = Provider::new(None);
        let sign_in = SignIn {
            settings: &provider.settings,
            client: &OAuthClient::new(Arc::default()),
            clock: &provider.clock,
            ui: &Ui::silent(),
        };
        let opener = |_: &str| Ok(());
        let timeout = Duration::from_millis(1);
        let error =
            sign_in_with_timeout(timeout, sign_in, &AuthorizeOptions::default(), &opener, None)
                .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
    }
}
