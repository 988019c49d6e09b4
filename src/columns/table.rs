//! What tables show: the columns that no other format has, and the columns of a table for which none are chosen.

use super::cell::{Cell, Shape};
use super::column::{Column, View};
use super::list::{CARE, COLUMNS, list_choices};
use crate::model::{Referral, ReferralKind, Status, Substatus};

/// The columns of a table for which none are chosen.
#[derive(Debug)]
pub struct UsualColumns {
    /// From left to right.
    names: &'static [&'static str],
    /// The same names: what is shown first where there is not room for all.
    pub by_worth: &'static [&'static str],
}

/// For `list`.
pub const LIST: &UsualColumns = &UsualColumns {
    names: &[
        "id",
        "day",
        "state",
        "kind",
        "customer",
        "value",
        "deal",
        "from",
        "seller",
        "country",
        "due",
        "direction",
    ],
    by_worth: &[
        "state",
        "id",
        "customer",
        "value",
        "kind",
        "day",
        "deal",
        "from",
        "seller",
        "country",
        "due",
        "direction",
    ],
};

/// For `pending` and `expiring`.
pub const WAITING: &UsualColumns = &UsualColumns {
    names: &[
        "id", "left", "due", "kind", "customer", "value", "deal", "from", "seller", "country",
        "day",
    ],
    by_worth: &[
        "left", "id", "customer", "value", "due", "kind", "deal", "from", "seller", "country",
        "day",
    ],
};

/// For `list --check`.
pub const CHECK: &UsualColumns = &UsualColumns {
    names: &["id", "care", "kind", "customer", "value", "deal", "seller"],
    by_worth: &["care", "id", "customer", "value", "kind", "deal", "seller"],
};

/// For what must be answered soon, beside other figures.
pub const URGENT: &UsualColumns = &UsualColumns {
    names: &["id", "left", "due", "kind", "customer", "value", "seller"],
    by_worth: &["left", "id", "customer", "value", "due", "kind", "seller"],
};

static TABLE_COLUMNS: &[Column] = &[
    Column::new("left", "Left", Shape::Deadline, "the time left to answer", Cell::deadline)
        .view(View::TimeLeft)
        .min_width(12),
    Column::new("due", "Due", Shape::Deadline, "the last day to answer", Cell::deadline)
        .view(View::Due),
    Column::new("state", "State", Shape::Text, "the time left, or where it stands", state)
        .view(View::State)
        .min_width(12),
    Column::new("kind", "Kind", Shape::Text, "lead, q-lead, co-sell or other", short_kind),
    Column::text("deal", "Deal", "the name of the deal", |r| Cell::text(r.name.as_deref()))
        .min_width(16),
    Column::new("seller", "Seller", Shape::List, "our team members", |r| {
        Cell::list(r.sellers().map(local_part))
    })
    .min_width(12),
    Column::new("day", "Created", Shape::Time, "the day of creation", |r| Cell::time(r.created))
        .view(View::Day),
];

impl UsualColumns {
    pub fn columns(&self) -> Vec<&'static Column> {
        self.names.iter().map(|name| find(name)).collect()
    }

    /// Of a file for which none are chosen.
    pub fn file_columns(&self) -> Vec<&'static Column> {
        let care = self.names.contains(&CARE.head.name).then_some(&CARE);
        COLUMNS.iter().chain(care).collect()
    }
}

/// How a table shows the columns that a user chose.
pub fn to_table(chosen: &[&'static Column]) -> Vec<&'static Column> {
    let shown = chosen.iter().flat_map(|column| match column.head.name {
        "deadline" => vec![find("left"), find("due")],
        "kind" => vec![find("kind")],
        _ => vec![*column],
    });
    shown.collect()
}

/// The column of this name in a table, which must exist.
pub(super) fn find(name: &str) -> &'static Column {
    let mut columns = TABLE_COLUMNS.iter().chain(list_choices());
    columns.find(|column| column.head.name == name).expect("the names of usual columns exist")
}

/// The deadline, or what stands in its place; else the substatus or the status.
fn state(referral: &Referral) -> Cell<'_> {
    match Cell::deadline(referral) {
        Cell::Empty => state_word(referral),
        deadline => deadline,
    }
}

/// The substatus or the status.
pub(super) fn state_word(referral: &Referral) -> Cell<'_> {
    let substatus = referral.substatus.as_ref().map(Substatus::as_str);
    let word = substatus.or(referral.status.as_ref().map(Status::as_str));
    word.map_or(Cell::Empty, |word| Cell::Text(word.to_lowercase().into()))
}

fn short_kind(referral: &Referral) -> Cell<'_> {
    Cell::text(referral.kind().map(shorten_kind))
}

/// The word of a kind in tables.
pub fn shorten_kind(kind: ReferralKind) -> &'static str {
    match kind {
        ReferralKind::QualifiedLead => "q-lead",
        other => other.as_str(),
    }
}

/// An e-mail address without its domain, which is the same for a whole team.
pub fn local_part(address: &str) -> &str {
    address.split_once('@').map_or(address, |(local, _)| local)
}

#[cfg(test)]
mod tests {
    use super::super::{parse_list, samples};
    use super::*;

    fn names(columns: &[&'static Column]) -> Vec<&'static str> {
        columns.iter().map(|column| column.head.name).collect()
    }

    #[test]
    fn the_usual_columns_exist_and_each_has_its_worth() {
        for usual in [LIST, WAITING] {
            assert_eq!(names(&usual.columns()), usual.names);
            let sorted = |names: &[&'static str]| {
                let mut names = names.to_vec();
                names.sort_unstable();
                names
            };
            assert_eq!(sorted(usual.names), sorted(usual.by_worth));
        }
    }

    #[test]
    fn a_chosen_deadline_is_the_time_left_and_the_day() {
        let chosen = parse_list("deadline,created,kind,sellers").unwrap();
        let shown = to_table(&chosen);
        assert_eq!(names(&shown), ["left", "due", "created", "kind", "sellers"]);
        assert_ne!(shown[3].head.description, chosen[2].head.description);
    }

    #[test]
    fn the_state_is_the_deadline_while_there_is_one_and_else_one_word() {
        let state = |json: &str| format!("{:?}", state(&samples::referral(json)));
        assert!(state(samples::LEAD).starts_with("Deadline"));
        assert_eq!(state(samples::ACTIVE), r#"Text("accepted")"#);
        assert_eq!(state(r#"{"status":"Closed","substatus":"Won"}"#), r#"Text("won")"#);
        assert_eq!(state(r#"{"status":"InReview"}"#), r#"Text("inreview")"#);
        assert_eq!(state(r#"{"status":"New"}"#), r#"Text("new")"#);
        assert_eq!(state("{}"), "Empty");
    }

    #[test]
    fn kinds_are_short_and_sellers_have_no_domain() {
        let cell =
            |name: &str, json: &str| format!("{:?}", (find(name).cell)(&samples::referral(json)));
        let qualified = r#"{"type":"Independent","qualification":"MarketingQualified","inviteContext":{"invitedBy":{"organizationId":"msft"}}}"#;
        assert_eq!(cell("kind", qualified), r#"Text("q-lead")"#);
        assert_eq!(cell("kind", samples::LEAD), r#"Text("lead")"#);
        assert_eq!(cell("seller", samples::INVITATION), r#"List(["ada.lindqvist", "bo"])"#);
        assert_eq!(local_part("nobody"), "nobody");
    }
}
