//! What holds for documentation.

use super::source::{Source, line_of};
use super::{Problem, Repository};

/// Decisions are cited by number, so each has one of its own.
pub(super) fn decision_names(repository: &Repository, file: &Source) -> Vec<Problem> {
    let Some(name) = file.path.strip_prefix("docs/decisions/") else { return Vec::new() };
    let Some(number) = decision_number(name) else {
        let wrong = format!("`{name}` does not name a decision");
        return vec![Problem::new(file, 1, wrong, "name it NNNN-title-in-lower-case.md")];
    };
    let same = format!("docs/decisions/{number}-");
    let earlier = repository.paths.iter().find(|path| path.starts_with(&same) && **path < file.path);
    let problem = |earlier: &String| {
        Problem::new(file, 1, format!("`{earlier}` has number {number} too"), "take the next free number")
    };
    earlier.map(problem).into_iter().collect()
}

/// `0007-one-writer.md` → `0007`.
fn decision_number(name: &str) -> Option<&str> {
    let (number, title) = name.strip_suffix(".md")?.split_once('-')?;
    let numbered = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let titled =
        !title.is_empty() && title.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    (numbered && titled).then_some(number)
}

/// A link that leads nowhere sends its reader away.
pub(super) fn links(repository: &Repository, file: &Source) -> Vec<Problem> {
    if !file.path.ends_with(".md") {
        return Vec::new();
    }
    let prose = prose(&file.text);
    let mut problems = Vec::new();
    let links = ["](", "src=\"", "srcset=\""].into_iter().flat_map(|opens| prose.match_indices(opens));
    for (at, opens) in links {
        let rest = &prose[at + opens.len()..];
        let target = rest.split([')', '"', ' ', '\n']).next().unwrap_or_default();
        let (path, heading) = target.split_once('#').unwrap_or((target, ""));
        if path.contains(':') {
            continue;
        }
        let to = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
        if !exists(repository, &to) {
            let wrong = format!("there is no `{target}`");
            problems.push(Problem::new(file, line_of(&prose, at), wrong, "link to a file of the repository"));
        } else if !has_heading(repository, &to, heading) {
            problems.push(no_heading(file, line_of(&prose, at), &to, heading));
        }
    }
    problems
}

/// Code and messages cite the documentation that they follow, as `docs/decision.md#slots`: it has to be
/// there.
pub(super) fn citations(repository: &Repository, file: &Source) -> Vec<Problem> {
    // What is written here is examples of bad ones.
    if file.is_in(&["xtask/src/tidy"]) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (at, _) in file.text.match_indices("docs/") {
        let known = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_');
        let name: String = file.text[at..].chars().take_while(known).collect();
        let rest = &file.text[at + name.len()..];
        let Some(rest) = rest.strip_prefix(".md").filter(|_| !name.contains("NNNN")) else { continue };
        let path = format!("{name}.md");
        let heading: String = rest.strip_prefix('#').unwrap_or_default().chars().take_while(known).collect();
        if !exists(repository, &path) {
            let wrong = format!("there is no `{path}`");
            problems.push(Problem::new(file, line_of(&file.text, at), wrong, "cite a page of docs/"));
        } else if !has_heading(repository, &path, &heading) {
            problems.push(no_heading(file, line_of(&file.text, at), &path, &heading));
        }
    }
    problems
}

fn no_heading(file: &Source, line: usize, page: &str, heading: &str) -> Problem {
    Problem::new(file, line, format!("`{page}` has no heading `#{heading}`"), "name one that it has")
}

/// Whether a page has the heading; other files have lines, which nobody checks.
fn has_heading(repository: &Repository, path: &str, heading: &str) -> bool {
    let page = repository.files.iter().find(|file| file.path == path && path.ends_with(".md"));
    heading.is_empty() || page.is_none_or(|page| headings(&page.text).any(|it| it == heading))
}

