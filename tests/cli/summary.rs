//! `summary`: its screen, its exit codes, and each of its figures computed once more from `list --format json`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{NOW, TestEnv, now, options, sandbox};

/// The rows that `list` prints, with what these tests read of them. Nothing of the program's own code is used.
struct Row(Value);

impl Row {
    fn is(&self, property: &str, word: &str) -> bool {
        self.0[property].as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    fn time(&self, property: &str) -> Option<Timestamp> {
        let text = self.0[property].as_str()?;
        let time: Timestamp = text.parse().ok()?;
        (time.to_string().as_str() >= "1980").then_some(time)
    }

    fn incoming(&self) -> bool {
        self.is("direction", "Incoming")
    }

    fn informational(&self) -> bool {
        let action = self.0["callToAction"].as_str().unwrap_or_default().to_lowercase();
        let letters: String = action.chars().filter(char::is_ascii_lowercase).collect();
        ["getitnow", "ins", "freetrial", "testdrive"].contains(&letters.as_str())
    }

    fn kind(&self) -> &'static str {
        if self.is("type", "Shared") {
            return "co-sell";
        }
        let sender = self.0.pointer("/inviteContext/invitedBy/organizationId");
        let sender = sender.and_then(Value::as_str).filter(|id| !id.is_empty());
        match (self.0["qualification"].as_str(), sender.map(|id| id.eq_ignore_ascii_case("msft"))) {
            (Some("Direct"), Some(true) | None)
            | (Some("SalesQualified" | "MarketingQualified"), Some(true)) => "lead",
            (Some("SalesQualified" | "None"), Some(false)) => "co-sell",
            _ => "other",
        }
    }

    /// With whether it is estimated.
    fn deadline(&self) -> Option<(Timestamp, bool)> {
        if let Some(at) = self.time("expirationDateTime") {
            return (at.to_string().as_str() < "9999").then_some((at, false));
        }
        let day = self.time("createdDateTime")?.to_zoned(TimeZone::UTC).start_of_day().ok()?;
        Some((day.checked_add(14.days()).ok()?.timestamp(), true))
    }

    fn value(&self) -> Option<(f64, Option<String>)> {
        let value = &self.0["details"]["dealValue"];
        let amount = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        let currency = self.0["details"]["currency"].as_str().filter(|code| !code.is_empty());
        Some((amount, currency.map(str::to_uppercase)))
    }

    fn closing_day(&self) -> Option<jiff::civil::Date> {
        let time: Timestamp = self.0["details"]["closingDateTime"].as_str()?.parse().ok()?;
        let zoned = time.to_zoned(TimeZone::UTC);
        let quarter = zoned.minute() % 15 == 0 && zoned.second() == 0;
        Some(if quarter { zoned.checked_add(13.hours()).ok()?.date() } else { zoned.date() })
    }

    fn has_team(&self) -> bool {
        let named = |member: &Value| {
            member.as_object().is_some_and(|member| {
                member.values().any(|text| text.as_str().is_some_and(|text| !text.is_empty()))
            })
        };
        match &self.0["team"] {
            Value::Array(team) => team.iter().any(named),
            other => named(other),
        }
    }
}

fn rate(count: usize, of: usize) -> Value {
    json!({ "count": count, "of": of, "percent": percent(count, of) })
}

fn percent(count: usize, of: usize) -> Value {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    let tenths = |count: f64, of: f64| (count / of * 1000.0).round() / 10.0;
    if of < 5 { Value::Null } else { tenths(number(count), number(of)).into() }
}

/// Per currency, as a map: the order of the sums is not part of this comparison.
fn sums<'a>(rows: impl IntoIterator<Item = &'a Row>) -> (BTreeMap<String, f64>, usize, usize) {
    let (mut sums, mut without, mut count) = (BTreeMap::<String, f64>::new(), 0, 0);
    for row in rows {
        count += 1;
        match row.value() {
            Some((amount, currency)) => {
                *sums.entry(currency.unwrap_or_default()).or_default() += amount;
            }
            None => without += 1,
        }
    }
    (sums, without, count)
}

