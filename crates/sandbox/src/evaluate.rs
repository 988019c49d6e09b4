//! Whether a row passes a filter, with OData's three values of truth.
//! The filter was checked before; nothing here fails.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value;

use crate::expression::{Comparison, Expression, Function, Path};
use crate::literal::{Cell, decimal, instant};
use crate::schema::Kind;

/// What an expression may look at: the row, then the elements of the lambdas around it.
#[derive(Clone)]
struct Scope<'a> {
    values: Vec<&'a Value>,
    now: Timestamp,
}

/// Whether the filter is true of `row`; null is not true.
pub(crate) fn keeps(filter: &Expression, row: &Value, now: Timestamp) -> bool {
    let scope = Scope { values: vec![row], now };
    scope.truth(filter) == Some(true)
}

/// The value of a row's property.
pub(crate) fn property<'a>(path: &Path, row: &'a Value) -> Cell<'a> {
    cell(path.kind, walk(row, &path.steps))
}

impl<'a> Scope<'a> {
    fn truth(&self, expression: &'a Expression) -> Option<bool> {
        match self.value(expression) {
            Cell::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    fn value(&self, expression: &'a Expression) -> Cell<'a> {
        match expression {
            Expression::Literal(literal) => borrowed(literal),
            Expression::Property(path) => cell(path.kind, self.found(path)),
            Expression::Count(path) => Cell::Number(Decimal::from(self.elements(path).len())),
            Expression::Compare(operator, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                Cell::Boolean(compare(*operator, &left, &right))
            }
            Expression::InList(left, list) => {
                let left = self.value(left);
                let found = list.iter().any(|item| compare(Comparison::Equal, &left, item));
                Cell::Boolean(found)
            }
            Expression::InCollection(left, path) => {
                let (left, kind) = (self.value(left), element_kind(path));
                let found = (self.elements(path).into_iter())
                    .any(|item| compare(Comparison::Equal, &left, &cell(kind, Some(item))));
                Cell::Boolean(found)
            }
            Expression::And(operands) => self.joined(operands, false),
            Expression::Or(operands) => self.joined(operands, true),
            Expression::Not(operand) => truth_cell(self.truth(operand).map(|truth| !truth)),
            Expression::Any(path, None) => Cell::Boolean(!self.elements(path).is_empty()),
            Expression::Any(path, Some(predicate)) => Cell::Boolean(
                (self.elements(path).into_iter())
                    .any(|element| self.within(element).truth(predicate) == Some(true)),
            ),
            Expression::All(path, predicate) => Cell::Boolean(
                (self.elements(path).into_iter())
                    .all(|element| self.within(element).truth(predicate) == Some(true)),
            ),
            Expression::Call(function, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(|it| self.value(it)).collect();
                call(*function, &arguments, self.now).unwrap_or(Cell::Null)
            }
        }
    }

    /// `or` where `deciding` is true, `and` where it is false: the deciding value wins over null.
    fn joined(&self, operands: &'a [Expression], deciding: bool) -> Cell<'a> {
        let mut result = Some(!deciding);
        for operand in operands {
            match self.truth(operand) {
                Some(truth) if truth == deciding => return Cell::Boolean(deciding),
                Some(_) => {}
                None => result = None,
            }
        }
        truth_cell(result)
    }

    fn within(&self, element: &'a Value) -> Scope<'a> {
        let mut inner = self.clone();
        inner.values.push(element);
        inner
    }

    fn found(&self, path: &Path) -> Option<&'a Value> {
        walk(self.values[path.scope], &path.steps)
    }

    /// A collection's elements. One object in place of an array is its only element, and an empty
    /// object is an empty collection (API §3.1, §3.2).
    fn elements(&self, path: &Path) -> Vec<&'a Value> {
        match self.found(path) {
            Some(Value::Array(elements)) => elements.iter().collect(),
            Some(Value::Object(object)) if object.is_empty() => Vec::new(),
            Some(single @ Value::Object(_)) => vec![single],
            _ => Vec::new(),
        }
    }
}

fn walk<'a>(from: &'a Value, steps: &[&'static str]) -> Option<&'a Value> {
    steps.iter().try_fold(from, |value, step| value.get(*step))
}

fn element_kind(path: &Path) -> Kind {
    match path.kind {
        Kind::Many(element) => *element,
        other => other,
    }
}

fn cell(kind: Kind, value: Option<&Value>) -> Cell<'_> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Cell::Null;
    };
    let cell = match kind {
        Kind::Text | Kind::Guid => value.as_str().map(|text| Cell::Text(text.into())),
        Kind::Boolean => value.as_bool().map(Cell::Boolean),
        // A PATCH sample writes the deal value as a string (API §3.3).
        Kind::Number => match value {
            Value::Number(number) => decimal(&number.to_string()).map(Cell::Number),
            _ => value.as_str().and_then(decimal).map(Cell::Number),
        },
        Kind::Instant => value.as_str().and_then(instant).map(Cell::Instant),
        // Only compared with null.
        Kind::Complex(_) | Kind::Many(_) => Some(Cell::Boolean(true)),
    };
    cell.unwrap_or(Cell::Null)
}

fn borrowed<'a>(literal: &'a Cell<'static>) -> Cell<'a> {
    match literal {
        Cell::Text(text) => Cell::Text(Cow::Borrowed(text)),
        Cell::Guid(text) => Cell::Guid(Cow::Borrowed(text)),
        other => other.clone(),
    }
}

fn truth_cell(truth: Option<bool>) -> Cell<'static> {
    truth.map_or(Cell::Null, Cell::Boolean)
}

/// Never null: null equals null alone, and stands in no other relation (OData URL conventions, 5.1.1.1).
fn compare(operator: Comparison, left: &Cell<'_>, right: &Cell<'_>) -> bool {
    let both_null = matches!((left, right), (Cell::Null, Cell::Null));
    let order = if both_null { Some(Ordering::Equal) } else { left.compare(right) };
    match operator {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
    }
}

/// `None` where an argument is null.
fn call(function: Function, arguments: &[Cell<'_>], now: Timestamp) -> Option<Cell<'static>> {
    let text = |index: usize| match arguments.get(index)? {
        Cell::Text(text) => Some(text.as_ref()),
        _ => None,
    };
    let date = || match arguments.first()? {
        Cell::Instant(instant) => Some(day(*instant)),
        Cell::Date(date) => Some(*date),
        _ => None,
    };
    let clock = || match arguments.first()? {
        Cell::Instant(instant) => Some(instant.to_zoned(TimeZone::UTC)),
        _ => None,
    };
    Some(match function {
        Function::Contains => Cell::Boolean(text(0)?.contains(text(1)?)),
        Function::StartsWith => Cell::Boolean(text(0)?.starts_with(text(1)?)),
        Function::EndsWith => Cell::Boolean(text(0)?.ends_with(text(1)?)),
        Function::Length => number(text(0)?.chars().count()),
        Function::IndexOf => index_of(text(0)?, text(1)?),
        Function::Substring => substring(text(0)?, arguments)?,
        Function::ToLower => Cell::Text(text(0)?.to_lowercase().into()),
        Function::ToUpper => Cell::Text(text(0)?.to_uppercase().into()),
        Function::Trim => Cell::Text(text(0)?.trim().to_owned().into()),
        Function::Concat => Cell::Text(format!("{}{}", text(0)?, text(1)?).into()),
        Function::Year => Cell::Number(Decimal::from(date()?.year())),
        Function::Month => Cell::Number(Decimal::from(date()?.month())),
        Function::Day => Cell::Number(Decimal::from(date()?.day())),
        Function::Hour => Cell::Number(Decimal::from(clock()?.hour())),
        Function::Minute => Cell::Number(Decimal::from(clock()?.minute())),
        Function::Second => Cell::Number(Decimal::from(clock()?.second())),
        Function::Date => Cell::Date(date()?),
        Function::Now => Cell::Instant(now),
    })
}

fn day(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn number(count: usize) -> Cell<'static> {
    Cell::Number(Decimal::from(count))
}

fn index_of(text: &str, wanted: &str) -> Cell<'static> {
    match text.find(wanted) {
        Some(byte) => number(text[..byte].chars().count()),
        None => Cell::Number(Decimal::NEGATIVE_ONE),
    }
}

/// A beginning before the text counts as its beginning, one behind it leaves nothing.
fn substring(text: &str, arguments: &[Cell<'_>]) -> Option<Cell<'static>> {
    let whole = |cell: &Cell<'_>| match cell {
        Cell::Number(number) => Some(number.trunc().to_i64()?.try_into().unwrap_or(0)),
        _ => None,
    };
    let start: usize = whole(&arguments[1])?;
    let length = match arguments.get(2) {
        Some(length) => whole(length)?,
        None => usize::MAX,
    };
    let part: String = text.chars().skip(start).take(length).collect();
    Some(Cell::Text(part.into()))
}
