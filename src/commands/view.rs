//! `view NAME`: runs a listing that the settings file keeps.

use std::ffi::OsString;
use std::fmt::Write;

use crate::config::{ConfigFile, SavedView};
use crate::error::{Error, Outcome, Result};
use crate::services::Services;
use crate::text;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals view
  referrals view dach
  referrals view dach --created-after 1mo --output dach.xlsx

A view is two lines in the settings file, with flags of `referrals list`:
  [view.dach]
  flags = \"--country DE,AT,CH --pending\"

A value with blanks in it needs a list: [\"--customer\", \"Fabrikam Oil\"]. A flag
that is given again takes the place of the view's; countries, statuses and other
lists are added.")]
pub struct Args {
    /// List what this view keeps; without a name, the views are listed
    #[arg(id = "view_name", value_name = "NAME")]
    name: Option<String>,
    /// More flags of `referrals list`
    #[arg(value_name = "FLAGS", trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<OsString>,
}

impl Args {
    /// Lists the views.
    pub(super) fn list(services: &Services) -> Result<Outcome> {
        let context = services.context();
        let file = services.config_file()?;
        let width = file.views().iter().map(|view| text::width(&view.name)).max();
        let mut lines = String::new();
        for SavedView { name, flags } in file.views() {
            let gap = " ".repeat(width.unwrap_or_default() - text::width(name));
            let line = format!("{name}{gap}  {}", flags.join(" "));
            let _ = writeln!(lines, "{}", text::escape_control(&line));
        }
        if lines.is_empty() {
            context.ui().info("no views; `referrals view --help` shows how to write one");
        }
        context.print(lines)?;
        Ok(Outcome::Done)
    }

    /// The command line that `arguments` stand for; `None` without a name.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a view that there is not.
    pub fn expand(
        &self,
        arguments: &[OsString],
        file: &ConfigFile,
    ) -> Result<Option<Vec<OsString>>> {
        let Some(name) = &self.name else { return Ok(None) };
        let view = file.views().iter().find(|view| view.name == *name);
        let view = view.ok_or_else(|| unknown(name, file))?;
        let (head, more) = arguments.split_at(arguments.len() - self.flags.len());
        let place = |from: usize, word: &str| {
            head[from..].iter().position(|argument| argument == word).map(|index| from + index)
        };
        let command = place(1, "view").unwrap_or(1);
        let name = place(command + 1, name).unwrap_or(head.len() - 1);
        let mut words = head[..command].to_vec();
        words.push("list".into());
        words.extend(view.flags.iter().map(OsString::from));
        words.extend_from_slice(&head[command + 1..name]);
        words.extend_from_slice(&head[name + 1..]);
        words.extend_from_slice(more);
        Ok(Some(words))
    }
}

fn unknown(name: &str, file: &ConfigFile) -> Error {
    let known: Vec<&str> = file.views().iter().map(|view| &*view.name).collect();
    let error = Error::usage(format!("no view `{}` in the settings", text::escape_control(name)));
    match text::nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => error.hint("`referrals view --help` shows how to write one"),
        None => error.detail(format!("views: {}", known.join(", "))),
    }
}
