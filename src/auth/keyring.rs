//! The platform's keyring: Keychain, Credential Manager, Secret Service. Every call ends in time,
//! for some of them wait for ever: behind an unlock dialog nobody sees, or a service that hangs.
//! Never falls back to anything else.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use zeroize::Zeroizing;

use super::parts::{self, KeyringEntries};
use super::store::SecretStore;
use crate::error::{Error, ErrorKind, Result};

/// Long enough for a person to type the keyring's password.
const PROMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Long enough for a keyring that is going to answer.
const UNATTENDED_TIMEOUT: Duration = Duration::from_secs(5);

/// What every entry is filed under. No dot: on Windows an entry's name is "user.service".
const SERVICE: &str = "referrals";

/// The keyring of this platform.
#[derive(Clone, Debug)]
pub struct KeyringStore {
    service: String,
    limit: Option<usize>,
    deadline: Duration,
}

impl KeyringStore {
    /// The keyring, given half a minute for a person at a terminal, five seconds without one.
    pub fn new(person: bool) -> KeyringStore {
        KeyringStore {
            service: SERVICE.to_owned(),
            // Windows refuses longer ones; elsewhere one entry is better: every entry of a Mac's
            // keychain may ask for permission by itself.
            limit: cfg!(windows).then_some(2560),
            deadline: if person { PROMPT_TIMEOUT } else { UNATTENDED_TIMEOUT },
        }
    }

    /// The same keyring with other entries, another patience and another longest entry, in bytes.
    #[must_use]
    pub fn with(self, service: &str, deadline: Duration, limit: Option<usize>) -> KeyringStore {
        KeyringStore { service: service.to_owned(), limit, deadline }
    }

    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&KeyringStore) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        run_with_timeout(self.deadline, move || {
            if let Err(error) = keyring::Entry::store_status() {
                return Err(unavailable_error(error));
            }
            job(&store)
        })
    }

    fn entry(&self, name: &str) -> keyring_core::Result<keyring_core::Entry> {
        #[cfg(windows)]
        {
            // The default would travel with the domain profile, which some companies forbid.
            let local = std::collections::HashMap::from([("persistence", "Local")]);
            keyring_core::Entry::new_with_modifiers(&self.service, name, &local)
        }
        #[cfg(not(windows))]
        keyring_core::Entry::new(&self.service, name)
    }
}

impl SecretStore for KeyringStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let profile = profile.to_owned();
        self.run(move |store| parts::load(store, &profile))
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        let profile = profile.to_owned();
        let secret = Zeroizing::new(secret.to_vec());
        self.run(move |store| parts::save(store, &profile, &secret))
    }

    fn delete(&self, profile: &str) -> Result<()> {
        let profile = profile.to_owned();
        self.run(move |store| parts::delete(store, &profile))
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
            .map_err(|error| entry_error(&error, "keep the sign-in"))
    }

    fn delete(&self, name: &str) -> Result<()> {
        match self.entry(name).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
            Err(error) => Err(entry_error(&error, "remove the sign-in")),
        }
    }
}

/// What `job` returns, unless it takes longer than `deadline`: then its thread is left behind.
fn run_with_timeout<T: Send + 'static>(
    deadline: Duration,
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel();
    let spawned =
        std::thread::Builder::new().name("keyring".to_owned()).spawn(move || sender.send(job()));
    if let Err(error) = spawned {
        return Err(Error::new(ErrorKind::Failure, "cannot start a thread").cause(&error));
    }
    match receiver.recv_timeout(deadline) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(Error::new(
            ErrorKind::SignIn,
            format!("the keyring did not answer within {} seconds", deadline.as_secs()),
        )
        .hint("look for a dialog that asks for the keyring's password, answer it, and try again")
        .hint(OTHER_WAYS)),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::new(ErrorKind::SignIn, "the keyring's library failed in an unforeseen way")
                .hint(OTHER_WAYS))
        }
    }
}

const OTHER_WAYS: &str = "without a keyring: `referrals login --store file` keeps the sign-in in a \
    file only you can read; REFERRALS_TOKEN or `--token-file` supplies an access token for one run";

fn unavailable_error(error: &keyring_core::Error) -> Error {
    let what = match std::env::consts::OS {
        "macos" | "windows" => "the keyring of this system cannot be used",
        _ => "there is no keyring here: no Secret Service answers on the session's D-Bus",
    };
    Error::new(ErrorKind::SignIn, what).cause(error).hint(OTHER_WAYS)
}

