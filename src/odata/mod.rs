//! OData text: literals, filters, and option values in a URL. Knows nothing of referrals.

mod filter;
mod url;

pub use filter::{Filter, Unbalanced, check_balanced};
pub use url::{Options, percent_encoded};
