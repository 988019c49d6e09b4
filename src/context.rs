//! What commands get from outside: streams, terminal, variables, clock and zone, and the options every command has.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::config::{Flags, Lookup, read_variable};
use crate::error::{Error, Result};
use crate::output::write_failed;
use crate::ui::{self, Ui};

/// Looks up an environment variable.
pub type VariableLookup = Box<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// Finds the local time zone; `None` when `TZ` names none.
pub type ZoneLookup = Box<dyn Fn() -> Option<TimeZone>>;

/// Opens a URL in the user's browser.
pub type Opener = Box<dyn Fn(&str) -> Result<()> + Send + Sync>;

/// Shows text with the words of a command, and returns when it has ended. An error means that it could not be started.
pub type Pager = Box<dyn Fn(&[String], &[(&str, &str)], &[u8]) -> io::Result<()>>;

/// The environment of a process; tests make their own.
pub struct Environment {
    pub variables: VariableLookup,
    /// Standard output.
    pub out: RefCell<Box<dyn Write + Send>>,
    /// The width of the terminal in cells; `None` when standard output is not a terminal.
    pub out_width: Option<usize>,
    /// The lines of the terminal; `None` when standard output is not a terminal.
    pub out_height: Option<usize>,
    pub show_in_pager: Pager,
    /// Standard error.
    pub err: Box<dyn Write + Send>,
    /// The width of the terminal in cells; `None` when standard error is not a terminal.
    pub err_width: Option<usize>,
    /// Whether standard input is a terminal.
    pub in_terminal: bool,
    /// Standard input.
    pub input: RefCell<Box<dyn BufRead + Send>>,
    pub open_browser: Opener,
    pub clock: Arc<dyn Clock>,
    /// Called when the zone is first needed: that costs more than all else at start-up.
    pub zone: ZoneLookup,
    /// Called before a file is created, so that a signal handler can be installed that removes it.
    pub on_file_created: Box<dyn Fn()>,
}

impl Environment {
    /// Whether the terminal takes no control sequences.
    pub fn is_dumb_terminal(&self) -> bool {
        (self.variables)("TERM").is_some_and(|term| term == "dumb")
    }
}

/// The options of every command.
#[derive(Clone, Debug)]
pub struct GlobalOptions {
    /// `--demo`: use the built-in sample API.
    pub demo: bool,
    /// The flags that decide settings.
    pub flags: Flags,
    /// `--max-wait`
    pub max_wait: Duration,
    /// `--utc`
    pub utc: bool,
    /// `--color`; `None` when it is decided by the terminal and the variables.
    pub color: Option<bool>,
}

/// The environment and the options of one run.
pub struct Context {
    environment: Environment,
    options: GlobalOptions,
    ui: Ui,
    zone: OnceCell<TimeZone>,
    /// How far the API's clock is ahead of this machine's.
    clock_offset: Cell<SignedDuration>,
}

impl Context {
    pub fn new(environment: Environment, options: GlobalOptions, ui: Ui) -> Context {
        Context { environment, options, ui, zone: OnceCell::new(), clock_offset: Cell::default() }
    }

