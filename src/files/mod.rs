//! Replaces files atomically: outputs, settings and sessions. A reader finds the old contents or the new ones.

#[cfg(unix)]
mod access;
mod destination;

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::platform::Platform;

#[cfg(unix)]
use access::keep_access;

use destination::{check_replaceable, directory};

pub use destination::{Destination, find_destination};

/// The temporary files of this process, for [`remove_temp_files`].
static TEMP_FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How often it is tried to replace a file that is open elsewhere, and the delay between two attempts.
const ATTEMPTS: usize = 50;
const ATTEMPT_DELAY: Duration = Duration::from_millis(10);

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// Keeps the access that the file it replaces has, as far as possible; without one, as the umask allows.
    Inherited,
    /// Only the owner (0600), whatever the permissions of the file it replaces.
    Private,
}

/// A temporary file in the directory of the file it will replace. Dropped without [`AtomicFile::commit`], it is removed.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    target: PathBuf,
    mode: FileMode,
    /// The file to replace, as it was at the start.
    old: Option<Metadata>,
    /// Declared after `file`, so that it is dropped when the file is removed.
    guard: TempFileGuard,
}

/// An entry in [`TEMP_FILES`], removed on drop.
#[derive(Debug)]
struct TempFileGuard(PathBuf);

impl AtomicFile {
    /// Starts to replace or create the file at `path`, whose directory must exist. Symbolic links are followed.
    ///
    /// # Errors
    /// Those of [`find_destination`], and when the file cannot be replaced, or is read-only and its permissions would be
    /// inherited, or when no file can be created in the directory.
    pub fn create(path: &Path, mode: FileMode) -> io::Result<AtomicFile> {
        let Destination::File(target, old) = find_destination(path)? else {
            return Err(io::Error::other("not a regular file"));
        };
        if let Some(old) = &old {
            if mode == FileMode::Inherited && old.permissions().readonly() {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the file is read-only",
                ));
            }
            while_open_elsewhere(|| check_replaceable(&target, old), wait_for_readers)?;
        }
        let file = create_temp_file(&target, mode, old.is_some()).map_err(without_temp_name)?;
        let guard = TempFileGuard::new(file.path());
        Ok(AtomicFile { file, target, mode, old, guard })
    }

    /// Takes up `length` bytes of the disk, for [`AtomicFile::commit_contents`].
    ///
    /// # Errors
    /// When there is no room for them.
    pub fn reserve(&mut self, length: u64) -> io::Result<()> {
        let written = io::copy(&mut io::repeat(0).take(length), &mut self.file);
        written.and_then(|_| self.file.as_file().sync_all()).map_err(without_temp_name)
    }

    /// Writes `contents` over what was reserved, and commits.
    ///
    /// # Errors
    /// Those of [`AtomicFile::commit`].
    pub fn commit_contents(mut self, contents: &[u8]) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(contents)?;
        self.file.as_file().set_len(contents.len() as u64)?;
        self.commit().map(drop)
    }

    /// Syncs the file to the disk and renames it. Returns what of the old file's access could not be kept, such as its
    /// owner.
    ///
    /// # Errors
    /// When either fails; the old file is then left as it was.
    pub fn commit(self) -> io::Result<Vec<&'static str>> {
        let AtomicFile { guard: _guard, file, target, mode, old } = self;
        // It may have been closed to others in the meantime.
        let old = fs::symlink_metadata(&target).ok().filter(Metadata::is_file).or(old);
        let lost = match &old {
            Some(old) if mode == FileMode::Inherited => keep_access(file.as_file(), &target, old)?,
            _ => Vec::new(),
        };
        file.as_file().sync_all()?;
        rename(file, &target, wait_for_readers)?;
        sync_directory(&target);
        Ok(lost)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(without_temp_name)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TempFileGuard {
    fn new(path: &Path) -> TempFileGuard {
        temp_files().push(path.to_owned());
        TempFileGuard(path.to_owned())
    }
}

impl Drop for TempFileGuard {
    fn drop(&mut self) {
        temp_files().retain(|path| *path != self.0);
    }
}

/// Replaces the file at `path`, or creates it, with these contents.
///
/// # Errors
/// Those of [`AtomicFile::create`] and [`AtomicFile::commit`].
pub fn replace(path: &Path, contents: &[u8], mode: FileMode) -> io::Result<()> {
    // Unbuffered: a buffer would leave a copy of a secret in memory.
    let mut file = AtomicFile::create(path, mode)?;
    file.write_all(contents)?;
    file.commit().map(drop)
}

