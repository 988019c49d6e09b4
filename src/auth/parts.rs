//! Splits a secret over several keyring entries, because some keyrings limit the size of an entry.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// More than any session has (API §5.8).
const MAX_SECRET_BYTES: usize = 64 * 1024;

/// Of the stored format.
const VERSION: &str = "v1";

/// Another process may replace the header while the parts are read.
const READ_ATTEMPTS: usize = 3;

/// Named entries, each replaced or deleted as a whole.
pub trait KeyringEntries {
    /// The maximum size of an entry in bytes.
    fn limit(&self) -> Option<usize>;
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>>;
    fn set(&self, name: &str, bytes: &[u8]) -> Result<()>;
    /// An entry that does not exist is not an error.
    fn delete(&self, name: &str) -> Result<()>;
}

/// # Errors
/// `ErrorKind::SignIn` when the parts do not fit together.
pub fn load(entries: &dyn KeyringEntries, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
    for _ in 0..READ_ATTEMPTS {
        let Some(entry) = entries.get(name)? else {
            return Ok(None);
        };
        let Some((header, inline)) = PartsHeader::parse(&entry) else {
            break;
        };
        let secret = if header.count == 0 {
            Some(Zeroizing::new(inline.to_vec()))
        } else {
            join_parts(entries, name, &header)?
        };
        if let Some(secret) = secret.filter(|secret| header.matches(secret)) {
            return Ok(Some(secret));
        }
    }
    Err(Error::sign_in(format!("the stored sign-in of profile {name:?} is damaged"))
        .hint("run `referrals login`"))
}

/// Writes the parts into the generation that is not in use, then the header, which is the commit point, and deletes stale
/// parts last. If any step fails, the next `load` finds the old secret or the new one.
pub fn save(entries: &dyn KeyringEntries, name: &str, secret: &[u8]) -> Result<()> {
    if secret.len() > MAX_SECRET_BYTES {
        return Err(Error::failure(format!(
            "the sign-in is too large to store: {} bytes, at most {MAX_SECRET_BYTES}",
            secret.len()
        )));
    }
    let Some(limit) = entries.limit() else {
        return entries.set(name, &PartsHeader::new(secret, 0, 0).to_entry(secret));
    };
    let old = entries.get(name)?;
    let old = old.as_ref().and_then(|entry| PartsHeader::parse(entry));
    let generation = old.map_or(0, |(header, _)| 1 - header.generation);
    let whole = PartsHeader::new(secret, generation, 0).to_entry(secret);
    let parts: Vec<&[u8]> =
        if whole.len() <= limit { Vec::new() } else { secret.chunks(limit).collect() };
    for (index, part) in parts.iter().enumerate() {
        entries.set(&part_name(name, generation, index), part)?;
    }
    let header = PartsHeader::new(secret, generation, parts.len());
    entries.set(name, &if parts.is_empty() { whole } else { header.to_entry(b"") })?;
    // The new secret is committed; the next save or delete finds parts that are left here.
    let _ = delete_stale_parts(entries, name, generation, parts.len());
    let _ = delete_stale_parts(entries, name, 1 - generation, 0);
    Ok(())
}

/// Deletes the header first, so that no incomplete secret can be read.
pub fn delete(entries: &dyn KeyringEntries, name: &str) -> Result<()> {
    entries.delete(name)?;
    if entries.limit().is_some() {
        delete_stale_parts(entries, name, 0, 0)?;
        delete_stale_parts(entries, name, 1, 0)?;
    }
    Ok(())
}

/// Deletes the parts of a generation from `start` on. Parts are written in ascending and deleted in descending order, so
/// that the search for them never meets a gap.
fn delete_stale_parts(
    entries: &dyn KeyringEntries,
    name: &str,
    generation: u8,
    start: usize,
) -> Result<()> {
    let mut end = start;
    while entries.get(&part_name(name, generation, end))?.is_some() {
        end += 1;
    }
    for index in (start..end).rev() {
        entries.delete(&part_name(name, generation, index))?;
    }
    Ok(())
}

fn join_parts(
    entries: &dyn KeyringEntries,
    name: &str,
    header: &PartsHeader,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(header.length));
    for index in 0..header.count {
        let Some(part) = entries.get(&part_name(name, header.generation, index))? else {
            return Ok(None);
        };
        if secret.len() + part.len() > header.length {
            return Ok(None);
        }
        secret.extend_from_slice(&part);
    }
    Ok(Some(secret))
}

