//! One referral in full, for reading.
//! Says nothing about what is absent.

use std::io::Write;

use anstyle::{AnsiColor, Style as Paint};

use super::cell::display_text;
use super::times::{self, Urgency};
use super::{Style, write_failed};
use crate::error::Result;
use crate::model::{
    Deadline, Direction, Member, Referral, ReferralKind, Solution, Status, Substatus,
};
use crate::text;

/// Where the values begin.
const INDENT: usize = 13;

/// Below this width a label has a line of its own.
const NARROW: usize = 40;

/// Writes `referral` with everything that is known of it, wrapped to the style's width.
///
/// # Errors
/// Those of writing to `out`.
pub fn detail(referral: &Referral, style: &Style, out: &mut dyn Write) -> Result<()> {
    let mut page = DetailPage { style, text: String::new() };
    page.title(referral);
    page.standing(referral);
    page.people(referral);
    page.wishes(referral);
    page.words(referral);
    page.ids(referral);
    let text = page.text.trim_end();
    writeln!(out, "{text}").map_err(|error| write_failed(&error))
}

struct DetailPage<'a> {
    style: &'a Style,
    text: String,
}

impl DetailPage<'_> {
    fn title(&mut self, referral: &Referral) {
        let customer = &referral.customer_profile;
        let title = referral.name.as_ref().or(customer.name.as_ref());
        let title = title.or(referral.id.as_ref()).map_or("Referral", String::as_str);
        let paint = if self.style.color { Paint::new().bold() } else { Paint::new() };
        for line in self.wrapped(&display_text(title), 0) {
            self.line(&format!("{paint}{line}{paint:#}"));
        }
        let name = referral.name.as_ref().and(customer.name.as_deref());
        let address = &customer.address;
        let town = town(address.postal_code.as_deref(), address.city.as_deref());
        let place = [
            address.address_line1.as_deref(),
            address.address_line2.as_deref(),
            town.as_deref(),
            address.state.as_deref(),
            address.country.as_deref(),
        ];
        let size = customer.size.as_deref().map(employees);
        self.blank();
        self.field("Customer", &joined(&[name, size.as_deref()]));
        self.field("Address", &joined(&place));
    }

    fn standing(&mut self, referral: &Referral) {
        self.blank();
        let status = referral.status.as_ref().map(Status::as_str);
        let substatus = referral.substatus.as_ref().map(Substatus::as_str);
        let reason = referral.status_reason.as_deref();
        self.field("Status", &joined(&[status, substatus, reason]));
        if let Some(deadline) = Deadline::of(referral) {
            self.deadline(deadline);
        }
        self.field("Kind", &kind(referral));
        if let Some(value) = referral.value() {
            self.field("Value", &value.to_string());
        }
        let details = &referral.details;
        if let Some(closing) = details.closing {
            self.field("Closing", &times::day_text(closing));
        }
        self.field("Stage", &joined(&[referral.sales_stage.as_deref()]));
        let moments = [
            ("Created", referral.created),
            ("Updated", referral.updated),
            ("Accepted", referral.accepted),
            ("Closed", referral.closed),
        ];
        for (label, at) in moments {
            if let Some(at) = at {
                let text = times::moment_text(at, &self.style.zone, self.style.now);
                self.field(label, &text);
            }
        }
        let source = [
            referral.referral_source.as_deref(),
            referral.call_to_action.as_deref(),
            referral.campaign_id.as_deref(),
        ];
        self.field("Source", &joined(&source));
        self.field("Quality", &joined(&[referral.quality.as_deref()]));
    }

    /// The deadline in the colour of its urgency. It holds no text from outside.
    fn deadline(&mut self, deadline: Deadline) {
        let (zone, now) = (&self.style.zone, self.style.now);
        let mut text = times::deadline_text(deadline, zone, now);
        if deadline.estimated {
            text += " (estimated: the API gave no date)";
        }
        let color = |color: AnsiColor| Paint::new().fg_color(Some(color.into()));
        let paint = match times::urgency(deadline, now).filter(|_| self.style.color) {
            Some(Urgency::Overdue) => color(AnsiColor::Red).bold(),
            Some(Urgency::Today) => color(AnsiColor::Red),
            Some(Urgency::Soon) => color(AnsiColor::Yellow),
            None => Paint::new(),
        };
        self.painted("Deadline", &text, paint);
    }

    fn people(&mut self, referral: &Referral) {
        self.blank();
        self.members("Contact", &referral.customer_profile.team);
        if referral.details.customer_requested_contact == Some(true) {
            self.field("", "asks to be contacted");
        }
        self.members("Team", &referral.team);
    }

    fn members(&mut self, label: &str, members: &[Member]) {
        let mut label = label;
        for member in members {
            let name = member.full_name();
            let parts = [
                name.as_deref(),
                member.title.as_deref(),
                member.email.as_deref(),
                member.phone_number.as_deref(),
            ];
            self.field(label, &joined(&parts));
            label = "";
        }
    }

    fn wishes(&mut self, referral: &Referral) {
        self.blank();
        let wants = &referral.details.requirements;
        let lists = [
            ("Solutions", &wants.solutions),
            ("Products", &wants.products),
            ("Services", &wants.services),
            ("Industries", &wants.industries),
        ];
        for (label, entries) in lists {
            let labels: Vec<Option<&str>> = entries.iter().map(Solution::label).collect();
            self.field(label, &joined(&labels));
        }
    }

    fn words(&mut self, referral: &Referral) {
        self.blank();
        if let Some(invite) = &referral.invite_context {
            let wanted = invite.assistance_request_code.as_deref();
            let from = referral.sender().map(|from| format!("from {from}"));
            self.field("Invitation", &joined(&[from.as_deref(), wanted]));
            let label = if from.is_none() && wanted.is_none() { "Invitation" } else { "" };
            self.field(label, invite.notes.as_deref().unwrap_or_default());
        }
        self.blank();
        let notes = referral.details.notes.as_deref();
        self.field("Notes", notes.unwrap_or_default());
    }

    fn ids(&mut self, referral: &Referral) {
        self.blank();
        let owner = referral.organization_name.as_ref();
        let ids = [
            ("Id", &referral.id),
            ("Engagement", &referral.engagement_id),
            ("CRM id", &referral.external_reference_id),
            ("Partner id", &referral.mpn_id),
            ("MSX id", &referral.tracking_info.microsoft_msx_id),
            ("Owner", &owner.or(referral.organization_id.as_ref()).cloned()),
        ];
        for (label, id) in ids {
            self.field(label, id.as_deref().unwrap_or_default());
        }
    }

    /// A label and its text; the text's own lines stay lines, each made harmless and wrapped.
    fn field(&mut self, label: &str, text: &str) {
        self.painted(label, text, Paint::new());
    }

    fn painted(&mut self, label: &str, text: &str, paint: Paint) {
        let decoded = text::decode_entities(text);
        if decoded.trim().is_empty() {
            return;
        }
        let narrow = self.style.width.is_some_and(|width| width < NARROW);
        let indent = if narrow { 2 } else { INDENT };
        let mut start = format!("{label:<indent$}");
        if narrow {
            if !label.is_empty() {
                self.line(label);
            }
            start = " ".repeat(indent);
        }
        let decoded = decoded.replace("\r\n", "\n").replace('\r', "\n");
        for line in decoded.trim_end().split('\n') {
            for line in self.wrapped(&text::escape_control(line), indent) {
                self.line(&format!("{start}{paint}{line}{paint:#}"));
                start = " ".repeat(indent);
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    fn wrapped(&self, text: &str, indent: usize) -> Vec<String> {
        match self.style.width {
            // A wide character needs two cells.
            Some(width) => text::wrap(text, width.saturating_sub(indent).max(2)),
            None => vec![text.to_owned()],
        }
    }

    /// An empty line between groups, never two and never the first.
    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

/// The parts that are there, with commas between.
fn joined(parts: &[Option<&str>]) -> String {
    let parts: Vec<String> = parts.iter().flatten().map(|part| display_text(part)).collect();
    parts.join(", ")
}

fn town(postal_code: Option<&str>, city: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = [postal_code, city].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// `51to250employees` as people write it; a code of another form as it came (API §3.2).
fn employees(size: &str) -> String {
    let Some(range) = size.strip_suffix("employees") else {
        return size.to_owned();
    };
    match (range.split_once("to"), range.strip_prefix("Morethan")) {
        (Some((from, to)), _) => format!("{from} to {to} employees"),
        (_, Some(least)) => format!("more than {least} employees"),
        _ => size.to_owned(),
    }
}

fn kind(referral: &Referral) -> String {
    let kind = match referral.kind() {
        ReferralKind::Lead => "lead",
        ReferralKind::QualifiedLead => "qualified lead",
        ReferralKind::CoSell => "co-sell opportunity",
        ReferralKind::Other => "other",
    };
    let direction = match &referral.direction {
        Some(Direction::Incoming) => Some("incoming".to_owned()),
        Some(Direction::Outgoing) => Some("outgoing".to_owned()),
        other => other.as_ref().map(ToString::to_string),
    };
    let direction = match (direction, referral.sender()) {
        (Some(direction), Some(from)) if referral.direction == Some(Direction::Incoming) => {
            Some(format!("{direction} from {from}"))
        }
        (direction, _) => direction,
    };
    let known = referral.kind() != ReferralKind::Other || direction.is_some();
    joined(&[known.then_some(kind), direction.as_deref()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    fn style(width: Option<usize>) -> Style {
        Style { width, ..Style::plain(samples::now()) }
    }

    fn page(json: &str, style: &Style) -> String {
        let mut out = Vec::new();
        detail(&samples::referral(json), style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_invitation_is_told_in_full() {
        assert_eq!(
            page(samples::INVITATION, &style(Some(60))),
            "Northwind ERP on Azure

Customer     Northwind Traders GmbH
Address      München, DE

Status       New, Pending
Deadline     4h, Thu 11 Jun 00:00 UTC
Kind         co-sell opportunity, incoming from Microsoft
Value        185,000.50 EUR
Closing      2026-09-30
Created      Wed 3 Jun 22:47 UTC
Updated      Thu 4 Jun 06:10 UTC

Contact      Jürgen Groß, CIO, j.gross@northwind.example,
             +49 89 5550 0142
Team         Ada Lindqvist, ada.lindqvist@contoso.example,
             +49 30 5550 0117
             bo@contoso.example

Solutions    Contoso ERP Lift
Products     Azure, DynamicsAX,GP,NAV,SL

Invitation   from Microsoft, CustomerTechnicalArchitecture
             Could you join the customer workshop on 12
             June?

Notes        Customer plans to leave its data centre by Q4.

Id           7c91e4d2-08af-4b63-b5d7-1e2f3a4b5c02
Engagement   d64f0a19-7be2-4c58-9d3a-8f7e6d5c4b02
Partner id   4012345
MSX id       7-EXAMPLE0042
Owner        Contoso Cloud Services
"
        );
    }

    #[test]
    fn notes_keep_their_lines_and_entities_are_decoded() {
        let page = page(samples::LEAD, &style(None));
        assert!(page.starts_with("Fabrikam Oil & Gas\n\nCustomer     251 to 1000 employees\n"));
        assert!(page.contains(
            "\nNotes        We want to move 400 mailboxes and need training for our staff.\n             Please call before Friday.\n"
        ));
    }

    #[test]
    fn nothing_is_said_of_what_is_absent() {
        assert_eq!(page("{}", &style(Some(80))), "Referral\n");
        assert!(!page(samples::ACTIVE, &style(None)).contains("Deadline"));
    }

    #[test]
    fn an_estimate_says_so_and_hostile_text_is_harmless_at_every_width() {
        for width in 10..120 {
            for json in [samples::HOSTILE, samples::LEAD, samples::INVITATION, samples::ACTIVE] {
                let page = page(json, &style(Some(width)));
                for line in page.lines() {
                    assert!(text::width(line) <= width, "{width}: {line:?}");
                    assert!(
                        line.chars().all(|c| text::control_replacement(c).is_none()),
                        "{line:?}"
                    );
                }
            }
        }
        let page = page(samples::HOSTILE, &style(None));
        assert!(page.contains("~8d 4h, Fri 19 Jun 00:00 UTC (estimated: the API gave no date)"));
    }

    #[test]
    fn colour_is_for_the_title_and_an_urgent_deadline_alone() {
        let colored = Style { color: true, ..style(Some(80)) };
        let page = page(samples::INVITATION, &colored);
        assert!(page.starts_with("\x1b[1mNorthwind ERP on Azure\x1b[0m\n"));
        assert!(page.contains("\nDeadline     \x1b[31m4h, Thu 11 Jun 00:00 UTC\x1b[0m\n"));
        assert_eq!(page.matches('\x1b').count(), 4);
    }
}
