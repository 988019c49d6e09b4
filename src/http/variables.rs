//! The environment variables that decide about certificates and proxies.

use std::borrow::Cow;
use std::collections::HashMap;
use std::env;
use std::fmt;
use std::path::PathBuf;

use crate::text::escape_control;

/// A PEM file of certificates to trust.
pub(super) const CERT_FILE: &str = "SSL_CERT_FILE";

/// Directories of certificates to trust.
pub(super) const CERT_DIR: &str = "SSL_CERT_DIR";

/// Whether the system has its trusted certificates in files. Then both variables replace these; elsewhere a file adds to
/// what the platform's verifier trusts.
pub(super) const ROOTS_ARE_FILES: bool =
    cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));

/// The proxy for https, in order of precedence. Of two spellings the first that is set counts, even if empty.
pub(super) const PROXIES: [[&str; 2]; 2] =
    [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// Hosts that are reached without a proxy.
pub(super) const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Set for CGI programs, where a request header could set a proxy variable (httpoxy).
pub(super) const CGI: &str = "REQUEST_METHOD";

pub fn variable_names() -> impl Iterator<Item = &'static str> {
    let proxies = PROXIES.into_iter().flatten();
    proxies.chain(NO_PROXY).chain([CGI, CERT_FILE, CERT_DIR])
}

/// The values of these variables. `Debug` hides them: the address of a proxy may contain a password.
#[derive(Default)]
pub(super) struct NetworkVariables(HashMap<&'static str, String>);

impl NetworkVariables {
    pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> NetworkVariables {
        let read = |name| Some((name, lookup(name)?));
        NetworkVariables(variable_names().filter_map(read).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values of what replaces the system's trusted certificates, for messages.
    pub(super) fn trusted_instead(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let names = [CERT_FILE, CERT_DIR].into_iter().filter(|_| ROOTS_ARE_FILES);
        names.filter_map(|name| Some((name, escape_control(self.get(name)?))))
    }

    /// The directories in `SSL_CERT_DIR`.
    pub(super) fn cert_directories(&self) -> Vec<PathBuf> {
        let directories = env::split_paths(self.get(CERT_DIR).unwrap_or_default());
        directories.filter(|directory| !directory.as_os_str().is_empty()).collect()
    }

    /// The name and value of the first of `names` that is set.
    pub(super) fn first_set(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }
}

impl fmt::Debug for NetworkVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<variables>")
    }
}
