//! The module map of ARCHITECTURE.md, and what the code uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::files::read_file;
use crate::reader::{Module, Segments};
use crate::source::SOURCE;

/// The program's library.
pub(crate) const PROGRAM: &str = "referrals";

/// A row of the module map.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) module: String,
    pub(crate) modules: BTreeSet<String>,
    pub(crate) crates: BTreeSet<String>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| `{}` |", self.module)?;
        for names in [&self.modules, &self.crates] {
            names.iter().try_for_each(|name| write!(f, " `{name}`"))?;
            write!(f, " |")?;
        }
        Ok(())
    }
}

pub(crate) fn read_map() -> Vec<Row> {
    let text = read_file("ARCHITECTURE.md");
    let rows: Vec<Row> = text
        .lines()
        .skip_while(|line| *line != "| Module | May use | Crates it may name |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [module, modules, crates] = cells[..] else { panic!("three cells, not: {line}") };
            let names =
                |cell: &str| cell.replace('`', "").split_whitespace().map(str::to_owned).collect();
            Row {
                module: module.replace('`', "").trim().to_owned(),
                modules: names(modules),
                crates: names(crates),
            }
        })
        .collect();
    assert!(!rows.is_empty(), "ARCHITECTURE.md has no module map");
    rows
}

/// The modules beneath a row's module, or all of a library.
pub(crate) fn modules_of(name: &str) -> impl Iterator<Item = (&'static Segments, &'static Module)> {
    let is_within = move |path: &Segments| row_of(path) == Some(name) || path[0] == name;
    SOURCE.modules.iter().filter(move |(path, _)| is_within(path))
}

/// The row that a module belongs to: its top-level module in the program, its crate elsewhere.
fn row_of(path: &[String]) -> Option<&str> {
    path.get(usize::from(path[0] == PROGRAM)).map(String::as_str)
}

/// The row that describes what the code of a row's module, or of a library, uses.
pub(crate) fn find_uses(name: &str) -> Row {
    let mut row = Row { module: name.to_owned(), ..Row::default() };
    for (at, module) in modules_of(name) {
        for used in &module.uses {
            let first = used.path.iter().find(|name| !name.is_empty());
            if let Some((target, _)) = SOURCE.resolve(at, &used.path) {
                row.modules.extend(row_of(&target).map(str::to_owned));
            } else if used.path.len() > 1 || used.import.is_some() {
                // One word alone may be a variable.
                row.crates.extend(
                    first.filter(|name| SOURCE.dependencies[&at[0]].contains(*name)).cloned(),
                );
            }
        }
    }
    row.modules.remove(name);
    row
}

/// The files and folders of one folder that use each other: the user, the used, and the names between them.
pub(crate) type Edges = BTreeMap<(String, String), BTreeSet<String>>;

/// The edges of each folder. What a `mod.rs` declares and re-exports from beneath it makes none.
pub(crate) fn find_edges() -> BTreeMap<String, Edges> {
    let mut folders: BTreeMap<String, Edges> = BTreeMap::new();
    for (at, module) in &SOURCE.modules {
        for used in &module.uses {
            let Some((target, name)) = SOURCE.resolve(at, &used.path) else { continue };
            let file = &SOURCE.modules[&target].file;
            let is_outward = used.is_public && target.starts_with(at);
            if target[0] == at[0] && *file != module.file && !is_outward {
                let differ =
                    file.bytes().zip(module.file.bytes()).take_while(|(a, b)| a == b).count();
                let folder = file[..differ].rfind('/').expect("a library has a folder");
                let entry = |path: &str| {
                    path[folder + 1..].split('/').next().unwrap_or_default().to_owned()
                };
                let edges = folders.entry(file[..folder].to_owned()).or_default();
                edges.entry((entry(&module.file), entry(file))).or_default().insert(name);
            }
        }
    }
    folders
}

/// The groups of entries that use each other, directly or through others.
pub(crate) fn find_cycles(edges: &Edges) -> BTreeSet<BTreeSet<&String>> {
    let users: BTreeSet<&String> = edges.keys().map(|(user, _)| user).collect();
    let reachable: BTreeMap<&String, BTreeSet<&String>> =
        users.into_iter().map(|user| (user, find_reachable(edges, user))).collect();
    let reaches =
        |user: &String, used: &String| reachable.get(user).is_some_and(|it| it.contains(used));
    let on_cycles = reachable.keys().copied().filter(|entry| reaches(entry, entry));
    on_cycles
        .map(|entry| {
            reachable[entry].iter().copied().filter(|other| reaches(other, entry)).collect()
        })
        .collect()
}

/// What an entry uses, directly or through others.
fn find_reachable<'a>(edges: &'a Edges, start: &'a String) -> BTreeSet<&'a String> {
    let (mut reachable, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(entry) = next.pop() {
        let used = edges.keys().filter(|(user, _)| user == entry).map(|(_, used)| used);
        next.extend(used.filter(|used| reachable.insert(*used)));
    }
    reachable
}
