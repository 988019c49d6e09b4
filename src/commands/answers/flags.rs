//! The flags of the commands that change referrals.

use clap::builder::{PossibleValue, PossibleValuesParser};
use rust_decimal::Decimal;

use super::super::amount::parse_amount;
use super::super::filters::{parse_currency, parse_text};
use super::super::report_format::ReportFormat;
use crate::answer::{Edits, Reason, Stage};
use crate::context::Context;
use crate::dates::{DateParser, SpanDirection};
use crate::error::{Error, Result};

/// New values that `accept` and `update` take.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "New values")]
pub struct DealFlags {
    /// What the deal is worth: 45000, 45k or 1.5m
    #[arg(long, value_name = "N", value_parser = parse_value, allow_negative_numbers = true)]
    value: Option<Decimal>,
    /// The currency of the value
    #[arg(long, value_name = "CODE", value_parser = parse_currency)]
    currency: Option<String>,
    /// The day on which the deal is expected to close: 2027-02-28, 28.02.2027, 3mo
    #[arg(long, value_name = "DATE")]
    closing: Option<String>,
    /// Text to add to the notes, with today's date; what is there stays
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    note: Option<String>,
    /// The deal's id in your CRM
    #[arg(long, value_name = "ID", value_parser = parse_text)]
    crm_id: Option<String>,
}

/// What only one of the commands takes.
#[derive(Debug, Default)]
pub struct AnswerEdits {
    pub name: Option<String>,
    pub campaign: Option<String>,
    pub stage: Option<Stage>,
}

/// Shows the change instead of making it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Before it is sent")]
pub struct DryRunFlags {
    /// Print the request and the change, and send nothing; works before writing is switched on
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print the dry run in this format
    #[arg(long, value_name = "FORMAT", value_enum, requires = "dry_run", default_value_t = ReportFormat::Text)]
    pub(super) format: ReportFormat,
}

/// For changes of which a yes is enough.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Before it is sent")]
pub struct YesFlags {
    /// Do it without a question
    #[arg(short, long)]
    pub yes: bool,
}

/// For changes that end a deal.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Before it is sent")]
pub struct ConfirmFlags {
    /// The customer's name, or the whole id, instead of typing it when asked
    #[arg(long, value_name = "NAME", value_parser = parse_text)]
    pub confirm: Option<String>,
}

impl DealFlags {
    /// # Errors
    /// `ErrorKind::Usage` for what is not a date.
    pub fn edits(self, context: &Context, others: AnswerEdits) -> Result<Edits> {
        let DealFlags { value, currency, closing, note, crm_id } = self;
        let AnswerEdits { name, campaign, stage } = others;
        let day = |text: String| {
            let dates = DateParser::new(context.now(), context.zone().clone());
            dates.parse_day("--closing", &text, SpanDirection::Future)
        };
        let closing = closing.map(day).transpose()?;
        Ok(Edits { name, value, currency, closing, stage, note, crm_id, campaign })
    }
}

/// Reads an e-mail address, as far as one can be told.
pub fn parse_email(text: &str) -> Result<String, String> {
    let text = parse_text(text)?;
    let is_whole = text.split('@').filter(|part| !part.is_empty()).count() == 2;
    if is_whole && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Ok(text);
    }
    Err("expected an e-mail address, such as ada@contoso.com".to_owned())
}

/// The reason that a command needs.
///
/// # Errors
/// `ErrorKind::Usage` without one and for an unknown word, with all reasons.
pub fn parse_reason(word: Option<&str>) -> Result<Reason> {
    let Some(word) = word else {
        let error = Error::usage("a reason is needed").with_details(list_reasons());
        return Err(error.hint("add `--reason WORD`"));
    };
    Reason::parse(word).map_err(|error| error.with_details(list_reasons()))
}

/// The words and their texts, for help.
pub fn explain_reasons() -> String {
    let line = |reason: &Reason| format!("  {:<14} {}", reason.word, reason.text);
    let lines: Vec<String> = Reason::ALL.iter().map(line).collect();
    format!("Reasons, and what Partner Center shows for them:\n{}\n\n", lines.join("\n"))
}

/// The words and their texts, one a line.
pub fn list_reasons() -> Vec<String> {
    let line = |reason: &Reason| format!("{}: {}", reason.word, reason.text);
    Reason::ALL.iter().map(line).collect()
}

fn parse_value(text: &str) -> Result<Decimal, String> {
    let amount = parse_amount(text)?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err("expected a number that is not negative".to_owned());
    }
    Ok(amount)
}

impl Stage {
    /// The words and percentages that flags take.
    pub(in crate::commands) fn possible_values() -> PossibleValuesParser {
        PossibleValuesParser::new(Stage::ALL.iter().map(|stage| {
            let percentage = stage.percentage();
            PossibleValue::new(stage.word())
                .aliases([percentage.to_owned(), format!("{percentage}%")])
                .help(format!("{percentage} %"))
        }))
    }
}