#[track_caller]
fn check_sums<'a>(figure: &Value, rows: impl IntoIterator<Item = &'a Row>) {
    let (expected, without, count) = sums(rows);
    let actual = figure["sums"].as_array().unwrap().iter().map(|sum| {
        (sum["currency"].as_str().unwrap_or_default().to_owned(), sum["amount"].as_f64().unwrap())
    });
    let actual: BTreeMap<String, f64> = actual.collect();
    assert_eq!(actual.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (currency, amount) in &expected {
        assert!((actual[currency] - amount).abs() < 0.01, "{currency}: {figure} {amount}");
    }
    assert_eq!(figure["without_value"], without);
    assert!(figure["count"] == count || figure["count"].is_null(), "{figure} {count}");
}

/// The spans in seconds at these shares, nearest rank.
fn percentiles(mut spans: Vec<i64>) -> Value {
    spans.sort_unstable();
    let at = |percent: usize| {
        let rank = (1..=spans.len()).find(|rank| rank * 100 >= spans.len() * percent)?;
        spans.get(rank - 1).copied()
    };
    json!({ "count": spans.len(), "p50_seconds": at(50), "p90_seconds": at(90) })
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().max(0)
}

/// Days in the zone of these tests, which is eight hours behind UTC on that day.
fn local_day(time: Timestamp) -> jiff::civil::Date {
    (time - SignedDuration::from_hours(8)).to_zoned(TimeZone::UTC).date()
}

/// The last day to answer, as people are told of it.
fn told_day(at: Timestamp) -> jiff::civil::Date {
    let is_near = at.duration_since(now()).abs() < SignedDuration::from_hours(24);
    if is_near { local_day(now()) } else { local_day(at - SignedDuration::from_hours(12)) }
}

#[test]
fn each_figure_is_what_another_program_computes_from_the_list() {
    for (seed, referrals) in [(7, 250), (11, 900), (3, 4)] {
        let server = sandbox(|options| (options.seed, options.referrals) = (seed, referrals));
        let env = TestEnv::at(server.url());
        let list = env.run(&["list", "--format", "json", "--limit", "0"]).ok().json();
        let rows: Vec<Row> = list.as_array().unwrap().iter().cloned().map(Row).collect();
        assert_eq!(rows.len(), referrals);
        let summary = env.run(&["summary", "--format", "json", "--period", "90d"]).ok().json();
        assert_eq!(summary["as_of"], NOW);
        check_waiting(&summary, &rows);
        check_open(&summary, &rows);
        check_results(&summary, &rows, now() - SignedDuration::from_hours(90 * 24 + 1));
    }
}

fn check_waiting(summary: &Value, rows: &[Row]) {
    let new = |row: &&Row| row.incoming() && row.is("status", "New");
    let all: Vec<&Row> = rows.iter().filter(new).collect();
    let waiting: Vec<&&Row> = all.iter().filter(|row| !row.informational()).collect();
    let count = |test: &dyn Fn(&Row) -> bool| waiting.iter().filter(|row| test(row)).count();
    assert_eq!(summary["informational"]["waiting"], all.len() - waiting.len());
    assert_eq!(summary["waiting"]["count"], waiting.len());
    assert_eq!(summary["waiting"]["pending"], count(&|row| row.is("substatus", "Pending")));
    assert_eq!(summary["waiting"]["received"], count(&|row| row.is("substatus", "Received")));
    let estimated = |row: &Row| row.deadline().is_some_and(|(_, estimated)| estimated);
    assert_eq!(summary["waiting"]["estimated"], count(&estimated));
    check_sums(&summary["at_stake"], waiting.iter().map(|row| **row));
    let left = |row: &Row| row.deadline().map(|(at, _)| at.duration_since(now()).as_secs());
    for (name, hours) in [("due_24h", 24), ("due_72h", 72), ("due_7d", 168)] {
        let due = |row: &Row| left(row).is_some_and(|left| left > 0 && left < hours * 3600);
        assert_eq!(summary[name]["count"], count(&due), "{name}");
        assert_eq!(summary[name]["estimated"], count(&|row| due(row) && estimated(row)), "{name}");
    }
    assert_eq!(summary["overdue"]["count"], count(&|row| left(row).is_some_and(|left| left <= 0)));
    let yesterday = local_day(now()).yesterday().unwrap();
    let is_new =
        |row: &Row| row.time("createdDateTime").is_some_and(|at| local_day(at) >= yesterday);
    assert_eq!(summary["new_since_yesterday"], count(&is_new));
    let tomorrow = local_day(now()).tomorrow().unwrap();
    let urgent = waiting
        .iter()
        .filter(|row| row.deadline().is_none_or(|(at, _)| at <= now() || told_day(at) <= tomorrow));
    let mut urgent: Vec<(Timestamp, &str)> =
        urgent.map(|row| (row.deadline().unwrap().0, row.0["id"].as_str().unwrap())).collect();
    urgent.sort_unstable();
    let shown = summary["answer_by_tomorrow"]["referrals"].as_array().unwrap();
    let shown: Vec<&str> = shown.iter().map(|item| item["id"].as_str().unwrap()).collect();
    let expected: Vec<&str> = urgent.iter().map(|(_, id)| *id).take(8).collect();
    assert_eq!((shown, &summary["answer_by_tomorrow"]["count"]), (expected, &json!(urgent.len())));
}

fn check_open(summary: &Value, rows: &[Row]) {
    let open = rows.iter().filter(|row| row.is("status", "Active") && !row.informational());
    let open: Vec<&Row> = open.collect();
    let count = |test: &dyn Fn(&Row) -> bool| open.iter().filter(|row| test(row)).count();
    check_sums(&summary["open"], open.iter().copied());
    let is_blank = |value: &Value| value.as_str().is_none_or(|text| text.trim().is_empty());
    let past = |row: &Row| row.closing_day().is_some_and(|day| day < local_day(now()));
    let no_crm = |row: &Row| is_blank(&row.0["externalReferenceId"]);
    let no_team = |row: &Row| !row.has_team();
    let no_value = |row: &Row| row.value().is_none();
    let stale = |row: &Row| {
        let updated = row.time("updatedDateTime").or(row.time("createdDateTime")).unwrap();
        now().duration_since(updated) > SignedDuration::from_hours(720)
    };
    for (name, test) in [
        ("overdue_close", &past as &dyn Fn(&Row) -> bool),
        ("no_crm_id", &no_crm),
        ("no_team", &no_team),
        ("no_value", &no_value),
        ("stale", &stale),
    ] {
        assert_eq!(summary[name], count(test), "{name}");
    }
    let any = |row: &Row| past(row) || no_crm(row) || no_team(row) || no_value(row) || stale(row);
    assert_eq!(summary["needs_care"], count(&any));
    let days = |row: &Row| {
        row.time("acceptedDateTime").map(|at| now().duration_since(at).as_hours().div_euclid(24))
    };
    for (name, range) in [
        ("0-30", i64::MIN..=30),
        ("31-90", 31..=90),
        ("91-180", 91..=180),
        ("180+", 181..=i64::MAX),
    ] {
        let in_range = |row: &Row| days(row).is_some_and(|days| range.contains(&days));
        assert_eq!(summary["open_age"][name], count(&in_range), "{name}");
    }
    assert_eq!(summary["open_age"]["unknown"], count(&|row| days(row).is_none()));
    let mut stages = BTreeMap::<Option<String>, usize>::new();
    for row in &open {
        let name = row.0["salesStage"].as_str().map(|text| text.trim().trim_end_matches('%'));
        *stages.entry(name.filter(|text| !text.is_empty()).map(str::to_owned)).or_default() += 1;
    }
    let shown = summary["stages"].as_array().unwrap().iter().map(|stage| {
        let name = stage["stage"].as_str().map(str::to_owned);
        (name, usize::try_from(stage["count"].as_u64().unwrap()).unwrap())
    });
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), stages);
}

