//! A state directory for the tests of what is kept in it.

use crate::testing::SharedBuffer;
use crate::ui::{Ui, Verbosity};

pub(super) struct Place {
    pub(super) home: tempfile::TempDir,
    /// What was printed.
    pub(super) err: SharedBuffer,
}

impl Place {
    pub(super) fn new() -> Place {
        Place { home: tempfile::tempdir().unwrap(), err: SharedBuffer::default() }
    }

    pub(super) fn ui(&self) -> Ui {
        Ui::new(Box::new(self.err.clone()), Verbosity::Verbose, None)
    }
}
