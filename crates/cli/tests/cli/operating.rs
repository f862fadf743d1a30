//! The walk of docs/guide/operating.md is taken as it is written.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::databases::{Place as _, Postgres};
use crate::support::{Folder, Process, repository};

/// What is typed, and what is answered.
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) answer: Vec<String>,
}

/// The steps of the lines that are indented.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(line) = line.strip_prefix("    ") else { continue };
        let Some(first) = line.strip_prefix("$ ") else {
            steps.last_mut().expect("something is typed first").answer.push(line.to_owned());
            continue;
        };
        let mut command = first.to_owned();
        let here = first.contains("<<'END'");
        while here && !command.ends_with("\nEND") || command.ends_with('\\') {
            let next = lines.next().expect("the command ends");
            command += &format!("\n{}", next.strip_prefix("      ").unwrap_or(next));
        }
        steps.push(Step { command, answer: Vec::new() });
    }
    steps
}

/// Whether a text is what a pattern says, in which `…` stands for anything, and blanks for any blanks.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (pattern, text) = (words(pattern), words(text));
    let parts: Vec<&str> = pattern.split('…').map(str::trim).collect();
    if parts.len() == 1 {
        return pattern == text;
    }
    let mut rest = text.as_str();
    for (at, part) in parts.iter().enumerate() {
        let found = if at == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        let Some(found) = found else { return false };
        rest = &rest[found + part.len()..];
    }
    parts.last().is_some_and(|last| last.is_empty()) || rest.is_empty()
}

/// A shell that stays.
pub(crate) struct Shell {
    process: Process,
    output: BufReader<std::process::ChildStdout>,
}

impl Shell {
    pub(crate) fn start(folder: &Path) -> Self {
        let binaries = Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap();
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.current_dir(folder).env("PATH", path).env_remove("NO_COLOR");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut shell = Self { process: Process(child), output };
        // The server ends with the shell, however the test does.
        shell.run("exec 2>&1; trap 'kill $! 2> /dev/null; wait' EXIT");
        shell
    }

    pub(crate) fn run(&mut self, command: &str) -> Vec<String> {
        let input = self.process.0.stdin.as_mut().unwrap();
        writeln!(input, "{command}\nstatus=$?; echo; echo THE END OF IT").unwrap();
        let mut lines = Vec::new();
        for line in self.output.by_ref().lines() {
            let line = line.unwrap();
            if line == "THE END OF IT" {
                break;
            }
            lines.push(line);
        }
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }
}

impl Shell {
    /// Whether the last command was stopped by `timeout`.
    pub(crate) fn was_too_late(&mut self) -> bool {
        self.run("echo $status") == ["124"]
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Its end is the end of what it reads, after which it does what it was told to do then.
        drop(self.process.0.stdin.take());
        let _ = self.process.0.wait();
    }
}

pub(crate) fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

#[test]
fn a_new_administrator_gets_from_nothing_to_a_server() {
    let page = std::fs::read_to_string(repository().join("docs/guide/operating.md")).unwrap();
    let (_, walk) = page.split_once("\n## From nothing to a server\n").unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let database = Postgres::new("operating");
    let url = &database.arguments()[1];
    // Other ports are free here, and the database is that of the tests.
    let walk = walk
        .replace("postgres://elm_access:a-long-password@localhost/elm_access", url)
        .replace("8443", &free_port())
        .replace("9464", &free_port());
    let folder = Folder::new();
    let mut shell = Shell::start(Path::new(&folder.path("")));
    let mut taken = 0;
    for Step { command, answer } in steps(&walk) {
        // The tests' PostgreSQL lets everybody in, and has a database for this test already.
        if command.starts_with("psql ") {
            continue;
        }
        let said = shell.run(&command);
        let pattern = answer.join("\n");
        assert!(
            fits(&pattern, &said.join("\n")),
            "{command}\nis to say\n{pattern}\nand says\n{}",
            said.join("\n")
        );
        if command == "cat server.out" {
            choose_password(&mut shell, &said);
        }
        taken += 1;
    }
    assert!(taken > 20, "{taken}");
}

/// What is done in a browser.
fn choose_password(shell: &mut Shell, said: &[String]) {
    let link = said.iter().flat_map(|line| line.split(' ')).find(|word| word.contains("?link="));
    let link = link.expect("there is a link").trim();
    let (page, secret) = link.split_once("?link=").unwrap();
    let password = "the password that you chose";
    let answer = shell.run(&format!(
        "curl --silent --show-error --cacert authority.pem --output /dev/null --write-out '%{{http_code}}' \
         --data-urlencode 'link={secret}' --data-urlencode 'password={password}' \
         --data-urlencode 'again={password}' '{page}'"
    ));
    assert_eq!(answer, ["303"]);
}

#[test]
fn what_the_walk_leaves_open_is_anything() {
    assert!(fits("a … c", "a b   c") && fits("… end", "the end") && fits("a\n…", "a\nb\nc") && fits("", ""));
    assert!(!fits("a … c", "a b d") && !fits("a", "a b") && !fits("", "x") && !fits("… end", "the end."));
}
