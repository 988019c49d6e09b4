//! Makes text from outside plain text in documents of each language, in one place for every writer of them.
//!
//! What is given is one line for people, as `display_text` makes it: entities decoded, no control
//! characters.

use std::borrow::Cow;

mod calendar;
mod card;
mod html;
mod markdown;

pub use calendar::escape_calendar;
pub use card::{escape_card, escape_slack};
pub use html::{escape_html, isolate_html};
pub use markdown::escape_markdown;

/// Writes what `replacement` has for a character in its place.
fn replace_chars(text: &str, replacement: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if !text.contains(|c| replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match replacement(c) {
            Some(written) => escaped.push_str(written),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
