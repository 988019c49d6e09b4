//! The API's fixed vocabularies (API §3.1, §4.1). A word this version does not know is kept as it came.

use std::fmt;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferralKind {
    /// A lead from the marketplace or a partner profile.
    Lead,
    /// A lead that Microsoft qualified.
    QualifiedLead,
    /// A co-sell opportunity.
    CoSell,
    /// Anything the table does not cover.
    Other,
}

impl ReferralKind {
    /// The kinds a flag can ask for.
    pub const FLAGS: &'static [&'static str] = &["lead", "qualified-lead", "co-sell", "other"];

    /// The word for it, in flags and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            ReferralKind::Lead => "lead",
            ReferralKind::QualifiedLead => "qualified-lead",
            ReferralKind::CoSell => "co-sell",
            ReferralKind::Other => "other",
        }
    }

    /// The kind a flag's word names, or `None` for a word not in [`Category::FLAGS`].
    pub fn from_flag(word: &str) -> Option<ReferralKind> {
        let all = [
            ReferralKind::Lead,
            ReferralKind::QualifiedLead,
            ReferralKind::CoSell,
            ReferralKind::Other,
        ];
        all.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))
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
        for flag in ReferralKind::FLAGS {
            assert_eq!(ReferralKind::from_flag(flag).map(ReferralKind::as_str), Some(*flag));
        }
    }
}
