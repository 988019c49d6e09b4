//! The source keeps to the module map of ARCHITECTURE.md.
//! It reads text, not Rust: enough for code that `rustfmt` has been over, and not proof against malice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that work on values alone.
const PURE: &[&str] = &["text", "dates", "model", "odata", "query"];

/// What the modules above have no use for.
const EFFECTS: &[&str] =
    &["std::env", "std::fs", "std::io", "std::net", "std::process", "std::thread"];

#[test]
fn every_module_has_its_row_and_the_rows_stand_in_reading_order() {
    let declared: Vec<String> = read("src/lib.rs")
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    let mapped: Vec<String> = map().into_iter().map(|row| row.module).collect();
    assert_eq!(mapped, declared, "the module map (left) and src/lib.rs (right) differ");
}

#[test]
fn a_row_lists_only_modules_above_it() {
    let mut above = BTreeSet::new();
    for row in map() {
        let below: Vec<_> = row.modules.difference(&above).collect();
        assert!(below.is_empty(), "`{}` may not use {below:?}, which stand below it", row.module);
        above.insert(row.module);
    }
}

#[test]
fn a_module_uses_what_its_row_says_and_nothing_else() {
    let crates = dependencies();
    let wrong: Vec<String> = map()
        .iter()
        .map(|row| (row, found(&row.module, &crates)))
        .filter(|(row, found)| *row != found)
        .map(|(row, found)| format!("the map has   {row}\nthe code says {found}"))
        .collect();
    assert!(wrong.is_empty(), "change the code, or the row:\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_in_the_manifest_has_a_user() {
    let rows = map();
    let used: BTreeSet<&String> = rows.iter().flat_map(|row| &row.crates).collect();
    let idle: Vec<_> = dependencies().into_iter().filter(|name| !used.contains(name)).collect();
    assert!(idle.is_empty(), "no row names {idle:?}");
}

#[test]
fn the_sandbox_shares_no_code_with_what_it_judges() {
    assert!(row("sandbox").modules.is_empty());
}

#[test]
fn the_keyring_is_known_to_auth_alone_and_http_to_three() {
    assert_eq!(users_of("keyring"), ["auth"]);
    assert_eq!(users_of("keyring_core"), ["auth"]);
    assert_eq!(users_of("reqwest"), ["http", "auth", "api"]);
}

#[test]
fn pure_modules_read_and_write_nothing_and_know_no_clock() {
    for module in PURE {
        assert!(!row(module).modules.contains("clock"), "`{module}` has a clock");
        for (path, code) in sources(module) {
            for effect in EFFECTS {
                assert!(!code.contains(effect), "{} names {effect}", path.display());
            }
        }
    }
}

#[test]
fn a_secret_is_exposed_where_it_is_kept_or_sent() {
    for row in map().iter().filter(|row| !matches!(row.module.as_str(), "auth" | "api")) {
        for (path, code) in sources(&row.module) {
            assert!(!code.contains(".expose()"), "{} exposes a secret", path.display());
        }
    }
}

#[test]
fn nothing_outside_tests_knows_that_it_is_being_tested() {
    for row in map() {
        for (path, code) in sources(&row.module) {
            for word in ["cfg!(test", "not(test", "cfg_attr(test"] {
                assert!(!code.contains(word), "{} asks for {word})", path.display());
            }
        }
    }
}

#[test]
fn the_program_is_a_call_into_the_library() {
    let code = without_tests(&bare(&read("src/main.rs"))).0;
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 5 && code.contains("referrals::cli::main"), "{code}");
}

/// A row of the module map.
#[derive(Debug, PartialEq)]
struct Row {
    module: String,
    modules: BTreeSet<String>,
    crates: BTreeSet<String>,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "| `{}` |", self.module)?;
        for names in [&self.modules, &self.crates] {
            for name in names {
                write!(f, " `{name}`")?;
            }
            write!(f, " |")?;
        }
        Ok(())
    }
}

/// The rows of the table in ARCHITECTURE.md.
fn map() -> Vec<Row> {
    let text = read("ARCHITECTURE.md");
    let rows: Vec<Row> = text
        .lines()
        .skip_while(|line| *line != "| Module | May use | Crates it may name |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [module, modules, crates] = cells[..] else { panic!("three cells, not: {line}") };
            Row {
                module: module.trim_matches('`').to_owned(),
                modules: names(modules),
                crates: names(crates),
            }
        })
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no module map");
    rows
}

fn names(cell: &str) -> BTreeSet<String> {
    cell.split_whitespace().map(|name| name.trim_matches('`').to_owned()).collect()
}

fn row(module: &str) -> Row {
    map().into_iter().find(|row| row.module == module).expect("the module has a row")
}

/// The modules whose rows name this crate, in their order.
fn users_of(name: &str) -> Vec<String> {
    map().into_iter().filter(|row| row.crates.contains(name)).map(|row| row.module).collect()
}

/// The crates of the manifest that code outside tests may name, as code spells them.
fn dependencies() -> BTreeSet<String> {
    let mut is_wanted = false;
    let mut names = BTreeSet::new();
    for line in read("Cargo.toml").lines() {
        if line.starts_with('[') {
            is_wanted = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
        } else if let Some((name, _)) = line.split_once(" =").filter(|_| is_wanted) {
            names.insert(name.replace('-', "_"));
        }
    }
    names
}

