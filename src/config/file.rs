//! The settings file: read with an eye for mistakes, changed without losing what else it holds.
//! Decides nothing; see `Settings`.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use toml_edit::{Document, DocumentMut, Item, Table, TableLike, Value};

use super::store_choice::StoreChoice;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{self, FileMode};
use crate::text;

/// What a profile may hold.
const PROFILE_KEYS: [&str; 7] =
    ["tenant", "client_id", "store", "api_url", "authority", "scope", "columns"];

/// What stands outside the profiles.
const TOP_KEYS: [&str; 2] = ["default_profile", "profile"];

/// What a profile in the settings file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The tenant.
    pub tenant: Option<String>,
    /// The app registration.
    pub client_id: Option<String>,
    /// Where the session is kept.
    pub store: Option<StoreChoice>,
    /// The API's base address.
    pub api_url: Option<String>,
    /// The authority.
    pub authority: Option<String>,
    /// The scope.
    pub scope: Option<String>,
    /// The columns to show.
    pub columns: Option<Vec<String>>,
}

/// The settings file, read.
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    default_profile: Option<String>,
    profiles: Vec<(String, Profile)>,
}

impl ConfigFile {
    /// Reads the file at `path`; there being none is as good as an empty one. A mistake in it is
    /// [`ErrorKind::Usage`] and names the line.
    pub fn read(path: &Path) -> Result<ConfigFile> {
        ConfigFile::parse(&read(path)?, path)
    }

    /// Reads settings from `text`, which stands in the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<ConfigFile> {
        let reader = ConfigReader { text, path };
        let document = Document::parse(text).map_err(|error| {
            let place = reader.location(error.span());
            Error::new(ErrorKind::Usage, format!("cannot read the settings {place}"))
                .detail(error.message().to_owned())
        })?;
        let mut file = ConfigFile::default();
        for (name, item) in document.as_table() {
            match name {
                "default_profile" => file.default_profile = Some(reader.text(name, item)?),
                "profile" => file.profiles = reader.profiles(item)?,
                _ => {
                    let key = document.as_table().key(name);
                    let span = key.and_then(toml_edit::Key::span);
                    return Err(reader.misplaced(name, span, item));
                }
            }
        }
        Ok(file)
    }

    /// The profile to use where none is named.
    pub fn default_profile(&self) -> Option<&str> {
        self.default_profile.as_deref()
    }

    /// The profile of that name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        let found = self.profiles.iter().find(|(known, _)| known == name);
        found.map(|(_, profile)| profile)
    }

    /// The names of all profiles, in the file's order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|(name, _)| name.as_str())
    }
}

/// Sets keys of a profile in the settings file at `path`, and leaves everything else in it,
/// comments too, as it is. The file is made when there is none, and replaced as a whole.
pub fn save_profile(path: &Path, name: &str, changes: &[(&str, &str)]) -> Result<()> {
    debug_assert!(changes.iter().all(|(key, _)| PROFILE_KEYS.contains(key)));
    let text = read(path)?;
    ConfigFile::parse(&text, path)?;
    let fail = || {
        Error::new(ErrorKind::Failure, format!("cannot write the settings to {}", path.display()))
    };
    let mut document: DocumentMut = text.parse().map_err(|error| fail().cause(&error))?;
    let profiles = document.entry("profile").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let profile = profiles
        .as_table_like_mut()
        .map(|table| table.entry(name).or_insert_with(|| Item::Table(Table::new())))
        .and_then(Item::as_table_like_mut)
        .ok_or_else(fail)?;
    for (key, value) in changes {
        set(profile, key, value);
    }
    let written = document.to_string();
    if written == text {
        return Ok(());
    }
    write(path, &written).map_err(|error| fail().cause(&error))
}

fn set(table: &mut dyn TableLike, key: &str, value: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = Value::from(value);
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, toml_edit::value(value));
        }
    }
}

fn read(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        // Notepad begins files with a mark that is no part of the text.
        Ok(text) => Ok(text.trim_start_matches('\u{feff}').to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::new(
            ErrorKind::Usage,
            format!("cannot read the settings in {}", path.display()),
        )
        .cause(&error)),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    files::replace(path, text.as_bytes(), FileMode::Inherited)
}

/// Checks a profile's name: it becomes part of file names and of the keyring's entries.
pub(super) fn check_profile_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let good = (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if good {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("{name:?} cannot be a profile's name"))
        .hint("use up to 64 letters, digits, `-`, `_` and `.`, a letter or digit first"))
}

struct ConfigReader<'a> {
    text: &'a str,
    path: &'a Path,
}

