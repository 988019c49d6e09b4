//! A `$filter` is parsed or refused with a reason, and what parses is balanced for the client too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::check_balanced;

fuzz_target!(|text: &str| {
    match referrals_sandbox::check_filter(text) {
        Ok(()) => assert!(check_balanced(text).is_ok(), "not balanced: {text:?}"),
        Err(reason) => assert!(!reason.is_empty()),
    }
});
