//! A refusal's body of any shape is told in one short line or not at all, whatever the status.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::api::failure::{Answer, Purpose, told};

/// More than the longest text that is told.
const LONG: usize = 400;

fuzz_target!(|body: &str| {
    if let Some(line) = told(body) {
        assert!(!line.trim().is_empty(), "nothing is told");
        assert!(line.chars().count() < LONG, "too much is told: {line}");
        assert!(!line.contains(['\n', '\r']), "it is more than a line: {line}");
    }
    for status in [302, 400, 401, 403, 404, 412, 429, 500, 503] {
        let answer = Answer { status, body: body.to_owned(), ..Answer::default() };
        for purpose in [Purpose::Listing(None), Purpose::Referral("1".to_owned())] {
            let report = answer.error(&purpose, "api.example").report();
            assert!(report.starts_with("error: "), "{report}");
        }
    }
});