    pub fn variables(&self) -> Lookup<'_> {
        &*self.environment.variables
    }

    /// The variable's value without white space around it; a blank one counts as not set.
    pub fn variable(&self, name: &str) -> Option<String> {
        read_variable(self.variables(), name)
    }

    /// Writes to standard output, and flushes it.
    ///
    /// # Errors
    /// Those of [`write_failed`].
    pub fn print(&self, bytes: impl AsRef<[u8]>) -> Result<()> {
        let mut out = self.environment.out.borrow_mut();
        let written = out.write_all(bytes.as_ref()).and_then(|()| out.flush());
        written.map_err(write_failed)
    }

    /// Writes a message with a line end to standard output: made harmless, and on a terminal wrapped at words.
    ///
    /// # Errors
    /// Those of [`write_failed`].
    pub fn print_message(&self, text: &str) -> Result<()> {
        let text = ui::format_message(text, self.out_width());
        self.print(text + "\n")
    }

    /// Flushes what was written to standard output.
    ///
    /// # Errors
    /// Those of [`write_failed`].
    pub fn flush(&self) -> Result<()> {
        self.print("")
    }

    /// Standard output, for a writer that keeps it; what is printed afterwards is lost.
    pub fn take_out(&self) -> Box<dyn Write + Send> {
        self.environment.out.replace(Box::new(io::sink()))
    }

    /// To be called before a file is created, so that it is removed if a signal ends the process.
    pub fn prepare_for_files(&self) {
        (self.environment.on_file_created)();
    }

    /// The width of the terminal in cells; `None` when standard output is not a terminal.
    pub fn out_width(&self) -> Option<usize> {
        self.environment.out_width
    }

    /// Shows `text` in the pager if it is longer than the terminal. Returns whether it did: without a pager that can be
    /// started, or with an empty command or `cat`, it did not.
    pub fn page(&self, text: &[u8]) -> bool {
        let environment = &self.environment;
        // One more than the text has, for the prompt below it.
        let lines = text.split(|byte| *byte == b'\n').count();
        if environment.out_height.is_none_or(|height| lines <= height)
            || environment.is_dumb_terminal()
        {
            return false;
        }
        let variable = |name| Some(self.variables()(name)?.to_str()?.to_owned());
        let command = variable("REFERRALS_PAGER").or_else(|| variable("PAGER"));
        let command = command.unwrap_or_else(|| "less".to_owned());
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() || words == ["cat"] {
            return false;
        }
        // As git has it: end at once if all fits on the screen (F), show colours (R), cut lines (S), leave the text on
        // the screen (X).
        let options: &[(&str, &str)] =
            if self.variables()("LESS").is_some() { &[] } else { &[("LESS", "FRSX")] };
        (environment.show_in_pager)(&words, options, text).is_ok()
    }

    /// The lines of the terminal; `None` when standard output is not a terminal.
    pub fn out_height(&self) -> Option<usize> {
        self.environment.out_height
    }

    /// Whether the output for people has to do without characters beyond ASCII: the terminal is dumb, or the locale
    /// (POSIX, "Environment Variables": the first that is set of `LC_ALL`, `LC_CTYPE`, `LANG`) has another charset than
    /// UTF-8.
    pub fn is_ascii(&self) -> bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"];
        let locale = names.iter().find_map(|name| self.variable(name));
        let is_utf8 = |locale: String| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        self.environment.is_dumb_terminal() || locale.is_some_and(|locale| !is_utf8(locale))
    }

    /// Whether the user can answer questions.
    pub fn can_prompt(&self) -> bool {
        self.environment.in_terminal
    }

    /// Asks until a line is not blank; `None` at the end of standard input.
    ///
    /// # Errors
    /// `ErrorKind::Usage` when standard input cannot be read as text.
    pub fn prompt(&self, question: &str) -> Result<Option<String>> {
        let mut input = self.environment.input.borrow_mut();
        loop {
            self.ui.prompt(question);
            let mut line = String::new();
            let length = input
                .read_line(&mut line)
                .map_err(|error| Error::usage("cannot read the answer").cause(&error))?;
            match line.trim() {
                _ if length == 0 => return Ok(None),
                "" => {}
                answer => return Ok(Some(answer.to_owned())),
            }
        }
    }

    /// Standard input, for a reader that keeps it; nothing can be read afterwards.
    pub fn take_input(&self) -> Box<dyn BufRead + Send> {
        self.environment.input.replace(Box::new(io::empty()))
    }

    /// Opens `url` in the user's browser.
    ///
    /// # Errors
    /// When no browser could be started.
    pub fn open_browser(&self, url: &str) -> Result<()> {
        (self.environment.open_browser)(url)
    }

    pub fn is_demo(&self) -> bool {
        self.options.demo
    }

    /// The flags that decide settings.
    pub fn flags(&self) -> &Flags {
        &self.options.flags
    }

    /// `--max-wait`
    pub fn max_wait(&self) -> Duration {
        self.options.max_wait
    }

    pub fn ui(&self) -> &Ui {
        &self.ui
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.environment.clock
    }

    /// By this machine's clock, or the API's once [`Context::correct_clock`] was called.
    pub fn now(&self) -> Timestamp {
        let now = self.clock().now();
        now.checked_add(self.clock_offset.get()).unwrap_or(now)
    }

    /// Sets how far the API's clock is ahead of this machine's. Returns whether that was not known.
    pub fn correct_clock(&self, offset: SignedDuration) -> bool {
        self.clock_offset.replace(offset) != offset
    }

    /// The zone in which times are shown and dates are read.
    pub fn zone(&self) -> &TimeZone {
        self.zone.get_or_init(|| {
            let zone =
                if self.options.utc { Some(TimeZone::UTC) } else { (self.environment.zone)() };
            zone.unwrap_or_else(|| {
                let name = self.variables()("TZ").unwrap_or_default();
                let name = name.to_string_lossy();
                self.ui.warn(&format!("TZ names no time zone: {name:?}; times are in UTC"));
                TimeZone::UTC
            })
        })
    }

    /// Whether output is coloured: `--color`, else only on a terminal, and not with `NO_COLOR` or `TERM=dumb`.
    pub fn color(&self) -> bool {
        self.options.color.unwrap_or_else(|| {
            self.out_width().is_some()
                && self.variables()("NO_COLOR").as_deref().is_none_or(OsStr::is_empty)
                && !self.environment.is_dumb_terminal()
        })
    }
}
