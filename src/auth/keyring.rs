//! The platform's keyring: Keychain, Credential Manager or Secret Service. Every call has a timeout, because some of them
//! never return: behind an unlock dialog that is not visible, or when the service hangs.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::parts::{self, KeyringEntries};
use super::store::SecretStore;
use crate::error::{Error, Result};

/// Long enough to type the keyring's password.
const PROMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Without a user at the terminal.
const UNATTENDED_TIMEOUT: Duration = Duration::from_secs(5);

/// Contains no dot: on Windows the name of an entry is "user.service".
const SERVICE: &str = "referrals";

#[derive(Clone, Debug)]
pub struct KeyringStore {
    service: String,
    limit: Option<usize>,
    timeout: Duration,
}

impl KeyringStore {
    /// `interactive`: the user is at a terminal and can answer a dialog.
    pub fn new(interactive: bool) -> KeyringStore {
        KeyringStore {
            service: SERVICE.to_owned(),
            // The limit of Windows. Elsewhere a single entry is better: macOS may ask for permission for each one.
            limit: cfg!(windows).then_some(2560),
            timeout: if interactive { PROMPT_TIMEOUT } else { UNATTENDED_TIMEOUT },
        }
    }

    /// `limit` is the maximum size of an entry in bytes.
    #[must_use]
    pub fn with(self, service: &str, timeout: Duration, limit: Option<usize>) -> KeyringStore {
        KeyringStore { service: service.to_owned(), limit, timeout }
    }

    fn run<T: Send + 'static>(
        &self,
        profile: &str,
        job: impl FnOnce(&KeyringStore, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (store, profile) = (self.clone(), profile.to_owned());
        run_with_timeout(self.timeout, move || {
            keyring::Entry::store_status().as_ref().map_err(unavailable_error)?;
            job(&store, &profile)
        })
    }

    fn entry(&self, name: &str) -> keyring_core::Result<keyring_core::Entry> {
        #[cfg(windows)]
        {
            // The default roams with the domain profile, which some companies forbid.
            let local = std::collections::HashMap::from([("persistence", "Local")]);
            keyring_core::Entry::new_with_modifiers(&self.service, name, &local)
        }
        #[cfg(not(windows))]
        keyring_core::Entry::new(&self.service, name)
    }
}

impl SecretStore for KeyringStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.run(profile, |store, profile| parts::load(store, profile))
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        let secret = Zeroizing::new(secret.to_vec());
        self.run(profile, move |store, profile| parts::save(store, profile, &secret))
    }

    fn delete(&self, profile: &str) -> Result<()> {
        self.run(profile, |store, profile| parts::delete(store, profile))
    }

    fn describe(&self, profile: &str) -> String {
        let keyring = match std::env::consts::OS {
            "macos" => "the login keychain",
            "windows" => "Windows Credential Manager",
            _ => "the keyring (Secret Service)",
        };
        format!("{keyring}, entry {profile:?} of {:?}", self.service)
    }
}

impl KeyringEntries for KeyringStore {
    fn limit(&self) -> Option<usize> {
        self.limit
    }

    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        match self.entry(name).and_then(|entry| entry.get_secret()) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(entry_error(&error, "read the sign-in")),
        }
    }

    fn set(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.entry(name)
            .and_then(|entry| entry.set_secret(bytes))
            .map_err(|error| entry_error(&error, "save the sign-in"))
    }

    fn delete(&self, name: &str) -> Result<()> {
        match self.entry(name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
            Err(error) => Err(entry_error(&error, "delete the sign-in")),
        }
    }
}

/// Runs `job` on a thread, which is abandoned after the timeout.
fn run_with_timeout<T: Send + 'static>(
    timeout: Duration,
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::Builder::new().name("keyring".to_owned());
    thread
        .spawn(move || sender.send(job()))
        .map_err(|error| Error::failure("cannot start a thread").cause(&error))?;
    match receiver.recv_timeout(timeout) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(Error::sign_in(format!(
            "the keyring did not answer within {} seconds",
            timeout.as_secs()
        ))
        .hint("look for a dialog that asks for the keyring's password, answer it, and try again")
        .hint(ALTERNATIVES)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::sign_in("the keyring library panicked").hint(ALTERNATIVES))
        }
    }
}

const ALTERNATIVES: &str = "without a keyring: `referrals login --store file` keeps the sign-in in a \
    file that only you can read; REFERRALS_TOKEN or `--token-file` supplies an access token for one run";

fn unavailable_error(error: &keyring_core::Error) -> Error {
    let what = match std::env::consts::OS {
        "macos" | "windows" => "the system keyring is not available",
        _ => "no keyring available: no Secret Service on the session D-Bus",
    };
    Error::sign_in(what).cause(error).hint(ALTERNATIVES)
}

