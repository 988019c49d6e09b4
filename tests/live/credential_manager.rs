//! The keyring store with Windows Credential Manager, whose entries are smaller than a session.

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use httpmock::MockServer;
use referrals::testing::{KeyringStore, SecretStore, self_test};

use crate::{Case, keyring};

pub(crate) const CASES: &[Case] = &[
    ("credential_manager_stores_secrets_of_any_size", any_size),
    ("a_session_with_long_tokens_survives_in_credential_manager", long_tokens),
];

/// Of the user whose Credential Manager this is; no profile of theirs has this name.
const PROFILE: &str = "referrals-live";

fn any_size() {
    let store = KeyringStore::new(false);
    self_test(&store, PROFILE).unwrap();
    keyring::sizes(&store, PROFILE).unwrap();
}

/// Signs in, lists and signs out, each in a process of its own.
fn long_tokens() {
    let (server, home) = (MockServer::start(), tempfile::tempdir().unwrap());
    let (access, refresh) = ("a".repeat(2_400), "r".repeat(1_500));
    server.mock(|when, then| {
        when.method("POST").path("/t/oauth2/v2.0/devicecode");
        then.status(200).body(r#"{"device_code":"d","user_code":"U","verification_uri":"https://login.example","expires_in":900,"interval":1}"#);
    });
    server.mock(|when, then| {
        when.method("POST").path("/t/oauth2/v2.0/token");
        then.status(200).body(format!(r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}"}}"#));
    });
    server.mock(|when, then| {
        when.method("GET").header("authorization", format!("Bearer {access}"));
        then.status(200).body(r#"{"value":[{"id":"a"}]}"#);
    });
    let authority = server.base_url();
    let login = ["login", "--device-code", "--client-id", "c", "--tenant", "t", "--authority"];
    run(home.path(), &server, &[&login[..], &[&authority, "--store", "keyring"]].concat());
    let listed = run(home.path(), &server, &["list", "--format", "json"]);
    assert!(listed.contains(r#"{"id":"a"}"#), "{listed}");
    assert!(KeyringStore::new(false).load(PROFILE).unwrap().is_some());
    run(home.path(), &server, &["logout"]);
    assert!(KeyringStore::new(false).load(PROFILE).unwrap().is_none());
}

/// Runs the program, which must succeed, and returns its standard output.
fn run(home: &Path, server: &MockServer, arguments: &[&str]) -> String {
    let output = Command::new(cargo_bin!("referrals"))
        .env("REFERRALS_CONFIG_DIR", home)
        .env("REFERRALS_STATE_DIR", home)
        .env("REFERRALS_API_URL", server.url("/v1.0/engagements"))
        .env("REFERRALS_PROFILE", PROFILE)
        .env_remove("REFERRALS_TOKEN")
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
