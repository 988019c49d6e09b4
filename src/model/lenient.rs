//! Deserializers for what the API sends (API §3): `null` and `""` count as missing, and so does a value of the wrong
//! type, which would otherwise fail the row.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Numbers and booleans become their text.
pub(super) fn string<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(JsonScalar::deserialize(deserializer)?.into_text().filter(|text| !text.trim().is_empty()))
}

/// A word of a fixed vocabulary.
pub(super) fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    Ok(string(deserializer)?.map(T::from))
}

/// A boolean, or its text.
pub(super) fn boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    Ok(match JsonScalar::deserialize(deserializer)? {
        JsonScalar::Bool(value) => Some(value),
        JsonScalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        JsonScalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

/// See [`parse_timestamp`].
pub(super) fn timestamp<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(JsonScalar::deserialize(deserializer)?.into_text().and_then(|text| parse_timestamp(&text)))
}

/// A number, or its text (API §3.3).
pub(super) fn decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    // Parsed from the text, because a binary float would not be exact.
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let digits = raw.get().trim_matches('"').trim();
    Ok(digits.parse().or_else(|_| Decimal::from_scientific(digits)).ok())
}

/// An object; missing is the default one.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(optional_object(deserializer)?.unwrap_or_default())
}

/// An object or `None`.
pub(super) fn optional_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(parse_objects(raw.get()).map_err(D::Error::custom)?.into_iter().next())
}

/// A list of objects; a single object is a list of one (API §3.1 `team`), `{}` an empty list (API §3.2 `ids`).
pub(super) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default + PartialEq,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let mut objects: Vec<T> = parse_objects(raw.get()).map_err(D::Error::custom)?;
    objects.retain(|object| *object != T::default());
    Ok(objects)
}

/// Parses an RFC 3339 date-time with any number of fractional digits, of which nine count. A missing offset is UTC, a
/// missing time midnight UTC (API §9, 19). `None` for anything else.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let text = truncate_fraction(text.trim());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| {
            text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        })
        .or_else(|| {
            text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        })
}

/// Replaces escaped lone UTF-16 surrogates, which truncated text ends in, with U+FFFD. The rest of `json` is unchanged.
pub(super) fn replace_lone_surrogates(json: &str) -> Cow<'_, str> {
    let code_unit = |at: usize| -> Option<u16> {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut replaced = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(offset) = json[at..].find('\\') {
        at += offset;
        let (high, low) = (code_unit(at), code_unit(at + 6));
        at += match (high, low) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                replaced.push_str(&json[from..at]);
                replaced.push_str("\\ufffd");
                from = at + 6;
                6
            }
            (Some(_), _) => 6,
            // Any other escape is a backslash and one character, which may be a backslash too.
            (None, _) => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    if from == 0 {
        return Cow::Borrowed(json);
    }
    replaced.push_str(&json[from..]);
    Cow::Owned(replaced)
}

/// `text` with at most nine fractional digits, which is nanoseconds.
fn truncate_fraction(text: &str) -> Cow<'_, str> {
    let Some(dot) = text.find('.') else {
        return text.into();
    };
    let digits = text[dot + 1..].bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return text.into();
    }
    let (start, rest) = (&text[..dot + 10], &text[dot + 1 + digits..]);
    format!("{start}{rest}").into()
}

/// A scalar JSON value. Numbers are kept as text, so that values beyond `f64` survive.
enum JsonScalar {
    Bool(bool),
    Number(String),
    Text(String),
    Other,
}

impl JsonScalar {
    fn into_text(self) -> Option<String> {
        match self {
            JsonScalar::Bool(value) => Some(value.to_string()),
            JsonScalar::Number(text) | JsonScalar::Text(text) => Some(text),
            JsonScalar::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for JsonScalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonScalar, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(match raw.get() {
            "true" => JsonScalar::Bool(true),
            "false" => JsonScalar::Bool(false),
            text if text.starts_with('"') => serde_json::from_str(text)
                .or_else(|_| serde_json::from_str(&replace_lone_surrogates(text)))
                .map_or(JsonScalar::Other, JsonScalar::Text),
            text if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                JsonScalar::Number(text.to_owned())
            }
            _ => JsonScalar::Other,
        })
    }
}

/// Parses an object or an array of objects; other elements of the array are skipped.
fn parse_objects<T: DeserializeOwned>(json: &str) -> serde_json::Result<Vec<T>> {
    if json.starts_with('{') {
        return Ok(vec![parse_object(json)?]);
    }
    if !json.starts_with('[') {
        return Ok(Vec::new());
    }
    let all: Vec<Box<RawValue>> = serde_json::from_str(json)?;
    all.iter().filter(|raw| raw.get().starts_with('{')).map(|raw| parse_object(raw.get())).collect()
}

/// Parses an object with any contents.
///
/// # Errors
/// When `json` is not JSON.
pub(super) fn parse_object<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    serde_json::from_str(json).or_else(|_| {
        // serde refuses a repeated property and a lone surrogate in a name; here the last property of a name counts.
        let Members(members) = serde_json::from_str(&replace_lone_surrogates(json))?;
        let last: BTreeMap<&str, &RawValue> =
            members.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
        serde_json::from_str(&serde_json::to_string(&last)?)
    })
}

/// The members of an object in their order, with the text of their values.
pub(super) struct Members(pub(super) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_surrogates_are_replaced() {
        let cases = [
            (r#""a\ud83d\ude00b""#, r#""a\ud83d\ude00b""#),
            (r#""a\ud83db""#, r#""a\ufffdb""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud83d\\ude00""#, r#""\ufffd\\ude00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\n\u0041é""#, r#""\n\u0041é""#),
            ("\\", "\\"),
            ("\\é\\ud8", "\\é\\ud8"),
        ];
        for (json, replaced) in cases {
            assert_eq!(replace_lone_surrogates(json), replaced, "{json}");
        }
    }

    #[test]
    fn every_way_the_wire_writes_an_instant_is_read() {
        let cases = [
            ("2026-06-01T09:14:22.1180342Z", Some("2026-06-01T09:14:22.1180342Z")),
            ("2026-06-04T06:10:41Z", Some("2026-06-04T06:10:41Z")),
            ("2026-06-04T06:10:41", Some("2026-06-04T06:10:41Z")),
            ("2026-06-04T06:10:41.5+02:00", Some("2026-06-04T04:10:41.5Z")),
            ("2026-06-04T06:10:41.123456789123Z", Some("2026-06-04T06:10:41.123456789Z")),
            ("2026-06-04", Some("2026-06-04T00:00:00Z")),
            ("2026-06-04 06:10:41Z", Some("2026-06-04T06:10:41Z")),
            ("", None),
            ("soon", None),
            ("2026-13-04T06:10:41Z", None),
        ];
        for (text, at) in cases {
            assert_eq!(parse_timestamp(text).map(|at| at.to_string()).as_deref(), at, "{text:?}");
        }
    }
}
