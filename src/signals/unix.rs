//! The handler of signals on Unix.

use std::ffi::c_int;
use std::io;
use std::sync::Once;
use std::thread;

use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    SIGXFSZ,
};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::ignored::find_ignored;

/// The signals that end a process by default and do not tell of a fault in it.
const ENDING: [c_int; 11] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ, SIGVTALRM,
    SIGPROF,
];

pub(super) fn install(clean_up: fn(), pager_runs: fn() -> bool) -> io::Result<()> {
    static INSTALLED: Once = Once::new();
    let mut result = Ok(());
    INSTALLED.call_once(|| result = start_handler(clean_up, pager_runs));
    result
}

fn start_handler(clean_up: fn(), pager_runs: fn() -> bool) -> io::Result<()> {
    let ignored = find_ignored(&ENDING);
    let mut signals = Signals::new(ENDING.iter().filter(|signal| !ignored.contains(signal)))?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if matches!(signal, SIGINT | SIGQUIT) && pager_runs() {
                continue;
            }
            clean_up();
            // Ends the process by the signal itself, as without a handler: a shell says 128 + its number.
            let _ = emulate_default_handler(signal);
        }
    })?;
    Ok(())
}
