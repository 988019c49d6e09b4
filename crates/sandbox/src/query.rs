//! The query options of a request (API §2.1), read strictly.
//! Knows no rows and sends nothing.

use std::cmp::Ordering;

use serde_json::Value;

use crate::evaluate::property;
use crate::expression::Path;
use crate::filter::Filter;
use crate::literal::Cell;
use crate::options::QueryRules;
use crate::parse::sort_path;
use crate::wire::Selection;

/// What a request for the collection asks.
#[derive(Debug)]
pub(crate) enum Asked {
    /// The first page of this.
    First(Query),
    /// The page behind this token, byte for byte as it was received.
    Next(String),
}

/// The query options of a first page.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) filter: Option<Filter>,
    pub(crate) order: Vec<SortKey>,
    pub(crate) skip: usize,
    pub(crate) top: usize,
    pub(crate) selection: Selection,
}

/// One item of `$orderby`.
#[derive(Debug)]
pub(crate) struct SortKey {
    path: Path,
    descending: bool,
}

impl SortKey {
    /// What a row is sorted by.
    pub(crate) fn cell(&self, row: &Value) -> Cell<'static> {
        property(&self.path, row).into_owned()
    }

    /// How two of those stand to each other.
    pub(crate) fn compare(&self, left: &Cell<'_>, right: &Cell<'_>) -> Ordering {
        let order = left.order(right);
        if self.descending { order.reverse() } else { order }
    }

    fn is_documented(&self) -> bool {
        ["createdDateTime", "updatedDateTime"].iter().any(|name| self.path.steps == [*name])
    }
}

impl Query {
    fn new() -> Query {
        Query {
            filter: None,
            order: Vec::new(),
            skip: 0,
            top: usize::MAX,
            selection: Selection::Everything,
        }
    }

    /// The row's properties that decide whether and where it appears.
    pub(crate) fn roots(&self) -> Vec<&'static str> {
        let filtered = self.filter.iter().flat_map(Filter::roots).copied();
        let sorted = self.order.iter().map(|key| key.path.steps[0]);
        filtered.chain(sorted).collect()
    }

    fn set(&mut self, name: &str, value: &str, rules: QueryRules) -> Result<(), String> {
        let QueryRules { supported, allow_undocumented } = rules;
        match name {
            "$filter" if supported.filter => {
                let filter = Filter::read(value)?;
                require(allow_undocumented || filter.is_documented(), "this filter")?;
                self.filter = Some(filter);
            }
            "$orderby" if supported.orderby => {
                self.order = value.split(',').map(sort_key).collect::<Result<_, _>>()?;
                let documented = self.order.len() == 1 && self.order[0].is_documented();
                require(allow_undocumented || documented, "this order")?;
            }
            "$top" if supported.top => self.top = count(value)?,
            "$select" if supported.select => {
                self.selection = Selection::read(value)?;
                let documented = self.selection.is_documented();
                require(allow_undocumented || documented, "this selection")?;
            }
            "$filter" | "$orderby" | "$top" | "$select" => {}
            "$skip" => {
                require(allow_undocumented, "$skip")?;
                self.skip = count(value)?;
            }
            "$count" => {
                require(allow_undocumented, "$count")?;
                require(matches!(value, "true" | "false"), "this $count")?;
            }
            _ => return Err(format!("the query option '{name}' is not supported")),
        }
        Ok(())
    }
}

/// Reads what stands behind the `?` of a request for the collection.
///
/// # Errors
/// Says which option is not OData, not supported or not known.
pub(crate) fn read(raw: &str, rules: QueryRules) -> Result<Asked, String> {
    let options = options(raw)?;
    if let Some((_, token, _)) = options.iter().find(|(name, ..)| name == "$skiptoken") {
        return match options.len() {
            1 => Ok(Asked::Next((*token).to_owned())),
            _ => Err("a skip token stands alone".to_owned()),
        };
    }
    let mut query = Query::new();
    for (name, _, value) in &options {
        query.set(name, value, rules)?;
    }
    Ok(Asked::First(query))
}

/// Reads what stands behind the `?` of a request for one referral: `$select` or nothing.
///
/// # Errors
/// Says which option is not OData, not supported or not known.
pub(crate) fn read_single(raw: &str, rules: QueryRules) -> Result<Selection, String> {
    let mut query = Query::new();
    for (name, _, value) in options(raw)? {
        require(name == "$select", &format!("'{name}' of one referral"))?;
        query.set(&name, &value, rules)?;
    }
    Ok(query.selection)
}

/// Name decoded, value as received, value decoded.
type Given<'q> = (String, &'q str, String);

fn options(raw: &str) -> Result<Vec<Given<'_>>, String> {
    let mut options: Vec<Given<'_>> = Vec::new();
    if raw.is_empty() {
        return Ok(options);
    }
    for part in raw.split('&') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!("the query option '{part}' has no value"));
        };
        let name = decode(name)?;
        if options.iter().any(|(known, ..)| *known == name) {
            return Err(format!("the query option '{name}' is given twice"));
        }
        options.push((name, value, decode(value)?));
    }
    Ok(options)
}

/// Percent-decodes. A `+` is a plus sign: this is not a form (API §2.5).
fn decode(raw: &str) -> Result<String, String> {
    let bad = |what: &str| format!("{what} in '{raw}'");
    for (index, byte) in raw.bytes().enumerate() {
        if byte == b'%' {
            let digits = raw.as_bytes().get(index + 1..index + 3);
            if !digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)) {
                return Err(bad("a malformed percent escape"));
            }
        } else if !byte.is_ascii_alphanumeric() && !b"-._~!$'()*+,;=:@/?".contains(&byte) {
            return Err(bad("a character that must be percent-encoded"));
        }
    }
    let decoded = percent_encoding::percent_decode_str(raw).decode_utf8();
    match decoded {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(bad("bytes that are not UTF-8")),
    }
}

fn sort_key(item: &str) -> Result<SortKey, String> {
    let (path, rest) = sort_path(item)?;
    // A word cannot follow a path without a blank: it would be part of its last name.
    let descending = match rest.trim_start_matches([' ', '\t']) {
        "" if rest.is_empty() => false,
        "asc" => false,
        "desc" => true,
        _ => return Err(format!("'asc' or 'desc' is expected in '{item}'")),
    };
    Ok(SortKey { path, descending })
}

/// `1*DIGIT`
fn count(value: &str) -> Result<usize, String> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    require(digits, &format!("'{value}' as a number"))?;
    Ok(value.parse().unwrap_or(usize::MAX))
}

fn require(allowed: bool, what: &str) -> Result<(), String> {
    if allowed { Ok(()) } else { Err(format!("{what} is not supported")) }
}
