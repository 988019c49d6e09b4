//! The settings of one run: flag, else variable, else profile, else default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use strum::Display;

use super::file::ConfigFile;
use super::key::{SettingKey, SettingValues};
use super::profile_name::{DEFAULT_PROFILE, check_profile_name};
use super::store_choice::StoreChoice;
use super::variables::{Lookup, PROFILE, TOKEN, read_path_variable, read_variable};
use crate::error::{Error, Result};
use crate::text::{self, escape_control, show_path};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq)]
pub enum Origin {
    #[strum(to_string = "from a flag")]
    Flag,
    /// The variable of that name.
    #[strum(to_string = "from {0}")]
    Variable(&'static str),
    #[strum(to_string = "from the settings file")]
    Profile,
    #[strum(to_string = "the default")]
    Default,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub value: String,
    pub origin: Origin,
}

impl Setting {
    fn new(value: impl Into<String>, origin: Origin) -> Setting {
        Setting { value: value.into(), origin }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", escape_control(&self.value), self.origin)
    }
}

/// Where an access token is read from that is used instead of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// The variable of that name.
    Variable(&'static str),
    File(PathBuf),
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenSource::Variable(name) => f.write_str(name),
            TokenSource::File(path) => write!(f, "the token file {}", show_path(path)),
        }
    }
}

/// The flags that decide settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--profile`
    pub profile: Option<String>,
    /// `--token-file`
    pub token_file: Option<PathBuf>,
    /// Those of a setting each.
    pub values: SettingValues,
}

impl Flags {
    /// Adds the flags that were given.
    pub fn extend<'a>(&mut self, values: impl IntoIterator<Item = (SettingKey, Option<&'a str>)>) {
        let given = values.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned())));
        self.values.extend(given);
    }
}

/// The settings of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The profile's name.
    pub profile: Setting,
    /// Whether the settings file has a profile of that name.
    pub known: bool,
    /// The access token to use instead of a session.
    pub token: Option<TokenSource>,
    /// Holds defaults too; what it does not hold has no value.
    values: BTreeMap<SettingKey, Setting>,
}

impl Settings {
    /// Decides every setting: flag, else variable, else profile, else default.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a name that no profile can have, and for a store that there is not.
    pub fn resolve(flags: &Flags, lookup: Lookup<'_>, file: &ConfigFile) -> Result<Settings> {
        let profile = resolve_profile(flags, lookup, file);
        check_profile_name(&profile.value, file.profile_names())?;
        let stored = file.profile(&profile.value);
        let resolve = |key: &SettingKey| Some((*key, resolve_value(*key, flags, lookup, stored)?));
        let values: BTreeMap<_, _> = SettingKey::ALL.iter().filter_map(resolve).collect();
        values.get(&SettingKey::Store).map_or(Ok(()), check_store)?;
        Ok(Settings {
            profile,
            known: stored.is_some(),
            token: resolve_token(flags, lookup),
            values,
        })
    }

    /// Whether a profile was named that the settings file does not have. The default one need not be in it.
    pub fn lacks_profile(&self) -> bool {
        let is_named = self.profile.origin != Origin::Default;
        is_named && !self.known && self.profile.value != DEFAULT_PROFILE
    }

    /// # Errors
    /// `ErrorKind::Usage` where [`Settings::lacks_profile`]; `file` was read from `path`.
    pub fn check_profile(&self, file: &ConfigFile, path: Option<&Path>) -> Result<()> {
        if !self.lacks_profile() {
            return Ok(());
        }
        let Setting { value: name, origin } = &self.profile;
        let place = path.map_or_else(|| "the settings".to_owned(), show_path);
        let error = Error::usage(format!("no profile {name:?} in {place} ({origin})"));
        let known: Vec<&str> = file.profile_names().collect();
        let nearest = text::nearest(name, known.iter().copied());
        let error = match &known[..] {
            [] => error,
            known => error.detail(format!("profiles: {}", known.join(", "))),
        };
        Err(match nearest {
            Some(near) => error.hint(format!("did you mean {near:?}?")),
            None => error.hint(format!("`referrals login --profile {name}` creates it")),
        })
    }

    /// The value and its origin, which may be the default; `None` where it is not set and has none.
    pub fn get(&self, key: SettingKey) -> Option<&Setting> {
        self.values.get(&key)
    }

    /// The value, which may be the default.
    pub fn value(&self, key: SettingKey) -> Option<&str> {
        self.get(key).map(|setting| setting.value.as_str())
    }

    /// The value, unless it is the default.
    pub fn chosen(&self, key: SettingKey) -> Option<&str> {
        let setting = self.get(key).filter(|setting| setting.origin != Origin::Default)?;
        Some(&setting.value)
    }

