//! The authorization response in the redirect address (RFC 6749 §4.1.2).

use std::collections::BTreeSet;

use oauth2::url::form_urlencoded;

use super::oauth_error::OAuthError;
use super::token::Secret;

#[derive(Debug)]
pub(super) enum Callback {
    Code {
        code: Secret,
        /// `iss` (RFC 9207).
        issuer: Option<String>,
    },
    Rejected(Box<OAuthError>),
    /// Not exactly one `state`, or another one than expected.
    WrongState,
    /// The right `state`, but neither a code nor an error, or a parameter more than once.
    Malformed,
}

impl Callback {
    /// Parses the query of the redirect address. `state` is checked first; an error takes precedence over a code.
    pub(super) fn parse(query: &str, state: &str) -> Callback {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let mut states = pairs.iter().filter(|(name, _)| name == "state").map(|(_, value)| value);
        if states.next().is_none_or(|found| found != state) || states.next().is_some() {
            return Callback::WrongState;
        }
        let names: BTreeSet<_> = pairs.iter().map(|(name, _)| name).collect();
        if names.len() < pairs.len() {
            // None may be there twice (RFC 6749 §3.1): which one counts would be up to the reader.
            return Callback::Malformed;
        }
        // An empty one counts as absent (RFC 6749 §3.1).
        let find = |wanted: &str| {
            let found = pairs.iter().find(|(name, value)| name == wanted && !value.is_empty());
            found.map(|(_, value)| value.clone().into_owned())
        };
        if let Some(error) = find("error") {
            let description = find("error_description");
            let error = OAuthError::in_redirect(&error, description.as_deref(), find("claims"));
            return Callback::Rejected(Box::new(error));
        }
        match find("code") {
            Some(code) => Callback::Code { code: Secret::new(code), issuer: find("iss") },
            None => Callback::Malformed,
        }
    }

    /// Why what the user pasted is not the address of this sign-in.
    pub(super) fn describe_rejected(text: &str) -> String {
        let text = text.trim();
        let starts_well = text.contains("://localhost") || text.contains("code=");
        // The code comes first, and with it most of the length.
        if starts_well && !text.contains("state=") {
            return format!(
                "That address breaks off after {} characters; this terminal may cut long lines. Paste it again, or \
                 press Ctrl-C and use `referrals login --device-code`.",
                text.chars().count()
            );
        }
        "That is not the address of this sign-in. Copy all of the browser's address bar, from http://localhost on."
            .to_owned()
    }

    /// Parses what the user pasted: the whole address, or its query.
    pub(super) fn parse_pasted(text: &str, state: &str) -> Callback {
        let text = text.trim().trim_matches(['"', '\'', '<', '>']);
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        Callback::parse(query, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(callback: &Callback) -> String {
        match callback {
            Callback::Code { code, issuer } => {
                format!("code {} {}", code.expose(), issuer.as_deref().unwrap_or("-"))
            }
            Callback::Rejected(error) => format!("rejected {error}"),
            Callback::WrongState => "wrong state".to_owned(),
            Callback::Malformed => "malformed".to_owned(),
        }
    }

    #[test]
    fn state_is_checked_first_and_an_error_precedes_a_code() {
        for (query, expected) in [
            ("code=abc&state=s1", "code abc -"),
            ("state=s1&code=a%2Bb&iss=https%3A%2F%2Fa", "code a+b https://a"),
            ("state=s1&code=abc&session_state=x", "code abc -"),
            ("code=abc", "wrong state"),
            ("code=abc&state=s2", "wrong state"),
            ("code=abc&state=s1&state=s2", "wrong state"),
            ("error=access_denied&state=s2", "wrong state"),
            ("error=access_denied&state=s1&code=abc", "rejected access_denied"),
            ("error=x&error_description=AADSTS1%3A+no&state=s1", "rejected AADSTS1: no"),
            ("state=s1", "malformed"),
            ("state=s1&code=", "malformed"),
            ("", "wrong state"),
        ] {
            assert_eq!(name(&Callback::parse(query, "s1")), expected, "{query}");
        }
    }

    #[test]
    fn no_parameter_may_be_there_twice() {
        let once = ["code=a", "iss=https%3A%2F%2Fa", "error=x", "error_description=y", "other=z"];
        for parameter in once {
            let (name, _) = parameter.split_once('=').unwrap();
            for second in [parameter.to_owned(), format!("{name}=other"), format!("{name}=")] {
                let query = format!("state=s1&code=a&{parameter}&{second}")
                    .replace("code=a&code=a&", "code=a&");
                assert_eq!(self::name(&Callback::parse(&query, "s1")), "malformed", "{query}");
            }
        }
        assert_eq!(name(&Callback::parse("state=s1&code=a&state=s1", "s1")), "wrong state");
    }

    #[test]
    fn an_address_that_was_cut_is_told_from_another_one() {
        let code = "x".repeat(4_000);
        for (text, words) in [
            (format!("http://localhost:4000/?code={code}\n"), "breaks off after 4028 characters"),
            (format!("code={code}"), "breaks off after"),
            ("http://localhost:4000/?code=a&state=other".to_owned(), "not the address"),
            ("https://login.example/".to_owned(), "not the address"),
        ] {
            assert!(Callback::describe_rejected(&text).contains(words), "{text}");
        }
    }

    #[test]
    fn a_pasted_address_may_have_quotes_or_brackets_around_it() {
        for text in [
            "http://localhost:4000/?code=abc&state=s1",
            "  \"http://localhost:4000/?code=abc&state=s1#frag\"\r\n",
            "<http://localhost:4000?state=s1&code=abc>",
            "code=abc&state=s1",
        ] {
            assert_eq!(name(&Callback::parse_pasted(text, "s1")), "code abc -", "{text}");
        }
        for text in ["", "abc", "http://localhost:4000/?code=abc&state=s2"] {
            assert_eq!(name(&Callback::parse_pasted(text, "s1")), "wrong state", "{text}");
        }
    }
}
