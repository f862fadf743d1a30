//! `licenses`, and two servers on one database that want the last seat.

use serde_json::{Value, json};

use crate::databases::{Place as _, Postgres};
use crate::demo::Running;
use crate::remote::token_of;
use crate::support::{Folder, Ran, http, run};

/// `root:secret`, `lena:secret` and `nora:secret`
const ROOT: &str = "Authorization: Basic cm9vdDpzZWNyZXQ=\r\nContent-Type: application/json\r\n";
const LENA: &str =
    "Authorization: Basic bGVuYTpzZWNyZXQ=\r\nContent-Type: application/json\r\nIf-Match: *\r\n";
const NORA: &str =
    "Authorization: Basic bm9yYTpzZWNyZXQ=\r\nContent-Type: application/json\r\nIf-Match: *\r\n";

const MOTOR: &str = "/api/v1/configurations/gc%3AElectric%20Vehicle%23Motor%2Fstream%3AMotor%201.0";
const PRACTITIONER: &str = "elm-practitioner";

/// Changes the motor; answers the status, and the gate that refused it if one did.
fn changes(address: &str, who: &str, to: &str) -> (u16, String) {
    let body = json!({"description": to}).to_string();
    let (status, answer) = http(address, "PATCH", MOTOR, who, &body);
    let gate = answer.split_once("\"gate\":\"").and_then(|(_, rest)| rest.split_once('"'));
    (status, gate.map(|(gate, _)| gate.to_owned()).unwrap_or_default())
}

struct Car {
    running: Running,
    folder: Folder,
}

