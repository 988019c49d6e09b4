//! Amounts with their currency. Amounts of different currencies are never added (API §3.3).

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

/// One sum per currency, ordered by currency code.
#[derive(Clone, Debug, Default)]
pub struct Totals(BTreeMap<Option<String>, Decimal>);

impl Totals {
    /// Adds to the sum of the currency; an overflow saturates.
    pub fn add(&mut self, money: &Money) {
        let sum = self.0.entry(money.currency.clone()).or_default();
        *sum = sum.checked_add(money.amount).unwrap_or(Decimal::MAX);
    }

    pub fn iter(&self) -> impl Iterator<Item = Money> + '_ {
        self.0
            .iter()
            .map(|(currency, amount)| Money { amount: *amount, currency: currency.clone() })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
    fn different_currencies_are_never_added() {
        let mut totals = Totals::default();
        for money in [money("0.1", "EUR"), money("5", "USD"), money("0.2", "EUR")] {
            totals.add(&money);
        }
        let sums: Vec<String> = totals.iter().map(|sum| sum.to_string()).collect();
        assert_eq!(sums, ["0.30 EUR", "5 USD"]);
    }
}