fn part_name(name: &str, generation: u8, index: usize) -> String {
    format!("{name}#{generation}.{index}")
}

/// The first line of the entry named after the profile; a secret that fits follows it.
struct PartsHeader {
    /// The set of parts in use, 0 or 1.
    generation: u8,
    /// The number of parts; 0 if the secret follows the header.
    count: usize,
    /// Of the whole secret, in bytes.
    length: usize,
    /// SHA-256 of the whole secret, in hexadecimal digits.
    checksum: String,
}

impl PartsHeader {
    fn new(secret: &[u8], generation: u8, count: usize) -> PartsHeader {
        PartsHeader { generation, count, length: secret.len(), checksum: checksum(secret) }
    }

    fn parse(entry: &[u8]) -> Option<(PartsHeader, &[u8])> {
        let end = entry.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&entry[..end]).ok()?;
        let words: Vec<&str> = line.split(' ').collect();
        let [VERSION, generation, count, length, checksum] = words[..] else {
            return None;
        };
        let header = PartsHeader {
            generation: generation.parse().ok().filter(|number| *number <= 1)?,
            count: count.parse().ok().filter(|number| *number <= MAX_SECRET_BYTES)?,
            length: length.parse().ok().filter(|number| *number <= MAX_SECRET_BYTES)?,
            checksum: checksum.to_owned(),
        };
        Some((header, &entry[end + 1..]))
    }

    fn to_entry(&self, inline: &[u8]) -> Zeroizing<Vec<u8>> {
        let PartsHeader { generation, count, length, checksum } = self;
        let line = format!("{VERSION} {generation} {count} {length} {checksum}\n");
        let mut entry = Zeroizing::new(Vec::with_capacity(line.len() + inline.len()));
        entry.extend_from_slice(line.as_bytes());
        entry.extend_from_slice(inline);
        entry
    }

    fn matches(&self, secret: &[u8]) -> bool {
        secret.len() == self.length && checksum(secret) == self.checksum
    }
}

