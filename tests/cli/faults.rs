//! Failures of the network and the service: the result is complete or visibly incomplete.

use std::fs;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

use referrals::testing::{Clock, ManualClock};

use crate::server::{Reply, Request, Server, head};
use crate::support::{Output, TestEnv};

/// A failing response, whether it is retried, and the exit code when it never succeeds.
struct Fault {
    name: &'static str,
    reply: Reply,
    is_retryable: bool,
    code: u8,
}

fn fault(name: &'static str, reply: Reply, is_retryable: bool, code: u8) -> Fault {
    Fault { name, reply, is_retryable, code }
}

fn status(status: u16) -> Reply {
    Reply::Status(
        status,
        &[("Request-ID", "r-42")],
        r#"{"error":{"code":"x","message":"scripted"}}"#.to_owned(),
    )
}

fn body(text: &str) -> Reply {
    Reply::Json(text.to_owned())
}

fn bytes(body: &[u8]) -> Reply {
    Reply::Raw([head(200, &[], body.len()).as_bytes(), body].concat())
}

/// A response whose body is shorter than its Content-Length.
fn cut(text: &str) -> Reply {
    Reply::Raw((head(200, &[], text.len() + 10) + text).into_bytes())
}

const WHOLE: &str = r#"{"value":[{"id":"c"},{"id":"d"}]}"#;

