//! Totals as the lines after a listing for people.

use crate::model::{Money, Totals};
use crate::report::{Tally, Unanswered};
use crate::text;

/// The number of referrals: `1 referral`, `2 referrals`.
pub fn format_count(count: usize) -> String {
    text::count(count, "referral")
}

/// After `list`.
pub fn format_list_totals(tally: &Tally) -> Vec<String> {
    let unanswered = &tally.unanswered;
    let mut counts = format_count(tally.count);
    if unanswered.count() > 0 {
        let classes = format_classes(unanswered).join(", ");
        counts = format!("{counts}, {} unanswered: {classes}", unanswered.count());
    }
    vec![counts, format_money("value", &tally.value, tally.count)]
}

/// After `pending`.
pub fn format_pending_totals(tally: &Tally) -> Vec<String> {
    let count = tally.unanswered.count();
    let verb = if count == 1 { "waits" } else { "wait" };
    let counts = format!("{count} {verb} for an answer");
    let classes = format_classes(&tally.unanswered).join(", ");
    let counts = if count == 0 { counts } else { format!("{counts}: {classes}") };
    let counts: Vec<String> = std::iter::once(counts).chain(format_rest(tally)).collect();
    with_stake(&counts, tally)
}

/// After `expiring`. What is overdue is counted apart from what lapses. `within` is the value of `--within`.
pub fn format_expiring_totals(tally: &Tally, within: &str) -> Vec<String> {
    let unanswered = &tally.unanswered;
    let mut counts = Vec::new();
    if unanswered.overdue > 0 {
        counts.push(format!("{} overdue", unanswered.overdue));
    }
    if unanswered.ahead() > 0 || unanswered.overdue == 0 {
        let verb = if unanswered.ahead() == 1 { "lapses" } else { "lapse" };
        // A span is a length of time, a word such as `friday` the end of one.
        let is_span = within.starts_with(|c: char| c.is_ascii_digit());
        let by = if is_span { "within" } else { "by" };
        let lapse = format!("{} {verb} {by} {within}", unanswered.ahead());
        let classes = format_ahead(unanswered).join(", ");
        counts.push(if classes.is_empty() { lapse } else { format!("{lapse}: {classes}") });
    }
    counts.extend(format_undated(unanswered));
    counts.extend(format_rest(tally));
    with_stake(&counts, tally)
}

/// Those that need no answer.
fn format_rest(tally: &Tally) -> Option<String> {
    match tally.no_answer_needed {
        0 => None,
        1 => Some("1 needs none".to_owned()),
        count => Some(format!("{count} need none")),
    }
}

fn with_stake(counts: &[String], tally: &Tally) -> Vec<String> {
    let unanswered = &tally.unanswered;
    let mut lines = vec![counts.join("; ")];
    if unanswered.count() > 0 {
        lines.push(format_money("at stake", &unanswered.value, unanswered.count()));
    }
    lines
}

fn format_classes(unanswered: &Unanswered) -> Vec<String> {
    let overdue = Some((unanswered.overdue, "overdue"));
    let mut classes: Vec<String> = overdue.and_then(format_class).into_iter().collect();
    classes.extend(format_ahead(unanswered));
    classes.extend(format_undated(unanswered));
    classes
}

fn format_ahead(unanswered: &Unanswered) -> Vec<String> {
    let Unanswered { within_a_day, within_three_days, later, .. } = *unanswered;
    let classes =
        [(within_a_day, "within 24 h"), (within_three_days, "within 3 days"), (later, "later")];
    classes.into_iter().filter_map(format_class).collect()
}

fn format_undated(unanswered: &Unanswered) -> Vec<String> {
    let classes =
        [(unanswered.never, "without end"), (unanswered.unknown, "without a readable date")];
    classes.into_iter().filter_map(format_class).collect()
}

fn format_class((count, name): (usize, &str)) -> Option<String> {
    (count > 0).then(|| format!("{count} {name}"))
}

