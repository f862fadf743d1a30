//! What holds for the text of any file.

use super::source::Source;
use super::{Problem, Repository};

const LONGEST_LINE: usize = 110;
const LONGEST_FILE: usize = 450;

/// rustfmt leaves comments and macros alone. What is in a string literal is data and may be as long as it is.
pub(super) fn long_lines(_: &Repository, file: &Source) -> Vec<Problem> {
    let lines = (1..).zip(file.layout.lines()).map(|(line, text)| (line, text.chars().count()));
    let long = lines.filter(|(_, length)| *length > LONGEST_LINE);
    long.map(|(line, length)| {
        Problem::new(file, line, format!("{length} characters"), format!("break it before {LONGEST_LINE}"))
    })
    .collect()
}

/// A file that is read in one sitting. Only a warning: some nouns have much to say.
pub(super) fn long_files(_: &Repository, file: &Source) -> Vec<Problem> {
    let lines = file.code.lines().count();
    let too_long = lines > LONGEST_FILE && file.path.starts_with("crates/") && file.path.contains("/src/");
    let problem = || Problem::new(file, lines, format!("{lines} lines"), "split it by noun").warning();
    too_long.then(problem).into_iter().collect()
}

/// A path of one machine works on that machine only, and tells strangers about it.
pub(super) fn machine_paths(_: &Repository, file: &Source) -> Vec<Problem> {
    const FOLDERS: [&str; 3] = ["/work/", "/farm/", "/tmp/"];
    let is_named = |line: &str, folder: &str| {
        line.split(folder).skip(1).any(|rest| rest.starts_with(|next: char| next.is_ascii_lowercase()))
    };
    let remedy = "use a path relative to the repository, or a temporary folder";
    lines_where(file, |line| FOLDERS.iter().any(|folder| is_named(line, folder)))
        .map(|line| Problem::new(file, line, "the path of a machine", remedy))
        .collect()
}

/// What is not in the repository does not exist for its readers.
pub(super) fn outside_folder(_: &Repository, file: &Source) -> Vec<Problem> {
    const OUTSIDE: &str = concat!("..", "/shared");
    lines_where(file, |line| line.contains(OUTSIDE))
        .map(|line| Problem::new(file, line, "a folder outside the repository", "say it here in own words"))
        .collect()
}

fn lines_where(file: &Source, bad: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    (1..).zip(file.text.lines()).filter(move |(_, text)| bad(text)).map(|(line, _)| line)
}

#[cfg(test)]
mod tests {
    use crate::tidy::said_of;

    #[test]
    fn lines_are_short_except_for_data() {
        let long = "x".repeat(111);
        assert!(said_of("crates/a/src/b.rs", &format!("\n// {long}"))[0].contains(":2: 114 characters"));
        assert_eq!(said_of("crates/a/src/b.rs", &format!("f(\"{long}\");")), [""; 0]);
        assert_eq!(said_of("docs/a.md", &long), [""; 0]);
    }

    #[test]
    fn a_long_file_is_a_warning() {
        assert!(said_of("crates/a/src/b.rs", &"\n".repeat(451))[0].contains("warning: 451 lines"));
        assert_eq!(said_of("crates/a/src/b.rs", &"\n".repeat(450)), [""; 0]);
    }

    #[test]
    fn a_path_of_a_machine_is_found_in_any_file() {
        let path = ["/wo", "rk/main"].concat();
        assert!(
            said_of("docs/a.md", &format!("\nsee {path}"))[0]
                .starts_with("docs/a.md:2: the path of a machine")
        );
        assert_eq!(said_of("docs/a.md", "work/main, /work/, /work/{id}"), [""; 0]);
    }

    #[test]
    fn a_folder_outside_is_found_in_any_file() {
        let path = ["..", "shared"].join("/");
        assert!(said_of(".ci/run", &path)[0].starts_with(".ci/run:1: a folder outside"));
    }
}
