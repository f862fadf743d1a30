//! Rows 7 and 8: the reverse questions.

use anyhow::{Context as _, Result, ensure};
use governance::{Ask, Item, OperationId, Question, UserId, With, items_a_user_may, users_who_may};
use sample::Chance;

use crate::engine::compared::Databases;
use crate::engine::query::Query;
use crate::measure::{median, percentile, timed, times_longer};
use crate::report::Quantity::{Nanoseconds, Times};
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, progress};

/// What the targets call everything that a user may modify: this, of each kind of thing that has attributes.
const SAVE: [&str; 4] = ["gc.save-component", "gc.save-stream", "gc.save-baseline", "gc.save-staging-stream"];
const WANTED: usize = 1_700;
const USERS_LOOKED_AT: usize = 4_000;
const USERS: usize = 20;
const ITEMS: usize = 1_000;
/// How many of the items the databases are asked about in a round.
const ITEMS_IN_SQL: usize = 50;

pub(crate) fn modify(operation: &str) -> Result<Ask> {
    let operation = OperationId::from_name(operation).context("an operation of the catalogue")?;
    let action = operation.action("modify-attributes")?;
    Ok(Ask::Perform(operation, std::iter::once(action).collect(), With::Nothing))
}

/// Row 7.
pub(crate) fn items(world: &World, databases: &mut Databases, options: &Options) -> Result<Row> {
    progress("row 7: looking for users who may modify about 1,700 items");
    let asks = SAVE.iter().map(|it| modify(it)).collect::<Result<Vec<_>>>()?;
    let list = |user: UserId, ask: &Ask| items_a_user_may(&world.organisation, user, ask, world.leases);
    let every = |user: UserId| -> Vec<Item> { asks.iter().flat_map(|ask| list(user, ask)).collect() };
    let users = users_with_about(world, |user| every(user).len());
    let queries = queries_of(databases, &users, &asks)?;

    let mut one = vec![Vec::new(); asks.len()];
    let mut ours = Vec::new();
    let mut theirs = vec![Vec::new(); databases.each().count()];
    for round in 0..options.rounds {
        progress(&format!("row 7: round {} of {}", round + 1, options.rounds));
        let mut times = Vec::new();
        for (_, user) in users.iter().cycle().take(USERS * 20) {
            times.push(timed(|| every(*user)).0);
            for (ask, times) in asks.iter().zip(&mut one) {
                times.push(timed(|| list(*user, ask)).0);
            }
        }
        ours.push(median(&times));
        for (database, medians) in databases.each().zip(&mut theirs) {
            let mut times = Vec::new();
            for ((_, user), queries) in users.iter().zip(&queries) {
                let mut sum = 0.0;
                for (query, ask) in queries.iter().zip(&asks) {
                    let (found, time) = database.list(query)?;
                    same(database.name, &list(*user, ask), &found)?;
                    sum += time;
                }
                times.push(sum);
            }
            medians.push(median(&times));
        }
    }
    let group = "Everything that a user may modify";
    let mut row = Row::new(7, "list everything that a user may modify");
    row.line("p50", Nanoseconds(median(&ours)), Target::AtMost(Nanoseconds(50_000.0)));
    row.bar(group, "Bailiwick", median(&ours));
    for (name, times) in SAVE.iter().zip(&one) {
        row.told(format!("of this, `{name}`"), Nanoseconds(median(times)));
    }
    compare(&mut row, group, databases, &ours, &theirs);
    let (least, most) = (users.iter().map(|it| it.0).min(), users.iter().map(|it| it.0).max());
    row.note(format!(
        "{} users who may modify the attributes of {} to {} components and configurations; a call, and a query, for each of the four operations",
        users.len(),
        least.unwrap_or(0),
        most.unwrap_or(0)
    ));
    Ok(row)
}

/// Of the users looked at those that come nearest to the number wanted, with their numbers.
fn users_with_about(world: &World, count: impl Fn(UserId) -> usize) -> Vec<(usize, UserId)> {
    let mut chance = Chance::new(SEED);
    let every: Vec<UserId> = world.organisation.users().map(|(id, _)| id).collect();
    let some = (0..USERS_LOOKED_AT).filter_map(|_| chance.pick(&every).copied());
    let mut users: Vec<(usize, UserId)> = some.map(|user| (count(user), user)).collect();
    users.sort_by_key(|(count, user)| (count.abs_diff(WANTED), *user));
    users.dedup();
    users.truncate(USERS);
    users
}