/// Removes the file at `path`; through symbolic links, the file they lead to. That there is none is no error.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match find_destination(path)? {
        Destination::File(_, None) => Ok(()),
        Destination::File(target, Some(_)) => fs::remove_file(target),
        Destination::Stream(_) => Err(io::Error::other("not a regular file")),
    }
}

/// Gives the file at `path` another name, [`aside_path`], so that another can take its place. Returns that name.
///
/// # Errors
/// When it cannot be renamed.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = aside_path(path);
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// The name that [`set_aside`] gives.
pub fn aside_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".broken");
    name.into()
}

/// Creates a directory only its owner can enter (0700), and its parents, where they are missing. Outside Unix it
/// inherits its parent's permissions.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Removes the temporary files of this process. For a signal handler that ends it.
pub fn remove_temp_files() {
    for path in temp_files().drain(..) {
        // A signal handler cannot report the error.
        let _ = fs::remove_file(path);
    }
}

fn rename(file: NamedTempFile, target: &Path, wait: impl FnMut()) -> io::Result<()> {
    let mut file = Some(file);
    let attempt = || {
        let new = file.take().expect("a failed attempt gives it back");
        let Err(failed) = new.persist(target) else { return Ok(()) };
        file = Some(failed.file);
        Err(explain_rename(target, failed.error))
    };
    while_open_elsewhere(attempt, wait)
}

/// Windows refuses to replace a file that another process has open, as for the moment of reading a session.
fn while_open_elsewhere(
    mut attempt: impl FnMut() -> io::Result<()>,
    mut wait: impl FnMut(),
) -> io::Result<()> {
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if Platform::HERE.is_open_elsewhere(&error) => wait(),
            result => return result,
        }
    }
    attempt()
}

/// Windows denies access to what is to be replaced while another program has it open; whether that is why, it says of an
/// attempt to open it alone.
#[cfg(windows)]
fn explain_rename(target: &Path, error: io::Error) -> io::Error {
    use std::os::windows::fs::OpenOptionsExt;
    if error.kind() != io::ErrorKind::PermissionDenied {
        return error;
    }
    let alone = fs::OpenOptions::new().write(true).share_mode(0).open(target);
    alone.err().filter(|reason| Platform::HERE.is_open_elsewhere(reason)).unwrap_or(error)
}

#[cfg(not(windows))]
fn explain_rename(_: &Path, error: io::Error) -> io::Error {
    error
}

#[expect(clippy::disallowed_methods, reason = "the delay is the file system's, not a command's")]
fn wait_for_readers() {
    std::thread::sleep(ATTEMPT_DELAY);
}

#[cfg(unix)]
fn create_temp_file(target: &Path, mode: FileMode, is_replaced: bool) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // Whoever opened the temporary file could read on, so only a file that replaces none is open to others from the
    // start. The umask applies as well.
    let bits = if mode == FileMode::Private || is_replaced { 0o600 } else { 0o666 };
    temp_file_builder().permissions(fs::Permissions::from_mode(bits)).tempfile_in(directory(target))
}

#[cfg(not(unix))]
fn create_temp_file(target: &Path, _: FileMode, _: bool) -> io::Result<NamedTempFile> {
    // A file inherits the permissions of its directory.
    temp_file_builder().tempfile_in(directory(target))
}

fn temp_file_builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".referrals-").suffix(".tmp");
    builder
}

/// Removes the name of the temporary file from the error: it means nothing to the user.
fn without_temp_name(error: io::Error) -> io::Error {
    match error.kind() {
        kind @ io::ErrorKind::NotFound => io::Error::new(kind, "no such directory"),
        kind @ (io::ErrorKind::NotADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded) => kind.into(),
        _ => error,
    }
}

/// Here the permissions of a file that can be written are those of its directory.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn keep_access(_: &File, _: &Path, _: &Metadata) -> io::Result<Vec<&'static str>> {
    Ok(Vec::new())
}

