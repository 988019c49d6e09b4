//! An access token somebody else obtained: from a variable or from a file, for one run.
//! Never touches a store, never renews anything.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use zeroize::Zeroizing;

use super::TokenProvider;
use super::claims::Claims;
use super::token::Secret;
use crate::error::{Error, ErrorKind, Result};

/// More than any access token takes (API §5.8), in bytes.
const MAX_TOKEN_BYTES: u64 = 64 * 1024;

/// A token from outside. Whoever gave it has to replace it when it ends.
#[derive(Debug)]
pub struct StaticToken {
    source: String,
    file: Option<PathBuf>,
    token: Mutex<Secret>,
}

impl StaticToken {
    /// The token in `text`, which stood in `variable`. Not a token: [`ErrorKind::Usage`].
    pub fn from_variable(variable: &str, text: &str) -> Result<StaticToken> {
        Ok(StaticToken {
            source: variable.to_owned(),
            file: None,
            token: Mutex::new(Secret::parse_bearer(text, variable)?),
        })
    }

    /// The token in a file. Unreadable or not a token: [`ErrorKind::Usage`].
    pub fn from_file(path: &Path) -> Result<StaticToken> {
        Ok(StaticToken {
            source: format!("the token file {}", path.display()),
            file: Some(path.to_owned()),
            token: Mutex::new(read_token_file(path)?),
        })
    }

    /// What gave the token, for people to read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the token says of its owner, for people to read.
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

    /// What the file holds by now, for something else may rotate it; a token that cannot have
    /// changed is not sent again.
    fn refresh(&self, refused: &Secret) -> Result<Secret> {
        if let Some(path) = &self.file {
            let read = read_token_file(path)?;
            if read != *refused {
                *self.token() = read.clone();
                return Ok(read);
            }
        }
        Err(Error::new(
            ErrorKind::SignIn,
            format!("the access token from {} was refused", self.source),
        )
        .hint("access tokens end after about an hour: supply a new one, or run `referrals login`"))
    }
}

fn read_token_file(path: &Path) -> Result<Secret> {
    let fail = |error: std::io::Error| {
        Error::new(ErrorKind::Usage, format!("cannot read the token file {}", path.display()))
            .cause(&error)
    };
    let mut text = Zeroizing::new(String::with_capacity(8 * 1024));
    File::open(path)
        .and_then(|file| file.take(MAX_TOKEN_BYTES).read_to_string(&mut text))
        .map_err(fail)?;
    Secret::parse_bearer(&text, &format!("the token file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variables_token_is_sent_and_its_refusal_names_the_variable() {
        let given = StaticToken::from_variable("REFERRALS_TOKEN", " abc-1\n").unwrap();
        let token = given.access_token().unwrap();
        assert_eq!(token.expose(), "abc-1");
        let error = given.refresh(&token).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("REFERRALS_TOKEN"));
        assert!(!error.report().contains("abc-1") && !format!("{given:?}").contains("abc-1"));
    }

    #[test]
    fn a_file_is_read_again_when_its_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "abc-1\n").unwrap();
        let given = StaticToken::from_file(&path).unwrap();
        let first = given.access_token().unwrap();
        assert_eq!(given.refresh(&first).unwrap_err().kind(), ErrorKind::SignIn);
        std::fs::write(&path, "abc-2\n").unwrap();
        assert_eq!(given.refresh(&first).unwrap().expose(), "abc-2");
        assert_eq!(given.access_token().unwrap().expose(), "abc-2");
        std::fs::write(&path, "").unwrap();
        assert_eq!(given.refresh(&first).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = StaticToken::from_file(Path::new("/nowhere/token")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().contains("/nowhere/token"));
    }
}
