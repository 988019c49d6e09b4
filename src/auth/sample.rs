//! A sign-in that nobody has made, for showing what one looks like.

use jiff::{SignedDuration, Timestamp};

use super::authority::{AUTHORITY, AuthSettings, SCOPE};
use super::session::{Flow, Session, TokenGrant};
use super::token::Secret;

const CLIENT_ID: &str = "00000000-0000-0000-0000-000000000000";

const TENANT_ID: &str = "11111111-1111-1111-1111-111111111111";

/// How long ago the account signed in.
const AGE: SignedDuration = SignedDuration::from_hours(12 * 24);

/// How long ago its tokens were refreshed.
const REFRESH_AGE: SignedDuration = SignedDuration::from_mins(20);

/// The session of `user`, an address whose domain is taken for the tenant. Its tokens are placeholders.
pub fn sample_session(user: &str, now: Timestamp) -> Session {
    let tenant = user.rsplit_once('@').map_or(user, |(_, domain)| domain);
    let settings = AuthSettings::new("demo", AUTHORITY, tenant, CLIENT_ID, SCOPE)
        .expect("a domain and the defaults are valid");
    let grant = TokenGrant {
        access: Secret::new("sample"),
        refresh: Some(Secret::new("sample")),
        expires_in: SignedDuration::from_hours(1),
        id_token: None,
    };
    let before = |age| now.saturating_sub(age).unwrap_or(Timestamp::MIN);
    let mut session = Session::new(grant, &settings, Flow::Browser, before(REFRESH_AGE));
    session.signed_in = before(AGE);
    session.account.user = Some(user.to_owned());
    session.account.tenant_id = Some(TENANT_ID.to_owned());
    session.account.mfa = Some(true);
    session
}
