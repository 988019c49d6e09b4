//! The flags of a calendar.

use jiff::SignedDuration;

use crate::dates;
use crate::error::Result;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct CalendarFlags {
    /// With `--format ics`, remind this long before each deadline: 2h, 1d, 1w, or "none"
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "1d")]
    alarm: String,
}

impl Default for CalendarFlags {
    fn default() -> CalendarFlags {
        CalendarFlags { alarm: "1d".to_owned() }
    }
}

impl CalendarFlags {
    /// `None` for no alarm.
    pub(super) fn alarm(&self) -> Result<Option<SignedDuration>> {
        if self.alarm.trim().eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let span = dates::parse_exact_span("--alarm", &self.alarm);
        span.map(Some).map_err(|error| error.hint("for no alarm: `--alarm none`"))
    }
}
