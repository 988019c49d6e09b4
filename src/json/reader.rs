//! Reads a JSON text from its beginning to its end.

use super::cursor::{Cursor, StringBounds};
use super::json_error::{JsonResult, Problem};
use super::raw_text::RawText;
use super::text::Text;

/// Reads the values of a JSON text in their order and checks the text as far as it reads.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    source: &'a Text,
    cursor: Cursor<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A value, with its text where it has no parts.
#[derive(Clone, Copy, Debug)]
pub enum JsonValue<'a> {
    Null,
    Bool(RawText<'a>),
    /// The digits as they were sent, however many and however large.
    Number(RawText<'a>),
    String(RawText<'a>),
    Array,
    Object,
}

impl<'a> Reader<'a> {
    /// Begins at the beginning of `source`.
    pub fn new(source: &'a Text) -> Reader<'a> {
        let bytes = &source.buffer().as_bytes()[..source.end()];
        Reader { source, cursor: Cursor::new(bytes, source.start()) }
    }

    /// The kind of the next value, judged by its first byte.
    #[inline]
    pub fn peek_kind(&mut self) -> JsonResult<JsonKind> {
        match self.cursor.peek() {
            Some(b'"') => Ok(JsonKind::String),
            Some(b'{') => Ok(JsonKind::Object),
            Some(b'[') => Ok(JsonKind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(JsonKind::Number),
            Some(b't' | b'f') => Ok(JsonKind::Bool),
            Some(b'n') => Ok(JsonKind::Null),
            _ => Err(self.cursor.unexpected("a value")),
        }
    }

    /// Reads a value of any kind. Arrays and objects are skipped.
    pub fn read_value(&mut self) -> JsonResult<JsonValue<'a>> {
        match self.peek_kind()? {
            JsonKind::String => {
                let bounds = self.cursor.string()?;
                Ok(JsonValue::String(self.raw_text(bounds)))
            }
            JsonKind::Object => self.skip_value().map(|_| JsonValue::Object),
            JsonKind::Array => self.skip_value().map(|_| JsonValue::Array),
            JsonKind::Number => self.skip_value().map(JsonValue::Number),
            JsonKind::Bool => self.skip_value().map(JsonValue::Bool),
            JsonKind::Null => self.skip_value().map(|_| JsonValue::Null),
        }
    }

    /// Skips a value of any kind. Returns its text, without white space around it.
    pub fn skip_value(&mut self) -> JsonResult<RawText<'a>> {
        self.cursor.peek();
        let start = self.cursor.at();
        self.cursor.value()?;
        Ok(self.raw_text(StringBounds { start, end: self.cursor.at(), has_escapes: false }))
    }

    /// Reads a value with `read`. Returns its text as well, without white space around it.
    pub fn read_with_text<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> JsonResult<T>,
    ) -> JsonResult<(Text, T)> {
        self.cursor.peek();
        let start = self.cursor.at();
        let value = read(self)?;
        Ok((self.source.part(start, self.cursor.at()), value))
    }

    /// Reads an object. `read` gets the name of each member, and must read or skip the member's value.
    #[inline]
    pub fn read_members(
        &mut self,
        mut read: impl FnMut(&mut Reader<'a>, RawText<'a>) -> JsonResult<()>,
    ) -> JsonResult<()> {
        self.cursor.expect(b'{', "an object")?;
        if self.cursor.eat(b'}') {
            return Ok(());
        }
        loop {
            let name = self.cursor.name()?;
            let name = self.raw_text(name);
            read(self, name)?;
            if !self.cursor.separator(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads an array. `read` must read or skip one element.
    #[inline]
    pub fn read_elements(
        &mut self,
        mut read: impl FnMut(&mut Reader<'a>) -> JsonResult<()>,
    ) -> JsonResult<()> {
        self.cursor.expect(b'[', "an array")?;
        if self.cursor.eat(b']') {
            return Ok(());
        }
        loop {
            read(self)?;
            if !self.cursor.separator(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads a text that must be one object, with nothing after it. `read` must read that object.
    ///
    /// # Errors
    /// A text that begins with another value is told apart from one that is not JSON.
    pub fn read_document<T>(
        mut self,
        read: impl FnOnce(&mut Reader<'a>) -> JsonResult<T>,
    ) -> JsonResult<T> {
        if self.peek_kind()? == JsonKind::Object {
            let value = read(&mut self)?;
            self.finish()?;
            return Ok(value);
        }
        let error = self.cursor.error(Problem::NotAnObject);
        self.skip_value()?;
        Err(error)
    }

    /// Checks that the text ends here.
    pub fn finish(mut self) -> JsonResult<()> {
        self.cursor.end()
    }

    /// The decoded text, which shares the buffer where it has no escapes.
    #[inline]
    pub fn text(&self, raw: RawText<'a>) -> Text {
        if raw.has_escapes {
            raw.decode().into_owned().into()
        } else {
            self.source.part(raw.start, raw.start + raw.text.len())
        }
    }

    #[inline]
    fn raw_text(&self, bounds: StringBounds) -> RawText<'a> {
        let StringBounds { start, end, has_escapes } = bounds;
        RawText { text: &self.source.buffer()[start..end], start, has_escapes }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::super::cursor::MAX_DEPTH;
    use super::*;
    use crate::testing;

    fn skip(json: &str) -> JsonResult<String> {
        let source = Text::from(json.to_owned());
        let mut reader = Reader::new(&source);
        let skipped = reader.skip_value()?.as_sent().to_owned();
        reader.finish()?;
        Ok(skipped)
    }

    fn read(json: &str) -> JsonResult<Value> {
        let source = Text::from(json.to_owned());
        let mut reader = Reader::new(&source);
        let value = testing::read_json(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    #[test]
    fn every_kind_of_value_is_read_without_the_space_around_it() {
        let cases = [
            ("null", JsonKind::Null),
            ("true", JsonKind::Bool),
            ("false", JsonKind::Bool),
            ("0", JsonKind::Number),
            ("-0.0e-00", JsonKind::Number),
            ("12345678901234567890.123E+400", JsonKind::Number),
            (r#""""#, JsonKind::String),
            ("\"seven b\u{7f}\u{80}株 \\\" \\\\\"", JsonKind::String),
            (r#""\u0000\ud83d \uDE00\/""#, JsonKind::String),
            ("[]", JsonKind::Array),
            ("[[ ] ,1\n,{ \"a\" : [ { } ] , \"a\":2}]", JsonKind::Array),
            ("{}", JsonKind::Object),
            ("{\t\"a\\u0062\":\r{\"c\":[null]} , \"\":\"\"}", JsonKind::Object),
        ];
        for (json, kind) in cases {
            let spaced = Text::from(format!(" \t\r\n{json}\n "));
            assert_eq!(Reader::new(&spaced).peek_kind(), Ok(kind), "{json}");
            assert_eq!(skip(&spaced).as_deref(), Ok(json));
            let mut reader = Reader::new(&spaced);
            let (text, _) = reader.read_with_text(Reader::read_value).unwrap();
            assert_eq!(&*text, json);
        }
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let cases = [
            ("", "unexpected end of text at line 1 column 1"),
            (" \n ", "unexpected end of text at line 2 column 2"),
            ("[1,\n é]", "expected a value at line 2 column 2"),
            ("[\"é\", é]", "expected a value at line 1 column 7"),
            ("[1,]", "expected a value at line 1 column 4"),
            ("[1 2]", "expected `,` or `]` at line 1 column 4"),
            ("[1}", "expected `,` or `]` at line 1 column 3"),
            ("[", "unexpected end of text at line 1 column 2"),
            ("[1,", "unexpected end of text at line 1 column 4"),
            ("{\"a\":1]", "expected `,` or `}` at line 1 column 7"),
            ("{\"a\":1,}", "expected a property name at line 1 column 8"),
            ("{a:1}", "expected a property name at line 1 column 2"),
            ("{\"a\" 1}", "expected `:` at line 1 column 6"),
            ("{\"a\":}", "expected a value at line 1 column 6"),
            ("{\"a\"", "unexpected end of text at line 1 column 5"),
            ("{\"a\":", "unexpected end of text at line 1 column 6"),
            ("}", "expected a value at line 1 column 1"),
            ("1 1", "trailing characters at line 1 column 3"),
            ("{}{}", "trailing characters at line 1 column 3"),
            ("\"abc", "unexpected end of text at line 1 column 5"),
            ("\"0123456789\t\"", "control character in a string at line 1 column 12"),
            ("\"\u{1f}\"", "control character in a string at line 1 column 2"),
            ("\"\0\"", "control character in a string at line 1 column 2"),
            (r#""\x""#, "invalid escape at line 1 column 2"),
            (r#""\é""#, "invalid escape at line 1 column 2"),
            (r#""\u12g4""#, "invalid escape at line 1 column 6"),
            (r#""\u+123""#, "invalid escape at line 1 column 4"),
            ("\"\\", "unexpected end of text at line 1 column 3"),
            ("\"\\u12", "unexpected end of text at line 1 column 6"),
            ("01", "invalid number at line 1 column 3"),
            ("-", "unexpected end of text at line 1 column 2"),
            ("-x", "invalid number at line 1 column 2"),
            ("1.", "unexpected end of text at line 1 column 3"),
            ("1.e5", "invalid number at line 1 column 3"),
            ("1e", "unexpected end of text at line 1 column 3"),
            ("1e+]", "invalid number at line 1 column 4"),
            ("+1", "expected a value at line 1 column 1"),
            (".5", "expected a value at line 1 column 1"),
            ("NaN", "expected a value at line 1 column 1"),
            ("nul", "unexpected end of text at line 1 column 4"),
            ("nulx", "expected a value at line 1 column 4"),
            ("truefalse", "trailing characters at line 1 column 5"),
            ("'a'", "expected a value at line 1 column 1"),
            ("\u{feff}1", "expected a value at line 1 column 1"),
            ("\u{a0}1", "expected a value at line 1 column 1"),
        ];
        for (json, message) in cases {
            let error = skip(json).unwrap_err();
            assert_eq!(error.to_string(), message, "{json:?}");
            assert!(error.is_syntax(), "{json:?}");
            assert_eq!(read(json).unwrap_err(), error, "{json:?}");
            assert!(serde_json::from_str::<&RawValue>(json).is_err(), "{json:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[[],{\"a\":", "}]")] {
            let nest = |levels: usize| {
                let times = levels / close.len();
                format!("{}1{}", open.repeat(times), close.repeat(times))
            };
            assert!(skip(&nest(MAX_DEPTH)).is_ok(), "{open}");
            let error = skip(&nest(MAX_DEPTH + 2)).unwrap_err();
            assert!(!error.is_syntax(), "{open}: {error}");
        }
        assert!(!skip(&"[".repeat(1_000_000)).unwrap_err().is_syntax());
    }

    #[test]
    fn a_document_is_one_object() {
        let cases = [
            (" {\"a\": [1]}\n", None),
            ("\n []", Some(("not an object at line 2 column 2", false))),
            ("null", Some(("not an object at line 1 column 1", false))),
            ("[1,", Some(("unexpected end of text at line 1 column 4", true))),
            ("7 7", Some(("not an object at line 1 column 1", false))),
            ("{} {}", Some(("trailing characters at line 1 column 4", true))),
            ("{\"a\"", Some(("unexpected end of text at line 1 column 5", true))),
            ("", Some(("unexpected end of text at line 1 column 1", true))),
        ];
        for (json, error) in cases {
            let source = Text::from(json.to_owned());
            let result = Reader::new(&source).read_document(Reader::skip_value);
            let actual = result.err().map(|error| (error.to_string(), error.is_syntax()));
            let actual = actual.as_ref().map(|(message, is_syntax)| (&**message, *is_syntax));
            assert_eq!(actual, error, "{json}");
        }
    }

    #[test]
    fn texts_share_the_buffer_unless_they_have_escapes() {
        let source = Text::from(r#"["plain", "esc\u0061ped", {"deep":"er"}]"#.to_owned());
        let mut texts = Vec::new();
        Reader::new(&source)
            .read_elements(|reader| {
                texts.push(match reader.peek_kind()? {
                    JsonKind::Object => reader.read_with_text(Reader::skip_value)?.0,
                    _ => match reader.read_value()? {
                        JsonValue::String(raw) => reader.text(raw),
                        other => panic!("{other:?}"),
                    },
                });
                Ok(())
            })
            .unwrap();
        let in_buffer = |text: &Text| source.as_bytes().as_ptr_range().contains(&text.as_ptr());
        let texts: Vec<_> = texts.iter().map(|text| (&**text, in_buffer(text))).collect();
        let expected = [("plain", true), ("escaped", false), (r#"{"deep":"er"}"#, true)];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_part_of_a_text_is_read_to_its_own_end() {
        let source = Text::from(r#"[{"a":[1,2]}, 3]"#.to_owned());
        let mut parts = Vec::new();
        Reader::new(&source)
            .read_elements(|reader| {
                parts.push(reader.read_with_text(Reader::skip_value)?.0);
                Ok(())
            })
            .unwrap();
        let mut reader = Reader::new(&parts[0]);
        let mut names = Vec::new();
        reader
            .read_members(|reader, name| {
                names.push(name.as_sent());
                reader.skip_value().map(drop)
            })
            .unwrap();
        assert_eq!(names, ["a"]);
        assert_eq!(reader.finish(), Ok(()));
    }

    fn space() -> impl Strategy<Value = String> {
        prop_oneof![4 => Just(String::new()), 1 => "[ \t\r\n]{1,3}"]
    }

    fn string() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[^\"\\\\\u{0}-\u{1f}]{1,12}",
            1 => r#"\\["\\/bfnrt]"#,
            1 => r"\\u[0-9a-fA-F]{4}",
            1 => r"\\ud83d\\ude0[0-9a-f]",
        ];
        proptest::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
    }

    /// JSON texts with white space and escapes wherever they may be.
    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            3 => string(),
            2 => r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
            1 => "null|true|false",
        ];
        let spaced = |inner: BoxedStrategy<String>| {
            (space(), inner, space())
                .prop_map(|(before, value, after)| before + &value + &after)
                .boxed()
        };
        leaf.boxed().prop_recursive(5, 40, 5, move |inner| {
            let inner = spaced(inner);
            let name = spaced(prop_oneof![string(), "\"[ab]\""].boxed());
            let member = (name, inner.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
            prop_oneof![
                proptest::collection::vec(inner, 0..5)
                    .prop_map(|all| format!("[{}]", all.join(","))),
                proptest::collection::vec(member, 0..5)
                    .prop_map(|all| format!("{{{}}}", all.join(","))),
            ]
        })
    }

    /// JSON texts with a few characters deleted, inserted or replaced.
    fn almost_json() -> impl Strategy<Value = String> {
        let edit =
            (any::<prop::sample::Index>(), 0..2_usize, "[\\[\\]{}:,\"\\\\ 0-9eE.+tn\u{1}é-]?");
        (json(), proptest::collection::vec(edit, 0..4)).prop_map(|(json, edits)| {
            let mut characters: Vec<char> = json.chars().collect();
            for (place, deleted, inserted) in edits {
                let at = place.index(characters.len() + 1);
                let end = (at + deleted).min(characters.len());
                characters.splice(at..end, inserted.chars());
            }
            characters.into_iter().collect()
        })
    }

    fn check_against_serde_json(json: &str) -> Result<(), TestCaseError> {
        // A raw value may have lone surrogates and numbers of any size, as here.
        let expected = serde_json::from_str::<&RawValue>(json);
        let skipped = skip(json).ok();
        prop_assert_eq!(skipped.as_deref(), expected.as_ref().ok().map(|raw| raw.get()));
        let value = read(json);
        prop_assert_eq!(value.is_ok(), expected.is_ok());
        if let Ok(expected) = serde_json::from_str::<Value>(json) {
            prop_assert_eq!(value, Ok(expected));
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn json_is_read_as_serde_json_reads_it(json in json()) {
            prop_assert!(skip(&json).is_ok());
            check_against_serde_json(&json)?;
        }

        #[test]
        fn what_is_almost_json_is_accepted_where_serde_json_accepts_it(json in almost_json()) {
            check_against_serde_json(&json)?;
        }

        #[test]
        fn any_text_is_accepted_where_serde_json_accepts_it(
            json in "[\\[\\]{}:,\"\\\\ 0-9eE.+truefalsn\u{0}\u{1f}\u{7f}é株-]{0,12}|\\PC{0,40}",
        ) {
            check_against_serde_json(&json)?;
        }
    }
}
