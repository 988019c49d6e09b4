//! Reads the settings file, and saves a profile's settings in it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use toml_edit::{Document, DocumentMut, Item, Table, TableLike, Value};

use super::key::{SettingKey, SettingValues};
use super::profile_name::check_profile_name;
use super::reader::ConfigReader;
use super::store_choice::StoreChoice;
use super::tables::{PresetChanges, SavedView};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{self, AtomicFile, FileMode};
use crate::text::{self, show_path};
use crate::trust;

/// The keys outside the tables.
const TOP_KEYS: [&str; 4] = ["default_profile", "profile", "view", "preset"];

/// A table, for messages.
const PROFILE: &str = "[profile.contoso]";

/// What most values must be, for messages.
const STRING: &str = "a string in quotes";

/// Excel's limit is 2,080 characters, with the id.
const MAX_PORTAL_URL_LEN: usize = 1_000;

/// The contents of the settings file.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    default_profile: Option<String>,
    profiles: Vec<(String, SettingValues)>,
    views: Vec<SavedView>,
    presets: Vec<PresetChanges>,
}

impl ConfigFile {
    /// Reads the file at `path`; a missing file counts as empty.
    ///
    /// # Errors
    /// `ErrorKind::Usage` when it cannot be read, and for a mistake in it; the message names the line.
    pub fn read(path: &Path) -> Result<ConfigFile> {
        ConfigFile::parse(&read_text(path)?, path)
    }

    /// Reads `text`; `path` is for messages.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a mistake; the message names the line.
    pub fn parse(text: &str, path: &Path) -> Result<ConfigFile> {
        let reader = ConfigReader { text, path };
        let document = Document::parse(text).map_err(|error| {
            let location = reader.location(error.span());
            Error::usage(format!("cannot read the settings {location}"))
                .detail(error.message().to_owned())
        })?;
        let mut file = ConfigFile::default();
        for (name, item) in document.as_table() {
            match name {
                "default_profile" => {
                    let wrong = || reader.wrong_type(name, item, STRING);
                    file.default_profile = Some(item.as_str().ok_or_else(wrong)?.to_owned());
                }
                "profile" => file.profiles = reader.read_profiles(item)?,
                "view" => file.views = reader.read_views(item)?,
                "preset" => file.presets = reader.read_presets(item)?,
                _ => return Err(reader.unknown_top_key(document.as_table(), name, item)),
            }
        }
        Ok(file)
    }

    /// The profile to use when none is named.
    pub fn default_profile(&self) -> Option<&str> {
        self.default_profile.as_deref()
    }

    pub fn profile(&self, name: &str) -> Option<&SettingValues> {
        self.profiles.iter().find(|(known, _)| known == name).map(|(_, values)| values)
    }

    /// In the file's order.
    pub fn views(&self) -> &[SavedView] {
        &self.views
    }

    /// In the file's order.
    pub fn presets(&self) -> &[PresetChanges] {
        &self.presets
    }

    /// The names of all profiles, in the file's order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(name, _)| name.as_str())
    }
}

/// Saves settings of a profile in the settings file at `path`, which is created when it is missing. Everything else
/// in it, comments included, stays as it is.
///
/// # Errors
/// Those of [`ConfigFile::read`], and when the file cannot be written.
pub fn save_profile(path: &Path, name: &str, changes: &[(SettingKey, &str)]) -> Result<()> {
    let Some(text) = updated_text(path, name, changes)? else { return Ok(()) };
    start_writing(path, &text)
        .and_then(AtomicFile::commit)
        .map(drop)
        .map_err(|error| write_error(path, &error))
}

