//! Text that shares the buffer it was received in.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Immutable text: a part of a buffer, which lives as long as any text in it.
#[derive(Clone)]
pub struct Text {
    buffer: Arc<String>,
    start: u32,
    end: u32,
}

impl Text {
    /// The text from `start` to `end` of the buffer that this text is in.
    #[inline]
    pub(super) fn part(&self, start: usize, end: usize) -> Text {
        Text { buffer: Arc::clone(&self.buffer), start: offset(start), end: offset(end) }
    }

    #[inline]
    pub(super) fn buffer(&self) -> &str {
        &self.buffer
    }

    #[inline]
    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        &self.buffer[self.start()..self.end()]
    }
}

#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a buffer is smaller than 4 GiB")
}

impl From<String> for Text {
    /// # Panics
    /// When the text has 4 GiB or more.
    fn from(text: String) -> Text {
        let end = offset(text.len());
        Text { buffer: Arc::new(text), start: 0, end }
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
