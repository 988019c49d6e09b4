//! Reads the values that the API sends (API §3). `null` and `""` count as missing, and so does a value of another kind
//! than expected: no value makes a row unreadable.

use rust_decimal::Decimal;

use super::DateValue;
use crate::json::{JsonKind, JsonResult, JsonValue, RawText, Reader, Text};

/// The names of all properties that are read, however deep they stand; the shortest first.
const PROPERTY_NAMES: &[&str] = &[
    "id",
    "city",
    "eTag",
    "name",
    "size",
    "team",
    "type",
    "email",
    "mpnId",
    "notes",
    "state",
    "title",
    "status",
    "address",
    "country",
    "details",
    "quality",
    "currency",
    "lastName",
    "products",
    "services",
    "dealValue",
    "direction",
    "firstName",
    "invitedBy",
    "solutions",
    "substatus",
    "campaignId",
    "industries",
    "postalCode",
    "salesStage",
    "phoneNumber",
    "addressLine1",
    "addressLine2",
    "callToAction",
    "engagementId",
    "requirements",
    "statusReason",
    "trackingInfo",
    "inviteContext",
    "qualification",
    "closedDateTime",
    "microsoftMsxId",
    "organizationId",
    "referralSource",
    "closingDateTime",
    "createdDateTime",
    "customerProfile",
    "updatedDateTime",
    "acceptedDateTime",
    "organizationName",
    "expirationDateTime",
    "externalReferenceId",
    "assistanceRequestCode",
    "customerRequestedContact",
];

/// An object that is read property by property.
pub(super) trait ReadMembers: Default {
    /// Reads the value of a property that is known by this name. Otherwise returns `false` and leaves the value.
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool>;

    /// The names that it may know.
    fn names() -> &'static [&'static str] {
        PROPERTY_NAMES
    }
}

/// Reads the members of the object that comes next, whatever the case of their names: services that change their
/// serializer change it. Of several with one name the last counts.
pub(super) fn read_members<T: ReadMembers>(reader: &mut Reader<'_>) -> JsonResult<T> {
    let mut object = T::default();
    reader.read_members(|reader, name| {
        let name = name.decode();
        if object.read_member(&name, reader)? {
            return Ok(());
        }
        match usual_name(T::names(), &name) {
            Some(usual) if object.read_member(usual, reader)? => {}
            _ => drop(reader.skip_value()?),
        }
        Ok(())
    })?;
    Ok(object)
}

