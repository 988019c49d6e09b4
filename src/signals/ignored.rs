//! Which signals this process ignores. Whoever started it decided that, as `nohup` does, or a shell for what runs in its
//! background.

use std::ffi::c_int;
use std::fs;
use std::process::{Command, Stdio};

/// Sends each signal to a shell of its own and prints those that the shell survives.
const SCRIPT: &str = r#"ulimit -c 0; for s; do sh -c "kill -$s \$\$" && echo $s; done"#;

/// Which of `signals` are ignored. To be asked before they have handlers.
pub(super) fn find_ignored(signals: &[c_int]) -> Vec<c_int> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    match parse_status(&status) {
        Some(mask) => signals.iter().copied().filter(|signal| is_in(mask, *signal)).collect(),
        None => ask_shell(signals),
    }
}

/// The mask of ignored signals in Linux's `/proc/self/status` (proc(5)).
fn parse_status(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

fn is_in(mask: u64, signal: c_int) -> bool {
    mask >> (signal - 1) & 1 == 1
}

/// A child ignores what its parent ignores (execve(2)).
fn ask_shell(signals: &[c_int]) -> Vec<c_int> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SCRIPT, "sh"]).args(signals.iter().map(c_int::to_string));
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let survived = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&survived).lines().filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read_from_the_status() {
        let status = "Name:\tx\nSigBlk:\t0000000000000004\nSigIgn:\t8000000000001003\nSigCgt:\t0\n";
        let mask = parse_status(status).unwrap();
        let ignored: Vec<c_int> = (1..=64).filter(|signal| is_in(mask, *signal)).collect();
        assert_eq!(ignored, [1, 2, 13, 64]);
        assert_eq!(parse_status("SigIgn:\t?\n"), None);
        assert_eq!(parse_status(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_shell_finds_the_ignored_signals_of_the_status() {
        let signals = [1, 2, 3, 15];
        assert_eq!(ask_shell(&signals), find_ignored(&signals));
    }
}
