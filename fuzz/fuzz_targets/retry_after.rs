//! A `Retry-After` header is a delay or nothing, and never makes retries exceed their budget.

#![no_main]

use std::time::Duration;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use referrals::testing::{FailureClass, RetryDecision, RetryState, decide, parse_retry_after};

fuzz_target!(|header: &str| {
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("an instant");
    let retry_after = parse_retry_after(header, now);
    let (spent, budget) = (Duration::from_secs(30), Duration::from_secs(120));
    for attempts in [1, 2, 7, 8, u32::MAX] {
        for jitter in [0.0, 0.5, 1.0] {
            let class = FailureClass::Status(429);
            match decide(RetryState { class, attempts, spent, budget, retry_after, jitter }) {
                RetryDecision::Wait(wait) => assert!(spent + wait <= budget, "waits {wait:?}"),
                RetryDecision::TooLong(wait) => assert_eq!(Some(wait), retry_after),
                RetryDecision::GiveUp => {}
            }
        }
    }
});
