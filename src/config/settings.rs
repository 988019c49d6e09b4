//! The settings of one run: flag, else variable, else profile, else default.

use std::path::PathBuf;

use super::file::{ConfigFile, check_profile_name};
use super::store_choice::StoreChoice;
use super::variables::{Lookup, read_variable};
use crate::error::Result;

/// The profile used where none is named.
const DEFAULT_PROFILE: &str = "default";

/// Where the API is (API §1.1).
pub const API_URL: &str = "https://api.partner.microsoft.com/v1.0/engagements";

/// What decided a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag,
    /// The variable of that name.
    Variable(&'static str),
    /// The profile in the settings file.
    Profile,
    /// Nothing; it is the default.
    Default,
}

/// A setting and what decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// What is set.
    pub value: T,
    /// What decided it.
    pub origin: Origin,
}

/// Where a ready access token is to be read; the token itself is none of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// The variable of that name.
    Variable(&'static str),
    /// A file.
    File(PathBuf),
}

/// The flags that settings depend on; `None` where one was not given.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--profile`
    pub profile: Option<String>,
    /// `--tenant`
    pub tenant: Option<String>,
    /// `--client-id`
    pub client_id: Option<String>,
    /// `--store`
    pub store: Option<StoreChoice>,
    /// `--api-url`
    pub api_url: Option<String>,
    /// `--authority`
    pub authority: Option<String>,
    /// `--scope`
    pub scope: Option<String>,
    /// `--token-file`
    pub token_file: Option<PathBuf>,
}

/// The settings of one run. `None` where neither flag, variable nor profile says anything and
/// the default is somebody else's to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The profile's name.
    pub profile: Setting<String>,
    /// Whether the settings file has a profile of that name.
    pub known: bool,
    /// The tenant.
    pub tenant: Option<Setting<String>>,
    /// The app registration.
    pub client_id: Option<Setting<String>>,
    /// Where the session is kept.
    pub store: Setting<StoreChoice>,
    /// The API's base address.
    pub api_url: Setting<String>,
    /// The authority.
    pub authority: Option<Setting<String>>,
    /// The scope.
    pub scope: Option<Setting<String>>,
    /// The columns shown where no flag names them; from the profile only.
    pub columns: Option<Vec<String>>,
    /// A ready access token, in place of a session.
    pub token: Option<TokenSource>,
}

impl Settings {
    /// Decides every setting: flag, else variable, else profile, else default.
    pub fn resolve(flags: &Flags, lookup: Lookup<'_>, file: &ConfigFile) -> Result<Settings> {
        let Flags { profile, tenant, client_id, store, api_url, authority, scope, token_file } =
            flags;
        let given = from_outside(profile.as_ref(), lookup, "REFERRALS_PROFILE");
        let profile = given
            .or_else(|| set(file.default_profile().map(str::to_owned), Origin::Profile))
            .unwrap_or_else(|| default(DEFAULT_PROFILE.to_owned()));
        check_profile_name(&profile.value)?;
        let found = file.profile(&profile.value);
        let kept = found.cloned().unwrap_or_default();
        let text = |flag: &Option<String>, variable, kept: Option<String>| {
            from_outside(flag.as_ref(), lookup, variable).or_else(|| set(kept, Origin::Profile))
        };
        let token = match (token_file, read_variable(lookup, "REFERRALS_TOKEN")) {
            (Some(path), _) => Some(TokenSource::File(path.clone())),
            (None, Some(_)) => Some(TokenSource::Variable("REFERRALS_TOKEN")),
            (None, None) => read_variable(lookup, "REFERRALS_TOKEN_FILE")
                .map(|path| TokenSource::File(PathBuf::from(path))),
        };
        Ok(Settings {
            known: found.is_some(),
            tenant: text(tenant, "REFERRALS_TENANT", kept.tenant),
            client_id: text(client_id, "REFERRALS_CLIENT_ID", kept.client_id),
            store: set(*store, Origin::Flag)
                .or_else(|| set(kept.store, Origin::Profile))
                .unwrap_or_else(|| default(StoreChoice::Keyring)),
            api_url: text(api_url, "REFERRALS_API_URL", kept.api_url)
                .unwrap_or_else(|| default(API_URL.to_owned())),
            authority: text(authority, "REFERRALS_AUTHORITY", kept.authority),
            scope: text(scope, "REFERRALS_SCOPE", kept.scope),
            columns: kept.columns,
            token,
            profile,
        })
    }
}

fn from_outside(
    flag: Option<&String>,
    lookup: Lookup<'_>,
    variable: &'static str,
) -> Option<Setting<String>> {
    set(flag.cloned(), Origin::Flag)
        .or_else(|| set(read_variable(lookup, variable), Origin::Variable(variable)))
}

fn set<T>(value: Option<T>, origin: Origin) -> Option<Setting<T>> {
    value.map(|value| Setting { value, origin })
}

