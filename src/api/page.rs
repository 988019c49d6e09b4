//! A page of a listing taken apart: rows as they were sent, and the next link. Pure.

use serde::Deserialize;
use serde_json::value::RawValue;

/// What a page holds.
#[derive(Debug, Default)]
pub struct Page {
    /// The objects, as they were sent.
    pub rows: Vec<Box<RawValue>>,
    /// Entries that were `null`.
    pub nulls: usize,
    /// The link to the next page; the only sign that there is one (API §2.3).
    pub next_link: Option<String>,
}

/// Why a body is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong with it.
    pub why: String,
    /// Whether the next try may bring a whole one.
    pub is_retryable: bool,
}

impl Malformed {
    /// Something that another try will not mend.
    pub fn permanent(why: impl Into<String>) -> Malformed {
        Malformed { why: why.into(), is_retryable: false }
    }

    /// Something that happens on the way.
    pub fn transient(why: impl Into<String>) -> Malformed {
        Malformed { why: why.into(), is_retryable: true }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow, rename = "@odata.nextLink", alias = "@nextLink", alias = "odata.nextLink")]
    next_link: Option<&'a RawValue>,
}

/// Takes a body apart. The rows are not read yet, so that the next request can go out before they are.
pub fn parse_page(body: &str) -> Result<Page, Malformed> {
    let wire: Envelope<'_> =
        serde_json::from_str(body).map_err(|error| not_json_error(body, &error))?;
    let value = wire.value.map_or("null", RawValue::get);
    if !value.starts_with('[') {
        return Err(Malformed::permanent("it holds no list of referrals (\"value\")"));
    }
    let entries: Vec<Box<RawValue>> =
        serde_json::from_str(value).map_err(|error| not_json_error(body, &error))?;
    let count = entries.len();
    let rows: Vec<Box<RawValue>> =
        entries.into_iter().filter(|entry| entry.get() != "null").collect();
    if let Some(odd) = rows.iter().find(|row| !row.get().starts_with('{')) {
        let shown: String = odd.get().chars().take(40).collect();
        return Err(Malformed::permanent(format!(
            "one of its referrals is not an object: {shown}"
        )));
    }
    let next_link = match wire.next_link.map_or("null", RawValue::get) {
        "null" => None,
        link => Some(
            serde_json::from_str::<String>(link)
                .map_err(|_| Malformed::permanent("its next link is not text"))?,
        ),
    };
    let next_link = next_link.filter(|link| !link.trim().is_empty());
    Ok(Page { nulls: count - rows.len(), rows, next_link })
}

/// What to say of a body that is not the JSON that was hoped for.
pub fn not_json_error(body: &str, error: &serde_json::Error) -> Malformed {
    if body.trim().is_empty() {
        return Malformed::transient("it is empty");
    }
    if body.trim_start().starts_with('<') {
        return Malformed::permanent("it is a web page, not the Referrals API's answer");
    }
    if error.is_data() {
        return Malformed::permanent(format!("it does not have the form of a listing: {error}"));
    }
    Malformed::transient(format!("it is not whole: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_link_are_taken_as_they_were_sent() {
        let body = r#"{"@odata.count":9,"value":[{"id" : "1"}, null, {"n":1.50}],
            "@odata.nextLink":"http:\/\/x/r?$skiptoken=a%2bb","future":[]}"#;
        let page = parse_page(body).unwrap();
        let rows: Vec<&str> = page.rows.iter().map(|row| row.get()).collect();
        assert_eq!(rows, [r#"{"id" : "1"}"#, r#"{"n":1.50}"#]);
        assert_eq!(page.nulls, 1);
        assert_eq!(page.next_link.as_deref(), Some("http://x/r?$skiptoken=a%2bb"));
    }

    #[test]
    fn no_link_null_and_an_empty_one_are_the_end() {
        for end in ["", r#","@odata.nextLink":null"#, r#","@odata.nextLink":"""#] {
            let page = parse_page(&format!(r#"{{"value":[]{end}}}"#)).unwrap();
            assert_eq!((page.rows.len(), page.next_link), (0, None), "{end}");
        }
    }

    #[test]
    fn what_is_no_page_is_never_an_empty_one() {
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
        for (body, may_pass) in cases {
            let malformed = parse_page(body).unwrap_err();
            assert_eq!(malformed.is_retryable, may_pass, "{body}: {}", malformed.why);
        }
    }
}
