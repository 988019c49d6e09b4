//! Charts of counts as inline SVG, without a view box: so bars grow with the page, and letters do not.

use super::markup::Markup;

/// Where bars start and how far they reach, in hundredths of a percent of the width.
const BAR_START: usize = 2_700;
const BAR_ROOM: usize = 6_000;

/// In pixels.
const BAR_STEP: usize = 26;
const COLUMN_TOP: usize = 18;
const COLUMN_ROOM: usize = 110;

/// More columns have no figures above them, which would run into one another.
const MAX_FIGURES: usize = 14;

/// The days or months below the columns.
const MAX_LABELS: usize = 5;

/// A bar or column: its label, and its parts by the colour of their series.
pub(super) struct ChartBar {
    pub(super) label: String,
    pub(super) parts: Vec<(&'static str, usize)>,
}

impl ChartBar {
    fn total(&self) -> usize {
        self.parts.iter().map(|(_, count)| count).sum()
    }
}

/// Bars from left to right. `description` says in words what they show, figures included.
pub(super) fn write_bars(html: &mut Markup, description: &str, bars: &[ChartBar]) {
    let max = bars.iter().map(ChartBar::total).max().unwrap_or_default().max(1);
    write_chart(html, description, bars.len() * BAR_STEP, |html| {
        for (index, bar) in bars.iter().enumerate() {
            let top = index * BAR_STEP;
            let baseline = (top + 17).to_string();
            html.element("text", &[("x", "0"), ("y", &baseline)], |html| html.plain(&bar.label));
            let mut start = BAR_START;
            for (series, count) in &bar.parts {
                let width = count * BAR_ROOM / max;
                write_part(html, series, [&percent(start), &px(top + 4), &percent(width), "18"]);
                start += width;
            }
            let attributes = [("x", &*percent(start)), ("y", &*baseline), ("dx", "6")];
            html.element("text", &attributes, |html| html.plain(bar.total()));
        }
    });
}

/// Columns over time.
pub(super) fn write_columns(html: &mut Markup, description: &str, columns: &[ChartBar]) {
    let max = columns.iter().map(ChartBar::total).max().unwrap_or_default().max(1);
    let (count, floor) = (columns.len().max(1), COLUMN_TOP + COLUMN_ROOM);
    let place = |index: usize| index * 10_000 / count;
    write_chart(html, description, floor + 24, |html| {
        for (index, column) in columns.iter().enumerate() {
            let (left, width) = (place(index), 8_000 / count);
            let mut top = floor;
            for (series, count) in &column.parts {
                let height = if *count == 0 { 0 } else { (count * COLUMN_ROOM / max).max(2) };
                top = top.saturating_sub(height);
                let sizes = [&*percent(left), &px(top), &percent(width), &px(height)];
                write_part(html, series, sizes);
            }
            if columns.len() <= MAX_FIGURES && column.total() > 0 {
                let middle = percent(left + width / 2);
                let attributes =
                    [("x", &*middle), ("y", &px(top.saturating_sub(4))), ("class", "middle")];
                html.element("text", &attributes, |html| html.plain(column.total()));
            }
            if index % columns.len().div_ceil(MAX_LABELS) == 0 {
                let attributes = [("x", &*percent(left)), ("y", &px(floor + 18))];
                html.element("text", &attributes, |html| html.plain(&column.label));
            }
        }
        let floor = px(floor);
        let line = [("x1", "0"), ("x2", "100%"), ("y1", &*floor), ("y2", &*floor)];
        html.element("line", &line, |_| {});
    });
}

/// What the colours of the series mean.
pub(super) fn write_legend(html: &mut Markup, series: &[(&'static str, &str)]) {
    html.element("ul", &[("class", "legend")], |html| {
        for (class, name) in series {
            html.element("li", &[], |html| {
                let attributes = [("width", "12"), ("height", "12"), ("aria-hidden", "true")];
                html.element("svg", &attributes, |html| {
                    write_part(html, class, ["0", "0", "12", "12"]);
                });
                html.text(name);
            });
        }
    });
}

fn write_chart(
    html: &mut Markup,
    description: &str,
    height: usize,
    contents: impl FnOnce(&mut Markup),
) {
    let height = px(height);
    let attributes = [
        ("class", "chart"),
        ("role", "img"),
        ("aria-label", description),
        ("width", "100%"),
        ("height", &height),
    ];
    html.element("svg", &attributes, contents);
}

/// Nothing for a part without a size.
fn write_part(html: &mut Markup, series: &str, [x, y, width, height]: [&str; 4]) {
    if width != "0.00%" && height != "0" {
        let attributes =
            [("class", series), ("x", x), ("y", y), ("width", width), ("height", height)];
        html.element("rect", &attributes, |_| {});
    }
}

fn percent(hundredths: usize) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn px(pixels: usize) -> String {
    pixels.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(counts: &[&[usize]]) -> Vec<ChartBar> {
        let series = ["one", "two"];
        let bar = |counts: &&[usize]| ChartBar {
            label: "L<".to_owned(),
            parts: series.into_iter().zip(counts.iter().copied()).collect(),
        };
        counts.iter().map(bar).collect()
    }

    #[test]
    fn bars_are_as_long_as_their_counts_and_say_them() {
        let mut html = Markup::default();
        write_bars(&mut html, "2 and <3", &bars(&[&[3, 1], &[2, 0], &[0, 0]]));
        let svg = html.into_text();
        assert!(svg.starts_with(
            "<svg class=\"chart\" role=\"img\" aria-label=\"2 and &lt;3\" width=\"100%\" height=\"78\">"
        ));
        for part in [
            "class=\"one\" x=\"27.00%\" y=\"4\" width=\"45.00%\"",
            "class=\"two\" x=\"72.00%\" y=\"4\" width=\"15.00%\"",
            "<text x=\"87.00%\" y=\"17\" dx=\"6\">4</text>",
            "class=\"one\" x=\"27.00%\" y=\"30\" width=\"30.00%\"",
            "<text x=\"27.00%\" y=\"69\" dx=\"6\">0</text>",
            ">L&lt;</text>",
        ] {
            assert!(svg.contains(part), "{part}\n{svg}");
        }
        assert_eq!(svg.matches("<rect").count(), 3);
    }

    #[test]
    fn columns_stand_on_the_line_and_many_of_them_have_no_figures() {
        let draw = |columns: &[ChartBar]| {
            let mut html = Markup::default();
            write_columns(&mut html, "", columns);
            html.into_text()
        };
        let svg = draw(&bars(&[&[1, 1], &[0, 0]]));
        let parts = [
            "class=\"one\" x=\"0.00%\" y=\"73\" width=\"40.00%\" height=\"55\"",
            "class=\"two\" x=\"0.00%\" y=\"18\" width=\"40.00%\" height=\"55\"",
            "<text x=\"20.00%\" y=\"14\" class=\"middle\">2</text>",
        ];
        assert!(parts.iter().all(|part| svg.contains(part)), "{svg}");
        let many = draw(&bars(&[&[1, 0][..]; 30]));
        assert_eq!(many.matches("<text").count(), 5);
        assert_eq!(draw(&[]).matches("<text").count(), 0);
    }
}
