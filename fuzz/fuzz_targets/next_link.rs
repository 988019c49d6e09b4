//! No next link makes the token leave the configured scheme, host and port.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::BaseUrl;
use referrals::testing::resolve_next_link;

/// The production URL, and one like the sandbox's.
const ADDRESSES: [&str; 2] = [
    "https://api.partner.microsoft.com/v1.0/engagements",
    "http://127.0.0.1:8080/v1.0/engagements",
];

fuzz_target!(|link: &str| {
    for address in ADDRESSES {
        let base = BaseUrl::parse(address).expect("the address is one the settings take");
        let Ok(next) = resolve_next_link(&base, link) else { continue };
        for url in std::iter::once(&next.url).chain(&next.original) {
            let asked = base.url().join(url).expect("what is followed is an address");
            assert_eq!(asked.origin(), base.url().origin(), "{url}");
            assert_eq!((asked.username(), asked.password()), ("", None), "{url}");
            assert_eq!(asked.fragment(), None, "{url}");
            if let Some((_, query)) = url.split_once('?') {
                assert!(link.contains(query), "the query is not the link's: {url}");
            }
        }
        assert!(next.url.starts_with(address), "{}", next.url);
    }
});
