//! A settings file is parsed or refused with its path, and every profile that is listed can be looked up.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use referrals::testing::ConfigFile;
use referrals::testing::ErrorKind;

fuzz_target!(|text: &str| {
    match ConfigFile::parse(text, Path::new("config.toml")) {
        Ok(file) => {
            for name in file.profile_names() {
                assert!(file.profile(name).is_some(), "{name:?} is lost");
            }
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.report().contains("config.toml"), "{}", error.report());
        }
    }
});
