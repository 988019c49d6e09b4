//! News in words for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::times;
use crate::model::{Deadline, DeadlineState, Money};
use crate::report::{Change, Move, MovedField, MovedValue, News};
use crate::text;

/// What has happened, in a few words: `stage 20 → 40`, or of whole referrals what they are about. Text is as received.
pub fn describe_change(change: &Change, zone: &TimeZone, now: Timestamp) -> String {
    let item = &change.item;
    match &change.news {
        News::Moved(moved) => describe_move(moved, zone, now),
        News::Gone => {
            let deal = item.deal.as_deref().map(|name| format!(": {name}"));
            format!("can no longer be read{}", deal.unwrap_or_default())
        }
        News::New => {
            let kind = item.kind.map(|kind| kind.as_str().to_owned());
            let value = item.value.as_ref().map(Money::to_string);
            let due = match item.deadline {
                DeadlineState::At(deadline) => {
                    Some(format!("due {}", times::format_due(deadline, zone, now)))
                }
                DeadlineState::NoAnswerNeeded => Some("no answer needed".to_owned()),
                DeadlineState::Answered | DeadlineState::Never | DeadlineState::Unknown => None,
            };
            join(&[due, value, kind])
        }
        News::Accepted
        | News::Declined
        | News::Updated
        | News::Won
        | News::Lost
        | News::Closed
        | News::Lapsed => join(&[item.value.as_ref().map(Money::to_string), item.deal.clone()]),
    }
}

/// The number of news of each kind: `3 new, 1 lapsed`.
pub fn format_news_counts(changes: &[Change]) -> String {
    let count = |word: &str| changes.iter().filter(|change| change.news.word() == word).count();
    let counts = News::WORDS.iter().map(|word| (count(word), word));
    let told: Vec<String> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    told.join(", ")
}

fn join(parts: &[Option<String>]) -> String {
    parts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn describe_move(moved: &Move, zone: &TimeZone, now: Timestamp) -> String {
    let Move { field, old, new } = moved;
    let value = |value: &MovedValue| match value {
        MovedValue::Nothing if *field == MovedField::Team => "nobody".to_owned(),
        MovedValue::Nothing => "none".to_owned(),
        MovedValue::Text(text) => text.clone(),
        MovedValue::Money(money) => money.to_string(),
        MovedValue::Day(day) => day.strftime("%-d %b %Y").to_string(),
        MovedValue::Time(at) => {
            let deadline = Deadline { at: *at, estimated: false, mark: None };
            times::format_due(deadline, zone, now)
        }
        MovedValue::Members(count) => text::count(*count, "member"),
        MovedValue::People(people) => people.join(", "),
    };
    format!("{} {} → {}", field.word(), value(old), value(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Referral;
    use crate::report::Item;

    fn change(news: News) -> Change {
        let json = r#"{"id":"a","name":"ERP","status":"New","type":"Shared","expirationDateTime":"2026-11-28T00:00:00Z",
            "inviteContext":{"invitedBy":{"organizationId":"msft"}},"details":{"dealValue":48000,"currency":"EUR"}}"#;
        Change { item: Item::of(&Referral::parse(json).unwrap()), news }
    }

    #[test]
    fn news_are_told_in_a_few_words() {
        let moved = |field, old, new| News::Moved(Move { field, old, new });
        let day = |day: i8| MovedValue::Day(jiff::civil::date(2026, 12, day));
        let time = MovedValue::Time("2026-11-28T00:00:00Z".parse().unwrap());
        let people = MovedValue::People(vec!["a@b.example".to_owned(), "c@b.example".to_owned()]);
        let (nothing, text) = (MovedValue::Nothing, |text: &str| MovedValue::Text(text.to_owned()));
        let cases = [
            (News::New, "due Fri 27 Nov, 48,000 EUR, co-sell"),
            (News::Won, "48,000 EUR, ERP"),
            (News::Gone, "can no longer be read: ERP"),
            (moved(MovedField::Stage, text("20"), text("40")), "stage 20 → 40"),
            (moved(MovedField::Closing, day(1), nothing.clone()), "closing 1 Dec 2026 → none"),
            (moved(MovedField::Deadline, nothing.clone(), time), "deadline none → Fri 27 Nov"),
            (
                moved(MovedField::Team, nothing, people.clone()),
                "team nobody → a@b.example, c@b.example",
            ),
            (
                moved(MovedField::Team, MovedValue::Members(1), people),
                "team 1 member → a@b.example, c@b.example",
            ),
        ];
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        for (news, words) in cases {
            assert_eq!(describe_change(&change(news), &TimeZone::UTC, now), words);
        }
    }

    #[test]
    fn counts_are_in_the_order_of_the_news_and_without_those_of_which_there_are_none() {
        let changes = [News::Lapsed, News::New, News::New].map(change);
        assert_eq!(format_news_counts(&changes), "2 new, 1 lapsed");
        assert_eq!(format_news_counts(&[]), "");
    }
}
