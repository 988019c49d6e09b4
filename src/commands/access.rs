//! Checks with a small request whether the account can read referrals.

use crate::error::Result;
use crate::listing::Listing;
use crate::query::{ListQuery, Plan, Selection};
use crate::services::Services;

/// What an empty result may mean (API §4.4).
pub(super) const NO_REFERRALS_VISIBLE: &str = "the API returned no referrals: there are none, or the account has the role \
    Referrals user and is on no referral's team; a Referrals admin sees all";

/// Whether the API returns any referral to the account. Fails if the account has no role that may read referrals.
pub(super) fn sees_any_referral(services: &Services) -> Result<bool> {
    let plan = Plan::new(ListQuery {
        limit: Some(1),
        select: Selection::new(["id".to_owned()]),
        ..ListQuery::default()
    });
    let context = services.context();
    let mut listing = Listing::start(services.api()?, context.clock(), context.ui(), &plan)?;
    while let Some(rows) = listing.next_rows()? {
        if !rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
