//! What the API is asked, and what is left to do here. Decides; asks nothing.

use jiff::Timestamp;

use super::{Criterion, ListQuery, Selection, ServerFilter, Sort, SortKey, Support};
use crate::model::Referral;
use crate::odata::{Filter, Options};

/// Longer addresses than this may be refused on the way (API §2.5).
const MAX_QUERY_LEN: usize = 1_900;

/// The largest page the API's own texts name (API §2.3); a `$top` above it may be refused.
const MAX_PAGE_SIZE: usize = 100;

/// The order in which the samples of API §2.2 name fields.
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

/// The samples of API §2.2 that stand in parentheses, by their fields.
const PARENTHESIZED: &[[&str; 2]] = &[["type", "direction"], ["direction", "substatus"]];

/// How a [`ListQuery`] is carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    query: ListQuery,
    requests: Vec<ListRequest>,
}

/// One way to ask the API, and what it leaves to do here.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRequest {
    /// The query options, in the order they are sent.
    pub options: Options,
    /// What the rows of the answer hold.
    pub selection: Selection,
    /// The places, in the query's criteria, of those the API is not asked or not wholly asked.
    residual: Vec<usize>,
}

impl Plan {
    /// Decides how to carry out `query`.
    pub fn new(query: ListQuery) -> Plan {
        let mut attempts = vec![
            ListRequest::new(&query, Support::StandardOData, Guid::Quoted, true),
            ListRequest::new(&query, Support::Documented, Guid::Quoted, true),
            ListRequest::new(&query, Support::Documented, Guid::Bare, true),
        ];
        if query.limit.is_some_and(|limit| limit > MAX_PAGE_SIZE) {
            attempts.push(ListRequest::new(&query, Support::Documented, Guid::Quoted, false));
        }
        let mut distinct: Vec<ListRequest> = Vec::new();
        for attempt in attempts {
            if !distinct.iter().any(|earlier| earlier.options == attempt.options) {
                distinct.push(attempt);
            }
        }
        Plan { query, requests: distinct }
    }

    /// What was asked for.
    pub fn query(&self) -> &ListQuery {
        &self.query
    }

    /// The ways to ask: the first is meant; each next one is for a service that refuses the one before with a 400.
    pub fn requests(&self) -> &[ListRequest] {
        &self.requests
    }

    /// Whether the order is made here, because the API cannot.
    pub fn sorts_here(&self) -> bool {
        self.query.sort.key.server_property().is_none()
    }

    /// At most so many wanted rows need to be read; `None` when all must be, because the order is made here.
    pub fn read_at_most(&self) -> Option<usize> {
        self.query.limit.filter(|_| !self.sorts_here())
    }

    /// Where a referral stands in the order the rows are read in; `None` when that cannot be told.
    pub fn sort_timestamp(&self, referral: &Referral) -> Option<Timestamp> {
        match self.received_order().key {
            SortKey::Updated => referral.updated,
            _ => referral.created,
        }
    }

    /// Whether `referral` is wanted, as far as its row can tell.
    pub fn matches(&self, referral: &Referral, request: &ListRequest) -> bool {
        self.query.criteria.iter().all(|criterion| criterion.matches(referral, &request.selection))
    }

    /// Whether, in the order they are read, no referral after this one can be wanted.
    pub fn is_past(&self, referral: &Referral) -> bool {
        let order = self.received_order();
        self.query.criteria.iter().any(|criterion| {
            let (window, at) = match (criterion, order.key) {
                (Criterion::Created(window), SortKey::Created) => (window, referral.created),
                (Criterion::Updated(window), SortKey::Updated) => (window, referral.updated),
                _ => return false,
            };
            at.is_some_and(|at| {
                if order.descending {
                    window.from.is_some_and(|from| at < from)
                } else {
                    window.until.is_some_and(|until| at >= until)
                }
            })
        })
    }

    /// The order in which the API is asked for the rows.
    pub fn received_order(&self) -> Sort {
        order_read(&self.query)
    }

    /// The top-level properties of `asked` that were added for our own use and are not part of the answer.
    pub fn extra_properties(&self, request: &ListRequest) -> Vec<String> {
        let wanted = &self.query.select;
        if wanted.is_all() {
            return Vec::new();
        }
        let mut added: Vec<String> = Vec::new();
        for path in request.selection.paths() {
            let top = top_level(path);
            let is_wanted = wanted.paths().iter().any(|own| top_level(own) == top);
            if !is_wanted && !added.iter().any(|own| own == top) {
                added.push(top.to_owned());
            }
        }
        added
    }

