//! HTML as it is written. Names of elements and attributes are part of the program; all other text is escaped by the
//! functions that take it, so that none can be added as markup.

use std::fmt::Display;

use crate::render::bidi;
use crate::render::escape::{escape_html, isolate_html};

/// The names and values of attributes.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        contents: impl FnOnce(&mut Markup),
    ) {
        self.start(name, attributes);
        contents(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        if !matches!(name, "td" | "th" | "span" | "strong" | "code" | "text" | "dt") {
            self.0.push('\n');
        }
    }

    /// An element with text alone.
    pub(super) fn leaf(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: impl Display,
    ) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// The start of an element. One that has no end tag is whole with it.
    pub(super) fn start(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.plain(value);
            self.0.push('"');
        }
        self.0.push('>');
    }

    pub(super) fn text(&mut self, text: impl Display) {
        self.0.push_str(&isolate_html(&text.to_string()));
    }

    /// Text where no element may stand.
    pub(super) fn plain(&mut self, text: impl Display) {
        let text = text.to_string();
        self.0.push_str(&escape_html(&bidi::isolate(&text)));
    }

    /// Text of the program that is markup already.
    pub(super) fn raw(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_of_attributes_never_become_markup() {
        let mut html = Markup::default();
        html.element("p", &[("class", "a\"><b>")], |html| {
            html.text("</p><script>\"'&amp;");
            html.leaf("span", &[], "קונטוסו");
            html.plain("קונטוסו<");
        });
        assert_eq!(
            html.into_text(),
            "<p class=\"a&quot;&gt;&lt;b&gt;\">&lt;/p&gt;&lt;script&gt;&quot;&#39;&amp;amp;\
            <span><bdi>קונטוסו</bdi></span>\u{2068}קונטוסו&lt;\u{2069}</p>\n"
        );
    }
}
