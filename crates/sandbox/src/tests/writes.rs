//! PATCH over a socket: states, preconditions, what is answered, and what goes wrong on demand.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::{Client, patch_request, start};
use crate::{Fault, Options, RecordedRequest, Sandbox};

const NOW: &str = "2026-11-21T12:00:00Z";
const ETAG: &str = "If-Match: \"1\"\r\n";

/// A referral of each state, with the state as its id.
fn rows() -> Vec<Value> {
    let states = [
        ("New", "Pending"),
        ("New", "Received"),
        ("Active", "Accepted"),
        ("Closed", "Won"),
        ("Closed", "Expired"),
    ];
    let row = |(status, substatus): (&str, &str)| {
        json!({
            "id": substatus, "status": status, "substatus": substatus, "eTag": "\"1\"",
            "updatedDateTime": "2026-11-20T00:00:00Z", "details": {"dealValue": 1, "currency": "EUR"},
            "team": [{"email": "Ada@a.example"}], "surprise": true,
        })
    };
    states.map(row).to_vec()
}

fn options() -> Options {
    let now: Timestamp = NOW.parse().unwrap();
    Options { rows: Some(rows()), write_time: Some(now), ..Options::default() }
}

fn with_fault(fault: Fault) -> Sandbox {
    start(Options { faults: vec![fault], ..options() })
}

fn to_state(status: &str, substatus: &str) -> Value {
    json!([
        {"op": "replace", "path": "/status", "value": status},
        {"op": "replace", "path": "/substatus", "value": substatus},
    ])
}

fn value_of(value: u32) -> Value {
    json!([{"op": "replace", "path": "/details/dealValue", "value": value.to_string()}])
}

fn read(client: &mut Client, id: &str) -> Value {
    client.get(&format!("/v1.0/engagements/referrals/{id}")).body
}

#[test]
fn every_transition_is_answered_by_its_state_precondition_and_preference() {
    // The statuses in the order of `rows`, with a current eTag.
    for (status, substatus, expected) in [
        ("New", "Received", [200, 200, 409, 409, 409]),
        ("Active", "Accepted", [200, 200, 200, 409, 409]),
        ("Closed", "Declined", [200, 200, 409, 409, 409]),
        ("Closed", "Won", [409, 409, 200, 409, 409]),
        ("Closed", "Lost", [409, 409, 200, 409, 409]),
        ("Closed", "Expired", [422, 422, 422, 409, 409]),
        ("Active", "Pending", [422, 422, 422, 409, 409]),
    ] {
        for (row, expected) in rows().iter().zip(expected) {
            let id = row["id"].as_str().unwrap();
            for (etag, otherwise) in [
                (ETAG, None),
                ("", Some(428)),
                ("If-Match: \"2\"\r\n", Some(412)),
                ("If-Match: 1\r\n", Some(412)),
                ("If-Match: *\r\n", Some(412)),
            ] {
                for prefer in
                    ["", "Prefer: return=minimal\r\n", "prefer: Return=representation\r\n"]
                {
                    let sandbox = start(options());
                    let mut client = Client::new(&sandbox);
                    let patch = to_state(status, substatus);
                    let response = client.patch(id, &format!("{etag}{prefer}"), &patch);
                    let case = format!("{id} to {substatus}, {etag:?}, {prefer:?}");
                    let expected = match otherwise.unwrap_or(expected) {
                        200 if !prefer.contains("representation") => 204,
                        status => status,
                    };
                    assert_eq!(response.status, expected, "{case}: {}", response.body);
                    let after = read(&mut client, id);
                    if expected >= 400 {
                        assert_eq!(&after, row, "{case}");
                        let code =
                            if expected == 412 { "preconditionFailed" } else { "invalidRequest" };
                        assert_eq!(response.body["error"]["code"], code, "{case}");
                        continue;
                    }
                    assert_eq!(
                        (&after["status"], &after["substatus"]),
                        (&json!(status), &json!(substatus))
                    );
                    assert_eq!(
                        (&after["updatedDateTime"], &after["surprise"]),
                        (&json!(NOW), &json!(true))
                    );
                    assert_ne!(after["eTag"], row["eTag"], "{case}");
                    assert!(expected == 204 || response.body == after, "{case}");
                    assert!(response.header("Request-ID").is_some());
                }
            }
        }
    }
}

