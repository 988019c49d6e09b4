//! The parts of the lines of a summary: labels, lists that fit, bars, and text without characters beyond ASCII.

use anstyle::Style;

use crate::model::Urgency;
use crate::text;

/// In cells. A bar of fewer referrals than this has a cell for each.
const MAX_BAR: usize = 10;

/// Of the label of a bar, in cells.
const BAR_LABEL: usize = 10;

/// Of the count behind a bar, in cells.
const BAR_COUNT: usize = 6;

/// A bar counts referrals.
pub(super) struct Bar {
    label: &'static str,
    count: usize,
    urgency: Option<Urgency>,
}

impl Bar {
    pub(super) fn new(label: &'static str, count: usize, urgency: Option<Urgency>) -> Bar {
        Bar { label, count, urgency }
    }
}

/// Bars in columns from top to bottom, as many as fit beside one another.
pub(super) fn format_bars(
    bars: &[Bar],
    width: usize,
    is_ascii: bool,
    style: &dyn Fn(Option<Urgency>) -> Style,
) -> Vec<String> {
    let rows = count_bar_lines(bars.len(), width);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    let block = if is_ascii { "#" } else { "█" };
    let format = |bar: &Bar| {
        let cells = measure_bar(bar.count, most);
        let (style, blocks) = (style(bar.urgency), block.repeat(cells));
        let style = if cells == 0 { Style::new() } else { style };
        let padding = " ".repeat(MAX_BAR - cells + BAR_COUNT);
        let count = format!(" {}", bar.count);
        let padding = &padding[count.len().min(padding.len())..];
        format!("  {:<8}{style}{blocks}{style:#}{count}{padding}", bar.label)
    };
    let line = |row: usize| bars.iter().skip(row).step_by(rows).map(format).collect::<String>();
    (0..rows).map(line).collect()
}

pub(super) fn count_bar_lines(bars: usize, width: usize) -> usize {
    let columns = width / (BAR_LABEL + MAX_BAR + BAR_COUNT);
    bars.div_ceil(columns.clamp(1, 3))
}

/// In cells: at least one for any referral.
fn measure_bar(count: usize, most: usize) -> usize {
    match most {
        0..=MAX_BAR => count,
        _ => (count * MAX_BAR).div_ceil(most),
    }
}

/// `WON        5    `, as wide as `width`.
pub(super) fn format_label(label: &str, count: Option<usize>, width: usize) -> String {
    let count = count.map(|count| count.to_string()).unwrap_or_default();
    let room = width.saturating_sub(label.len() + 2);
    format!("{label}{count:>room$}  ")
}

/// The parts with commas between them, as many as fit into `width` cells, and how many more there are. `None` if not
/// even one fits.
pub(super) fn join_fitting(parts: &[String], width: usize) -> Option<String> {
    let joined = |count: usize| match parts.len() - count {
        0 => parts.join(", "),
        more => format!("{} and {more} more", parts[..count].join(", ")),
    };
    let counts = (parts.len().min(1)..=parts.len()).rev();
    counts.map(joined).find(|text| text::width(text) <= width)
}

/// Other characters become `?`, one for each cell.
pub(super) fn to_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => ascii.push(c),
            '…' => ascii.push('.'),
            c => ascii.extend(std::iter::repeat_n('?', text::width(c.encode_utf8(&mut [0; 4])))),
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_a_cell_for_each_referral_while_they_fit_and_never_none_for_some() {
        for (count, most, cells) in [
            (0, 0, 0),
            (0, 5, 0),
            (3, 5, 3),
            (10, 10, 10),
            (1, 900, 1),
            (900, 900, 10),
            (450, 900, 5),
        ] {
            assert_eq!(measure_bar(count, most), cells, "{count} of {most}");
        }
        let bars =
            ["a", "b", "c", "d", "e", "f"].map(|label| Bar::new(label, label.len() + 1, None));
        let lines = |width| format_bars(&bars, width, true, &|_| Style::new());
        assert_eq!(
            lines(80)[0],
            "  a       ## 2              c       ## 2              e       ## 2            "
        );
        assert_eq!([80, 60, 40].map(|width| lines(width).len()), [2, 3, 6]);
        assert!(lines(80).iter().all(|line| text::width(line) <= 80));
    }

    #[test]
    fn a_list_that_does_not_fit_says_how_many_are_missing() {
        let parts = ["10% 9", "20% 8", "40% 7"].map(str::to_owned);
        for (width, expected) in
            [(19, Some("10% 9, 20% 8, 40% 7")), (18, Some("10% 9 and 2 more")), (15, None)]
        {
            assert_eq!(join_fitting(&parts, width).as_deref(), expected, "{width}");
        }
        assert_eq!(join_fitting(&[], 10).as_deref(), Some(""));
    }

    #[test]
    fn text_without_characters_beyond_ascii_keeps_its_width() {
        for (text, ascii) in [
            ("Fabrikam\x1b[1m\n", "Fabrikam\x1b[1m\n"),
            ("Müller…", "M?ller."),
            ("北風", "????"),
            ("\u{2068}שלום\u{2069}", "????"),
            ("e\u{301}", "e"),
        ] {
            assert_eq!(to_ascii(text), ascii, "{text}");
        }
    }
}
