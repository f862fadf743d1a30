//! Row 16: reads and writes at once.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use governance::Organisation;
use sample::Chance;
use serde_json::{Value, json};
use store::{Location, Store};

use crate::Options;
use crate::client::{Connection, header, request};
use crate::measure::{Nanoseconds, nanoseconds, percentile};
use crate::report::Quantity::{Count, Nanoseconds as Time, PerSecond};
use crate::report::{Row, Target};
use crate::row::http::body;
use crate::served::Served;
use crate::world::{SEED, World};

const CLIENTS: usize = 64;
const TIME: Duration = Duration::from_secs(60);
const WRITES_PERCENT: usize = 5;

/// What one client did.
#[derive(Default)]
struct Done {
    reads: Vec<Nanoseconds>,
    writes: Vec<Nanoseconds>,
    /// By the name of a component that was made, the description that was given to it last.
    kept: HashMap<String, String>,
}

/// Row 16. The server is stopped, and the database read again, to see whether what was acknowledged is there.
pub(crate) fn load(world: &World, folder: &Path, served: Served, options: &Options) -> Result<Row> {
    let done = all_clients(world, &served)?;
    drop(served);
    let (mut reads, mut writes, mut kept) = (Vec::new(), Vec::new(), HashMap::new());
    for client in done {
        reads.extend(client.reads);
        writes.extend(client.writes);
        kept.extend(client.kept);
    }
    let lost = lost(folder, &kept)?;
    let all: Vec<Nanoseconds> = reads.iter().chain(&writes).copied().collect();

    let mut row = Row::new(16, "64 clients, 95 % reads and 5 % writes, for a minute");
    row.line("p99", Time(percentile(&all, 99)), Target::AtMost(Time(250e6)));
    row.line("lost writes", Count(lost as f64), Target::AtMost(Count(0.0)));
    row.told("requests", PerSecond(all.len() as f64 / TIME.as_secs_f64()));
    for (what, times) in [("reads", &reads), ("writes", &writes)] {
        row.told(format!("{what}, p50"), Time(percentile(times, 50)));
        row.told(format!("{what}, p99"), Time(percentile(times, 99)));
        row.told(format!("{what}, the longest"), Time(percentile(times, 100)));
    }
    row.note(format!(
        "size {:?}, SQLite; {} reads (checks, and components read by REST) and {} writes (components made and \
         described), none of which was answered by an error; all writes are in the database after the server has \
         stopped",
        options.size,
        reads.len(),
        writes.len()
    ));
    Ok(row)
}

fn all_clients(world: &World, served: &Served) -> Result<Vec<Done>> {
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    client.block_on(futures_util::future::try_join_all(
        (0..CLIENTS).map(|number| one_client(number, world, served)),
    ))
}

async fn one_client(number: usize, world: &World, served: &Served) -> Result<Done> {
    let mut chance = Chance::new(SEED ^ 16 ^ (number as u64) << 8);
    let mut connection = Connection::open(served.address).await?;
    let authorization = Some(&*served.authorization);
    let components = world.organisation.components().count();
    let project = project_area(&world.organisation)?;
    let mut done = Done::default();
    let mut made: Option<(String, String)> = None;
    let begun = Instant::now();
    while begun.elapsed() < TIME {
        if chance.percent(100 - WRITES_PERCENT) {
            let asked = match chance.percent(80) {
                true => {
                    let text = chance.pick(&world.texts).context("questions")?;
                    let body = body(&world.organisation, text).to_string();
                    request("POST", "/access/v1/evaluation", authorization, Some(&body))
                }
                false => {
                    let path = format!("/api/v1/components/{}", chance.below(components));
                    request("GET", &path, authorization, None)
                }
            };
            let asking = Instant::now();
            let answer = connection.ask(&asked).await?;
            done.reads.push(nanoseconds(asking.elapsed()));
            ensure!(answer.status == 200, "a read: {}", String::from_utf8_lossy(answer.body));
            continue;
        }
        match made.take() {
            // Describes what it made before.
            Some((path, name)) => {
                let description = format!("described by client {number} after {:?}", begun.elapsed());
                let body = json!({"description": description}).to_string();
                let mut asked = request("PATCH", &path, authorization, Some(&body));
                let at = asked.windows(2).position(|it| it == b"\r\n").context("a request line")? + 2;
                asked.splice(at..at, *b"If-Match: *\r\n");
                let asking = Instant::now();
                let answer = connection.ask(&asked).await?;
                done.writes.push(nanoseconds(asking.elapsed()));
                ensure!(answer.status == 200, "a change: {}", String::from_utf8_lossy(answer.body));
                done.kept.insert(name, description);
            }
            None => {
                let name = format!("Component {} of client {number}", done.writes.len());
                let body = json!({"name": name}).to_string();
                let path = format!("/api/v1/project-areas/{project}/components");
                let asking = Instant::now();
                let asked = request("POST", &path, authorization, Some(&body));
                let answer = connection.ask(&asked).await?;
                done.writes.push(nanoseconds(asking.elapsed()));
                if answer.status != 201 {
                    bail!("a creation: {} {}", answer.status, String::from_utf8_lossy(answer.body));
                }
                let location = header(answer.head, "location").context("where it is")?;
                let path = location.find("/api/").map_or(location, |at| &location[at..]);
                made = Some((path.to_owned(), name.clone()));
                done.kept.insert(name, String::new());
            }
        }
    }
    Ok(done)
}

/// The project area in which components are made.
fn project_area(organisation: &Organisation) -> Result<u32> {
    let gc = |area: &governance::ProjectArea| area.application == governance::Application::Gc;
    let found = organisation.project_areas().find(|(_, _, project)| gc(project));
    Ok(found.context("a project area of gc")?.0.number())
}

/// How many acknowledged writes the database does not have.
fn lost(folder: &Path, kept: &HashMap<String, String>) -> Result<usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let loaded = runtime.block_on(async {
        let store = Store::open(&Location::folder(folder), "bench").await?;
        let loaded = store.load().await?;
        store.close().await;
        anyhow::Ok(loaded.organisation)
    })?;
    let there: HashMap<&str, Option<&Value>> =
        loaded.components().map(|(_, it)| (&*it.name, it.carried.get("description"))).collect();
    let is_there = |(name, description): &(&String, &String)| {
        there.get(name.as_str()).is_some_and(|found| match description.as_str() {
            "" => true,
            said => *found == Some(&Value::from(said)),
        })
    };
    Ok(kept.iter().filter(|it| !is_there(it)).count())
}