/// The row that describes what the code of `module` uses.
fn found(module: &str, known: &BTreeSet<String>) -> Row {
    let (mut modules, mut crates) = (BTreeSet::new(), BTreeSet::new());
    for (path, code) in sources(module) {
        let climb = "super::".repeat(depth(&path));
        assert!(!code.contains(&climb), "{}: write crate:: instead of {climb}", path.display());
        modules.extend(used_modules(&code));
        crates.extend(known.iter().filter(|name| is_path_root(&code, name)).cloned());
    }
    modules.remove(module);
    Row { module: module.to_owned(), modules, crates }
}

/// How many modules lie between the code of a file and the crate's root, itself counted.
fn depth(path: &Path) -> usize {
    let inside = path.strip_prefix(root().join("src")).expect("sources lie in src");
    inside.components().count() - usize::from(inside.ends_with("mod.rs"))
}

/// The names that follow `crate::`, alone or in braces.
fn used_modules(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, rest) in
        code.match_indices("crate::").map(|(at, found)| code.split_at(at + found.len()))
    {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut starts = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => starts = true,
                _ if starts && !c.is_whitespace() => {
                    names.insert(word(&group[at..]));
                    starts = false;
                }
                _ => {}
            }
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a path in `code` begins with `name`.
fn is_path_root(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        code[at + name.len()..].starts_with("::") && before.is_none_or(|c| !is_word(c) && c != ':')
    })
}

/// The files of a module without tests, comments and strings.
fn sources(module: &str) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let path = root().join("src").join(module);
    if path.is_dir() {
        collect(&path, &mut files);
    } else {
        let path = path.with_extension("rs");
        files.insert(path.clone(), without_tests(&bare(&read_path(&path))).0);
    }
    files
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    let (code, tests) = without_tests(&bare(&read_path(&folder.join("mod.rs"))));
    files.insert(folder.join("mod.rs"), code);
    for entry in fs::read_dir(folder).expect("a module's folder can be read") {
        let path = entry.expect("a module's folder can be read").path();
        let name = path.file_stem().expect("an entry has a name").to_string_lossy().into_owned();
        if name == "mod" || tests.contains(&name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else {
            let code = without_tests(&bare(&read_path(&path))).0;
            files.insert(path, code);
        }
    }
}

/// The code without the items marked `#[cfg(test)]`, and the names of the files among those.
fn without_tests(code: &str) -> (String, BTreeSet<String>) {
    const MARK: &str = "#[cfg(test)]";
    let (mut kept, mut tests, mut rest) = (String::new(), BTreeSet::new(), code);
    while let Some((before, item)) = rest.split_once(MARK) {
        kept.push_str(before);
        let end = item.find(['{', ';']).expect("an item has an end");
        if item[end..].starts_with(';') {
            tests.extend(item[..end].split_once("mod ").map(|(_, name)| name.trim().to_owned()));
            rest = &item[end + 1..];
        } else {
            rest = &item[end + closing(&item[end..])..];
        }
    }
    kept.push_str(rest);
    (kept, tests)
}

/// Where the brace that `block` begins with is closed.
fn closing(block: &str) -> usize {
    let mut depth = 0;
    for (at, c) in block.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    block.len()
}

/// The code with comments, strings and characters left out.
fn bare(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let skipped = skipped(rest, kept.chars().next_back());
        if skipped == 0 {
            kept.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            kept.push(' ');
            rest = &rest[skipped..];
        }
    }
    kept
}

/// The length of the comment, string or character that `rest` begins with, else 0.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let through = |end: &str, from: usize| {
        rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return through("*/", 2);
    }
    if let Some(text) = rest.strip_prefix('"') {
        return 1 + quoted(text, '"');
    }
    if rest.starts_with('r') && !before.is_some_and(|c| is_word(c) && c != 'b') {
        let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
        if rest[1 + hashes..].starts_with('"') {
            return through(&format!("\"{}", "#".repeat(hashes)), 2 + hashes);
        }
    }
    // A quote that is closed after one character, or after an escape, is no lifetime.
    let mut after = rest.strip_prefix('\'').unwrap_or_default().chars();
    match (after.next(), after.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => 1 + quoted(&rest[1..], '\''),
        _ => 0,
    }
}

/// The length of the text up to and with the closing `quote`.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    read_path(&root().join(path))
}

/// A file with the line ends of Unix, whatever a checkout made of them.
fn read_path(path: &Path) -> String {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("\r\n", "\n")
}

/// What the readers above make of Rust that tries them.
#[test]
fn code_is_read_without_what_only_looks_like_code() {
    let code = r##"
        use crate::error::{Error, Kind};
        use crate::{model::{self, Money}, odata, text};
        // use crate::comment;
        /* crate::block::x */
        const A: &str = "crate::string \" crate::more";
        const B: &str = r#"crate::raw " crate::raw"#;
        const C: (char, char) = ('"', '\'');
        fn lives<'a>(x: &'a str) -> &'a str { crate::dates::x(x) }
        #[cfg(test)]
        mod samples;
        fn last() { jiff::civil::date(1, 1, 1); own::csv::x(); recsv::x(); ::toml::x(); }
        #[cfg(test)]
        mod tests { fn nested() { { use crate::cli; } } }
        fn after() { crate::clock::x() }
    "##;
    let (code, tests) = without_tests(&bare(code));
    assert_eq!(tests, names("samples"));
    assert_eq!(used_modules(&code), names("clock dates error model odata text"));
    assert!(is_path_root(&code, "jiff"));
    assert!(!is_path_root(&code, "csv"));
}
