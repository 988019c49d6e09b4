//! The operations of a JSON Patch (RFC 6902) that the API documents: `replace` and `add` (API §1.2).

use serde_json::{Value, json};

/// One operation of a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    op: &'static str,
    path: &'static str,
    value: Value,
}

impl Operation {
    /// Sets the member at `path`. `replace` fails where there is none (RFC 6902 §4.3), so that one is added.
    pub(super) fn set(path: &'static str, exists: bool, value: Value) -> Operation {
        Operation { op: if exists { "replace" } else { "add" }, path, value }
    }

    /// Adds `value` at the end of the list whose end is `path`.
    pub(super) fn append(path: &'static str, value: Value) -> Operation {
        Operation { op: "add", path, value }
    }

    /// A JSON Pointer (RFC 6901).
    pub fn path(&self) -> &'static str {
        self.path
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub fn to_json(&self) -> Value {
        json!({"op": self.op, "path": self.path, "value": self.value})
    }
}
