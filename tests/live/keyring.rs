//! The keyring store with gnome-keyring: unlocked, locked, missing and hanging.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use referrals::testing::{KeyringStore, SecretStore, self_test};

use crate::{Case, this_program};

pub(crate) const CASES: &[Case] = &[
    ("an_unlocked_keyring_stores_secrets_of_any_size", any_size),
    ("a_locked_keyring_is_distinguished_from_an_empty_one", locked),
    ("a_keyring_that_was_never_set_up_is_reported", no_collection),
    ("a_bus_without_a_keyring_is_reported", no_service),
    ("a_missing_bus_is_reported_at_once", no_bus),
    ("a_keyring_that_hangs_times_out", hung),
];

/// The timeout of a child's keyring calls; shorter than the program's.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Starts a keyring on the session bus and unlocks it with a password, which creates a collection.
const UNLOCK: &str = r"
printf %s ci | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
daemon=$!
owned() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; }
for _ in $(seq 100); do owned && break; sleep 0.1; done
";

/// Kills that keyring in any state.
const END: &str = "\nkill -KILL $daemon; wait $daemon 2>/dev/null; true\n";

/// The configuration of a bus that starts no services.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;

/// The tasks of a child, which runs with the bus of its case.
pub(crate) fn child(words: &[&str]) -> String {
    let whole = KeyringStore::new(false).with("referrals-live", TIMEOUT, None);
    let parts = KeyringStore::new(false).with("referrals-live-parts", TIMEOUT, Some(2560));
    let result = match words[0] {
        "self-test" => self_test(&whole, "work"),
        "save" => whole.save("work", b"secret"),
        "load" => whole.load("work").map(|secret| {
            assert!(secret.is_none(), "there is a secret");
        }),
        "sizes" => [&whole, &parts].into_iter().try_for_each(|store| sizes(store, "work")),
        word => panic!("no such task: {word}"),
    };
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("{:?} {}", error.kind(), error.report()),
    }
}

/// Saves and loads secrets of these sizes in bytes, and deletes the last.
pub(crate) fn sizes(store: &KeyringStore, profile: &str) -> referrals::testing::Result<()> {
    for size in [100, 2560, 4096, 8192, 100, 64 * 1024] {
        let secret: Vec<u8> = (0..size).map(|i: u32| i.to_le_bytes()[0]).collect();
        store.save(profile, &secret)?;
        let loaded = store.load(profile)?.expect("it was saved above");
        assert_eq!(*loaded, secret, "{size}");
        assert!(store.load("home")?.is_none());
    }
    store.delete(profile)?;
    store.delete(profile)?;
    assert!(store.load(profile)?.is_none());
    Ok(())
}

fn any_size() {
    let home = tempfile::tempdir().unwrap();
    let script =
        format!("{UNLOCK}\"$0\" child keyring self-test && \"$0\" child keyring sizes{END}");
    assert_eq!(session(home.path(), &script, None), "okok");
}

fn locked() {
    let home = tempfile::tempdir().unwrap();
    let saved = format!("{UNLOCK}\"$0\" child keyring save{END}");
    assert_eq!(session(home.path(), &saved, None), "ok");
    for task in ["load", "save", "self-test"] {
        // The bus starts the keyring, locked.
        let output = session(home.path(), &format!("\"$0\" child keyring {task}"), None);
        assert!(output.starts_with("SignIn"), "{output}");
        assert!(output.contains("the keyring is locked"), "{task}: {output}");
        assert!(output.contains("--store file"), "{task}: {output}");
    }
}

fn no_collection() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(session(home.path(), "\"$0\" child keyring load", None), "ok");
    let output = session(home.path(), "\"$0\" child keyring self-test", None);
    assert!(output.starts_with("SignIn") && output.contains("was never set up"), "{output}");
}

fn no_service() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("bus.conf");
    std::fs::write(&config, BARE_BUS).unwrap();
    let output = session(home.path(), "\"$0\" child keyring load", Some(&config));
    assert!(output.starts_with("SignIn"), "{output}");
    assert!(output.contains("no Secret Service on"), "{output}");
    assert!(output.contains("REFERRALS_TOKEN"), "{output}");
}

fn no_bus() {
    let home = tempfile::tempdir().unwrap();
    for address in ["", "unix:path=/nowhere/bus"] {
        let mut command = Command::new(this_program());
        command.args(["child", "keyring", "self-test"]);
        if address.is_empty() {
            command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        } else {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        let output = run(command, home.path());
        assert!(output.starts_with("SignIn"), "{output}");
        assert!(output.contains("no keyring available"), "{output}");
        assert!(output.contains("--store file"), "{output}");
    }
}

fn hung() {
    let home = tempfile::tempdir().unwrap();
    let script = format!(
        "{UNLOCK}\"$0\" child keyring save; kill -STOP $daemon; \"$0\" child keyring load; \"$0\" child keyring save{END}"
    );
    let output = session(home.path(), &script, None);
    let timeouts = output.matches("did not answer within 2 seconds").count();
    assert!(output.starts_with("okSignIn"), "{output}");
    assert_eq!(timeouts, 2, "{output}");
}

/// Runs `script` with a bus of its own and returns its output; `$0` is this program.
fn session(home: &Path, script: &str, config: Option<&Path>) -> String {
    let mut command = Command::new("dbus-run-session");
    if let Some(config) = config {
        command.arg(format!("--config-file={}", config.display()));
    }
    command.args(["--", "sh", "-c", script]).arg(this_program());
    run(command, home)
}

fn run(mut command: Command, home: &Path) -> String {
    let output = command
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("XDG_DATA_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("tests/live/run checks for the programs");
    String::from_utf8(output.stdout).unwrap()
}
