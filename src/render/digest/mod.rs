//! Writes a digest for a channel, a mailbox or a program.

mod card;
mod document;
mod format;
mod html;
mod json;
mod mail;
mod markdown;
mod slack;
mod text;

use jiff::tz::TimeZone;

pub use format::DigestFormat;

use crate::report::Digest;
use document::Document;

#[derive(Clone, Debug)]
pub struct DigestOptions {
    pub zone: TimeZone,
    /// Whose digest it is; the mails of a name have the same `List-Id`.
    pub name: Option<String>,
    /// The e-mail addresses of those who get it.
    pub to: Vec<String>,
}

/// The whole output. Where a target has a limit, rows are left out and counted, so that it is kept.
pub fn format_digest(digest: &Digest, format: DigestFormat, options: &DigestOptions) -> String {
    let document = || Document::of(digest, &options.zone);
    match format {
        DigestFormat::Text => text::format(&document()),
        DigestFormat::Md => markdown::format(&document()),
        DigestFormat::Html => html::format(&document()),
        DigestFormat::Eml => mail::format(&document(), options.name.as_deref(), &options.to),
        DigestFormat::Teams => card::format_message(&document()),
        DigestFormat::AdaptiveCard => card::format_card(&document()),
        DigestFormat::Slack => slack::format(&document()),
        DigestFormat::Json => json::format(digest),
    }
}

#[cfg(test)]
mod tests;
