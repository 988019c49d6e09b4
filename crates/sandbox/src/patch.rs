//! JSON Patch (RFC 6902), as far as the API takes it: `add` and `replace` of a few members.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// The most members of a team (API §6.4).
const MAX_TEAM: usize = 50;

/// Why a patch is refused, and what to tell (RFC 5789 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no JSON Patch: 400.
    Malformed(String),
    /// It is one that the API does not take, or that would make a referral invalid: 422.
    Invalid(String),
    /// It does not go with the state of the referral: 409.
    Conflict(String),
}

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Of `status` and `substatus`, which `transition.rs` checks.
    Word,
    Text,
    /// Text that is not blank.
    Name,
    /// A number or its text; kept as a number, as reads give it (API §3.3).
    Money,
    /// Three capital letters.
    Currency,
    Instant,
    /// One of the percentages that can be set (API §4.5).
    Stage,
    /// A person to add to the team.
    Member,
}

/// Path, whether a page of the API shows it (API §1.2), and what its value has to be. The paths that no page shows are the
/// other members of the resource that the portal lets a partner edit.
const TARGETS: &[(&str, bool, Kind)] = &[
    ("/status", true, Kind::Word),
    ("/substatus", true, Kind::Word),
    ("/details/dealValue", true, Kind::Money),
    ("/details/notes", true, Kind::Text),
    (TEAM, true, Kind::Member),
    ("/statusReason", false, Kind::Name),
    ("/name", false, Kind::Name),
    ("/details/currency", false, Kind::Currency),
    ("/details/closingDateTime", false, Kind::Instant),
    ("/externalReferenceId", false, Kind::Text),
    ("/campaignId", false, Kind::Text),
    ("/salesStage", false, Kind::Stage),
];

/// The end of the team.
const TEAM: &str = "/team/-";

/// An operation that the API takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    /// Otherwise it is `add`.
    is_replace: bool,
    path: &'static str,
    value: Value,
}

/// Reads a patch. Without `allow_undocumented`, it may only have the paths that a page of the API shows.
pub(crate) fn parse_patch(
    body: &[u8],
    allow_undocumented: bool,
) -> Result<Vec<Operation>, Refusal> {
    let patch: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::Malformed(format!("the body is not JSON: {error}")))?;
    let Value::Array(operations) = patch else {
        return Err(Refusal::Malformed("a JSON Patch is an array of operations".to_owned()));
    };
    operations.iter().map(|it| parse_operation(it, allow_undocumented)).collect()
}

fn parse_operation(operation: &Value, allow_undocumented: bool) -> Result<Operation, Refusal> {
    let text = |name: &str| {
        let value = operation[name].as_str();
        value.ok_or_else(|| Refusal::Malformed(format!("an operation has no {name:?}")))
    };
    let (op, path) = (text("op")?, text("path")?);
    let is_replace = match op {
        "replace" => true,
        "add" => false,
        "remove" | "move" | "copy" | "test" => {
            return Err(Refusal::Invalid(format!("the operation {op:?} is not supported")));
        }
        _ => return Err(Refusal::Malformed(format!("there is no operation {op:?}"))),
    };
    if !path.is_empty() && !path.starts_with('/') {
        return Err(Refusal::Malformed(format!("{path:?} is not a JSON Pointer")));
    }
    let Some(value) = operation.get("value") else {
        return Err(Refusal::Malformed(format!("the operation on {path} has no \"value\"")));
    };
    let target = TARGETS
        .iter()
        .find(|(known, documented, _)| *known == path && (*documented || allow_undocumented));
    let Some((path, _, kind)) = target else {
        return Err(Refusal::Invalid(format!("{path} cannot be changed")));
    };
    if is_replace && *path == TEAM {
        return Err(Refusal::Invalid(
            "there is nothing to replace at the end of the team".to_owned(),
        ));
    }
    let value = check_value(*kind, value)
        .ok_or_else(|| Refusal::Invalid(format!("the value of {path} is not valid")))?;
    Ok(Operation { is_replace, path, value })
}

/// The value as it is kept.
fn check_value(kind: Kind, value: &Value) -> Option<Value> {
    if kind == Kind::Member {
        return is_member(value.as_object()?).then(|| value.clone());
    }
    if kind == Kind::Money && value.is_number() {
        return value.as_f64().is_some_and(|number| number >= 0.0).then(|| value.clone());
    }
    let text = value.as_str()?;
    let is_valid = match kind {
        Kind::Money => {
            let number: Decimal =
                text.parse().ok().filter(|it: &Decimal| !it.is_sign_negative())?;
            return serde_json::from_str(&number.to_string()).ok();
        }
        Kind::Word | Kind::Text => true,
        Kind::Name => !text.trim().is_empty(),
        Kind::Currency => text.len() == 3 && text.bytes().all(|it| it.is_ascii_uppercase()),
        Kind::Instant => text.parse::<Timestamp>().is_ok(),
        Kind::Stage => ["20", "40", "60", "80"].contains(&text),
        Kind::Member => false,
    };
    is_valid.then(|| value.clone())
}

