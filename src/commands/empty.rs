//! Why a listing is empty: the likely cause, from what was asked for.

use jiff::Timestamp;

use super::codes::is_country;
use crate::query::{Criterion, ListQuery};

/// The lines after an empty listing. With `may_be_role`, what an account may see can be the cause too.
pub(super) fn explain(query: &ListQuery, now: Timestamp, may_be_role: bool) -> Vec<String> {
    let causes = find_causes(&query.criteria, now);
    if !causes.is_empty() {
        return causes;
    }
    let mut lines = describe_filters(query);
    if may_be_role {
        lines.push(
            "(a Referrals user sees only referrals whose team includes them; a Referrals admin sees all)"
                .to_owned(),
        );
    }
    lines
}

/// The conditions that nothing can meet.
fn find_causes(criteria: &[Criterion], now: Timestamp) -> Vec<String> {
    let lies_ahead = |criterion: &Criterion| match criterion {
        Criterion::Created(window) | Criterion::Updated(window) => {
            window.from.is_some_and(|from| from > now)
        }
        _ => false,
    };
    let mut causes: Vec<String> = criteria.iter().filter_map(explain_country).collect();
    for criterion in criteria.iter().filter(|criterion| lies_ahead(criterion)) {
        causes.push(format!("that date lies ahead: {}", criterion.describe()));
    }
    causes.extend(explain_status(criteria));
    causes
}

fn explain_country(criterion: &Criterion) -> Option<String> {
    let Criterion::Country(codes) = criterion else { return None };
    if codes.iter().any(|code| is_country(code)) {
        return None;
    }
    let (noun, codes) = match &codes[..] {
        [code] => ("is no country code", code.clone()),
        codes => ("are no country codes", codes.join(", ")),
    };
    Some(format!("{codes} {noun}; they have two letters, as DE, GB and US (ISO 3166)"))
}

/// The statuses that cannot have any of the substatuses.
fn explain_status(criteria: &[Criterion]) -> Option<String> {
    let status = criteria.iter().find(|it| matches!(it, Criterion::Status(_)))?;
    let Criterion::Status(statuses) = status else { return None };
    let is_impossible = |criterion: &Criterion| match criterion {
        Criterion::Substatus(substatuses) => statuses
            .iter()
            .all(|status| !substatuses.iter().any(|substatus| status.allows(substatus))),
        _ => false,
    };
    let substatus = criteria.iter().find(|criterion| is_impossible(criterion))?;
    Some(format!(
        "no referral is both: {}, and {}; New has pending and received, Active accepted, Closed the others",
        status.describe(),
        substatus.describe()
    ))
}

/// The filters that left nothing. Those that the command sets itself go without saying.
fn describe_filters(query: &ListQuery) -> Vec<String> {
    let is_own = |criterion: &&Criterion| {
        let is_waiting = matches!(criterion, Criterion::Direction(_) | Criterion::Status(_));
        !(query.documented_only && is_waiting)
    };
    let described = query.criteria.iter().filter(is_own).map(Criterion::describe);
    let raw = query.raw_filters.iter().cloned();
    let filters: Vec<String> = described.chain(raw).collect();
    match &filters[..] {
        [] => Vec::new(),
        [filter] => vec![format!("the filter was: {filter}")],
        filters => vec![
            format!("the filters were: {}", filters.join("; ")),
            "hint: leave out one after the other to see which of them leaves nothing".to_owned(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, Status, Substatus};
    use crate::query::Window;

    fn lines(criteria: Vec<Criterion>) -> Vec<String> {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        explain(&ListQuery { criteria, ..ListQuery::default() }, now, true)
    }

    fn country(codes: &[&str]) -> Criterion {
        Criterion::Country(codes.iter().map(|code| (*code).to_owned()).collect())
    }

    #[test]
    fn what_nothing_can_meet_is_the_cause_and_not_the_role() {
        let from = |time: &str| {
            Criterion::Created(Window { from: Some(time.parse().unwrap()), until: None })
        };
        let status = |status| Criterion::Status(vec![status]);
        let substatus = |substatus| Criterion::Substatus(vec![substatus]);
        let cases = [
            (vec![country(&["XX"])], "XX is no country code"),
            (vec![country(&["XX", "UK"])], "XX, UK are no country codes"),
            (vec![from("2027-01-01T00:00:00Z")], "that date lies ahead: created at or after 2027"),
            (vec![status(Status::Active), substatus(Substatus::Won)], "no referral is both"),
        ];
        for (criteria, start) in cases {
            let lines = lines(criteria);
            assert!(lines.len() == 1 && lines[0].starts_with(start), "{lines:?}");
        }
        let possible = [
            vec![country(&["XX", "DE"])],
            vec![from("2026-11-21T00:00:00Z")],
            vec![status(Status::Closed), substatus(Substatus::Won)],
            vec![status(Status::Other("Odd".to_owned())), substatus(Substatus::Won)],
        ];
        for criteria in possible {
            let lines = lines(criteria);
            assert!(lines[0].starts_with("the filter"), "{lines:?}");
            assert!(lines.last().unwrap().contains("Referrals user"), "{lines:?}");
        }
    }

    #[test]
    fn the_filters_that_left_nothing_are_named_except_what_the_command_means() {
        let waiting = || {
            vec![Criterion::Direction(Direction::Incoming), Criterion::Status(vec![Status::New])]
        };
        let query =
            |criteria| ListQuery { criteria, documented_only: true, ..ListQuery::default() };
        let explain =
            |criteria, may_be_role| explain(&query(criteria), Timestamp::UNIX_EPOCH, may_be_role);
        assert_eq!(explain(waiting(), false), [""; 0]);
        assert_eq!(explain(waiting(), true).len(), 1);
        let filtered = [waiting(), vec![country(&["DE"])]].concat();
        assert_eq!(explain(filtered, false), ["the filter was: country is DE"]);
        let two = vec![country(&["DE"]), Criterion::Currency(vec!["EUR".to_owned()])];
        assert_eq!(
            lines(two)[..2],
            [
                "the filters were: country is DE; currency is EUR",
                "hint: leave out one after the other to see which of them leaves nothing"
            ]
        );
    }
}
