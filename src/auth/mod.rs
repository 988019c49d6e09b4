//! Signing in, the stored session, and access tokens from it.

pub mod advice;
mod authority;
pub mod browser;
mod callback;
mod claims;
pub mod device;
mod keyring;
mod listener;
#[cfg(test)]
mod memory_store;
mod oauth_client;
mod oauth_error;
pub mod opener;
pub mod parts;
mod refresh;
mod request_error;
mod sample;
mod session;
mod session_handle;
mod sign_in;
mod static_token;
mod store;
mod token;
mod token_response;

pub use authority::{AUTHORITY, AuthSettings, SCOPE};
pub use claims::Claims;
pub use keyring::KeyringStore;
pub use oauth_client::OAuthClient;
pub use refresh::{ExpectedSession, SessionTokens};
pub use sample::sample_session;
pub use session::{Flow, Session};
pub use session_handle::SessionHandle;
pub use sign_in::{AuthorizeOptions, SignIn};
pub use static_token::StaticToken;
pub use store::{FileStore, SecretStore, self_test};
pub use token::{Secret, TokenProvider};
