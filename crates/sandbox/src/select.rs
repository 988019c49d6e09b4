//! `$select`, parsed.

use crate::schema::{Property, REFERRAL, find_property, nested_properties};

/// Which properties to return.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SelectClause {
    /// All, those outside the schema too.
    All,
    /// These, each whole or in part.
    Only(Vec<(&'static str, SelectClause)>),
}

impl SelectClause {
    /// Parses `$select`: a comma-separated list of paths, or `*` (OData URL conventions, 5.1.4).
    ///
    /// # Errors
    /// When a path is not in the schema.
    pub(crate) fn parse(text: &str) -> Result<SelectClause, String> {
        let mut clause = SelectClause::Only(Vec::new());
        for path in text.split(',') {
            if path == "*" {
                clause = SelectClause::All;
            } else {
                clause.add(path, path, REFERRAL)?;
            }
        }
        Ok(clause)
    }

    /// Whether only whole top-level properties are selected, as in the documentation (API §2.1).
    pub(crate) fn is_documented(&self) -> bool {
        match self {
            SelectClause::All => false,
            SelectClause::Only(parts) => parts.iter().all(|(_, part)| *part == SelectClause::All),
        }
    }

    /// The top-level properties, unless all are selected.
    pub(crate) fn roots(&self) -> Option<Vec<&'static str>> {
        match self {
            SelectClause::All => None,
            SelectClause::Only(parts) => Some(parts.iter().map(|(name, _)| *name).collect()),
        }
    }

    fn add(
        &mut self,
        path: &str,
        whole: &str,
        properties: &'static [Property],
    ) -> Result<(), String> {
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let Some((name, kind)) = find_property(properties, name) else {
            return Err(format!("could not find a property named '{whole}'"));
        };
        let SelectClause::Only(parts) = self else {
            return Ok(());
        };
        let known = parts.iter().position(|(known, _)| known == name);
        let index = known.unwrap_or_else(|| {
            parts.push((name, SelectClause::Only(Vec::new())));
            parts.len() - 1
        });
        match (rest, nested_properties(*kind)) {
            (None, _) => parts[index].1 = SelectClause::All,
            (Some(rest), Some(inner)) => parts[index].1.add(rest, whole, inner)?,
            (Some(_), None) => return Err(format!("'{whole}' goes below a simple property")),
        }
        Ok(())
    }

    /// What to return of the property `name`, if anything.
    pub(crate) fn nested(&self, name: &str) -> Option<&SelectClause> {
        match self {
            SelectClause::All => Some(&SelectClause::All),
            SelectClause::Only(parts) => {
                let part = parts.iter().find(|(known, _)| *known == name);
                part.map(|(_, part)| part)
            }
        }
    }
}
