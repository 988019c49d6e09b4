//! A page is parsed or refused; every object in it is a referral that keeps its text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::parse_page;
use referrals::testing::{Deadline, Referral};

fuzz_target!(|body: &str| {
    let Ok(page) = parse_page(body.to_owned()) else { return };
    assert!(page.next_link.is_none_or(|link| !link.trim().is_empty()));
    for referral in page.rows {
        let parsed = Referral::parse(referral.raw()).expect("a row is an object");
        assert_eq!((&parsed.id, parsed.raw()), (&referral.id, referral.raw()));
        let _ = (referral.kind(), referral.sender(), referral.sellers().count());
        if let Some(deadline) = Deadline::of(&referral) {
            let _ = deadline.time_left(deadline.at);
        }
        let detached = referral.detach();
        assert_eq!((&detached.id, detached.raw()), (&referral.id, referral.raw()));
        let rest = referral.without(&["id".to_owned()]);
        Referral::parse(rest.raw()).expect("a referral without its id is still an object");
    }
});
