//! What the sheets of a workbook show, and of which cells of a row.

use super::cell::{Cell, Shape};
use super::column::{Column, ColumnHead, View};
use super::list::COLUMNS;
use super::table::{self, UsualColumns, to_table};

/// The sheets of a workbook. A row has each cell once, whichever sheets show it.
#[derive(Clone, Debug, Default)]
pub struct Sheets {
    /// For people.
    pub first: Vec<SheetColumn>,
    /// Every column; empty where the user chose the columns.
    pub fields: Vec<SheetColumn>,
    /// `None` for no sheet of totals.
    pub totals: Option<TotalsCells>,
}

#[derive(Clone, Copy, Debug)]
pub struct SheetColumn {
    pub head: &'static ColumnHead,
    /// The index of its cell in a row.
    pub cell: usize,
}

/// The indices of the cells that are counted and summed, and of the deadline.
#[derive(Clone, Copy, Debug, Default)]
pub struct TotalsCells {
    pub state: usize,
    pub kind: usize,
    pub sellers: usize,
    pub value: usize,
    pub deadline: usize,
}

/// The substatus, which stays true when the workbook is read later.
static STATE: Column =
    Column::new("state", "State", Shape::Text, "where it stands", table::state_word);

static SHORT_ID: Column = Column::new(
    "short_id",
    "Id",
    Shape::Text,
    "the start of the id, as in `referrals show`",
    |r| Cell::text(r.id.as_deref()),
)
.view(View::ShortId);

/// The sheets, and the columns whose cells a row has. `chosen` are the user's columns.
pub fn plan_workbook(
    chosen: Option<&[&'static Column]>,
    usual: &UsualColumns,
) -> (Vec<&'static Column>, Sheets) {
    let mut cells: Vec<&'static Column> = Vec::new();
    let all = usual.file_columns();
    // What a file has beside the list, people want to see.
    let further: Vec<&'static Column> = all[COLUMNS.len()..].to_vec();
    let (first, fields) = match chosen {
        Some(chosen) => (to_table(chosen), Vec::new()),
        None => (people_columns().into_iter().chain(further).collect(), all),
    };
    let mut place = |column: &'static Column| {
        let source = source(column);
        let known = cells.iter().position(|cell| std::ptr::eq(*cell, source));
        known.unwrap_or_else(|| {
            cells.push(source);
            cells.len() - 1
        })
    };
    // First, so that their cells are in the order of the list.
    let mut sheet = |columns: Vec<&'static Column>| -> Vec<SheetColumn> {
        let columns = columns.into_iter();
        columns.map(|column| SheetColumn { head: &column.head, cell: place(column) }).collect()
    };
    let fields = sheet(fields);
    let first = sheet(first);
    let totals = Some(TotalsCells {
        state: place(&STATE),
        kind: place(listed("kind")),
        sellers: place(listed("sellers")),
        value: place(listed("value")),
        deadline: place(listed("deadline")),
    });
    (cells, Sheets { first, fields, totals })
}

/// One sheet of these columns: importers read no other.
pub fn plan_preset(heads: &[&'static ColumnHead]) -> Sheets {
    let columns = heads.iter().enumerate();
    let first = columns.map(|(cell, head)| SheetColumn { head, cell }).collect();
    Sheets { first, ..Sheets::default() }
}

/// Of the first sheet, where the user chose none.
fn people_columns() -> Vec<&'static Column> {
    vec![
        &STATE,
        table::find("left"),
        table::find("due"),
        listed("customer"),
        table::find("deal"),
        listed("value"),
        listed("currency"),
        listed("sellers"),
        listed("contact"),
        &SHORT_ID,
        listed("notes"),
    ]
}

/// The column that has the same cells.
fn source(column: &'static Column) -> &'static Column {
    match column.head.name {
        "left" | "due" => listed("deadline"),
        "deal" => listed("name"),
        "short_id" => listed("id"),
        _ => column,
    }
}

/// The column of this name in the list, which must exist.
fn listed(name: &str) -> &'static Column {
    COLUMNS.iter().find(|column| column.head.name == name).expect("the list has the column")
}

#[cfg(test)]
mod tests {
    use super::super::{Row, samples};
    use super::*;

    fn names(columns: &[SheetColumn]) -> Vec<&'static str> {
        columns.iter().map(|column| column.head.name).collect()
    }

    #[test]
    fn people_see_few_columns_first_and_no_cell_is_kept_twice() {
        let (cells, sheets) = plan_workbook(None, table::LIST);
        assert_eq!(
            names(&sheets.first).join(" "),
            "state left due customer deal value currency sellers contact short_id notes"
        );
        assert_eq!(sheets.fields.len(), COLUMNS.len());
        assert_eq!(cells.len(), COLUMNS.len() + 1);
    }

    #[test]
    fn every_sheet_shows_its_own_cells() {
        let (cells, sheets) = plan_workbook(None, table::LIST);
        for referral in samples::all() {
            let row = Row::new(&cells, &referral);
            for SheetColumn { head, cell } in &sheets.fields {
                let column =
                    COLUMNS.iter().find(|column| std::ptr::eq(&raw const column.head, *head));
                assert_eq!(row.cells[*cell], (column.unwrap().cell)(&referral), "{}", head.name);
            }
            for (column, SheetColumn { head, cell }) in people_columns().iter().zip(&sheets.first) {
                assert_eq!(row.cells[*cell], (column.cell)(&referral), "{}", head.name);
            }
        }
    }

    #[test]
    fn chosen_columns_are_the_first_sheet_and_there_is_none_of_all_fields() {
        let chosen = super::super::parse_list("notes,deadline,kind").unwrap();
        let (cells, sheets) = plan_workbook(Some(&chosen), table::LIST);
        assert_eq!(names(&sheets.first), ["notes", "left", "due", "kind"]);
        assert!(sheets.fields.is_empty());
        assert_eq!(sheets.first[1].cell, sheets.first[2].cell);
        let names: Vec<&str> = cells.iter().map(|column| column.head.name).collect();
        assert_eq!(names, ["notes", "deadline", "kind", "state", "kind", "sellers", "value"]);
        assert_eq!(sheets.totals.unwrap().deadline, 1);
    }
}
