//! Plans how a query is carried out: the requests to send, and what is left to do locally.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Coverage, Criterion, ListQuery, Selection, ServerFilter, Sort, SortKey, Sorter, Support,
    Verdict,
};
use crate::model::{ReadAhead, Referral, Status};
use crate::odata::{Filter, Options};
use crate::text;

/// In bytes. Proxies and servers may refuse longer query strings (API §2.5).
const MAX_QUERY_LEN: usize = 1_900;

/// In rows. The API's documents name no larger page (API §2.3): it may refuse a larger `$top`, or take it for the end of
/// the listing after one page.
const MAX_PAGE_SIZE: usize = 100;

/// The order of the fields in the samples of API §2.2.
const FIELD_ORDER: &[&str] = &[
    "engagementId",
    "status",
    "customerProfile/address/country",
    "direction",
    "type",
    "substatus",
    "qualification",
    "team",
];

/// The fields of the samples of API §2.2 that are in parentheses.
const PARENTHESIZED: &[[&str; 2]] = &[["type", "direction"], ["direction", "substatus"]];

#[derive(Clone, Debug)]
pub struct Plan {
    query: ListQuery,
    requests: Vec<ListRequest>,
}

/// Whether a row meets all criteria.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Judgement<'p> {
    Match,
    Mismatch,
    /// It lacks the value for this criterion, which the API was not asked for.
    Lacks(&'p Criterion),
}

/// One form of the request for the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRequest {
    /// In the order they are sent.
    pub options: Options,
    /// The properties in the rows of the response.
    pub selection: Selection,
    /// What the filter says of each criterion.
    coverage: Vec<Coverage>,
}

impl Plan {
    pub fn new(query: ListQuery) -> Plan {
        let most = if query.documented_only { Support::Documented } else { Support::StandardOData };
        let candidates = [
            ListRequest::new(&query, most, GuidForm::Quoted),
            ListRequest::new(&query, Support::Documented, GuidForm::Quoted),
            ListRequest::new(&query, Support::Documented, GuidForm::Bare),
        ];
        let mut requests: Vec<ListRequest> = Vec::new();
        for candidate in candidates {
            if !requests.iter().any(|earlier| earlier.options == candidate.options) {
                requests.push(candidate);
            }
        }
        Plan { query, requests }
    }

    pub fn query(&self) -> &ListQuery {
        &self.query
    }

    /// The request to send, then its fallbacks: each is for an API that rejects the one before (400). Never empty.
    pub fn requests(&self) -> &[ListRequest] {
        &self.requests
    }

    /// Reading can stop after this many matching rows. `None` if all rows must be read, as for sorting locally.
    pub fn read_limit(&self) -> Option<usize> {
        self.query.limit.filter(|_| !self.query.sorts_locally())
    }

    /// For rows that the API cannot sort.
    pub fn sorter<T>(&self) -> Option<Sorter<T>> {
        let ListQuery { sort, limit, .. } = self.query;
        self.query.sorts_locally().then(|| Sorter::new(sort, limit))
    }

    /// The timestamp that the requested order compares.
    pub fn sort_timestamp(&self, referral: &Referral) -> Option<Timestamp> {
        match self.query.requested_sort().key {
            SortKey::Updated => referral.updated.time(),
            _ => referral.created.time(),
        }
    }

    /// Reads all fields ahead where the columns, the criteria or the order need them for every row.
    pub fn read_ahead(&self) -> ReadAhead {
        let ListQuery { criteria, prints_columns, .. } = &self.query;
        let needs_head =
            |criterion| matches!(criterion, &Criterion::Created(_) | &Criterion::Updated(_));
        if *prints_columns || self.query.sorts_locally() || !criteria.iter().all(needs_head) {
            ReadAhead::AllFields
        } else {
            ReadAhead::Head
        }
    }

