//! The names of a digest's formats.

use strum::{Display, EnumString, VariantNames};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub enum DigestFormat {
    /// For a mail or a terminal, in 72 columns.
    Text,
    /// GitHub's Markdown.
    Md,
    /// A document for a mail.
    Html,
    /// A mail with both (RFC 5322).
    Eml,
    /// An adaptive card in the message that a Teams workflow takes.
    Teams,
    /// The card alone.
    AdaptiveCard,
    /// The message that Slack's incoming webhook takes.
    Slack,
    /// For programs.
    Json,
}

impl DigestFormat {
    /// The words in flags.
    pub const FLAGS: &'static [&'static str] = <DigestFormat as VariantNames>::VARIANTS;

    /// `None` for an extension that says nothing.
    pub fn from_extension(extension: &str) -> Option<DigestFormat> {
        Some(match &*extension.to_ascii_lowercase() {
            "txt" => DigestFormat::Text,
            "md" | "markdown" => DigestFormat::Md,
            "html" | "htm" => DigestFormat::Html,
            "eml" => DigestFormat::Eml,
            "json" => DigestFormat::Json,
            _ => return None,
        })
    }
}
