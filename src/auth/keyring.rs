//! The platform's keyring: Keychain, Credential Manager or Secret Service. Every call has a timeout, because some of them
//! never return: behind an unlock dialog that is not visible, or when the service hangs.

use std::fmt::Debug;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::parts::{self, KeyringEntries};
use super::store::SecretStore;
use crate::error::{Error, Result};
use crate::platform::Platform;

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
            let status = keyring::Entry::store_status().as_ref();
            status.map_err(|error| unavailable_error(Platform::HERE, error))?;
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
        let keyring = match Platform::HERE {
            Platform::MacOs => "the login keychain",
            Platform::Windows => "Windows Credential Manager",
            Platform::Unix => "the keyring (Secret Service)",
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
            Err(error) => Err(entry_error(Platform::HERE, &error, "read the sign-in")),
        }
    }

    fn set(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.entry(name)
            .and_then(|entry| entry.set_secret(bytes))
            .map_err(|error| entry_error(Platform::HERE, &error, "save the sign-in"))
    }

    fn delete(&self, name: &str) -> Result<()> {
        match self.entry(name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
            Err(error) => Err(entry_error(Platform::HERE, &error, "delete the sign-in")),
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
        .hint(timeout_hint(Platform::HERE))
        .hint(ALTERNATIVES)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::sign_in("the keyring library panicked").hint(ALTERNATIVES))
        }
    }
}

const ALTERNATIVES: &str = "without a keyring: `referrals login --store file` keeps the sign-in in a \
    file that only you can read; REFERRALS_TOKEN or `--token-file` supplies an access token for one run";

fn timeout_hint(platform: Platform) -> &'static str {
    match platform {
        Platform::Unix => {
            "look for a dialog that asks for the keyring's password, answer it, and try again"
        }
        Platform::MacOs => {
            "look for a dialog about the keychain, choose Always Allow, and try again"
        }
        Platform::Windows => {
            "try again; if it happens again, restart the service Credential Manager"
        }
    }
}

fn unavailable_error(platform: Platform, error: &keyring_core::Error) -> Error {
    let what = match platform {
        Platform::MacOs => "the login keychain is not available",
        Platform::Windows => "Windows Credential Manager is not available",
        Platform::Unix => "no keyring available: no Secret Service on the session D-Bus",
    };
    Error::sign_in(what).cause(error).hint(ALTERNATIVES)
}

