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

use crate::files;
use crate::terminal;

/// Has the temporary files removed that exist when a signal ends the process, and the terminal's mode restored. Signals that were ignored when the process
/// started, as under `nohup`, stay ignored.
pub fn clean_up_on_signals() {
    // Without a handler everything works, but a signal may leave a temporary file behind.
    let _ = install(clean_up);
}

fn clean_up() {
    files::remove_temp_files();
    terminal::restore();
}
