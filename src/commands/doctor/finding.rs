//! What a check found, as text and as JSON, fit to be pasted into a ticket: no user name, no home folder, no
//! query, whatever the finding quotes. Checks nothing.

use serde_json::{Value, json};

use crate::error::Error;
use crate::text::escape_control;

/// How wide the verdicts and the names of the checks are, in cells.
const STATUS_WIDTH: usize = 9;
const NAME_WIDTH: usize = 16;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CheckStatus {
    Ok,
    Problem,
    /// It could not be made, or there was no need.
    Skipped,
}

impl CheckStatus {
    fn word(self) -> &'static str {
        match self {
            CheckStatus::Ok => "ok",
            CheckStatus::Problem => "problem",
            CheckStatus::Skipped => "skipped",
        }
    }
}

/// What a check found.
#[derive(Debug)]
pub(super) struct Finding {
    check: &'static str,
    status: CheckStatus,
    fact: String,
    notes: Vec<String>,
    next: Vec<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, fact: impl Into<String>) -> Finding {
        Finding::new(check, CheckStatus::Ok, fact.into())
    }

    pub(super) fn skipped(check: &'static str, why: impl Into<String>) -> Finding {
        Finding::new(check, CheckStatus::Skipped, why.into())
    }

    pub(super) fn problem(check: &'static str, error: &Error) -> Finding {
        let mut finding = Finding::new(check, CheckStatus::Problem, error.message().to_owned());
        // What lies below the message, in the words every error is told in.
        for line in error.report().lines().skip(1) {
            match line.strip_prefix("hint: ") {
                Some(hint) => finding.next.push(hint.to_owned()),
                None => finding.notes.push(line.trim().to_owned()),
            }
        }
        finding
    }

    /// Adds what is worth knowing and no problem.
    pub(super) fn note(mut self, note: impl Into<String>) -> Finding {
        self.notes.push(note.into());
        self
    }

    fn new(check: &'static str, verdict: CheckStatus, fact: String) -> Finding {
        Finding { check, status: verdict, fact, notes: Vec::new(), next: Vec::new() }
    }

    pub(super) fn status(&self) -> CheckStatus {
        self.status
    }

    /// Takes out what is nobody's business; `home` is the home folder.
    pub(super) fn redacted(mut self, home: Option<&str>) -> Finding {
        let Finding { check: _, status: _, fact, notes, next } = &mut self;
        for text in std::iter::once(fact).chain(notes).chain(next) {
            *text = redact(text, home);
        }
        self
    }

    pub(super) fn text(&self) -> String {
        let Finding { check, status: verdict, fact, notes, next } = self;
        let mut lines = vec![format!(
            "{:STATUS_WIDTH$}{check:NAME_WIDTH$}{}",
            verdict.word(),
            escape_control(fact)
        )];
        lines.extend(
            notes.iter().map(|note| format!("{:STATUS_WIDTH$}{}", "", escape_control(note))),
        );
        lines.extend(
            next.iter()
                .map(|step| format!("{:STATUS_WIDTH$}what to do: {}", "", escape_control(step))),
        );
        lines.join("\n") + "\n"
    }

    pub(super) fn json(&self) -> Value {
        let Finding { check, status: verdict, fact, notes, next } = self;
        json!({"check": check, "verdict": verdict.word(), "fact": fact, "notes": notes, "next": next})
    }
}

/// `text` without the home folder's name, what stands before an `@`, and the queries of addresses.
fn redact(text: &str, home: Option<&str>) -> String {
    let text =
        match home.map(|home| home.trim_end_matches(['/', '\\'])).filter(|home| home.len() > 1) {
            Some(home) => text.replace(home, "~"),
            None => text.to_owned(),
        };
    let words: Vec<String> =
        text.split(' ').map(|word| without_name(&without_query(word))).collect();
    words.join(" ")
}

fn without_query(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

fn without_name(word: &str) -> String {
    let Some((before, domain)) = word.rsplit_once('@') else { return word.to_owned() };
    let part_of_name = |c: char| c.is_alphanumeric() || ".!#$%&*+-/=?^_{|}~'".contains(c);
    let rest = before.trim_end_matches(part_of_name);
    // A quote that opens the name is no part of it.
    let quote = if before[rest.len()..].starts_with('\'') { "'" } else { "" };
    format!("{rest}{quote}…@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_is_nobodys_business_is_taken_out() {
        let cases = [
            ("in /home/jo/.config/referrals", "in ~/.config/referrals"),
            ("signed in as jo.doe+x@contoso.com", "signed in as …@contoso.com"),
            ("User 'jo@contoso.com' is", "User '…@contoso.com' is"),
            ("<jo@contoso.com>,", "<…@contoso.com>,"),
            ("GET https://a.example/p?code=secret#x now", "GET https://a.example/p now"),
            ("https://jo:word@a.example:81/p", "https://a.example:81/p"),
            ("what? nothing", "what? nothing"),
        ];
        for (text, shown) in cases {
            assert_eq!(redact(text, Some("/home/jo/")), shown, "{text}");
        }
        assert_eq!(redact("/a/b", Some("/")), "/a/b");
    }

    #[test]
    fn a_problem_has_its_reasons_and_its_next_steps_below_it() {
        let error = Error::new(ErrorKind::Failure, "it broke").detail("at noon").hint("mend it");
        let finding = Finding::problem("heart", &error);
        assert_eq!(
            finding.text(),
            "problem  heart           it broke\n         at noon\n         what to do: mend it\n"
        );
        assert_eq!(finding.json()["next"][0], "mend it");
    }
}
