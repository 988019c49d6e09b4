//! Settings, session and API, made from the context when a command first asks for them.

mod demo;
mod sign_in;
mod writes;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use referrals_sandbox::Sandbox;

use crate::api::{Api, BaseUrl, Timeouts};
use crate::config::{self, ConfigFile, Directories, Flags, Settings};
use crate::context::Context;
use crate::error::Result;
use crate::http::{self, Http};
use crate::state::{DEMO, MarkFile, ShownIds};
use crate::trust;

pub use sign_in::expected_session;

/// The services of one run, and its context.
pub struct Services {
    context: Context,
    http: Arc<Http>,
    settings: OnceCell<Settings>,
    api: OnceCell<Arc<Api>>,
    /// Serves for as long as the API is used.
    sandbox: OnceCell<Sandbox>,
    /// The user's own addresses on teams.
    own_addresses: OnceCell<Vec<String>>,
    /// Warnings that were printed, each once.
    warnings: RefCell<BTreeSet<String>>,
}

impl Services {
    /// # Errors
    /// `ErrorKind::Usage` for a variable that is not text: as if it were not set, another account might be used.
    pub fn new(context: Context) -> Result<Services> {
        let lookup = context.variables();
        config::check_text(lookup, config::text_variables().chain(http::variable_names()))?;
        let http = Arc::new(Http::new(&|name| lookup(name)?.into_string().ok()));
        Ok(Services {
            context,
            http,
            settings: OnceCell::new(),
            api: OnceCell::new(),
            sandbox: OnceCell::new(),
            own_addresses: OnceCell::new(),
            warnings: RefCell::default(),
        })
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Loads no certificates before its first request.
    pub fn http(&self) -> &Arc<Http> {
        &self.http
    }

    /// # Errors
    /// `ErrorKind::Usage` without a home directory, unless variables name the directories.
    pub fn directories(&self) -> Result<Directories> {
        Directories::find(self.context.variables())
    }

    /// The settings file; an empty one where there is no home directory.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a mistake in it.
    pub fn config_file(&self) -> Result<ConfigFile> {
        let Ok(directories) = self.directories() else { return Ok(ConfigFile::default()) };
        let path = directories.settings_file();
        let file = ConfigFile::read(&path)?;
        self.warn_of_group([&*directories.config, &*path]);
        Ok(file)
    }

    /// Warns of files and directories that their group can change. Where everybody can, using them is an error.
    fn warn_of_group<'a>(&self, paths: impl IntoIterator<Item = &'a Path>) {
        for warning in paths.into_iter().filter_map(|path| trust::check_link(path).ok().flatten()) {
            if self.warnings.borrow_mut().insert(warning.clone()) {
                self.context.ui().warn(&warning);
            }
        }
    }

    /// The settings of this run.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a mistake in the settings file, a name that no profile can have, or a profile that was named
    /// and that the settings file does not have.
    pub fn settings(&self) -> Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = self.settings_with(self.context.flags())?;
        self.check_profile(&settings)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// # Errors
    /// `ErrorKind::Usage` for a profile that was named and that the settings file does not have.
    pub fn check_profile(&self, settings: &Settings) -> Result<()> {
        let path = self.directories().ok().map(|directories| directories.settings_file());
        settings.check_profile(&self.config_file()?, path.as_deref())
    }

    /// The settings with other flags than those of the command line. Their profile need not exist.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a mistake in the settings file or a name that no profile can have.
    pub fn settings_with(&self, flags: &Flags) -> Result<Settings> {
        Settings::resolve(flags, self.context.variables(), &self.config_file()?)
    }

    /// The settings with another profile than that of the command line.
    ///
    /// # Errors
    /// Those of [`Services::settings`].
    pub fn settings_of_profile(&self, name: &str) -> Result<Settings> {
        let flags = self.context.flags().clone();
        self.settings_with(&Flags { profile: Some(name.to_owned()), ..flags })
    }

    /// The ids that were shown lately with this profile, whatever token is used, or with `--demo`. `None` where there is no
    /// directory to keep them in.
    pub fn shown_ids(&self) -> Option<ShownIds> {
        let name = if self.context.is_demo() { DEMO } else { &self.settings().ok()?.profile.value };
        self.shown_ids_of(name).ok()
    }

    /// The ids that were shown lately with a profile.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn shown_ids_of(&self, profile: &str) -> Result<ShownIds> {
        let state = self.directories()?.state;
        self.context.prepare_for_files();
        Ok(ShownIds::new(&state, profile, self.context.ui().clone()))
    }

    /// Remembers the ids of referrals that were printed for a person, so that the start of one is enough for the next
    /// command. Never fails.
    pub fn remember_shown<'a>(&self, ids: impl IntoIterator<Item = &'a str>) {
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_some()
            && let Some(shown) = self.shown_ids()
        {
            shown.add(ids);
        }
    }

    /// The profiles of which ids were shown.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn profiles_with_shown_ids(&self) -> Result<Vec<String>> {
        let mut names = ShownIds::names(&self.directories()?.state);
        names.retain(|name| name != DEMO);
        Ok(names)
    }

    /// The mark `name` of this profile, or of the demo.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory, and those of [`Services::settings`].
    pub fn mark_file(&self, name: &str) -> Result<MarkFile> {
        let profile = if self.context.is_demo() { DEMO } else { &self.settings()?.profile.value };
        self.context.prepare_for_files();
        Ok(MarkFile::new(&self.directories()?.state, profile, name, self.context.ui().clone()))
    }

    /// The profiles that have marks.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn profiles_with_marks(&self) -> Result<Vec<String>> {
        let mut names = MarkFile::profiles(&self.directories()?.state);
        names.retain(|name| name != DEMO);
        Ok(names)
    }

    /// The API's address.
    ///
    /// # Errors
    /// `ErrorKind::Usage` when a token may not be sent to it.
    pub fn base_url(&self) -> Result<BaseUrl> {
        BaseUrl::parse(self.settings()?.api_url())
    }

    /// The API of the settings, or with `--demo` the sample API.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for settings it cannot be used with.
    pub fn api(&self) -> Result<&Arc<Api>> {
        if let Some(api) = self.api.get() {
            return Ok(api);
        }
        let (base, tokens) = if self.context.is_demo() {
            // The profile is not used, but a mistake in its name is one here too.
            self.settings()?;
            self.start_sandbox()?
        } else {
            (self.base_url()?, self.token_provider()?)
        };
        let timeouts = Timeouts { retry_budget: self.context.max_wait(), ..Timeouts::default() };
        let (http, clock) = (Arc::clone(&self.http), Arc::clone(self.context.clock()));
        let api = Api::new(base, http, tokens, clock, self.context.ui().clone(), timeouts);
        Ok(self.api.get_or_init(|| Arc::new(api)))
    }

    /// Tells the time by the API's clock, if its responses say that this machine's is more than two minutes off. Returns
    /// whether that was found out just now: what was computed from the time is to be computed again.
    pub fn correct_clock(&self) -> bool {
        let offset = self.api.get().and_then(|api| api.clock_offset());
        let Some(offset) = offset.filter(|offset| self.context.correct_clock(*offset)) else {
            return false;
        };
        let direction = if offset.is_positive() { "behind" } else { "ahead of" };
        self.context.ui().warn(&format!(
            "this machine's clock is {} {direction} the API's; times are told by the API's",
            format_difference(offset)
        ));
        true
    }
}

/// In the largest unit, rounded.
fn format_difference(difference: SignedDuration) -> String {
    let minutes = (difference.abs().as_secs() + 30) / 60;
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} days", (minutes + 720) / 1_440),
    }
}
