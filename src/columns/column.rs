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
    /// A narrow table drops the column with the highest number first, and never the one with 0.
    pub drop_priority: u8,
    /// In terminal cells. A column without one is dropped rather than truncated.
    pub min_width: Option<usize>,
    /// In terminal cells.
    pub max_width: usize,
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
        let head = ColumnHead {
            name,
            heading,
            shape,
            description,
            drop_priority: 7,
            min_width: None,
            max_width: 60,
        };
        Column { head, cell }
    }

    /// A column of text, which may be truncated.
    pub(super) const fn text(
        name: &'static str,
        heading: &'static str,
        description: &'static str,
        cell: fn(&Referral) -> Cell<'_>,
    ) -> Column {
        Column::new(name, heading, Shape::Text, description, cell).width(8, 40)
    }

    pub(super) const fn drop_priority(mut self, drop_priority: u8) -> Column {
        self.head.drop_priority = drop_priority;
        self
    }

    pub(super) const fn width(mut self, min: usize, max: usize) -> Column {
        self.head.min_width = Some(min);
        self.head.max_width = max;
        self
    }

    pub(super) const fn never_truncated(mut self) -> Column {
        self.head.min_width = None;
        self
    }
}
