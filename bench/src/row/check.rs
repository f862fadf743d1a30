//! Rows 1 to 3: one check.

use anyhow::{Result, ensure};
use governance::{Organisation, Question, decide};
use sample::{Mix, Size};

use crate::engine::compared::{Databases, WithCedar};
use crate::engine::query::Query;
use crate::measure::{Nanoseconds, each_of, mean, median, times_longer};
use crate::report::Quantity::{Nanoseconds as Time, Times};
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, progress};

/// Different questions, ten for each configuration.
const COLD_FOR_EACH: usize = 10;
const COLD_AT_A_TIME: usize = 1_000_000;
/// How many checks the clock is read for.
const BATCH: usize = 1_000;
const SLOW_BATCH: usize = 100;
/// How many of the questions, in random order, a slow engine is asked in a round.
const SLOW: usize = 5_000;
const GROUP: &str = "One check";

/// Medians of batches, a value for each round.
#[derive(Default)]
struct Rounds {
    hot: Vec<Nanoseconds>,
    hot_mean: Vec<Nanoseconds>,
    named: Vec<Nanoseconds>,
    cedar: Vec<Nanoseconds>,
    /// By database.
    databases: Vec<Vec<Nanoseconds>>,
    round_trips: Vec<Vec<Nanoseconds>>,
}

/// Rows 1 and 2.
pub(crate) fn check(
    world: &World,
    databases: &mut Databases,
    cedar: Option<&WithCedar>,
    options: &Options,
) -> Result<Vec<Row>> {
    agrees_from_names(world)?;
    let mut rounds = Rounds::default();
    for round in 0..options.rounds {
        progress(&format!("rows 1 and 2: round {} of {}", round + 1, options.rounds));
        one_round(world, databases, cedar, &mut rounds)?;
    }
    let cold = cold(&world.organisation);
    let ours = median(&rounds.hot);
    let named = median(&rounds.named);

    let mut row = Row::new(1, "one check in process, from identifiers");
    row.line("hot, p50 of batches of 1,000", Time(ours), Target::AtMost(Time(100.0)));
    row.told("hot, mean", Time(median(&rounds.hot_mean)));
    row.told("cold, p50 of batches of 1,000", Time(median(&cold)));
    row.told("cold, mean", Time(mean(&cold)));
    row.bar(GROUP, "Bailiwick, identifiers", ours);
    row.bar(GROUP, "Bailiwick, identifiers, cold", median(&cold));
    let mut names = Row::new(2, "one check in process, from names");
    names.line("p50 of batches of 1,000", Time(named), Target::AtMost(Time(350.0)));
    names.bar(GROUP, "Bailiwick, names", named);
    if cedar.is_some() {
        row.told("Cedar, one relevant policy", Time(median(&rounds.cedar)));
        let longer = times_longer(&rounds.cedar, &rounds.hot);
        row.line("Cedar, one relevant policy, takes", Times(longer), Target::AtLeast(Times(100.0)));
        row.bar(GROUP, "Cedar", median(&rounds.cedar));
        let longer = times_longer(&rounds.cedar, &rounds.named);
        names.line("Cedar, one relevant policy, takes", Times(longer), Target::AtLeast(Times(30.0)));
    }
    for (at, database) in databases.each().enumerate() {
        let (name, times) = (database.name, &rounds.databases[at]);
        row.told(format!("{name}, a prepared query"), Time(median(times)));
        row.told(format!("{name}, a query that asks nothing"), Time(median(&rounds.round_trips[at])));
        row.told(format!("{name}, a prepared query, takes"), Times(times_longer(times, &rounds.hot)));
        row.bar(GROUP, name, median(times));
    }
    row.note(format!(
        "{} distinct questions, {:.0} % of them allowed, answered alike by all engines",
        world.hot.len(),
        world.allowed() * 100.0
    ));
    Ok(vec![row, names])
}

fn one_round(
    world: &World,
    databases: &mut Databases,
    cedar: Option<&WithCedar>,
    rounds: &mut Rounds,
) -> Result<()> {
    let (organisation, order) = (&world.organisation, world.order());
    let times = each_of(BATCH, &order, |at| decide(organisation, &world.hot[*at as usize]));
    rounds.hot.push(median(&times));
    rounds.hot_mean.push(mean(&times));
    let times = each_of(BATCH, &order[..order.len() / 5], |at| {
        let question = organisation.question(&world.texts[*at as usize], world.leases);
        question.map(|question| decide(organisation, &question))
    });
    rounds.named.push(median(&times));
    let some = &order[..SLOW.min(order.len())];
    if let Some(cedar) = cedar {
        let times = each_of(SLOW_BATCH, some, |at| cedar.check(*at as usize));
        rounds.cedar.push(median(&times));
    }
    let checks = databases.checks.clone();
    let nothing = Query { text: "SELECT 1 = 1", numbers: Vec::new() };
    for (at, database) in databases.each().enumerate() {
        let asked = database.checks(some.iter().map(|at| &checks[*at as usize]))?;
        let trips = database.checks(std::iter::repeat_n(&nothing, SLOW / 5))?;
        for (all, times) in [(&mut rounds.databases, asked), (&mut rounds.round_trips, trips)] {
            if all.len() <= at {
                all.push(Vec::new());
            }
            let times: Vec<f64> = times.into_iter().map(|(_, time)| time).collect();
            all[at].push(median(&times.chunks(SLOW_BATCH).map(mean).collect::<Vec<_>>()));
        }
    }
    Ok(())
}

/// Ten million questions at L, each asked once; made between the measured batches.
fn cold(organisation: &Organisation) -> Vec<Nanoseconds> {
    let count = COLD_FOR_EACH * organisation.configurations().count();
    let mix = Mix::new(organisation);
    let mut questions = mix.questions(SEED ^ 1);
    let mut times = Vec::new();
    for done in (0..count).step_by(COLD_AT_A_TIME) {
        progress(&format!("row 1: cold questions, {done} of {count}"));
        let batch: Vec<Question> = questions.by_ref().take(COLD_AT_A_TIME.min(count - done)).collect();
        times.extend(each_of(BATCH, &batch, |question| decide(organisation, question)));
    }
    times
}

fn agrees_from_names(world: &World) -> Result<()> {
    for (question, text) in world.hot.iter().zip(&world.texts) {
        let read = world.organisation.question(text, world.leases)?;
        ensure!(read == *question, "`{text:?}` is read as {read:?}, not as {question:?}");
    }
    Ok(())
}

/// Row 3.
pub(crate) fn growth(world: &World, options: &Options) -> Row {
    let small = World::of(Size::S);
    let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        for (world, medians) in [(&small, &mut of_small), (world, &mut of_large)] {
            let ask = |at: &u32| decide(&world.organisation, &world.hot[*at as usize]);
            medians.push(median(&each_of(BATCH, &world.order(), ask)));
        }
    }
    let mut row = Row::new(3, "growth of a check from S to L");
    let grown = times_longer(&of_large, &of_small);
    row.line(format!("from S to {:?}, hot", options.size), Times(grown), Target::AtMost(Times(1.5)));
    row.told("at S", Time(median(&of_small)));
    row.told(format!("at {:?}", options.size), Time(median(&of_large)));
    row
}
