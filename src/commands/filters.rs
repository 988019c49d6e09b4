//! The flags of the listing commands that filter, sort and limit.

use std::cell::LazyCell;
use std::fmt::Display;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use rust_decimal::Decimal;

use super::amount::parse_amount;
use super::country::parse_country;
use super::grouping::Grouping;
use crate::context::Context;
use crate::dates::{DateParser, SpanDirection};
use crate::error::{Error, Result};
use crate::model::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};
use crate::odata;
use crate::query::{self, Criterion, ListQuery, Selection, SellerPattern, Sort, SortKey, Window};
use crate::render::GroupView;
use crate::report::GroupKey;
use crate::services::Services;

/// The filters that only `list` has; `pending` and `expiring` set these conditions themselves.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters (values of one flag are alternatives; all flags must hold)")]
pub(super) struct StatusFilters {
    /// Keep referrals sent to us
    #[arg(long, conflicts_with = "outgoing")]
    incoming: bool,
    /// Keep referrals we sent
    #[arg(hide_short_help = true, long)]
    outgoing: bool,
    /// Keep unanswered referrals (substatus Pending)
    #[arg(hide_short_help = true, long)]
    pending: bool,
    /// Keep referrals with this status (can be repeated)
    #[arg(long = "status", value_name = "STATUS", ignore_case = true, value_delimiter = ',',
        value_parser = possible_values(Status::FLAGS).map(Status::from))]
    statuses: Vec<Status>,
    /// Keep referrals with this substatus (can be repeated)
    #[arg(long = "substatus", value_name = "SUBSTATUS", ignore_case = true, value_delimiter = ',',
        value_parser = possible_values(Substatus::FLAGS).map(Substatus::from))]
    substatuses: Vec<Substatus>,
}

impl StatusFilters {
    pub(super) fn criteria(&self) -> Vec<Criterion> {
        let StatusFilters { incoming, outgoing, pending, statuses, substatuses } = self;
        let mut criteria = Vec::new();
        criteria.extend(incoming.then_some(Criterion::Direction(Direction::Incoming)));
        criteria.extend(outgoing.then_some(Criterion::Direction(Direction::Outgoing)));
        criteria.extend(pending.then(|| Criterion::Substatus(vec![Substatus::Pending])));
        push_any(&mut criteria, statuses, Criterion::Status);
        push_any(&mut criteria, substatuses, Criterion::Substatus);
        criteria
    }
}

