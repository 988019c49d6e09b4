//! A page is parsed or refused; every object in it is a referral that keeps its text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::parse_page;
use referrals::testing::{Deadline, Referral};

fuzz_target!(|body: &str| {
    let Ok(page) = parse_page(body) else { return };
    assert!(page.next_link.is_none_or(|link| !link.trim().is_empty()));
    for row in page.rows {
        let sent = row.get().to_owned();
        let referral =
            Referral::from_raw(row).expect("the contents of an object never cause an error");
        assert_eq!(referral.raw(), sent);
        let _ = (referral.kind(), referral.sender(), referral.sellers().count());
        if let Some(deadline) = Deadline::of(&referral) {
            let _ = deadline.time_left(deadline.at);
        }
        let rest = referral.without(&["id".to_owned()]);
        Referral::parse(rest.raw()).expect("a referral without its id is still an object");
    }
});
