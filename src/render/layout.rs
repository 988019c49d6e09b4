//! Fits the columns of a table into a width. All widths are in terminal cells.

/// The space between two columns.
pub(super) const GAP: usize = 2;

/// Columns with a higher number are dropped before the others are truncated below their minimum.
const ESSENTIAL_PRIORITY: u8 = 1;

/// The minimum of the essential columns when nothing else fits.
const ESSENTIAL_MIN_WIDTH: usize = 6;

#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnWidth {
    /// The width of the content.
    pub(super) preferred: usize,
    /// The column is dropped rather than made narrower.
    pub(super) min: usize,
    /// The column with the highest number is dropped first.
    pub(super) drop_priority: u8,
}

/// Returns the width of each column, `None` for a dropped one. With the gaps, they fit into `width`. At least one column
/// is kept, if only with width 0.
pub(super) fn fit_columns(columns: &[ColumnWidth], width: usize) -> Vec<Option<usize>> {
    let mut mins: Vec<Option<usize>> =
        columns.iter().map(|column| Some(column.min.min(column.preferred))).collect();
    let mut is_squeezed = false;
    while total_width(&mins) > width {
        let candidate = (0..columns.len())
            .filter(|&index| mins[index].is_some())
            .max_by_key(|&index| columns[index].drop_priority);
        let count = mins.iter().flatten().count();
        match candidate {
            Some(index)
                if count > 1
                    && (is_squeezed || columns[index].drop_priority > ESSENTIAL_PRIORITY) =>
            {
                mins[index] = None;
            }
            _ if is_squeezed => break,
            _ => {
                is_squeezed = true;
                for min in mins.iter_mut().flatten() {
                    *min = (*min).min(ESSENTIAL_MIN_WIDTH);
                }
            }
        }
    }
    shrink_columns(columns, &mins, width)
}

/// Starts with the preferred widths and narrows the widest column until all fit.
fn shrink_columns(
    columns: &[ColumnWidth],
    mins: &[Option<usize>],
    width: usize,
) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> =
        columns.iter().zip(mins).map(|(column, min)| min.map(|_| column.preferred)).collect();
    for _ in width..total_width(&widths) {
        let widest = (0..widths.len())
            .filter(|&index| widths[index] > mins[index])
            .max_by_key(|&index| widths[index]);
        let Some(index) = widest else { break };
        widths[index] = widths[index].map(|width| width - 1);
    }
    // The last column is kept even if its minimum does not fit.
    for column in widths.iter_mut().flatten() {
        *column = (*column).min(width);
    }
    widths
}

fn total_width(widths: &[Option<usize>]) -> usize {
    let kept = widths.iter().flatten();
    kept.clone().sum::<usize>() + GAP * kept.count().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(preferred: usize, min: usize, drop_priority: u8) -> ColumnWidth {
        ColumnWidth { preferred, min, drop_priority }
    }

    #[test]
    fn columns_shrink_then_are_dropped_by_priority_and_the_deadline_stays() {
        // A deadline, a customer, a name, an id.
        let columns = [column(27, 27, 0), column(30, 10, 1), column(30, 10, 2), column(36, 36, 8)];
        let cases: [(usize, [Option<usize>; 4]); 7] = [
            (129, [Some(27), Some(30), Some(30), Some(36)]),
            (120, [Some(27), Some(26), Some(25), Some(36)]),
            (80, [Some(27), Some(25), Some(24), None]),
            (51, [Some(27), Some(10), Some(10), None]),
            (50, [Some(27), Some(21), None, None]),
            (20, [Some(9), Some(9), None, None]),
            (4, [Some(4), None, None, None]),
        ];
        for (width, widths) in cases {
            assert_eq!(fit_columns(&columns, width), widths, "{width}");
        }
        assert_eq!(fit_columns(&[column(30, 30, 5)], 7), [Some(7)]);
    }

    proptest! {
        #[test]
        fn the_table_fits_and_keeps_the_deadline(
            others in proptest::collection::vec((0..90_usize, 0..40_usize, 1..10_u8), 0..12),
            width in 0..200_usize,
        ) {
            let mut columns: Vec<ColumnWidth> =
                others.into_iter().map(|(preferred, min, priority)| column(preferred, min, priority)).collect();
            columns.insert(columns.len() / 2, column(27, 27, 0));
            let widths = fit_columns(&columns, width);
            prop_assert!(total_width(&widths) <= width, "{widths:?}");
            prop_assert!(widths[(columns.len() - 1) / 2].is_some());
        }
    }
}
