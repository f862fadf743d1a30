//! Row 15: a page, as the server makes it.

use anyhow::{Context as _, Result, ensure};

use crate::client::{Connection, header};
use crate::measure::{median, percentile};
use crate::report::Quantity::{Count, Nanoseconds};
use crate::report::{Row, Target};
use crate::served::{Served, administrator};
use crate::world::World;
use crate::{Options, progress};

/// What people open all day. `{user}`, `{area}` and `{configuration}` are of somebody who administers everything and of
/// the configuration with the most contributions.
const PAGES: [&str; 26] = [
    "/",
    "/search?q=motor",
    "/users",
    "/users?q=a",
    "/users/{user}",
    "/users/{user}/access",
    "/groups",
    "/access-groups",
    "/licences",
    "/registries",
    "/project-areas",
    "/project-areas/{area}",
    "/project-areas/{area}/members",
    "/project-areas/{area}/team-areas",
    "/project-areas/{area}/permissions",
    "/project-areas/{area}/timelines",
    "/project-areas/{area}/history",
    "/components",
    "/configurations",
    "/configurations?name=motor&kind=stream",
    "/configurations/{configuration}",
    "/configurations/{configuration}/hierarchy",
    "/configurations/{configuration}/where-used",
    "/audit",
    "/refusals",
    "/me",
];
/// So often each is opened in a round.
const TIMES: usize = 5;
/// Nanoseconds.
const GOAL: f64 = 20_000_000.0;

/// Row 15.
pub(crate) fn pages(world: &World, served: &Served, options: &Options) -> Result<Row> {
    let organisation = &world.organisation;
    let (configuration, it) = organisation
        .configurations()
        .max_by_key(|(id, _)| organisation.contributions(*id).len())
        .context("an organisation with configurations")?;
    let component = organisation.component(it.component).context("a configuration of a component")?;
    let user = &administrator(organisation)?.users[0].id;
    let requests: Vec<(&str, Vec<u8>)> = PAGES
        .iter()
        .map(|page| {
            let path = page
                .replace("{user}", user)
                .replace("{area}", &component.project_area.number().to_string())
                .replace("{configuration}", &configuration.number().to_string());
            let authorization = &served.authorization;
            let text = format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAuthorization: {authorization}\r\n\r\n"
            );
            (*page, text.into_bytes())
        })
        .collect();
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); PAGES.len()];
    client.block_on(async {
        let mut connection = Connection::open(served.address).await?;
        for round in 0..options.rounds {
            progress(&format!("row 15: round {} of {}", round + 1, options.rounds));
            for ((page, request), times) in requests.iter().zip(&mut times) {
                for _ in 0..TIMES {
                    let answer = connection.ask(request).await?;
                    ensure!(answer.status == 200, "{page}: {}", answer.status);
                    times.push(server_time(answer.head).with_context(|| format!("{page} tells no time"))?);
                }
            }
        }
        anyhow::Ok(())
    })?;
    let all: Vec<f64> = times.iter().flatten().copied().collect();
    let mut row = Row::new(15, "a page of the web UI, server time");
    row.line("p95 of all", Nanoseconds(percentile(&all, 95)), Target::AtMost(Nanoseconds(GOAL)));
    row.told("p50 of all", Nanoseconds(median(&all)));
    row.told("pages", Count(PAGES.len() as f64));
    let slow = PAGES.iter().zip(&times).map(|(page, times)| (page, percentile(times, 95)));
    for (page, time) in slow.filter(|(_, time)| *time > GOAL) {
        row.told(format!("p95 of `{page}`"), Nanoseconds(time));
    }
    row.note("as somebody who sees everything; that a page costs the same number of statements at any size is a test");
    Ok(row)
}

/// What `Server-Timing: app;dur=…` says in milliseconds (docs/pages.md#server-time).
fn server_time(head: &str) -> Option<f64> {
    let (_, duration) = header(head, "server-timing")?.split_once("dur=")?;
    Some(duration.parse::<f64>().ok()? * 1e6)
}
