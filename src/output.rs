//! Where the data goes: standard output, or a file that is written beside its target and renamed.
//! Nobody ever reads half a file; nothing is left behind by a run that fails.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// The temporary files of this process that are neither renamed nor removed yet.
static TEMP_FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How many symbolic links may lead to one another; Linux has the same limit.
const MAX_LINKS: usize = 40;

/// Bytes go in through [`Write`]; [`Output::commit`] makes them count. Dropped without it, a file's old contents stay.
pub struct Output(Target);

enum Target {
    Standard(BufWriter<Box<dyn Write + Send>>),
    /// A device or a pipe: written as it is, there is nothing to rename.
    Direct {
        file: BufWriter<File>,
        path: PathBuf,
    },
    File(Box<Replacement>),
}

/// A file in the making.
struct Replacement {
    file: BufWriter<NamedTempFile>,
    /// What the user named.
    path: PathBuf,
    /// What is replaced: the same, or what a symbolic link leads to.
    target: PathBuf,
    old: Option<Metadata>,
    /// After `file`, so that it is forgotten only when it is gone.
    listed: TempFileGuard,
}

/// A temporary file's place in [`UNFINISHED`]; dropped, it is taken out.
struct TempFileGuard(PathBuf);

/// A failed write with the name of the file; what [`write_failed`] makes an [`Error`] of.
#[derive(Debug)]
pub(super) struct WriteError {
    path: PathBuf,
    cause: io::Error,
}

impl Output {
    /// Standard output where no path is given, or `-`, or standard output's own device; else the file.
    ///
    /// # Errors
    /// Those of [`Output::file`].
    pub fn open(path: Option<&Path>, standard: Box<dyn Write + Send>) -> Result<Output> {
        match path {
            Some(path) if path != Path::new("-") && path != Path::new("/dev/stdout") => {
                Output::file(path)
            }
            _ => Ok(Output::standard(standard)),
        }
    }

    /// Standard output.
    pub fn standard(out: Box<dyn Write + Send>) -> Output {
        Output(Target::Standard(BufWriter::new(out)))
    }

    /// The file `path`: a new one, or one that is replaced when all is written; through a symbolic link, the target.
    ///
    /// # Errors
    /// When it is a directory, is read-only, or nothing can be written beside it. The message names it.
    pub fn file(path: &Path) -> Result<Output> {
        let failed = |error: io::Error| write_error(path, error).explain();
        let target = follow_links(path).map_err(failed)?;
        let old = match fs::metadata(&target) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if let Some(old) = &old {
            if old.is_dir() {
                return Err(failed(io::ErrorKind::IsADirectory.into()));
            }
            if !old.is_file() || path.starts_with("/dev") || path.starts_with("/proc") {
                let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
                return Ok(Output(Target::Direct {
                    file: BufWriter::new(file),
                    path: path.to_owned(),
                }));
            }
            if old.permissions().readonly() {
                let error =
                    io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only");
                return Err(failed(error));
            }
        }
        let file = create_temp_file(&target).map_err(failed)?;
        let listed = TempFileGuard::new(file.path());
        Ok(Output(Target::File(Box::new(Replacement {
            file: BufWriter::new(file),
            path: path.to_owned(),
            target,
            old,
            listed,
        }))))
    }

