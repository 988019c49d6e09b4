//! OData: `$filter` expressions and query options in URLs.

mod filter;
mod url;

pub use filter::{Filter, check_balanced};
pub use url::{Options, percent_encode};
