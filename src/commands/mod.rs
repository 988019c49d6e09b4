//! One file per subcommand: its flags and its `run`.

use clap::{Args, Subcommand};

use crate::error::{Outcome, Result};
use crate::services::Services;

mod accept;
mod access;
mod amount;
mod answer;
mod answers;
mod answering;
mod calendar;
mod close;
mod closing;
mod candidates;
mod changes;
mod codes;
mod completions;
mod country;
mod digest;
mod decline;
mod doctor;
mod empty;
mod expiring;
mod figures;
mod filters;
mod find;
mod format_choice;
mod grouping;
mod glossary;
mod glossary_entries;
mod guide;
mod help;
mod list;
mod listing;
mod log;
mod login;
mod logout;
mod man;
mod manual;
mod news;
mod output;
mod pending;
mod preset;
mod preset_flags;
mod profile_status;
mod report;
mod report_format;
mod sandbox;
mod schema;
mod show;
mod status;
mod summary;
mod team;
mod update;
mod view;

pub use completions::scripts;
pub use help::{fit_help, shorten as shorten_help};
pub use man::pages;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show referrals that wait for an answer, soonest deadline first
    Pending(pending::Args),
    /// Show unanswered referrals that are about to lapse, and their value
    Expiring(expiring::Args),
    /// List referrals that match the given filters
    List(list::Args),
    /// List what a view of the settings keeps
    View(view::Args),
    /// Show what is written for the importer of a CRM
    Preset(preset::Args),
    /// Show counts, money and deadlines on one screen
    Summary(summary::Args),
    /// Write figures, charts and rows to one HTML file
    Report(report::Args),
    /// Show one referral in full
    Show(show::Args),
    /// Show what is new, answered, moved, closed or lapsed since the last run
    Changes(changes::Args),
    /// Tell a channel or a mailbox what waits for an answer and what is new
    Digest(digest::Args),
    /// Accept a referral that waits for an answer
    Accept(accept::Args),
    /// Decline a referral that waits for an answer
    Decline(decline::Args),
    /// Report that an accepted deal was won or lost
    Close(close::Args),
    /// Change value, closing date, stage or notes of an accepted referral
    Update(update::Args),
    /// Add a colleague to the team of a referral
    Team(team::Args),
    /// Answer several referrals by a plan
    Answer(answer::Args),
    /// Show what was changed from here, and what came of it
    Log(log::Args),
    /// Sign in to Partner Center
    Login(login::Args),
    /// Delete the stored sign-in
    Logout(logout::Args),
    /// Show the signed-in account, where its sign-in is stored and when it expires
    Status(status::Args),
    /// Check settings, network, sign-in and API access
    Doctor(doctor::Args),
    /// Serve the built-in sample API on this machine
    Sandbox(sandbox::Args),
    /// Explain the words: lapse, co-sell, qualified lead and others
    Glossary(glossary::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print a manual page
    Man(man::Args),
    /// Print the command line as JSON, for scripts and agents
    Schema(schema::Args),
    /// Print the help of the program or of a command
    Help(help::Args),
}

/// The definition of the command of this name alone, without its help.
pub fn definition_of(name: &str) -> Option<clap::Command> {
    let augment = match name {
        "pending" => pending::Args::augment_args,
        "expiring" => expiring::Args::augment_args,
        "list" => list::Args::augment_args,
        "view" => view::Args::augment_args,
        "preset" => preset::Args::augment_args,
        "summary" => summary::Args::augment_args,
        "show" => show::Args::augment_args,
        "report" => report::Args::augment_args,
        "changes" => changes::Args::augment_args,
        "digest" => digest::Args::augment_args,
        "accept" => accept::Args::augment_args,
        "decline" => decline::Args::augment_args,
        "close" => close::Args::augment_args,
        "update" => update::Args::augment_args,
        "team" => team::Args::augment_args,
        "answer" => answer::Args::augment_args,
        "log" => log::Args::augment_args,
        "login" => login::Args::augment_args,
        "logout" => logout::Args::augment_args,
        "status" => status::Args::augment_args,
        "doctor" => doctor::Args::augment_args,
        "sandbox" => sandbox::Args::augment_args,
        "glossary" => glossary::Args::augment_args,
        "completions" => completions::Args::augment_args,
        "man" => man::Args::augment_args,
        "schema" => schema::Args::augment_args,
        "help" => help::Args::augment_args,
        _ => return None,
    };
    Some(augment(clap::Command::new(name.to_owned())))
}

/// Runs `command`, or shows the first screen. Completion scripts and manual pages are generated from the command line that `program` builds.
pub fn run(
    command: Option<Command>,
    services: &Services,
    program: fn() -> clap::Command,
) -> Result<Outcome> {
    let Some(command) = command else { return guide::run(services) };
    match command {
        Command::Pending(args) => args.run(services),
        Command::Expiring(args) => args.run(services),
        Command::List(args) => args.run(services),
        // With a name it is `list` by now.
        Command::View(_) => view::Args::list(services),
        Command::Preset(args) => args.run(services),
        Command::Summary(args) => args.run(services),
        Command::Show(args) => args.run(services),
        Command::Report(args) => args.run(services),
        Command::Changes(args) => args.run(services),
        Command::Digest(args) => args.run(services),
        Command::Accept(args) => args.run(services),
        Command::Decline(args) => args.run(services),
        Command::Close(args) => args.run(services),
        Command::Update(args) => args.run(services),
        Command::Team(args) => args.run(services),
        Command::Answer(args) => args.run(services),
        Command::Log(args) => args.run(services),
        Command::Login(args) => args.run(services),
        Command::Logout(args) => args.run(services),
        Command::Status(args) => args.run(services),
        Command::Doctor(args) => args.run(services),
        Command::Sandbox(args) => args.run(services),
        Command::Glossary(args) => args.run(services.context()),
        Command::Completions(args) => args.run(services, &program()),
        Command::Man(args) => args.run(services.context(), &program()),
        Command::Schema(args) => args.run(services.context(), program()),
        Command::Help(args) => args.run(services.context(), program()),
    }
}