#[test]
fn the_documented_patches_are_taken_as_they_stand() {
    let accept = json!([
        {"op": "replace", "path": "/status", "value": "Active"},
        {"op": "replace", "path": "/substatus", "value": "Accepted"},
        {"op": "add", "path": "/name", "value": "Contoso – Azure migration"},
        {"op": "replace", "path": "/details/dealValue", "value": "45000"},
        {"op": "replace", "path": "/details/currency", "value": "EUR"},
        {"op": "add", "path": "/details/closingDateTime", "value": "2027-02-28T00:00:00Z"},
        {"op": "add", "path": "/externalReferenceId", "value": "OPP-1042"},
        {"op": "add", "path": "/team/-", "value": {"email": "a@example.com", "firstName": "A",
            "lastName": "B", "phoneNumber": "+49000"}},
    ]);
    let decline = json!([
        {"op": "replace", "path": "/status", "value": "Closed"},
        {"op": "replace", "path": "/substatus", "value": "Declined"},
        {"op": "add", "path": "/statusReason", "value": "Customer requirement not met"},
    ]);
    let value_and_member = json!([
        {"op": "replace", "path": "/details/dealValue", "value": "10000"},
        {"op": "add", "path": "/team/-", "value": {"email": "jane.doe@contoso.com",
            "firstName": "Jane", "lastName": "Doe", "phoneNumber": "0000000001"}},
    ]);
    for (id, patch, documented) in [
        ("Pending", &accept, false),
        ("Pending", &decline, false),
        ("Accepted", &value_and_member, true),
        ("Accepted", &to_state("Closed", "Won"), true),
    ] {
        for allow_undocumented in [true, false] {
            let sandbox = start(Options { allow_undocumented, ..options() });
            let mut client = Client::new(&sandbox);
            let response = client.patch(id, ETAG, patch);
            let expected = if documented || allow_undocumented { 204 } else { 422 };
            assert_eq!(response.status, expected, "{patch}: {}", response.body);
            if *patch == accept && expected == 204 {
                let row = read(&mut client, id);
                assert_eq!(row["details"]["dealValue"], 45_000);
                assert_eq!(row["acceptedDateTime"], NOW);
                assert_eq!(row["team"][1]["email"], "a@example.com");
            }
        }
    }
}

#[test]
fn a_patch_that_fails_at_its_end_changes_nothing() {
    let sandbox = start(options());
    let mut client = Client::new(&sandbox);
    for (last, status) in [
        (json!({"op": "replace", "path": "/name", "value": "x"}), 409),
        (json!({"op": "remove", "path": "/name"}), 422),
        (json!({"op": "replace", "path": "/substatus", "value": "Won"}), 409),
        (json!({"op": "add"}), 400),
    ] {
        let mut patch = value_of(2);
        let closed = json!({"op": "replace", "path": "/status", "value": "Closed"});
        patch.as_array_mut().unwrap().extend([closed, last]);
        let response = client.patch("Pending", ETAG, &patch);
        assert_eq!(response.status, status, "{patch}");
        assert_eq!(read(&mut client, "Pending"), rows()[0]);
    }
    assert_eq!(client.patch("Pending", ETAG, &json!({"status": "Active"})).status, 400);
    assert_eq!(sandbox.changes(), "");
}

#[test]
fn of_two_who_have_read_the_same_the_second_is_told() {
    let sandbox = start(options());
    let mut clients = [Client::new(&sandbox), Client::new(&sandbox)];
    let statuses = clients
        .each_mut()
        .map(|client| client.patch("Pending", ETAG, &to_state("Active", "Accepted")).status);
    assert_eq!(statuses, [204, 412]);
}

#[test]
fn a_request_that_cannot_be_a_write_is_refused_as_reads_are() {
    let sandbox = start(options());
    let mut client = Client::new(&sandbox);
    let request = patch_request("Pending", ETAG, &value_of(2));
    for (from, to, status) in [
        ("Bearer sandbox", "Bearer other", 401),
        ("referrals/Pending", "referrals/nobody", 404),
        ("referrals/Pending", "referrals/Pending/team", 404),
        ("referrals/Pending", "referrals/Pending?$select=id", 400),
        ("referrals/Pending", "referrals", 405),
        ("PATCH", "PUT", 405),
        ("application/json", "application/json-patch+json", 415),
        ("Content-Type", "X-Type", 415),
    ] {
        let response = client.send(&request.replacen(from, to, 1));
        assert_eq!(response.status, status, "{to}");
        assert_eq!(read(&mut client, "Pending"), rows()[0]);
    }
    let response = client.send(&request.replacen("PATCH", "PUT", 1));
    assert_eq!(response.header("Allow"), Some("GET, PATCH"));
}

#[test]
fn a_user_may_write_where_they_are_on_the_team() {
    for (user, status) in [("ada@a.example", 204), ("bob@a.example", 403)] {
        let sandbox = start(Options { user: Some(user.to_owned()), ..options() });
        let response = Client::new(&sandbox).patch("Pending", ETAG, &value_of(2));
        assert_eq!(response.status, status, "{user}");
        assert!(status == 204 || response.body["error"]["code"] == "accessDenied");
    }
}

#[test]
fn a_write_can_be_refused_with_any_status() {
    for status in [401, 403, 409, 423, 429, 500, 503] {
        let sandbox = with_fault(Fault::Status(status));
        let mut client = Client::new(&sandbox);
        let response = client.patch("Pending", ETAG, &value_of(2));
        assert_eq!(response.status, status);
        let waits = matches!(status, 429 | 503);
        assert_eq!(response.header("Retry-After"), waits.then_some("1"));
        assert_eq!(read(&mut client, "Pending"), rows()[0]);
    }
}

