//! Runs commands in this process: fixed time, captured streams, a sandbox or a scripted server.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::io::{self, BufRead, Cursor, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use referrals::testing::Environment;
use referrals::testing::SharedBuffer;
use referrals::testing::{Clock, ManualClock};
use referrals::testing::{Error, Result};
use referrals_sandbox::{Options, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

/// The time in tests unless they say otherwise: a Saturday noon, UTC.
pub(crate) const NOW: &str = "2026-11-21T12:00:00Z";

#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Output {
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The ids of the objects on standard output, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        let rows = self.json();
        let rows = rows.as_array().unwrap_or_else(|| panic!("no array: {self:?}"));
        rows.iter().map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Asserts exit code 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Output {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }
}

type Browser = dyn Fn(&str) -> Result<()> + Send + Sync;

/// What a pager got.
#[derive(Debug)]
pub(crate) struct Paged {
    pub(crate) command: String,
    pub(crate) variables: String,
    pub(crate) text: String,
}

/// The environment in which commands run.
pub(crate) struct TestEnv {
    state: Arc<TempDir>,
    variables: HashMap<String, OsString>,
    asked: Arc<Mutex<BTreeSet<String>>>,
    width: Option<usize>,
    height: Option<usize>,
    paged: Arc<Mutex<Vec<Paged>>>,
    typed: Option<String>,
    before_typing: Option<Arc<dyn Fn() + Send + Sync>>,
    browser: Arc<Browser>,
    zone: Option<TimeZone>,
    clock: Arc<ManualClock>,
}

impl TestEnv {
    /// A pipe, no variables but those of an empty state directory and of settings that do not exist, Pacific time.
    pub(crate) fn new() -> TestEnv {
        let state = Arc::new(tempfile::tempdir().unwrap());
        TestEnv {
            variables: HashMap::from([
                ("REFERRALS_STATE_DIR".to_owned(), state.path().into()),
                ("REFERRALS_CONFIG_DIR".to_owned(), state.path().join("no-settings").into()),
            ]),
            state,
            asked: Arc::default(),
            width: None,
            height: None,
            paged: Arc::default(),
            typed: None,
            before_typing: None,
            browser: Arc::new(|_| Err(Error::failure("no browser here"))),
            zone: TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").ok(),
            clock: Arc::new(ManualClock::at(now())),
        }
    }

    /// With the API at `url` and the sandbox's token.
    pub(crate) fn at(url: &str) -> TestEnv {
        TestEnv::new().variable("REFERRALS_API_URL", url).variable("REFERRALS_TOKEN", "sandbox")
    }

