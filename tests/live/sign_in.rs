//! Sign-in with a browser and with a device code, and refresh, against a certified identity provider that ends a session
//! when a refresh token is used twice.

use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use referrals::testing::SharedBuffer;
use referrals::testing::{
    AuthorizeOptions, ExpectedSession, FileStore, Flow, Session, SessionHandle, SessionTokens,
    SignIn, TokenProvider, browser, device,
};
use referrals::testing::{Clock, SystemClock};
use referrals::testing::{ErrorKind, Result};
use referrals::testing::{Ui, Verbosity};

use crate::provider::{Provider, oauth_client};
use crate::{Case, person, this_program};

pub(crate) const CASES: &[Case] = &[
    ("a_browser_signs_in_and_the_session_is_refreshed", browser_signs_in),
    ("declining_in_the_browser_is_an_error", browser_denied),
    ("an_address_pasted_from_another_machine_signs_in", pasted),
    ("a_device_code_signs_in", device_signs_in),
    ("slow_down_makes_polling_slower", device_slows_down),
    ("declining_the_device_code_is_an_error", device_denied),
    ("a_device_code_that_is_not_entered_expires", device_expires),
    ("a_provider_that_goes_down_is_reported", provider_goes_down),
    ("a_session_that_the_provider_ended_requires_a_sign_in", session_ended),
    ("eight_processes_refresh_once_and_stay_signed_in", eight_processes),
];

/// The task of a child: gets an access token once.
pub(crate) fn child(words: &[&str]) -> String {
    let [directory] = words else {
        panic!("a directory is needed");
    };
    match tokens(Path::new(directory)).access_token() {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.report(),
    }
}

fn browser_signs_in() {
    let provider = Provider::start(&[("AT_TTL", "4")]);
    let session = by_browser(&provider, false).unwrap();
    assert_eq!(session.flow, Flow::Browser);
    assert_eq!(session.account.user.as_deref(), Some("alice"));
    let directory = tempfile::tempdir().unwrap();
    save(directory.path(), &session);
    let tokens = tokens(directory.path());
    let mut before = tokens.access_token().unwrap();
    for _ in 0..3 {
        SystemClock::default().sleep(Duration::from_secs(2));
        let after = tokens.access_token().unwrap();
        assert!(after != before, "the token was not refreshed");
        before = after;
    }
    assert!(tokens.refresh(&before).unwrap() != before);
}

fn browser_denied() {
    let provider = Provider::start(&[]);
    let error = by_browser(&provider, true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(error.message().contains("declined"), "{}", error.report());
}

/// As a console on Windows ends its lines.
fn pasted() {
    let provider = Provider::start(&[]);
    let settings = provider.settings();
    let clock = SystemClock::default();
    let sign_in =
        SignIn { settings: &settings, client: &oauth_client(), clock: &clock, ui: &Ui::silent() };
    let (keyboard, lines) = mpsc::channel();
    let opener = |address: &str| {
        let keyboard = keyboard.clone();
        let address = address.to_owned();
        thread::spawn(move || {
            keyboard.send("what is this?\r\n".to_owned()).unwrap();
            keyboard.send(format!("{}\r\n", person::visit_elsewhere(&address))).unwrap();
        });
        Ok(())
    };
    let input = Box::new(BufReader::new(Typed { lines, line: Cursor::default() }));
    let options = AuthorizeOptions::default();
    let session = browser::sign_in(sign_in, &options, &opener, Some(input)).unwrap();
    assert_eq!(session.account.user.as_deref(), Some("alice"));
}

/// What somebody types, a line at a time.
struct Typed {
    lines: Receiver<String>,
    line: Cursor<Vec<u8>>,
}

impl Read for Typed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.position() == self.line.get_ref().len() as u64 {
            let Ok(line) = self.lines.recv() else { return Ok(0) };
            self.line = Cursor::new(line.into_bytes());
        }
        self.line.read(buffer)
    }
}

fn device_signs_in() {
    let provider = Provider::start(&[]);
    let session = by_device(&provider, Some(false)).unwrap();
    assert_eq!(session.flow, Flow::Device);
    assert!(session.refresh_token().is_some());
    assert_eq!(session.account.user.as_deref(), Some("alice"));
}

fn device_slows_down() {
    let provider = Provider::start(&[("SLOW", "4000")]);
    let clock = SystemClock::default();
    let seconds = Duration::from_secs(3);
    let session = by_device_after(&provider, Some(false), seconds).unwrap();
    assert_eq!(session.flow, Flow::Device);
    assert!(clock.elapsed() >= Duration::from_secs(6), "it polled too soon");
}

