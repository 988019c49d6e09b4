//! Writes the deadlines as events of a calendar (RFC 5545), which replace those of an earlier file when they are
//! imported again.
//!
//! By hand, because the crate `icalendar` gives every alarm the system's time and a random id, so that no file is equal
//! to the next, and leaves carriage returns in texts.

use std::io::Write;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::content_line::push_line;
use super::display::format_cell;
use super::escape::escape_calendar;
use super::renderer::{RenderSummary, Renderer};
use super::{short_id, times};
use crate::columns::{Cell, ColumnHead, Row};
use crate::error::Result;
use crate::model::{Deadline, DeadlineMark, TimeLeft};
use crate::output::write_failed;

/// Of an event, because some calendars do not show one without a length.
const LENGTH: SignedDuration = SignedDuration::from_mins(15);

/// The characters of an id in the command that shows the referral: the first group of a UUID.
const ID_LENGTH: usize = 8;

/// What a calendar without events has, because it may not be empty (RFC 5545 §3.6).
const EMPTY: &str = "BEGIN:VTIMEZONE\r\nTZID:UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

#[derive(Clone, Debug)]
pub struct CalendarOptions {
    pub zone: TimeZone,
    pub now: Timestamp,
    /// How long before a deadline a calendar reminds of it; `None`: never.
    pub alarm: Option<SignedDuration>,
}

pub(super) struct Calendar {
    options: CalendarOptions,
    columns: Vec<&'static ColumnHead>,
    is_begun: bool,
    rows: usize,
    events: usize,
}

/// The cells of a row, as text.
struct EventRow<'a, 'b> {
    calendar: &'a Calendar,
    row: &'a Row<'b>,
}

impl Calendar {
    pub(super) fn new(options: CalendarOptions, columns: Vec<&'static ColumnHead>) -> Calendar {
        Calendar { options, columns, is_begun: false, rows: 0, events: 0 }
    }

    fn begin_once(&mut self, out: &mut dyn Write) -> Result<()> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Ok(());
        }
        let start = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//referrals//referrals//EN\r\n\
                     CALSCALE:GREGORIAN\r\n";
        out.write_all(start.as_bytes()).map_err(write_failed)
    }

    fn format_event(&self, row: &Row<'_>, deadline: Deadline) -> String {
        let event = EventRow { calendar: self, row };
        let mut out = String::new();
        let mut push = |name: &str, value: &str| push_line(&mut out, &format!("{name}:{value}"));
        let text = |text: &str| escape_calendar(text).into_owned();
        push("BEGIN", "VEVENT");
        let id = event.text("id");
        // The API's rows have ids; one without cannot be found again by a calendar.
        let id = if id.is_empty() { format!("row-{}", self.rows) } else { id };
        push("UID", &text(&format!("{id}@referrals")));
        push("DTSTAMP", &format_time(self.options.now));
        if let Some(Cell::Time(updated)) = event.cell("updated") {
            push("LAST-MODIFIED", &format_time(*updated));
            // In minutes, which fit the format's integers; of two events of one id, calendars keep the higher.
            push("SEQUENCE", &(updated.as_second() / 60).clamp(0, i32::MAX.into()).to_string());
        }
        push("DTSTART", &format_time(deadline.at));
        push("DTEND", &format_time(deadline.at.checked_add(LENGTH).unwrap_or(deadline.at)));
        let summary = event.summary(deadline);
        push("SUMMARY", &text(&summary));
        push("DESCRIPTION", &text(&event.description(deadline)));
        push("CATEGORIES", "Referrals");
        push("TRANSP", "TRANSPARENT");
        let is_ahead = matches!(deadline.time_left(self.options.now), TimeLeft::Ahead(_));
        if let Some(alarm) = self.options.alarm.filter(|_| is_ahead) {
            push("BEGIN", "VALARM");
            push("ACTION", "DISPLAY");
            push("TRIGGER", &format_before(alarm));
            push("DESCRIPTION", &text(&summary));
            push("END", "VALARM");
        }
        push("END", "VEVENT");
        out
    }

    fn format_note(&self) -> Option<String> {
        let left_out = self.rows - self.events;
        let count = super::totals::format_count(left_out);
        (left_out > 0).then(|| {
            format!(
                "not in the calendar: {count} without a known deadline, or with no answer to give"
            )
        })
    }
}

