//! Tokens: a fresh one to send now, or the reason why a person must sign in.
//! Nothing outside `token` can print a secret, and nothing but the store keeps one.

pub mod advice;
mod answer;
mod authority;
pub mod browser;
mod callback;
mod claims;
pub mod device;
mod given;
mod http;
mod keyring;
mod listener;
mod lock;
mod parts;
mod place;
mod refresh;
mod refusal;
mod session;
mod store;
mod token;

pub use authority::{AUTHORITY, AuthSettings, SCOPE, TENANT};
pub use claims::Claims;
pub use given::GivenToken;
pub use http::Exchange;
pub use keyring::KeyringStore;
pub use place::SessionPlace;
pub use refresh::{SessionTokens, Wanted};
pub use refusal::Refusal;
pub use session::{Account, Flow, Pending, Session};
pub use store::{FileStore, MemoryStore, SecretStore, prove};
pub use token::Secret;

use crate::error::Result;

/// Access tokens for the API.
pub trait Tokens: Send + Sync {
    /// A token to send now, renewed if it is about to end; [`ErrorKind::SignIn`](crate::error::ErrorKind::SignIn)
    /// where only a person can help.
    fn bearer(&self) -> Result<Secret>;

    /// Another token than `refused`, to be asked for once after a 401, or the reason why there is none.
    fn renew(&self, refused: &Secret) -> Result<Secret>;

    /// Notes that the API takes no token of this sign-in any more, renewed or not (code 900421, or a
    /// `claims` challenge: API §5.4, §5.6), so that `status` says so and the next sign-in asks afresh.
    fn demand_sign_in(&self, reason: &str, claims: Option<&str>) {
        let _ = (reason, claims);
    }
}