#[test]
fn a_response_can_be_cut_after_any_of_its_bytes_once_the_change_is_made() {
    let prefer = format!("{ETAG}Prefer: return=representation\r\nConnection: close\r\n");
    let request = patch_request("Pending", &prefer, &value_of(2));
    let whole = Client::new(&start(options())).send_and_read_to_end(&request);
    for bytes in (0..whole.len() + 2).step_by(7).chain([whole.len()]) {
        let sandbox = with_fault(Fault::CutResponse(bytes));
        let received = Client::new(&sandbox).send_and_read_to_end(&request);
        assert_eq!(received, whole[..bytes.min(whole.len())]);
        let row = read(&mut Client::new(&sandbox), "Pending");
        assert_eq!(row["details"]["dealValue"], 2, "{bytes}");
        assert_eq!(sandbox.writes().len(), 1);
    }
}

#[test]
fn a_request_can_be_cut_after_any_of_its_bytes_and_then_changes_nothing() {
    let headers = format!("{ETAG}Connection: close\r\n");
    let request = patch_request("Pending", &headers, &value_of(2));
    for bytes in (0..request.len()).step_by(5).chain([request.len() - 1, request.len()]) {
        let sandbox = with_fault(Fault::CutRequest(bytes));
        let received = Client::new(&sandbox).send_and_read_to_end(&request);
        let row = read(&mut Client::new(&sandbox), "Pending");
        let is_cut = bytes < request.len();
        assert_eq!((received.is_empty(), row == rows()[0]), (is_cut, is_cut), "{bytes}");
        let writes = sandbox.writes();
        assert_eq!((writes.len(), &*writes[0].method), (1, "PATCH"));
        assert_eq!(writes[0].body.is_empty(), is_cut);
    }
}

#[test]
fn somebody_else_can_change_a_referral_once_it_was_read() {
    let path = "/details/dealValue".to_owned();
    let sandbox = with_fault(Fault::ChangedMeanwhile { path, value: json!(7) });
    let mut client = Client::new(&sandbox);
    assert_eq!(read(&mut client, "Pending"), rows()[0]);
    assert_eq!(client.patch("Pending", ETAG, &value_of(2)).status, 412);
    let row = read(&mut client, "Pending");
    assert_eq!((&row["details"]["dealValue"], &row["updatedDateTime"]), (&json!(7), &json!(NOW)));
    // Once only.
    let etag = format!("If-Match: {}\r\n", row["eTag"].as_str().unwrap());
    assert_eq!(client.patch("Pending", &etag, &value_of(2)).status, 204);
}

#[test]
fn writes_are_recorded_with_their_bodies_and_without_the_token() {
    let sandbox = start(options());
    let mut client = Client::new(&sandbox);
    read(&mut client, "Pending");
    client.patch("Pending", ETAG, &value_of(2));
    let writes = sandbox.writes();
    let [RecordedRequest { method, target, headers, body }] = &writes[..] else {
        panic!("{writes:?}");
    };
    assert_eq!((&**method, &**target), ("PATCH", "/v1.0/engagements/referrals/Pending"));
    assert_eq!(*body, value_of(2).to_string());
    let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Host", "Content-Type", "If-Match", "Content-Length"]);
}

#[test]
fn another_sandbox_goes_on_from_what_was_changed() {
    let first = start(options());
    let mut client = Client::new(&first);
    client.patch("Pending", ETAG, &to_state("Active", "Accepted"));
    client.patch("Accepted", ETAG, &value_of(5));
    let changes = first.changes();
    assert_eq!(changes.lines().count(), 2);
    let second = start(Options { changes: format!("broken\n{{}}\n{changes}"), ..options() });
    assert_eq!(second.changes(), "");
    let mut other = Client::new(&second);
    for id in ["Pending", "Accepted", "Won"] {
        assert_eq!(read(&mut other, id), read(&mut client, id));
    }
    let etag = read(&mut other, "Pending")["eTag"].as_str().unwrap().to_owned();
    other.patch("Pending", &format!("If-Match: {etag}\r\n"), &value_of(6));
    assert_eq!(second.changes().lines().count(), 1);
    // The later of two wins.
    let changes = changes + &second.changes() + "{\"id\": \"unknown\"}\n";
    let third = start(Options { changes, ..options() });
    assert_eq!(read(&mut Client::new(&third), "Pending"), read(&mut other, "Pending"));
    // What others do on the scripted day takes no change away.
    first.play_day(NOW.parse().unwrap());
    assert_eq!(first.changes().lines().count(), 2);
}

#[test]
fn without_a_time_of_its_own_a_write_is_as_late_as_the_sandbox_has_run() {
    let sandbox = start(Options { write_time: None, now: NOW.parse().unwrap(), ..options() });
    let mut client = Client::new(&sandbox);
    client.patch("Pending", ETAG, &value_of(2));
    let updated = read(&mut client, "Pending")["updatedDateTime"].as_str().unwrap().to_owned();
    assert!(updated.as_str() >= NOW && updated.as_str() < "2026-11-21T13", "{updated}");
}
