//! A page is parsed or refused; every object in it is a referral that keeps its text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::{Deadline, NextLink, ReadAhead, Referral, parse_page, peek_next_link};

fuzz_target!(|body: &str| {
    // A guess that may be wrong, but never panics.
    let _ = peek_next_link(body);
    let parse = |read_ahead| parse_page(body.to_owned(), read_ahead);
    let Ok(page) = parse(ReadAhead::Head) else {
        assert!(parse(ReadAhead::AllFields).is_err());
        return;
    };
    let whole = parse(ReadAhead::AllFields).expect("fields never cause an error");
    if let Some(NextLink::Text(link)) = page.next_link {
        assert!(!link.trim().is_empty());
    }
    assert_eq!(page.rows.len(), whole.rows.len());
    for (referral, whole) in page.rows.into_iter().zip(whole.rows) {
        assert_eq!(format!("{:?}", *referral), format!("{:?}", *whole));
        let parsed = Referral::parse(referral.raw()).expect("a row is an object");
        assert_eq!((&parsed.id, parsed.raw()), (&referral.id, referral.raw()));
        let _ = (referral.kind(), referral.sender(), referral.sellers().count());
        if let Some(deadline) = Deadline::of(&referral) {
            let _ = deadline.time_left(deadline.at);
        }
        let rest = referral.without(&["id".to_owned()]);
        Referral::parse(rest.raw()).expect("a referral without its id is still an object");
    }
});
