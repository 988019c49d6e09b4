//! Formats totals as a line of text.

use crate::report::Tally;

/// `within` is the value of `--within`.
pub fn format_expiring(tally: &Tally, within: &str) -> String {
    let Tally { count, within_a_day, overdue, unknown, value } = tally;
    let noun = if *count == 1 { "referral lapses" } else { "referrals lapse" };
    let unknown = match unknown {
        0 => String::new(),
        count => format!(", {count} without a readable date"),
    };
    let text = format!(
        "{count} {noun} within {within}: {within_a_day} within 24 h, {overdue} overdue{unknown}"
    );
    if value.is_empty() {
        return text;
    }
    let sums: Vec<String> = value.iter().map(|sum| sum.to_string()).collect();
    format!("{text}; at stake {}", sums.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Money;

    #[test]
    fn the_summary_has_counts_and_a_sum_for_each_currency() {
        let mut tally = Tally { count: 1, ..Tally::default() };
        let counts = "1 referral lapses within 7d: 0 within 24 h, 0 overdue";
        assert_eq!(format_expiring(&tally, "7d"), counts);
        let unknown = Tally { unknown: 1, ..Tally::default() };
        assert!(format_expiring(&unknown, "7d").ends_with("0 overdue, 1 without a readable date"));
        tally = Tally { count: 4, within_a_day: 1, overdue: 2, ..tally };
        for (amount, currency) in [(2_010, "EUR"), (7, "USD")] {
            let currency = Some(currency.to_owned());
            tally.value.add(&Money { amount: amount.into(), currency });
        }
        assert_eq!(
            format_expiring(&tally, "7d"),
            "4 referrals lapse within 7d: 1 within 24 h, 2 overdue; at stake 2,010 EUR, 7 USD"
        );
    }
}
