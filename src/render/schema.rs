//! The JSON Schema of one flat record, made from the list of columns.
//! Says nothing about the API's own objects.

use super::cell::Shape;
use super::columns::{COLUMNS, Column};

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
    let kind = match column.shape {
        Shape::Text | Shape::List => r#""type": ["string", "null"]"#,
        Shape::Money => r#""type": ["number", "null"]"#,
        Shape::Time | Shape::Date | Shape::Deadline => {
            r#""type": ["string", "null"], "format": "date-time", "pattern": "Z$""#
        }
        Shape::Flag => r#""type": ["boolean", "null"]"#,
    };
    let several = match column.shape {
        Shape::List => "; several are separated by \"; \"",
        _ => "",
    };
    let meaning = serde_json::Value::from(format!("{}{several}", column.meaning));
    format!(r#"    "{}": {{ {kind}, "description": {meaning} }}"#, column.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Format, Style, renderer, samples};

    fn records(columns: &str) -> Vec<serde_json::Value> {
        let mut style = Style::plain(samples::now());
        style.columns = Some(super::super::columns::parse_list(columns).unwrap());
        let mut renderer = renderer(Format::Json, style);
        let mut out = Vec::new();
        for referral in samples::all() {
            renderer.row(&referral, &mut out).unwrap();
        }
        renderer.finish(&mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn flat_records_meet_the_schema_nulls_included() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let all: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        let all = all.join(",");
        let mut nulls = 0;
        for columns in [all.as_str(), "id", "deadline,value"] {
            for record in records(columns) {
                let errors: Vec<String> =
                    validator.iter_errors(&record).map(|e| e.to_string()).collect();
                assert!(errors.is_empty(), "{errors:?}\n{record}");
                nulls += record.as_object().unwrap().values().filter(|v| v.is_null()).count();
            }
        }
        assert!(nulls > 10);
        for bad in [
            r#"{"value":"12"}"#,
            r#"{"deadline":"2026-11-13T00:00:00+01:00"}"#,
            r#"{"deadline":"soon Z"}"#,
            r#"{"surprise":1}"#,
        ] {
            assert!(!validator.is_valid(&serde_json::from_str(bad).unwrap()), "{bad}");
        }
    }

    #[test]
    fn the_committed_schema_is_current() {
        let committed = include_str!("../../schema/referral-row.schema.json");
        assert_eq!(committed.replace("\r\n", "\n"), schema());
    }
}
