//! Requests over a socket, byte by byte as a client sends them: query options, pages, errors.

use serde_json::{Value, json};

use super::client::{Client, encoded, serve, start};
use crate::{Options, Sandbox, SupportedOptions};

fn numbered(count: usize) -> Vec<Value> {
    let row = |number: usize| {
        json!({
            "id": format!("{number:03}"), "status": if number.is_multiple_of(2) { "New" } else { "Active" },
            "createdDateTime": format!("2026-01-01T00:{:02}:00Z", number / 2),
            "details": {"dealValue": if number == 3 { Value::Null } else { json!(number % 4) }, "currency": "EUR"},
            "team": [{"email": "a@b.example", "title": null}], "surprise": 1, "@odata.note": "kept",
        })
    };
    (0..count).map(row).collect()
}

fn in_pages_of(page_size: usize, count: usize) -> Sandbox {
    start(Options { rows: Some(numbered(count)), page_size, ..Options::default() })
}

#[test]
fn pages_follow_each_other_until_there_is_no_link() {
    let sandbox = in_pages_of(10, 25);
    let mut client = Client::new(&sandbox);
    let query = "$filter=status%20eq%20'New'&$orderby=createdDateTime%20desc&$top=12&$select=id";
    let first = client.list(query);
    assert_eq!(first.ids()[..3], ["024", "022", "020"]);
    assert_eq!(first.body["@odata.count"], 10);
    let second = client.list(first.next_query().unwrap());
    assert_eq!(second.ids(), ["004", "002"]);
    assert_eq!(second.body["@odata.count"], 2);
    assert_eq!(second.body["value"][0], json!({"id": "004", "@odata.note": "kept"}));
    assert!(second.next_query().is_none());
    let again = client.list(first.next_query().unwrap());
    assert_eq!(again.ids(), second.ids());
    assert_eq!(sandbox.connections(), 1);
}

#[test]
fn the_next_link_is_as_awkward_as_the_documented_one() {
    let sandbox = in_pages_of(10, 25);
    let mut client = Client::new(&sandbox);
    let page = client.list("$top=20");
    let link = page.body["@odata.nextLink"].as_str().unwrap();
    let base = sandbox.url().replace("/engagements", "/referrals?$skiptoken=");
    let token = link.strip_prefix(&base).unwrap();
    for escape in ["%2b", "%2f", "%3d"] {
        assert!(token.contains(escape), "{token}");
    }
    let path = &link[link.find("/v1.0").unwrap()..];
    assert_eq!(client.get(path).status, 404);
    let upper = token.replace("%2b", "%2B");
    let decoded = token.replace("%3d", "=");
    for changed in [upper.as_str(), &decoded, &encoded(token), "", "k1%2b2"] {
        let response = client.list(&format!("$skiptoken={changed}"));
        assert_eq!(response.status, 400, "{changed}");
    }
    assert_eq!(client.list(&format!("$skiptoken={token}&$top=5")).status, 400);
    assert_eq!(client.list(&format!("%24skiptoken={token}")).ids().len(), 10);
}

#[test]
fn only_the_newest_thousand_links_are_remembered() {
    let sandbox = in_pages_of(1, 1010);
    let mut client = Client::new(&sandbox);
    let first = client.list("$select=id").next_query().unwrap().to_owned();
    let mut next = first.clone();
    for _ in 0..1000 {
        next = client.list(&next).next_query().unwrap().to_owned();
    }
    assert_eq!(client.list(&first).status, 400);
    assert_eq!(client.list(&next).ids(), ["1001"]);
}

#[test]
fn many_rows_are_filtered_like_few() {
    let mut rows = numbered(2500);
    rows.push(json!("not a referral"));
    let sandbox = serve(rows);
    let mut client = Client::new(&sandbox);
    let filter = "$filter=status%20eq%20'New'%20and%20details/dealValue%20gt%201";
    let query = format!("{filter}&$orderby=id%20desc&$top=2&$select=id,details/currency");
    let expected = json!([
        {"id": "998", "details": {"currency": "EUR"}, "@odata.note": "kept"},
        {"id": "994", "details": {"currency": "EUR"}, "@odata.note": "kept"},
    ]);
    assert_eq!(client.list(&query).body["value"], expected);
}

