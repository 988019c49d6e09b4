//! The authorization response in the redirect address (RFC 6749 §4.1.2).

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
    /// The right `state`, but neither a code nor an error.
    Empty,
}

impl Callback {
    /// Parses the query of the redirect address. `state` is checked first; an error takes precedence over a code.
    pub(super) fn parse(query: &str, state: &str) -> Callback {
        let all = |name: &str| {
            let pairs = form_urlencoded::parse(query.as_bytes());
            pairs
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .collect::<Vec<_>>()
        };
        let first = |name: &str| all(name).into_iter().find(|value| !value.is_empty());
        if all("state") != [state] {
            return Callback::WrongState;
        }
        if let Some(error) = first("error") {
            return Callback::Rejected(Box::new(OAuthError {
                error,
                error_description: first("error_description"),
                claims: first("claims"),
                ..OAuthError::default()
            }));
        }
        match &all("code")[..] {
            [code] if !code.is_empty() => {
                Callback::Code { code: Secret::new(code.as_str()), issuer: first("iss") }
            }
            _ => Callback::Empty,
        }
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
            Callback::Empty => "empty".to_owned(),
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
            ("state=s1", "empty"),
            ("state=s1&code=", "empty"),
            ("state=s1&code=a&code=b", "empty"),
            ("", "wrong state"),
        ] {
            assert_eq!(name(&Callback::parse(query, "s1")), expected, "{query}");
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
