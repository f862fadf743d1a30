//! Rows 17 and 18: searching components and configurations, and the impact of editing many.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use governance::{
    AttributeChanges, Dates, Impact, Item, RepositoryGroup, SearchCriteria, TeamAreaSetting, View,
};

use crate::measure::{median, percentile, timed};
use crate::report::Quantity::{Count, Nanoseconds};
use crate::report::{Row, Target};
use crate::world::World;
use crate::{Options, progress};

/// What people search for: rare and frequent words, beginnings, places, states, in several orders.
const MIX: [&str; 19] = [
    r#"{}"#,
    r#"{"name": "motor 12"}"#,
    r#"{"name": "initial"}"#,
    r#"{"name": "motor initial stream", "archived": false}"#,
    r#"{"name_prefix": "Motor 1"}"#,
    r#"{"name_prefix": "b", "sort": "-name"}"#,
    r#"{"name": "1.0", "kind": ["stream"]}"#,
    r#"{"name": "heater", "sort": "component"}"#,
    r#"{"archived": true}"#,
    r#"{"kind": ["personal"]}"#,
    r#"{"contained_in": "2"}"#,
    r#"{"component": "77"}"#,
    r#"{"team_area": "unassigned", "name": "axle"}"#,
    r#"{"kind": ["stream"], "sort": "team_area"}"#,
    r#"{"sort": "-created"}"#,
    r#"{"sort": "component"}"#,
    r#"{"sort": "kind"}"#,
    r#"{"sort": "team_area"}"#,
    r#"{"sort": "kind", "name": "radar"}"#,
];
const PAGE: usize = 100;
const TIMES: usize = 10;
/// So many items are edited.
const EDITED: u32 = 100_000;

/// An administrator sees everything, which is the most to look through.
fn administrator(world: &World) -> Result<View> {
    let is_one =
        |user: &governance::User| user.groups.contains(RepositoryGroup::JazzAdmins) && !user.archived;
    let one = world.organisation.users().find(|(_, user)| is_one(user)).context("somebody administers")?;
    View::of(Arc::new(world.organisation.clone()), one.0).context("an active user sees something")
}

/// Row 17.
pub(crate) fn search(world: &World, options: &Options) -> Result<Row> {
    let view = administrator(world)?;
    let mix: Vec<SearchCriteria> =
        MIX.iter().map(|text| serde_json::from_str(text).context("criteria")).collect::<Result<_>>()?;
    let once =
        |criteria: &SearchCriteria| view.search_configurations(criteria, &Dates::default(), None, PAGE);
    let (first, found) = timed(|| once(&mix[1]));
    found?;
    let mut times = Vec::new();
    for round in 0..options.rounds {
        progress(&format!("row 17: round {} of {}", round + 1, options.rounds));
        for criteria in mix.iter().cycle().take(mix.len() * TIMES) {
            let (time, found) = timed(|| once(criteria));
            found?;
            times.push(time);
        }
    }
    let mut row = Row::new(17, "search configurations: a page of 100, all of them counted");
    row.line("p50", Nanoseconds(median(&times)), Target::Told);
    row.line("p99", Nanoseconds(percentile(&times, 99)), Target::AtMost(Nanoseconds(50_000_000.0)));
    row.told("the first search, which makes what searching needs", Nanoseconds(first));
    row.note(format!("{} kinds of search, as somebody who sees everything", mix.len()));
    Ok(row)
}

/// Row 18.
pub(crate) fn impact(world: &World, options: &Options) -> Result<Row> {
    let view = administrator(world)?;
    let organisation = &world.organisation;
    let team = organisation.areas().find(|(_, area)| area.team().is_some()).context("a team area")?.0;
    let changes =
        AttributeChanges { team_area: Some(TeamAreaSetting::Assigned(team)), ..AttributeChanges::default() };
    let ours = |item: &Item| organisation.project_of_item(*item) == Some(organisation.project_of(team));
    let components = organisation.components().map(|(id, _)| Item::Component(id));
    let items: Vec<Item> = organisation
        .configurations()
        .map(|(id, _)| Item::Configuration(id))
        .chain(components)
        .filter(ours)
        .take(EDITED as usize)
        .collect();
    let (mut judged, mut told, mut touched) = (Vec::new(), Vec::new(), 0);
    for round in 0..options.rounds {
        progress(&format!("row 18: round {} of {}", round + 1, options.rounds));
        let (time, edited) = timed(|| view.edit_attributes(&items, &changes));
        judged.push(time);
        let (time, impact) = timed(|| view.impact_of(&edited.acted.events, || true));
        told.push(time);
        if let Impact::Known(counted) = impact {
            touched = counted.items;
        }
    }
    let mut row = Row::new(18, "give many components and configurations to a team area");
    row.told("items", Count(items.len() as f64));
    row.line("each judged", Nanoseconds(median(&judged)), Target::Told);
    row.line("who gains and who loses", Nanoseconds(median(&told)), Target::AtMost(Nanoseconds(5e9)));
    row.note(format!("{touched} items on which somebody gains or loses something"));
    Ok(row)
}