/// The headings of a page as links name them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let mut fenced = false;
    let lines = text.lines().filter(move |line| {
        fenced ^= line.trim_start().starts_with("```");
        !fenced && line.starts_with('#')
    });
    lines.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
        title.chars().filter(kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    })
}

/// The path from the workspace's folder to what `link` in the document at `from` means.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if link.starts_with('/') {
        parts.clear();
    }
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A file, or a folder of files.
fn exists(repository: &Repository, path: &str) -> bool {
    let within = format!("{path}/");
    path.is_empty()
        || repository.paths.contains(path)
        || repository.paths.range(within.clone()..).next().is_some_and(|next| next.starts_with(&within))
}

/// The text without code, line for line: in code, `](` is no link.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fenced && !fence {
            prose.extend(line.split('`').step_by(2));
        }
        prose.push('\n');
    }
    prose
}

#[cfg(test)]
mod tests {
    use crate::tidy::{said_beside, said_beside_texts, said_of};

    #[test]
    fn decisions_are_numbered() {
        assert_eq!(said_of("docs/decisions/0001-one-writer.md", ""), [""; 0]);
        for name in ["1-writer.md", "0001_writer.md", "0001-Writer.md", "0001-writer.txt", "0001-.md"] {
            assert!(said_of(&format!("docs/decisions/{name}"), "")[0].contains("does not name a decision"));
        }
    }

    #[test]
    fn a_number_is_given_once() {
        let others = ["docs/decisions/0001-a.md", "docs/decisions/0002-a.md"];
        assert!(said_beside(&others, "docs/decisions/0002-b.md", "")[0].contains("has number 0002 too"));
        assert_eq!(said_beside(&others, "docs/decisions/0003-b.md", ""), [""; 0]);
    }

    #[test]
    fn links_lead_to_files_and_folders() {
        let said = |text: &str| said_beside(&["README.md", "docs/guide/a.md"], "docs/b.md", text);
        let good = "[a](guide/a.md) [b](../README.md) [c](https://a.b/c#d) [f](guide/) [g](/README.md)";
        assert_eq!(said(good), [""; 0]);
        assert_eq!(said("`[a](b)`\n\n```\n[a](b)\n```\n"), [""; 0]);
        assert!(said("a\n[b](guide/b.md)")[0].starts_with("docs/b.md:2: there is no `guide/b.md`"));
        assert_eq!(said("[out](../../README.md)").len(), 1);
        let picture = "<source srcset=\"c.png\"><img src=\"guide/a.md\" alt=\"c\">";
        assert_eq!(said(picture), ["docs/b.md:1: there is no `c.png` — link to a file of the repository"]);
    }

    #[test]
    fn links_and_citations_name_headings_that_there_are() {
        let page = ("docs/a.md", "# Licences (CALs)\n\n```\n# no heading\n```\n### Who's who\n");
        let said = |path: &str, text: &str| said_beside_texts(&[page], path, text);
        assert_eq!(said("docs/b.md", "# A b\n[a](a.md#licences-cals) [b](#a-b) [c](a.md#whos-who)"), [""; 0]);
        assert_eq!(
            said("docs/b.md", "\n[a](a.md#no-heading) [b](#c)"),
            [
                "docs/b.md:2: `docs/a.md` has no heading `#no-heading` — name one that it has",
                "docs/b.md:2: `docs/b.md` has no heading `#c` — name one that it has",
            ]
        );
        for path in ["crates/governance/src/a.rs", "catalogue/a.yaml", "crates/server/templates/a.html"] {
            let ok = "// see docs/a.md, docs/a.md#whos-who. All of docs/ and docs/guide/";
            assert_eq!(said(path, ok), [""; 0]);
            assert_eq!(
                said(path, "//\n// (docs/a.md#whose)\n// docs/c.md#d"),
                [
                    format!("{path}:2: `docs/a.md` has no heading `#whose` — name one that it has"),
                    format!("{path}:3: there is no `docs/c.md` — cite a page of docs/"),
                ]
            );
        }
    }
}
