//! The stores a session can be kept in.

use strum::{EnumString, IntoStaticStr, VariantNames};

/// Where a session is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum StoreChoice {
    /// The platform's keyring.
    Keyring,
    /// A file only its owner can read; never used unless it is chosen.
    File,
}

impl StoreChoice {
    /// The names that flags and settings take.
    pub const NAMES: &'static [&'static str] = StoreChoice::VARIANTS;

    /// The name in flags and settings.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_has_its_name() {
        let stores = [("keyring", StoreChoice::Keyring), ("file", StoreChoice::File)];
        assert_eq!(StoreChoice::NAMES, stores.map(|(name, _)| name));
        for (name, store) in stores {
            assert_eq!((name.parse(), store.name()), (Ok(store), name));
        }
        assert!("File".parse::<StoreChoice>().is_err());
    }
}
