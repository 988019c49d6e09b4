//! Ids as people paste them.

use std::borrow::Cow;

use uuid::Uuid;

/// What stands between the parts of an address, and around an id.
pub(super) const SEPARATORS: &[char] =
    &['/', '?', '#', '&', '=', '(', ')', '{', '}', '[', ']', '<', '>', '\'', '"', '`', ',', ' '];

/// The form in which the API writes a GUID that is given in upper case, in braces or quotes, without hyphens, or as the
/// last one in an address. Any other text is returned without the blanks around it.
pub fn normalize_id(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let alone = Uuid::try_parse(text.trim_matches(SEPARATORS)).ok();
    let in_address = || {
        let mut parts = text.rsplit(SEPARATORS).filter(|_| text.contains('/'));
        parts.find_map(|part| Uuid::try_parse(part).ok())
    };
    match alone.or_else(in_address) {
        Some(guid) => guid.to_string().into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_known_in_every_spelling_and_other_text_is_kept() {
        let guid = "65edc0b5-3485-41b7-a17e-dfa9ef4706e2";
        for text in [
            guid,
            " 65edc0b5-3485-41b7-a17e-dfa9ef4706e2\t",
            "65EDC0B5-3485-41B7-A17E-DFA9EF4706E2",
            "{65EDC0B5-3485-41B7-A17E-DFA9EF4706E2}",
            "(65edc0b5-3485-41b7-a17e-dfa9ef4706e2)",
            "'65edc0b5-3485-41b7-a17e-dfa9ef4706e2'",
            "65edc0b5348541b7a17edfa9ef4706e2",
            "urn:uuid:65edc0b5-3485-41b7-a17e-dfa9ef4706e2",
            "https://api.partner.microsoft.com/v1.0/engagements/referrals/65EDC0B5-3485-41B7-A17E-DFA9EF4706E2",
            "https://portal.example/0f1e2d3c-4b5a-4968-8776-655443322110/referrals/65edc0b5-3485-41b7-a17e-dfa9ef4706e2?tab=1",
            "/referrals?$filter=engagementId eq '65edc0b5-3485-41b7-a17e-dfa9ef4706e2'",
        ] {
            assert_eq!(normalize_id(text), guid, "{text}");
        }
        for text in [
            "short",
            "odd 'one' & %+#",
            "65edc0b5",
            "Deal 65edc0b5-3485-41b7-a17e-dfa9ef4706e2",
            "a/b",
            "{}",
            "",
        ] {
            assert_eq!(normalize_id(text), text);
        }
        assert_eq!(normalize_id(" x "), "x");
    }
}
