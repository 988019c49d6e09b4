//! The files of the repository.

use std::fs;
use std::path::Path;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository with the line ends of Unix, whatever a checkout made of them.
pub(crate) fn read_file(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

/// The source, tests and documents of the repository.
pub(crate) fn find_texts() -> Vec<String> {
    const ROOTS: &[&str] = &["src", "crates", "tests", "fuzz/fuzz_targets", "docs"];
    let documents = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"];
    let mut texts: Vec<String> = documents.map(str::to_owned).into();
    let mut folders: Vec<String> = ROOTS.iter().map(|&root| root.to_owned()).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).into_iter().flatten() {
            let entry = entry.expect("a folder can be read").path();
            let name = entry.file_name().expect("an entry has a name").to_string_lossy();
            let path = format!("{folder}/{name}");
            if entry.is_dir() {
                // What the live tests install there is not ours.
                folders.extend((name != "node_modules").then_some(path));
            } else if entry.extension().is_some_and(|end| end == "rs" || end == "md") {
                texts.push(path);
            }
        }
    }
    texts
}
