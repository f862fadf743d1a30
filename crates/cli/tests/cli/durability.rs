//! Killed at any instant, no acknowledged change is lost; on a full disk a change is refused and reading
//! goes on.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use store::{Location, Moment, Session, Store};

use crate::databases::{DataFolder, Place, Postgres};
use crate::support::{Folder, Process, TUNING, bailiwick, http, run};

/// How often the process is killed.
const ROUNDS: usize = 24;
/// Users in one import.
const BATCH: usize = 400;

/// A document of one import: so many new users.
fn batch(round: usize) -> String {
    let users = (0..BATCH).map(|user| format!("  - {{id: round{round}-user{user}}}\n"));
    format!("bailiwick: 1\nusers:\n{}", users.collect::<String>())
}

/// Imports again and again, kills the process sooner or later in each, and looks at what is there afterwards.
fn killed_while_importing(place: &impl Place) {
    let files = Folder::new();
    let [option, value] = place.arguments();
    let import = |round: usize| {
        let file = files.file(&format!("{round}.yaml"), batch(round));
        let mut command = bailiwick();
        command.args(["import", "--yes", &option, &value, &file]);
        Process::start(&mut command)
    };
    let begun = Instant::now();
    assert!(import(0).0.wait().unwrap().success());
    let whole = begun.elapsed();
    let mut acknowledged = BTreeSet::from([0]);
    let mut lost_race = 0;
    for round in 1..ROUNDS {
        let mut process = import(round);
        // From the first instant to a little after the last.
        std::thread::sleep(whole.mul_f64(1.15 * round as f64 / ROUNDS as f64));
        let finished = process.0.try_wait().unwrap().is_some_and(|status| status.success());
        drop(process);
        if finished {
            acknowledged.insert(round);
        } else {
            lost_race += 1;
        }
        let there = place.run("export", &[]);
        assert_eq!(there.status, 0, "{}", there.stderr);
        for earlier in 0..=round {
            let of_round = format!("id: round{earlier}-user");
            let count = there.stdout.matches(&of_round).count();
            let whole_or_nothing = count == BATCH || (count == 0 && !acknowledged.contains(&earlier));
            assert!(whole_or_nothing, "{count} users of round {earlier} after round {round}");
            if count == BATCH {
                acknowledged.insert(earlier);
            }
        }
    }
    assert!(lost_race > 0, "no process was killed in time");
}

#[test]
fn a_killed_import_is_there_whole_or_not_at_all_and_acknowledged_ones_stay_on_sqlite() {
    killed_while_importing(&DataFolder::new());
}

#[test]
fn a_killed_import_is_there_whole_or_not_at_all_and_acknowledged_ones_stay_on_postgresql() {
    killed_while_importing(&Postgres::new("killed"));
}

/// Kilobytes: enough for SQLite to open a database and to write a little.
const LIMIT: u64 = 48;

/// The binary with a limit on the size of its files, in kilobytes: what a full disk is like.
fn limited(kilobytes: u64, arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    let script = format!("ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_bailiwick")]).args(arguments);
    command.current_dir(crate::support::repository());
    command
}