    /// The state directory, unless a variable names another.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    pub(crate) fn variable(self, name: &str, value: &str) -> TestEnv {
        self.variable_os(name, value.into())
    }

    pub(crate) fn variable_os(mut self, name: &str, value: OsString) -> TestEnv {
        self.variables.insert(name.to_owned(), value);
        self
    }

    /// The names of the variables that were looked up.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().unwrap().clone()
    }

    /// In a zone that is not known.
    pub(crate) fn unknown_zone(mut self) -> TestEnv {
        self.zone = None;
        self
    }

    /// In this zone of the IANA database.
    pub(crate) fn zone(mut self, name: &str) -> TestEnv {
        self.zone = Some(TimeZone::get(name).unwrap());
        self
    }

    pub(crate) fn terminal(mut self, width: usize) -> TestEnv {
        self.width = Some(width);
        self
    }

    /// A terminal with so many lines, and a pager that shows nothing.
    pub(crate) fn screen(mut self, width: usize, height: usize) -> TestEnv {
        self.height = Some(height);
        self.terminal(width)
    }

    /// What was shown in the pager.
    pub(crate) fn paged(&self) -> Vec<Paged> {
        std::mem::take(&mut *self.paged.lock().unwrap())
    }

    /// With this text on a terminal as standard input.
    pub(crate) fn typed(mut self, text: &str) -> TestEnv {
        self.typed = Some(text.to_owned());
        self
    }

    /// As [`TestEnv::typed`], once this has happened: between a question and its answer.
    pub(crate) fn typed_after(
        mut self,
        event: impl Fn() + Send + Sync + 'static,
        text: &str,
    ) -> TestEnv {
        self.before_typing = Some(Arc::new(event));
        self.typed(text)
    }

    pub(crate) fn browser(
        mut self,
        browser: impl Fn(&str) -> Result<()> + Send + Sync + 'static,
    ) -> TestEnv {
        self.browser = Arc::new(browser);
        self
    }

    /// Sleeping advances it.
    pub(crate) fn clock(&self) -> &Arc<ManualClock> {
        &self.clock
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let out = SharedBuffer::default();
        let code = self.run_into(arguments, Box::new(out.clone()));
        Output { code: code.0, out: out.text(), err: code.1 }
    }

    /// Returns the exit code and standard error.
    pub(crate) fn run_into(&self, arguments: &[&str], out: Box<dyn Write + Send>) -> (u8, String) {
        let err = SharedBuffer::default();
        let (variables, asked) = (self.variables.clone(), Arc::clone(&self.asked));
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let browser = Arc::clone(&self.browser);
        let paged = Arc::clone(&self.paged);
        let environment = Environment {
            variables: Box::new(move |name| {
                asked.lock().unwrap().insert(name.to_owned());
                variables.get(name).cloned()
            }),
            out: RefCell::new(out),
            out_width: self.width,
            out_height: self.height,
            show_in_pager: Box::new(move |command, variables, text| {
                let text = String::from_utf8(text.to_vec()).unwrap();
                if command[0] == "missing" {
                    return Err(std::io::ErrorKind::NotFound.into());
                }
                let variables = format!("{variables:?}");
                paged.lock().unwrap().push(Paged { command: command.join(" "), variables, text });
                Ok(())
            }),
            err: Box::new(err.clone()),
            err_width: self.width,
            in_terminal: self.typed.is_some(),
            input: RefCell::new(Box::new(TypedText {
                before: self.before_typing.clone(),
                text: Cursor::new(self.typed.clone().unwrap_or_default()),
            })),
            open_browser: Box::new(move |address| browser(address)),
            clock,
            zone: Box::new({
                let zone = self.zone.clone();
                move || zone.clone()
            }),
            on_file_created: Box::new(|| {}),
        };
        let arguments = std::iter::once("referrals").chain(arguments.iter().copied());
        let code = referrals::testing::run(arguments.map(OsString::from), environment);
        (code, err.text())
    }
}

/// What somebody types, after something has happened.
struct TypedText {
    before: Option<Arc<dyn Fn() + Send + Sync>>,
    text: Cursor<String>,
}

impl Read for TypedText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text.read(buffer)
    }
}

impl BufRead for TypedText {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(event) = self.before.take() {
            event();
        }
        self.text.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.text.consume(amount);
    }
}

/// [`NOW`].
pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Starts a sandbox at [`NOW`].
pub(crate) fn sandbox(change: impl FnOnce(&mut Options)) -> Sandbox {
    let mut options = Options { now: now(), ..Options::default() };
    change(&mut options);
    Sandbox::start(options).unwrap()
}

/// The decoded query options of a request target, in order.
pub(crate) fn options(target: &str) -> Vec<String> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let decode =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    query.split('&').filter(|option| !option.is_empty()).map(decode).collect()
}

/// Lets the scripted day pass, which ends now. Returns what is to be told, as [`news_of`] has it.
pub(crate) fn play_day(server: &Sandbox, env: &TestEnv) -> BTreeSet<String> {
    let events = server.play_day(env.clock().now()).into_iter();
    let words = events.filter_map(|event| {
        let word = match event.word {
            "arrived" => "new",
            "removed" => "gone",
            "notes" => return None,
            word => word,
        };
        Some(format!("{} {word}", event.id))
    });
    words.collect()
}

/// A piece of news as `id word`, of a changed value as `id field`.
pub(crate) fn news_of(change: &Value) -> String {
    let word = change["field"].as_str().or(change["change"].as_str()).unwrap();
    format!("{} {word}", change["id"].as_str().unwrap())
}
