//! Parses the arguments, runs the command, prints its error and returns the exit code.

use std::cell::RefCell;
use std::ffi::OsString;
#[cfg(unix)]
use std::fs::File;
use std::io::{IsTerminal, Stdout, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, ColorChoice, CommandFactory, FromArgMatches, Parser};
use terminal_size::{Height, Width, terminal_size_of};

use crate::auth::opener;
use crate::clock::{self, SystemClock};
use crate::commands::{self, Command};
use crate::config::{ConfigFile, Directories, Flags, SettingKey};
use crate::context::{Context, Environment, GlobalOptions};
use crate::dates;
use crate::error::{self, ErrorKind, Outcome};
use crate::mistakes;
use crate::output;
use crate::pager;
use crate::services::Services;
use crate::signals;
use crate::terminal;
use crate::text::{HELP_WIDTH, escape_control};
use crate::ui::{Terminal, Ui, Verbosity};

/// See which Microsoft Partner Center referrals wait for an answer, and when they lapse.
///
/// Leads and co-sell opportunities that are not answered in time are archived as expired. This tool lists them with
/// their deadlines, as a table, JSON, CSV or an Excel workbook.
///
/// To try it without an account, add --demo to any command that reads referrals.
#[derive(Debug, Parser)]
#[command(
    name = "referrals",
    version,
    disable_help_subcommand = true,
    after_help = "Examples:
  referrals pending --demo            try it with sample data
  referrals pending                   what waits for an answer, soonest first
  referrals expiring --within 3d      what lapses within three days
  referrals list --incoming --format csv --output incoming.csv

Run `referrals COMMAND --help` for the flags of a command."
)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    /// Without one, the first screen is shown.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
#[expect(
    clippy::doc_markdown,
    reason = "the comments are the help, where backticks would be noise"
)]
struct GlobalArgs {
    /// Use this profile of the settings file [env: REFERRALS_PROFILE]
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    profile: Option<String>,
    /// Use sample data from a built-in API; needs no account
    #[arg(long, global = true)]
    demo: bool,
    /// Use the API at this URL [env: REFERRALS_API_URL]
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    api_url: Option<String>,
    /// Read the access token from this file [env: REFERRALS_TOKEN_FILE]
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Retry a failed request for at most this long
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME", value_parser = dates::parse_duration, default_value = "2min", hide_default_value = true)]
    max_wait: Duration,
    /// Use colour in the output
    #[arg(long, global = true, hide_short_help = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Use UTC instead of the local time zone
    #[arg(long, global = true, hide_short_help = true)]
    utc: bool,
    /// Print details, such as how dates were read (-vv: every request)
    #[arg(short, long, global = true, hide_short_help = true, action = ArgAction::Count)]
    verbose: u8,
    /// Print only errors and warnings to standard error
    #[arg(short, long, global = true, hide_short_help = true, conflicts_with = "verbose")]
    quiet: bool,
}

/// Runs the program with the arguments, streams and variables of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that takes the process's streams and variables"
)]
pub fn main() -> ExitCode {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let width =
        |size: Option<(Width, Height)>| size.map_or(HELP_WIDTH, |(width, _)| usize::from(width.0));
    let is_out_terminal = stdout.is_terminal();
    let environment = Environment {
        variables: Box::new(|name| std::env::var_os(name)),
        out_width: is_out_terminal.then(|| width(terminal_size::terminal_size())),
        out: RefCell::new(open_stdout(stdout)),
        out_height: terminal_size::terminal_size()
            .filter(|_| is_out_terminal)
            .map(|(_, height)| usize::from(height.0)),
        show_in_pager: Box::new(pager::show),
        err_width: stderr.is_terminal().then(|| width(terminal_size_of(&stderr))),
        err: Box::new(stderr),
        in_terminal: std::io::stdin().is_terminal(),
        input: RefCell::new(terminal::open_input(signals::clean_up_on_signals)),
        open_browser: Box::new(|address| {
            opener::open_browser(address, std::env::var("BROWSER").ok().as_deref())
        }),
        clock: Arc::new(SystemClock::default()),
        zone: Box::new(|| clock::system_zone(std::env::var_os("TZ").is_some())),
        on_file_created: Box::new(signals::clean_up_on_signals),
    };
    anstyle_query::windows::enable_ansi_colors();
    let code = run(std::env::args_os(), environment);
    terminal::restore();
    ExitCode::from(code)
}

