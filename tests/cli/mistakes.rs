//! What is said to a command line that is wrong, and that what is suggested works.

use clap::error::ErrorKind;
use referrals::testing::definition;

use crate::support::TestEnv;

/// What is typed, and what is said; the exit code is 2.
const MISTAKES: &[(&str, &str)] = &[
    // Commands.
    ("pendign", "hint: did you mean `referrals pending`?"),
    ("List", "hint: did you mean `referrals list`?"),
    ("overdue", "hint: did you mean `referrals expiring --within 0d`?"),
    ("export", "hint: did you mean `referrals list --output referrals.csv`?"),
    ("news", "hint: did you mean `referrals changes`?"),
    ("chagnes", "hint: did you mean `referrals changes`?"),
    ("open", "hint: did you mean `referrals show ID`?"),
    ("auth login", "hint: did you mean `referrals login`?"),
    ("auth logout", "hint: did you mean `referrals logout`?"),
    ("auth status", "hint: did you mean `referrals status`?"),
    ("whoami", "hint: did you mean `referrals status --all`?"),
    ("define", "hint: did you mean `referrals glossary`?"),
    ("glosary", "hint: did you mean `referrals glossary`?"),
    ("won", "hint: did you mean `referrals list --substatus won`?"),
    ("active", "hint: did you mean `referrals list --status active`?"),
    ("csv", "hint: did you mean `referrals list --format csv`?"),
    ("help pendign", "hint: did you mean `referrals help pending`?"),
    ("won 8f2e6c", "hint: did you mean `referrals close ID --won`?"),
    ("lost 8f2e6c", "hint: did you mean `referrals close ID --lost --reason WORD`?"),
    ("reject 8f2e6c", "hint: did you mean `referrals decline ID --reason WORD`?"),
    ("approve 8f2e6c", "hint: did you mean `referrals accept ID`?"),
    ("answer accept 8f2e6c", "hint: did you mean `referrals accept ID`?"),
    ("answer reject 8f2e6c", "hint: did you mean `referrals decline ID --reason WORD`?"),
    ("edit 8f2e6c", "hint: did you mean `referrals update ID`?"),
    ("history", "hint: did you mean `referrals log`?"),
    // Flags.
    ("decline 8f2e6c --yes", "hint: a yes is not enough here: "),
    ("update 8f2e6c --comment x", "hint: did you mean `--note`?"),
    ("update 8f2e6c --amount 5", "hint: did you mean `--value`?"),
    ("accept 8f2e6c --what-if", "hint: did you mean `--dry-run`?"),
    ("update 8f2e6c --stage propsed", "hint: did you mean `--stage proposed`?"),
    ("decline 8f2e6c", "error: a reason is needed"),
    ("decline 8f2e6c --reason tmeline", "hint: did you mean `timeline`?"),
    ("decline 8f2e6c --reason spam", "  abuse: Report as abuse"),
    ("close 8f2e6c --lost", "error: a reason is needed"),
    ("list --json", "hint: did you mean `--format json`?"),
    ("pending --csv", "hint: did you mean `--format csv`?"),
    ("status --json", "hint: did you mean `--format json`?"),
    ("list --won", "hint: did you mean `--substatus won`?"),
    ("list --statuss new", "hint: did you mean `--status`?"),
    ("list --since 7d", "hint: did you mean `--created-after`?"),
    ("list --company x", "hint: did you mean `--customer`?"),
    ("list --owner x", "hint: did you mean `--seller`?"),
    ("list --my", "hint: did you mean `--mine`?"),
    ("pending --idle 30d", "hint: did you mean `--stale`?"),
    ("list --top 5", "hint: did you mean `--limit`?"),
    ("list --all", "hint: 0 shows all: `--limit 0`"),
    ("list --overdue", "hint: did you mean `referrals expiring --within 0d`?"),
    ("list --sort-by value", "hint: did you mean `--sort`?"),
    ("list --store file", "hint: it is a flag of another command: `referrals login --store`"),
    ("list --within 3d", "hint: it is a flag of another command: `referrals expiring --within`"),
    (
        "pending --status active",
        "hint: `pending` has a fixed status and direction: `referrals list --status active`",
    ),
    (
        "expiring --incoming",
        "hint: `expiring` has a fixed status and direction: `referrals list --incoming`",
    ),
    ("list won", "hint: did you mean `--substatus won`?"),
    ("list fabrikam", "hint: to search for a customer: `--customer fabrikam`"),
    // Values.
    ("list --status open", "hint: new and active are open: `--status new,active`"),
    ("list --status won", "hint: won is a value of --substatus: `--substatus won`"),
    (
        "list --status pending",
        "hint: pending is a value of --substatus: `--substatus pending`, or `referrals pending`",
    ),
    ("list --substatus active", "hint: active is a value of --status: `--status active`"),
    ("list --status activ", "hint: did you mean `--status active`?"),
    ("list --kind opportunity", "hint: did you mean `--kind co-sell`?"),
    ("list --format ics", "hint: another command has it: `referrals pending --format ics`"),
    ("list --format calendar", "hint: another command has it: `referrals pending --format ics`"),
    ("expiring --format calendar", "hint: did you mean `--format ics`?"),
    (
        "show 8f2e6c --format html",
        "hint: another command has it: `referrals pending --format html`",
    ),
    ("pending --by customer", "hint: `--by` takes seller, kind, country, from, currency, state"),
    ("list --by status", "hint: did you mean `--by state`?"),
    ("list --sort country", "hint: `--sort` takes created, updated, deadline, "),
    ("list --format excel", "hint: did you mean `--format xlsx`?"),
    ("list --sort due", "hint: did you mean `--sort deadline`?"),
    ("list --sort -value", "hint: did you mean `--sort value --desc`?"),
    ("list --limit five", "invalid value 'five' for '--limit <N>': expected a number; 0 shows all"),
    ("list --limit -1", "invalid value '-1' for '--limit <N>': expected a number; 0 shows all"),
    ("expiring --within -3d", "hint: a span counts ahead and has no sign: `--within 3d`"),
    ("expiring --within=-3d", "hint: a span counts ahead and has no sign: `--within 3d`"),
    ("list --created-after -7d", "hint: without a sign: `--created-after 7d`"),
    ("list --created-after=-7d", "hint: a span has no sign: `--created-after 7d`"),
    ("list --stale -30d", "hint: without a sign: `--stale 30d`"),
    ("list --stale=-30d", "hint: a span has no sign: `--stale 30d`"),
    (
        "list --created-after 11/12/2026",
        "hint: write `--created-after 2026-12-11` or `--created-after 2026-11-12`",
    ),
    ("list --created-after 20/11/2026", "hint: write `--created-after 2026-11-20`"),
    ("expiring --within yesterday", "hint: for what is overdue already: `--within 0d`"),
    ("list --min-value 100.000 --currency EUR", "it could mean 100 or 100000"),
    ("list --min-value 1.000.000 --currency EUR", "write 1000000"),
    ("list --min-value 5 --currency EUR,USD", "hint: for example `--currency EUR`"),
    ("list --country Germany", "write DE"),
    ("list --columns id,dedline", "hint: did you mean `deadline`?"),
    ("completions bsh", "hint: did you mean `referrals completions bash`?"),
    ("list --demo --profile nope", "hint: `referrals login --profile nope` creates it"),
    ("show 8f2e6c --demo --profile nope", "error: no profile \"nope\" in "),
];

