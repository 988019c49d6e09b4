//! Whether nobody but the user can change a file that decides which token is sent and where to, and how to mend it where
//! somebody can. Only on Unix; on Windows such files are protected by the user's profile.

use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
#[cfg(unix)]
use unix::denial_hint;
#[cfg(unix)]
pub use unix::{check_owner, quote};

/// Checks a file or a directory and returns a warning for one that its group can write to. One that does not exist, a
/// pipe and a device are fine: they are opened once, by whoever named them.
///
/// # Errors
/// `ErrorKind::Usage` when everybody can write to it, or when it belongs to somebody who is neither the user nor root.
/// The hint is the command that mends it.
pub fn check(path: &Path) -> Result<Option<String>> {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path)
        && (metadata.is_file() || metadata.is_dir())
    {
        return unix::check_metadata(path, &metadata);
    }
    let _ = path;
    Ok(None)
}

/// Checks what [`check`] checks, and the directory that a link at `path` leads into.
///
/// # Errors
/// Those of [`check`].
pub fn check_link(path: &Path) -> Result<Option<String>> {
    let warning = check(path)?;
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let target = is_link.then(|| std::fs::canonicalize(path).ok()).flatten();
    let of_directory = match target.as_deref().and_then(Path::parent) {
        Some(directory) => check(directory)?,
        None => None,
    };
    Ok(warning.or(of_directory))
}

/// Adds what the user can do about `cause`, which prevented the use of the file at `path`. Files that another user left,
/// often root after one run with sudo, need a person, as a sign-in does.
pub fn explain_denied(error: Error, path: &Path, cause: &io::Error) -> Error {
    let error = error.cause(cause);
    match cause.kind() {
        // Windows says the same of a directory that is read as a file.
        io::ErrorKind::PermissionDenied if cfg!(unix) || !path.is_dir() => {
            let error = error.with_kind(ErrorKind::SignIn);
            match denial_hint(path) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }
        io::ErrorKind::ReadOnlyFilesystem => error.with_kind(ErrorKind::SignIn),
        // A mount point cannot be replaced.
        io::ErrorKind::ResourceBusy => error.with_kind(ErrorKind::SignIn).hint(
            "if the file is mounted (into a container), mount the directory it is in instead",
        ),
        _ => error,
    }
}

/// Also for a file that is marked read-only, which Windows lets nobody replace.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there may be nothing to say")]
fn denial_hint(path: &Path) -> Option<String> {
    let shown = crate::text::show_path(path);
    Some(format!(
        "see in the Properties of {shown} that you may change it and that it is not read-only"
    ))
}

#[cfg(unix)]
mod unix {
    use std::fs::Metadata;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::path::Path;

    use crate::error::{Error, Result};
    use crate::text::show_path;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum Trust {
        Full,
        GroupWritable,
        WritableByAll,
        Foreign,
    }

    /// Refuses a file whose owner is neither the user nor root.
    ///
    /// # Errors
    /// Those of [`super::check`].
    pub fn check_owner(path: &Path, metadata: &Metadata) -> Result<()> {
        let owner = metadata.uid();
        if is_trusted(owner, user()) { Ok(()) } else { Err(foreign_error(path, owner)) }
    }

    /// `path` as a word of a shell command.
    pub fn quote(path: &Path) -> String {
        format!("'{}'", show_path(path).replace('\'', r"'\''"))
    }

    /// The user whose rights this process has.
    fn user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn is_trusted(owner: u32, user: u32) -> bool {
        owner == user || owner == 0
    }

    /// `mode` with the bits above the permissions.
    pub(super) fn judge(mode: u32, is_directory: bool, owner: u32, user: u32) -> Trust {
        // In a directory with the sticky bit everybody can change only what is theirs.
        let is_sticky = is_directory && mode & 0o1000 != 0;
        if !is_trusted(owner, user) {
            Trust::Foreign
        } else if mode & 0o002 != 0 && !is_sticky {
            Trust::WritableByAll
        } else if mode & 0o020 != 0 && !is_sticky {
            Trust::GroupWritable
        } else {
            Trust::Full
        }
    }

    pub(super) fn check_metadata(path: &Path, metadata: &Metadata) -> Result<Option<String>> {
        let mode = metadata.permissions().mode();
        let (shown, quoted) = (show_path(path), quote(path));
        match judge(mode, metadata.is_dir(), metadata.uid(), user()) {
            Trust::Full => Ok(None),
            Trust::GroupWritable => Ok(Some(format!(
                "the group of {shown} can write to it; run `chmod g-w {quoted}` unless you trust all its members"
            ))),
            Trust::WritableByAll => {
                Err(Error::usage(format!("every user of this machine can write to {shown}"))
                    .hint(format!("run `chmod go-w {quoted}`, and check what it contains")))
            }
            Trust::Foreign => Err(foreign_error(path, metadata.uid())),
        }
    }

    fn foreign_error(path: &Path, owner: u32) -> Error {
        let quoted = quote(path);
        let error =
            Error::usage(format!("{} belongs to another user (uid {owner})", show_path(path)));
        if user() == 0 {
            return error.hint(format!(
                "run referrals as that user, without sudo; or `chown root {quoted}` if it is root's"
            ));
        }
        error.hint(format!("run `sudo chown \"$(id -un)\" {quoted}` if it is yours"))
    }

