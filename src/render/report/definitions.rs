//! What each figure means, in plain words.

use super::markup::Markup;

const DEFINITIONS: &[(&str, &str)] = &[
    (
        "Waiting",
        "Sent to us and not answered yet (New), whether Pending or Received. Leads that need no answer (Get it now, Free trial, Test drive) are counted apart, and in no rate.",
    ),
    (
        "Last day",
        "The last day on which an answer is in time; within a day of the deadline, its time. A deadline in the first half of a day is told as the day before. After the deadline the referral is archived as Expired, and the sender is told.",
    ),
    ("~", "The API gave no deadline: it is estimated as 14 days after the day of creation."),
    (
        "To be answered by tomorrow",
        "The last day is today or tomorrow, or over, or it cannot be read.",
    ),
    (
        "Value",
        "What the deal is said to be worth, in whole units of its currency. Currencies are never converted and never added to one another. A referral without a value is counted, but adds nothing.",
    ),
    ("Lapsed", "Archived as Expired in the period, because nobody answered in time."),
    ("Answered", "Sent to us and accepted or declined in the period, whatever became of it since."),
    (
        "Acceptance rate",
        "Of what was sent to us and created in the period, and was accepted, declined or lapsed since: the part that was accepted.",
    ),
    ("Lapse rate", "Of the same referrals: the part that lapsed."),
    (
        "Time to answer",
        "From the creation to the answer, of what was answered in the period. Half, or nine in ten, took no longer than the time given. Microsoft says that partners who answer in time are shown to customers more often.",
    ),
    (
        "Win rate, co-sell",
        "Microsoft's formula: won, divided by accepted plus sent by us, all in the period. The deals won need not be those accepted, so that it can exceed 100%.",
    ),
    ("Win rate, leads", "Microsoft's formula: won, divided by accepted, both in the period."),
    ("Won, lost", "Marked as won or lost in the period, whoever sent the deal."),
    (
        "Rates",
        "Always as \"n of m\". A percentage of fewer than five cases would say nothing, and is left out.",
    ),
    ("Open deals", "Active, whoever sent them. Their age is counted from the acceptance."),
    ("Past closing", "The day on which the deal was expected to close is over."),
    (
        "No CRM id, no team, no value",
        "Nothing connects the deal with a CRM, nobody of ours is on its team, or it is not said what it is worth.",
    ),
    ("Stale", "The deal was not updated for 30 days."),
    ("Id", "The start of the referral's id: `referrals show ID` shows it in full."),
];

pub(super) fn write(html: &mut Markup) {
    html.element("section", &[("class", "definitions")], |html| {
        html.leaf("h2", &[], "What the figures mean");
        html.element("dl", &[], |html| {
            for (name, meaning) in DEFINITIONS {
                html.leaf("dt", &[], name);
                html.leaf("dd", &[], meaning);
            }
        });
    });
}