/// The filters, order and limit that every listing command has.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters (values of one flag are alternatives; all flags must hold)")]
pub(super) struct Filters {
    /// Keep referrals of this type (can be repeated)
    #[arg(hide_short_help = true, long = "type", value_name = "TYPE", ignore_case = true, value_delimiter = ',',
        value_parser = possible_values(ReferralType::FLAGS).map(ReferralType::from))]
    types: Vec<ReferralType>,
    /// Keep referrals with this qualification (can be repeated)
    #[arg(hide_short_help = true, long = "qualification", value_name = "QUALIFICATION", ignore_case = true, value_delimiter = ',',
        value_parser = possible_values(Qualification::FLAGS).map(Qualification::from))]
    qualifications: Vec<Qualification>,
    /// Keep leads, qualified leads or co-sell deals (can be repeated)
    #[arg(long = "kind", value_name = "KIND", ignore_case = true, value_delimiter = ',',
        value_parser = possible_values(ReferralKind::FLAGS).try_map(|word| word.parse::<ReferralKind>()))]
    kinds: Vec<ReferralKind>,
    /// Keep customers in this country, such as DE
    ///
    /// A two-letter code (ISO 3166). Can be repeated.
    #[arg(long = "country", value_name = "CODE", value_delimiter = ',', value_parser = parse_country)]
    countries: Vec<String>,
    /// Keep referrals of this person; none: nobody's
    ///
    /// Who is on our team: an e-mail address, a part of one or of a name, or `none`: nobody of us is on the team. Can be repeated.
    #[arg(long = "seller", value_name = "WHO", value_delimiter = ',', value_parser = parse_seller)]
    sellers: Vec<SellerPattern>,
    /// Keep referrals with me on the team
    ///
    /// Who that is says `me` of the profile or `REFERRALS_ME`, one or several addresses, else the name of the sign-in.
    #[arg(long)]
    mine: bool,
    /// Keep referrals of this engagement, i.e. deal (can be repeated)
    #[arg(hide_short_help = true, long = "engagement", value_name = "ID", value_delimiter = ',', value_parser = parse_id)]
    engagements: Vec<String>,
    /// Keep customers whose name contains this text (can be repeated)
    #[arg(long = "customer", value_name = "TEXT", value_parser = parse_text)]
    customers: Vec<String>,
    /// Keep deals in this currency (can be repeated)
    #[arg(hide_short_help = true, long = "currency", value_name = "CODE", value_delimiter = ',', value_parser = parse_currency)]
    currencies: Vec<String>,
    /// Keep deals worth at least this much, such as 25000 or 100k
    #[arg(hide_short_help = true, long, value_name = "N", requires = "currencies", value_parser = parse_amount, allow_negative_numbers = true)]
    min_value: Option<Decimal>,
    /// Keep deals worth at most this much, such as 25000 or 1.5m
    #[arg(hide_short_help = true, long, value_name = "N", requires = "currencies", value_parser = parse_amount, allow_negative_numbers = true)]
    max_value: Option<Decimal>,
    /// Keep referrals created at or after this date
    ///
    /// Dates are 2026-11-20, 20.11.2026, 2026-11, 2026-11-20T09:00, RFC 3339, today, yesterday, a weekday (the last one;
    /// for deadlines and closing days the next one), "last week" (this, next; month, quarter, year), or a span back from
    /// now: 7d, 2w, 3mo. A period stands for its first moment.
    #[arg(long, value_name = "DATE")]
    created_after: Option<String>,
    /// Keep referrals created before this date
    #[arg(hide_short_help = true, long, value_name = "DATE")]
    created_before: Option<String>,
    /// Keep referrals last changed at or after this date
    #[arg(hide_short_help = true, long, value_name = "DATE")]
    updated_after: Option<String>,
    /// Keep referrals last changed before this date
    #[arg(hide_short_help = true, long, value_name = "DATE")]
    updated_before: Option<String>,
    /// Keep open referrals without a change for this long: 30d, 2w, 3mo
    ///
    /// Those with status New or Active that were last changed before that time.
    #[arg(hide_short_help = true, long, value_name = "SPAN")]
    stale: Option<String>,
    /// Keep deals expected to close on or after this day; a span counts ahead
    #[arg(hide_short_help = true, long, value_name = "DATE")]
    closing_after: Option<String>,
    /// Keep deals expected to close before this day; a span counts ahead
    #[arg(hide_short_help = true, long, value_name = "DATE")]
    closing_before: Option<String>,
    /// Keep unanswered referrals due before this date; a span counts ahead
    #[arg(hide_short_help = true, long, value_name = "DATE")]
    deadline_before: Option<String>,
    /// Keep referrals that match this OData expression (can be repeated)
    #[arg(hide_short_help = true, long = "filter", value_name = "ODATA", value_parser = parse_expression)]
    expressions: Vec<String>,
    #[command(flatten)]
    order: OrderFlags,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Order and limit")]
struct OrderFlags {
    /// Sort by this key
    #[arg(long, value_name = "KEY", ignore_case = true,
        value_parser = possible_values(SortKey::FLAGS).try_map(|word| word.parse::<SortKey>()))]
    sort: Option<SortKey>,
    /// Sort in descending order: largest, latest or Z first
    #[arg(hide_short_help = true, long, conflicts_with = "asc")]
    desc: bool,
    /// Sort in ascending order: smallest, earliest or A first
    #[arg(hide_short_help = true, long)]
    asc: bool,
    /// Count by this instead of listing: who has how many, how urgent, worth what
    ///
    /// Each group has a row with its referrals and their value by currency, those with most referrals first. A referral with
    /// several sellers counts for each of them. `--limit` is then of groups. CSV has a row for each currency of a group,
    /// and each referral is counted in one of them; JSON has an object a group.
    #[arg(hide_short_help = true, long, alias = "group-by", value_name = "GROUP", ignore_case = true,
        conflicts_with_all = ["sort", "desc", "asc", "select"],
        value_parser = possible_values(GroupKey::FLAGS).try_map(|word| word.parse::<GroupKey>()))]
    by: Option<GroupKey>,
    /// Show at most this many referrals (0: all, also on a terminal)
    #[arg(short = 'n', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    limit: Option<usize>,
    /// Request only these properties, such as id,status,details/notes
    #[arg(hide_short_help = true, long = "select", value_name = "PROPERTIES", value_delimiter = ',', value_parser = parse_property)]
    select: Vec<String>,
}

