//! `login`, `logout`, `status` and `doctor`, and tokens that expire or are rejected.

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

/// An API that accepts any token and has one referral.
fn open_api() -> Server {
    Server::start(|_, _| one())
}

const ONE: &str = r#"{"value":[{"id":"a"}]}"#;

fn one() -> Reply {
    const DATE: &[(&str, &str)] = &[("Date", "Sat, 21 Nov 2026 12:00:30 GMT")];
    Reply::Status(200, DATE, ONE.to_owned())
}

/// Accepts the access token of the `n`th grant only.
fn only_for(n: usize) -> impl Fn(usize, &Request) -> Reply + Send + Sync {
    move |_, request| match request.header("authorization") {
        Some(value) if value == format!("Bearer {}", access(n)) => Reply::Json(ONE.to_owned()),
        _ => Reply::Status(401, &[], String::new()),
    }
}

/// The address of an API that does not listen.
fn closed() -> String {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{closed}/v1.0/engagements")
}

fn signed_in(api: &str) -> (Home, TestEnv) {
    let home = Home::new(api);
    let env = home.env();
    home.sign_in(&env, &[]).ok();
    (home, env)
}

#[track_caller]
fn run(env: &TestEnv, arguments: &[&str]) -> Output {
    let output = env.run(&[arguments, &["-vvv"]].concat());
    assert_no_secret(&output);
    output
}

#[track_caller]
fn assert_contains(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}