fn check_results(summary: &Value, rows: &[Row], from: Timestamp) {
    let rated = rows.iter().filter(|row| !row.informational() && !row.is("substatus", "Error"));
    let rows: Vec<&Row> = rated.collect();
    let select = |test: &dyn Fn(&Row) -> bool| -> Vec<&Row> {
        rows.iter().copied().filter(|row| test(row)).collect()
    };
    let within = |row: &Row, property: &str| row.time(property).is_some_and(|at| at >= from);
    let outcome = |row: &Row, word: &str| row.is("substatus", word);
    let was_accepted = |row: &Row| {
        row.incoming()
            && row.time("acceptedDateTime").is_some()
            && !outcome(row, "Declined")
            && !outcome(row, "Expired")
    };
    let was_declined = |row: &Row| row.incoming() && outcome(row, "Declined");
    let has_lapsed = |row: &Row| row.incoming() && outcome(row, "Expired");
    let accepted = select(&|row| was_accepted(row) && within(row, "acceptedDateTime"));
    let declined = select(&|row| was_declined(row) && within(row, "closedDateTime"));
    let lapsed = select(&|row| {
        let at = row.time("closedDateTime").or(row.time("expirationDateTime"));
        has_lapsed(row) && at.is_some_and(|at| at >= from)
    });
    check_sums(&summary["lapsed"], lapsed);
    let answered = json!({
        "count": accepted.len() + declined.len(),
        "accepted": accepted.len(),
        "declined": declined.len(),
    });
    assert_eq!(summary["answered"], answered);
    let cohort = |test: &dyn Fn(&Row) -> bool| {
        select(&|row| within(row, "createdDateTime") && test(row)).len()
    };
    let cohort = [cohort(&was_accepted), cohort(&was_declined), cohort(&has_lapsed)];
    let all = cohort.iter().sum();
    assert_eq!(summary["acceptance_rate"], rate(cohort[0], all));
    assert_eq!(summary["lapse_rate"], rate(cohort[2], all));
    let span = |row: &&Row, end: &str| Some(seconds(row.time("createdDateTime")?, row.time(end)?));
    let mut spans: Vec<i64> =
        accepted.iter().filter_map(|row| span(row, "acceptedDateTime")).collect();
    spans.extend(declined.iter().filter_map(|row| span(row, "closedDateTime")));
    let in_hours = |hours: i64| spans.iter().filter(|span| **span <= hours * 3600).count();
    assert_eq!(summary["answered_24h"], rate(in_hours(24), spans.len()));
    assert_eq!(summary["answered_72h"], rate(in_hours(72), spans.len()));
    assert_eq!(summary["answer_time"], percentiles(spans));
    let won = select(&|row| outcome(row, "Won") && within(row, "closedDateTime"));
    let lost = select(&|row| outcome(row, "Lost") && within(row, "closedDateTime"));
    let is_outbound = |row: &Row| row.is("direction", "Outgoing") && within(row, "createdDateTime");
    check_win_rates(summary, &won, &accepted, &select(&is_outbound));
    let spans = won.iter().filter_map(|row| span(row, "closedDateTime"));
    assert_eq!(summary["win_time"], percentiles(spans.collect()));
    check_reasons(&summary["reasons"]["lost"], &lost);
    check_reasons(&summary["reasons"]["declined"], &declined);
    check_sums(&summary["won_value"], won);
    check_sums(&summary["lost_value"], lost);
}

