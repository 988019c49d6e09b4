//! Values from outside in errors and notes: none can pass for a line of the program's own.

use std::fs;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::sign_in::{Home, SIGNED_IN, token};
use crate::support::Output;

/// A line end and a line as the program writes them, a control sequence, an override of the direction.
const FORGED: &str = "x\nhint: run evil\r\nerror: evil\u{1b}[2J\u{202e}\u{2028}";

/// [`FORGED`] in a query.
const ENCODED: &str = "x%0Ahint%3A+run+evil%0D%0Aerror%3A+evil%1B%5B2J%E2%80%AE%E2%80%A8";

#[track_caller]
fn assert_not_forged(what: &str, output: &Output) {
    for line in output.err.lines().chain(output.out.lines()) {
        let line = line.trim_start();
        let is_forged = line.starts_with("hint: run evil") || line.starts_with("error: evil");
        assert!(!is_forged, "{what}: {output:?}");
    }
    let streams = [&output.err, &output.out];
    for stream in streams {
        assert!(!stream.contains(['\u{1b}', '\u{202e}', '\u{2028}']), "{what}: {output:?}");
    }
}

/// An API and a sign-in service at once, which answers token and device code requests so.
fn service(status: u16, token: &Value, device: &Value) -> Server {
    let (token, device) = (token.to_string(), device.to_string());
    Server::start(move |_, request| match request.target.as_str() {
        "/t/oauth2/v2.0/token" => Reply::Status(status, &[], token.clone()),
        "/t/oauth2/v2.0/devicecode" => Reply::Json(device.clone()),
        _ => Reply::Status(
            403,
            &[("Request-ID", "r-1")],
            json!({"error": {"code": FORGED, "message": FORGED}}).to_string(),
        ),
    })
}

/// Signs in at `server`, then uses the sign-in.
fn use_service(what: &str, server: &Server, response: &'static str, flags: &[&str]) {
    let home = Home::new(&server.url());
    let env = home.env().browser(home.service.browser(response));
    let authority = format!("http://{}", server.address());
    let login = ["login", "--client-id", "c", "--tenant", "t", "--store", "file", "-vvv"];
    let login = [&login[..], &["--authority", &authority], flags].concat();
    let commands = [
        &login[..],
        &["status", "-vvv"],
        &["status", "--check", "-v"],
        &["list"],
        &["doctor"],
        &["logout"],
    ];
    for command in commands {
        assert_not_forged(&format!("{what}: {command:?}"), &env.run(command));
    }
}

#[test]
fn no_value_of_the_services_forges_a_line() {
    let granted = |access: &str, id: &str| {
        json!({
            "access_token": access, "token_type": "Bearer", "expires_in": 1, "refresh_token": "r", "id_token": id,
        })
    };
    let code = json!({
        "device_code": "d", "user_code": FORGED, "verification_uri": format!("https://a/{FORGED}"),
        "expires_in": 60, "interval": 1, "message": FORGED,
    });
    let claims =
        json!({"preferred_username": FORGED, "upn": FORGED, "name": FORGED, "tid": FORGED});
    let claims = token(&claims.to_string());
    let error = json!({
        "error": FORGED, "error_description": FORGED, "correlation_id": FORGED, "timestamp": FORGED,
        "trace_id": FORGED, "suberror": FORGED,
    });
    let known = json!({
        "error": "invalid_client", "error_description": format!("AADSTS7000218: {FORGED} Correlation ID: {FORGED}"),
    });
    let granted = granted(&claims, &claims);
    let answers =
        [(200, &granted, &code), (400, &error, &code), (400, &known, &code), (200, &error, &error)];
    for (status, token, device) in answers {
        for flags in [&[][..], &["--device-code"]] {
            use_service(&token.to_string(), &service(status, token, device), SIGNED_IN, flags);
        }
    }
    let responses = [
        format!("error={ENCODED}&error_description={ENCODED}&state=STATE"),
        format!("error=access_denied&error_description=AADSTS65004%3A{ENCODED}&state=STATE"),
        format!("code={ENCODED}&state=STATE"),
        format!("code=c&iss={ENCODED}&state=STATE"),
    ];
    for response in responses {
        let response: &'static str = response.leak();
        use_service(response, &service(400, &error, &code), response, &[]);
    }
}

