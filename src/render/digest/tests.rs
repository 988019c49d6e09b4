//! Every format: limits, hostile text, and what is told.

mod checks;
mod hostile;

use jiff::Timestamp;
use mailparse::{MailHeaderMap, parse_mail};
use serde_json::{Value, json};

use self::checks::{check_card, check_slack, check_teams, parts, squeeze};
use self::hostile::HOSTILE;
use super::*;
use crate::model::Referral;
use crate::report::{Change, Contact, Item, Move, MovedField, MovedValue, News};
use crate::text::width;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// With `text` in every field.
fn item(number: usize, text: &str, status: &str) -> Item {
    let row = json!({
        "id": format!("{number:08x}-0000-4000-8000-000000000001"), "name": text, "status": status, "type": "Shared",
        "direction": "Incoming", "expirationDateTime": format!("2026-12-{:02}T00:00:00Z", number % 28 + 1),
        "createdDateTime": "2026-11-20T00:00:00Z", "salesStage": text,
        "customerProfile": { "name": text, "team": [{ "firstName": text, "lastName": text, "email": text }] },
        "details": { "dealValue": 48000, "currency": text, "notes": "secret" },
        "inviteContext": { "invitedBy": { "organizationName": text, "organizationId": "x" }, "notes": "secret" },
        "team": [{ "email": text }],
    });
    let referral = Referral::parse(&row.to_string()).unwrap();
    Item { contact: Contact::of(&referral), ..Item::of(&referral) }
}

fn change(number: usize, text: &str, news: News) -> Change {
    Change { item: item(number, text, "Active"), news }
}

fn moved(text: &str) -> News {
    let [old, new] = [MovedValue::Text(text.to_owned()), MovedValue::People(vec![text.to_owned()])];
    News::Moved(Move { field: MovedField::Stage, old, new })
}

fn digest(rows: usize, text: &str) -> Digest {
    let waiting: Vec<Item> = (0..rows).map(|number| item(number, text, "New")).collect();
    let mut changes: Vec<Change> = waiting
        .iter()
        .step_by(3)
        .map(|item| Change { item: item.clone(), news: News::New })
        .collect();
    for number in rows..2 * rows {
        let news = [News::Lapsed, News::New, News::Won, News::Gone, moved(text)];
        changes.push(change(number, text, news[number % news.len()].clone()));
    }
    let since = "2026-11-20T12:00:00Z".parse().ok();
    Digest::new(now(), since, waiting, changes, true)
}

fn options() -> DigestOptions {
    let to = vec!["a@b.example".to_owned(), "c@d.example".to_owned()];
    DigestOptions { zone: TimeZone::UTC, name: Some("team".to_owned()), to }
}

