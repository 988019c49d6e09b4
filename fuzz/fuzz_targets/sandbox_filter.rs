//! Any `$filter` is read or refused with a reason; what is read is balanced to the eye of the client too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::check_balanced;

fuzz_target!(|text: &str| {
    match referrals_sandbox::check_filter(text) {
        Ok(()) => assert!(check_balanced(text).is_ok(), "the client would not send {text:?}"),
        Err(reason) => assert!(!reason.is_empty()),
    }
});