    /// The values that come from flags.
    pub fn flag_values(&self) -> impl Iterator<Item = (SettingKey, &str)> {
        let is_flag = |(_, setting): &(_, &Setting)| setting.origin == Origin::Flag;
        self.values.iter().filter(is_flag).map(|(key, setting)| (*key, setting.value.as_str()))
    }

    /// Sets a value as a flag does.
    pub fn set_as_flag(&mut self, key: SettingKey, value: String) {
        self.values.insert(key, Setting::new(value, Origin::Flag));
    }

    /// The user's own addresses on teams; `None` where none is set.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for what is no address.
    pub fn own_addresses(&self) -> Result<Option<Vec<String>>> {
        let Some(setting) = self.get(SettingKey::Me) else { return Ok(None) };
        let parts = setting.value.split(',').map(str::trim).filter(|part| !part.is_empty());
        let addresses: Vec<String> = parts.map(str::to_owned).collect();
        if let Some(odd) = addresses.iter().find(|address| !address.contains('@')) {
            let message = format!("me: {odd:?} is no e-mail address ({})", setting.origin);
            return Err(Error::usage(message).hint("write it whole, as ada@contoso.com"));
        }
        Ok(Some(addresses).filter(|addresses| !addresses.is_empty()))
    }

    /// Whether commands may change referrals.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for what is neither yes nor no.
    pub fn allows_writes(&self) -> Result<bool> {
        let Some(setting) = self.get(SettingKey::AllowWrites) else { return Ok(false) };
        match setting.value.to_ascii_lowercase().as_str() {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => {
                let message = format!("allow_writes: {:?} ({})", setting.value, setting.origin);
                Err(Error::usage(message).hint("use true or false, or 1 or 0"))
            }
        }
    }

    /// The API's base URL.
    pub fn api_url(&self) -> &str {
        self.value(SettingKey::ApiUrl).expect("the setting has a default")
    }

    /// The sign-in service's URL.
    pub fn authority(&self) -> &str {
        self.value(SettingKey::Authority).expect("the setting has a default")
    }

    /// Where the session is stored.
    pub fn store(&self) -> StoreChoice {
        let name = self.value(SettingKey::Store).expect("the setting has a default");
        name.parse().expect("the name was checked when the settings were resolved")
    }
}

fn resolve_profile(flags: &Flags, lookup: Lookup<'_>, file: &ConfigFile) -> Setting {
    from_outside(flags.profile.as_ref(), lookup, Some(PROFILE))
        .or_else(|| Some(Setting::new(file.default_profile()?, Origin::Profile)))
        .unwrap_or_else(|| Setting::new(DEFAULT_PROFILE, Origin::Default))
}

fn resolve_value(
    key: SettingKey,
    flags: &Flags,
    lookup: Lookup<'_>,
    stored: Option<&SettingValues>,
) -> Option<Setting> {
    from_outside(flags.values.get(&key), lookup, key.variable())
        .or_else(|| Some(Setting::new(stored?.get(&key)?, Origin::Profile)))
        .or_else(|| Some(Setting::new(key.default()?, Origin::Default)))
}

/// A variable may hold anything.
fn check_store(setting: &Setting) -> Result<()> {
    if StoreChoice::NAMES.contains(&setting.value.as_str()) {
        return Ok(());
    }
    let message = format!("unknown store {:?} ({})", setting.value, setting.origin);
    Err(Error::usage(message).hint(format!("use {}", StoreChoice::NAMES.join(" or "))))
}

fn resolve_token(flags: &Flags, lookup: Lookup<'_>) -> Option<TokenSource> {
    if let Some(path) = &flags.token_file {
        return Some(TokenSource::File(path.clone()));
    }
    if read_variable(lookup, TOKEN).is_some() {
        return Some(TokenSource::Variable(TOKEN));
    }
    read_path_variable(lookup, "REFERRALS_TOKEN_FILE").map(TokenSource::File)
}

