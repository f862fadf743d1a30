//! docs/benchmarks/README.md: the table, and how it was measured.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::Options;
use crate::chart::chart;
use crate::machine::Machine;
use crate::report::{Quantity, Row};

const METHOD: &str = include_str!("method.md");

/// Writes page and chart.
pub(crate) fn write(rows: &[Row], options: &Options) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in [("README.md", page(rows, options)), ("chart.svg", chart(rows))] {
        std::fs::write(folder.join(name), text)
            .with_context(|| format!("cannot write docs/benchmarks/{name}"))?;
    }
    Ok(())
}

fn page(rows: &[Row], options: &Options) -> String {
    let machine = Machine::this();
    let mut page = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench`, size {:?}, {} rounds, on {} cores of {} with {} of memory. \
         Ratios are of one run, the engines interleaved; absolute times are those of a shared, noisy machine.\n\n\
         ![Time of each engine](chart.svg)\n\n| # | what | measured | target | |\n|---|---|---|---|---|\n",
        options.size,
        options.rounds,
        machine.cores,
        machine.model,
        Quantity::Bytes(machine.memory as f64)
    );
    for row in rows {
        let _ = writeln!(page, "| {} | **{}** | | | |", row.number, row.what);
        for line in &row.lines {
            let verdict = line.target.verdict(line.measured);
            let _ = writeln!(page, "| | {} | {} | {} | {verdict} |", line.what, line.measured, line.target);
        }
    }
    page.push('\n');
    for row in rows {
        for note in &row.notes {
            let _ = writeln!(page, "- Row {}: {note}.", row.number);
        }
    }
    page.push('\n');
    page.push_str(METHOD);
    page
}
