//! The fields of one referral, in groups. A missing value has no field.

use std::borrow::Cow;

use super::cell::Cell;
use crate::model::{Direction, Member, Referral, ReferralKind, Solution, Status, Substatus};

#[derive(Debug)]
pub struct Detail<'a> {
    /// The name of the deal, else of the customer, else the id.
    pub title: &'a str,
    /// May contain empty groups.
    pub groups: Vec<Vec<Field<'a>>>,
}

#[derive(Debug)]
pub struct Field<'a> {
    /// Empty for a continuation of the field before.
    pub label: &'static str,
    pub value: FieldValue<'a>,
}

#[derive(Debug)]
pub enum FieldValue<'a> {
    /// To be joined on one line. Never an empty list.
    Parts(Vec<Cow<'a, str>>),
    /// May have several lines.
    Text(&'a str),
    Cell(Cell<'a>),
}

impl<'a> Detail<'a> {
    pub fn new(referral: &'a Referral) -> Detail<'a> {
        let title = referral.name.as_deref().or(referral.customer_profile.name.as_deref());
        Detail {
            title: title.or(referral.id.as_deref()).unwrap_or("Referral"),
            groups: vec![
                customer_fields(referral),
                status_fields(referral),
                people_fields(referral),
                requirement_fields(referral),
                invitation_fields(referral),
                text_field("Notes", referral.details.notes.as_deref()).into_iter().collect(),
                id_fields(referral),
            ],
        }
    }
}

fn customer_fields(referral: &Referral) -> Vec<Field<'_>> {
    let customer = &referral.customer_profile;
    // Without a deal name, the customer's name is the title.
    let name = referral.name.as_ref().and(customer.name.as_deref());
    let address = &customer.address;
    let town: Vec<&str> = [&address.postal_code, &address.city]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    let [line1, line2, state, country] =
        [&address.line1, &address.line2, &address.state, &address.country]
            .map(|part| part.as_deref().map(Cow::from));
    let town = (!town.is_empty()).then(|| town.join(" ").into());
    [
        parts_field("Customer", [name.map(Cow::from), customer.size.as_deref().map(format_size)]),
        parts_field("Address", [line1, line2, town, state, country]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn status_fields(referral: &Referral) -> Vec<Field<'_>> {
    let details = &referral.details;
    let status = referral.status.as_ref().map(Status::as_str);
    let substatus = referral.substatus.as_ref().map(Substatus::as_str);
    let source = [&referral.referral_source, &referral.call_to_action, &referral.campaign_id];
    [
        parts_field("Status", [status, substatus, referral.status_reason.as_deref()]),
        cell_field("Deadline", Cell::deadline(referral)),
        parts_field("Kind", kind_parts(referral)),
        cell_field("Value", referral.value().map_or(Cell::Empty, Cell::Money)),
        cell_field("Closing", Cell::closing_day(details.closing)),
        parts_field("Stage", [referral.sales_stage.as_deref()]),
        cell_field("Created", Cell::time(referral.created)),
        cell_field("Updated", Cell::time(referral.updated)),
        cell_field("Accepted", Cell::time(referral.accepted)),
        cell_field("Closed", Cell::time(referral.closed)),
        parts_field("Source", source.map(|part| part.as_deref())),
        parts_field("Quality", [referral.quality.as_deref()]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn people_fields(referral: &Referral) -> Vec<Field<'_>> {
    let mut fields = member_fields("Contact", &referral.customer_profile.team);
    if referral.details.customer_requested_contact == Some(true) {
        fields.extend(parts_field("", [Some("asks to be contacted")]));
    }
    fields.extend(member_fields("Team", &referral.team));
    fields
}

fn member_fields<'a>(label: &'static str, members: &'a [Member]) -> Vec<Field<'a>> {
    let fields = members.iter().enumerate().map(|(index, member)| {
        let [title, email, phone] = [&member.title, &member.email, &member.phone_number]
            .map(|part| part.as_deref().map(Cow::from));
        let label = if index == 0 { label } else { "" };
        parts_field(label, [member.full_name().map(Cow::from), title, email, phone])
    });
    fields.flatten().collect()
}

fn requirement_fields(referral: &Referral) -> Vec<Field<'_>> {
    let requirements = &referral.details.requirements;
    let lists = [
        ("Solutions", &requirements.solutions),
        ("Products", &requirements.products),
        ("Services", &requirements.services),
        ("Industries", &requirements.industries),
    ];
    let fields = lists.map(|(label, list)| parts_field(label, list.iter().map(Solution::label)));
    fields.into_iter().flatten().collect()
}

fn invitation_fields(referral: &Referral) -> Vec<Field<'_>> {
    let Some(invite) = &referral.invite_context else { return Vec::new() };
    let sender = referral.sender().map(|sender| format!("from {sender}").into());
    let assistance = invite.assistance_request_code.as_deref().map(Cow::from);
    let heading = parts_field("Invitation", [sender, assistance]);
    let label = if heading.is_some() { "" } else { "Invitation" };
    heading.into_iter().chain(text_field(label, invite.notes.as_deref())).collect()
}

fn id_fields(referral: &Referral) -> Vec<Field<'_>> {
    let owner = referral.organization_name.as_deref().or(referral.organization_id.as_deref());
    [
        text_field("Id", referral.id.as_deref()),
        text_field("Engagement", referral.engagement_id.as_deref()),
        text_field("CRM id", referral.external_reference_id.as_deref()),
        text_field("Partner id", referral.mpn_id.as_deref()),
        text_field("MSX id", referral.tracking_info.microsoft_msx_id.as_deref()),
        text_field("Owner", owner),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Leaves out missing parts; `None` if all are missing.
fn parts_field<'a, T: Into<Cow<'a, str>>>(
    label: &'static str,
    parts: impl IntoIterator<Item = Option<T>>,
) -> Option<Field<'a>> {
    let parts: Vec<Cow<'a, str>> = parts.into_iter().flatten().map(Into::into).collect();
    (!parts.is_empty()).then_some(Field { label, value: FieldValue::Parts(parts) })
}

fn text_field<'a>(label: &'static str, text: Option<&'a str>) -> Option<Field<'a>> {
    text.map(|text| Field { label, value: FieldValue::Text(text) })
}

fn cell_field<'a>(label: &'static str, cell: Cell<'a>) -> Option<Field<'a>> {
    (cell != Cell::Empty).then_some(Field { label, value: FieldValue::Cell(cell) })
}

/// Formats codes like `51to250employees` (API §3.2); any other code is returned unchanged.
fn format_size(size: &str) -> Cow<'_, str> {
    let Some(range) = size.strip_suffix("employees") else { return size.into() };
    match (range.split_once("to"), range.strip_prefix("Morethan")) {
        (Some((from, to)), _) => format!("{from} to {to} employees").into(),
        (_, Some(least)) => format!("more than {least} employees").into(),
        _ => size.into(),
    }
}

/// The kind, and the direction with the sender.
fn kind_parts(referral: &Referral) -> Vec<Option<Cow<'_, str>>> {
    let direction: Option<Cow<'_, str>> = match (&referral.direction, referral.sender()) {
        (Some(Direction::Incoming), Some(sender)) => Some(format!("incoming from {sender}").into()),
        (Some(Direction::Incoming), None) => Some("incoming".into()),
        (Some(Direction::Outgoing), _) => Some("outgoing".into()),
        (other, _) => other.as_ref().map(|direction| direction.as_str().into()),
    };
    let kind = referral.kind().map(|kind| match kind {
        ReferralKind::Lead => "lead".into(),
        ReferralKind::QualifiedLead => "qualified lead".into(),
        ReferralKind::CoSell => "co-sell opportunity".into(),
        ReferralKind::Other => "other".into(),
    });
    vec![kind, direction]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_range_a_minimum_or_as_sent() {
        for (code, text) in [
            ("51to250employees", "51 to 250 employees"),
            ("Morethan1000employees", "more than 1000 employees"),
            ("fewemployees", "fewemployees"),
            ("51to250", "51to250"),
        ] {
            assert_eq!(format_size(code), text);
        }
    }
}
