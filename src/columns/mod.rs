//! The columns of tables, files and flat JSON records, in one list that `--columns` reads too.

mod calendar;
mod cell;
mod column;
mod detail;
mod list;
mod packed;
mod preset;
mod preset_list;
mod preset_source;
mod row;
#[cfg(test)]
pub mod samples;
mod schema;
mod table;
mod workbook;

use crate::error::{Error, Result};
use crate::text;

pub use calendar::calendar_columns;
pub use cell::{Cell, NoDate, Scalar, Shape};
pub use column::{Column, ColumnHead, View};
pub use detail::{Detail, Field, FieldValue};
pub use list::{CARE, COLUMNS, list_choices};
pub use packed::PackedRow;
pub use preset::{Preset, Stages};
pub use preset_list::{PRESETS, find_preset};
pub use row::Row;
pub use schema::format_schema;
pub use table::{CHECK, LIST, URGENT, UsualColumns, WAITING, local_part, shorten_kind, to_table};
pub use workbook::{SheetColumn, Sheets, TotalsCells, plan_preset, plan_workbook};

pub fn collect_heads(columns: &[&'static Column]) -> Vec<&'static ColumnHead> {
    columns.iter().map(|column| &column.head).collect()
}

/// Accepts any case, and `-` for `_`.
pub fn find(name: &str) -> Result<&'static Column> {
    let normalized = name.trim().to_ascii_lowercase().replace('-', "_");
    let column = list_choices().find(|column| column.head.name == normalized);
    column.ok_or_else(|| {
        let error = Error::usage(format!("unknown column `{}`", text::escape_control(name.trim())));
        let error = match text::nearest(&normalized, list_choices().map(|column| column.head.name))
        {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        };
        error.hint("`--columns help` lists the columns")
    })
}

/// Parses `a,b,c`, or `all`. Unknown and repeated names and an empty list are usage errors.
pub fn parse_list(names: &str) -> Result<Vec<&'static Column>> {
    if names.trim().eq_ignore_ascii_case("all") {
        return Ok(COLUMNS.iter().collect());
    }
    let mut columns: Vec<&'static Column> = Vec::new();
    for name in names.split(',').filter(|name| !name.trim().is_empty()) {
        let column = find(name)?;
        if columns.iter().any(|earlier| earlier.head.name == column.head.name) {
            let message = format!("column `{}` is named twice", column.head.name);
            return Err(Error::usage(message));
        }
        columns.push(column);
    }
    if columns.is_empty() {
        return Err(Error::usage("no column is named").hint("`--columns help` lists the columns"));
    }
    Ok(columns)
}

/// The text of `--columns help`.
pub fn format_help() -> String {
    let names = list_choices().map(|column| column.head.name.len());
    let indent = names.max().unwrap_or_default() + 4;
    let mut lines = Vec::new();
    for column in list_choices() {
        let mut start = format!("  {:<1$}", column.head.name, indent - 2);
        for line in text::wrap(column.head.description, text::HELP_WIDTH - indent) {
            lines.push(start + &line);
            start = " ".repeat(indent);
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn names_are_unique_and_in_the_documented_order() {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.head.name).collect();
        assert_eq!(
            names.join(" "),
            "id engagement name customer city country status substatus status_reason kind type qualification \
             direction from deadline deadline_estimated created updated accepted closed value currency closing \
             sellers contact contact_email contact_phone products solutions source call_to_action quality \
             sales_stage campaign crm_id partner_id msx_id organization notes"
        );
    }

    #[test]
    fn a_list_of_names_keeps_its_order_and_a_mistyped_name_gets_a_suggestion() {
        let columns = parse_list("Value, contact-email,id,").unwrap();
        let names: Vec<&str> = columns.iter().map(|column| column.head.name).collect();
        assert_eq!(names, ["value", "contact_email", "id"]);
        let error = parse_list("id,dedline").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(error.message(), "unknown column `dedline`");
        assert_eq!(error.hints()[0], "did you mean `deadline`?");
        assert_eq!(find("qqqqq").unwrap_err().hints().len(), 1);
        assert!(parse_list("id,name,ID").unwrap_err().message().contains("twice"));
        assert_eq!(parse_list(" , ").unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn the_help_names_every_column_and_fits_80_cells() {
        let help = format_help();
        for column in COLUMNS {
            let start = format!("  {} ", column.head.name);
            assert!(help.lines().any(|line| line.starts_with(&start)), "{start}");
        }
        assert!(help.lines().all(|line| text::width(line) <= 80), "{help}");
        assert!(help.lines().any(|line| text::width(line) > 72), "{help}");
        let longest = COLUMNS.iter().map(|column| column.head.name).max_by_key(|name| name.len());
        let start = format!("  {}  ", longest.unwrap());
        assert!(help.lines().any(|line| line.starts_with(&start)), "{help}");
        assert!(!help.contains(&format!("{start} ")), "{help}");
    }

    #[test]
    fn every_cell_has_its_columns_shape() {
        for referral in samples::all() {
            for column in COLUMNS {
                let fits = match (column.cell)(&referral) {
                    Cell::Empty => true,
                    Cell::Text(_) => column.head.shape == Shape::Text,
                    Cell::List(_) => column.head.shape == Shape::List,
                    Cell::Money(_) => column.head.shape == Shape::Money,
                    Cell::Time(_) => column.head.shape == Shape::Time,
                    Cell::Date(_) => column.head.shape == Shape::Date,
                    Cell::Deadline(_) => column.head.shape == Shape::Deadline,
                    Cell::NoDate(_) => {
                        matches!(column.head.shape, Shape::Time | Shape::Date | Shape::Deadline)
                    }
                    Cell::Flag(_) => column.head.shape == Shape::Flag,
                    Cell::Count(_) => column.head.shape == Shape::Count,
                };
                assert!(fits, "{}", column.head.name);
            }
        }
    }
}
