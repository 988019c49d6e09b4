//! The audit file: what was about to be changed through the API, and what came of it. One JSON object a line, appended
//! and never rewritten. It holds no token, no notes and nothing of people.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;
use crate::text::{self, show_path};
use crate::ui::Ui;

const EXTENSION: &str = ".jsonl";

/// The outcome of a change that was sent, and of which nothing shows that it was made.
pub const NOT_SEEN: &str = "not seen yet";

/// The audit file of one profile.
pub struct AuditLog {
    path: PathBuf,
    profile: String,
    user: Option<String>,
    ui: Ui,
}

/// What is about to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditIntent {
    /// Names this attempt; the correlation id of its request.
    pub attempt: String,
    /// The referral's.
    pub id: String,
    /// The command, such as `close --won`.
    pub verb: String,
    /// Of the version that was read.
    pub e_tag: String,
    /// The paths of the patch, each with its value, or with none where the value is not kept.
    pub changes: BTreeMap<String, Option<String>>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditResult {
    /// The attempt's name.
    pub attempt: String,
    /// `done`, `refused`, `changed meanwhile`, `not seen yet` or `not sent`.
    pub outcome: String,
    /// Of the response to the change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Of the version that was read last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub e_tag_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

/// An attempt, for `referrals log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    pub time: Timestamp,
    pub profile: String,
    /// Who was logged in on this machine.
    pub user: Option<String>,
    #[serde(flatten)]
    pub intent: AuditIntent,
    /// `None` where the program was ended before it knew.
    pub result: Option<AuditResult>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuditLine {
    version: u8,
    time: Timestamp,
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    user: Option<String>,
    #[serde(flatten)]
    event: AuditEvent,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
enum AuditEvent {
    Intent(AuditIntent),
    Result(AuditResult),
}

impl AuditEntry {
    /// Whether the change may have been sent and nobody knows what came of it.
    pub fn is_unsettled(&self) -> bool {
        self.result.as_ref().is_none_or(|result| result.outcome == NOT_SEEN)
    }
}

impl AuditLog {
    /// The file of a profile in the state directory `state`, which is created when first needed. `user` is who is logged in
    /// on this machine.
    pub fn new(state: &Path, profile: &str, user: Option<String>, ui: Ui) -> AuditLog {
        let path = directory(state).join(format!("{profile}{EXTENSION}"));
        AuditLog { path, profile: profile.to_owned(), user, ui }
    }

    /// The profiles that have a file.
    pub fn profiles(state: &Path) -> Vec<String> {
        let files = fs::read_dir(directory(state)).into_iter().flatten().flatten();
        let names = files.filter_map(|file| {
            file.file_name().to_str()?.strip_suffix(EXTENSION).map(str::to_owned)
        });
        names.collect()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes down what is about to be sent, and makes it survive a power failure.
    ///
    /// # Errors
    /// When it cannot be written; then nothing may be sent.
    pub fn record_intent(&self, time: Timestamp, intent: &AuditIntent) -> Result<()> {
        let event = AuditEvent::Intent(intent.clone());
        self.append(time, event).map_err(|error| self.not_writable(&error))
    }

    /// Every earlier attempt, once it is certain that another can be written down.
    ///
    /// # Errors
    /// When the file cannot be written or read.
    pub fn check_and_read(&self) -> Result<Vec<AuditEntry>> {
        self.open().map_err(|error| self.not_writable(&error))?;
        self.read()
    }

    fn not_writable(&self, error: &io::Error) -> Error {
        Error::failure(format!("cannot write the audit file {}", show_path(&self.path)))
            .cause(error)
            .detail("nothing was sent")
            .hint("set REFERRALS_STATE_DIR to a directory you can write to")
    }

    /// Writes down what came of it. That it cannot is told: what was sent is sent.
    pub fn record_result(&self, time: Timestamp, result: &AuditResult) {
        if let Err(error) = self.append(time, AuditEvent::Result(result.clone())) {
            let path = show_path(&self.path);
            self.ui.warn(&format!("cannot write the result to the audit file {path}: {error}"));
        }
    }

    /// Every attempt, oldest first. Lines that cannot be read are left out and counted in a warning.
    ///
    /// # Errors
    /// When there is a file that cannot be read.
    pub fn read(&self) -> Result<Vec<AuditEntry>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            Err(error) => {
                let path = show_path(&self.path);
                let message = format!("cannot read the audit file {path}");
                return Err(Error::failure(message).cause(&error));
            }
        };
        let (mut entries, mut broken) = (Vec::<AuditEntry>::new(), 0);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
        {
            let Ok(AuditLine { version: 1, time, profile, user, event }) =
                serde_json::from_slice(line)
            else {
                broken += 1;
                continue;
            };
            match event {
                AuditEvent::Intent(intent) => {
                    entries.push(AuditEntry { time, profile, user, intent, result: None });
                }
                AuditEvent::Result(result) => {
                    let is_its = |entry: &&mut AuditEntry| entry.intent.attempt == result.attempt;
                    match entries.iter_mut().rev().find(is_its) {
                        Some(entry) => entry.result = Some(result),
                        None => broken += 1,
                    }
                }
            }
        }
        if broken > 0 {
            let lines = text::count(broken, "line");
            let path = show_path(&self.path);
            self.ui.warn(&format!("left out {lines} of the audit file {path}: not understood"));
        }
        Ok(entries)
    }

    /// Removes the file. Returns whether there was one.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self) -> Result<bool> {
        let exists = self.path.exists();
        files::remove(&self.path).map(|()| exists).or_else(|error| {
            let path = show_path(&self.path);
            let failed = Error::failure(format!("cannot remove the audit file {path}"));
            if is_missing(&error) { Ok(false) } else { Err(failed.cause(&error)) }
        })
    }

    fn append(&self, time: Timestamp, event: AuditEvent) -> io::Result<()> {
        let (profile, user) = (self.profile.clone(), self.user.clone());
        let line = AuditLine { version: 1, time, profile, user, event };
        let mut line = serde_json::to_vec(&line)?;
        line.push(b'\n');
        let mut file = self.open()?;
        if lacks_line_end(&mut file)? {
            line.insert(0, b'\n');
        }
        // One write, so that lines of two runs do not mix.
        file.write_all(&line)?;
        file.sync_all()
    }

    fn open(&self) -> io::Result<File> {
        files::create_private_dir(self.path.parent().unwrap_or(&self.path))?;
        open(&self.path)
    }
}