fn device_denied() {
    let provider = Provider::start(&[]);
    let error = by_device(&provider, Some(true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(error.report().contains("declined"), "{}", error.report());
}

fn device_expires() {
    let provider = Provider::start(&[("DEV_TTL", "3")]);
    let error = by_device(&provider, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(error.report().contains("expired"), "{}", error.report());
}

fn provider_goes_down() {
    let mut provider = Some(Provider::start(&[]));
    let settings = provider.as_ref().unwrap().settings();
    let clock = SystemClock::default();
    let err = SharedBuffer::default();
    let ui = Ui::new(Box::new(err.clone()), Verbosity::Normal, None);
    let sign_in = SignIn { settings: &settings, client: &oauth_client(), clock: &clock, ui: &ui };
    let error = thread::scope(|scope| {
        let waiting = scope.spawn(|| device::sign_in(sign_in, &AuthorizeOptions::default()));
        user_code(&err, &clock);
        drop(provider.take());
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(clock.elapsed() < Duration::from_secs(20), "the failure was not reported at once");
}

fn session_ended() {
    let provider = Provider::start(&[("AT_TTL", "2")]);
    let session = by_browser(&provider, false).unwrap();
    let directory = tempfile::tempdir().unwrap();
    save(directory.path(), &session);
    let old = session.access_token().unwrap().clone();
    tokens(directory.path()).refresh(&old).unwrap();
    // An old copy of the session, as from a backup; its refresh token has been used.
    save(directory.path(), &session);
    let error = tokens(directory.path()).refresh(&old).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(error.report().contains("no longer valid"), "{}", error.report());
    let stored = handle(directory.path()).require().unwrap();
    assert!(stored.refresh_token().is_none());
    assert!(stored.reauth_reason(SystemClock::default().now()).is_some());
}

fn eight_processes() {
    let provider = Provider::start(&[("AT_TTL", "20")]);
    let session = by_browser(&provider, false).unwrap();
    let directory = tempfile::tempdir().unwrap();
    save(directory.path(), &session);
    SystemClock::default().sleep(Duration::from_secs(11));
    let children: Vec<_> = (0..8)
        .map(|_| {
            Command::new(this_program())
                .args(["child", "token"])
                .arg(directory.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let stdout = child.wait_with_output().unwrap().stdout;
        assert_eq!(String::from_utf8(stdout).unwrap(), "ok");
    }
    let refreshed = handle(directory.path()).require().unwrap();
    assert!(refreshed.refresh_token() != session.refresh_token(), "the session was not refreshed");
    let refused = refreshed.access_token().unwrap();
    tokens(directory.path()).refresh(refused).unwrap();
}

fn by_browser(provider: &Provider, deny: bool) -> Result<Session> {
    let settings = provider.settings();
    let sign_in = SignIn {
        settings: &settings,
        client: &oauth_client(),
        clock: &SystemClock::default(),
        ui: &Ui::silent(),
    };
    // Unlike Entra, this provider grants a refresh token only after a prompt for consent.
    let options =
        AuthorizeOptions { prompt: Some("consent".to_owned()), ..AuthorizeOptions::default() };
    let opener = |address: &str| {
        let address = address.to_owned();
        thread::spawn(move || person::visit(&address, None, deny));
        Ok(())
    };
    browser::sign_in(sign_in, &options, &opener, None)
}

fn by_device(provider: &Provider, deny: Option<bool>) -> Result<Session> {
    by_device_after(provider, deny, Duration::ZERO)
}

/// Signs in with a code that is entered after `time`, or never.
fn by_device_after(provider: &Provider, deny: Option<bool>, time: Duration) -> Result<Session> {
    let settings = provider.settings();
    let clock = SystemClock::default();
    let err = SharedBuffer::default();
    let ui = Ui::new(Box::new(err.clone()), Verbosity::Normal, None);
    let sign_in = SignIn { settings: &settings, client: &oauth_client(), clock: &clock, ui: &ui };
    thread::scope(|scope| {
        if let Some(deny) = deny {
            let (err, clock, issuer) = (&err, &clock, &provider.issuer);
            scope.spawn(move || {
                let code = user_code(err, clock);
                clock.sleep(time);
                person::visit(&format!("{issuer}/device"), Some(&code), deny);
            });
        }
        device::sign_in(sign_in, &AuthorizeOptions::default())
    })
}

fn handle(directory: &Path) -> SessionHandle {
    SessionHandle::new("work", Arc::new(FileStore::new(directory)), directory)
}

fn save(directory: &Path, session: &Session) {
    handle(directory).save(session, &SystemClock::default()).unwrap();
}

fn tokens(directory: &Path) -> SessionTokens {
    let clock = Arc::new(SystemClock::default());
    let expected = ExpectedSession::default();
    SessionTokens::new(handle(directory), expected, oauth_client(), clock, Ui::silent())
}

/// Waits until a user code is shown.
fn user_code(err: &SharedBuffer, clock: &dyn Clock) -> String {
    let end = clock.elapsed() + Duration::from_secs(20);
    while clock.elapsed() < end {
        if let Some((_, rest)) = err.text().split_once("enter the code ") {
            return rest.lines().next().unwrap().to_owned();
        }
        clock.sleep(Duration::from_millis(20));
    }
    panic!("no code was shown");
}
