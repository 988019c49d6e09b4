//! What every format does with rows.

use std::io::Write;

use crate::columns::Row;
use crate::error::Result;

/// Rows in, bytes out.
///
/// A renderer that is dropped without [`Renderer::finish`] leaves its document visibly incomplete: a JSON array stays
/// open, a table or a workbook is not written at all.
pub trait Renderer {
    /// Takes one row, with a cell for each column. Errors are those of writing to `out`.
    fn row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()>;

    /// Writes what comes after the last row. Called once, also when there was no row.
    fn finish(&mut self, out: &mut dyn Write) -> Result<()>;

    /// How many rows were shown of how many, where the format shows only some.
    fn shown(&self) -> Option<(usize, usize)> {
        None
    }

    /// Whether a `~` in front of a deadline wants explaining.
    fn has_estimates(&self) -> bool {
        false
    }

    /// What the user should be told after [`Renderer::finish`]: text that was cut, columns without room.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}
