//! The outside world handed to commands, and what is costly made when it is first asked for.
//! The only module that hands out variables, streams, the terminal and the API.

use std::cell::{OnceCell, RefCell, RefMut};
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use referrals_sandbox::Sandbox;

use crate::api::{Api, BaseUrl, Timeouts};
use crate::auth::{
    ExpectedSession, FileStore, KeyringStore, OAuthClient, Secret, SecretStore, SessionHandle,
    SessionTokens, StaticToken, TokenProvider,
};
use crate::clock::Clock;
use crate::config::{
    ConfigFile, Directories, Flags, SettingKey, Settings, StoreChoice, TokenSource,
};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Http, parse_service_url};
use crate::output::write_failed;
use crate::ui::Ui;

/// Where variables come from.
pub type VariableLookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What opens a person's browser at an address.
pub type Opener = Box<dyn Fn(&str) -> Result<()> + Send + Sync>;

/// What a process finds around itself; tests bring their own.
pub struct Environment {
    pub variables: VariableLookup,
    pub out: Box<dyn Write + Send>,
    /// The width of the terminal standard output is, in cells; `None` when it is none.
    pub out_width: Option<usize>,
    pub err: Box<dyn Write + Send>,
    /// Whether standard error is a terminal.
    pub err_terminal: bool,
    /// Whether standard input is a terminal, so that questions can be asked.
    pub in_terminal: bool,
    /// Standard input, for answers to questions.
    pub input: Box<dyn BufRead + Send>,
    pub open_browser: Opener,
    pub clock: Arc<dyn Clock>,
    /// The zone of this machine.
    pub zone: TimeZone,
    /// Called before a file is begun, so that an interrupt takes it away again.
    pub on_file_created: Box<dyn Fn()>,
}

/// What the flags that every command has ask for.
#[derive(Clone, Debug, Default)]
pub struct GlobalOptions {
    /// `--demo`: the built-in sample API.
    pub demo: bool,
    /// The flags that settings depend on.
    pub flags: Flags,
    /// `--max-wait`, as given.
    pub max_wait: Option<Duration>,
    /// `--utc`.
    pub utc: bool,
    /// Whether to colour; `None` leaves it to the terminal and the variables.
    pub color: Option<bool>,
}

/// The world as a command sees it.
pub struct Context {
    variables: VariableLookup,
    out: RefCell<Box<dyn Write + Send>>,
    out_width: Option<usize>,
    in_terminal: bool,
    input: RefCell<Option<Box<dyn BufRead + Send>>>,
    open_browser: Opener,
    clock: Arc<dyn Clock>,
    zone: TimeZone,
    on_file_created: Box<dyn Fn()>,
    ui: Ui,
    options: GlobalOptions,
    http: Arc<Http>,
    settings: OnceCell<Settings>,
    api: OnceCell<Arc<Api>>,
    sandbox: OnceCell<Sandbox>,
}

impl Context {
    /// The world under the user's wishes; notes go where `notes` says.
    pub fn new(environment: Environment, options: GlobalOptions, ui: Ui) -> Context {
        let Environment {
            variables,
            out,
            out_width,
            err: _,
            err_terminal: _,
            in_terminal,
            input,
            open_browser,
            clock,
            zone,
            on_file_created: guard_files,
        } = environment;
        let http = Arc::new(Http::new(&*variables));
        Context {
            variables,
            out: RefCell::new(out),
            out_width,
            in_terminal,
            input: RefCell::new(Some(input)),
            open_browser,
            clock,
            zone: if options.utc { TimeZone::UTC } else { zone },
            on_file_created: guard_files,
            ui,
            options,
            http,
            settings: OnceCell::new(),
            api: OnceCell::new(),
            sandbox: OnceCell::new(),
        }
    }

