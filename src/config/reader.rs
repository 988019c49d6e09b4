//! What every part of the settings file is read with.

use std::ops::Range;
use std::path::Path;

use toml_edit::{Item, TableLike};

use crate::error::{Error, Result};
use crate::text::{self, show_path};

/// Reads a document's items; errors tell where in `text` they are.
pub(super) struct ConfigReader<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a Path,
}

impl ConfigReader<'_> {
    pub(super) fn read_table<'a>(
        &self,
        key: &str,
        item: &'a Item,
        example: &str,
    ) -> Result<&'a dyn TableLike> {
        let wrong = || self.wrong_type(key, item, &format!("a table such as {example}"));
        item.as_table_like().ok_or_else(wrong)
    }

    pub(super) fn wrong_type(&self, key: &str, item: &Item, expected: &str) -> Error {
        let location = self.location(item.span());
        Error::usage(format!("{key:?} must be {expected} {location}"))
    }

    pub(super) fn unknown_key(&self, table: &dyn TableLike, key: &str, known: &[&str]) -> Error {
        let location = self.location(table.key(key).and_then(toml_edit::Key::span));
        let error = Error::usage(format!("unknown setting {key:?} {location}"));
        match text::nearest(key, known.iter().copied()) {
            Some(word) => error.hint(format!("did you mean {word:?}?")),
            None if known.is_empty() => error,
            None => error.detail(format!("known: {}", known.join(", "))),
        }
    }

    pub(super) fn location(&self, span: Option<Range<usize>>) -> String {
        let path = show_path(self.path);
        match span.and_then(|span| self.text.get(..span.start)) {
            Some(before) => format!("in {path}, line {}", 1 + before.matches('\n').count()),
            None => format!("in {path}"),
        }
    }
}
