//! Evaluates a checked filter against a row, with the three-valued logic of OData.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value;

use crate::expression::{Comparison, Expression, Function, Path};
use crate::literal::{Primitive, parse_decimal, parse_instant};
use crate::schema::PropertyType;

/// What paths refer to: the row, then the variables of the lambdas, outermost first.
#[derive(Clone)]
struct Scope<'a> {
    values: Vec<&'a Value>,
    now: Timestamp,
}

/// A filter that evaluates to null does not match.
pub(crate) fn matches_row(filter: &Expression, row: &Value, now: Timestamp) -> bool {
    let scope = Scope { values: vec![row], now };
    scope.evaluate_boolean(filter) == Some(true)
}

pub(crate) fn evaluate_path<'a>(path: &Path, row: &'a Value) -> Primitive<'a> {
    to_primitive(path.kind, follow_steps(row, &path.steps))
}

impl<'a> Scope<'a> {
    fn evaluate_boolean(&self, expression: &'a Expression) -> Option<bool> {
        match self.evaluate(expression) {
            Primitive::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    fn evaluate(&self, expression: &'a Expression) -> Primitive<'a> {
        match expression {
            Expression::Literal(literal) => borrow_literal(literal),
            Expression::Property(path) => to_primitive(path.kind, self.look_up(path)),
            Expression::Count(path) => Primitive::Number(Decimal::from(self.elements(path).len())),
            Expression::Compare(operator, left, right) => {
                let (left, right) = (self.evaluate(left), self.evaluate(right));
                Primitive::Boolean(compare(*operator, &left, &right))
            }
            Expression::InList(left, list) => {
                let left = self.evaluate(left);
                let found = list.iter().any(|item| compare(Comparison::Equal, &left, item));
                Primitive::Boolean(found)
            }
            Expression::InCollection(left, path) => {
                let (left, kind) = (self.evaluate(left), element_kind(path));
                let found = (self.elements(path).into_iter())
                    .any(|item| compare(Comparison::Equal, &left, &to_primitive(kind, Some(item))));
                Primitive::Boolean(found)
            }
            Expression::And(operands) => self.evaluate_chain(operands, false),
            Expression::Or(operands) => self.evaluate_chain(operands, true),
            Expression::Not(operand) => {
                boolean_or_null(self.evaluate_boolean(operand).map(|truth| !truth))
            }
            Expression::Any(path, None) => Primitive::Boolean(!self.elements(path).is_empty()),
            Expression::Any(path, Some(predicate)) => {
                Primitive::Boolean((self.elements(path).into_iter()).any(|element| {
                    self.with_variable(element).evaluate_boolean(predicate) == Some(true)
                }))
            }
            Expression::All(path, predicate) => {
                Primitive::Boolean((self.elements(path).into_iter()).all(|element| {
                    self.with_variable(element).evaluate_boolean(predicate) == Some(true)
                }))
            }
            Expression::Call(function, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(|it| self.evaluate(it)).collect();
                call_function(*function, &arguments, self.now).unwrap_or(Primitive::Null)
            }
        }
    }

    /// `or` if `deciding` is true, `and` if it is false; the deciding value wins over null.
    fn evaluate_chain(&self, operands: &'a [Expression], deciding: bool) -> Primitive<'a> {
        let mut result = Some(!deciding);
        for operand in operands {
            match self.evaluate_boolean(operand) {
                Some(truth) if truth == deciding => return Primitive::Boolean(deciding),
                Some(_) => {}
                None => result = None,
            }
        }
        boolean_or_null(result)
    }

    fn with_variable(&self, element: &'a Value) -> Scope<'a> {
        let mut inner = self.clone();
        inner.values.push(element);
        inner
    }

    fn look_up(&self, path: &Path) -> Option<&'a Value> {
        follow_steps(self.values[path.scope], &path.steps)
    }

    /// An object in place of an array is the only element; an empty object is an empty collection
    /// (API §3.1, §3.2).
    fn elements(&self, path: &Path) -> Vec<&'a Value> {
        match self.look_up(path) {
            Some(Value::Array(elements)) => elements.iter().collect(),
            Some(Value::Object(object)) if object.is_empty() => Vec::new(),
            Some(single @ Value::Object(_)) => vec![single],
            _ => Vec::new(),
        }
    }
}

fn follow_steps<'a>(from: &'a Value, steps: &[&'static str]) -> Option<&'a Value> {
    steps.iter().try_fold(from, |value, step| value.get(*step))
}

fn element_kind(path: &Path) -> PropertyType {
    match path.kind {
        PropertyType::Collection(element) => *element,
        other => other,
    }
}

fn to_primitive(kind: PropertyType, value: Option<&Value>) -> Primitive<'_> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Primitive::Null;
    };
    let primitive = match kind {
        PropertyType::Text | PropertyType::Guid => {
            value.as_str().map(|text| Primitive::Text(text.into()))
        }
        PropertyType::Boolean => value.as_bool().map(Primitive::Boolean),
        // A PATCH sample has the deal value as a string (API §3.3).
        PropertyType::Number => match value {
            Value::Number(number) => parse_decimal(&number.to_string()).map(Primitive::Number),
            _ => value.as_str().and_then(parse_decimal).map(Primitive::Number),
        },
        PropertyType::Instant => value.as_str().and_then(parse_instant).map(Primitive::Instant),
        // These are compared with null alone, so any other value will do.
        PropertyType::Complex(_) | PropertyType::Collection(_) => Some(Primitive::Boolean(true)),
    };
    primitive.unwrap_or(Primitive::Null)
}

fn borrow_literal<'a>(literal: &'a Primitive<'static>) -> Primitive<'a> {
    match literal {
        Primitive::Text(text) => Primitive::Text(Cow::Borrowed(text)),
        Primitive::Guid(text) => Primitive::Guid(Cow::Borrowed(text)),
        other => other.clone(),
    }
}

fn boolean_or_null(truth: Option<bool>) -> Primitive<'static> {
    truth.map_or(Primitive::Null, Primitive::Boolean)
}

/// Null equals only null; any other comparison with it is false (OData URL conventions, 5.1.1.1).
fn compare(operator: Comparison, left: &Primitive<'_>, right: &Primitive<'_>) -> bool {
    let both_null = matches!((left, right), (Primitive::Null, Primitive::Null));
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

/// `None` if an argument is null.
fn call_function(
    function: Function,
    arguments: &[Primitive<'_>],
    now: Timestamp,
) -> Option<Primitive<'static>> {
    let text = |index: usize| match arguments.get(index)? {
        Primitive::Text(text) => Some(text.as_ref()),
        _ => None,
    };
    let date = || match arguments.first()? {
        Primitive::Instant(instant) => Some(utc_date(*instant)),
        Primitive::Date(date) => Some(*date),
        _ => None,
    };
    let clock = || match arguments.first()? {
        Primitive::Instant(instant) => Some(instant.to_zoned(TimeZone::UTC)),
        _ => None,
    };
    Some(match function {
        Function::Contains => Primitive::Boolean(text(0)?.contains(text(1)?)),
        Function::StartsWith => Primitive::Boolean(text(0)?.starts_with(text(1)?)),
        Function::EndsWith => Primitive::Boolean(text(0)?.ends_with(text(1)?)),
        Function::Length => number(text(0)?.chars().count()),
        Function::IndexOf => index_of(text(0)?, text(1)?),
        Function::Substring => substring(text(0)?, arguments)?,
        Function::ToLower => Primitive::Text(text(0)?.to_lowercase().into()),
        Function::ToUpper => Primitive::Text(text(0)?.to_uppercase().into()),
        Function::Trim => Primitive::Text(text(0)?.trim().to_owned().into()),
        Function::Concat => Primitive::Text(format!("{}{}", text(0)?, text(1)?).into()),
        Function::Year => Primitive::Number(Decimal::from(date()?.year())),
        Function::Month => Primitive::Number(Decimal::from(date()?.month())),
        Function::Day => Primitive::Number(Decimal::from(date()?.day())),
        Function::Hour => Primitive::Number(Decimal::from(clock()?.hour())),
        Function::Minute => Primitive::Number(Decimal::from(clock()?.minute())),
        Function::Second => Primitive::Number(Decimal::from(clock()?.second())),
        Function::Date => Primitive::Date(date()?),
        Function::Now => Primitive::Instant(now),
    })
}

fn utc_date(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn number(count: usize) -> Primitive<'static> {
    Primitive::Number(Decimal::from(count))
}

fn index_of(text: &str, wanted: &str) -> Primitive<'static> {
    match text.find(wanted) {
        Some(byte) => number(text[..byte].chars().count()),
        None => Primitive::Number(Decimal::NEGATIVE_ONE),
    }
}

/// A negative start counts as 0; one past the end gives the empty string.
fn substring(text: &str, arguments: &[Primitive<'_>]) -> Option<Primitive<'static>> {
    let to_usize = |value: &Primitive<'_>| match value {
        Primitive::Number(number) => Some(number.trunc().to_i64()?.try_into().unwrap_or(0)),
        _ => None,
    };
    let start: usize = to_usize(&arguments[1])?;
    let length = match arguments.get(2) {
        Some(length) => to_usize(length)?,
        None => usize::MAX,
    };
    let part: String = text.chars().skip(start).take(length).collect();
    Some(Primitive::Text(part.into()))
}
