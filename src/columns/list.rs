//! The list of columns. Scripts rely on its order in CSV files, so new columns go to the end.

use super::cell::{Cell, Shape};
use super::column::{Column, View};
use crate::model::{
    Deadline, Direction, Member, Qualification, ReferralKind, ReferralType, Solution, Status,
    Substatus,
};

pub static COLUMNS: &[Column] = &[
    Column::text("id", "Id", "the referral id, as in `referrals show ID`", |r| {
        Cell::text(r.id.as_deref())
    })
    .view(View::Id)
    .never_truncated(),
    Column::text(
        "engagement",
        "Engagement",
        "the engagement (deal) id; several referrals may share it",
        |r| Cell::text(r.engagement_id.as_deref()),
    )
    .never_truncated(),
    Column::text("name", "Name", "the name of the deal", |r| Cell::text(r.name.as_deref()))
        .min_width(12),
    Column::text("customer", "Customer", "the name of the customer", |r| {
        Cell::text(r.customer_profile.name.as_deref())
    })
    .min_width(12),
    Column::text("city", "City", "the city of the customer", |r| {
        Cell::text(r.customer_profile.address.city.as_deref())
    })
    .min_width(8),
    Column::text(
        "country",
        "Country",
        "the country of the customer, usually an ISO 3166-1 code",
        |r| Cell::text(r.customer_profile.address.country.as_deref()),
    )
    .min_width(7),
    Column::text("status", "Status", "New, Active or Closed", |r| {
        Cell::text(r.status.as_ref().map(Status::as_str))
    })
    .min_width(6),
    Column::text(
        "substatus",
        "Substatus",
        "Pending, Received, Accepted, Won, Lost, Declined, Expired or Error",
        |r| Cell::text(r.substatus.as_ref().map(Substatus::as_str)),
    )
    .min_width(8),
    Column::text(
        "status_reason",
        "Status reason",
        "the reason for the status, such as why a deal was lost",
        |r| Cell::text(r.status_reason.as_deref()),
    ),
    Column::text(
        "kind",
        "Kind",
        "lead, qualified-lead, co-sell or other; empty if it cannot be told",
        |r| Cell::text(r.kind().map(ReferralKind::as_str)),
    )
    .min_width(7),
    Column::text(
        "type",
        "Type",
        "Shared (with Microsoft or another partner) or Independent",
        |r| Cell::text(r.referral_type.as_ref().map(ReferralType::as_str)),
    )
    .min_width(6),
    Column::text(
        "qualification",
        "Qualification",
        "Direct, MarketingQualified, SalesQualified or None",
        |r| Cell::text(r.qualification.as_ref().map(Qualification::as_str)),
    )
    .min_width(8),
    Column::text("direction", "Direction", "Incoming or Outgoing", |r| {
        Cell::text(r.direction.as_ref().map(Direction::as_str))
    })
    .min_width(8),
    Column::text("from", "From", "the organisation that sent the referral", |r| {
        Cell::text(r.sender())
    })
    .min_width(8),
    Column::new(
        "deadline",
        "Deadline",
        Shape::Deadline,
        "when the referral lapses; empty if it does not, or if that is not known",
        Cell::deadline,
    ),
    Column::new(
        "deadline_estimated",
        "Deadline estimated",
        Shape::Flag,
        "whether the API gave no deadline, and it is estimated",
        |r| Deadline::of(r).map_or(Cell::Empty, |deadline| Cell::Flag(deadline.estimated)),
    ),
    Column::new("created", "Created", Shape::Time, "when the referral was created", |r| {
        Cell::time(r.created)
    }),
    Column::new("updated", "Updated", Shape::Time, "when the referral was last updated", |r| {
        Cell::time(r.updated)
    }),
    Column::new("accepted", "Accepted", Shape::Time, "when the referral was accepted", |r| {
        Cell::time(r.accepted)
    }),
    Column::new("closed", "Closed", Shape::Time, "when the referral was closed", |r| {
        Cell::time(r.closed)
    }),
    Column::new(
        "value",
        "Value",
        Shape::Money,
        "the value of the deal; a table adds the currency",
        |r| r.value().map_or(Cell::Empty, Cell::Money),
    ),
    Column::text("currency", "Currency", "the currency of the value (ISO 4217)", |r| {
        let currency = r.details.currency.as_ref();
        currency.map_or(Cell::Empty, |code| Cell::Text(code.to_ascii_uppercase().into()))
    }),
    Column::new(
        "closing",
        "Closing",
        Shape::Date,
        "the day on which the deal is expected to close",
        |r| Cell::closing_day(r.details.closing),
    ),
    Column::new(
        "sellers",
        "Sellers",
        Shape::List,
        "the e-mail addresses of our team members",
        |r| Cell::list(r.sellers()),
    )
    .min_width(10),
    Column::text("contact", "Contact", "the name of the customer's first contact", |r| {
        let name = r.customer_profile.team.first().and_then(Member::full_name);
        name.map_or(Cell::Empty, |name| Cell::Text(name.into()))
    }),
    Column::text("contact_email", "Contact e-mail", "the e-mail address of that contact", |r| {
        let contact = r.customer_profile.team.first();
        Cell::text(contact.and_then(|member| member.email.as_deref()))
    })
    .min_width(10),
    Column::text("contact_phone", "Contact phone", "the phone number of that contact", |r| {
        let contact = r.customer_profile.team.first();
        Cell::text(contact.and_then(|member| member.phone_number.as_deref()))
    }),
    Column::new(
        "products",
        "Products",
        Shape::List,
        "the Microsoft products that the customer wants",
        |r| list_labels(&r.details.requirements.products),
    )
    .min_width(8),
    Column::new("solutions", "Solutions", Shape::List, "our solutions in the deal", |r| {
        list_labels(&r.details.requirements.solutions)
    })
    .min_width(8),
    Column::text("source", "Source", "where the lead came from", |r| {
        Cell::text(r.referral_source.as_deref())
    }),
    Column::text(
        "call_to_action",
        "Call to action",
        "what the customer clicked to send the lead",
        |r| Cell::text(r.call_to_action.as_deref()),
    ),
    Column::text("quality", "Quality", "Microsoft's rating of the lead", |r| {
        Cell::text(r.quality.as_deref())
    }),
    Column::text("sales_stage", "Sales stage", "the sales stage, as a percentage or a word", |r| {
        Cell::text(r.sales_stage.as_deref())
    }),
    Column::text("campaign", "Campaign", "the id of the marketing campaign", |r| {
        Cell::text(r.campaign_id.as_deref())
    }),
    Column::text("crm_id", "CRM id", "the id of the deal in our CRM", |r| {
        Cell::text(r.external_reference_id.as_deref())
    }),
    Column::text(
        "partner_id",
        "Partner id",
        "the PartnerID of the location (formerly MPN ID)",
        |r| Cell::text(r.mpn_id.as_deref()),
    ),
    Column::text("msx_id", "MSX id", "the id of the deal in Microsoft's sales system (MSX)", |r| {
        Cell::text(r.tracking_info.microsoft_msx_id.as_deref())
    }),
    Column::text(
        "organization",
        "Organization",
        "the partner organisation that owns the referral",
        |r| {
            let name = r.organization_name.as_deref();
            Cell::text(name.or(r.organization_id.as_deref()))
        },
    ),
    Column::text("notes", "Notes", "the notes; for a lead, the customer's message", |r| {
        Cell::text(r.details.notes.as_deref())
    })
    .min_width(10),
];

/// Depends on the time, which a referral does not know: its cells are made by what writes the rows. Not among
/// [`COLUMNS`], because files have the same cells whenever they are written.
pub static CARE: Column = Column::new(
    "care",
    "Care",
    Shape::List,
    "what an open deal lacks: past closing, no CRM id, no team, no value, stale (30 days); in no file unless chosen, or with `list --check`",
    |_| Cell::Empty,
);

/// What can be chosen.
pub fn list_choices() -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().chain([&CARE])
}

fn list_labels(solutions: &[Solution]) -> Cell<'_> {
    Cell::list(solutions.iter().filter_map(Solution::label))
}
