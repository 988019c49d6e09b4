//! `$filter`, parsed and checked. Written from the OASIS grammar, not from what the program sends.

use jiff::Timestamp;
use serde_json::Value;

use crate::evaluate::matches_row;
use crate::expression::{Comparison, Expression, Path};
use crate::literal::Primitive;
use crate::parse::parse_filter;

/// A filter whose types were checked.
#[derive(Debug)]
pub(crate) struct FilterClause {
    expression: Expression,
    roots: Vec<&'static str>,
}

impl FilterClause {
    /// Parses percent-decoded text.
    ///
    /// # Errors
    /// When it is not OData, or a property or type is not in the schema.
    pub(crate) fn parse(text: &str) -> Result<FilterClause, String> {
        let (expression, roots) = parse_filter(text)?;
        Ok(FilterClause { expression, roots })
    }

    /// The top-level properties that it uses.
    pub(crate) fn roots(&self) -> &[&'static str] {
        &self.roots
    }

    pub(crate) fn matches(&self, row: &Value, now: Timestamp) -> bool {
        matches_row(&self.expression, row, now)
    }

    /// Whether it has the form that API §2.2 documents: equalities of certain properties joined by `and`.
    pub(crate) fn is_documented(&self) -> bool {
        is_documented(&self.expression)
    }
}

/// Parses a percent-decoded `$filter` against the schema of a referral (API §3).
///
/// # Errors
/// When it is not OData, or a property or type is not in the schema.
pub fn check_filter(text: &str) -> Result<(), String> {
    FilterClause::parse(text).map(|_| ())
}

/// The properties in Microsoft's examples, apart from `team/any(…)` (API §2.2).
const DOCUMENTED: [&[&str]; 7] = [
    &["engagementId"],
    &["status"],
    &["substatus"],
    &["qualification"],
    &["type"],
    &["direction"],
    &["customerProfile", "address", "country"],
];

fn is_documented(expression: &Expression) -> bool {
    match expression {
        Expression::And(operands) => operands.iter().all(is_documented),
        Expression::Any(path, Some(predicate)) => {
            path.steps == ["team"]
                && equality_path(predicate).is_some_and(|it| it.steps == ["email"])
        }
        other => equality_path(other).is_some_and(|it| DOCUMENTED.contains(&it.steps.as_slice())),
    }
}

/// The property, if `expression` compares one for equality with a string.
fn equality_path(expression: &Expression) -> Option<&Path> {
    let Expression::Compare(Comparison::Equal, left, right) = expression else {
        return None;
    };
    match (&**left, &**right) {
        (Expression::Property(path), Expression::Literal(Primitive::Text(_))) => Some(path),
        _ => None,
    }
}