#[test]
fn options_cut_sort_and_select() {
    let sandbox = in_pages_of(100, 6);
    let mut client = Client::new(&sandbox);
    for (query, expected) in [
        ("", "000 001 002 003 004 005"),
        ("$top=2", "000 001"),
        ("$top=0", ""),
        ("$skip=4", "004 005"),
        ("$skip=1&$top=1&$count=true", "001"),
        ("$orderby=details/dealValue", "003 000 004 001 005 002"),
        ("$orderby=details/dealValue%20desc", "002 001 005 000 004 003"),
        ("$orderby=details/dealValue%20asc,id%20desc", "003 004 000 005 001 002"),
        ("%24orderby=id%20desc&%24top=1", "005"),
    ] {
        assert_eq!(client.list(query).ids().join(" "), expected, "{query}");
    }
    let selected = client.list("$top=1&$select=details/dealValue,team/email,name,status");
    let expected = json!({"status": "New", "details": {"dealValue": 0},
        "team": [{"email": "a@b.example"}], "@odata.note": "kept"});
    assert_eq!(selected.body["value"][0], expected);
    assert_eq!(client.list("$top=1").body["value"][0]["surprise"], 1);
    assert_eq!(client.list("$top=1&$select=*").body["value"][0]["surprise"], 1);
}

#[test]
fn a_query_that_is_not_odata_is_answered_with_400_and_an_error_body() {
    let sandbox = in_pages_of(10, 3);
    let mut client = Client::new(&sandbox);
    for query in [
        "$filter=status+eq+'New'",
        "$filter=status%20eq%20New",
        "$filter=",
        "filter=status%20eq%20'New'",
        "$Filter=status%20eq%20'New'",
        "$search=x",
        "$expand=team",
        "$top=1&$top=1",
        "$top=1&%24top=2",
        "$top=-1",
        "$top=1.5",
        "$top=",
        "$top=%20",
        "$top",
        "$skip=x",
        "$count=yes",
        "$top=1&",
        "&$top=1",
        "$orderby=",
        "$orderby=nonsense",
        "$orderby=createdDateTime%20up",
        "$orderby=createdDateTime,",
        "$orderby=createdDateTime%20DESC",
        "$orderby=createdDateTimedesc",
        "$orderby=team",
        "$orderby=customerProfile",
        "$orderby=createdDateTime%20desc,%20id",
        "$orderby=createdDateTime%20",
        "$select=",
        "$select=nonsense",
        "$select=id,%20name",
        "$select=name/x",
        "$select=customerProfile/",
        "$filter=status%20eq%20'%zz'",
        "$filter=status%20eq%20'%F'",
        "$filter=status%20eq%20'%ff'",
        "$filter=status%20eq%20'a&b'",
        "$filter=status%20eq%20'[x]'",
        "$filter=status%20eq%20'a\"b'",
        "$skiptoken=x",
        "pageSize=100",
    ] {
        let response = client.list(query);
        assert_eq!(response.status, 400, "{query}");
        assert_eq!(response.body["error"]["code"], "invalidRequest", "{query}");
        let message = response.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("The query specified in the URI is not valid. "));
        assert!(response.body["error"]["innerError"]["message"].is_string());
    }
}

#[test]
fn names_survive_the_way_through_the_url() {
    let names = ["O'Neill", "a+b", "100%", "A&B #1", "株式会社", "שלום", "Coho 🍷", "a/b?c=d;e"];
    let row = |name: &&str| json!({"id": name, "customerProfile": {"name": name}});
    let sandbox = serve(names.iter().map(row).collect());
    let mut client = Client::new(&sandbox);
    for name in names {
        let filter = format!("customerProfile/name eq '{}'", name.replace('\'', "''"));
        assert_eq!(client.filter(&filter).ids(), [name]);
    }
    let plus = client.list("$filter=customerProfile/name%20eq%20'a+b'");
    assert_eq!(plus.ids(), ["a+b"]);
}

