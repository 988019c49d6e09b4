//! A sign-in service on loopback, a browser, and the directories of a user who signs in there.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use reqwest::Url;

use crate::support::{Output, TestEnv};

/// Of a form or a query.
pub(crate) type Parameters = HashMap<String, String>;

/// The access token of the `n`th grant.
pub(crate) fn access(n: usize) -> String {
    token(&format!(r#"{{"upn":"jo@contoso.com","tid":"72f9","amr":["pwd","mfa"],"n":{n}}}"#))
}

/// A token with these claims.
pub(crate) fn token(claims: &str) -> String {
    format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims))
}

/// Accepts each refresh token once; another use ends the session.
pub(crate) struct SignInService {
    server: MockServer,
    state: Arc<Mutex<ServiceState>>,
}

#[derive(Default)]
struct ServiceState {
    /// Of the last authorization request.
    authorize: Parameters,
    token_requests: Vec<Parameters>,
    granted: usize,
    refresh: Option<String>,
}

impl SignInService {
    pub(crate) fn start() -> SignInService {
        let (server, state) = (MockServer::start(), Arc::<Mutex<ServiceState>>::default());
        let shared = Arc::clone(&state);
        server.mock(|when, then| {
            when.method("POST").path("/t/oauth2/v2.0/token");
            then.respond_with(move |request: &HttpMockRequest| {
                let (status, body) = shared.lock().unwrap().respond(request.body_ref());
                HttpMockResponse::builder().status(status).body(body).build()
            });
        });
        server.mock(|when, then| {
            when.method("POST").path("/t/oauth2/v2.0/devicecode");
            then.status(200).body(
                r#"{"device_code":"device-1","user_code":"ABCD-EFGH","verification_uri":"https://login.example/device","expires_in":900,"interval":5}"#,
            );
        });
        server.mock(|when, then| {
            when.method("GET").path("/");
            then.status(302).header("date", "Sat, 21 Nov 2026 11:59:48 GMT");
        });
        SignInService { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.base_url()
    }

    /// The parameters of the last authorization request.
    pub(crate) fn authorize(&self) -> Parameters {
        self.state.lock().unwrap().authorize.clone()
    }

    /// The grant types of all token requests, in order.
    pub(crate) fn grants(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.token_requests.iter().map(|form| form["grant_type"].clone()).collect()
    }

    /// A browser that ends at the redirect address with `response`, in which STATE stands for the state.
    pub(crate) fn browser(
        &self,
        response: &'static str,
    ) -> impl Fn(&str) -> referrals::testing::Result<()> + Send + Sync + 'static {
        let state = Arc::clone(&self.state);
        move |address| {
            let authorize: Parameters =
                Url::parse(address).unwrap().query_pairs().into_owned().collect();
            state.lock().unwrap().authorize.clone_from(&authorize);
            let port = Url::parse(&authorize["redirect_uri"]).unwrap().port().unwrap();
            let response = response.replace("STATE", &authorize["state"]);
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            write!(stream, "GET /?{response} HTTP/1.1\r\n\r\n").unwrap();
            stream.read_to_string(&mut String::new()).unwrap();
            Ok(())
        }
    }
}

impl ServiceState {
    fn respond(&mut self, body: &[u8]) -> (u16, String) {
        let query = String::from_utf8_lossy(body).into_owned();
        let form: Parameters =
            Url::parse(&format!("http://a/?{query}")).unwrap().query_pairs().into_owned().collect();
        self.token_requests.push(form.clone());
        if let Some(sent) = form.get("refresh_token")
            && self.refresh.take().as_ref() != Some(sent)
        {
            return (400, r#"{"error":"invalid_grant"}"#.to_owned());
        }
        if form.contains_key("device_code") && self.token_requests.len() < 3 {
            return (400, r#"{"error":"authorization_pending"}"#.to_owned());
        }
        self.granted += 1;
        let (n, nonce) = (self.granted, self.authorize.get("nonce").cloned().unwrap_or_default());
        self.refresh = Some(format!("refresh-{n}"));
        let id = token(&format!(
            r#"{{"nonce":"{nonce}","tid":"72f9","preferred_username":"jo@contoso.com"}}"#
        ));
        let id = if form["grant_type"] == "authorization_code" { id } else { String::new() };
        let access = access(n);
        (
            200,
            format!(
                r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-{n}","id_token":"{id}"}}"#
            ),
        )
    }
}

/// The response of a successful sign-in.
pub(crate) const SIGNED_IN: &str = "code=code-1&state=STATE";

/// A user's directories, a sign-in service and the address of an API.
pub(crate) struct Home {
    directory: tempfile::TempDir,
    pub(crate) service: SignInService,
    api: String,
}

impl Home {
    pub(crate) fn new(api: &str) -> Home {
        Home {
            directory: tempfile::tempdir().unwrap(),
            service: SignInService::start(),
            api: api.to_owned(),
        }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.directory.path().join("config")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// The text of the settings file.
    pub(crate) fn settings(&self) -> String {
        fs::read_to_string(self.config().join("config.toml")).unwrap_or_default()
    }

    /// The names of the session files.
    pub(crate) fn sessions(&self) -> Vec<String> {
        let files = fs::read_dir(self.state().join("sessions")).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            files.map(|file| file.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// An environment with these directories and a browser that signs in.
    pub(crate) fn env(&self) -> TestEnv {
        TestEnv::new()
            .variable("REFERRALS_CONFIG_DIR", self.config().to_str().unwrap())
            .variable("REFERRALS_STATE_DIR", self.state().to_str().unwrap())
            .variable("REFERRALS_API_URL", &self.api)
            .browser(self.service.browser(SIGNED_IN))
    }

    /// Signs in with all flags that a first sign-in needs, and `more`.
    pub(crate) fn sign_in(&self, env: &TestEnv, more: &[&str]) -> Output {
        let url = self.service.url();
        let flags = [
            &["login", "--client-id", "client", "--tenant", "t", "--authority", &url][..],
            &["--store", "file", "-vv"],
        ];
        let output = env.run(&[flags.concat(), more.to_vec()].concat());
        assert_no_secret(&output);
        output
    }
}

/// Asserts that no stream contains a token or a code, or a part of one.
#[track_caller]
pub(crate) fn assert_no_secret(output: &Output) {
    let secrets: Vec<String> = (0..5).map(access).collect();
    let words = ["code-1", "device-1", "refresh-", ".signature", "code_verifier", "id_token"];
    for word in secrets.iter().map(String::as_str).chain(words) {
        for stream in [&output.out, &output.err] {
            assert!(!stream.contains(word), "{word}: {output:?}");
        }
    }
}