/// A keyring's error in plain words. The bytes some of them carry are never shown.
fn entry_error(error: &keyring_core::Error, doing: &str) -> Error {
    use keyring_core::Error as Cause;
    let sign_in = |message: &str| {
        Error::new(ErrorKind::SignIn, message.to_owned()).context(format!("cannot {doing}"))
    };
    match error {
        Cause::NoDefaultStore => unavailable_error(error),
        Cause::NoStorageAccess(reason) => {
            no_access_error(&reason.to_string(), &sign_in).cause(error).hint(OTHER_WAYS)
        }
        Cause::PlatformFailure(reason) => {
            platform_error(&reason.to_string(), &sign_in).cause(error).hint(OTHER_WAYS)
        }
        Cause::TooLong(field, limit) => {
            sign_in(&format!("the keyring holds at most {limit} bytes in an entry's {field}"))
                .hint(OTHER_WAYS)
        }
        Cause::BadEncoding(_) | Cause::BadDataFormat(..) | Cause::BadStoreFormat(_) => {
            sign_in("the keyring's entry cannot be read; it was damaged or something else wrote it")
                .hint("run `referrals logout`, then `referrals login`")
        }
        Cause::Ambiguous(_) => sign_in("the keyring has several entries of the same name")
            .hint("run `referrals logout`, then `referrals login`"),
        Cause::NoEntry => sign_in("the keyring has no such entry").hint("run `referrals login`"),
        _ => sign_in("the keyring cannot be used").cause(error).hint(OTHER_WAYS),
    }
}

/// A Secret Service without a collection to keep things in gives no result; one that is locked, or
/// a Windows session that may keep nothing, refuses.
fn no_access_error(reason: &str, sign_in: &dyn Fn(&str) -> Error) -> Error {
    if reason.contains("result not returned") {
        return sign_in("the keyring was never set up for this account")
            .hint("sign in to a desktop once, or make a keyring named \"login\" with its tool");
    }
    if cfg!(windows) {
        return sign_in("Windows keeps no credentials in this session or by policy")
            .hint("sign in at the machine itself rather than over SSH or as a service");
    }
    sign_in("the keyring is locked, and was not unlocked")
        .hint("unlock the keyring (on a desktop: sign in to it once) and try again")
}

/// The Mac's keychain reports a locked keychain and a refusal as plain failures; its numbers tell them.
fn platform_error(reason: &str, sign_in: &dyn Fn(&str) -> Error) -> Error {
    let known = [
        ("-25308", "the login keychain is locked, and no dialog can be shown here"),
        ("-25293", "the login keychain's password was wrong"),
        ("-128", "access to the login keychain was refused"),
    ];
    match known.iter().find(|(code, _)| reason.contains(code)) {
        Some((_, message)) => {
            sign_in(message).hint("unlock it with `security unlock-keychain` and try again")
        }
        None => sign_in("the keyring failed"),
    }
}

#[cfg(test)]
mod tests {
    use keyring_core::Error as Cause;

    use super::*;

    #[test]
    fn each_failure_has_its_own_sentence_and_a_way_out() {
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
            (Cause::PlatformFailure(reason("canceled (-128)")), "refused"),
            (Cause::PlatformFailure(reason("broken pipe")), "failed"),
            (Cause::TooLong("secret".to_owned(), 2560), "2560 bytes"),
            (Cause::BadEncoding(b"hidden".to_vec()), "damaged"),
            (Cause::BadDataFormat(b"hidden".to_vec(), reason("odd")), "damaged"),
            (Cause::BadStoreFormat("hidden".to_owned()), "damaged"),
            (Cause::Ambiguous(Vec::new()), "several"),
            (Cause::NotSupportedByStore("this".to_owned()), "cannot be used"),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (cause, word) in cases {
            let error = entry_error(&cause, "keep the sign-in");
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
    fn a_keyring_that_never_answers_is_given_up() {
        let (held, waits) = mpsc::channel::<()>();
        let error = run_with_timeout(Duration::from_millis(1), move || {
            let _ = waits.recv();
            Ok(())
        })
        .unwrap_err();
        drop(held);
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("did not answer"));
        assert!(error.report().contains("--store file"), "{}", error.report());
        assert!(error.report().contains("REFERRALS_TOKEN"), "{}", error.report());
    }

    #[test]
    fn a_keyring_without_its_service_names_both_ways_out() {
        let report = unavailable_error(&Cause::NoDefaultStore).report();
        assert!(report.contains("--store file") && report.contains("--token-file"), "{report}");
    }
}
