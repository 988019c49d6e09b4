//! The output flags of the commands that print referrals.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args};
use jiff::SignedDuration;

use super::filters::possible_values;
use super::format_choice::choose_format;
use super::preset_flags::PresetRows;
use crate::columns::{
    self, CARE, Cell, Column, ColumnHead, PackedRow, Preset, Row, Sheets, UsualColumns,
};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Care, CareTime, Referral};
use crate::output::{self, Output};
use crate::render::{
    self, CalendarOptions, CsvOptions, DetailOptions, DocumentOptions, Format, FormatOptions,
    GroupSheet, JsonOptions, RenderSummary, Renderer, Separator, TableOptions, XlsxOptions,
};
use crate::state::ShownIds;
use crate::text;

/// In a table on a terminal, unless `--limit` is given.
const MAX_TERMINAL_ROWS: usize = 100;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Output")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct OutputFlags {
    /// Print in this format [default: from the extension of --output, or table]
    #[arg(long, value_name = "FORMAT", ignore_case = true,
        value_parser = possible_values(Format::FLAGS).try_map(|word| word.parse::<Format>()))]
    format: Option<Format>,
    /// Write to this file; it is replaced only when the output is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print these columns in this order; "all" prints every one, "help" lists them
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// Do not escape text in CSV that looks like a formula
    #[arg(hide_short_help = true, long)]
    csv_raw: bool,
    /// Write CSV that Excel opens correctly with a double-click
    #[arg(hide_short_help = true, long)]
    excel: bool,
    /// Do not show long output in the pager
    #[arg(hide_short_help = true, long)]
    no_pager: bool,
    /// Keep the partial output when the listing breaks off (still exit code 7)
    #[arg(hide_short_help = true, long)]
    pub(super) allow_partial: bool,
    /// Print the request and what would be done locally, and send nothing
    #[arg(hide_short_help = true, long)]
    pub(super) explain: bool,
}

/// Makes of the flag `--format` that of a command with these formats alone; other flags stay as they are.
pub(super) fn offer_formats(formats: &'static [Format]) -> impl Fn(Arg) -> Arg {
    move |flag| match flag.get_id().as_str() {
        "format" => {
            let words = PossibleValuesParser::new(formats.iter().map(<&'static str>::from));
            flag.value_parser(words.try_map(|word| word.parse::<Format>()))
        }
        _ => flag,
    }
}

/// What a command decides about its rows.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    /// Of a table for which no columns are chosen.
    pub(super) usual: &'static UsualColumns,
    /// Whether a table on a terminal is not limited.
    pub(super) all_rows: bool,
    /// How long before a deadline a calendar reminds of it.
    pub(super) alarm: Option<SignedDuration>,
    /// The setting: workbooks link to it.
    pub(super) portal_url: Option<&'a str>,
}

/// What some formats need besides the flags.
#[derive(Default)]
struct FormatLayout<'a> {
    /// What a narrow table shows first.
    by_worth: &'static [&'static str],
    all_rows: bool,
    sheets: Sheets,
    portal_url: Option<&'a str>,
    alarm: Option<SignedDuration>,
    byte_order_mark: bool,
}

impl OutputFlags {
    /// See [`choose_format`]. Where there is no table, it is CSV by default.
    pub(super) fn resolve_format(&self, context: &Context, formats: &[Format]) -> Result<Format> {
        let prefers_csv = self.excel || !formats.contains(&Format::Table);
        let format = choose_format(self.format, self.path(), prefers_csv, formats)?;
        if format == Format::Ics && self.columns.is_some() {
            return Err(Error::usage("a calendar has no columns").hint("leave out `--columns`"));
        }
        if format.is_binary() && self.is_to_terminal(context) {
            let message = "cannot print a workbook to a terminal";
            return Err(Error::usage(message).hint("write it to a file: `--output referrals.xlsx`"));
        }
        Ok(format)
    }

