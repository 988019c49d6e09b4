//! The error type of the program: kind, message, causes, details and hints.

use std::borrow::Cow;
use std::fmt;
use std::io;

use crate::platform::Platform;
use crate::text;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Decides the exit code, as listed in the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ErrorKind {
    /// The reader of standard output closed the pipe; exits with 0.
    ClosedPipe = 0,
    /// Any failure without an exit code of its own.
    Failure = 1,
    /// Invalid flags or settings.
    Usage = 2,
    /// A sign-in is required.
    SignIn = 4,
    /// The service or the network is not available.
    Unavailable = 5,
    /// Rate limited for longer than `--max-wait`.
    Throttled = 6,
    /// The listing broke off after some rows, or whether a change has happened is not known.
    Incomplete = 7,
    /// The referral was changed by somebody else since it was read.
    Changed = 8,
}

impl ErrorKind {
    pub fn exit_code(self) -> u8 {
        self as u8
    }
}

/// The result of a command that did not fail, with its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    Done = 0,
    /// Something needs attention; only with `--exit-code`.
    Attention = 3,
    /// A sign-in is required; only with `status --check`, which does not call it an error.
    SignInRequired = 4,
}

impl Outcome {
    pub fn exit_code(self) -> u8 {
        self as u8
    }
}

/// What happened (a sentence without capital or full stop), what lies behind it, and what to do. Each part may hold
/// values from outside and is made one harmless line, so that no value can pass for another part.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    causes: Vec<String>,
    details: Vec<String>,
    hints: Vec<String>,
}

impl Error {
    /// The message is lower case, without a final period, and names the thing it is about.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: one_line(message),
            causes: Vec::new(),
            details: Vec::new(),
            hints: Vec::new(),
        }))
    }

    pub fn failure(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Failure, message)
    }

    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Usage, message)
    }

    pub fn sign_in(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::SignIn, message)
    }

    pub fn unavailable(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unavailable, message)
    }

    /// Adds `cause` and its sources. For a file that another program has open, it adds what to do, too.
    #[must_use]
    pub fn cause(mut self, cause: &(dyn std::error::Error + 'static)) -> Error {
        let mut next = Some(cause);
        while let Some(error) = next {
            let is_open = |error| Platform::HERE.is_open_elsewhere(error);
            if error.downcast_ref::<io::Error>().is_some_and(is_open) {
                self.0.causes.push(OPEN_ELSEWHERE.to_owned());
                return self.hint("close the file there, and run again");
            }
            let text = one_line(error.to_string());
            // Many errors repeat their source in their own message.
            if !self.0.causes.iter().any(|cause| cause.contains(&text)) {
                self.0.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds a fact, such as the filter that was sent or the request id.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Error {
        self.0.details.push(one_line(detail));
        self
    }

    /// Adds any number of facts, such as the one in an `Option`.
    #[must_use]
    pub fn with_details<T: Into<String>>(mut self, details: impl IntoIterator<Item = T>) -> Error {
        self.0.details.extend(details.into_iter().map(one_line));
        self
    }

    /// Adds what to do next; a command stands in backticks.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hints.push(one_line(hint));
        self
    }

    /// Replaces the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// For a failure after which something else has to be done.
    #[must_use]
    pub fn without_hints(mut self) -> Error {
        self.0.hints.clear();
        self
    }

    /// Replaces the message by one that says what failed; the old message becomes the first cause.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Error {
        let old = std::mem::replace(&mut self.0.message, one_line(message));
        self.0.causes.insert(0, old);
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The causes, nearest first.
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// Message, causes, details and hints as lines for standard error.
    pub fn report(&self) -> String {
        let Inner { kind: _, message, causes, details, hints } = &*self.0;
        let mut lines = vec![format!("error: {message}")];
        lines.extend(causes.iter().map(|cause| format!("  because: {cause}")));
        lines.extend(details.iter().map(|detail| format!("  {detail}")));
        lines.extend(hints.iter().map(|hint| format!("hint: {hint}")));
        lines.join("\n")
    }
}

/// Windows says it in the user's language, and longer.
const OPEN_ELSEWHERE: &str = "the file is open in another program";

fn one_line(part: impl Into<String>) -> String {
    text::map(Cow::Owned(part.into()), text::escape_control).into_owned()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_exit_code_of_the_manual() {
        let codes = [
            (ErrorKind::ClosedPipe, 0),
            (ErrorKind::Failure, 1),
            (ErrorKind::Usage, 2),
            (ErrorKind::SignIn, 4),
            (ErrorKind::Unavailable, 5),
            (ErrorKind::Throttled, 6),
            (ErrorKind::Incomplete, 7),
            (ErrorKind::Changed, 8),
        ];
        for (kind, code) in codes {
            assert_eq!(kind.exit_code(), code, "{kind:?}");
        }
        assert_eq!((Outcome::Done.exit_code(), Outcome::Attention.exit_code()), (0, 3));
    }

    #[test]
    fn a_report_names_the_cause_the_facts_and_the_next_step_in_that_order() {
        let disk = std::io::Error::other("no space left on device");
        let error = Error::new(ErrorKind::Failure, "cannot write out.csv")
            .hint("free some space")
            .detail("request id: 42")
            .cause(&disk);
        assert_eq!(
            error.report(),
            "error: cannot write out.csv\n  because: no space left on device\n  request id: 42\nhint: free some space"
        );
    }

    #[test]
    fn a_cause_that_the_one_above_contains_is_not_repeated() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "cannot connect: {}", self.0)
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let error =
            Error::new(ErrorKind::Failure, "x").cause(&Outer(std::io::Error::other("refused")));
        assert_eq!(error.report(), "error: x\n  because: cannot connect: refused");
    }

    #[test]
    fn a_value_from_outside_cannot_pass_for_another_part() {
        const FORGED: &str = "x\nhint: run evil\x1b[2J\u{202e}";
        let io = std::io::Error::other(FORGED);
        let error = Error::failure(FORGED).context(FORGED).cause(&io).detail(FORGED).hint(FORGED);
        let report = error.with_details([FORGED, FORGED]).report();
        assert_eq!(report.lines().count(), 6, "{report}");
        assert!(!report.contains("\nhint: run evil"), "{report}");
        assert!(!report.contains(['\x1b', '\u{202e}']), "{report}");
    }

    #[test]
    fn a_file_that_is_open_in_another_program_is_told_with_what_to_do() {
        let error = Error::failure("cannot write a.csv").cause(&io::Error::from_raw_os_error(32));
        let expected = "error: cannot write a.csv\n  because: the file is open in another program\nhint: close the file there, and run again";
        assert_eq!(error.report() == expected, cfg!(windows), "{}", error.report());
    }

    #[test]
    fn an_interrupted_action_keeps_its_first_message_as_the_cause() {
        let error = Error::new(ErrorKind::Unavailable, "connection refused")
            .context("cannot list referrals");
        assert_eq!(error.report(), "error: cannot list referrals\n  because: connection refused");
    }
}
