//! Parses a page of a listing: its rows and the link to the next page.

use super::next_link::{MAX_LINK_LEN, NextLink};
use crate::json::{JsonError, JsonKind, JsonResult, JsonValue, Reader, Text};
use crate::model::{ReadAhead, Referral};

/// A page rarely has more than 100 rows (API §2.3), of some 2,500 bytes. What is read of a row takes 1 KB in memory
/// however short the row is; so there may be as many short rows, and one more for each 512 bytes of the body.
const MAX_SHORT_ROWS: usize = 10_000;
const ROW_BYTES: usize = 512;

/// The same for all objects, the rows and those in them: what is read of one takes up to 500 bytes. Referrals have one
/// for each 150 to 200 bytes.
const MAX_SMALL_OBJECTS: usize = 100_000;
const OBJECT_BYTES: usize = 128;

/// The names of the next link (API §2.4) in the versions of OData; upper and lower case are one.
const NEXT_LINK_NAMES: [&str; 3] = ["@odata.nextLink", "@nextLink", "odata.nextLink"];

#[derive(Debug, Default)]
pub struct Page {
    pub rows: Vec<Referral>,
    /// The number of entries that are `null`.
    pub nulls: usize,
    /// Without one, this is the last page (API §2.3).
    pub next_link: Option<NextLink>,
}

/// Why a response body cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub reason: String,
    /// Whether a retry may get a valid one.
    pub is_retryable: bool,
}

impl Malformed {
    pub fn permanent(reason: impl Into<String>) -> Malformed {
        Malformed { reason: reason.into(), is_retryable: false }
    }

    pub fn transient(reason: impl Into<String>) -> Malformed {
        Malformed { reason: reason.into(), is_retryable: true }
    }
}

/// Returns nothing of a page that is invalid anywhere.
pub fn parse_page(body: String, read_ahead: ReadAhead) -> Result<Page, Malformed> {
    check_objects(&body)?;
    let body = Text::from(body);
    let envelope = Reader::new(&body)
        .read_document(|reader| Envelope::read(reader, read_ahead, body.len()))
        .map_err(|error| explain_json_error(&body, &error))?;
    envelope.into_page()
}

/// The next link, if it is the last member of the page. It is right if the page is valid, which is not checked here.
pub fn peek_next_link(body: &str) -> Option<String> {
    let body = body.trim_end().strip_suffix('}')?;
    let start = body.len().saturating_sub(2 * MAX_LINK_LEN);
    let start = (start..=body.len()).find(|&index| body.is_char_boundary(index))?;
    let (_, value) = body[start..].rsplit_once("nextLink\"")?;
    let value = Text::from(value.trim_start().strip_prefix(':')?.to_owned());
    let mut reader = Reader::new(&value);
    let link = reader.read_value().ok()?;
    reader.finish().ok()?;
    match next_link(link)? {
        NextLink::Text(link) => Some(link),
        NextLink::Other => None,
    }
}

/// Refuses a text that would take many times its size in memory, because it consists of small objects.
pub(super) fn check_objects(body: &str) -> Result<(), Malformed> {
    // Those in strings count too; what is read of a text with so many is of no use.
    let objects = memchr::memchr_iter(b'{', body.as_bytes()).count();
    if objects > MAX_SMALL_OBJECTS + body.len() / OBJECT_BYTES {
        return Err(Malformed::permanent(format!("{objects} objects in {} bytes", body.len())));
    }
    Ok(())
}

/// The members of a page that count. Of several with one name the last counts, as in a row.
#[derive(Default)]
struct Envelope<'a> {
    entries: Option<Entries<'a>>,
    next_link: Option<NextLink>,
}

/// The value of `value`.
#[derive(Default)]
struct Entries<'a> {
    is_list: bool,
    rows: Vec<Referral>,
    nulls: usize,
    /// The first entry that is neither an object nor `null`.
    odd: Option<&'a str>,
    max_rows: usize,
    /// The number of objects beyond `max_rows`.
    surplus: usize,
}