    /// What is sent and what is done here, in plain words, for requests below `collection`.
    pub fn explain(&self, collection: &str) -> String {
        let [first, others @ ..] = self.requests.as_slice() else { return String::new() };
        let mut lines = vec![format!("GET {collection}")];
        lines.extend(first.options.decoded().map(|option| format!("  {option}")));
        lines.push(String::new());
        lines.push("as sent".to_owned());
        lines.push(format!("  {}", first.options.url(collection)));
        for other in others {
            lines.push(String::new());
            lines.push("and if the API refuses that (400)".to_owned());
            lines.extend(other.options.decoded().map(|option| format!("  {option}")));
        }
        lines.push(String::new());
        lines.push("done here".to_owned());
        lines.extend(self.local_steps(first).into_iter().map(|line| format!("  {line}")));
        lines.join("\n") + "\n"
    }

    fn local_steps(&self, request: &ListRequest) -> Vec<String> {
        let words = |left: bool| -> Vec<String> {
            let all = self.query.criteria.iter().enumerate();
            all.filter(|(place, _)| request.residual.contains(place) == left)
                .map(|(_, criterion)| criterion.describe())
                .collect()
        };
        let mut lines = Vec::new();
        let (sent, left) = (words(false), words(true));
        if !sent.is_empty() {
            lines.push(format!("check every row again: {}", sent.join("; ")));
        }
        if !left.is_empty() {
            lines.push(format!("decide, because the API cannot: {}", left.join("; ")));
        }
        if !self.query.raw_filters.is_empty() {
            lines.push("--filter is the API's alone to decide".to_owned());
        }
        lines.push("drop referrals that come twice".to_owned());
        if self.sorts_here() {
            lines
                .push(format!("sort, because the API cannot: {}", describe_order(self.query.sort)));
        }
        if let Some(limit) = self.query.limit {
            lines.push(format!("stop after {limit} of them"));
        }
        let added = self.extra_properties(request);
        if !added.is_empty() {
            lines.push(format!("take out what was asked for this only: {}", added.join(", ")));
        }
        lines
    }
}

/// How a GUID is written in a filter: as documented, or as OData proper has it (API §2.5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guid {
    Quoted,
    Bare,
}

impl ListRequest {
    fn new(query: &ListQuery, accepts: Support, guid: Guid, top: bool) -> ListRequest {
        let mut asked: Vec<Option<ServerFilter>> = query
            .criteria
            .iter()
            .map(|criterion| {
                server_filter(criterion, guid).filter(|asked| asked.support <= accepts)
            })
            .collect();
        loop {
            let request = ListRequest::with_filters(query, &asked, top);
            let longest = (0..asked.len())
                .filter(|&i| asked[i].as_ref().is_some_and(|a| a.support == Support::StandardOData))
                .max_by_key(|&i| asked[i].as_ref().map_or(0, |a| a.filter.as_str().len()));
            match longest {
                Some(place) if request.options.encoded().len() > MAX_QUERY_LEN => {
                    asked[place] = None;
                }
                _ => return request,
            }
        }
    }

    fn with_filters(
        query: &ListQuery,
        server_filters: &[Option<ServerFilter>],
        top: bool,
    ) -> ListRequest {
        let left: Vec<usize> = (0..server_filters.len())
            .filter(|&i| server_filters[i].as_ref().is_none_or(|a| !a.exact))
            .collect();
        let mut options = Options::default();
        if let Some(filter) = combined_filter(query, server_filters) {
            options.push("filter", filter.as_str());
        }
        let order = order_read(query);
        let direction = if order.descending { "desc" } else { "asc" };
        let property = order.key.server_property().unwrap_or("createdDateTime");
        options.push("orderby", format!("{property} {direction}"));
        let sorted = query.sort.key.server_property().is_some();
        if let Some(limit) = query.limit.filter(|_| top && sorted && left.is_empty()) {
            options.push("top", limit.to_string());
        }
        let selection = selection(query, &left);
        if !selection.is_all() {
            options.push("select", selection.paths().join(","));
        }
        ListRequest { options, selection, residual: left }
    }

    /// The same without `$top`, for when a row that came was not a wanted one and others may have been cut for it.
    #[must_use]
    pub fn without_top(&self) -> ListRequest {
        ListRequest { options: self.options.without("top"), ..self.clone() }
    }

