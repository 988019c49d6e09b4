//! What is wanted of the referrals, what of it the API is asked, and what is decided here row by row.

mod criterion;
mod list_query;
mod plan;
mod selection;
mod sift;
mod sort;

pub use criterion::{Criterion, ServerFilter, Support, Window};
pub use list_query::ListQuery;
pub use plan::{ListRequest, Plan};
pub use selection::Selection;
pub use sift::{Sift, Sifted};
pub use sort::{Sort, SortKey, Sorter};