/// Whether it has an address, and nothing that the documented sample does not have (API §1.2).
fn is_member(member: &Map<String, Value>) -> bool {
    let names = ["email", "firstName", "lastName", "phoneNumber"];
    member.iter().all(|(name, value)| names.contains(&name.as_str()) && value.is_string())
        && member.get("email").and_then(Value::as_str).is_some_and(|email| email.contains('@'))
}

/// Carries out the operations in order. What is left after a refusal is not to be kept.
pub(crate) fn apply(row: &mut Value, operations: &[Operation]) -> Result<(), Refusal> {
    operations.iter().try_for_each(|operation| apply_one(row, operation))
}

fn apply_one(row: &mut Value, operation: &Operation) -> Result<(), Refusal> {
    let Operation { is_replace, path, value } = operation;
    let missing = || Refusal::Conflict(format!("{path} does not exist"));
    if *path == TEAM {
        return add_member(row, value);
    }
    let (parent, name) = path.rsplit_once('/').ok_or_else(missing)?;
    let parent = row.pointer_mut(parent).and_then(Value::as_object_mut).ok_or_else(missing)?;
    if *is_replace && !parent.contains_key(name) {
        return Err(missing());
    }
    parent.insert(name.to_owned(), value.clone());
    Ok(())
}

/// A referral that has no team yet gets one; its team may also be a single object (API §4.7).
fn add_member(row: &mut Value, member: &Value) -> Result<(), Refusal> {
    let row = row.as_object_mut().ok_or_else(|| Refusal::Conflict("no referral".to_owned()))?;
    let mut team = match row.remove("team") {
        Some(Value::Array(team)) => team,
        None | Some(Value::Null) => Vec::new(),
        Some(other) => vec![other],
    };
    if team.len() >= MAX_TEAM {
        return Err(Refusal::Invalid(format!("a team has at most {MAX_TEAM} members")));
    }
    team.push(member.clone());
    row.insert("team".to_owned(), Value::Array(team));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply_to(mut row: Value, patch: &Value) -> Result<Value, Refusal> {
        let operations = parse_patch(patch.to_string().as_bytes(), true)?;
        apply(&mut row, &operations).map(|()| row)
    }

    fn operation(op: &str, path: &str, value: impl Into<Value>) -> Value {
        json!([{"op": op, "path": path, "value": value.into()}])
    }

    #[test]
    fn members_are_added_and_replaced() {
        let row = json!({"name": "old", "campaignId": null, "details": {"notes": "n"}});
        let ada = json!({"email": "ada@a.example", "firstName": "Ada", "lastName": "L", "phoneNumber": "+1"});
        for (patch, expected) in [
            (operation("replace", "/name", json!("new")), json!({"name": "new"})),
            (operation("add", "/name", json!("new")), json!({"name": "new"})),
            (operation("replace", "/campaignId", json!("C")), json!({"campaignId": "C"})),
            (operation("add", "/salesStage", json!("40")), json!({"salesStage": "40"})),
            (operation("add", "/team/-", ada.clone()), json!({"team": [ada]})),
            (
                operation("add", "/details/dealValue", json!("10000")),
                json!({"details": {"notes": "n", "dealValue": 10000}}),
            ),
            (
                operation("add", "/details/dealValue", json!(0.5)),
                json!({"details": {"notes": "n", "dealValue": 0.5}}),
            ),
            (operation("replace", "/details/notes", json!("")), json!({"details": {"notes": ""}})),
            (
                json!([
                    {"op": "add", "path": "/name", "value": "1", "from": "ignored"},
                    {"op": "replace", "path": "/name", "value": "2"},
                ]),
                json!({"name": "2"}),
            ),
            (json!([]), json!({})),
        ] {
            let mut wanted = row.clone();
            let members = expected.as_object().unwrap().clone();
            wanted.as_object_mut().unwrap().extend(members);
            assert_eq!(apply_to(row.clone(), &patch), Ok(wanted), "{patch}");
        }
    }

    #[test]
    fn a_member_is_added_as_often_as_it_is_sent() {
        let ada = json!({"email": "ada@a.example"});
        let patch = operation("add", "/team/-", ada.clone());
        for (team, expected) in [
            (json!(null), json!([ada])),
            (json!([]), json!([ada])),
            (json!([ada]), json!([ada, ada])),
            (json!({"email": "one"}), json!([{"email": "one"}, ada])),
        ] {
            let row = apply_to(json!({"team": team}), &patch).unwrap();
            assert_eq!(row["team"], expected);
        }
        let full = json!({"team": vec![ada; MAX_TEAM]});
        assert!(matches!(apply_to(full, &patch), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn what_is_no_json_patch_is_malformed() {
        for body in [
            "",
            "{}",
            "[",
            "null",
            r#"{"status": "Active"}"#,
            "[1]",
            "[{}]",
            r#"[{"op": "add", "path": "/name"}]"#,
            r#"[{"op": "add", "value": "x"}]"#,
            r#"[{"path": "/name", "value": "x"}]"#,
            r#"[{"op": "put", "path": "/name", "value": "x"}]"#,
            r#"[{"op": "add", "path": "name", "value": "x"}]"#,
        ] {
            let error = parse_patch(body.as_bytes(), true).unwrap_err();
            assert!(matches!(error, Refusal::Malformed(_)), "{body}: {error:?}");
        }
    }

    #[test]
    fn what_the_api_does_not_take_is_invalid() {
        for (op, path, value) in [
            ("remove", "/name", json!("x")),
            ("test", "/status", json!("New")),
            ("replace", "/id", json!("x")),
            ("replace", "/eTag", json!("x")),
            ("replace", "", json!({})),
            ("replace", "/team/0", json!({"email": "a@b.example"})),
            ("replace", "/team/-", json!({"email": "a@b.example"})),
            ("add", "/team/-", json!({"email": "a"})),
            ("add", "/team/-", json!({"firstName": "A"})),
            ("add", "/team/-", json!({"email": "a@b.example", "role": "x"})),
            ("add", "/team/-", json!({"email": "a@b.example", "firstName": null})),
            ("add", "/details/dealValue", json!("1,000")),
            ("add", "/details/dealValue", json!("-1")),
            ("add", "/details/dealValue", json!(-1)),
            ("add", "/details/dealValue", json!(null)),
            ("add", "/details/currency", json!("euro")),
            ("add", "/details/currency", json!("eur")),
            ("add", "/details/closingDateTime", json!("2027-02-28")),
            ("add", "/details/closingDateTime", json!("soon")),
            ("add", "/salesStage", json!("50")),
            ("add", "/salesStage", json!(40)),
            ("add", "/name", json!(" ")),
            ("add", "/details/notes", json!(null)),
            ("replace", "/status", json!(1)),
        ] {
            let patch = operation(op, path, value);
            let error = apply_to(json!({"details": {}}), &patch).unwrap_err();
            assert!(matches!(error, Refusal::Invalid(_)), "{patch}: {error:?}");
        }
    }

    #[test]
    fn what_is_replaced_or_holds_a_new_member_has_to_exist() {
        for (row, op, path) in [
            (json!({}), "replace", "/name"),
            (json!({}), "add", "/details/notes"),
            (json!({"details": null}), "add", "/details/notes"),
            (json!({"details": {}}), "replace", "/details/notes"),
        ] {
            let error = apply_to(row, &operation(op, path, json!("x"))).unwrap_err();
            assert_eq!(error, Refusal::Conflict(format!("{path} does not exist")));
        }
    }

    #[test]
    fn a_service_that_keeps_to_its_documentation_takes_the_documented_paths_alone() {
        for (path, value, documented) in [
            ("/status", json!("Active"), true),
            ("/substatus", json!("Accepted"), true),
            ("/details/dealValue", json!("10000"), true),
            ("/details/notes", json!("x"), true),
            ("/team/-", json!({"email": "a@b.example"}), true),
            ("/statusReason", json!("Others"), false),
            ("/name", json!("x"), false),
            ("/details/currency", json!("EUR"), false),
            ("/details/closingDateTime", json!("2027-02-28T00:00:00Z"), false),
            ("/externalReferenceId", json!("OPP-1"), false),
            ("/campaignId", json!("x"), false),
            ("/salesStage", json!("40"), false),
        ] {
            let patch = operation("add", path, value).to_string();
            assert!(parse_patch(patch.as_bytes(), true).is_ok(), "{path}");
            assert_eq!(parse_patch(patch.as_bytes(), false).is_ok(), documented, "{path}");
        }
    }
}
