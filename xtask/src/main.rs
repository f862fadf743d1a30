//! The tasks of a developer. `cargo xtask` lists them.

mod cargo;
mod packages;
mod postgres;
mod report;
mod test;
mod tidy;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::postgres::{FOR_BENCH, FOR_TESTS, Server};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [-- ARGUMENT…]      everything CI asks for: format, tidy, clippy, tests on SQLite and PostgreSQL;
                           as root on Debian it installs what is missing; ARGUMENTs go to `cargo test`
  check                    the same without running a test: format, tidy, clippy, compile
  tidy                     the invariants of the architecture only; takes a second
  bench [ARGUMENT…]        the benchmark against other engines; ARGUMENTs go to `bench`
  demo-two                 two servers to connect, as docs/guide/sharing-a-process.md tells; until Ctrl-C
  screenshots FOLDER [OF]  pictures of the pages, or of those whose names have OF in them: for desktop and phone, light and
                           dark; look at them after every change of how something looks
  pictures                 docs/pictures anew, which README.md shows: pages of the demo
  postgres -- COMMAND…     COMMAND with a PostgreSQL of its own at $BAILIWICK_TEST_POSTGRES, for instance
                           cargo xtask postgres -- cargo test -p store

BAILIWICK_TEST_POSTGRES, for bench BAILIWICK_BENCH_POSTGRES, names a server of your own to use instead.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words.get(1) == Some(&"--") {
        words.remove(1);
    }
    let done = match words.as_slice() {
        ["test", extra @ ..] => Ok(test::test(extra)),
        ["check"] => Ok(test::check()),
        ["tidy"] => tidy::tidy().map(|()| ExitCode::SUCCESS),
        ["bench", extra @ ..] => bench(extra),
        ["demo-two"] => demo_two(),
        ["screenshots", folder] => screenshots(Path::new(folder), ""),
        ["screenshots", folder, of] => screenshots(Path::new(folder), of),
        ["pictures"] => pictures(),
        ["postgres", command, arguments @ ..] => with_postgres(command, arguments),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn bench(extra: &[&str]) -> Result<ExitCode> {
    packages::install_missing()?;
    let server = Server::given_or_started(FOR_BENCH)?;
    let mut bench = cargo::command(&["run", "--release", "--package", "bench", "--"]);
    // As the server is packaged (packaging/bailiwick.service).
    bench.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    run(bench.args(extra), &server)
}

/// Two servers on this machine that know nothing of each other yet.
fn demo_two() -> Result<ExitCode> {
    cargo::run(&["build", "--release"])?;
    let root = cargo::root();
    let mut script = Command::new("sh");
    script.arg("-c").arg(include_str!("demo_two.sh")).arg("demo-two");
    script.arg(root.join("docs/guide/sharing-a-process.md"));
    script.arg(root.join("target/release/bailiwick")).arg(root.join("target/demo-two"));
    let status = script.status().context("cannot run `sh`")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn screenshots(folder: &Path, of: &str) -> Result<ExitCode> {
    let folder = std::path::absolute(folder)?;
    let variables =
        [("BAILIWICK_SCREENSHOTS", folder.as_os_str()), ("BAILIWICK_SCREENSHOTS_OF", of.as_ref())];
    taken("pages_can_be_looked_at", variables)
}

fn pictures() -> Result<ExitCode> {
    let folder = cargo::root().join("docs/pictures");
    taken("the_readme_shows_the_demo", [("BAILIWICK_PICTURES", folder.as_os_str())])
}

/// Pictures are taken by a test that has a server and a browser.
fn taken<'a>(test: &str, variables: impl IntoIterator<Item = (&'a str, &'a OsStr)>) -> Result<ExitCode> {
    packages::install_missing()?;
    let mut command =
        cargo::command(&["test", "--package", "server", "--test", "server", test, "--", "--nocapture"]);
    command.envs(variables);
    let status = command.status().with_context(|| format!("cannot run `{}`", cargo::shown(&command)))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn with_postgres(command: &str, arguments: &[&str]) -> Result<ExitCode> {
    packages::install_missing()?;
    let server = Server::given_or_started(FOR_TESTS)?;
    run(Command::new(command).args(arguments), &server)
}

/// Runs a command that finds the server in its environment, and answers with the command's own exit code.
fn run(command: &mut Command, server: &Server) -> Result<ExitCode> {
    let status =
        server.tell(command).status().with_context(|| format!("cannot run `{}`", cargo::shown(command)))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
