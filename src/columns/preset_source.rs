//! The columns whose cells presets have.

use super::cell::Cell;
use super::column::Column;
use super::list::COLUMNS;
use crate::model::Referral;

/// What importers want and no other format has.
static FURTHER: &[Column] = &[
    Column::text("last_name", "", "the last name of the customer's first contact", |r| {
        let contact = r.customer_profile.team.first();
        Cell::text(contact.and_then(|member| member.last_name.as_deref()))
    }),
    Column::text("first_name", "", "the first name of that contact", |r| {
        let contact = r.customer_profile.team.first();
        Cell::text(contact.and_then(|member| member.first_name.as_deref()))
    }),
    Column::text("postal_code", "", "the postal code of the customer", |r| {
        Cell::text(r.customer_profile.address.postal_code.as_deref())
    }),
    Column::text("topic", "", "the name of the deal, else of the customer", topic),
    Column::text("owner", "", "the e-mail address of our first team member", |r| {
        Cell::text(r.sellers().next())
    }),
];

fn topic(referral: &Referral) -> Cell<'_> {
    Cell::text(referral.name.as_deref().or(referral.customer_profile.name.as_deref()))
}

/// The column whose cells a preset has, which must exist.
pub(super) fn source(name: &str) -> &'static Column {
    let mut columns = FURTHER.iter().chain(COLUMNS);
    columns.find(|column| column.head.name == name).expect("presets name columns that exist")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_topic_is_the_name_of_the_deal_or_else_of_the_customer() {
        for (json, expected) in [
            (r#"{"name":"D","customerProfile":{"name":"C"}}"#, "D"),
            (r#"{"name":" ","customerProfile":{"name":"C"}}"#, "C"),
        ] {
            let referral = samples::referral(json);
            assert_eq!(topic(&referral), Cell::text(Some(expected)), "{json}");
        }
        assert_eq!(topic(&samples::referral("{}")), Cell::Empty);
    }
}
