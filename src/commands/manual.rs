//! What manual pages say beside the flags: exit codes, variables, files. The README and docs/settings.md say the same.

/// The exit codes of [`ErrorKind`](crate::error::ErrorKind) and [`Outcome`](crate::error::Outcome).
pub(super) const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "done"),
    ("1", "error"),
    ("2", "invalid flags or settings"),
    ("3", "something needs attention (only with --exit-code)"),
    ("4", "sign-in required"),
    ("5", "the service or the network is not available"),
    ("6", "rate limited"),
    (
        "7",
        "incomplete: the listing broke off, or a change is not seen yet: look before trying again",
    ),
    ("8", "the referral was changed by somebody else since it was read; nothing was changed"),
    (
        "128 + n",
        "ended by signal n; signals that were ignored at the start, as with nohup, are ignored",
    ),
];

pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    ("REFERRALS_PROFILE", "the profile to use, as --profile"),
    ("REFERRALS_TENANT", "your Entra tenant, as --tenant of login"),
    ("REFERRALS_CLIENT_ID", "your app registration, as --client-id of login"),
    ("REFERRALS_STORE", "keyring or file, as --store of login"),
    ("REFERRALS_API_URL", "the URL of the API, as --api-url"),
    ("REFERRALS_AUTHORITY", "the URL of the sign-in service, as --authority of login"),
    ("REFERRALS_SCOPE", "the scope to request, as --scope of login"),
    ("REFERRALS_ME", "your addresses on teams, with commas between, for --mine"),
    ("REFERRALS_ALLOW_WRITES", "1 lets commands change referrals, as allow_writes in the profile"),
    ("REFERRALS_TOKEN_FILE", "a file with an access token for one run, as --token-file"),
    ("REFERRALS_TOKEN", "an access token for one run"),
    ("REFERRALS_CONFIG_DIR", "the directory of the settings file"),
    ("REFERRALS_STATE_DIR", "the directory of stored sign-ins and locks"),
    ("HTTPS_PROXY, NO_PROXY", "the proxy, and the hosts that are asked without it"),
    ("SSL_CERT_FILE", "certificates to trust instead of the system's"),
    ("BROWSER", "the browser that login opens"),
    ("REFERRALS_PAGER", "the program that shows a long table on a terminal, before PAGER"),
    ("NO_COLOR", "print no colour when it is not empty; so does TERM=dumb"),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "the locale; where it is not UTF-8, or with TERM=dumb, summary prints plain ASCII",
    ),
    ("TZ", "the time zone of what is printed and of dates in flags"),
];

pub(super) const FILES: &[(&str, &str)] = &[
    (
        "~/.config/referrals/config.toml",
        "the settings file. On macOS it is in ~/Library/Application Support/referrals, on Windows in \
         %APPDATA%\\referrals\\config.",
    ),
    (
        "~/.local/state/referrals",
        "locks, and in sessions/ the sign-ins that are stored in files. On macOS these are beside the settings \
         file, on Windows in %LOCALAPPDATA%\\referrals\\data.",
    ),
];
