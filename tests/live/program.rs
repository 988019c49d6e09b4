//! The program itself, a process for each command: it signs in, lists, refreshes and signs out. On Windows its sessions
//! are in Credential Manager, and longer than an entry there; elsewhere in a file.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use assert_cmd::cargo::cargo_bin;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use referrals::testing::{FileStore, KeyringStore, SecretStore};

use crate::provider::Provider;
use crate::{Case, person, this_program};

pub(crate) const CASES: &[Case] = &[
    ("the_program_signs_in_with_a_browser_refreshes_and_signs_out", by_browser),
    ("the_program_signs_in_with_a_device_code_refreshes_and_signs_out", by_device),
    ("the_program_stores_nothing_when_the_sign_in_is_declined", declined),
    ("settings_and_state_are_in_the_directories_of_the_user", own_directories),
];

/// Of the user whose keyring this is; no profile of theirs has this name.
const PROFILE: &str = "referrals-live";

const STORE: &str = if cfg!(windows) { "keyring" } else { "file" };

/// In bytes, of an entry of Credential Manager.
const MAX_ENTRY_LEN: usize = 2_560;

/// The tokens that the API was sent, which accepts each of them once.
type Tokens = Arc<Mutex<Vec<String>>>;

/// The directories of the program, and the servers that it meets.
struct Place {
    home: tempfile::TempDir,
    provider: Provider,
    api: MockServer,
    tokens: Tokens,
}

fn by_browser() {
    let place = Place::new();
    let output = place.login(STORE, &[]).env("BROWSER", browser()).output().unwrap();
    place.check_session(&output);
}

fn by_device() {
    let place = Place::new();
    let output = place.login_with_code(false);
    place.check_session(&output);
}

fn declined() {
    let place = Place::new();
    let output = place.login_with_code(true);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("declined"), "{}", text(&output.stderr));
    assert!(place.load().is_none());
}

