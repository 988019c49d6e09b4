//! Removes temporary files and gives the terminal its mode back when a signal ends the process.

#[cfg(unix)]
mod ignored;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix::install;
#[cfg(windows)]
use windows::install;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::files;
use crate::terminal;

/// Has the temporary files removed that exist when a signal ends the process, and the terminal's mode restored. Signals that were ignored when the process
/// started, as under `nohup`, stay ignored.
pub fn clean_up_on_signals() {
    // Without a handler everything works, but a signal may leave a temporary file behind.
    let _ = install(clean_up, pager_runs);
}

static PAGER_RUNS: AtomicBool = AtomicBool::new(false);

/// Has Ctrl-C, which reaches the pager too, not end this process while `work` runs the pager: the terminal is the pager's
/// until it has ended.
pub fn leave_interrupts_to_pager<T>(work: impl FnOnce() -> T) -> T {
    clean_up_on_signals();
    PAGER_RUNS.store(true, Ordering::Relaxed);
    let result = work();
    PAGER_RUNS.store(false, Ordering::Relaxed);
    result
}

fn pager_runs() -> bool {
    PAGER_RUNS.load(Ordering::Relaxed)
}

fn clean_up() {
    files::remove_temp_files();
    terminal::restore();
}
