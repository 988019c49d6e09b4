//! Text of strangers is text in every format.

use comrak::{Options, markdown_to_html};
use mailparse::parse_mail;
use serde_json::{Value, json};

use super::checks::{check_slack, check_teams, parts, strings, tags};
use super::*;

pub(super) const HOSTILE: &[&str] = &[
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
        let plain = parse(&format(&super::digest(5, "Fabrikam"), DigestFormat::Slack));
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