/// Proves that [`save_profile`] could save these settings; nothing changes.
///
/// # Errors
/// Those of [`save_profile`].
pub fn prove_saving(path: &Path, name: &str, changes: &[(SettingKey, &str)]) -> Result<()> {
    let Some(text) = updated_text(path, name, changes)? else { return Ok(()) };
    let prove = || {
        start_writing(path, &text).map(drop)?;
        // A mounted file cannot be replaced, not even by its own contents.
        match fs::read(path) {
            Ok(old) => files::replace(path, &old, FileMode::Inherited),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    };
    prove().map_err(|error| write_error(path, &error))
}

/// The text of the settings file with these changes; `None` when they change nothing.
fn updated_text(path: &Path, name: &str, changes: &[(SettingKey, &str)]) -> Result<Option<String>> {
    let text = read_text(path)?;
    // A file with a mistake is not written to.
    ConfigFile::parse(&text, path)?;
    let failed = || Error::failure(format!("cannot write the settings to {}", show_path(path)));
    let mut document: DocumentMut = text.parse().map_err(|error| failed().cause(&error))?;
    let profiles = document.entry("profile").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let profile = profiles
        .as_table_like_mut()
        .map(|table| table.entry(name).or_insert_with(|| Item::Table(Table::new())))
        .and_then(Item::as_table_like_mut)
        .ok_or_else(failed)?;
    for (key, value) in changes {
        set_value(profile, key.name(), value);
    }
    Ok(Some(document.to_string()).filter(|updated| *updated != text))
}

/// The file with its new text, before it takes the old one's place.
fn start_writing(path: &Path, text: &str) -> io::Result<AtomicFile> {
    if let Some(directory) = path.parent() {
        files::create_private_dir(directory)?;
    }
    // The settings decide where the token goes: whoever made the file may have opened it to others, but we do not.
    let mode = if path.exists() { FileMode::Inherited } else { FileMode::Private };
    let mut file = AtomicFile::create(path, mode)?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

fn write_error(path: &Path, cause: &io::Error) -> Error {
    let error = Error::failure(format!("cannot write the settings to {}", show_path(path)));
    // The settings themselves are no reason to sign in.
    trust::explain_denied(error, path, cause).with_kind(ErrorKind::Failure)
}

fn set_value(table: &mut dyn TableLike, key: &str, value: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            // The decor is the white space and the comment around the value.
            let decor = old.decor().clone();
            *old = Value::from(value);
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, toml_edit::value(value));
        }
    }
}

fn read_text(path: &Path) -> Result<String> {
    if let Some(directory) = path.parent() {
        trust::check(directory)?;
    }
    trust::check_link(path)?;
    let not_text = || io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text");
    match fs::read(path).and_then(|bytes| text::decode_file(&bytes).ok_or_else(not_text)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => {
            let message = format!("cannot read the settings in {}", show_path(path));
            Err(trust::explain_denied(Error::usage(message), path, &error))
        }
    }
}

/// A list of names, or a string with commas between them as in a flag; returned as the latter.
fn read_list(item: &Item) -> Option<String> {
    let names: Option<Vec<&str>> = match item.as_str() {
        Some(text) => Some(text.split(',').map(str::trim).collect()),
        None => item.as_array()?.iter().map(Value::as_str).collect(),
    };
    Some(names?.join(","))
}

impl ConfigReader<'_> {
    fn read_profiles(&self, item: &Item) -> Result<Vec<(String, SettingValues)>> {
        let table = self.read_table("profile", item, PROFILE)?;
        let mut profiles: Vec<(String, SettingValues)> = Vec::new();
        for (name, item) in table.iter() {
            let others = profiles.iter().map(|(name, _)| name.as_str());
            check_profile_name(name, others)
                .map_err(|error| error.detail(self.location(item.span())))?;
            profiles.push((name.to_owned(), self.read_profile(name, item)?));
        }
        Ok(profiles)
    }

    fn read_profile(&self, name: &str, item: &Item) -> Result<SettingValues> {
        let table = self.read_table(name, item, PROFILE)?;
        let mut values = SettingValues::new();
        for (name, item) in table.iter() {
            let Ok(key) = name.parse::<SettingKey>() else {
                let known: Vec<&str> = SettingKey::ALL.iter().map(|key| key.name()).collect();
                return Err(self.unknown_key(table, name, &known));
            };
            values.insert(key, self.read_value(key, item)?);
        }
        Ok(values)
    }

    fn read_value(&self, key: SettingKey, item: &Item) -> Result<String> {
        let text = item.as_str().map(str::to_owned);
        let (value, expected) = match key {
            SettingKey::Store => {
                let name = text.filter(|name| StoreChoice::NAMES.contains(&name.as_str()));
                (name, "\"keyring\" or \"file\"")
            }
            SettingKey::Columns => {
                (read_list(item), "a list of names such as [\"id\", \"deadline\"]")
            }
            SettingKey::PortalUrl => {
                (text.filter(|url| is_portal_url(url)), "a web address with {id} where the id goes")
            }
            SettingKey::Me => {
                (read_list(item), "an address or a list of them such as [\"ada@contoso.com\"]")
            }
            SettingKey::AllowWrites => {
                (item.as_bool().map(|allowed| allowed.to_string()), "true or false")
            }
            _ => (text, STRING),
        };
        value.ok_or_else(|| self.wrong_type(key.name(), item, expected))
    }

    /// It may belong into a profile, or be a profile without its prefix.
    fn unknown_top_key(&self, table: &dyn TableLike, key: &str, item: &Item) -> Error {
        if key.parse::<SettingKey>().is_ok() {
            return self
                .unknown_key(table, key, &[])
                .hint(format!("put {key} below a line such as [profile.default]"));
        }
        let error = self.unknown_key(table, key, &TOP_KEYS);
        if item.is_table_like() && error.hints().is_empty() {
            return error.hint(format!("a profile is written [profile.{key}]"));
        }
        error
    }
}