fn check_win_rates(summary: &Value, won: &[&Row], accepted: &[&Row], outbound: &[&Row]) {
    for (name, kind) in [("win_rate_cosell", "co-sell"), ("win_rate_leads", "lead")] {
        let of_kind = |rows: &[&Row]| rows.iter().filter(|row| row.kind() == kind).count();
        let (won, accepted, outbound) = (of_kind(won), of_kind(accepted), of_kind(outbound));
        let expected = json!({
            "won": won,
            "accepted": accepted,
            "outbound": outbound,
            "percent": percent(won, accepted + outbound),
        });
        assert_eq!(summary[name], expected, "{name}");
    }
}

#[track_caller]
fn check_reasons(figure: &Value, rows: &[&Row]) {
    let mut expected = BTreeMap::<Option<&str>, u64>::new();
    for row in rows {
        let reason = row.0["statusReason"].as_str().map(str::trim).filter(|text| !text.is_empty());
        *expected.entry(reason).or_default() += 1;
    }
    let shown = figure.as_array().unwrap().iter();
    let shown = shown.map(|it| (it["reason"].as_str(), it["count"].as_u64().unwrap()));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), expected);
}

#[test]
fn the_output_matches_its_schema() {
    let schema: Value = serde_json::from_str(&referrals::testing::format_summary_schema()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for referrals in [0, 1, 300] {
        let server = sandbox(|options| options.referrals = referrals);
        let env = TestEnv::at(server.url());
        for period in ["90d", "last month"] {
            let output = env.run(&["summary", "--format", "json", "--period", period]).ok().json();
            let errors: Vec<String> =
                validator.iter_errors(&output).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0], "{output:#}");
        }
    }
    assert!(!validator.is_valid(&json!({ "as_of": NOW })));
}

