//! A server that is killed at any instant of a baseline run goes on with it: nothing is half made, and
//! nothing is made twice (docs/global-configurations.md#runs).

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::databases::{DataFolder, Place, Postgres};
use crate::durability::{start, with_output};
use crate::support::{Folder, Process, bailiwick, http};

/// Hierarchies, of each of which a run is killed sooner or later.
const ROUNDS: usize = 5;
/// Configurations below the root of each.
const PARTS: usize = 150;

/// `root:secret` and `lena:secret`
const ROOT: &str = "Authorization: Basic cm9vdDpzZWNyZXQ=\r\n";
const LENA: &str = "Authorization: Basic bGVuYTpzZWNyZXQ=\r\n";

/// A car for each round, with its parts.
fn cars() -> String {
    let mut components = String::new();
    let mut contributions = String::new();
    for round in 0..ROUNDS {
        components += &format!("      - {{name: Car {round}}}\n");
        contributions += &format!("      - to: 'Car {round}/stream:Car {round} Initial Stream'\n");
        contributions += "        configurations:\n";
        for part in 0..PARTS {
            components += &format!("      - {{name: Part {round}.{part}}}\n");
            contributions +=
                &format!("          - 'Part {round}.{part}/stream:Part {round}.{part} Initial Stream'\n");
        }
    }
    format!(
        "bailiwick: 1\nproject_areas:\n  - application: gc\n    name: Cars\n    \
         template: Global Configuration Management\n    access: everyone\n    \
         members: {{lena: [configuration-lead]}}\n    components:\n{components}    \
         contributions:\n{contributions}"
    )
}

struct Server {
    address: String,
    _process: Process,
}

impl Server {
    fn start(place: &impl Place, data: &str) -> Self {
        let [option, value] = place.arguments();
        let mut arguments = vec!["demo", "--listen", "127.0.0.1:0", &option, &value];
        if option != "--data" {
            arguments.extend(["--data", data]);
        }
        let (process, address) = start(&mut with_output(bailiwick().args(arguments)));
        Self { address, _process: process }
    }

    fn ask(&self, who: &str, method: &str, path: &str, headers: &str, body: &str) -> Value {
        let headers = format!("{who}{headers}");
        let (status, answer) = http(&self.address, method, &format!("/api/v1{path}"), &headers, body);
        assert!(status < 300, "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(&body[body.find(['{', '[']).unwrap()..=body.rfind(['}', ']']).unwrap()]).unwrap()
    }

    /// Begins to baseline the hierarchy of a round; answers the run.
    fn begin(&self, round: usize) -> String {
        let root = format!("gc%3ACars%23Car%20{round}%2Fstream%3ACar%20{round}%20Initial%20Stream");
        let path = format!("/configurations/{root}/baseline-hierarchy");
        let json = "Content-Type: application/json\r\n";
        let run = self.ask(LENA, "POST", &path, json, r#"{"names": "{name} R"}"#);
        run["id"].as_str().unwrap().to_owned()
    }

    fn run(&self, run: &str) -> Value {
        self.ask(LENA, "GET", &format!("/baseline-runs/{run}"), "", "")
    }

    /// A run once it has ended.
    fn ended(&self, run: &str) -> Value {
        let begun = Instant::now();
        loop {
            let now = self.run(run);
            if now["state"] != "running" {
                return now;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{now}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many baselines the runs have made, and how many revisions they were.
    fn made(&self) -> (u64, usize) {
        let found = "/configurations?project_area=gc%3ACars&kind=baseline&name=r&limit=1";
        let journal = self.ask(ROOT, "GET", "/journal?limit=100", "", "");
        let runs = journal["items"].as_array().unwrap().iter();
        let runs = runs.filter(|entry| entry["summary"] == "Baseline a hierarchy").count();
        (self.ask(LENA, "GET", found, "", "")["total"].as_u64().unwrap(), runs)
    }
}

fn killed_while_baselining(place: &impl Place) {
    let folder = Folder::new();
    let data = folder.path("data");
    let mut server = Server::start(place, &data);
    let yaml = "Content-Type: application/yaml\r\nIf-Match: *\r\n";
    server.ask(ROOT, "POST", "/import", yaml, &cars());
    let begun = Instant::now();
    let first = server.begin(0);
    let whole = begun.elapsed();
    assert_eq!(server.ended(&first)["state"], "finished");
    let whole = whole.max(begun.elapsed());
    let baselines = PARTS as u64 + 1;
    assert_eq!(server.made(), (baselines, 1));
    let mut interrupted = 0;
    for round in 1..ROUNDS {
        let begun = Instant::now();
        let run = server.begin(round);
        // From when the run has begun to about its end.
        let rest = whole.saturating_sub(begun.elapsed());
        std::thread::sleep(rest.mul_f64((round - 1) as f64 / (ROUNDS - 1) as f64));
        drop(server);
        server = Server::start(place, &data);

        let made_before = (round as u64 * baselines, round);
        let mut after = server.run(&run);
        // Another process of a shared database is taken for alive for a while.
        let killed = Instant::now();
        while after["state"] == "running" && killed.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(500));
            after = server.run(&run);
        }
        let all = ((round as u64 + 1) * baselines, round + 1);
        let there = server.made();
        assert!(there == made_before || there == all, "{there:?} is half of {all:?}: {after}");
        if after["state"] == "interrupted" {
            interrupted += 1;
            server.ask(LENA, "POST", &format!("/baseline-runs/{run}/resume"), "", "");
            after = server.ended(&run);
        }
        assert_eq!((&after["state"], after["refusal"].is_null()), (&"finished".into(), true), "{after}");
        let lines = after["lines"].as_array().unwrap();
        assert_eq!(
            lines.iter().filter(|it| it["outcome"] == "baselined").count() as u64,
            baselines,
            "{after}"
        );
        assert_eq!(server.made(), all);
    }
    assert!(interrupted > 0, "no run was killed in time");
}

#[test]
fn a_run_of_a_killed_server_is_finished_by_the_next_one_on_sqlite() {
    killed_while_baselining(&DataFolder::new());
}

#[test]
fn a_run_of_a_killed_server_is_finished_by_the_next_one_on_postgresql() {
    killed_while_baselining(&Postgres::new("killed_run"));
}
