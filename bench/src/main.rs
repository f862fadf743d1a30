//! Side by side with other engines: the rows of `docs/benchmarks/`.

mod chart;
mod client;
mod engine;
mod machine;
mod measure;
mod page;
mod report;
mod row;
mod served;
mod world;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use sample::Size;

use crate::engine::compared::{Databases, WithCedar};
use crate::report::Row;
use crate::served::Served;
use crate::world::World;

const USAGE: &str = "\
usage: cargo xtask bench [--size S|M|L] [--rows 1,2,…] [--rounds N]

  --size    of the organisation; L unless said
  --rows    which rows to run; all unless said
  --rounds  of each engine, interleaved; 5 unless said
";
const ROWS: [u8; 19] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

pub(crate) struct Options {
    size: Size,
    rows: BTreeSet<u8>,
    rounds: usize,
    child: Option<(String, PathBuf)>,
}

fn main() -> ExitCode {
    match Options::parse().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Options {
    fn parse() -> Result<Self> {
        let mut options = Self { size: Size::L, rows: ROWS.into(), rounds: 5, child: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().with_context(|| format!("`{argument}` takes a value\n{USAGE}"));
            match argument.as_str() {
                "--size" => {
                    options.size = match value()?.as_str() {
                        "S" => Size::S,
                        "M" => Size::M,
                        "L" => Size::L,
                        other => bail!("`{other}` is no size\n{USAGE}"),
                    }
                }
                "--rows" => {
                    let rows = value()?;
                    let rows = rows.split(',').map(|it| it.parse().context("a row is a number"));
                    options.rows = rows.collect::<Result<_>>()?;
                    let unknown = options.rows.iter().find(|it| !ROWS.contains(it));
                    ensure!(unknown.is_none(), "there is no row {} yet", unknown.unwrap_or(&0));
                }
                "--rounds" => options.rounds = value()?.parse().context("`--rounds` takes a number")?,
                "--child" => options.child = Some((value()?, PathBuf::new())),
                "--folder" => {
                    let folder = value()?.into();
                    options.child = options.child.map(|(what, _)| (what, folder));
                }
                _ => bail!("`{argument}` is unknown\n{USAGE}"),
            }
        }
        Ok(options)
    }
    fn any(&self, rows: &[u8]) -> bool {
        rows.iter().any(|row| self.rows.contains(row))
    }
}

fn run(options: &Options) -> Result<()> {
    if let Some((what, folder)) = &options.child {
        return row::process::run_child(what, folder, options.size);
    }
    if cfg!(debug_assertions) {
        eprintln!("warning: this is a debug build; its times mean nothing");
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |row: Row| {
        progress("");
        print!("{row}");
        rows.push(row);
    };
    let folder = tempfile::tempdir()?;
    let world = World::of(options.size);
    if options.any(&[1, 2, 7, 8, 11, 12]) {
        compared(&world, folder.path(), options)?.into_iter().for_each(&mut add);
    }
    if options.any(&[3]) {
        add(row::check::growth(&world, options));
    }
    if options.any(&[4]) {
        add(row::beside::beside_changes(&world, options)?);
    }
    if options.any(&[10]) {
        add(row::change::permission(&world, options)?);
    }
    if options.any(&[17]) {
        add(row::search::search(&world, options)?);
    }
    if options.any(&[18]) {
        add(row::search::impact(&world, options)?);
    }
    if options.any(&[5, 6, 9, 13, 14, 15, 16, 19]) {
        in_a_database(world, folder.path(), options, &mut add)?;
    }
    rows.sort_by_key(|row| row.number);
    if options.size == Size::L && ROWS.into_iter().all(|row| options.rows.contains(&row)) {
        page::write(&rows, options)?;
        println!("written to docs/benchmarks");
    }
    Ok(())
}

/// The rows that need the organisation in a database.
fn in_a_database(world: World, folder: &Path, options: &Options, mut add: impl FnMut(Row)) -> Result<()> {
    let (store, revision) = row::process::filled(folder, options.size)?;
    drop(store);
    // Before the database is changed: its answers are compared with the organisation's.
    if options.any(&[5, 6, 15]) {
        let served = Served::start(folder, &world.organisation)?;
        if options.any(&[5, 6]) {
            row::http::checks(&world, &served, options)?.into_iter().for_each(&mut add);
        }
        if options.any(&[15]) {
            add(row::page::pages(&world, &served, options)?);
        }
    }
    if options.any(&[9]) {
        let store = row::process::opened(folder)?;
        add(row::change::component(&world, &(store, revision), folder, options)?);
    }
    if options.any(&[19]) {
        add(row::consumers::consumers(&world.organisation, folder, options)?);
    }
    // What is measured next has the memory for itself, as far as it can.
    let world = if options.any(&[16]) { Some(world) } else { None };
    if options.any(&[13]) {
        add(row::process::memory(folder, options)?);
    }
    if options.any(&[14]) {
        add(row::process::start(folder, options)?);
    }
    if let Some(world) = world {
        let served = Served::start(folder, &world.organisation)?;
        add(row::mixed::load(&world, folder, served, options)?);
    }
    Ok(())
}

/// The rows in which other engines answer the same questions.
fn compared(world: &World, folder: &Path, options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut databases = Databases::new(world, folder)?;
    if databases.postgres.is_none() {
        eprintln!(
            "note: BAILIWICK_BENCH_POSTGRES names no server, so there is no comparison with PostgreSQL"
        );
    }
    if options.any(&[7]) {
        rows.push(row::list::items(world, &mut databases, options)?);
    }
    if options.any(&[8]) {
        rows.push(row::list::users(world, &mut databases, options)?);
    }
    if options.any(&[11]) {
        rows.push(row::hierarchy::resolve(world, &mut databases, options)?);
    }
    if options.any(&[12]) {
        rows.push(row::baseline::hierarchy(&mut databases, folder, options)?);
    }
    if options.any(&[1, 2]) {
        let cedar = WithCedar::new(world)?;
        rows.extend(row::check::check(world, &mut databases, cedar.as_ref(), options)?);
    }
    Ok(rows)
}

/// Says what is going on, to whoever looks at a terminal.
pub(crate) fn progress(what: &str) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        // Nothing is lost when it cannot be said.
        let _ = write!(terminal, "\r\x1b[K{what}").and_then(|()| terminal.flush());
    }
}