impl EventRow<'_, '_> {
    fn cell(&self, name: &str) -> Option<&Cell<'_>> {
        let index = self.calendar.columns.iter().position(|column| column.name == name)?;
        self.row.cells.get(index)
    }

    fn text(&self, name: &str) -> String {
        let CalendarOptions { zone, now, .. } = &self.calendar.options;
        self.cell(name).map_or_else(String::new, |cell| format_cell(cell, zone, *now))
    }

    /// By which an answer is needed.
    fn deadline(&self) -> Option<Deadline> {
        match self.cell("deadline") {
            Some(Cell::Deadline(deadline)) => {
                Some(*deadline).filter(|it| it.mark != Some(DeadlineMark::NoAnswerNeeded))
            }
            _ => None,
        }
    }

    /// `Answer: Northwind — ERP on Azure (co-sell)`.
    fn summary(&self, deadline: Deadline) -> String {
        let names = ["customer", "name"].map(|name| self.text(name));
        let names: Vec<&str> =
            names.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        let id = self.text("id");
        let names = if names.is_empty() { id } else { names.join(" — ") };
        let kind = self.text("kind");
        let kind = if kind.is_empty() { kind } else { format!(" ({kind})") };
        let mark = if deadline.estimated { ", estimated deadline" } else { "" };
        format!("Answer: {names}{kind}{mark}")
    }

    fn description(&self, deadline: Deadline) -> String {
        let CalendarOptions { zone, now, .. } = &self.calendar.options;
        let labelled =
            [("Kind", "kind"), ("Value", "value"), ("From", "from"), ("Sellers", "sellers")];
        let labelled = labelled.map(|(label, name)| (label, self.text(name)));
        let filled = labelled.into_iter().filter(|(_, text)| !text.is_empty());
        let mut lines: Vec<String> =
            filled.map(|(label, text)| format!("{label}: {text}")).collect();
        let at = times::format_local_time(deadline.at, zone, *now);
        let mark = if deadline.estimated { " (estimated from the creation date)" } else { "" };
        lines.push(format!("Lapses: {at}{mark}"));
        if deadline.mark == Some(DeadlineMark::Received) {
            lines.push("Substatus: Received".to_owned());
        }
        let id = self.text("id");
        let id = short_id::shorten(&id, ID_LENGTH);
        // Nothing that a shell would read in its own way.
        if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            lines.push(format!("In full: referrals show {id}"));
        }
        lines.join("\n")
    }
}

impl Renderer for Calendar {
    fn write_row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()> {
        self.begin_once(out)?;
        self.rows += 1;
        let Some(deadline) = (EventRow { calendar: self, row }).deadline() else { return Ok(()) };
        self.events += 1;
        out.write_all(self.format_event(row, deadline).as_bytes()).map_err(write_failed)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        self.begin_once(out)?;
        let content = if self.events == 0 { EMPTY } else { "" };
        out.write_all(format!("{content}END:VCALENDAR\r\n").as_bytes()).map_err(write_failed)?;
        let notes = self.format_note().into_iter().collect();
        Ok(RenderSummary { notes, ..RenderSummary::default() })
    }
}