#[test]
fn only_the_one_token_is_accepted() {
    let sandbox = start(Options {
        token: "open-sesame".to_owned(),
        rows: Some(numbered(1)),
        ..Options::default()
    });
    let mut client = Client::new(&sandbox);
    let mut request = |header: &str| {
        let path = "/v1.0/engagements/referrals";
        client.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n"))
    };
    assert_eq!(request("authorization: bearer open-sesame\r\n").status, 200);
    for header in ["", "Authorization: Bearer other\r\n", "Authorization: Basic open-sesame\r\n"] {
        let response = request(header);
        assert_eq!(response.status, 401, "{header}");
        let expected = r#"{"error":{"code":"unAuthorized","message":"Caller is not authorized to access the resource.","target":"referral","innerError":{"code":"innerErrorCode","message":"Unauthorized referral access"}}}"#;
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(response.body, expected);
    }
}

#[test]
fn one_referral_comes_unwrapped_and_an_unknown_one_is_missing() {
    let sandbox = serve(numbered(3));
    let mut client = Client::new(&sandbox);
    let one = client.get("/v1.0/engagements/referrals/002");
    assert_eq!((one.status, &one.body), (200, &numbered(3)[2]));
    let some = client.get("/v1.0/engagements/referrals/002?$select=id");
    assert_eq!(some.body, json!({"id": "002", "@odata.note": "kept"}));
    let missing = client.get("/v1.0/engagements/referrals/009");
    assert_eq!(missing.status, 404);
    assert_eq!(missing.body["error"]["code"], "itemNotFound");
    assert_eq!(client.get("/v1.0/engagements/referrals/002?$top=1").status, 400);
    for path in [
        "/",
        "/v1.0/referrals",
        "/v1.0/engagements/referrals/",
        "/v1.0/engagements/referrals/0/1",
        "/v1.0/engagements/referralsx",
    ] {
        assert_eq!(client.get(path).status, 404, "{path}");
    }
}

#[test]
fn other_methods_are_refused_and_their_bodies_skipped() {
    let sandbox = serve(numbered(1));
    let mut client = Client::new(&sandbox);
    let post =
        "POST /v1.0/engagements/referrals HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /";
    let response = client.send(post);
    assert_eq!((response.status, response.header("Allow")), (405, Some("GET")));
    assert_eq!(client.list("").status, 200);
}

#[test]
fn what_is_not_http_is_refused_and_ends_the_connection() {
    let sandbox = serve(numbered(1));
    let many = "X: y\r\n".repeat(200);
    let long = format!("X: {}\r\n", "y".repeat(80 * 1024));
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("GET /a b HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), 411),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\n{long}\r\n"), 431),
        (format!("GET / HTTP/1.1\r\n{long}"), 431),
    ] {
        let mut client = Client::new(&sandbox);
        assert_eq!(client.send(&request).status, status);
        assert!(client.is_closed());
    }
}

#[test]
fn response_headers_are_those_of_the_service() {
    let sandbox = serve(numbered(1));
    let mut client = Client::new(&sandbox);
    let response = client.send(
        "GET /v1.0/engagements/referrals HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox\r\n\
         MS-CorrelationId: abc\r\nclient-request-id: def\r\nValidateMfa: true\r\n\r\n",
    );
    let kind = "application/json; odata.metadata=minimal";
    assert_eq!(response.header("Content-Type"), Some(kind));
    assert_eq!(response.header("MS-CorrelationId"), Some("abc"));
    assert_eq!(response.header("client-request-id"), Some("def"));
    assert_eq!(response.header("isMfaCompliant"), Some("true"));
    let id = response.header("Request-ID").unwrap().to_owned();
    assert_eq!(id.len(), 36);
    let plain = client.list("");
    assert_eq!(plain.header("isMfaCompliant"), None);
    assert_ne!(plain.header("Request-ID"), Some(id.as_str()));
}

