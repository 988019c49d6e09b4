//! What both ways of signing in share.

use super::authority::AuthSettings;
use super::oauth_client::OAuthClient;
use super::session::{Flow, Session, TokenGrant};
use crate::clock::Clock;
use crate::ui::Ui;

#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    pub settings: &'a AuthSettings,
    pub client: &'a OAuthClient,
    pub clock: &'a dyn Clock,
    pub ui: &'a Ui,
}

impl SignIn<'_> {
    /// The session that begins with `grant`.
    pub(super) fn new_session(&self, grant: TokenGrant, flow: Flow) -> Session {
        let SignIn { settings, clock, ui, .. } = self;
        if grant.refresh.is_none() {
            ui.warn(
                "the sign-in service issued no refresh token, so the sign-in ends within the hour; \
                 add `offline_access` to the scope",
            );
        }
        Session::new(grant, settings, flow, clock.now())
    }
}

/// Optional parameters of the authorization request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizeOptions {
    /// `login` to authenticate again, `consent` to review permissions, `select_account` to choose an account.
    pub prompt: Option<String>,
    /// A claims challenge.
    pub claims: Option<String>,
    /// The account to suggest.
    pub login_hint: Option<String>,
}

impl AuthorizeOptions {
    /// What the session to be replaced requires, for the same account.
    pub fn replacing(session: &Session) -> AuthorizeOptions {
        let reauth = session.reauth.as_ref();
        AuthorizeOptions {
            prompt: reauth.filter(|reauth| reauth.force_prompt).map(|_| "login".to_owned()),
            claims: reauth.and_then(|reauth| reauth.claims.clone()),
            login_hint: session.account.user.clone().filter(|user| user.contains('@')),
        }
    }
}
