//! What must hold before a change is merged.

use std::io::{BufRead as _, BufReader};
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result};

use crate::postgres::{FOR_TESTS, Server};
use crate::report::{Report, Tally};
use crate::{cargo, packages, tidy};

/// All of it, without what no test needs and takes minutes to compile: Cedar, with which `bench` compares.
const OURS: [&str; 2] = ["--workspace", "--no-default-features"];

/// Every step runs though an earlier one failed: one run tells everything that is wrong.
pub(crate) fn test(extra: &[&str]) -> ExitCode {
    let mut report = Report::default();
    report.step("packages", packages::install_missing);
    lints(&mut report);
    report.tests("cargo test", || cargo_test(extra));
    report.finish_with_counts()
}

pub(crate) fn check() -> ExitCode {
    let mut report = Report::default();
    lints(&mut report);
    report.step("compile", || cargo::run(&[&["test"], &OURS[..], &["--no-run"]].concat()));
    report.finish()
}

fn lints(report: &mut Report) {
    report.step("cargo fmt", || cargo::run(&["fmt", "--all", "--check"]));
    report.step("tidy", tidy::tidy);
    report.step("cargo clippy", || {
        cargo::run(&[&["clippy"], &OURS[..], &["--all-targets", "--", "-D", "warnings"]].concat())
    });
}

/// Shows what `cargo test` prints while counting along. Documentation tests are part of it.
fn cargo_test(extra: &[&str]) -> Result<Tally> {
    let server = Server::given_or_started(FOR_TESTS)?;
    let mut command = cargo::command(&[&["test"], &OURS[..], &["--no-fail-fast"], extra].concat());
    let mut child = server.tell(&mut command).stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let mut tally = Tally::default();
    for line in BufReader::new(child.stdout.take().context("cargo prints nothing")?).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally += Tally::read(&line).unwrap_or_default();
    }
    if !child.wait()?.success() && tally.failed == 0 {
        println!("error: `cargo test` failed without a failed test: something did not compile, or crashed");
        tally.failed = 1;
    }
    Ok(tally)
}
