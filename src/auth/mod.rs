//! Tokens: a fresh one to send now, or the reason why a person must sign in.
//! Nothing outside `token` can print a secret, and nothing but the store keeps one.

pub mod advice;
mod token_response;
mod authority;
pub mod browser;
mod callback;
mod claims;
pub mod device;
mod static_token;
mod oauth_client;
mod keyring;
mod listener;
mod lock;
mod parts;
mod session_handle;
mod refresh;
mod oauth_error;
mod session;
mod store;
mod token;

pub use authority::{AUTHORITY, AuthSettings, SCOPE, TENANT};
pub use claims::Claims;
pub use keyring::KeyringStore;
pub use oauth_client::OAuthClient;
pub use oauth_error::OAuthError;
pub use refresh::{ExpectedSession, SessionTokens};
pub use session::{Account, Flow, ReauthRequired, Session};
pub use session_handle::SessionHandle;
pub use static_token::StaticToken;
pub use store::{FileStore, MemoryStore, SecretStore, self_test};
pub use token::Secret;

use crate::error::Result;

/// Access tokens for the API.
pub trait TokenProvider: Send + Sync {
    /// A token to send now, renewed if it is about to end; [`ErrorKind::SignIn`](crate::error::ErrorKind::SignIn)
    /// where only a person can help.
    fn access_token(&self) -> Result<Secret>;

    /// Another token than `refused`, to be asked for once after a 401, or the reason why there is none.
    fn refresh(&self, refused: &Secret) -> Result<Secret>;

    /// Notes that the API takes no token of this sign-in any more, renewed or not (code 900421, or a
    /// `claims` challenge: API §5.4, §5.6), so that `status` says so and the next sign-in asks afresh.
    fn require_reauth(&self, reason: &str, claims: Option<&str>) {
        let _ = (reason, claims);
    }
}
