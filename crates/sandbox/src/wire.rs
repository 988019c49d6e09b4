//! Referrals as JSON text: properties in the API's order, and only those selected.
//! Copies values as they are; checks none.

use serde_json::{Map, Value};

use crate::schema::{Field, Kind, REFERRAL, field};

/// Which properties are wanted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    /// Every one, unknown ones too.
    Everything,
    /// These, each whole or in part.
    Some(Vec<(&'static str, Selection)>),
}

impl Selection {
    /// Reads `$select`: a comma-separated list of paths, or `*` (OData URL conventions, 5.1.4).
    ///
    /// # Errors
    /// Names the path that is not a referral's.
    pub(crate) fn read(text: &str) -> Result<Selection, String> {
        let mut selection = Selection::Some(Vec::new());
        for path in text.split(',') {
            if path == "*" {
                selection = Selection::Everything;
            } else {
                selection.add(path, path, REFERRAL)?;
            }
        }
        Ok(selection)
    }

    /// Whether only whole top-level properties are named, as in the documentation (API §2.1).
    pub(crate) fn is_documented(&self) -> bool {
        match self {
            Selection::Everything => false,
            Selection::Some(parts) => parts.iter().all(|(_, part)| *part == Selection::Everything),
        }
    }

    /// The top-level properties wanted, where not all are.
    pub(crate) fn roots(&self) -> Option<Vec<&'static str>> {
        match self {
            Selection::Everything => None,
            Selection::Some(parts) => Some(parts.iter().map(|(name, _)| *name).collect()),
        }
    }

    fn add(&mut self, path: &str, whole: &str, fields: &'static [Field]) -> Result<(), String> {
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let Some((name, kind)) = field(fields, name) else {
            return Err(format!("could not find a property named '{whole}'"));
        };
        let Selection::Some(parts) = self else {
            return Ok(());
        };
        let known = parts.iter().position(|(known, _)| known == name);
        let index = known.unwrap_or_else(|| {
            parts.push((name, Selection::Some(Vec::new())));
            parts.len() - 1
        });
        match (rest, properties(*kind)) {
            (None, _) => parts[index].1 = Selection::Everything,
            (Some(rest), Some(inner)) => parts[index].1.add(rest, whole, inner)?,
            (Some(_), None) => return Err(format!("'{whole}' goes below a simple property")),
        }
        Ok(())
    }

    fn of(&self, name: &str) -> Option<&Selection> {
        match self {
            Selection::Everything => Some(&Selection::Everything),
            Selection::Some(parts) => {
                let part = parts.iter().find(|(known, _)| *known == name);
                part.map(|(_, part)| part)
            }
        }
    }
}

/// A referral as text.
pub(crate) fn referral(row: &Value, selection: &Selection) -> String {
    let mut text = String::with_capacity(2048);
    write(row, Some(REFERRAL), selection, &mut text);
    text
}

fn write(value: &Value, fields: Option<&'static [Field]>, selection: &Selection, out: &mut String) {
    match (value, fields) {
        (Value::Object(object), Some(fields)) => object_text(object, fields, selection, out),
        (Value::Array(elements), Some(_)) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, fields, selection, out);
            }
            out.push(']');
        }
        (other, _) => out.push_str(&other.to_string()),
    }
}

fn object_text(
    object: &Map<String, Value>,
    fields: &'static [Field],
    selection: &Selection,
    out: &mut String,
) {
    let mut first = true;
    let mut name_text = |name: &str, out: &mut String| {
        out.push(if first { '{' } else { ',' });
        first = false;
        out.push_str(&Value::from(name).to_string());
        out.push(':');
    };
    for (name, kind) in fields {
        if let (Some(value), Some(part)) = (object.get(*name), selection.of(name)) {
            name_text(name, out);
            write(value, properties(*kind), part, out);
        }
    }
    for (name, value) in object {
        let wanted = *selection == Selection::Everything || name.starts_with('@');
        if wanted && field(fields, name).is_none() {
            name_text(name, out);
            out.push_str(&value.to_string());
        }
    }
    out.push_str(if first { "{}" } else { "}" });
}

/// The properties of a complex type or of a collection's elements.
fn properties(kind: Kind) -> Option<&'static [Field]> {
    match kind {
        Kind::Complex(fields) => Some(fields),
        Kind::Many(element) => properties(*element),
        _ => None,
    }
}