impl Car {
    fn ask(&self, arguments: &[&str]) -> Ran {
        let url = format!("http://{}", self.running.address);
        let token = self.folder.path("token");
        let server = ["--server", &url, "--token-file", &token];
        run(["licenses"].into_iter().chain(arguments.iter().copied()).chain(server))
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        let ran = self.ask(&[arguments, &["--json"]].concat());
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

#[test]
fn licences_are_installed_assigned_leased_and_counted() {
    let folder = Folder::new();
    let running = Running::start("demo", &folder.path("data"), "Ctrl-C");
    folder.file("token", token_of(&running.address, ROOT, &["read", "write", "administer"]));
    let car = Car { running, folder };
    let address = &car.running.address;

    assert_eq!(changes(address, NORA, "a"), (403, "LICENSE".to_owned()));
    let installed = car.done(&["install", PRACTITIONER, "--seats", "1", "--expires", "2999-12-31"]);
    assert_eq!(installed, json!({"type": PRACTITIONER, "seats": 1, "expires": "2999-12-31"}));
    let installed = car.done(&["install", PRACTITIONER, "--authorised", "7"]);
    assert_eq!(installed["seats"], 1, "what is not named stays: {installed}");
    let ran = car.ask(&["assign", "nora", PRACTITIONER]);
    assert!(ran.status == 2 && ran.stderr.contains("8 people would have the licence"), "{ran:?}");
    car.done(&["unassign", "lena", PRACTITIONER]);

    assert_eq!(changes(address, NORA, "b").0, 200);
    assert_eq!(changes(address, LENA, "c"), (403, "LICENSE".to_owned()));
    let leases = car.done(&["leases", PRACTITIONER]);
    assert_eq!(leases[0]["user"], "nora", "{leases}");
    let counts = car.done(&["list"]);
    let expected = json!([1, 1, 0, 6, 1]);
    let counted: Vec<_> =
        ["seats", "leased", "free", "assigned", "unassigned"].iter().map(|key| &counts[0][*key]).collect();
    assert_eq!(json!(counted), expected, "{counts}");
    let used = car.ask(&["use", PRACTITIONER, "--output", "csv"]);
    let today = used.stdout.lines().last().unwrap();
    assert!(used.stdout.starts_with("day,installed,peak,denials\n") && today.ends_with(",1,1,1"), "{used:?}");
    assert_eq!(used.stdout.lines().count(), 31);
    let chart = car.folder.path("use.svg");
    car.done(&["use", PRACTITIONER, "--chart", &chart]);
    assert!(std::fs::read_to_string(chart).unwrap().starts_with("<svg "));

    car.done(&["end", "nora", PRACTITIONER]);
    let ran = car.ask(&["end", "nora", PRACTITIONER]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert_eq!(changes(address, LENA, "d").0, 200);
    car.done(&["assign", "nora", PRACTITIONER]);
    assert_eq!(changes(address, NORA, "e").0, 200);
    assert_eq!(car.done(&["unused", "--days", "1"]), json!([]), "all were assigned today");
    car.done(&["uninstall", PRACTITIONER]);
    assert_eq!(changes(address, LENA, "f"), (403, "LICENSE".to_owned()), "a lease of nothing is none");
    car.done(&["install", "ewm-contributor", "--tokens", "100"]);
    let counts = car.done(&["list"]);
    let tokens = json!({"type": "tokens", "seats": 100, "leased": 0, "free": 100});
    assert_eq!(counts.as_array().unwrap().last(), Some(&tokens), "{counts}");
    let ran = car.ask(&["install", "ewm-developer", "--tokens", "many"]);
    assert!(ran.stderr.contains("expected a whole number, or `none`"), "{ran:?}");
}

/// Rounds in which two want the seat at the same moment, each by another server.
const ROUNDS: usize = 40;

#[test]
fn of_two_servers_that_want_the_last_seat_one_gets_it() {
    let postgres = Postgres::new("seats");
    let [_, url] = postgres.arguments();
    let folder = Folder::new();
    let start = |name: &str| Running::start_on("demo", &folder.path(name), Some(&url), "Ctrl-C");
    let nodes = [start("one"), start("two")];
    let root = |method: &str, path: &str, body: &str| {
        let (status, answer) = http(&nodes[0].address, method, path, ROOT, body);
        assert!(status < 300, "{method} {path}: {answer}");
        answer
    };
    root("DELETE", "/api/v1/users/lena/licenses/elm-practitioner", "");
    root("PUT", "/api/v1/license-pools/elm-practitioner", r#"{"seats": 1}"#);
    let mut winners = Vec::new();
    for round in 0..ROUNDS {
        // Each comes by either server in turn.
        let racers = [(LENA, &nodes[round % 2]), (NORA, &nodes[1 - round % 2])];
        let barrier = std::sync::Barrier::new(2);
        let results: Vec<_> = std::thread::scope(|scope| {
            let race = |(who, node): (&'static str, &Running)| {
                let (address, barrier) = (node.address.clone(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    changes(&address, who, &format!("round {round} by {who}"))
                })
            };
            let racing = racers.map(race);
            racing.map(|it| it.join().unwrap()).into()
        });
        let refused = (403, "LICENSE".to_owned());
        let winner = results.iter().position(|(status, _)| *status == 200);
        let winner = winner.unwrap_or_else(|| panic!("round {round}: {results:?}"));
        assert_eq!(results[1 - winner], refused, "round {round}");
        let (name, who) = [("lena", LENA), ("nora", NORA)][winner];
        winners.push(name);
        // The seat serves its user by the other server, too, and nobody else by either.
        let (here, there) = (racers[winner].1, racers[1 - winner].1);
        assert_eq!(changes(&there.address, who, &format!("again {round}")).0, 200, "round {round}");
        let other = racers[1 - winner].0;
        for node in [here, there] {
            assert_eq!(changes(&node.address, other, "never"), refused, "round {round}");
        }
        root("DELETE", &format!("/api/v1/license-pools/elm-practitioner/leases/{name}"), "");
    }
    let uses = root("GET", "/api/v1/license-pools/elm-practitioner/use", "");
    let days: Value = serde_json::from_str(uses.split_once("\r\n\r\n").unwrap().1).unwrap();
    let today: Vec<_> = days["days"].as_array().unwrap().iter().rev().take(2).collect();
    let sum = |key: &str| today.iter().map(|day| day[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!(sum("denials"), 3 * ROUNDS as u64, "each is recorded");
    assert!(today.iter().all(|day| day["peak"].as_u64().unwrap() <= 1), "{today:?}");
    eprintln!("{winners:?}");
}

#[test]
fn a_lease_outlives_a_restart_and_ends_with_a_restoration() {
    let folder = Folder::new();
    let data = folder.path("data");
    let running = Running::start("demo", &data, "Ctrl-C");
    let pool = "/api/v1/license-pools/elm-practitioner";
    let (status, answer) = http(&running.address, "PUT", pool, ROOT, r#"{"seats": 1}"#);
    assert!(status < 300, "{answer}");
    assert_eq!(changes(&running.address, NORA, "a").0, 200);
    running.stop();
    let running = Running::start("demo", &data, "Ctrl-C");
    let leases = |running: &Running| http(&running.address, "GET", &format!("{pool}/leases"), ROOT, "").1;
    assert!(leases(&running).contains("\"user\":\"nora\""), "{}", leases(&running));
    running.stop();

    let backup = folder.path("backup");
    let other = folder.path("other");
    let ran = run(["backup", "--data", &data, "--to", &backup]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = run(["restore", &backup, "--data", &other]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let running = Running::start("demo", &other, "Ctrl-C");
    assert!(leases(&running).contains("\"items\":[]"), "{}", leases(&running));
    let (_, uses) = http(&running.address, "GET", &format!("{pool}/use"), ROOT, "");
    assert!(uses.contains("\"peak\":1"), "what was used is remembered: {uses}");
}
