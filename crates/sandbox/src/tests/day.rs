//! The scripted day, and the day before.

use jiff::Timestamp;
use serde_json::Value;

use super::client::{Client, start};
use crate::{Options, rows_of_yesterday};

fn options() -> Options {
    Options { now: "2026-11-21T12:00:00Z".parse().unwrap(), ..Options::default() }
}

fn row(client: &mut Client, id: &str) -> (u16, Value) {
    let response = client.get(&format!("/v1.0/engagements/referrals/{id}"));
    (response.status, response.body)
}

#[test]
fn what_the_script_says_has_happened_is_what_is_served() {
    let sandbox = start(options());
    let mut client = Client::new(&sandbox);
    let before = client.list("$top=40").body["value"].clone();
    let end: Timestamp = "2026-11-21T18:00:00Z".parse().unwrap();
    let events = sandbox.play_day(end);
    let mut words: Vec<&str> = events.iter().map(|event| event.word).collect();
    words.sort_unstable();
    words.dedup();
    let all = "accepted arrived closing deadline declined lapsed lost name notes removed stage team value won";
    assert_eq!(words.join(" "), all);
    for event in &events {
        let (status, row) = row(&mut client, &event.id);
        let old = before.as_array().unwrap().iter().find(|row| row["id"] == *event.id);
        assert_eq!(
            old.is_none(),
            events.iter().any(|it| it.id == event.id && it.word == "arrived")
        );
        let is = |status: &str, substatus: &str| {
            assert_eq!((&row["status"], &row["substatus"]), (&status.into(), &substatus.into()));
        };
        match event.word {
            "removed" => assert_eq!(status, 404),
            "accepted" => is("Active", "Accepted"),
            "declined" => is("Closed", "Declined"),
            "won" => is("Closed", "Won"),
            "lost" => is("Closed", "Lost"),
            "lapsed" => {
                is("Closed", "Expired");
                assert_eq!(row["updatedDateTime"], old.unwrap()["updatedDateTime"]);
            }
            "arrived" => assert_eq!(row["createdDateTime"], "2026-11-21T17:59:55Z"),
            word => {
                assert_eq!(row["updatedDateTime"], "2026-11-21T17:59:55Z", "{word}");
                assert_ne!(row, *old.unwrap(), "{word}");
            }
        }
    }
    let listed = client.filter("updatedDateTime ge 2026-11-21T17:00:00Z");
    let expected = events.iter().filter(|event| !["lapsed", "removed"].contains(&event.word));
    let mut expected: Vec<&str> = expected.map(|event| event.id.as_str()).collect();
    expected.sort_unstable();
    expected.dedup();
    let mut ids = listed.ids();
    ids.sort_unstable();
    assert_eq!(ids, expected);
}

#[test]
fn yesterday_had_fewer_referrals_and_more_that_waited() {
    let rows = rows_of_yesterday(&options());
    let sandbox = start(options());
    let mut client = Client::new(&sandbox);
    assert_eq!(rows.len(), Options::default().referrals - 2);
    let mut differ = 0;
    for old in &rows {
        let (status, new) = row(&mut client, old["id"].as_str().unwrap());
        assert_eq!(status, 200);
        differ += usize::from(new["status"] != old["status"]);
    }
    assert_eq!(differ, 5);
}
