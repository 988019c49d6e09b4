//! Environment variables, as settings read them.

/// How a variable is looked up.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variable's value; a blank one counts as not set.
pub(super) fn read_variable(lookup: Lookup<'_>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.trim().is_empty())
}