/// Never shows the bytes that some of the errors contain.
fn entry_error(platform: Platform, error: &keyring_core::Error, action: &str) -> Error {
    use keyring_core::Error as Cause;
    let sign_in_again = "run `referrals logout`, then `referrals login`";
    let explained = match error {
        Cause::NoDefaultStore => return unavailable_error(platform, error),
        Cause::NoStorageAccess(reason) => {
            no_access_error(platform, &reason.to_string()).cause(error).hint(ALTERNATIVES)
        }
        Cause::PlatformFailure(reason) => {
            let status = find_status(reason).filter(|_| platform == Platform::MacOs);
            keychain_error(status).cause(error).hint(ALTERNATIVES)
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

/// A Secret Service returns no result without a collection, and denies access when it is locked. Windows denies it in a
/// session that may not store credentials, macOS where there is no login keychain.
fn no_access_error(platform: Platform, reason: &str) -> Error {
    match platform {
        Platform::Windows => {
            Error::sign_in("Windows stores no credentials in this session, or by policy")
                .hint("log in at the machine itself, not over SSH or as a service")
        }
        Platform::MacOs => Error::sign_in("there is no login keychain that can be used")
            .hint("look at the login keychain in Keychain Access, and try again"),
        Platform::Unix if reason.contains("result not returned") => {
            Error::sign_in("the keyring was never set up for this account")
                .hint("log in to a desktop once, or create a keyring named \"login\" with its tool")
        }
        Platform::Unix => Error::sign_in("the keyring is locked")
            .hint("unlock the keyring (on a desktop: log in once) and try again"),
    }
}

/// macOS reports a locked keychain and a denied access as plain failures; the status (`OSStatus`) tells which.
fn keychain_error(status: Option<i32>) -> Error {
    const INTERACTION_NOT_ALLOWED: i32 = -25_308;
    const AUTH_FAILED: i32 = -25_293;
    const USER_CANCELED: i32 = -128;
    let unlock = "unlock it with `security unlock-keychain` and try again";
    match status {
        Some(INTERACTION_NOT_ALLOWED) => {
            Error::sign_in("the login keychain is locked, and no dialog can be shown").hint(unlock)
        }
        Some(AUTH_FAILED) => Error::sign_in("wrong password for the login keychain").hint(unlock),
        Some(USER_CANCELED) => Error::sign_in("access to the login keychain was denied")
            .hint("try again, and choose Always Allow in the dialog"),
        _ => Error::sign_in("the keyring failed"),
    }
}

/// The status that the library for macOS writes into the `Debug` of its errors alone: what it has for people is a sentence
/// in the user's language.
fn find_status(reason: &impl Debug) -> Option<i32> {
    let text = format!("{reason:?}");
    let (_, rest) = text.split_once("code: ")?;
    let end = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use keyring_core::Error as Cause;

    use super::*;
    use crate::error::ErrorKind;
    use crate::platform::PLATFORMS;

    /// As security-framework has it.
    struct Error {
        code: std::num::NonZeroI32,
        message: &'static str,
    }

    impl Debug for Error {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let Error { code, message } = self;
            f.debug_struct("Error").field("code", code).field("message", message).finish()
        }
    }

    impl std::fmt::Display for Error {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.message)
        }
    }

    impl std::error::Error for Error {}

    fn reason(text: &str) -> keyring_core::error::PlatformError {
        Box::new(std::io::Error::other(text.to_owned()))
    }

    fn status(code: i32) -> Cause {
        let code = code.try_into().unwrap();
        Cause::PlatformFailure(Box::new(Error { code, message: "Zugriff nicht möglich." }))
    }

    fn check(platform: Platform, cause: &Cause, words: &str) -> String {
        let error = entry_error(platform, cause, "save the sign-in");
        let report = error.report();
        assert_eq!(error.kind(), ErrorKind::SignIn, "{report}");
        assert!(report.contains(words), "{words}: {report}");
        assert!(!error.hints().is_empty(), "{report}");
        assert!(!report.contains("hidden") && !report.contains("104, 105"), "{report}");
        report
    }

    #[test]
    fn each_failure_has_its_own_message_and_a_hint() {
        let mut seen = std::collections::BTreeSet::new();
        let cases = [
            (Cause::PlatformFailure(reason("broken pipe")), "the keyring failed"),
            (Cause::TooLong("secret".to_owned(), 2560), "2560 bytes"),
            (Cause::BadEncoding(b"hidden".to_vec()), "damaged"),
            (Cause::BadDataFormat(b"hidden".to_vec(), reason("odd")), "damaged"),
            (Cause::BadStoreFormat("hidden".to_owned()), "damaged"),
            (Cause::Ambiguous(Vec::new()), "several"),
            (Cause::NotSupportedByStore("this".to_owned()), "not available"),
        ];
        for (cause, words) in cases {
            for platform in PLATFORMS {
                seen.insert(check(platform, &cause, words));
            }
        }
        assert_eq!(seen.len(), 5, "{seen:#?}");
    }

    #[test]
    fn each_system_has_its_own_reasons() {
        const NOT_SET_UP: &str = "SS error: result not returned from SS API";
        let no_access = |text| Cause::NoStorageAccess(reason(text));
        for (platform, cause, words) in [
            (Platform::Unix, Cause::NoDefaultStore, "D-Bus"),
            (Platform::MacOs, Cause::NoDefaultStore, "the login keychain is not available"),
            (Platform::Windows, Cause::NoDefaultStore, "Credential Manager is not available"),
            (Platform::Unix, no_access(NOT_SET_UP), "never set up"),
            (Platform::Unix, no_access("prompt dismissed"), "on a desktop: log in once"),
            (Platform::MacOs, no_access("odd"), "no login keychain"),
            (Platform::Windows, no_access("odd"), "by policy"),
            (Platform::MacOs, status(-25_308), "`security unlock-keychain`"),
            (Platform::MacOs, status(-25_293), "wrong password"),
            (Platform::MacOs, status(-128), "Always Allow"),
            (Platform::MacOs, status(-25_299), "the keyring failed"),
            (Platform::Unix, status(-128), "the keyring failed"),
        ] {
            check(platform, &cause, words);
        }
        assert!(timeout_hint(Platform::Unix).contains("password"));
        assert!(timeout_hint(Platform::MacOs).contains("Always Allow"));
        assert!(!timeout_hint(Platform::Windows).contains("dialog"));
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
        let report = unavailable_error(Platform::HERE, &Cause::NoDefaultStore).report();
        assert!(report.contains("--store file") && report.contains("--token-file"), "{report}");
    }
}