impl Filters {
    /// The query for `criteria` and these flags, sorted by `default_sort` unless `--sort` is given.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for an invalid date, or a window that ends before it begins; with `--mine` those of
    /// [`Services::own_addresses`].
    pub(super) fn query(
        &self,
        services: &Services,
        mut criteria: Vec<Criterion>,
        default_sort: SortKey,
    ) -> Result<ListQuery> {
        criteria.extend(self.conditions(services)?);
        let OrderFlags { sort, desc, asc, by, limit, select } = &self.order;
        // What is counted needs no order, and the limit is of groups.
        let default_sort = if by.is_some() { SortKey::default() } else { default_sort };
        let limit = limit.filter(|limit| *limit > 0 && by.is_none());
        let sort = Sort::by(sort.unwrap_or(default_sort));
        Ok(ListQuery {
            criteria,
            raw_filters: self.expressions.clone(),
            sort: Sort { descending: if *desc || *asc { *desc } else { sort.descending }, ..sort },
            limit,
            select: Selection::new(select.iter().cloned()),
            documented_only: false,
            // Known once the format is.
            prints_columns: false,
        })
    }

    /// The conditions alone, for a command that judges rows here and tells all of them.
    ///
    /// # Errors
    /// Those of [`Filters::query`], and `ErrorKind::Usage` for a flag that is no condition, or that only the API can check.
    pub(super) fn criteria_alone(&self, services: &Services) -> Result<Vec<Criterion>> {
        let OrderFlags { sort, desc, asc, by, limit, select } = &self.order;
        let refused = [
            ("--filter", !self.expressions.is_empty()),
            ("--sort", sort.is_some()),
            ("--desc", *desc),
            ("--asc", *asc),
            ("--by", by.is_some()),
            ("--limit", limit.is_some()),
            ("--select", !select.is_empty()),
        ];
        match refused.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(Error::usage(format!("this command cannot take {flag}"))),
            None => self.conditions(services),
        }
    }

    /// Those of the flags, `--mine` included.
    fn conditions(&self, services: &Services) -> Result<Vec<Criterion>> {
        let mut criteria = self.criteria(services.context())?;
        if self.mine {
            let own = services.own_addresses()?.iter().cloned();
            criteria.push(Criterion::Seller(own.map(SellerPattern::Address).collect()));
        }
        Ok(criteria)
    }

    fn criteria(&self, context: &Context) -> Result<Vec<Criterion>> {
        let Filters {
            types,
            qualifications,
            kinds,
            countries,
            sellers,
            mine: _,
            engagements,
            customers,
            currencies,
            min_value,
            max_value,
            created_after,
            created_before,
            updated_after,
            updated_before,
            stale,
            closing_after,
            closing_before,
            deadline_before,
            expressions: _,
            order: _,
        } = self;
        let mut criteria = Vec::new();
        push_any(&mut criteria, types, Criterion::Type);
        push_any(&mut criteria, qualifications, Criterion::Qualification);
        push_any(&mut criteria, kinds, Criterion::Kind);
        push_any(&mut criteria, countries, Criterion::Country);
        push_any(&mut criteria, sellers, Criterion::Seller);
        push_any(&mut criteria, engagements, Criterion::Engagement);
        push_any(&mut criteria, customers, Criterion::Customer);
        check_values(currencies, *min_value, *max_value)?;
        push_any(&mut criteria, currencies, Criterion::Currency);
        criteria.extend(min_value.map(Criterion::ValueAtLeast));
        criteria.extend(max_value.map(Criterion::ValueAtMost));
        let dates = LazyCell::new(|| DateParser::new(context.now(), context.zone().clone()));
        let time = |flag: &str, text: &str| dates.parse_date(flag, text, SpanDirection::Past);
        let day = |flag: &str, text: &str| dates.parse_day(flag, text, SpanDirection::Future);
        let created = parse_window("--created", [created_after, created_before], time)?;
        let updated = parse_window("--updated", [updated_after, updated_before], time)?;
        let closing = parse_window("--closing", [closing_after, closing_before], day)?;
        criteria.extend(created.map(Criterion::Created));
        criteria.extend(updated.map(Criterion::Updated));
        criteria.extend(closing.map(Criterion::Closing));
        if let Some(text) = stale {
            let until = Some(dates.parse_span_back("--stale", text)?);
            criteria.push(Criterion::Status(vec![Status::New, Status::Active]));
            criteria.push(Criterion::Updated(Window { from: None, until }));
        }
        if let Some(text) = deadline_before {
            let moment = dates.parse_date("--deadline-before", text, SpanDirection::Future)?;
            criteria.push(Criterion::DeadlineBefore(moment));
        }
        Ok(criteria)
    }

    /// The groups of `--by`.
    pub(super) fn grouping(&self, view: GroupView) -> Option<Grouping> {
        let limit = self.order.limit.filter(|limit| *limit > 0);
        self.order.by.map(|key| Grouping { key, view, limit })
    }

    /// Whether `--limit` was given, `--limit 0` included.
    pub(super) fn has_explicit_limit(&self) -> bool {
        self.order.limit.is_some()
    }
}

