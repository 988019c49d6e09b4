//! Secrets too long for one entry of a store: split, put together again, and never mangled.
//! Knows nothing of keyrings; a store with small entries is all it asks for.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// More than any session needs (API §5.8); a longer one is a mistake.
const MAX_SECRET_BYTES: usize = 64 * 1024;

/// What a head starts with; another form gets another word.
const FORM: &str = "v1";

/// How often a head is read again because another process replaced it while its parts were read.
const ATTEMPTS: usize = 3;

/// A store of named entries, each replaced or removed as a whole.
pub(super) trait KeyringEntries {
    /// The longest entry it takes, in bytes.
    fn limit(&self) -> Option<usize>;
    /// An entry, or `None` where there is none.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>>;
    /// Writes an entry in place of the old one.
    fn set(&self, name: &str, bytes: &[u8]) -> Result<()>;
    /// Removes an entry; one that is not there is no error.
    fn delete(&self, name: &str) -> Result<()>;
}

/// The secret kept under `name`, or `None`. One whose parts do not fit together is a
/// [`ErrorKind::SignIn`] error, never a shortened secret.
pub(super) fn load(entries: &dyn KeyringEntries, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
    for _ in 0..ATTEMPTS {
        let Some(entry) = entries.get(name)? else {
            return Ok(None);
        };
        let Some((head, inline)) = PartsHeader::parse(&entry) else {
            break;
        };
        let secret = if head.count == 0 {
            Some(Zeroizing::new(inline.to_vec()))
        } else {
            join_parts(entries, name, &head)?
        };
        if let Some(secret) = secret.filter(|secret| head.fits(secret)) {
            return Ok(Some(secret));
        }
    }
    Err(Error::new(ErrorKind::SignIn, format!("the stored sign-in of profile {name:?} is damaged"))
        .hint("run `referrals login`"))
}

/// Keeps `secret` under `name`. Parts are written first, into the generation not in use; the
/// head is the commit point; what is left over is removed last. Whatever step fails, the next
/// `load` finds the old secret or the new one.
pub(super) fn save(entries: &dyn KeyringEntries, name: &str, secret: &[u8]) -> Result<()> {
    if secret.len() > MAX_SECRET_BYTES {
        return Err(Error::new(
            ErrorKind::Failure,
            format!(
                "the sign-in takes {} bytes, more than the {MAX_SECRET_BYTES} that are kept",
                secret.len()
            ),
        ));
    }
    let Some(limit) = entries.limit() else {
        return entries.set(name, &PartsHeader::of(secret, 0, 0).entry(secret));
    };
    let old = entries.get(name)?;
    let old = old.as_ref().and_then(|entry| PartsHeader::parse(entry));
    let generation = old.map_or(0, |(head, _)| 1 - head.generation);
    let whole = PartsHeader::of(secret, generation, 0).entry(secret);
    let parts: Vec<&[u8]> =
        if whole.len() <= limit { Vec::new() } else { secret.chunks(limit).collect() };
    for (index, part) in parts.iter().enumerate() {
        entries.set(&part_name(name, generation, index), part)?;
    }
    if parts.is_empty() {
        entries.set(name, &whole)?;
    } else {
        entries.set(name, &PartsHeader::of(secret, generation, parts.len()).entry(b""))?;
    }
    // The new secret is in force; what is left over is found again by the next save or delete.
    let _ = delete_stale_parts(entries, name, generation, parts.len());
    let _ = delete_stale_parts(entries, name, 1 - generation, 0);
    Ok(())
}

/// Forgets the secret kept under `name`: the head first, so that nothing half-removed is read.
pub(super) fn delete(entries: &dyn KeyringEntries, name: &str) -> Result<()> {
    entries.delete(name)?;
    if entries.limit().is_some() {
        delete_stale_parts(entries, name, 0, 0)?;
        delete_stale_parts(entries, name, 1, 0)?;
    }
    Ok(())
}

/// Removes the parts of a generation from `start` on. Parts are written upwards and removed
/// downwards, so that those of a generation never have a gap a later sweep would stop at.
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
    head: &PartsHeader,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(head.length));
    for index in 0..head.count {
        let Some(part) = entries.get(&part_name(name, head.generation, index))? else {
            return Ok(None);
        };
        if secret.len() + part.len() > head.length {
            return Ok(None);
        }
        secret.extend_from_slice(&part);
    }
    Ok(Some(secret))
}