#[test]
fn a_first_sign_in_is_saved_with_its_settings_and_used_from_then_on() {
    let sandbox = sandbox(|options| options.token = access(1));
    let home = Home::new(sandbox.url());
    let env = home.env();
    let login = home.sign_in(&env, &[]).ok();
    assert_eq!(login.out, "");
    assert_contains(
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
    let listed = run(&env, &["list", "--limit", "3", "--format", "json"]).ok();
    assert_eq!(listed.ids().len(), 3);
    assert_eq!(home.service.grants(), ["authorization_code"]);

    // A second sign-in needs no flags.
    run(&env, &["login"]).ok();
    assert_eq!(home.service.grants()[1], "authorization_code");
    assert_eq!(home.service.authorize()["login_hint"], "jo@contoso.com");
}

#[test]
fn missing_settings_are_prompted_for_on_a_terminal() {
    let api = open_api();
    let home = Home::new(&api.url());
    let url = home.service.url();
    let env = home.env().variable("REFERRALS_AUTHORITY", &url).typed("\nclient\nt\n");
    let login = run(&env, &["login", "--store", "file"]).ok();
    assert_contains(&login.err, &["Application (client) ID", "Tenant", "Paste that address here"]);
    let kept = "[profile.default]\ntenant = \"t\"\nclient_id = \"client\"\nstore = \"file\"\n";
    assert_eq!(home.settings(), kept);
}

#[test]
fn missing_settings_are_an_error_without_a_terminal() {
    let home = Home::new(&closed());
    let cases = [
        (home.env(), &["login"][..], "--client-id and --tenant"),
        (home.env(), &["login", "--tenant", "t"], "needs --client-id\n"),
        (home.env(), &["login", "--client-id", "c"], "needs --tenant\n"),
        (home.env().typed(""), &["login"], "--client-id and --tenant"),
        (home.env().typed("client\n"), &["login"], "needs --tenant\n"),
        (home.env(), &["login", "--tenant", "a/b", "--client-id", "c"], "invalid tenant"),
        (home.env(), &["login", "--demo"], "needs no sign-in"),
    ];
    for (env, arguments, words) in cases {
        let login = run(&env, arguments);
        assert_eq!(login.code, 2, "{login:?}");
        assert_contains(&login.err, &[words, "hint: "]);
        assert!(home.service.authorize().is_empty() && !home.state().exists(), "{login:?}");
    }
}

#[test]
fn the_help_says_how_to_register_the_app() {
    let help = TestEnv::new().run(&["login", "--help"]).ok().out;
    assert_contains(
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
fn a_device_code_signs_in() {
    let api = open_api();
    let home = Home::new(&api.url());
    let env = home.env();
    let login = home.sign_in(&env, &["--device-code", "--api-url", &api.url()]).ok();
    assert_contains(&login.err, &["https://login.example/device", "ABCD-EFGH", "signed in to t"]);
    assert!(home.service.authorize().is_empty(), "no browser was opened");
    let status = run(&env, &["status", "--format", "json"]).ok().json();
    assert_eq!(status["flow"], "device");
    assert!(home.settings().contains(&format!("api_url = \"{}\"", api.url())));
}

#[test]
fn what_cannot_be_written_is_an_error_before_the_browser_opens() {
    let cases: [fn(&Home); 4] = [
        // A file where the state directory should be.
        |home| fs::write(home.state(), "").unwrap(),
        // Directories where the lock and the session should be.
        |home| fs::create_dir_all(home.state().join("default.lock")).unwrap(),
        |home| fs::create_dir_all(home.state().join("sessions/default.session")).unwrap(),
        // Settings that their owner does not want to be changed.
        |home| {
            fs::create_dir_all(home.config()).unwrap();
            let file = home.config().join("config.toml");
            fs::write(&file, "# mine\n").unwrap();
            let mut permissions = fs::metadata(&file).unwrap().permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&file, permissions).unwrap();
        },
    ];
    for (number, break_it) in cases.iter().enumerate() {
        let home = Home::new(&closed());
        let opened = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&opened);
        let browser = home.service.browser(SIGNED_IN);
        let env = home.env().browser(move |address| {
            seen.store(true, Ordering::SeqCst);
            browser(address)
        });
        break_it(&home);
        let login = home.sign_in(&env, &[]);
        // On Windows a directory in a file's place is an access denied.
        assert!([1, 4].contains(&login.code), "{number}: {login:?}");
        assert!(!login.err.contains("Open this address"), "{number}: {login:?}");
        assert!(!opened.load(Ordering::SeqCst), "{number}");
        assert!(home.sessions().iter().all(|name| name == "default.session"), "{number}");
    }
}

#[test]
fn a_check_is_silent_and_proves_what_the_next_run_needs() {
    let cases: [fn(&Home); 3] = [
        |home| {
            let lock = home.state().join("default.lock");
            fs::remove_file(&lock).unwrap();
            fs::create_dir(lock).unwrap();
        },
        |home| fs::write(home.state().join("sessions/default.session"), "rubbish").unwrap(),
        |home| fs::remove_dir_all(home.state()).unwrap(),
    ];
    for (number, break_it) in cases.iter().enumerate() {
        let (home, env) = signed_in(&closed());
        let check = |code: u8| {
            let check = env.run(&["status", "--check"]);
            assert_eq!((check.code, &*check.out, &*check.err), (code, "", ""), "{number}");
        };
        check(0);
        break_it(&home);
        check(4);
        let explained = run(&env, &["status", "--check", "-v"]);
        assert_contains(&explained.err, &["error: "]);
        assert_eq!(run(&env, &["status"]).code, 4);
    }
}

#[cfg(unix)]
#[test]
fn files_are_their_owners_alone_and_what_others_can_change_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    let api = open_api();
    let (home, env) = signed_in(&api.url());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let (config, state) = (home.config(), home.state());
    let directories = [config.clone(), state.clone(), state.join("sessions")];
    let files = [
        config.join("config.toml"),
        state.join("default.lock"),
        state.join("sessions/default.session"),
    ];
    env.clock().advance(2 * HOUR);
    for path in directories.iter().chain(&files) {
        let usual = mode(path);
        assert_eq!(usual, if path.is_dir() { 0o700 } else { 0o600 }, "{path:?}");
        set(path, usual | 0o007);
        let refused = env.run(&["list"]);
        assert!([2, 4].contains(&refused.code), "{path:?}: {refused:?}");
        assert_contains(&refused.err, &["hint: run `chmod ", path.to_str().unwrap()]);
        set(path, usual);
    }
    assert_eq!(home.service.grants().len(), 1, "no token was sent");
    set(&config, 0o770);
    let listed = env.run(&["list"]).ok();
    assert_eq!(listed.err.matches("can write to it; run `chmod g-w").count(), 1, "{listed:?}");
}

#[test]
fn the_store_can_be_chosen_by_a_variable() {
    let home = Home::new(&closed());
    let url = home.service.url();
    let login = ["login", "--client-id", "client", "--tenant", "t", "--authority", &url];
    let wrong = home.env().variable("REFERRALS_STORE", "disk").run(&login);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert_contains(
        &wrong.err,
        &["unknown store \"disk\" (from REFERRALS_STORE)", "keyring or file"],
    );
    let env = home.env().variable("REFERRALS_STORE", "file");
    run(&env, &login).ok();
    assert_eq!(home.sessions(), ["default.session"]);
    assert!(!home.settings().contains("store"), "{}", home.settings());
    run(&env, &["status", "--check"]).ok();
}

