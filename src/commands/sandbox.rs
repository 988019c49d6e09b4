//! `sandbox`: serves the built-in sample API until it is interrupted.

use std::time::Duration;

use referrals_sandbox::{Options, Sandbox};

use crate::context::Context;
use crate::dates;
use crate::error::{Error, Outcome, Result};

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
    /// Reject filters and orders that the API does not document
    #[arg(long)]
    documented_only: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let Args { port, referrals, page_size, latency, seed, token, documented_only } = self;
        let options = Options {
            port,
            referrals,
            page_size: usize::try_from(page_size).unwrap_or(usize::MAX),
            latency,
            seed,
            token,
            allow_undocumented: !documented_only,
            now: context.now(),
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
