//! What a write may make of a referral's state, and what follows from it (API §4.1).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::patch::Refusal;
use crate::prng::SplitMix64;

/// Checks that the referral can still be changed.
pub(crate) fn check_open(row: &Value) -> Result<(), Refusal> {
    if row["status"] == "Closed" {
        return Err(Refusal::Conflict("a closed referral cannot be changed".to_owned()));
    }
    Ok(())
}

/// Checks the step from one state to the other and sets what comes with it: the times, and unless `keep_expiration`, no
/// further date to lapse at. Only the service itself lets a referral lapse.
pub(crate) fn settle(
    before: &Value,
    after: &mut Value,
    at: Timestamp,
    keep_expiration: bool,
) -> Result<(), Refusal> {
    let (old, new) = (state(before), state(after));
    if old == new {
        return Ok(());
    }
    let (status, substatus) = new;
    let can_follow: &[&str] = match new {
        ("New", "Pending" | "Received") | ("Closed", "Declined") => &["New"],
        ("Active", "Accepted") => &["New", "Active"],
        ("Closed", "Won" | "Lost") => &["Active"],
        _ => {
            return Err(Refusal::Invalid(format!(
                "the status {status:?} cannot be set with the substatus {substatus:?}"
            )));
        }
    };
    if !can_follow.contains(&old.0) {
        return Err(Refusal::Conflict(format!(
            "{}/{} cannot become {status}/{substatus}",
            old.0, old.1
        )));
    }
    let (is_answer, is_closed) = (old.0 == "New" && status != "New", status == "Closed");
    let is_acceptance = is_answer && !is_closed;
    if is_acceptance {
        set(after, "acceptedDateTime", json!(format_time(at)));
    }
    if is_closed {
        set(after, "closedDateTime", json!(format_time(at)));
    }
    if is_answer && !keep_expiration {
        set(after, "expirationDateTime", Value::Null);
    }
    Ok(())
}

/// Gives a changed referral another eTag, and the time of the change.
pub(crate) fn touch(row: &mut Value, at: Timestamp) {
    set(row, "updatedDateTime", json!(format_time(at)));
    let next = next_etag(row["eTag"].as_str().unwrap_or_default());
    set(row, "eTag", json!(next));
}

/// In quotes, which belong to its value (API §1.2). Each has one that follows it.
fn next_etag(etag: &str) -> String {
    // FNV-1a.
    let hash = etag.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("\"{}\"", SplitMix64::new(hash).guid())
}

fn state(row: &Value) -> (&str, &str) {
    let word = |name: &str| row[name].as_str().unwrap_or_default();
    (word("status"), word("substatus"))
}

fn format_time(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn set(row: &mut Value, name: &str, value: Value) {
    if let Value::Object(row) = row {
        row.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row((status, substatus): (&str, &str)) -> Value {
        json!({"status": status, "substatus": substatus, "expirationDateTime": "2026-12-01T00:00:00Z"})
    }

    #[test]
    fn each_state_has_the_states_that_can_follow_it() {
        const STATES: [(&str, &str); 5] = [
            ("New", "Pending"),
            ("New", "Received"),
            ("Active", "Accepted"),
            ("Active", "Engaged"),
            ("Closed", "Lost"),
        ];
        // A letter for each state: done, a conflict, invalid.
        for (new, expected) in [
            (("New", "Pending"), "ddccc"),
            (("New", "Received"), "ddccc"),
            (("Active", "Accepted"), "ddddc"),
            (("Closed", "Declined"), "ddccc"),
            (("Closed", "Won"), "ccddc"),
            (("Closed", "Lost"), "ccddc"),
            (("Closed", "Expired"), "iiiic"),
            (("Closed", "Error"), "iiiic"),
            (("Active", "Pending"), "iiiic"),
            (("New", "Accepted"), "iiiic"),
            (("Closed", "Accepted"), "iiiic"),
            (("active", "accepted"), "iiiic"),
            (("", ""), "iiiic"),
        ] {
            let outcomes = STATES.map(|old| {
                let (before, mut after) = (row(old), row(new));
                let settled = check_open(&before)
                    .and_then(|()| settle(&before, &mut after, Timestamp::UNIX_EPOCH, false));
                match settled {
                    Ok(()) => 'd',
                    Err(Refusal::Conflict(_)) => 'c',
                    Err(_) => 'i',
                }
            });
            assert_eq!(outcomes.iter().collect::<String>(), expected, "{new:?}");
        }
    }

    #[test]
    fn an_answer_and_a_closing_have_their_times() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let (time, lapses) = (json!("2026-11-21T12:00:00Z"), json!("2026-12-01T00:00:00Z"));
        let (new, active) = (("New", "Pending"), ("Active", "Accepted"));
        for (old, new, keep, accepted, closed, expiration) in [
            (new, active, false, &time, &Value::Null, &Value::Null),
            (new, active, true, &time, &Value::Null, &lapses),
            (new, ("Closed", "Declined"), false, &Value::Null, &time, &Value::Null),
            (active, ("Closed", "Won"), false, &Value::Null, &time, &lapses),
            (new, ("New", "Received"), false, &Value::Null, &Value::Null, &lapses),
            (active, active, false, &Value::Null, &Value::Null, &lapses),
        ] {
            let mut after = row(new);
            settle(&row(old), &mut after, at, keep).unwrap();
            assert_eq!(&after["acceptedDateTime"], accepted, "{old:?} {new:?}");
            assert_eq!(&after["closedDateTime"], closed, "{old:?} {new:?}");
            assert_eq!(&after["expirationDateTime"], expiration, "{old:?} {new:?}");
        }
    }

    #[test]
    fn no_two_changes_leave_the_same_etag() {
        let mut row = json!({"eTag": null});
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1_000 {
            touch(&mut row, Timestamp::UNIX_EPOCH);
            let etag = row["eTag"].as_str().unwrap();
            assert!(etag.len() == 38 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
            assert!(seen.insert(etag.to_owned()));
        }
        assert_eq!(row["updatedDateTime"], "1970-01-01T00:00:00Z");
    }
}
