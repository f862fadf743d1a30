//! The invariants of the architecture, most of them absences: what must not be written where.
//!
//! A rule is a pure function from a file to its problems. To add one, write it beside its like, give its
//! rationale in a comment, name it in [`RULES`], and test that it catches a bad line.

mod absences;
mod arrows;
mod documents;
mod source;
mod text;

use std::collections::BTreeSet;
use std::fmt;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::cargo;
use source::Source;

type Rule = fn(&Repository, &Source) -> Vec<Problem>;

const RULES: &[Rule] = &[
    absences::words,
    absences::sql_text,
    absences::sql_files,
    absences::dependencies,
    arrows::between_crates,
    text::long_lines,
    text::long_files,
    text::machine_paths,
    text::outside_folder,
    documents::decision_names,
    documents::links,
    documents::citations,
];

/// `file:line: what is wrong — what to do`.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    path: String,
    line: usize,
    wrong: String,
    remedy: String,
    only_a_warning: bool,
}

impl Problem {
    fn new(file: &Source, line: usize, wrong: impl Into<String>, remedy: impl Into<String>) -> Problem {
        let (wrong, remedy) = (wrong.into(), remedy.into());
        Problem { path: file.path.clone(), line, wrong, remedy, only_a_warning: false }
    }

    fn warning(self) -> Problem {
        Problem { only_a_warning: true, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { path, line, wrong, remedy, only_a_warning } = self;
        let kind = if *only_a_warning { "warning: " } else { "" };
        write!(f, "{path}:{line}: {kind}{wrong} — {remedy}")
    }
}

/// The files that git tracks or would track.
struct Repository {
    paths: BTreeSet<String>,
    files: Vec<Source>,
}

impl Repository {
    fn new(files: Vec<Source>) -> Repository {
        Repository { paths: files.iter().map(|file| file.path.clone()).collect(), files }
    }

    fn load() -> Result<Repository> {
        let mut git = Command::new("git");
        // A checkout may belong to somebody else, as in a container; we only read names.
        git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let output = git.current_dir(cargo::root()).output().context("cannot run `git`")?;
        ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr).trim());
        let names = String::from_utf8(output.stdout).context("a file's name is not UTF-8")?;
        let paths: BTreeSet<&str> = names.split_terminator('\0').collect();
        // A file deleted but still in the index has nothing to say, and a picture has no text.
        let read = |path: &str| {
            let bytes = std::fs::read(cargo::root().join(path)).ok()?;
            Some(Source::new(path, &String::from_utf8(bytes).unwrap_or_default()))
        };
        Ok(Repository::new(paths.into_iter().filter_map(read).collect()))
    }

    fn problems(&self) -> Vec<Problem> {
        let of_file = |file| RULES.iter().flat_map(move |rule| rule(self, file));
        let mut problems: Vec<Problem> = self.files.iter().flat_map(of_file).collect();
        problems.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        problems
    }
}

pub(crate) fn tidy() -> Result<()> {
    let problems = Repository::load()?.problems();
    for problem in &problems {
        println!("{problem}");
    }
    let errors = problems.iter().filter(|problem| !problem.only_a_warning).count();
    ensure!(errors == 0, "{errors} {}", if errors == 1 { "problem" } else { "problems" });
    Ok(())
}

/// What all rules together say about one file, for the tests of each.
#[cfg(test)]
fn said_of(path: &str, text: &str) -> Vec<String> {
    said_beside(&[], path, text)
}

/// The same, where other files exist too.
#[cfg(test)]
fn said_beside(others: &[&str], path: &str, text: &str) -> Vec<String> {
    let others: Vec<_> = others.iter().map(|other| (*other, "")).collect();
    said_beside_texts(&others, path, text)
}

/// The same, where the other files say something.
#[cfg(test)]
fn said_beside_texts(others: &[(&str, &str)], path: &str, text: &str) -> Vec<String> {
    let others = others.iter().map(|(other, text)| Source::new(other, text));
    let repository = Repository::new(others.chain([Source::new(path, text)]).collect());
    repository.problems().iter().filter(|problem| problem.path == path).map(Problem::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let mut problems = Repository::load().expect("git knows our files").problems();
        problems.retain(|problem| !problem.only_a_warning);
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
