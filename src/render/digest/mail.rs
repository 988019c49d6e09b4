//! A digest as a mail of text and HTML (RFC 5322, RFC 2046 §5.1.4), to be handed to a mail program, which adds `From`.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::fmt::rfc2822;
use sha2::{Digest as _, Sha256};

use super::document::Document;
use super::{html, text};

/// Reserved for lists that nobody has registered (RFC 2919 §3).
const LIST_DOMAIN: &str = "referrals.localhost";
/// In characters (RFC 2045 §6.8).
const LINE_LENGTH: usize = 76;

/// Lines end in CRLF. What others have written stands in the body alone, so that it cannot form a header.
/// `to` are addresses without names.
pub(super) fn format(document: &Document, name: Option<&str>, to: &[String]) -> String {
    // Both parts tell the same.
    let document = html::cut(document);
    let (text, html) = (text::format(&document), html::write(&document));
    let name = name.unwrap_or("digest");
    // Different for every digest, and the same for the same one.
    let hash = Sha256::digest(format!("{name}\n{}\n{text}{html}", document.now));
    let hash = hash[..16].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let boundary = format!("=_{hash}");
    let date = rfc2822::to_string(&document.now.to_zoned(jiff::tz::TimeZone::UTC));
    let date = date.expect("the time of a run has a year of four digits");
    let mut lines = vec![
        format!("Date: {date}"),
        format!("Message-ID: <{hash}@{LIST_DOMAIN}>"),
        format!("List-Id: <{name}.{LIST_DOMAIN}>"),
        "Auto-Submitted: auto-generated".to_owned(),
        format!("Subject: Referrals: {}", document.headline),
    ];
    if to.is_empty() {
        // Outlook opens it as a draft.
        lines.push("X-Unsent: 1".to_owned());
    } else {
        lines.push(format!("To: {}", to.join(",\r\n ")));
    }
    lines.push("MIME-Version: 1.0".to_owned());
    lines.push(format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\""));
    lines.push(String::new());
    for (kind, part) in [("plain", &text), ("html", &html)] {
        lines.push(format!("--{boundary}"));
        lines.push(format!("Content-Type: text/{kind}; charset=utf-8"));
        lines.push("Content-Transfer-Encoding: base64".to_owned());
        lines.push(String::new());
        lines.push(encode(part));
    }
    lines.push(format!("--{boundary}--"));
    lines.iter().fold(String::new(), |mut mail, line| {
        write!(mail, "{line}\r\n").expect("a string takes all text");
        mail
    })
}

/// In base64, with CRLF between lines. The text's own line ends become CRLF too (RFC 2046 §4.1.1).
fn encode(text: &str) -> String {
    let encoded = BASE64_STANDARD.encode(text.replace('\n', "\r\n"));
    let lines = encoded.as_bytes().chunks(LINE_LENGTH);
    let lines: Vec<_> = lines.map(String::from_utf8_lossy).collect();
    lines.join("\r\n")
}