    /// Whether `referral` meets all criteria, or the first that it lacks the value for.
    pub fn judge(&self, referral: &Referral, request: &ListRequest) -> Judgement<'_> {
        let mut lacking = None;
        for (criterion, coverage) in self.query.criteria.iter().zip(&request.coverage) {
            match criterion.judge(referral, *coverage) {
                Verdict::Met => {}
                Verdict::Refuted => return Judgement::Mismatch,
                Verdict::Undecided => lacking = lacking.or(Some(criterion)),
            }
        }
        lacking.map_or(Judgement::Match, Judgement::Lacks)
    }

    /// Whether the filter of `request` has a part for one of the criteria that `is_meant` accepts.
    pub fn sends(&self, request: &ListRequest, is_meant: impl Fn(&Criterion) -> bool) -> bool {
        let mut covered = self.query.criteria.iter().zip(&request.coverage);
        covered.any(|(criterion, coverage)| *coverage != Coverage::Local && is_meant(criterion))
    }

    /// The status of every row of `request` that has none: the one that the API was asked for.
    pub fn assumed_status(&self, request: &ListRequest) -> Option<&Status> {
        let covered = self.query.criteria.iter().zip(&request.coverage);
        covered.into_iter().find_map(|(criterion, coverage)| match criterion {
            Criterion::Status(words) if *coverage == Coverage::Exact && words.len() == 1 => {
                words.first()
            }
            _ => None,
        })
    }

    /// Whether no row after this one can match, because the rows are sorted by a time that must lie in a window.
    pub fn is_past_window(&self, referral: &Referral) -> bool {
        let Sort { key, descending } = self.query.requested_sort();
        self.query.criteria.iter().any(|criterion| {
            let (window, time) = match (criterion, key) {
                (Criterion::Created(window), SortKey::Created) => (window, referral.created.time()),
                (Criterion::Updated(window), SortKey::Updated) => (window, referral.updated.time()),
                _ => return false,
            };
            time.is_some_and(|time| {
                if descending {
                    window.from.is_some_and(|from| time < from)
                } else {
                    window.until.is_some_and(|until| time >= until)
                }
            })
        })
    }

    /// The top-level properties that `request` selects for local use only; they are removed before printing.
    pub fn extra_properties(&self, request: &ListRequest) -> Vec<String> {
        let select = &self.query.select;
        if select.is_all() {
            return Vec::new();
        }
        let mut extra: Vec<String> = Vec::new();
        for path in request.selection.paths() {
            let property = top_level(path);
            let is_wanted = select.paths().iter().any(|wanted| top_level(wanted) == property);
            if !is_wanted && !extra.iter().any(|known| known == property) {
                extra.push(property.to_owned());
            }
        }
        extra
    }

    /// The text of `--explain` for the collection at this address.
    pub fn explain(&self, collection: &str) -> String {
        let [first, fallbacks @ ..] = self.requests.as_slice() else { return String::new() };
        let mut sections = vec![
            (format!("GET {collection}"), first.options.decoded().collect()),
            ("URL".to_owned(), vec![first.options.url(collection)]),
        ];
        for fallback in fallbacks {
            let heading = "if the API rejects that (400)".to_owned();
            sections.push((heading, fallback.options.decoded().collect()));
        }
        sections.push(("done locally".to_owned(), self.explain_local_steps(first)));
        let sections: Vec<String> = sections
            .into_iter()
            .map(|(heading, lines)| {
                let lines: Vec<_> = lines.iter().map(|line| text::escape_control(line)).collect();
                format!("{heading}\n  {}\n", lines.join("\n  "))
            })
            .collect();
        sections.join("\n")
    }

    fn explain_local_steps(&self, request: &ListRequest) -> Vec<String> {
        let describe = |is_exact: bool| {
            let criteria = self.query.criteria.iter().zip(&request.coverage);
            let texts: Vec<String> = criteria
                .filter(|(_, coverage)| (**coverage == Coverage::Exact) == is_exact)
                .map(|(criterion, _)| criterion.describe())
                .collect();
            texts.join("; ")
        };
        let mut steps = Vec::new();
        let (server, local) = (describe(true), describe(false));
        if !server.is_empty() {
            steps.push(format!("check again: {server}"));
        }
        if !local.is_empty() {
            steps.push(format!("filter, because the API cannot: {local}"));
        }
        if !self.query.raw_filters.is_empty() {
            steps.push("not checked: --filter, which only the API can evaluate".to_owned());
        }
        steps.push("drop duplicates".to_owned());
        if self.query.sorts_locally() {
            let order = describe_order(self.query.sort);
            steps.push(format!("sort, because the API cannot: {order}"));
        }
        if let Some(limit) = self.query.limit {
            let verb = if self.query.sorts_locally() { "keep the first" } else { "stop after" };
            steps.push(format!("{verb} {limit}"));
        }
        let extra = self.extra_properties(request);
        if !extra.is_empty() {
            steps.push(format!("remove what was requested only for this: {}", extra.join(", ")));
        }
        steps
    }
}