/// Never shows the bytes that some of the errors contain.
fn entry_error(error: &keyring_core::Error, action: &str) -> Error {
    use keyring_core::Error as Cause;
    let sign_in_again = "run `referrals logout`, then `referrals login`";
    let explained = match error {
        Cause::NoDefaultStore => return unavailable_error(error),
        Cause::NoStorageAccess(reason) => {
            no_access_error(&reason.to_string()).cause(error).hint(ALTERNATIVES)
        }
        Cause::PlatformFailure(reason) => {
            platform_error(&reason.to_string()).cause(error).hint(ALTERNATIVES)
        }
        Cause::TooLong(field, limit) => Error::sign_in(format!(
            "the keyring allows at most {limit} bytes in the {field} of an entry"
        ))
        .hint(ALTERNATIVES),
        Cause::BadEncoding(_) | Cause::BadDataFormat(..) | Cause::BadStoreFormat(_) => {
            Error::sign_in("the keyring entry is damaged").hint(sign_in_again)
        }
        Cause::Ambiguous(_) => {
            Error::sign_in("the keyring has several entries with the same name").hint(sign_in_again)
        }
        Cause::NoEntry => {
            Error::sign_in("the keyring has no such entry").hint("run `referrals login`")
        }
        _ => Error::sign_in("the keyring is not available").cause(error).hint(ALTERNATIVES),
    };
    explained.context(format!("cannot {action}"))
}

/// A Secret Service returns no result without a collection, and denies access when it is locked. So does Windows in a
/// session that may not store credentials.
fn no_access_error(reason: &str) -> Error {
    if reason.contains("result not returned") {
        return Error::sign_in("the keyring was never set up for this account")
            .hint("log in to a desktop once, or create a keyring named \"login\" with its tool");
    }
    if cfg!(windows) {
        return Error::sign_in("Windows stores no credentials in this session, or by policy")
            .hint("log in at the machine itself, not over SSH or as a service");
    }
    Error::sign_in("the keyring is locked")
        .hint("unlock the keyring (on a desktop: log in once) and try again")
}

/// macOS reports a locked keychain and a denied access as plain failures; the number tells which.
fn platform_error(reason: &str) -> Error {
    let known = [
        ("-25308", "the login keychain is locked, and no dialog can be shown"),
        ("-25293", "wrong password for the login keychain"),
        ("-128", "access to the login keychain was denied"),
    ];
    match known.iter().find(|(code, _)| reason.contains(code)) {
        Some((_, message)) => {
            Error::sign_in(*message).hint("unlock it with `security unlock-keychain` and try again")
        }
        None => Error::sign_in("the keyring failed"),
    }
}

#[cfg(test)]
mod tests {
    use keyring_core::Error as Cause;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn each_failure_has_its_own_message_and_a_hint() {
        let reason = |text: &str| -> keyring_core::error::PlatformError {
            Box::new(std::io::Error::other(text.to_owned()))
        };
        let cases = [
            (Cause::NoDefaultStore, "keyring"),
            (
                Cause::NoStorageAccess(reason("SS error: result not returned from SS API")),
                "never set up",
            ),
            (
                Cause::NoStorageAccess(reason("SS error: prompt dismissed")),
                if cfg!(windows) { "by policy" } else { "locked" },
            ),
            (
                Cause::PlatformFailure(reason("User interaction is not allowed (-25308)")),
                "no dialog",
            ),
            (Cause::PlatformFailure(reason("canceled (-128)")), "denied"),
            (Cause::PlatformFailure(reason("broken pipe")), "failed"),
            (Cause::TooLong("secret".to_owned(), 2560), "2560 bytes"),
            (Cause::BadEncoding(b"hidden".to_vec()), "damaged"),
            (Cause::BadDataFormat(b"hidden".to_vec(), reason("odd")), "damaged"),
            (Cause::BadStoreFormat("hidden".to_owned()), "damaged"),
            (Cause::Ambiguous(Vec::new()), "several"),
            (Cause::NotSupportedByStore("this".to_owned()), "not available"),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (cause, word) in cases {
            let error = entry_error(&cause, "save the sign-in");
            let report = error.report();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{report}");
            assert!(report.contains(word), "{report}");
            assert!(!error.hints().is_empty(), "{report}");
            assert!(!report.contains("hidden") && !report.contains("104, 105"), "{report}");
            seen.insert(report);
        }
        assert!(seen.len() >= 10, "{seen:#?}");
    }

    #[test]
    fn a_keyring_that_never_answers_times_out() {
        let (blocker, receiver) = mpsc::channel::<()>();
        let error = run_with_timeout(Duration::from_millis(1), move || {
            let _ = receiver.recv();
            Ok(())
        })
        .unwrap_err();
        drop(blocker);
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("did not answer"));
        assert!(error.report().contains("--store file"), "{}", error.report());
        assert!(error.report().contains("REFERRALS_TOKEN"), "{}", error.report());
    }

    #[test]
    fn a_missing_keyring_names_both_alternatives() {
        let report = unavailable_error(&Cause::NoDefaultStore).report();
        assert!(report.contains("--store file") && report.contains("--token-file"), "{report}");
    }
}
