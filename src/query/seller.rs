//! Whom a referral's team must include, as `--seller` and `--mine` have it.

use std::fmt;

use super::compare::{equals_one_of, name_contains};
use crate::model::{Member, Referral};
use crate::text;

/// Which members of a team are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SellerPattern {
    /// The whole e-mail address.
    Address(String),
    /// A part of a name or of an e-mail address.
    Part(String),
    /// Nobody of the partner: the team is missing, empty, or Microsoft's people alone.
    Nobody,
}

impl SellerPattern {
    /// `none`, an address with a domain (`ada@contoso.com`), or else a part of one or of a name.
    pub fn parse(text: &str) -> SellerPattern {
        if text.eq_ignore_ascii_case("none") {
            SellerPattern::Nobody
        } else if is_address(text) {
            SellerPattern::Address(text.to_owned())
        } else {
            SellerPattern::Part(text.to_owned())
        }
    }

    pub(super) fn address(&self) -> Option<&str> {
        match self {
            SellerPattern::Address(address) => Some(address),
            SellerPattern::Part(_) | SellerPattern::Nobody => None,
        }
    }

    fn matches(&self, team: &[Member]) -> bool {
        match self {
            SellerPattern::Address(address) => {
                let is_equal = |email| equals_one_of(email, std::slice::from_ref(address));
                team.iter().any(|member| member.email.as_deref().is_some_and(is_equal))
            }
            SellerPattern::Part(part) => team.iter().any(|member| has_part(member, part)),
            SellerPattern::Nobody => team.iter().all(is_microsoft),
        }
    }
}

impl fmt::Display for SellerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SellerPattern::Address(address) => f.write_str(address),
            SellerPattern::Part(part) => write!(f, "someone named \"{part}\""),
            SellerPattern::Nobody => f.write_str("nobody of us"),
        }
    }
}

/// Whether `text` is a whole address: a name, `@`, and a domain of two or more parts.
fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let is_domain = !domain.contains('@') && domain.split('.').all(|part| !part.is_empty());
    !name.is_empty() && is_domain && domain.contains('.') && !text.contains(char::is_whitespace)
}

/// Whether one of `patterns` is met; `was_asked` says whether the API was asked for that. `None` where the team is not
/// known: a member without an address may be the one who is looked for. A row without a team that arrives unasked is to be
/// counted, so that nobody takes it for answered.
pub(super) fn has_seller(
    referral: &Referral,
    patterns: &[SellerPattern],
    was_asked: bool,
) -> Option<bool> {
    let team = referral.team.as_slice();
    if patterns.iter().any(|pattern| pattern.matches(team)) {
        return Some(true);
    }
    let is_known = match team {
        [] => referral.is_team_empty && was_asked,
        team => team.iter().all(|member| member.email.is_some()),
    };
    let needs_names = patterns.iter().any(|pattern| *pattern != SellerPattern::Nobody);
    (is_known || !needs_names).then_some(false)
}

fn has_part(member: &Member, part: &str) -> bool {
    let names = [&member.first_name, &member.last_name];
    let names: Vec<&str> = names.into_iter().filter_map(|name| name.as_deref()).collect();
    let email = member.email.as_deref().unwrap_or_default();
    name_contains(&names.join(" "), part) || name_contains(email, part)
}

/// A team may include people of Microsoft (API §3.1), who are known by their address alone.
fn is_microsoft(member: &Member) -> bool {
    member.email.as_deref().is_some_and(|email| text::fold(email).ends_with("@microsoft.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_address_is_told_from_a_part_and_from_nobody() {
        let cases = [
            ("ada@contoso.example", "ada@contoso.example"),
            ("o'neill+it@mail.contoso.example", "o'neill+it@mail.contoso.example"),
            ("ada", "someone named \"ada\""),
            ("@contoso.example", "someone named \"@contoso.example\""),
            ("ada@contoso", "someone named \"ada@contoso\""),
            ("ada@contoso.", "someone named \"ada@contoso.\""),
            ("Ada L@contoso.example", "someone named \"Ada L@contoso.example\""),
            ("none", "nobody of us"),
            ("None", "nobody of us"),
            ("nonet", "someone named \"nonet\""),
        ];
        for (text, shown) in cases {
            assert_eq!(SellerPattern::parse(text).to_string(), shown, "{text}");
        }
    }

    fn judge(pattern: &str, team: &str) -> Option<bool> {
        let referral = Referral::parse(&format!(r#"{{"team":{team}}}"#)).unwrap();
        has_seller(&referral, &[SellerPattern::parse(pattern)], false)
    }

    #[test]
    fn a_part_is_looked_for_in_names_and_addresses_without_case() {
        let team = r#"[{"firstName":"Jose\u0301","lastName":"M&uuml;ller-D&#39;Arc","email":"jm@contoso.example"}]"#;
        for part in ["JOSÉ", "josé m", "jm@", "@Contoso", "jm@contoso.example"] {
            assert_eq!(judge(part, team), Some(true), "{part}");
        }
        // A whole address is compared as a whole.
        for part in ["ada", "jm@contoso.ex", "none"] {
            assert_eq!(judge(part, team), Some(false), "{part}");
        }
        assert_eq!(judge("ada", r#"[{"firstName":"Ada","email":null}]"#), Some(true));
        assert_eq!(judge("ken", r#"[{"firstName":"Ada","email":null}]"#), None);
    }

    #[test]
    fn nobody_is_a_team_that_is_missing_or_empty_or_microsofts() {
        let cases = [
            ("[]", true),
            ("null", true),
            ("[null]", true),
            (r#"[{"email":"jo@MICROSOFT.com"}]"#, true),
            (r#"[{"email":"jo@microsoft.com"},{"email":"ada@contoso.example"}]"#, false),
            (r#"[{"email":"jo@notmicrosoft.com"}]"#, false),
            (r#"[{"firstName":"Ada"}]"#, false),
        ];
        for (team, expected) in cases {
            assert_eq!(judge("none", team), Some(expected), "{team}");
        }
        let alone = Referral::parse("{}").unwrap();
        let patterns = [SellerPattern::parse("ada"), SellerPattern::Nobody];
        assert_eq!(has_seller(&alone, &patterns, false), Some(true));
        assert_eq!(has_seller(&alone, &patterns[..1], false), None);
    }
}
