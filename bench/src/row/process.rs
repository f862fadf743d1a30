//! Rows 13 and 14: memory and start, each in a process of its own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use governance::decide;
use sample::{Size, organisation_of_size};
use store::{Location, Revision, Store};

use super::change::entry;
use crate::measure::{median, timed};
use crate::report::Quantity::{Bytes, Nanoseconds, Times};
use crate::report::{Row, Target};
use crate::world::{SEED, chunks, organisation};
use crate::{Options, machine, progress};

const MIB: f64 = 1024.0 * 1024.0;

/// A database with the organisation in it.
pub(crate) fn filled(folder: &Path, size: Size) -> Result<(Store, Revision)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut revision = Revision::NONE;
    let store = opened(folder)?;
    for events in chunks(organisation_of_size(size, SEED)) {
        progress(&format!("filling a SQLite database, revision {revision}"));
        revision = runtime.block_on(store.append(revision, &entry(), &events))?;
    }
    Ok((store, revision))
}

pub(crate) fn opened(folder: &Path) -> Result<Store> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(Store::open(&Location::folder(folder), "bench"))?)
}

/// Row 13.
pub(crate) fn memory(folder: &Path, options: &Options) -> Result<Row> {
    progress("row 13: memory");
    let built = child("build", folder, options)?;
    let loaded = child("load", folder, options)?;
    let mut row = Row::new(13, "memory of the decision state");
    let ours = built.after - built.before;
    row.told("organisation made in memory", Bytes(ours));
    if cfg!(feature = "cedar") {
        let cedar = child("cedar", folder, options)?;
        let entities = cedar.after - cedar.before;
        row.told("Cedar's entities", Bytes(entities));
        row.line("Cedar's entities take", Times(entities / ours), Target::AtLeast(Times(40.0)));
        row.told("making Cedar's entities takes", Nanoseconds(cedar.time));
    }
    row.line(
        "whole process after loading from SQLite",
        Bytes(loaded.after),
        Target::AtMost(Bytes(256.0 * MIB)),
    );
    row.told("the most while loading", Bytes(loaded.most));
    Ok(row)
}

/// Row 14.
pub(crate) fn start(folder: &Path, options: &Options) -> Result<Row> {
    progress("row 14: start");
    let times = (0..options.rounds.min(5)).map(|_| Ok(child("load", folder, options)?.time));
    let times = times.collect::<Result<Vec<f64>>>()?;
    let mut row = Row::new(14, "start from the SQLite database until the first check");
    row.line("p50", Nanoseconds(median(&times)), Target::AtMost(Nanoseconds(5e9)));
    Ok(row)
}

/// What a process of its own tells.
struct Told {
    before: f64,
    after: f64,
    most: f64,
    time: f64,
}

fn child(what: &str, folder: &Path, options: &Options) -> Result<Told> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--child", what, "--size", &format!("{:?}", options.size), "--folder"]).arg(folder);
    let output = command.output().context("cannot run a process of its own")?;
    ensure!(output.status.success(), "`--child {what}`: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [before, after, most, time] = numbers[..] else { anyhow::bail!("`--child {what}` said `{text}`") };
    Ok(Told { before, after, most, time })
}

/// The process of its own.
pub(crate) fn run_child(what: &str, folder: &Path, size: Size) -> Result<()> {
    match what {
        "cedar" => return cedar_child(size),
        "appends" => return super::change::appends(folder),
        "provider" => return super::consumers::provider(folder),
        _ => {}
    }
    let before = machine::resident();
    let (time, organisation) = timed(|| -> Result<_> {
        let organisation = match what {
            "build" => organisation(size),
            _ => {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
                runtime.block_on(async {
                    let store = Store::open(&Location::folder(folder), "bench").await?;
                    let loaded = store.load().await?;
                    store.close().await;
                    anyhow::Ok(loaded.organisation)
                })?
            }
        };
        if let Some((id, _)) = organisation.configurations().next() {
            let item = governance::Item::Configuration(id);
            let ask = super::list::modify("gc.save-stream")?;
            let user = organisation.users().next().map(|(user, _)| user);
            let question = governance::Question { user, ask, item, leases: organisation.leasable() };
            ensure!(decide(&organisation, &question).is_ok(), "the first user administers everything");
        }
        Ok(organisation)
    });
    let organisation = organisation?;
    let (after, most) = (machine::resident(), machine::most_resident());
    println!("{before} {after} {most} {time}");
    drop(organisation);
    Ok(())
}

/// The organisation is there before, and stays.
#[cfg(feature = "cedar")]
fn cedar_child(size: Size) -> Result<()> {
    let organisation = organisation(size);
    let before = machine::resident();
    let (time, cedar) = timed(|| crate::engine::cedar::Cedar::new(&organisation));
    let (after, most) = (machine::resident(), machine::most_resident());
    println!("{before} {after} {most} {time}");
    drop((cedar?, organisation));
    Ok(())
}

#[cfg(not(feature = "cedar"))]
fn cedar_child(_: Size) -> Result<()> {
    anyhow::bail!("Cedar is not compiled in")
}
