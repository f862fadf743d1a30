//! `backup` and `restore`: everything comes back, on either database, or nothing.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::databases::{DataFolder, Place, Postgres};
use crate::support::{ELEVEN, Folder, Process, Ran, TUNING, bailiwick, run, run_with};

#[track_caller]
fn came_to(ran: &Ran, status: i32, said: &str) {
    assert_eq!(ran.status, status, "{ran:?}");
    assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said} in {ran:?}");
}

fn restore(file: &str, place: &impl Place) -> Ran {
    let [option, value] = place.arguments();
    run(["restore", file, &option, &value])
}

/// A database with two revisions.
fn filled(place: &impl Place) {
    assert_eq!(place.run("import", &[TUNING, "--yes"]).status, 0);
    assert_eq!(place.run("import", &[ELEVEN, "--yes"]).status, 0);
}

fn comes_back(from: &impl Place, into: &impl Place) {
    filled(from);
    let [option, value] = from.arguments();
    let mut server = Process::start(bailiwick().args(["serve", "--listen", "127.0.0.1:0", &option, &value]));
    let mut listening = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut listening).unwrap();
    assert!(listening.starts_with("Listening on "), "{listening}");
    let folder = Folder::new();
    let file = folder.path("a.backup");
    came_to(&from.run("backup", &["--to", &file]), 0, "Wrote `");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    came_to(&restore(&file, into), 0, "Restored revision 2, as of ");
    for revision in ["1", "2"] {
        let at = ["--at-revision", revision];
        assert_eq!(into.run("export", &at).stdout, from.run("export", &at).stdout);
    }
    came_to(&restore(&file, into), 2, "is not empty\nhelp: restore into a new data folder");

    // The other way round it is the same again, with a history of its own.
    let again = folder.path("b.backup");
    let shown = |ran: Ran| serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap();
    let first = shown(from.run("backup", &["--json", "--to", &folder.path("c.backup")]));
    let second = shown(into.run("backup", &["--json", "--to", &again]));
    assert_eq!((&first["revision"], &first["rows"]), (&second["revision"], &second["rows"]));
    assert_ne!(first["history_id"], second["history_id"]);
    let last = DataFolder::new();
    let restored = restore(&again, &last);
    came_to(&restored, 0, "users.\n");
    assert_eq!(last.run("export", &[]).stdout, from.run("export", &[]).stdout);
}

#[test]
fn a_running_server_on_sqlite_comes_back_on_postgresql() {
    comes_back(&DataFolder::new(), &Postgres::new("restored"));
}

#[test]
fn a_running_server_on_postgresql_comes_back_on_sqlite() {
    comes_back(&Postgres::new("backed_up"), &DataFolder::new());
}

#[test]
fn a_backup_replaces_no_file_unless_it_is_told_to() {
    let place = DataFolder::new();
    filled(&place);
    let folder = Folder::new();
    let file = folder.file("letter", "to Ann");
    came_to(&place.run("backup", &["--to", &file]), 2, "is there already\nhelp: name another file, or add");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "to Ann");
    came_to(&place.run("backup", &["--to", &file, "--force"]), 0, "Wrote `");
    assert!(std::fs::read(&file).unwrap().starts_with(b"{\"bailiwick_backup\":1,"));
    came_to(&place.run("backup", &["--to", &folder.path("")]), 2, "is a folder");
    came_to(&place.run("backup", &["--to", &folder.path("no/where")]), 2, "cannot write `");
    came_to(&run(["backup", "--data", &folder.path("nowhere")]), 2, "there is no database at");
    assert_eq!(run(["backup"]).status, 2);
    assert_eq!(names(&folder.path("")), ["letter"]);
}

#[test]
fn without_a_name_a_backup_is_called_after_the_time() {
    let place = DataFolder::new();
    filled(&place);
    let [option, value] = place.arguments();
    let folder = Folder::new();
    let backup =
        || bailiwick().args(["backup", &option, &value]).current_dir(folder.path("")).output().unwrap();
    assert!(backup().status.success());
    let [name] = names(&folder.path("")).try_into().unwrap();
    assert!(name.starts_with("bailiwick-2") && name.ends_with("Z.backup"), "{name}");
}

#[test]
fn a_backup_goes_through_a_pipe() {
    let place = DataFolder::new();
    filled(&place);
    let [option, value] = place.arguments();
    let written = bailiwick().args(["backup", &option, &value, "--to", "-"]).output().unwrap();
    assert!(written.status.success());
    assert!(String::from_utf8_lossy(&written.stderr).starts_with("note: wrote revision 2, "));
    let folder = Folder::new();
    let into = DataFolder::new();
    came_to(&restore(&folder.file("piped", &written.stdout), &into), 0, "Restored revision 2");
    // What anybody can check without us.
    let sum = format!(
        "test \"$(head -c -73 {0} | sha256sum | cut -c -64)\" = \"$(tail -n 1 {0} | cut -d' ' -f2)\"",
        folder.path("piped")
    );
    assert!(Command::new("sh").args(["-c", &sum]).status().unwrap().success());
}