#[test]
fn a_declined_sign_in_saves_nothing() {
    let home = Home::new(&closed());
    let refused = "error=access_denied&error_description=AADSTS65004%3A+Declined.&state=STATE";
    let env = home.env().browser(home.service.browser(refused));
    let login = home.sign_in(&env, &[]);
    assert_eq!(login.code, 4, "{login:?}");
    assert_contains(&login.err, &["consent to the app was declined", "AADSTS65004"]);
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
        let env = home.env();
        let login = home.sign_in(&env, &[]).ok();
        assert_contains(&login.err, &["signed in to t as jo@contoso.com", words, reason]);
        assert_eq!(home.sessions(), ["default.session"]);
        run(&env, &["status", "--check"]).ok();
    }
    assert!(nothing.requests()[0].target.contains("$top=1"), "{:?}", nothing.requests());
    assert!(nothing.requests()[0].target.contains("$select=id"), "{:?}", nothing.requests());
}

#[test]
fn an_expired_token_is_refreshed_without_a_message() {
    let api = Server::start(|number, request| only_for(number.min(1) + 1)(number, request));
    let (home, env) = signed_in(&api.url());
    env.clock().advance(2 * HOUR);
    let listed = env.run(&["list", "--format", "json"]).ok();
    assert_eq!((listed.ids(), listed.err.as_str()), (vec!["a".to_owned()], ""));
    assert_eq!(home.service.grants(), ["authorization_code", "refresh_token"]);
    run(&env, &["list"]).ok();
    assert_eq!(home.service.grants().len(), 2);
}

#[test]
fn a_rejected_token_is_refreshed_once_and_the_listing_is_complete() {
    let api = Server::start(|number, request| only_for(number.min(1) + 1)(number, request));
    let (home, env) = signed_in(&api.url());
    let listed = run(&env, &["list", "--format", "json"]).ok();
    assert_eq!(listed.ids(), ["a"]);
    assert_eq!(home.service.grants(), ["authorization_code", "refresh_token"]);
    assert_eq!(api.requests().len(), 3);
}

#[test]
fn a_token_without_mfa_requires_a_new_authentication() {
    const BODY: &str = r#"{"error":{"code":"900421","message":"MFA required"}}"#;
    let api = Server::start(|number, _| match number {
        0 => one(),
        _ => Reply::Status(401, &[], BODY.to_owned()),
    });
    let (home, env) = signed_in(&api.url());
    let listed = run(&env, &["list"]);
    assert_eq!(listed.code, 4, "{listed:?}");
    assert_contains(&listed.err, &["multi-factor", "referrals login"]);
    assert_eq!(home.service.grants().len(), 1, "renewing could not help");
    let status = run(&env, &["status", "--check"]);
    assert_eq!(status.code, 4, "{status:?}");
    assert_contains(&status.err, &["multi-factor"]);
    run(&env, &["login"]).ok();
    assert_eq!(home.service.authorize()["prompt"], "login");
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
        let (home, env) = signed_in(&api.url());
        let listed = run(&env, &["list"]);
        assert_eq!(listed.code, code, "{listed:?}");
        let quoted = format!("the API says: Rejected. [{number}]");
        assert_contains(&listed.err, &[words, hint, &quoted, "request id: r-42"]);
        assert_eq!(home.service.grants().len(), 1, "{number}: a refresh cannot help");
        run(&env, &["status", "--check"]).ok();
        let with_variable = TestEnv::at(&api.url()).run(&["list"]);
        assert_eq!(with_variable.code, code, "{with_variable:?}");
        assert_contains(&with_variable.err, &[words, hint]);
    }
}

