//! `sandbox`: serves the built-in sample API until it is interrupted.

use std::io::BufRead;
use std::time::Duration;

use referrals_sandbox::{DayEvent, Fault, Options, Sandbox};

use crate::context::Context;
use crate::dates;
use crate::error::{Error, Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals sandbox
  referrals sandbox --port 4010 --referrals 10000 --latency 50ms
  referrals sandbox --scenario day

The first line on standard output is the address of the API. To use it:
  export REFERRALS_TOKEN=sandbox
  export REFERRALS_API_URL=http://127.0.0.1:4010/v1.0/engagements
  referrals list
In PowerShell:
  $env:REFERRALS_TOKEN = 'sandbox'
  $env:REFERRALS_API_URL = 'http://127.0.0.1:4010/v1.0/engagements'")]
pub struct Args {
    /// Listen on this port (0: any free port)
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Generate this many referrals
    #[arg(long, value_name = "N", default_value_t = 250)]
    referrals: usize,
    /// Return this many referrals per page
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    page_size: u64,
    /// Delay each response by this time
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = dates::parse_duration)]
    latency: Duration,
    /// Generate the referrals from this seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Accept only this access token
    #[arg(long, value_name = "WORD", default_value = "sandbox")]
    token: String,
    /// Reject filters, orders and changes that the API does not document
    #[arg(long)]
    documented_only: bool,
    /// Play this story: with "day", a day passes when Enter is pressed
    ///
    /// On that day referrals arrive, are answered, won and lost, change, lapse and disappear. What has happened is told
    /// on standard error, so that it can be compared with what `referrals changes` tells.
    #[arg(long, value_name = "NAME")]
    scenario: Option<Scenario>,
    /// Serve nothing: forget what was done with --demo, so that it begins afresh
    #[arg(long)]
    reset: bool,
    /// Let this go wrong with every change: status=423, no-response, cut-response=N, cut-request=N, changed-meanwhile
    #[arg(long = "fault", value_name = "WORD", hide = true)]
    faults: Vec<Fault>,
    /// Serve a Referrals user with this address, who may change only what it is on the team of
    #[arg(long, value_name = "EMAIL", hide = true)]
    user: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Scenario {
    Day,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        if self.reset {
            services.reset_demo()?;
            context.ui().info("the demo begins afresh");
            return Ok(Outcome::Done);
        }
        let Args {
            port,
            referrals,
            page_size,
            latency,
            seed,
            token,
            documented_only,
            scenario,
            ..
        } = self;
        let options = Options {
            port,
            referrals,
            page_size: usize::try_from(page_size).unwrap_or(usize::MAX),
            latency,
            seed,
            token,
            allow_undocumented: !documented_only,
            now: context.now(),
            faults: self.faults,
            user: self.user,
            ..Options::default()
        };
        let token = options.token.clone();
        let sandbox = Sandbox::start(options).map_err(|error| {
            Error::failure(format!("cannot listen on port {port}"))
                .cause(&error)
                .hint("choose another port with `--port`, or 0 for any free one")
        })?;
        context.print(format!("{}\n", sandbox.url()))?;
        context.ui().info(&format!(
            "serving {referrals} sample referrals; the access token is {token:?}; press Ctrl-C to stop"
        ));
        if scenario == Some(Scenario::Day) {
            play_day(context, &sandbox);
        }
        sandbox.wait();
        Ok(Outcome::Done)
    }
}

/// Waits for a line on standard input, and then lets the day pass. Where there is no standard input, it never does.
fn play_day(context: &Context, sandbox: &Sandbox) {
    let ui = context.ui();
    ui.info("press Enter to let a day pass");
    let mut line = String::new();
    if !matches!(context.take_input().read_line(&mut line), Ok(1..)) {
        return;
    }
    for DayEvent { id, word } in sandbox.play_day(context.now()) {
        ui.info(&format!("{id} {word}"));
    }
    ui.info("the day is over");
}
