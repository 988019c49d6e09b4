//! `digest`: tells a channel or a mailbox what waits for an answer, and once what is new, answered, moved, closed or
//! lapsed.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser;

use super::filters::{Filters, hide_listing_flags, possible_values};
use super::news::{self, Findings, PendingMark, Reading};
use crate::context::Context;
use crate::dates::{DateParser, SpanDirection};
use crate::error::{Error, Outcome, Result};
use crate::output::{self, Output, write_failed};
use crate::query::Criterion;
use crate::render::{self, DigestFormat, DigestOptions};
use crate::report::Digest;
use crate::services::Services;
use crate::state::MarkFile;
use crate::text;

/// In characters (RFC 5321 §4.5.3.1.3).
const MAX_ADDRESS_LEN: usize = 254;

#[derive(Debug, clap::Args)]
#[command(
    mut_args(hide_listing_flags),
    after_help = "Examples:
  referrals digest
  referrals digest --as team --output digest.html
  referrals digest --format eml --to sales@contoso.example | sendmail -t

To a Teams channel or to Slack; teams.curl holds the address, which is a secret:
  referrals digest --as team --format teams --output digest.json &&
  test -s digest.json && curl --fail --config teams.curl --json @digest.json &&
    referrals digest --as team --sent

What waits is in every digest until it is answered. What has changed is told
once per --as NAME: again until `--sent` says that it has arrived. Without --as
nothing is remembered, and what has changed since yesterday is told. If there is
nothing to tell, nothing is printed. docs/digest.md has jobs for cron, systemd
and Windows."
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// Tell once under this name what has changed
    ///
    /// Each name, such as that of a channel, has its own mark, which `--sent` moves. The first digest of a name sets it.
    /// Letters, digits, `-` and `_`; case plays no part.
    #[arg(long = "as", value_name = "NAME", value_parser = parse_name)]
    name: Option<String>,
    /// Remember that the last digest has arrived; prints nothing
    #[arg(long, requires = "name", conflicts_with_all = ["format", "output", "to", "with_contacts", "heartbeat", "exit_code", "allow_partial"])]
    sent: bool,
    /// Print in this format [default: from the extension of --output, or text]
    #[arg(long, value_name = "FORMAT", ignore_case = true, help_heading = "Output",
        value_parser = possible_values(DigestFormat::FLAGS).try_map(|word| word.parse::<DigestFormat>()))]
    format: Option<DigestFormat>,
    /// Write to this file; it is empty when there is nothing to tell
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Send the mail of --format eml to this address (can be repeated)
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', value_parser = parse_address, help_heading = "Output")]
    to: Vec<String>,
    /// Name the contact of each customer that waits
    #[arg(long, help_heading = "Output")]
    with_contacts: bool,
    /// Say so when there is nothing to tell
    #[arg(long, help_heading = "Output")]
    heartbeat: bool,
    /// Exit with code 3 if there is something to tell
    #[arg(long)]
    exit_code: bool,
    /// Keep the partial output when a listing breaks off (still exit code 7)
    #[arg(hide_short_help = true, long, help_heading = "Output")]
    allow_partial: bool,
    #[command(flatten)]
    filters: Filters,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let mark_name = self.name.as_deref().map(mark_name);
        if self.sent {
            return confirm(services, &mark_name.unwrap_or_default(), self.name.as_deref());
        }
        let format = self.resolve_format()?;
        let mut out = self.open(context)?;
        let (found, mark) = self.read(services, mark_name.as_deref())?;
        let Findings { changes, waiting, since, incomplete } = found;
        let digest = Digest::new(context.now(), since, waiting, changes, incomplete.is_none());
        let is_told = !digest.is_empty() || self.heartbeat || incomplete.is_some();
        if is_told {
            let text = self.render(context, &digest, format);
            out.write_all(text.as_bytes()).map_err(write_failed)?;
        }
        let lost = out.commit()?;
        if format == DigestFormat::Text {
            let changed = digest.changes.iter().map(|change| &change.item);
            services.remember_shown(digest.waiting.iter().chain(changed).map(|item| &*item.id));
        }
        self.keep_mark(context, &digest, mark)?;
        if let Some(warning) = lost {
            context.ui().warn(&warning);
        }
        match incomplete {
            Some(error) => Err(error),
            None if self.exit_code && !digest.is_empty() => Ok(Outcome::Attention),
            None => Ok(Outcome::Done),
        }
    }

    fn read(
        &self,
        services: &Services,
        mark_name: Option<&str>,
    ) -> Result<(Findings, Option<PendingMark>)> {
        let context = services.context();
        let wanted = || -> Result<Vec<Criterion>> { self.filters.criteria_alone(services) };
        let reading = Reading {
            wanted: &wanted,
            allow_partial: self.allow_partial,
            with_waiting: true,
            with_contacts: self.with_contacts,
        };
        if let Some(name) = mark_name {
            let (found, mark) = news::read_news(services, name, reading)?;
            return Ok((found, Some(mark)));
        }
        let yesterday = || {
            let dates = DateParser::new(context.now(), context.zone().clone());
            dates.parse_date("--since", "yesterday", SpanDirection::Past)
        };
        Ok((news::read_since(services, &yesterday, reading)?, None))
    }

    fn render(&self, context: &Context, digest: &Digest, format: DigestFormat) -> String {
        let options = DigestOptions {
            zone: context.zone().clone(),
            name: self.name.clone(),
            to: self.to.clone(),
        };
        let text = render::format_digest(digest, format, &options);
        let is_json = matches!(
            format,
            DigestFormat::Teams
                | DigestFormat::AdaptiveCard
                | DigestFormat::Slack
                | DigestFormat::Json
        );
        if is_json && self.path().is_none() && context.out_width().is_some() {
            return render::escape_json(&text);
        }
        text
    }

    /// Moves the mark at once where no changes were told, so that none can be lost; else it waits for `--sent`. After a
    /// reading that is not complete it stays.
    fn keep_mark(
        &self,
        context: &Context,
        digest: &Digest,
        mark: Option<PendingMark>,
    ) -> Result<()> {
        let (Some(mark), Some(name)) = (mark, &self.name) else { return Ok(()) };
        let ui = context.ui();
        if !digest.is_complete {
            return Ok(());
        }
        if digest.since.is_none() {
            mark.commit()?;
            ui.info(&format!(
                "this is the first digest of {name}: from now on it tells what has changed"
            ));
        } else if digest.changes.is_empty() {
            mark.commit()?;
        } else {
            mark.postpone()?;
            if ui.is_terminal() {
                ui.info(&format!(
                    "hint: once it has arrived: `referrals digest --as {name} --sent`"
                ));
            }
        }
        Ok(())
    }

    /// `None` for standard output.
    fn path(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| !output::is_standard_output(path))
    }

    fn open(&self, context: &Context) -> Result<Output> {
        if self.path().is_some() {
            context.prepare_for_files();
        }
        Output::open(self.path(), context.take_out())
    }

    fn resolve_format(&self) -> Result<DigestFormat> {
        let extension = self.path().and_then(Path::extension).map(|it| it.to_string_lossy());
        let format = match (self.format, extension) {
            (Some(format), _) => format,
            (None, None) => DigestFormat::Text,
            (None, Some(extension)) => {
                DigestFormat::from_extension(&extension).ok_or_else(|| {
                    let path = self.path().map(text::show_path).unwrap_or_default();
                    Error::usage(format!("unknown format of {path}")).hint(format!(
                        "add `--format` with one of {}",
                        DigestFormat::FLAGS.join(", ")
                    ))
                })?
            }
        };
        if !self.to.is_empty() && format != DigestFormat::Eml {
            return Err(Error::usage("`--to` is for a mail").hint("add `--format eml`"));
        }
        Ok(format)
    }
}

