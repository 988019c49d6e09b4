//! The program as it is installed, run with nothing around it but what a test names.

use assert_cmd::cargo::cargo_bin_cmd;
use tempfile::TempDir;

/// The token of every run; only the API may ever see it.
pub(crate) const TOKEN: &str = "token-for-the-api-alone";

/// How a run ended.
pub(crate) struct Output {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Output {
    /// Fails unless the run ended with this code and said all of this on standard error.
    pub(crate) fn assert(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}\n{}", self.err, self.out);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing:\n{}", self.err);
        }
    }
}

/// Lists what the API at `url` has, with as much tracing as there is.
pub(crate) fn list(url: &str, variables: &[(&str, &str)]) -> Output {
    list_for("0s", url, variables)
}

/// The same, going on for this long with what may pass.
pub(crate) fn list_for(patience: &str, url: &str, variables: &[(&str, &str)]) -> Output {
    let home = TempDir::new().unwrap();
    let mut command = cargo_bin_cmd!("referrals");
    command
        .env_clear()
        .env("HOME", home.path())
        .env("REFERRALS_CONFIG_DIR", home.path())
        .env("REFERRALS_STATE_DIR", home.path())
        .env("REFERRALS_API_URL", url)
        .env("REFERRALS_TOKEN", TOKEN)
        .envs(variables.iter().copied())
        .args(["list", "--format", "json", "--max-wait", patience, "-vvv"]);
    #[expect(clippy::disallowed_methods, reason = "without it, Windows has no sockets")]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Output {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    assert!(!ran.out.contains(TOKEN) && !ran.err.contains(TOKEN), "{}", ran.err);
    ran
}
