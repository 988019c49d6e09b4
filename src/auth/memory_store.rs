//! A secret store in memory, for tests.

use std::collections::HashMap;
use std::sync::Mutex;

use zeroize::Zeroizing;

use super::store::SecretStore;
use crate::error::Result;

#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<String, Zeroizing<Vec<u8>>>>);

impl SecretStore for MemoryStore {
    fn load(&self, profile: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(self.entries().get(profile).cloned())
    }

    fn save(&self, profile: &str, secret: &[u8]) -> Result<()> {
        self.entries().insert(profile.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn delete(&self, profile: &str) -> Result<()> {
        self.entries().remove(profile);
        Ok(())
    }

    fn describe(&self, _profile: &str) -> String {
        "memory".to_owned()
    }
}

impl MemoryStore {
    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<String, Zeroizing<Vec<u8>>>> {
        self.0.lock().expect("nothing panics while holding the lock")
    }
}
