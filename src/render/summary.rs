//! Writes the figures of `summary` for people, on one screen.

use std::fmt::Write as _;

use anstyle::Style;
use jiff::SignedDuration;

use super::paint::urgency_style;
use super::renderer::Renderer;
use super::summary_line::{
    Bar, count_bar_lines, format_bars, format_label, join_fitting, to_ascii,
};
use super::table::{Table, TableOptions};
use super::table_cell::round;
use super::{display, times};
use crate::columns::{self, Cell, NoDate, Row};
use crate::error::Result;
use crate::model::{Care, DeadlineState, Money, Totals, Urgency};
use crate::report::{AGES, Item, Open, Rate, ReportPeriod, Results, SalesStage, Subtotal, Summary};
use crate::text;

/// The lines of what does not wait.
const FIGURE_LINES: usize = 9;

/// The lines of what waits, without the rows and the bars.
const WAITING_LINES: usize = 5;

/// The width where there is no terminal, in cells.
const USUAL_WIDTH: usize = 80;

/// Where labels end, in cells.
const INDENT: usize = 16;

#[derive(Clone, Debug)]
pub struct SummaryOptions {
    /// Whose figures these are.
    pub title: String,
    /// The period as the user wrote it.
    pub period: String,
    /// Of the terminal, in cells; `None` in a pipe.
    pub width: Option<usize>,
    /// The lines that there are room for; `None` in a pipe.
    pub lines: Option<usize>,
    pub color: bool,
    pub is_ascii: bool,
}

/// The first part: what must be answered by tomorrow, and what waits.
pub fn format_waiting(summary: &Summary, options: &SummaryOptions) -> Result<String> {
    let screen = Screen { summary, options };
    let mut lines = vec![screen.format_title()];
    screen.separate(&mut lines);
    lines.extend(screen.format_urgent()?);
    screen.separate(&mut lines);
    lines.extend(screen.format_waiting());
    Ok(screen.finish(lines))
}

/// The second part: what came of others, and what is open.
pub fn format_figures(summary: &Summary, options: &SummaryOptions) -> String {
    let screen = Screen { summary, options };
    let mut lines = Vec::new();
    screen.separate(&mut lines);
    match &summary.results {
        Some(results) => lines.extend(screen.format_results(results)),
        None => lines.push("ANSWERED, LAPSED, WON and LOST could not be listed".to_owned()),
    }
    screen.separate(&mut lines);
    match &summary.open {
        Some(open) => lines.extend(screen.format_open(open)),
        None => lines.push("OPEN could not be listed".to_owned()),
    }
    screen.finish(lines)
}

struct Screen<'a> {
    summary: &'a Summary,
    options: &'a SummaryOptions,
}

