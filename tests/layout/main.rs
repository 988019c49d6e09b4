//! The source keeps to the module map of ARCHITECTURE.md, and to rules that neither the compiler nor clippy checks.

mod documents;
mod files;
mod map;
mod reader;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use files::{find_texts, read_file};
use map::{PROGRAM, Row, find_cycles, find_edges, find_uses, modules_of, read_map};
use reader::Module;
use source::SOURCE;

/// Modules that work on values alone.
const PURE: &[&str] =
    &["text", "dates", "json", "model", "odata", "query", "columns", "report", "answer"];

/// What the modules above have no use for.
const EFFECTS: &[&str] = &["env", "fs", "io", "net", "process", "thread"];

/// Type names that several files may define, five at most, each with its reason.
const SHARED_TYPE_NAMES: &[(&str, &str)] =
    &[("Args", "the flags of a command, read as `list::Args`; one in every file of commands/")];

const REFERENCE: &str = "docs/referrals-api.md";

#[test]
fn every_module_has_its_row_and_the_rows_stand_in_reading_order() {
    let map = read_map();
    let mapped: Vec<&String> = map.iter().map(|row| &row.module).collect();
    let is_crate = |name: &&&String| SOURCE.dependencies.contains_key(**name);
    let modules: Vec<&String> = mapped.iter().filter(|name| !is_crate(name)).copied().collect();
    let declared: Vec<&String> =
        SOURCE.modules[&[PROGRAM.to_owned()][..]].children.iter().collect();
    assert_eq!(modules, declared, "the module map (left) and src/lib.rs (right) differ");
    for name in SOURCE.dependencies.keys().filter(|name| *name != PROGRAM) {
        assert!(mapped.contains(&name), "the module map has no row for the crate `{name}`");
    }
}

#[test]
fn a_row_lists_only_modules_above_it() {
    let mut above = BTreeSet::new();
    for row in read_map() {
        let below: Vec<_> = row.modules.difference(&above).collect();
        assert!(below.is_empty(), "`{}` may not use {below:?}, which stand below it", row.module);
        above.insert(row.module);
    }
}

