//! Groups of referrals as rows: for people a row a group; for spreadsheets a row for each currency of a group, so that
//! every column can be summed; in JSON an object a group.

use std::collections::BTreeMap;
use std::io::Write;

use super::format::Format;
use super::json::quote;
use super::renderer::Renderer;
use super::table_cell::format_sums;
use crate::columns::{Cell, ColumnHead, Row, Shape, View, local_part};
use crate::error::Result;
use crate::model::{Money, Totals};
use crate::report::{Group, GroupFigures, GroupKey, Groups};

/// What is counted of each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupView {
    /// Those that wait for an answer, by urgency, and what is at stake.
    Waiting,
    /// All, by how they stand, and their value.
    All,
}

/// How groups are written in a format.
#[derive(Clone, Copy, Debug)]
pub struct GroupSheet {
    pub key: GroupKey,
    pub view: GroupView,
    pub format: Format,
}

/// A number of referrals as a column.
struct Measure {
    head: ColumnHead,
    count: fn(&GroupFigures) -> usize,
    /// Whether people see it.
    is_shown: bool,
}

impl Measure {
    const fn new(
        name: &'static str,
        heading: &'static str,
        description: &'static str,
        count: fn(&GroupFigures) -> usize,
    ) -> Measure {
        let head = head(name, heading, Shape::Count, description);
        Measure { head, count, is_shown: true }
    }

    /// For programs alone.
    const fn hidden(mut self) -> Measure {
        self.is_shown = false;
        self
    }
}

const fn head(
    name: &'static str,
    heading: &'static str,
    shape: Shape,
    description: &'static str,
) -> ColumnHead {
    ColumnHead { name, heading, shape, description, view: View::Whole, min_width: None }
}

const fn text_head(name: &'static str, heading: &'static str) -> ColumnHead {
    let head = head(name, heading, Shape::Text, "what the group has in common");
    ColumnHead { min_width: Some(8), ..head }
}

static SELLER: ColumnHead = text_head("seller", "Seller");
static KIND: ColumnHead = text_head("kind", "Kind");
static COUNTRY: ColumnHead = text_head("country", "Country");
static FROM: ColumnHead = text_head("from", "From");
static CURRENCY: ColumnHead = text_head("currency", "Currency");
static STATE: ColumnHead = text_head("state", "State");

/// Each referral is in one of those after the first, or in `no_answer_needed`.
static WAITING: &[Measure] = &[
    Measure::new("waiting", "Wait", "that wait for an answer", |it| it.tally.unanswered.count()),
    Measure::new("overdue", "Overdue", "past their deadline", |it| it.tally.unanswered.overdue),
    Measure::new("within_24h", "24 h", "with less than 24 hours left", |it| {
        it.tally.unanswered.within_a_day
    }),
    Measure::new("within_3d", "3 days", "with more, but less than 72 hours left", |it| {
        it.tally.unanswered.within_three_days
    }),
    Measure::new("later", "Later", "with more time left", |it| it.tally.unanswered.later).hidden(),
    Measure::new("without_end", "Without end", "that do not lapse", |it| it.tally.unanswered.never)
        .hidden(),
    Measure::new("unreadable", "Unreadable", "without a date that can be read", |it| {
        it.tally.unanswered.unknown
    })
    .hidden(),
    Measure::new("no_answer_needed", "No answer needed", "for information", |it| {
        it.tally.no_answer_needed
    })
    .hidden(),
];

/// Each referral is in one of those after the first.
static ALL: &[Measure] = &[
    Measure::new("referrals", "All", "of the group", |it| it.tally.count),
    Measure::new("unanswered", "Unanswered", "that wait for an answer", |it| {
        it.tally.unanswered.count()
    }),
    Measure::new("active", "Active", "that are worked on", |it| it.outcomes.active),
    Measure::new("won", "Won", "that are won", |it| it.outcomes.won),
    Measure::new("lost", "Lost", "that are lost", |it| it.outcomes.lost),
    Measure::new("declined", "Declined", "that were declined", |it| it.outcomes.declined),
    Measure::new("expired", "Expired", "that lapsed", |it| it.outcomes.expired),
    Measure::new("other", "Other", "that are none of these", |it| it.outcomes.other),
];

