//! The sample API of `--demo`, and what is remembered of what was done in it.

use std::sync::Arc;

use jiff::Timestamp;
use referrals_sandbox::{Options, Sandbox};

use super::Services;
use crate::api::BaseUrl;
use crate::auth::{Secret, StaticToken, TokenProvider};
use crate::error::{Error, Result};
use crate::state::{DEMO, DemoDay, MarkFile};

impl Services {
    /// When the demo's day began. `None` if none has, or if it is over: then what was done in it counts no more.
    pub fn demo_start(&self) -> Option<Timestamp> {
        self.demo_day().ok()?.start(self.context.now())
    }

    /// Begins a day of the demo. Its data is the same until the day is over.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory, and when it cannot be written down.
    pub fn begin_demo(&self) -> Result<()> {
        self.begin_demo_at(self.context.now())
    }

    fn begin_demo_at(&self, now: Timestamp) -> Result<()> {
        // The marks of an earlier day belong to other data.
        MarkFile::remove_all(&self.directories()?.state, DEMO)?;
        self.demo_day()?.begin(now)
    }

    /// What the sample API of `--demo` serves.
    pub fn demo_options(&self) -> Options {
        let now = self.demo_start().unwrap_or_else(|| self.context.now());
        let write_time = Some(self.context.now());
        Options { now, write_time, ..Options::default() }
    }

    /// Starts it, with what was changed earlier on the day.
    pub(super) fn start_sandbox(&self) -> Result<(BaseUrl, Arc<dyn TokenProvider>)> {
        let mut options = self.demo_options();
        if let Ok(day) = self.demo_day() {
            options.changes = day.changes(options.now);
        }
        let token = StaticToken::new("the sample API", Secret::new(&*options.token));
        let sandbox = Sandbox::start(options).map_err(|error| {
            Error::failure("cannot start the built-in sample API").cause(&error)
        })?;
        self.context.ui().info("demo: sample data; nothing leaves this machine");
        let base = BaseUrl::parse(self.sandbox.get_or_init(|| sandbox).url())?;
        Ok((base, Arc::new(token)))
    }

    /// Keeps what this run has changed in the demo for the others of the day; the first change begins one. What cannot be
    /// kept is told, and fails no command.
    pub fn keep_demo(&self) {
        let Some(sandbox) = self.sandbox.get() else { return };
        let changes = sandbox.changes();
        if !changes.is_empty()
            && let Err(error) = self.write_demo(sandbox.now(), &changes)
        {
            self.context
                .ui()
                .warn(&format!("the demo forgets what was changed\n{}", error.report()));
        }
    }

    /// `now` is what the data is relative to.
    fn write_demo(&self, now: Timestamp, changes: &str) -> Result<()> {
        let day = self.demo_day()?;
        if day.start(now) != Some(now) {
            self.begin_demo_at(now)?;
        }
        day.add_changes(now, changes)
    }

    /// Forgets what was done in the demo: changes, marks, the audit file and the ids that were shown.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory, and when something cannot be removed.
    pub fn reset_demo(&self) -> Result<()> {
        MarkFile::remove_all(&self.directories()?.state, DEMO)?;
        self.shown_ids_of(DEMO)?.remove()?;
        self.audit_log_of(DEMO)?.remove()?;
        self.demo_day()?.remove()
    }

