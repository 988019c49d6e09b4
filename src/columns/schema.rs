//! Generates the JSON Schema of a flat record from the list of columns.

use super::cell::Shape;
use super::column::{Column, ColumnHead};
use super::list::list_choices;

/// No property is required, because `--columns` selects them.
pub fn format_schema() -> String {
    let properties: Vec<String> = list_choices().map(format_property).collect();
    format!(
        r#"{{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A referral as a flat record",
  "description": "A record of --format json or jsonl with --columns; the CSV header has the same names. Timestamps are RFC 3339 in UTC, days YYYY-MM-DD. Missing values are null.",
  "type": "object",
  "additionalProperties": false,
  "properties": {{
{}
  }}
}}
"#,
        properties.join(",\n")
    )
}

fn format_property(column: &Column) -> String {
    let ColumnHead { name, shape, description, .. } = &column.head;
    let json_type = match shape {
        Shape::Text | Shape::List => r#""type": ["string", "null"]"#,
        Shape::Money => r#""type": ["number", "null"]"#,
        Shape::Date => r#""type": ["string", "null"], "format": "date""#,
        Shape::Time | Shape::Deadline => {
            r#""type": ["string", "null"], "format": "date-time", "pattern": "Z$""#
        }
        Shape::Flag => r#""type": ["boolean", "null"]"#,
        Shape::Count => r#""type": ["integer", "null"]"#,
    };
    let separator = match shape {
        Shape::List => "; separated by \"; \"",
        _ => "",
    };
    let description = serde_json::Value::from(format!("{description}{separator}"));
    format!(r#"    "{name}": {{ {json_type}, "description": {description} }}"#)
}