impl<'a> Envelope<'a> {
    fn read(
        reader: &mut Reader<'a>,
        read_ahead: ReadAhead,
        body_length: usize,
    ) -> JsonResult<Envelope<'a>> {
        let max_rows = MAX_SHORT_ROWS + body_length / ROW_BYTES;
        let mut envelope = Envelope::default();
        reader.read_members(|reader, name| {
            let name = name.decode();
            if name.eq_ignore_ascii_case("value") {
                envelope.entries = Some(Entries::read(reader, read_ahead, max_rows)?);
            } else if NEXT_LINK_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                envelope.next_link = next_link(reader.read_value()?);
            } else {
                reader.skip_value()?;
            }
            Ok(())
        })?;
        Ok(envelope)
    }

    fn into_page(self) -> Result<Page, Malformed> {
        let entries = self.entries.unwrap_or_default();
        if !entries.is_list {
            return Err(Malformed::permanent("no list of referrals (\"value\")"));
        }
        if let Some(odd) = entries.odd {
            let quote: String = odd.chars().take(40).collect();
            return Err(Malformed::permanent(format!("a referral is not an object: {quote}")));
        }
        if entries.surplus > 0 {
            let message = format!("more than {} referrals", entries.max_rows);
            return Err(Malformed::permanent(message));
        }
        Ok(Page { rows: entries.rows, nulls: entries.nulls, next_link: self.next_link })
    }
}

impl<'a> Entries<'a> {
    fn read(
        reader: &mut Reader<'a>,
        read_ahead: ReadAhead,
        max_rows: usize,
    ) -> JsonResult<Entries<'a>> {
        let mut entries = Entries { max_rows, ..Entries::default() };
        if reader.peek_kind()? != JsonKind::Array {
            reader.skip_value()?;
            return Ok(entries);
        }
        entries.is_list = true;
        reader.read_elements(|reader| entries.read_entry(reader, read_ahead))?;
        Ok(entries)
    }

    fn read_entry(&mut self, reader: &mut Reader<'a>, read_ahead: ReadAhead) -> JsonResult<()> {
        match reader.peek_kind()? {
            JsonKind::Object if self.rows.len() < self.max_rows => {
                self.rows.push(Referral::read(reader, read_ahead)?);
            }
            kind => {
                let entry = reader.skip_value()?.as_sent();
                match kind {
                    JsonKind::Object => self.surplus += 1,
                    JsonKind::Null => self.nulls += 1,
                    _ => drop(self.odd.get_or_insert(entry)),
                }
            }
        }
        Ok(())
    }
}

/// `null` and blank text are no link.
fn next_link(value: JsonValue<'_>) -> Option<NextLink> {
    match value {
        JsonValue::Null => None,
        JsonValue::String(raw) => match raw.decode_strictly() {
            Some(link) if link.trim().is_empty() => None,
            Some(link) => Some(NextLink::Text(link.into_owned())),
            None => Some(NextLink::Other),
        },
        _ => Some(NextLink::Other),
    }
}

