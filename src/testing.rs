//! Helpers for unit tests, the tests in `tests/` and the fuzz targets. Not part of the interface.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A writer whose clones share their bytes, so that a test can read what the program wrote.
#[derive(Clone, Debug, Default)]
pub struct SharedBuffer {
    bytes: Arc<Mutex<Vec<u8>>>,
    failure: Option<io::ErrorKind>,
}

impl SharedBuffer {
    /// A writer that fails with this kind of error.
    pub fn failing(kind: io::ErrorKind) -> SharedBuffer {
        SharedBuffer { failure: Some(kind), ..SharedBuffer::default() }
    }

    /// What was written so far.
    pub fn text(&self) -> String {
        let bytes = self.bytes.lock().expect("no holder of this lock panics").clone();
        String::from_utf8(bytes).expect("the program writes UTF-8")
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.failure {
            Some(kind) => Err(kind.into()),
            None => self.bytes.lock().expect("no holder of this lock panics").write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