/// How a filter contains a GUID (API §2.5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum GuidForm {
    /// As the API documents it.
    Quoted,
    /// As standard OData has it.
    Bare,
}

impl ListRequest {
    fn new(query: &ListQuery, max_support: Support, guid_form: GuidForm) -> ListRequest {
        let mut filters: Vec<Option<ServerFilter>> = query
            .criteria
            .iter()
            .map(|criterion| {
                server_filter(criterion, guid_form).filter(|filter| filter.support <= max_support)
            })
            .collect();
        loop {
            let request = ListRequest::with_filters(query, &filters);
            let longest = filters
                .iter_mut()
                .filter(|slot| slot.as_ref().is_some_and(|f| f.support == Support::StandardOData))
                .max_by_key(|slot| slot.as_ref().map_or(0, |f| f.filter.as_str().len()));
            match longest {
                Some(longest) if request.options.encoded().len() > MAX_QUERY_LEN => *longest = None,
                _ => return request,
            }
        }
    }

    fn with_filters(query: &ListQuery, filters: &[Option<ServerFilter>]) -> ListRequest {
        let coverage: Vec<Coverage> = filters
            .iter()
            .map(|filter| match filter {
                None => Coverage::Local,
                Some(filter) if filter.exact => Coverage::Exact,
                Some(_) => Coverage::Narrowed,
            })
            .collect();
        let mut options = Options::default();
        if let Some(filter) = combine_filters(query, filters) {
            options.push("filter", filter.as_str());
        }
        let sort = query.requested_sort();
        let direction = if sort.descending { "desc" } else { "asc" };
        let property = sort.key.server_property().unwrap_or("createdDateTime");
        options.push("orderby", format!("{property} {direction}"));
        // Rows that are filtered or sorted locally must not be cut by the API.
        let is_exact = coverage.iter().all(|coverage| *coverage == Coverage::Exact);
        let may_cut = is_exact && !query.sorts_locally();
        if let Some(limit) = query.limit.filter(|&limit| may_cut && limit <= MAX_PAGE_SIZE) {
            options.push("top", limit.to_string());
        }
        let selection = extend_selection(query, &coverage);
        if !selection.is_all() {
            options.push("select", selection.paths().join(","));
        }
        ListRequest { options, selection, coverage }
    }

    /// For when some rows did not match locally: `$top` may have cut matching rows.
    #[must_use]
    pub fn without_top(&self) -> ListRequest {
        ListRequest { options: self.options.without("top"), ..self.clone() }
    }

    pub fn top(&self) -> Option<usize> {
        self.options.get("top")?.parse().ok()
    }
}

fn server_filter(criterion: &Criterion, guid_form: GuidForm) -> Option<ServerFilter> {
    match criterion {
        Criterion::Engagement(ids)
            if guid_form == GuidForm::Bare && ids.iter().all(|id| is_guid(id)) =>
        {
            let bare = ids.iter().map(|id| Filter::equal_bare("engagementId", id));
            Some(ServerFilter { filter: Filter::any_of(bare)?, ..criterion.to_odata()? })
        }
        _ => criterion.to_odata(),
    }
}

/// One expression of all filters, written as a documented sample where one has the same fields.
fn combine_filters(query: &ListQuery, filters: &[Option<ServerFilter>]) -> Option<Filter> {
    let mut filters: Vec<(&str, Filter)> = query
        .criteria
        .iter()
        .zip(filters)
        .filter_map(|(criterion, filter)| {
            Some((criterion.paths()[0], filter.as_ref()?.filter.clone()))
        })
        .collect();
    let sample = PARENTHESIZED.iter().find(|fields| {
        filters.len() == fields.len()
            && fields.iter().all(|field| filters.iter().any(|(path, _)| path == field))
    });
    let order = sample.map_or(FIELD_ORDER, |fields| fields);
    filters.sort_by_key(|(path, _)| {
        order.iter().position(|field| field == path).unwrap_or(order.len())
    });
    let combined = Filter::all_of(filters.into_iter().map(|(_, filter)| filter));
    let combined = if sample.is_some() { combined.map(Filter::grouped) } else { combined };
    let raw = query.raw_filters.iter().map(|text| Filter::raw(text));
    Filter::all_of(combined.into_iter().chain(raw))
}