/// Standard output. Not as the standard library has it, which takes a write to a descriptor that is open for reading only
/// for a success.
#[cfg(unix)]
fn open_stdout(stdout: Stdout) -> Box<dyn Write + Send> {
    use std::os::fd::AsFd;
    match stdout.as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(File::from(descriptor)),
        Err(_) => Box::new(stdout),
    }
}

#[cfg(not(unix))]
fn open_stdout(stdout: Stdout) -> Box<dyn Write + Send> {
    Box::new(stdout)
}

/// Runs the program in `environment` and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut environment: Environment) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match parse(&arguments, environment.out_width) {
        Ok(cli) => cli,
        Err(error) => return print_clap_error(error, &arguments, &mut environment),
    };
    let cli = match expand_view(&cli, &arguments, &environment) {
        Ok(None) => cli,
        Ok(Some(arguments)) => match parse_view(&arguments) {
            Ok(cli) => cli,
            Err(error) => return print_clap_error(error, &arguments, &mut environment),
        },
        Err(error) => {
            open_ui(&mut environment, Verbosity::Normal).error(&error.report());
            return error.kind().exit_code();
        }
    };
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, 1) => Verbosity::Verbose,
        (false, _) => Verbosity::Trace,
    };
    let ui = open_ui(&mut environment, verbosity);
    let context = Context::new(environment, cli.global.options(), ui.clone());
    let result = Services::new(context).and_then(|services| {
        let result = commands::run(cli.command, &services, definition);
        services.keep_demo();
        ui.clear_progress();
        let flushed = services.context().flush();
        result.and_then(|outcome| flushed.map(|()| outcome))
    });
    match result {
        Ok(outcome) => outcome.exit_code(),
        Err(error) if error.kind() == ErrorKind::ClosedPipe => Outcome::Done.exit_code(),
        Err(error) => {
            ui.error(&error.report());
            error.kind().exit_code()
        }
    }
}

/// The command line that a view of the settings file stands for; `None` for any other command.
fn expand_view(
    cli: &Cli,
    arguments: &[OsString],
    environment: &Environment,
) -> error::Result<Option<Vec<OsString>>> {
    let Some(Command::View(view)) = &cli.command else { return Ok(None) };
    let file = match Directories::find(&*environment.variables) {
        Ok(directories) => ConfigFile::read(&directories.settings_file())?,
        Err(_) => ConfigFile::default(),
    };
    view.expand(arguments, &file)
}

/// A flag that is given again takes the place of the view's; lists are added.
fn parse_view(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let definition = definition().args_override_self(true).color(ColorChoice::Never);
    Cli::from_arg_matches(&definition.try_get_matches_from(arguments)?)
}

/// Takes standard error from `environment`.
fn open_ui(environment: &mut Environment, verbosity: Verbosity) -> Ui {
    let err = std::mem::replace(&mut environment.err, Box::new(std::io::sink()));
    let is_dumb = environment.is_dumb_terminal();
    let terminal = environment.err_width.map(|width| Terminal { width, is_dumb });
    Ui::new(err, verbosity, terminal)
}

/// The command line, from which help, completion scripts and man pages are generated.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// `out_width` is that of the terminal that help is printed to.
fn parse(arguments: &[OsString], out_width: Option<usize>) -> Result<Cli, clap::Error> {
    if let Some(cli) = parse_named_command(arguments) {
        return Ok(cli);
    }
    if let [_, flag] = arguments
        && (flag == "--version" || flag == "-V")
    {
        return Err(print_version(arguments));
    }
    let choice = if out_width.is_some() { ColorChoice::Auto } else { ColorChoice::Never };
    let definition = commands::fit_help(definition(), out_width).color(choice);
    let definition = if asks_for_short_help(arguments) {
        commands::shorten_help(definition)
    } else {
        definition
    };
    Cli::from_arg_matches(&definition.try_get_matches_from(arguments)?)
}