#[test]
fn a_module_uses_what_its_row_says_and_nothing_else() {
    let wrong: Vec<String> = read_map()
        .iter()
        .map(|row| (row, find_uses(&row.module)))
        .filter(|(row, found)| *row != found)
        .map(|(row, found)| format!("the map has   {row}\nthe code says {found}"))
        .collect();
    assert!(wrong.is_empty(), "change the code, or the row:\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_in_a_manifest_has_a_user() {
    for (library, dependencies) in &SOURCE.dependencies {
        let Row { modules, crates, .. } = find_uses(library);
        let idle: Vec<_> = dependencies
            .iter()
            .filter(|name| !modules.contains(*name) && !crates.contains(*name))
            .collect();
        assert!(idle.is_empty(), "the manifest of `{library}` has {idle:?}, which no code names");
    }
}

#[test]
fn the_sandbox_shares_no_code_with_what_it_judges() {
    let mut shared = find_uses("sandbox").modules;
    shared.retain(|name| !SOURCE.dependencies.contains_key(name));
    assert!(shared.is_empty(), "the sandbox uses {shared:?}");
}

#[test]
fn the_keyring_is_known_to_auth_alone_and_http_to_three() {
    let users_of = |name: &str| -> Vec<String> {
        read_map()
            .into_iter()
            .filter(|row| row.crates.contains(name))
            .map(|row| row.module)
            .collect()
    };
    assert_eq!(users_of("keyring"), ["auth"]);
    assert_eq!(users_of("keyring_core"), ["auth"]);
    assert_eq!(users_of("reqwest"), ["http", "auth", "api"]);
}

#[test]
fn pure_modules_read_and_write_nothing_and_know_no_clock() {
    for name in PURE {
        assert!(!find_uses(name).modules.contains("clock"), "`{name}` has a clock");
        for (_, module) in modules_of(name) {
            for path in module.uses.iter().map(|used| &used.path) {
                let is_effect = path.len() > 1 && path[0] == "std" && EFFECTS.contains(&&*path[1]);
                assert!(!is_effect, "{} names {}", module.file, path.join("::"));
            }
        }
    }
}

#[test]
fn a_secret_is_exposed_where_it_is_kept_or_sent() {
    for row in read_map().iter().filter(|row| !["auth", "api"].contains(&&*row.module)) {
        for (_, module) in modules_of(&row.module) {
            let by_path = module.uses.iter().any(|used| used.path.ends_with(&["expose".into()]));
            let exposes = by_path || module.methods.contains("expose");
            assert!(!exposes, "{} exposes a secret", module.file);
        }
    }
}

#[test]
fn nothing_outside_tests_knows_that_it_is_being_tested() {
    for Module { file, asks_for_test, .. } in SOURCE.modules.values() {
        assert!(!asks_for_test, "{file} asks for `test`, and not only to leave out an item");
    }
}

#[test]
fn the_program_is_a_call_into_the_library() {
    let main = syn::parse_file(&read_file("src/main.rs")).expect("src/main.rs is Rust");
    let [syn::Item::Fn(main)] = &main.items[..] else { panic!("src/main.rs has one function") };
    let [syn::Stmt::Expr(syn::Expr::Call(call), None)] = &main.block.stmts[..] else {
        panic!("`main` is one call")
    };
    let syn::Expr::Path(function) = &*call.func else { panic!("`main` calls a function") };
    assert!(function.path.segments[0].ident == PROGRAM, "`main` calls the library");
}

#[test]
fn the_files_of_a_folder_form_no_cycle() {
    let mut problems = Vec::new();
    for (folder, edges) in find_edges() {
        for cycle in find_cycles(&edges) {
            problems.push(format!("in {folder}, {} form a cycle:", list(&cycle)));
            let within = edges
                .iter()
                .filter(|((user, used), _)| cycle.contains(user) && cycle.contains(used));
            problems.extend(within.map(|((user, used), names)| {
                format!("  `{user}` uses {} of `{used}`", list(names))
            }));
        }
    }
    assert!(
        problems.is_empty(),
        "move what two files share into the lower one, or into a third:\n{}",
        problems.join("\n")
    );
}

#[test]
fn a_type_name_is_defined_once() {
    assert!(SHARED_TYPE_NAMES.len() <= 5, "more than five type names are shared");
    let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, module) in modules_of(PROGRAM) {
        for (name, _) in module.definitions.iter().filter(|(_, is_type)| **is_type) {
            files.entry(name).or_default().insert(&module.file);
        }
    }
    files.retain(|_, files| files.len() > 1);
    let shared = SHARED_TYPE_NAMES.iter().map(|(name, _)| *name);
    let stale: Vec<&str> = shared.filter(|name| files.remove(name).is_none()).collect();
    let problems: Vec<String> = files
        .iter()
        .map(|(name, files)| format!("rename `{name}` in one of {}", list(files)))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(stale.is_empty(), "defined once now, take them from the list of this test: {stale:?}");
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    for Module { file, .. } in SOURCE.modules.values() {
        let text = read_file(file);
        let mut lines = text.lines().collect::<Vec<_>>();
        let is_tests = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].contains("mod tests {");
        lines.truncate(lines.windows(2).position(is_tests).unwrap_or(lines.len()));
        assert!(lines.len() <= 400, "{file} has {} lines: split it", lines.len());
    }
}

#[test]
fn every_cited_section_of_the_api_reference_exists() {
    let (mut sections, mut section) = (BTreeSet::new(), String::new());
    for line in read_file(REFERENCE).lines() {
        let word = line.trim_start_matches(['#', ' ']).split(' ').next().unwrap_or_default();
        let number = word.trim_end_matches('.');
        if number.starts_with(|c: char| c.is_ascii_digit()) && line.starts_with('#') {
            section = number.to_owned();
            sections.insert(section.clone());
        } else if line.starts_with(&format!("{number}. ")) {
            sections.insert(format!("{section}.{number}"));
        }
    }
    let mut cited = 0;
    for file in find_texts() {
        // The reference cites itself by the number alone.
        let sign = if file == REFERENCE { "§" } else { "API §" };
        for rest in read_file(&file).split(sign).skip(1) {
            // "API §3.1, §4.1" cites two.
            for words in rest.split(", §") {
                let end = words.find(|c: char| !c.is_ascii_digit() && c != '.');
                let (number, after) = words.split_at(end.unwrap_or(words.len()));
                let number = number.trim_end_matches('.');
                assert!(
                    number.is_empty() || sections.contains(number),
                    "{file} cites §{number}, which {REFERENCE} lacks"
                );
                cited += usize::from(!number.is_empty());
                if !after.is_empty() {
                    break;
                }
            }
        }
    }
    assert!(cited > 100, "only {cited} citations were found");
}

fn list<'a>(names: impl IntoIterator<Item = &'a (impl std::fmt::Display + 'a)>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
