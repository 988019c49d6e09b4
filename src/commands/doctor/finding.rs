//! The result of one check, as text and as JSON. User names, the home directory and the queries of URLs are taken out,
//! so that a report can be pasted into a ticket.

use serde_json::{Value, json};
use strum::IntoStaticStr;

use crate::error::Error;
use crate::http::redact_url;
use crate::text::escape_control;

/// The widths of the columns of statuses and of names, in cells.
const STATUS_WIDTH: usize = 9;
const NAME_WIDTH: usize = 19;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub(super) enum CheckStatus {
    Ok,
    Problem,
    /// The check could not be made, or there was no need.
    Skipped,
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) status: CheckStatus,
    message: String,
    notes: Vec<String>,
    hints: Vec<String>,
}

impl Finding {
    pub(super) fn ok(message: impl Into<String>) -> Finding {
        Finding::new(CheckStatus::Ok, message)
    }

    pub(super) fn skipped(reason: impl Into<String>) -> Finding {
        Finding::new(CheckStatus::Skipped, reason)
    }

    pub(super) fn problem(error: &Error) -> Finding {
        let causes = error.causes().iter().map(|cause| format!("because: {cause}"));
        Finding {
            notes: causes.chain(error.details().iter().cloned()).collect(),
            hints: error.hints().to_vec(),
            ..Finding::new(CheckStatus::Problem, error.message())
        }
    }

    fn new(status: CheckStatus, message: impl Into<String>) -> Finding {
        Finding { status, message: message.into(), notes: Vec::new(), hints: Vec::new() }
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Finding {
        self.notes.push(note.into());
        self
    }

    /// Without personal data; `home` is the home directory.
    pub(super) fn redacted(mut self, home: Option<&str>) -> Finding {
        let Finding { status: _, message, notes, hints } = &mut self;
        for text in std::iter::once(message).chain(notes).chain(hints) {
            *text = redact(text, home);
        }
        self
    }

    pub(super) fn text(&self, check: &str) -> String {
        let Finding { status, message, notes, hints } = self;
        let (status, message): (&str, _) = (status.into(), escape_control(message));
        let mut lines = vec![format!("{status:STATUS_WIDTH$}{check:NAME_WIDTH$}{message}")];
        let hints = hints.iter().map(|hint| format!("hint: {hint}"));
        let below = notes.iter().cloned().chain(hints);
        lines.extend(below.map(|line| format!("{:STATUS_WIDTH$}{}", "", escape_control(&line))));
        lines.join("\n") + "\n"
    }

    pub(super) fn json(&self, check: &str) -> Value {
        let Finding { status, message, notes, hints } = self;
        let status: &str = status.into();
        json!({"check": check, "status": status, "message": message, "notes": notes, "hints": hints})
    }
}

/// `text` with the home directory as `~`, e-mail addresses without their local part and URLs without their query.
fn redact(text: &str, home: Option<&str>) -> String {
    let home = home.map(|home| home.trim_end_matches(['/', '\\'])).filter(|home| home.len() > 1);
    let text = home.map_or_else(|| text.to_owned(), |home| text.replace(home, "~"));
    let words: Vec<String> = text.split(' ').map(|word| redact_email(&redact_url(word))).collect();
    words.join(" ")
}

fn redact_email(word: &str) -> String {
    let Some((before, domain)) = word.rsplit_once('@') else { return word.to_owned() };
    let is_local_part = |c: char| c.is_alphanumeric() || ".!#$%&*+-/=?^_{|}~'".contains(c);
    let rest = before.trim_end_matches(is_local_part);
    // A quote before the address is not part of it.
    let quote = if before[rest.len()..].starts_with('\'') { "'" } else { "" };
    format!("{rest}{quote}…@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_redacted() {
        let cases = [
            ("in /home/jo/.config/referrals", "in ~/.config/referrals"),
            ("signed in as jo.doe+x@contoso.com", "signed in as …@contoso.com"),
            ("User 'jo@contoso.com' is", "User '…@contoso.com' is"),
            ("<jo@contoso.com>,", "<…@contoso.com>,"),
            ("GET https://a.example/p?code=secret#x now", "GET https://a.example/p now"),
            ("https://jo:word@a.example:81/p", "https://a.example:81/p"),
            ("what? nothing", "what? nothing"),
        ];
        for (text, redacted) in cases {
            assert_eq!(redact(text, Some("/home/jo/")), redacted, "{text}");
        }
        assert_eq!(redact("/a/b", Some("/")), "/a/b");
    }

    #[test]
    fn a_problem_has_its_causes_details_and_hints_below_it() {
        let error = Error::failure("it broke")
            .cause(&std::io::Error::other("out of paper"))
            .detail("hint: this is a detail")
            .hint("add paper");
        let finding = Finding::problem(&error);
        assert_eq!(
            finding.text("printer"),
            "problem  printer            it broke\n         because: out of paper\n         hint: this is a detail\n         hint: add paper\n"
        );
        assert_eq!(
            finding.json("printer"),
            json!({
                "check": "printer", "status": "problem", "message": "it broke",
                "notes": ["because: out of paper", "hint: this is a detail"], "hints": ["add paper"],
            })
        );
    }
}
