//! The tables of the settings file beside the profiles: saved listings and the user's presets.

use toml_edit::{Item, TableLike, Value};

use super::reader::ConfigReader;
use crate::error::{Error, Result};

/// `[view.NAME]`: a saved listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub name: String,
    /// The words after `referrals list`.
    pub flags: Vec<String>,
}

/// `[preset.NAME]`: what the user changes of a built-in preset. Whether the headings exist is not checked here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresetChanges {
    pub name: String,
    pub base: String,
    /// Values by heading.
    pub constants: Vec<(String, String)>,
    /// Words of the CRM by stage.
    pub stages: Vec<(String, String)>,
    /// New headings by heading.
    pub headings: Vec<(String, String)>,
    pub left_out: Vec<String>,
}

const PRESET_KEYS: [&str; 5] = ["base", "constants", "stages", "headings", "leave_out"];

impl ConfigReader<'_> {
    pub(super) fn read_views(&self, item: &Item) -> Result<Vec<SavedView>> {
        let mut views = Vec::new();
        for (name, item) in self.read_table("view", item, "[view.dach]")?.iter() {
            let table = self.read_table(name, item, "[view.dach]")?;
            let mut flags = None;
            for (key, item) in table.iter() {
                if key != "flags" {
                    return Err(self.unknown_key(table, key, &["flags"]));
                }
                let expected = "a string such as \"--country DE --pending\", or a list of words";
                flags = Some(read_words(item).ok_or_else(|| self.wrong_type(key, item, expected))?);
            }
            let flags = flags.ok_or_else(|| self.lacking(table, name, "flags = \"--pending\""))?;
            views.push(SavedView { name: name.to_owned(), flags });
        }
        Ok(views)
    }

    pub(super) fn read_presets(&self, item: &Item) -> Result<Vec<PresetChanges>> {
        let mut presets = Vec::new();
        for (name, item) in self.read_table("preset", item, "[preset.mine]")?.iter() {
            let table = self.read_table(name, item, "[preset.mine]")?;
            let mut preset = PresetChanges { name: name.to_owned(), ..PresetChanges::default() };
            for (key, item) in table.iter() {
                let text = || item.as_str().map(str::to_owned);
                let strings = "a list of headings such as [\"Referral Link\"]";
                match key {
                    "base" => {
                        let wrong = || self.wrong_type(key, item, "a string in quotes");
                        preset.base = text().ok_or_else(wrong)?;
                    }
                    "constants" => preset.constants = self.read_pairs(key, item)?,
                    "stages" => preset.stages = self.read_pairs(key, item)?,
                    "headings" => preset.headings = self.read_pairs(key, item)?,
                    "leave_out" => {
                        let wrong = || self.wrong_type(key, item, strings);
                        preset.left_out = read_list(item).ok_or_else(wrong)?;
                    }
                    _ => return Err(self.unknown_key(table, key, &PRESET_KEYS)),
                }
            }
            if preset.base.is_empty() {
                return Err(self.lacking(table, name, "base = \"salesforce-leads\""));
            }
            presets.push(preset);
        }
        Ok(presets)
    }

    fn read_pairs(&self, key: &str, item: &Item) -> Result<Vec<(String, String)>> {
        let expected = "a table of strings such as { \"Lead Source\" = \"Partner\" }";
        let wrong = || self.wrong_type(key, item, expected);
        let table = item.as_table_like().ok_or_else(wrong)?;
        let pairs = table.iter().map(|(name, item)| Some((name.to_owned(), item.as_str()?.into())));
        pairs.collect::<Option<_>>().ok_or_else(wrong)
    }

    fn lacking(&self, table: &dyn TableLike, name: &str, line: &str) -> Error {
        let first = table.iter().next().and_then(|(key, _)| table.key(key));
        let location = self.location(first.and_then(toml_edit::Key::span));
        let key = line.split(' ').next().unwrap_or_default();
        Error::usage(format!("{name:?} has no {key} {location}")).hint(format!("add {line}"))
    }
}

/// Words, or a string with blanks between them.
fn read_words(item: &Item) -> Option<Vec<String>> {
    match item.as_str() {
        Some(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
        None => read_list(item),
    }
}

fn read_list(item: &Item) -> Option<Vec<String>> {
    let words = item.as_array()?.iter().map(Value::as_str);
    words.map(|word| word.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::ConfigFile;

    #[test]
    fn a_view_has_words_or_a_string_of_them() {
        let text = "[view]\na.flags = [\"--customer\", \"Fabrikam Oil\"]\n[view.dach]\nflags = \" --country DE,AT  --pending\"";
        let file = ConfigFile::parse(text, Path::new("config.toml")).unwrap();
        let flags: Vec<_> = file.views().iter().map(|view| view.flags.join("|")).collect();
        assert_eq!(flags, ["--customer|Fabrikam Oil", "--country|DE,AT|--pending"]);
    }

    #[test]
    fn a_preset_changes_constants_stages_headings_and_columns() {
        let text = "[preset.mine]\nbase = \"hubspot-deals\"\nleave_out = [\"Amount\"]\nstages = { won = \"x\" }\n\
            [preset.mine.constants]\nPipeline = \"p\"\n[preset.mine.headings]\n\"Deal Name\" = \"n\"";
        let file = ConfigFile::parse(text, Path::new("config.toml")).unwrap();
        let preset = &file.presets()[0];
        assert_eq!((&*preset.name, &*preset.base), ("mine", "hubspot-deals"));
        assert_eq!(preset.constants, [("Pipeline".to_owned(), "p".to_owned())]);
        assert_eq!(preset.stages, [("won".to_owned(), "x".to_owned())]);
        assert_eq!(preset.headings, [("Deal Name".to_owned(), "n".to_owned())]);
        assert_eq!(preset.left_out, ["Amount"]);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, words) in [
            ("[view.a]\nflag = \"x\"", "did you mean \"flags\"?"),
            ("[view.a]\nflags = 1", "\"flags\" must be a string such as"),
            ("[view.a]", "\"a\" has no flags in config.toml"),
            ("view = 1", "\"view\" must be a table such as [view.dach] in config.toml, line 1"),
            ("[preset.a]\nleave_out = []", "has no base in config.toml, line 2"),
            ("[preset.a]\nbase = \"x\"\nconstant = {}", "did you mean \"constants\"?"),
            ("[preset.a]\nbase = \"x\"\nstages = { won = 1 }", "must be a table of strings"),
            ("[preset.a]\nleave_out = \"x\"", "must be a list of headings"),
            ("[vieww.a]\nflags = \"x\"", "did you mean \"view\"?"),
        ] {
            let report = ConfigFile::parse(text, Path::new("config.toml")).unwrap_err().report();
            assert!(report.contains(words), "{words}: {report}");
        }
    }
}
