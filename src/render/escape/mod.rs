//! Makes text from outside plain text in documents of each language, in one place for every writer of them.
//!
//! What is given is one line for people, as `display_text` makes it: entities decoded, no control
//! characters.

mod calendar;
mod card;
mod html;
mod markdown;

pub use calendar::escape_calendar;
pub use card::{escape_card, escape_slack};
pub use html::{escape_html, isolate_html};
pub use markdown::escape_markdown;
