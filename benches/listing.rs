//! Measures time and memory of listings against the sandbox: `cargo bench`. Compare two runs on one machine. Peak memory
//! is read from /proc, so it is shown on Linux only.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    reason = "a program that measures"
)]

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use referrals_sandbox::{Options, Sandbox};

/// Rows, latency of each response in milliseconds, format.
const CASES: &[(usize, u64, &str)] = &[
    (1_000, 0, "csv"),
    (10_000, 0, "csv"),
    (100_000, 0, "csv"),
    (10_000, 0, "json"),
    (100_000, 0, "json"),
    (10_000, 0, "jsonl"),
    (100_000, 0, "jsonl"),
    (10_000, 0, "xlsx"),
    (10_000, 50, "csv"),
];

fn main() {
    measure_start_up();
    println!(
        "{:>8} {:>8} {:>6} {:>9} {:>12} {:>9} {:>9} {:>9}",
        "rows", "latency", "format", "requests", "connections", "wall", "waiting", "peak"
    );
    for &(rows, latency, format) in CASES {
        let options = Options {
            referrals: rows,
            latency: Duration::from_millis(latency),
            now: jiff::Timestamp::now(),
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_referrals"));
        command
            .args(["list", "--format", format, "--api-url", sandbox.url()])
            .env("REFERRALS_TOKEN", "sandbox");
        let (wall, peak) = measure(&mut command);
        let requests = sandbox.requests().len();
        let waiting = Duration::from_millis(latency) * u32::try_from(requests).unwrap();
        println!(
            "{rows:>8} {latency:>5} ms {format:>6} {requests:>9} {:>12} {:>7.3} s {:>7.3} s {:>6} MB",
            sandbox.connections(),
            wall.as_secs_f64(),
            waiting.as_secs_f64(),
            peak.map_or("?".to_owned(), |kilobytes| format!(
                "{}.{}",
                kilobytes / 1024,
                kilobytes % 1024 * 10 / 1024
            )),
        );
    }
}

/// The start-up time that every command has.
fn measure_start_up() {
    let mut times: Vec<Duration> = (0..50)
        .map(|_| measure(Command::new(env!("CARGO_BIN_EXE_referrals")).arg("--version")).0)
        .collect();
    times.sort();
    println!("start-up (--version, median of 50): {:.2} ms\n", times[25].as_secs_f64() * 1e3);
}

/// Wall time, and peak resident memory in kilobytes.
fn measure(command: &mut Command) -> (Duration, Option<u64>) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return (start.elapsed(), peak);
        }
        thread::sleep(Duration::from_micros(200));
    }
}