/// In UTC: `20261114T000000Z`.
fn format_time(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A time before the start, in its largest whole unit: `-P1D`, `-PT36H`, `-PT90M`.
fn format_before(span: SignedDuration) -> String {
    const DAY: i64 = 24 * 60;
    match span.as_mins() {
        0 => "PT0S".to_owned(),
        minutes if minutes % DAY == 0 => format!("-P{}D", minutes / DAY),
        minutes if minutes % 60 == 0 => format!("-PT{}H", minutes / 60),
        minutes => format!("-PT{minutes}M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, samples};
    use crate::model::Referral;
    use proptest::prelude::*;
    use serde_json::json;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn options() -> CalendarOptions {
        CalendarOptions { zone: TimeZone::UTC, now: samples::now(), alarm: Some(DAY) }
    }

    fn render(options: CalendarOptions, referrals: &[Referral]) -> (String, RenderSummary) {
        let columns = columns::calendar_columns();
        let mut calendar = Calendar::new(options, columns::collect_heads(&columns));
        let mut out = Vec::new();
        for referral in referrals {
            calendar.write_row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        let summary = calendar.finish(&mut out).unwrap();
        (String::from_utf8(out).unwrap(), summary)
    }

    /// A component: its name, its properties with their unescaped values, and the components in it.
    #[derive(Debug)]
    struct Component {
        name: String,
        properties: Vec<(String, String)>,
        components: Vec<Component>,
    }

    impl Component {
        fn value(&self, name: &str) -> &str {
            let mut named = self.properties.iter().filter(|(property, _)| property == name);
            let value = &named.next().unwrap_or_else(|| panic!("no {name} in {self:?}")).1;
            assert!(named.next().is_none(), "two of {name} in {self:?}");
            value
        }

        fn count(&self, name: &str) -> usize {
            self.components.iter().filter(|component| component.name == name).count()
        }
    }

    /// Reads a calendar as strictly as RFC 5545 has it.
    fn parse(text: &str) -> Component {
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
        let lines = text.strip_suffix("\r\n").expect("the last line ends");
        assert!(lines.split("\r\n").all(|line| !line.is_empty() && line.len() <= 75), "{text}");
        let unfolded = lines.replace("\r\n ", "");
        let mut open: Vec<Component> = Vec::new();
        let mut lines = unfolded.split("\r\n");
        for line in lines.by_ref() {
            assert!(!line.chars().any(char::is_control), "{line:?}");
            let (name, value) = line.split_once(':').expect("a name and a value");
            let is_name = |c: char| c.is_ascii_uppercase() || c == '-';
            assert!(!name.is_empty() && name.chars().all(is_name), "{line}");
            let value = unescape(value);
            match name {
                "BEGIN" => {
                    open.push(Component { name: value, properties: vec![], components: vec![] });
                }
                "END" => {
                    let component = open.pop().unwrap();
                    assert_eq!(component.name, value);
                    let Some(outer) = open.last_mut() else {
                        assert_eq!(lines.next(), None);
                        return component;
                    };
                    outer.components.push(component);
                }
                _ => open.last_mut().unwrap().properties.push((name.to_owned(), value)),
            }
        }
        panic!("the calendar does not end: {text}");
    }

    fn unescape(value: &str) -> String {
        let mut text = String::new();
        let mut chars = value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => text.push(match chars.next() {
                    Some('n') => '\n',
                    Some(c @ ('\\' | ';' | ',')) => c,
                    other => panic!("\\{other:?} in {value}"),
                }),
                ',' | ';' => panic!("{c} in {value}"),
                c => text.push(c),
            }
        }
        text
    }

    #[test]
    fn a_deadline_is_an_event_with_an_alarm() {
        let (text, summary) = render(options(), &[samples::referral(samples::INVITATION)]);
        let calendar = parse(&text);
        assert_eq!(calendar.value("VERSION"), "2.0");
        let event = &calendar.components[0];
        assert_eq!(event.name, "VEVENT");
        for (name, value) in [
            ("UID", "7c91e4d2-08af-4b63-b5d7-1e2f3a4b5c02@referrals"),
            ("DTSTAMP", "20260610T200000Z"),
            ("LAST-MODIFIED", "20260604T061041Z"),
            ("SEQUENCE", "29675890"),
            ("DTSTART", "20260611T000000Z"),
            ("DTEND", "20260611T001500Z"),
            ("SUMMARY", "Answer: Northwind Traders GmbH — Northwind ERP on Azure (co-sell)"),
            (
                "DESCRIPTION",
                "Kind: co-sell\nValue: 185,000.50 EUR\nFrom: Microsoft\n\
                 Sellers: ada.lindqvist@contoso.example, bo@contoso.example\n\
                 Lapses: Thu 11 Jun 00:00 UTC\nIn full: referrals show 7c91e4d2",
            ),
            ("CATEGORIES", "Referrals"),
            ("TRANSP", "TRANSPARENT"),
        ] {
            assert_eq!(event.value(name), value);
        }
        let alarm = &event.components[0];
        assert_eq!((&*alarm.name, alarm.value("TRIGGER")), ("VALARM", "-P1D"));
        assert_eq!(alarm.value("ACTION"), "DISPLAY");
        assert_eq!(alarm.value("DESCRIPTION"), event.value("SUMMARY"));
        assert_eq!(summary, RenderSummary::default());
    }

    #[test]
    fn an_overdue_event_and_one_without_an_alarm_have_none() {
        let referrals = [samples::referral(samples::INVITATION)];
        let late = "2026-06-11T00:00:00Z".parse().unwrap();
        for options in [
            CalendarOptions { now: late, ..options() },
            CalendarOptions { alarm: None, ..options() },
        ] {
            let event = &parse(&render(options, &referrals).0).components[0];
            assert_eq!((event.count("VALARM"), event.value("DTSTART")), (0, "20260611T000000Z"));
        }
    }

    #[test]
    fn an_estimate_is_marked_in_words() {
        let event =
            &parse(&render(options(), &[samples::referral(samples::HOSTILE)]).0).components[0];
        assert!(event.value("SUMMARY").ends_with(", estimated deadline"), "{event:?}");
        assert!(event.value("DESCRIPTION").contains("UTC (estimated from the creation date)"));
        // Its id would be read by a shell.
        assert!(!event.value("DESCRIPTION").contains("referrals show"));
    }

    #[test]
    fn what_has_no_deadline_to_meet_is_no_event_and_counted() {
        let unneeded = r#"{"id":"a","status":"New","callToAction":"GetItNow","expirationDateTime":"2026-06-15T00:00:00Z"}"#;
        let referrals = [samples::ACTIVE, unneeded, samples::LEAD].map(samples::referral);
        let (text, summary) = render(options(), &referrals);
        assert_eq!(parse(&text).count("VEVENT"), 1);
        assert_eq!(
            summary.notes,
            [
                "not in the calendar: 2 referrals without a known deadline, or with no answer to give"
            ]
        );
    }

    #[test]
    fn a_calendar_without_events_is_one_still() {
        let calendar = parse(&render(options(), &[]).0);
        assert_eq!((calendar.count("VEVENT"), calendar.count("VTIMEZONE")), (0, 1));
    }

    #[test]
    fn the_same_rows_give_the_same_events_later_and_a_change_a_higher_sequence() {
        let event = |json: &str, now: &str| {
            let options = CalendarOptions { now: now.parse().unwrap(), ..options() };
            parse(&render(options, &[samples::referral(json)]).0).components.remove(0)
        };
        let (first, later) = ("2026-06-05T08:00:00Z", "2026-06-06T08:00:00Z");
        let changed = samples::INVITATION
            .replace("2026-06-04T06:10:41Z", "2026-06-06T06:10:41Z")
            .replace("2026-06-11T00:00:00Z", "2026-06-13T00:00:00Z");
        let [one, same, other] = [
            event(samples::INVITATION, first),
            event(samples::INVITATION, later),
            event(&changed, later),
        ];
        let number = |event: &Component| event.value("SEQUENCE").parse::<u32>().unwrap();
        assert_eq!(number(&one), number(&same));
        assert!(number(&other) > number(&one));
        assert_eq!([same.value("UID"), other.value("UID")], [one.value("UID"); 2]);
        assert!(same.value("DTSTAMP") > one.value("DTSTAMP"));
        assert_eq!(other.value("DTSTART"), "20260613T000000Z");
    }

    #[test]
    fn the_time_before_a_deadline_has_its_largest_unit() {
        for (minutes, text) in [
            (0, "PT0S"),
            (15, "-PT15M"),
            (90, "-PT90M"),
            (36 * 60, "-PT36H"),
            (24 * 60, "-P1D"),
            (14 * 24 * 60, "-P14D"),
        ] {
            assert_eq!(format_before(SignedDuration::from_mins(minutes)), text);
        }
    }

    proptest! {
        #[test]
        fn text_from_outside_adds_no_property(text in any::<String>()) {
            let referral = json!({
                "id": text, "status": "New", "name": text, "createdDateTime": "2026-06-05T10:00:00Z",
                "customerProfile": {"name": text}, "details": {"dealValue": 5, "currency": text},
                "team": [{"email": text}],
            });
            let calendar = parse(&render(options(), &[samples::referral(&referral.to_string())]).0);
            prop_assert_eq!(calendar.properties.len(), 3);
            let event = &calendar.components[0];
            prop_assert_eq!(event.properties.len(), 8);
            let name = super::super::display::display_text(&text);
            prop_assert!(event.value("SUMMARY").contains(&name));
        }
    }
}