#[test]
fn requests_are_recorded_without_the_token() {
    let sandbox = serve(numbered(1));
    let mut client = Client::new(&sandbox);
    client.list("$top=%31");
    Client::new(&sandbox).get("/nowhere");
    let requests = sandbox.requests();
    let targets: Vec<_> = requests.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(targets, ["/v1.0/engagements/referrals?$top=%31", "/nowhere"]);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].headers, [("Host".to_owned(), "sandbox".to_owned())]);
    assert_eq!(sandbox.connections(), 2);
}

#[test]
fn an_option_that_is_switched_off_is_as_if_not_sent() {
    let list = |supported: SupportedOptions, query: &str| {
        let rows = Some(numbered(3));
        let sandbox = start(Options { rows, supported, ..Options::default() });
        let response = Client::new(&sandbox).list(query);
        (response.ids().join(" "), response.body["value"][0]["status"].is_string())
    };
    let all = SupportedOptions::default();
    let everything = ("000 001 002".to_owned(), true);
    assert_eq!(list(SupportedOptions { filter: false, ..all }, "$filter=nonsense"), everything);
    assert_eq!(list(SupportedOptions { orderby: false, ..all }, "$orderby=id%20desc"), everything);
    assert_eq!(list(SupportedOptions { top: false, ..all }, "$top=1"), everything);
    assert_eq!(list(SupportedOptions { select: false, ..all }, "$select=id"), everything);
    let query = "$filter=id%20gt%20'000'&$orderby=id%20desc&$top=1&$select=id";
    assert_eq!(list(all, query), ("002".to_owned(), false));
}

#[test]
fn a_service_that_keeps_to_its_documentation_takes_the_documented_queries_alone() {
    let sandbox = start(Options { allow_undocumented: false, ..Options::default() });
    let mut client = Client::new(&sandbox);
    for (filter, order) in [
        ("engagementId eq '65edc0b5-3485-41b7-a17e-dfa9ef4706e2'", ""),
        ("status eq 'New' and qualification eq 'SalesQualified'", ""),
        ("customerProfile/address/country eq 'US' and direction eq 'Incoming'", ""),
        (
            "(type eq 'Shared' and direction eq 'Incoming')",
            "&$top=10&$orderby=createdDateTime%20desc",
        ),
        (
            "(direction eq 'Incoming' and substatus eq 'Pending')",
            "&$top=10&$orderby=createdDateTime%20desc",
        ),
        (
            "status eq 'Active' and direction eq 'Outgoing' and type eq 'Shared' and team/any(t:t/email eq 'r2d2@contoso.com')",
            "&$orderby=createdDateTime%20desc",
        ),
        ("status eq 'New'", "&$orderby=updatedDateTime&$select=id,status,customerProfile"),
    ] {
        let response = client.list(&format!("$filter={}{order}", encoded(filter)));
        assert_eq!(response.status, 200, "{filter}: {}", response.body);
    }
    for filter in [
        "status eq 'New' or status eq 'Active'",
        "status ne 'New'",
        "not (status eq 'New')",
        "status in ('New')",
        "name eq 'x'",
        "createdDateTime ge 2026-01-01T00:00:00Z",
        "contains(status,'New')",
        "team/any()",
        "team/any(t:t/firstName eq 'x')",
        "team/all(t:t/email eq 'x')",
        "customerProfile/team/any(t:t/email eq 'x')",
        "engagementId eq 65edc0b5-3485-41b7-a17e-dfa9ef4706e2",
        "team/any(t:status eq 'New' and t/email eq 'x')",
    ] {
        assert_eq!(client.filter(filter).status, 400, "{filter}");
    }
    for query in [
        "$orderby=expirationDateTime",
        "$orderby=createdDateTime,updatedDateTime",
        "$skip=1",
        "$count=true",
        "$select=customerProfile/name",
    ] {
        assert_eq!(client.list(query).status, 400, "{query}");
    }
}

#[test]
fn a_dropped_sandbox_no_longer_listens() {
    let sandbox = serve(numbered(1));
    let mut client = Client::new(&sandbox);
    assert_eq!(client.list("").status, 200);
    let address = sandbox.url()["http://".len()..].split('/').next().unwrap().to_owned();
    drop(sandbox);
    assert!(client.is_closed());
    assert!(std::net::TcpStream::connect(address).is_err());
}