fn part_name(name: &str, generation: u8, index: usize) -> String {
    format!("{name}#{generation}.{index}")
}

/// The first line of the entry that bears the profile's name; a secret that fits follows it.
struct PartsHeader {
    /// Which of the two sets of parts is in force.
    generation: u8,
    /// How many parts there are; none means that the secret follows the head.
    count: usize,
    /// The length of the whole secret in bytes.
    length: usize,
    /// SHA-256 of the whole secret, in hexadecimal.
    checksum: String,
}

impl PartsHeader {
    fn of(secret: &[u8], generation: u8, count: usize) -> PartsHeader {
        PartsHeader { generation, count, length: secret.len(), checksum: checksum(secret) }
    }

    fn parse(entry: &[u8]) -> Option<(PartsHeader, &[u8])> {
        let end = entry.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&entry[..end]).ok()?;
        let words: Vec<&str> = line.split(' ').collect();
        let [FORM, generation, count, length, checksum] = words[..] else {
            return None;
        };
        let head = PartsHeader {
            generation: generation.parse().ok().filter(|number| *number <= 1)?,
            count: count.parse().ok().filter(|number| *number <= MAX_SECRET_BYTES)?,
            length: length.parse().ok().filter(|number| *number <= MAX_SECRET_BYTES)?,
            checksum: checksum.to_owned(),
        };
        Some((head, &entry[end + 1..]))
    }

    fn entry(&self, inline: &[u8]) -> Zeroizing<Vec<u8>> {
        let PartsHeader { generation, count, length, checksum } = self;
        let line = format!("{FORM} {generation} {count} {length} {checksum}\n");
        let mut entry = Zeroizing::new(Vec::with_capacity(line.len() + inline.len()));
        entry.extend_from_slice(line.as_bytes());
        entry.extend_from_slice(inline);
        entry
    }

    fn fits(&self, secret: &[u8]) -> bool {
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

    type Damage = fn(&mut BTreeMap<String, Vec<u8>>);

    /// A store whose entries hold so much, and that breaks after so many changes.
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
                0 => Err(Error::new(ErrorKind::Failure, "broken")),
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
    fn a_secret_of_any_size_comes_back_whole_growing_and_shrinking() {
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
    fn a_write_torn_at_any_step_leaves_the_old_secret_or_the_new_one_and_no_litter_for_ever() {
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
                assert_eq!(loaded(&fake), expected, "{old} to {new}, torn at {step}");

                fake.changes_left.set(usize::MAX);
                save(&fake, "work", &secret(3000)).unwrap();
                assert_eq!(loaded(&fake), Some(secret(3000)));
                assert_eq!(
                    fake.names().len(),
                    3,
                    "{old} to {new}, torn at {step}: {:?}",
                    fake.names()
                );
            }
        }
    }

    #[test]
    fn a_delete_torn_at_any_step_never_leaves_half_a_secret() {
        for step in 0..6 {
            let fake = Fake::new(Some(2560));
            save(&fake, "work", &secret(8192)).unwrap();
            fake.changes_left.set(step);
            let _ = delete(&fake, "work");
            let left = loaded(&fake);
            assert!(left.is_none() || left == Some(secret(8192)), "torn at {step}");
            fake.changes_left.set(usize::MAX);
            delete(&fake, "work").unwrap();
            assert_eq!(fake.names(), Vec::<String>::new(), "torn at {step}");
        }
    }

    #[test]
    fn damage_is_noticed_and_asks_for_a_new_sign_in() {
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
            ("a head of something else", |entries| {
                entries.insert("work".to_owned(), b"v2 0 2 1 x\n".to_vec());
            }),
            ("no head at all", |entries| {
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
    fn a_secret_beyond_reason_is_refused_before_anything_is_written() {
        let fake = Fake::new(Some(2560));
        assert!(save(&fake, "work", &secret(MAX_SECRET_BYTES + 1)).is_err());
        assert_eq!(fake.names(), Vec::<String>::new());
    }
}
