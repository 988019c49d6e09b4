//! Parses a page of a listing into raw rows and the next link.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Default)]
pub struct Page {
    /// JSON objects as received.
    pub rows: Vec<Box<RawValue>>,
    /// The number of entries that are `null`.
    pub nulls: usize,
    /// Without one, this is the last page (API §2.3).
    pub next_link: Option<String>,
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

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow, rename = "@odata.nextLink", alias = "@nextLink", alias = "odata.nextLink")]
    next_link: Option<&'a RawValue>,
}

/// Does not parse the rows, so that the next page can be requested before they are.
pub fn parse_page(body: &str) -> Result<Page, Malformed> {
    let wire: Envelope<'_> =
        serde_json::from_str(body).map_err(|error| explain_json_error(body, &error))?;
    let value = wire.value.map_or("null", RawValue::get);
    if !value.starts_with('[') {
        return Err(Malformed::permanent("no list of referrals (\"value\")"));
    }
    let entries: Vec<Box<RawValue>> =
        serde_json::from_str(value).map_err(|error| explain_json_error(body, &error))?;
    let count = entries.len();
    let rows: Vec<Box<RawValue>> =
        entries.into_iter().filter(|entry| entry.get() != "null").collect();
    if let Some(row) = rows.iter().find(|row| !row.get().starts_with('{')) {
        let quote: String = row.get().chars().take(40).collect();
        return Err(Malformed::permanent(format!("a referral is not an object: {quote}")));
    }
    let next_link = match wire.next_link.map_or("null", RawValue::get) {
        "null" => None,
        link => Some(
            serde_json::from_str::<String>(link)
                .map_err(|_| Malformed::permanent("the next link is not a string"))?,
        ),
    };
    let next_link = next_link.filter(|link| !link.trim().is_empty());
    Ok(Page { nulls: count - rows.len(), rows, next_link })
}

pub fn explain_json_error(body: &str, error: &serde_json::Error) -> Malformed {
    if body.trim().is_empty() {
        return Malformed::transient("the body is empty");
    }
    if body.trim_start().starts_with('<') {
        return Malformed::permanent("a web page instead of JSON");
    }
    if error.is_data() {
        return Malformed::permanent(format!("unexpected JSON: {error}"));
    }
    Malformed::transient(format!("invalid or incomplete JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_link_are_returned_as_received() {
        let body = r#"{"@odata.count":9,"value":[{"id" : "1"}, null, {"n":1.50}],
            "@odata.nextLink":"http:\/\/x/r?$skiptoken=a%2bb","future":[]}"#;
        let page = parse_page(body).unwrap();
        let rows: Vec<&str> = page.rows.iter().map(|row| row.get()).collect();
        assert_eq!(rows, [r#"{"id" : "1"}"#, r#"{"n":1.50}"#]);
        assert_eq!(page.nulls, 1);
        assert_eq!(page.next_link.as_deref(), Some("http://x/r?$skiptoken=a%2bb"));
    }

    #[test]
    fn without_a_next_link_the_page_is_the_last() {
        for end in ["", r#","@odata.nextLink":null"#, r#","@odata.nextLink":"""#] {
            let page = parse_page(&format!(r#"{{"value":[]{end}}}"#)).unwrap();
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
            (r#"{"value":[],"@odata.nextLink":7}"#, false),
            (r#"{"value":[],"@odata.nextLink":["x"]}"#, false),
            (r#"{"value":[]}{"value":[]}"#, true),
        ];
        for (body, is_retryable) in cases {
            let malformed = parse_page(body).unwrap_err();
            assert_eq!(malformed.is_retryable, is_retryable, "{body}: {}", malformed.reason);
        }
    }
}