impl ConfigReader<'_> {
    fn profiles(&self, item: &Item) -> Result<Vec<(String, Profile)>> {
        let table = self.table("profile", item)?;
        let mut profiles = Vec::new();
        for (name, item) in table.iter() {
            check_profile_name(name).map_err(|error| error.detail(self.location(item.span())))?;
            profiles.push((name.to_owned(), self.profile(name, item)?));
        }
        Ok(profiles)
    }

    fn profile(&self, name: &str, item: &Item) -> Result<Profile> {
        let table = self.table(name, item)?;
        let mut profile = Profile::default();
        for (key, item) in table.iter() {
            match key {
                "tenant" => profile.tenant = Some(self.text(key, item)?),
                "client_id" => profile.client_id = Some(self.text(key, item)?),
                "store" => profile.store = Some(self.store(key, item)?),
                "api_url" => profile.api_url = Some(self.text(key, item)?),
                "authority" => profile.authority = Some(self.text(key, item)?),
                "scope" => profile.scope = Some(self.text(key, item)?),
                "columns" => profile.columns = Some(self.texts(key, item)?),
                _ => {
                    let span = table.key(key).and_then(toml_edit::Key::span);
                    return Err(self.unknown(key, span, &PROFILE_KEYS));
                }
            }
        }
        Ok(profile)
    }

    fn table<'a>(&self, key: &str, item: &'a Item) -> Result<&'a dyn TableLike> {
        item.as_table_like()
            .ok_or_else(|| self.wrong(key, item, "a table such as [profile.contoso]"))
    }

    fn text(&self, key: &str, item: &Item) -> Result<String> {
        item.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, item, "text in quotes"))
    }

    fn store(&self, key: &str, item: &Item) -> Result<StoreChoice> {
        item.as_str()
            .and_then(|name| name.parse::<StoreChoice>().ok())
            .ok_or_else(|| self.wrong(key, item, "\"keyring\" or \"file\""))
    }

    /// A list, or the same in one text with commas between, as flags have it.
    fn texts(&self, key: &str, item: &Item) -> Result<Vec<String>> {
        let wrong = || self.wrong(key, item, "a list of names such as [\"id\", \"deadline\"]");
        if let Some(text) = item.as_str() {
            return Ok(text.split(',').map(|name| name.trim().to_owned()).collect());
        }
        let list = item.as_array().ok_or_else(wrong)?;
        list.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
    }

    fn wrong(&self, key: &str, item: &Item, must: &str) -> Error {
        let place = self.location(item.span());
        Error::new(ErrorKind::Usage, format!("{key:?} must be {must} {place}"))
    }

    /// A key outside the profiles that belongs into one, or a profile that is not called one.
    fn misplaced(&self, key: &str, span: Option<Range<usize>>, item: &Item) -> Error {
        if PROFILE_KEYS.contains(&key) {
            return self
                .unknown(key, span, &[])
                .hint(format!("put {key} below a line such as [profile.default]"));
        }
        let error = self.unknown(key, span, &TOP_KEYS);
        if item.is_table_like() && error.hints().is_empty() {
            error.hint(format!("a profile is written [profile.{key}]"))
        } else {
            error
        }
    }

    fn unknown(&self, key: &str, span: Option<Range<usize>>, known: &[&str]) -> Error {
        let place = self.location(span);
        let error = Error::new(ErrorKind::Usage, format!("unknown setting {key:?} {place}"));
        match text::nearest(key, known.iter().copied()) {
            Some(word) => error.hint(format!("did you mean {word:?}?")),
            None if known.is_empty() => error,
            None => error.detail(format!("known: {}", known.join(", "))),
        }
    }

    fn location(&self, span: Option<Range<usize>>) -> String {
        let path = self.path.display();
        match span.and_then(|span| self.text.get(..span.start)) {
            Some(before) => format!("in {path}, line {}", 1 + before.matches('\n').count()),
            None => format!("in {path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let error = ConfigFile::parse(text, Path::new("config.toml")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.report()
    }

    #[test]
    fn a_mistake_is_named_with_its_line_and_what_was_meant() {
        let cases: [(&str, &[&str]); 13] = [
            (
                "[profile.a]\ntenant = \"x\"\ntennant = \"y\"\n",
                &["unknown setting \"tennant\" in config.toml, line 3", "did you mean \"tenant\"?"],
            ),
            ("\n\n[profile.a]\nclient-id = \"x\"", &["line 4", "did you mean \"client_id\"?"]),
            ("[profile.a]\nzzz = 1", &["\"zzz\"", "line 2", "known: tenant, client_id"]),
            ("defualt_profile = \"a\"", &["line 1", "did you mean \"default_profile\"?"]),
            ("[contoso]\ntenant = \"x\"", &["line 1", "a profile is written [profile.contoso]"]),
            ("tenant = \"x\"", &["line 1", "put tenant below a line such as [profile.default]"]),
            ("[profile.a]\ntenant = 7", &["\"tenant\" must be text in quotes", "line 2"]),
            ("[profile.a]\nstore = \"disk\"", &["must be \"keyring\" or \"file\"", "line 2"]),
            ("[profile.a]\ncolumns = [1]", &["must be a list of names", "line 2"]),
            ("profile = 1", &["\"profile\" must be a table", "line 1"]),
            ("[profile]\na = 1", &["\"a\" must be a table", "line 2"]),
            ("[profile.\"../a\"]", &["cannot be a profile's name"]),
            ("[profile.a]\ntenant = \"x", &["cannot read the settings", "line 2"]),
        ];
        for (text, words) in cases {
            let report = refused(text);
            for word in words {
                assert!(report.contains(word), "{word:?} is missing: {report}");
            }
        }
    }

    #[test]
    fn every_way_to_write_a_profile_is_read() {
        for text in [
            "[profile.a]\ntenant = \"x\"\ncolumns = [\"id\", \"deadline\"]",
            "profile.a.tenant = 'x'\nprofile.a.columns = 'id, deadline'",
            "profile = { a = { tenant = \"x\", columns = [\"id\", \"deadline\"] } }",
            "\u{feff}[profile.a]\r\ntenant = \"x\"\r\ncolumns = \"id,deadline\"\r\n",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.toml");
            fs::write(&path, text).unwrap();
            let file = ConfigFile::read(&path).unwrap();
            let profile = file.profile("a").unwrap();
            assert_eq!(profile.tenant.as_deref(), Some("x"), "{text}");
            assert_eq!(profile.columns.as_ref().unwrap(), &["id", "deadline"], "{text}");
            assert_eq!(file.profile_names().collect::<Vec<_>>(), ["a"]);
            save_profile(&path, "a", &[("client_id", "c")]).unwrap();
            let file = ConfigFile::read(&path).unwrap();
            let profile = file.profile("a").unwrap();
            assert_eq!(profile.client_id.as_deref(), Some("c"), "{text}");
            assert_eq!(profile.tenant.as_deref(), Some("x"), "{text}");
        }
    }

    #[test]
    fn a_profile_is_kept_and_nothing_else_is_touched() {
        const BEFORE: &str = "# mine\ndefault_profile = \"b\" # the usual\n\n[profile.b]\ntenant = \"old\" # why\n\n# last\n[profile.c]\nscope = 'x'\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config.toml");
        save_profile(&path, "a", &[("tenant", "x"), ("client_id", "c")]).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "[profile.a]\ntenant = \"x\"\nclient_id = \"c\"\n"
        );
        fs::write(&path, BEFORE).unwrap();
        save_profile(&path, "b", &[("tenant", "new"), ("client_id", "c\"")]).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            BEFORE.replace("\"old\" # why\n", "\"new\" # why\nclient_id = 'c\"'\n")
        );
        let written = fs::read_to_string(&path).unwrap();
        save_profile(&path, "c", &[("scope", "x")]).unwrap();
        save_profile(&path, "d", &[("scope", "y")]).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap().replace("'x'", "\"x\""),
            written.replace("'x'", "\"x\"") + "\n[profile.d]\nscope = \"y\"\n"
        );
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_with_a_mistake_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "[profile.a]\ntennant = \"x\"\n").unwrap();
        assert!(save_profile(&path, "a", &[("tenant", "y")]).is_err());
        assert!(fs::read_to_string(&path).unwrap().contains("tennant"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_closed_to_others_stays_closed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        save_profile(&path, "a", &[("tenant", "y")]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_file_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("config.toml"), folder.path().join("mine"));
        fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        save_profile(&link, "a", &[("tenant", "y")]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&target).unwrap().contains("tenant"));
    }

    #[test]
    fn no_file_is_an_empty_one_and_an_unreadable_one_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let none = ConfigFile::read(&folder.path().join("none.toml")).unwrap();
        assert_eq!(none.profile_names().count(), 0);
        let error = ConfigFile::read(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let latin = folder.path().join("latin.toml");
        fs::write(&latin, b"# \xe9").unwrap();
        assert_eq!(ConfigFile::read(&latin).unwrap_err().kind(), ErrorKind::Usage);
    }
}
