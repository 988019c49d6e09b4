//! Parses the query options of a request (API §2.1), strictly.

use std::cmp::Ordering;

use serde_json::Value;

use crate::evaluate::evaluate_path;
use crate::expression::Path;
use crate::filter::FilterClause;
use crate::literal::Primitive;
use crate::options::QueryRules;
use crate::parse::parse_sort_path;
use crate::select::SelectClause;

/// A request for a page of the collection.
#[derive(Debug)]
pub(crate) enum PageRequest {
    First(Query),
    /// The page that this `$skiptoken` stands for, byte for byte as received.
    Next(String),
}

/// The query options of a first page.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) filter: Option<FilterClause>,
    pub(crate) order: Vec<OrderByItem>,
    pub(crate) skip: usize,
    pub(crate) top: usize,
    pub(crate) select: SelectClause,
}

/// An item of `$orderby`.
#[derive(Debug)]
pub(crate) struct OrderByItem {
    path: Path,
    descending: bool,
}

impl OrderByItem {
    pub(crate) fn sort_value(&self, row: &Value) -> Primitive<'static> {
        evaluate_path(&self.path, row).into_owned()
    }

    pub(crate) fn compare(&self, left: &Primitive<'_>, right: &Primitive<'_>) -> Ordering {
        let order = left.compare_for_order(right);
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
            select: SelectClause::All,
        }
    }

    /// The top-level properties that `$filter` and `$orderby` use.
    pub(crate) fn roots(&self) -> Vec<&'static str> {
        let filtered = self.filter.iter().flat_map(FilterClause::roots).copied();
        let sorted = self.order.iter().map(|key| key.path.steps[0]);
        filtered.chain(sorted).collect()
    }

    fn set_option(&mut self, name: &str, value: &str, rules: QueryRules) -> Result<(), String> {
        let QueryRules { supported, allow_undocumented } = rules;
        match name {
            "$filter" if supported.filter => {
                let filter = FilterClause::parse(value)?;
                require(allow_undocumented || filter.is_documented(), "this filter")?;
                self.filter = Some(filter);
            }
            "$orderby" if supported.orderby => {
                self.order = value.split(',').map(parse_order_by_item).collect::<Result<_, _>>()?;
                let documented = self.order.len() == 1 && self.order[0].is_documented();
                require(allow_undocumented || documented, "this order")?;
            }
            "$top" if supported.top => self.top = parse_count(value)?,
            "$select" if supported.select => {
                self.select = SelectClause::parse(value)?;
                let documented = self.select.is_documented();
                require(allow_undocumented || documented, "this selection")?;
            }
            "$filter" | "$orderby" | "$top" | "$select" => {}
            "$skip" => {
                require(allow_undocumented, "$skip")?;
                self.skip = parse_count(value)?;
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

/// Parses the query of a request for the collection.
///
/// # Errors
/// When an option is not OData, not supported or not known.
pub(crate) fn parse_page_request(raw: &str, rules: QueryRules) -> Result<PageRequest, String> {
    let options = split_options(raw)?;
    if let Some((_, token, _)) = options.iter().find(|(name, ..)| name == "$skiptoken") {
        return match options.len() {
            1 => Ok(PageRequest::Next((*token).to_owned())),
            _ => Err("$skiptoken cannot be combined with other query options".to_owned()),
        };
    }
    let mut query = Query::new();
    for (name, _, value) in &options {
        query.set_option(name, value, rules)?;
    }
    Ok(PageRequest::First(query))
}

/// Parses the query of a request for one referral, which may be only `$select`.
///
/// # Errors
/// When an option is not OData, not supported or not known.
pub(crate) fn parse_referral_query(raw: &str, rules: QueryRules) -> Result<SelectClause, String> {
    let mut query = Query::new();
    for (name, _, value) in split_options(raw)? {
        require(name == "$select", &format!("'{name}' on a single referral"))?;
        query.set_option(&name, &value, rules)?;
    }
    Ok(query.select)
}

/// Decoded name, value as received, decoded value.
type RawOption<'q> = (String, &'q str, String);

fn split_options(raw: &str) -> Result<Vec<RawOption<'_>>, String> {
    let mut options: Vec<RawOption<'_>> = Vec::new();
    if raw.is_empty() {
        return Ok(options);
    }
    for part in raw.split('&') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!("the query option '{part}' has no value"));
        };
        let name = percent_decode(name)?;
        if options.iter().any(|(known, ..)| *known == name) {
            return Err(format!("the query option '{name}' is given twice"));
        }
        options.push((name, value, percent_decode(value)?));
    }
    Ok(options)
}

/// A `+` is a plus sign, for this is not a form (API §2.5).
fn percent_decode(raw: &str) -> Result<String, String> {
    let error = |what: &str| format!("{what} in '{raw}'");
    for (index, byte) in raw.bytes().enumerate() {
        if byte == b'%' {
            let digits = raw.as_bytes().get(index + 1..index + 3);
            if !digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)) {
                return Err(error("a malformed percent escape"));
            }
        } else if !byte.is_ascii_alphanumeric() && !b"-._~!$'()*+,;=:@/?".contains(&byte) {
            return Err(error("a character that must be percent-encoded"));
        }
    }
    let decoded = percent_encoding::percent_decode_str(raw).decode_utf8();
    match decoded {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(error("bytes that are not UTF-8")),
    }
}

fn parse_order_by_item(item: &str) -> Result<OrderByItem, String> {
    let (path, rest) = parse_sort_path(item)?;
    // A direction has a blank before it, or it would be part of the path.
    let descending = match rest.trim_start_matches([' ', '\t']) {
        "" if rest.is_empty() => false,
        "asc" => false,
        "desc" => true,
        _ => return Err(format!("expected 'asc' or 'desc' in '{item}'")),
    };
    Ok(OrderByItem { path, descending })
}

/// `1*DIGIT`
fn parse_count(value: &str) -> Result<usize, String> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    require(digits, &format!("'{value}' as a number"))?;
    Ok(value.parse().unwrap_or(usize::MAX))
}

fn require(allowed: bool, what: &str) -> Result<(), String> {
    if allowed { Ok(()) } else { Err(format!("{what} is not supported")) }
}
