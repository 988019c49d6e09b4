//! The properties that a response contains (`$select`).

/// Paths of properties, such as `customerProfile/name`. An empty list selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection(Vec<String>);

impl Selection {
    /// Drops duplicates.
    pub fn new(paths: impl IntoIterator<Item = String>) -> Selection {
        let mut selection = Selection::default();
        for path in paths {
            if !selection.0.contains(&path) {
                selection.0.push(path);
            }
        }
        selection
    }

    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub fn paths(&self) -> &[String] {
        &self.0
    }

    /// Whether the property at `path` is selected, itself or as a part of another.
    pub fn contains(&self, path: &str) -> bool {
        self.is_all() || self.0.iter().any(|selected| path == selected || is_below(path, selected))
    }

    /// Adds `path` unless it is selected already.
    pub(super) fn add(&mut self, path: &str) {
        if !self.contains(path) {
            self.0.push(path.to_owned());
        }
    }
}

fn is_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
}
