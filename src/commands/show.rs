//! `show REF`: prints one referral with all its details.

use std::io::Write;

use super::find;
use super::output::{Layout, OutputFlags, offer_formats};
use crate::columns;
use crate::config::SettingKey;
use crate::error::{Error, Outcome, Result};
use crate::output::write_failed;
use crate::query::Reference;
use crate::render::{self, Format};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(
    mut_args(offer_formats(Format::OF_ONE)),
    after_help = "Examples:
  referrals show --demo a706dd2f-4d19-4e6f-a382-a305f4414f5e
  referrals show a706dd
  referrals show fabrikam
  referrals show a706dd2f-4d19-4e6f-a382-a305f4414f5e --format json |
    jq .details"
)]
pub struct Args {
    /// Its id, the first six or more characters of it, its address, or a part of the customer's or the deal's name
    ///
    /// If several match, they are listed, soonest deadline first; on a terminal you can choose one. The start of an id
    /// that was shown lately is found with one request. Otherwise the referrals that wait for an answer are searched,
    /// and if none matches, all.
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    output: OutputFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { reference, output } = self;
        let reference = Reference::parse(&reference).ok_or_else(|| {
            Error::usage("the id or name is empty")
                .hint("`referrals list --columns id,customer` shows ids and names")
        })?;
        if output.wants_column_help() {
            context.print(columns::format_help())?;
            return Ok(Outcome::Done);
        }
        let format = output.resolve_format(context, Format::OF_ONE)?;
        let chosen = output.parse_columns()?;
        if output.explain {
            context.print(find::explain(services, &reference)?)?;
            return Ok(Outcome::Done);
        }
        let mut out = output.open(context)?;
        let referral = find::find_referral(services, &reference)?;
        services.correct_clock();
        let mut text: Vec<u8> = Vec::new();
        let mut warnings = Vec::new();
        match format {
            Format::Table if chosen.is_none() => {
                let options = output.detail_options(context);
                render::write_detail(&columns::Detail::new(&referral), &options, &mut text)?;
            }
            Format::Json if chosen.is_none() => {
                let json = if output.is_to_terminal(context) {
                    render::format_pretty(referral.raw())
                } else {
                    referral.raw().to_owned()
                };
                text.extend_from_slice(format!("{json}\n").as_bytes());
            }
            _ => {
                let portal_url = services.settings()?.value(SettingKey::PortalUrl);
                let usual = columns::LIST;
                let layout = Layout { usual, all_rows: true, alarm: None, portal_url };
                let mut writer = output.create_writer(context, format, chosen, &layout)?;
                writer.write(&referral, &mut text)?;
                warnings = writer.finish(&mut text)?.warnings;
            }
        }
        if !(output.may_page(context, format) && context.page(&text)) {
            out.write_all(&text).map_err(write_failed)?;
        }
        warnings.extend(out.commit()?);
        for warning in &warnings {
            context.ui().warn(warning);
        }
        services.remember_shown(referral.id.as_deref());
        Ok(Outcome::Done)
    }
}
