//! A day in the life of the sample data: what it was a day ago, and what happens on the next.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::fixtures::COLLEAGUES;
use crate::generate::generate_rows;
use crate::options::Options;

/// The events of a day lie so far before its end, which is when they become visible.
const BEFORE_THE_END: SignedDuration = SignedDuration::from_secs(5);

/// Something that happens on the scripted day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayEvent {
    /// Of the referral.
    pub id: String,
    /// `arrived`, `accepted`, `declined`, `won`, `lost`, `lapsed`, `removed`, or for a changed value its name.
    pub word: &'static str,
}

/// The rows that the sandbox would have served a day before. Since then referrals have arrived, lapsed, been answered,
/// closed and changed; the rows that it serves do not say when.
pub fn rows_of_yesterday(options: &Options) -> Vec<Value> {
    let rows = generate_rows(options.referrals, options.seed, options.now);
    rows.enumerate().filter_map(|(index, row)| undo(index, row, options.now)).collect()
}

/// `None` for a referral that has arrived since.
fn undo(index: usize, mut row: Value, now: Timestamp) -> Option<Value> {
    let day = SignedDuration::from_hours(24);
    let waits = |row: &mut Value| {
        set(row, &[("status", json!("New")), ("substatus", json!("Pending"))]);
        set(row, &[("expirationDateTime", json!(format!("{:.0}", now + day)))]);
        set(row, &[("salesStage", Value::Null), ("closedDateTime", Value::Null)]);
    };
    match index {
        22 | 27 => return None,
        4 | 12 | 17 => waits(&mut row),
        6 | 21 => set(&mut row, &[("status", json!("Active")), ("substatus", json!("Accepted"))]),
        1 => set(&mut row, &[("salesStage", json!("10"))]),
        9 => set_detail(&mut row, "dealValue", json!(20_000)),
        11 => shift(row.get_mut("expirationDateTime"), -day),
        15 => shift(row["details"].get_mut("closingDateTime"), -day * 14),
        _ => {}
    }
    Some(row)
}

/// What happens to the row at this index, at `at`. `None` where nothing does.
pub(crate) fn play(index: usize, row: &mut Value, at: Timestamp) -> Option<&'static str> {
    let time = json!(format!("{:.0}", at - BEFORE_THE_END));
    let word = answer(index, row, &time).or_else(|| edit(index, row))?;
    if word != "lapsed" {
        set(row, &[("updatedDateTime", time)]);
    }
    Some(word)
}

fn answer(index: usize, row: &mut Value, time: &Value) -> Option<&'static str> {
    let (status, substatus, word) = match index {
        0 => ("Active", "Accepted", "accepted"),
        3 => ("Closed", "Declined", "declined"),
        // A lapse need not count as an update.
        5 => ("Closed", "Expired", "lapsed"),
        25 => ("Closed", "Won", "won"),
        26 => ("Closed", "Lost", "lost"),
        _ => return None,
    };
    set(row, &[("status", json!(status)), ("substatus", json!(substatus))]);
    match word {
        "accepted" => {
            set(row, &[("acceptedDateTime", time.clone()), ("expirationDateTime", Value::Null)]);
        }
        "lapsed" => {
            let expired = row["expirationDateTime"].clone();
            set(row, &[("closedDateTime", expired)]);
        }
        _ => set(row, &[("closedDateTime", time.clone())]),
    }
    Some(word)
}

fn edit(index: usize, row: &mut Value) -> Option<&'static str> {
    let day = SignedDuration::from_hours(24);
    let word = match index {
        1 => "name",
        4 => "stage",
        7 => "deadline",
        9 => "value",
        // Nothing that is told.
        11 => "notes",
        15 => "closing",
        16 => "team",
        _ => return None,
    };
    match word {
        "name" => set(row, &[("name", json!("A new name"))]),
        "stage" => set(row, &[("salesStage", json!("100"))]),
        "deadline" => shift(row.get_mut("expirationDateTime"), day),
        "value" => set_detail(row, "dealValue", json!(1_234_567)),
        "closing" => shift(row["details"].get_mut("closingDateTime"), day * 30),
        "team" => {
            let (first, last, email, ..) = COLLEAGUES[4];
            row["team"] = json!([{"firstName": first, "lastName": last, "email": email}]);
        }
        _ => set_detail(row, "notes", json!("Called; wants an offer.")),
    }
    Some(word)
}

/// The index of the referral that can no longer be read at the end of the day.
pub(crate) const REMOVED: usize = 8;

/// The referrals that arrive on the day: as the first `count` and some more are generated, and two of them answered.
pub(crate) fn arrivals(options: &Options, at: Timestamp) -> Vec<(Value, Vec<&'static str>)> {
    let rows = generate_rows(options.referrals + 4, options.seed, options.now);
    let rows = rows.skip(options.referrals).enumerate();
    rows.map(|(index, mut row)| {
        let time = json!(format!("{:.0}", at - BEFORE_THE_END));
        let due = json!(format!("{:.0}", at + SignedDuration::from_hours(14 * 24)));
        set(&mut row, &[("direction", json!("Incoming")), ("status", json!("New"))]);
        set(&mut row, &[("substatus", json!("Pending")), ("expirationDateTime", due)]);
        set(&mut row, &[("createdDateTime", time.clone()), ("updatedDateTime", time.clone())]);
        set(&mut row, &[("acceptedDateTime", Value::Null), ("closedDateTime", Value::Null)]);
        let words = match index {
            2 => {
                set(&mut row, &[("status", json!("Active")), ("substatus", json!("Accepted"))]);
                set(&mut row, &[("acceptedDateTime", time)]);
                vec!["arrived", "accepted"]
            }
            3 => {
                set(&mut row, &[("status", json!("Closed")), ("substatus", json!("Declined"))]);
                set(&mut row, &[("closedDateTime", time)]);
                vec!["arrived", "declined"]
            }
            _ => vec!["arrived"],
        };
        (row, words)
    })
    .collect()
}

fn set(row: &mut Value, members: &[(&str, Value)]) {
    if let Value::Object(row) = row {
        row.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
}

fn set_detail(row: &mut Value, name: &str, value: Value) {
    if let Value::Object(row) = row {
        let details = row.entry("details").or_insert_with(|| Value::Object(Map::new()));
        set(details, &[(name, value)]);
    }
}

/// Moves a time, where there is one.
fn shift(value: Option<&mut Value>, by: SignedDuration) {
    let Some(value) = value else { return };
    let time: Option<Timestamp> = value.as_str().and_then(|text| text.parse().ok());
    if let Some(time) = time {
        *value = json!(format!("{:.0}", time + by));
    }
}
