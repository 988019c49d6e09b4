//! The settings a profile can hold: the name, variable and default of each, in one table.

use std::collections::BTreeMap;

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::store_choice::StoreChoice;
use crate::auth::{AUTHORITY, SCOPE};

/// The API's address (API §1.1).
const API_URL: &str = "https://api.partner.microsoft.com/v1.0/engagements";

/// A setting that a profile can hold. In the settings file it has the variant's name in snake case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum SettingKey {
    /// The Entra tenant: its id or a domain.
    Tenant,
    /// The app registration.
    ClientId,
    /// The [`StoreChoice`] of the session.
    Store,
    /// The API's base URL.
    ApiUrl,
    /// The sign-in service's URL, another one for national clouds.
    Authority,
    /// The scope requested at sign-in.
    Scope,
    /// The columns of tables, with commas between, as in `--columns`.
    Columns,
    /// The address of a referral in the portal, with `{id}` in the place of its id. None is documented (API §7.4).
    PortalUrl,
    /// The user's own addresses on teams, with commas between, for `--mine`.
    Me,
    /// Whether commands may change referrals: `true` or `false`.
    AllowWrites,
}

/// Values by setting; those that are not set are absent.
pub(super) type SettingValues = BTreeMap<SettingKey, String>;

/// A row of the table.
struct Definition {
    variable: Option<&'static str>,
    default: Option<&'static str>,
}

impl SettingKey {
    /// Every setting, in the order in which they are listed and saved.
    pub const ALL: &'static [SettingKey] = SettingKey::VARIANTS;

    fn definition(self) -> Definition {
        let row = |variable, default| Definition { variable, default };
        match self {
            SettingKey::Tenant => row(Some("REFERRALS_TENANT"), None),
            SettingKey::ClientId => row(Some("REFERRALS_CLIENT_ID"), None),
            SettingKey::Store => row(Some("REFERRALS_STORE"), Some(StoreChoice::Keyring.name())),
            SettingKey::ApiUrl => row(Some("REFERRALS_API_URL"), Some(API_URL)),
            SettingKey::Authority => row(Some("REFERRALS_AUTHORITY"), Some(AUTHORITY)),
            SettingKey::Scope => row(Some("REFERRALS_SCOPE"), Some(SCOPE)),
            SettingKey::Columns | SettingKey::PortalUrl => row(None, None),
            SettingKey::Me => row(Some("REFERRALS_ME"), None),
            SettingKey::AllowWrites => row(Some("REFERRALS_ALLOW_WRITES"), None),
        }
    }

    /// The name in the settings file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The variable that sets it.
    pub(super) fn variable(self) -> Option<&'static str> {
        self.definition().variable
    }

    /// The value where neither flag, variable nor profile sets one.
    pub(super) fn default(self) -> Option<&'static str> {
        self.definition().default
    }
}
