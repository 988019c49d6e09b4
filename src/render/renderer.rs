//! The interface of the formats.

use std::io::Write;

use crate::columns::Row;
use crate::error::Result;

/// Writes rows one at a time.
///
/// Without [`Renderer::finish`], the document is visibly incomplete: a JSON array is not closed, and nothing is written
/// of a table or a workbook.
pub trait Renderer {
    fn write_row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()>;

    /// Writes the end of the document. Called once, also if there are no rows.
    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary>;
}

/// What the user should know about a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RenderSummary {
    /// The number of rows beyond the format's own limit.
    pub hidden_rows: usize,
    /// Whether a deadline is marked with `~`.
    pub has_estimates: bool,
    /// What is not in the document, and why.
    pub notes: Vec<String>,
    /// Truncated text, columns without room.
    pub warnings: Vec<String>,
}
