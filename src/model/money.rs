//! Amounts with their currency. Amounts of different currencies are never added (API §3.3).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    pub amount: Decimal,
    /// ISO 4217 in upper case; the API may omit it.
    pub currency: Option<String>,
}

impl fmt::Display for Money {
    /// `185,000.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_amount(self.amount))?;
        match &self.currency {
            Some(currency) => write!(f, " {currency}"),
            None => f.write_str(" (no currency)"),
        }
    }
}

/// One sum per currency, and how many have no amount.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    sums: BTreeMap<Option<String>, Sum>,
    without_amount: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    amount: Decimal,
    count: usize,
}

impl Totals {
    /// Adds to the sum of the currency; an overflow saturates.
    pub fn add(&mut self, money: Option<&Money>) {
        let Some(Money { amount, currency }) = money else {
            self.without_amount += 1;
            return;
        };
        let sum = self.sums.entry(currency.clone()).or_default();
        sum.count += 1;
        sum.amount = sum.amount.checked_add(*amount).unwrap_or(Decimal::MAX);
    }

    /// The sums: first of the currency that most amounts are in, because sums of different currencies cannot be compared.
    pub fn sums(&self) -> Vec<Money> {
        self.counted_sums().into_iter().map(|(sum, _)| sum).collect()
    }

    /// The same, each with the number of its amounts.
    pub fn counted_sums(&self) -> Vec<(Money, usize)> {
        let mut sums: Vec<_> = self.sums.iter().collect();
        sums.sort_by_key(|(_, sum)| Reverse(sum.count));
        let money = |(currency, sum): (&Option<String>, &Sum)| {
            (Money { amount: sum.amount, currency: currency.clone() }, sum.count)
        };
        sums.into_iter().map(money).collect()
    }

    pub fn without_amount(&self) -> usize {
        self.without_amount
    }
}

/// A comma between thousands; two decimals unless the amount is whole.
fn format_amount(amount: Decimal) -> String {
    let rounded = amount.round_dp(2);
    let mut text = if rounded.fract().is_zero() {
        rounded.trunc().to_string()
    } else {
        format!("{rounded:.2}")
    };
    let first_digit = usize::from(text.starts_with('-'));
    let mut end = text.find('.').unwrap_or(text.len());
    while end > first_digit + 3 {
        end -= 3;
        text.insert(end, ',');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money { amount: amount.parse().unwrap(), currency: Some(currency.to_owned()) }
    }

    #[test]
    fn amounts_have_thousands_separators_and_a_currency() {
        let cases = [
            ("185000.5", "185,000.50 EUR"),
            ("12000000", "12,000,000 EUR"),
            ("999", "999 EUR"),
            ("-1234567.891", "-1,234,567.89 EUR"),
            ("10000.00", "10,000 EUR"),
            ("0.999", "1 EUR"),
            ("0", "0 EUR"),
        ];
        for (amount, text) in cases {
            assert_eq!(money(amount, "EUR").to_string(), text, "{amount}");
        }
    }

    #[test]
    fn different_currencies_are_never_added_and_the_one_of_most_amounts_comes_first() {
        let mut totals = Totals::default();
        for (amount, currency) in [("900", "CHF"), ("0.1", "USD"), ("5", "EUR"), ("0.2", "USD")] {
            totals.add(Some(&money(amount, currency)));
        }
        totals.add(None);
        let sums: Vec<String> = totals.sums().iter().map(Money::to_string).collect();
        assert_eq!(sums, ["0.30 USD", "900 CHF", "5 EUR"]);
        assert_eq!(totals.without_amount(), 1);
        let counts: Vec<usize> = totals.counted_sums().iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 1, 1]);
    }
}