/// What prints the version, for which no command needs to be defined.
fn print_version(arguments: &[OsString]) -> clap::Error {
    let program = clap::Command::new("referrals").version(env!("CARGO_PKG_VERSION"));
    program.try_get_matches_from(arguments).expect_err("a version flag ends parsing")
}

/// Whether `-h`, by itself or among other short flags, is what the parser may answer with help.
fn asks_for_short_help(arguments: &[OsString]) -> bool {
    let words = || arguments.iter().skip(1).filter_map(|argument| argument.to_str());
    let is_short = |word: &str| {
        word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('h'))
    };
    words().any(is_short) && !words().any(|word| word == "--help")
}

/// Parses with the definition of the first argument's command alone, because building those of all commands takes most
/// of the time to start. `None` for everything but a command that can run: help and errors need the whole definition.
fn parse_named_command(arguments: &[OsString]) -> Option<Cli> {
    let command = commands::definition_of(arguments.get(1)?.to_str()?)?;
    let program = GlobalArgs::augment_args(clap::Command::new("referrals"));
    let program = program.disable_help_subcommand(true).subcommand(command);
    Cli::from_arg_matches(&program.try_get_matches_from(arguments).ok()?).ok()
}

/// Prints help and version to standard output, usage errors to standard error.
fn print_clap_error(
    mut error: clap::Error,
    arguments: &[OsString],
    environment: &mut Environment,
) -> u8 {
    if !error.use_stderr() {
        let out = environment.out.get_mut();
        // As a whole: the stream has no buffer.
        let text = error.render().to_string();
        let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        return match printed.map_err(output::write_failed) {
            Err(error) if error.kind() != ErrorKind::ClosedPipe => {
                let _ = writeln!(environment.err, "{}", error.report());
                error.kind().exit_code()
            }
            _ => Outcome::Done.exit_code(),
        };
    }
    let hint = mistakes::find_hint(&error, arguments, definition());
    for kind in SUGGESTIONS {
        error.remove(kind);
    }
    if error.kind() == clap::error::ErrorKind::UnknownArgument {
        // It is that of the flag that clap would suggest.
        error.remove(ContextKind::Usage);
    }
    escape_arguments(&mut error);
    let text = error.render().to_string();
    // An empty line follows what is wrong. No argument has one, because each is on one line.
    let (message, usage) = text.split_once("\n\n").unwrap_or((&text, ""));
    let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    open_ui(environment, Verbosity::Normal).error(&format!("{message}\n{hint}\n{usage}"));
    ErrorKind::Usage.exit_code()
}

/// What clap suggests: by a likeness that takes `export` for `expiring`, and only within a kind of thing.
const SUGGESTIONS: [ContextKind; 5] = [
    ContextKind::Suggested,
    ContextKind::SuggestedArg,
    ContextKind::SuggestedCommand,
    ContextKind::SuggestedSubcommand,
    ContextKind::SuggestedValue,
];

/// Makes the arguments that an error repeats harmless: each on one line, without control characters.
fn escape_arguments(error: &mut clap::Error) {
    let escape = |text: &str| escape_control(text).into_owned();
    let escape_styled = |text: &StyledStr| StyledStr::from(escape(&text.to_string()));
    let context: Vec<_> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in context {
        let escaped = match value {
            ContextValue::String(text) => ContextValue::String(escape(&text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(|text| escape(text)).collect())
            }
            ContextValue::StyledStrs(texts) => {
                ContextValue::StyledStrs(texts.iter().map(escape_styled).collect())
            }
            // The usage: of several lines, and without arguments.
            other => other,
        };
        error.insert(kind, escaped);
    }
}

