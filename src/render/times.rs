//! Formats times for people: the time left, local times with their zone, dates.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::columns::NoDate;
use crate::model::{Deadline, DeadlineMark, Due, TimeLeft};

/// The distance at which a day of the year could be of more than one year.
const FAR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The time left and the local time: `2d 4h, Fri 13 Nov 16:00 PST`. An estimate starts with `~`.
pub(super) fn format_deadline(deadline: Deadline, zone: &TimeZone, now: Timestamp) -> String {
    let end = format_local_time(deadline.at, zone, now);
    if deadline.mark == Some(DeadlineMark::NoAnswerNeeded) {
        return format!("no answer needed, until {end}");
    }
    let mark = if deadline.estimated { "~" } else { "" };
    let left = match deadline.time_left(now) {
        TimeLeft::Ahead(left) => format_span(left),
        TimeLeft::Overdue(since) => format!("overdue {}", format_span(since)),
    };
    let received = match deadline.mark {
        Some(DeadlineMark::Received) => ", received",
        _ => "",
    };
    format!("{mark}{left}, {end}{received}")
}

/// The time left for a narrow column: `1d 6h`, `~46m`, `overdue 1d`, `6d received`.
pub(super) fn format_left(deadline: Deadline, now: Timestamp) -> String {
    let mark = if deadline.estimated { "~" } else { "" };
    match (deadline.mark, deadline.time_left(now)) {
        (Some(DeadlineMark::NoAnswerNeeded), _) => NoDate::NoAnswerNeeded.as_str().to_owned(),
        (Some(DeadlineMark::Received), TimeLeft::Ahead(left)) => {
            format!("{mark}{} received", largest_unit(left))
        }
        (_, TimeLeft::Ahead(left)) => format!("{mark}{}", format_span(left)),
        (_, TimeLeft::Overdue(since)) => format!("{mark}overdue {}", largest_unit(since)),
    }
}

/// The same beside states that are words: `due 13d`.
pub(super) fn format_state(deadline: Deadline, now: Timestamp) -> String {
    match (deadline.mark, deadline.time_left(now)) {
        (None, TimeLeft::Ahead(left)) => {
            format!("due {}{}", if deadline.estimated { "~" } else { "" }, largest_unit(left))
        }
        _ => format_left(deadline, now),
    }
}

/// When a deadline is, as people say it: `today 16:00`, `tonight 01:00`, `Thu 09:00`, `Fri 27 Nov`. The year is that of a
/// date which is far.
pub(super) fn format_due(deadline: Deadline, zone: &TimeZone, now: Timestamp) -> String {
    match deadline.due(zone, now) {
        Due::Today(time) => format!("today {}", time.strftime("%H:%M")),
        Due::Tonight(time) => format!("tonight {}", time.strftime("%H:%M")),
        Due::Tomorrow(time) => time.strftime("%a %H:%M").to_string(),
        Due::Day(day) if deadline.at.duration_since(now).abs() > FAR => {
            day.strftime("%a %-d %b %Y").to_string()
        }
        Due::Day(day) => day.strftime("%a %-d %b").to_string(),
    }
}

/// `today`, `23 Nov`, or with the year if it is not the current one.
pub(super) fn format_day(time: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let [day, today] = [time, now].map(|time| time.to_zoned(zone.clone()).date());
    if day == today {
        return "today".to_owned();
    }
    let format = if day.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
    day.strftime(format).to_string()
}

/// `Fri 13 Nov 16:00 PST`, with the year if it is not the current one.
pub fn format_local_time(time: Timestamp, zone: &TimeZone, now: Timestamp) -> String {
    let local = time.to_zoned(zone.clone());
    let day = if local.year() == now.to_zoned(zone.clone()).year() {
        local.strftime("%a %-d %b %H:%M")
    } else {
        local.strftime("%a %-d %b %Y %H:%M")
    };
    format!("{day} {}", format_zone(&local))
}

