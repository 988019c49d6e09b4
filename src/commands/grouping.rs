//! `--by`: what the listing commands count in groups, and what they say of it.

use std::io::Write;

use crate::context::Context;
use crate::error::Result;
use crate::render::{self, Format, GroupSheet, GroupView, RenderSummary, Renderer};
use crate::report::{GroupKey, Groups};
use crate::text;

/// The formats of groups, as far as the program has them.
const FORMATS: &[&str] = &["table", "json", "csv", "md"];

#[derive(Clone, Copy, Debug)]
pub(super) struct Grouping {
    pub(super) key: GroupKey,
    pub(super) view: GroupView,
    /// The maximum number of groups.
    pub(super) limit: Option<usize>,
}

/// What is known of the groups that were written.
pub(super) struct WrittenGroups {
    /// The number of groups up to the limit.
    pub(super) rows: usize,
    groups: usize,
    /// The number of referrals that are in several groups.
    shared: usize,
}

impl Grouping {
    /// Those of `formats` that groups have.
    pub(super) fn formats(formats: &[Format]) -> Vec<Format> {
        let has = |format: &&Format| FORMATS.contains(&&*format.to_string());
        formats.iter().filter(has).copied().collect()
    }

    pub(super) fn sheet(&self, format: Format) -> GroupSheet {
        GroupSheet { key: self.key, view: self.view, format }
    }

    /// A step of what is done locally.
    pub(super) fn explain(&self) -> String {
        let limit = self.limit.map(|limit| format!(", keep the first {limit}"));
        format!("  count by {}, most referrals first{}\n", self.key, limit.unwrap_or_default())
    }

    pub(super) fn write(
        &self,
        groups: &Groups,
        format: Format,
        renderer: &mut dyn Renderer,
        out: &mut dyn Write,
    ) -> Result<WrittenGroups> {
        let rows = self.sheet(format).write(groups, self.limit, renderer, out)?;
        Ok(WrittenGroups { rows, groups: groups.count(), shared: groups.shared() })
    }
}

impl WrittenGroups {
    /// What was written of so many referrals.
    pub(super) fn describe(&self, referrals: usize) -> String {
        format!("{} of {}", text::count(self.rows, "group"), render::format_count(referrals))
    }

    /// What people have to know of the groups that they see.
    pub(super) fn print_notes(&self, context: &Context, rendered: &RenderSummary) {
        let ui = context.ui();
        match self.shared {
            0 => {}
            1 => ui.info("1 referral has several sellers and counts for each of them"),
            shared => ui.info(&format!(
                "{shared} referrals have several sellers and count for each of them"
            )),
        }
        let shown = self.rows - rendered.hidden_rows;
        if shown < self.groups {
            ui.info(&format!(
                "{shown} of {} groups shown, most referrals first; `--limit 0` shows all",
                self.groups
            ));
        }
    }
}