#[test]
fn a_period_that_is_over_counts_what_happened_in_it_alone() {
    let row = |id: &str, closed: &str| {
        json!({ "id": id, "status": "Closed", "substatus": "Won", "type": "Shared",
            "createdDateTime": "2026-08-01T00:00:00Z", "closedDateTime": closed,
            "updatedDateTime": "2026-11-10T00:00:00Z" })
    };
    let rows = json!({ "value": [
        row("a", "2026-10-01T06:59:59Z"),
        row("b", "2026-10-01T07:00:00Z"),
        row("c", "2026-11-01T06:59:59Z"),
        row("d", "2026-11-01T07:00:00Z"),
    ] });
    let server = Server::start(move |_, _| Reply::Json(rows.to_string()));
    for (period, count) in [("last month", 2), ("this month", 1), ("quarter", 3)] {
        let arguments = ["summary", "--format", "json", "--period", period];
        let summary = TestEnv::at(&server.url()).run(&arguments).ok().json();
        assert_eq!(summary["won_value"]["count"], count, "{period}");
    }
    for period in ["soon", "next week"] {
        assert_eq!(TestEnv::at(&server.url()).run(&["summary", "--period", period]).code, 2);
    }
}

#[test]
fn three_listings_are_asked_for_and_only_the_last_in_words_that_may_be_refused() {
    let server = sandbox(|_| {});
    TestEnv::at(server.url()).run(&["summary"]).ok();
    let filters: Vec<String> = server
        .requests()
        .iter()
        .flat_map(|request| options(&request.target))
        .filter(|option| option.starts_with("$filter="))
        .collect();
    let mut distinct = filters.clone();
    distinct.dedup();
    assert_eq!(
        distinct,
        [
            "$filter=status eq 'New' and direction eq 'Incoming'",
            "$filter=status eq 'Active'",
            "$filter=updatedDateTime ge 2026-08-23T11:00:00Z",
        ]
    );
}

