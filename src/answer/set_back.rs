//! How to undo an update.

use super::goal::Goal;
use super::wish::Stage;
use crate::model::Referral;

/// The way back to the values that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetBack {
    /// The command that sets back what can be; `None` where nothing can.
    pub command: Option<String>,
    /// What cannot be set back: it was empty, or is not replaced by `update`.
    pub not: Vec<&'static str>,
}

impl SetBack {
    pub(super) fn of(before: &Referral, id: &str, goals: &[Goal]) -> SetBack {
        let mut flags = Vec::new();
        let mut not = Vec::new();
        for goal in goals {
            match old_flag(before, goal).and_then(|(flag, value)| Some((flag, quote(&value)?))) {
                Some((flag, value)) => flags.extend([flag.to_owned(), value]),
                None => not.push(goal.label()),
            }
        }
        let command =
            (!flags.is_empty()).then(|| format!("referrals update {id} {}", flags.join(" ")));
        SetBack { command, not }
    }
}

fn old_flag(before: &Referral, goal: &Goal) -> Option<(&'static str, String)> {
    let details = &before.details;
    let old = match goal {
        Goal::Value(_) => ("--value", details.deal_value?.normalize().to_string()),
        Goal::Currency(_) => ("--currency", details.currency.as_deref()?.to_owned()),
        Goal::Closing(_) => ("--closing", details.closing.closing_day()?.to_string()),
        Goal::Stage(_) => {
            ("--stage", Stage::parse(before.sales_stage.as_deref()?)?.percentage().to_owned())
        }
        Goal::CrmId(_) => ("--crm-id", before.external_reference_id.as_deref()?.to_owned()),
        _ => return None,
    };
    Some(old)
}

/// As one word of a shell, in the quotation marks that all of them have, cmd and PowerShell too; `None` for what they read
/// in different ways, and for what would be read as a flag.
fn quote(value: &str) -> Option<String> {
    if value.starts_with('-') {
        return None;
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+".contains(c);
    // PowerShell takes `@name` for a variable.
    if value.chars().all(is_plain) && !value.starts_with('@') && !value.is_empty() {
        return Some(value.to_owned());
    }
    // PowerShell takes the typographic ones for quotation marks.
    let is_special = |c: char| c.is_control() || "\"`$%!\\“”„".contains(c);
    (!value.chars().any(is_special)).then(|| format!("\"{value}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_shell_and_the_command_line_read_as_one_value_is_offered() {
        for (value, expected) in [
            ("OPP-1042", Some("OPP-1042")),
            ("two words", Some("\"two words\"")),
            ("O'Hara & Co <1>", Some("\"O'Hara & Co <1>\"")),
            ("@all", Some("\"@all\"")),
            ("a,b", Some("\"a,b\"")),
            ("-5", None),
            ("say \"yes\"", None),
            ("„ja“", None),
            ("50%", None),
            ("C:\\x", None),
            ("$HOME", None),
            ("a\nb", None),
        ] {
            assert_eq!(quote(value).as_deref(), expected, "{value:?}");
        }
    }
}