    /// The `$top` that is sent.
    pub fn top(&self) -> Option<usize> {
        self.options.get("top")?.parse().ok()
    }
}

fn server_filter(criterion: &Criterion, guid: Guid) -> Option<ServerFilter> {
    match criterion {
        Criterion::Engagement(any) if guid == Guid::Bare && any.iter().all(|id| is_guid(id)) => {
            let bare = any.iter().map(|id| Filter::equal_bare("engagementId", id));
            Some(ServerFilter { filter: Filter::any_of(bare)?, ..criterion.to_odata()? })
        }
        _ => criterion.to_odata(),
    }
}

/// Everything that is sent as one expression: the documented samples verbatim where the fields are theirs.
fn combined_filter(query: &ListQuery, server_filters: &[Option<ServerFilter>]) -> Option<Filter> {
    let mut sent: Vec<(&str, Filter)> = query
        .criteria
        .iter()
        .zip(server_filters)
        .filter_map(|(criterion, asked)| {
            Some((criterion.paths()[0], asked.as_ref()?.filter.clone()))
        })
        .collect();
    let rank = |path: &str, order: &[&str]| {
        order.iter().position(|own| *own == path).unwrap_or(order.len())
    };
    let grouped = PARENTHESIZED.iter().find(|fields| {
        sent.len() == fields.len() && fields.iter().all(|f| sent.iter().any(|(path, _)| path == f))
    });
    let order = grouped.map_or(FIELD_ORDER, |fields| fields);
    sent.sort_by_key(|(path, _)| rank(path, order));
    let own = Filter::all_of(sent.into_iter().map(|(_, filter)| filter));
    let own = if grouped.is_some() { own.map(Filter::grouped) } else { own };
    let given = query.raw_filters.iter().map(|text| Filter::raw(text));
    Filter::all_of(own.into_iter().chain(given))
}

/// The user's selection and what our own work needs besides.
fn selection(query: &ListQuery, residual: &[usize]) -> Selection {
    let mut selection = query.select.clone();
    if selection.is_all() {
        return selection;
    }
    // Rows that come twice are known by their id.
    selection.add("id");
    for &place in residual {
        for path in query.criteria[place].paths() {
            selection.add(path);
        }
    }
    if query.sort.key.server_property().is_none() {
        for path in query.sort.key.paths() {
            selection.add(path);
        }
    }
    selection
}

/// Newest first where the order is made here; the API recommends to ask for some order (API §2.1).
fn order_read(query: &ListQuery) -> Sort {
    match query.sort.key.server_property() {
        Some(_) => query.sort,
        None => Sort::default(),
    }
}

fn describe_order(sort: Sort) -> &'static str {
    match (sort.key, sort.descending) {
        (SortKey::Created, true) => "newest first",
        (SortKey::Created, false) => "oldest first",
        (SortKey::Updated, true) => "last changed first",
        (SortKey::Updated, false) => "longest unchanged first",
        (SortKey::Deadline, false) => "soonest deadline first",
        (SortKey::Deadline, true) => "latest deadline first",
        (SortKey::Value, true) => "greatest value first",
        (SortKey::Value, false) => "smallest value first",
        (SortKey::Customer, false) => "by customer, A to Z",
        (SortKey::Customer, true) => "by customer, Z to A",
    }
}

