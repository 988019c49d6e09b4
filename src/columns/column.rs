//! What a column is.

use super::cell::{Cell, Shape};
use crate::model::Referral;

/// A column: what it is called, and its value in a referral.
#[derive(Debug)]
pub struct Column {
    /// What renderers are told about it.
    pub head: ColumnHead,
    /// Its value in one referral.
    pub cell: fn(&Referral) -> Cell<'_>,
}

/// What a column is called and how much room it takes.
#[derive(Debug)]
pub struct ColumnHead {
    /// The name in flags, CSV headers and flat JSON records.
    pub name: &'static str,
    /// The name for people.
    pub heading: &'static str,
    /// The kind of value in every cell that is not empty.
    pub shape: Shape,
    /// A line of help.
    pub meaning: &'static str,
    /// A narrow table drops the columns with the highest number first; 0 is never dropped.
    pub priority: u8,
    /// The width in terminal cells that a narrow table leaves it; `None` is dropped rather than cut.
    pub least: Option<usize>,
    /// The greatest width in terminal cells.
    pub most: usize,
}

impl Column {
    /// A column of middling importance that is never cut.
    pub(super) const fn new(
        name: &'static str,
        heading: &'static str,
        shape: Shape,
        meaning: &'static str,
        cell: fn(&Referral) -> Cell<'_>,
    ) -> Column {
        let head = ColumnHead { name, heading, shape, meaning, priority: 7, least: None, most: 60 };
        Column { head, cell }
    }

    /// A column of text, which may be cut.
    pub(super) const fn text(
        name: &'static str,
        heading: &'static str,
        meaning: &'static str,
        cell: fn(&Referral) -> Cell<'_>,
    ) -> Column {
        Column::new(name, heading, Shape::Text, meaning, cell).cells(8, 40)
    }

    pub(super) const fn priority(mut self, priority: u8) -> Column {
        self.head.priority = priority;
        self
    }

    pub(super) const fn cells(mut self, least: usize, most: usize) -> Column {
        self.head.least = Some(least);
        self.head.most = most;
        self
    }

    pub(super) const fn whole(mut self) -> Column {
        self.head.least = None;
        self
    }
}
