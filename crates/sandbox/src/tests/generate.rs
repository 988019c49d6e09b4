//! Properties of the generated referrals, for several seeds and instants, midnight among them.

use std::collections::HashSet;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::generate::generate_rows;

const MOMENTS: [&str; 4] = [
    "2026-11-20T12:00:00Z",
    "2026-03-01T00:00:00Z",
    "2028-02-29T23:59:59.999Z",
    "2026-01-01T00:00:01Z",
];

fn generate(count: usize, seed: u64, now: Timestamp) -> Vec<Value> {
    generate_rows(count, seed, now).collect()
}

fn each(check: impl Fn(&[Value], Timestamp)) {
    for (seed, moment) in (0..).zip(MOMENTS) {
        let now: Timestamp = moment.parse().unwrap();
        check(&generate(250, seed, now), now);
    }
}

fn text<'a>(row: &'a Value, path: &str) -> &'a str {
    row.pointer(path).and_then(Value::as_str).unwrap_or("")
}

fn instant(row: &Value, name: &str) -> Option<Timestamp> {
    row[name].as_str().map(|text| text.parse().unwrap())
}

fn unanswered(row: &Value) -> bool {
    text(row, "/status") == "New" && text(row, "/direction") == "Incoming"
}

#[test]
fn something_lapses_in_every_stretch_of_the_fortnight() {
    each(|rows, now| {
        let waiting: Vec<_> = rows.iter().filter(|row| unanswered(row)).collect();
        let count =
            |substatus| waiting.iter().filter(|row| text(row, "/substatus") == substatus).count();
        assert!((16..=20).contains(&count("Pending")));
        assert_eq!(count("Received"), 2);
        let left: Vec<_> = waiting
            .iter()
            .filter_map(|row| instant(row, "expirationDateTime"))
            .map(|deadline| deadline.duration_since(now).as_secs_f64() / 3600.0)
            .collect();
        let days: Vec<_> =
            (0..14).map(|day| (f64::from(day) * 24.0, f64::from(day + 1) * 24.0)).collect();
        for (from, to) in [(-72.0, 0.0), (0.0, 1.0), (1.0, 24.0)].into_iter().chain(days) {
            assert!(
                left.iter().any(|left| from < *left && *left <= to),
                "{from} to {to} in {left:?}"
            );
        }
        assert_eq!(left.len(), waiting.len() - 2, "some say nothing of their end");
    });
}

#[test]
fn windows_are_a_fortnight_or_a_week_to_midnight() {
    each(|rows, _| {
        let mut windows = HashSet::new();
        for row in rows.iter().filter(|row| unanswered(row)) {
            let (Some(created), Some(end)) =
                (instant(row, "createdDateTime"), instant(row, "expirationDateTime"))
            else {
                continue;
            };
            let end = end.to_zoned(TimeZone::UTC);
            if end.time() == jiff::civil::Time::midnight() {
                let created = created.to_zoned(TimeZone::UTC).date();
                windows.insert(created.until(end.date()).unwrap().get_days());
            }
        }
        assert!(windows.is_superset(&HashSet::from([7, 14])), "{windows:?}");
    });
}

#[test]
fn every_kind_and_ending_occurs() {
    each(|rows, _| {
        let found: HashSet<_> = rows
            .iter()
            .map(|row| {
                let inviter = match text(row, "/inviteContext/invitedBy/organizationId") {
                    "msft" | "" => "msft",
                    id if id == text(row, "/organizationId") => "own",
                    _ => "partner",
                };
                format!("{} {} {inviter}", text(row, "/type"), text(row, "/qualification"))
            })
            .collect();
        for kind in [
            "Independent Direct msft",
            "Independent MarketingQualified msft",
            "Independent SalesQualified msft",
            "Shared SalesQualified msft",
            "Shared SalesQualified own",
            "Shared None partner",
            "Independent SalesQualified own",
        ] {
            assert!(found.contains(kind), "{kind} in {found:?}");
        }
        let other = |row: &&Value| {
            text(row, "/qualification") == "MarketingQualified" && row["inviteContext"].is_null()
        };
        assert!(rows.iter().any(|row| other(&row)));
        for state in [
            "New Pending",
            "New Received",
            "Active Accepted",
            "Closed Won",
            "Closed Lost",
            "Closed Declined",
            "Closed Expired",
        ] {
            assert!(
                rows.iter().any(|row| format!(
                    "{} {}",
                    text(row, "/status"),
                    text(row, "/substatus")
                ) == state),
                "{state}"
            );
        }
        let currencies: HashSet<_> =
            rows.iter().map(|row| text(row, "/details/currency")).collect();
        for currency in ["EUR", "USD", "GBP", "JPY", "CHF", "SEK"] {
            assert!(currencies.contains(currency), "{currency}");
        }
    });
}

