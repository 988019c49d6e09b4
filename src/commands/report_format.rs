//! The output formats of the commands that report on this program: text for people, JSON for programs.

/// A value of `--format` of `status` and `doctor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportFormat {
    Text,
    Json,
}
