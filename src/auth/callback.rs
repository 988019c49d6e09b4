//! What a sign-in's redirect brings back (RFC 6749 §4.1.2). Reads text; pure.

use oauth2::url::form_urlencoded;

use super::oauth_error::OAuthError;
use super::token::Secret;

/// What the parameters of a redirect amount to.
#[derive(Debug)]
pub(super) enum Callback {
    /// The sign-in went well; the code is good for one exchange.
    Code {
        code: Secret,
        /// Who says so, where told (RFC 9207).
        issuer: Option<String>,
    },
    /// The person or the identity provider said no.
    Refused(Box<OAuthError>),
    /// Nothing of this sign-in: no `state`, another one, or one of two.
    NotOurs,
    /// This sign-in's `state`, and nothing to go with it.
    Empty,
}

impl Callback {
    /// Reads the part of the address behind the question mark. `state` is compared before
    /// anything else is looked at, and an error is seen before a code.
    pub(super) fn read(query: &str, state: &str) -> Callback {
        let all = |name: &str| {
            let pairs = form_urlencoded::parse(query.as_bytes());
            pairs
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .collect::<Vec<_>>()
        };
        let first = |name: &str| all(name).into_iter().find(|value| !value.is_empty());
        if all("state") != [state] {
            return Callback::NotOurs;
        }
        if let Some(error) = first("error") {
            return Callback::Refused(Box::new(OAuthError {
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

    /// Reads what a person pasted: the whole address, or the part behind the question mark.
    pub(super) fn read_pasted(text: &str, state: &str) -> Callback {
        let text = text.trim().trim_matches(['"', '\'', '<', '>']);
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        Callback::read(query, state)
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
            Callback::Refused(refusal) => format!("refused {refusal}"),
            Callback::NotOurs => "not ours".to_owned(),
            Callback::Empty => "empty".to_owned(),
        }
    }

    #[test]
    fn the_state_comes_first_and_an_error_before_a_code() {
        for (query, read) in [
            ("code=abc&state=s1", "code abc -"),
            ("state=s1&code=a%2Bb&iss=https%3A%2F%2Fa", "code a+b https://a"),
            ("state=s1&code=abc&session_state=x", "code abc -"),
            ("code=abc", "not ours"),
            ("code=abc&state=s2", "not ours"),
            ("code=abc&state=s1&state=s2", "not ours"),
            ("error=access_denied&state=s2", "not ours"),
            ("error=access_denied&state=s1&code=abc", "refused access_denied"),
            ("error=x&error_description=AADSTS1%3A+no&state=s1", "refused AADSTS1: no"),
            ("state=s1", "empty"),
            ("state=s1&code=", "empty"),
            ("state=s1&code=a&code=b", "empty"),
            ("", "not ours"),
        ] {
            assert_eq!(name(&Callback::read(query, "s1")), read, "{query}");
        }
    }

    #[test]
    fn a_pasted_address_is_read_with_whatever_came_along() {
        for text in [
            "http://localhost:4000/?code=abc&state=s1",
            "  \"http://localhost:4000/?code=abc&state=s1#frag\"\r\n",
            "<http://localhost:4000?state=s1&code=abc>",
            "code=abc&state=s1",
        ] {
            assert_eq!(name(&Callback::read_pasted(text, "s1")), "code abc -", "{text}");
        }
        for text in ["", "abc", "http://localhost:4000/?code=abc&state=s2"] {
            assert_eq!(name(&Callback::read_pasted(text, "s1")), "not ours", "{text}");
        }
    }
}