impl Screen<'_> {
    fn width(&self) -> usize {
        self.options.width.unwrap_or(USUAL_WIDTH)
    }

    /// The lines of everything but the rows.
    fn other_lines(&self) -> usize {
        WAITING_LINES + FIGURE_LINES + count_bar_lines(self.bars().len(), self.width())
    }

    /// The rows that there is room for.
    fn max_rows(&self) -> usize {
        let rest = self.other_lines();
        self.options.lines.map_or(usize::MAX, |lines| lines.saturating_sub(rest).max(1))
    }

    /// An empty line between two parts, if there is room for all of them.
    fn separate(&self, lines: &mut Vec<String>) {
        let rows = self.summary.waiting.urgent.items.len().min(self.max_rows());
        let needed = self.other_lines() + rows + 4;
        if self.options.lines.is_none_or(|lines| lines >= needed) {
            lines.push(String::new());
        }
    }

    fn format_title(&self) -> String {
        let moment = &self.summary.moment;
        let title = display::display_text(&self.options.title);
        let left = format!("{title}, {}", self.format_period());
        let right = times::format_local_time(moment.now, &moment.zone, moment.now);
        let room = self.width().saturating_sub(text::width(&right) + 2);
        let left = text::truncate(&left, room);
        let padding = self.width().saturating_sub(text::width(&left) + text::width(&right));
        format!("{}{}{right}", self.bold(&left), " ".repeat(padding))
    }

    fn format_period(&self) -> String {
        let moment = &self.summary.moment;
        let ReportPeriod { from, until } = self.summary.period;
        let day = |time| times::format_day(time, &moment.zone, moment.now);
        match until {
            None => format!("since {} ({})", day(from), self.options.period),
            Some(until) => {
                let last = until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(until);
                format!("{} to {} ({})", day(from), day(last), self.options.period)
            }
        }
    }

    fn format_urgent(&self) -> Result<Vec<String>> {
        let urgent = &self.summary.waiting.urgent;
        if urgent.count == 0 {
            return Ok(vec![self.bold("Nothing must be answered by tomorrow.")]);
        }
        let items = &urgent.items[..urgent.items.len().min(self.max_rows())];
        let mut heading = self.bold(&format!("ANSWER BY TOMORROW  {}", urgent.count));
        if items.len() < urgent.count {
            let shown = items.len();
            write!(heading, "  ({shown} shown; all: referrals pending)")
                .expect("writing to a String succeeds");
        }
        let usual = columns::URGENT.columns();
        let moment = &self.summary.moment;
        let options = TableOptions {
            width: self.options.width,
            color: self.options.color,
            zone: moment.zone.clone(),
            now: moment.now,
            max_rows: None,
            by_worth: columns::URGENT.by_worth,
        };
        let mut table = Table::new(options, columns::collect_heads(&usual));
        let mut bytes = Vec::new();
        for item in items {
            let cells = usual.iter().map(|column| cell(column.head.name, item)).collect();
            table.write_row(&Row { cells, raw: "" }, &mut bytes)?;
        }
        table.finish(&mut bytes)?;
        let table = String::from_utf8_lossy(&bytes);
        Ok(std::iter::once(heading).chain(table.lines().map(str::to_owned)).collect())
    }

    fn format_waiting(&self) -> Vec<String> {
        let waiting = &self.summary.waiting;
        let unanswered = &waiting.tally.unanswered;
        let count = unanswered.count();
        let parts = [
            (waiting.pending, "pending"),
            (waiting.received, "received"),
            (waiting.new_since_yesterday, "new since yesterday"),
            (waiting.estimated, "estimated (~)"),
            (waiting.tally.no_answer_needed, "need no answer"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        let parts = join_fitting(&parts, self.room()).unwrap_or_default();
        let mut lines = vec![self.line("WAITING", Some(count), &parts)];
        if count == 0 {
            return lines;
        }
        lines.push(self.line("  at stake", None, &self.format_money(&unanswered.value, 0)));
        let style = |urgency: Option<Urgency>| match urgency {
            Some(urgency) if self.options.color => urgency_style(urgency),
            _ => Style::new(),
        };
        lines.extend(format_bars(&self.bars(), self.width(), self.options.is_ascii, &style));
        lines
    }

    /// What waits, by the days left.
    fn bars(&self) -> Vec<Bar> {
        let waiting = &self.summary.waiting;
        let unanswered = &waiting.tally.unanswered;
        let week = waiting.within_a_week.count - waiting.within_three_days.count;
        let mut bars = vec![
            Bar::new("overdue", unanswered.overdue, Some(Urgency::Overdue)),
            Bar::new("< 24 h", unanswered.within_a_day, Some(Urgency::Today)),
            Bar::new("1-3 d", unanswered.within_three_days, Some(Urgency::Soon)),
            Bar::new("3-7 d", week, None),
            Bar::new("later", unanswered.later.saturating_sub(week), None),
        ];
        let undated = unanswered.never + unanswered.unknown;
        bars.extend((undated > 0).then(|| Bar::new("no date", undated, None)));
        bars
    }

    fn format_results(&self, results: &Results) -> Vec<String> {
        let Results { accepted, declined, cohort, cosell, leads, .. } = results;
        let mut answered = format!("{accepted} accepted, {declined} declined");
        if results.answer_time.is_telling() {
            let within = |percent| results.answer_time.percentile(percent).map(format_within);
            if let (Some(half), Some(most)) = (within(50), within(90)) {
                write!(answered, "; half within {half}, 9 in 10 within {most}")
                    .expect("writing to a String succeeds");
            }
        }
        let lapse_rate = format!("lapse rate {}", format_rate(cohort.lapse_rate()));
        let lapsed = self.format_group(&results.lapsed, lapse_rate.len());
        let win_rates = format!(
            "co-sell {}, leads {}",
            format_win_rate(cosell.rate(), &format!("{} + {}", cosell.accepted, cosell.outbound)),
            format_rate(leads.rate())
        );
        vec![
            self.line("ANSWERED", Some(results.answered()), &answered),
            self.line("LAPSED", Some(results.lapsed.count), &join([lapse_rate, lapsed])),
            self.line("WON", Some(results.won.count), &self.format_group(&results.won, 0)),
            self.line("  win rate", None, &win_rates),
            self.line("LOST", Some(results.lost.count), &self.format_group(&results.lost, 0)),
        ]
    }

    fn format_open(&self, open: &Open) -> Vec<String> {
        let total = open.total.count;
        let mut lines = vec![self.line("OPEN", Some(total), &self.format_group(&open.total, 0))];
        if total == 0 {
            return lines;
        }
        let stages =
            open.stages.iter().map(|(stage, count)| format!("{} {count}", format_stage(stage)));
        let stages: Vec<String> = stages.collect();
        lines.push(self.line(
            "  stage",
            None,
            &join_fitting(&stages, self.room()).unwrap_or_default(),
        ));
        let [month, quarter, half] = AGES;
        let names = [
            format!("0-{month} d"),
            format!("{}-{quarter} d", month + 1),
            format!("{}-{half} d", quarter + 1),
            format!("over {half} d"),
        ];
        let ages = names.iter().map(String::as_str).zip(open.ages);
        let ages = ages.chain([("not known", open.unknown_age)]).filter(|(_, count)| *count > 0);
        let ages: Vec<String> = ages.map(|(name, count)| format!("{name} {count}")).collect();
        lines.push(self.line("  age", None, &join_fitting(&ages, self.room()).unwrap_or_default()));
        let care = Care::ALL.map(|care| (open.care(care), care.as_str()));
        let care = care.iter().filter(|(count, _)| *count > 0);
        let care: Vec<String> = care.map(|(count, what)| format!("{count} {what}")).collect();
        let care = join_fitting(&care, self.room()).filter(|care| !care.is_empty());
        let command = if open.needs_care > 0 { "; see `referrals list --check`" } else { "" };
        let care = care.unwrap_or_else(|| "nothing needs care".to_owned());
        let fits = text::width(&care) + command.len() <= self.room();
        lines.push(self.line("  care", None, &(care + if fits { command } else { "" })));
        lines
    }

    /// The cells after a label and a count.
    fn room(&self) -> usize {
        self.width().saturating_sub(INDENT)
    }

    /// The sums, with room for `reserved` more cells. Empty for no referrals.
    fn format_group(&self, group: &Subtotal, reserved: usize) -> String {
        match group.count {
            0 => String::new(),
            _ => self.format_money(&group.value, if reserved == 0 { 0 } else { reserved + 2 }),
        }
    }

    fn format_money(&self, totals: &Totals, reserved: usize) -> String {
        let sums = totals.sums();
        let sums = sums.iter().map(|sum: &Money| display::display_text(&round(sum).to_string()));
        let sums: Vec<String> = sums.collect();
        let without = match totals.without_amount() {
            0 => String::new(),
            _ if sums.is_empty() => "no amounts".to_owned(),
            count => format!("{count} without"),
        };
        let room = self.room().saturating_sub(reserved + text::width(&without) + 2);
        let sums =
            join_fitting(&sums, room).unwrap_or_else(|| format!("{} currencies", sums.len()));
        join([sums, without])
    }

    fn line(&self, label: &str, count: Option<usize>, rest: &str) -> String {
        let label = format_label(label, count, INDENT);
        let rest = text::truncate(rest, self.room()).into_owned();
        if label.starts_with(' ') { label + &rest } else { self.bold(&label) + &rest }
    }

    fn bold(&self, text: &str) -> String {
        let bold = if self.options.color { Style::new().bold() } else { Style::new() };
        format!("{bold}{text}{bold:#}")
    }

    fn finish(&self, lines: Vec<String>) -> String {
        let mut text = String::new();
        for line in lines {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if self.options.is_ascii { to_ascii(&text) } else { text }
    }
}

/// The cell of the column of this name.
fn cell<'a>(column: &str, item: &'a Item) -> Cell<'a> {
    let text = |text: Option<&'a str>| text.map_or(Cell::Empty, |text| Cell::Text(text.into()));
    match column {
        "id" => text(Some(&item.id)),
        "left" | "due" => match item.deadline {
            DeadlineState::At(deadline) => Cell::Deadline(deadline),
            DeadlineState::Unknown => Cell::NoDate(NoDate::Unreadable),
            _ => Cell::Empty,
        },
        "kind" => text(item.kind.map(columns::shorten_kind)),
        "customer" => text(item.customer.as_deref()),
        "value" => item.value.clone().map_or(Cell::Empty, Cell::Money),
        "seller" if item.sellers.is_empty() => text(Some("nobody")),
        "seller" => {
            Cell::List(item.sellers.iter().map(|seller| columns::local_part(seller)).collect())
        }
        _ => Cell::Empty,
    }
}

fn join<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

pub(super) fn format_stage(stage: &SalesStage) -> String {
    match stage {
        SalesStage::Percent(percent) => format!("{percent}%"),
        SalesStage::Word(word) => display::display_text(word),
        SalesStage::Other => "others".to_owned(),
        SalesStage::Missing => "none".to_owned(),
    }
}

/// `3 of 25 (12%)`, without the percentage for few cases.
pub(super) fn format_rate(rate: Rate) -> String {
    format_win_rate(rate, &rate.of.to_string())
}

fn format_win_rate(rate: Rate, of: &str) -> String {
    let percent = rate.percent().map(|percent| format!(" ({percent:.0}%)"));
    format!("{} of {of}{}", rate.count, percent.unwrap_or_default())
}

/// Rounded up, so that it stays true.
fn format_within(seconds: u32) -> String {
    match seconds {
        0..7_200 => format!("{} min", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} d", seconds.div_ceil(86_400)),
    }
}
