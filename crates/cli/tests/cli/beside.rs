//! Commands that only read, beside a running server and where nothing may be written.

use std::io::{BufRead as _, BufReader};
use std::process::Command;

use crate::databases::{DataFolder, Place, Postgres};
use crate::support::{Folder, Process, Ran, TUNING, bailiwick, run};

fn read_beside_a_server(place: &impl Place) {
    assert_eq!(place.run("import", &[TUNING, "--yes"]).status, 0);
    let alone = place.run("export", &[]);
    let [option, value] = place.arguments();
    let mut server = Process::start(bailiwick().args(["serve", "--listen", "127.0.0.1:0", &option, &value]));
    let mut listening = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut listening).unwrap();
    assert!(listening.starts_with("Listening on http://"), "{listening}");

    assert_eq!(place.run("export", &[]).stdout, alone.stdout);
    assert_eq!(place.run("explain", &["bob", "read", "gc:Electric Vehicle"]).status, 0);
    assert_eq!(place.run("who-can", &["read", "gc:Electric Vehicle"]).status, 0);
    assert_eq!(place.run("what-can", &["bob", "read"]).status, 0);
    assert_eq!(place.run("compare", &["--at-revision", "0"]).status, 0);
    assert_eq!(place.run("plan", &[TUNING]).status, 0);
    let questions = Folder::new();
    let line = r#"{"user":"bob","operation":"read","item":"gc:Electric Vehicle"}"#;
    let questions = questions.file("questions.jsonl", line);
    assert_eq!(place.run("check", &["--questions", &questions]).status, 0);
    assert!(server.0.try_wait().unwrap().is_none());
}

#[test]
fn a_running_server_does_not_mind_readers_on_sqlite() {
    let place = DataFolder::new();
    read_beside_a_server(&place);
}

#[test]
fn a_running_server_does_not_mind_readers_on_postgresql() {
    read_beside_a_server(&Postgres::new("beside"));
}

/// Root may write everywhere, unless its capabilities are taken away.
fn without_capabilities(arguments: &[&str]) -> Ran {
    let program = env!("CARGO_BIN_EXE_bailiwick");
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new(if is_root { "setpriv" } else { program });
    if is_root {
        command.args(["--bounding-set=-all", "--inh-caps=-all", program]);
    }
    command.args(arguments).output().unwrap().into()
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_not_to_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let data = folder.path("data");
    assert_eq!(run(["import", "--data", &data, TUNING, "--yes"]).status, 0);
    let before = run(["export", "--data", &data]);
    let set_mode = |path: &str, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(&format!("{data}/bailiwick.db"), 0o400);
    set_mode(&data, 0o500);
    let read = without_capabilities(&["export", "--data", &data]);
    let import = without_capabilities(&["migrate", "--data", &data]);
    set_mode(&data, 0o700);
    assert_eq!((read.status, &read.stdout), (0, &before.stdout), "{}", read.stderr);
    assert_ne!(import.status, 0, "the folder could be written");

    // Changes that are in the log alone are not left out without a word.
    std::fs::write(format!("{data}/bailiwick.db-wal"), "changes").unwrap();
    set_mode(&data, 0o500);
    let refused = without_capabilities(&["export", "--data", &data]);
    set_mode(&data, 0o700);
    assert_eq!(refused.status, 2, "{refused:?}");
}