/// `2026-06-01 09:14`, in local time.
pub(super) fn format_date_time(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The one or two largest units, rounded down.
fn format_span(span: SignedDuration) -> String {
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

/// Rounded down.
fn largest_unit(span: SignedDuration) -> String {
    let span = format_span(span);
    span.split(' ').next().unwrap_or_default().to_owned()
}

/// The zone's abbreviation, or `UTC-03` for a zone whose abbreviation is a number (`-03`).
pub(super) fn format_zone(local: &Zoned) -> String {
    let name = local.strftime("%Z").to_string();
    if !name.starts_with(['+', '-']) {
        // jiff's name of an unknown zone, whose times are in UTC.
        return name.replace("Etc/Unknown", "UTC");
    }
    match name.len() {
        // With minutes, as in `+0530`.
        5 => format!("UTC{}:{}", &name[..3], &name[3..]),
        _ => format!("UTC{name}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::model::Referral;

    const NOW: &str = "2026-11-11T20:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn check(moment: &str, estimated: bool, name: &str, text: &str) {
        let deadline = Deadline { at: at(moment), estimated, mark: None };
        assert_eq!(format_deadline(deadline, &zone(name), at(NOW)), text);
    }

    #[test]
    fn a_deadline_has_the_time_left_and_the_local_time() {
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
    fn what_is_received_or_needs_no_answer_is_marked() {
        let format = |mark| {
            let deadline = Deadline { at: at("2026-11-10T20:00:00Z"), estimated: false, mark };
            format_deadline(deadline, &TimeZone::UTC, at(NOW))
        };
        assert_eq!(
            format(Some(DeadlineMark::Received)),
            "overdue 1d, Tue 10 Nov 20:00 UTC, received"
        );
        assert_eq!(
            format(Some(DeadlineMark::NoAnswerNeeded)),
            "no answer needed, until Tue 10 Nov 20:00 UTC"
        );
    }

    #[test]
    fn a_table_has_the_time_left_and_the_day_apart() {
        let received = Some(DeadlineMark::Received);
        for (at_text, estimated, mark, left, state, due) in [
            ("2026-11-11T20:46:00Z", false, None, "46m", "due 46m", "today 12:46"),
            ("2026-11-12T02:00:00Z", true, None, "~6h", "due ~6h", "today 18:00"),
            ("2026-11-12T09:00:00Z", false, None, "13h", "due 13h", "tonight 01:00"),
            ("2026-11-12T17:00:00Z", false, None, "21h", "due 21h", "Thu 09:00"),
            ("2026-11-14T00:00:00Z", false, None, "2d 4h", "due 2d", "Fri 13 Nov"),
            ("2026-11-14T00:00:00Z", true, received, "~2d received", "~2d received", "Fri 13 Nov"),
            ("2026-11-10T00:00:00Z", false, None, "overdue 1d", "overdue 1d", "Mon 9 Nov"),
            ("2026-11-10T00:00:00Z", true, received, "~overdue 1d", "~overdue 1d", "Mon 9 Nov"),
            ("2027-01-01T00:00:00Z", false, None, "50d 4h", "due 50d", "Thu 31 Dec"),
            ("2027-06-01T00:00:00Z", false, None, "201d 4h", "due 201d", "Mon 31 May 2027"),
        ] {
            let deadline = Deadline { at: at(at_text), estimated, mark };
            assert_eq!(format_left(deadline, at(NOW)), left, "{at_text}");
            assert_eq!(format_state(deadline, at(NOW)), state, "{at_text}");
            assert_eq!(format_due(deadline, &zone("America/Los_Angeles"), at(NOW)), due);
        }
        let mark = Some(DeadlineMark::NoAnswerNeeded);
        let none = Deadline { at: at(NOW), estimated: false, mark };
        assert_eq!(format_left(none, at(NOW)), "no answer needed");
        assert_eq!(format_state(none, at(NOW)), "no answer needed");
    }

    /// Pseudo-random numbers below `end` (`SplitMix64`).
    fn numbers(mut state: u64) -> impl FnMut(i64) -> i64 {
        move |end| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            i64::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap() % end
        }
    }

    /// The day that a reader takes from the text of [`format_due`].
    fn told_day(due: &str, deadline: Deadline, today: Date, year: i16) -> Date {
        let words: Vec<&str> = due.split(' ').collect();
        match words[..] {
            ["today" | "tonight", _] => today,
            // A weekday with a time is tomorrow.
            [weekday, _] => {
                let tomorrow = today.tomorrow().unwrap();
                assert_eq!(tomorrow.strftime("%a").to_string(), weekday, "{deadline:?}");
                tomorrow
            }
            [_, day, month] => Date::strptime("%d %b %Y", format!("{day} {month} {year}")).unwrap(),
            [_, day, month, year] => {
                Date::strptime("%d %b %Y", format!("{day} {month} {year}")).unwrap()
            }
            _ => panic!("not a day: {due}"),
        }
    }

    #[test]
    fn in_every_zone_the_day_told_is_the_deadlines_or_the_one_before_and_estimates_are_marked() {
        let zones: Vec<TimeZone> =
            jiff::tz::db().available().map(|name| zone(name.as_str())).collect();
        assert!(zones.len() > 300);
        let mut next = numbers(11);
        let start = at("2024-01-01T00:00:00Z").as_second();
        for case in 0..10_000 {
            let zone = &zones[case % zones.len()];
            let now = Timestamp::from_second(start + next(3 * 365 * 86_400)).unwrap();
            let created = now - SignedDuration::from_secs(next(20 * 86_400));
            // Half of them at midnight UTC, as the API has it.
            let ends = now.as_second() + next(35 * 86_400) - 5 * 86_400;
            let ends = if next(2) == 0 { ends - ends % 86_400 } else { ends };
            let expiration = Timestamp::from_second(ends).unwrap().to_string();
            let expiration =
                if next(3) == 0 { "null".to_owned() } else { format!("\"{expiration}\"") };
            let status =
                ["New", "New", "New", "Active", "Closed"][usize::try_from(next(5)).unwrap()];
            let action = ["", "ContactMe", "Free trial"][usize::try_from(next(3)).unwrap()];
            let json = format!(
                r#"{{"status":"{status}","createdDateTime":"{created}","callToAction":"{action}",
                "expirationDateTime":{expiration}}}"#
            );
            let deadline = Deadline::of(&Referral::parse(&json).unwrap());
            let is_estimate = expiration == "null";
            let has_none = status != "New" || (action == "Free trial" && is_estimate);
            assert_eq!(deadline.is_none(), has_none, "{json}");
            let Some(deadline) = deadline else { continue };
            let left = [format_left(deadline, now), format_state(deadline, now)];
            if action == "Free trial" {
                assert_eq!(left, ["no answer needed"; 2], "{json}");
            } else {
                assert!(left.iter().all(|text| text.contains('~') == is_estimate), "{left:?}");
            }
            let [today, day] = [now, deadline.at].map(|at| at.to_zoned(zone.clone()).date());
            let due = format_due(deadline, zone, now);
            // The year is left out where it is the nearest one.
            let years = [day.year(), day.year() - 1];
            let is_told = |year: &i16| {
                let told = told_day(&due, deadline, today, *year);
                told == day || told == day.yesterday().unwrap()
            };
            assert!(years.iter().any(is_told), "{due}: {json} at {now} in {zone:?}");
        }
    }

    #[test]
    fn a_day_is_told_without_the_year_where_that_is_the_current_one() {
        for (time, day) in [
            ("2026-11-11T08:00:00Z", "today"),
            ("2026-11-11T07:59:59Z", "10 Nov"),
            ("2026-01-01T08:00:00Z", "1 Jan"),
            ("2026-01-01T07:59:59Z", "31 Dec 2025"),
        ] {
            assert_eq!(format_day(at(time), &zone("America/Los_Angeles"), at(NOW)), day);
        }
    }

    #[test]
    fn a_zone_without_letters_is_named_by_its_offset_from_utc() {
        let (brazil, nepal) = ("America/Sao_Paulo", "Asia/Kathmandu");
        check("2026-11-11T20:42:59Z", false, brazil, "42m, Wed 11 Nov 17:42 UTC-03");
        check("2026-11-11T20:00:30Z", false, nepal, "<1m, Thu 12 Nov 01:45 UTC+05:45");
    }

    #[test]
    fn the_year_is_shown_if_it_is_another_one_in_the_zone() {
        let newyear = "2027-01-01T00:00:00Z";
        check(newyear, false, "America/New_York", "50d 4h, Thu 31 Dec 19:00 EST");
        check(newyear, false, "UTC", "50d 4h, Fri 1 Jan 2027 00:00 UTC");
    }

    #[test]
    fn fixed_and_unknown_zones_have_names() {
        let fixed = TimeZone::fixed(jiff::tz::offset(-3));
        assert!(format_local_time(at(NOW), &fixed, at(NOW)).ends_with(" 17:00 UTC-03"));
        assert!(format_local_time(at(NOW), &TimeZone::unknown(), at(NOW)).ends_with(" 20:00 UTC"));
    }
}
