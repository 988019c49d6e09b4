//! Rates, percentiles, and counts of texts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{Money, Totals};

/// Of fewer cases a rate says nothing.
const MIN_CASES: usize = 5;

/// So many different texts are kept; more would be a list and no figure.
const MAX_TEXTS: usize = 200;

/// `count` of `of`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    pub count: usize,
    pub of: usize,
}

impl Rate {
    /// Rounded to tenths; `None` for fewer than five cases. Microsoft's win rates can exceed 100.
    pub fn percent(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "no listing has 2^52 rows")]
        let percent = |count: usize, of: usize| (count as f64 * 1000.0 / of as f64).round() / 10.0;
        (self.of >= MIN_CASES).then(|| percent(self.count, self.of))
    }
}

/// Spans of time, in whole seconds.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<u32>);

impl Times {
    /// A negative span counts as none: an answer can be written a moment before the creation.
    pub fn add(&mut self, seconds: i64) {
        self.0.push(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX));
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether there are enough for a percentile to say something.
    pub fn is_telling(&self) -> bool {
        self.count() >= MIN_CASES
    }

    /// The shortest span that at least `percent` of all do not exceed; `None` if there are none.
    pub fn percentile(&self, percent: usize) -> Option<u32> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut sorted = self.0.clone();
        (rank <= sorted.len()).then(|| *sorted.select_nth_unstable(rank - 1).1)
    }

    /// How many take at most this many hours.
    pub fn within_hours(&self, hours: u32) -> Rate {
        let count = self.0.iter().filter(|seconds| **seconds <= hours * 3_600).count();
        Rate { count, of: self.count() }
    }
}

/// Referrals and their values.
#[derive(Clone, Debug, Default)]
pub struct Subtotal {
    pub count: usize,
    pub value: Totals,
}

impl Subtotal {
    pub fn add(&mut self, value: Option<&Money>) {
        self.count += 1;
        self.value.add(value);
    }
}

/// How often each text was found. Text is as received.
#[derive(Clone, Debug, Default)]
pub struct TextCounts {
    counts: BTreeMap<Option<String>, usize>,
    others: usize,
}

impl TextCounts {
    pub fn add(&mut self, text: Option<&str>) {
        let text = text.map(str::trim);
        if let Some(count) = self.counts.get_mut(&text.map(str::to_owned)) {
            *count += 1;
        } else if self.counts.len() < MAX_TEXTS {
            self.counts.insert(text.map(str::to_owned), 1);
        } else {
            self.others += 1;
        }
    }

    /// The most frequent first; `None` is a missing text.
    pub fn by_frequency(&self) -> Vec<(Option<&str>, usize)> {
        let mut counts: Vec<(Option<&str>, usize)> =
            self.counts.iter().map(|(text, count)| (text.as_deref(), *count)).collect();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        counts
    }

    /// Those of texts that are not listed, because there are too many.
    pub fn others(&self) -> usize {
        self.others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_fewer_than_five_cases_has_no_percentage() {
        for (count, of, percent) in [
            (3, 25, Some(12.0)),
            (1, 8, Some(12.5)),
            (2, 3, None),
            (4, 4, None),
            (5, 5, Some(100.0)),
            (7, 5, Some(140.0)),
            (0, 0, None),
        ] {
            assert_eq!(Rate { count, of }.percent(), percent, "{count} of {of}");
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_spans() {
        let times = |spans: &[i64]| {
            let mut times = Times::default();
            for span in spans {
                times.add(*span);
            }
            times
        };
        for (spans, half, most) in [
            (&[][..], None, None),
            (&[7], Some(7), Some(7)),
            (&[2, 1], Some(1), Some(2)),
            (&[3, 1, 2], Some(2), Some(3)),
            (&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], Some(5), Some(9)),
            (&[-5, i64::MAX], Some(0), Some(u32::MAX)),
        ] {
            let times = times(spans);
            assert_eq!((times.percentile(50), times.percentile(90)), (half, most), "{spans:?}");
        }
        let day = times(&[86_400, 86_401, 0]);
        assert_eq!(day.within_hours(24), Rate { count: 2, of: 3 });
        assert!(!day.is_telling() && times(&[1; 5]).is_telling());
    }

    #[test]
    fn texts_are_counted_and_too_many_are_only_a_number() {
        let mut counts = TextCounts::default();
        for text in [Some("price"), None, Some(" price "), Some("Price")] {
            counts.add(text);
        }
        assert_eq!(counts.by_frequency(), [(Some("price"), 2), (None, 1), (Some("Price"), 1)]);
        for number in 0..300 {
            counts.add(Some(&number.to_string()));
        }
        assert_eq!((counts.by_frequency().len(), counts.others()), (200, 103));
    }
}
