//! The cells of one referral.

use super::cell::Cell;
use super::column::Column;
use crate::model::Referral;

#[derive(Debug)]
pub struct Row<'a> {
    /// One for each column.
    pub cells: Vec<Cell<'a>>,
    /// The referral's JSON as received; empty where there are columns.
    pub raw: &'a str,
}

impl<'a> Row<'a> {
    pub fn new(columns: &[&Column], referral: &'a Referral) -> Row<'a> {
        let cells = columns.iter().map(|column| (column.cell)(referral)).collect();
        Row { cells, raw: if columns.is_empty() { referral.raw() } else { "" } }
    }
}
