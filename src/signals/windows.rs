//! The handler of Ctrl-C and of a closed console on Windows.

use super::clean_up;

/// 128 + SIGINT, as shells have it elsewhere.
const INTERRUPTED: i32 = 130;

#[expect(clippy::disallowed_methods, reason = "a signal handler cannot return an exit code")]
pub(super) fn install() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        clean_up();
        std::process::exit(INTERRUPTED);
    })
}
