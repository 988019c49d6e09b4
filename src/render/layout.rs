//! Which columns a table of a given width keeps, and how wide each is.
//! Pure: cells in, cells out.

/// Cells between two columns.
pub(super) const GAP: usize = 2;

/// Columns with a number above this one go before the deadline is cut.
const ESSENTIAL_PRIORITY: u8 = 1;

/// The least that is left of an essential column in the narrowest table.
const MIN_WIDTH: usize = 6;

/// What a column wants and what it can do without.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnWidth {
    /// Cells its widest content takes.
    pub(super) wanted: usize,
    /// Cells below which it is rather dropped.
    pub(super) least: usize,
    /// Columns with the highest number are dropped first; the lowest one, the deadline's 0, never is.
    pub(super) priority: u8,
}

/// The width of each column, or `None` for one that is dropped. Together, with the gaps, they fit `width`; one column
/// is always kept, and its width may then be 0.
pub(super) fn fit_columns(wishes: &[ColumnWidth], width: usize) -> Vec<Option<usize>> {
    let mut least: Vec<Option<usize>> =
        wishes.iter().map(|wish| Some(wish.least.min(wish.wanted))).collect();
    let mut squeezed = false;
    while total(&least) > width {
        let candidate = (0..wishes.len())
            .filter(|index| least[*index].is_some())
            .max_by_key(|index| wishes[*index].priority);
        let kept = least.iter().flatten().count();
        match candidate {
            Some(index)
                if kept > 1 && (squeezed || wishes[index].priority > ESSENTIAL_PRIORITY) =>
            {
                least[index] = None;
            }
            _ if squeezed => break,
            _ => {
                squeezed = true;
                for cells in least.iter_mut().flatten() {
                    *cells = (*cells).min(MIN_WIDTH);
                }
            }
        }
    }
    share(wishes, &least, width)
}

/// Gives every kept column what it wants, then takes from the widest until all fit.
fn share(wishes: &[ColumnWidth], least: &[Option<usize>], width: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> =
        wishes.iter().zip(least).map(|(wish, least)| least.map(|_| wish.wanted)).collect();
    let mut excess = total(&widths).saturating_sub(width);
    while excess > 0 {
        let widest = (0..widths.len())
            .filter(|index| widths[*index] > least[*index])
            .max_by_key(|index| widths[*index]);
        let Some(index) = widest else {
            break;
        };
        widths[index] = widths[index].map(|cells| cells - 1);
        excess -= 1;
    }
    // What is left over is the one column that is always kept, in less than its floor.
    for cells in widths.iter_mut().flatten() {
        *cells = (*cells).min(width);
    }
    widths
}

fn total(widths: &[Option<usize>]) -> usize {
    let kept = widths.iter().flatten();
    kept.clone().sum::<usize>() + GAP * kept.count().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wish(wanted: usize, least: usize, priority: u8) -> ColumnWidth {
        ColumnWidth { wanted, least, priority }
    }

    #[test]
    fn columns_shrink_first_then_go_by_priority_and_the_deadline_last() {
        // A deadline, a customer, a name, an id.
        let wishes = [wish(27, 27, 0), wish(30, 10, 1), wish(30, 10, 2), wish(36, 36, 8)];
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
            assert_eq!(fit_columns(&wishes, width), widths, "{width}");
        }
        assert_eq!(fit_columns(&[wish(30, 30, 5)], 7), [Some(7)]);
    }

    proptest! {
        #[test]
        fn the_table_fits_and_keeps_its_deadline(
            others in proptest::collection::vec((0..90_usize, 0..40_usize, 1..10_u8), 0..12),
            width in 0..200_usize,
        ) {
            let mut wishes: Vec<ColumnWidth> = others.iter().map(|(w, l, p)| wish(*w, *l, *p)).collect();
            wishes.insert(wishes.len() / 2, wish(27, 27, 0));
            let widths = fit_columns(&wishes, width);
            prop_assert!(total(&widths) <= width, "{widths:?}");
            prop_assert!(widths[(wishes.len() - 1) / 2].is_some());
        }
    }
}
