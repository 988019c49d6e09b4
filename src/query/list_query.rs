//! A listing as the flags describe it.

use super::criterion::Criterion;
use super::selection::Selection;
use super::sort::Sort;

#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// All of them must match.
    pub criteria: Vec<Criterion>,
    /// The user's OData expressions, which only the API can check. Each is balanced.
    pub raw_filters: Vec<String>,
    pub sort: Sort,
    /// The maximum number of referrals; `None` is no limit.
    pub limit: Option<usize>,
    /// The properties to print.
    pub select: Selection,
    /// Whether the API is sent only what it documents, even if more would spare reading.
    pub documented_only: bool,
    /// Whether columns are printed, and not JSON objects as they are received.
    pub prints_columns: bool,
}

impl ListQuery {
    /// Whether the API cannot sort by the key, so that all rows are read and sorted here.
    pub fn sorts_locally(&self) -> bool {
        self.sort.key.server_property().is_none()
    }

    /// The order in which rows are requested. Every request has one, as the API recommends (API §2.1).
    pub fn requested_sort(&self) -> Sort {
        if self.sorts_locally() { Sort::default() } else { self.sort }
    }
}
