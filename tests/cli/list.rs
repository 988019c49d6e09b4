//! `list`: its flags and the requests it sends.

use referrals_sandbox::SupportedOptions;

use crate::support::{TestEnv, options, sandbox};

const GUID: &str = "65edc0b5-3485-41b7-a17e-dfa9ef4706e2";

#[test]
fn the_documented_queries_go_out_verbatim() {
    let cases: &[(&[&str], &str)] = &[
        (&["--engagement", GUID], "engagementId eq '65edc0b5-3485-41b7-a17e-dfa9ef4706e2'"),
        (
            &["--qualification", "sales-qualified", "--status", "new"],
            "status eq 'New' and qualification eq 'SalesQualified'",
        ),
        (
            &["--incoming", "--country", "us"],
            "customerProfile/address/country eq 'US' and direction eq 'Incoming'",
        ),
        (&["--incoming", "--type", "Shared"], "(type eq 'Shared' and direction eq 'Incoming')"),
        (&["--incoming", "--pending"], "(direction eq 'Incoming' and substatus eq 'Pending')"),
        (
            &[
                "--seller",
                "r2d2@contoso.com",
                "--type",
                "shared",
                "--outgoing",
                "--status",
                "ACTIVE",
            ],
            "status eq 'Active' and direction eq 'Outgoing' and type eq 'Shared' and team/any(t:t/email eq 'r2d2@contoso.com')",
        ),
    ];
    let server = sandbox(|options| options.allow_undocumented = false);
    for (flags, filter) in cases {
        let arguments = [&["list", "--limit", "10", "--format", "json"], *flags].concat();
        TestEnv::at(server.url()).run(&arguments).ok();
        let request = server.requests().pop().unwrap();
        let expected = [
            format!("$filter={filter}"),
            "$orderby=createdDateTime desc".to_owned(),
            "$top=10".to_owned(),
        ];
        assert_eq!(options(&request.target), expected, "{flags:?}");
    }
}

#[test]
fn explain_shows_the_request_that_is_sent_and_sends_none() {
    let output =
        TestEnv::new().run(&["list", "--incoming", "--pending", "--limit", "10", "--explain"]).ok();
    assert_eq!(
        output.out,
        "GET https://api.partner.microsoft.com/v1.0/engagements/referrals
  $filter=(direction eq 'Incoming' and substatus eq 'Pending')
  $orderby=createdDateTime desc
  $top=10

URL
  https://api.partner.microsoft.com/v1.0/engagements/referrals?$filter=(direction%20eq%20%27Incoming%27%20and%20substatus%20eq%20%27Pending%27)&$orderby=createdDateTime%20desc&$top=10

done locally
  check again: direction is Incoming; substatus is Pending
  drop duplicates
  stop after 10
"
    );
    assert_eq!(output.err, "");
}

#[test]
fn what_is_sent_is_what_explain_shows() {
    let server = sandbox(|_| {});
    let flags = [
        "list",
        "--customer",
        "O'N & 100% #+",
        "--seller",
        "a+b@c.example",
        "--created-after",
        "3mo",
        "--limit",
        "3",
        "--format=json",
    ];
    let env = TestEnv::at(server.url());
    let explained = env.run(&[&flags[..], &["--explain"]].concat()).ok().out;
    env.run(&flags).ok();
    let sent = server.requests()[0].target.clone();
    assert!(explained.contains(&sent), "{sent}\n{explained}");
}

