//! Where data is written: to standard output, or to a file that is complete or left as it was.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::files::{AtomicFile, FileMode};

/// Rows are flushed after each page, which has some 250 kB.
const BUFFER_SIZE: usize = 64 << 10;

/// Standard output or a file. A file keeps its old contents until [`Output::commit`], and without it.
pub struct Output {
    target: Target,
    /// As the user named it; `None` for standard output.
    path: Option<PathBuf>,
}

enum Target {
    /// Standard output, or a device or a pipe, which cannot be replaced.
    Stream(BufWriter<Box<dyn Write + Send>>),
    File(Box<BufWriter<AtomicFile>>),
}

impl Output {
    /// Standard output without a path, and for `-` and `/dev/stdout`; else the file.
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

    pub fn standard(out: Box<dyn Write + Send>) -> Output {
        Output { target: Target::Stream(BufWriter::with_capacity(BUFFER_SIZE, out)), path: None }
    }

    /// The file at `path`, replaced or created on commit; a symbolic link is followed.
    ///
    /// # Errors
    /// When it is a directory or read-only, or no file can be created in its directory. The message names it.
    pub fn file(path: &Path) -> Result<Output> {
        let failed = |error| write_error(path, &error);
        let target = if is_written_in_place(path) {
            let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
            Target::Stream(BufWriter::with_capacity(BUFFER_SIZE, Box::new(file)))
        } else {
            let file = AtomicFile::create(path, FileMode::Inherited).map_err(failed)?;
            Target::File(Box::new(BufWriter::with_capacity(BUFFER_SIZE, file)))
        };
        Ok(Output { target, path: Some(path.to_owned()) })
    }

    /// Writes what is buffered, and gives a file its name.
    ///
    /// # Errors
    /// When a write or the renaming fails; the old file is then left as it was.
    pub fn commit(mut self) -> Result<()> {
        self.flush().map_err(write_failed)?;
        let Target::File(file) = self.target else { return Ok(()) };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(AtomicFile::commit)
            .map_err(|error| write_failed(name_file(self.path.as_deref(), error)))
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.target {
            Target::Stream(out) => out,
            Target::File(file) => file,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes).map_err(|error| name_file(self.path.as_deref(), error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush().map_err(|error| name_file(self.path.as_deref(), error))
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Output").field(&self.path).finish()
    }
}

/// The error of a failed write: `ErrorKind::ClosedPipe` for a closed pipe. It names the file that an [`Output`] writes.
pub fn write_failed(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Error::new(ErrorKind::ClosedPipe, "broken pipe");
    }
    error
        .downcast::<Error>()
        .unwrap_or_else(|error| Error::failure("cannot write the output").cause(&error))
}

/// Has the error of a write to a file carry the one that names it, for [`write_failed`].
fn name_file(path: Option<&Path>, error: io::Error) -> io::Error {
    match path {
        Some(path) => io::Error::new(error.kind(), write_error(path, &error)),
        None => error,
    }
}

fn write_error(path: &Path, cause: &io::Error) -> Error {
    let error = Error::failure(format!("cannot write {}", path.display())).cause(cause);
    match cause.kind() {
        io::ErrorKind::IsADirectory => error.hint("name a file in it"),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            error.hint("create the directory first, or name another")
        }
        io::ErrorKind::PermissionDenied => error
            .hint("write to another directory, or check whether another program has the file open"),
        io::ErrorKind::ReadOnlyFilesystem => error.hint("write to another disk"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            error.hint("free some space, or write to another disk")
        }
        _ => error,
    }
}

/// Whether `path` is a device or a pipe, or may be an open file, as `/dev/stderr` and `/proc/self/fd/1` are.
fn is_written_in_place(path: &Path) -> bool {
    let is_system = path.starts_with("/dev") || path.starts_with("/proc");
    fs::metadata(path).is_ok_and(|found| !found.is_dir() && (!found.is_file() || is_system))
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

    #[cfg(unix)]
    mod unix {
        use super::*;

        fn write(path: &Path, text: &str) {
            let mut output = Output::file(path).unwrap();
            output.write_all(text.as_bytes()).unwrap();
            output.commit().unwrap();
        }

        #[cfg(target_os = "linux")]
        #[test]
        fn a_full_disk_is_told_with_the_files_name() {
            let path = Path::new("/dev/full");
            let mut output = Output::file(path).unwrap();
            let at_once = output.write_all(&vec![b'x'; 100_000]).unwrap_err();
            let mut output = Output::file(path).unwrap();
            output.write_all(b"x").unwrap();
            for error in [write_failed(at_once), output.commit().unwrap_err()] {
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
        let error = write_failed(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.kind(), ErrorKind::ClosedPipe);
        let error = write_failed(io::Error::other("odd"));
        assert_eq!(error.kind(), ErrorKind::Failure);
    }
}
