//! Messages on standard error: errors, warnings, information, prompts and progress. Control characters are escaped.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::text;

/// In bytes, of what stands before a colon.
const MAX_LABEL_LEN: usize = 20;

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

    /// That of the terminal, in cells.
    fn width(&self) -> Option<usize> {
        self.0.terminal.map(|terminal| terminal.width)
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

    /// Prints at any verbosity what the user cannot continue without, such as a URL to open.
    pub fn print(&self, text: &str) {
        self.print_wrapped(text);
    }

    /// Prints `text` as it is.
    fn print_lines(&self, text: &str) {
        let mut stream = self.lock();
        clear_line(&mut stream);
        for line in text.lines() {
            let _ = writeln!(stream.out, "{}", text::escape_control(line));
        }
        let _ = stream.out.flush();
    }

    /// Prints `text`, on a terminal wrapped at words.
    fn print_wrapped(&self, text: &str) {
        self.print_lines(&format_message(text, self.width()));
    }

    /// Prints a question at any verbosity; the answer is typed on the same line.
    pub fn prompt(&self, question: &str) {
        let question = format_message(question, self.width());
        let mut stream = self.lock();
        clear_line(&mut stream);
        let _ = write!(stream.out, "{question} ");
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
            self.print_lines(&text());
        }
    }

    /// Prints with `-vv`. `text` is called only if it is printed.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.0.verbosity >= Verbosity::Trace {
            self.print_lines(&text());
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

/// The lines of `text` made harmless, and where there is a width wrapped at words: no address and no command is broken.
pub fn format_message(text: &str, width: Option<usize>) -> String {
    let format = |line: &str| {
        let line = text::escape_control(line);
        match width {
            Some(width) => text::wrap_words(&line, width, hanging_indent(&line).min(width / 4)),
            None => vec![line.into_owned()],
        }
    };
    text.lines().flat_map(format).collect::<Vec<_>>().join("\n")
}

/// Where the lines after the first of a wrapped message begin: below the text, after a label such as `hint: ` or the
/// first of several columns.
fn hanging_indent(line: &str) -> usize {
    let text = line.trim_start();
    let is_label = |label: &&str| {
        label.len() <= MAX_LABEL_LEN && label.bytes().all(|b| b.is_ascii_lowercase() || b == b' ')
    };
    let label = text.split_once(": ").map(|(label, _)| label).filter(is_label);
    let after = match (label, text.split_once("  ")) {
        (Some(label), _) => &text[label.len() + 1..],
        (None, Some((_, after))) => after,
        (None, None) => text,
    };
    line.len() - after.trim_start().len()
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
            warning: one two\n     three four\nopen\nhttps://login.example/a/long/address\nnow\n";
        assert_eq!(output(Verbosity::Normal, Some(20), work), wrapped);
        let plain = format!(
            "{report}\nwarning: one two three four\nopen https://login.example/a/long/address now\n"
        );
        assert_eq!(output(Verbosity::Normal, None, work), plain);
    }

    #[test]
    fn questions_and_lines_to_choose_from_are_wrapped_at_words_below_their_text() {
        let choice = "  1  a706dd  due 04:47  Contoso Ltd., Azure Landing Zone";
        let deal = "  deal           Azure Landing Zone";
        for (text, width, lines) in [
            (choice, 80, choice),
            (choice, 28, "  1  a706dd  due 04:47\n     Contoso Ltd., Azure\n     Landing Zone"),
            (deal, 68, deal),
            (deal, 30, "  deal           Azure Landing\n       Zone"),
            ("accepted: a706dd Contoso", 20, "accepted: a706dd\n     Contoso"),
            ("Decline it? Type its id:", 20, "Decline it? Type its\nid:"),
        ] {
            assert_eq!(format_message(text, Some(width)), lines, "{width}");
            assert_eq!(format_message(text, None), text);
            let printed = output(Verbosity::Quiet, Some(width), |ui| ui.print(text));
            assert_eq!(printed, format!("{lines}\n"), "{width}");
            let asked = output(Verbosity::Quiet, Some(width), |ui| ui.prompt(text));
            assert_eq!(asked, format!("{lines} "), "{width}");
        }
    }

    #[test]
    fn text_from_outside_is_made_harmless_line_by_line() {
        let output = output(Verbosity::Normal, Some(80), |ui| ui.info("a\x1b[2J\nb"));
        assert_eq!(output, "a\u{241b}[2J\nb\n");
    }
}