#[test]
fn a_mistake_on_the_command_line_is_one_sentence_and_a_suggestion() {
    let cases: &[(&[&str], &str, &str)] = &[
        (
            &["--status", "activ"],
            "invalid value 'activ' for '--status <STATUS>'",
            "`--status active`",
        ),
        (&["--kind", "leed"], "invalid value 'leed'", "`--kind lead`"),
        (&["--created-after", "soon"], "--created-after: \"soon\" is not a date", "2026-11-20"),
        (
            &["--created-after", "2026-11-20", "--created-before", "2026-11-01"],
            "nothing can match",
            "",
        ),
        (&["--incoming", "--outgoing"], "cannot be used with", ""),
        (&["--desc", "--asc"], "cannot be used with", ""),
        (&["--min-value", "5"], "--currency", ""),
        (&["--min-value", "5", "--max-value", "4", "--currency", "EUR"], "nothing can match", ""),
        (&["--min-value", "1,000", "--currency", "EUR"], "could mean 1 or 1000", ""),
        (&["--currency", "euro"], "three-letter code", ""),
        (&["--country", "Germany"], "two-letter code", ""),
        (&["--filter", "name eq 'O'Brien'"], "a quote is not closed", "O''Brien"),
        (&["--filter", "a eq 1) or (b eq 2"], "has no matching", ""),
        (&["--columns", "id,dedline"], "dedline", "deadline"),
        (&["--format", "yaml"], "invalid value 'yaml'", ""),
        (&["--output", "x.doc"], "unknown format of x.doc", "--format"),
        (&["--statuss", "new"], "unexpected argument '--statuss'", "--status"),
        (&["--limit", "ten"], "invalid value 'ten'", ""),
        (&["--api-url", "http://api.example/v1.0"], "plain http", ""),
    ];
    for (flags, says, suggests) in cases {
        let arguments = [&["list"], *flags].concat();
        let output = TestEnv::new().variable("REFERRALS_TOKEN", "t").run(&arguments);
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{flags:?}: {}", output.err);
        assert!(output.err.contains(says), "{flags:?}: {}", output.err);
        assert!(output.err.contains(suggests), "{flags:?}: {}", output.err);
    }
}

#[test]
fn without_a_token_login_and_the_demo_are_suggested() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    std::fs::write(directory.path().join("config.toml"), "[profile.default]\nstore = \"file\"\n")
        .unwrap();
    let output = TestEnv::new()
        .variable("REFERRALS_CONFIG_DIR", path)
        .variable("REFERRALS_STATE_DIR", path)
        .run(&["list"]);
    assert_eq!((output.code, output.out.as_str()), (4, ""));
    assert!(
        output.err.contains("referrals login") && output.err.contains("--demo"),
        "{}",
        output.err
    );
}

#[test]
fn a_refused_query_shows_what_was_sent() {
    let server = sandbox(|_| {});
    let output = TestEnv::at(server.url()).run(&["list", "--filter", "nonsense eq 'x'"]);
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.contains("sent: $filter=(nonsense eq 'x')"), "{}", output.err);
    assert!(output.err.contains("--explain"), "{}", output.err);
}

#[test]
fn a_refused_filter_is_sent_again_in_its_documented_form() {
    let server = sandbox(|options| options.allow_undocumented = false);
    let flags = [
        "list",
        "--status",
        "new,active",
        "--incoming",
        "--created-after",
        "30d",
        "--format",
        "json",
        "-v",
    ];
    let output = TestEnv::at(server.url()).run(&flags).ok();
    assert_eq!(options(&server.requests()[1].target)[0], "$filter=direction eq 'Incoming'");
    assert!(output.err.contains("rejected this form"), "{}", output.err);
    let whole = sandbox(|_| {});
    assert_eq!(TestEnv::at(whole.url()).run(&flags).ok().ids(), output.ids());
    assert!(!output.ids().is_empty());
}

#[test]
fn reading_stops_where_nothing_more_can_match() {
    let server = sandbox(|options| {
        options.supported = SupportedOptions { filter: false, ..SupportedOptions::default() };
        options.referrals = 2_000;
    });
    TestEnv::at(server.url()).run(&["list", "--created-after", "30d", "--format", "json"]).ok();
    let all = 2_000 / 100;
    assert!(server.requests().len() < all / 2, "{} pages were read", server.requests().len());
}