fn format(digest: &Digest, format: DigestFormat) -> String {
    format_digest(digest, format, &options())
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_format_keeps_its_limits_and_counts_what_it_leaves_out() {
    let whole = format(&digest(1, "Fabrikam"), DigestFormat::Teams);
    assert!(!whole.contains(" more: "), "{whole}");
    let marks = "e\u{301}\u{302}\u{303}\u{304}\u{305}".repeat(100);
    let long = ["x", "株", "&", "\"", "👩‍💻"].map(|text| text.repeat(300));
    let long = long.iter().map(String::as_str).chain([&*marks]);
    let many = [0, 1, 20, 1_000].map(|rows| (rows, "Fabrikam"));
    for (rows, text) in many.into_iter().chain(long.map(|text| (30, text))) {
        let digest = digest(rows, text);
        let teams = format(&digest, DigestFormat::Teams);
        check_teams(&teams);
        check_card(&parse(&format(&digest, DigestFormat::AdaptiveCard)));
        let slack = format(&digest, DigestFormat::Slack);
        check_slack(&slack);
        let markdown = format(&digest, DigestFormat::Md);
        assert!(markdown.len() <= 60_000, "{}", markdown.len());
        let html = format(&digest, DigestFormat::Html);
        assert!(html.len() <= 75_000, "{}", html.len());
        if rows < 1_000 {
            continue;
        }
        for text in [&teams, &slack, &markdown, &html] {
            assert!(text.contains(" more: ") && text.contains("referrals pending"), "{text}");
        }
        let more = teams.split("and ").nth(1).unwrap().split(' ').next().unwrap();
        let waiting = teams.split("Lapsed").next().unwrap().matches("ColumnSet").count();
        assert_eq!(more.parse::<usize>().unwrap() + waiting, rows);
        assert_eq!(
            parse(&format(&digest, DigestFormat::Json))["waiting"].as_array().unwrap().len(),
            rows
        );
    }
}

#[test]
fn plain_text_fits_a_mail() {
    for text in ["Fabrikam", &"x".repeat(1_000), "株式会社 株式会社 שלום", HOSTILE[4]] {
        let output = format(&digest(6, text), DigestFormat::Text);
        for line in output.lines() {
            assert!(width(line) <= 72, "{} {line}", width(line));
        }
    }
}

#[test]
fn the_parts_of_a_mail_tell_the_same_and_its_headers_are_stable() {
    let digest = digest(400, "Fabrikam & Söhne");
    let mail = format(&digest, DigestFormat::Eml);
    assert!(mail.split("\r\n").all(|line| line.len() <= 78 && !line.contains(['\r', '\n'])));
    assert!(mail.is_ascii());
    let parsed = parse_mail(mail.as_bytes()).unwrap();
    let (text, html) = parts(&parsed);
    let text: String = text.split_whitespace().collect();
    let html = squeeze(&html);
    assert!(html.contains("and") && html.contains("referralspending"));
    // Columns are in another order, so that words are compared and not lines.
    let count = |text: &str, word: &str| text.matches(word).count();
    for word in
        ["Fabrikam&Söhne", "(new)", "due", "0000000a", "lapsed", "more:", "Waitingforananswer:400"]
    {
        assert_eq!(count(&text, word), count(&html, word), "{word}");
        assert!(count(&text, word) > 0, "{word}");
    }
    let header = |name: &str| parsed.headers.get_first_value(name).unwrap_or_default();
    assert_eq!(header("Date"), "Sat, 21 Nov 2026 12:00:00 +0000");
    assert_eq!(header("List-Id"), "<team.referrals.localhost>");
    assert_eq!(header("To"), "a@b.example, c@d.example");
    assert_eq!(header("Subject"), "Referrals: 400 wait for an answer, 134 of them new");
    assert_eq!(header("X-Unsent"), "");
    let other = format(&super::tests::digest(399, "Fabrikam"), DigestFormat::Eml);
    let other = parse_mail(other.as_bytes()).unwrap();
    assert_ne!(other.headers.get_first_value("Message-ID").unwrap(), header("Message-ID"));
    let unsent = DigestOptions { to: Vec::new(), name: None, ..options() };
    let unsent = format_digest(&digest, DigestFormat::Eml, &unsent);
    assert!(unsent.contains("\r\nX-Unsent: 1\r\n") && !unsent.contains("\r\nTo: "));
}

#[test]
fn a_digest_is_told_in_sections_with_what_lapses_first() {
    let waiting = vec![item(1, "Fabrikam", "New")];
    let changes = vec![
        Change { item: waiting[0].clone(), news: News::New },
        change(2, "Contoso", moved("40")),
        change(3, "Relecloud", News::Lapsed),
    ];
    let since = "2026-11-20T12:00:00Z".parse().ok();
    let text = format(&Digest::new(now(), since, waiting, changes, false), DigestFormat::Text);
    let expected = "\
Referrals, Sat 21 Nov 12:00 UTC
1 waits for an answer, and is new. Since Fri 20 Nov 12:00 UTC: 1 new, 1
moved, 1 lapsed.

Waiting for an answer: 1
  00000001  10d 12h  Fabrikam (new)
                     Fabrikam · 48,000 FABRIKAM · due Tue 1 Dec ·
                     co-sell from Fabrikam · contact: Fabrikam Fabrikam,
                     Fabrikam

Lapsed without an answer: 1
  00000003  lapsed  Relecloud
                    48,000 RELECLOUD, Relecloud

Answered, moved, closed: 1
  00000002  moved  Contoso
                   Contoso · stage 40 → 40

1 waits for an answer: 1 later; at stake: 48,000 FABRIKAM.
Not everything could be read: there may be more.
";
    assert_eq!(text, expected);
}

#[test]
fn a_heartbeat_says_that_there_is_nothing_and_when() {
    let since = "2026-11-20T12:00:00Z".parse().ok();
    for (since, text) in [
        (since, "Nothing waits for an answer. Nothing has changed since Fri 20 Nov 12:00\nUTC.\n"),
        (None, "Nothing waits for an answer. What is new is told from now on.\n"),
    ] {
        let digest = Digest::new(now(), since, Vec::new(), Vec::new(), true);
        let told = format(&digest, DigestFormat::Text);
        assert_eq!(told, format!("Referrals, Sat 21 Nov 12:00 UTC\n{text}"));
        check_teams(&format(&digest, DigestFormat::Teams));
        check_slack(&format(&digest, DigestFormat::Slack));
    }
}

#[test]
fn a_row_names_its_deal_once() {
    for news in [News::New, News::Updated, News::Won, News::Lapsed, News::Gone, moved("a")] {
        let mut change = change(1, "c", news);
        change.item.deal = Some("The deal".to_owned());
        let digest = Digest::new(now(), None, Vec::new(), vec![change], true);
        let text = format(&digest, DigestFormat::Text);
        assert_eq!(text.matches("The deal").count(), 1, "{text}");
    }
}
