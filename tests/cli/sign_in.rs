//! A sign-in service on loopback, a person's browser, and the folders of an account that signs in there.

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

/// A form or a query, by name.
pub(crate) type Words = HashMap<String, String>;

/// The access token of the `n`th grant, which says whose it is.
pub(crate) fn access(n: usize) -> String {
    token(&format!(r#"{{"upn":"jo@contoso.com","tid":"72f9","amr":["pwd","mfa"],"n":{n}}}"#))
}

/// A token with these claims.
pub(crate) fn token(claims: &str) -> String {
    format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims))
}

/// Gives tokens, each refresh token good once: another use ends the session, as a strict service does.
pub(crate) struct SignInService {
    server: MockServer,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// What the authorize page was last asked.
    asked: Words,
    /// The forms the token endpoint was sent.
    forms: Vec<Words>,
    granted: usize,
    refresh: Option<String>,
}

impl SignInService {
    pub(crate) fn start() -> SignInService {
        let (server, known) = (MockServer::start(), Arc::<Mutex<Known>>::default());
        let shared = Arc::clone(&known);
        server.mock(|when, then| {
            when.method("POST").path("/t/oauth2/v2.0/token");
            then.respond_with(move |request: &HttpMockRequest| {
                let (status, body) = shared.lock().unwrap().answer(request.body_ref());
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
        SignInService { server, known }
    }

    pub(crate) fn url(&self) -> String {
        self.server.base_url()
    }

    /// What the authorize page was last asked.
    pub(crate) fn asked(&self) -> Words {
        self.known.lock().unwrap().asked.clone()
    }

    /// The kinds of grant that were asked for, in order.
    pub(crate) fn grants(&self) -> Vec<String> {
        let known = self.known.lock().unwrap();
        known.forms.iter().map(|form| form["grant_type"].clone()).collect()
    }

    /// A browser whose owner ends at the redirect address with `answer`, in which STATE stands for the state.
    pub(crate) fn browser(
        &self,
        answer: &'static str,
    ) -> impl Fn(&str) -> referrals::error::Result<()> + Send + Sync + 'static {
        let known = Arc::clone(&self.known);
        move |address| {
            let asked: Words = Url::parse(address).unwrap().query_pairs().into_owned().collect();
            known.lock().unwrap().asked.clone_from(&asked);
            let port = Url::parse(&asked["redirect_uri"]).unwrap().port().unwrap();
            let answer = answer.replace("STATE", &asked["state"]);
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            write!(stream, "GET /?{answer} HTTP/1.1\r\n\r\n").unwrap();
            stream.read_to_string(&mut String::new()).unwrap();
            Ok(())
        }
    }
}

impl Known {
    fn answer(&mut self, body: &[u8]) -> (u16, String) {
        let query = String::from_utf8_lossy(body).into_owned();
        let form: Words =
            Url::parse(&format!("http://a/?{query}")).unwrap().query_pairs().into_owned().collect();
        self.forms.push(form.clone());
        if let Some(sent) = form.get("refresh_token")
            && self.refresh.take().as_ref() != Some(sent)
        {
            return (400, r#"{"error":"invalid_grant"}"#.to_owned());
        }
        if form.contains_key("device_code") && self.forms.len() < 3 {
            return (400, r#"{"error":"authorization_pending"}"#.to_owned());
        }
        self.granted += 1;
        let (n, nonce) = (self.granted, self.asked.get("nonce").cloned().unwrap_or_default());
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

/// What a browser brings back when all goes well.
pub(crate) const SIGNED_IN: &str = "code=code-1&state=STATE";

/// A person's folders, a sign-in service and the address of an API.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    pub(crate) service: SignInService,
    api: String,
}

impl Home {
    pub(crate) fn new(api: &str) -> Home {
        Home {
            folder: tempfile::tempdir().unwrap(),
            service: SignInService::start(),
            api: api.to_owned(),
        }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The settings file's text.
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

    /// A pipe in these folders, with a browser whose owner signs in.
    pub(crate) fn stage(&self) -> TestEnv {
        TestEnv::new()
            .variable("REFERRALS_CONFIG_DIR", self.config().to_str().unwrap())
            .variable("REFERRALS_STATE_DIR", self.state().to_str().unwrap())
            .variable("REFERRALS_API_URL", &self.api)
            .browser(self.service.browser(SIGNED_IN))
    }

    /// Signs in for the first time, with more flags.
    pub(crate) fn sign_in(&self, stage: &TestEnv, more: &[&str]) -> Output {
        let url = self.service.url();
        let flags = [
            &["login", "--client-id", "client", "--tenant", "t", "--authority", &url][..],
            &["--store", "file", "-vv"],
        ];
        let ran = stage.run(&[flags.concat(), more.to_vec()].concat());
        assert_no_secret(&ran);
        ran
    }
}

/// Nothing that was printed may hold a token or a code, or a part of one.
#[track_caller]
pub(crate) fn assert_no_secret(ran: &Output) {
    let secrets: Vec<String> = (0..5).map(access).collect();
    let words = ["code-1", "device-1", "refresh-", ".signature", "code_verifier", "id_token"];
    for word in secrets.iter().map(String::as_str).chain(words) {
        for stream in [&ran.out, &ran.err] {
            assert!(!stream.contains(word), "{word}: {ran:?}");
        }
    }
}