    fn demo_day(&self) -> Result<DemoDay> {
        self.context.prepare_for_files();
        Ok(DemoDay::new(&self.directories()?.state))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::{Cursor, Read, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::config::Flags;
    use crate::context::{Context, Environment, GlobalOptions};
    use crate::state::AuditIntent;
    use crate::testing::{ManualClock, SharedBuffer};
    use crate::ui::{Ui, Verbosity};

    /// A referral that waits, in the sample data of every day.
    const WAITING: usize = 0;

    struct Place {
        home: tempfile::TempDir,
        clock: Arc<ManualClock>,
        err: SharedBuffer,
    }

    impl Place {
        fn new() -> Place {
            let start = "2026-11-21T12:00:00Z".parse().unwrap();
            let (home, clock) = (tempfile::tempdir().unwrap(), Arc::new(ManualClock::at(start)));
            Place { home, clock, err: SharedBuffer::default() }
        }

        /// What a run with `--demo` has.
        fn run(&self) -> Services {
            let home = self.home.path().to_owned();
            let environment = Environment {
                variables: Box::new(move |name| match name {
                    "REFERRALS_STATE_DIR" | "REFERRALS_CONFIG_DIR" => Some(home.clone().into()),
                    _ => None,
                }),
                out: RefCell::new(Box::new(SharedBuffer::default())),
                out_width: None,
                out_height: None,
                show_in_pager: Box::new(|_, _, _| Ok(())),
                err: Box::new(self.err.clone()),
                err_width: None,
                in_terminal: false,
                input: RefCell::new(Box::new(Cursor::new(""))),
                open_browser: Box::new(|_| Ok(())),
                clock: self.clock.clone(),
                zone: Box::new(|| None),
                on_file_created: Box::new(|| {}),
            };
            let options = GlobalOptions {
                demo: true,
                flags: Flags::default(),
                max_wait: Duration::ZERO,
                utc: true,
                color: None,
            };
            let ui = Ui::new(Box::new(self.err.clone()), Verbosity::Normal, None);
            let services = Services::new(Context::new(environment, options, ui)).unwrap();
            services.api().unwrap();
            services
        }

        /// The marks of the demo.
        fn marks(&self) -> usize {
            MarkFile::names(self.home.path(), DEMO).len()
        }
    }

    /// Sends a request for the waiting referral, and returns the body.
    fn send(services: &Services, method: &str, headers: &str, body: &str) -> Value {
        let row =
            referrals_sandbox::rows_of_yesterday(&services.demo_options()).swap_remove(WAITING);
        let id = row["id"].as_str().unwrap().to_owned();
        let url = services.sandbox.get().unwrap().url().to_owned();
        let (authority, path) = url["http://".len()..].split_once('/').unwrap();
        let mut stream = TcpStream::connect(authority).unwrap();
        write!(
            stream,
            "{method} /{path}/referrals/{id} HTTP/1.1\r\nAuthorization: Bearer sandbox\r\nConnection: close\r\n\
             Content-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let body = response.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str(body).unwrap_or_default()
    }

    fn status(services: &Services) -> Value {
        send(services, "GET", "", "")["status"].take()
    }

    fn accept(services: &Services) {
        let etag = send(services, "GET", "", "")["eTag"].take();
        let headers = format!("If-Match: {}\r\n", etag.as_str().unwrap());
        let body = r#"[{"op":"replace","path":"/status","value":"Active"},{"op":"replace","path":"/substatus","value":"Accepted"}]"#;
        assert_eq!(send(services, "PATCH", &headers, body), Value::Null);
    }

    #[test]
    fn what_is_done_in_the_demo_lasts_for_a_day() {
        let place = Place::new();
        let first = place.run();
        first.keep_demo();
        assert_eq!(first.demo_start(), None);
        assert_eq!(status(&first), "New");
        accept(&first);
        // The day is that of the data, not of when the run ends.
        place.clock.advance(Duration::from_secs(5));
        first.keep_demo();
        assert_eq!(first.demo_start().unwrap().to_string(), "2026-11-21T12:00:00Z");
        place.clock.advance(Duration::from_secs(3_600));
        let later = place.run();
        assert_eq!(status(&later), "Active");
        assert_eq!(send(&later, "GET", "", "")["acceptedDateTime"], "2026-11-21T12:00:00Z");
        later.keep_demo();
        assert_eq!(status(&place.run()), "Active");
        place.clock.advance(Duration::from_secs(86_400));
        assert_eq!(status(&place.run()), "New");
        assert!(!place.err.text().contains("warning"), "{}", place.err.text());
    }

    #[test]
    fn a_new_day_forgets_the_marks_of_an_old_one() {
        let place = Place::new();
        let run = place.run();
        accept(&run);
        run.keep_demo();
        run.mark_file("changes").unwrap().replace("of the first day").unwrap();
        accept_again_after(&place, 3_600);
        assert_eq!(place.marks(), 1);
        accept_again_after(&place, 86_400);
        assert_eq!(place.marks(), 0);
    }

    /// Changes something in a later run.
    fn accept_again_after(place: &Place, seconds: u64) {
        place.clock.advance(Duration::from_secs(seconds));
        let run = place.run();
        accept(&run);
        run.keep_demo();
    }

    #[test]
    fn a_reset_forgets_everything_that_was_done() {
        let place = Place::new();
        let run = place.run();
        accept(&run);
        run.keep_demo();
        run.mark_file("changes").unwrap().replace("of today").unwrap();
        run.remember_shown(["an-id"]);
        let audit = run.audit_log().unwrap();
        audit.record_intent(run.context().now(), &AuditIntent::default()).unwrap();
        run.reset_demo().unwrap();
        run.reset_demo().unwrap();
        let run = place.run();
        assert_eq!((status(&run), run.demo_start(), place.marks()), ("New".into(), None, 0));
        assert!(run.shown_ids().unwrap().read().is_empty());
        assert!(audit.read().unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_kept_is_told() {
        let place = Place::new();
        let run = place.run();
        accept(&run);
        std::fs::create_dir(place.home.path().join("demo-changes.jsonl")).unwrap();
        run.keep_demo();
        let err = place.err.text();
        assert!(
            err.contains("warning: the demo forgets what was changed\nerror: cannot write "),
            "{err}"
        );
    }
}
