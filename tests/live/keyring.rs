//! The keyring store on gnome-keyring, unlocked, locked, missing and hung.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use referrals::auth::{KeyringStore, SecretStore, self_test};

use crate::{Case, this_program};

pub(crate) const CASES: &[Case] = &[
    ("an_unlocked_keyring_keeps_secrets_of_any_size", any_size),
    ("a_locked_keyring_is_told_apart_from_an_empty_one", locked),
    ("a_keyring_nobody_set_up_is_told", no_collection),
    ("a_bus_without_a_keyring_is_told", no_service),
    ("no_bus_at_all_is_told_at_once", no_bus),
    ("a_keyring_that_hangs_is_given_up", hung),
];

/// What a child waits for, at most; as without a terminal, but less.
const DEADLINE: Duration = Duration::from_secs(2);

/// Starts a keyring on the session's bus, unlocked with a password it makes a collection with.
const UNLOCK: &str = r"
printf %s ci | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
daemon=$!
owned() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; }
for _ in $(seq 100); do owned && break; sleep 0.1; done
";

/// Ends that keyring, whatever state it is in.
const END: &str = "\nkill -KILL $daemon; wait $daemon 2>/dev/null; true\n";

/// A bus that knows no services.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;

/// What the children do, in a process that has the bus of the case.
pub(crate) fn child(words: &[&str]) -> String {
    let whole = KeyringStore::new(false).with("referrals-live", DEADLINE, None);
    let parts = KeyringStore::new(false).with("referrals-live-parts", DEADLINE, Some(2560));
    let result = match words[0] {
        "prove" => self_test(&whole, "work"),
        "save" => whole.save("work", b"secret"),
        "load" => whole.load("work").map(|found| {
            assert!(found.is_none(), "something was found");
        }),
        "sizes" => [&whole, &parts].into_iter().try_for_each(sizes),
        word => panic!("no such task: {word}"),
    };
    match result {
        Ok(()) => "fine".to_owned(),
        Err(error) => format!("{:?} {}", error.kind(), error.report()),
    }
}

fn sizes(store: &KeyringStore) -> referrals::error::Result<()> {
    for size in [100, 2560, 4096, 8192, 100, 64 * 1024] {
        let secret: Vec<u8> = (0..size).map(|i: u32| i.to_le_bytes()[0]).collect();
        store.save("work", &secret)?;
        let found = store.load("work")?.expect("it was kept just now");
        assert_eq!(*found, secret, "{size}");
        assert!(store.load("home")?.is_none());
    }
    store.delete("work")?;
    store.delete("work")?;
    assert!(store.load("work")?.is_none());
    Ok(())
}

fn any_size() {
    let home = tempfile::tempdir().unwrap();
    let script = format!("{UNLOCK}\"$0\" child keyring prove && \"$0\" child keyring sizes{END}");
    assert_eq!(session(home.path(), &script, None), "finefine");
}

fn locked() {
    let home = tempfile::tempdir().unwrap();
    let saved = format!("{UNLOCK}\"$0\" child keyring save{END}");
    assert_eq!(session(home.path(), &saved, None), "fine");
    for task in ["load", "save", "prove"] {
        // The bus starts the keyring by itself, locked.
        let said = session(home.path(), &format!("\"$0\" child keyring {task}"), None);
        assert!(said.starts_with("SignIn"), "{said}");
        assert!(said.contains("the keyring is locked"), "{task}: {said}");
        assert!(said.contains("--store file"), "{task}: {said}");
    }
}

fn no_collection() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(session(home.path(), "\"$0\" child keyring load", None), "fine");
    let said = session(home.path(), "\"$0\" child keyring prove", None);
    assert!(said.starts_with("SignIn") && said.contains("was never set up"), "{said}");
}

fn no_service() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("bus.conf");
    std::fs::write(&config, BARE_BUS).unwrap();
    let said = session(home.path(), "\"$0\" child keyring load", Some(&config));
    assert!(said.starts_with("SignIn"), "{said}");
    assert!(said.contains("no Secret Service on"), "{said}");
    assert!(said.contains("REFERRALS_TOKEN"), "{said}");
}

fn no_bus() {
    let home = tempfile::tempdir().unwrap();
    for address in ["", "unix:path=/nowhere/bus"] {
        let mut command = Command::new(this_program());
        command.args(["child", "keyring", "prove"]);
        if address.is_empty() {
            command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        } else {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        let said = output(command, home.path());
        assert!(said.starts_with("SignIn"), "{said}");
        assert!(said.contains("no keyring available"), "{said}");
        assert!(said.contains("--store file"), "{said}");
    }
}

fn hung() {
    let home = tempfile::tempdir().unwrap();
    let script = format!(
        "{UNLOCK}\"$0\" child keyring save; kill -STOP $daemon; \"$0\" child keyring load; \"$0\" child keyring save{END}"
    );
    let said = session(home.path(), &script, None);
    let complaints = said.matches("did not answer within 2 seconds").count();
    assert!(said.starts_with("fineSignIn"), "{said}");
    assert_eq!(complaints, 2, "{said}");
}

/// Runs `script` with a bus of its own and gives what it says; `$0` is this program.
fn session(home: &Path, script: &str, config: Option<&Path>) -> String {
    let mut command = Command::new("dbus-run-session");
    if let Some(config) = config {
        command.arg(format!("--config-file={}", config.display()));
    }
    command.args(["--", "sh", "-c", script]).arg(this_program());
    output(command, home)
}

fn output(mut command: Command, home: &Path) -> String {
    let output = command
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("XDG_DATA_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("tests/live/run looked for the programs");
    String::from_utf8(output.stdout).unwrap()
}