/// A sum for each currency, and how many of the `count` referrals have none.
fn format_money(label: &str, totals: &Totals, count: usize) -> String {
    let sums: Vec<String> = totals.sums().iter().map(Money::to_string).collect();
    let name = |without| if without == 1 { "names" } else { "name" };
    match (totals.without_amount(), sums.join(", ")) {
        (_, sums) if sums.is_empty() => format!("{label}: no amounts"),
        (0, sums) => format!("{label}: {sums}"),
        (without, sums) => {
            format!("{label}: {sums}; {without} of {count} {} no amount", name(without))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts in EUR, except for the first.
    fn totals(amounts: &[i64], without: usize) -> Totals {
        let mut totals = Totals::default();
        for (index, amount) in amounts.iter().enumerate() {
            let currency = Some(if index == 0 { "CHF" } else { "EUR" }.to_owned());
            totals.add(Some(&Money { amount: (*amount).into(), currency }));
        }
        (0..without).for_each(|_| totals.add(None));
        totals
    }

    fn tally() -> Tally {
        let unanswered = Unanswered {
            overdue: 1,
            within_a_day: 3,
            within_three_days: 4,
            later: 3,
            value: totals(&[48_500, 95_000, 600], 8),
            ..Unanswered::default()
        };
        Tally { count: 20, unanswered, no_answer_needed: 2, value: totals(&[1, 2], 18) }
    }

    #[test]
    fn each_command_counts_by_urgency_and_sums_by_currency() {
        let stake = "at stake: 95,600 EUR, 48,500 CHF; 8 of 11 name no amount";
        assert_eq!(
            format_pending_totals(&tally()),
            [
                "11 wait for an answer: 1 overdue, 3 within 24 h, 4 within 3 days, 3 later; 2 need none",
                stake
            ]
        );
        assert_eq!(
            format_expiring_totals(&tally(), "7d"),
            [
                "1 overdue; 10 lapse within 7d: 3 within 24 h, 4 within 3 days, 3 later; 2 need none",
                stake
            ]
        );
        assert_eq!(
            format_list_totals(&tally()),
            [
                "20 referrals, 11 unanswered: 1 overdue, 3 within 24 h, 4 within 3 days, 3 later",
                "value: 1 CHF, 2 EUR; 18 of 20 name no amount"
            ]
        );
    }

    #[test]
    fn what_there_is_none_of_is_not_mentioned() {
        let with = |unanswered, count| Tally { count, unanswered, ..Tally::default() };
        let one =
            || Unanswered { within_a_day: 1, value: totals(&[5], 0), ..Unanswered::default() };
        let lines = ["1 waits for an answer: 1 within 24 h", "at stake: 5 CHF"];
        assert_eq!(format_pending_totals(&with(one(), 1)), lines);
        let lines = ["1 lapses by friday: 1 within 24 h", "at stake: 5 CHF"];
        assert_eq!(format_expiring_totals(&with(one(), 1), "friday"), lines);
        let overdue = Unanswered { overdue: 1, value: totals(&[], 1), ..Unanswered::default() };
        let lines = ["1 overdue", "at stake: no amounts"];
        assert_eq!(format_expiring_totals(&with(overdue, 1), "7d"), lines);
        let undated =
            Unanswered { never: 1, unknown: 2, value: totals(&[7], 2), ..Unanswered::default() };
        assert_eq!(
            format_expiring_totals(&with(undated, 3), "0d"),
            [
                "0 lapse within 0d; 1 without end; 2 without a readable date",
                "at stake: 7 CHF; 2 of 3 name no amount"
            ]
        );
        let answered = Tally { count: 1, value: totals(&[], 1), ..Tally::default() };
        assert_eq!(format_list_totals(&answered), ["1 referral", "value: no amounts"]);
        let none = Tally { count: 1, no_answer_needed: 1, ..Tally::default() };
        assert_eq!(format_pending_totals(&none), ["0 wait for an answer; 1 needs none"]);
    }
}
