//! Timeouts of API requests, tested below the command line so that they can be short.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use referrals::testing::ErrorKind;
use referrals::testing::Http;
use referrals::testing::Listing;
use referrals::testing::StaticToken;
use referrals::testing::Ui;
use referrals::testing::{Api, BaseUrl, Timeouts};
use referrals::testing::{Clock, ManualClock};
use referrals::testing::{ListQuery, Plan};

use crate::server::{Reply, Server};
use crate::support::now;

/// A clock that advances by ten seconds at every reading and does not sleep.
#[derive(Default)]
struct FastClock(AtomicU64);

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(10 * self.0.fetch_add(1, Ordering::SeqCst))
    }

    fn sleep(&self, _: Duration) {}
}

fn first_failure(server: &Server, http: Http, clock: &Arc<dyn Clock>) -> referrals::testing::Error {
    let tokens = Arc::new(StaticToken::from_variable("a test", "token").unwrap());
    let timeouts = Timeouts { retry_budget: Duration::from_secs(1_000_000), ..Timeouts::default() };
    let base = BaseUrl::parse(&server.url()).unwrap();
    let api =
        Arc::new(Api::new(base, Arc::new(http), tokens, Arc::clone(clock), Ui::silent(), timeouts));
    let plan = Plan::new(ListQuery::default());
    Listing::start(&api, clock, &Ui::silent(), &plan).err().unwrap()
}

#[test]
fn a_service_that_does_not_respond_times_out() {
    let silent = Server::start(|_, _| Reply::Hang);
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now()));
    let http = Http::default().with_read_timeout(Duration::from_millis(30));
    let error = first_failure(&silent, http, &clock);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("timed out"), "{}", error.report());
    // Only the waits between attempts move this clock. A slow machine may time out before it has connected, so that the
    // server's requests say nothing.
    assert!(clock.elapsed() > Duration::ZERO, "there was no other attempt");
}

#[test]
fn a_slow_response_times_out_even_while_it_makes_progress() {
    let long = format!(r#"{{"value":[{{"id":"a","name":"{}"}}]}}"#, "x".repeat(8 << 20));
    let slow = Server::start(move |_, _| Reply::Json(long.clone()));
    let clock: Arc<dyn Clock> = Arc::new(FastClock::default());
    let error = first_failure(&slow, Http::default(), &clock);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("timed out"), "{}", error.report());
}