/// Whether it is an address, with room for the id, that a workbook can hold.
fn is_portal_url(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web
        && url.contains("{id}")
        && url.len() <= MAX_PORTAL_URL_LEN
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report_of(text: &str) -> String {
        let error = ConfigFile::parse(text, Path::new("config.toml")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.report()
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_what_was_meant() {
        let cases: [(&str, &[&str]); 17] = [
            (
                "[profile.a]\n[profile.A]\n",
                &["only in upper and lower case", "line 2", "use \"a\""],
            ),
            ("[profile.nul]", &["invalid profile name \"nul\"", "line 1"]),
            (
                "[profile.a]\ntenant = \"x\"\ntennant = \"y\"\n",
                &["unknown setting \"tennant\" in config.toml, line 3", "did you mean \"tenant\"?"],
            ),
            ("\n\n[profile.a]\nclient-id = \"x\"", &["line 4", "did you mean \"client_id\"?"]),
            ("[profile.a]\nzzz = 1", &["\"zzz\"", "line 2", "known: tenant, client_id"]),
            ("defualt_profile = \"a\"", &["line 1", "did you mean \"default_profile\"?"]),
            ("[contoso]\ntenant = \"x\"", &["line 1", "a profile is written [profile.contoso]"]),
            ("tenant = \"x\"", &["line 1", "put tenant below a line such as [profile.default]"]),
            ("[profile.a]\ntenant = 7", &["\"tenant\" must be a string in quotes", "line 2"]),
            ("[profile.a]\nstore = \"disk\"", &["must be \"keyring\" or \"file\"", "line 2"]),
            ("[profile.a]\ncolumns = [1]", &["must be a list of names", "line 2"]),
            ("[profile.a]\nportal_url = \"https://a.example/\"", &["address with {id}", "line 2"]),
            ("[profile.a]\nportal_url = \"file:///{id}\"", &["must be a web address", "line 2"]),
            ("profile = 1", &["\"profile\" must be a table", "line 1"]),
            ("[profile]\na = 1", &["\"a\" must be a table", "line 2"]),
            ("[profile.\"../a\"]", &["invalid profile name"]),
            ("[profile.a]\ntenant = \"x", &["cannot read the settings", "line 2"]),
        ];
        for (text, words) in cases {
            let report = report_of(text);
            for word in words {
                assert!(report.contains(word), "{word:?} is missing: {report}");
            }
        }
    }

    #[test]
    fn a_file_that_windows_powershell_wrote_is_read_and_saved_as_utf_8() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        let text = "\u{feff}# Zoë\r\n[profile.a]\r\ntenant = \"x\"\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(&path, bytes).unwrap();
        save_profile(&path, "a", &[(SettingKey::ClientId, "c")]).unwrap();
        let saved = fs::read_to_string(&path).unwrap();
        assert!(saved.starts_with("# Zoë") && saved.contains("client_id = \"c\""), "{saved}");
    }

    #[cfg(windows)]
    #[test]
    fn settings_that_another_program_has_open_are_told_as_that_and_stay() {
        use std::os::windows::fs::OpenOptionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, "# mine\n").unwrap();
        // The first lets nobody read, the second (1: others may read) nobody write.
        for share in [0, 1] {
            let open = fs::OpenOptions::new().read(true).share_mode(share).open(&path).unwrap();
            let error = save_profile(&path, "a", &[(SettingKey::Tenant, "x")]).unwrap_err();
            assert_eq!(error.causes(), ["the file is open in another program"]);
            drop(open);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_way_to_write_a_profile_is_read() {
        for text in [
            "[profile.a]\ntenant = \"x\"\ncolumns = [\"id\", \"deadline\"]",
            "profile.a.tenant = 'x'\nprofile.a.columns = 'id, deadline'",
            "profile = { a = { tenant = \"x\", columns = [\"id\", \"deadline\"] } }",
            "\u{feff}[profile.a]\r\ntenant = \"x\"\r\ncolumns = \"id,deadline\"\r\n",
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("config.toml");
            fs::write(&path, text).unwrap();
            let file = ConfigFile::read(&path).unwrap();
            let profile = file.profile("a").unwrap();
            assert_eq!(profile[&SettingKey::Tenant], "x", "{text}");
            assert_eq!(profile[&SettingKey::Columns], "id,deadline", "{text}");
            assert_eq!(file.profile_names().collect::<Vec<_>>(), ["a"]);
            save_profile(&path, "a", &[(SettingKey::ClientId, "c")]).unwrap();
            let file = ConfigFile::read(&path).unwrap();
            let profile = file.profile("a").unwrap();
            assert_eq!(profile[&SettingKey::ClientId], "c", "{text}");
            assert_eq!(profile[&SettingKey::Tenant], "x", "{text}");
        }
    }

    #[test]
    fn a_profile_is_kept_and_nothing_else_is_touched() {
        const BEFORE: &str = "# mine\ndefault_profile = \"b\" # the usual\n\n[profile.b]\ntenant = \"old\" # why\n\n# last\n[profile.c]\nscope = 'x'\n";
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/config.toml");
        save_profile(&path, "a", &[(SettingKey::Tenant, "x"), (SettingKey::ClientId, "c")])
            .unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "[profile.a]\ntenant = \"x\"\nclient_id = \"c\"\n"
        );
        fs::write(&path, BEFORE).unwrap();
        save_profile(&path, "b", &[(SettingKey::Tenant, "new"), (SettingKey::ClientId, "c\"")])
            .unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            BEFORE.replace("\"old\" # why\n", "\"new\" # why\nclient_id = 'c\"'\n")
        );
        let written = fs::read_to_string(&path).unwrap();
        save_profile(&path, "c", &[(SettingKey::Scope, "x")]).unwrap();
        save_profile(&path, "d", &[(SettingKey::Scope, "y")]).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap().replace("'x'", "\"x\""),
            written.replace("'x'", "\"x\"") + "\n[profile.d]\nscope = \"y\"\n"
        );
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_with_a_mistake_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, "[profile.a]\ntennant = \"x\"\n").unwrap();
        assert!(save_profile(&path, "a", &[(SettingKey::Tenant, "y")]).is_err());
        assert!(fs::read_to_string(&path).unwrap().contains("tennant"));
    }

    #[test]
    fn a_proof_changes_nothing_and_fails_where_saving_would() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new/config.toml");
        let changes = [(SettingKey::Tenant, "x")];
        prove_saving(&path, "a", &changes).unwrap();
        assert!(!path.exists());
        save_profile(&path, "a", &changes).unwrap();
        let before = fs::read(&path).unwrap();
        prove_saving(&path, "a", &[(SettingKey::Tenant, "y")]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        prove_saving(&path, "a", &changes).unwrap();
        assert!(prove_saving(&path, "a", &[(SettingKey::Tenant, "y")]).is_err());
        fs::create_dir(home.path().join("config.toml")).unwrap();
        assert!(prove_saving(&home.path().join("config.toml"), "a", &changes).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_its_owners_alone_and_one_that_others_can_change_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let (directory, path) = (home.path().join("new"), home.path().join("new/config.toml"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        save_profile(&path, "a", &[(SettingKey::Tenant, "x")]).unwrap();
        assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
        for place in [&directory, &path] {
            let usual = mode(place);
            set(place, 0o777);
            let error = ConfigFile::read(&path).unwrap_err();
            assert!(error.report().contains("chmod go-w"), "{}", error.report());
            assert!(save_profile(&path, "a", &[(SettingKey::Tenant, "y")]).is_err());
            set(place, usual);
        }
        ConfigFile::read(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_closed_to_others_stays_closed() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        save_profile(&path, "a", &[(SettingKey::Tenant, "y")]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_file_stays_where_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let (link, target) = (directory.path().join("config.toml"), directory.path().join("mine"));
        fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        save_profile(&link, "a", &[(SettingKey::Tenant, "y")]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&target).unwrap().contains("tenant"));
    }

    #[test]
    fn no_file_is_an_empty_one_and_an_unreadable_one_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let none = ConfigFile::read(&directory.path().join("none.toml")).unwrap();
        assert_eq!(none.profile_names().count(), 0);
        let error = ConfigFile::read(directory.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let latin = directory.path().join("latin.toml");
        fs::write(&latin, b"# \xe9").unwrap();
        assert_eq!(ConfigFile::read(&latin).unwrap_err().kind(), ErrorKind::Usage);
    }
}