    /// A variable; an empty one counts as not set.
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// Standard output, for data alone.
    pub fn out(&self) -> RefMut<'_, Box<dyn Write + Send>> {
        self.out.borrow_mut()
    }

    /// Writes to standard output, all of it at once.
    ///
    /// # Errors
    /// Those of [`write_failed`].
    pub fn print(&self, bytes: impl AsRef<[u8]>) -> Result<()> {
        let mut out = self.out();
        let written = out.write_all(bytes.as_ref()).and_then(|()| out.flush());
        written.map_err(|error| write_failed(&error))
    }

    /// Standard output for good; nothing else can be written to it afterwards.
    pub fn take_out(&self) -> Box<dyn Write + Send> {
        self.out.replace(Box::new(std::io::sink()))
    }

    /// To be called before a file is begun, so that an interrupt takes it away again.
    pub fn prepare_for_files(&self) {
        (self.on_file_created)();
    }

    /// The width of the terminal that standard output is, in cells; `None` in a pipe.
    pub fn out_width(&self) -> Option<usize> {
        self.out_width
    }

    /// Whether a person can be asked.
    pub fn can_prompt(&self) -> bool {
        self.in_terminal
    }

    /// Asks a person until a line is not blank; `None` at the end of standard input.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when standard input cannot be read as text.
    pub fn prompt(&self, question: &str) -> Result<Option<String>> {
        let mut input = self.input.borrow_mut();
        let Some(input) = input.as_mut() else { return Ok(None) };
        loop {
            self.ui.prompt(question);
            let mut line = String::new();
            let read = input.read_line(&mut line).map_err(|error| {
                Error::new(ErrorKind::Usage, "cannot read the answer").cause(&error)
            })?;
            match line.trim() {
                _ if read == 0 => return Ok(None),
                "" => {}
                answer => return Ok(Some(answer.to_owned())),
            }
        }
    }

    /// Standard input, for a reader that keeps it; `None` the second time.
    pub fn take_input(&self) -> Option<Box<dyn BufRead + Send>> {
        self.input.borrow_mut().take()
    }

    /// Opens a person's browser at `address`.
    ///
    /// # Errors
    /// Why none could be started.
    pub fn open_browser(&self, address: &str) -> Result<()> {
        (self.open_browser)(address)
    }

    /// Whether the built-in sample API was asked for.
    pub fn is_demo(&self) -> bool {
        self.options.demo
    }

    pub fn ui(&self) -> &Ui {
        &self.ui
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The zone to show times to people in, and to read bare dates in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether standard output is coloured: `--color`, else `NO_COLOR`, `TERM=dumb` and whether it is a terminal.
    pub fn color(&self) -> bool {
        self.options.color.unwrap_or_else(|| {
            self.out_width.is_some()
                && self.variable("NO_COLOR").is_none()
                && self.variable("TERM").as_deref() != Some("dumb")
        })
    }

    /// The HTTP clients of this process.
    pub fn http(&self) -> &Arc<Http> {
        &self.http
    }

    /// Where settings and state are kept.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] without a home folder and without variables that name others.
    pub fn directories(&self) -> Result<Directories> {
        Directories::find(&*self.variables)
    }

    /// The settings file; without a home folder, as good as empty.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a mistake in it.
    pub fn config_file(&self) -> Result<ConfigFile> {
        match self.directories() {
            Ok(places) => ConfigFile::read(&places.file()),
            Err(_) => Ok(ConfigFile::default()),
        }
    }

    /// The settings of this run.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a mistake in the settings file or a name that cannot be a profile's.
    pub fn settings(&self) -> Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = self.settings_with(&self.options.flags)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// The settings under other flags than those of the command line.
    ///
    /// # Errors
    /// As for [`Context::settings`].
    pub fn settings_with(&self, flags: &Flags) -> Result<Settings> {
        Settings::resolve(flags, &*self.variables, &self.config_file()?)
    }

    /// The flags of the command line that settings depend on.
    pub fn flags(&self) -> &Flags {
        &self.options.flags
    }

    /// Where the session of these settings is kept. Nothing is read yet.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] without a home folder.
    pub fn session_handle(&self, settings: &Settings) -> Result<SessionHandle> {
        let places = self.directories()?;
        let store: Arc<dyn SecretStore> = match settings.store() {
            StoreChoice::Keyring => Arc::new(KeyringStore::new(self.in_terminal)),
            StoreChoice::File => Arc::new(self.session_files()?),
        };
        Ok(SessionHandle::new(settings.profile.value.clone(), store, places.state))
    }

    /// The sign-ins that are kept in files.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] without a home folder.
    pub fn session_files(&self) -> Result<FileStore> {
        Ok(FileStore::new(self.directories()?.state.join("sessions")))
    }

    /// A client for the sign-in service at `authority`.
    ///
    /// # Errors
    /// As for [`parse_service_url`] and [`Http::client`].
    pub fn oauth_client(&self, authority: &str) -> Result<OAuthClient> {
        let url = parse_service_url("the authority", authority)?;
        // Certificates that cannot be read are noticed before the browser opens.
        self.http.client(&url)?;
        Ok(OAuthClient::new(Arc::clone(&self.http)))
    }

    /// The configured API address.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] when it is none a token may be sent to.
    pub fn base_url(&self) -> Result<BaseUrl> {
        BaseUrl::parse(self.settings()?.api_url())
    }

    /// The API, for the signed-in account, or the built-in sandbox.
    ///
    /// # Errors
    /// [`ErrorKind::SignIn`] when nobody is signed in.
    pub fn api(&self) -> Result<&Arc<Api>> {
        if let Some(api) = self.api.get() {
            return Ok(api);
        }
        let (base, tokens) = if self.options.demo {
            self.start_sandbox()?
        } else {
            (self.base_url()?, self.token_provider()?)
        };
        let timeouts = Timeouts {
            retry_budget: self.options.max_wait.unwrap_or(Timeouts::default().retry_budget),
            ..Timeouts::default()
        };
        let (http, clock) = (Arc::clone(&self.http), Arc::clone(&self.clock));
        let api = Api::new(base, http, tokens, clock, self.ui.clone(), timeouts);
        Ok(self.api.get_or_init(|| Arc::new(api)))
    }

    fn start_sandbox(&self) -> Result<(BaseUrl, Arc<dyn TokenProvider>)> {
        let options =
            referrals_sandbox::Options { now: self.now(), ..referrals_sandbox::Options::default() };
        let token = options.token.clone();
        let sandbox = Sandbox::start(options).map_err(|error| {
            Error::new(ErrorKind::Failure, "cannot start the built-in sample API").cause(&error)
        })?;
        self.ui.info("demo: invented referrals; nothing leaves this machine");
        let base = BaseUrl::parse(self.sandbox.get_or_init(|| sandbox).url())?;
        Ok((base, Arc::new(StaticToken::new("the sample API", Secret::new(token)))))
    }

    /// The ready access token of these settings, where there is one.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for one that is none.
    pub fn static_token(&self, settings: &Settings) -> Result<Option<StaticToken>> {
        match &settings.token {
            Some(TokenSource::File(path)) => StaticToken::from_file(path).map(Some),
            Some(TokenSource::Variable(name)) => {
                let token = self.variable(name).unwrap_or_default();
                StaticToken::from_variable(name, &token).map(Some)
            }
            None => Ok(None),
        }
    }

    /// What gives access tokens: a variable or a file for this run, else the session.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a given token that is none.
    pub fn token_provider(&self) -> Result<Arc<dyn TokenProvider>> {
        let settings = self.settings()?;
        if let Some(given) = self.static_token(settings)? {
            return Ok(Arc::new(given));
        }
        let expected = expected_session(settings);
        let handle = self.session_handle(settings)?;
        let client = self.oauth_client(settings.authority())?;
        let (clock, ui) = (Arc::clone(&self.clock), self.ui.clone());
        Ok(Arc::new(SessionTokens::new(handle, expected, client, clock, ui)))
    }
}

/// What these settings ask of a session.
pub fn expected_session(settings: &Settings) -> ExpectedSession {
    let chosen = |key| settings.chosen(key).map(str::to_owned);
    ExpectedSession {
        client_id: chosen(SettingKey::ClientId),
        tenant: chosen(SettingKey::Tenant),
        authority: chosen(SettingKey::Authority),
    }
}
