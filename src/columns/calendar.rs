//! What a calendar tells of a referral.

use super::column::Column;
use super::list::COLUMNS;

/// The names of the columns.
const NAMES: [&str; 9] =
    ["id", "deadline", "kind", "customer", "name", "value", "from", "sellers", "updated"];

/// The columns from which events are made.
pub fn calendar_columns() -> Vec<&'static Column> {
    let find = |name| COLUMNS.iter().find(|column| column.head.name == name);
    NAMES.iter().map(|name| find(*name).expect("the names of these columns exist")).collect()
}