#[test]
fn an_import_into_a_full_disk_is_refused_and_what_was_there_is_still_read() {
    let folder = Folder::new();
    let data = folder.path("data");
    assert_eq!(run(["import", "--yes", "--data", &data, TUNING]).status, 0);
    let before = run(["export", "--data", &data]);
    let large = folder.file("large.yaml", batch(0));

    let refused = limited(LIMIT, &["import", "--yes", "--data", &data, &large]).output().unwrap();

    assert_ne!(refused.status.code(), Some(0));
    let said = String::from_utf8_lossy(&refused.stderr).to_string();
    assert!(said.contains("no space left") && said.contains("help:"), "{said}");
    let read = limited(LIMIT, &["export", "--data", &data]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(String::from_utf8_lossy(&read.stdout), before.stdout);
    assert_eq!(run(["import", "--yes", "--data", &data, &large]).status, 0);
}

#[test]
fn a_server_whose_disk_is_full_refuses_to_write_and_goes_on_deciding() {
    let folder = Folder::new();
    let data = folder.path("data");
    // Once without a limit, so that the example is there.
    let first =
        start(&mut with_output(bailiwick().args(["demo", "--listen", "127.0.0.1:0", "--data", &data])));
    drop(first);
    sign_in_long_ago(&data);
    let mut command = limited(LIMIT, &["serve", "--listen", "127.0.0.1:0", "--data", &data]);
    let (_server, address) = start(&mut with_output(&mut command));
    let question = r#"{"subject":{"type":"user","id":"bob"},"action":{"name":"read"},"resource":{"type":"project-area","id":"gc:Electric Vehicle"}}"#;
    let headers = "Authorization: Basic Ym9iOnNlY3JldA==\r\nContent-Type: application/json\r\n";
    let mut refused = 0;
    for _ in 0..40 {
        let form = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n";
        let (status, answer) = http(&address, "POST", "/sign-in", form, "user=bob&password=secret");
        assert!(status == 303 || status == 507, "{answer}");
        refused += usize::from(status == 507);
        let (status, answer) = http(&address, "POST", "/access/v1/evaluation", headers, question);
        assert_eq!(status, 200, "{answer}");
        if refused > 2 {
            break;
        }
    }
    assert!(refused > 0, "the limit was never met");
    // That a session is used cannot be noted, save for a last one perhaps that still fits.
    for (token, _) in OLD_SESSIONS {
        let headers = format!("Cookie: bailiwick_session={token}\r\nContent-Type: application/json\r\n");
        let (status, answer) = http(&address, "POST", "/access/v1/evaluation", &headers, question);
        assert_eq!(status, 200, "{answer}");
    }
    // Nor that somebody could not sign in.
    let form = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n";
    let (status, answer) = http(&address, "POST", "/sign-in", form, "user=bob&password=wrong");
    assert_eq!(status, 401, "{answer}");
}

/// Tokens and their SHA-256.
const OLD_SESSIONS: [(&str, &str); 3] = [
    ("old1", "872737ae8121bc1b984efcbd5f7931d3822326351a30518a018c4c502b95c533"),
    ("old2", "893a3cfd3912a125b2419774d2752a3bb8cc175927cd5b421336e4f028607452"),
    ("old3", "3638b1871d9c86acdec8bd57988c81dc8629c007c0e981b399e1c275fe85c55f"),
];

/// Sessions of Bob's that were last used an hour ago, hence are to be noted when they are used again.
fn sign_in_long_ago(data: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let location = Location::folder(std::path::Path::new(data));
        let store = Store::open(&location, "not new").await.unwrap();
        let bob = store.load().await.unwrap().organisation.user_who_signs_in("bob").unwrap();
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64;
        let hours = |hours: i64| Moment::new(now + hours * 3_600_000_000);
        let session = Session {
            user: bob,
            created: hours(-1),
            last_used: hours(-1),
            expires: hours(1),
            address: None,
            registry: None,
        };
        for (_, hash) in OLD_SESSIONS {
            store.add_session(hash, &session).await.unwrap();
        }
        store.close().await;
    });
}

pub(crate) fn with_output(command: &mut Command) -> Command {
    let mut with = Command::new(command.get_program());
    with.args(command.get_args()).current_dir(crate::support::repository());
    with
}

/// A server, and the address that it prints.
pub(crate) fn start(command: &mut Command) -> (Process, String) {
    use std::io::{BufRead as _, BufReader};
    let mut process = Process::start(command);
    let output = BufReader::new(process.0.stdout.take().unwrap());
    let (said, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some(address) = line.split("http://").nth(1) {
                let _ = said.send(address.trim_end_matches('/').to_owned());
            }
        }
    });
    let address = heard.recv_timeout(Duration::from_secs(60)).unwrap();
    (process, address)
}
