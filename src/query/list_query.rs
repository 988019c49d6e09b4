//! A listing as the flags describe it.

use super::criterion::Criterion;
use super::selection::Selection;
use super::sort::Sort;

/// A listing as a user asked for it.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Conditions that must all hold.
    pub criteria: Vec<Criterion>,
    /// OData conditions sent as given; they cannot be checked here. Each is balanced.
    pub raw_filters: Vec<String>,
    /// The order of the answer.
    pub sort: Sort,
    /// At most so many; `None` for all.
    pub limit: Option<usize>,
    /// The properties wanted; empty for all.
    pub select: Selection,
}
