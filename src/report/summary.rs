//! The figures of `summary`.

use super::{Moment, Open, ReportPeriod, Results, Waiting};

/// Figures of three listings. Money is per currency everywhere and never added across currencies.
#[derive(Debug)]
pub struct Summary {
    pub moment: Moment,
    pub period: ReportPeriod,
    /// Of what is incoming and New.
    pub waiting: Waiting,
    /// Of what is Active; `None` if it could not be listed.
    pub open: Option<Open>,
    /// Of what was updated since the period began; `None` if it could not be listed.
    pub results: Option<Results>,
    /// Whether all three listings are whole.
    pub is_complete: bool,
}

impl Summary {
    pub fn new(moment: Moment, period: ReportPeriod) -> Summary {
        let waiting = Waiting::default();
        Summary { moment, period, waiting, open: None, results: None, is_complete: true }
    }

    /// Whether something must be answered by tomorrow, or is overdue.
    pub fn needs_attention(&self) -> bool {
        self.waiting.urgent.count > 0
    }
}
