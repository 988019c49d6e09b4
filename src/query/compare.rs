//! Compares text as people mean it: without regard to case, accents' composition and kinds of blank.

use crate::text;

pub(super) fn equals_one_of(text: &str, values: &[String]) -> bool {
    let text = text::fold(text);
    values.iter().any(|value| text::fold(value) == text)
}

/// Looks into the name as received and with its entities decoded (`&amp;` is `&`).
pub(super) fn name_contains(name: &str, part: &str) -> bool {
    let part = text::fold(part);
    text::fold(name).contains(&*part) || text::fold(&text::decode_entities(name)).contains(&*part)
}