const STAKE: &str = "what is at stake";
const VALUE: &str = "the value of all";

static STAKES: ColumnHead = sums_head("at_stake", "At stake", STAKE);
static VALUES: ColumnHead = sums_head("value", "Value", VALUE);
static STAKE_AMOUNT: ColumnHead = head("at_stake", "At stake", Shape::Money, STAKE);
static VALUE_AMOUNT: ColumnHead = head("value", "Value", Shape::Money, VALUE);
static NO_AMOUNT: ColumnHead =
    head("no_amount", "No amount", Shape::Count, "of which no value is known");

const fn sums_head(
    name: &'static str,
    heading: &'static str,
    description: &'static str,
) -> ColumnHead {
    let head = head(name, heading, Shape::Text, description);
    // Room for a large amount, and for the mark that there are others.
    ColumnHead { view: View::Sums, min_width: Some(18), ..head }
}

fn key_head(key: GroupKey) -> &'static ColumnHead {
    match key {
        GroupKey::Seller => &SELLER,
        GroupKey::Kind => &KIND,
        GroupKey::Country => &COUNTRY,
        GroupKey::From => &FROM,
        GroupKey::Currency => &CURRENCY,
        GroupKey::State => &STATE,
    }
}

/// What people call the group of the referrals without a value.
fn empty_name(key: GroupKey) -> &'static str {
    match key {
        GroupKey::Seller => "nobody",
        GroupKey::Kind => "no kind",
        GroupKey::Country => "no country",
        GroupKey::From => "no sender",
        GroupKey::Currency => "no currency",
        GroupKey::State => "no state",
    }
}

impl GroupView {
    fn measures(self) -> &'static [Measure] {
        match self {
            GroupView::Waiting => WAITING,
            GroupView::All => ALL,
        }
    }

    fn money(self, figures: &GroupFigures) -> &Totals {
        match self {
            GroupView::Waiting => &figures.tally.unanswered.value,
            GroupView::All => &figures.tally.value,
        }
    }

    /// First the groups with most of what the view is of.
    fn rank(self, figures: &GroupFigures) -> (usize, usize) {
        let Measure { count, .. } = self.measures()[0];
        (count(figures), figures.tally.count)
    }
}

