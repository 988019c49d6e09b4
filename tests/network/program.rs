//! Runs the binary in an empty environment.

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

use crate::peers::closed_address;

/// Only the API may see it.
pub(crate) const TOKEN: &str = "token-for-the-api-alone";

pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Output {
    /// Asserts the exit code and that standard error contains all `words`.
    pub(crate) fn assert(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}\n{}", self.err, self.out);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing:\n{}", self.err);
        }
    }
}

/// Runs `list` on the API at `url`, without retries and with full tracing.
pub(crate) fn list(url: &str, variables: &[(&str, &str)]) -> Output {
    list_for("0s", url, variables)
}

/// Runs `list` with this `--max-wait`.
pub(crate) fn list_for(max_wait: &str, url: &str, variables: &[(&str, &str)]) -> Output {
    run(&["list", "--format", "json", "--max-wait", max_wait, "-vvv"], url, variables)
}

/// Runs `doctor`, with an authority that cannot be reached.
pub(crate) fn doctor(url: &str, variables: &[(&str, &str)]) -> Output {
    run(&["doctor", "--max-wait", "0s"], url, variables)
}

fn run(arguments: &[&str], url: &str, variables: &[(&str, &str)]) -> Output {
    let home = TempDir::new().unwrap();
    let mut command = cargo_bin_cmd!("referrals");
    command
        .env_clear()
        .env("HOME", home.path())
        .env("REFERRALS_CONFIG_DIR", home.path())
        .env("REFERRALS_STATE_DIR", home.path())
        .env("REFERRALS_AUTHORITY", format!("http://{}", closed_address()))
        .env("REFERRALS_API_URL", url)
        .env("REFERRALS_TOKEN", TOKEN)
        .envs(variables.iter().copied())
        .args(arguments);
    #[expect(clippy::disallowed_methods, reason = "without it, Windows has no sockets")]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    let process = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = Output {
        code: process.status.code().unwrap(),
        out: text(process.stdout),
        err: text(process.stderr),
    };
    assert!(!output.out.contains(TOKEN) && !output.err.contains(TOKEN), "{}", output.err);
    output
}
