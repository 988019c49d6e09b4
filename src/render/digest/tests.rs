//! Every format: limits, hostile text, and what is told.

use std::collections::BTreeSet;

use comrak::{Options, markdown_to_html};
use jiff::Timestamp;
use mailparse::{MailHeaderMap, ParsedMail, parse_mail};
use serde_json::{Value, json};

use super::*;
use crate::model::Referral;
use crate::report::{Change, Contact, Item, Move, MovedField, MovedValue, News};
use crate::text::width;

const HOSTILE: &[&str] = &[
    "</style><script>alert(1)</script>",
    "@everyone @here <at>all</at>",
    "<!channel> <@U123> <#C1> <http://evil|x>",
    "[x](http://evil.example) ![x](//evil.example)",
    "https://evil.example www.evil.example mailto:a@evil.example",
    "\x1b[2J\x1b]8;;https://evil.example\x07link \u{9b}31m",
    "\u{202e}fdp.exe\u{2066} \u{200f}",
    "{{DATE(2017-02-14T06:08:00Z,SHORT)}} ${x}",
    "a\r\nBcc: a@evil.example\r\n\r\n--=_x",
    "*b* _i_ ~s~ `c` | # h\n- l\n> q :smile:",
    "&lt;b&gt; &amp;amp; &#27;[31m \"q\" 'a'",
    "קונטוסו <b>",
];

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

/// The strings of a value by the keys that hold them.
fn strings(value: &Value, key: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((key.to_owned(), text.clone())),
        Value::Array(values) => values.iter().for_each(|value| strings(value, key, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| strings(value, key, found)),
        _ => {}
    }
}

/// Of a card the elements and properties of version 1.4 that we use (adaptivecards.io/explorer).
fn check_element(element: &Value) {
    let words = |words: &[&str], value: &Value| words.contains(&value.as_str().unwrap());
    let object = element.as_object().unwrap();
    let kind = object["type"].as_str().unwrap();
    for (name, value) in object {
        let is_valid = match (kind, name.as_str()) {
            (_, "type") => true,
            ("RichTextBlock", "separator") | ("TextRun", "isSubtle") => value.is_boolean(),
            ("RichTextBlock", "inlines") | ("ColumnSet", "columns") | ("Column", "items") => {
                value.as_array().unwrap().iter().for_each(check_element);
                !value.as_array().unwrap().is_empty()
            }
            ("ColumnSet", "spacing") => words(&["Small"], value),
            ("Column", "width") => words(&["110px", "stretch"], value),
            ("TextRun", "text") => value.as_str().is_some_and(|text| !text.is_empty()),
            ("TextRun", "weight") => words(&["Bolder"], value),
            ("TextRun", "size") => words(&["Small", "Medium"], value),
            ("TextRun", "color") => words(&["Attention", "Warning"], value),
            _ => false,
        };
        assert!(is_valid, "{kind}.{name}: {value}");
    }
}

fn check_card(card: &Value) {
    let names: BTreeSet<&str> = card.as_object().unwrap().keys().map(String::as_str).collect();
    let known = ["$schema", "body", "fallbackText", "msteams", "type", "version"];
    assert_eq!(names, BTreeSet::from(known));
    assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
    assert_eq!(card["msteams"], json!({ "width": "Full" }));
    card["body"].as_array().unwrap().iter().for_each(check_element);
}

fn check_teams(text: &str) {
    assert!(text.len() <= 20_000, "{}", text.len());
    let mut message = parse(text);
    check_card(&message["attachments"][0]["content"].take());
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": null
    });
    assert_eq!(message, json!({ "type": "message", "attachments": [attachment] }));
}

/// Slack's limits: 50 blocks, 3,000 characters of a section, 150 of a header, and of a whole message some 13,000.
fn check_slack(text: &str) {
    assert!(text.len() <= 12_000, "{}", text.len());
    let message = parse(text);
    let names: Vec<&str> = message.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["blocks", "text"]);
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50, "{}", blocks.len());
    for block in blocks {
        let (text, limit) = match block["type"].as_str().unwrap() {
            "divider" => continue,
            "header" => (&block["text"], 150),
            "section" => (&block["text"], 3_000),
            "context" => (&block["elements"][0], 3_000),
            other => panic!("{other}"),
        };
        let length = text["text"].as_str().unwrap().chars().count();
        assert!((1..=limit).contains(&length), "{length} {block}");
        let is_ours = text["text"].as_str().unwrap().starts_with('*');
        match text["type"].as_str().unwrap() {
            "plain_text" => assert_eq!(text["emoji"], json!(false)),
            "mrkdwn" if is_ours => {}
            other => panic!("{other}: {block}"),
        }
    }
}

/// The names of the elements of a document, in order.
fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1);
    let tags = tags.map(|tag| tag.split(['>', ' ']).next().unwrap_or_default().to_owned());
    tags.filter(|tag| !tag.ends_with("bdi")).collect()
}

