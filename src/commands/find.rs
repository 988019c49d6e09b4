//! Finds the one referral that a user means.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::listing::Listing;
use crate::model::{Deadline, Direction, Due, Referral, Status, TimeLeft};
use crate::query::{
    Criterion, ListQuery, Plan, Reference, ReferenceMatch, Selection, Sort, SortKey, Words,
};
use crate::services::Services;
use crate::text;

/// Of more matches than these, the rest is counted.
const MAX_LISTED: usize = 20;

/// How a referral to show is asked for.
const SHOW: &str = "Show which one";

/// In characters.
const MAX_NAME_LEN: usize = 40;

/// What a match is known and told by.
const PROPERTIES: [&str; 8] = [
    "id",
    "name",
    "customerProfile",
    "status",
    "direction",
    "createdDateTime",
    "expirationDateTime",
    "callToAction",
];

/// One of the referrals that were meant.
struct Candidate {
    id: String,
    found: ReferenceMatch,
    /// Tells it from the others, on one line.
    line: String,
}

#[derive(Default)]
struct SearchResult {
    /// Soonest deadline first.
    candidates: Vec<Candidate>,
    /// The number of referrals that were looked at.
    searched: usize,
}

/// Fetches the referral that is meant. Text that is no whole id is never sent as one: it is searched for.
///
/// # Errors
/// If there is none, or if there are several and none is chosen.
pub(super) fn find_referral(services: &Services, reference: &Reference) -> Result<Referral> {
    let words = match reference {
        Reference::Id(id) => return Ok(services.api()?.fetch_referral(id)?),
        Reference::Words(words) => words,
    };
    let shown = find_shown(services, words);
    if let [id] = &*shown
        && words.is_clearly_an_id()
    {
        match services.api()?.fetch_referral(id) {
            // It may be one of another account.
            Err(error) if error.status() == Some(404) => {}
            fetched => return Ok(fetched?),
        }
    }
    let id = search(services, words, shown.len() > 1)?;
    Ok(services.api()?.fetch_referral(&id)?)
}

/// Fetches the referral that is to be changed: named by its id, by the start of one that no other referral has, or on a
/// terminal by a name, which is then chosen from a list.
///
/// # Errors
/// `ErrorKind::Usage` for a name without a terminal; and if there is none, or if there are several and none is chosen.
pub(super) fn find_to_change(services: &Services, reference: &Reference) -> Result<Referral> {
    let context = services.context();
    let words = match reference {
        Reference::Id(id) => return fetch_to_change(services, id),
        Reference::Words(words) => words,
    };
    let name_alone = || {
        let text = format!("{:?} is no id; a name is enough only on a terminal", words.text());
        let show = "`referrals list --columns id,customer,name` shows ids and names";
        Error::usage(text).detail("nothing was sent").hint(show)
    };
    if words.id_start().is_none() && !context.can_prompt() {
        return Err(name_alone());
    }
    let found = search_rows(services, words, Vec::new())?;
    let is_name = |one: &Candidate| one.found == ReferenceMatch::Name;
    let id = match &*found.candidates {
        [] => return Err(not_found(words, found.searched)),
        names if names.iter().all(is_name) && !context.can_prompt() => return Err(name_alone()),
        [only] if is_name(only) => {
            choose_from_list(context, words, &found.candidates, "Which one")?
        }
        several => choose(context, words, several, "Which one")?,
    };
    fetch_to_change(services, &id)
}

/// Fetches the referral with this id.
///
/// # Errors
/// Those of reading, and when the API sends another one.
pub(super) fn fetch_to_change(services: &Services, id: &str) -> Result<Referral> {
    let referral = services.api()?.fetch_referral(id)?;
    if referral.id.as_deref().is_some_and(|sent| sent.eq_ignore_ascii_case(id)) {
        return Ok(referral);
    }
    let message = "the API sent another referral than the one that was asked for";
    Err(Error::failure(message).detail(format!("asked for: {id}")).detail("nothing was changed"))
}

