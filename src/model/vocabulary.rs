//! The fixed vocabularies of the API (API §3.1, §4.1). An unknown word is kept as it was received.

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantNames};

/// Microsoft's organisation id (API §3.5).
pub(super) const MICROSOFT: &str = "msft";

/// Declares a vocabulary: each word as in the API, and as in flags.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident $flag:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$word_doc])* $word,)*
            /// An unknown word, as it was received.
            Other(String),
        }

        impl $name {
            /// The known words, as in flags.
            pub const FLAGS: &'static [&'static str] = &[$($flag),*];

            /// The word as in the API.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$word => stringify!($word),)*
                    $name::Other(word) => word,
                }
            }

            /// The word as in flags; an unknown word as it was received.
            pub fn flag(&self) -> &str {
                match self {
                    $($name::$word => $flag,)*
                    $name::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            /// Accepts any case, with or without hyphens.
            fn from(word: &str) -> $name {
                // The API's own form needs no copy.
                $(if word == stringify!($word) {
                    return $name::$word;
                })*
                let plain = word.replace(['-', '_', ' '], "");
                $(if plain.eq_ignore_ascii_case(stringify!($word)) {
                    return $name::$word;
                })*
                $name::Other(word.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> $name {
                $name::from(word.as_str())
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
    /// API §4.1.
    Status {
        None "none",
        /// Not answered.
        New "new",
        Active "active",
        /// Won, lost, declined or expired.
        Closed "closed",
    }
}

vocabulary! {
    /// API §4.1.
    Substatus {
        None "none",
        /// Waits for an answer.
        Pending "pending",
        Received "received",
        Accepted "accepted",
        Won "won",
        Lost "lost",
        Declined "declined",
        /// Not answered in time.
        Expired "expired",
        /// Exists in the portal, but not in the API's table (API §3.1).
        Error "error",
    }
}

impl Status {
    /// Whether a referral of this status can have the substatus (API §4.1). What is not known may be.
    pub fn allows(&self, substatus: &Substatus) -> bool {
        let status = match substatus {
            Substatus::Pending | Substatus::Received => Status::New,
            Substatus::Accepted => Status::Active,
            Substatus::Won
            | Substatus::Lost
            | Substatus::Declined
            | Substatus::Expired
            | Substatus::Error => Status::Closed,
            Substatus::None | Substatus::Other(_) => return true,
        };
        *self == status || matches!(self, Status::None | Status::Other(_))
    }
}

vocabulary! {
    /// Whether another party takes part in the deal (API §3.1 `type`).
    ReferralType {
        /// Shared with Microsoft or another partner.
        Shared "shared",
        /// Worked by one party alone.
        Independent "independent",
    }
}

vocabulary! {
    /// How far the customer's interest is established (API §3.1).
    Qualification {
        None "none",
        /// Sent by the customer.
        Direct "direct",
        MarketingQualified "marketing-qualified",
        SalesQualified "sales-qualified",
    }
}

vocabulary! {
    /// API §3.1. `Incoming` does not prove that another party sent it.
    Direction {
        Incoming "incoming",
        Outgoing "outgoing",
    }
}

/// The classification of API §4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case", ascii_case_insensitive)]
pub enum ReferralKind {
    /// A lead from the marketplace or a partner profile.
    Lead,
    /// A lead that Microsoft qualified.
    #[strum(
        to_string = "qualified-lead",
        serialize = "qualifiedlead",
        serialize = "qualified_lead",
        serialize = "qualified lead"
    )]
    QualifiedLead,
    #[strum(
        to_string = "co-sell",
        serialize = "cosell",
        serialize = "co_sell",
        serialize = "co sell"
    )]
    CoSell,
    /// Not covered by the table.
    Other,
}

impl ReferralKind {
    /// The words in flags and output.
    pub const FLAGS: &'static [&'static str] = ReferralKind::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// By the table of API §4.2; `sender` is the id of the inviting organisation. `None` if the type or the
    /// qualification that decides is missing.
    pub fn classify(
        referral_type: Option<&ReferralType>,
        qualification: Option<&Qualification>,
        sender: Option<&str>,
    ) -> Option<ReferralKind> {
        use Qualification as Q;
        match referral_type? {
            ReferralType::Shared => return Some(ReferralKind::CoSell),
            ReferralType::Independent => {}
            ReferralType::Other(_) => return Some(ReferralKind::Other),
        }
        let is_microsoft = sender.map(|id| id.eq_ignore_ascii_case(MICROSOFT));
        Some(match (qualification?, is_microsoft) {
            (Q::Direct, Some(true) | None) => ReferralKind::Lead,
            (Q::SalesQualified | Q::MarketingQualified, Some(true)) => ReferralKind::QualifiedLead,
            (Q::SalesQualified | Q::None, Some(false)) => ReferralKind::CoSell,
            _ => ReferralKind::Other,
        })
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
    fn every_kind_has_its_word_whatever_separates_its_parts() {
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
            for separator in ["", "_", " "] {
                let spelling = word.to_uppercase().replace('-', separator);
                assert_eq!(spelling.parse(), Ok(kind), "{spelling}");
            }
        }
        assert!("leads".parse::<ReferralKind>().is_err());
    }
}
