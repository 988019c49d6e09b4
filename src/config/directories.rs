//! Where settings and state are kept.

use std::path::{Path, PathBuf};

use super::variables::{Lookup, read_variable};
use crate::error::{Error, ErrorKind, Result};

/// Where settings and state are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    /// The folder of `config.toml`.
    pub config: PathBuf,
    /// The folder of locks, of a file store's sessions, and of what `changes` saw.
    pub state: PathBuf,
}

impl Directories {
    /// The platform's folders, unless `REFERRALS_CONFIG_DIR` or `REFERRALS_STATE_DIR` name others.
    /// Without a home folder and without both variables: [`ErrorKind::Usage`].
    pub fn find(lookup: Lookup<'_>) -> Result<Directories> {
        let project = directories::ProjectDirs::from("", "", "referrals");
        let place = |variable: &str, usual: Option<&Path>| {
            let set = read_variable(lookup, variable).map(PathBuf::from);
            set.or_else(|| usual.map(Path::to_owned)).ok_or_else(|| {
                Error::new(ErrorKind::Usage, "there is no home folder to keep settings in")
                    .hint("set REFERRALS_CONFIG_DIR and REFERRALS_STATE_DIR")
            })
        };
        let project = project.as_ref();
        let config = project.map(directories::ProjectDirs::config_dir);
        let state = project.map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()));
        Ok(Directories {
            config: place("REFERRALS_CONFIG_DIR", config)?,
            state: place("REFERRALS_STATE_DIR", state)?,
        })
    }

    /// The settings file.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_can_be_chosen() {
        let chosen = |name: &str| match name {
            "REFERRALS_CONFIG_DIR" => Some("/etc/one".to_owned()),
            "REFERRALS_STATE_DIR" => Some("/var/two".to_owned()),
            _ => None,
        };
        let places = Directories::find(&chosen).unwrap();
        assert_eq!(places.settings_file(), Path::new("/etc/one/config.toml"));
        assert_eq!(places.state, Path::new("/var/two"));
    }
}