fn default<T>(value: T) -> Setting<T> {
    Setting { value, origin: Origin::Default }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::ErrorKind;

    const FILE: &str = r#"
default_profile = "contoso"

[profile.contoso]
tenant = "contoso.com"
client_id = "id-contoso"
store = "file"
api_url = "https://api.example/contoso"
authority = "https://login.example"
scope = "scope-contoso"
columns = ["id", "deadline"]

[profile.fabrikam]
tenant = "fabrikam.com"
"#;

    fn file() -> ConfigFile {
        ConfigFile::parse(FILE, Path::new("config.toml")).unwrap()
    }

    fn unset(_: &str) -> Option<String> {
        None
    }

    fn variables(name: &str) -> Option<String> {
        name.starts_with("REFERRALS_").then(|| match name {
            "REFERRALS_PROFILE" => "fabrikam".to_owned(),
            name => format!("variable {name}"),
        })
    }

    fn flags() -> Flags {
        let flag = |name: &str| Some(format!("flag {name}"));
        Flags {
            profile: Some("contoso".to_owned()),
            tenant: flag("tenant"),
            client_id: flag("client_id"),
            store: Some(StoreChoice::Keyring),
            api_url: flag("api_url"),
            authority: flag("authority"),
            scope: flag("scope"),
            token_file: Some(PathBuf::from("flag token_file")),
        }
    }

    /// The settings as text: value and what decided it.
    fn shown(settings: &Settings) -> Vec<String> {
        let show = |setting: &Option<Setting<String>>| match setting {
            Some(setting) => format!("{} {:?}", setting.value, setting.origin),
            None => "-".to_owned(),
        };
        let store = &settings.store;
        vec![
            show(&Some(settings.profile.clone())),
            show(&settings.tenant),
            show(&settings.client_id),
            format!("{} {:?}", store.value.name(), store.origin),
            show(&Some(settings.api_url.clone())),
            show(&settings.authority),
            show(&settings.scope),
            format!("{:?}", settings.token),
        ]
    }

    #[test]
    fn a_flag_beats_a_variable_beats_the_profile_beats_the_default() {
        let none = Flags::default();
        let settings = Settings::resolve(&flags(), &variables, &file()).unwrap();
        assert_eq!(
            shown(&settings),
            [
                "contoso Flag",
                "flag tenant Flag",
                "flag client_id Flag",
                "keyring Flag",
                "flag api_url Flag",
                "flag authority Flag",
                "flag scope Flag",
                "Some(File(\"flag token_file\"))",
            ]
        );
        let settings = Settings::resolve(&none, &variables, &file()).unwrap();
        assert_eq!(
            shown(&settings),
            [
                r#"fabrikam Variable("REFERRALS_PROFILE")"#,
                r#"variable REFERRALS_TENANT Variable("REFERRALS_TENANT")"#,
                r#"variable REFERRALS_CLIENT_ID Variable("REFERRALS_CLIENT_ID")"#,
                "keyring Default",
                r#"variable REFERRALS_API_URL Variable("REFERRALS_API_URL")"#,
                r#"variable REFERRALS_AUTHORITY Variable("REFERRALS_AUTHORITY")"#,
                r#"variable REFERRALS_SCOPE Variable("REFERRALS_SCOPE")"#,
                r#"Some(Variable("REFERRALS_TOKEN"))"#,
            ]
        );
        let settings = Settings::resolve(&none, &unset, &file()).unwrap();
        assert_eq!(
            shown(&settings),
            [
                "contoso Profile",
                "contoso.com Profile",
                "id-contoso Profile",
                "file Profile",
                "https://api.example/contoso Profile",
                "https://login.example Profile",
                "scope-contoso Profile",
                "None",
            ]
        );
        assert_eq!(settings.columns.unwrap(), ["id", "deadline"]);
        let settings = Settings::resolve(&none, &unset, &ConfigFile::default()).unwrap();
        assert_eq!(
            shown(&settings),
            [
                "default Default",
                "-",
                "-",
                "keyring Default",
                &format!("{API_URL} Default"),
                "-",
                "-",
                "None",
            ]
        );
        assert!(!settings.known);
    }

    #[test]
    fn profiles_do_not_disturb_each_other() {
        let flags = Flags { profile: Some("fabrikam".to_owned()), ..Flags::default() };
        let settings = Settings::resolve(&flags, &unset, &file()).unwrap();
        assert!(settings.known);
        assert_eq!(settings.tenant.unwrap().value, "fabrikam.com");
        assert_eq!((settings.client_id, settings.columns), (None, None));
        assert_eq!(settings.store.value, StoreChoice::Keyring);
    }

    #[test]
    fn a_variable_set_to_nothing_is_unset() {
        let blank = |_: &str| Some("  ".to_owned());
        let settings = Settings::resolve(&Flags::default(), &blank, &file()).unwrap();
        assert_eq!(settings, Settings::resolve(&Flags::default(), &unset, &file()).unwrap());
    }

    #[test]
    fn a_profiles_name_cannot_leave_the_folder() {
        for name in ["", "../x", "a/b", "a\\b", ".x", "-x", "a b", "~probe", "é"] {
            let flags = Flags { profile: Some(name.to_owned()), ..Flags::default() };
            let error = Settings::resolve(&flags, &unset, &file()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{name}");
        }
    }
}
