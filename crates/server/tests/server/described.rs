//! Answers are what docs/openapi.json says, whatever is sent: schemathesis, which nobody here wrote, reads
//! the description and makes requests of it that are right, wrong and odd.

use std::process::Command;

use tokio::task::spawn_blocking;

use crate::every_route::OVER;
use crate::python::environment;
use crate::running::{Database, Running, demo_of, password};

/// What a run is told, and the versions of everything in it.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/described/schemathesis.toml");
const LINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/described/lines.py");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/described/requirements.txt");
const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// Changes go on until somebody goes away, and the client waits for their end.
const ENDLESS: &str = "/api/v1/changes";

/// Every part of a request at its limits and past them, which is tried with the rights to get far with it.
const EVERY_LIMIT: &str = "examples,coverage,fuzzing";
/// What others are answered differs by who they are and not by what they write.
const MANY: &str = "examples,fuzzing";

async fn check(user: &str, phases: &str) {
    let server = Running::start_over(Database::Sqlite, Some(demo_of(&[user])), OVER).await;
    let python = spawn_blocking(|| environment("schemathesis", REQUIREMENTS)).await.unwrap();
    let mut command = Command::new(python);
    command.args(["-m", "schemathesis.cli", "--config-file", CONFIG, "run", DESCRIPTION, "--no-color"]);
    command.args(["--url", &server.base, "--auth", &format!("{user}:{}", password(user))]);
    command.args(["--phases", phases, "--exclude-path", ENDLESS]).env("SCHEMATHESIS_HOOKS", LINES);
    // What it keeps for itself goes with the folder.
    command.current_dir(server.folder.path());
    let output = spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    // It found something to try.
    assert!(told.contains("generated"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_is_answered_is_as_described() {
    check("root", EVERY_LIMIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_is_answered_is_as_described() {
    check("rita", MANY).await;
}