#[test]
fn the_quirks_of_the_api_are_there() {
    each(|rows, _| {
        let any = |what: &str, is: &dyn Fn(&Value) -> bool| assert!(rows.iter().any(is), "{what}");
        any("no name", &|row| row.get("name").is_none());
        any("null name", &|row| row.get("name").is_some_and(Value::is_null));
        any("ids as object", &|row| {
            row["customerProfile"]["ids"].as_object().is_some_and(serde_json::Map::is_empty)
        });
        any("entity", &|row| text(row, "/customerProfile/name").contains("&amp;"));
        any("doubled To", &|row| row["consent"]["consentToToShareInfoWithOthers"] == true);
        any("extra property", &|row| row.get("insights").is_some());
        any("unknown substatus", &|row| row["substatus"] == "Engaged");
        any("unknown type", &|row| row["type"] == "Exclusive");
        any("single team", &|row| row["team"].is_object());
        any("text value", &|row| row["details"]["dealValue"] == "10000");
        any("null value", &|row| row["details"].get("dealValue").is_some_and(Value::is_null));
        any("no value", &|row| {
            row["type"] == "Shared" && row["details"].get("dealValue").is_none()
        });
        any("fraction", &|row| row["details"]["dealValue"].is_f64());
        let digits: HashSet<_> = rows
            .iter()
            .map(|row| {
                let time = text(row, "/createdDateTime").trim_end_matches('Z');
                time.split_once('.').map_or(0, |(_, fraction)| fraction.len())
            })
            .collect();
        assert_eq!(digits, (0..=7).collect());
        assert!(rows.iter().take(30).all(|row| !text(row, "/name").contains(char::is_control)));
    });
}

#[test]
fn names_and_stages_are_as_odd_as_real_ones() {
    each(|rows, now| {
        let any = |what: &str, is: &dyn Fn(&Value) -> bool| assert!(rows.iter().any(is), "{what}");
        any("escape", &|row| text(row, "/name").contains('\u{1b}'));
        any("formula", &|row| text(row, "/name").starts_with('='));
        any("plus", &|row| text(row, "/customerProfile/team/0/email").contains('+'));
        any("percent stage", &|row| row["salesStage"] == "40");
        any("word stage", &|row| row["salesStage"] == "Develop");
        let accepted = |row: &&Value| {
            row["status"] == "Active" && row["direction"] == "Incoming" && row["type"] == "Shared"
        };
        let accepted: Vec<_> = rows.iter().filter(accepted).collect();
        let ends = accepted.iter().filter_map(|row| instant(row, "expirationDateTime"));
        let later: Vec<_> = ends.collect();
        assert!(!later.is_empty() && later.len() < accepted.len() / 2);
        assert!(later.iter().all(|end| end.duration_since(now).as_hours() > 100 * 24));
        assert!(accepted.iter().all(|row| row["acceptedDateTime"].is_string()));
        for mark in ["株式会社", "קונטוסו", "شركة", "🍷", "O'Neill", "%", "#", "&"]
        {
            any(mark, &|row| text(row, "/customerProfile/name").contains(mark));
        }
    });
}

#[test]
fn ids_are_guids_of_their_own_and_some_engagements_are_shared() {
    let now = MOMENTS[0].parse().unwrap();
    let rows = generate(20_000, 3, now);
    let ids: HashSet<_> = rows.iter().map(|row| text(row, "/id")).collect();
    assert_eq!(ids.len(), rows.len());
    for id in &ids {
        let shape = id.chars().map(|next| if next == '-' { '-' } else { 'x' });
        assert_eq!(shape.collect::<String>(), "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
        assert_eq!((&id[14..15], "89ab".contains(&id[19..20])), ("4", true), "{id}");
    }
    let engagements: HashSet<_> = rows.iter().map(|row| text(row, "/engagementId")).collect();
    assert_eq!(engagements.len(), rows.len() - rows.len() / 25);
}

#[test]
fn nothing_but_ends_lies_ahead_and_the_past_goes_back_a_year_and_a_half() {
    each(|rows, now| {
        let mut oldest = now;
        for row in rows {
            let created = instant(row, "createdDateTime").unwrap();
            oldest = oldest.min(created);
            for name in ["createdDateTime", "updatedDateTime", "acceptedDateTime", "closedDateTime"]
            {
                assert!(instant(row, name).is_none_or(|it| it <= now), "{row}");
            }
            assert!(instant(row, "closedDateTime").is_none_or(|it| it >= created), "{row}");
        }
        let age = now.duration_since(oldest).as_hours() / 24;
        assert!((400..=550).contains(&age), "{age}");
    });
}

#[test]
fn the_same_seed_and_moment_give_the_same_referrals() {
    let now = MOMENTS[0].parse().unwrap();
    let rows = generate(60, 1, now);
    assert_eq!(rows, generate(60, 1, now));
    assert_eq!(rows[..], generate(250, 1, now)[..60]);
    assert_ne!(rows, generate(60, 2, now));
    assert!(generate(0, 1, now).is_empty());
}

#[test]
fn who_asks_for_what_does_not_depend_on_the_day() {
    let describe = |row: &Value| {
        let paths =
            ["/id", "/engagementId", "/status", "/substatus", "/type", "/customerProfile/name"];
        paths.map(|path| text(row, path).to_owned())
    };
    let described = MOMENTS.map(|moment| {
        let rows = generate(250, 0, moment.parse().unwrap());
        rows.iter().map(describe).collect::<Vec<_>>()
    });
    assert!(described.iter().all(|rows| *rows == described[0]));
    // The documents show it.
    assert_eq!(described[0][0][0], "a706dd2f-4d19-4e6f-a382-a305f4414f5e");
}