/// The user's selection, and the properties that are read locally.
fn extend_selection(query: &ListQuery, coverage: &[Coverage]) -> Selection {
    let mut selection = query.select.clone();
    if selection.is_all() {
        return selection;
    }
    // Duplicates are recognised by their id.
    selection.add("id");
    let filtered = query
        .criteria
        .iter()
        .zip(coverage)
        .filter(|(_, coverage)| **coverage != Coverage::Exact)
        .flat_map(|(criterion, _)| criterion.paths());
    let sorted = if query.sorts_locally() { query.sort.key.paths() } else { &[] };
    for path in filtered.chain(sorted) {
        selection.add(path);
    }
    selection
}

fn describe_order(sort: Sort) -> &'static str {
    match (sort.key, sort.descending) {
        (SortKey::Created, true) => "newest first",
        (SortKey::Created, false) => "oldest first",
        (SortKey::Updated, true) => "last updated first",
        (SortKey::Updated, false) => "first updated first",
        (SortKey::Deadline, false) => "earliest deadline first",
        (SortKey::Deadline, true) => "latest deadline first",
        (SortKey::Closing, false) => "earliest closing date first",
        (SortKey::Closing, true) => "latest closing date first",
        (SortKey::Value, true) => "largest value first",
        (SortKey::Value, false) => "smallest value first",
        (SortKey::Customer, false) => "by customer, A to Z",
        (SortKey::Customer, true) => "by customer, Z to A",
    }
}

