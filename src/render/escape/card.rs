//! Text for chat: in Adaptive Cards and in Slack's plain text, of which neither reads markup.

use std::borrow::Cow;

/// Keeps what programs look for in shown text from being found.
const BREAK: char = '\u{200b}';

/// `text` without what programs find in plain text all the same: addresses (`https://`, `www.`), mentions (`@name`), emoji
/// (`:name:`) and the functions of cards (`{{DATE(…)}}`). An invisible character stands in each. An e-mail address stays
/// as it is, so that it can be copied.
///
/// It is to stand in a `TextRun`, because a `TextBlock` reads Markdown.
pub fn escape_card(text: &str) -> Cow<'_, str> {
    if !text.contains([':', '@', '{', '.']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        escaped.push(c);
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        if needs_break(before, c, after) {
            escaped.push(BREAK);
        }
    }
    Cow::Owned(escaped)
}

fn needs_break(before: &str, c: char, after: &str) -> bool {
    match c {
        '@' => !before.ends_with(char::is_alphanumeric),
        '{' => after.starts_with('{'),
        // `mailto:a`, `https:`, `:smile:`, but neither `12:30` nor `Toys: data`.
        ':' => after.starts_with(|c: char| !c.is_whitespace() && !c.is_ascii_digit()),
        '.' => {
            before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
        }
        _ => false,
    }
}

/// `text` for Slack, which reads `&`, `<` and `>` in every text.
pub fn escape_slack(text: &str) -> String {
    escape_card(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_look_for_in_shown_text_is_broken() {
        for (text, escaped) in [
            ("", ""),
            ("Fabrikam, Inc.: 12:30", "Fabrikam, Inc.: 12:30"),
            ("a@b.example", "a@b.example"),
            ("@everyone (@here)", "@\u{200b}everyone (@\u{200b}here)"),
            ("[x](https://evil)", "[x](https:\u{200b}//evil)"),
            ("WWW.evil.example", "WWW.\u{200b}evil.example"),
            ("mailto:a", "mailto:\u{200b}a"),
            (":smile:", ":\u{200b}smile:"),
            ("{{DATE(x)}}", "{\u{200b}{DATE(x)}}"),
            ("éww.x", "éww.x"),
        ] {
            assert_eq!(escape_card(text), escaped);
        }
    }

    #[test]
    fn slack_reads_no_control_sequence() {
        let escaped = escape_slack("<!channel> & <https://evil|x>");
        assert_eq!(escaped, "&lt;!channel&gt; &amp; &lt;https:\u{200b}//evil|x&gt;");
    }
}
