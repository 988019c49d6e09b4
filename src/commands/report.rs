//! `report`: figures, charts and rows as one HTML file.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::figures::{DEFAULT_PERIOD, FigureListings, FigureOptions, describe_owner};
use crate::error::{Error, Outcome, Result};
use crate::output::{self, Output};
use crate::render::{self, ReportOptions};
use crate::report::ReportDetails;
use crate::services::Services;
use crate::text;

#[derive(Debug, clap::Args)]
#[command(
    override_usage = "referrals report [OPTIONS] --output <FILE.html>",
    after_help = "Examples:
  referrals report --output report.html
  referrals report --output october.html --period 2026-10

The file needs nothing else to be read: it can be mailed, printed, or kept. It
has customers' names and values, but no contacts and no notes."
)]
pub struct Args {
    /// Write to this HTML file, which is replaced only when the report is complete (needed)
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
    /// Look back on this period: 30d, quarter, last month, 2026-10
    #[arg(long, value_name = "PERIOD", default_value = DEFAULT_PERIOD)]
    period: String,
    /// Write what was listed when a listing breaks off (still exit code 7)
    #[arg(hide_short_help = true, long)]
    allow_partial: bool,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { output, period, allow_partial } = self;
        let path = check_path(output.as_deref())?;
        let context = services.context();
        let details = Some(ReportDetails::default());
        let (product, prints_parts) = ("report", allow_partial);
        let options = FigureOptions { product, period: &period, allow_partial, prints_parts };
        let mut listings = FigureListings::new(services, options, details)?;
        let title = describe_owner(services)?;
        context.prepare_for_files();
        let file = Output::file(path)?;
        let is_file = file.is_file();
        let name = text::show_path(path);
        let add_detail = |error: Error| {
            if is_file { output::mention_kept_file(error, path) } else { error }
        };
        listings.list_all().map_err(add_detail)?;
        let FigureListings { summary, details, broken, .. } = &listings;
        let details = details.as_ref().expect("they were asked for");
        let options = ReportOptions { title, period: period.trim().to_owned() };
        let page = render::format_report(summary, details, &options);
        let warning = write(file, page.as_bytes()).map_err(add_detail)?;
        services.remember_shown(details.ids());
        if let Some(warning) = warning {
            context.ui().warn(&warning);
        }
        let whole = if broken.is_none() { "the report" } else { "a report that is incomplete" };
        context.ui().info(&format!("wrote {whole} to {name}"));
        listings.finish()?;
        Ok(Outcome::Done)
    }
}

/// The path of an HTML file, by its extension.
fn check_path(path: Option<&Path>) -> Result<&Path> {
    let hint = "name an HTML file: `referrals report --output report.html`";
    let path = path.ok_or_else(|| Error::usage("a report is written to a file").hint(hint))?;
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    if ["html", "htm"].iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return Ok(path);
    }
    let message = if path.is_dir() {
        format!("{} is a directory", text::show_path(path))
    } else {
        format!("a report is HTML, and the name of {} does not end in .html", text::show_path(path))
    };
    Err(Error::usage(message).hint(hint))
}

/// Returns the warning of [`Output::commit`].
fn write(mut file: Output, page: &[u8]) -> Result<Option<String>> {
    file.write_all(page).map_err(output::write_failed)?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_report_goes_to_a_file_whose_name_says_that_it_is_html() {
        for name in ["report.html", "a.b/Report.HTM", "x.Html"] {
            assert_eq!(check_path(Some(Path::new(name))).unwrap(), Path::new(name));
        }
        for name in ["report.pdf", "report", "-", "html", ".html", "/dev/stdout", "/"] {
            let error = check_path(Some(Path::new(name))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{name}");
        }
        assert_eq!(check_path(None).unwrap_err().kind(), ErrorKind::Usage);
    }
}
