//! Readers that take what the API sends (API §3): missing, `null` and `""` are one thing, and a value of
//! the wrong type counts as missing instead of failing the row.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A string; numbers and booleans are taken as their text.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(JsonScalar::deserialize(from)?.text().filter(|text| !text.trim().is_empty()))
}

/// A value with a fixed vocabulary.
pub(super) fn word<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<String>,
{
    Ok(text(from)?.map(T::from))
}

/// A boolean, also when it arrives as text.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(match JsonScalar::deserialize(from)? {
        JsonScalar::Bool(value) => Some(value),
        JsonScalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        JsonScalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

/// An instant; see [`instant`].
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(JsonScalar::deserialize(from)?.text().and_then(|text| parse_timestamp(&text)))
}

/// An exact number, also when it arrives as text (API §3.3).
pub(super) fn decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    // As raw text, because a detour over a binary float would change the cents.
    let raw = Box::<RawValue>::deserialize(from)?;
    let digits = raw.get().trim_matches('"').trim();
    Ok(digits.parse().or_else(|_| Decimal::from_scientific(digits)).ok())
}

/// An object, or its empty self.
pub(super) fn object<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(maybe(from)?.unwrap_or_default())
}

/// An object or nothing.
pub(super) fn maybe<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(from)?;
    Ok(objects(raw.get()).map_err(D::Error::custom)?.into_iter().next())
}

/// A list of objects; one object alone counts as a list of one (API §3.1 `team`), `{}` as none (API §3.2 `ids`).
pub(super) fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default + PartialEq,
{
    let raw = Box::<RawValue>::deserialize(from)?;
    let mut objects: Vec<T> = objects(raw.get()).map_err(D::Error::custom)?;
    objects.retain(|object| *object != T::default());
    Ok(objects)
}

/// Any RFC 3339 date-time: every offset, any number of fractional digits (more than nine are cut), a missing
/// offset is UTC, a date alone is its midnight UTC (API §9, 19). `None` for anything else.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let text = short_fraction(text.trim());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| {
            text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        })
        .or_else(|| {
            text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
        })
}

/// JSON text in which an escaped half of a character (a lone UTF-16 surrogate, as cutting text leaves it) is written as
/// U+FFFD; all else is as it was.
pub(super) fn replace_lone_surrogates(json: &str) -> Cow<'_, str> {
    let unit = |at: usize| -> Option<u16> {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut mended = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = json[at..].find('\\') {
        at += found;
        let (high, low) = (unit(at), unit(at + 6));
        at += match (high, low) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.push_str(&json[from..at]);
                mended.push_str("\\ufffd");
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
    mended.push_str(&json[from..]);
    Cow::Owned(mended)
}

/// The same text with no more fractional digits than a nanosecond has.
fn short_fraction(text: &str) -> Cow<'_, str> {
    let Some(dot) = text.find('.') else {
        return text.into();
    };
    let digits = text[dot + 1..].bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return text.into();
    }
    let (kept, rest) = (&text[..dot + 10], &text[dot + 1 + digits..]);
    format!("{kept}{rest}").into()
}

/// Whatever JSON value stands there, as far as it is a scalar. Read from its text: numbers no machine has are numbers too.
enum JsonScalar {
    Bool(bool),
    Number(String),
    Text(String),
    Other,
}

impl JsonScalar {
    fn text(self) -> Option<String> {
        match self {
            JsonScalar::Bool(value) => Some(value.to_string()),
            JsonScalar::Number(text) | JsonScalar::Text(text) => Some(text),
            JsonScalar::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for JsonScalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<JsonScalar, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
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

/// The objects in a JSON text: an array's, or the one that stands alone; an array within the array is passed over.
fn objects<T: DeserializeOwned>(json: &str) -> serde_json::Result<Vec<T>> {
    if json.starts_with('{') {
        return Ok(vec![one_object(json)?]);
    }
    if !json.starts_with('[') {
        return Ok(Vec::new());
    }
    let all: Vec<Box<RawValue>> = serde_json::from_str(json)?;
    all.iter().filter(|one| one.get().starts_with('{')).map(|one| one_object(one.get())).collect()
}

/// The object that is the JSON text `json`, whatever it holds.
///
/// # Errors
/// When it is no JSON text.
pub(super) fn one_object<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    serde_json::from_str(json).or_else(|_| {
        // A property that occurs twice is refused, and so is a name that was cut inside a character; the last one counts.
        let Members(members) = serde_json::from_str(&replace_lone_surrogates(json))?;
        let last: BTreeMap<&str, &RawValue> =
            members.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
        serde_json::from_str(&serde_json::to_string(&last)?)
    })
}

/// An object's members in their order, each value as it was sent.
pub(super) struct Members(pub(super) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Members, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
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
        from.deserialize_map(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_of_characters_are_replaced() {
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
        for (json, mended) in cases {
            assert_eq!(replace_lone_surrogates(json), mended, "{json}");
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
