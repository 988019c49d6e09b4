//! Messages on standard error: errors, warnings, information, prompts and progress. Control characters are escaped.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::text;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// `--quiet`: errors and warnings only.
    Quiet,
    #[default]
    Normal,
    /// `-v`: how flags and settings were resolved.
    Verbose,
    /// `-vv` and more: every request and response, without secrets.
    Trace,
}

/// A handle to standard error that can be cloned and shared among threads.
#[derive(Clone)]
pub struct Ui(Arc<Shared>);

struct Shared {
    verbosity: Verbosity,
    terminal: Option<Terminal>,
    stream: Mutex<Stream>,
}

/// The terminal that messages go to.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// In cells.
    pub width: usize,
    /// Whether it takes no control sequences, and so no progress line.
    pub is_dumb: bool,
}

struct Stream {
    out: Box<dyn Write + Send>,
    /// Whether a progress line is on the screen.
    progress: bool,
}

impl Ui {
    /// Writes to `out`. On a terminal, messages are wrapped and a progress line is drawn.
    pub fn new(out: Box<dyn Write + Send>, verbosity: Verbosity, terminal: Option<Terminal>) -> Ui {
        let stream = Mutex::new(Stream { out, progress: false });
        Ui(Arc::new(Shared { verbosity, terminal, stream }))
    }

    /// Discards everything.
    pub fn silent() -> Ui {
        Ui::new(Box::new(std::io::sink()), Verbosity::Quiet, None)
    }

    pub fn is_terminal(&self) -> bool {
        self.0.terminal.is_some()
    }

    /// Prints an error's report at any verbosity.
    pub fn error(&self, report: &str) {
        self.print_wrapped(report);
    }

    /// Prints a warning at any verbosity.
    pub fn warn(&self, text: &str) {
        self.print_wrapped(&format!("warning: {text}"));
    }

    /// Prints at any verbosity, and as it is, what the user cannot continue without, such as a URL to open.
    pub fn print(&self, text: &str) {
        let mut stream = self.lock();
        clear_line(&mut stream);
        for line in text.lines() {
            let _ = writeln!(stream.out, "{}", text::escape_control(line));
        }
        let _ = stream.out.flush();
    }

    /// Prints `text`, on a terminal wrapped at words.
    fn print_wrapped(&self, text: &str) {
        let Some(Terminal { width, .. }) = self.0.terminal else { return self.print(text) };
        let wrap = |line: &str| {
            let line = text::escape_control(line);
            text::wrap_words(&line, width, hanging_indent(&line).min(width / 4))
        };
        let lines: Vec<String> = text.lines().flat_map(wrap).collect();
        self.print(&lines.join("\n"));
    }

    /// Prints a question at any verbosity; the answer is typed on the same line.
    pub fn prompt(&self, question: &str) {
        let mut stream = self.lock();
        clear_line(&mut stream);
        let _ = write!(stream.out, "{} ", text::escape_control(question));
        let _ = stream.out.flush();
    }

    /// Prints unless `--quiet` is given.
    pub fn info(&self, text: &str) {
        if self.0.verbosity >= Verbosity::Normal {
            self.print_wrapped(text);
        }
    }

    /// Prints with `-v`. `text` is called only if it is printed.
    pub fn verbose(&self, text: impl FnOnce() -> String) {
        if self.0.verbosity >= Verbosity::Verbose {
            self.print(&text());
        }
    }

