//! The stores a session can be kept in.

/// Where a session may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    /// The platform's keyring.
    Keyring,
    /// A file only its owner can read; never chosen unasked.
    File,
}

impl StoreChoice {
    /// Every choice and its name in flags and settings.
    pub const ALL: [(&'static str, StoreChoice); 2] =
        [("keyring", StoreChoice::Keyring), ("file", StoreChoice::File)];

    /// The choice of that name.
    pub fn named(name: &str) -> Option<StoreChoice> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, choice)| *choice)
    }

    /// Its name in flags and settings.
    pub fn name(self) -> &'static str {
        match self {
            StoreChoice::Keyring => "keyring",
            StoreChoice::File => "file",
        }
    }
}