/// What nothing is suggested for, because every suggestion would be wrong.
const UNCLEAR: &[&str] = &[
    "frobnicate",
    "list --frobnicate",
    "list --status none,xyzzy",
    "list --format yaml",
    "list --columns id,xyzzy",
    "show a b",
    "list $(x)",
    "list --open-sesame",
];

fn arguments(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// The parts of a text in backticks.
fn suggestions(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn a_mistake_is_met_with_what_was_probably_meant() {
    for (typed, said) in MISTAKES {
        let output = TestEnv::new().variable("REFERRALS_TOKEN", "t").run(&arguments(typed));
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{typed}: {}", output.err);
        assert!(output.err.contains(said), "{typed}: {}", output.err);
        assert!(!output.err.contains("tip:"), "{typed}: {}", output.err);
    }
}

#[test]
fn what_is_suggested_can_be_typed() {
    let mut checked = 0;
    for (typed, said) in MISTAKES {
        let command = arguments(typed)[0];
        for suggestion in suggestions(said) {
            let words = arguments(suggestion);
            let line = match (words[0], suggestion.starts_with('-')) {
                ("referrals", _) => words,
                (_, true) => [vec!["referrals", command], words].concat(),
                // A command's or a column's name.
                _ => continue,
            };
            // A flag whose value is for the reader to choose need only exist.
            let flag = line.last().and_then(|word| word.strip_prefix("--"));
            let mut program = definition();
            program.build();
            let known = program.find_subcommand(line[1]).zip(flag).and_then(|(command, flag)| {
                command.get_arguments().find(|argument| argument.get_long() == Some(flag))
            });
            let needs_value = known.is_some_and(|flag| flag.get_action().takes_values());
            let parsed = definition().try_get_matches_from(&line);
            // What the line had, such as a REF, is not in the suggestion.
            let is_part = |error: &clap::Error| error.kind() == ErrorKind::MissingRequiredArgument;
            let fine = parsed.as_ref().err().is_none_or(|it| !it.use_stderr() || is_part(it));
            assert!(fine || needs_value, "{typed}: {suggestion}");
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} suggestions were found");
}

#[test]
fn nothing_is_suggested_that_would_be_wrong() {
    for typed in UNCLEAR {
        let output = TestEnv::new().run(&arguments(typed));
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{typed}: {}", output.err);
        assert!(!output.err.contains("did you mean"), "{typed}: {}", output.err);
        assert!(!output.err.contains("tip:"), "{typed}: {}", output.err);
    }
}

#[test]
fn forgiven_spellings_mean_the_same() {
    for (typed, meant) in [
        ("list --kind cosell", "list --kind co-sell"),
        ("list --kind co_sell", "list --kind coSell"),
        ("list --country UK", "list --country GB"),
        ("list --currency EUR,USD", "list --currency eur --currency usd"),
        ("list --min-value 100k --currency EUR", "list --min-value 100_000 --currency EUR"),
        ("list --max-value 1.5m --currency EUR", "list --max-value 1500000 --currency EUR"),
        ("list --created-after 20.11.2026", "list --created-after 2026-11-20"),
        ("list --created-after 2026-11", "list --created-after this=month"),
        ("list --created-after friday", "list --created-after yesterday"),
        ("list -n 3", "list --limit 3"),
    ] {
        let explain = |line: &str| {
            // A blank inside a value is written `=` in this table.
            let words: Vec<String> =
                line.split(' ').map(|word| word.replace("this=", "this ")).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["--explain"]).collect();
            TestEnv::new().variable("REFERRALS_TOKEN", "t").run(&words).ok().out
        };
        assert_eq!(explain(typed), explain(meant), "{typed}");
    }
}

#[test]
fn help_of_a_command_is_its_long_help_and_the_short_one_fits_a_screen() {
    let env = TestEnv::new();
    let long = env.run(&["pending", "--help"]).ok().out;
    assert_eq!(env.run(&["help", "pending"]).ok().out, long);
    assert_eq!(env.run(&["help"]).ok().out, env.run(&["--help"]).ok().out);
    assert!(long.contains("--updated-after") && long.contains("Examples:"), "{long}");
    let guide = env.run(&["-h"]).ok().out;
    assert!(guide.lines().count() < 24 && guide.contains("referrals pending --demo"), "{guide}");
    for command in definition().get_subcommands() {
        let name = command.get_name();
        // A line that does not fit would be broken a second time.
        let notes = command.get_after_long_help().or(command.get_after_help()).unwrap().to_string();
        let wide = notes.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{name}");
        let short = env.run(&[name, "-h"]).ok().out;
        assert!(short.lines().count() < 24, "{name}: {short}");
        assert!(short.lines().all(|line| line.chars().count() <= 80), "{name}: {short}");
        assert!(short.contains("--demo") && !short.contains("--max-wait"), "{name}: {short}");
    }
}
