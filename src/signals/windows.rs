//! The handler of Ctrl-C and of a closed console on Windows.

/// 128 + SIGINT, as shells have it elsewhere.
const INTERRUPTED: i32 = 130;

#[expect(clippy::disallowed_methods, reason = "a signal handler cannot return an exit code")]
pub(super) fn install(clean_up: fn()) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || {
        clean_up();
        std::process::exit(INTERRUPTED);
    })
}
