//! The fields of one referral in full, in the groups people read them in. What is absent has no field.

use std::borrow::Cow;

use super::cell::Cell;
use crate::model::{
    Deadline, Direction, Member, Referral, ReferralKind, Solution, Status, Substatus,
};

/// One referral in full.
#[derive(Debug)]
pub struct Detail<'a> {
    /// What it is called: the deal's name, else the customer's, else the id.
    pub title: &'a str,
    /// Groups of fields, any of them perhaps empty.
    pub groups: Vec<Vec<Field<'a>>>,
}

/// A value with its label; one with an empty label belongs to the field before it.
#[derive(Debug)]
pub struct Field<'a> {
    /// The label.
    pub label: &'static str,
    /// The value.
    pub value: FieldValue<'a>,
}

/// The value of a field.
#[derive(Debug)]
pub enum FieldValue<'a> {
    /// Texts that are one line together; never none.
    Parts(Vec<Cow<'a, str>>),
    /// A text with lines of its own.
    Text(&'a str),
    /// Anything else.
    Cell(Cell<'a>),
}

/// Everything that is known of `referral`.
pub fn detail(referral: &Referral) -> Detail<'_> {
    let title = referral.name.as_ref().or(referral.customer_profile.name.as_ref());
    Detail {
        title: title.or(referral.id.as_ref()).map_or("Referral", String::as_str),
        groups: vec![
            customer(referral),
            state(referral),
            people(referral),
            requirements(referral),
            invitation(referral),
            text("Notes", referral.details.notes.as_deref()).into_iter().collect(),
            ids(referral),
        ],
    }
}

fn customer(referral: &Referral) -> Vec<Field<'_>> {
    let customer = &referral.customer_profile;
    // Without a deal's name, the customer's is the title.
    let name = referral.name.as_ref().and(customer.name.as_deref());
    let address = &customer.address;
    let town: Vec<&str> = [&address.postal_code, &address.city]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    let [line1, line2, state, country] =
        [&address.address_line1, &address.address_line2, &address.state, &address.country]
            .map(|part| part.as_deref().map(Cow::from));
    let town = (!town.is_empty()).then(|| town.join(" ").into());
    [
        parts("Customer", [name.map(Cow::from), customer.size.as_deref().map(employees)]),
        parts("Address", [line1, line2, town, state, country]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn state(referral: &Referral) -> Vec<Field<'_>> {
    let details = &referral.details;
    let status = referral.status.as_ref().map(Status::as_str);
    let substatus = referral.substatus.as_ref().map(Substatus::as_str);
    let time = |at| Some(Cell::Time(at?));
    let source = [&referral.referral_source, &referral.call_to_action, &referral.campaign_id];
    [
        words("Status", [status, substatus, referral.status_reason.as_deref()]),
        cell("Deadline", Deadline::of(referral).map(Cell::Deadline)),
        parts("Kind", kind(referral)),
        cell("Value", referral.value().map(Cell::Money)),
        cell("Closing", details.closing.map(Cell::Date)),
        words("Stage", [referral.sales_stage.as_deref()]),
        cell("Created", time(referral.created)),
        cell("Updated", time(referral.updated)),
        cell("Accepted", time(referral.accepted)),
        cell("Closed", time(referral.closed)),
        words("Source", source.map(|part| part.as_deref())),
        words("Quality", [referral.quality.as_deref()]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn people(referral: &Referral) -> Vec<Field<'_>> {
    let mut fields = members("Contact", &referral.customer_profile.team);
    if referral.details.customer_requested_contact == Some(true) {
        fields.extend(words("", [Some("asks to be contacted")]));
    }
    fields.extend(members("Team", &referral.team));
    fields
}

fn members<'a>(label: &'static str, members: &'a [Member]) -> Vec<Field<'a>> {
    let fields = members.iter().enumerate().map(|(index, member)| {
        let [title, email, phone] = [&member.title, &member.email, &member.phone_number]
            .map(|part| part.as_deref().map(Cow::from));
        let label = if index == 0 { label } else { "" };
        parts(label, [member.full_name().map(Cow::from), title, email, phone])
    });
    fields.flatten().collect()
}

fn requirements(referral: &Referral) -> Vec<Field<'_>> {
    let wanted = &referral.details.requirements;
    let lists = [
        ("Solutions", &wanted.solutions),
        ("Products", &wanted.products),
        ("Services", &wanted.services),
        ("Industries", &wanted.industries),
    ];
    let fields = lists.map(|(label, list)| words(label, list.iter().map(Solution::label)));
    fields.into_iter().flatten().collect()
}

fn invitation(referral: &Referral) -> Vec<Field<'_>> {
    let Some(invite) = &referral.invite_context else { return Vec::new() };
    let sender = referral.sender().map(|sender| format!("from {sender}").into());
    let wanted = invite.assistance_request_code.as_deref().map(Cow::from);
    let heading = parts("Invitation", [sender, wanted]);
    let label = if heading.is_some() { "" } else { "Invitation" };
    heading.into_iter().chain(text(label, invite.notes.as_deref())).collect()
}

fn ids(referral: &Referral) -> Vec<Field<'_>> {
    let owner = referral.organization_name.as_ref().or(referral.organization_id.as_ref());
    [
        text("Id", referral.id.as_deref()),
        text("Engagement", referral.engagement_id.as_deref()),
        text("CRM id", referral.external_reference_id.as_deref()),
        text("Partner id", referral.mpn_id.as_deref()),
        text("MSX id", referral.tracking_info.microsoft_msx_id.as_deref()),
        text("Owner", owner.map(String::as_str)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A field of the parts that are there, or none.
fn parts<'a>(
    label: &'static str,
    parts: impl IntoIterator<Item = Option<Cow<'a, str>>>,
) -> Option<Field<'a>> {
    let parts: Vec<Cow<'a, str>> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then_some(Field { label, value: FieldValue::Parts(parts) })
}

fn words<'a>(
    label: &'static str,
    words: impl IntoIterator<Item = Option<&'a str>>,
) -> Option<Field<'a>> {
    parts(label, words.into_iter().map(|word| word.map(Cow::from)))
}

