//! The handler of Ctrl-C and of a closed console on Windows.

/// 128 + SIGINT, as shells have it elsewhere.
const INTERRUPTED: i32 = 130;

#[expect(clippy::disallowed_methods, reason = "a signal handler cannot return an exit code")]
pub(super) fn install(clean_up: fn(), pager_runs: fn() -> bool) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || {
        if pager_runs() {
            return;
        }
        clean_up();
        std::process::exit(INTERRUPTED);
    })
}
