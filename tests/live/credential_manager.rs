//! The keyring store with Windows Credential Manager, whose entries are smaller than a session.

use referrals::testing::{KeyringStore, self_test};

use crate::{Case, keyring};

pub(crate) const CASES: &[Case] = &[("credential_manager_stores_secrets_of_any_size", any_size)];

fn any_size() {
    let store = KeyringStore::new(false);
    self_test(&store, "referrals-live").unwrap();
    keyring::sizes(&store, "referrals-live").unwrap();
}