    /// Makes the bytes count: all are written, and a file takes its name.
    ///
    /// # Errors
    /// When a disk is full or a name cannot be taken; the old file is then as it was.
    pub fn commit(mut self) -> Result<()> {
        self.flush().map_err(|error| write_failed(&error))?;
        match self.0 {
            Target::Standard(_) | Target::Direct { .. } => Ok(()),
            Target::File(file) => file.commit(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Target::Standard(out) => out.write(bytes),
            Target::Direct { file, path } => {
                let written = file.write(bytes);
                written.map_err(|error| write_error(path, error).into())
            }
            Target::File(file) => {
                let Replacement { file, path, .. } = &mut **file;
                let written = file.write(bytes);
                written.map_err(|error| write_error(path, error).into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Target::Standard(out) => out.flush(),
            Target::Direct { file, path } => {
                file.flush().map_err(|error| write_error(path, error).into())
            }
            Target::File(file) => {
                let Replacement { file, path, .. } = &mut **file;
                file.flush().map_err(|error| write_error(path, error).into())
            }
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Standard(_) => f.write_str("Output(standard output)"),
            Target::Direct { path, .. } => write!(f, "Output({})", path.display()),
            Target::File(file) => write!(f, "Output({})", file.path.display()),
        }
    }
}

impl Replacement {
    fn commit(self) -> Result<()> {
        let Replacement { file, path, target, old, listed } = self;
        let renamed = persist(file, &target, old.as_ref());
        drop(listed);
        renamed.map_err(|error| write_error(&path, error).explain())
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

/// Puts all of `file` on the disk and gives it its name.
fn persist(
    file: BufWriter<NamedTempFile>,
    target: &Path,
    old: Option<&Metadata>,
) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Some(old) = old {
        keep_access(file.as_file(), old)?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|failed| failed.error)?;
    sync_directory(target);
    Ok(())
}

impl WriteError {
    /// The error to show, with what to do about it.
    pub(super) fn explain(&self) -> Error {
        let error = Error::new(ErrorKind::Failure, self.to_string()).cause(&self.cause);
        match self.cause.kind() {
            io::ErrorKind::IsADirectory => error.hint("name a file in it"),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                error.hint("create the directory first, or name another")
            }
            io::ErrorKind::PermissionDenied => error.hint(
                "write to another place, or see whether another program has the file open or protects it",
            ),
            io::ErrorKind::ReadOnlyFilesystem => error.hint("write to another place"),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                error.hint("free some space, or write to another disk")
            }
            _ => error,
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}", self.path.display())
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl From<WriteError> for io::Error {
    fn from(failed: WriteError) -> io::Error {
        io::Error::new(failed.cause.kind(), failed)
    }
}

/// The error of a write that failed; one to a closed pipe is [`ErrorKind::ClosedPipe`].
///
/// Errors from an [`Output`] name the file already.
pub fn write_failed(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Error::new(ErrorKind::ClosedPipe, "the reader of the output went away");
    }
    let inner = error.get_ref();
    match inner.and_then(|inner| inner.downcast_ref::<WriteError>()) {
        Some(failed) => failed.explain(),
        None => Error::new(ErrorKind::Failure, "cannot write the output").cause(error),
    }
}

/// Removes what unfinished outputs have written so far. For a process that is about to end by a signal.
pub fn remove_temp_files() {
    for path in temp_files().drain(..) {
        // It is gone, or it cannot be helped.
        let _ = fs::remove_file(path);
    }
}

fn write_error(path: &Path, cause: io::Error) -> WriteError {
    WriteError { path: path.to_owned(), cause }
}

/// Where a chain of symbolic links ends, whether or not anything is there.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        if !fs::symlink_metadata(&target).is_ok_and(|found| found.is_symlink()) {
            return Ok(target);
        }
        let next = fs::read_link(&target)?;
        // An absolute link replaces the whole path.
        target = directory(&target).join(next);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// A new file in the directory of `target`, with the permissions any new file there gets.
fn create_temp_file(target: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".referrals-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The process's umask takes its part away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory(target)).map_err(without_temp_name)
}

/// The error without the name of the temporary file, which means nothing to anybody.
fn without_temp_name(error: io::Error) -> io::Error {
    match error.kind() {
        kind @ (io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded) => kind.into(),
        _ => error,
    }
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Gives the new file the old one's permissions, and its owner and group where that is allowed.
#[cfg(unix)]
fn keep_access(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        // Only an administrator may; for anybody else the user's own will do.
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    file.set_permissions(old.permissions())
}

/// A file that may be written has no permissions of its own here; it inherits the directory's.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn keep_access(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Makes the new name outlast a power cut, where file systems can.
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
    use crate::testing::SharedBuffer;

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
    fn a_file_is_the_old_one_until_all_is_written() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let mut output = Output::file(&path).unwrap();
        output.write_all(b"new").unwrap();
        output.flush().unwrap();
        assert_eq!(contents(&path), "old");
        output.commit().unwrap();
        assert_eq!(contents(&path), "new");
        assert_eq!(names(home.path()), ["out.csv"]);
    }

    #[test]
    fn a_run_that_breaks_off_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out.csv");
        let mut output = Output::file(&path).unwrap();
        output.write_all(b"half").unwrap();
        assert_eq!(names(home.path()).len(), 1);
        drop(output);
        assert_eq!(names(home.path()).len(), 0);
        fs::write(&path, "old").unwrap();
        drop(Output::file(&path).unwrap());
        assert_eq!(contents(&path), "old");
    }

    #[test]
    fn a_name_without_a_directory_is_one_here() {
        assert_eq!(directory(Path::new("out.csv")), Path::new("."));
        assert_eq!(directory(Path::new("a/out.csv")), Path::new("a"));
        assert_eq!(directory(Path::new("/")), Path::new("/"));
    }

    #[test]
    fn what_cannot_be_written_is_named_and_told_at_once() {
        let home = tempfile::tempdir().unwrap();
        let cases = [
            (home.path().to_owned(), "name a file in it"),
            (home.path().join("none/out.csv"), "create the directory first"),
        ];
        for (path, hint) in cases {
            let error = Output::file(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failure);
            assert_eq!(error.message(), format!("cannot write {}", path.display()));
            assert!(error.hints()[0].starts_with(hint), "{}", error.report());
            assert!(!error.report().contains(".referrals-"), "{}", error.report());
        }
    }