fn parts(mail: &ParsedMail<'_>) -> (String, String) {
    assert_eq!(mail.ctype.mimetype, "multipart/alternative");
    let kinds: Vec<&str> = mail.subparts.iter().map(|part| &*part.ctype.mimetype).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    let body = |part: usize| mail.subparts[part].get_body().unwrap();
    (body(0), body(1))
}

/// The text of HTML without elements and white space.
fn squeeze(html: &str) -> String {
    let body = html.split("<body").last().unwrap();
    let text: String =
        body.split('<').filter_map(|part| part.split_once('>')).map(|it| it.1).collect();
    htmlize::unescape(text).split_whitespace().collect()
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
fn hostile_text_is_text_in_plain_text_and_markdown() {
    let mut markdown_options = Options::default();
    let extension = &mut markdown_options.extension;
    extension.autolink = true;
    extension.table = true;
    extension.strikethrough = true;
    extension.shortcodes = true;
    extension.math_dollars = true;
    markdown_options.render.r#unsafe = true;
    let to_html =
        |text| markdown_to_html(&format(&digest(5, text), DigestFormat::Md), &markdown_options);
    for text in HOSTILE {
        let output = format(&digest(5, text), DigestFormat::Text);
        let is_safe = |c: char| c == '\n' || !c.is_control();
        let is_plain =
            |c: char| is_safe(c) && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{200e}' | '\u{200f}');
        assert!(output.chars().all(is_plain), "{output:?}");
        assert_eq!(output.matches('\u{2066}').count(), 0);
        assert_eq!(tags(&to_html(text)), tags(&to_html("Fabrikam")), "{text:?}");
    }
}

#[test]
fn hostile_text_is_text_in_html_and_in_mails() {
    let plain = digest(5, "Fabrikam");
    for text in HOSTILE {
        let digest = digest(5, text);
        let html = format(&digest, DigestFormat::Html);
        assert_eq!(tags(&html), tags(&format(&plain, DigestFormat::Html)), "{text:?}");
        assert!(!html.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        let mail = format(&digest, DigestFormat::Eml);
        let parsed = parse_mail(mail.as_bytes()).unwrap();
        let names: Vec<String> =
            parsed.headers.iter().map(mailparse::MailHeader::get_key).collect();
        let ours = [
            "Date",
            "Message-ID",
            "List-Id",
            "Auto-Submitted",
            "Subject",
            "To",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, ours);
        assert_eq!(parts(&parsed).1.replace("\r\n", "\n"), html);
    }
}

#[test]
fn hostile_text_is_text_in_cards_and_in_slack() {
    for text in HOSTILE {
        let digest = digest(5, text);
        let teams = format(&digest, DigestFormat::Teams);
        check_teams(&teams);
        let (mut shown, mut fallback) = (Vec::new(), Vec::new());
        strings(&parse(&teams), "", &mut shown);
        let slack = format(&digest, DigestFormat::Slack);
        check_slack(&slack);
        strings(&parse(&slack), "", &mut shown);
        for (key, text) in shown.iter().filter(|(key, _)| key == "text") {
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{key} {text:?}");
            for mark in [
                "://",
                "www.e",
                "{{",
                "@everyone",
                "@here",
                "mailto:a",
                ":smile:",
                "\u{202e}",
                "\u{2066}",
            ] {
                assert!(!text.contains(mark), "{text:?} has {mark:?}");
            }
        }
        strings(&parse(&slack)["blocks"], "", &mut fallback);
        for (_, text) in fallback {
            assert!(!text.contains(['<', '>']), "{text:?}");
            let entities = ["&amp;", "&lt;", "&gt;"].map(|entity| text.matches(entity).count());
            assert_eq!(text.matches('&').count(), entities.iter().sum::<usize>(), "{text:?}");
        }
        let plain = parse(&format(&super::tests::digest(5, "Fabrikam"), DigestFormat::Slack));
        assert_eq!(parse(&slack)["text"], plain["text"], "only our own words are read as markup");
    }
}

#[test]
fn programs_get_text_as_it_was_received() {
    for text in HOSTILE {
        let value = parse(&format(&digest(5, text), DigestFormat::Json));
        for name in ["customer", "name", "sellers", "from", "contact_email"] {
            assert_eq!(value["waiting"][1][name], json!(text), "{name}");
        }
    }
    let value = parse(&format(&digest(5, "x"), DigestFormat::Json));
    let names =
        |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&value), "changes complete generated since totals waiting");
    assert_eq!(
        names(&value["waiting"][0]),
        "contact contact_email currency customer deadline deadline_estimated from id kind name new sellers state value"
    );
    assert_eq!(value["waiting"][0]["value"], json!(48_000));
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
