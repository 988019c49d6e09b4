//! A query, and its plan: what the API filters and sorts, and what is done locally.

mod compare;
mod criterion;
mod id;
mod list_query;
mod plan;
mod reference;
mod selection;
mod seller;
mod sift;
mod sort;

pub use criterion::{Coverage, Criterion, ServerFilter, Support, TEAM, Verdict, Window};
pub use id::normalize_id;
pub use list_query::ListQuery;
pub use plan::{Judgement, ListRequest, Plan};
pub use reference::{Reference, ReferenceMatch, Words};
pub use selection::Selection;
pub use seller::SellerPattern;
pub use sift::{Sift, Sifted};
pub use sort::{Sort, SortKey, Sorter};