impl GroupSheet {
    /// The columns of people, first those that a narrow table keeps.
    pub const BY_WORTH: &'static [&'static str] = &[
        "seller",
        "kind",
        "country",
        "from",
        "currency",
        "state",
        "waiting",
        "referrals",
        "overdue",
        "within_24h",
        "unanswered",
        "active",
        "at_stake",
        "value",
        "within_3d",
        "won",
        "lost",
        "no_amount",
        "expired",
        "declined",
        "other",
    ];

    /// The columns; none for JSON, whose objects are not flat.
    pub fn heads(self) -> Vec<&'static ColumnHead> {
        let GroupSheet { key, view, format } = self;
        if matches!(format, Format::Json | Format::Jsonl) {
            return Vec::new();
        }
        let is_for_people = format.is_for_people();
        let measures = view.measures().iter().filter(|it| it.is_shown || !is_for_people);
        let mut heads = vec![key_head(key)];
        heads.extend(measures.map(|measure| &measure.head));
        heads.extend((!is_for_people && self.divides()).then_some(&CURRENCY));
        heads.push(match (view, is_for_people) {
            (GroupView::Waiting, true) => &STAKES,
            (GroupView::Waiting, false) => &STAKE_AMOUNT,
            (GroupView::All, true) => &VALUES,
            (GroupView::All, false) => &VALUE_AMOUNT,
        });
        heads.push(&NO_AMOUNT);
        heads
    }

    /// Writes the groups of most referrals, at most `limit` of them. Returns their number.
    pub fn write(
        self,
        groups: &Groups,
        limit: Option<usize>,
        renderer: &mut dyn Renderer,
        out: &mut dyn Write,
    ) -> Result<usize> {
        let mut ranked = groups.ranked(|figures| self.view.rank(figures));
        let labels = self.label(&ranked);
        ranked.truncate(limit.unwrap_or(usize::MAX));
        for (group, label) in ranked.iter().zip(&labels) {
            if self.format.is_for_people() {
                let row = Row { cells: self.people_cells(group, label), raw: "" };
                renderer.write_row(&row, out)?;
            } else if self.heads().is_empty() {
                let raw = self.format_object(group);
                renderer.write_row(&Row { cells: Vec::new(), raw: &raw }, out)?;
            } else {
                self.write_records(group, renderer, out)?;
            }
        }
        Ok(ranked.len())
    }

    /// Whether a record is of one currency of a group. Groups of currencies are as they are.
    fn divides(self) -> bool {
        self.key != GroupKey::Currency
    }

    /// What people call the groups: sellers without the domain, where it tells nobody apart.
    fn label<'a>(self, groups: &[&'a Group]) -> Vec<&'a str> {
        let name = |group: &'a Group| group.name.as_deref().unwrap_or(empty_name(self.key));
        if self.key != GroupKey::Seller {
            return groups.iter().map(|group| name(group)).collect();
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for group in groups {
            *counts.entry(local_part(name(group)).to_lowercase()).or_default() += 1;
        }
        let is_unique = |local: &str| counts.get(&local.to_lowercase()) == Some(&1);
        let labels = groups.iter().map(|group| {
            let name = name(group);
            Some(local_part(name)).filter(|local| is_unique(local)).unwrap_or(name)
        });
        labels.collect()
    }

    fn counts<'a>(self, figures: &GroupFigures, of: impl Fn(&Measure) -> bool) -> Vec<Cell<'a>> {
        let measures = self.view.measures().iter().filter(|measure| of(measure));
        measures.map(|measure| Cell::Count((measure.count)(figures))).collect()
    }

    fn people_cells<'a>(self, group: &Group, label: &'a str) -> Vec<Cell<'a>> {
        let money = self.view.money(&group.all);
        let sums = match format_sums(money) {
            sums if sums.is_empty() && money.without_amount() > 0 => "no amounts".to_owned(),
            sums => sums,
        };
        let mut cells = vec![Cell::Text(label.into())];
        cells.extend(self.counts(&group.all, |measure| measure.is_shown));
        cells.extend([Cell::Text(sums.into()), Cell::Count(money.without_amount())]);
        cells
    }

    fn write_records(
        self,
        group: &Group,
        renderer: &mut dyn Renderer,
        out: &mut dyn Write,
    ) -> Result<()> {
        let undivided = (&group.name, &group.all);
        let parts: Vec<_> =
            if self.divides() { group.by_currency.iter().collect() } else { vec![undivided] };
        for (currency, figures) in parts {
            let money = self.view.money(figures);
            let mut cells = vec![text_cell(group.name.as_deref())];
            cells.extend(self.counts(figures, |_| true));
            cells.extend(self.divides().then(|| text_cell(currency.as_deref())));
            cells.push(money.sums().pop().map_or(Cell::Empty, Cell::Money));
            cells.push(Cell::Count(money.without_amount()));
            renderer.write_row(&Row { cells, raw: "" }, out)?;
        }
        Ok(())
    }

    fn format_object(self, group: &Group) -> String {
        let money = self.view.money(&group.all);
        let sums: Vec<String> = money.sums().iter().map(format_sum).collect();
        let mut fields = vec![(self.key.name(), quote_or_null(group.name.as_deref()))];
        for Measure { head, count, .. } in self.view.measures() {
            fields.push((head.name, count(&group.all).to_string()));
        }
        let name = match self.view {
            GroupView::Waiting => STAKES.name,
            GroupView::All => VALUES.name,
        };
        fields.push((name, format!("[{}]", sums.join(","))));
        fields.push((NO_AMOUNT.name, money.without_amount().to_string()));
        let fields: Vec<String> =
            fields.into_iter().map(|(name, value)| format!("{}:{value}", quote(name))).collect();
        format!("{{{}}}", fields.join(","))
    }
}

