//! Writes figures and rows as one HTML file for a browser: without scripts, and nothing in it is loaded from anywhere.

mod answers;
mod care;
mod charts;
mod definitions;
mod html_table;
mod markup;
mod opening;
mod page;
mod pipeline;
#[cfg(test)]
mod samples;
mod waiting;
mod wins;

use markup::Markup;
use page::ReportPage;

use crate::report::{ReportDetails, Summary};

pub use page::ReportOptions;

const STYLE: &str = include_str!("style.css");

/// Nothing is fetched and nothing is run, whatever the text in the page may say.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The same rows and time give the same bytes.
pub fn format_report(
    summary: &Summary,
    details: &ReportDetails,
    options: &ReportOptions,
) -> String {
    let page = ReportPage::new(summary, details, options);
    let mut html = Markup::default();
    html.raw("<!DOCTYPE html>\n");
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| write_head(html, &page));
        html.element("body", &[], |html| {
            opening::write_header(html, &page);
            html.element("main", &[], |html| {
                opening::write_urgent(html, &page);
                opening::write_tiles(html, &page);
                waiting::write(html, &page);
                answers::write(html, &page);
                wins::write(html, &page);
                pipeline::write(html, &page);
                care::write(html, &page);
                definitions::write(html);
            });
        });
    });
    html.into_text()
}

