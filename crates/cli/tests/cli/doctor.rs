//! `doctor`: what is amiss is told, with what to do about it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::databases::{DataFolder, Place, Postgres};
use crate::support::{Folder, Process, Ran, TUNING, bailiwick, run};

/// Check, state and what was found, of everything that is not as it should be.
fn amiss(ran: &Ran) -> Vec<(String, String, String)> {
    let all: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let text = |found: &Value, key: &str| found[key].as_str().unwrap().to_owned();
    let is_amiss = |found: &&Value| found["state"] != "ok";
    all.iter()
        .inspect(|found| assert_eq!(found["state"] == "ok", found["remedy"].is_null(), "{found}"))
        .filter(is_amiss)
        .map(|found| (text(found, "check"), text(found, "state"), text(found, "found")))
        .collect()
}

fn found(check: &str, state: &str, found: &str) -> (String, String, String) {
    (check.to_owned(), state.to_owned(), found.to_owned())
}

/// A server that was started with the example, so that people have passwords, and still runs.
fn demo(place: &impl Place) -> Process {
    let [option, value] = place.arguments();
    let mut server = Process::start(bailiwick().args(["demo", "--listen", "127.0.0.1:0", &option, &value]));
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("http://")));
    server
}

fn nothing_is_wrong(place: &impl Place) {
    let _server = demo(place);
    let ran = place.run("doctor", &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.ends_with(" of advice.\n"), "{}", ran.stdout);
    let state = |check: &str| {
        let line = ran.stdout.lines().find(|line| line.starts_with(check)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    for check in ["database", "facts", "journal", "sign-in"] {
        assert_eq!(state(check), "ok", "{}", ran.stdout);
    }
    let csv = place.run("doctor", &["--output", "csv"]).stdout;
    assert!(csv.starts_with("check,state,found,remedy\n"), "{csv}");
}

#[test]
fn a_running_server_is_well_on_sqlite() {
    nothing_is_wrong(&DataFolder::new());
}

#[test]
fn a_running_server_is_well_on_postgresql() {
    nothing_is_wrong(&Postgres::new("doctor"));
}

#[test]
fn an_organisation_that_nobody_can_administer_is_wrong() {
    let place = DataFolder::new();
    let folder = Folder::new();
    let lonely = folder.file(
        "lonely.yaml",
        "bailiwick: 1
users:
  - {id: ann, groups: [JazzUsers]}
  - {id: bob, groups: [JazzAdmins, JazzUsers], archived: true}
  - {id: robot, groups: [JazzAdmins, JazzUsers], functional: true}
project_areas:
  - application: gc
    name: Bicycle
    administrators: [bob]
    roles:
      - {id: rider, name: Rider}
      - {id: mechanic, name: Mechanic}
      - {id: racer, name: Racer}
    members: {ann: [mechanic], bob: [rider]}
    permissions:
      - {role: mechanic, operation: gc.save-stream, actions: [create]}
      - {role: rider, operation: gc.save-baseline, actions: [create]}
",
    );
    let imported = place.run("import", &[&lonely, "--yes"]);
    assert_eq!(imported.status, 0, "{imported:?}");
    let ran = place.run("doctor", &["--json"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let amiss = amiss(&ran);
    let wrong = [
        found("organisation", "wrong", "no active user is in JazzAdmins"),
        found("organisation", "wrong", "`gc:Bicycle` has no active administrator"),
    ];
    assert_eq!(amiss[..2], wrong);
    let advice = |text: &str| amiss.contains(&found("organisation", "advice", text));
    assert!(advice("nobody has the role Rider of `gc:Bicycle`"));
    assert!(advice("nobody has the role Racer of `gc:Bicycle`"));
    assert!(!advice("nobody has the role Mechanic of `gc:Bicycle`"));
    assert!(advice("no role that anybody has in `gc:Bicycle` allows `gc.save-baseline`"));
    assert!(!advice("no role that anybody has in `gc:Bicycle` allows `gc.save-stream`"));
    assert!(!amiss.iter().any(|(_, _, text)| text.contains("ccm.")));
}

#[test]
fn administrators_without_a_password_are_told_how_to_get_in() {
    let place = DataFolder::new();
    assert_eq!(place.run("import", &[TUNING, "--yes"]).status, 0);
    let ran = place.run("doctor", &[]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("wrong   nobody who administers the server has a password\n"), "{ran:?}");
    assert!(ran.stdout.contains("→ `bailiwick recover-administrator root`"), "{ran:?}");
}

#[test]
fn a_data_folder_that_others_can_read_is_wrong() {
    let place = DataFolder::new();
    drop(demo(&place));
    let [_, folder] = place.arguments();
    let database = std::path::Path::new(&folder).join("bailiwick.db");
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let checks = || {
        let ran = place.run("doctor", &["--json"]);
        let checks: Vec<_> = amiss(&ran).into_iter().filter(|it| it.1 == "wrong").map(|it| it.0).collect();
        (ran.status, checks)
    };
    assert_eq!(checks(), (0, vec![]));
    // Both its folder and the file itself keep others out.
    set(folder.as_ref(), 0o755);
    assert_eq!(checks(), (0, vec![]));
    set(&database, 0o644);
    assert_eq!(checks(), (1, vec!["permissions".to_owned()]));
    set(folder.as_ref(), 0o700);
    assert_eq!(checks(), (0, vec![]));
}

#[test]
fn a_database_that_cannot_be_used_is_a_finding_and_one_that_is_not_there_is_bad_input() {
    let folder = Folder::new();
    let strange = folder.file("strange.db", "this is no database, however long it may be made to look");
    let ran = run(["doctor", "--database", &format!("sqlite:{strange}"), "--json"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let (check, state, text) = amiss(&ran).pop().unwrap();
    assert_eq!((check.as_str(), state.as_str()), ("database", "wrong"));
    assert!(text.contains("holds something else than an organisation"), "{text}");

    let away = run(["doctor", "--database", "postgres://ann:secret@127.0.0.1:1/x"]);
    assert_eq!(away.status, 1, "{away:?}");
    assert!(away.stdout.contains("→ check that it runs") && !away.stdout.contains("secret"), "{away:?}");

    for arguments in [&["--data", "nowhere"] as &[&str], &["--database", "nonsense"], &[]] {
        assert_eq!(run([&["doctor"], arguments].concat()).status, 2);
    }
}
