//! The commands in Markdown documents: in blocks of code and in spans, and what a block shows of their output.

/// A command line as words, without what follows a pipe or a redirection.
pub(super) type Command = Vec<String>;

/// A line of code in a document.
struct CodeLine<'a> {
    /// That of the block; empty for an indented block and for a span.
    language: &'a str,
    text: String,
}

/// What a block of text shows: a command after `$ `, and the lines after it.
pub(super) struct Shown<'a> {
    pub(super) command: Command,
    pub(super) lines: Vec<&'a str>,
}

/// Languages of blocks that no shell reads.
const NOT_FOR_SHELLS: [&str; 3] = ["ini", "cron", "bat"];

/// Every command in `document`, in order.
///
/// # Panics
/// Where a line of code names the program and is not understood, so that no command escapes those who run them.
pub(super) fn find_commands(document: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    for CodeLine { language, text } in code_lines(document) {
        let is_output = language == "text" && !text.starts_with("$ ");
        if is_output || NOT_FOR_SHELLS.contains(&language) {
            continue;
        }
        let text = text.trim_start_matches("$ ").replace("cargo run --release -- ", "referrals ");
        let found = find_invocations(&text);
        let named = code_words(&text).iter().filter(|word| is_name(word)).count();
        assert_eq!(named, found.len(), "a command was not understood: {text}");
        commands.extend(found.into_iter().filter(|words| words.len() > 1));
    }
    commands
}

/// What the blocks of text in `document` show.
pub(super) fn find_shown(document: &str) -> Vec<Shown<'_>> {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for block in blocks(document, "text") {
        for line in block.lines() {
            match (line.strip_prefix("$ "), shown.last_mut()) {
                (Some(line), _) => {
                    let [command] = <[Command; 1]>::try_from(find_invocations(line))
                        .unwrap_or_else(|_| panic!("not one command: {line}"));
                    assert!(!line.contains('|'), "what a pipe prints cannot be compared: {line}");
                    shown.push(Shown { command, lines: Vec::new() });
                }
                (None, Some(shown)) => shown.lines.push(line),
                (None, None) => {}
            }
        }
    }
    // A blank line sets the next command off.
    for Shown { lines, .. } in &mut shown {
        let end = lines.iter().rposition(|line| !line.is_empty());
        lines.truncate(end.map_or(0, |end| end + 1));
    }
    shown
}

/// What the document would have in the settings file.
pub(super) fn find_settings(document: &str) -> Vec<&str> {
    blocks(document, "toml").collect()
}

/// The blocks of code in this language.
fn blocks<'a>(document: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("\n```{language}\n");
    let blocks: Vec<&str> = document.split(&*start).skip(1).collect();
    blocks.into_iter().map(|block| block.split("\n```").next().unwrap_or_default())
}

/// Whether `shown` is what was printed; a line `…` stands for any number of lines.
pub(super) fn is_excerpt(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => {
            (0..=printed.len()).any(|skipped| is_excerpt(rest, &printed[skipped..]))
        }
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, printed)| first == line && is_excerpt(rest, printed)),
    }
}

/// The name of the program, as a word of a command line may have it.
fn is_name(word: &str) -> bool {
    word.trim_start_matches(|c: char| "$(\"'`".contains(c)) == "referrals"
}

fn code_lines(document: &str) -> Vec<CodeLine<'_>> {
    let (mut lines, mut fence, mut is_blank_before) = (Vec::new(), None, true);
    let mut continued = String::new();
    for line in document.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (Some(language), None) => {
                if let Some(start) = line.strip_suffix('\\').filter(|_| language == "sh") {
                    continued.push_str(start);
                    continue;
                }
                let text = std::mem::take(&mut continued) + line.trim();
                // Those of a comment.
                let spans: Vec<String> = spans(&text).collect();
                let rest = |text: String, span: &String| text.replace(&format!("`{span}`"), "");
                let text = spans.iter().fold(text, rest);
                lines.push(CodeLine { language, text });
                lines.extend(spans.into_iter().map(|text| CodeLine { language: "", text }));
            }
            (None, None) if is_blank_before && line.starts_with("    ") => {
                lines.push(CodeLine { language: "", text: line.trim().to_owned() });
                continue;
            }
            (None, None) => {
                lines.extend(spans(line).map(|text| CodeLine { language: "", text }));
            }
        }
        is_blank_before = line.is_empty();
    }
    lines
}

/// The spans of code in `line` that are whole commands.
fn spans(line: &str) -> impl Iterator<Item = String> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.filter(|span| span.starts_with("referrals ")).map(str::to_owned)
}

/// The commands of a line for a shell, without assignments before them.
fn find_invocations(line: &str) -> Vec<Command> {
    let words = code_words(line);
    let is_operator = |word: &String| ["|", "||", "&", "&&", ";"].contains(&word.as_str());
    let is_assignment = |word: &&String| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    let commands = words.split(is_operator).filter_map(|part| {
        let part: Vec<&String> = part.iter().skip_while(is_assignment).collect();
        let is_redirection =
            |word: &&&String| word.starts_with(['>', '<']) || word.starts_with("2>");
        let words = part.into_iter();
        let command: Command = words.take_while(|word| !is_redirection(&word)).cloned().collect();
        Some(command).filter(|command| command.first().is_some_and(|name| name == "referrals"))
    });
    commands.collect()
}

/// The words of a line before its comment.
fn code_words(line: &str) -> Vec<String> {
    split_words(line).into_iter().take_while(|word| !word.starts_with('#')).collect()
}

/// As a shell does; quotes of one kind do not stand in those of the other.
pub(super) fn split_words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in command.chars() {
        match c {
            '\'' | '"' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            ' ' if quote.is_none() => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn commands_are_found_wherever_a_document_has_them() {
    let lines = |document: &str| -> Vec<String> {
        find_commands(document).iter().map(|words| words[1..].join(" ")).collect()
    };
    for (document, found) in [
        ("See `referrals list --demo`, and `referrals`.", &["list --demo"][..]),
        ("```sh\nX=1 referrals list | jq . > x  # `referrals help`\n```", &["list", "help"]),
        ("```sh\nreferrals status || referrals \\\n  log 2> x\n```", &["status", "log"]),
        ("```text\n$ referrals list\nreferrals are listed\n```", &["list"]),
        ("Text:\n\n    referrals list\n    referrals help\n", &["list", "help"]),
        ("```sh\ncargo run --release -- list --demo\n```", &["list --demo"]),
        ("| a | `referrals list`, `referrals help` |", &["list", "help"]),
        ("referrals that wait", &[]),
    ] {
        assert_eq!(lines(document), found, "{document}");
    }
}

#[test]
fn an_excerpt_is_what_was_printed_but_for_what_is_left_out() {
    for (shown, printed, is_one) in [
        (&["a", "b"][..], &["a", "b"][..], true),
        (&["a"], &["a", "b"], false),
        (&["a", "…"], &["a", "b", "c"], true),
        (&["…", "c"], &["a", "b", "c"], true),
        (&["a", "…", "d"], &["a", "b", "c"], false),
        (&["a", "c"], &["a", "b", "c"], false),
    ] {
        assert_eq!(is_excerpt(shown, printed), is_one, "{shown:?}");
    }
}
