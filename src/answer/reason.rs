//! Why a referral is declined or a deal is lost: short words for the portal's texts.

use crate::error::{Error, Result};
use crate::text;

/// A reason, which has no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// As in flags.
    pub word: &'static str,
    /// As the portal and its bulk files write it.
    pub text: &'static str,
}

impl Reason {
    /// Every reason, in the portal's order.
    pub const ALL: &'static [Reason] = &[
        Reason::new("budget", "Project budget isn't adequate"),
        Reason::new("no-response", "Customer didn't respond"),
        Reason::new("other-vendor", "Customer chose another vendor"),
        Reason::new("requirement", "Customer requirement not met"),
        Reason::new("not-customer", "Not a customer"),
        Reason::new("timeline", "Proposed time line was too short"),
        Reason::new("abuse", "Report as abuse, spam, or phishing"),
        Reason::new("other", "Others"),
    ];

    const fn new(word: &'static str, text: &'static str) -> Reason {
        Reason { word, text }
    }

    /// Reads the word, or the portal's text, in any case.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for any other word, with the one that was probably meant, or all of them.
    pub fn parse(word: &str) -> Result<Reason> {
        let word = word.trim();
        let plain = word.replace(['_', ' '], "-");
        let is_meant = |reason: &&Reason| {
            reason.word.eq_ignore_ascii_case(&plain) || reason.text.eq_ignore_ascii_case(word)
        };
        if let Some(reason) = Reason::ALL.iter().find(is_meant) {
            return Ok(*reason);
        }
        let error = Error::usage(format!("unknown reason {word:?}"));
        Err(match text::nearest(&plain, Reason::words()) {
            // A misspelt word must not report a customer.
            Some(near) if near != "abuse" => error.hint(format!("did you mean `{near}`?")),
            _ => {
                error.hint(format!("use one of {}", Reason::words().collect::<Vec<_>>().join(", ")))
            }
        })
    }

    fn words() -> impl Iterator<Item = &'static str> {
        Reason::ALL.iter().map(|reason| reason.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_word_or_the_portals_text_names_a_reason() {
        for reason in Reason::ALL {
            for word in [reason.word, reason.text, &reason.text.to_uppercase()] {
                assert_eq!(Reason::parse(word).unwrap(), *reason, "{word}");
            }
        }
        assert_eq!(Reason::parse("No Response").unwrap().text, "Customer didn't respond");
    }

    #[test]
    fn an_unknown_word_is_met_with_the_nearest_and_never_with_abuse() {
        for (word, hint) in [
            ("budgt", "did you mean `budget`?"),
            ("requirements", "did you mean `requirement`?"),
            ("abuze", "use one of budget, no-response"),
            ("", "use one of budget, no-response"),
        ] {
            let error = Reason::parse(word).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.hints()[0].starts_with(hint), "{word}: {:?}", error.hints());
        }
    }
}
