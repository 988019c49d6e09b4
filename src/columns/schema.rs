//! The JSON Schema of one flat record, made from the list of columns.

use super::cell::Shape;
use super::column::{Column, ColumnHead};
use super::list::COLUMNS;

/// The schema's text: a property a column, in the columns' order, each nullable; `--columns` decides which are there.
pub fn schema() -> String {
    let properties: Vec<String> = COLUMNS.iter().map(property).collect();
    format!(
        r#"{{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A referral as a flat record",
  "description": "What --format json and jsonl give with --columns; the CSV header has the same names. Instants are RFC 3339 in UTC. Unknown or absent values are null.",
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

fn property(column: &Column) -> String {
    let ColumnHead { name, shape, meaning, .. } = &column.head;
    let kind = match shape {
        Shape::Text | Shape::List => r#""type": ["string", "null"]"#,
        Shape::Money => r#""type": ["number", "null"]"#,
        Shape::Time | Shape::Date | Shape::Deadline => {
            r#""type": ["string", "null"], "format": "date-time", "pattern": "Z$""#
        }
        Shape::Flag => r#""type": ["boolean", "null"]"#,
    };
    let several = match shape {
        Shape::List => "; several are separated by \"; \"",
        _ => "",
    };
    let meaning = serde_json::Value::from(format!("{meaning}{several}"));
    format!(r#"    "{name}": {{ {kind}, "description": {meaning} }}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_current() {
        let committed = include_str!("../../schema/referral-row.schema.json");
        assert_eq!(committed.replace("\r\n", "\n"), schema());
    }
}
