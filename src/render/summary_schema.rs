//! The JSON Schema of `summary --format json`.

use serde_json::{Map, Value, json};

/// Every name is required. What could not be listed is null, which only `--allow-partial` prints.
pub fn format_summary_schema() -> String {
    let properties: Map<String, Value> = PROPERTIES
        .iter()
        .map(|(name, kind, description)| {
            let mut schema = json!({ "$ref": format!("#/$defs/{kind}") });
            schema["description"] = (*description).into();
            ((*name).to_owned(), schema)
        })
        .collect();
    let required: Vec<&String> = properties.keys().collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The figures of `referrals summary --format json`",
        "description": "Times are RFC 3339 in UTC. Referrals that need no answer are counted in `informational` alone. \
            Percentages of fewer than five cases are null. Amounts of different currencies are never added. With \
            --allow-partial, what could not be listed is null.",
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
        "$defs": definitions(),
    });
    format!("{schema:#}\n")
}

/// Name, definition, description.
const PROPERTIES: &[(&str, &str, &str)] = &[
    ("as_of", "time", "the present time of these figures"),
    (
        "period",
        "period",
        "what the figures of the past look back on; `until` is null where it is not over",
    ),
    ("complete", "flag", "whether all referrals were listed"),
    (
        "answer_by_tomorrow",
        "urgent",
        "overdue, or the last day to answer is today or tomorrow in the local time zone; the soonest eight",
    ),
    ("waiting", "waiting", "incoming and New, by substatus"),
    ("at_stake", "money", "the values of those that wait"),
    ("overdue", "due", "waiting, the deadline is over"),
    ("due_24h", "due", "waiting, less than 24 hours are left; without the overdue ones"),
    ("due_72h", "due", "waiting, less than 72 hours are left; without the overdue ones"),
    ("due_7d", "due", "waiting, less than 7 days are left; without the overdue ones"),
    (
        "new_since_yesterday",
        "count",
        "waiting, created since the first moment of yesterday, local time",
    ),
    (
        "informational",
        "informational",
        "leads that need no answer (Get it now, Free trial, Test drive): those that are New, and those created in the period",
    ),
    ("open", "group", "Active, incoming and outgoing"),
    ("open_age", "ages", "open by the whole days since they were accepted"),
    ("stages", "stages", "open by sales stage: a percentage, a word as the API has it, or null"),
    ("needs_care", "figure", "open, with any of the five faults below"),
    ("overdue_close", "figure", "open, the expected closing day is over"),
    ("no_crm_id", "figure", "open, without externalReferenceId"),
    ("no_team", "figure", "open, nobody is on our team"),
    ("no_value", "figure", "open, without a value"),
    ("stale", "figure", "open, not updated for 30 days"),
    ("lapsed", "group", "incoming, archived unanswered in the period"),
    (
        "answered",
        "answered",
        "incoming, accepted (by acceptedDateTime) or declined (by closedDateTime) in the period",
    ),
    (
        "acceptance_rate",
        "rate",
        "of the incoming ones created in the period and answered or lapsed: the accepted ones",
    ),
    (
        "lapse_rate",
        "rate",
        "of the incoming ones created in the period and answered or lapsed: the lapsed ones",
    ),
    ("answer_time", "times", "from the creation to the answer, of those answered in the period"),
    ("answered_24h", "rate", "of those answered in the period: within 24 hours"),
    ("answered_72h", "rate", "of those answered in the period: within 72 hours"),
    (
        "win_rate_cosell",
        "win_rate",
        "Microsoft's: won / (accepted + outbound), each in the period; it can exceed 100",
    ),
    (
        "win_rate_leads",
        "win_rate",
        "Microsoft's: won / accepted, each in the period; it can exceed 100",
    ),
    ("win_time", "times", "from the creation to the win, of those won in the period"),
    ("won_value", "group", "won in the period, incoming and outgoing"),
    ("lost_value", "group", "lost in the period, incoming and outgoing"),
    ("reasons", "reasons", "the texts of statusReason of what was declined and lost in the period"),
    ("undated", "figure", "closed ones that are in no figure, because the API gives no date of it"),
];

fn definitions() -> Value {
    let text = json!({ "type": ["string", "null"] });
    let count = json!({ "$ref": "#/$defs/count" });
    let percent = json!({ "type": ["number", "null"], "minimum": 0 });
    let seconds = json!({ "type": ["integer", "null"], "minimum": 0 });
    let sums = json!({ "type": "array", "items": object(&[("currency", &text), ("amount", &json!({ "type": "number" }))]) });
    let sums: [(&str, &Value); 2] = [("sums", &sums), ("without_value", &count)];
    let time = json!({ "type": "string", "format": "date-time", "pattern": "Z$" });
    let time_or_null =
        json!({ "type": ["string", "null"], "format": "date-time", "pattern": "Z$" });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let reasons = list(object(&[("reason", &text), ("count", &count)]));
    let referrals = {
        let mut list = list(referral(&text, &time_or_null));
        list["maxItems"] = 8.into();
        list
    };
    json!({
        "time": time,
        "flag": { "type": "boolean" },
        "count": { "type": "integer", "minimum": 0 },
        "figure": { "type": ["integer", "null"], "minimum": 0 },
        "period": object(&[("from", &time), ("until", &time_or_null)]),
        "urgent": object(&[("count", &count), ("referrals", &referrals)]),
        "waiting": counts(&["count", "pending", "received", "estimated", "without_deadline"]),
        "due": counts(&["count", "estimated"]),
        "money": object(&sums),
        "informational": object(&[("waiting", &count), ("created", &json!({ "$ref": "#/$defs/figure" }))]),
        "group": nullable(object(&[sums[0], sums[1], ("count", &count)])),
        "ages": nullable(counts(&["0-30", "31-90", "91-180", "180+", "unknown"])),
        "stages": nullable(list(object(&[("stage", &text), ("count", &count)]))),
        "answered": nullable(counts(&["count", "accepted", "declined"])),
        "rate": nullable(object(&[("count", &count), ("of", &count), ("percent", &percent)])),
        "win_rate": nullable(object(&[
            ("won", &count),
            ("accepted", &count),
            ("outbound", &count),
            ("percent", &percent),
        ])),
        "times": nullable(object(&[
            ("count", &count),
            ("p50_seconds", &seconds),
            ("p90_seconds", &seconds),
        ])),
        "reasons": nullable(object(&[("declined", &reasons), ("lost", &reasons)])),
    })
}

fn referral(text: &Value, time: &Value) -> Value {
    let amount = json!({ "type": ["number", "null"] });
    let flag = json!({ "type": ["boolean", "null"] });
    let sellers = json!({ "type": "array", "items": { "type": "string" } });
    object(&[
        ("id", &json!({ "type": "string" })),
        ("customer", text),
        ("deal", text),
        ("kind", text),
        ("state", &json!({ "type": "string" })),
        ("value", &amount),
        ("currency", text),
        ("deadline", time),
        ("deadline_estimated", &flag),
        ("from", text),
        ("sellers", &sellers),
    ])
}

fn counts(names: &[&str]) -> Value {
    let count = json!({ "$ref": "#/$defs/count" });
    object(&names.iter().map(|name| (*name, &count)).collect::<Vec<_>>())
}

/// An object of exactly these members.
fn object(members: &[(&str, &Value)]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), (*schema).clone())).collect();
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

/// The same, or null.
fn nullable(mut schema: Value) -> Value {
    let kind = schema["type"].take();
    schema["type"] = json!([kind, "null"]);
    schema
}
