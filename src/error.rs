//! The one error type: what went wrong, why, and what to do next.
//! It prints nothing; `cli` does.

use std::fmt;

/// A result whose error can be shown to a user.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it was. Decides the exit code and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The reader of standard output went away; not a failure at all.
    ClosedPipe,
    /// Anything that has no code of its own.
    Failure,
    /// The command line or the settings cannot be understood.
    Usage,
    /// A person has to sign in.
    SignIn,
    /// The service or the network did not answer.
    Unavailable,
    /// The service asked to be left alone for longer than we may wait.
    Throttled,
    /// Rows were received, but not all of them.
    Incomplete,
}

impl ErrorKind {
    /// The process exit code, as the manual lists it.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::ClosedPipe => 0,
            ErrorKind::Failure => 1,
            ErrorKind::Usage => 2,
            ErrorKind::SignIn => 4,
            ErrorKind::Unavailable => 5,
            ErrorKind::Throttled => 6,
            ErrorKind::Incomplete => 7,
        }
    }
}

/// How a command that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done.
    Done,
    /// Done, and something was found that needs attention (`--exit-code`).
    Attention,
}

impl Outcome {
    /// The process exit code, as the manual lists it.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Attention => 3,
        }
    }
}

/// What happened (a sentence without capital or full stop), what lies behind it, and what to do.
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
    /// An error of this kind. The message names the thing it is about.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            causes: Vec::new(),
            details: Vec::new(),
            hints: Vec::new(),
        }))
    }

    /// Adds the error below this one and everything it rests on.
    #[must_use]
    pub fn cause(mut self, cause: &(dyn std::error::Error + 'static)) -> Error {
        let mut next = Some(cause);
        while let Some(error) = next {
            let text = error.to_string();
            // Many errors repeat in their own text what they rest on.
            if !self.0.causes.iter().any(|told| told.contains(&text)) {
                self.0.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds a line of fact: the filter that was sent, the request id to quote.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Error {
        self.0.details.push(detail.into());
        self
    }

    /// Adds what to do next; a command is put in backticks.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hints.push(hint.into());
        self
    }

    /// The same error under another kind, for a caller who knows more.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// The same error with a message that says what it interrupted; the old one becomes the cause.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Error {
        let old = std::mem::replace(&mut self.0.message, message.into());
        self.0.causes.insert(0, old);
        self
    }

    /// What sort of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The first line alone, as `Display` gives it.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The errors it rests on, nearest first.
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// Lines of fact below the message.
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// What to do next.
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// The whole of it as lines, ready for standard error: message, causes, details, hints.
    pub fn report(&self) -> String {
        let Inner { kind: _, message, causes, details, hints } = &*self.0;
        let mut lines = vec![format!("error: {message}")];
        lines.extend(causes.iter().map(|cause| format!("  because: {cause}")));
        lines.extend(details.iter().map(|detail| format!("  {detail}")));
        lines.extend(hints.iter().map(|hint| format!("hint: {hint}")));
        lines.join("\n")
    }
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
    fn a_cause_that_the_one_above_tells_already_is_not_repeated() {
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
    fn an_interrupted_action_keeps_its_first_message_as_the_cause() {
        let error = Error::new(ErrorKind::Unavailable, "connection refused")
            .context("cannot list referrals");
        assert_eq!(error.report(), "error: cannot list referrals\n  because: connection refused");
    }
}