/// Of a user whose name is more than a plain word: .ci/windows makes one.
fn own_directories() {
    let place = Place::new();
    let home = place.home.path().join("Zoë van Dam");
    fs::create_dir(&home).unwrap();
    let own = |mut command: Command| {
        for variable in ["REFERRALS_CONFIG_DIR", "REFERRALS_STATE_DIR"] {
            command.env_remove(variable);
        }
        command.env("HOME", &home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
        command.env("BROWSER", browser()).output().unwrap()
    };
    let (config, state) = user_directories(&home);
    let (settings, session) =
        (config.join("config.toml"), state.join("sessions").join(format!("{PROFILE}.session")));
    let had_settings = settings.exists();
    let login = own(place.login("file", &[]));
    assert!(login.status.success(), "{}", text(&login.stderr));
    assert!(fs::read_to_string(&settings).unwrap().contains(PROFILE), "{}", settings.display());
    assert!(session.exists(), "{}", session.display());
    let mut logout = place.program();
    logout.arg("logout");
    assert!(own(logout).status.success());
    assert!(!session.exists());
    if !had_settings {
        fs::remove_file(settings).unwrap();
    }
}

/// Of the settings and of the state, as the documents have them.
fn user_directories(home: &Path) -> (PathBuf, PathBuf) {
    #[expect(clippy::disallowed_methods, reason = "Windows names the user's directories in them")]
    let variable = |name| PathBuf::from(std::env::var_os(name).unwrap());
    if cfg!(windows) {
        let (roaming, local) = (variable("APPDATA"), variable("LOCALAPPDATA"));
        return (roaming.join(r"referrals\config"), local.join(r"referrals\data"));
    }
    if cfg!(target_os = "macos") {
        let both = home.join("Library/Application Support/referrals");
        return (both.clone(), both);
    }
    (home.join(".config/referrals"), home.join(".local/state/referrals"))
}

/// The command for `BROWSER`.
fn browser() -> String {
    format!("\"{}\" child browser %s", this_program().display())
}

impl Place {
    fn new() -> Place {
        let (api, tokens) = (MockServer::start(), Tokens::default());
        let seen = Arc::clone(&tokens);
        api.mock(|when, then| {
            when.method("GET").path("/v1.0/engagements/referrals");
            then.respond_with(move |request| answer(request, &seen));
        });
        // Entra's tokens for large tenants are as long.
        let provider = Provider::start(&[("PADDING", "2400")]);
        Place { home: tempfile::tempdir().unwrap(), provider, api, tokens }
    }

    fn program(&self) -> Command {
        let mut command = Command::new(cargo_bin!("referrals"));
        command
            .env("REFERRALS_CONFIG_DIR", self.home.path())
            .env("REFERRALS_STATE_DIR", self.home.path())
            .env("REFERRALS_API_URL", self.api.url("/v1.0/engagements"))
            .env("REFERRALS_PROFILE", PROFILE)
            .env_remove("REFERRALS_TOKEN")
            .stdin(Stdio::null());
        command
    }

    fn login(&self, store: &str, flags: &[&str]) -> Command {
        let mut command = self.program();
        command
            .args(["login", "--client-id", "referrals-cli", "--tenant", "t", "--store", store])
            .args(["--scope", "openid offline_access referrals.read"])
            .args(["--authority", &self.provider.issuer])
            .args(flags);
        command
    }

    /// Signs in with a code, which somebody enters.
    fn login_with_code(&self, deny: bool) -> Output {
        let mut command = self.login(STORE, &["--device-code"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let (mut seen, mut line) = (String::new(), String::new());
        let code = loop {
            line.clear();
            assert!(errors.read_line(&mut line).unwrap() > 0, "no code was shown: {seen}");
            seen.push_str(&line);
            if let Some((_, code)) = line.split_once("enter the code ") {
                break code.trim().to_owned();
            }
        };
        let address = format!("{}/device", self.provider.issuer);
        let person = thread::spawn(move || person::visit(&address, Some(&code), deny));
        errors.read_to_string(&mut seen).unwrap();
        person.join().unwrap();
        let output = child.wait_with_output().unwrap();
        Output { stderr: seen.into_bytes(), ..output }
    }

    /// Checks that the sign-in is used, refreshed and removed.
    fn check_session(&self, login: &Output) {
        assert_eq!(login.status.code(), Some(0), "{}", text(&login.stderr));
        assert!(text(&login.stderr).contains("signed in"), "{}", text(&login.stderr));
        let session = self.load().unwrap();
        assert!(session.len() > MAX_ENTRY_LEN, "{} bytes", session.len());
        for _ in 0..2 {
            let listed = self.run(&["list", "--format", "json"]);
            assert!(listed.contains(r#"{"id":"a"}"#), "{listed}");
        }
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert!(tokens.len() > 1, "no second token was sent");
        assert!(tokens.iter().all(|token| token.len() > MAX_ENTRY_LEN));
        assert!(self.load().unwrap() != session, "the session was not refreshed");
        self.run(&["logout"]);
        assert!(self.load().is_none());
        let status = self.program().args(["status", "--check"]).output().unwrap();
        assert_eq!(status.status.code(), Some(4));
    }

    /// Runs the program, which must succeed, and returns its standard output.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.program().args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The stored session.
    fn load(&self) -> Option<Vec<u8>> {
        let store: Box<dyn SecretStore> = if cfg!(windows) {
            Box::new(KeyringStore::new(false))
        } else {
            Box::new(FileStore::new(self.home.path().join("sessions")))
        };
        store.load(PROFILE).unwrap().map(|secret| secret.to_vec())
    }
}

/// Accepts a token once, so that the program has to refresh the session.
fn answer(request: &HttpMockRequest, tokens: &Mutex<Vec<String>>) -> HttpMockResponse {
    let headers = request.headers();
    let token = headers.get("authorization").unwrap().to_str().unwrap().to_owned();
    let mut tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, body) = if tokens.contains(&token) {
        (401, "{}")
    } else {
        tokens.push(token);
        (200, r#"{"value":[{"id":"a"}]}"#)
    };
    HttpMockResponse::builder().status(status).body(body).build()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