/// The flag, else the variable.
fn from_outside(
    flag: Option<&String>,
    lookup: Lookup<'_>,
    variable: Option<&'static str>,
) -> Option<Setting> {
    if let Some(value) = flag {
        return Some(Setting::new(value, Origin::Flag));
    }
    let name = variable?;
    Some(Setting::new(read_variable(lookup, name)?, Origin::Variable(name)))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::auth::SCOPE;
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
portal_url = "https://portal.example/{id}"
me = ["ada@contoso.example"]
allow_writes = true

[profile.fabrikam]
tenant = "fabrikam.com"
"#;

    fn file() -> ConfigFile {
        ConfigFile::parse(FILE, Path::new("config.toml")).unwrap()
    }

    #[test]
    fn changing_referrals_is_off_until_the_profile_or_the_variable_says_so() {
        for (stored, variable, allowed) in [
            ("", None, Some(false)),
            ("allow_writes = true", None, Some(true)),
            ("allow_writes = false", None, Some(false)),
            ("allow_writes = false", Some("1"), Some(true)),
            ("allow_writes = true", Some("0"), Some(false)),
            ("", Some("TRUE"), Some(true)),
            ("allow_writes = true", Some(""), Some(true)),
            ("", Some("yes"), None),
        ] {
            let text = format!("[profile.default]\n{stored}\n");
            let file = ConfigFile::parse(&text, Path::new("config.toml")).unwrap();
            let lookup = |name: &str| {
                (name == "REFERRALS_ALLOW_WRITES").then(|| variable.map(OsString::from)).flatten()
            };
            let settings = Settings::resolve(&Flags::default(), &lookup, &file).unwrap();
            assert_eq!(settings.allows_writes().ok(), allowed, "{stored} {variable:?}");
        }
        for wrong in ["1", "\"true\"", "\"yes\""] {
            let text = format!("[profile.default]\nallow_writes = {wrong}\n");
            let error = ConfigFile::parse(&text, Path::new("config.toml")).unwrap_err();
            assert!(error.message().contains("must be true or false"), "{}", error.message());
        }
    }

    fn unset(_: &str) -> Option<OsString> {
        None
    }

    fn variables(name: &str) -> Option<OsString> {
        name.starts_with("REFERRALS_").then(|| match name {
            "REFERRALS_PROFILE" => "fabrikam".into(),
            "REFERRALS_STORE" => "file".into(),
            name => format!("variable {name}").into(),
        })
    }

    fn flags() -> Flags {
        Flags {
            profile: Some("contoso".to_owned()),
            token_file: Some(PathBuf::from("flag token_file")),
            values: [
                (SettingKey::Tenant, "flag tenant"),
                (SettingKey::ClientId, "flag client_id"),
                (SettingKey::Store, "keyring"),
                (SettingKey::ApiUrl, "flag api_url"),
                (SettingKey::Authority, "flag authority"),
                (SettingKey::Scope, "flag scope"),
            ]
            .map(|(key, value)| (key, value.to_owned()))
            .into(),
        }
    }

    /// The settings as text: value and origin.
    fn shown(settings: &Settings) -> Vec<String> {
        let show = |setting: &Setting| format!("{} {:?}", setting.value, setting.origin);
        let values = SettingKey::ALL
            .iter()
            .map(|key| settings.get(*key).map_or_else(|| "-".to_owned(), show));
        let mut shown = vec![show(&settings.profile)];
        shown.extend(values);
        shown.push(format!("{:?}", settings.token));
        shown
    }

    #[test]
    fn a_profile_that_is_named_and_missing_is_an_error_with_the_nearest_name() {
        let check = |name: &str, text: &str| {
            let flags = Flags { profile: Some(name.to_owned()), ..Flags::default() };
            let file = ConfigFile::parse(text, Path::new("config.toml")).unwrap();
            let settings = Settings::resolve(&flags, &unset, &file).unwrap();
            settings.check_profile(&file, Some(Path::new("config.toml")))
        };
        let error = check("contso", FILE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().starts_with("no profile \"contso\" in config.toml"), "{error:?}");
        assert_eq!(error.hints(), ["did you mean \"contoso\"?"]);
        assert_eq!(error.details(), ["profiles: contoso, fabrikam"]);
        let error = check("nope", "").unwrap_err();
        assert_eq!(error.hints(), ["`referrals login --profile nope` creates it"]);
        assert!(check("fabrikam", FILE).is_ok());
        assert!(check("default", FILE).is_ok());
        let missing = ConfigFile::parse("default_profile = \"nope\"", Path::new("f")).unwrap();
        let settings = Settings::resolve(&Flags::default(), &unset, &missing).unwrap();
        assert!(settings.lacks_profile());
    }

    #[test]
    fn a_flag_beats_a_variable_beats_the_profile_beats_the_default() {
        let none = Flags::default();
        let check = |flags: &Flags, lookup: Lookup<'_>, file: &ConfigFile, expected: [&str; 12]| {
            assert_eq!(shown(&Settings::resolve(flags, lookup, file).unwrap()), expected);
        };
        let from_flags = [
            "contoso Flag",
            "flag tenant Flag",
            "flag client_id Flag",
            "keyring Flag",
            "flag api_url Flag",
            "flag authority Flag",
            "flag scope Flag",
            "id,deadline Profile",
            "https://portal.example/{id} Profile",
            r#"variable REFERRALS_ME Variable("REFERRALS_ME")"#,
            r#"variable REFERRALS_ALLOW_WRITES Variable("REFERRALS_ALLOW_WRITES")"#,
            "Some(File(\"flag token_file\"))",
        ];
        check(&flags(), &variables, &file(), from_flags);
        let from_variables = [
            r#"fabrikam Variable("REFERRALS_PROFILE")"#,
            r#"variable REFERRALS_TENANT Variable("REFERRALS_TENANT")"#,
            r#"variable REFERRALS_CLIENT_ID Variable("REFERRALS_CLIENT_ID")"#,
            r#"file Variable("REFERRALS_STORE")"#,
            r#"variable REFERRALS_API_URL Variable("REFERRALS_API_URL")"#,
            r#"variable REFERRALS_AUTHORITY Variable("REFERRALS_AUTHORITY")"#,
            r#"variable REFERRALS_SCOPE Variable("REFERRALS_SCOPE")"#,
            "-",
            "-",
            r#"variable REFERRALS_ME Variable("REFERRALS_ME")"#,
            r#"variable REFERRALS_ALLOW_WRITES Variable("REFERRALS_ALLOW_WRITES")"#,
            r#"Some(Variable("REFERRALS_TOKEN"))"#,
        ];
        check(&none, &variables, &file(), from_variables);
        let from_profile = [
            "contoso Profile",
            "contoso.com Profile",
            "id-contoso Profile",
            "file Profile",
            "https://api.example/contoso Profile",
            "https://login.example Profile",
            "scope-contoso Profile",
            "id,deadline Profile",
            "https://portal.example/{id} Profile",
            "ada@contoso.example Profile",
            "true Profile",
            "None",
        ];
        check(&none, &unset, &file(), from_profile);
    }

    #[test]
    fn what_nobody_sets_has_its_default() {
        let defaults = [
            "default Default",
            "-",
            "-",
            "keyring Default",
            "https://api.partner.microsoft.com/v1.0/engagements Default",
            "https://login.microsoftonline.com Default",
            &format!("{SCOPE} Default"),
            "-",
            "-",
            "-",
            "-",
            "None",
        ];
        let none = ConfigFile::default();
        let settings = Settings::resolve(&Flags::default(), &unset, &none).unwrap();
        assert_eq!(shown(&settings), defaults);
    }

    #[test]
    fn a_default_is_a_value_and_not_a_choice() {
        let none = ConfigFile::default();
        let settings = Settings::resolve(&Flags::default(), &unset, &none).unwrap();
        assert!(!settings.known);
        assert!(SettingKey::ALL.iter().all(|key| settings.chosen(*key).is_none()));
        assert_eq!(settings.value(SettingKey::Store), Some("keyring"));
        let settings = Settings::resolve(&Flags::default(), &unset, &file()).unwrap();
        assert!(SettingKey::ALL.iter().all(|key| settings.chosen(*key).is_some()));
    }

    #[test]
    fn profiles_do_not_disturb_each_other() {
        let flags = Flags { profile: Some("fabrikam".to_owned()), ..Flags::default() };
        let settings = Settings::resolve(&flags, &unset, &file()).unwrap();
        assert!(settings.known);
        assert_eq!(settings.value(SettingKey::Tenant), Some("fabrikam.com"));
        let others = [SettingKey::ClientId, SettingKey::Columns].map(|key| settings.value(key));
        assert_eq!(others, [None, None]);
        assert_eq!(settings.store(), StoreChoice::Keyring);
    }

    #[test]
    fn a_store_that_there_is_not_names_its_variable_and_the_stores() {
        let disk = |name: &str| (name == "REFERRALS_STORE").then(|| "disk".into());
        let error = Settings::resolve(&Flags::default(), &disk, &file()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(error.message(), "unknown store \"disk\" (from REFERRALS_STORE)");
        assert_eq!(error.hints(), ["use keyring or file"]);
    }

    #[test]
    fn what_was_typed_counts_as_a_flag() {
        let mut settings = Settings::resolve(&Flags::default(), &unset, &file()).unwrap();
        assert_eq!(settings.flag_values().count(), 0);
        settings.set_as_flag(SettingKey::Tenant, "typed".to_owned());
        assert_eq!(settings.value(SettingKey::Tenant), Some("typed"));
        assert_eq!(settings.flag_values().collect::<Vec<_>>(), [(SettingKey::Tenant, "typed")]);
    }

    #[test]
    fn a_variable_set_to_nothing_is_unset() {
        let blank = |_: &str| Some("  ".into());
        let settings = Settings::resolve(&Flags::default(), &blank, &file()).unwrap();
        assert_eq!(settings, Settings::resolve(&Flags::default(), &unset, &file()).unwrap());
    }

    #[test]
    fn a_profiles_name_cannot_leave_the_directory() {
        for name in ["", "../x", "a/b", "a\\b", ".x", "-x", "a b", "~probe", "é"] {
            let flags = Flags { profile: Some(name.to_owned()), ..Flags::default() };
            let error = Settings::resolve(&flags, &unset, &file()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{name}");
        }
    }
}