fn queries_of(databases: &mut Databases, users: &[(usize, UserId)], asks: &[Ask]) -> Result<Vec<Vec<Query>>> {
    let Databases { queries, numbers, .. } = databases;
    let of_user = |(_, user): &(usize, UserId)| {
        asks.iter().map(|ask| queries.items(numbers, *user, ask)).collect::<Result<Vec<_>>>()
    };
    users.iter().map(of_user).collect()
}

fn same(engine: &str, items: &[Item], found: &[i32]) -> Result<()> {
    let number = |item: &Item| match item {
        Item::Component(id) => id.number() as i32,
        Item::Configuration(id) => id.number() as i32,
        _ => -1,
    };
    let mut ours: Vec<i32> = items.iter().map(number).collect();
    ours.sort_unstable();
    ensure!(ours == found, "{engine} lists {} items, we list {}", found.len(), ours.len());
    Ok(())
}

/// Row 8.
pub(crate) fn users(world: &World, databases: &mut Databases, options: &Options) -> Result<Row> {
    let questions = questions_about_items(world)?;
    let Databases { queries, numbers, .. } = databases;
    let some = questions.iter().take(ITEMS_IN_SQL).map(|question| queries.users(numbers, question));
    let queries = some.collect::<Result<Vec<_>>>()?;
    let (mut ours, mut tails, mut found) = (Vec::new(), Vec::new(), Vec::new());
    let mut theirs = vec![Vec::new(); databases.each().count()];
    for round in 0..options.rounds {
        progress(&format!("row 8: round {} of {}", round + 1, options.rounds));
        let mut times = Vec::new();
        for question in &questions {
            let (time, users) = timed(|| users_who_may(&world.organisation, question));
            times.push(time);
            found.push(users.len() as f64);
        }
        ours.push(median(&times));
        tails.push(percentile(&times, 99));
        for (database, medians) in databases.each().zip(&mut theirs) {
            let mut times = Vec::new();
            for (question, query) in questions.iter().zip(&queries) {
                let users = users_who_may(&world.organisation, question);
                let users: Vec<i32> = users.iter().map(|(user, _)| user.number() as i32).collect();
                let (found, time) = database.list(query)?;
                ensure!(users == found, "{} lists other users: {question:?}", database.name);
                times.push(time);
            }
            medians.push(median(&times));
        }
    }
    let group = "Everyone who may modify an item";
    let mut row = Row::new(8, "list everyone who may modify an item");
    row.line("p50", Nanoseconds(median(&ours)), Target::AtMost(Nanoseconds(5_000.0)));
    row.told("p99", Nanoseconds(median(&tails)));
    row.bar(group, "Bailiwick", median(&ours));
    compare(&mut row, group, databases, &ours, &theirs);
    row.note(format!(
        "attributes of {} streams and baselines; {} users each (p50; p99 {})",
        questions.len(),
        median(&found),
        percentile(&found, 99)
    ));
    Ok(row)
}

/// Against PostgreSQL there is a target.
fn compare(row: &mut Row, group: &'static str, databases: &mut Databases, ours: &[f64], theirs: &[Vec<f64>]) {
    for (database, times) in databases.each().zip(theirs) {
        let target = match database.name {
            "PostgreSQL" => Target::AtLeast(Times(100.0)),
            _ => Target::Told,
        };
        row.told(database.name, Nanoseconds(median(times)));
        row.line(format!("{} takes", database.name), Times(times_longer(times, ours)), target);
        row.bar(group, database.name, median(times));
    }
}

/// Attributes of configurations, chosen at random.
fn questions_about_items(world: &World) -> Result<Vec<Question>> {
    let every: Vec<_> = world.organisation.configurations().map(|(id, it)| (id, it.kind)).collect();
    let mut chance = Chance::new(SEED ^ 8);
    let mut questions = Vec::new();
    while questions.len() < ITEMS {
        let Some((id, kind)) = chance.pick(&every) else { break };
        let operation = match kind.word() {
            "stream" => SAVE[1],
            "baseline" => SAVE[2],
            _ => continue,
        };
        let item = Item::Configuration(*id);
        questions.push(Question { user: None, ask: modify(operation)?, item, leases: world.leases });
    }
    Ok(questions)
}
