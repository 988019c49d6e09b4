//! OData text: literals, filters, and option values in a URL. Knows nothing of referrals.

mod filter;
mod url;

pub use filter::{Filter, Unbalanced, balanced};
pub use url::{Options, percent_encoded};