fn checksum(secret: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(secret).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String succeeds");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use super::*;
    use crate::error::ErrorKind;

    type Damage = fn(&mut BTreeMap<String, Vec<u8>>);

    /// Entries of a limited size, in a store that fails after `changes_left` changes.
    struct Fake {
        limit: Option<usize>,
        entries: RefCell<BTreeMap<String, Vec<u8>>>,
        changes_left: Cell<usize>,
    }

    impl Fake {
        fn new(limit: Option<usize>) -> Fake {
            Fake { limit, entries: RefCell::default(), changes_left: Cell::new(usize::MAX) }
        }

        fn change(&self) -> Result<()> {
            match self.changes_left.get() {
                0 => Err(Error::failure("broken")),
                left => {
                    self.changes_left.set(left - 1);
                    Ok(())
                }
            }
        }

        fn names(&self) -> Vec<String> {
            self.entries.borrow().keys().cloned().collect()
        }
    }

    impl KeyringEntries for Fake {
        fn limit(&self) -> Option<usize> {
            self.limit
        }

        fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
            Ok(self.entries.borrow().get(name).cloned().map(Zeroizing::new))
        }

        fn set(&self, name: &str, bytes: &[u8]) -> Result<()> {
            self.change()?;
            assert!(
                self.limit.is_none_or(|limit| bytes.len() <= limit),
                "{name} takes {} bytes",
                bytes.len()
            );
            self.entries.borrow_mut().insert(name.to_owned(), bytes.to_vec());
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<()> {
            self.change()?;
            self.entries.borrow_mut().remove(name);
            Ok(())
        }
    }

    fn secret(length: usize) -> Vec<u8> {
        (0..length).map(|i| u8::try_from((i * 7 + length) % 251).unwrap()).collect()
    }

    fn loaded(entries: &Fake) -> Option<Vec<u8>> {
        load(entries, "work").unwrap().map(|secret| secret.to_vec())
    }

    const SIZES: [usize; 11] = [100, 2484, 2485, 2486, 2487, 2560, 2561, 5120, 5121, 8192, 50_000];

    #[test]
    fn a_secret_of_any_size_can_grow_and_shrink() {
        let fake = Fake::new(Some(2560));
        for first in SIZES {
            for second in SIZES {
                save(&fake, "work", &secret(first)).unwrap();
                assert_eq!(loaded(&fake), Some(secret(first)), "{first}");
                save(&fake, "work", &secret(second)).unwrap();
                assert_eq!(loaded(&fake), Some(secret(second)), "{first} then {second}");
                let parts = if fake.names().len() == 1 { 0 } else { second.div_ceil(2560) };
                assert_eq!(fake.names().len(), 1 + parts, "{first} then {second}");
            }
        }
        delete(&fake, "work").unwrap();
        assert_eq!(loaded(&fake), None);
        assert_eq!(fake.names(), Vec::<String>::new());
    }

    #[test]
    fn a_store_without_a_limit_gets_one_entry() {
        let fake = Fake::new(None);
        save(&fake, "work", &secret(50_000)).unwrap();
        assert_eq!(fake.names(), ["work"]);
        assert_eq!(loaded(&fake), Some(secret(50_000)));
    }

    #[test]
    fn a_save_that_fails_at_any_step_leaves_the_old_secret_or_the_new_one() {
        for (old, new) in [(8192, 5500), (5500, 8192), (100, 8192), (8192, 100), (0, 8192)] {
            for step in 0..20 {
                let fake = Fake::new(Some(2560));
                if old > 0 {
                    save(&fake, "work", &secret(old)).unwrap();
                }
                fake.changes_left.set(step);
                let written = save(&fake, "work", &secret(new)).is_ok();
                let expected =
                    if written { Some(secret(new)) } else { (old > 0).then(|| secret(old)) };
                assert_eq!(loaded(&fake), expected, "{old} to {new}, failed at {step}");

                fake.changes_left.set(usize::MAX);
                save(&fake, "work", &secret(3000)).unwrap();
                assert_eq!(loaded(&fake), Some(secret(3000)));
                assert_eq!(
                    fake.names().len(),
                    3,
                    "{old} to {new}, failed at {step}: {:?}",
                    fake.names()
                );
            }
        }
    }

    #[test]
    fn a_delete_that_fails_at_any_step_leaves_the_whole_secret_or_none() {
        for step in 0..6 {
            let fake = Fake::new(Some(2560));
            save(&fake, "work", &secret(8192)).unwrap();
            fake.changes_left.set(step);
            let _ = delete(&fake, "work");
            let left = loaded(&fake);
            assert!(left.is_none() || left == Some(secret(8192)), "failed at {step}");
            fake.changes_left.set(usize::MAX);
            delete(&fake, "work").unwrap();
            assert_eq!(fake.names(), Vec::<String>::new(), "failed at {step}");
        }
    }

    #[test]
    fn damage_is_an_error_that_requires_a_new_sign_in() {
        let damages: [(&str, Damage); 6] = [
            ("a part lost", |entries| {
                entries.remove("work#0.1");
            }),
            ("a part cut", |entries| {
                entries.get_mut("work#0.1").unwrap().pop();
            }),
            ("a part changed", |entries| {
                entries.get_mut("work#0.1").unwrap()[0] ^= 1;
            }),
            ("parts swapped", |entries| {
                let first = entries["work#0.0"].clone();
                let second = entries.insert("work#0.1".to_owned(), first).unwrap();
                entries.insert("work#0.0".to_owned(), second);
            }),
            ("an unknown version", |entries| {
                entries.insert("work".to_owned(), b"v2 0 2 1 x\n".to_vec());
            }),
            ("no header", |entries| {
                entries.insert("work".to_owned(), b"hello".to_vec());
            }),
        ];
        for (name, damage) in damages {
            let fake = Fake::new(Some(2560));
            save(&fake, "work", &secret(5120)).unwrap();
            damage(&mut fake.entries.borrow_mut());
            let error = load(&fake, "work").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{name}");
            save(&fake, "work", &secret(5121)).unwrap();
            assert_eq!(loaded(&fake), Some(secret(5121)), "{name}");
        }
    }

    #[test]
    fn a_secret_that_is_too_large_is_rejected_before_anything_is_written() {
        let fake = Fake::new(Some(2560));
        assert!(save(&fake, "work", &secret(MAX_SECRET_BYTES + 1)).is_err());
        assert_eq!(fake.names(), Vec::<String>::new());
        save(&fake, "work", &secret(MAX_SECRET_BYTES)).unwrap();
        assert_eq!(loaded(&fake), Some(secret(MAX_SECRET_BYTES)));
    }
}
