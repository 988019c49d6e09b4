//! What runs remember, in small files of the state directory.

mod audit;
mod demo_day;
mod mark_file;
#[cfg(test)]
mod place;
mod shown_ids;

pub use audit::{AuditEntry, AuditIntent, AuditLog, AuditResult, NOT_SEEN};
pub use demo_day::DemoDay;
pub use mark_file::MarkFile;
pub use shown_ids::ShownIds;

/// The name of what is remembered with `--demo`; no profile can have it.
pub const DEMO: &str = "~demo";