fn directory(state: &Path) -> PathBuf {
    state.join("audit")
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// For its owner alone.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Whether a run was ended in the middle of a line.
fn lacks_line_end(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::*;

    impl Place {
        fn log(&self, profile: &str) -> AuditLog {
            AuditLog::new(
                &self.home.path().join("state"),
                profile,
                Some("ada".to_owned()),
                self.ui(),
            )
        }
    }

    fn intent(attempt: &str) -> AuditIntent {
        AuditIntent {
            attempt: attempt.to_owned(),
            id: "1".to_owned(),
            verb: "accept".to_owned(),
            e_tag: "\"1\"".to_owned(),
            changes: BTreeMap::from([
                ("/status".to_owned(), Some("Active".to_owned())),
                ("/details/notes".to_owned(), None),
            ]),
        }
    }

    fn result(attempt: &str) -> AuditResult {
        let outcome = "done".to_owned();
        AuditResult { attempt: attempt.to_owned(), outcome, ..AuditResult::default() }
    }

    #[test]
    fn an_attempt_is_its_intent_and_its_result_if_it_has_one() {
        let place = Place::new();
        let log = place.log("default");
        assert_eq!(log.read().unwrap(), []);
        let at = |second| Timestamp::from_second(second).unwrap();
        log.record_intent(at(1), &intent("a")).unwrap();
        log.record_intent(at(2), &intent("b")).unwrap();
        place.log("other").record_intent(at(3), &intent("c")).unwrap();
        log.record_result(at(4), &result("a"));
        let entries = log.read().unwrap();
        let results: Vec<_> = entries.iter().map(|entry| entry.result.clone()).collect();
        assert_eq!(results, [Some(result("a")), None]);
        assert_eq!((entries[1].time, &entries[1].intent), (at(2), &intent("b")));
        assert_eq!(entries[0].user.as_deref(), Some("ada"));
        let mut profiles = AuditLog::profiles(&place.home.path().join("state"));
        profiles.sort();
        assert_eq!(profiles, ["default", "other"]);
        let text = fs::read_to_string(log.path()).unwrap();
        let first = r#"{"version":1,"time":"1970-01-01T00:00:01Z","profile":"default","user":"ada","event":"intent","attempt":"a","id":"1","verb":"accept","eTag":"\"1\"","changes":{"/details/notes":null,"/status":"Active"}}"#;
        assert_eq!(text.lines().next(), Some(first));
        assert_eq!((log.remove().unwrap(), log.remove().unwrap()), (true, false));
        assert_eq!(place.err.text(), "");
    }

    #[test]
    fn lines_that_are_cut_or_strange_lose_no_other_and_are_told_once() {
        let place = Place::new();
        let log = place.log("default");
        let time = Timestamp::UNIX_EPOCH;
        log.record_intent(time, &intent("a")).unwrap();
        let mut text = fs::read(log.path()).unwrap();
        text.extend(b"{\"version\":2}\n\xff\n\n{\"version\":1,\"ti");
        fs::write(log.path(), text).unwrap();
        log.record_result(time, &result("a"));
        log.record_result(time, &result("unknown"));
        let entries = log.read().unwrap();
        assert_eq!((entries.len(), &entries[0].result), (1, &Some(result("a"))));
        let err = place.err.text();
        assert!(err.starts_with("warning: left out 4 lines of the audit file "), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }

    #[test]
    fn an_intent_that_cannot_be_written_is_an_error_and_a_result_a_warning() {
        let place = Place::new();
        fs::write(place.home.path().join("state"), "").unwrap();
        let log = place.log("default");
        let error = log.record_intent(Timestamp::UNIX_EPOCH, &intent("a")).unwrap_err();
        assert!(error.report().contains("\n  nothing was sent\n"), "{}", error.report());
        log.record_result(Timestamp::UNIX_EPOCH, &result("a"));
        assert!(place.err.text().starts_with("warning: cannot write the result"));
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_for_its_owner_alone_even_if_it_was_not() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        let log = place.log("default");
        log.record_intent(Timestamp::UNIX_EPOCH, &intent("a")).unwrap();
        let mode = || fs::metadata(log.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        fs::set_permissions(log.path(), fs::Permissions::from_mode(0o644)).unwrap();
        log.record_result(Timestamp::UNIX_EPOCH, &result("a"));
        assert_eq!(mode(), 0o600);
    }
}
