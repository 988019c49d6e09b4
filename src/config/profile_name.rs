//! Which names a profile can have. It becomes part of file names and of keyring entries, and settings move between
//! systems: so what one of them cannot have, none has.

use crate::error::{Error, Result};

/// The profile that is used where none is named. It need not be in the settings file.
pub(super) const DEFAULT_PROFILE: &str = "default";

/// In bytes.
const MAX_LEN: usize = 64;

/// Of Windows, whatever the extension (learn.microsoft.com, "Naming Files, Paths, and Namespaces"); COM and LPT are
/// followed by a digit.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// Checks a name, of which `others` must hold no other spelling: on Windows and macOS the two would be one file.
///
/// # Errors
/// `ErrorKind::Usage` for a name that no profile can have.
pub(super) fn check_profile_name<'a>(
    name: &str,
    others: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let valid = (1..=MAX_LEN).contains(&name.len())
        && name.chars().all(plain)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let invalid = || Error::usage(format!("invalid profile name {name:?}"));
    if !valid {
        return Err(invalid().hint(
            "use up to 64 letters, digits, `-`, `_` and `.`, starting with a letter or digit",
        ));
    }
    if name.ends_with('.') {
        return Err(invalid().hint("leave out the dot at the end, which Windows ignores"));
    }
    if is_device(name) {
        return Err(invalid()
            .detail("on Windows no file can have this name")
            .hint("choose another, such as `work`"));
    }
    let is_other = |other: &&str| *other != name && other.eq_ignore_ascii_case(name);
    match others.into_iter().chain([DEFAULT_PROFILE]).find(is_other) {
        Some(other) => Err(Error::usage(format!(
            "the profile {name:?} differs from {other:?} only in upper and lower case"
        ))
        .detail("on Windows and macOS they would share one sign-in")
        .hint(format!("use {other:?}, or another name"))),
        None => Ok(()),
    }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_numbered = |device: &&str| {
        matches!(stem.strip_prefix(*device).map(str::as_bytes), Some([b'0'..=b'9']))
    };
    DEVICES.contains(&stem.as_str()) || NUMBERED_DEVICES.iter().any(is_numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_name_is_one_that_every_system_can_have() {
        let long = "a".repeat(MAX_LEN + 1);
        for (name, reason) in [
            ("contoso", None),
            ("work.de", None),
            ("console", None),
            ("com", None),
            ("com10", None),
            ("lpt-1", None),
            ("a.con", None),
            (&long[1..], None),
            (&long, Some("up to 64")),
            ("", Some("up to 64")),
            ("a b", Some("up to 64")),
            ("a ", Some("up to 64")),
            ("../a", Some("up to 64")),
            (".a", Some("up to 64")),
            ("a/b", Some("up to 64")),
            ("ä", Some("up to 64")),
            ("a.", Some("dot at the end")),
            ("con", Some("on Windows")),
            ("NUL", Some("on Windows")),
            ("aux.x", Some("on Windows")),
            ("Prn.tar.gz", Some("on Windows")),
            ("com1", Some("on Windows")),
            ("COM0", Some("on Windows")),
            ("lpt9.a", Some("on Windows")),
        ] {
            match (check_profile_name(name, []), reason) {
                (Ok(()), None) => {}
                (Err(error), Some(reason)) => {
                    assert_eq!(error.kind(), ErrorKind::Usage);
                    assert!(error.report().contains(reason), "{}", error.report());
                }
                (found, _) => panic!("{name:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn two_names_differ_in_more_than_case() {
        let known = ["contoso", "Fabrikam"];
        for (name, other) in [
            ("contoso", None),
            ("Fabrikam", None),
            ("contos", None),
            ("Contoso", Some("contoso")),
            ("fabrikam", Some("Fabrikam")),
            ("Default", Some("default")),
            ("default", None),
        ] {
            let hints = check_profile_name(name, known).err().map(|error| error.hints().to_vec());
            let expected = other.map(|other| vec![format!("use {other:?}, or another name")]);
            assert_eq!(hints, expected, "{name}");
        }
    }
}
