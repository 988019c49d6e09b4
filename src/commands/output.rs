//! The flags that say in what form and where the answer goes; shared by the commands that print referrals.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::TypedValueParser;

use super::filters::possible_values;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::render::{Format, Output, Style, columns};

/// A table on a terminal stops here unless `--limit` is given.
const ROWS_SHOWN: usize = 100;

/// Form and place of the answer.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Output")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct OutputFlags {
    /// Print in this format [default: from the name of --output, else table]
    #[arg(long, value_name = "FORMAT", ignore_case = true,
        value_parser = possible_values(Format::NAMES).try_map(|word| word.parse::<Format>()))]
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
    /// [`ErrorKind::Usage`] when the file's extension names no format, or a workbook would go to a terminal.
    pub(super) fn format(&self, context: &Context) -> Result<Format> {
        let format = match (self.format, self.path()) {
            (Some(format), _) => format,
            (None, None) if self.excel => Format::Csv,
            (None, None) => Format::Table,
            (None, Some(path)) => Format::from_path(path).ok_or_else(|| {
                Error::new(
                    ErrorKind::Usage,
                    format!("the name {} does not tell the format", path.display()),
                )
                .hint(format!("add `--format` with one of {}", Format::NAMES.join(", ")))
            })?,
        };
        if format.is_binary() && self.path().is_none() && context.out_width().is_some() {
            return Err(Error::new(ErrorKind::Usage, "a workbook is no text for a terminal")
                .hint("write it to a file: `--output referrals.xlsx`"));
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

    /// How to render for this command, whose table has these columns unless `--columns` names others.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a column that does not exist.
    pub(super) fn style(
        &self,
        context: &Context,
        defaults: &'static [&'static str],
        every_row: bool,
    ) -> Result<Style> {
        let columns = self.columns.as_deref().map(columns::parse_list).transpose()?;
        let to_terminal = self.path().is_none().then(|| context.out_width()).flatten();
        Ok(Style {
            columns,
            defaults,
            width: to_terminal,
            color: self.path().is_none() && context.color(),
            zone: context.zone().clone(),
            now: context.now(),
            csv_raw: self.csv_raw,
            excel: self.excel,
            terminal: to_terminal.is_some(),
            rows_shown: to_terminal.filter(|_| !every_row).map(|_| ROWS_SHOWN),
        })
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
