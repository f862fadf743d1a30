//! The organisation that is asked, and the questions.

use governance::{Event, LicenceSet, Organisation, Question, QuestionText, decide};
use sample::{Chance, Mix, Size, organisation_of_size, question_text};

use crate::progress;

/// One seed for everything: the same organisation and questions in every run.
pub(crate) const SEED: u64 = 2026;
/// Distinct questions that are asked over and over.
pub(crate) const HOT: usize = 10_000;
/// How often each hot question is asked in a round.
const TIMES: usize = 50;
const EVENTS_AT_A_TIME: usize = 1 << 16;

pub(crate) struct World {
    pub(crate) organisation: Organisation,
    /// Distinct.
    pub(crate) hot: Vec<Question>,
    pub(crate) texts: Vec<QuestionText>,
    pub(crate) leases: LicenceSet,
}

impl World {
    pub(crate) fn of(size: Size) -> Self {
        progress(&format!("making organisation {size:?}"));
        let organisation = organisation(size);
        let mut hot: Vec<Question> = Vec::with_capacity(HOT);
        let mut seen = std::collections::HashSet::new();
        for question in Mix::new(&organisation).questions(SEED) {
            if seen.insert(format!("{question:?}")) {
                hot.push(question);
            }
            if hot.len() == HOT {
                break;
            }
        }
        let texts = hot.iter().map(|question| question_text(&organisation, question)).collect();
        let leases = organisation.leasable();
        Self { organisation, hot, texts, leases }
    }

    /// The places of the hot questions, each several times, in random order.
    pub(crate) fn order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.hot.len() as u32).cycle().take(self.hot.len() * TIMES).collect();
        Chance::new(SEED).shuffle(&mut order);
        order
    }
}

impl World {
    /// The part of the hot questions that are allowed.
    pub(crate) fn allowed(&self) -> f64 {
        let allowed = self.hot.iter().filter(|question| decide(&self.organisation, question).is_ok()).count();
        allowed as f64 / self.hot.len() as f64
    }
}

pub(crate) fn organisation(size: Size) -> Organisation {
    let mut organisation = Organisation::default();
    for events in chunks(organisation_of_size(size, SEED)) {
        organisation.apply(&events);
    }
    organisation
}

/// The events in pieces that fit in memory beside the organisation.
pub(crate) fn chunks(mut events: impl Iterator<Item = Event>) -> impl Iterator<Item = Vec<Event>> {
    std::iter::from_fn(move || {
        let chunk: Vec<Event> = events.by_ref().take(EVENTS_AT_A_TIME).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}
