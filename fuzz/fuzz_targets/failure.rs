//! The body of an error response gives one short line or none, whatever the status.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::{ErrorResponse, Resource, error_message};

/// More than the longest message.
const LONG: usize = 400;

fuzz_target!(|body: &str| {
    if let Some(line) = error_message(body) {
        assert!(!line.trim().is_empty(), "nothing is told");
        assert!(line.chars().count() < LONG, "too much is told: {line}");
        assert!(!line.contains(['\n', '\r']), "it is more than a line: {line}");
    }
    for status in [302, 400, 401, 403, 404, 412, 429, 500, 503] {
        let answer = ErrorResponse { status, body: body.to_owned(), ..ErrorResponse::default() };
        for purpose in [Resource::Listing(None), Resource::Referral("1".to_owned())] {
            let report = answer.to_error(&purpose, "api.example").report();
            assert!(report.starts_with("error: "), "{report}");
        }
    }
});
