//! `sandbox`: serves the built-in sample API until it is interrupted.

use std::time::Duration;

use referrals_sandbox::{Fault, Options, Sandbox};

use crate::dates;
use crate::error::{Error, Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals sandbox
  referrals sandbox --port 4010 --referrals 10000 --latency 50ms

The first line on standard output is the address of the API. To use it:
  export REFERRALS_TOKEN=sandbox
  export REFERRALS_API_URL=http://127.0.0.1:4010/v1.0/engagements
  referrals list")]
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

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        if self.reset {
            services.reset_demo()?;
            context.ui().info("the demo begins afresh");
            return Ok(Outcome::Done);
        }
        let Args { port, referrals, page_size, latency, seed, token, documented_only, .. } = self;
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
        sandbox.wait();
        Ok(Outcome::Done)
    }
}
