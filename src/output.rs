//! Where data is written: to standard output, or to a file that is complete or left as it was.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::files::{self, AtomicFile, Destination, FileMode};
use crate::platform::Platform;
use crate::text::show_path;

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
    /// Standard output without a path, and for a path that means it; else the file.
    ///
    /// # Errors
    /// Those of [`Output::file`].
    pub fn open(path: Option<&Path>, standard: Box<dyn Write + Send>) -> Result<Output> {
        match path {
            Some(path) if !is_standard_output(path) => Output::file(path),
            _ => Ok(Output::standard(standard)),
        }
    }

    pub fn standard(out: Box<dyn Write + Send>) -> Output {
        Output { target: Target::Stream(BufWriter::with_capacity(BUFFER_SIZE, out)), path: None }
    }

    /// The file at `path`, replaced or created on commit; a symbolic link is followed. A pipe, a device or an open file is
    /// written directly.
    ///
    /// # Errors
    /// When it cannot be written or replaced, so that nothing is asked of the API in vain. The message names it.
    pub fn file(path: &Path) -> Result<Output> {
        let failed = |error| write_error(path, &error);
        let target = match files::find_destination(path).map_err(failed)? {
            Destination::Stream(stream) => {
                let stream = Box::new(open_stream(&stream).map_err(failed)?);
                Target::Stream(BufWriter::with_capacity(BUFFER_SIZE, stream))
            }
            Destination::File(..) => {
                let file = AtomicFile::create(path, FileMode::Inherited).map_err(failed)?;
                Target::File(Box::new(BufWriter::with_capacity(BUFFER_SIZE, file)))
            }
        };
        Ok(Output { target, path: Some(path.to_owned()) })
    }

    /// Whether a file is replaced or created on commit.
    pub fn is_file(&self) -> bool {
        matches!(self.target, Target::File(_))
    }

    /// Writes what is buffered, and gives a file its name. Returns a warning if the file is not accessible as the old one
    /// was.
    ///
    /// # Errors
    /// When a write or the renaming fails; the old file is then left as it was.
    pub fn commit(mut self) -> Result<Option<String>> {
        self.flush().map_err(write_failed)?;
        let Target::File(file) = self.target else { return Ok(None) };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error);
        let lost = file
            .and_then(AtomicFile::commit)
            .map_err(|error| write_failed(name_file(self.path.as_deref(), error)))?;
        let path = self.path.filter(|_| !lost.is_empty());
        Ok(path.map(|path| {
            format!("cannot keep the {} of {}", lost.join(" and the "), show_path(&path))
        }))
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
    if Platform::HERE.is_closed_pipe(&error) {
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

/// Adds to the error of a run that has written nothing to the file what has become of it.
pub fn mention_kept_file(error: Error, path: &Path) -> Error {
    let state = if path.exists() { "is unchanged" } else { "was not written" };
    error.detail(format!("{} {state}", show_path(path)))
}

fn write_error(path: &Path, cause: &io::Error) -> Error {
    let error = Error::failure(format!("cannot write {}", show_path(path))).cause(cause);
    match cause.kind() {
        io::ErrorKind::IsADirectory => error.hint("name a file in it"),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            error.hint("create the directory first, or name another")
        }
        io::ErrorKind::PermissionDenied => error.hint("write to another directory"),
        io::ErrorKind::ResourceBusy => {
            error.hint("leave out `--output` and redirect standard output (`> FILE`), or write to another file")
        }
        io::ErrorKind::ReadOnlyFilesystem => error.hint("write to another disk"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            error.hint("free some space, or write to another disk")
        }
        _ => error,
    }
}

/// Whether the path means standard output, which may not be opened again: it may be a socket, or another user's.
pub fn is_standard_output(path: &Path) -> bool {
    is_one_of(path, &["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
}

fn open_stream(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    if is_one_of(path, &["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]) {
        return duplicate_standard_error();
    }
    OpenOptions::new().append(true).open(path)
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the user wants data on it")]
fn duplicate_standard_error() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stderr().as_fd().try_clone_to_owned().map(File::from)
}

fn is_one_of(path: &Path, names: &[&str]) -> bool {
    names.iter().any(|name| path == Path::new(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SharedBuffer;
    use std::fs;

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
    fn of_a_file_that_was_not_there_it_is_not_said_that_it_is_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        let report = || mention_kept_file(Error::failure("x"), &path).report();
        assert!(report().contains("out.csv was not written"), "{}", report());
        fs::write(&path, "old").unwrap();
        assert!(report().contains("out.csv is unchanged"), "{}", report());
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
            (home.path().join("out.csv/"), "name a file in it"),
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
    fn a_path_cannot_add_lines_to_a_message() {
        let error = Output::file(Path::new("none/a\nhint: run evil\u{1b}[2J.csv")).unwrap_err();
        assert_eq!(error.message(), "cannot write none/a hint: run evil\u{241b}[2J.csv");
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

    #[cfg(windows)]
    #[test]
    fn a_file_that_another_program_has_open_is_told_at_once_and_at_the_end_and_stays() {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_SHARE_READ: u32 = 1;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("Umsätze 2026.csv");
        fs::write(&path, "old").unwrap();
        let open = || OpenOptions::new().read(true).share_mode(FILE_SHARE_READ).open(&path);
        let excel = open().unwrap();
        let at_once = Output::file(&path).unwrap_err();
        drop(excel);
        let mut output = Output::file(&path).unwrap();
        output.write_all(b"new").unwrap();
        let excel = open().unwrap();
        let at_the_end = output.commit().unwrap_err();
        for error in [at_once, at_the_end] {
            assert_eq!(error.kind(), ErrorKind::Failure);
            assert_eq!(error.message(), format!("cannot write {}", path.display()));
            assert_eq!(error.causes(), ["the file is open in another program"]);
            assert_eq!(error.hints(), ["close the file there, and run again"]);
        }
        assert_eq!(contents(&path), "old");
        assert_eq!(names(home.path()), ["Umsätze 2026.csv"]);
        drop(excel);
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
        fn an_open_file_is_written_even_without_a_name() {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("file");
            let mut file =
                OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
            fs::remove_file(&path).unwrap();
            let number = std::os::fd::AsRawFd::as_raw_fd(&file);
            write(Path::new(&format!("/dev/fd/{number}")), "rows");
            assert_eq!(io::read_to_string(&mut file).unwrap(), "rows");
            assert_eq!(names(home.path()).len(), 0);
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
