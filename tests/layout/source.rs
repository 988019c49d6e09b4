//! The modules of the program and of the crates beside it, and where the paths in them lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use toml_edit::DocumentMut;

use crate::files::{read_file, root};
use crate::reader::{Module, Segments, join, read_items};

/// A module, and a name in it.
pub(crate) type Target = (Segments, String);

/// The program's library, and those in `crates/`.
pub(crate) static SOURCE: LazyLock<Source> = LazyLock::new(|| {
    let mut source = Source { modules: BTreeMap::new(), dependencies: BTreeMap::new() };
    source.read_package("");
    for entry in fs::read_dir(root().join("crates")).into_iter().flatten() {
        let name = entry.expect("`crates` can be read").file_name();
        source.read_package(&format!("crates/{}/", name.to_string_lossy()));
    }
    source
});

pub(crate) struct Source {
    /// Modules by path, which begins with the library: `referrals::render::cell`.
    pub(crate) modules: BTreeMap<Segments, Module>,
    /// The crates that each library's manifest names outside tests, as code spells them.
    pub(crate) dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Source {
    fn read_package(&mut self, folder: &str) {
        let manifest: DocumentMut =
            read_file(&format!("{folder}Cargo.toml")).parse().expect("a manifest is TOML");
        let name = manifest["package"]["name"].as_str().expect("a package has a name");
        let targets = manifest.get("target").and_then(|targets| targets.as_table_like());
        let targets = targets.into_iter().flat_map(|targets| targets.iter());
        let dependencies = [manifest.as_item()]
            .into_iter()
            .chain(targets.map(|(_, target)| target))
            .filter_map(|table| table.get("dependencies")?.as_table_like())
            .flat_map(|table| table.iter().map(|(name, _)| name.replace('-', "_")));
        let name = name.replace('-', "_");
        self.dependencies.insert(name.clone(), dependencies.collect());
        self.read_module(&format!("{folder}src/lib.rs"), &[name]);
    }

    /// Reads the file of a module, and those of the modules it declares.
    fn read_module(&mut self, file: &str, path: &[String]) {
        let declared = read_items(file, path, &mut self.modules);
        let folder = file.strip_suffix("/lib.rs").or(file.strip_suffix("/mod.rs"));
        let folder = folder.or(file.strip_suffix(".rs")).expect("source is Rust");
        for name in declared {
            let mut files = ["", "/mod"].map(|end| format!("{folder}/{name}{end}.rs")).into_iter();
            let existing = files.find(|file| root().join(file).exists());
            self.read_module(&existing.expect("a module has a file"), &join(path, &name));
        }
    }

    /// The module that defines what `path` leads to, seen from the module `from`, and the name it has there. Follows
    /// imports and re-exports. `None` outside these libraries.
    pub(crate) fn resolve(&self, from: &[String], path: &[String]) -> Option<Target> {
        self.resolve_in_steps(16, from, path)
    }

    /// `steps` limits the imports followed, because `use jiff;` leads to itself.
    fn resolve_in_steps(&self, steps: usize, from: &[String], path: &[String]) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let (mut at, mut rest) = find_start(from, path);
        while let Some((name, after)) = rest.split_first() {
            let child = join(&at, name);
            let is_module = self.modules.contains_key(&child);
            if self.defines(&at, name) && (after.is_empty() || !is_module) {
                return Some((at, name.clone()));
            }
            if !is_module {
                return self.follow_import(steps, &at, rest).or_else(|| {
                    if at.is_empty() {
                        None
                    } else if rest.len() < path.len() {
                        // A macro defines it, or another crate.
                        Some((at, name.clone()))
                    } else {
                        self.resolve_in_steps(steps, &[], path)
                    }
                });
            }
            (at, rest) = (child, after);
        }
        let name = at.last()?.clone();
        Some((at, name))
    }

    /// Resolves a path whose first name the module imports.
    fn follow_import(&self, steps: usize, module: &[String], path: &[String]) -> Option<Target> {
        self.modules.get(module)?.uses.iter().find_map(|used| {
            let import = used.import.as_ref()?;
            let is_glob = import == "*";
            let rest = &path[usize::from(!is_glob)..];
            let path = (is_glob || *import == path[0]).then(|| [&used.path, rest].concat())?;
            let (target, name) = self.resolve_in_steps(steps, module, &path)?;
            (!is_glob || self.defines(&target, &name)).then_some((target, name))
        })
    }

    fn defines(&self, module: &[String], name: &str) -> bool {
        self.modules.get(module).is_some_and(|module| module.definitions.contains_key(name))
    }
}

/// The module a path starts at, seen from the module `from`, and what follows `crate`, `self` and `super`.
fn find_start<'a>(from: &[String], mut path: &'a [String]) -> (Segments, &'a [String]) {
    let mut at = from.to_vec();
    while let Some((name, after)) = path.split_first() {
        match name.as_str() {
            "" => at.clear(),
            "crate" => at.truncate(1),
            "super" => drop(at.pop()),
            "self" => {}
            _ => break,
        }
        path = after;
    }
    (at, path)
}
