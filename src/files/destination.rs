//! Where data written to a path ends up, and whether a file there can be replaced.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// How many symbolic links are followed; Linux has the same limit.
const MAX_LINKS: usize = 40;

/// What a path leads to through symbolic links.
#[derive(Debug)]
pub enum Destination {
    /// A regular file, or a name that is not taken yet.
    File(PathBuf, Option<Metadata>),
    /// A pipe, a device or an open file such as `/dev/fd/3`: it can be written, but not replaced.
    Stream(PathBuf),
}

/// Follows symbolic links, except those of other users that the kernel would refuse to follow.
///
/// # Errors
/// When the path names a directory, when what is there may have been put there by another user, or when it cannot be
/// looked at.
pub fn find_destination(path: &Path) -> io::Result<Destination> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        if ends_in_separator(&target) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let is_open_file = is_open_file(&target);
        let found = match fs::symlink_metadata(&target) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if is_open_file {
                    Err(io::Error::other("no file is open under this number"))
                } else {
                    Ok(Destination::File(target, None))
                };
            }
            Err(error) => return Err(error),
        };
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if is_open_file {
            return Ok(Destination::Stream(target));
        }
        check_origin(&target, &found)?;
        if found.is_file() {
            return Ok(Destination::File(target, Some(found)));
        }
        if !found.is_symlink() {
            return Ok(Destination::Stream(target));
        }
        let next = fs::read_link(&target)?;
        // An absolute link replaces the whole path.
        target = directory(&target).join(next);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// The directory that the path's last name is in.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Whether the path can name only a directory: `out/`, `out/.`
fn ends_in_separator(path: &Path) -> bool {
    let text = path.as_os_str().to_string_lossy();
    let text = text.strip_suffix('.').unwrap_or(&text);
    text.ends_with(std::path::is_separator)
}

/// Whether the path is in the directory of the files that a process has open. What looks like a symbolic link there
/// leads to the open file, not to the name that can be read from it.
#[cfg(unix)]
fn is_open_file(path: &Path) -> bool {
    let directory = fs::canonicalize(directory(path)).unwrap_or_default();
    directory.starts_with("/proc") || directory == Path::new("/dev/fd")
}

#[cfg(not(unix))]
fn is_open_file(_: &Path) -> bool {
    false
}