/// Commands that read settings.
const COMMANDS: [&[&str]; 6] = [
    &["status", "-v"],
    &["status", "--all"],
    &["list"],
    &["logout"],
    &["doctor"],
    &["login", "--client-id", "c", "--tenant", "t", "--store", "file"],
];

#[test]
fn no_variable_forges_a_line() {
    let server = service(400, &json!({}), &json!({}));
    let variables = [
        "PROFILE",
        "TENANT",
        "CLIENT_ID",
        "STORE",
        "API_URL",
        "AUTHORITY",
        "SCOPE",
        "TOKEN",
        "TOKEN_FILE",
    ];
    for name in variables {
        let home = Home::new(&server.url());
        let authority = format!("http://{}", server.address());
        let env = home.env().variable("REFERRALS_AUTHORITY", &authority);
        let env = env.variable(&format!("REFERRALS_{name}"), FORGED);
        for command in COMMANDS {
            assert_not_forged(&format!("{name}: {command:?}"), &env.run(command));
        }
    }
}

#[test]
fn no_setting_forges_a_line() {
    let server = service(400, &json!({}), &json!({}));
    let text = serde_json::to_string(FORGED).unwrap();
    let settings = [
        format!("default_profile = {text}"),
        format!("{text} = 1"),
        format!("[profile.{text}]"),
        format!("[profile.default]\n{text} = 1"),
        format!("[profile.default]\ntenant = {text}\nclient_id = {text}\nscope = {text}"),
        format!("[profile.default]\nstore = {text}"),
        format!("[profile.default]\napi_url = {text}"),
        format!("[profile.default]\nauthority = {text}"),
        format!("[profile.default]\ncolumns = [{text}]"),
        format!("[profile.default]\ntenant = {FORGED}"),
    ];
    for setting in &settings {
        let home = Home::new(&server.url());
        fs::create_dir_all(home.config()).unwrap();
        fs::write(home.config().join("config.toml"), setting).unwrap();
        for command in COMMANDS {
            assert_not_forged(&format!("{setting}: {command:?}"), &home.env().run(command));
        }
    }
}

#[test]
fn no_flag_forges_a_line() {
    let server = service(400, &json!({}), &json!({}));
    for flag in ["--profile", "--api-url", "--token-file"] {
        let env = Home::new(&server.url()).env();
        for command in ["status", "list", "doctor"] {
            assert_not_forged(flag, &env.run(&[command, flag, FORGED, "-v"]));
        }
    }
    for flag in ["--client-id", "--tenant", "--authority", "--scope"] {
        let mut login = vec!["login", "--store", "file", flag, FORGED];
        let required = [("--client-id", "c"), ("--tenant", "t")];
        login.extend(required.iter().filter(|(name, _)| *name != flag).flat_map(|(n, v)| [n, v]));
        let env = Home::new(&server.url()).env();
        assert_not_forged(flag, &env.run(&login));
    }
}

#[cfg(unix)]
#[test]
fn no_name_of_a_file_forges_a_line() {
    let server = service(400, &json!({}), &json!({}));
    let root = tempfile::tempdir().unwrap();
    let forged = root.path().join(FORGED);
    fs::create_dir_all(&forged).unwrap();
    fs::write(forged.join("file"), "not a token").unwrap();
    fs::write(forged.join("config.toml"), "tennant = 1").unwrap();
    let place = |name: &str| forged.join(name).to_str().unwrap().to_owned();
    let cases = [
        ("REFERRALS_CONFIG_DIR", place("")),
        ("REFERRALS_CONFIG_DIR", place("file")),
        ("REFERRALS_CONFIG_DIR", place("new")),
        ("REFERRALS_STATE_DIR", place("file")),
        ("REFERRALS_STATE_DIR", place("new")),
        ("REFERRALS_TOKEN_FILE", place("file")),
        ("REFERRALS_TOKEN_FILE", place("none")),
    ];
    for (variable, place) in cases {
        let home = Home::new(&server.url());
        let env = home.env().variable(variable, &place);
        let check = |output: &Output| assert_not_forged(&format!("{variable}: {place:?}"), output);
        check(&home.sign_in(&env, &[]));
        for command in ["status", "doctor", "list", "logout"] {
            check(&env.run(&[command, "-v"]));
        }
    }
}