/// The text of `--explain`.
pub(super) fn explain(services: &Services, reference: &Reference) -> Result<String> {
    let base = services.base_url()?;
    let words = match reference {
        Reference::Id(id) => return Ok(format!("GET {}\n", base.referral(id))),
        Reference::Words(words) => words,
    };
    if let [id] = &*find_shown(services, words)
        && words.is_clearly_an_id()
    {
        return Ok(format!("GET {}\n", base.referral(id)));
    }
    let waiting = Plan::new(search_query(waiting())).explain(base.collection());
    let start = words.id_start().map(|start| format!("the id starts with {start}, or "));
    let text = format!(
        "{waiting}\nthen\n  keep those of which {}the customer's or the deal's name contains {:?}\n  \
         if there is none, search all referrals in the same way\n  get the one that is meant by its id\n",
        start.unwrap_or_default(),
        words.text(),
    );
    Ok(text)
}

/// The ids that were shown lately and start with the text.
fn find_shown(services: &Services, words: &Words) -> Vec<String> {
    if words.id_start().is_none() {
        return Vec::new();
    }
    let mut ids = services.shown_ids().map(|ids| ids.read()).unwrap_or_default();
    ids.retain(|id| words.starts(id));
    ids
}

/// The id of the referral that is meant: one of those that wait, else one of all.
fn search(services: &Services, words: &Words, skips_waiting: bool) -> Result<String> {
    if !skips_waiting {
        let found = search_rows(services, words, waiting())?;
        if !found.candidates.is_empty() {
            if found.candidates.iter().all(|one| one.found == ReferenceMatch::Name) {
                services.context().ui().info(
                    "searched only the referrals that wait for an answer, because some match; \
                     `referrals list --customer TEXT` searches all customers",
                );
            }
            return choose(services.context(), words, &found.candidates, SHOW);
        }
    }
    let found = search_rows(services, words, Vec::new())?;
    if found.candidates.is_empty() {
        return Err(not_found(words, found.searched));
    }
    choose(services.context(), words, &found.candidates, SHOW)
}

fn waiting() -> Vec<Criterion> {
    vec![Criterion::Direction(Direction::Incoming), Criterion::Status(vec![Status::New])]
}

fn search_query(criteria: Vec<Criterion>) -> ListQuery {
    ListQuery {
        criteria,
        sort: Sort::by(SortKey::Deadline),
        select: Selection::new(PROPERTIES.map(str::to_owned)),
        documented_only: true,
        ..ListQuery::default()
    }
}

fn search_rows(
    services: &Services,
    words: &Words,
    criteria: Vec<Criterion>,
) -> Result<SearchResult> {
    let context = services.context();
    let plan = Plan::new(search_query(criteria));
    let mut listing = Listing::start(services.api()?, context.clock(), context.ui(), &plan)?;
    services.correct_clock();
    let mut sorter = plan.sorter().expect("the API cannot sort by deadline");
    let mut searched = 0;
    while let Some(rows) = listing.next_rows()? {
        searched += rows.len();
        for row in &rows {
            if let (Some(found), Some(id)) = (words.find_in(row), &row.id) {
                let keep =
                    || Candidate { id: id.to_string(), found, line: describe(row, id, context) };
                sorter.push(row, keep);
            }
        }
    }
    Ok(SearchResult { candidates: sorter.finish().collect(), searched })
}

/// Id, state and names.
fn describe(referral: &Referral, id: &str, context: &Context) -> String {
    let state = match Deadline::of(referral) {
        Some(deadline) => format_due(deadline, context.zone(), context.now()),
        None => referral.status.as_ref().map_or("-", Status::as_str).to_lowercase(),
    };
    let names = [&referral.customer_profile.name, &referral.name].into_iter().flatten();
    let names: Vec<String> =
        names.map(|name| text::one_line(&text::decode_entities(name), MAX_NAME_LEN)).collect();
    let (id, state) = (text::one_line(id, MAX_NAME_LEN), text::one_line(&state, MAX_NAME_LEN));
    format!("{id}  {state:<14}  {}", names.join(", ")).trim_end().to_owned()
}