#[rustfmt::skip]
fn faults() -> Vec<Fault> {
    vec![
        fault("reset before the head", Reply::Raw(Vec::new()), true, 5),
        fault("half a head", Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-".to_vec()), true, 5),
        fault("not HTTP", Reply::Raw(b"SSH-2.0-OpenSSH\r\n".to_vec()), true, 5),
        fault("reset in the body", cut(r#"{"value":[{"id":"c"}"#), true, 5),
        fault("whole JSON, cut body", cut(WHOLE), true, 5),
        fault("truncated JSON", body(r#"{"value":[{"id":"c"},{"id"#), true, 5),
        fault("malformed JSON", body(r#"{"value":[{"id":"c"},]}"#), true, 5),
        fault("two documents", body(&format!("{WHOLE}{WHOLE}")), true, 5),
        fault("empty body", body(""), true, 5),
        fault("invalid UTF-8", bytes(b"{\"value\":[{\"id\":\"c\xff\"}]}"), true, 5),
        fault("gzip that is none", Reply::Status(200, &[("Content-Encoding", "gzip")], WHOLE.to_owned()), true, 5),
        fault("a web page", body("<!DOCTYPE html><html>sign in</html>"), false, 5),
        fault("value null", body(r#"{"value":null}"#), false, 5),
        fault("value missing", body(r#"{"@odata.count":2}"#), false, 5),
        fault("value an object", body(r#"{"value":{"id":"c"}}"#), false, 5),
        fault("not an object", body(r#"[{"id":"c"}]"#), false, 5),
        fault("rows that are none", body(r#"{"value":["c","d"]}"#), false, 5),
        fault("400", status(400), false, 1),
        fault("401", status(401), false, 4),
        fault("403", status(403), false, 1),
        fault("404", status(404), false, 1),
        fault("409", status(409), false, 1),
        fault("429", status(429), true, 6),
        fault("500", status(500), true, 5),
        fault("501", status(501), false, 5),
        fault("502", status(502), true, 5),
        fault("503", status(503), true, 5),
        fault("504", status(504), true, 5),
        fault("509", status(509), true, 6),
        fault("a redirect to itself", Reply::Status(307, &[("Location", "/v1.0/engagements/referrals")], String::new()), false, 1),
        fault("a redirect elsewhere", Reply::Status(302, &[("Location", "https://evil.example/r?t=1")], String::new()), false, 1),
    ]
}

fn first_page(request: &Request) -> Reply {
    let host = request.header("host").unwrap();
    Reply::Json(format!(
        r#"{{"value":[{{"id":"a"}},{{"id":"b"}}],"@odata.nextLink":"http://{host}/v1.0/referrals?$skiptoken=2"}}"#
    ))
}

fn is_second_page(request: &Request) -> bool {
    request.target.contains("skiptoken")
}

fn list(server: &Server, more: &[&str]) -> Output {
    let arguments = [&["list", "--format", "json"], more].concat();
    TestEnv::at(&server.url()).run(&arguments)
}

#[test]
fn a_transient_fault_loses_no_rows() {
    for Fault { name, reply, is_retryable, .. } in faults() {
        let server = Server::start(move |number, request| match number {
            0 => first_page(request),
            1 => reply.clone(),
            _ => Reply::Json(WHOLE.to_owned()),
        });
        let output = list(&server, &[]);
        if is_retryable {
            assert_eq!(output.code, 0, "{name}: {}", output.err);
            assert_eq!(output.ids(), ["a", "b", "c", "d"], "{name}");
        } else {
            // After 400 and 404 the next link is requested once more, unchanged.
            let tries = if matches!(name, "400" | "404") { 3 } else { 2 };
            let recovered = name == "400" || name == "404";
            assert_eq!(output.code, if recovered { 0 } else { 7 }, "{name}: {}", output.err);
            assert_eq!(server.requests().len(), tries, "{name}");
        }
    }
}

#[test]
fn a_fault_on_the_first_page_has_its_own_exit_code_and_prints_nothing() {
    for Fault { name, reply, code, .. } in faults() {
        let server = Server::start(move |_, _| reply.clone());
        let output = list(&server, &[]);
        assert_eq!((output.code, output.out.as_str()), (code, ""), "{name}: {}", output.err);
        assert_eq!(output.err.matches("error: ").count(), 1, "{name}: {}", output.err);
    }
}

#[test]
fn a_listing_that_breaks_off_never_looks_complete() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.json");
    for Fault { name, reply, .. } in faults() {
        let script = move |_: usize, request: &Request| {
            if is_second_page(request) { reply.clone() } else { first_page(request) }
        };
        let server = Server::start(script);
        let output = list(&server, &[]);
        assert_eq!(output.code, 7, "{name}: {}", output.err);
        assert!(output.out.contains(r#"{"id":"b"}"#), "{name}: {}", output.out);
        assert!(
            serde_json::from_str::<serde_json::Value>(&output.out).is_err(),
            "{name}: {}",
            output.out
        );
        assert!(output.err.contains("broke off after 2 referrals"), "{name}: {}", output.err);

        fs::write(&file, "old").unwrap();
        let output = list(&server, &["--output", file.to_str().unwrap()]);
        assert_eq!((output.code, output.out.as_str()), (7, ""), "{name}: {}", output.err);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old", "{name}");
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            1,
            "{name}: something was left over"
        );
    }
}

#[test]
fn a_partial_result_is_a_valid_document_if_allowed_and_still_an_error() {
    let server =
        Server::start(
            |_, request| if is_second_page(request) { status(403) } else { first_page(request) },
        );
    let output = list(&server, &["--allow-partial"]);
    assert_eq!(output.code, 7, "{}", output.err);
    assert_eq!(output.ids(), ["a", "b"]);
    let sorted = list(&server, &["--allow-partial", "--sort", "deadline"]);
    assert_eq!((sorted.code, sorted.ids().len()), (7, 2), "{}", sorted.err);
    assert_eq!(list(&server, &["--sort", "deadline"]).out, "", "not in order yet");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.json");
    assert_eq!(list(&server, &["--allow-partial", "--output", file.to_str().unwrap()]).code, 7);
    assert!(fs::read_to_string(&file).unwrap().ends_with("]\n"));
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let server = Server::start(|_, _| bytes(b"\xef\xbb\xbf{\"value\":[{\"id\":\"a\"}]}"));
    assert_eq!(list(&server, &[]).ok().ids(), ["a"]);
}

#[test]
fn odd_rows_do_not_break_a_listing() {
    let rows = r#"{"value":[{"id":"a","name":7,"team":"x","details":[],"status":{"x":1},"createdDateTime":"soon"},
        {"id":"b","future":{"deep":[[[]]]},"status":"Postponed","team":{"email":"x@y.example"}}, null, {}]}"#;
    let server = Server::start(move |_, _| Reply::Json(rows.to_owned()));
    let output = list(&server, &[]).ok();
    assert_eq!(output.ids(), ["a", "b", ""]);
    assert!(output.err.contains("skipped 1 empty row"), "{}", output.err);
}

#[test]
fn a_repeated_row_is_printed_once() {
    let server = Server::start(|_, request| {
        let again = r#"{"value":[{"id":"B"},{"id":"c"},{"id":"c"}]}"#;
        if is_second_page(request) { Reply::Json(again.to_owned()) } else { first_page(request) }
    });
    assert_eq!(list(&server, &[]).ok().ids(), ["a", "b", "c"]);
}

#[test]
fn every_attempt_has_its_own_request_id_and_the_same_correlation_id() {
    let server =
        Server::start(
            |number, _| if number < 2 { status(503) } else { Reply::Json(WHOLE.to_owned()) },
        );
    list(&server, &[]).ok();
    let names = |header: &str| -> Vec<String> {
        server.requests().iter().map(|request| request.header(header).unwrap().to_owned()).collect()
    };
    for header in ["ms-requestid", "ms-correlationid"] {
        let names = names(header);
        assert!(names.iter().all(|name| *name == names[0]), "{header}: {names:?}");
    }
    let tries = names("client-request-id");
    assert!(tries[0] != tries[1] && tries[1] != tries[2], "{tries:?}");
}

#[test]
fn retry_after_is_honoured_within_max_wait() {
    let asks = |value: &'static [(&'static str, &'static str)]| {
        Server::start(move |number, _| match number {
            0 => Reply::Status(429, value, String::new()),
            _ => Reply::Json(WHOLE.to_owned()),
        })
    };
    let waited = |server: &Server, more: &[&str]| {
        let env = TestEnv::at(&server.url());
        let output = env.run(&[&["list", "--format", "json"], more].concat());
        let time = env.clock().elapsed().as_secs();
        (output.code, time, output.err)
    };
    let (code, time, err) = waited(&asks(&[("Retry-After", "57")]), &[]);
    assert_eq!((code, time), (0, 57));
    assert!(err.contains("retrying in 57 s"), "{err}");
    let (code, time, _) = waited(&asks(&[("Retry-After", "Sat, 21 Nov 2026 12:00:30 GMT")]), &[]);
    assert_eq!((code, time), (0, 30));
    let (code, time, _) = waited(&asks(&[("Retry-After", "soon")]), &[]);
    assert_eq!((code, time), (0, 0));
    let (code, time, err) = waited(&asks(&[("Retry-After", "86400")]), &[]);
    assert_eq!((code, time), (6, 0), "{err}");
    let (code, _, _) = waited(&asks(&[("Retry-After", "57")]), &["--max-wait", "30s"]);
    assert_eq!(code, 6);
    let (code, time, _) = waited(&asks(&[("Retry-After", "600")]), &["--max-wait", "15min"]);
    assert_eq!((code, time), (0, 600));
}

#[test]
fn pages_that_never_end_are_an_error() {
    let linked = |rows: fn(usize) -> String, next: fn(usize) -> String| {
        Server::start(move |number, request| {
            let host = request.header("host").unwrap();
            let (rows, next) = (rows(number), next(number));
            Reply::Json(format!(
                r#"{{"value":[{rows}],"@odata.nextLink":"http://{host}/v1.0/referrals?{next}"}}"#
            ))
        })
    };
    let cases: [(&str, Server); 3] = [
        ("form a loop", linked(|_| r#"{"id":"a"}"#.to_owned(), |_| "$skiptoken=1".to_owned())),
        (
            "form a loop",
            linked(|n| format!(r#"{{"id":"{n}"}}"#), |n| format!("$skiptoken={}", n % 2)),
        ),
        (
            "without a new row",
            linked(|_| r#"{"id":"a"}"#.to_owned(), |n| format!("$skiptoken={n}")),
        ),
    ];
    for (says, server) in cases {
        let output = list(&server, &[]);
        assert_eq!(output.code, 7, "{says}: {}", output.err);
        assert!(output.err.contains(says), "{says}: {}", output.err);
    }
}

#[test]
fn an_empty_page_with_a_link_is_no_end() {
    let server = Server::start(|number, request| {
        let host = request.header("host").unwrap();
        match number {
            0..=3 => Reply::Json(format!(
                r#"{{"value":[],"@odata.nextLink":"http://{host}/v1.0/referrals?$skiptoken={number}"}}"#
            )),
            _ => Reply::Json(WHOLE.to_owned()),
        }
    });
    assert_eq!(list(&server, &[]).ok().ids(), ["c", "d"]);
}

#[test]
fn a_page_without_content_has_no_rows() {
    let server = Server::start(|_, _| Reply::Status(204, &[], String::new()));
    assert_eq!(list(&server, &[]).ok().out, "[]\n");
}

#[test]
fn a_link_that_is_not_followed_costs_no_rows() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("out.json");
    for link in [r#""https://evil.example/r?$skiptoken=2""#, r#""ftp://x/r?t=2""#, "7", r#""""#] {
        let page = format!(r#"{{"value":[{{"id":"a"}},{{"id":"b"}}],"@odata.nextLink":{link}}}"#);
        let server = Server::start(move |_, _| Reply::Json(page.clone()));
        let is_none = link == r#""""#;
        let output = list(&server, &["--allow-partial"]);
        assert_eq!((output.code, output.ids().len()), (if is_none { 0 } else { 7 }, 2), "{link}");
        assert_eq!(output.err.contains("cannot follow the next link"), !is_none, "{link}");
        assert_eq!(list(&server, &["--limit", "2"]).ok().ids(), ["a", "b"], "{link}");
        let output = list(&server, &["--output", file.to_str().unwrap()]);
        assert_eq!((output.code, file.exists()), (if is_none { 0 } else { 7 }, is_none), "{link}");
    }
}

#[test]
fn blanks_in_a_link_are_encoded() {
    let server = Server::start(|number, request| {
        let host = request.header("host").unwrap();
        let link = format!("http://{host}/v1.0/referrals?$filter=status eq 'New'&$skiptoken=a b");
        match number {
            0 => Reply::Json(format!(r#"{{"value":[{{"id":"a"}}],"@odata.nextLink":"{link}"}}"#)),
            _ => Reply::Json(WHOLE.to_owned()),
        }
    });
    assert_eq!(list(&server, &[]).ok().ids(), ["a", "c", "d"]);
    assert_eq!(
        server.requests()[1].target,
        "/v1.0/engagements/referrals?$filter=status%20eq%20%27New%27&$skiptoken=a%20b"
    );
}

/// The first page is malformed, but its end shows the link. The next page comes only after the first was requested again.
#[test]
fn the_next_request_leaves_before_a_page_is_read() {
    let (requested, is_requested) = mpsc::channel();
    let is_requested = Mutex::new(is_requested);
    let server = Server::start(move |number, request| {
        if is_second_page(request) {
            requested.send(()).unwrap();
            return Reply::Json(WHOLE.to_owned());
        }
        let Reply::Json(page) = first_page(request) else { unreachable!() };
        if number == 0 {
            return Reply::Json(page.replace(r#"{"id":"a"}"#, r#"{"id":"a",}"#));
        }
        let wait = Duration::from_secs(20);
        match is_requested.lock().unwrap().recv_timeout(wait) {
            Ok(()) => Reply::Json(page),
            Err(_) => status(400),
        }
    });
    assert_eq!(list(&server, &[]).ok().ids(), ["a", "b", "c", "d"]);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_page_with_another_link_when_requested_again_is_followed_there() {
    let server = Server::start(|number, request| match request.target.split_once("skiptoken=") {
        None => {
            let Reply::Json(page) = first_page(request) else { unreachable!() };
            // The second attempt links to the third page, which links to the second.
            Reply::Json(if number == 0 {
                page.replace('[', "[,")
            } else {
                page.replace("=2", "=3")
            })
        }
        Some((_, "3")) => {
            let Reply::Json(page) = first_page(request) else { unreachable!() };
            Reply::Json(page.replace('a', "e").replace("velue", "value").replace("odete", "odata"))
        }
        Some(_) => Reply::Json(WHOLE.to_owned()),
    });
    let output = list(&server, &[]);
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(output.ids(), ["a", "b", "e", "c", "d"]);
}

#[test]
fn more_rows_than_a_page_are_requested_without_top() {
    let page = |from: usize| {
        let rows: Vec<String> =
            (from..from + 100).map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        rows.join(",")
    };
    let server = Server::start(move |_, request| {
        let host = request.header("host").unwrap();
        let (rows, link) =
            if is_second_page(request) { (page(100), "") } else { (page(0), "?$skiptoken=2") };
        // A service that takes `$top` for the whole answer, and cuts it at a page.
        let link = if request.target.contains("$top") { "" } else { link };
        let link =
            if link.is_empty() { "null".to_owned() } else { format!("\"http://{host}/r{link}\"") };
        Reply::Json(format!(r#"{{"value":[{rows}],"@odata.nextLink":{link}}}"#))
    });
    for (limit, requests) in [("200", 2), ("100", 3), ("0", 5)] {
        let output = list(&server, &["--limit", limit]).ok();
        let expected = limit.parse().map_or(0, |limit: usize| if limit == 0 { 200 } else { limit });
        assert_eq!(output.ids().len(), expected, "{limit}");
        assert_eq!(server.requests().len(), requests, "{limit}");
    }
}

#[test]
fn after_429_requests_are_sent_more_slowly() {
    let clock = Arc::new(OnceLock::<Arc<ManualClock>>::new());
    let times = Arc::new(Mutex::new(Vec::new()));
    let (server_clock, sent) = (Arc::clone(&clock), Arc::clone(&times));
    let server = Server::start(move |number, request| {
        let clock = server_clock.get().unwrap();
        sent.lock().unwrap().push(clock.elapsed().as_millis());
        clock.advance(Duration::from_millis(200)); // a response takes this long
        let host = request.header("host").unwrap();
        match number {
            4 => Reply::Status(429, &[("Retry-After", "5")], String::new()),
            9 => Reply::Json(WHOLE.to_owned()),
            _ => Reply::Json(format!(
                r#"{{"value":[{{"id":"{number}"}}],"@odata.nextLink":"http://{host}/r?$skiptoken={number}"}}"#
            )),
        }
    });
    let env = TestEnv::at(&server.url());
    clock.set(Arc::clone(env.clock())).unwrap();
    let output = env.run(&["list", "--format", "json"]).ok();
    assert_eq!(output.ids().len(), 10);
    let times = times.lock().unwrap();
    let gaps: Vec<u128> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[..4], [200; 4]);
    assert!(gaps[4] >= 5_000, "{gaps:?}");
    assert_eq!(gaps[5..], [250; 4]);
}

#[test]
fn no_link_and_no_redirect_shows_the_token_to_another_host() {
    let spy = Server::start(|_, _| Reply::Json(WHOLE.to_owned()));
    let port = spy.address().rsplit(':').next().unwrap().to_owned();
    let links = [
        format!("http://{}/v1.0/engagements/referrals?$skiptoken=1", spy.address()),
        format!("//{}/v1.0/engagements/referrals?$skiptoken=1", spy.address()),
        format!("http://HOST@{}/r?$skiptoken=1", spy.address()),
        format!("http://user:pass@{}/r?$skiptoken=1", spy.address()),
        format!("http://localhost:{port}/v1.0/engagements/referrals?$skiptoken=1"),
        format!("\\\\\\\\{}\\\\r?$skiptoken=1", spy.address()),
        "file:///etc/passwd".to_owned(),
        "https://HOST/v1.0/engagements/referrals?$skiptoken=1\\u0000".to_owned(),
    ];
    for link in links {
        let shown = link.clone();
        let server = Server::start(move |_, request| {
            let link = link.replace("HOST", request.header("host").unwrap());
            Reply::Json(format!(r#"{{"value":[{{"id":"a"}}],"@odata.nextLink":"{link}"}}"#))
        });
        let output = list(&server, &[]);
        assert_eq!(output.code, 7, "{shown}: {}", output.err);
        assert_eq!(server.requests().len(), 1, "{shown}");
    }
    let address =
        Box::leak(format!("http://{}/v1.0/engagements/referrals", spy.address()).into_boxed_str());
    for status in [301, 302, 303, 307, 308] {
        let headers: &'static [(&str, &str)] = Box::leak(Box::new([("Location", &*address)]));
        let server = Server::start(move |_, _| Reply::Status(status, headers, String::new()));
        assert_eq!(list(&server, &[]).code, 1, "{status}");
    }
    assert_eq!(spy.requests().len(), 0);
}

#[test]
fn a_next_link_that_fails_below_the_api_url_is_tried_once_unchanged() {
    let server = Server::start(|number, request| match (number, request.target.as_str()) {
        (0, _) => first_page(request),
        (1, "/v1.0/engagements/referrals?$skiptoken=2") => status(404),
        (2, "/v1.0/referrals?$skiptoken=2") => Reply::Json(WHOLE.to_owned()),
        _ => status(500),
    });
    assert_eq!(list(&server, &[]).ok().ids(), ["a", "b", "c", "d"]);
}

#[test]
fn a_skip_token_comes_back_byte_for_byte() {
    let server = Server::start(|number, request| match number {
        0 => {
            let host = request.header("host").unwrap();
            Reply::Json(format!(
                r#"{{"value":[{{"id":"a"}}],"@odata.nextLink":"http://{host}/v1.0/referrals?$skiptoken=k0a+Z%2bQ9r%2fx%2FT%3d%3D=&a=b"}}"#
            ))
        }
        _ => Reply::Json(WHOLE.to_owned()),
    });
    list(&server, &[]).ok();
    assert_eq!(
        server.requests()[1].target,
        "/v1.0/engagements/referrals?$skiptoken=k0a+Z%2bQ9r%2fx%2FT%3d%3D=&a=b"
    );
}

#[test]
fn a_refusal_quotes_the_request_id_and_never_the_token() {
    let server = Server::start(|_, _| status(403));
    let output =
        TestEnv::at(&server.url()).variable("REFERRALS_TOKEN", "eyJsecret").run(&["list", "-vv"]);
    assert!(output.err.contains("request id: r-42"), "{}", output.err);
    assert!(!output.err.contains("eyJsecret"), "{}", output.err);
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer eyJsecret"));
}

#[test]
fn long_work_shows_its_progress_on_a_terminal_and_clears_it() {
    let script = |number: usize, request: &Request| match number {
        // This delay makes the listing take long enough to show progress.
        0 => Reply::Status(429, &[("Retry-After", "5")], String::new()),
        1 => first_page(request),
        _ => Reply::Json(WHOLE.to_owned()),
    };
    let run = |env: TestEnv| {
        let server = Server::start(script);
        let output = env.variable("REFERRALS_API_URL", &server.url()).run(&["list"]).ok();
        output.err
    };
    let err = run(TestEnv::at("").terminal(80));
    assert!(err.contains("\r1 page, 2 rows, 5 s, 0 rows/s\x1b[K"), "{err:?}");
    assert_eq!(err.rfind("\r\x1b[K"), err.rfind('\r'), "the line is cleared: {err:?}");
    assert!(run(TestEnv::at("").terminal(9)).contains("\r1 page,…\x1b[K"));
    assert!(!run(TestEnv::at("")).contains("page,"));
    assert!(!run(TestEnv::at("").terminal(80).variable("TERM", "dumb")).contains("page,"));
}
