//! What a run did, step by step, ending in the line that CI reads.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Tests that ran. One that was skipped proves nothing and counts as failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

impl Tally {
    fn good(self) -> bool {
        self.failed + self.ignored == 0
    }

    /// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; …`, which each test binary ends with.
    pub(crate) fn read(line: &str) -> Option<Tally> {
        let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |name: &str| {
            let part = counts.split("; ").find_map(|part| part.strip_suffix(name));
            part.and_then(|number| number.trim().parse().ok())
        };
        Some(Tally { passed: count("passed")?, failed: count("failed")?, ignored: count("ignored")? })
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    total: Tally,
}

impl Report {
    /// A step that only succeeds or fails; failing, it counts like a failed test.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        self.tests(name, || work().map(|()| Tally::default()));
    }

    /// A step that runs tests.
    pub(crate) fn tests(&mut self, name: &str, work: impl FnOnce() -> Result<Tally>) {
        println!("\n== {name}");
        let start = Instant::now();
        let tally = work().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Tally { failed: 1, ..Tally::default() }
        });
        let line = outcome(name, tally, start.elapsed());
        println!("== {line}");
        self.lines.push(line);
        self.total += tally;
    }

    pub(crate) fn finish(self) -> ExitCode {
        println!("\n{}", self.lines.join("\n"));
        if self.total.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Ends in `N passed, N failed`. A run that failed anywhere never says `0 failed`.
    pub(crate) fn finish_with_counts(self) -> ExitCode {
        let Tally { passed, failed, ignored } = self.total;
        let code = self.finish();
        if ignored > 0 {
            println!("skipped tests, counted as failed: {ignored}");
        }
        println!("{passed} passed, {} failed", failed + ignored);
        code
    }
}

fn outcome(name: &str, tally: Tally, took: Duration) -> String {
    let verdict = if tally.good() { "ok" } else { "FAILED" };
    format!("{name}: {verdict} in {:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULT: &str =
        "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.10s";

    #[test]
    fn the_counts_of_a_test_binary_are_read() {
        assert_eq!(Tally::read(RESULT), Some(Tally { passed: 12, failed: 3, ignored: 1 }));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(Tally::read("test decision::tests::a_reader_reads ... ok"), None);
        assert_eq!(Tally::read("test result: what is this"), None);
    }

    #[test]
    fn a_skipped_test_counts_as_failed() {
        let mut report = Report::default();
        report.tests("skipped", || Ok(Tally { passed: 5, failed: 0, ignored: 1 }));
        assert_eq!(report.finish(), ExitCode::FAILURE);
    }

    #[test]
    fn a_step_that_fails_fails_the_run_though_every_test_passes() {
        let mut report = Report::default();
        report.step("tidy", || anyhow::bail!("1 problem"));
        report.tests("tests", || Ok(Tally { passed: 5, ..Tally::default() }));
        assert_eq!(report.total, Tally { passed: 5, failed: 1, ignored: 0 });
        assert_eq!(report.finish(), ExitCode::FAILURE);
    }
}
