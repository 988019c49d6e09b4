//! The identity providers of the cases, which `provider.mjs` runs: one for a case, stopped when its value is dropped.

use std::env;
use std::sync::Arc;

use referrals::testing::{AuthSettings, OAuthClient};
use reqwest::Url;

pub(crate) struct Provider {
    pub(crate) issuer: String,
}

impl Provider {
    /// Starts a provider with these settings.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Provider {
        let address = Url::parse_with_params(&control(), settings).unwrap();
        let response = client().post(address).send().unwrap();
        Provider { issuer: response.text().unwrap() }
    }

    pub(crate) fn settings(&self) -> AuthSettings {
        let scope = "openid offline_access referrals.read";
        AuthSettings::new("work", &self.issuer, "t", "referrals-cli", scope).unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = client().delete(control()).body(self.issuer.clone()).send();
    }
}

/// Where providers are started and stopped.
#[expect(clippy::disallowed_methods, reason = "whoever runs this program has the providers")]
fn control() -> String {
    env::var("LIVE_PROVIDERS").expect("tests/live/run and .ci/windows start the providers")
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
