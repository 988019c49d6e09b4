//! An access token from a variable or a file, for one run.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use zeroize::Zeroizing;

use super::claims::Claims;
use super::token::{MAX_TOKEN_BYTES, Secret, TokenProvider, too_long};
use crate::error::{Error, Result};
use crate::text::{self, show_path};
use crate::trust;

/// A token that this program cannot refresh.
#[derive(Debug)]
pub struct StaticToken {
    source: String,
    file: Option<PathBuf>,
    token: Mutex<Secret>,
}

impl StaticToken {
    /// `source` names the token's origin in messages.
    pub fn new(source: impl Into<String>, token: Secret) -> StaticToken {
        StaticToken { source: source.into(), file: None, token: Mutex::new(token) }
    }

    /// # Errors
    /// `ErrorKind::Usage` when `text`, the value of `variable`, is not a token.
    pub fn from_variable(variable: &str, text: &str) -> Result<StaticToken> {
        Ok(StaticToken::new(variable, Secret::parse_bearer(text, variable)?))
    }

    /// # Errors
    /// `ErrorKind::Usage` when the file cannot be read or does not contain a token.
    pub fn from_file(path: &Path) -> Result<StaticToken> {
        let source = format!("the token file {}", show_path(path));
        let token = StaticToken::new(source, read_token_file(path)?);
        Ok(StaticToken { file: Some(path.to_owned()), ..token })
    }

    /// The token's origin, for messages.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn claims(&self) -> Option<Claims> {
        Claims::parse(self.token().expose())
    }

    fn token(&self) -> MutexGuard<'_, Secret> {
        self.token.lock().expect("no holder of this lock panics")
    }
}

impl TokenProvider for StaticToken {
    fn access_token(&self) -> Result<Secret> {
        Ok(self.token().clone())
    }

    /// Reads the file again: another program may have replaced the token.
    fn refresh(&self, rejected: &Secret) -> Result<Secret> {
        if let Some(path) = &self.file {
            let read = read_token_file(path)?;
            if read != *rejected {
                *self.token() = read.clone();
                return Ok(read);
            }
        }
        Err(Error::sign_in(format!("the access token from {} was rejected", self.source)).hint(
            "access tokens expire after about an hour: supply a new one, or run `referrals login`",
        ))
    }
}

fn read_token_file(path: &Path) -> Result<Secret> {
    trust::check_link(path)?;
    let source = format!("the token file {}", show_path(path));
    // Never moved to a larger buffer: that would leave a copy of a secret in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_TOKEN_BYTES + 1));
    File::open(path)
        .and_then(|file| file.take(MAX_TOKEN_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Error::usage(format!("cannot read {source}")).cause(&error))?;
    if bytes.len() > MAX_TOKEN_BYTES {
        return Err(too_long(&source));
    }
    let text = text::decode_file(&bytes).map(Zeroizing::new).ok_or_else(|| {
        Error::usage(format!("{source} is not UTF-8 text")).hint("save it again as UTF-8")
    })?;
    Secret::parse_bearer(&text, &source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_rejected_token_names_its_variable() {
        let provider = StaticToken::from_variable("REFERRALS_TOKEN", " abc-1\n").unwrap();
        let token = provider.access_token().unwrap();
        assert_eq!(token.expose(), "abc-1");
        let error = provider.refresh(&token).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("REFERRALS_TOKEN"));
        assert!(!error.report().contains("abc-1") && !format!("{provider:?}").contains("abc-1"));
    }

    #[test]
    fn a_file_is_read_again_when_its_token_is_rejected() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "abc-1\n").unwrap();
        let provider = StaticToken::from_file(&path).unwrap();
        let first = provider.access_token().unwrap();
        assert_eq!(provider.refresh(&first).unwrap_err().kind(), ErrorKind::SignIn);
        std::fs::write(&path, "abc-2\n").unwrap();
        assert_eq!(provider.refresh(&first).unwrap().expose(), "abc-2");
        assert_eq!(provider.access_token().unwrap().expose(), "abc-2");
        std::fs::write(&path, "").unwrap();
        assert_eq!(provider.refresh(&first).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_anybody_could_have_written_is_not_sent() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "abc-1\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o646)).unwrap();
        let error = StaticToken::from_file(&path).unwrap_err();
        assert!(error.report().contains("chmod go-w"), "{}", error.report());
    }

    #[test]
    fn a_file_that_is_no_token_is_refused_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let cases: [(&[u8], &str); 4] = [
            (&b"a".repeat(64 * 1024 + 1), "longer than 64 KiB"),
            (&[b"abc".as_slice(), &b" ".repeat(64 * 1024)].concat(), "longer than 64 KiB"),
            (b"abc\xe9", "not UTF-8 text"),
            (b"\"abc\"\n", "it is in quotes"),
        ];
        for (contents, why) in cases {
            std::fs::write(&path, contents).unwrap();
            let error = StaticToken::from_file(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{why}");
            assert!(error.message().contains(why), "{}", error.message());
        }
        std::fs::write(&path, b"a".repeat(64 * 1024)).unwrap();
        StaticToken::from_file(&path).unwrap();
    }

    #[test]
    fn a_file_of_windows_powershell_holds_the_token() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, b"\xff\xfea\0-\x001\0\r\0\n\0").unwrap();
        let token = StaticToken::from_file(&path).unwrap().access_token().unwrap();
        assert_eq!(token.expose(), "a-1");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = StaticToken::from_file(Path::new("/nowhere/token")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().contains("/nowhere/token"));
    }
}
