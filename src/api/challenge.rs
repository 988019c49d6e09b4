//! The claims challenge in `WWW-Authenticate`, for the next sign-in (API §5.4).

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// Longer than any challenge; it becomes part of an address.
const MAX_CHALLENGE_LEN: usize = 4096;

/// The JSON of the first valid `claims="..."` (RFC 9110 §11.6.1). It comes in base64, with or without padding, in either
/// alphabet.
pub(super) fn find_claims(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(WWW_AUTHENTICATE).iter();
    values.find_map(|value| parse_claims(value.to_str().ok()?))
}

fn parse_claims(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    // Not the end of a longer name, such as `my_claims=`.
    let is_whole_name = |(start, _): &(usize, &str)| {
        !lower[..*start].ends_with(|c: char| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    lower.match_indices("claims=").filter(is_whole_name).find_map(|(start, name)| {
        let value = &challenge[start + name.len()..];
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => value.split([',', ' ']).next()?,
        };
        decode_claims(value.trim())
    })
}

fn decode_claims(text: &str) -> Option<String> {
    if text.len() > MAX_CHALLENGE_LEN {
        return None;
    }
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())?;
    let json = String::from_utf8(bytes).ok()?;
    let value: serde_json::Value = serde_json::from_str(&json).ok()?;
    value.is_object().then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_found_in_any_kind_of_base64() {
        const JSON: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"cp1"}}}"#;
        const BASE64: &str =
            "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiY3AxIn19fQ==";
        let bare = BASE64.trim_end_matches('=');
        for challenge in [
            format!(r#"Bearer realm="", error="insufficient_claims", claims="{BASE64}""#),
            format!(r#"Bearer Claims="{bare}", error="insufficient_claims""#),
            format!("Bearer error=insufficient_claims, claims={bare}, realm=x"),
            format!(r#"Bearer claims="none", claims="{BASE64}""#),
        ] {
            assert_eq!(parse_claims(&challenge).as_deref(), Some(JSON), "{challenge}");
        }
        assert_eq!(
            parse_claims(r#"Bearer claims="eyJhIjoiw7_Dvz4ifQ""#).as_deref(),
            Some(r#"{"a":"ÿÿ>"}"#)
        );
    }

    #[test]
    fn anything_but_a_challenge_is_ignored() {
        for challenge in [
            "Bearer",
            r#"Bearer error="invalid_token""#,
            "Bearer claims=",
            r#"Bearer claims="""#,
            r#"Bearer claims="%%%""#,
            r#"Bearer claims="bm90IGpzb24=""#,
            r#"Bearer claims="WzFd""#,
            r#"Bearer my_claims="e30=""#,
            &format!(r#"Bearer claims="{}""#, "e".repeat(MAX_CHALLENGE_LEN + 1)),
        ] {
            assert_eq!(parse_claims(challenge), None, "{challenge}");
        }
    }
}
