//! Tables that can be copied into a spreadsheet: one value to a cell, numbers as digits alone.

use rust_decimal::Decimal;

use super::markup::Markup;

/// The widest text of a cell, in terminal cells; what is longer is cut.
const MAX_WIDTH: usize = 60;

pub(super) enum Value {
    /// Text of any length, in one line of text.
    Text(String),
    /// A few words that are not broken.
    Words(String),
    /// The text that names the row.
    Name(String),
    Count(usize),
    /// In whole units.
    Amount(Decimal),
    Empty,
}

pub(super) struct HtmlRow {
    /// The class of the row: how urgent it is.
    pub(super) class: &'static str,
    pub(super) values: Vec<Value>,
}

impl From<Vec<Value>> for HtmlRow {
    fn from(values: Vec<Value>) -> HtmlRow {
        HtmlRow { class: "", values }
    }
}

pub(super) struct HtmlTable<'a> {
    pub(super) caption: &'a str,
    pub(super) headings: &'a [&'a str],
    /// How many bytes the rows may have.
    pub(super) max_bytes: usize,
}

impl HtmlTable<'_> {
    /// Returns how many rows there was room for.
    pub(super) fn write(
        &self,
        html: &mut Markup,
        rows: impl IntoIterator<Item = HtmlRow>,
    ) -> usize {
        let mut rows = rows.into_iter().peekable();
        let first = rows.peek().map_or(&[][..], |row| &row.values);
        let is_number: Vec<bool> =
            first.iter().map(|value| matches!(value, Value::Count(_) | Value::Amount(_))).collect();
        let mut written = 0;
        html.element("div", &[("class", "scroll")], |html| {
            html.element("table", &[], |html| {
                html.leaf("caption", &[], self.caption);
                html.element("thead", &[], |html| {
                    html.element("tr", &[], |html| self.write_headings(html, &is_number));
                });
                html.element("tbody", &[], |html| {
                    let start = html.len();
                    for row in rows {
                        let end = html.len();
                        write_row(html, &row);
                        if html.len() - start > self.max_bytes {
                            html.truncate(end);
                            break;
                        }
                        written += 1;
                    }
                });
            });
        });
        written
    }

    fn write_headings(&self, html: &mut Markup, is_number: &[bool]) {
        for (index, heading) in self.headings.iter().enumerate() {
            // Amounts may be missing in the first row.
            let is_number = *heading == "Value" || is_number.get(index) == Some(&true);
            let attributes = [("scope", "col"), ("class", "number")];
            html.leaf("th", &attributes[..if is_number { 2 } else { 1 }], heading);
        }
    }
}

fn write_row(html: &mut Markup, row: &HtmlRow) {
    let class = [("class", row.class)];
    html.element("tr", if row.class.is_empty() { &[] } else { &class }, |html| {
        for value in &row.values {
            match value {
                Value::Text(text) if text.is_empty() => html.leaf("td", &[], ""),
                Value::Text(text) => html.leaf("td", &[("class", "text")], cut(text)),
                Value::Words(text) => html.leaf("td", &[], cut(text)),
                Value::Name(text) => html.leaf("th", &[("scope", "row")], cut(text)),
                Value::Count(count) => html.leaf("td", &[("class", "number")], count),
                Value::Amount(amount) => {
                    html.element("td", &[("class", "number")], |html| write_digits(html, *amount));
                }
                Value::Empty => html.leaf("td", &[], ""),
            }
        }
    });
}

/// Three digits to an element, which the style sheet sets apart: a spreadsheet gets digits alone, because a comma means
/// something else in each language.
fn write_digits(html: &mut Markup, amount: Decimal) {
    let digits = amount.to_string();
    let first = match digits.len() % 3 {
        0 => 3,
        rest => rest,
    };
    let (first, rest) = digits.split_at(first.min(digits.len()));
    html.plain(first);
    for group in rest.as_bytes().chunks(3) {
        html.leaf("span", &[], String::from_utf8_lossy(group));
    }
}

fn cut(text: &str) -> std::borrow::Cow<'_, str> {
    crate::text::truncate(text, MAX_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_digits_in_groups() {
        for (amount, html) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1<span>000</span>"),
            (-999, "-<span>999</span>"),
            (12_345_678, "12<span>345</span><span>678</span>"),
        ] {
            let mut markup = Markup::default();
            write_digits(&mut markup, amount.into());
            assert_eq!(markup.into_text(), html);
        }
    }

    #[test]
    fn a_table_has_whole_rows_as_far_as_there_is_room() {
        let row = || HtmlRow::from(vec![Value::Name("a<".to_owned()), Value::Count(7)]);
        let table = |max_bytes| HtmlTable { caption: "C", headings: &["A", "B"], max_bytes };
        let mut html = Markup::default();
        let written = table(140).write(&mut html, (0..9).map(|_| row()));
        let text = html.into_text();
        assert_eq!((written, text.matches("</tr>").count()), (2, 3), "{text}");
        assert!(text.contains("<th scope=\"row\">a&lt;</th><td class=\"number\">7</td></tr>"));
        assert!(text.contains("<th scope=\"col\">A</th><th scope=\"col\" class=\"number\">B</th>"));
        assert!(text.ends_with("</tbody>\n</table>\n</div>\n"));
    }

    #[test]
    fn long_text_is_cut() {
        let mut html = Markup::default();
        let row = HtmlRow::from(vec![Value::Text("x".repeat(10_000))]);
        HtmlTable { caption: "", headings: &["A"], max_bytes: 1_000 }.write(&mut html, [row]);
        assert!(html.into_text().contains(&format!("<td class=\"text\">{}…</td>", "x".repeat(59))));
    }
}
