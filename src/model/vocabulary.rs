//! The API's fixed vocabularies (API §3.1, §4.1). A word this version does not know is kept as it came.

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantNames};

/// Declares a vocabulary: each word as a flag takes it and as the wire writes it.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident $flag:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$word_doc])* $word,)*
            /// A word this version does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The known words, as flags take them.
            pub const FLAGS: &'static [&'static str] = &[$($flag),*];

            /// The word as the wire writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$word => stringify!($word),)*
                    $name::Other(word) => word,
                }
            }

            /// The word as flags take it; one that is not known stays as it came.
            pub fn flag(&self) -> &str {
                match self {
                    $($name::$word => $flag,)*
                    $name::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            /// Reads a word in any case, with or without hyphens.
            fn from(word: String) -> $name {
                let plain = word.replace(['-', '_', ' '], "");
                $(if plain.eq_ignore_ascii_case(stringify!($word)) {
                    return $name::$word;
                })*
                $name::Other(word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// Where a referral stands (API §4.1).
    Status {
        /// No status.
        None "none",
        /// Not answered yet.
        New "new",
        /// Accepted.
        Active "active",
        /// Over, for whatever reason.
        Closed "closed",
    }
}

vocabulary! {
    /// Where a referral stands within its status (API §4.1).
    Substatus {
        /// No substatus.
        None "none",
        /// Waiting for an answer.
        Pending "pending",
        /// Received.
        Received "received",
        /// Accepted.
        Accepted "accepted",
        /// The deal was won.
        Won "won",
        /// The deal was lost.
        Lost "lost",
        /// Declined.
        Declined "declined",
        /// Not answered in time.
        Expired "expired",
        /// Closed as an error; the portal has it, the API's table does not (API §3.1).
        Error "error",
    }
}

vocabulary! {
    /// Whether others take part in the deal (API §3.1 `type`).
    ReferralType {
        /// Shared with Microsoft or another partner.
        Shared "shared",
        /// One party's own.
        Independent "independent",
    }
}

vocabulary! {
    /// How well the customer's interest is established (API §3.1).
    Qualification {
        /// Not stated.
        None "none",
        /// The customer came by itself.
        Direct "direct",
        /// Qualified by marketing.
        MarketingQualified "marketing-qualified",
        /// Qualified by sales.
        SalesQualified "sales-qualified",
    }
}

vocabulary! {
    /// Who sent it to whom (API §3.1). `Incoming` alone does not prove that someone else did.
    Direction {
        /// To us.
        Incoming "incoming",
        /// From us.
        Outgoing "outgoing",
    }
}

/// What kind of thing a referral is, by the table of API §4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub enum ReferralKind {
    /// A lead from the marketplace or a partner profile.
    Lead,
    /// A lead that Microsoft qualified.
    #[strum(to_string = "qualified-lead", serialize = "qualifiedlead")]
    QualifiedLead,
    /// A co-sell opportunity.
    #[strum(to_string = "co-sell", serialize = "cosell")]
    CoSell,
    /// Anything the table does not cover.
    Other,
}

impl ReferralKind {
    /// The kinds a flag can ask for.
    pub const FLAGS: &'static [&'static str] = ReferralKind::VARIANTS;

    /// The word for it, in flags and in output.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_in_any_case_and_an_unknown_one_survives() {
        assert_eq!(Status::from("nEW".to_owned()), Status::New);
        assert_eq!(
            Qualification::from("sales-qualified".to_owned()),
            Qualification::SalesQualified
        );
        assert_eq!(Qualification::from("SalesQualified".to_owned()), Qualification::SalesQualified);
        let engaged = Substatus::from("Engaged".to_owned());
        assert_eq!(engaged.as_str(), "Engaged");
    }

    #[test]
    fn every_flag_word_reads_back_as_its_own_value() {
        for flag in Substatus::FLAGS {
            assert_eq!(Substatus::from((*flag).to_owned()).flag(), *flag);
        }
        for flag in Qualification::FLAGS {
            assert_eq!(Qualification::from((*flag).to_owned()).flag(), *flag);
        }
    }

    #[test]
    fn every_kind_has_its_word_with_or_without_a_hyphen() {
        let kinds = [
            ("lead", ReferralKind::Lead),
            ("qualified-lead", ReferralKind::QualifiedLead),
            ("co-sell", ReferralKind::CoSell),
            ("other", ReferralKind::Other),
        ];
        assert_eq!(ReferralKind::FLAGS, kinds.map(|(word, _)| word));
        for (word, kind) in kinds {
            assert_eq!(kind.as_str(), word);
            assert_eq!(word.parse(), Ok(kind), "{word}");
            assert_eq!(word.to_uppercase().replace('-', "").parse(), Ok(kind), "{word}");
        }
        assert!("leads".parse::<ReferralKind>().is_err());
    }
}
