//! What tables in documents and mails have in common: they are read later than they are made, and elsewhere.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::times;

#[derive(Clone, Debug)]
pub struct DocumentOptions {
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl DocumentOptions {
    #[cfg(test)]
    pub(super) fn utc(now: Timestamp) -> DocumentOptions {
        DocumentOptions { zone: TimeZone::UTC, now }
    }

    /// When the time left was what the table says, and with `has_estimates` what `~` means.
    pub(super) fn format_footnote(&self, has_estimates: bool) -> String {
        let now = times::format_date_time(self.now, &self.zone);
        let zone = times::format_zone(&self.now.to_zoned(self.zone.clone()));
        let mark = if has_estimates { " ~ is estimated from the creation date." } else { "" };
        format!("As of {now} {zone}.{mark}")
    }
}
