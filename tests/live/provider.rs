//! The identity provider of the cases: a process that is killed when its value is dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use referrals::testing::{AuthSettings, OAuthClient};

pub(crate) struct Provider {
    process: Child,
    /// Kept open, because the provider exits when it cannot write.
    _stdout: BufReader<ChildStdout>,
    pub(crate) issuer: String,
}

impl Provider {
    /// Starts a provider with these environment variables and waits until it listens.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Provider {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/provider.mjs"))
            .env("PORT", port.to_string())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        while !issuer.starts_with("http://") {
            issuer.clear();
            assert!(stdout.read_line(&mut issuer).unwrap() > 0, "the provider did not start");
        }
        let issuer = issuer.trim().to_owned();
        Provider { process, _stdout: stdout, issuer }
    }

    pub(crate) fn settings(&self) -> AuthSettings {
        let scope = "openid offline_access referrals.read";
        AuthSettings::new("work", &self.issuer, "t", "referrals-cli", scope).unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client without certificates and without a proxy.
pub(crate) fn client() -> reqwest::blocking::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub(crate) fn oauth_client() -> OAuthClient {
    OAuthClient::new(Arc::default())
}
