//! Text in Markdown (specification 0.31.2 of `CommonMark` with GitHub's extensions).

use std::borrow::Cow;

/// The zero-width space that keeps what is found after Markdown is read, such as `@name`, from being found: renderers
/// look for it in the text that is shown, where a backslash is gone.
const BREAK: &str = "&#8203;";

/// `text` so that Markdown shows it as it is, at the start of a line, inside one and in a cell of a table: no markup, no
/// HTML, no link, no mention (`@name`, `#12`, `GH-12`), no emoji (`:name:`), no formula (`$x$`). An invisible character
/// ([`BREAK`]) stands in what looks like an address, a mention or an emoji. A bare host name (`evil.example`) is left: it is
/// a link for none of the specifications, and much that is none looks like it (`ada.lindqvist`).
pub fn escape_markdown(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | ',' | '/' | '\'')) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        let is_broken = needs_break(before, c, after);
        if c == '.' && is_broken {
            escaped.push_str(BREAK);
        }
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // The cells of a row are told apart before backslashes are read.
            '|' => escaped.push_str("&#124;"),
            // Formulas are found in some renderers before backslashes are read.
            '$' => escaped.push_str("&#36;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '#' | '~' | '^' => {
                escaped.extend(['\\', c]);
            }
            '+' | '=' if before.ends_with(c) || after.starts_with(c) => escaped.extend(['\\', c]),
            '-' | '+' | '=' if before.is_empty() => escaped.extend(['\\', c]),
            // Of a numbered list.
            '.' | ')' if is_number(before) => escaped.extend(['\\', c]),
            ':' if after.starts_with("//") => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
        if c != '.' && is_broken {
            escaped.push_str(BREAK);
        }
    }
    Cow::Owned(escaped)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `c` stands where a renderer would find a link, a mention or an emoji.
fn needs_break(before: &str, c: char, after: &str) -> bool {
    let ends_with = |word: &str| {
        let start = before.len().checked_sub(word.len());
        let end = start.and_then(|start| before.get(start..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    match c {
        '@' => true,
        '#' | '!' => after.starts_with(|c: char| c.is_ascii_digit()),
        '-' => ends_with("gh") && after.starts_with(|c: char| c.is_ascii_digit()),
        '.' => ends_with("www"),
        ':' => after.starts_with("//") || starts_emoji(after),
        _ => false,
    }
}

/// Whether `text` continues an emoji's name after its first colon: `smile:`, `+1:`.
fn starts_emoji(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-');
    let rest = text.trim_start_matches(is_name);
    rest.len() < text.len() && rest.starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::display::display_text;
    use comrak::{Options, markdown_to_html};
    use proptest::prelude::*;

    /// With every extension that finds something in plain text.
    fn render(markdown: &str) -> String {
        let mut options = Options::default();
        let extension = &mut options.extension;
        extension.autolink = true;
        extension.description_lists = true;
        extension.footnotes = true;
        extension.inline_footnotes = true;
        extension.highlight = true;
        extension.insert = true;
        extension.math_code = true;
        extension.math_dollars = true;
        extension.shortcodes = true;
        extension.spoiler = true;
        extension.strikethrough = true;
        extension.subscript = true;
        extension.superscript = true;
        extension.table = true;
        extension.tasklist = true;
        extension.underline = true;
        extension.wikilinks_title_after_pipe = true;
        options.render.r#unsafe = true;
        markdown_to_html(markdown, &options)
    }

    fn read(html: &str) -> String {
        assert!(!html.contains('<'), "{html}");
        htmlize::unescape(html).replace('\u{200b}', "")
    }

    /// What a reader sees of `text`, which must be in no element but that of a paragraph or a cell.
    fn check(text: &str) {
        let escaped = escape_markdown(text);
        let paragraph = render(&escaped);
        if text.is_empty() {
            return assert_eq!(paragraph, "");
        }
        let inner = paragraph.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>\n"));
        assert_eq!(read(inner.unwrap_or(&paragraph)), text, "{escaped}");
        let table = render(&format!("| a | b |\n| --- | --- |\n| {escaped} | end |\n"));
        let cells: Vec<&str> = table.split("<td>").skip(1).collect();
        assert_eq!(cells.len(), 2, "{table}");
        let cell = cells[0].trim_end().strip_suffix("</td>").unwrap();
        assert_eq!(read(cell), text, "{table}");
        assert!(cells[1].starts_with("end</td>"), "{table}");
    }

    #[test]
    fn what_would_be_markup_is_shown_as_text() {
        for text in [
            "",
            "Tailspin Toys: data platform",
            "a|b",
            "a\\|b\\",
            "`code`",
            "**bold** _x_ ~~y~~",
            "[x](http://evil)",
            "![x](//evil)",
            "<script>alert(1)</script>",
            "</td></table>",
            "<!-- -->",
            "&lt;b&gt;",
            "&amp;amp;",
            "# heading",
            "- item",
            "+ item",
            "* item",
            "1. item",
            "12) item",
            "---",
            "===",
            "> quote",
            "~~~",
            "```",
            "- [ ] task",
            "www.evil.example",
            "see WWW.evil.example",
            "https://evil.example/x?y=1",
            "HTTP://evil",
            "ftp://evil.example",
            "mailto:a@b.example",
            "xmpp:a@b.example",
            "morag.oneill+it@fabrikam.example",
            "@everyone",
            "@org/team",
            "#12",
            "GH-12",
            "org/repo#12",
            ":smile: :+1: :100:",
            "12:30:45",
            "$x$ $$y$$",
            "[^1]",
            "[[wiki]]",
            "==mark== ++ins++ ||spoiler||",
            "H~2~O x^2^",
            ": definition",
            "a  \u{a0} b",
            "^[note]",
            "Contoso Ltd. (UK) - 50% & more!",
            "קונטוסו *x*",
            "http:\\\\evil",
            "://",
            "a__b__c",
            "{{x}} {.class}",
        ] {
            check(text);
        }
    }

    #[test]
    fn plain_names_are_left_as_they_are() {
        for text in
            ["Northwind Traders GmbH", "O'Neill, Morag", "Müller 株式会社", "Contoso Ltd.", "2d 4h"]
        {
            assert_eq!(escape_markdown(text), text);
        }
    }

    #[test]
    fn what_is_found_after_markdown_is_read_is_broken() {
        for (text, escaped) in [
            ("@everyone", "@&#8203;everyone"),
            ("#12", "\\#&#8203;12"),
            ("C# and #x", "C\\# and \\#x"),
            ("gh-12 light-12", "gh-&#8203;12 light-12"),
            ("https://x", "https\\:&#8203;//x"),
            ("Www.x", "Www&#8203;.x"),
            (":smile:", ":&#8203;smile:"),
            ("Toys: data: x", "Toys: data: x"),
        ] {
            assert_eq!(escape_markdown(text), escaped);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_shown_as_it_is(text in any::<String>()) {
            check(&display_text(&text));
        }

        /// Of what Markdown and its extensions look for.
        #[test]
        fn any_markup_is_shown_as_it_is(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "`", "*", "_", "[", "]", "(", ")", "<", ">", "&", "#", "@", ":", "|", "\\", "~", "^", "=", "+", "-",
                    ".", "!", "$", "\"", "'", "{", "}", "/", " ", "1", "a", "www.", "https://", "smile", "amp;", "x@y.zz",
                    "lt;", "\n", "é", "ש", "\u{a0}", "<b>", "mailto:",
                ]),
                0..20,
            ),
        ) {
            check(&display_text(&parts.concat()));
        }
    }
}