    /// The command that gives the user the file at `path`.
    pub(super) fn denial_hint(path: &Path) -> Option<String> {
        let places: Vec<(&Path, Metadata)> = path
            .ancestors()
            .map(|place| if place == Path::new("") { Path::new(".") } else { place })
            .filter_map(|place| Some((place, std::fs::metadata(place).ok()?)))
            .collect();
        let is_own = |metadata: &Metadata| metadata.uid() == user();
        // Only what is in a directory of the user's own: the rest is no business of theirs.
        let taken = places.windows(2).find(|pair| !is_own(&pair[0].1) && is_own(&pair[1].1));
        if let Some([(place, metadata), _]) = taken.filter(|_| user() != 0) {
            let recursive = if metadata.is_dir() { "-R " } else { "" };
            return Some(format!("run `sudo chown {recursive}\"$(id -un)\" {}`", quote(place)));
        }
        let is_closed = |metadata: &Metadata| {
            let needed = if metadata.is_dir() { 0o700 } else { 0o600 };
            is_own(metadata) && metadata.permissions().mode() & needed != needed
        };
        let (place, _) = places.iter().find(|(_, metadata)| is_closed(metadata))?;
        Some(format!("run `chmod u+rwX {}`", quote(place)))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::unix::{Trust, judge};
    use super::*;

    #[test]
    fn what_others_could_have_changed_is_not_trusted() {
        let cases = [
            (0o100_600, false, 1000, Trust::Full),
            (0o100_644, false, 1000, Trust::Full),
            (0o100_644, false, 0, Trust::Full),
            (0o100_664, false, 1000, Trust::GroupWritable),
            (0o100_666, false, 1000, Trust::WritableByAll),
            (0o100_602, false, 0, Trust::WritableByAll),
            (0o100_600, false, 1001, Trust::Foreign),
            (0o101_666, false, 1000, Trust::WritableByAll),
            (0o040_700, true, 1000, Trust::Full),
            (0o040_775, true, 1000, Trust::GroupWritable),
            (0o040_777, true, 1000, Trust::WritableByAll),
            (0o041_777, true, 0, Trust::Full),
            (0o041_777, true, 1001, Trust::Foreign),
        ];
        for (mode, is_directory, owner, verdict) in cases {
            assert_eq!(judge(mode, is_directory, owner, 1000), verdict, "{mode:o} of {owner}");
        }
    }

    #[test]
    fn the_hint_is_the_command_that_mends_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("it's");
        let makers: [fn(&Path) -> io::Result<()>; 2] =
            [|path| fs::write(path, ""), |path| fs::create_dir(path)];
        for make in makers {
            make(&path).unwrap();
            let set = |mode| fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            set(0o777);
            let error = check(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            let command = format!("`chmod go-w '{}/it'\\''s'`", home.path().display());
            assert!(error.hints()[0].contains(&command), "{}", error.report());
            set(0o770);
            assert!(check(&path).unwrap().unwrap().contains("chmod g-w"));
            set(0o755);
            assert_eq!(check(&path).unwrap(), None);
            let _ = fs::remove_file(&path);
        }
        assert_eq!(check(Path::new("/dev/null")).unwrap(), None);
        assert_eq!(check(&home.path().join("none")).unwrap(), None);
    }

    #[test]
    fn a_link_is_as_good_as_the_directory_it_leads_into() {
        let home = tempfile::tempdir().unwrap();
        let (open, link) = (home.path().join("open"), home.path().join("link"));
        fs::create_dir(&open).unwrap();
        fs::write(open.join("file"), "").unwrap();
        symlink("open/file", &link).unwrap();
        assert_eq!(check_link(&link).unwrap(), None);
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        assert!(check_link(&link).unwrap_err().report().contains("open"));
    }

    #[test]
    fn a_file_that_may_not_be_used_needs_a_person() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let explain = |path: &Path, kind: io::ErrorKind| {
            explain_denied(Error::failure("cannot use it"), path, &kind.into())
        };
        let error = explain(&path, io::ErrorKind::PermissionDenied);
        assert_eq!((error.kind(), error.hints().len()), (ErrorKind::SignIn, 0));
        let shown = home.path().display();
        fs::set_permissions(home.path(), Permissions::from_mode(0o500)).unwrap();
        let error = explain(&path, io::ErrorKind::PermissionDenied);
        assert_eq!(error.hints(), [format!("run `chmod u+rwX '{shown}'`")]);
        fs::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        let error = explain(&path, io::ErrorKind::PermissionDenied);
        assert_eq!(error.hints(), [format!("run `chmod u+rwX '{shown}/file'`")]);
        assert!(explain(&path, io::ErrorKind::ResourceBusy).report().contains("mount"));
        assert_eq!(explain(&path, io::ErrorKind::ReadOnlyFilesystem).kind(), ErrorKind::SignIn);
        assert_eq!(explain(&path, io::ErrorKind::StorageFull).kind(), ErrorKind::Failure);
    }
}