fn top_level(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

fn is_guid(text: &str) -> bool {
    // Only the hyphenated form has this length.
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::{SellerPattern, Window};
    use super::*;
    use crate::model::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};

    fn incoming() -> Criterion {
        Criterion::Direction(Direction::Incoming)
    }

    fn pending() -> Criterion {
        Criterion::Substatus(vec![Substatus::Pending])
    }

    fn plan(criteria: Vec<Criterion>, limit: Option<usize>) -> Plan {
        Plan::new(ListQuery { criteria, limit, ..ListQuery::default() })
    }

    fn decoded_options(plan: &Plan) -> Vec<Vec<String>> {
        plan.requests().iter().map(|request| request.options.decoded().collect()).collect()
    }

    #[test]
    fn every_documented_query_is_sent_verbatim() {
        let shared = || Criterion::Type(vec![ReferralType::Shared]);
        let guid = "65edc0b5-3485-41b7-a17e-dfa9ef4706e2";
        let cases = [
            (
                vec![Criterion::Engagement(vec![guid.to_owned()])],
                "engagementId eq '65edc0b5-3485-41b7-a17e-dfa9ef4706e2'",
            ),
            (
                vec![
                    Criterion::Qualification(vec![Qualification::SalesQualified]),
                    Criterion::Status(vec![Status::New]),
                ],
                "status eq 'New' and qualification eq 'SalesQualified'",
            ),
            (
                vec![incoming(), Criterion::Country(vec!["US".to_owned()])],
                "customerProfile/address/country eq 'US' and direction eq 'Incoming'",
            ),
            (vec![incoming(), shared()], "(type eq 'Shared' and direction eq 'Incoming')"),
            (vec![pending(), incoming()], "(direction eq 'Incoming' and substatus eq 'Pending')"),
            (
                vec![
                    shared(),
                    Criterion::Seller(vec![SellerPattern::parse("r2d2@contoso.com")]),
                    Criterion::Direction(Direction::Outgoing),
                    Criterion::Status(vec![Status::Active]),
                ],
                "status eq 'Active' and direction eq 'Outgoing' and type eq 'Shared' and team/any(t:t/email eq 'r2d2@contoso.com')",
            ),
        ];
        for (criteria, filter) in cases {
            let options = &decoded_options(&plan(criteria, Some(10)))[0];
            assert_eq!(options[0], format!("$filter={filter}"));
            assert_eq!(options[1..], ["$orderby=createdDateTime desc", "$top=10"]);
        }
    }

    #[test]
    fn top_is_sent_only_when_nothing_is_done_locally() {
        let top = |plan: &Plan| plan.requests()[0].top();
        assert_eq!(top(&plan(vec![incoming(), pending()], Some(10))), Some(10));
        let customer = Criterion::Customer(vec!["x".to_owned()]);
        assert_eq!(top(&plan(vec![incoming(), customer], Some(10))), None);
        let lead = Criterion::Kind(vec![ReferralKind::Lead]);
        assert_eq!(top(&plan(vec![lead], Some(10))), None);
        let by_deadline = ListQuery {
            sort: Sort::by(SortKey::Deadline),
            limit: Some(10),
            ..ListQuery::default()
        };
        assert_eq!(top(&Plan::new(by_deadline)), None);
    }

    #[test]
    fn a_row_without_a_status_has_the_one_that_alone_was_asked_for() {
        let assumed = |words: &[Status]| {
            let plan = plan(vec![Criterion::Status(words.to_vec())], None);
            let requests = plan.requests().iter();
            requests.map(|request| plan.assumed_status(request).cloned()).collect::<Vec<_>>()
        };
        assert_eq!(assumed(&[Status::New])[0], Some(Status::New));
        assert!(assumed(&[Status::New, Status::Active]).iter().all(Option::is_none));
    }

    #[test]
    fn the_time_that_rows_are_sorted_by_is_that_of_the_order() {
        let json = r#"{"createdDateTime":"2026-11-01T00:00:00Z","updatedDateTime":"2026-11-02T00:00:00Z"}"#;
        let referral = Referral::parse(json).unwrap();
        for (key, time) in
            [(SortKey::Created, referral.created), (SortKey::Updated, referral.updated)]
        {
            let plan = Plan::new(ListQuery { sort: Sort::by(key), ..ListQuery::default() });
            assert_eq!(plan.sort_timestamp(&referral), time.time(), "{key:?}");
        }
    }

    #[test]
    fn an_undocumented_filter_is_left_out_of_the_fallback() {
        let two = Criterion::Status(vec![Status::New, Status::Active]);
        assert_eq!(
            decoded_options(&plan(vec![two, incoming()], Some(5))),
            [
                vec![
                    "$filter=(status eq 'New' or status eq 'Active') and direction eq 'Incoming'",
                    "$orderby=createdDateTime desc",
                    "$top=5",
                ],
                vec!["$filter=direction eq 'Incoming'", "$orderby=createdDateTime desc"],
            ]
        );
        assert_eq!(plan(vec![incoming()], None).requests().len(), 1);
        let documented = ListQuery {
            criteria: vec![Criterion::Status(vec![Status::New, Status::Active]), incoming()],
            documented_only: true,
            ..ListQuery::default()
        };
        assert_eq!(
            decoded_options(&Plan::new(documented)),
            [["$filter=direction eq 'Incoming'", "$orderby=createdDateTime desc"]]
        );
    }

    #[test]
    fn a_guid_is_quoted_first_and_bare_in_the_fallback() {
        let id = "65edc0b5-3485-41b7-a17e-dfa9ef4706e2".to_owned();
        let requests = decoded_options(&plan(vec![Criterion::Engagement(vec![id])], None));
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[1][0], "$filter=engagementId eq 65edc0b5-3485-41b7-a17e-dfa9ef4706e2");
        assert_eq!(
            plan(vec![Criterion::Engagement(vec!["x".to_owned()])], None).requests().len(),
            1
        );
    }

    #[test]
    fn a_raw_filter_is_added_in_parentheses() {
        let raw_filters = vec!["name eq 'a' or name eq 'b'".to_owned()];
        let query = ListQuery { criteria: vec![incoming()], raw_filters, ..ListQuery::default() };
        let options = &decoded_options(&Plan::new(query))[0];
        assert_eq!(options[0], "$filter=direction eq 'Incoming' and (name eq 'a' or name eq 'b')");
    }

    #[test]
    fn fields_are_read_ahead_where_every_row_needs_them() {
        let read_ahead = |query: ListQuery| Plan::new(query).read_ahead();
        let query = ListQuery::default;
        let window = Criterion::Created(Window::default());
        let head = [query(), ListQuery { criteria: vec![window], limit: Some(1), ..query() }];
        assert_eq!(head.map(read_ahead), [ReadAhead::Head; 2]);
        let all_fields = [
            ListQuery { prints_columns: true, ..query() },
            ListQuery { criteria: vec![incoming()], ..query() },
            ListQuery { sort: Sort::by(SortKey::Customer), ..query() },
        ];
        assert_eq!(all_fields.map(read_ahead), [ReadAhead::AllFields; 3]);
    }

    #[test]
    fn a_url_that_is_too_long_leaves_alternatives_to_be_filtered_locally() {
        let countries = (0..100).map(|i| format!("C{i}")).collect();
        let plan = plan(vec![Criterion::Country(countries), incoming()], Some(3));
        assert_eq!(decoded_options(&plan)[0][0], "$filter=direction eq 'Incoming'");
        assert_eq!(plan.requests()[0].top(), None);
    }

    #[test]
    fn a_selection_is_extended_by_what_is_read_locally() {
        let select = Selection::new(["name".to_owned(), "status".to_owned()]);
        let query = ListQuery {
            criteria: vec![incoming(), Criterion::Customer(vec!["x".to_owned()])],
            sort: Sort::by(SortKey::Value),
            select,
            ..ListQuery::default()
        };
        let plan = Plan::new(query);
        let request = &plan.requests()[0];
        assert_eq!(
            request.options.get("select"),
            Some("name,status,id,customerProfile/name,details/dealValue")
        );
        assert_eq!(plan.extra_properties(request), ["id", "customerProfile", "details"]);
    }

    #[test]
    fn reading_ends_at_the_end_of_a_window() {
        let from = Some("2026-11-01T00:00:00Z".parse().unwrap());
        let created = Criterion::Created(Window { from, until: None });
        let row = |at: &str| Referral::parse(&format!(r#"{{"createdDateTime":"{at}"}}"#)).unwrap();
        let newest_first = plan(vec![created.clone()], None);
        assert!(newest_first.is_past_window(&row("2026-10-31T23:59:59Z")));
        assert!(!newest_first.is_past_window(&row("2026-11-01T00:00:00Z")));
        let sorted = |criterion, key, descending| {
            let (criteria, sort) = (vec![criterion], Sort { key, descending });
            Plan::new(ListQuery { criteria, sort, ..ListQuery::default() })
        };
        let oldest_first = sorted(created, SortKey::Created, false);
        assert!(!oldest_first.is_past_window(&row("2026-10-31T23:59:59Z")));
        let until_then = Window { from: None, until: from };
        let oldest_first = sorted(Criterion::Created(until_then), SortKey::Created, false);
        assert!(!oldest_first.is_past_window(&row("2026-10-31T23:59:59Z")));
        assert!(oldest_first.is_past_window(&row("2026-11-01T00:00:00Z")));
        let updated = Criterion::Updated(Window { from, until: None });
        let last_updated_first = sorted(updated, SortKey::Updated, true);
        let updated = r#"{"updatedDateTime":"2026-10-31T23:59:59Z"}"#;
        assert!(last_updated_first.is_past_window(&Referral::parse(updated).unwrap()));
    }

    #[test]
    fn a_guid_is_one_with_hyphens() {
        assert!(is_guid("65edc0b5-3485-41b7-a17e-dfa9ef4706e2"));
        assert!(!is_guid("65edc0b5348541b7a17edfa9ef4706e2"));
        assert!(!is_guid("65edc0b5-3485-41b7-a17e-dfa9ef4706e?"));
    }

    #[test]
    fn the_explanation_shows_the_request_its_url_and_the_local_steps() {
        let query = ListQuery {
            criteria: vec![incoming(), pending(), Criterion::Currency(vec!["EUR".to_owned()])],
            sort: Sort::by(SortKey::Deadline),
            limit: Some(3),
            ..ListQuery::default()
        };
        assert_eq!(
            Plan::new(query).explain("https://api.example/referrals"),
            "GET https://api.example/referrals
  $filter=(direction eq 'Incoming' and substatus eq 'Pending')
  $orderby=createdDateTime desc

URL
  https://api.example/referrals?$filter=(direction%20eq%20%27Incoming%27%20and%20substatus%20eq%20%27Pending%27)&$orderby=createdDateTime%20desc

done locally
  check again: direction is Incoming; substatus is Pending
  filter, because the API cannot: currency is EUR
  drop duplicates
  sort, because the API cannot: earliest deadline first
  keep the first 3
"
        );
    }
}