pub(super) fn explain_json_error(body: &str, error: &JsonError) -> Malformed {
    if body.trim().is_empty() {
        return Malformed::transient("the body is empty");
    }
    if body.trim_start().starts_with('<') {
        return Malformed::permanent("a web page instead of JSON");
    }
    if error.is_syntax() {
        return Malformed::transient(format!("invalid or incomplete JSON: {error}"));
    }
    Malformed::permanent(format!("unexpected JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Page, Malformed> {
        parse_page(body.to_owned(), ReadAhead::Head)
    }

    fn text(link: &str) -> NextLink {
        NextLink::Text(link.to_owned())
    }

    #[test]
    fn rows_and_link_are_returned_as_received() {
        let body = r#"{"@odata.count":9,"value":[{"id" : "1"}, null, {"n":1.50}],
            "@odata.nextLink":"http:\/\/x/r?$skiptoken=a%2bb","future":[]}"#;
        let page = parse(body).unwrap();
        let rows: Vec<&str> = page.rows.iter().map(Referral::raw).collect();
        assert_eq!(rows, [r#"{"id" : "1"}"#, r#"{"n":1.50}"#]);
        assert_eq!(page.nulls, 1);
        assert_eq!(page.next_link, Some(text("http://x/r?$skiptoken=a%2bb")));
    }

    #[test]
    fn without_a_next_link_the_page_is_the_last() {
        for end in ["", r#","@odata.nextLink":null"#, r#","@odata.nextLink":"""#] {
            let page = parse(&format!(r#"{{"value":[]{end}}}"#)).unwrap();
            assert_eq!((page.rows.len(), page.next_link), (0, None), "{end}");
        }
    }

    #[test]
    fn an_invalid_page_is_never_an_empty_one() {
        let cases = [
            ("", true),
            (r#"{"value":[{"id":"1"},{"#, true),
            (r#"{"value":[{"id":"1"}"#, true),
            ("<html>hello</html>", false),
            ("{}", false),
            ("null", false),
            ("[]", false),
            (r#"{"value":null}"#, false),
            (r#"{"value":{"id":"1"}}"#, false),
            (r#"{"value":"x"}"#, false),
            (r#"{"value":[1]}"#, false),
            (r#"{"value":[["x"]]}"#, false),
            (r#"{"value":[]}{"value":[]}"#, true),
        ];
        for (body, is_retryable) in cases {
            let malformed = parse(body).unwrap_err();
            assert_eq!(malformed.is_retryable, is_retryable, "{body}: {}", malformed.reason);
        }
    }

    #[test]
    fn members_may_come_in_any_order_and_have_other_names() {
        for name in [
            "@odata.nextLink",
            "odata.nextLink",
            "@nextLink",
            r"@odata\u002enextLink",
            "@odata.NextLink",
            "@ODATA.NEXTLINK",
        ] {
            let body = format!(
                r#" {{"x":{{"value":7,"@odata.nextLink":8}}, "{name}" : "l",
                "x":[[]], "V\u0061lue":[{{"id":"1"}}], "cut\ud83d":null}} "#
            );
            let page = parse(&body).unwrap();
            assert_eq!((page.rows.len(), page.next_link), (1, Some(text("l"))), "{name}");
        }
    }

    #[test]
    fn of_several_members_with_one_name_the_last_counts() {
        let cases = [
            (r#"{"value":[{"id":"1"}],"value":[]}"#, 0, None),
            (r#"{"value":null,"Value":[{"id":"1"}]}"#, 1, None),
            (r#"{"@nextLink":null,"value":[],"odata.nextLink":"l"}"#, 0, Some(text("l"))),
            (r#"{"@nextLink":"l","value":[],"odata.nextLink":null}"#, 0, None),
        ];
        for (body, rows, link) in cases {
            let page = parse(body).unwrap();
            assert_eq!((page.rows.len(), page.next_link), (rows, link), "{body}");
        }
    }

    #[test]
    fn a_page_of_many_small_objects_is_refused() {
        let page = |row: &str, times: usize| {
            parse(&format!(r#"{{"value":[{}]}}"#, vec![row; times].join(",")))
        };
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(ROW_BYTES));
        for (row, times) in [("{}", MAX_SHORT_ROWS), (&long, 2 * MAX_SHORT_ROWS)] {
            assert_eq!(page(row, times).unwrap().rows.len(), times);
        }
        let team = r#"{"team":[{},{},{},{},{},{},{},{},{},{}]}"#;
        for (row, times, reason) in [
            ("{}", 2 * MAX_SHORT_ROWS, "more than 10117 referrals"),
            (team, MAX_SHORT_ROWS, "110001 objects in 410011 bytes"),
        ] {
            assert_eq!(page(row, times).unwrap_err(), Malformed::permanent(reason));
        }
    }

    #[test]
    fn a_page_has_as_many_rows_and_objects_as_its_length_allows() {
        let rows =
            |times: usize| parse(&format!(r#"{{"value":[{}]}}"#, vec!["{}"; times].join(",")));
        assert_eq!(rows(10_058).unwrap().rows.len(), 10_058); // of 30,185 bytes
        let surplus = rows(10_059).unwrap_err();
        assert_eq!(surplus, Malformed::permanent("more than 10058 referrals"));
        assert!(check_objects(&"{".repeat(100_787)).is_ok());
        assert!(check_objects(&"{".repeat(100_788)).is_err());
    }

    #[test]
    fn a_link_that_is_no_string_does_not_cost_the_rows() {
        for link in ["7", "true", r#"["x"]"#, r#"{"href":"x"}"#, r#""cut \ud83d""#] {
            let page = parse(&format!(r#"{{"value":[{{}}],"@odata.nextLink":{link}}}"#)).unwrap();
            assert_eq!((page.rows.len(), page.next_link), (1, Some(NextLink::Other)), "{link}");
        }
    }

    #[test]
    fn a_link_at_the_end_is_known_before_the_page_is_read() {
        let cases = [
            (
                r#"{"value":[],"@odata.nextLink":"http://x/r?$skiptoken=a"}"#,
                "http://x/r?$skiptoken=a",
            ),
            ("{\"value\":[],\n \"@odata.nextLink\" : \"l\"\n}\r\n", "l"),
            (r#"{"value":[],"odata.nextLink":"a\/b\"c\u0026"}"#, "a/b\"c&"),
            (r#"{"value":[}],,"@nextLink":"l"}"#, "l"),
            (r#"{"value":[],"@odata.nextLink":null}"#, ""),
            (r#"{"value":[],"@odata.nextLink":" "}"#, ""),
            (r#"{"value":[],"@odata.nextLink":7}"#, ""),
            (r#"{"@odata.nextLink":"l","value":[]}"#, ""),
            (r#"{"@odata.nextLink":"l","x":"y"}"#, ""),
            (r#"{"value":[],"@odata.nextLink":"l}"#, ""),
            (r#"{"value":[],"@odata.nextLink":"l""#, ""),
            (r#"{"value":[],"x":"nextLink\""}"#, ""),
            ("}", ""),
            ("", ""),
        ];
        for (body, link) in cases {
            assert_eq!(peek_next_link(body).unwrap_or_default(), link, "{body}");
        }
        let long = format!(r#"{{"value":["{}"],"@odata.nextLink":"l"}}"#, "ä".repeat(50_000));
        assert_eq!(peek_next_link(&long).as_deref(), Some("l"));
        let link = "l".repeat(MAX_LINK_LEN);
        let page = format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#);
        assert_eq!(peek_next_link(&page), Some(link));
    }

    #[test]
    fn a_page_that_is_invalid_anywhere_has_no_rows() {
        let deep = format!(r#"{{"value":[{{"x":{}}}]}}"#, "[".repeat(5_000) + &"]".repeat(5_000));
        let cases = [
            (
                r#"{"value":[{"id":"1"}],}"#,
                "invalid or incomplete JSON: expected a property name",
                true,
            ),
            (r#"{"value":[{"id":"1"},]}"#, "invalid or incomplete JSON: expected a value", true),
            (
                r#"{"value":[{"id":"1","x":"\x"}]}"#,
                "invalid or incomplete JSON: invalid escape",
                true,
            ),
            (
                r#"{"value":[{"id":"1"}],"x":01}"#,
                "invalid or incomplete JSON: invalid number",
                true,
            ),
            (
                "{\"value\":[{\"id\":\"\t\"}]}",
                "invalid or incomplete JSON: control character",
                true,
            ),
            (r#"{"value":null,"x":"#, "invalid or incomplete JSON: unexpected end", true),
            (
                r#"{"value":[{"id":"1"}]} x"#,
                "invalid or incomplete JSON: trailing characters",
                true,
            ),
            ("upstream error", "invalid or incomplete JSON: expected a value", true),
            (" \n", "the body is empty", true),
            ("\n<p>", "a web page", false),
            (r#"[{"id":"1"}]"#, "unexpected JSON: not an object at line 1 column 1", false),
            (
                r#"{"value":[{"id":"1"},"an odd row"]}"#,
                "a referral is not an object: \"an odd",
                false,
            ),
            (&deep, "unexpected JSON: nested more than", false),
        ];
        for (body, reason, is_retryable) in cases {
            let malformed = parse(body).unwrap_err();
            let body: String = body.chars().take(60).collect();
            assert!(malformed.reason.starts_with(reason), "{body}: {}", malformed.reason);
            assert_eq!(malformed.is_retryable, is_retryable, "{body}: {}", malformed.reason);
        }
    }
}
