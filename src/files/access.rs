//! Gives a file the access of the one that it replaces: owner, group, permissions, ACL and extended attributes. It is
//! never open to more people than the old one.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use xattr::FileExt;

/// The attribute in which Linux keeps the ACL of a file.
const ACL: &str = "system.posix_acl_access";

/// Those that are the system's, or that belong to the contents.
const NOT_KEPT: &[&str] =
    &["security.capability", "security.ima", "security.evm", "com.apple.provenance"];

/// Returns what could not be kept. `file` must be the user's alone, and complete: from here on, those who could read the
/// old file can read it.
pub(super) fn keep_access(
    file: &File,
    old_path: &Path,
    old: &Metadata,
) -> io::Result<Vec<&'static str>> {
    let mut lost = Vec::new();
    let new = file.metadata()?;
    // Only root may change the owner, and others the group to one of their own.
    if new.uid() != old.uid() && fchown(file, Some(old.uid()), None).is_err() {
        lost.push("owner");
    }
    let is_group_kept = new.gid() == old.gid() || fchown(file, None, Some(old.gid())).is_ok();
    if !is_group_kept {
        lost.push("group");
    }
    if !keep_attributes(file, old_path) {
        lost.push("extended attributes");
    }
    let is_acl_kept = keep_acl(file, old_path, is_group_kept);
    if !is_acl_kept {
        lost.push("ACL");
    }
    let mode = limit_mode(old.mode() & 0o777, is_group_kept, is_acl_kept);
    // With an ACL, the permissions of the group are its mask, which they are in the old file too.
    file.set_permissions(Permissions::from_mode(mode))?;
    Ok(lost)
}

/// The permissions that let nobody in whom the old file kept out: members of its group are now like all others, and
/// those of the new file's group were.
fn limit_mode(mode: u32, is_group_kept: bool, is_acl_kept: bool) -> u32 {
    let common = (mode >> 3) & mode & 0o7;
    match (is_group_kept, is_acl_kept) {
        (_, false) => mode & 0o700,
        (false, true) => mode & 0o700 | common << 3 | common,
        (true, true) => mode,
    }
}

fn keep_acl(file: &File, old_path: &Path, is_group_kept: bool) -> bool {
    match xattr::get(old_path, ACL) {
        // An entry for the group would be for another one.
        Ok(Some(acl)) => is_group_kept && file.set_xattr(ACL, &acl).is_ok(),
        // The directory may have given the new file one.
        Ok(None) => !matches!(file.get_xattr(ACL), Ok(Some(_))) || file.remove_xattr(ACL).is_ok(),
        // The file system has none.
        Err(_) => true,
    }
}

fn keep_attributes(file: &File, old_path: &Path) -> bool {
    // Without a list, the file system has none.
    let Ok(names) = xattr::list(old_path) else { return true };
    let is_other = |name: &OsStr| name != ACL && !NOT_KEPT.iter().any(|other| name == *other);
    names.filter(|name| is_other(name)).fold(true, |all, name| {
        let is_kept = match xattr::get(old_path, &name) {
            Ok(Some(value)) => {
                // Unchanged ones are not written, because the system's may not be.
                file.get_xattr(&name).is_ok_and(|new| new.as_ref() == Some(&value))
                    || file.set_xattr(&name, &value).is_ok()
            }
            Ok(None) => true,
            Err(_) => false,
        };
        all & is_kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// An ACL as Linux stores it: version, then tag, permissions and id of each entry.
    #[cfg(target_os = "linux")]
    fn acl(user: u32) -> Vec<u8> {
        let undefined = u32::MAX;
        let entries: [(u16, u16, u32); 5] = [
            (0x01, 6, undefined),
            (0x02, 4, user),
            (0x04, 0, undefined),
            (0x10, 4, undefined),
            (0x20, 0, undefined),
        ];
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(permissions.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn without_its_group_a_file_opens_to_nobody_else() {
        let cases = [
            (0o640, 0o600),
            (0o644, 0o644),
            (0o604, 0o600),
            (0o664, 0o644),
            (0o600, 0o600),
            (0o777, 0o777),
        ];
        for (mode, limited) in cases {
            assert_eq!(limit_mode(mode, false, true), limited, "{mode:o}");
            assert_eq!(limit_mode(mode, true, true), mode);
            assert_eq!(limit_mode(mode, true, false), mode & 0o700);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_acl_and_attributes_are_those_of_the_old_file() {
        let home = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| home.path().join(name));
        fs::write(&old, "").unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o640)).unwrap();
        let file = File::create(&new).unwrap();
        fs::set_permissions(&new, Permissions::from_mode(0o600)).unwrap();
        // Not every file system has them.
        if xattr::set(&old, "user.origin", b"here").is_err()
            || xattr::set(&old, ACL, &acl(1)).is_err()
        {
            return;
        }
        let metadata = fs::metadata(&old).unwrap();
        assert_eq!(keep_access(&file, &old, &metadata).unwrap(), [""; 0]);
        for name in ["user.origin", ACL] {
            assert_eq!(xattr::get(&new, name).unwrap(), xattr::get(&old, name).unwrap(), "{name}");
        }
        assert_eq!(fs::metadata(&new).unwrap().mode() & 0o777, 0o640);

        // An ACL of the directory, and none of the old file.
        xattr::remove(&old, ACL).unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o644)).unwrap();
        let metadata = fs::metadata(&old).unwrap();
        assert_eq!(keep_access(&file, &old, &metadata).unwrap(), [""; 0]);
        assert_eq!(xattr::get(&new, ACL).unwrap(), None);
        assert_eq!(fs::metadata(&new).unwrap().mode() & 0o777, 0o644);
        // An entry for the group would be for another one.
        xattr::set(&old, ACL, &acl(1)).unwrap();
        assert!(!keep_acl(&file, &old, false));
    }

    #[test]
    fn an_owner_that_cannot_be_kept_is_told() {
        let home = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| home.path().join(name));
        fs::write(&old, "").unwrap();
        let file = File::create(&new).unwrap();
        // Only root can give a file away, and root keeps the owner.
        if std::os::unix::fs::chown(&old, Some(65534), Some(65534)).is_ok() {
            let metadata = fs::metadata(&old).unwrap();
            assert_eq!(keep_access(&file, &old, &metadata).unwrap(), [""; 0]);
            assert_eq!(fs::metadata(&new).unwrap().uid(), 65534);
        } else {
            let metadata = fs::metadata("/dev/null").unwrap();
            let lost = keep_access(&file, &old, &metadata).unwrap();
            assert_eq!(lost, ["owner", "group"]);
        }
    }
}