/// Refuses a link, a file or a pipe that another user may have put into a sticky directory that everybody can write,
/// such as `/tmp`: it would lead our data to them, or over a file of ours. Linux does the same (`fs.protected_symlinks`
/// and its likes), but only for links that it follows itself and for files that it creates.
#[cfg(unix)]
fn check_origin(path: &Path, found: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let directory = fs::metadata(directory(path))?;
    let user = rustix::process::geteuid().as_raw();
    if !may_be_planted(directory.mode(), directory.uid(), found.uid(), user) {
        return Ok(());
    }
    let message = "it belongs to another user, in a directory that everybody can write";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn check_origin(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn may_be_planted(directory_mode: u32, directory_owner: u32, owner: u32, user: u32) -> bool {
    const STICKY_AND_WRITABLE_BY_ALL: u32 = 0o1002;
    directory_mode & STICKY_AND_WRITABLE_BY_ALL == STICKY_AND_WRITABLE_BY_ALL
        && owner != user
        && owner != directory_owner
}

/// Fails for a file that could be written, but not replaced by renaming another one.
#[cfg(unix)]
pub(super) fn check_replaceable(path: &Path, found: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let directory = fs::metadata(directory(path))?;
    let user = rustix::process::geteuid().as_raw();
    if is_kept_by_sticky_bit(directory.mode(), directory.uid(), found.uid(), user) {
        let message = "in a sticky directory, only the owner of the file can replace it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    #[cfg(target_os = "linux")]
    check_attributes(path)?;
    Ok(())
}

/// Windows lets nobody replace a file that another program has open, unless that program shares this right.
#[cfg(windows)]
pub(super) fn check_replaceable(path: &Path, _: &Metadata) -> io::Result<()> {
    use std::os::windows::fs::OpenOptionsExt;
    const GENERIC_WRITE: u32 = 0x4000_0000;
    const DELETE: u32 = 0x0001_0000;
    fs::OpenOptions::new().access_mode(GENERIC_WRITE | DELETE).open(path).map(drop)
}

#[cfg(unix)]
fn is_kept_by_sticky_bit(mode: u32, directory_owner: u32, owner: u32, user: u32) -> bool {
    mode & 0o1000 != 0 && user != 0 && user != owner && user != directory_owner
}

/// A file that is a mount point of its own, as containers have them, stays where it is.
#[cfg(target_os = "linux")]
fn check_attributes(path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    // Where the kernel cannot tell, the renaming will.
    let Ok(found) = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty()) else {
        return Ok(());
    };
    let attributes = found.stx_attributes;
    if attributes.contains(StatxAttributes::MOUNT_ROOT) {
        let message = "it is mounted, and a mounted file cannot be replaced";
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
    }
    if attributes.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
        let message = "its attributes forbid that it is replaced (see `lsattr`)";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_can_only_be_a_directory_is_one() {
        let home = tempfile::tempdir().unwrap();
        for name in ["", ".", "out/", "out/.", "out.csv//"] {
            let error = find_destination(&home.path().join(name)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::IsADirectory, "{name:?}");
        }
        for name in ["out", "out.", "a.b"] {
            let found = find_destination(&home.path().join(name)).unwrap();
            assert!(matches!(found, Destination::File(path, None) if path.ends_with(name)));
        }
    }

    #[test]
    fn a_name_without_a_directory_is_one_here() {
        assert_eq!(directory(Path::new("out.csv")), Path::new("."));
        assert_eq!(directory(Path::new("a/out.csv")), Path::new("a"));
        assert_eq!(directory(Path::new("/")), Path::new("/"));
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, lchown, symlink};

        #[test]
        fn what_another_user_put_into_a_sticky_directory_is_refused_as_the_kernel_would() {
            let (me, other, root) = (1000, 1001, 0);
            // Mode and owner of the directory, owner of the entry, whether it may be planted.
            let cases = [
                (0o1777, root, other, true),
                (0o1777, root, me, false),
                (0o1777, root, root, false),
                (0o1777, other, other, false),
                (0o1777, me, other, true),
                (0o0777, root, other, false),
                (0o1775, root, other, false),
                (0o0755, me, other, false),
            ];
            for (mode, directory_owner, owner, planted) in cases {
                let found = may_be_planted(mode, directory_owner, owner, me);
                assert_eq!(found, planted, "{mode:o} {directory_owner} {owner}");
            }
            assert!(may_be_planted(0o1777, root, other, root));
        }

        #[test]
        fn the_sticky_bit_keeps_a_file_for_its_owner_the_directorys_owner_and_root() {
            let (me, other, root) = (1000, 1001, 0);
            assert!(is_kept_by_sticky_bit(0o1775, other, other, me));
            assert!(is_kept_by_sticky_bit(0o1777, root, root, me));
            assert!(!is_kept_by_sticky_bit(0o1775, me, other, me));
            assert!(!is_kept_by_sticky_bit(0o1775, other, me, me));
            assert!(!is_kept_by_sticky_bit(0o1775, other, other, root));
            assert!(!is_kept_by_sticky_bit(0o0775, other, other, me));
        }

        #[test]
        fn a_planted_link_file_or_pipe_is_not_written() {
            let home = tempfile::tempdir().unwrap();
            fs::set_permissions(home.path(), fs::Permissions::from_mode(0o1777)).unwrap();
            let [link, file, pipe] = ["link", "file", "pipe"].map(|name| home.path().join(name));
            symlink("target", &link).unwrap();
            fs::write(&file, "").unwrap();
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            assert!(made.unwrap().success());
            for path in [&link, &file, &pipe] {
                find_destination(path).unwrap();
                // Only root can give something away.
                if lchown(path, Some(65534), None).is_ok() {
                    lchown(home.path(), Some(0), None).unwrap();
                    let error = find_destination(path).unwrap_err();
                    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{path:?}");
                }
            }
        }

        #[cfg(target_os = "linux")]
        #[test]
        fn a_mounted_file_cannot_be_replaced() {
            // Only root can mount a file, but every system has a mounted directory.
            let error = check_attributes(Path::new("/proc")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
            let home = tempfile::tempdir().unwrap();
            fs::write(home.path().join("file"), "").unwrap();
            check_attributes(&home.path().join("file")).unwrap();
        }

        #[test]
        fn an_open_file_is_not_found_by_the_name_that_it_had() {
            let home = tempfile::tempdir().unwrap();
            let file = fs::File::create(home.path().join("file")).unwrap();
            fs::remove_file(home.path().join("file")).unwrap();
            let number = std::os::fd::AsRawFd::as_raw_fd(&file);
            let link = home.path().join("link");
            symlink(format!("/dev/fd/{number}"), &link).unwrap();
            let paths = [format!("/dev/fd/{number}").into(), link];
            for path in paths {
                let found = find_destination(&path).unwrap();
                assert!(matches!(found, Destination::Stream(_)), "{found:?}");
            }
            assert!(matches!(
                find_destination(Path::new("/dev/null")).unwrap(),
                Destination::Stream(_)
            ));
            #[cfg(target_os = "linux")]
            {
                let error = find_destination(Path::new("/dev/fd/99999")).unwrap_err();
                assert!(error.to_string().contains("no file is open"), "{error}");
            }
        }
    }
}
