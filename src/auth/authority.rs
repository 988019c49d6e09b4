//! The parameters of a sign-in, and the endpoints that they lead to.

use reqwest::Url;

use crate::error::{Error, Result};
use crate::http;

/// Entra's global authority (API §5.5).
pub const AUTHORITY: &str = "https://login.microsoftonline.com";

/// All consented permissions of the API, and a refresh token (API §5.2).
pub const SCOPE: &str = "https://api.partner.microsoft.com/.default offline_access openid profile";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthSettings {
    pub profile: String,
    authority: Url,
    pub tenant: String,
    pub client_id: String,
    /// Separated by single spaces.
    pub scope: String,
}

impl AuthSettings {
    /// # Errors
    /// `ErrorKind::Usage` for an authority that tokens must not be sent to, and for a tenant or client id that could
    /// change the address it becomes part of.
    pub fn new(
        profile: &str,
        authority: &str,
        tenant: &str,
        client_id: &str,
        scope: &str,
    ) -> Result<AuthSettings> {
        let authority = http::parse_service_url("the authority", authority)
            .map_err(|error| error.hint(format!("use an address such as {AUTHORITY}")))?;
        let is_word = |text: &str| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            !text.is_empty() && text.chars().all(is_allowed) && !text.starts_with('.')
        };
        if !is_word(tenant) {
            return Err(Error::usage(format!("invalid tenant {tenant:?}"))
                .hint("use the tenant's id or one of its domains, such as contoso.com"));
        }
        if !is_word(client_id) {
            return Err(Error::usage(format!("invalid client id {client_id:?}"))
                .hint("use the app registration's application (client) id"));
        }
        if scope.trim().is_empty() {
            return Err(Error::usage("the scope is empty"));
        }
        Ok(AuthSettings {
            profile: profile.to_owned(),
            authority,
            tenant: tenant.to_owned(),
            client_id: client_id.to_owned(),
            scope: scope.split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// Without a slash at its end.
    pub fn authority(&self) -> &str {
        self.authority.as_str().trim_end_matches('/')
    }

    /// The page where an administrator consents for the whole tenant.
    pub fn consent_address(&self) -> String {
        let Self { tenant, client_id, .. } = self;
        let authority = self.authority();
        format!("{authority}/{tenant}/adminconsent?client_id={client_id}")
    }

    /// The address of an endpoint: `authorize`, `devicecode` or `token`.
    pub(super) fn endpoint(&self, name: &str) -> String {
        format!("{}/{}/oauth2/v2.0/{name}", self.authority(), self.tenant)
    }

    /// Whether `issuer` is on the authority's host (RFC 9207). Its path contains the tenant's id, which may be unknown.
    pub(super) fn is_issuer(&self, issuer: &str) -> bool {
        Url::parse(issuer).is_ok_and(|url| url.origin() == self.authority.origin())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::auth) fn settings(authority: &str) -> AuthSettings {
        AuthSettings::new("work", authority, "t", "referrals-cli", "api/.default").unwrap()
    }

    #[test]
    fn the_endpoints_are_those_of_the_authority_and_tenant() {
        let settings = AuthSettings::new("work", AUTHORITY, "contoso.com", "abc-1", SCOPE).unwrap();
        let base = "https://login.microsoftonline.com/contoso.com";
        assert_eq!(settings.endpoint("authorize"), format!("{base}/oauth2/v2.0/authorize"));
        assert_eq!(settings.endpoint("devicecode"), format!("{base}/oauth2/v2.0/devicecode"));
        assert_eq!(settings.endpoint("token"), format!("{base}/oauth2/v2.0/token"));
        assert_eq!(settings.consent_address(), format!("{base}/adminconsent?client_id=abc-1"));
        assert!(settings.is_issuer("https://login.microsoftonline.com/72f9/v2.0"));
        assert!(!settings.is_issuer("https://login.example/72f9/v2.0"));
        assert!(!settings.is_issuer("http://login.microsoftonline.com/72f9/v2.0"));
    }

    #[test]
    fn an_authority_the_tokens_must_not_go_to_is_rejected_with_a_hint() {
        for bad in ["http://login.example", "https://user:word@login.example", ""] {
            let report = AuthSettings::new("work", bad, "t", "c", "s").unwrap_err().report();
            assert!(report.starts_with("error: the authority "), "{report}");
            assert!(report.contains(AUTHORITY) && !report.contains("word@"), "{report}");
        }
    }

    #[test]
    fn a_tenant_or_client_id_cannot_change_the_address() {
        for bad in ["", "a/b", "a?b", "a b", "..", "a#b", "a%2fb"] {
            assert!(AuthSettings::new("work", AUTHORITY, bad, "c", "s").is_err(), "{bad}");
            assert!(AuthSettings::new("work", AUTHORITY, "t", bad, "s").is_err(), "{bad}");
        }
        assert!(AuthSettings::new("work", AUTHORITY, "t", "c", " ").is_err());
    }
}
