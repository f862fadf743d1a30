//! Answers are what docs/openapi.json says, whatever is sent: schemathesis, which nobody here wrote, reads
//! the description and makes requests of it that are right, wrong and odd.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

use crate::every_route::OVER;
use crate::running::{Database, Running, demo_of, password};

/// What a run is told, and the versions of everything in it.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/described/schemathesis.toml");
const LINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/described/lines.py");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/described/requirements.txt");
const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// Changes go on until somebody goes away, and the client waits for their end.
const ENDLESS: &str = "/api/v1/changes";

/// A Python that has schemathesis; it is kept with what was compiled, until other versions are wanted.
async fn python() -> &'static Path {
    static PYTHON: OnceCell<PathBuf> = OnceCell::const_new();
    PYTHON.get_or_init(async || spawn_blocking(installed).await.unwrap()).await
}

fn installed() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let (python, versions) = (folder.join("bin/python"), folder.join("installed.txt"));
    let wanted = std::fs::read_to_string(REQUIREMENTS).unwrap();
    if std::fs::read_to_string(&versions).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let run = |command: &mut Command| {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    let install =
        ["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--requirement", REQUIREMENTS];
    run(Command::new(&python).args(install));
    std::fs::write(versions, wanted).unwrap();
    python
}

async fn check(user: &str) {
    let server = Running::start_over(Database::Sqlite, Some(demo_of(&[user])), OVER).await;
    let mut command = Command::new(python().await);
    command.args(["-m", "schemathesis.cli", "--config-file", CONFIG, "run", DESCRIPTION, "--no-color"]);
    command.args(["--url", &server.base, "--auth", &format!("{user}:{}", password(user))]);
    command.args(["--exclude-path", ENDLESS]).env("SCHEMATHESIS_HOOKS", LINES);
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
    check("root").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reader_is_answered_is_as_described() {
    check("rita").await;
}