fn text<'a>(label: &'static str, text: Option<&'a str>) -> Option<Field<'a>> {
    text.map(|text| Field { label, value: FieldValue::Text(text) })
}

fn cell<'a>(label: &'static str, cell: Option<Cell<'a>>) -> Option<Field<'a>> {
    cell.map(|cell| Field { label, value: FieldValue::Cell(cell) })
}

/// `51to250employees` as people write it; any other code as it came (API §3.2).
fn employees(size: &str) -> Cow<'_, str> {
    let Some(range) = size.strip_suffix("employees") else { return size.into() };
    match (range.split_once("to"), range.strip_prefix("Morethan")) {
        (Some((from, to)), _) => format!("{from} to {to} employees").into(),
        (_, Some(least)) => format!("more than {least} employees").into(),
        _ => size.into(),
    }
}

/// The kind, and the direction with the sender; nothing where neither is known.
fn kind(referral: &Referral) -> Vec<Option<Cow<'_, str>>> {
    let direction: Option<Cow<'_, str>> = match (&referral.direction, referral.sender()) {
        (Some(Direction::Incoming), Some(sender)) => Some(format!("incoming from {sender}").into()),
        (Some(Direction::Incoming), None) => Some("incoming".into()),
        (Some(Direction::Outgoing), _) => Some("outgoing".into()),
        (other, _) => other.as_ref().map(|direction| direction.as_str().into()),
    };
    let kind = match referral.kind() {
        ReferralKind::Lead => "lead",
        ReferralKind::QualifiedLead => "qualified lead",
        ReferralKind::CoSell => "co-sell opportunity",
        ReferralKind::Other if direction.is_some() => "other",
        ReferralKind::Other => return Vec::new(),
    };
    vec![Some(kind.into()), direction]
}
