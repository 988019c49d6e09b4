//! The colours of tables and deadlines.

use anstyle::{AnsiColor, Style};

use crate::model::Urgency;

/// Quieter than what it stands above.
pub(super) const HEADING: Style = Style::new().dimmed();

pub(super) fn urgency_style(urgency: Urgency) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match urgency {
        Urgency::Overdue => color(AnsiColor::Red).bold(),
        Urgency::Today => color(AnsiColor::Red),
        Urgency::Soon => color(AnsiColor::Yellow),
    }
}
