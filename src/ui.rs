//! What is said on standard error: warnings, notes, details and progress.
//! Never data, never a secret; text from outside is made harmless first.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::text;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors and warnings only (`--quiet`).
    Quiet,
    /// Notes too.
    #[default]
    Normal,
    /// What was resolved and asked (`-v`).
    Verbose,
    /// Requests and answers too, secrets masked (`-vv` and more).
    Trace,
}

/// A handle on standard error that threads can share.
#[derive(Clone)]
pub struct Ui(Arc<Shared>);

struct Shared {
    verbosity: Verbosity,
    terminal: bool,
    sink: Mutex<Stream>,
}

struct Stream {
    out: Box<dyn Write + Send>,
    progress: bool,
}

impl Ui {
    /// Notes that go to `out`; a progress line is drawn only when that is a terminal.
    pub fn new(out: Box<dyn Write + Send>, volume: Verbosity, terminal: bool) -> Ui {
        Ui(Arc::new(Shared {
            verbosity: volume,
            terminal,
            sink: Mutex::new(Stream { out, progress: false }),
        }))
    }

    /// Notes that nobody reads.
    pub fn silent() -> Ui {
        Ui::new(Box::new(std::io::sink()), Verbosity::Quiet, false)
    }

    /// How much is said.
    pub fn volume(&self) -> Verbosity {
        self.0.verbosity
    }

    /// Whether standard error is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.0.terminal
    }

    /// Something the user must know even with `--quiet`.
    pub fn warn(&self, text: &str) {
        self.lines(&format!("warning: {text}"));
    }

    /// Something the user asked for and cannot go on without, whatever the volume: an address to open.
    pub fn print(&self, text: &str) {
        self.lines(text);
    }

    /// A question, whatever the volume; the answer goes on the same line.
    pub fn prompt(&self, question: &str) {
        let mut sink = self.sink();
        clear(&mut sink);
        let _ = write!(sink.out, "{} ", text::escape_control(question));
        let _ = sink.out.flush();
    }

    /// Something worth knowing.
    pub fn info(&self, text: &str) {
        if self.0.verbosity >= Verbosity::Normal {
            self.lines(text);
        }
    }

    /// Something for `-v`; built only when it is wanted.
    pub fn verbose(&self, text: impl FnOnce() -> String) {
        if self.0.verbosity >= Verbosity::Verbose {
            self.lines(&text());
        }
    }

    /// Something for `-vv`; built only when it is wanted.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.0.verbosity >= Verbosity::Trace {
            self.lines(&text());
        }
    }

    /// An error's report, whatever the volume.
    pub fn error(&self, report: &str) {
        self.lines(report);
    }

    /// Replaces the progress line. Nothing happens unless standard error is a terminal.
    pub fn progress(&self, line: &str) {
        if !self.0.terminal || self.0.verbosity < Verbosity::Normal {
            return;
        }
        let mut sink = self.sink();
        // Nothing can be done about a standard error that refuses to be written.
        let _ = write!(sink.out, "\r{}\x1b[K", text::escape_control(line));
        let _ = sink.out.flush();
        sink.progress = true;
    }

    /// Takes the progress line away.
    pub fn clear_progress(&self) {
        clear(&mut self.sink());
    }

    fn lines(&self, text: &str) {
        let mut sink = self.sink();
        clear(&mut sink);
        for line in text.lines() {
            let _ = writeln!(sink.out, "{}", text::escape_control(line));
        }
        let _ = sink.out.flush();
    }

    fn sink(&self) -> MutexGuard<'_, Stream> {
        self.0.sink.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn clear(sink: &mut Stream) {
    if std::mem::take(&mut sink.progress) {
        let _ = write!(sink.out, "\r\x1b[K");
        let _ = sink.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SharedBuffer;

    fn said(volume: Verbosity, terminal: bool, say: impl FnOnce(&Ui)) -> String {
        let err = SharedBuffer::default();
        say(&Ui::new(Box::new(err.clone()), volume, terminal));
        err.text()
    }

    #[test]
    fn each_volume_adds_to_the_one_before() {
        let all = |ui: &Ui| {
            ui.warn("w");
            ui.info("s");
            ui.verbose(|| "d".to_owned());
            ui.trace(|| "t".to_owned());
        };
        assert_eq!(said(Verbosity::Quiet, false, all), "warning: w\n");
        assert_eq!(said(Verbosity::Normal, false, all), "warning: w\ns\n");
        assert_eq!(said(Verbosity::Verbose, false, all), "warning: w\ns\nd\n");
        assert_eq!(said(Verbosity::Trace, false, all), "warning: w\ns\nd\nt\n");
    }

    #[test]
    fn progress_is_for_terminals_and_makes_room_for_notes() {
        let work = |ui: &Ui| {
            ui.progress("1 page");
            ui.info("note");
            ui.clear_progress();
        };
        assert_eq!(said(Verbosity::Normal, true, work), "\r1 page\x1b[K\r\x1b[Knote\n");
        assert_eq!(said(Verbosity::Normal, false, work), "note\n");
        assert_eq!(said(Verbosity::Quiet, true, work), "");
    }

    #[test]
    fn text_from_outside_is_made_harmless_line_by_line() {
        let said = said(Verbosity::Normal, true, |ui| ui.info("a\x1b[2J\nb"));
        assert_eq!(said, "a\u{241b}[2J\nb\n");
    }
}