impl GlobalArgs {
    fn options(self) -> GlobalOptions {
        let GlobalArgs {
            profile,
            demo,
            api_url,
            token_file,
            max_wait,
            color,
            utc,
            verbose: _,
            quiet: _,
        } = self;
        let mut flags = Flags { profile, token_file, ..Flags::default() };
        flags.extend([(SettingKey::ApiUrl, api_url.as_deref())]);
        GlobalOptions {
            demo,
            flags,
            max_wait,
            utc,
            color: match color {
                ColorChoice::Always => Some(true),
                ColorChoice::Never => Some(false),
                ColorChoice::Auto => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How the arguments are parsed by the definition of their command alone, and by the whole definition.
    fn parse_both_ways(line: &str) -> (Option<String>, Option<String>) {
        let arguments: Vec<OsString> =
            ["referrals"].into_iter().chain(line.split(' ')).map(OsString::from).collect();
        let whole = definition().try_get_matches_from(&arguments);
        let whole = whole.and_then(|matches| Cli::from_arg_matches(&matches)).ok();
        let debug = |cli: Cli| format!("{cli:?}");
        (parse_named_command(&arguments).map(debug), whole.map(debug))
    }

    #[test]
    fn a_command_that_is_named_first_is_parsed_as_by_the_whole_definition() {
        for line in [
            "pending --country DE,AT --sort value --limit 3",
            "expiring --within 3d --exit-code --format=json --quiet",
            "list --status new --status=closed -vv --incoming --demo --output x.csv",
            "list --api-url http://127.0.0.1 --profile p --token-file f --max-wait 3s --utc --color never",
            "list -q --limit=5 --filter x",
            "show 00000000-0000-4000-8000-000000000000 --format json",
            "show -- --utc",
            "login --device-code --tenant t --store file",
            "logout --profile p",
            "status --check",
            "summary --period quarter --format json --exit-code --allow-partial",
            "report --output r.html --period 30d --allow-partial",
            "status --all --format json",
            "doctor",
            "digest --as team --format teams --output t.json --heartbeat --exit-code",
            "sandbox --port 4010 --latency 50ms",
            "completions bash",
            "man list",
            "man",
            "schema",
            "schema list",
            "help",
            "help list",
        ] {
            let (alone, whole) = parse_both_ways(line);
            assert!(alone.is_some(), "{line}");
            assert_eq!(alone, whole, "{line}");
        }
    }

    #[test]
    fn anything_but_a_command_that_can_run_is_left_to_the_whole_definition() {
        for line in [
            "--utc list",
            "-- list",
            "lis",
            "List",
            "help lis",
            "",
            "--version",
            "list -h",
            "list --help",
            "list --version",
            "list --stat new",
            "list extra",
            "list --utc=1",
            "list --limit x",
            "show",
            "completions",
        ] {
            let (alone, _) = parse_both_ways(line);
            assert_eq!(alone, None, "{line}");
        }
    }

    #[test]
    fn the_version_is_that_of_the_whole_definition() {
        for flag in ["--version", "-V"] {
            let arguments = ["referrals", flag].map(OsString::from);
            let whole = definition().try_get_matches_from(&arguments).unwrap_err();
            let alone = parse(&arguments, None).unwrap_err();
            assert_eq!(alone.kind(), whole.kind());
            assert_eq!(alone.render().to_string(), whole.render().to_string());
        }
    }

    #[test]
    fn help_is_there_for_every_command() {
        let help = commands::definition_of("help").unwrap();
        let command = help.get_positionals().next().unwrap();
        let known = command.get_possible_values();
        let known: Vec<&str> = known.iter().map(clap::builder::PossibleValue::get_name).collect();
        let program = definition();
        assert_eq!(
            known,
            program.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>()
        );
    }

    #[test]
    fn every_command_has_a_definition_of_its_own() {
        for command in definition().get_subcommands() {
            let ids = |command: &clap::Command| {
                command
                    .get_arguments()
                    .map(|argument| argument.get_id().clone())
                    .collect::<Vec<_>>()
            };
            let own = commands::definition_of(command.get_name());
            assert_eq!(own.as_ref().map(ids), Some(ids(command)), "{}", command.get_name());
        }
    }
}