#[test]
fn a_backup_that_somebody_else_has_opened_is_restored_from_standard_input() {
    let place = DataFolder::new();
    filled(&place);
    let (folder, into) = (Folder::new(), DataFolder::new());
    let file = folder.path("backup");
    came_to(&place.run("backup", &["--to", &file]), 0, "Wrote `");
    let [option, value] = into.arguments();
    let restore = ["restore", "-", &option, &value];
    came_to(&run_with(&restore, b"piped"), 2, "standard input is no file");
    let ran = bailiwick().args(restore).stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    came_to(&ran.into(), 0, "Restored revision 2");
}

#[test]
fn what_is_no_whole_backup_makes_nothing() {
    let place = DataFolder::new();
    filled(&place);
    let folder = Folder::new();
    let file = folder.path("whole");
    came_to(&place.run("backup", &["--to", &file]), 0, "");
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    let into = DataFolder::new();
    for (content, said) in [
        (&whole[..whole.len() - 100], "ends before its checksum"),
        (&flipped, "not as it was written: its checksum differs\nhelp: take another copy"),
        (b"bailiwick: 1\n", "no backup of Bailiwick\nhelp: "),
    ] {
        came_to(&restore(&folder.file("broken", content), &into), 2, said);
    }
    came_to(&restore(&folder.path("nowhere"), &into), 2, "cannot read `");
    assert!(!Path::new(&into.arguments()[1]).exists());
    came_to(&restore(&file, &into), 0, "Restored revision 2");
}

#[test]
fn a_backup_that_finds_no_space_leaves_nothing_behind() {
    let (place, folder) = (DataFolder::new(), Folder::new());
    let users: String =
        (0..8_000).map(|user| format!("  - {{id: user{}}}\n", user * 7_919 % 8_009)).collect();
    let document = folder.file("many.yaml", format!("bailiwick: 1\nusers:\n{users}"));
    assert_eq!(place.run("import", &[&document, "--yes"]).status, 0);
    let [option, value] = place.arguments();
    let script = "ulimit -f 48; exec \"$0\" \"$@\"";
    let program = env!("CARGO_BIN_EXE_bailiwick");
    let mut command = Command::new("bash");
    command.args(["-c", script, program, "backup", &option, &value, "--to", &folder.path("a.backup")]);
    let ran = Ran::from(command.output().unwrap());
    came_to(&ran, 2, "a.backup`: File too large");
    assert_eq!(names(&folder.path("")), ["many.yaml"]);
}

/// Killed at any instant, a restoration is there whole or not at all.
fn killed_while_restoring(into: impl Fn(usize) -> Box<dyn Place>) {
    let place = DataFolder::new();
    let folder = Folder::new();
    let users: String = (0..3_000).map(|user| format!("  - {{id: user{user}}}\n")).collect();
    let document = folder.file("many.yaml", format!("bailiwick: 1\nusers:\n{users}"));
    assert_eq!(place.run("import", &[&document, "--yes"]).status, 0);
    let file = folder.path("many.backup");
    came_to(&place.run("backup", &["--to", &file]), 0, "");
    let expected = place.run("export", &[]).stdout;
    let begun = std::time::Instant::now();
    let first = into(0);
    let [option, value] = first.arguments();
    came_to(&run(["restore", &file, &option, &value]), 0, "3000 users");
    let whole = begun.elapsed();
    let mut killed = 0;
    for round in 1..=8_usize {
        let into = into(round);
        let [option, value] = into.arguments();
        let process = Process::start(bailiwick().args(["restore", &file, &option, &value]));
        std::thread::sleep(whole.mul_f64(round as f64 / 9.0));
        drop(process);
        let again = run(["restore", &file, &option, &value]);
        if again.status == 0 {
            killed += 1;
        } else {
            came_to(&again, 2, "is not empty");
        }
        assert_eq!(run(["export", &option, &value]).stdout, expected);
    }
    assert!(killed > 0, "each was too fast");
}

#[test]
fn a_killed_restoration_is_there_whole_or_not_at_all_on_sqlite() {
    killed_while_restoring(|_| Box::new(DataFolder::new()));
}

#[test]
fn a_killed_restoration_is_there_whole_or_not_at_all_on_postgresql() {
    killed_while_restoring(|round| Box::new(Postgres::new(&format!("restoring_{round}"))));
}

fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