/// By the clock or the day, as tables tell it, but with a date that sorts.
fn format_due(deadline: Deadline, zone: &TimeZone, now: Timestamp) -> String {
    if let TimeLeft::Overdue(_) = deadline.time_left(now) {
        return "overdue".to_owned();
    }
    match deadline.due(zone, now) {
        Due::Today(time) | Due::Tonight(time) => format!("due {}", time.strftime("%H:%M")),
        Due::Tomorrow(at) => format!("due {}", at.strftime("%H:%M")),
        Due::Day(day) => format!("due {day}"),
    }
}

/// The id of the only candidate, or of the one that the user chooses.
fn choose(
    context: &Context,
    words: &Words,
    candidates: &[Candidate],
    question: &str,
) -> Result<String> {
    let is_whole = |one: &Candidate| one.found == ReferenceMatch::WholeId;
    if let Some(whole) = candidates.iter().find(|one| is_whole(one)) {
        return Ok(whole.id.clone());
    }
    if let [only] = candidates {
        return Ok(only.id.clone());
    }
    choose_from_list(context, words, candidates, question)
}

fn choose_from_list(
    context: &Context,
    words: &Words,
    candidates: &[Candidate],
    question: &str,
) -> Result<String> {
    let verb = if candidates.len() == 1 { "matches" } else { "match" };
    let number = text::count(candidates.len(), "referral");
    let heading = format!("{number} {verb} {:?}", words.text());
    let listed = &candidates[..candidates.len().min(MAX_LISTED)];
    let rest = candidates.len() - listed.len();
    let more = (rest > 0).then(|| format!("and {rest} more"));
    let lines = listed.iter().map(|one| one.line.clone());
    if !context.can_prompt() {
        let error = Error::failure(heading).with_details(lines).with_details(more);
        return Err(error.hint("name one by its id or by more of its name"));
    }
    let ui = context.ui();
    ui.print(&format!("{heading}:"));
    for (number, line) in (1..).zip(lines) {
        ui.print(&format!("{number:>3}  {line}"));
    }
    if let Some(more) = more {
        ui.print(&format!("     {more}"));
    }
    match ask_for_number(context, listed.len(), question)? {
        Some(number) => Ok(listed[number - 1].id.clone()),
        None => Err(Error::failure("no referral was chosen")),
    }
}

/// Asks until there is a number from 1 to `last`; `None` for no.
fn ask_for_number(context: &Context, last: usize, question: &str) -> Result<Option<usize>> {
    let question = format!("{question} (1-{last}, or q for none)?");
    while let Some(answer) = context.prompt(&question)? {
        if let Some(number) = answer.parse().ok().filter(|number| (1..=last).contains(number)) {
            return Ok(Some(number));
        }
        if ["q", "quit", "n", "no", "none"].contains(&&*answer.to_ascii_lowercase()) {
            return Ok(None);
        }
    }
    Ok(None)
}

fn not_found(words: &Words, searched: usize) -> Error {
    let error = Error::failure(format!("no referral matches {:?}", words.text()));
    let ids = if words.id_start().is_some() { "ids, " } else { "" };
    let error = error.detail(format!(
        "searched: {ids}customers and deals of the {} that this account sees",
        text::count(searched, "referral")
    ));
    error.hint("`referrals list --columns id,customer,name` shows ids and names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_told_by_the_clock_within_a_day_and_then_by_a_day_that_is_left() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (at, due) in [
            ("2026-11-21T12:00:00Z", "overdue"),
            ("2026-11-22T00:00:00Z", "due 01:00"),
            ("2026-11-22T12:00:00Z", "due 2026-11-22"),
            ("2026-11-25T00:00:00Z", "due 2026-11-24"),
            ("2026-11-25T15:00:00Z", "due 2026-11-25"),
        ] {
            let deadline = Deadline { at: at.parse().unwrap(), estimated: false, mark: None };
            assert_eq!(format_due(deadline, &zone, now), due, "{at}");
        }
    }
}
