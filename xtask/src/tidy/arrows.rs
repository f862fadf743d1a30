//! Which crate may depend on which.

use super::source::Source;
use super::{Problem, Repository};

/// A crate and those of ours that it may depend on: the picture in ARCHITECTURE.md. One more is a decision
/// recorded in docs/decisions, never a convenience. `bench` compares, and may depend on anything.
const ARROWS: &[(&str, &[&str])] = &[
    ("governance", &[]),
    ("document", &["governance"]),
    ("sample", &["governance", "document"]),
    ("oauth1", &[]),
    ("oslc", &["governance"]),
    ("store", &["governance"]),
    ("server", &["governance", "document", "store", "oslc", "oauth1"]),
    ("cli", &["governance", "document", "store", "server"]),
    ("xtask", &[]),
];

/// Tests need organisations, and somewhere to keep them. (Cargo allows a circle through a dev-dependency.)
const FOR_TESTS: [&str; 3] = ["sample", "document", "store"];

pub(super) fn between_crates(_: &Repository, file: &Source) -> Vec<Problem> {
    let Some(name) = crate_of(file) else { return Vec::new() };
    let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
        let remedy = "add it to ARROWS in xtask/src/tidy/arrows.rs and to ARCHITECTURE.md";
        return vec![Problem::new(file, 1, format!("crate `{name}` has no arrows"), remedy)];
    };
    let ours = |name: &str| ARROWS.iter().any(|(from, _)| *from == name);
    let allows = |to: &Dependency| {
        allowed.contains(&to.name.as_str()) || to.of_tests && FOR_TESTS.contains(&to.name.as_str())
    };
    let wrong = dependencies_of(file).into_iter().filter(|to| ours(&to.name) && !allows(to));
    let problem = |to: Dependency| {
        let remedy = "move what is shared down a crate, or hand it over as an argument";
        Problem::new(file, to.line, format!("`{name}` may not depend on `{}`", to.name), remedy)
    };
    wrong.map(problem).collect()
}

/// `crates/store/Cargo.toml` → `store`.
fn crate_of(file: &Source) -> Option<&str> {
    let folder = file.path.strip_suffix("/Cargo.toml")?;
    if folder == "xtask" { Some(folder) } else { folder.strip_prefix("crates/") }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) line: usize,
    pub(super) name: String,
    of_tests: bool,
}

/// The dependencies that a crate's manifest declares; those of the workspace only wait to be used.
pub(super) fn dependencies_of(file: &Source) -> Vec<Dependency> {
    if file.file_name() != "Cargo.toml" {
        return Vec::new();
    }
    let mut dependencies = Vec::new();
    let mut section = "";
    for (line, text) in (1..).zip(file.text.lines()) {
        let text = text.trim();
        if let Some(header) = text.strip_prefix('[') {
            section = header.trim_end_matches(']');
        }
        // `[dependencies]` with `name.workspace = true` below it, or `[dependencies.name]`.
        let (kind, name) = match section.split_once("dependencies.") {
            Some((kind, name)) if text.starts_with('[') => (kind, name),
            None if section.ends_with("dependencies") && !text.starts_with(['[', '#']) => {
                (section, text.split(['.', '=', ' ']).next().unwrap_or_default())
            }
            _ => continue,
        };
        if !name.is_empty() && !kind.starts_with("workspace") {
            dependencies.push(Dependency { line, name: name.to_owned(), of_tests: kind.contains("dev-") });
        }
    }
    dependencies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said_of;

    #[test]
    fn dependencies_are_read_in_either_spelling() {
        let text = "[package]\nname = \"a\"\n[dependencies]\n# b\nc = \"1\"\nd.workspace = true\n\n\
                    [target.'cfg(unix)'.dev-dependencies]\ne = { path = \"e\" }\n[dependencies.f]\nversion = \"1\"\n";
        let found = dependencies_of(&Source::new("crates/a/Cargo.toml", text));
        let found: Vec<_> =
            found.iter().map(|found| (found.line, found.name.as_str(), found.of_tests)).collect();
        assert_eq!(found, [(5, "c", false), (6, "d", false), (9, "e", true), (10, "f", false)]);
        let workspace = Source::new("Cargo.toml", "[workspace.dependencies]\nsqlx = \"1\"");
        assert_eq!(dependencies_of(&workspace), []);
    }

    #[test]
    fn arrows_point_one_way() {
        let said = said_of("crates/governance/Cargo.toml", "[dependencies]\nstore.workspace = true\n");
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("crates/governance/Cargo.toml:2: `governance` may not depend on `store`")
        );
        assert_eq!(
            said_of("crates/store/Cargo.toml", "[dependencies]\ngovernance.workspace = true\n"),
            [""; 0]
        );
    }

    #[test]
    fn tests_may_use_more() {
        assert_eq!(
            said_of("crates/store/Cargo.toml", "[dev-dependencies]\nsample.workspace = true\n"),
            [""; 0]
        );
        assert_eq!(
            said_of("crates/store/Cargo.toml", "[dev-dependencies]\nserver.workspace = true\n").len(),
            1
        );
    }

    #[test]
    fn a_new_crate_says_where_it_stands() {
        assert!(said_of("crates/novel/Cargo.toml", "")[0].contains("crate `novel` has no arrows"));
    }
}
