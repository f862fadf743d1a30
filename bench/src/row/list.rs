//! Rows 7 and 8: the reverse questions.

use anyhow::{Context as _, Result};
use governance::{Ask, Item, OperationId, Organisation, Question, UserId, With, items_a_user_may, users_who_may};
use sample::Chance;

use crate::measure::{median, percentile, timed};
use crate::report::Quantity::Nanoseconds;
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, progress};

/// What the targets call everything that a user may modify: this, of each kind of thing that has attributes.
const SAVE: [&str; 4] = ["gc.save-component", "gc.save-stream", "gc.save-baseline", "gc.save-staging-stream"];
const WANTED: usize = 1_700;
const USERS_LOOKED_AT: usize = 4_000;
const ITEMS: usize = 1_000;

pub(crate) fn modify(operation: &str) -> Result<Ask> {
    let operation = OperationId::from_name(operation).context("an operation of the catalogue")?;
    let action = operation.action("modify-attributes")?;
    Ok(Ask::Perform(operation, std::iter::once(action).collect(), With::Nothing))
}

/// Row 7.
pub(crate) fn items(world: &World, options: &Options) -> Result<Row> {
    progress("row 7: looking for a user who may modify about 1,700 items");
    let asks = SAVE.iter().map(|it| modify(it)).collect::<Result<Vec<_>>>()?;
    let organisation = &world.organisation;
    let list = |user: UserId| -> Vec<Item> {
        asks.iter().flat_map(|ask| items_a_user_may(organisation, user, ask, world.leases)).collect()
    };
    let mut chance = Chance::new(SEED);
    let every: Vec<UserId> = organisation.users().map(|(id, _)| id).collect();
    let mut users: Vec<(usize, UserId)> = (0..USERS_LOOKED_AT)
        .filter_map(|_| chance.pick(&every).copied())
        .map(|user| (list(user).len(), user))
        .collect();
    users.sort_by_key(|(count, user)| (count.abs_diff(WANTED), *user));
    users.dedup();
    users.truncate(20);
    let mut times = Vec::new();
    let mut one = vec![Vec::new(); asks.len()];
    for _ in 0..options.rounds * 20 {
        for (_, user) in &users {
            times.push(timed(|| list(*user)).0);
            for (ask, times) in asks.iter().zip(&mut one) {
                times.push(timed(|| items_a_user_may(organisation, *user, ask, world.leases)).0);
            }
        }
    }
    let mut row = Row::new(7, "list everything that a user may modify");
    row.line("p50", Nanoseconds(median(&times)), Target::AtMost(Nanoseconds(50_000.0)));
    for (name, times) in SAVE.iter().zip(&one) {
        row.told(format!("of this, `{name}`"), Nanoseconds(median(times)));
    }
    let counts: Vec<usize> = users.iter().map(|(count, _)| *count).collect();
    row.note(format!(
        "{} users with {} to {} items",
        users.len(),
        counts.iter().min().unwrap_or(&0),
        counts.iter().max().unwrap_or(&0)
    ));
    Ok(row)
}

/// Row 8.
pub(crate) fn users(world: &World, options: &Options) -> Result<Row> {
    let organisation = &world.organisation;
    let questions = questions_about_items(organisation, world)?;
    let (mut times, mut found) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        for question in &questions {
            let (time, users) = timed(|| users_who_may(organisation, question));
            times.push(time);
            found.push(users.len() as f64);
        }
    }
    let mut row = Row::new(8, "list everyone who may modify an item");
    row.line("p50", Nanoseconds(median(&times)), Target::AtMost(Nanoseconds(5_000.0)));
    row.told("p99", Nanoseconds(percentile(&times, 99)));
    row.note(format!(
        "{} items, {} users each (p50; p99 {})",
        questions.len(),
        median(&found),
        percentile(&found, 99)
    ));
    Ok(row)
}

/// Attributes of configurations, chosen at random.
fn questions_about_items(organisation: &Organisation, world: &World) -> Result<Vec<Question>> {
    let every: Vec<_> = organisation.configurations().map(|(id, it)| (id, it.kind)).collect();
    let mut chance = Chance::new(SEED ^ 8);
    let mut questions = Vec::new();
    while questions.len() < ITEMS {
        let Some((id, kind)) = chance.pick(&every) else { break };
        let operation = match kind.word() {
            "stream" => SAVE[1],
            "baseline" => SAVE[2],
            "staging" => SAVE[3],
            _ => continue,
        };
        let item = Item::Configuration(*id);
        questions.push(Question { user: None, ask: modify(operation)?, item, leases: world.leases });
    }
    Ok(questions)
}