#[test]
fn a_claims_challenge_of_the_api_is_passed_to_the_next_sign_in() {
    const CHALLENGE: &[(&str, &str)] = &[(
        "WWW-Authenticate",
        r#"Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#,
    )];
    for (status, grants) in [(401, 2), (403, 1)] {
        let api = Server::start(move |number, _| match number {
            0 => one(),
            _ => Reply::Status(status, CHALLENGE, String::new()),
        });
        let (home, env) = signed_in(&api.url());
        let listed = run(&env, &["list"]);
        assert_eq!(listed.code, 4, "{listed:?}");
        assert_eq!(home.service.grants().len(), grants, "{status}");
        assert_eq!(run(&env, &["status", "--check"]).code, 4, "{status}");
        run(&env, &["login"]).ok();
        assert_eq!(home.service.authorize()["claims"], r#"{"access_token":{}}"#, "{status}");
    }
}

#[test]
fn status_shows_account_store_and_expiry_without_a_request() {
    let api = open_api();
    let (home, env) = signed_in(&api.url());
    let status = run(&env, &["status"]).ok();
    assert_contains(
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
    assert_contains(
        &status.err,
        &["tenant: t (from the settings file)", "(from REFERRALS_API_URL)"],
    );
    let json = run(&env, &["status", "--format", "json"]).ok().json();
    assert_eq!(json["user"], "jo@contoso.com");
    assert_eq!((&json["signedIn"], &json["mfa"]), (&true.into(), &true.into()));
    assert_eq!(json["sessionExpiresAt"], "2027-02-19T12:00:00Z");
    assert!(json["reauthRequired"].is_null(), "{json}");
    let check = env.run(&["status", "--check"]).ok();
    assert_eq!((check.out.as_str(), check.err.as_str()), ("", ""));
    // Only the sign-in sent a request.
    assert_eq!((api.requests().len(), home.service.grants().len()), (1, 1));
}

#[test]
fn not_signed_in_is_reported_on_both_streams() {
    let home = Home::new(&closed());
    let env = home.env();
    home.sign_in(&env, &[]).ok();
    env.run(&["logout"]).ok();
    let status = run(&env, &["status"]);
    assert_eq!(status.code, 4, "{status:?}");
    assert_contains(&status.out, &["signed in      no\n"]);
    assert_contains(&status.err, &["not signed in", "referrals login", "--demo"]);
    let json = run(&env, &["status", "--format", "json"]);
    assert_eq!((json.code, &json.json()["signedIn"]), (4, &false.into()));
    let check = env.run(&["status", "--check"]);
    assert_eq!((check.code, check.out.as_str()), (4, ""));
}

#[test]
fn the_expiry_of_a_sign_in_is_warned_of_a_week_ahead() {
    let (_home, env) = signed_in(&closed());
    env.clock().advance(82 * DAY + 23 * HOUR);
    let check = env.run(&["status", "--check"]).ok();
    assert_eq!(check.err, "");
    env.clock().advance(HOUR);
    let check = env.run(&["status", "--check", "-q"]).ok();
    assert_contains(
        &check.err,
        &["warning: the sign-in of profile \"default\" expires on Fri 19 Feb"],
    );
    env.clock().advance(7 * DAY);
    let check = env.run(&["status", "--check", "-v"]);
    assert_eq!(check.code, 4, "{check:?}");
    assert_contains(&check.err, &["90 days", "referrals login"]);
}

#[test]
fn status_reports_settings_that_changed_since_the_sign_in() {
    let (_home, env) = signed_in(&closed());
    let env = env.variable("REFERRALS_TENANT", "fabrikam.com");
    let check = run(&env, &["status", "--check"]);
    assert_eq!(check.code, 4, "{check:?}");
    assert_contains(&check.err, &["another tenant", "fabrikam.com"]);
}

#[test]
fn profiles_do_not_disturb_each_other() {
    let api = open_api();
    let (home, env) = signed_in(&api.url());
    let second = home.sign_in(&env, &["--profile", "fabrikam"]).ok();
    assert_contains(&second.err, &["--profile fabrikam", "default_profile = \"fabrikam\""]);
    assert_eq!(home.sessions(), ["default.session", "fabrikam.session"]);
    let all = run(&env, &["status", "--all", "--format", "json"]).ok().json();
    let names: Vec<&str> =
        all.as_array().unwrap().iter().map(|one| one["profile"].as_str().unwrap()).collect();
    assert_eq!(names, ["default", "fabrikam"]);

    run(&env, &["logout"]).ok();
    assert_eq!(home.sessions(), ["fabrikam.session"]);
    run(&env, &["status", "--check", "--profile", "fabrikam"]).ok();
    let all = run(&env, &["status", "--all", "--check"]);
    assert_eq!((all.code, all.out.as_str()), (4, ""));
    assert_contains(&all.err, &["profile \"default\""]);
    run(&env, &["list", "--profile", "fabrikam"]).ok();
}

#[test]
fn signing_out_leaves_no_session_behind() {
    let (home, env) = signed_in(&closed());
    home.sign_in(&env, &["--profile", "fabrikam"]).ok();
    // A session whose profile is no longer in the settings.
    let orphan = home.state().join("sessions/old.session");
    fs::copy(home.state().join("sessions/default.session"), orphan).unwrap();
    fs::write(
        home.config().join("config.toml"),
        home.settings() + "\n[profile.old]\nstore = \"file\"\n",
    )
    .unwrap();
    let out = run(&env, &["logout"]).ok();
    assert_contains(&out.err, &["signed out of profile \"default\"", "default.session"]);
    assert_eq!(home.sessions(), ["fabrikam.session", "old.session"]);
    let again = run(&env, &["logout"]).ok();
    assert_contains(&again.err, &["not signed in (profile \"default\")"]);
    run(&env, &["logout", "--all"]).ok();
    assert_eq!(home.sessions(), [""; 0]);
    assert!(home.settings().contains("[profile.fabrikam]"), "the settings stay");
}

#[test]
fn a_damaged_session_can_be_signed_out_of_and_replaced() {
    let (home, env) = signed_in(&closed());
    let file = home.state().join("sessions/default.session");
    fs::write(&file, "rubbish").unwrap();
    let status = run(&env, &["status"]);
    assert_eq!(status.code, 4, "{status:?}");
    run(&env, &["login"]).ok();
    run(&env, &["status", "--check"]).ok();
    fs::write(&file, "rubbish").unwrap();
    run(&env, &["logout"]).ok();
    assert_eq!(home.sessions(), [""; 0]);
}

#[test]
fn a_static_token_does_not_touch_the_store() {
    let sandbox = sandbox(|options| options.token = access(1));
    let home = Home::new(sandbox.url());
    let env = home.env().variable("REFERRALS_TOKEN", &access(1));
    run(&env, &["list", "--limit", "1"]).ok();
    let status = run(&env, &["status"]).ok();
    assert_contains(&status.out, &["with the access token from REFERRALS_TOKEN", "jo@contoso.com"]);
    run(&env, &["status", "--check"]).ok();
    let state = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(state.collect::<Vec<_>>(), ["shown"], "the ids that the table shows, no more");
    assert!(!home.config().exists());

    let login = home.sign_in(&env, &[]).ok();
    assert_contains(&login.err, &["warning: the access token from REFERRALS_TOKEN overrides"]);
    let ended = home.env().variable("REFERRALS_TOKEN", &token(r#"{"exp":1700000000}"#));
    let check = run(&ended, &["status", "--check"]);
    assert_eq!(check.code, 4, "{check:?}");
    assert_contains(&check.err, &["REFERRALS_TOKEN expired at"]);
}

#[test]
fn doctor_finds_nothing_where_all_is_well() {
    let api = open_api();
    let (home, env) = signed_in(&api.url());
    let directory = home.config().parent().unwrap().to_str().unwrap().to_owned();
    let env = env.variable("HOME", &directory);
    let doctor = run(&env, &["doctor"]).ok();
    let checks = [
        "version",
        "settings file      ~",
        "profile",
        "changing referrals off: `allow_writes = true`",
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
    assert!(!doctor.out.contains("jo@") && !doctor.out.contains(&directory), "{}", doctor.out);
    let json = run(&env, &["doctor", "--format", "json"]).ok().json();
    assert_eq!((&json["problems"], json["checks"].as_array().unwrap().len()), (&0.into(), 12));
    let allowed = run(&env.variable("REFERRALS_ALLOW_WRITES", "1"), &["doctor"]).ok();
    let line = "ok       changing referrals allowed (from REFERRALS_ALLOW_WRITES)";
    assert_contains(&allowed.out, &[line]);
}

#[test]
fn doctor_continues_after_every_problem() {
    let home = Home::new(&closed());
    fs::create_dir_all(home.config()).unwrap();
    fs::write(home.config().join("config.toml"), "tennant = 1").unwrap();
    fs::write(home.state(), "").unwrap();
    let authority = closed();
    let authority = authority.trim_end_matches("/v1.0/engagements");
    let env = home.env().variable("REFERRALS_AUTHORITY", authority);
    let doctor = run(&env, &["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    let verdicts: Vec<String> = doctor
        .lines()
        .iter()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
        .collect();
    let found = verdicts.join("\n");
    assert_contains(
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
    assert_contains(
        &doctor.out,
        &["line 1", "hint: ", "connection refused", "REFERRALS_STATE_DIR"],
    );
    assert_contains(&doctor.err, &["error: ", "checks found problems"]);
}

#[test]
fn doctor_finds_a_wrong_clock_a_missing_role_and_a_missing_sign_in() {
    let api = Server::start(|_, request| match request.target.as_str() {
        "/" => one(),
        _ => Reply::Status(403, &[], String::new()),
    });
    let (home, env) = signed_in(&api.url());
    env.clock().advance(HOUR / 4);
    let doctor = run(&env, &["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    assert_contains(&doctor.out, &["clock is 15 min ahead of", "Referrals admin"]);
    assert_contains(&doctor.err, &["2 checks"]);

    run(&home.env(), &["logout"]).ok();
    let doctor = run(&home.env(), &["doctor"]);
    assert_contains(
        &doctor.out,
        &["not signed in", "skipped  API                there is no access token"],
    );
}
