//! Counts referrals and sums their values by a word of theirs, such as the state.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Subtotal;
use crate::model::Money;

/// Memory grows with the words, not with the referrals.
#[derive(Debug, Default)]
pub struct Breakdown(BTreeMap<Option<String>, Subtotal>);

impl Breakdown {
    /// Adds a referral; `None` where it has no such word.
    pub fn add(&mut self, word: Option<&str>, value: Option<&Money>) {
        self.0.entry(word.map(str::to_owned)).or_default().add(value);
    }

    /// The largest first, and last those without a word.
    pub fn groups(&self) -> Vec<(Option<&str>, &Subtotal)> {
        let mut groups: Vec<_> =
            self.0.iter().map(|(word, group)| (word.as_deref(), group)).collect();
        groups.sort_by_key(|(word, group)| (word.is_none(), Reverse(group.count)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_counted_and_summed_by_currency_and_the_largest_comes_first() {
        let money = |amount: &str, currency: &str| Money {
            amount: amount.parse().unwrap(),
            currency: Some(currency.to_owned()),
        };
        let mut breakdown = Breakdown::default();
        for (word, value) in [
            (None, None),
            (None, None),
            (None, None),
            (Some("won"), Some(money("10.5", "EUR"))),
            (Some("new"), Some(money("1", "EUR"))),
            (Some("new"), Some(money("2", "USD"))),
            (Some("lost"), None),
        ] {
            breakdown.add(word, value.as_ref());
        }
        let groups: Vec<String> = breakdown
            .groups()
            .into_iter()
            .map(|(word, Subtotal { count, value })| {
                let sums: Vec<String> = value.sums().iter().map(Money::to_string).collect();
                format!("{word:?} {count} {sums:?} {}", value.without_amount())
            })
            .collect();
        assert_eq!(
            groups,
            [
                r#"Some("new") 2 ["1 EUR", "2 USD"] 0"#,
                r#"Some("lost") 1 [] 1"#,
                r#"Some("won") 1 ["10.50 EUR"] 0"#,
                "None 3 [] 3",
            ]
        );
    }
}