fn format_sum(sum: &Money) -> String {
    let Money { amount, currency } = sum;
    format!(r#"{{"currency":{},"amount":{amount}}}"#, quote_or_null(currency.as_deref()))
}

fn quote_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "null".to_owned(), quote)
}

fn text_cell(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Empty, |text| Cell::Text(text.into()))
}

#[cfg(test)]
mod tests {
    use super::super::table::TableOptions;
    use super::super::{CsvOptions, FormatOptions, JsonOptions, Separator, create_renderer};
    use super::*;
    use crate::columns::samples;
    use crate::report::Figures;
    use serde_json::json;

    /// The sellers of a waiting lead, its value, and in how many hours it is due.
    type Lead = (&'static [&'static str], Option<(f64, &'static str)>, i64);

    const ROWS: &[Lead] = &[
        (&[], None, -1),
        (&[], None, 200),
        (&["ada@x.example", "bo@x.example"], Some((1000.5, "EUR")), 5),
        (&["ada@x.example"], Some((2000.0, "USD")), 50),
        (&["ada@y.example"], None, 100),
    ];

    fn groups(key: GroupKey) -> Groups {
        let mut groups = Groups::new(key);
        for (sellers, value, hours) in ROWS {
            let due = samples::now() + jiff::SignedDuration::from_hours(*hours);
            let team: Vec<_> = sellers.iter().map(|email| json!({ "email": email })).collect();
            let (amount, currency) = value.unzip();
            let row = json!({
                "status": "New", "direction": "Incoming", "team": team,
                "expirationDateTime": due.to_string(),
                "details": {"dealValue": amount, "currency": currency},
            });
            let referral = samples::referral(&row.to_string());
            groups.add(&referral, &Figures::of(&referral), samples::now());
        }
        groups
    }

    fn write(key: GroupKey, view: GroupView, options: FormatOptions) -> String {
        write_limited(key, view, options, None)
    }

    fn write_limited(
        key: GroupKey,
        view: GroupView,
        options: FormatOptions,
        limit: Option<usize>,
    ) -> String {
        let format = match options {
            FormatOptions::Json(_) => Format::Json,
            FormatOptions::Csv(_) => Format::Csv,
            _ => Format::Table,
        };
        let sheet = GroupSheet { key, view, format };
        let mut renderer = create_renderer(options, sheet.heads()).unwrap();
        let mut out = Vec::new();
        let groups = groups(key);
        let rows = sheet.write(&groups, limit, &mut *renderer, &mut out).unwrap();
        assert_eq!(rows, groups.count().min(limit.unwrap_or(usize::MAX)));
        renderer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn table(width: Option<usize>) -> FormatOptions {
        let by_worth = GroupSheet::BY_WORTH;
        FormatOptions::Table(TableOptions {
            width,
            by_worth,
            ..TableOptions::plain(samples::now())
        })
    }

    const CSV: FormatOptions = FormatOptions::Csv(CsvOptions {
        separator: Separator::Comma,
        raw: false,
        excel: false,
        byte_order_mark: false,
        to_terminal: false,
    });

    const JSON: FormatOptions =
        FormatOptions::Json(JsonOptions { lines: false, to_terminal: false });

    #[test]
    fn people_see_who_has_most_and_a_local_part_only_where_it_is_one_sellers() {
        let expected = "
SELLER         WAIT  OVERDUE  24 H  3 DAYS  AT STAKE              NO AMOUNT
nobody            2        1     0       0  no amounts                    2
ada@x.example     2        0     1       1  1,001 EUR, 2,000 USD          0
ada@y.example     1        0     0       0  no amounts                    1
bo                1        0     1       0  1,001 EUR                     0
";
        let shown = write(GroupKey::Seller, GroupView::Waiting, table(None));
        assert_eq!(shown, expected.trim_start());
        let first = write_limited(GroupKey::Seller, GroupView::Waiting, table(None), Some(1));
        assert_eq!(first.lines().count(), 2);
    }

    #[test]
    fn a_narrow_table_keeps_what_is_of_most_worth_and_cuts_no_amount_in_its_middle() {
        let expected = "
SELLER         WAIT  OVERDUE  24 H  AT STAKE
nobody            2        1     0  no amounts
ada@x.example     2        0     1  1,001 EUR, …
ada@y.example     1        0     0  no amounts
bo                1        0     1  1,001 EUR
";
        let shown = write(GroupKey::Seller, GroupView::Waiting, table(Some(55)));
        assert_eq!(shown, expected.trim_start());
    }

    #[test]
    fn all_columns_have_a_worth() {
        for key in [GroupKey::Seller, GroupKey::Currency] {
            for view in [GroupView::Waiting, GroupView::All] {
                let sheet = GroupSheet { key, view, format: Format::Table };
                for head in sheet.heads() {
                    assert!(GroupSheet::BY_WORTH.contains(&head.name), "{}", head.name);
                }
            }
        }
    }

    #[test]
    fn a_spreadsheet_gets_a_row_for_each_currency_of_a_group_whose_counts_can_be_summed() {
        assert_eq!(
            write(GroupKey::Seller, GroupView::Waiting, CSV),
            "seller,waiting,overdue,within_24h,within_3d,later,without_end,unreadable,no_answer_needed,currency,at_stake,no_amount\r\n\
             ,2,1,0,0,1,0,0,0,,,2\r\n\
             ada@x.example,1,0,1,0,0,0,0,0,EUR,1000.5,0\r\n\
             ada@x.example,1,0,0,1,0,0,0,0,USD,2000.0,0\r\n\
             ada@y.example,1,0,0,0,1,0,0,0,,,1\r\n\
             bo@x.example,1,0,1,0,0,0,0,0,EUR,1000.5,0\r\n"
        );
        assert_eq!(
            write(GroupKey::Currency, GroupView::All, CSV),
            "currency,referrals,unanswered,active,won,lost,declined,expired,other,value,no_amount\r\n\
             ,3,3,0,0,0,0,0,0,,3\r\n\
             EUR,1,1,0,0,0,0,0,0,1000.5,0\r\n\
             USD,1,1,0,0,0,0,0,0,2000.0,0\r\n"
        );
    }

    #[test]
    fn a_program_gets_an_object_a_group_with_a_list_of_sums() {
        let shown = write(GroupKey::Seller, GroupView::Waiting, JSON);
        let objects: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(objects.as_array().unwrap().len(), 4);
        let nobody = json!({
            "seller": null, "waiting": 2, "overdue": 1, "within_24h": 0, "within_3d": 0, "later": 1,
            "without_end": 0, "unreadable": 0, "no_answer_needed": 0, "at_stake": [], "no_amount": 2
        });
        assert_eq!(objects[0], nobody);
        let sums = json!([
            {"currency": "EUR", "amount": 1000.5},
            {"currency": "USD", "amount": 2000.0},
        ]);
        assert_eq!(
            (&objects[1]["seller"], &objects[1]["at_stake"]),
            (&json!("ada@x.example"), &sums)
        );
        let shown = write(GroupKey::State, GroupView::All, JSON);
        assert!(
            shown.starts_with("[\n{\"state\":\"new\",\"referrals\":5,\"unanswered\":5,"),
            "{shown}"
        );
    }
}