fn mark_name(name: &str) -> String {
    format!("digest-{name}")
}

/// `--sent`
fn confirm(services: &Services, mark: &str, name: Option<&str>) -> Result<Outcome> {
    let (context, name) = (services.context(), name.unwrap_or_default());
    let told = news::confirm_told(services, mark)
        .map_err(|error| error.context(format!("cannot mark the digest of {name} as sent")))?;
    let text = match told {
        Some(until) => {
            let until = render::format_moment(until, context.zone(), context.now());
            format!("{name} has been told what has changed until {until}")
        }
        None => format!("no digest of {name} waits for `--sent`; nothing was done"),
    };
    context.ui().info(&text);
    Ok(Outcome::Done)
}

/// In lower case: on some systems the names of files differ in nothing else.
fn parse_name(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    if MarkFile::is_name(&mark_name(&name)) && !name.is_empty() {
        return Ok(name);
    }
    Err("a name is of up to 57 letters, digits, `-` and `_`".to_owned())
}

/// An address alone, without a name, of characters that need no quotes (RFC 5322 §3.4.1, `dot-atom`).
fn parse_address(text: &str) -> Result<String, String> {
    let is_atom = |atom: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !atom.is_empty() && atom.chars().all(is_part)
    };
    let is_label = |label: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(is_part)
    };
    let is_address = |(local, domain): (&str, &str)| {
        local.split('.').all(is_atom) && domain.split('.').all(is_label)
    };
    if text.len() <= MAX_ADDRESS_LEN && text.split_once('@').is_some_and(is_address) {
        return Ok(text.to_owned());
    }
    Err("an address is like sales@contoso.example, without a name".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_form_another_header_or_recipient() {
        for address in ["a@b", "a.b+c@x-y.example", "o'neill@b.example", "_@1.2"] {
            assert_eq!(parse_address(address).as_deref(), Ok(address));
        }
        let long = format!("{}@b", "a".repeat(254));
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@b\r\nBcc: c@d",
            "a@b,c@d",
            "<a@b>",
            "\"a\"@b",
            "a..b@c",
            ".a@b",
            "a@b.",
            "ä@b",
            "a@ä",
            "A <a@b>",
            "a@b;c",
            "a(x)@b",
            &long,
        ] {
            assert!(parse_address(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_a_plain_word_in_lower_case() {
        assert_eq!(parse_name("Teams-DACH_2").as_deref(), Ok("teams-dach_2"));
        for name in ["", "a/b", "..", "a b", "ä", &"x".repeat(58)] {
            assert!(parse_name(name).is_err(), "{name:?}");
        }
    }
}
