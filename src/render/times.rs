//! Times as people read them: time left, local times with their zone, days.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::model::{Deadline, TimeLeft};

/// Stands before an estimated deadline.
const ESTIMATE: &str = "~";

/// Time left and local time: `2d 4h, Fri 13 Nov 16:00 PST`; an estimate has `~` in front.
pub(super) fn deadline_text(deadline: Deadline, zone: &TimeZone, now: Timestamp) -> String {
    let mark = if deadline.estimated { ESTIMATE } else { "" };
    let left = match deadline.time_left(now) {
        TimeLeft::Ahead(left) => span_text(left),
        TimeLeft::Overdue(past) => format!("overdue {}", span_text(past)),
    };
    format!("{mark}{left}, {}", moment_text(deadline.at, zone, now))
}

/// Local time with its zone, `Fri 13 Nov 16:00 PST`; the year is there when it is not the present one.
pub(super) fn moment_text(at: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let local = at.to_zoned(zone.clone());
    let present = now.to_zoned(zone.clone());
    let day = if local.year() == present.year() {
        local.strftime("%a %-d %b %H:%M")
    } else {
        local.strftime("%a %-d %b %Y %H:%M")
    };
    format!("{day} {}", zone_text(&local))
}

/// Local time without its zone, `2026-06-01 09:14`.
pub(super) fn minute_text(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The day in UTC, `2026-09-30`: a closing date is sent as a midnight UTC, and a local reading of it
/// would show Americans the day before (API §3.3).
pub(super) fn day_text(at: Timestamp) -> String {
    minute_text(at, &TimeZone::UTC)[..10].to_owned()
}

/// The span in its one or two largest units, rounded down: what is left is never overstated.
fn span_text(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    match (days, hours, minutes) {
        (0, 0, 0) => "<1m".to_owned(),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, _) => format!("{hours}h"),
        (days, 0, _) => format!("{days}d"),
        (days, hours, _) => format!("{days}d {hours}h"),
    }
}

/// The zone's abbreviation; where the zone has only a number (`-03`), one that says what it is (`UTC-03`).
fn zone_text(local: &Zoned) -> String {
    let name = local.strftime("%Z").to_string();
    if !name.starts_with(['+', '-']) {
        // What an unknown zone is called; its times are UTC.
        return name.replace("Etc/Unknown", "UTC");
    }
    match name.len() {
        // As the zone database writes half hours: `+0530`.
        5 => format!("UTC{}:{}", &name[..3], &name[3..]),
        _ => format!("UTC{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-11T20:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn check(moment: &str, estimated: bool, name: &str, text: &str) {
        let deadline = Deadline { at: at(moment), estimated };
        assert_eq!(deadline_text(deadline, &zone(name), at(NOW)), text);
    }

    #[test]
    fn a_deadline_is_time_left_and_local_time() {
        let pacific = "America/Los_Angeles";
        check("2026-11-14T00:00:00Z", false, pacific, "2d 4h, Fri 13 Nov 16:00 PST");
        check("2026-11-14T00:00:00Z", true, "UTC", "~2d 4h, Sat 14 Nov 00:00 UTC");
        check("2026-11-13T20:00:00Z", false, "UTC", "2d, Fri 13 Nov 20:00 UTC");
        check("2026-11-12T19:59:59Z", false, "Asia/Kolkata", "23h, Fri 13 Nov 01:29 IST");
        check("2026-11-11T17:00:00Z", false, "UTC", "overdue 3h, Wed 11 Nov 17:00 UTC");
        check("2026-11-11T20:00:00Z", false, "UTC", "overdue <1m, Wed 11 Nov 20:00 UTC");
        check("2026-10-01T00:00:00Z", true, "UTC", "~overdue 41d 20h, Thu 1 Oct 00:00 UTC");
    }

    #[test]
    fn a_zone_without_letters_is_named_by_its_distance_from_utc() {
        let (brazil, nepal) = ("America/Sao_Paulo", "Asia/Kathmandu");
        check("2026-11-11T20:42:59Z", false, brazil, "42m, Wed 11 Nov 17:42 UTC-03");
        check("2026-11-11T20:00:30Z", false, nepal, "<1m, Thu 12 Nov 01:45 UTC+05:45");
    }

    #[test]
    fn the_year_is_shown_when_it_is_another_one_there() {
        let newyear = "2027-01-01T00:00:00Z";
        check(newyear, false, "America/New_York", "50d 4h, Thu 31 Dec 19:00 EST");
        check(newyear, false, "UTC", "50d 4h, Fri 1 Jan 2027 00:00 UTC");
    }

    #[test]
    fn fixed_and_unknown_zones_have_names_too() {
        let fixed = TimeZone::fixed(jiff::tz::offset(-3));
        assert!(moment_text(at(NOW), &fixed, at(NOW)).ends_with(" 17:00 UTC-03"));
        assert!(moment_text(at(NOW), &TimeZone::unknown(), at(NOW)).ends_with(" 20:00 UTC"));
    }

    #[test]
    fn a_closing_day_is_the_day_that_was_sent() {
        assert_eq!(day_text(at("2026-09-30T00:00:00Z")), "2026-09-30");
    }
}
