//! The presets: what each importer of a CRM demands of a file (docs/crm.md).

use std::borrow::Cow;

use super::cell::Cell;
use super::column::Column;
use super::list::COLUMNS;
use super::preset::{Preset, PresetColumn, Stages, Value};
use crate::model::Referral;

/// Where a lead comes from, in every CRM.
const SOURCE: &str = "Microsoft Partner Center";

pub static PRESETS: &[Preset] = &[
    Preset {
        name: Cow::Borrowed("salesforce-leads"),
        importer: "Salesforce, Data Import Wizard: leads",
        byte_order_mark: false,
        stages: None,
        columns: Cow::Borrowed(&[
            required("Last Name", Value::Cell("last_name")),
            optional("First Name", Value::Cell("first_name")),
            required("Company", Value::Cell("customer")),
            optional("Email", Value::Cell("contact_email")),
            optional("Phone", Value::Cell("contact_phone")),
            optional("City", Value::Cell("city")),
            optional("Country", Value::Cell("country")),
            optional("Postal Code", Value::Cell("postal_code")),
            optional("Lead Source", constant(SOURCE)),
            required("Lead Status", constant("Open - Not Contacted")),
            optional("Description", Value::Cell("notes")),
            required("Referral Identifier", Value::Cell("id")),
            optional("Referral Link", Value::Link),
        ]),
    },
    Preset {
        name: Cow::Borrowed("salesforce-opportunities"),
        importer: "Salesforce, Data Loader: opportunities",
        byte_order_mark: false,
        stages: Some(SALESFORCE_STAGES),
        columns: Cow::Borrowed(&[
            required("Name", Value::Cell("name")),
            required("StageName", Value::Stage),
            required("CloseDate", Value::Cell("closing")),
            optional("Amount", Value::Cell("value")),
            optional("CurrencyIsoCode", Value::Cell("currency")),
            optional("LeadSource", constant(SOURCE)),
            optional("Description", Value::Cell("notes")),
            required("Referral_Identifier__c", Value::Cell("id")),
            optional("Referral_Link__c", Value::Link),
        ]),
    },
    Preset {
        name: Cow::Borrowed("dynamics-leads"),
        importer: "Dynamics 365 Sales, import of data: leads",
        byte_order_mark: true,
        stages: None,
        columns: Cow::Borrowed(&[
            required("Topic", Value::Cell("topic")),
            optional("First Name", Value::Cell("first_name")),
            required("Last Name", Value::Cell("last_name")),
            optional("Company Name", Value::Cell("customer")),
            optional("Email", Value::Cell("contact_email")),
            optional("Business Phone", Value::Cell("contact_phone")),
            optional("City", Value::Cell("city")),
            optional("Country/Region", Value::Cell("country")),
            optional("Budget Amount", Value::Cell("value")),
            optional("Currency", Value::Cell("currency")),
            optional("Description", Value::Cell("notes")),
            required("Referral Identifier", Value::Cell("id")),
        ]),
    },
    Preset {
        name: Cow::Borrowed("dynamics-opportunities"),
        importer: "Dynamics 365 Sales, import of data: opportunities",
        byte_order_mark: true,
        stages: None,
        columns: Cow::Borrowed(&[
            required("Topic", Value::Cell("name")),
            optional("Account", Value::Cell("customer")),
            optional("Est. Revenue", Value::Cell("value")),
            optional("Est. Close Date", Value::Cell("closing")),
            optional("Currency", Value::Cell("currency")),
            optional("Description", Value::Cell("notes")),
            required("Referral Identifier", Value::Cell("id")),
        ]),
    },
    Preset {
        name: Cow::Borrowed("hubspot-deals"),
        importer: "HubSpot, import of a file: deals",
        byte_order_mark: false,
        stages: Some(Stages {
            new: Cow::Borrowed("appointmentscheduled"),
            active: Cow::Borrowed("qualifiedtobuy"),
            won: Cow::Borrowed("closedwon"),
            lost: Cow::Borrowed("closedlost"),
        }),
        columns: Cow::Borrowed(&[
            required("Deal Name", Value::Cell("name")),
            required("Pipeline", constant("default")),
            required("Deal Stage", Value::Stage),
            optional("Amount", Value::Cell("value")),
            optional("Currency", Value::Cell("currency")),
            optional("Close Date", Value::Cell("closing")),
            optional("Deal owner", Value::Cell("owner")),
            optional("Deal Description", Value::Cell("notes")),
            required("Microsoft referral ID", Value::Cell("id")),
        ]),
    },
];

/// Of the sales process that every organisation of Salesforce starts with.
const SALESFORCE_STAGES: Stages = Stages {
    new: Cow::Borrowed("Prospecting"),
    active: Cow::Borrowed("Qualification"),
    won: Cow::Borrowed("Closed Won"),
    lost: Cow::Borrowed("Closed Lost"),
};

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
    let name = referral.name.as_deref().filter(|name| !name.trim().is_empty());
    Cell::text(name.or(referral.customer_profile.name.as_deref()))
}

/// The column whose cells a preset has, which must exist.
pub(super) fn source(name: &str) -> &'static Column {
    let mut columns = FURTHER.iter().chain(COLUMNS);
    columns.find(|column| column.head.name == name).expect("presets name columns that exist")
}

const fn required(heading: &'static str, value: Value) -> PresetColumn {
    PresetColumn { heading: Cow::Borrowed(heading), is_required: true, value }
}

const fn optional(heading: &'static str, value: Value) -> PresetColumn {
    PresetColumn { heading: Cow::Borrowed(heading), is_required: false, value }
}

const fn constant(text: &'static str) -> Value {
    Value::Constant(Cow::Borrowed(text))
}
