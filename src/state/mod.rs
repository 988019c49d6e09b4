//! What runs remember, in small files of the state directory.

mod shown_ids;

pub use shown_ids::ShownIds;
