//! Builds `$filter` expressions (OASIS OData 4.01 URL Conventions §5.1.1).

use std::fmt;

use jiff::Timestamp;

/// A boolean expression that can be an operand of `and`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// `path eq 'value'`.
    pub fn equal(path: &str, value: &str) -> Filter {
        Filter(format!("{path} eq {}", string_literal(value)))
    }

    /// `path eq value`, without quotes; standard OData writes GUIDs so (API §2.5).
    pub fn equal_bare(path: &str, value: &str) -> Filter {
        Filter(format!("{path} eq {value}"))
    }

    /// `path ge instant`.
    pub fn at_or_after(path: &str, at: Timestamp) -> Filter {
        Filter(format!("{path} ge {at}"))
    }

    /// `path lt instant`.
    pub fn before(path: &str, at: Timestamp) -> Filter {
        Filter(format!("{path} lt {at}"))
    }

    /// `collection/any(variable:variable/path eq 'value')`.
    pub fn any_equal(collection: &str, variable: char, path: &str, value: &str) -> Filter {
        Filter(format!(
            "{collection}/any({variable}:{variable}/{path} eq {})",
            string_literal(value)
        ))
    }

    /// `(a or b …)`; a single filter stays without parentheses, no filter is `None`.
    pub fn any_of(filters: impl IntoIterator<Item = Filter>) -> Option<Filter> {
        let filters: Vec<String> = filters.into_iter().map(|filter| filter.0).collect();
        match filters.len() {
            0 => None,
            1 => filters.into_iter().next().map(Filter),
            _ => Some(Filter(format!("({})", filters.join(" or ")))),
        }
    }

    /// `a and b …`; no filter is `None`.
    pub fn all_of(filters: impl IntoIterator<Item = Filter>) -> Option<Filter> {
        let filters: Vec<String> = filters.into_iter().map(|filter| filter.0).collect();
        (!filters.is_empty()).then(|| Filter(filters.join(" and ")))
    }

    /// In parentheses.
    #[must_use]
    pub fn grouped(self) -> Filter {
        Filter(format!("({})", self.0))
    }

    /// The user's expression in parentheses; [`check_balanced`] comes first.
    pub fn raw(text: &str) -> Filter {
        Filter(format!("({})", text.trim()))
    }

    /// Not encoded for a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// In single quotes, with quotes doubled.
fn string_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Why an expression is not balanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbalanced {
    Quote,
    /// A `(` has no `)`.
    Open,
    /// A `)` has no `(`.
    Close,
    Empty,
}

impl fmt::Display for Unbalanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unbalanced::Quote => {
                "a quote is not closed (double a quote inside a string: 'O''Brien')"
            }
            Unbalanced::Open => "a \"(\" is not closed",
            Unbalanced::Close => "a \")\" has no matching \"(\"",
            Unbalanced::Empty => "it is empty",
        })
    }
}

/// Checks that quotes and parentheses are closed, so that the expression can be put in parentheses and combined.
pub fn check_balanced(text: &str) -> Result<(), Unbalanced> {
    if text.trim().is_empty() {
        return Err(Unbalanced::Empty);
    }
    let (mut depth, mut quoted) = (0_usize, false);
    for c in text.chars() {
        match c {
            // A doubled quote ends the literal and starts it again.
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.checked_sub(1).ok_or(Unbalanced::Close)?,
            _ => {}
        }
    }
    match (quoted, depth) {
        (true, _) => Err(Unbalanced::Quote),
        (false, 0) => Ok(()),
        (false, _) => Err(Unbalanced::Open),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_follow_the_grammar() {
        let cases = [
            (Filter::equal("status", "New"), "status eq 'New'"),
            (Filter::equal("name", "O'Brien's"), "name eq 'O''Brien''s'"),
            (Filter::equal_bare("engagementId", "65edc0b5"), "engagementId eq 65edc0b5"),
            (
                Filter::any_equal("team", 't', "email", "r2d2@contoso.com"),
                "team/any(t:t/email eq 'r2d2@contoso.com')",
            ),
            (
                Filter::at_or_after("createdDateTime", "2026-01-01T00:00:00Z".parse().unwrap()),
                "createdDateTime ge 2026-01-01T00:00:00Z",
            ),
            (
                Filter::before("createdDateTime", "2026-01-01T01:00:00.25+02:00".parse().unwrap()),
                "createdDateTime lt 2025-12-31T23:00:00.25Z",
            ),
        ];
        for (filter, text) in cases {
            assert_eq!(filter.as_str(), text);
        }
    }

    #[test]
    fn alternatives_are_in_parentheses_and_one_alone_is_not() {
        let [a, b] = ["New", "Active"].map(|word| Filter::equal("status", word));
        let both = Filter::any_of([a.clone(), b.clone()]).unwrap();
        assert_eq!(both.as_str(), "(status eq 'New' or status eq 'Active')");
        assert_eq!(Filter::any_of([a.clone()]), Some(a.clone()));
        assert_eq!(Filter::any_of([]), None);
        assert_eq!(
            Filter::all_of([a, b]).unwrap().as_str(),
            "status eq 'New' and status eq 'Active'"
        );
    }

    #[test]
    fn an_expression_must_close_its_quotes_and_parentheses() {
        let cases = [
            ("status eq 'New'", Ok(())),
            ("name eq 'O''Brien (' and (a or b)", Ok(())),
            ("name eq ':)'", Ok(())),
            ("name eq 'O'Brien'", Err(Unbalanced::Quote)),
            ("(a eq 1", Err(Unbalanced::Open)),
            ("a eq 1) or (b eq 2", Err(Unbalanced::Close)),
            ("  ", Err(Unbalanced::Empty)),
        ];
        for (text, result) in cases {
            assert_eq!(check_balanced(text), result, "{text}");
        }
    }
}