fn write_head(html: &mut Markup, page: &ReportPage<'_>) {
    html.start("meta", &[("charset", "utf-8")]);
    html.start("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
    html.start("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    html.start("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    html.raw("\n");
    html.element("title", &[], |html| {
        html.plain(format_args!("{}, {}", page.heading(), page.summary.moment.today()));
    });
    html.element("style", &[], |html| html.raw(STYLE));
}

#[cfg(test)]
mod tests {
    use super::samples::{read, report, summarize, table};
    use super::*;
    use crate::model::{Care, Referral};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn referrals(rows: &[Value]) -> Vec<Referral> {
        rows.iter().map(|row| Referral::parse(&row.to_string()).unwrap()).collect()
    }

    /// Rows of every kind with `text` in each field of text.
    fn rows(text: &str) -> Vec<Referral> {
        let row = |id: &str, status: &str, substatus: &str| {
            json!({
                "id": format!("{id}{text}"), "name": text, "status": status, "substatus": substatus,
                "direction": "Incoming", "type": "Shared", "qualification": "Direct", "salesStage": text,
                "statusReason": text, "createdDateTime": "2026-11-10T00:00:00Z",
                "updatedDateTime": "2026-11-12T00:00:00Z", "closedDateTime": "2026-11-12T00:00:00Z",
                "expirationDateTime": "2026-11-22T00:00:00Z",
                "customerProfile": {"name": text, "address": {"city": text, "country": text},
                    "team": [{"firstName": "contact", "email": "contact"}]},
                "inviteContext": {"notes": "secret", "invitedBy": {"organizationName": text, "organizationId": text}},
                "details": {"notes": "secret", "dealValue": 1234.5, "currency": text,
                    "closingDateTime": "2026-11-15T00:00:00Z"},
                "team": [{"email": text}],
            })
        };
        let mut won = row("e", "Closed", "Won");
        won["acceptedDateTime"] = "2026-11-11T00:00:00Z".into();
        referrals(&[
            row("a", "New", "Pending"),
            row("b", "Active", "Accepted"),
            row("c", "Closed", "Expired"),
            row("d", "Closed", "Declined"),
            won,
            row("f", "Closed", "Lost"),
        ])
    }

    /// Without the isolation of right-to-left text.
    fn elements(page: &str) -> Vec<String> {
        read(page).elements.into_iter().filter(|name| name != "bdi").collect()
    }

    #[test]
    fn text_from_outside_is_shown_as_text_and_adds_no_element() {
        let plain = elements(&report(&rows("plain")));
        let long = "x".repeat(10_000);
        for text in [
            "</style><script>alert(1)</script>",
            "\"><img src=x onerror=y> '",
            "&lt;b&gt; &amp;amp; <!-- ]]> -->",
            "a\u{202e}evil\u{2066} קונטוסו",
            "[x](http://evil) @everyone",
            "a\u{1b}[31m\r\nb",
            &long,
        ] {
            let page = report(&rows(text));
            assert_eq!(elements(&page), plain, "{text}");
            let shown = crate::render::display::display_text(text);
            let shown = crate::text::truncate(&shown, 60);
            for caption in
                ["Every referral that waits, soonest deadline first", "What lapsed, latest first"]
            {
                let cells = &table(&page, caption)[0];
                assert!(cells.iter().filter(|cell| **cell == shown).count() >= 3, "{cells:?}");
            }
            assert!(!page.contains("secret") && !page.contains("contact"));
        }
    }

    proptest! {
        #[test]
        fn any_text_leaves_the_page_well_formed(text in ".*|[<>&\"'/!a-z -]{0,40}") {
            prop_assert_eq!(read(&report(&rows(&text))).elements.len() > 100, true);
        }
    }

    #[test]
    fn nothing_is_loaded_from_anywhere_and_nothing_is_run() {
        let page = report(&rows("plain"));
        assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("url("));
        assert!(page.contains(&POLICY.replace('\'', "&#39;")) && !page.contains("@import"));
        let read = read(&page);
        let names: Vec<&str> = read.attributes.iter().map(|(name, _)| name.as_str()).collect();
        let known = [
            "lang",
            "charset",
            "http-equiv",
            "content",
            "name",
            "class",
            "scope",
            "role",
            "aria-label",
            "aria-hidden",
            "width",
            "height",
            "x",
            "y",
            "dx",
            "x1",
            "x2",
            "y1",
            "y2",
        ];
        assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    }

    #[test]
    fn the_figures_in_the_page_are_those_of_the_summary() {
        let rows = rows("EUR");
        let (summary, _) = summarize(&rows);
        let page = report(&rows);
        let (results, open) = (summary.results.unwrap(), summary.open.unwrap());
        let find = |caption: &str, name: &str| {
            let rows = table(&page, caption);
            let row = rows.iter().find(|row| row[0] == name);
            row.unwrap_or_else(|| panic!("no {name} in {rows:?}"))[1].clone()
        };
        let unanswered = &summary.waiting.tally.unanswered;
        for (caption, name, expected) in [
            ("Waiting by the time left", "under 24 h", unanswered.within_a_day.to_string()),
            ("Waiting by the time left", "later", unanswered.later.to_string()),
            ("At stake, by currency", "1235", "EUR".to_owned()),
            ("Answers in figures", "Accepted", results.accepted.to_string()),
            ("Answers in figures", "Declined", results.declined.to_string()),
            ("Answers in figures", "Lapsed", results.lapsed.count.to_string()),
            ("Answers in figures", "Acceptance rate", "1 of 3".to_owned()),
            ("Answers in figures", "Lapse rate", "1 of 3".to_owned()),
            ("Answers in figures", "Answered within 24 hours", "1 of 2".to_owned()),
            ("Answered and lapsed by week", "2026-11-09", "1".to_owned()),
            ("Wins and losses in figures", "Won", results.won.count.to_string()),
            (
                "Wins and losses in figures",
                "Win rate, co-sell",
                "1 of 1: 1 accepted, 0 sent by us".to_owned(),
            ),
            ("Value won and lost, by currency", "lost", "1235".to_owned()),
            ("Open deals by stage and days since acceptance", "EUR", open.total.count.to_string()),
            (
                "Open deals that need care, by reason",
                "past closing",
                open.care(Care::PastClosing).to_string(),
            ),
            ("Why deals were lost", "EUR", "1".to_owned()),
        ] {
            assert_eq!(find(caption, name), expected, "{caption}: {name}");
        }
        assert_eq!((results.accepted, results.lapsed.count, unanswered.within_a_day), (1, 1, 1));
    }

    #[test]
    fn the_same_rows_in_any_order_give_the_same_bytes() {
        let mut rows = rows("plain");
        let page = report(&rows);
        rows.reverse();
        assert_eq!(report(&rows), page);
    }

    /// Five thousand, of which most wait or need care.
    fn many(text: &str) -> Vec<Referral> {
        let template = rows(text);
        (0..5_000)
            .map(|number| {
                let raw = template[number % template.len()].raw();
                let mut row: Value = serde_json::from_str(raw).unwrap();
                row["id"] = format!("{number:08x}-0000-4000-8000-000000000001").into();
                let day = 1 + number % 9;
                row["expirationDateTime"] = format!("2026-12-0{day}T00:00:00Z").into();
                for field in ["salesStage", "statusReason"] {
                    row[field] = format!("{number} {text}").into();
                }
                row["details"]["currency"] = format!("{}{text}", number % 300).into();
                Referral::parse(&row.to_string()).unwrap()
            })
            .collect()
    }

    #[test]
    fn five_thousand_referrals_are_a_page_of_less_than_200_kb_that_says_what_it_leaves_out() {
        for text in ["Fabrikam Oil and Gas of the North", &"\"<&\">".repeat(20)] {
            let page = report(&many(text));
            assert!(page.len() < 200_000, "{}", page.len());
            read(&page);
            let listed = table(&page, "Every referral that waits, soonest deadline first").len();
            let more = 834 - listed;
            assert!(page.contains(&format!("and {more} more: <code>referrals pending</code>")));
        }
    }
}
