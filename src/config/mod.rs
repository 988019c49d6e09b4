//! Settings: from flags, variables, the settings file and defaults; and the directories files are kept in.

mod directories;
mod file;
mod key;
mod profile_name;
mod reader;
mod settings;
mod store_choice;
mod tables;
mod variables;

pub use directories::Directories;
pub use file::{ConfigFile, prove_saving, save_profile};
pub use key::SettingKey;
pub use settings::{Flags, Origin, Setting, Settings, TokenSource};
pub use store_choice::StoreChoice;
pub use tables::{PresetChanges, SavedView};
pub use variables::{Lookup, check_text, read_variable, text_variables};