    /// `None` for standard output, also if it is named, as `-` or `/dev/stdout`.
    fn path(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| !output::is_standard_output(path))
    }

    pub(super) fn wants_column_help(&self) -> bool {
        self.columns.as_ref().is_some_and(|names| names.trim().eq_ignore_ascii_case("help"))
    }

    pub(super) fn parse_columns(&self) -> Result<Option<Vec<&'static Column>>> {
        self.columns.as_deref().map(columns::parse_list).transpose()
    }

    /// `chosen` are the user's columns; without them, a table for people has the usual ones.
    pub(super) fn create_writer(
        &self,
        context: &Context,
        format: Format,
        chosen: Option<Vec<&'static Column>>,
        layout: &Layout<'_>,
    ) -> Result<RowWriter> {
        let Layout { usual, all_rows, alarm, portal_url } = *layout;
        let by_worth = if chosen.is_some() { &[] } else { usual.by_worth };
        let (workbook_columns, sheets) = columns::plan_workbook(chosen.as_deref(), usual);
        let layout =
            FormatLayout { by_worth, all_rows, sheets, portal_url, alarm, byte_order_mark: false };
        let options = self.format_options(context, format, layout);
        let columns = match (format, chosen) {
            (Format::Xlsx, _) => workbook_columns,
            (Format::Table | Format::Md | Format::Html, Some(chosen)) => columns::to_table(&chosen),
            (Format::Table | Format::Md | Format::Html, None) => usual.columns(),
            (_, Some(chosen)) => chosen,
            (Format::Ics, _) => columns::calendar_columns(),
            // Without columns, JSON contains the API's own objects.
            (Format::Json | Format::Jsonl, None) => Vec::new(),
            (Format::Csv | Format::Tsv, None) => usual.file_columns(),
        };
        let renderer = render::create_renderer(options, columns::collect_heads(&columns))?;
        // A workbook has short ids too.
        let shown_ids = (format.is_for_people() || format == Format::Xlsx).then(Vec::new);
        let care = columns.iter().position(|column| column.head.name == CARE.head.name);
        let care = care.map(|index| {
            let now = context.now();
            (index, CareTime { now, today: now.to_zoned(context.zone().clone()).date() })
        });
        Ok(RowWriter { columns, renderer, shown_ids, care, preset: None, rows: 0 })
    }

    /// A writer of groups. With `all_rows`, a table on a terminal is not limited.
    pub(super) fn create_group_writer(
        &self,
        context: &Context,
        sheet: GroupSheet,
        all_rows: bool,
    ) -> Result<RowWriter> {
        let by_worth = GroupSheet::BY_WORTH;
        let layout = FormatLayout { by_worth, all_rows, ..FormatLayout::default() };
        let options = self.format_options(context, sheet.format, layout);
        let renderer = render::create_renderer(options, sheet.heads())?;
        Ok(RowWriter::without_columns(renderer, None))
    }

    /// A writer of what the importer of a CRM reads.
    pub(super) fn create_preset_writer(
        &self,
        context: &Context,
        format: Format,
        preset: &Preset,
        portal_url: Option<&str>,
    ) -> Result<RowWriter> {
        let heads = preset.heads();
        let layout = FormatLayout {
            sheets: columns::plan_preset(&heads),
            byte_order_mark: preset.byte_order_mark,
            ..FormatLayout::default()
        };
        let options = self.format_options(context, format, layout);
        let renderer = render::create_renderer(options, heads)?;
        let rows = PresetRows::new(preset.clone(), portal_url);
        Ok(RowWriter::without_columns(renderer, Some(rows)))
    }

    /// A renderer of rows that are no referrals. A table shows all of them.
    pub(super) fn create_renderer(
        &self,
        context: &Context,
        format: Format,
        heads: Vec<&'static ColumnHead>,
    ) -> Result<Box<dyn Renderer>> {
        let layout = FormatLayout { all_rows: true, ..FormatLayout::default() };
        render::create_renderer(self.format_options(context, format, layout), heads)
    }

    pub(super) fn has_columns(&self) -> bool {
        self.columns.is_some()
    }

    fn format_options(
        &self,
        context: &Context,
        format: Format,
        layout: FormatLayout<'_>,
    ) -> FormatOptions {
        let FormatLayout { by_worth, all_rows, sheets, portal_url, alarm, byte_order_mark } =
            layout;
        let to_terminal = self.is_to_terminal(context);
        let json = |lines| FormatOptions::Json(JsonOptions { lines, to_terminal });
        let separated = |separator| {
            let (raw, excel) = (self.csv_raw, self.excel);
            FormatOptions::Csv(CsvOptions { separator, raw, excel, byte_order_mark, to_terminal })
        };
        let document = || DocumentOptions { zone: context.zone().clone(), now: context.now() };
        match format {
            Format::Table => {
                let DetailOptions { width, color, zone, now } = self.detail_options(context);
                let max_rows = (to_terminal && !all_rows).then_some(MAX_TERMINAL_ROWS);
                FormatOptions::Table(TableOptions { width, color, zone, now, max_rows, by_worth })
            }
            Format::Json => json(false),
            Format::Jsonl => json(true),
            Format::Csv => separated(Separator::Comma),
            Format::Tsv => separated(Separator::Tab),
            Format::Xlsx => FormatOptions::Xlsx(Box::new(XlsxOptions {
                sheets,
                zone: context.zone().clone(),
                now: context.now(),
                portal_url: portal_url.map(str::to_owned),
            })),
            Format::Ics => FormatOptions::Calendar(CalendarOptions {
                zone: context.zone().clone(),
                now: context.now(),
                alarm,
            }),
            Format::Md => FormatOptions::Markdown(document()),
            Format::Html => FormatOptions::Html(document()),
        }
    }

    pub(super) fn detail_options(&self, context: &Context) -> DetailOptions {
        DetailOptions {
            width: context.out_width().filter(|_| self.path().is_none()),
            color: self.path().is_none() && context.color(),
            zone: context.zone().clone(),
            now: context.now(),
        }
    }

    pub(super) fn is_to_terminal(&self, context: &Context) -> bool {
        self.path().is_none() && context.out_width().is_some()
    }

    /// Whether output for people that is longer than the terminal is shown in the pager.
    pub(super) fn may_page(&self, context: &Context, format: Format) -> bool {
        format == Format::Table && !self.no_pager && self.is_to_terminal(context)
    }

    /// Opens the output. Called before the first request, so that a file that cannot be written costs none.
    pub(super) fn open(&self, context: &Context) -> Result<Output> {
        if self.path().is_some() {
            context.prepare_for_files();
        }
        Output::open(self.path(), context.take_out())
    }

    /// Adds to the error what has become of the file, unless it was replaced by a partial one.
    pub(super) fn mention_unchanged_file(&self, error: Error) -> Error {
        match self.path() {
            Some(path) if !(self.allow_partial && error.kind() == ErrorKind::Incomplete) => {
                output::mention_kept_file(error, path)
            }
            _ => error,
        }
    }

    /// `None` for standard output.
    pub(super) fn file_name(&self) -> Option<String> {
        self.path().map(text::show_path)
    }
}