/// Hides what a command refuses that needs every row, in its own order.
pub(super) fn hide_listing_flags(flag: clap::Arg) -> clap::Arg {
    let hidden = ["expressions", "sort", "desc", "asc", "by", "limit", "select", "columns"];
    if hidden.contains(&flag.get_id().as_str()) { flag.hide(true) } else { flag }
}

fn push_any<T: Clone>(
    criteria: &mut Vec<Criterion>,
    values: &[T],
    criterion: impl Fn(Vec<T>) -> Criterion,
) {
    if !values.is_empty() {
        criteria.push(criterion(values.to_vec()));
    }
}

fn check_values(currencies: &[String], min: Option<Decimal>, max: Option<Decimal>) -> Result<()> {
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(Error::usage("--min-value is greater than --max-value, so nothing can match"));
    }
    if currencies.len() > 1 && (min.is_some() || max.is_some()) {
        return Err(Error::usage("--min-value and --max-value need one currency")
            .hint(format!("for example `--currency {}`", currencies[0])));
    }
    Ok(())
}

/// The window of the flags `FLAG-after` and `FLAG-before`. `parse` gets the name of a flag and its value.
fn parse_window<T: PartialOrd + Display>(
    flag: &str,
    [after, before]: [&Option<String>; 2],
    parse: impl Fn(&str, &str) -> Result<T>,
) -> Result<Option<Window<T>>> {
    let parse = |end: &str, text: &Option<String>| {
        text.as_ref().map(|text| parse(&format!("{flag}-{end}"), text)).transpose()
    };
    let window = Window { from: parse("after", after)?, until: parse("before", before)? };
    match (&window.from, &window.until) {
        (None, None) => Ok(None),
        (Some(from), Some(until)) if from >= until => Err(Error::usage(format!(
            "{flag}-after {from} is not before {flag}-before {until}, so nothing can match"
        ))),
        _ => Ok(Some(window)),
    }
}

/// Accepts `words` also with `_`, a blank or nothing for a hyphen, as the API has it: `SalesQualified` for
/// `sales-qualified`. The readers of words accept the same.
pub(super) fn possible_values(words: &'static [&'static str]) -> PossibleValuesParser {
    PossibleValuesParser::new(words.iter().map(|word| {
        let value = PossibleValue::new(*word);
        if !word.contains('-') {
            return value;
        }
        value.aliases(["", "_", " "].map(|separator| word.replace('-', separator)))
    }))
}

fn parse_limit(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| "expected a number; 0 shows all".to_owned())
}

pub(super) fn parse_text(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn parse_seller(text: &str) -> Result<SellerPattern, String> {
    parse_text(text).map(|text| SellerPattern::parse(&text))
}

fn parse_id(text: &str) -> Result<String, String> {
    Ok(query::normalize_id(&parse_text(text)?).into_owned())
}

pub(super) fn parse_currency(text: &str) -> Result<String, String> {
    let code = parse_text(text)?.to_uppercase();
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(code);
    }
    Err("expected a three-letter code, such as EUR".to_owned())
}

fn parse_expression(text: &str) -> Result<String, String> {
    odata::check_balanced(text).map_err(|unbalanced| unbalanced.to_string())?;
    Ok(text.trim().to_owned())
}

fn parse_property(text: &str) -> Result<String, String> {
    let path = parse_text(text)?;
    if path.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '@' | '.')) {
        return Ok(path);
    }
    Err("expected a property name of the API, such as id or customerProfile/name".to_owned())
}
