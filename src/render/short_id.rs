//! The start of an id that tells it from the others of a table.

/// As many characters as an id has at least; `show` accepts no shorter prefix.
const MIN_LENGTH: usize = 6;

/// The length of a UUID with its dashes.
const UUID_LENGTH: usize = 36;

/// How many characters of the ids tell them apart. Ids that are no UUIDs are left out, because they are not shortened.
pub(super) fn unique_length<'a>(ids: impl Iterator<Item = &'a str>) -> usize {
    let mut ids: Vec<&str> = ids.filter(|id| is_uuid(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let shared = ids.windows(2).map(|pair| count_shared(pair[0], pair[1]));
    shared.max().map_or(MIN_LENGTH, |shared| (shared + 1).max(MIN_LENGTH))
}

/// The id as a table of `shown` has it.
pub fn shorten_among<'a>(id: &'a str, shown: &[&str]) -> &'a str {
    shorten(id, unique_length(shown.iter().copied()))
}

pub(super) fn shorten(id: &str, length: usize) -> &str {
    if is_uuid(id) { &id[..length.min(id.len())] } else { id }
}

fn count_shared(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}

fn is_uuid(id: &str) -> bool {
    id.len() == UUID_LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "8f2e6c7d-0000-4000-8000-000000000001";

    #[test]
    fn ids_have_six_characters_or_as_many_as_tell_them_apart() {
        let length = |ids: &[&str]| unique_length(ids.iter().copied());
        assert_eq!(length(&[]), 6);
        assert_eq!(length(&[ONE, ONE]), 6);
        assert_eq!(length(&[ONE, "8f2e6d7d-0000-4000-8000-000000000001", "a"]), 6);
        assert_eq!(length(&["8f2e6c7e-0000-4000-8000-000000000001", "a", ONE]), 8);
        assert_eq!(length(&[ONE, "8f2e6c7d-0000-4000-8000-000000000002"]), 36);
        assert_eq!(shorten(ONE, 6), "8f2e6c");
        assert_eq!(shorten_among(ONE, &[ONE, "8f2e6c7e-0000-4000-8000-000000000001"]), "8f2e6c7d");
        assert_eq!(shorten("an id of another form", 6), "an id of another form");
    }
}
