//! Signing in and out, what `status` and `doctor` tell, and what happens to a token that ends or is refused.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::server::{Reply, Request, Server};
use crate::sign_in::{Home, SIGNED_IN, access, assert_no_secret, token};
use crate::support::{Output, TestEnv, sandbox};

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

/// An API that shows one referral to whoever asks.
fn open_api() -> Server {
    Server::start(|_, _| one())
}

fn one() -> Reply {
    const DATE: &[(&str, &str)] = &[("Date", "Sat, 21 Nov 2026 12:00:30 GMT")];
    Reply::Status(200, DATE, r#"{"value":[{"id":"a"}]}"#.to_owned())
}

/// Referrals, but only for the token of this grant.
fn only_for(n: usize) -> impl Fn(usize, &Request) -> Reply + Send + Sync {
    move |_, request| match request.header("authorization") {
        Some(value) if value == format!("Bearer {}", access(n)) => one(),
        _ => Reply::Status(401, &[], String::new()),
    }
}

fn closed() -> String {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{closed}/v1.0/engagements")
}

/// A home in which somebody is signed in.
fn signed_in(api: &str) -> (Home, TestEnv) {
    let home = Home::new(api);
    let stage = home.stage();
    home.sign_in(&stage, &[]).ok();
    (home, stage)
}

#[track_caller]
fn ran(stage: &TestEnv, arguments: &[&str]) -> Output {
    let ran = stage.run(&[arguments, &["-vvv"]].concat());
    assert_no_secret(&ran);
    ran
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}

#[test]
fn a_first_sign_in_is_kept_with_its_settings_and_used_from_then_on() {
    let sandbox = sandbox(|options| options.token = access(1));
    let home = Home::new(sandbox.url());
    let stage = home.stage();
    let login = home.sign_in(&stage, &[]).ok();
    assert_eq!(login.out, "");
    assert_says(
        &login.err,
        &[
            "Open this address in a browser",
            "signed in to t as jo@contoso.com",
            "only its permissions protect it",
            "this account can read referrals",
        ],
    );
    let url = home.service.url();
    assert_eq!(
        home.settings(),
        format!(
            "[profile.default]\ntenant = \"t\"\nclient_id = \"client\"\nstore = \"file\"\nauthority = \"{url}\"\n"
        )
    );
    let listed = ran(&stage, &["list", "--limit", "3", "--format", "json"]).ok();
    assert_eq!(listed.ids().len(), 3);
    assert_eq!(home.service.grants(), ["authorization_code"]);

    // The second time nothing needs to be said.
    ran(&stage, &["login"]).ok();
    assert_eq!(home.service.grants()[1], "authorization_code");
    assert_eq!(home.service.asked()["login_hint"], "jo@contoso.com");
}

#[test]
fn what_is_missing_is_asked_on_a_terminal() {
    let api = open_api();
    let home = Home::new(&api.url());
    let url = home.service.url();
    let stage = home.stage().variable("REFERRALS_AUTHORITY", &url).typed("\nclient\nt\n");
    let login = ran(&stage, &["login", "--store", "file"]).ok();
    assert_says(&login.err, &["Application (client) ID", "Tenant", "Paste that address here"]);
    let kept = "[profile.default]\ntenant = \"t\"\nclient_id = \"client\"\nstore = \"file\"\n";
    assert_eq!(home.settings(), kept);
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let home = Home::new(&closed());
    let cases = [
        (home.stage(), &["login"][..], "--client-id and --tenant"),
        (home.stage(), &["login", "--tenant", "t"], "needs --client-id\n"),
        (home.stage(), &["login", "--client-id", "c"], "needs --tenant\n"),
        (home.stage().typed(""), &["login"], "--client-id and --tenant"),
        (home.stage().typed("client\n"), &["login"], "needs --tenant\n"),
        (home.stage(), &["login", "--tenant", "a/b", "--client-id", "c"], "invalid tenant"),
        (home.stage(), &["login", "--demo"], "needs no sign-in"),
    ];
    for (stage, arguments, words) in cases {
        let login = ran(&stage, arguments);
        assert_eq!(login.code, 2, "{login:?}");
        assert_says(&login.err, &[words, "hint: "]);
        assert!(home.service.asked().is_empty() && !home.state().exists(), "{login:?}");
    }
}

#[test]
fn the_help_tells_how_to_register_the_app() {
    let help = TestEnv::new().run(&["login", "--help"]).ok().out;
    assert_says(
        &help,
        &[
            "Mobile and desktop applications",
            "http://localhost",
            "Allow public client flows",
            "4990cffe-04e8-4e8b-808a-1175604b879f",
            "Referrals admin",
        ],
    );
    for command in ["login", "logout", "status", "doctor"] {
        let help = TestEnv::new().run(&[command, "--help"]).ok().out;
        assert!(help.contains("Examples:"), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn a_code_entered_elsewhere_signs_in_too() {
    let api = open_api();
    let home = Home::new(&api.url());
    let stage = home.stage();
    let login = home.sign_in(&stage, &["--device-code", "--api-url", &api.url()]).ok();
    assert_says(&login.err, &["https://login.example/device", "ABCD-EFGH", "signed in to t"]);
    assert!(home.service.asked().is_empty(), "no browser was opened");
    let status = ran(&stage, &["status", "--format", "json"]).ok().json();
    assert_eq!(status["flow"], "device");
    assert!(home.settings().contains(&format!("api_url = \"{}\"", api.url())));
}

#[test]
fn a_store_that_fails_is_found_out_before_anybody_is_sent_to_a_browser() {
    let home = Home::new(&closed());
    let opened = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&opened);
    let browser = home.service.browser(SIGNED_IN);
    let stage = home.stage().browser(move |address| {
        seen.store(true, Ordering::SeqCst);
        browser(address)
    });
    // A file where the state folder should be.
    fs::write(home.state(), "").unwrap();
    let login = home.sign_in(&stage, &[]);
    assert_eq!(login.code, 1, "{login:?}");
    assert!(!login.err.contains("Open this address"), "{login:?}");
    assert!(!opened.load(Ordering::SeqCst));
}

#[test]
fn a_sign_in_that_is_declined_keeps_nothing() {
    let home = Home::new(&closed());
    let refused = "error=access_denied&error_description=AADSTS65004%3A+Declined.&state=STATE";
    let stage = home.stage().browser(home.service.browser(refused));
    let login = home.sign_in(&stage, &[]);
    assert_eq!(login.code, 4, "{login:?}");
    assert_says(&login.err, &["consent to the app was declined", "AADSTS65004"]);
    assert_eq!((home.sessions(), home.settings()), (Vec::new(), String::new()));
    assert_eq!(home.service.grants(), [""; 0]);
}

#[test]
fn an_account_without_a_role_is_signed_in_with_a_warning() {
    let forbidden = Server::start(|_, _| Reply::Status(403, &[], String::new()));
    let nothing = Server::start(|_, _| Reply::Json(r#"{"value":[]}"#.to_owned()));
    let cases = [
        (forbidden.url(), "warning: signed in, but", "Referrals admin or Referrals user"),
        (closed(), "warning: signed in, but", "cannot connect"),
        (nothing.url(), "no referrals", "on no referral's team"),
    ];
    for (api, words, reason) in cases {
        let home = Home::new(&api);
        let stage = home.stage();
        let login = home.sign_in(&stage, &[]).ok();
        assert_says(&login.err, &["signed in to t as jo@contoso.com", words, reason]);
        assert_eq!(home.sessions(), ["default.session"]);
        ran(&stage, &["status", "--check"]).ok();
    }
    assert!(nothing.requests()[0].target.contains("$top=1"), "{:?}", nothing.requests());
    assert!(nothing.requests()[0].target.contains("$select=id"), "{:?}", nothing.requests());
}

#[test]
fn a_token_that_has_ended_is_renewed_without_a_word() {
    let api = Server::start(|number, request| only_for(number.min(1) + 1)(number, request));
    let (home, stage) = signed_in(&api.url());
    stage.clock().advance(2 * HOUR);
    let listed = stage.run(&["list", "--format", "json"]).ok();
    assert_eq!((listed.ids(), listed.err.as_str()), (vec!["a".to_owned()], ""));
    assert_eq!(home.service.grants(), ["authorization_code", "refresh_token"]);
    ran(&stage, &["list"]).ok();
    assert_eq!(home.service.grants().len(), 2);
}

#[test]
fn a_token_that_is_refused_once_is_renewed_and_the_answer_is_whole() {
    let api = Server::start(|number, request| only_for(number.min(1) + 1)(number, request));
    let (home, stage) = signed_in(&api.url());
    let listed = ran(&stage, &["list", "--format", "json"]).ok();
    assert_eq!(listed.ids(), ["a"]);
    assert_eq!(home.service.grants(), ["authorization_code", "refresh_token"]);
    assert_eq!(api.requests().len(), 3);
}

#[test]
fn a_token_without_a_second_factor_calls_for_a_sign_in_afresh() {
    const BODY: &str = r#"{"error":{"code":"900421","message":"MFA required"}}"#;
    let api = Server::start(|number, _| match number {
        0 => one(),
        _ => Reply::Status(401, &[], BODY.to_owned()),
    });
    let (home, stage) = signed_in(&api.url());
    let listed = ran(&stage, &["list"]);
    assert_eq!(listed.code, 4, "{listed:?}");
    assert_says(&listed.err, &["multi-factor", "referrals login"]);
    assert_eq!(home.service.grants().len(), 1, "renewing could not help");
    let status = ran(&stage, &["status", "--check"]);
    assert_eq!(status.code, 4, "{status:?}");
    assert_says(&status.err, &["multi-factor"]);
    ran(&stage, &["login"]).ok();
    assert_eq!(home.service.asked()["prompt"], "login");
}

#[test]
fn a_rejection_that_no_sign_in_fixes_is_explained_and_requires_none() {
    let cases = [
        (401, "900420", 4, "another service than Partner Center", "check `scope`"),
        (403, "900329", 4, "an app without a user", "sign in as a user"),
        (403, "900308", 1, "no permission", "ask your administrator: give it the role"),
        (403, "900309", 1, "Conditional Access blocked the request", "ask your administrator"),
    ];
    for (status, number, code, words, hint) in cases {
        let body = format!(r#"{{"error":{{"code":"{number}","message":"Rejected."}}}}"#);
        let api = Server::start(move |asked, _| match asked {
            0 => one(),
            _ => Reply::Status(status, &[("Request-ID", "r-42")], body.clone()),
        });
        let (home, stage) = signed_in(&api.url());
        let listed = ran(&stage, &["list"]);
        assert_eq!(listed.code, code, "{listed:?}");
        let quoted = format!("the API says: Rejected. [{number}]");
        assert_says(&listed.err, &[words, hint, &quoted, "request id: r-42"]);
        assert_eq!(home.service.grants().len(), 1, "{number}: a refresh cannot help");
        ran(&stage, &["status", "--check"]).ok();
        let with_variable = TestEnv::at(&api.url()).run(&["list"]);
        assert_eq!(with_variable.code, code, "{with_variable:?}");
        assert_says(&with_variable.err, &[words, hint]);
    }
}

#[test]
fn a_challenge_of_the_api_is_handed_to_the_next_sign_in() {
    const CHALLENGE: &[(&str, &str)] = &[(
        "WWW-Authenticate",
        r#"Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#,
    )];
    for (status, grants) in [(401, 2), (403, 1)] {
        let api = Server::start(move |number, _| match number {
            0 => one(),
            _ => Reply::Status(status, CHALLENGE, String::new()),
        });
        let (home, stage) = signed_in(&api.url());
        let listed = ran(&stage, &["list"]);
        assert_eq!(listed.code, 4, "{listed:?}");
        assert_eq!(home.service.grants().len(), grants, "{status}");
        assert_eq!(ran(&stage, &["status", "--check"]).code, 4, "{status}");
        ran(&stage, &["login"]).ok();
        assert_eq!(home.service.asked()["claims"], r#"{"access_token":{}}"#, "{status}");
    }
}

#[test]
fn status_tells_who_where_and_until_when_and_asks_nobody() {
    let api = open_api();
    let (home, stage) = signed_in(&api.url());
    let status = ran(&stage, &["status"]).ok();
    assert_says(
        &status.out,
        &[
            "signed in      jo@contoso.com\n",
            "tenant         t (72f9)\n",
            "default.session\n",
            "access token   expires Sat 21 Nov 2026 05:00 PST, refreshed automatically\n",
            "expires        Fri 19 Feb 2027 04:00 PST, unless used before\n",
            "MFA            yes\n",
            &api.url(),
        ],
    );
    assert_says(&status.err, &["tenant: t (from the settings file)", "(from REFERRALS_API_URL)"]);
    let json = ran(&stage, &["status", "--format", "json"]).ok().json();
    assert_eq!(json["user"], "jo@contoso.com");
    assert_eq!((&json["signedIn"], &json["mfa"]), (&true.into(), &true.into()));
    assert_eq!(json["sessionExpiresAt"], "2027-02-19T12:00:00Z");
    assert!(json["reauthRequired"].is_null(), "{json}");
    let check = stage.run(&["status", "--check"]).ok();
    assert_eq!((check.out.as_str(), check.err.as_str()), ("", ""));
    // The sign-in asked once, and nothing of this did.
    assert_eq!((api.requests().len(), home.service.grants().len()), (1, 1));
}

#[test]
fn nobody_signed_in_is_told_on_both_streams() {
    let home = Home::new(&closed());
    let stage = home.stage();
    home.sign_in(&stage, &[]).ok();
    stage.run(&["logout"]).ok();
    let status = ran(&stage, &["status"]);
    assert_eq!(status.code, 4, "{status:?}");
    assert_says(&status.out, &["signed in      no\n"]);
    assert_says(&status.err, &["not signed in", "referrals login", "--demo"]);
    let json = ran(&stage, &["status", "--format", "json"]);
    assert_eq!((json.code, &json.json()["signedIn"]), (4, &false.into()));
    let check = stage.run(&["status", "--check"]);
    assert_eq!((check.code, check.out.as_str()), (4, ""));
}

#[test]
fn the_end_of_a_sign_in_is_seen_a_week_ahead() {
    let (_home, stage) = signed_in(&closed());
    stage.clock().advance(82 * DAY + 23 * HOUR);
    let check = stage.run(&["status", "--check"]).ok();
    assert_eq!(check.err, "");
    stage.clock().advance(HOUR);
    let check = stage.run(&["status", "--check", "-q"]).ok();
    assert_says(&check.err, &["warning: the sign-in of profile \"default\" expires on Fri 19 Feb"]);
    stage.clock().advance(7 * DAY);
    let check = stage.run(&["status", "--check"]);
    assert_eq!(check.code, 4, "{check:?}");
    assert_says(&check.err, &["90 days", "referrals login"]);
}

#[test]
fn settings_that_changed_since_the_sign_in_are_told_before_they_fail() {
    let (_home, stage) = signed_in(&closed());
    let stage = stage.variable("REFERRALS_TENANT", "fabrikam.com");
    let check = ran(&stage, &["status", "--check"]);
    assert_eq!(check.code, 4, "{check:?}");
    assert_says(&check.err, &["another tenant", "fabrikam.com"]);
}

#[test]
fn profiles_do_not_disturb_each_other() {
    let api = open_api();
    let (home, stage) = signed_in(&api.url());
    let second = home.sign_in(&stage, &["--profile", "fabrikam"]).ok();
    assert_says(&second.err, &["--profile fabrikam", "default_profile = \"fabrikam\""]);
    assert_eq!(home.sessions(), ["default.session", "fabrikam.session"]);
    let all = ran(&stage, &["status", "--all", "--format", "json"]).ok().json();
    let names: Vec<&str> =
        all.as_array().unwrap().iter().map(|one| one["profile"].as_str().unwrap()).collect();
    assert_eq!(names, ["default", "fabrikam"]);

    ran(&stage, &["logout"]).ok();
    assert_eq!(home.sessions(), ["fabrikam.session"]);
    ran(&stage, &["status", "--check", "--profile", "fabrikam"]).ok();
    let all = ran(&stage, &["status", "--all", "--check"]);
    assert_eq!((all.code, all.out.as_str()), (4, ""));
    assert_says(&all.err, &["profile \"default\""]);
    ran(&stage, &["list", "--profile", "fabrikam"]).ok();
}

#[test]
fn signing_out_leaves_no_session_behind() {
    let (home, stage) = signed_in(&closed());
    home.sign_in(&stage, &["--profile", "fabrikam"]).ok();
    // One whose profile somebody took out of the settings.
    let orphan = home.state().join("sessions/old.session");
    fs::copy(home.state().join("sessions/default.session"), orphan).unwrap();
    fs::write(
        home.config().join("config.toml"),
        home.settings() + "\n[profile.old]\nstore = \"file\"\n",
    )
    .unwrap();
    let out = ran(&stage, &["logout"]).ok();
    assert_says(&out.err, &["signed out of profile \"default\"", "default.session"]);
    assert_eq!(home.sessions(), ["fabrikam.session", "old.session"]);
    let again = ran(&stage, &["logout"]).ok();
    assert_says(&again.err, &["not signed in (profile \"default\")"]);
    ran(&stage, &["logout", "--all"]).ok();
    assert_eq!(home.sessions(), [""; 0]);
    assert!(home.settings().contains("[profile.fabrikam]"), "the settings stay");
}

#[test]
fn a_damaged_session_can_be_signed_out_of_and_replaced() {
    let (home, stage) = signed_in(&closed());
    let file = home.state().join("sessions/default.session");
    fs::write(&file, "rubbish").unwrap();
    let status = ran(&stage, &["status"]);
    assert_eq!(status.code, 4, "{status:?}");
    ran(&stage, &["login"]).ok();
    ran(&stage, &["status", "--check"]).ok();
    fs::write(&file, "rubbish").unwrap();
    ran(&stage, &["logout"]).ok();
    assert_eq!(home.sessions(), [""; 0]);
}

#[test]
fn a_ready_token_leaves_the_store_alone() {
    let sandbox = sandbox(|options| options.token = access(1));
    let home = Home::new(sandbox.url());
    let stage = home.stage().variable("REFERRALS_TOKEN", &access(1));
    ran(&stage, &["list", "--limit", "1"]).ok();
    let status = ran(&stage, &["status"]).ok();
    assert_says(&status.out, &["with the access token from REFERRALS_TOKEN", "jo@contoso.com"]);
    ran(&stage, &["status", "--check"]).ok();
    assert!(!home.state().exists() && !home.config().exists());

    let login = home.sign_in(&stage, &[]).ok();
    assert_says(&login.err, &["warning: the access token from REFERRALS_TOKEN overrides"]);
    let ended = home.stage().variable("REFERRALS_TOKEN", &token(r#"{"exp":1700000000}"#));
    let check = ran(&ended, &["status", "--check"]);
    assert_eq!(check.code, 4, "{check:?}");
    assert_says(&check.err, &["REFERRALS_TOKEN expired at"]);
}

#[test]
fn doctor_finds_nothing_where_all_is_well() {
    let api = open_api();
    let (home, stage) = signed_in(&api.url());
    let folder = home.config().parent().unwrap().to_str().unwrap().to_owned();
    let stage = stage.variable("HOME", &folder);
    let doctor = ran(&stage, &["doctor"]).ok();
    let checks = [
        "version",
        "settings file      ~",
        "profile",
        "settings directory ~",
        "state directory    ~",
        "sign-in service    127.0.0.1 responds",
        "API address        127.0.0.1 responds",
        "clock              12 s ahead of",
        "token store        write and read test passed",
        "sign-in            account of contoso.com in tenant t",
        "API                this account can read referrals",
    ];
    assert_eq!(doctor.lines().len(), checks.len(), "{}", doctor.out);
    for (line, check) in doctor.lines().iter().zip(checks) {
        assert!(line.starts_with(&format!("ok       {check}")), "{check:?}: {line}");
    }
    assert!(!doctor.out.contains("jo@") && !doctor.out.contains(&folder), "{}", doctor.out);
    let json = ran(&stage, &["doctor", "--format", "json"]).ok().json();
    assert_eq!((&json["problems"], json["checks"].as_array().unwrap().len()), (&0.into(), 11));
}

#[test]
fn doctor_goes_on_where_everything_is_broken() {
    let home = Home::new(&closed());
    fs::create_dir_all(home.config()).unwrap();
    fs::write(home.config().join("config.toml"), "tennant = 1").unwrap();
    fs::write(home.state(), "").unwrap();
    let authority = closed();
    let authority = authority.trim_end_matches("/v1.0/engagements");
    let stage = home.stage().variable("REFERRALS_AUTHORITY", authority);
    let doctor = ran(&stage, &["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    let verdicts: Vec<String> = doctor
        .lines()
        .iter()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
        .collect();
    let found = verdicts.join("\n");
    assert_says(
        &found,
        &[
            "ok version",
            "problem settings file",
            "ok profile",
            "ok settings directory",
            "problem state directory",
            "problem sign-in service",
            "problem API address",
            "skipped clock no",
            "skipped API the",
        ],
    );
    assert_says(&doctor.out, &["line 1", "hint: ", "connection refused", "REFERRALS_STATE_DIR"]);
    assert_says(&doctor.err, &["error: ", "checks found problems"]);
}

#[test]
fn doctor_sees_a_wrong_clock_a_missing_role_and_a_missing_sign_in() {
    let api = Server::start(|_, request| match request.target.as_str() {
        "/" => one(),
        _ => Reply::Status(403, &[], String::new()),
    });
    let (home, stage) = signed_in(&api.url());
    stage.clock().advance(HOUR / 4);
    let doctor = ran(&stage, &["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    assert_says(&doctor.out, &["clock is 15 min ahead of", "Referrals admin"]);
    assert_says(&doctor.err, &["2 checks"]);

    ran(&home.stage(), &["logout"]).ok();
    let doctor = ran(&home.stage(), &["doctor"]);
    assert_says(
        &doctor.out,
        &["not signed in", "skipped  API                there is no access token"],
    );
}