/// Writes referrals as rows of a format.
pub(super) struct RowWriter {
    columns: Vec<&'static Column>,
    renderer: Box<dyn Renderer>,
    /// Of the rows that were written for people; `None` for other formats.
    shown_ids: Option<Vec<Box<str>>>,
    /// The index of the column that depends on the time.
    care: Option<(usize, CareTime)>,
    /// Makes the rows instead of the columns.
    preset: Option<PresetRows>,
    rows: usize,
}

/// A row to be written later.
pub(super) struct KeptRow {
    row: PackedRow,
    /// Only where ids are collected.
    id: Option<Box<str>>,
}

impl RowWriter {
    fn without_columns(renderer: Box<dyn Renderer>, preset: Option<PresetRows>) -> RowWriter {
        let columns = Vec::new();
        RowWriter { columns, renderer, shown_ids: None, care: None, preset, rows: 0 }
    }

    /// Returns whether the row was written: a preset leaves out what the importer would reject.
    pub(super) fn write(&mut self, referral: &Referral, out: &mut dyn Write) -> Result<bool> {
        let id = referral.id.as_deref().filter(|_| self.shown_ids.is_some());
        self.collect_id(id.map(Into::into));
        let row = self.row(referral);
        self.write_row(&row, out)
    }

    fn write_row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<bool> {
        let is_taken = self.preset.as_mut().is_none_or(|preset| preset.takes(row));
        if is_taken {
            self.renderer.write_row(row, out)?;
        }
        Ok(is_taken)
    }

    fn row<'a>(&self, referral: &'a Referral) -> Row<'a> {
        if let Some(preset) = &self.preset {
            return preset.row(referral);
        }
        let mut row = Row::new(&self.columns, referral);
        if let Some((index, time)) = self.care {
            row.cells[index] = Cell::list(Care::of(referral, time).into_iter().map(Care::as_str));
        }
        row
    }

    /// The referral's row, to be written later.
    pub(super) fn keep(&self, referral: &Referral) -> KeptRow {
        let id = referral.id.as_deref().filter(|_| self.shown_ids.is_some());
        KeptRow { row: PackedRow::new(&self.row(referral)), id: id.map(Into::into) }
    }

    /// As [`RowWriter::write`].
    pub(super) fn write_kept(&mut self, kept: KeptRow, out: &mut dyn Write) -> Result<bool> {
        self.collect_id(kept.id);
        self.write_row(&kept.row.unpack(), out)
    }

    /// For rows that are no referrals.
    pub(super) fn renderer(&mut self) -> &mut dyn Renderer {
        &mut *self.renderer
    }

    pub(super) fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        let mut summary = self.renderer.finish(out)?;
        summary.notes.extend(self.preset.as_ref().and_then(PresetRows::note));
        Ok(summary)
    }

    /// The ids of the rows that people see, of which those beyond a table's limit are none; not more than can be
    /// remembered.
    pub(super) fn shown_ids(&self, summary: &RenderSummary) -> impl Iterator<Item = &str> {
        let shown = self.rows.saturating_sub(summary.hidden_rows);
        self.shown_ids.iter().flatten().map(|id| &**id).take(shown)
    }

    fn collect_id(&mut self, id: Option<Box<str>>) {
        self.rows += 1;
        if let Some(ids) = self.shown_ids.as_mut().filter(|ids| ids.len() < ShownIds::MAX) {
            ids.extend(id);
        }
    }
}
