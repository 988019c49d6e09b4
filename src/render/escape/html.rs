//! Text in HTML.

use std::borrow::Cow;

use super::replace_chars;

use crate::render::bidi;

/// `text` so that HTML shows it as it is, in an element and in a quoted attribute.
pub fn escape_html(text: &str) -> Cow<'_, str> {
    replace_chars(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    })
}

/// The same for the contents of an element; where there is right-to-left text in it, it is isolated, so that nothing
/// beside it moves.
pub fn isolate_html(text: &str) -> Cow<'_, str> {
    let escaped = escape_html(text);
    if bidi::is_reordered(text) { format!("<bdi>{escaped}</bdi>").into() } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_is_text_and_right_to_left_text_is_isolated() {
        for (text, html) in [
            ("", ""),
            ("Fabrikam", "Fabrikam"),
            ("Oil & Gas", "Oil &amp; Gas"),
            (r#"</style><script x='a"'>"#, "&lt;/style&gt;&lt;script x=&#39;a&quot;&#39;&gt;"),
            ("&lt;", "&amp;lt;"),
            ("<קונטוסו>", "<bdi>&lt;קונטוסו&gt;</bdi>"),
        ] {
            assert_eq!(isolate_html(text), html);
        }
    }

    proptest! {
        #[test]
        fn a_reader_of_html_gets_the_same_text_back(text in ".*") {
            let html = escape_html(&text);
            prop_assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
            prop_assert_eq!(htmlize::unescape(&*html), text.as_str());
        }
    }
}
