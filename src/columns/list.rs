//! The columns. Their order is the order of CSV files, workbooks and flat JSON records, and is not changed lightly.

use super::cell::{Cell, Shape};
use super::column::Column;
use crate::model::{
    Deadline, Direction, Member, Qualification, ReferralKind, ReferralType, Solution, Status,
    Substatus,
};

/// Every column, in the order of files.
pub static COLUMNS: &[Column] = &[
    Column::text("id", "Id", "the referral's id, which `show` takes", |r| {
        Cell::text(r.id.as_deref())
    })
    .priority(8)
    .whole(),
    Column::text(
        "engagement",
        "Engagement",
        "the deal's id; several referrals may share it",
        |r| Cell::text(r.engagement_id.as_deref()),
    )
    .priority(9)
    .whole(),
    Column::text("name", "Name", "the deal's name", |r| Cell::text(r.name.as_deref()))
        .priority(3)
        .cells(12, 40),
    Column::text("customer", "Customer", "the customer's name", |r| {
        Cell::text(r.customer_profile.name.as_deref())
    })
    .priority(1)
    .cells(12, 32),
    Column::text("city", "City", "the customer's city", |r| {
        Cell::text(r.customer_profile.address.city.as_deref())
    })
    .cells(8, 20),
    Column::text(
        "country",
        "Country",
        "the customer's country, usually two letters (ISO 3166-1)",
        |r| Cell::text(r.customer_profile.address.country.as_deref()),
    )
    .priority(6)
    .cells(7, 20),
    Column::text("status", "Status", "New, Active or Closed", |r| {
        Cell::text(r.status.as_ref().map(Status::as_str))
    })
    .priority(3)
    .cells(6, 20),
    Column::text(
        "substatus",
        "Substatus",
        "Pending, Received, Accepted, Won, Lost, Declined, Expired or Error",
        |r| Cell::text(r.substatus.as_ref().map(Substatus::as_str)),
    )
    .priority(5)
    .cells(8, 20),
    Column::text(
        "status_reason",
        "Status reason",
        "why it stands there, such as why a deal was lost",
        |r| Cell::text(r.status_reason.as_deref()),
    ),
    Column::text("kind", "Kind", "lead, qualified-lead, co-sell or other", |r| {
        Cell::text(Some(ReferralKind::as_str(r.kind())))
    })
    .priority(6)
    .cells(7, 20),
    Column::text("type", "Type", "Shared (others take part) or Independent", |r| {
        Cell::text(r.referral_type.as_ref().map(ReferralType::as_str))
    })
    .cells(6, 20),
    Column::text(
        "qualification",
        "Qualification",
        "Direct, MarketingQualified, SalesQualified or None",
        |r| Cell::text(r.qualification.as_ref().map(Qualification::as_str)),
    )
    .cells(8, 20),
    Column::text("direction", "Direction", "Incoming or Outgoing", |r| {
        Cell::text(r.direction.as_ref().map(Direction::as_str))
    })
    .cells(8, 20),
    Column::text("from", "From", "the organisation that sent it", |r| Cell::text(r.sender()))
        .priority(5)
        .cells(8, 24),
    Column::new(
        "deadline",
        "Deadline",
        Shape::Deadline,
        "when it lapses; empty where no answer is needed",
        |r| Deadline::of(r).map_or(Cell::Empty, Cell::Deadline),
    )
    .priority(0),
    Column::new(
        "deadline_estimated",
        "Deadline estimated",
        Shape::Flag,
        "whether the deadline is computed because the API gave none",
        |r| Deadline::of(r).map_or(Cell::Empty, |deadline| Cell::Flag(deadline.estimated)),
    ),
    Column::new("created", "Created", Shape::Time, "when it was made", |r| Cell::time(r.created))
        .priority(4),
    Column::new("updated", "Updated", Shape::Time, "when it last changed", |r| {
        Cell::time(r.updated)
    })
    .priority(4),
    Column::new("accepted", "Accepted", Shape::Time, "when it was accepted", |r| {
        Cell::time(r.accepted)
    }),
    Column::new("closed", "Closed", Shape::Time, "when it was closed", |r| Cell::time(r.closed)),
    Column::new(
        "value",
        "Value",
        Shape::Money,
        "the amount at stake; a table shows its currency with it",
        |r| r.value().map_or(Cell::Empty, Cell::Money),
    )
    .priority(2),
    Column::text("currency", "Currency", "the amount's currency (ISO 4217)", |r| {
        let currency = r.details.currency.as_ref();
        currency.map_or(Cell::Empty, |code| Cell::Text(code.to_ascii_uppercase().into()))
    }),
    Column::new("closing", "Closing", Shape::Date, "the day the deal is expected to close", |r| {
        r.details.closing.map_or(Cell::Empty, Cell::Date)
    })
    .priority(5),
    Column::new(
        "sellers",
        "Sellers",
        Shape::List,
        "the e-mail addresses of the people on our side",
        |r| Cell::list(r.sellers()),
    )
    .cells(10, 50),
    Column::text("contact", "Contact", "the customer's first contact, by name", |r| {
        let name = r.customer_profile.team.first().and_then(Member::full_name);
        name.map_or(Cell::Empty, |name| Cell::Text(name.into()))
    }),
    Column::text("contact_email", "Contact e-mail", "that contact's e-mail address", |r| {
        let contact = r.customer_profile.team.first();
        Cell::text(contact.and_then(|member| member.email.as_deref()))
    })
    .cells(10, 50),
    Column::text("contact_phone", "Contact phone", "that contact's phone number", |r| {
        let contact = r.customer_profile.team.first();
        Cell::text(contact.and_then(|member| member.phone_number.as_deref()))
    }),
    Column::new(
        "products",
        "Products",
        Shape::List,
        "the Microsoft products the customer wants",
        |r| labels(&r.details.requirements.products),
    )
    .cells(8, 40),
    Column::new("solutions", "Solutions", Shape::List, "our solutions in the deal", |r| {
        labels(&r.details.requirements.solutions)
    })
    .cells(8, 40),
    Column::text("source", "Source", "where a lead came from", |r| {
        Cell::text(r.referral_source.as_deref())
    }),
    Column::text("call_to_action", "Call to action", "what a lead's sender clicked", |r| {
        Cell::text(r.call_to_action.as_deref())
    }),
    Column::text("quality", "Quality", "Microsoft's judgement of a lead", |r| {
        Cell::text(r.quality.as_deref())
    }),
    Column::text("sales_stage", "Sales stage", "the sales stage, a percentage or a word", |r| {
        Cell::text(r.sales_stage.as_deref())
    }),
    Column::text("campaign", "Campaign", "the marketing campaign", |r| {
        Cell::text(r.campaign_id.as_deref())
    }),
    Column::text("crm_id", "CRM id", "the deal's id in our CRM", |r| {
        Cell::text(r.external_reference_id.as_deref())
    }),
    Column::text("partner_id", "Partner id", "the location's PartnerID (formerly MPN id)", |r| {
        Cell::text(r.mpn_id.as_deref())
    }),
    Column::text("msx_id", "MSX id", "the deal's id in Microsoft's sales system", |r| {
        Cell::text(r.tracking_info.microsoft_msx_id.as_deref())
    }),
    Column::text("organization", "Organization", "our organisation that owns this copy", |r| {
        let name = r.organization_name.as_deref();
        Cell::text(name.or(r.organization_id.as_deref()))
    }),
    Column::text("notes", "Notes", "the notes; on a lead, the customer's message", |r| {
        Cell::text(r.details.notes.as_deref())
    })
    .priority(9)
    .cells(10, 60),
];

fn labels(entries: &[Solution]) -> Cell<'_> {
    Cell::list(entries.iter().filter_map(Solution::label))
}
