//! The figures of `summary` as JSON. The names are those of `schema/summary.schema.json`.

use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use crate::model::{Care, DeadlineState, Money, Totals};
use crate::report::{
    DueCount, Item, Open, Rate, Results, SalesStage, Subtotal, Summary, TextCounts, Times, Waiting,
    WinCounts,
};

/// What could not be listed is `null`.
pub fn to_json(summary: &Summary) -> Value {
    let mut members = Map::new();
    let mut add = |value: Value| {
        if let Value::Object(object) = value {
            members.extend(object);
        }
    };
    add(json!({
        "as_of": summary.moment.now.to_string(),
        "period": {
            "from": summary.period.from.to_string(),
            "until": summary.period.until.map(|until| until.to_string()),
        },
        "complete": summary.is_complete,
    }));
    add(waiting_members(&summary.waiting));
    match &summary.open {
        Some(open) => add(open_members(open)),
        None => add(nulls(&open_members(&Open::default()))),
    }
    let results = summary.results.as_ref();
    match results {
        Some(results) => add(results_members(results)),
        None => add(nulls(&results_members(&Results::default()))),
    }
    members.insert(
        "informational".to_owned(),
        json!({
            "waiting": summary.waiting.tally.no_answer_needed,
            "created": results.map(|results| results.informational),
        }),
    );
    Value::Object(members)
}

fn waiting_members(waiting: &Waiting) -> Value {
    let unanswered = &waiting.tally.unanswered;
    let items: Vec<Value> = waiting.urgent.items.iter().map(item).collect();
    json!({
        "answer_by_tomorrow": { "count": waiting.urgent.count, "referrals": items },
        "waiting": {
            "count": unanswered.count(),
            "pending": waiting.pending,
            "received": waiting.received,
            "estimated": waiting.estimated,
            "without_deadline": unanswered.never + unanswered.unknown,
        },
        "at_stake": money(&unanswered.value),
        "overdue": due(waiting.overdue),
        "due_24h": due(waiting.within_a_day),
        "due_72h": due(waiting.within_three_days),
        "due_7d": due(waiting.within_a_week),
        "new_since_yesterday": waiting.new_since_yesterday,
    })
}

fn open_members(open: &Open) -> Value {
    let stages: Vec<Value> = open
        .stages
        .iter()
        .map(|(stage, count)| {
            let name = match stage {
                SalesStage::Percent(percent) => Some(percent.to_string()),
                SalesStage::Word(word) => Some(word.clone()),
                SalesStage::Other => Some("(others)".to_owned()),
                SalesStage::Missing => None,
            };
            json!({ "stage": name, "count": count })
        })
        .collect();
    let [month, quarter, half, more] = open.ages;
    json!({
        "open": group(&open.total),
        "open_age": {
            "0-30": month,
            "31-90": quarter,
            "91-180": half,
            "180+": more,
            "unknown": open.unknown_age,
        },
        "stages": stages,
        "needs_care": open.needs_care,
        "overdue_close": open.care(Care::PastClosing),
        "no_crm_id": open.care(Care::NoCrmId),
        "no_team": open.care(Care::NoTeam),
        "no_value": open.care(Care::NoValue),
        "stale": open.care(Care::Stale),
    })
}

fn results_members(results: &Results) -> Value {
    json!({
        "lapsed": group(&results.lapsed),
        "answered": {
            "count": results.answered(),
            "accepted": results.accepted,
            "declined": results.declined,
        },
        "acceptance_rate": rate(results.cohort.acceptance_rate()),
        "lapse_rate": rate(results.cohort.lapse_rate()),
        "answer_time": times(&results.answer_time),
        "answered_24h": rate(results.answer_time.within_hours(24)),
        "answered_72h": rate(results.answer_time.within_hours(72)),
        "win_rate_cosell": win_rate(results.cosell),
        "win_rate_leads": win_rate(results.leads),
        "win_time": times(&results.win_time),
        "won_value": group(&results.won),
        "lost_value": group(&results.lost),
        "reasons": {
            "declined": texts(&results.declined_reasons),
            "lost": texts(&results.lost_reasons),
        },
        "undated": results.undated,
    })
}

/// The same names, with `null` for their values.
fn nulls(members: &Value) -> Value {
    let names = members.as_object().into_iter().flatten();
    Value::Object(names.map(|(name, _)| (name.clone(), Value::Null)).collect())
}

fn item(item: &Item) -> Value {
    let Item { id, customer, deal, kind, state, value, deadline, sender, sellers, .. } = item;
    let deadline = match deadline {
        DeadlineState::At(deadline) => Some(*deadline),
        _ => None,
    };
    json!({
        "id": id,
        "customer": customer,
        "deal": deal,
        "kind": kind.map(crate::model::ReferralKind::as_str),
        "state": state,
        "value": value.as_ref().map(number),
        "currency": value.as_ref().and_then(|value| value.currency.as_deref()),
        "deadline": deadline.map(|deadline| deadline.at.to_string()),
        "deadline_estimated": deadline.map(|deadline| deadline.estimated),
        "from": sender,
        "sellers": sellers,
    })
}

fn due(due: DueCount) -> Value {
    json!({ "count": due.count, "estimated": due.estimated })
}

fn group(group: &Subtotal) -> Value {
    let mut value = money(&group.value);
    value["count"] = group.count.into();
    value
}

/// Sums of different currencies stay apart.
fn money(totals: &Totals) -> Value {
    let sums = totals.sums();
    let sums = sums.iter().map(|sum| json!({ "currency": sum.currency, "amount": number(sum) }));
    json!({ "sums": sums.collect::<Vec<Value>>(), "without_value": totals.without_amount() })
}

/// Whole amounts without a fraction.
fn number(money: &Money) -> Value {
    let amount = money.amount.normalize();
    match amount.to_i64().filter(|_| amount.fract().is_zero()) {
        Some(whole) => whole.into(),
        None => amount.to_f64().into(),
    }
}

fn rate(rate: Rate) -> Value {
    json!({ "count": rate.count, "of": rate.of, "percent": rate.percent() })
}

fn win_rate(counts: WinCounts) -> Value {
    let WinCounts { won, accepted, outbound } = counts;
    json!({
        "won": won,
        "accepted": accepted,
        "outbound": outbound,
        "percent": counts.rate().percent(),
    })
}

fn times(times: &Times) -> Value {
    json!({
        "count": times.count(),
        "p50_seconds": times.percentile(50),
        "p90_seconds": times.percentile(90),
    })
}

fn texts(counts: &TextCounts) -> Value {
    let counted = counts.by_frequency().into_iter();
    let counted = counted.map(|(text, count)| json!({ "reason": text, "count": count }));
    let others = counts.others();
    let others = (others > 0).then(|| json!({ "reason": "(others)", "count": others }));
    Value::Array(counted.chain(others).collect())
}
