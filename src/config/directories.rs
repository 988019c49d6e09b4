//! The directories of settings and state.

use std::path::{Path, PathBuf};

use super::variables::{Lookup, read_path_variable};
use crate::error::{Error, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    /// Of `config.toml`.
    pub config: PathBuf,
    /// Of lock files, and of the sessions that are stored in files.
    pub state: PathBuf,
}

impl Directories {
    /// The platform's directories, unless `REFERRALS_CONFIG_DIR` and `REFERRALS_STATE_DIR` name others.
    ///
    /// # Errors
    /// `ErrorKind::Usage` when a directory has no variable and the user no home directory.
    pub fn find(lookup: Lookup<'_>) -> Result<Directories> {
        let project = directories::ProjectDirs::from("", "", "referrals");
        let directory = |variable: &str, default: Option<&Path>| {
            let chosen = read_path_variable(lookup, variable);
            chosen.or_else(|| default.map(Path::to_owned)).ok_or_else(|| {
                Error::usage("the user has no home directory")
                    .hint("set REFERRALS_CONFIG_DIR and REFERRALS_STATE_DIR")
            })
        };
        let project = project.as_ref();
        let config = project.map(directories::ProjectDirs::config_dir);
        let state = project.map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir()));
        Ok(Directories {
            config: directory("REFERRALS_CONFIG_DIR", config)?,
            state: directory("REFERRALS_STATE_DIR", state)?,
        })
    }

    pub fn settings_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directories_can_be_chosen() {
        let chosen = |name: &str| match name {
            "REFERRALS_CONFIG_DIR" => Some("/etc/one".into()),
            "REFERRALS_STATE_DIR" => Some("/var/two".into()),
            _ => None,
        };
        let directories = Directories::find(&chosen).unwrap();
        assert_eq!(directories.settings_file(), Path::new("/etc/one/config.toml"));
        assert_eq!(directories.state, Path::new("/var/two"));
    }
}
