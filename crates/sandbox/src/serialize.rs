//! Writes referrals as JSON, with the properties in the order of the API.

use serde_json::{Map, Value};

use crate::schema::{Property, REFERRAL, find_property, nested_properties};
use crate::select::SelectClause;

/// The selected properties as JSON text.
pub(crate) fn serialize_referral(row: &Value, select: &SelectClause) -> String {
    let mut text = String::with_capacity(2048);
    write_value(row, Some(REFERRAL), select, &mut text);
    text
}

fn write_value(
    value: &Value,
    properties: Option<&'static [Property]>,
    select: &SelectClause,
    out: &mut String,
) {
    match (value, properties) {
        (Value::Object(object), Some(properties)) => write_object(object, properties, select, out),
        (Value::Array(elements), Some(_)) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(element, properties, select, out);
            }
            out.push(']');
        }
        (other, _) => out.push_str(&other.to_string()),
    }
}

fn write_object(
    object: &Map<String, Value>,
    properties: &'static [Property],
    select: &SelectClause,
    out: &mut String,
) {
    let mut first = true;
    let mut write_name = |name: &str, out: &mut String| {
        out.push(if first { '{' } else { ',' });
        first = false;
        out.push_str(&Value::from(name).to_string());
        out.push(':');
    };
    for (name, kind) in properties {
        if let (Some(value), Some(part)) = (object.get(*name), select.nested(name)) {
            write_name(name, out);
            write_value(value, nested_properties(*kind), part, out);
        }
    }
    for (name, value) in object {
        let is_selected = *select == SelectClause::All || name.starts_with('@');
        if is_selected && find_property(properties, name).is_none() {
            write_name(name, out);
            out.push_str(&value.to_string());
        }
    }
    out.push_str(if first { "{}" } else { "}" });
}
