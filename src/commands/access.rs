//! One cheap question to the API: may this account read referrals, and does it see any?

use crate::context::Context;
use crate::error::Result;
use crate::listing::Listing;
use crate::query::{ListQuery, Plan, Selection};

/// What an answer without referrals may mean (API §4.4).
pub(super) const NO_REFERRALS_VISIBLE: &str = "the API shows this account no referrals: there are none, or it has the role \
    Referrals user and is on no referral's team; a Referrals admin sees all";

/// Whether the account sees any referral.
///
/// # Errors
/// Why it may not look, or why nobody could be asked.
pub(super) fn sees_any_referral(context: &Context) -> Result<bool> {
    let plan = Plan::new(ListQuery {
        limit: Some(1),
        select: Selection::new(["id".to_owned()]),
        ..ListQuery::default()
    });
    let mut listing = Listing::start(context.api()?, context.clock(), context.ui(), &plan)?;
    while let Some(rows) = listing.next_rows()? {
        if !rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
