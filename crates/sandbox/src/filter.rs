//! `$filter` as a whole: read, checked, and applied to rows.
//! Written from the OASIS grammar alone, so that it can judge what others send.

use jiff::Timestamp;
use serde_json::Value;

use crate::evaluate;
use crate::expression::{Comparison, Expression, Path};
use crate::literal::Cell;
use crate::parse;

/// A condition that was read and whose types were checked.
#[derive(Debug)]
pub(crate) struct Filter {
    expression: Expression,
    roots: Vec<&'static str>,
}

impl Filter {
    /// Reads `text`, which was percent-decoded.
    ///
    /// # Errors
    /// Says what is not OData, or which property or type is not the schema's.
    pub(crate) fn read(text: &str) -> Result<Filter, String> {
        let (expression, roots) = parse::filter(text)?;
        Ok(Filter { expression, roots })
    }

    /// The row's properties that it looks at.
    pub(crate) fn roots(&self) -> &[&'static str] {
        &self.roots
    }

    /// Whether `row` passes.
    pub(crate) fn keeps(&self, row: &Value, now: Timestamp) -> bool {
        evaluate::keeps(&self.expression, row, now)
    }

    /// Whether it keeps to the forms of API §2.2: equalities of the fields named there, and-ed.
    pub(crate) fn is_documented(&self) -> bool {
        is_documented(&self.expression)
    }
}

/// Reads a `$filter` (percent-decoded) against the schema of a referral (API §3).
///
/// # Errors
/// Says what is not OData, or which property or type is not the schema's.
pub fn check_filter(text: &str) -> Result<(), String> {
    Filter::read(text).map(|_| ())
}

/// Fields that appear in Microsoft's own examples, but for `team/any(…)` (API §2.2).
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
            path.steps == ["team"] && equality(predicate).is_some_and(|it| it.steps == ["email"])
        }
        other => equality(other).is_some_and(|it| DOCUMENTED.contains(&it.steps.as_slice())),
    }
}

/// The property, where `expression` says that one equals a string.
fn equality(expression: &Expression) -> Option<&Path> {
    let Expression::Compare(Comparison::Equal, left, right) = expression else {
        return None;
    };
    match (&**left, &**right) {
        (Expression::Property(path), Expression::Literal(Cell::Text(_))) => Some(path),
        _ => None,
    }
}
