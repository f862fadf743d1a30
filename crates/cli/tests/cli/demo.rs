//! `demo` and `serve`: a server that runs.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::support::{Folder, Process, TUNING, bailiwick, http, repository, run};

/// A server and what it printed.
pub(crate) struct Running {
    process: Process,
    printed: String,
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(command: &str, data: &str, last: &str) -> Self {
        Self::start_on(command, data, None, last)
    }

    /// The same, with another database than the one in the folder.
    pub(crate) fn start_on(command: &str, data: &str, database: Option<&str>, last: &str) -> Self {
        let mut child = bailiwick();
        child.args([command, "--data", data, "--listen", "127.0.0.1:0"]);
        child.args(database.iter().flat_map(|url| ["--database", url]));
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Process(child);
        let mut printed = String::new();
        loop {
            let line = lines.next().expect("it says more before it stops").unwrap();
            printed += &format!("{line}\n");
            if line.contains(last) {
                break;
            }
        }
        let (_, rest) = printed.split_once("http://").unwrap();
        let address = rest.split(['/', '\n']).next().unwrap().to_owned();
        Self { process, printed, address }
    }

    pub(crate) fn stop(mut self) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(self.process.0.wait().unwrap().code(), Some(0));
    }
}

/// `bob:secret`
const BOB: &str = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";

#[test]
fn what_the_demo_prints_works_and_works_again() {
    let folder = Folder::new();
    let data = folder.path("demo data");
    for _ in 0..2 {
        let demo = Running::start("demo", &data, "Ctrl-C");
        let printed = &demo.printed;
        for user in ["bob   Bob   Configuration Lead in Tuning Team", "gus   Gus   in JazzGuests, no licence"]
        {
            assert!(printed.contains(user), "{user} in\n{printed}");
        }
        let line =
            |begin: &str| printed.lines().find(|line| line.trim_start().starts_with(begin)).unwrap().trim();

        let page = line("http://").strip_prefix(&format!("http://{}", demo.address)).unwrap();
        let (status, text) = http(&demo.address, "GET", page, &format!("{BOB}Accept: text/html\r\n"), "");
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("may not") && text.contains("Tuning Team"), "{text}");

        let body = line("-d '").strip_prefix("-d '").unwrap().strip_suffix('\'').unwrap();
        let headers = format!("{BOB}Content-Type: application/json\r\n");
        let (status, text) = http(&demo.address, "POST", "/access/v1/evaluation", &headers, body);
        assert_eq!(status, 200, "{text}");
        let log = std::fs::read_to_string(folder.path("demo data/bailiwick.log")).unwrap();
        assert!(log.contains("/access/v1/evaluation") && log.matches("ready").count() == 1, "{log}");
        assert!(text.contains(r#""decision":false"#) && text.contains("PERMISSION"), "{text}");

        let (_, explain) = printed.split_once("Ask without a server:\n\n").unwrap();
        let (explain, _) = explain.split_once("\n\n").unwrap();
        let ran = Command::new("sh").args(["-c", explain]).current_dir(repository()).output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{ran:?}");
        assert!(String::from_utf8(ran.stdout).unwrap().starts_with("Bob may not"));
        demo.stop();
    }
}

#[test]
fn the_demo_leaves_an_organisation_of_ones_own_alone() {
    let folder = Folder::new();
    let data = folder.path("data");
    assert_eq!(run(["import", "--data", &data, TUNING, "--yes"]).status, 0);
    let ran = run(["demo", "--data", &data, "--listen", "127.0.0.1:0"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("holds an organisation of its own") && ran.stderr.contains("\nhelp: "),
        "{ran:?}"
    );
}

#[test]
fn a_running_server_lets_nobody_else_write_into_its_folder() {
    let folder = Folder::new();
    let data = folder.path("data");
    let server = Running::start("serve", &data, "Listening on http://127.0.0.1:");
    assert_eq!(http(&server.address, "GET", "/health/live", "", "").0, 200);
    let import: &[&str] = &["import", crate::support::TUNING, "--yes"];
    for command in [import, &["migrate"], &["serve"], &["demo"]] {
        let ran = run([command, &["--data", &data]].concat());
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains("another process has this database open\nhelp: stop it"), "{ran:?}");
    }
    server.stop();
    assert_eq!(run(["export", "--data", &data]).stdout, "bailiwick: 1\n");
}

#[test]
fn a_server_without_tls_listens_on_a_loopback_address_only() {
    let folder = Folder::new();
    let data = folder.path("data");
    let ran = run(["serve", "--data", &data, "--listen", "0.0.0.0:0"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("no loopback address"), "{ran:?}");
}