/// Makes the renaming survive a power failure, where the file system supports it.
#[cfg(unix)]
fn sync_directory(target: &Path) {
    if let Ok(directory) = File::open(directory(target)) {
        let _ = directory.sync_all();
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) {}

fn temp_files() -> MutexGuard<'static, Vec<PathBuf>> {
    TEMP_FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODES: [FileMode; 2] = [FileMode::Inherited, FileMode::Private];

    fn contents(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_read_meanwhile_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("session");
        fs::write(&path, "old").unwrap();
        let mut reader = File::open(&path).ok();
        let mut new = NamedTempFile::new_in(home.path()).unwrap();
        new.write_all(b"new").unwrap();
        rename(new, &path, || drop(reader.take())).unwrap();
        assert_eq!(contents(&path), "new");
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_stays_open_in_another_program_is_not_replaced_however_it_is_shared() {
        use std::os::windows::fs::OpenOptionsExt;
        const READ: u32 = 1;
        const WRITE: u32 = 2;
        const DELETE: u32 = 4;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        fs::write(&path, "old").unwrap();
        for share in [0, READ, READ | WRITE] {
            let open = fs::OpenOptions::new().read(true).share_mode(share).open(&path).unwrap();
            let mut waits = 0;
            let replaceable = || check_replaceable(&path, &fs::metadata(&path)?);
            let refused = while_open_elsewhere(replaceable, || waits += 1).unwrap_err();
            let new = NamedTempFile::new_in(home.path()).unwrap();
            let failed = rename(new, &path, || waits += 1).unwrap_err();
            for error in [refused, failed] {
                assert!(Platform::HERE.is_open_elsewhere(&error), "{share}: {error}");
            }
            assert_eq!(waits, 2 * (ATTEMPTS - 1), "{share}");
            drop(open);
            assert_eq!(contents(&path), "old");
            assert_eq!(names(home.path()), ["file"], "{share}");
        }
        let open = fs::OpenOptions::new().read(true).share_mode(READ | WRITE | DELETE).open(&path);
        check_replaceable(&path, &fs::metadata(&path).unwrap()).unwrap();
        drop(open);
    }

    #[test]
    fn a_file_is_replaced_when_it_is_committed_and_not_before() {
        for mode in MODES {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            replace(&path, b"old", mode).unwrap();
            let mut file = AtomicFile::create(&path, mode).unwrap();
            file.write_all(b"new").unwrap();
            assert_eq!(contents(&path), "old", "{mode:?}");
            file.commit().unwrap();
            assert_eq!(contents(&path), "new", "{mode:?}");
            assert_eq!(names(home.path()), ["file"], "{mode:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_committed_leaves_nothing_behind() {
        for mode in MODES {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            replace(&path, b"old", mode).unwrap();
            let mut file = AtomicFile::create(&path, mode).unwrap();
            file.write_all(b"half").unwrap();
            drop(file);
            assert_eq!(contents(&path), "old", "{mode:?}");
            assert_eq!(names(home.path()), ["file"], "{mode:?}");
        }
    }

    #[test]
    fn what_was_reserved_is_replaced_by_contents_of_any_length() {
        for (reserved, written) in [(0, 3), (10, 3), (3, 10), (100_000, 0)] {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            let mut file = AtomicFile::create(&path, FileMode::Private).unwrap();
            file.reserve(reserved).unwrap();
            file.commit_contents(&vec![b'x'; written]).unwrap();
            assert_eq!(contents(&path), "x".repeat(written), "{reserved}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_taken_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let mut file = AtomicFile::create(&path, FileMode::Private).unwrap();
        file.write_all(b"secret").unwrap();
        fs::create_dir_all(path.join("in the way")).unwrap();
        file.commit().unwrap_err();
        assert_eq!(names(home.path()), ["file"]);
    }

    #[test]
    fn only_a_regular_file_in_a_directory_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        for mode in MODES {
            let error = AtomicFile::create(home.path(), mode).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
            let error = AtomicFile::create(&home.path().join("none/file"), mode).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(!error.to_string().contains(".referrals-"), "{error}");
            #[cfg(unix)]
            AtomicFile::create(Path::new("/dev/null"), mode).unwrap_err();
        }
        assert_eq!(names(home.path()).len(), 0);
    }

    #[test]
    fn a_read_only_file_stays_unless_its_permissions_are_ours_to_choose() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        fs::write(&path, "old").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let error = replace(&path, b"new", FileMode::Inherited).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(contents(&path), "old");
        // Windows lets nobody replace a read-only file.
        #[cfg(unix)]
        replace(&path, b"new", FileMode::Private).unwrap();
    }

    #[test]
    fn a_signal_can_have_unfinished_files_removed() {
        let home = tempfile::tempdir().unwrap();
        for mode in MODES {
            let file = AtomicFile::create(&home.path().join("file"), mode).unwrap();
            // Not `remove_temp_files`, which would remove those of tests that run beside this one.
            let path = home.path().join(names(home.path()).remove(0));
            assert!(temp_files().contains(&path), "{mode:?}");
            drop(file);
            assert!(!temp_files().contains(&path), "{mode:?}");
        }
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        fn mode_bits(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o7777
        }

        fn set_mode(path: &Path, bits: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
        }

        #[test]
        fn an_old_file_keeps_its_permissions_and_a_new_one_gets_the_usual_ones() {
            let home = tempfile::tempdir().unwrap();
            let (old, new) = (home.path().join("old"), home.path().join("new"));
            fs::write(&old, "").unwrap();
            set_mode(&old, 0o640);
            replace(&old, b"x", FileMode::Inherited).unwrap();
            assert_eq!(mode_bits(&old), 0o640);
            let usual = home.path().join("usual");
            File::create(&usual).unwrap();
            replace(&new, b"x", FileMode::Inherited).unwrap();
            assert_eq!(mode_bits(&new), mode_bits(&usual));
        }

        #[test]
        fn a_private_file_is_private_before_the_first_byte_is_written() {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            for old in [None, Some(0o644), Some(0o666)] {
                if let Some(bits) = old {
                    set_mode(&path, bits);
                }
                let file = AtomicFile::create(&path, FileMode::Private).unwrap();
                assert_eq!(mode_bits(file.file.path()), 0o600, "{old:?}");
                file.commit().unwrap();
                assert_eq!(mode_bits(&path), 0o600, "{old:?}");
            }
        }

        #[test]
        fn a_half_written_file_is_its_owners_alone_unless_it_replaces_none() {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            for bits in [0o600, 0o640, 0o604, 0o666] {
                fs::write(&path, "").unwrap();
                set_mode(&path, bits);
                let file = AtomicFile::create(&path, FileMode::Inherited).unwrap();
                assert_eq!(mode_bits(file.file.path()), 0o600, "{bits:o}");
                assert_eq!(file.commit().unwrap(), [""; 0]);
                assert_eq!(mode_bits(&path), bits);
            }
        }

        #[test]
        fn a_file_that_is_closed_to_others_while_it_is_replaced_stays_closed() {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            fs::write(&path, "").unwrap();
            set_mode(&path, 0o644);
            let file = AtomicFile::create(&path, FileMode::Inherited).unwrap();
            set_mode(&path, 0o600);
            file.commit().unwrap();
            assert_eq!(mode_bits(&path), 0o600);
        }

        #[test]
        fn a_private_directory_and_its_parents_are_their_owners_alone() {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("outer/inner");
            create_private_dir(&path).unwrap();
            create_private_dir(&path).unwrap();
            assert_eq!((mode_bits(&path), mode_bits(&home.path().join("outer"))), (0o700, 0o700));
        }

        #[test]
        fn a_directory_that_cannot_be_read_to_be_synced_can_be_written() {
            let home = tempfile::tempdir().unwrap();
            let inner = home.path().join("inner");
            fs::create_dir(&inner).unwrap();
            set_mode(&inner, 0o300);
            replace(&inner.join("file"), b"x", FileMode::Private).unwrap();
            assert_eq!(contents(&inner.join("file")), "x");
            set_mode(&inner, 0o700);
        }

        #[test]
        fn a_link_stays_and_its_target_is_replaced_made_or_removed() {
            for mode in MODES {
                let home = tempfile::tempdir().unwrap();
                let inner = home.path().join("inner");
                fs::create_dir(&inner).unwrap();
                fs::write(inner.join("real"), "old").unwrap();
                symlink("inner/middle", home.path().join("link")).unwrap();
                symlink("real", inner.join("middle")).unwrap();
                symlink(inner.join("fresh"), home.path().join("dangling")).unwrap();
                replace(&home.path().join("link"), b"new", mode).unwrap();
                replace(&home.path().join("dangling"), b"made", mode).unwrap();
                assert_eq!(contents(&inner.join("real")), "new");
                assert_eq!(contents(&inner.join("fresh")), "made");
                for link in [home.path().join("link"), inner.join("middle")] {
                    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
                }
                remove(&home.path().join("link")).unwrap();
                remove(&home.path().join("link")).unwrap();
                assert_eq!(names(&inner), ["fresh", "middle"]);
                symlink("loop", home.path().join("loop")).unwrap();
                assert!(AtomicFile::create(&home.path().join("loop"), mode).is_err());
            }
        }
    }
}
