//! The API's rows with any property missing, `null` or of another type: none is dropped without a word.

use serde_json::{Map, Value, json};

use crate::server::{Reply, Server};
use crate::support::{Output, TestEnv, options};

const REFERENCE: &str = include_str!("../../docs/referrals-api.md");

/// The samples of API §8: a lead, an invitation, a deal of our own, and the two rows of a page, which have few
/// properties.
fn samples() -> Vec<Value> {
    let section = REFERENCE.split("\n## 8. Sample objects").nth(1).unwrap();
    let blocks = section.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
    let objects = blocks.filter_map(|block| serde_json::from_str::<Value>(block).ok());
    let rows = objects.flat_map(|object| match object.get("value") {
        Some(rows) => rows.as_array().unwrap().clone(),
        None => vec![object],
    });
    rows.filter(|row| row.get("id").is_some()).collect()
}

/// The row, and copies of it in which one property is missing, `null` or of another type.
fn variants(row: &Value) -> Vec<Value> {
    const NESTED: &[&str] = &[
        "/customerProfile/name",
        "/customerProfile/address",
        "/customerProfile/address/country",
        "/details/dealValue",
        "/details/currency",
        "/details/closingDateTime",
        "/team/0/email",
        "/inviteContext/invitedBy",
    ];
    /// Where a number is a text.
    const TEXTS: &[&str] = &[
        "/id",
        "/engagementId",
        "/customerProfile/name",
        "/customerProfile/address/country",
        "/details/currency",
        "/team/0/email",
    ];
    let names = row.as_object().unwrap().keys().map(|name| format!("/{name}"));
    let paths = names.chain(NESTED.iter().map(|&path| path.to_owned()));
    let mut rows = vec![row.clone()];
    for path in paths.filter(|path| row.pointer(path).is_some()) {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let object = |row: &mut Value, change: &dyn Fn(&mut Map<String, Value>)| {
            change(row.pointer_mut(parent).unwrap().as_object_mut().unwrap());
        };
        let mut missing = row.clone();
        object(&mut missing, &|object| drop(object.remove(name)));
        rows.push(missing);
        let mut others = vec![Value::Null, json!({}), json!([7])];
        others.extend((!TEXTS.contains(&&*path)).then(|| json!(7)));
        others.extend((path != "/team").then(|| json!([])));
        for other in others {
            let mut changed = row.clone();
            object(&mut changed, &|object| drop(object.insert(name.to_owned(), other.clone())));
            rows.push(changed);
        }
    }
    rows
}

/// Runs a command against an API that sends these rows whatever it is asked for, but with `is_strict` refuses what it
/// does not document.
fn run(rows: &[Value], arguments: &[&str], is_strict: bool) -> Output {
    let page = json!({ "value": rows }).to_string();
    let server = Server::start(move |_, request| {
        let is_documented = |option: &String| {
            ![" or ", " ge ", " lt "].iter().any(|operator| option.contains(operator))
        };
        if is_strict && !options(&request.target).iter().all(is_documented) {
            return Reply::Status(400, &[], String::new());
        }
        Reply::Json(page.clone())
    });
    let arguments = [arguments, &["--format", "json", "--limit", "0"]].concat();
    TestEnv::at(&server.url()).run(&arguments).ok()
}

/// The number of rows that standard error says are left out.
fn left_out(output: &Output) -> usize {
    let lines = output.err.lines().filter(|line| line.ends_with("left out"));
    lines.map(|line| line.split(' ').next().unwrap().parse::<usize>().unwrap()).sum()
}

/// How a condition is carried out.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// The API documents it.
    Api,
    /// The API may refuse it.
    LenientApi,
    Program,
}

#[test]
fn no_row_that_was_asked_for_is_dropped_without_a_word() {
    let all = [0, 1, 2, 3, 4].as_slice();
    let (incoming, outgoing, thin) =
        ([0, 1, 3, 4].as_slice(), [2].as_slice(), [1, 3, 4].as_slice());
    let engagement = "d64f0a19-7be2-4c58-9d3a-8f7e6d5c4b02";
    let cases: &[(&[&str], &[usize], By)] = &[
        (&["pending"], incoming, By::Api),
        (&["expiring"], incoming, By::Api),
        (&["expiring", "--within", "0h"], incoming, By::Api),
        (&["list"], all, By::Api),
        (&["list", "--incoming"], incoming, By::Api),
        (&["list", "--outgoing"], outgoing, By::Api),
        (&["list", "--pending"], incoming, By::Api),
        (&["list", "--status", "new"], incoming, By::Api),
        (&["list", "--status", "new,active"], all, By::LenientApi),
        (&["list", "--substatus", "accepted"], outgoing, By::Api),
        (&["list", "--type", "shared"], &[1, 2, 3], By::Api),
        (&["list", "--qualification", "sales-qualified"], &[1, 2, 3, 4], By::Api),
        (&["list", "--kind", "lead"], &[0, 4], By::Api),
        (&["list", "--kind", "co-sell"], &[1, 2, 3], By::Program),
        (&["list", "--country", "de"], thin, By::Api),
        (&["list", "--seller", "ada.lindqvist@contoso.example"], thin, By::Api),
        (&["list", "--engagement", engagement], thin, By::Api),
        (&["list", "--customer", "northwind"], thin, By::Program),
        (&["list", "--currency", "EUR", "--min-value", "1"], thin, By::Program),
        (&["list", "--currency", "EUR", "--max-value", "1000000"], thin, By::Program),
        (&["list", "--created-after", "2026-01-01"], all, By::LenientApi),
        (&["list", "--created-before", "2026-11-01"], all, By::LenientApi),
        (&["list", "--updated-after", "2026-01-01"], all, By::LenientApi),
        (&["list", "--updated-before", "2026-11-01"], all, By::LenientApi),
        (&["list", "--closing-after", "2026-09-30"], thin, By::Program),
        (&["list", "--sort", "closing"], all, By::Api),
        (&["list", "--deadline-before", "2027-01-01"], incoming, By::Program),
        (&["list", "--sort", "updated"], all, By::Api),
        (&["list", "--sort", "deadline"], all, By::Api),
        (&["list", "--sort", "value"], all, By::Api),
        (&["list", "--sort", "customer"], all, By::Api),
    ];
    let samples = samples();
    assert_eq!(samples.len(), 5);
    for (arguments, chosen, by) in cases {
        let mut rows: Vec<Value> =
            chosen.iter().flat_map(|index| variants(&samples[*index])).collect();
        for (number, row) in rows.iter_mut().enumerate() {
            if row["id"].is_string() {
                row["id"] = json!(format!("id-{number}"));
            }
        }
        for is_strict in [false, true] {
            let output = run(&rows, arguments, is_strict);
            let (shown, left_out) = (output.ids().len(), left_out(&output));
            let context = format!("{arguments:?} {is_strict}: {}", output.err);
            assert_eq!(shown + left_out, rows.len(), "{context}");
            let may_leave_out = *by == By::Program || (is_strict && *by == By::LenientApi);
            assert!(may_leave_out || left_out == 0, "{context}");
            assert!(shown >= chosen.len().min(1), "{context}");
        }
    }
}
