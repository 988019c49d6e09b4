//! The presets: what each importer of a CRM demands of a file (docs/crm.md).

use std::borrow::Cow;

use super::preset::{Preset, PresetColumn, PresetValue, Stages};

/// Where a lead comes from, in every CRM.
const SOURCE: &str = "Microsoft Partner Center";

pub static PRESETS: &[Preset] = &[
    Preset {
        name: Cow::Borrowed("salesforce-leads"),
        importer: "Salesforce, Data Import Wizard: leads",
        byte_order_mark: false,
        stages: None,
        columns: Cow::Borrowed(&[
            required("Last Name", PresetValue::Cell("last_name")),
            optional("First Name", PresetValue::Cell("first_name")),
            required("Company", PresetValue::Cell("customer")),
            optional("Email", PresetValue::Cell("contact_email")),
            optional("Phone", PresetValue::Cell("contact_phone")),
            optional("City", PresetValue::Cell("city")),
            optional("Country", PresetValue::Cell("country")),
            optional("Postal Code", PresetValue::Cell("postal_code")),
            optional("Lead Source", constant(SOURCE)),
            required("Lead Status", constant("Open - Not Contacted")),
            optional("Description", PresetValue::Cell("notes")),
            required("Referral Identifier", PresetValue::Cell("id")),
            optional("Referral Link", PresetValue::Link),
        ]),
    },
    Preset {
        name: Cow::Borrowed("salesforce-opportunities"),
        importer: "Salesforce, Data Loader: opportunities",
        byte_order_mark: false,
        stages: Some(SALESFORCE_STAGES),
        columns: Cow::Borrowed(&[
            required("Name", PresetValue::Cell("name")),
            required("StageName", PresetValue::Stage),
            required("CloseDate", PresetValue::Cell("closing")),
            optional("Amount", PresetValue::Cell("value")),
            optional("CurrencyIsoCode", PresetValue::Cell("currency")),
            optional("LeadSource", constant(SOURCE)),
            optional("Description", PresetValue::Cell("notes")),
            required("Referral_Identifier__c", PresetValue::Cell("id")),
            optional("Referral_Link__c", PresetValue::Link),
        ]),
    },
    Preset {
        name: Cow::Borrowed("dynamics-leads"),
        importer: "Dynamics 365 Sales, import of data: leads",
        byte_order_mark: true,
        stages: None,
        columns: Cow::Borrowed(&[
            required("Topic", PresetValue::Cell("topic")),
            optional("First Name", PresetValue::Cell("first_name")),
            required("Last Name", PresetValue::Cell("last_name")),
            optional("Company Name", PresetValue::Cell("customer")),
            optional("Email", PresetValue::Cell("contact_email")),
            optional("Business Phone", PresetValue::Cell("contact_phone")),
            optional("City", PresetValue::Cell("city")),
            optional("Country/Region", PresetValue::Cell("country")),
            optional("Budget Amount", PresetValue::Cell("value")),
            optional("Currency", PresetValue::Cell("currency")),
            optional("Description", PresetValue::Cell("notes")),
            required("Referral Identifier", PresetValue::Cell("id")),
        ]),
    },
    Preset {
        name: Cow::Borrowed("dynamics-opportunities"),
        importer: "Dynamics 365 Sales, import of data: opportunities",
        byte_order_mark: true,
        stages: None,
        columns: Cow::Borrowed(&[
            required("Topic", PresetValue::Cell("name")),
            optional("Account", PresetValue::Cell("customer")),
            optional("Est. Revenue", PresetValue::Cell("value")),
            optional("Est. Close Date", PresetValue::Cell("closing")),
            optional("Currency", PresetValue::Cell("currency")),
            optional("Description", PresetValue::Cell("notes")),
            required("Referral Identifier", PresetValue::Cell("id")),
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
            required("Deal Name", PresetValue::Cell("name")),
            required("Pipeline", constant("default")),
            required("Deal Stage", PresetValue::Stage),
            optional("Amount", PresetValue::Cell("value")),
            optional("Currency", PresetValue::Cell("currency")),
            optional("Close Date", PresetValue::Cell("closing")),
            optional("Deal owner", PresetValue::Cell("owner")),
            optional("Deal Description", PresetValue::Cell("notes")),
            required("Microsoft referral ID", PresetValue::Cell("id")),
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

const fn required(heading: &'static str, value: PresetValue) -> PresetColumn {
    PresetColumn { heading: Cow::Borrowed(heading), is_required: true, value }
}

const fn optional(heading: &'static str, value: PresetValue) -> PresetColumn {
    PresetColumn { heading: Cow::Borrowed(heading), is_required: false, value }
}

const fn constant(text: &'static str) -> PresetValue {
    PresetValue::Constant(Cow::Borrowed(text))
}

/// The built-in preset of this name, in any case.
pub fn find_preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::error::Result;

    /// The values by heading, as CSV has them.
    fn values(preset: &Preset, json: &str) -> Vec<(String, String)> {
        let referral = samples::referral(json);
        let row = preset.row(&referral, Some("https://portal.example/{id}"));
        let texts = row.cells.iter().map(|cell| format!("{:?}", cell.to_scalar()));
        preset.columns.iter().map(|column| column.heading.to_string()).zip(texts).collect()
    }

    fn value(preset: &Preset, json: &str, heading: &str) -> String {
        let found = values(preset, json).into_iter().find(|(name, _)| name == heading);
        found.unwrap().1
    }

    fn lacking(name: &str, json: &str) -> String {
        let preset = find_preset(name).unwrap();
        let referral = samples::referral(json);
        let places = preset.lacking(&preset.row(&referral, None));
        let headings = places.iter().map(|place| &*preset.columns[*place].heading);
        headings.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn every_preset_has_a_key_and_headings_that_differ() {
        for preset in PRESETS {
            let keys =
                preset.columns.iter().filter(|one| matches!(one.value, PresetValue::Cell("id")));
            assert!(keys.clone().count() == 1 && keys.clone().all(|key| key.is_required));
            let mut headings: Vec<_> = preset.columns.iter().map(|one| &*one.heading).collect();
            headings.sort_unstable();
            headings.dedup();
            assert_eq!(headings.len(), preset.columns.len(), "{}", preset.name);
            let has_stage =
                preset.columns.iter().any(|one| matches!(one.value, PresetValue::Stage));
            assert_eq!(has_stage, preset.stages.is_some(), "{}", preset.name);
            for column in &*preset.columns {
                assert!(!column.value.describe().is_empty());
            }
        }
    }

    #[test]
    fn nothing_is_invented_for_a_row_that_lacks_what_the_importer_demands() {
        for (preset, json, expected) in [
            ("salesforce-leads", samples::LEAD, ""),
            ("salesforce-leads", samples::ACTIVE, "Last Name"),
            ("salesforce-leads", "{}", "Last Name,Company,Referral Identifier"),
            ("salesforce-opportunities", samples::INVITATION, ""),
            ("salesforce-opportunities", samples::ACTIVE, "CloseDate"),
            (
                "salesforce-opportunities",
                r#"{"id":"1","name":" ","status":"Odd",
                "details":{"closingDateTime":"9999-12-31T00:00:00Z"}}"#,
                "Name,StageName,CloseDate",
            ),
            ("dynamics-leads", samples::LEAD, ""),
            ("dynamics-opportunities", samples::LEAD, "Topic"),
            ("hubspot-deals", samples::ACTIVE, ""),
            ("hubspot-deals", samples::LEAD, "Deal Name"),
        ] {
            assert_eq!(lacking(preset, json), expected, "{preset}");
        }
    }

    #[test]
    fn the_stage_is_the_importers_word_for_the_status() {
        let preset = find_preset("HubSpot-Deals").unwrap();
        for (status, substatus, word) in [
            ("New", "Pending", r#"Text("appointmentscheduled")"#),
            ("Active", "Accepted", r#"Text("qualifiedtobuy")"#),
            ("Closed", "Won", r#"Text("closedwon")"#),
            ("Closed", "Lost", r#"Text("closedlost")"#),
            ("Closed", "Expired", r#"Text("closedlost")"#),
            ("Odd", "Won", "Empty"),
        ] {
            let json = format!(r#"{{"status":"{status}","substatus":"{substatus}"}}"#);
            assert_eq!(value(preset, &json, "Deal Stage"), word, "{status} {substatus}");
        }
    }

    #[test]
    fn a_link_is_written_for_an_id_alone() {
        let preset = find_preset("salesforce-leads").unwrap();
        let link = |json| value(preset, json, "Referral Link");
        assert!(link(samples::LEAD).contains("https://portal.example/3b0c6f7e-"));
        assert_eq!(link(samples::HOSTILE), "Empty");
    }

    #[test]
    fn a_preset_of_the_user_changes_one_that_is_built_in() {
        let mut preset = find_preset("hubspot-deals").unwrap().clone();
        preset.set_constant("Pipeline", "Partners").unwrap();
        preset.set_stage("active", "contractsent").unwrap();
        preset.rename("Microsoft referral ID", "Referral").unwrap();
        preset.leave_out("Deal owner").unwrap();
        let row = values(&preset, samples::ACTIVE);
        let find = |heading: &str| row.iter().find(|(name, _)| name == heading).map(|one| &*one.1);
        assert_eq!(find("Pipeline"), Some(r#"Text("Partners")"#));
        assert_eq!(find("Deal Stage"), Some(r#"Text("contractsent")"#));
        assert!(find("Referral").is_some() && find("Microsoft referral ID").is_none());
        assert_eq!(find("Deal owner"), None);
    }

    #[test]
    fn each_stage_can_have_another_word() {
        let mut preset = find_preset("hubspot-deals").unwrap().clone();
        for stage in Stages::WORDS {
            preset.set_stage(stage, &format!("my {stage}")).unwrap();
        }
        for (stage, word) in preset.stages.as_ref().unwrap().pairs() {
            assert_eq!(word, format!("my {stage}"));
        }
    }

    #[test]
    fn a_blank_constant_is_none() {
        let mut preset = find_preset("hubspot-deals").unwrap().clone();
        preset.set_constant("Pipeline", " ").unwrap();
        let referral = samples::referral(samples::ACTIVE);
        let lacking = preset.lacking(&preset.row(&referral, None));
        let headings: Vec<_> =
            lacking.iter().map(|place| &*preset.columns[*place].heading).collect();
        assert_eq!(headings, ["Pipeline"]);
    }

    #[test]
    fn a_change_of_what_there_is_not_is_refused_with_what_was_meant() {
        let mut preset = find_preset("hubspot-deals").unwrap().clone();
        let hint = |result: Result<()>| result.unwrap_err().report();
        for (report, words) in [
            (hint(preset.set_constant("Pipline", "x")), "did you mean \"Pipeline\"?"),
            (hint(preset.set_constant("Amount", "x")), "known: Pipeline"),
            (hint(preset.set_stage("one", "x")), "known: new, active, won, lost"),
            (hint(preset.rename("Deal Nam", "x")), "did you mean \"Deal Name\"?"),
            (hint(preset.rename("Amount", "Currency")), "is there already"),
            (hint(preset.leave_out("Pipeline")), "cannot be left out"),
        ] {
            assert!(report.contains(words), "{words}: {report}");
        }
        let mut preset = find_preset("dynamics-leads").unwrap().clone();
        assert!(hint(preset.set_stage("won", "x")).contains("has no stages"));
    }
}
