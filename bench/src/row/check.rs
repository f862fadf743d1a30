//! Rows 1 and 2: one check.

use anyhow::{Result, ensure};
use governance::{Organisation, Question, decide};
use sample::Mix;

use crate::measure::{each_of, mean, median};
use crate::report::Quantity::Nanoseconds;
use crate::report::{Row, Target};
use crate::world::{SEED, World};
use crate::{Options, progress};

const COLD: usize = 10_000_000;
const COLD_AT_A_TIME: usize = 1_000_000;

/// Rows 1 and 2.
pub(crate) fn check(world: &World, options: &Options) -> Result<Vec<Row>> {
    agrees_from_names(world)?;
    let mut hot = Vec::new();
    let mut hot_mean = Vec::new();
    let mut named = Vec::new();
    let order = world.order();
    for _ in 0..options.rounds {
        let times = each_of(&order, |at| decide(&world.organisation, &world.hot[*at as usize]));
        hot.push(median(&times));
        hot_mean.push(mean(&times));
        let times = each_of(&order[..order.len() / 5], |at| {
            let question = world.organisation.question(&world.texts[*at as usize], world.leases);
            question.map(|question| decide(&world.organisation, &question))
        });
        named.push(median(&times));
    }
    let cold = cold(&world.organisation);
    let mut row = Row::new(1, "one check in process, from identifiers");
    row.line("hot, p50 of batches of 1,000", Nanoseconds(median(&hot)), Target::AtMost(Nanoseconds(100.0)));
    row.told("hot, mean", Nanoseconds(median(&hot_mean)));
    row.told("cold, p50 of batches of 1,000", Nanoseconds(median(&cold)));
    row.told("cold, mean", Nanoseconds(mean(&cold)));
    let mut names = Row::new(2, "one check in process, from names");
    names.line("p50 of batches of 1,000", Nanoseconds(median(&named)), Target::AtMost(Nanoseconds(350.0)));
    Ok(vec![row, names])
}

/// Ten million questions, each asked once; made between the measured batches.
fn cold(organisation: &Organisation) -> Vec<f64> {
    let mix = Mix::new(organisation);
    let mut questions = mix.questions(SEED ^ 1);
    let mut times = Vec::new();
    for done in (0..COLD).step_by(COLD_AT_A_TIME) {
        progress(&format!("row 1: cold questions, {done} of {COLD}"));
        let batch: Vec<Question> = questions.by_ref().take(COLD_AT_A_TIME).collect();
        times.extend(each_of(&batch, |question| decide(organisation, question)));
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