#[test]
fn the_exit_code_says_whether_something_must_be_answered_by_tomorrow() {
    let page = |rows: Value| {
        let page = json!({ "value": rows }).to_string();
        Server::start(move |_, request| {
            let is_waiting = options(&request.target).iter().any(|it| it.contains("'New'"));
            Reply::Json(if is_waiting { page.clone() } else { r#"{"value":[]}"#.to_owned() })
        })
    };
    let row = |expiration: &str, action: &str| {
        json!([{ "id": "a", "status": "New", "direction": "Incoming", "callToAction": action,
            "createdDateTime": "2026-11-20T00:00:00Z", "expirationDateTime": expiration }])
    };
    for (rows, code) in [
        (json!([]), 0),
        (row("2026-11-20T00:00:00Z", ""), 3),
        (row("2026-11-22T00:00:00Z", ""), 3),
        // Monday, 00:00 in the reader's zone, of which Sunday is the last day.
        (row("2026-11-23T08:00:00Z", ""), 3),
        (row("2026-11-23T20:00:00Z", ""), 0),
        (row("2026-11-22T00:00:00Z", "Free trial"), 0),
        (row("soon", ""), 3),
    ] {
        let server = page(rows.clone());
        let env = TestEnv::at(&server.url());
        for format in ["text", "json"] {
            let output = env.run(&["summary", "--exit-code", "--format", format]);
            assert_eq!(output.code, code, "{rows} {format} {output:?}");
        }
        assert_eq!(env.run(&["summary"]).code, 0);
    }
}

#[test]
fn the_figures_of_what_waits_are_those_of_pending_and_expiring() {
    let server = sandbox(|options| options.referrals = 400);
    let env = TestEnv::at(server.url());
    let summary = env.run(&["summary", "--format", "json"]).ok().json();
    let pending = env.run(&["pending"]).ok().err;
    let count = &summary["waiting"]["count"];
    assert!(pending.starts_with(&format!("{count} wait for an answer: ")), "{pending}");
    let expiring = env.run(&["expiring", "--within", "3d"]).ok().err;
    let (overdue, due) = (&summary["overdue"]["count"], &summary["due_72h"]["count"]);
    let totals = format!("{overdue} overdue; {due} lapse within 3d: ");
    assert!(expiring.starts_with(&totals), "{totals}: {expiring}");
}

#[test]
fn a_clock_that_is_off_is_said_once_and_figures_are_told_by_the_servers() {
    // Two days ahead of the clock of these tests.
    const HEADERS: &[(&str, &str)] =
        &[("Content-Type", "application/json"), ("Date", "Mon, 23 Nov 2026 12:00:00 GMT")];
    let row = json!({ "id": "a", "status": "New", "direction": "Incoming",
        "createdDateTime": "2026-11-20T00:00:00Z", "expirationDateTime": "2026-11-23T06:00:00Z" });
    let page = json!({ "value": [row] }).to_string();
    let server = Server::start(move |_, _| Reply::Status(200, HEADERS, page.clone()));
    let output = TestEnv::at(&server.url()).run(&["summary", "--format", "json"]).ok();
    let summary = output.json();
    assert_eq!(
        (&summary["overdue"]["count"], &summary["due_72h"]["count"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(summary["as_of"], "2026-11-23T12:00:00Z");
    assert_eq!(summary["period"]["from"], "2026-08-25T11:00:00Z");
    assert_eq!(output.err.matches("clock").count(), 1, "{}", output.err);
}

/// Answers the first listing, and fails all others.
fn broken_server() -> Server {
    let sample = sandbox(|_| {});
    let rows = TestEnv::at(sample.url()).run(&["pending", "--format", "json"]).ok().json();
    let page = json!({ "value": rows }).to_string();
    Server::start(move |_, request| {
        let is_waiting = options(&request.target).iter().any(|it| it.contains("'New'"));
        if is_waiting { Reply::Json(page.clone()) } else { Reply::Status(403, &[], String::new()) }
    })
}

#[test]
fn what_waits_is_printed_at_once_and_a_summary_that_breaks_off_never_looks_whole() {
    let server = broken_server();
    let env = TestEnv::at(&server.url());
    let output = env.run(&["summary"]);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.out.contains("ANSWER BY TOMORROW") && output.out.contains("WAITING"));
    assert!(!output.out.contains("OPEN") && !output.out.contains("ANSWERED"), "{}", output.out);
    assert!(output.err.contains("the summary broke off"), "{}", output.err);
    let output = env.run(&["summary", "--format", "json"]);
    assert_eq!((output.code, output.out.as_str()), (env.run(&["list"]).code, ""));
    let output = env.run(&["summary", "--allow-partial"]);
    assert_eq!(output.code, 7);
    assert!(output.out.contains("could not be listed"), "{}", output.out);
    let output = env.run(&["summary", "--allow-partial", "--format", "json"]);
    let summary = output.json();
    assert_eq!((output.code, &summary["complete"]), (7, &json!(false)));
    assert!(summary["waiting"]["count"].as_u64() > Some(0) && summary["won_value"].is_null());
}

#[test]
fn the_screen_fits_its_terminal_and_needs_no_more_than_ascii_where_that_is_all_there_is() {
    for (width, height) in [(60, 24), (80, 24), (100, 30), (120, 40)] {
        for zone in ["America/Los_Angeles", "Asia/Tokyo"] {
            let env = || TestEnv::new().zone(zone).screen(width, height);
            let output = env().run(&["summary", "--demo", "--color", "never"]).ok();
            assert!(output.lines().len() + 2 <= height, "{}", output.out);
            for line in output.lines() {
                assert!(referrals::testing::width(line) <= width, "{line}");
            }
            assert!(output.out.contains('█') && !output.out.contains('\u{1b}'));
            for (name, value) in [
                ("TERM", "dumb"),
                ("LC_ALL", "C"),
                ("LC_CTYPE", "de_DE.ISO-8859-1"),
                ("LANG", "POSIX"),
            ] {
                let env = env().variable(name, value);
                let output = env.run(&["summary", "--demo", "--color", "never"]).ok();
                assert!(
                    output.out.is_ascii() && output.out.contains('#'),
                    "{name}: {}",
                    output.out
                );
                for line in output.lines() {
                    assert!(line.len() <= width, "{line}");
                }
            }
            for (name, value) in [("LANG", "de_DE.UTF-8"), ("LC_ALL", "C.utf8")] {
                let output = env().variable(name, value).run(&["summary", "--demo"]).ok();
                assert!(output.out.contains('█'), "{name}");
            }
            let env = env().variable("NO_COLOR", "1");
            assert!(!env.run(&["summary", "--demo"]).ok().out.contains('\u{1b}'));
        }
    }
}

#[test]
fn text_of_strangers_stays_text() {
    let hostile = "x\u{1b}[31m\n\u{202e}&#27;]0;t&#7;<script>";
    let row = json!({ "id": "a", "status": "New", "substatus": hostile, "direction": "Incoming",
        "salesStage": hostile, "statusReason": hostile, "customerProfile": { "name": hostile },
        "createdDateTime": "2026-11-20T00:00:00Z", "expirationDateTime": "2026-11-21T13:00:00Z",
        "details": { "dealValue": 1, "currency": hostile }, "team": [{ "email": hostile }] });
    let rows = [json!("New"), json!("Active")].map(|status| {
        let mut row = row.clone();
        row["status"] = status;
        row
    });
    let page = json!({ "value": rows }).to_string();
    let server = Server::start(move |_, _| Reply::Json(page.clone()));
    let env = TestEnv::at(&server.url()).screen(80, 24);
    let output = env.run(&["summary", "--color", "never"]).ok();
    for forbidden in ['\u{1b}', '\u{7}', '\u{202e}'] {
        assert!(!output.out.contains(forbidden), "{:?}", output.out);
    }
    assert_eq!(output.out.lines().filter(|line| line.contains("<script>")).count(), 1);
}