    #[test]
    fn a_file_that_may_not_be_written_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let error = Output::file(&path).unwrap_err();
        assert!(error.report().contains("read-only"), "{}", error.report());
        assert_eq!(names(home.path()), ["out.csv"]);
    }

    #[test]
    fn standard_output_gets_its_bytes_at_a_flush_and_a_closed_pipe_is_no_failure() {
        let out = SharedBuffer::default();
        let mut output = Output::open(Some(Path::new("-")), Box::new(out.clone())).unwrap();
        output.write_all(b"page").unwrap();
        assert_eq!(out.text(), "");
        output.flush().unwrap();
        assert_eq!(out.text(), "page");
        output.commit().unwrap();
        let closed = SharedBuffer::failing(io::ErrorKind::BrokenPipe);
        let mut output = Output::standard(Box::new(closed));
        output.write_all(b"page").unwrap();
        assert_eq!(output.commit().unwrap_err().kind(), ErrorKind::ClosedPipe);
    }

    #[test]
    fn a_signal_can_have_unfinished_files_removed() {
        let home = tempfile::tempdir().unwrap();
        let mut output = Output::file(&home.path().join("out.csv")).unwrap();
        output.write_all(b"half").unwrap();
        // Not `remove_unfinished`, which would take the files of tests beside this one.
        let known = temp_files().clone();
        let name = names(home.path()).remove(0);
        assert!(known.contains(&home.path().join(&name)));
        drop(output);
        assert!(!temp_files().contains(&home.path().join(&name)));
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o7777
        }

        fn write(path: &Path, text: &str) {
            let mut output = Output::file(path).unwrap();
            output.write_all(text.as_bytes()).unwrap();
            output.commit().unwrap();
        }

        #[test]
        fn an_old_file_keeps_its_permissions_and_a_new_one_gets_the_usual_ones() {
            let home = tempfile::tempdir().unwrap();
            let (old, new) = (home.path().join("old"), home.path().join("new"));
            fs::write(&old, "").unwrap();
            fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
            write(&old, "x");
            assert_eq!(mode(&old), 0o640);
            let usual = home.path().join("usual");
            File::create(&usual).unwrap();
            write(&new, "x");
            assert_eq!(mode(&new), mode(&usual));
        }

        #[test]
        fn a_link_stays_and_its_target_is_replaced_or_made() {
            let home = tempfile::tempdir().unwrap();
            let inner = home.path().join("inner");
            fs::create_dir(&inner).unwrap();
            fs::write(inner.join("real"), "old").unwrap();
            symlink("inner/middle", home.path().join("link")).unwrap();
            symlink("real", inner.join("middle")).unwrap();
            symlink(inner.join("fresh"), home.path().join("dangling")).unwrap();
            write(&home.path().join("link"), "new");
            write(&home.path().join("dangling"), "made");
            assert_eq!(contents(&inner.join("real")), "new");
            assert_eq!(contents(&inner.join("fresh")), "made");
            for link in [home.path().join("link"), inner.join("middle")] {
                assert!(fs::symlink_metadata(link).unwrap().is_symlink());
            }
            symlink("loop", home.path().join("loop")).unwrap();
            assert!(Output::file(&home.path().join("loop")).is_err());
        }

        #[cfg(target_os = "linux")]
        #[test]
        fn a_full_disk_is_told_with_the_files_name() {
            let path = Path::new("/dev/full");
            let mut output = Output::file(path).unwrap();
            let at_once = output.write_all(&vec![b'x'; 100_000]).unwrap_err();
            let mut output = Output::file(path).unwrap();
            output.write_all(b"x").unwrap();
            for error in [write_failed(&at_once), output.commit().unwrap_err()] {
                assert_eq!(error.message(), "cannot write /dev/full");
                assert!(error.hints()[0].starts_with("free some space"));
            }
        }

        #[test]
        fn a_pipe_with_a_name_is_written_and_stays_a_pipe() {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
            let reader = std::thread::spawn({
                let path = path.clone();
                move || contents(&path)
            });
            write(&path, "rows");
            assert_eq!(reader.join().unwrap(), "rows");
            assert_eq!(names(home.path()), ["pipe"]);
        }

        #[test]
        fn a_device_is_written_and_stays_a_device() {
            write(Path::new("/dev/null"), "x");
            assert!(!fs::metadata("/dev/null").unwrap().is_file());
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = write_failed(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.kind(), ErrorKind::ClosedPipe);
        let error = write_failed(&io::Error::other("odd"));
        assert_eq!(error.kind(), ErrorKind::Failure);
    }
}
