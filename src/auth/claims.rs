//! What a token says of its owner, for people to read. Nothing is verified, so nothing is decided by it:
//! access tokens for other people's services are opaque by contract (API §5.6).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

/// The claims worth showing; each may be missing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Claims {
    /// The service the token is for.
    #[serde(default, deserialize_with = "text")]
    pub aud: Option<String>,
    /// The tenant's id.
    #[serde(default, deserialize_with = "text")]
    pub tid: Option<String>,
    /// The user's sign-in name in older tokens.
    #[serde(default, deserialize_with = "text")]
    pub upn: Option<String>,
    /// The user's sign-in name.
    #[serde(default, deserialize_with = "text")]
    pub preferred_username: Option<String>,
    /// The user's name for people.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    /// The user's id at the identity provider.
    #[serde(default, deserialize_with = "text")]
    pub sub: Option<String>,
    /// What was consented to.
    #[serde(default, deserialize_with = "text")]
    pub scp: Option<String>,
    /// The random text of the sign-in that gave this ID token.
    #[serde(default, deserialize_with = "text")]
    pub nonce: Option<String>,
    /// How the user proved who they are; `mfa` among them means a second factor.
    #[serde(default, deserialize_with = "texts")]
    pub amr: Option<Vec<String>>,
    /// When the token ends, in seconds since 1970.
    #[serde(default, deserialize_with = "number")]
    pub exp: Option<i64>,
}

impl Claims {
    /// Reads the payload of a JSON Web Token; `None` where it is something else.
    pub fn parse(token: &str) -> Option<Claims> {
        let payload = token.split('.').nth(1)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The user's sign-in name, else the name, else the id.
    pub fn user(&self) -> Option<&str> {
        [&self.preferred_username, &self.upn, &self.name, &self.sub]
            .into_iter()
            .find_map(|claim| claim.as_deref().filter(|text| !text.is_empty()))
    }

    /// Whether a second factor was used; `None` where the token does not say (API §5.6).
    pub fn mfa(&self) -> Option<bool> {
        self.amr.as_ref().map(|methods| methods.iter().any(|method| method == "mfa"))
    }

    /// When the token ends.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.exp.and_then(|second| Timestamp::from_second(second).ok())
    }
}

/// A claim of another type than expected is as good as missing.
fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Some(text),
        _ => None,
    })
}

fn texts<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Array(values) => {
            Some(values.into_iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    })
}

fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(serde_json::Value::deserialize(deserializer)?.as_i64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn the_owner_is_read_and_odd_claims_do_not_hide_the_others() {
        let claims = Claims::parse(&token(
            r#"{"aud":["a"],"tid":7,"upn":"jo@contoso.com","name":"Jo","amr":["pwd","mfa"],"exp":1700000000}"#,
        ))
        .unwrap();
        assert_eq!(claims.user(), Some("jo@contoso.com"));
        assert_eq!(claims.mfa(), Some(true));
        assert_eq!(claims.expires_at().unwrap().as_second(), 1_700_000_000);
        assert_eq!((claims.aud, claims.tid), (None, None));
    }

    #[test]
    fn a_token_that_is_no_json_web_token_says_nothing() {
        for text in ["", "opaque", "a.b.c", "e30.bm90IGpzb24.x", "..", "e30.IjEi.x"] {
            assert_eq!(Claims::parse(text), None, "{text:?}");
        }
        assert_eq!(Claims::parse(&token("{}")).unwrap().mfa(), None);
        assert_eq!(Claims::parse(&token(r#"{"amr":["pwd"]}"#)).unwrap().mfa(), Some(false));
    }
}
