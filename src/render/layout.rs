//! Fits the columns of a table into a width. All widths are in terminal cells.

/// The space between two columns.
pub(super) const GAP: usize = 2;

/// So many of the usual columns are on every screen that has room for them, and the text among them is content with less.
const ESSENTIAL_COLUMNS: usize = 6;

/// What a text gets before another essential column is shown.
const ESSENTIAL_WIDTH: usize = 22;

/// What a text gets before any further column is shown.
const TEXT_WIDTH: usize = 24;

#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnWidth {
    /// The width of the widest cell.
    pub(super) longest: usize,
    /// The width below which the column is not cut.
    pub(super) min: usize,
    /// What the column gets before another one is shown; `None` for a text like others.
    pub(super) enough: Option<usize>,
}

impl ColumnWidth {
    /// `text` is what a text gets; `None` is all.
    fn fill(self, text: Option<usize>) -> usize {
        let limit = text.map(|text| self.enough.unwrap_or(text));
        limit.map_or(self.longest, |limit| self.longest.min(limit).max(self.min))
    }
}

/// The width of each column, `None` for one that is not shown. `by_worth` has the indices of the columns. A column is shown
/// only when those before it have what they need; so a wider terminal never shows less of a column. At least the first
/// is shown, and with the gaps all fit into `width`.
pub(super) fn fit_by_worth(
    columns: &[ColumnWidth],
    by_worth: &[usize],
    width: usize,
) -> Vec<Option<usize>> {
    let fits = |count: &usize| total_width(&start_widths(columns, &by_worth[..*count])) <= width;
    let count = (1..=by_worth.len()).take_while(fits).last().unwrap_or(1).min(by_worth.len());
    let start = start_widths(columns, &by_worth[..count]);
    let mut room = width.saturating_sub(total_width(&start));
    let next = (count < by_worth.len()).then(|| text_width(count));
    let mut widths = vec![None; columns.len()];
    for (&index, start) in by_worth.iter().zip(start) {
        let more = columns[index].fill(next).saturating_sub(start).min(room);
        room -= more;
        // The first is shown even if it does not fit.
        widths[index] = Some((start + more).min(width));
    }
    widths
}

/// The least widths with which these columns are shown, the one of least worth being cut the most.
fn start_widths(columns: &[ColumnWidth], by_worth: &[usize]) -> Vec<usize> {
    let Some((last, before)) = by_worth.split_last() else { return Vec::new() };
    let text = Some(text_width(before.len()));
    let before = before.iter().map(|&index| columns[index].fill(text));
    before.chain([columns[*last].min]).collect()
}

/// What a text gets before the column with this rank is shown.
fn text_width(rank: usize) -> usize {
    if rank < ESSENTIAL_COLUMNS { ESSENTIAL_WIDTH } else { TEXT_WIDTH }
}

/// The widths of columns that are all shown: the widest are narrowed until all fit, or until all are as narrow as can be.
pub(super) fn fit_all(columns: &[ColumnWidth], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> =
        columns.iter().map(|column| column.longest.min(width).max(column.min)).collect();
    for _ in width..total_width(&widths) {
        let widest = (0..widths.len())
            .filter(|&index| widths[index] > columns[index].min)
            .max_by_key(|&index| widths[index]);
        let Some(index) = widest else { break };
        widths[index] -= 1;
    }
    widths
}

fn total_width(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A column that is not cut.
    fn fixed(longest: usize) -> ColumnWidth {
        ColumnWidth { longest, min: longest, enough: Some(longest) }
    }

    fn text(longest: usize, min: usize) -> ColumnWidth {
        ColumnWidth { longest, min: min.min(longest), enough: None }
    }

    #[test]
    fn a_column_is_shown_only_when_those_before_it_have_what_they_need() {
        // In this order: time left, id, customer, value, due, kind, deal, sender.
        let columns = [
            fixed(10),
            fixed(6),
            text(35, 8),
            fixed(11),
            fixed(13),
            fixed(7),
            text(40, 16),
            text(9, 8),
        ];
        let by_worth: Vec<usize> = (0..columns.len()).collect();
        for (width, shown) in [
            (5, "5"),
            (10, "10"),
            (17, "10"),
            (18, "10 6"),
            (27, "10 6"),
            (28, "10 6 8"),
            (54, "10 6 22"),
            (55, "10 6 22 11"),
            (69, "10 6 22 11"),
            (70, "10 6 22 11 13"),
            (79, "10 6 22 11 13 7"),
            (80, "10 6 23 11 13 7"),
            (98, "10 6 24 11 13 7"),
            (99, "10 6 24 11 13 7 16"),
            (116, "10 6 24 11 13 7 24"),
            (117, "10 6 24 11 13 7 24 8"),
            (118, "10 6 25 11 13 7 24 8"),
            (200, "10 6 35 11 13 7 40 9"),
        ] {
            let widths = fit_by_worth(&columns, &by_worth, width);
            let widths: Vec<String> = widths.iter().flatten().map(usize::to_string).collect();
            assert_eq!(widths.join(" "), shown, "{width}");
        }
    }

    #[test]
    fn chosen_columns_shrink_and_then_run_over() {
        let columns = [fixed(6), text(30, 8), text(20, 8)];
        for (width, widths) in [
            (200, [6, 30, 20]),
            (50, [6, 20, 20]),
            (45, [6, 18, 17]),
            (26, [6, 8, 8]),
            (9, [6, 8, 8]),
        ] {
            assert_eq!(fit_all(&columns, width), widths, "{width}");
        }
    }

    fn any_column() -> impl Strategy<Value = ColumnWidth> {
        let cuttable = (0..60_usize, 0..22_usize).prop_map(|(longest, min)| text(longest, min));
        prop_oneof![(0..40_usize).prop_map(fixed), cuttable]
    }

    proptest! {
        #[test]
        fn no_column_is_narrower_where_the_terminal_is_wider(
            columns in proptest::collection::vec(any_column(), 1..12),
            width in 0..250_usize,
        ) {
            let by_worth: Vec<usize> = (0..columns.len()).rev().collect();
            let narrow = fit_by_worth(&columns, &by_worth, width);
            let wide = fit_by_worth(&columns, &by_worth, width + 1);
            prop_assert!(narrow.iter().zip(&wide).all(|(narrow, wide)| narrow <= wide), "{narrow:?} {wide:?}");
            let shown: Vec<usize> = narrow.iter().copied().flatten().collect();
            prop_assert!(total_width(&shown) <= width);
            prop_assert!(narrow[columns.len() - 1].is_some());
            let (narrow, wide) = (fit_all(&columns, width), fit_all(&columns, width + 1));
            prop_assert!(narrow.iter().zip(&wide).all(|(narrow, wide)| narrow <= wide));
        }
    }
}
