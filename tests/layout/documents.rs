//! What documents say about the repository.

use std::path::Path;

use super::files::{find_texts, read_file, root};

fn documents() -> Vec<(String, String)> {
    let is_document = |name: &String| Path::new(name).extension().is_some_and(|end| end == "md");
    let names = find_texts().into_iter().filter(is_document);
    names.map(|name| (name.clone(), read_file(&name))).collect()
}

/// What stands between `start` and `end`, each time.
fn between<'a>(text: &'a str, start: &str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
}

#[test]
fn the_names_of_packages_have_the_version_of_the_manifest() {
    let mut found = 0;
    for (name, text) in documents() {
        for separator in ["referrals-", "referrals_"] {
            for package in text.split(separator).skip(1) {
                let is_version = |c: char| c.is_ascii_digit() || c == '.';
                let version = package.split(|c| !is_version(c)).next().unwrap_or_default();
                if version.matches('.').count() == 2 {
                    assert_eq!(version, env!("CARGO_PKG_VERSION"), "{name}: {separator}{version}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > 5, "only {found} names of packages were found");
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    let mut found = 0;
    for (name, text) in documents() {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in between(&text, "](", ')') {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            assert!(root().join(folder).join(path).exists(), "{name}: {link} leads nowhere");
            found += 1;
        }
    }
    assert!(found > 40, "only {found} links were found");
}

#[test]
fn the_readme_links_to_every_page_or_contributing_does() {
    let indexes = ["README.md", "CONTRIBUTING.md"].map(read_file).concat();
    for (name, _) in documents().iter().filter(|(name, _)| name.starts_with("docs/")) {
        assert!(indexes.contains(&format!("({name})")), "nothing leads to {name}");
    }
}