/// The name among `names`, the shortest first, that `name` differs from in case alone.
fn usual_name(names: &[&'static str], name: &str) -> Option<&'static str> {
    let start = names.partition_point(|usual| usual.len() < name.len());
    let as_long = names[start..].iter().take_while(|usual| usual.len() == name.len());
    let mut equal = as_long.filter(|usual| usual.eq_ignore_ascii_case(name));
    equal.next().copied().filter(|usual| *usual != name)
}

/// Reads an object, or the first in a list.
pub(super) fn read_object<T: ReadMembers>(reader: &mut Reader<'_>) -> JsonResult<Option<T>> {
    let mut first = None;
    read_each(reader, |object| {
        first.get_or_insert(object);
    })?;
    Ok(first)
}

/// Reads a list of objects; a single object is a list of one (API §3.1 `team`). Empty objects are left out (API §3.2
/// `ids`).
pub(super) fn read_objects<T>(reader: &mut Reader<'_>) -> JsonResult<Vec<T>>
where
    T: ReadMembers + PartialEq,
{
    Ok(read_counted_objects(reader)?.0)
}

/// Reads as [`read_objects`] does, and counts the values of the list whatever they are; a single value counts as one.
pub(super) fn read_counted_objects<T>(reader: &mut Reader<'_>) -> JsonResult<(Vec<T>, usize)>
where
    T: ReadMembers + PartialEq,
{
    let (mut objects, empty) = (Vec::new(), T::default());
    let count = read_each(reader, |object| {
        if object != empty {
            objects.push(object);
        }
    })?;
    Ok((objects, count))
}

/// Reads an object or those in a list. Returns the number of values, with those that are no objects.
fn read_each<T: ReadMembers>(
    reader: &mut Reader<'_>,
    mut take: impl FnMut(T),
) -> JsonResult<usize> {
    let mut count = 0;
    let mut read_if_object = |reader: &mut Reader<'_>| {
        count += 1;
        if reader.peek_kind()? == JsonKind::Object {
            take(read_members(reader)?);
        } else {
            reader.skip_value()?;
        }
        Ok(())
    };
    match reader.peek_kind()? {
        JsonKind::Array => reader.read_elements(read_if_object)?,
        _ => read_if_object(reader)?,
    }
    Ok(count)
}

/// Reads text. Numbers and booleans become their text.
pub(super) fn read_text(reader: &mut Reader<'_>) -> JsonResult<Option<Text>> {
    let raw = read_scalar(reader)?;
    Ok(raw.map(|raw| reader.text(raw)).filter(|text| !is_blank(text)))
}

/// Reads a word of a fixed vocabulary, which is text.
pub(super) fn read_word<T>(reader: &mut Reader<'_>) -> JsonResult<Option<T>>
where
    T: for<'a> From<&'a str>,
{
    let JsonValue::String(raw) = reader.read_value()? else { return Ok(None) };
    let word = raw.decode();
    Ok((!is_blank(&word)).then(|| T::from(&word)))
}

/// Reads a boolean, or its text.
pub(super) fn read_flag(reader: &mut Reader<'_>) -> JsonResult<Option<bool>> {
    Ok(match reader.read_value()? {
        JsonValue::Bool(raw) | JsonValue::String(raw) => {
            let word = raw.decode();
            let is = |other: &str| word.eq_ignore_ascii_case(other);
            if is("true") { Some(true) } else { is("false").then_some(false) }
        }
        _ => None,
    })
}

/// Reads a date. One that is no text cannot be read: what a number counts is not known.
pub(super) fn read_date(reader: &mut Reader<'_>) -> JsonResult<DateValue> {
    Ok(match reader.read_value()? {
        JsonValue::String(raw) => DateValue::parse(&raw.decode()),
        JsonValue::Null => DateValue::Missing,
        _ => DateValue::Unreadable,
    })
}

/// Reads a number, or its text (API §3.3).
pub(super) fn read_decimal(reader: &mut Reader<'_>) -> JsonResult<Option<Decimal>> {
    Ok(read_scalar(reader)?.and_then(|raw| {
        // Parsed from the digits, because a binary float would not be exact.
        let digits = raw.as_sent().trim();
        digits.parse().or_else(|_| Decimal::from_scientific(digits)).ok()
    }))
}

/// Reads a value of any kind. `None` if it has no text of its own.
fn read_scalar<'a>(reader: &mut Reader<'a>) -> JsonResult<Option<RawText<'a>>> {
    Ok(match reader.read_value()? {
        JsonValue::String(raw) | JsonValue::Number(raw) | JsonValue::Bool(raw) => Some(raw),
        JsonValue::Null | JsonValue::Array | JsonValue::Object => None,
    })
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a value and checks that the reader has moved past all of it.
    fn read<T>(json: &str, read: impl Fn(&mut Reader<'_>) -> JsonResult<T>) -> T {
        let source = Text::from(format!("[{json} , 1]"));
        let (mut value, mut rest) = (None, Vec::new());
        Reader::new(&source)
            .read_elements(|reader| {
                if value.is_none() {
                    value = Some(read(reader)?);
                } else {
                    rest.push(reader.skip_value()?.as_sent());
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(rest, ["1"], "{json}");
        value.unwrap()
    }

    #[test]
    fn properties_are_read_whatever_the_case_of_their_names() {
        let sources = [include_str!("fields.rs"), include_str!("referral.rs")];
        let arms = sources.iter().flat_map(|source| source.lines()).filter_map(|line| {
            let (name, _) = line.trim_start().strip_prefix('"')?.split_once("\" =>")?;
            Some(name)
        });
        let mut read: Vec<&str> = arms.collect();
        read.sort_unstable_by_key(|name| (name.len(), *name));
        read.dedup();
        assert_eq!(read, PROPERTY_NAMES);
    }

    #[test]
    fn scalars_are_text_and_everything_else_is_missing() {
        let cases = [
            (r#""a b""#, Some("a b")),
            (r#"" a\u0062 ""#, Some(" ab ")),
            (r#""cut \ud83d""#, Some("cut \u{fffd}")),
            ("7", Some("7")),
            ("-1.50E+400", Some("-1.50E+400")),
            ("true", Some("true")),
            ("false", Some("false")),
            (r#""""#, None),
            (r#"" \t\u00a0""#, None),
            ("null", None),
            ("{}", None),
            (r#"{"a":"b"}"#, None),
            (r#"["a"]"#, None),
        ];
        for (json, text) in cases {
            assert_eq!(read(json, read_text).as_deref(), text, "{json}");
        }
    }

    #[test]
    fn words_flags_and_times_are_read_from_their_text() {
        use super::super::Status;
        let cases = [
            (r#""New""#, Some(Status::New)),
            (r#""n\u0065w""#, Some(Status::New)),
            (r#""Lapsed""#, Some(Status::Other("Lapsed".to_owned()))),
            ("7", None),
            ("true", None),
            (r#"" ""#, None),
            (r#"["New"]"#, None),
        ];
        for (json, status) in cases {
            assert_eq!(read(json, read_word), status, "{json}");
        }
        let cases = [
            ("true", Some(true)),
            ("false", Some(false)),
            (r#""True""#, Some(true)),
            (r#""FALSE""#, Some(false)),
            (r#"" true""#, None),
            ("1", None),
            ("null", None),
            ("[true]", None),
        ];
        for (json, flag) in cases {
            assert_eq!(read(json, read_flag), flag, "{json}");
        }
        let at = DateValue::At("2026-06-04T06:10:41Z".parse().unwrap());
        let cases = [
            (r#"" 2026-06-04T06:10:41Z""#, at),
            (r#""2026-06-04T06:10:41\u005a""#, at),
            (r#""\/Date(1780553441000)\/""#, at),
            (r#""""#, DateValue::Missing),
            ("null", DateValue::Missing),
            ("1780553441", DateValue::Unreadable),
            ("true", DateValue::Unreadable),
            (r#""soon""#, DateValue::Unreadable),
            (r#"{"at":"2026-06-04"}"#, DateValue::Unreadable),
            ("[]", DateValue::Unreadable),
        ];
        for (json, date) in cases {
            assert_eq!(read(json, read_date), date, "{json}");
        }
    }

    #[test]
    fn decimals_have_the_digits_that_were_sent() {
        let cases = [
            ("185000.50", Some("185000.50")),
            (r#"" 10000 ""#, Some("10000")),
            ("0.1", Some("0.1")),
            ("1.85E5", Some("185000")),
            (r#""1.85E5""#, Some("185000")),
            ("-12345678901234567890.1", Some("-12345678901234567890.1")),
            ("1e400", None),
            (r#""a lot""#, None),
            (r#""""#, None),
            ("null", None),
            ("[5]", None),
        ];
        for (json, decimal) in cases {
            let actual = read(json, read_decimal).map(|decimal| decimal.to_string());
            assert_eq!(actual.as_deref(), decimal, "{json}");
        }
    }

    #[derive(Debug, Default, PartialEq)]
    struct Named {
        name: Option<Text>,
    }

    impl ReadMembers for Named {
        fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
            match name {
                "name" => self.name = read_text(reader)?,
                _ => return Ok(false),
            }
            Ok(true)
        }
    }

    #[test]
    fn an_object_and_a_list_of_objects_stand_for_each_other() {
        let cases: [(&str, &[&str]); 9] = [
            ("null", &[]),
            (r#""a""#, &[]),
            ("[]", &[]),
            (r#"{"name":"a"}"#, &["a"]),
            (r#"[{"name":"a"},{"name":"b"}]"#, &["a", "b"]),
            (r#"[null, [{"name":"x"}], "y", {"name":"a"}]"#, &["a"]),
            (r#"{"name":"a","other":{"name":"x"},"name":"b"}"#, &["b"]),
            (r#"{"name":"x","n\u0061me":"b"}"#, &["b"]),
            (r#"{"Name":"x","name":"a"}"#, &["a"]),
        ];
        for (json, names) in cases {
            let objects: Vec<Named> = read(json, read_objects);
            let actual: Vec<&str> = objects.iter().filter_map(|o| o.name.as_deref()).collect();
            assert_eq!(actual, names, "{json}");
            let first: Option<Named> = read(json, read_object);
            let first = first.and_then(|object| object.name);
            assert_eq!(first.as_deref(), names.first().copied(), "{json}");
        }
    }

    #[test]
    fn empty_objects_are_left_out_of_lists() {
        for json in ["{}", "[{},{}]", r#"{"name":""}"#, r#"[{"name":null,"x":1}]"#] {
            assert_eq!(read(json, read_objects::<Named>), [], "{json}");
            assert_eq!(read(json, read_object), Some(Named::default()), "{json}");
        }
    }
}
