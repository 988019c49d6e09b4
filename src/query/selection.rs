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

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(paths: &[&str]) -> Selection {
        Selection::new(paths.iter().map(|&path| path.to_owned()))
    }

    #[test]
    fn a_property_is_selected_by_itself_and_as_a_part_of_another() {
        let some = selection(&["id", "details/currency", "customerProfile", "id"]);
        assert_eq!(some.paths(), ["id", "details/currency", "customerProfile"]);
        for (path, is_selected) in [
            ("id", true),
            ("details/currency", true),
            ("customerProfile/address/country", true),
            ("details", false),
            ("details/notes", false),
            ("customerProfiles", false),
            ("status", false),
        ] {
            assert_eq!(some.contains(path), is_selected, "{path}");
        }
        assert!(selection(&[]).contains("status"));
    }

    #[test]
    fn what_is_selected_already_is_not_added() {
        let mut some = selection(&["id", "customerProfile"]);
        for path in ["id", "customerProfile/name", "details/notes", "details/notes"] {
            some.add(path);
        }
        assert_eq!(some.paths(), ["id", "customerProfile", "details/notes"]);
    }
}
