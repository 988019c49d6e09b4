//! JSON (RFC 8259) read in place. One pass checks the text and finds its values, which are parts of the text: nothing is
//! copied but strings with escapes.

mod cursor;
mod raw_text;
mod reader;
mod json_error;
mod text;

pub use json_error::{JsonError, JsonResult};
pub use raw_text::RawText;
pub use reader::{JsonKind, JsonValue, Reader};
pub use text::Text;