fn top_level(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::super::Window;
    use super::*;
    use crate::model::{Direction, Qualification, ReferralType, Status, Substatus};

    fn incoming() -> Criterion {
        Criterion::Direction(Direction::Incoming)
    }

    fn pending() -> Criterion {
        Criterion::Substatus(vec![Substatus::Pending])
    }

    fn plan(criteria: Vec<Criterion>, limit: Option<usize>) -> Plan {
        Plan::new(ListQuery { criteria, limit, ..ListQuery::default() })
    }

    fn sent(plan: &Plan) -> Vec<Vec<String>> {
        plan.requests().iter().map(|request| request.options.decoded().collect()).collect()
    }

    #[test]
    fn every_documented_query_comes_out_verbatim() {
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
                    Criterion::Seller(vec!["r2d2@contoso.com".to_owned()]),
                    Criterion::Direction(Direction::Outgoing),
                    Criterion::Status(vec![Status::Active]),
                ],
                "status eq 'Active' and direction eq 'Outgoing' and type eq 'Shared' and team/any(t:t/email eq 'r2d2@contoso.com')",
            ),
        ];
        for (criteria, filter) in cases {
            let options = &sent(&plan(criteria, Some(10)))[0];
            assert_eq!(options[0], format!("$filter={filter}"));
            assert_eq!(options[1..], ["$orderby=createdDateTime desc", "$top=10"]);
        }
    }

    #[test]
    fn top_is_sent_only_when_nothing_is_left_to_do_here() {
        let top = |plan: &Plan| plan.requests()[0].top();
        assert_eq!(top(&plan(vec![incoming(), pending()], Some(10))), Some(10));
        assert_eq!(top(&plan(vec![incoming(), Criterion::Unanswered], Some(10))), None);
        let by_deadline = ListQuery {
            sort: Sort::by(SortKey::Deadline),
            limit: Some(10),
            ..ListQuery::default()
        };
        assert_eq!(top(&Plan::new(by_deadline)), None);
    }

    #[test]
    fn what_is_not_documented_is_asked_once_and_then_left_out() {
        let two = Criterion::Status(vec![Status::New, Status::Active]);
        assert_eq!(
            sent(&plan(vec![two, incoming()], Some(5))),
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
    }

    #[test]
    fn a_guid_is_quoted_first_and_bare_after_a_refusal() {
        let id = "65edc0b5-3485-41b7-a17e-dfa9ef4706e2".to_owned();
        let attempts = sent(&plan(vec![Criterion::Engagement(vec![id])], None));
        assert_eq!(attempts.len(), 2);
        assert_eq!(attempts[1][0], "$filter=engagementId eq 65edc0b5-3485-41b7-a17e-dfa9ef4706e2");
        assert_eq!(
            plan(vec![Criterion::Engagement(vec!["x".to_owned()])], None).requests().len(),
            1
        );
    }

    #[test]
    fn a_filter_as_given_is_anded_in_parentheses() {
        let given = vec!["name eq 'a' or name eq 'b'".to_owned()];
        let query =
            ListQuery { criteria: vec![incoming()], raw_filters: given, ..ListQuery::default() };
        let options = &sent(&Plan::new(query))[0];
        assert_eq!(options[0], "$filter=direction eq 'Incoming' and (name eq 'a' or name eq 'b')");
    }

    #[test]
    fn an_address_that_would_be_too_long_leaves_alternatives_to_be_decided_here() {
        let countries = (0..100).map(|i| format!("C{i}")).collect();
        let plan = plan(vec![Criterion::Country(countries), incoming()], Some(3));
        assert_eq!(sent(&plan)[0][0], "$filter=direction eq 'Incoming'");
        assert_eq!(plan.requests()[0].top(), None);
    }

    #[test]
    fn a_selection_gains_what_our_own_work_needs_and_knows_it_again() {
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
    fn reading_ends_where_the_order_leaves_nothing_to_find() {
        let from = Some("2026-11-01T00:00:00Z".parse().unwrap());
        let created = Criterion::Created(Window { from, until: None });
        let row = |at: &str| Referral::parse(&format!(r#"{{"createdDateTime":"{at}"}}"#)).unwrap();
        let newest_first = plan(vec![created.clone()], None);
        assert!(newest_first.is_past(&row("2026-10-31T23:59:59Z")));
        assert!(!newest_first.is_past(&row("2026-11-01T00:00:00Z")));
        let oldest_first = Plan::new(ListQuery {
            criteria: vec![created],
            sort: Sort { key: SortKey::Created, descending: false },
            ..ListQuery::default()
        });
        assert!(!oldest_first.is_past(&row("2026-10-31T23:59:59Z")));
    }

    #[test]
    fn the_explanation_shows_the_request_twice_and_what_is_done_here() {
        let query = ListQuery {
            criteria: vec![incoming(), pending(), Criterion::Unanswered],
            sort: Sort::by(SortKey::Deadline),
            limit: Some(3),
            ..ListQuery::default()
        };
        assert_eq!(
            Plan::new(query).explain("https://api.example/referrals"),
            "GET https://api.example/referrals
  $filter=(direction eq 'Incoming' and substatus eq 'Pending')
  $orderby=createdDateTime desc

as sent
  https://api.example/referrals?$filter=(direction%20eq%20%27Incoming%27%20and%20substatus%20eq%20%27Pending%27)&$orderby=createdDateTime%20desc

done here
  check every row again: direction is Incoming; substatus is Pending
  decide, because the API cannot: nobody has answered it (status is New)
  drop referrals that come twice
  sort, because the API cannot: soonest deadline first
  stop after 3 of them
"
        );
    }
}
