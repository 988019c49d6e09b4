//! What a user wants to happen to a referral.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::reason::Reason;

/// One answer to one referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    Accept {
        edits: Edits,
        /// Who joins the team.
        team: Vec<NewMember>,
    },
    Decline(Reason),
    Won,
    Lost(Reason),
    Update(Edits),
    AddMember(NewMember),
}

/// New values for an accepted referral or one that is being accepted; `None` leaves the old one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// The deal's name.
    pub name: Option<String>,
    pub value: Option<Decimal>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The day on which the deal is expected to close.
    pub closing: Option<Date>,
    pub stage: Option<Stage>,
    /// Is added to the notes that are there.
    pub note: Option<String>,
    /// The id in the partner's CRM.
    pub crm_id: Option<String>,
    pub campaign: Option<String>,
}

/// A person who joins the partner's team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMember {
    pub email: String,
    pub first: Option<String>,
    pub last: Option<String>,
    pub phone: Option<String>,
}

/// The sales stages that Partner Center recognises, as percentages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Qualified,
    Developed,
    Proposed,
    Negotiated,
}

impl Stage {
    pub const ALL: &'static [Stage] =
        &[Stage::Qualified, Stage::Developed, Stage::Proposed, Stage::Negotiated];

    /// As in flags.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Qualified => "qualified",
            Stage::Developed => "developed",
            Stage::Proposed => "proposed",
            Stage::Negotiated => "negotiated",
        }
    }

    /// As the API has it.
    pub fn percentage(self) -> &'static str {
        match self {
            Stage::Qualified => "20",
            Stage::Developed => "40",
            Stage::Proposed => "60",
            Stage::Negotiated => "80",
        }
    }

    /// Reads the word or the percentage, as flags and the API (API §4.5) have them.
    pub fn parse(text: &str) -> Option<Stage> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let is_named =
            |stage: &&Stage| stage.word().eq_ignore_ascii_case(text) || stage.percentage() == text;
        Stage::ALL.iter().find(is_named).copied()
    }
}

/// What is done, without the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Accept,
    Decline,
    CloseWon,
    CloseLost,
    Update,
    AddMember,
}

impl Verb {
    /// The command line that does it.
    pub fn command(self) -> &'static str {
        match self {
            Verb::Accept => "accept",
            Verb::Decline => "decline",
            Verb::CloseWon => "close --won",
            Verb::CloseLost => "close --lost",
            Verb::Update => "update",
            Verb::AddMember => "team add",
        }
    }

    /// What has been done to the referral: `accepted`.
    pub fn done(self) -> &'static str {
        match self {
            Verb::Accept => "accepted",
            Verb::Decline => "declined",
            Verb::CloseWon => "closed as won",
            Verb::CloseLost => "closed as lost",
            Verb::Update => "updated",
            Verb::AddMember => "updated: the team has a new member",
        }
    }
}

impl Wish {
    pub fn verb(&self) -> Verb {
        match self {
            Wish::Accept { .. } => Verb::Accept,
            Wish::Decline(_) => Verb::Decline,
            Wish::Won => Verb::CloseWon,
            Wish::Lost(_) => Verb::CloseLost,
            Wish::Update(_) => Verb::Update,
            Wish::AddMember(_) => Verb::AddMember,
        }
    }

    /// The new values; decline and close have none.
    pub fn edits(&self) -> Option<&Edits> {
        match self {
            Wish::Accept { edits, .. } | Wish::Update(edits) => Some(edits),
            Wish::Decline(_) | Wish::Won | Wish::Lost(_) | Wish::AddMember(_) => None,
        }
    }

    /// Who joins the team.
    pub fn members(&self) -> &[NewMember] {
        match self {
            Wish::Accept { team, .. } => team,
            Wish::AddMember(member) => std::slice::from_ref(member),
            Wish::Decline(_) | Wish::Won | Wish::Lost(_) | Wish::Update(_) => &[],
        }
    }
}
