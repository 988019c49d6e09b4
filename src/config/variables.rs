//! Environment variables: how their values are read, in one place for all of them.

use std::ffi::OsString;
use std::path::PathBuf;

use super::key::SettingKey;
use crate::error::{Error, Result};
use crate::platform::Platform;

pub(super) const PROFILE: &str = "REFERRALS_PROFILE";

pub(super) const TOKEN: &str = "REFERRALS_TOKEN";

/// How a variable is looked up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The variable's value without the white space around it, which a `.env` file with CR LF leaves there; a blank one counts
/// as not set. That it is text was checked by [`check_text`].
pub fn read_variable(lookup: Lookup<'_>, name: &str) -> Option<String> {
    let value = lookup(name)?;
    let text = value.to_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The same for a path, which need not be text.
pub fn read_path_variable(lookup: Lookup<'_>, name: &str) -> Option<PathBuf> {
    let value = lookup(name)?;
    if value.to_str().is_none() {
        return Some(value.into());
    }
    read_variable(lookup, name).map(PathBuf::from)
}

/// The variables that set what a profile can hold, and the others that must be text.
pub fn text_variables() -> impl Iterator<Item = &'static str> {
    SettingKey::ALL.iter().filter_map(|key| key.variable()).chain([PROFILE, TOKEN])
}

/// Checks that none of these variables would be passed over because it is not text.
///
/// # Errors
/// `ErrorKind::Usage`, which names the variable.
pub fn check_text(lookup: Lookup<'_>, names: impl IntoIterator<Item = &'static str>) -> Result<()> {
    let is_text = |name: &&str| lookup(name).is_none_or(|value| value.to_str().is_some());
    match names.into_iter().find(|name| !is_text(name)) {
        Some(name) => {
            let (encoding, hint) = encoding_advice(Platform::HERE);
            Err(Error::usage(format!("the variable {name} is not valid {encoding}")).hint(hint))
        }
        None => Ok(()),
    }
}

/// How variables are encoded, and what to do about one that is not.
fn encoding_advice(platform: Platform) -> (&'static str, &'static str) {
    match platform {
        Platform::Windows => ("Unicode", "set it again, or remove it"),
        Platform::Unix | Platform::MacOs => {
            ("UTF-8", "set it again in a UTF-8 locale, or unset it")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::platform::PLATFORMS;

    #[test]
    fn white_space_around_a_value_is_not_part_of_it() {
        let cases = [
            ("contoso.com", Some("contoso.com")),
            ("contoso.com\r", Some("contoso.com")),
            (" \tcontoso.com \r\n", Some("contoso.com")),
            ("a b", Some("a b")),
            ("", None),
            (" \r\n", None),
        ];
        for (value, expected) in cases {
            let lookup = |_: &str| Some(OsString::from(value));
            assert_eq!(read_variable(&lookup, "X").as_deref(), expected, "{value:?}");
            let path = read_path_variable(&lookup, "X");
            assert_eq!(path.as_deref(), expected.map(Path::new), "{value:?}");
        }
    }

    #[test]
    fn windows_has_no_locale_to_blame() {
        for platform in PLATFORMS {
            let (encoding, hint) = encoding_advice(platform);
            let is_windows = platform == Platform::Windows;
            assert_eq!((encoding == "UTF-8", hint.contains("locale")), (!is_windows, !is_windows));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_need_not_be_text_and_anything_else_must() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(b"/srv/\xe9t\xe9".to_vec());
        let lookup = |name: &str| (name == TOKEN).then(|| value.clone());
        assert_eq!(read_path_variable(&lookup, TOKEN), Some(PathBuf::from(&value)));
        let error = check_text(&lookup, text_variables()).unwrap_err();
        assert_eq!(error.message(), "the variable REFERRALS_TOKEN is not valid UTF-8");
        check_text(&lookup, [PROFILE]).unwrap();
    }
}
