//! The flags that say in what form and where the answer goes; shared by the commands that print referrals.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::TypedValueParser;

use super::filters::possible_values;
use crate::columns::{self, COLUMNS, Column};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;
use crate::render::{
    CsvOptions, DetailOptions, Format, FormatOptions, JsonOptions, Separator, TableOptions,
    XlsxOptions,
};

/// A table on a terminal stops here unless `--limit` is given.
const MAX_TERMINAL_ROWS: usize = 100;

/// Form and place of the answer.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Output")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct OutputFlags {
    /// Print in this format [default: from the name of --output, else table]
    #[arg(long, value_name = "FORMAT", ignore_case = true,
        value_parser = possible_values(Format::FLAGS).try_map(|word| word.parse::<Format>()))]
    format: Option<Format>,
    /// Write to this file, which appears whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show these columns in this order; "help" lists them
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// Leave text cells that look like formulas as they are
    #[arg(long)]
    csv_raw: bool,
    /// Write CSV so that a double-click in Excel opens it rightly
    #[arg(long)]
    excel: bool,
    /// Close the document when the listing breaks off (still exit code 7)
    #[arg(long)]
    pub(super) allow_partial: bool,
    /// Show what would be asked and what would be done here, and ask nothing
    #[arg(long)]
    pub(super) explain: bool,
}

impl OutputFlags {
    /// The format: the one asked for, else by the file's extension, else a table.
    ///
    /// # Errors
    /// `ErrorKind::Usage` when it is none of `formats`, the file's extension names none, or a workbook would go to a
    /// terminal.
    pub(super) fn format(&self, context: &Context, formats: &[Format]) -> Result<Format> {
        let names = || formats.iter().map(Format::to_string).collect::<Vec<_>>().join(", ");
        let format = match (self.format, self.path()) {
            (Some(format), _) => format,
            (None, None) if self.excel => Format::Csv,
            (None, None) => Format::Table,
            (None, Some(path)) => Format::from_path(path).ok_or_else(|| {
                let message = format!("the name {} does not tell the format", path.display());
                Error::usage(message).hint(format!("add `--format` with one of {}", names()))
            })?,
        };
        if !formats.contains(&format) {
            let message = format!("this command cannot print {format}");
            return Err(Error::usage(message).hint(format!("choose one of {}", names())));
        }
        if format.is_binary() && self.is_to_terminal(context) {
            let message = "cannot print a workbook to a terminal";
            return Err(Error::usage(message).hint("write it to a file: `--output referrals.xlsx`"));
        }
        Ok(format)
    }

    /// The file; `-` is standard output, as everywhere.
    fn path(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// Whether `--columns help` was asked.
    pub(super) fn wants_column_help(&self) -> bool {
        self.columns.as_ref().is_some_and(|names| names.trim().eq_ignore_ascii_case("help"))
    }

    /// The columns that `--columns` names, if any.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a column that does not exist.
    pub(super) fn columns(&self) -> Result<Option<Vec<&'static Column>>> {
        self.columns.as_deref().map(columns::parse_list).transpose()
    }

    /// The format with its options. `are_columns_chosen` says whether the user named the columns, `all_rows` that a table
    /// on a terminal is not cut.
    pub(super) fn format_options(
        &self,
        context: &Context,
        format: Format,
        are_columns_chosen: bool,
        all_rows: bool,
    ) -> FormatOptions {
        let to_terminal = self.is_to_terminal(context);
        let json = |lines| FormatOptions::Json(JsonOptions { lines, to_terminal });
        let separated = |separator| {
            let (raw, excel) = (self.csv_raw, self.excel);
            FormatOptions::Csv(CsvOptions { separator, raw, excel, to_terminal })
        };
        let DetailOptions { width, color, zone, now } = self.detail_options(context);
        match format {
            Format::Table => FormatOptions::Table(TableOptions {
                width,
                color,
                zone,
                now,
                max_rows: (to_terminal && !all_rows).then_some(MAX_TERMINAL_ROWS),
                are_columns_chosen,
            }),
            Format::Json => json(false),
            Format::Jsonl => json(true),
            Format::Csv => separated(Separator::Comma),
            Format::Tsv => separated(Separator::Tab),
            Format::Xlsx => FormatOptions::Xlsx(XlsxOptions { now, zone }),
        }
    }

    /// How one referral in full is laid out.
    pub(super) fn detail_options(&self, context: &Context) -> DetailOptions {
        DetailOptions {
            width: context.out_width().filter(|_| self.path().is_none()),
            color: self.path().is_none() && context.color(),
            zone: context.zone().clone(),
            now: context.now(),
        }
    }

    /// Whether the answer is shown on a terminal.
    pub(super) fn is_to_terminal(&self, context: &Context) -> bool {
        self.path().is_none() && context.out_width().is_some()
    }

    /// Where the answer goes. A file is opened at once, so that one that cannot be written is known before anything is
    /// asked.
    ///
    /// # Errors
    /// Why the file cannot be written.
    pub(super) fn open(&self, context: &Context) -> Result<Output> {
        if self.path().is_some() {
            context.prepare_for_files();
        }
        Output::open(self.path(), context.take_out())
    }

    /// The error with the word that the file is as it was, unless a partial one was asked for.
    pub(super) fn mention_unchanged_file(&self, error: Error) -> Error {
        match self.file_name() {
            Some(file) if !(self.allow_partial && error.kind() == ErrorKind::Incomplete) => {
                error.detail(format!("{file} is left as it was"))
            }
            _ => error,
        }
    }

    /// The file's name for messages, where there is one.
    pub(super) fn file_name(&self) -> Option<String> {
        self.path().map(|path| path.display().to_string())
    }
}

/// The columns of a format where the user named none. JSON has none then: its objects are the API's own.
pub(super) fn default_columns(
    format: Format,
    table: &'static [&'static str],
) -> Vec<&'static Column> {
    match format {
        Format::Table => columns::find_all(table),
        Format::Json | Format::Jsonl => Vec::new(),
        Format::Csv | Format::Tsv | Format::Xlsx => COLUMNS.iter().collect(),
    }
}