    /// Prints with `-vv`. `text` is called only if it is printed.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.0.verbosity >= Verbosity::Trace {
            self.print(&text());
        }
    }

    /// Replaces the progress line; does nothing unless standard error is a terminal that can erase it.
    pub fn progress(&self, line: &str) {
        let terminal = self.0.terminal.filter(|_| self.0.verbosity >= Verbosity::Normal);
        let Some(Terminal { width, is_dumb: false }) = terminal else { return };
        let line = text::escape_control(line);
        // A line that wraps cannot be erased, and one in the last cell may wrap.
        let line = text::truncate(&line, width.saturating_sub(1));
        let mut stream = self.lock();
        // An error while writing to standard error cannot be reported anywhere.
        let _ = write!(stream.out, "\r{line}\x1b[K");
        let _ = stream.out.flush();
        stream.progress = true;
    }

    pub fn clear_progress(&self) {
        clear_line(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.0.stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Where the lines after the first of a wrapped message begin: below the text, after the label.
fn hanging_indent(line: &str) -> usize {
    let text = line.trim_start();
    let labels = ["error: ", "warning: ", "hint: ", "because: "];
    let label = labels.iter().find(|label| text.starts_with(**label));
    line.len() - text.len() + label.map_or(0, |label| label.len())
}

/// Erases the progress line, if there is one.
fn clear_line(stream: &mut Stream) {
    if std::mem::take(&mut stream.progress) {
        let _ = write!(stream.out, "\r\x1b[K");
        let _ = stream.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SharedBuffer;

    fn output(verbosity: Verbosity, width: Option<usize>, work: impl FnOnce(&Ui)) -> String {
        let err = SharedBuffer::default();
        let terminal = width.map(|width| Terminal { width, is_dumb: false });
        work(&Ui::new(Box::new(err.clone()), verbosity, terminal));
        err.text()
    }

    #[test]
    fn each_verbosity_adds_to_the_one_before() {
        let all = |ui: &Ui| {
            ui.warn("w");
            ui.info("s");
            ui.verbose(|| "d".to_owned());
            ui.trace(|| "t".to_owned());
        };
        assert_eq!(output(Verbosity::Quiet, None, all), "warning: w\n");
        assert_eq!(output(Verbosity::Normal, None, all), "warning: w\ns\n");
        assert_eq!(output(Verbosity::Verbose, None, all), "warning: w\ns\nd\n");
        assert_eq!(output(Verbosity::Trace, None, all), "warning: w\ns\nd\nt\n");
    }

    #[test]
    fn progress_is_for_terminals_and_makes_room_for_notes() {
        let work = |ui: &Ui| {
            ui.progress("1 page");
            ui.info("note");
            ui.clear_progress();
        };
        assert_eq!(output(Verbosity::Normal, Some(80), work), "\r1 page\x1b[K\r\x1b[Knote\n");
        assert_eq!(output(Verbosity::Normal, None, work), "note\n");
        assert_eq!(output(Verbosity::Quiet, Some(80), work), "");
    }

    #[test]
    fn progress_is_cut_to_fit_on_one_line() {
        let progress = |width| output(Verbosity::Normal, Some(width), |ui| ui.progress("12 pages"));
        for (width, line) in [(9, "12 pages"), (8, "12 pag…"), (2, "…"), (1, ""), (0, "")] {
            assert_eq!(progress(width), format!("\r{line}\x1b[K"), "{width}");
        }
    }

    #[test]
    fn a_dumb_terminal_gets_wrapped_notes_and_no_progress() {
        let err = SharedBuffer::default();
        let terminal = Terminal { width: 12, is_dumb: true };
        let ui = Ui::new(Box::new(err.clone()), Verbosity::Normal, Some(terminal));
        ui.progress("1 page");
        ui.info("a note of some words");
        assert_eq!(err.text(), "a note of\nsome words\n");
    }

    #[test]
    fn messages_are_wrapped_at_words_below_their_text_and_addresses_are_kept_whole() {
        let report = "error: nobody is here\n  because: it is late\nhint: run `a b c` now";
        let work = |ui: &Ui| {
            ui.error(report);
            ui.warn("one two three four");
            ui.print("open https://login.example/a/long/address now");
        };
        let wrapped = "error: nobody is\n     here\n  because: it is\n     late\nhint: run `a b c`\n     now\n\
            warning: one two\n     three four\nopen https://login.example/a/long/address now\n";
        assert_eq!(output(Verbosity::Normal, Some(20), work), wrapped);
        let plain = format!(
            "{report}\nwarning: one two three four\nopen https://login.example/a/long/address now\n"
        );
        assert_eq!(output(Verbosity::Normal, None, work), plain);
    }

    #[test]
    fn text_from_outside_is_made_harmless_line_by_line() {
        let output = output(Verbosity::Normal, Some(80), |ui| ui.info("a\x1b[2J\nb"));
        assert_eq!(output, "a\u{241b}[2J\nb\n");
    }
}
