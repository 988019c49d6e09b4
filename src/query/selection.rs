//! Which properties of a referral the rows hold (`$select`).

/// The properties a listing asks for; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection(Vec<String>);

impl Selection {
    /// These properties, by their wire paths such as `customerProfile/name`; each once.
    pub fn new(paths: impl IntoIterator<Item = String>) -> Selection {
        let mut selection = Selection::default();
        for path in paths {
            if !selection.0.contains(&path) {
                selection.0.push(path);
            }
        }
        selection
    }

    /// Whether every property is wanted.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths, in the order given.
    pub fn paths(&self) -> &[String] {
        &self.0
    }

    /// Whether a row that answers this selection holds what stands at `path`.
    pub fn contains(&self, path: &str) -> bool {
        self.is_all() || self.0.iter().any(|own| path == own || is_below(path, own))
    }

    /// Adds `path` unless it is held already. Nothing is added where all is wanted.
    pub(super) fn add(&mut self, path: &str) {
        if !self.contains(path) {
            self.0.push(path.to_owned());
        }
    }
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}
