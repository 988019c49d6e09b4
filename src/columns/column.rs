//! The definition of a column.

use super::cell::{Cell, Shape};
use crate::model::Referral;

#[derive(Debug)]
pub struct Column {
    pub head: ColumnHead,
    pub cell: fn(&Referral) -> Cell<'_>,
}

/// What renderers need of a column.
#[derive(Debug)]
pub struct ColumnHead {
    /// The name in flags, CSV headers and flat JSON records.
    pub name: &'static str,
    /// The heading in tables and workbooks.
    pub heading: &'static str,
    pub shape: Shape,
    /// For `--columns help` and the JSON Schema.
    pub description: &'static str,
    /// How a table shows the cells.
    pub view: View,
    /// In terminal cells. A table does not cut the cells of a column without one.
    pub min_width: Option<usize>,
}

/// How a table shows the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Whole,
    /// On a terminal, as many characters as tell the rows apart.
    Id,
    /// In a workbook, as many characters as `show` needs.
    ShortId,
    /// The time left until a deadline.
    TimeLeft,
    /// The day of a deadline, or the time of day if it is near.
    Due,
    /// The time left while an answer is due, else a word.
    State,
    /// The local day of a time.
    Day,
    /// Amounts after another, of which none is cut in its middle.
    Sums,
}

impl Column {
    /// A column that is never truncated.
    pub(super) const fn new(
        name: &'static str,
        heading: &'static str,
        shape: Shape,
        description: &'static str,
        cell: fn(&Referral) -> Cell<'_>,
    ) -> Column {
        let head =
            ColumnHead { name, heading, shape, description, view: View::Whole, min_width: None };
        Column { head, cell }
    }

    /// A column of text, which may be truncated.
    pub(super) const fn text(
        name: &'static str,
        heading: &'static str,
        description: &'static str,
        cell: fn(&Referral) -> Cell<'_>,
    ) -> Column {
        Column::new(name, heading, Shape::Text, description, cell).min_width(8)
    }

    pub(super) const fn view(mut self, view: View) -> Column {
        self.head.view = view;
        self
    }

    pub(super) const fn min_width(mut self, cells: usize) -> Column {
        self.head.min_width = Some(cells);
        self
    }

    pub(super) const fn never_truncated(mut self) -> Column {
        self.head.min_width = None;
        self
    }
}