#[test]
fn only_the_selected_properties_are_requested_and_printed() {
    let server = sandbox(|_| {});
    let select =
        ["list", "--select", "name,status", "--format", "jsonl", "--customer", "a", "--limit", "5"];
    let output = TestEnv::at(server.url()).run(&select).ok();
    assert_eq!(output.lines().len(), 5);
    for line in output.lines() {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        assert!(row.keys().all(|name| name == "name" || name == "status"), "{line}");
    }
    let sent = options(&server.requests()[0].target);
    assert!(sent.contains(&"$select=name,status,id,customerProfile/name".to_owned()), "{sent:?}");
}

#[test]
fn verbose_shows_the_instant_of_a_date() {
    let server = sandbox(|_| {});
    let output =
        TestEnv::at(server.url()).run(&["list", "--created-after", "2026-11-01", "-v"]).ok();
    assert!(output.err.contains("created at or after 2026-11-01T07:00:00Z"), "{}", output.err);
    let output = TestEnv::at(server.url())
        .run(&["list", "--created-after", "2026-11-01", "-v", "--utc"])
        .ok();
    assert!(output.err.contains("created at or after 2026-11-01T00:00:00Z"), "{}", output.err);
}

#[test]
fn an_empty_result_is_a_valid_document_and_says_why_it_may_be_empty() {
    let server = sandbox(|options| options.rows = Some(Vec::new()));
    for (format, document) in [("json", "[]\n"), ("jsonl", ""), ("table", "")] {
        let output = TestEnv::at(server.url()).run(&["list", "--format", format]).ok();
        assert_eq!(output.out, document, "{format}");
        assert!(
            output.err.contains("no referrals match") && output.err.contains("Referrals user"),
            "{}",
            output.err
        );
    }
    let output = TestEnv::at(server.url()).run(&["list", "--format", "csv"]).ok();
    assert!(output.out.starts_with("id,") && output.lines().len() == 1, "{}", output.out);
}

#[test]
fn the_demo_needs_neither_account_nor_variables_and_says_what_it_is() {
    let output = TestEnv::new().run(&["list", "--demo", "--format", "json", "--limit", "3"]).ok();
    assert_eq!(output.ids().len(), 3);
    assert!(output.err.starts_with("demo: sample data"), "{}", output.err);
}

#[test]
fn one_connection_and_one_request_a_page() {
    let server = sandbox(|options| options.referrals = 1_000);
    let output = TestEnv::at(server.url()).run(&["list", "--format", "jsonl"]).ok();
    assert_eq!(output.lines().len(), 1_000);
    assert_eq!((server.requests().len(), server.connections()), (10, 1));
}

#[test]
fn a_profile_s_columns_are_for_tables_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    std::fs::write(
        directory.path().join("config.toml"),
        "[profile.default]\ncolumns = [\"id\", \"status\"]\n",
    )
    .unwrap();
    let env = || {
        TestEnv::new().variable("REFERRALS_CONFIG_DIR", path).variable("REFERRALS_STATE_DIR", path)
    };
    let head = |arguments: &[&str]| {
        let output = env().run(&[&["list", "--demo", "--limit", "1"], arguments].concat()).ok();
        output.lines()[0].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(head(&[]), "ID STATUS");
    assert_eq!(head(&["--columns", "status"]), "STATUS");
    assert!(head(&["--format", "csv"]).starts_with("id,engagement,"));
}

#[test]
fn rows_out_of_order_are_all_read_and_reported() {
    let row = |id: &str, day: u32| serde_json::json!({ "id": id, "createdDateTime": format!("2026-11-{day:02}T00:00:00Z") });
    let server = sandbox(|options| {
        options.rows =
            Some(vec![row("a", 20), row("b", 19), row("c", 20), row("old", 1), row("late", 18)]);
        options.supported =
            SupportedOptions { filter: false, orderby: false, ..SupportedOptions::default() };
        options.page_size = 2;
    });
    let output = TestEnv::at(server.url())
        .run(&["list", "--created-after", "2026-11-10", "--format", "json"])
        .ok();
    assert_eq!(output.ids(), ["a", "b", "c", "late"]);
    assert!(output.err.contains("in the requested order"), "{}", output.err);
}
