//! One file per subcommand: its flags and what it does with them. No HTTP and no formatting here.

use clap::Subcommand;

use crate::context::Context;
use crate::error::{Outcome, Result};

mod access;
mod completions;
mod doctor;
mod expiring;
mod filters;
mod list;
mod listing;
mod login;
mod logout;
mod man;
mod output;
mod pending;
mod profile_status;
mod report_format;
mod sandbox;
mod show;
mod status;

pub use completions::scripts;
pub use man::pages;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what waits for an answer, soonest deadline first
    Pending(pending::Args),
    /// Show what is about to lapse unanswered, and what it is worth
    Expiring(expiring::Args),
    /// List referrals, any slice of them
    List(list::Args),
    /// Show one referral in full
    Show(show::Args),
    /// Sign in to Partner Center and stay signed in
    Login(login::Args),
    /// Forget the sign-in
    Logout(logout::Args),
    /// Show who is signed in, where the sign-in is kept, and until when
    Status(status::Args),
    /// Find out why it does not work here
    Doctor(doctor::Args),
    /// Serve the built-in sample API on this machine
    Sandbox(sandbox::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print a manual page
    Man(man::Args),
}

/// Does it. `program` makes the command line's definition, from which scripts and manual pages are made.
pub fn run(command: Command, context: &Context, program: fn() -> clap::Command) -> Result<Outcome> {
    match command {
        Command::Pending(args) => args.run(context),
        Command::Expiring(args) => args.run(context),
        Command::List(args) => args.run(context),
        Command::Show(args) => args.run(context),
        Command::Login(args) => args.run(context),
        Command::Logout(args) => args.run(context),
        Command::Status(args) => args.run(context),
        Command::Doctor(args) => args.run(context),
        Command::Sandbox(args) => args.run(context),
        Command::Completions(args) => args.run(context, &program()),
        Command::Man(args) => args.run(context, &program()),
    }
}
