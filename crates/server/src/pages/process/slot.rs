//! Slots of permission entries: in addresses, by REST, and for people.

use governance::text::{Name, decode, encode};
use governance::{Iteration, Slot, Timeline, View};

use super::area::Area;
use crate::pages::field::Choice;

/// A slot as an address says it; empty for always.
pub(super) fn slot_word(slot: &Slot) -> String {
    match slot {
        Slot::Always => "always".to_owned(),
        Slot::Timeline(name) => format!("timeline:{name}"),
        Slot::IterationType(id) => format!("type:{id}"),
        Slot::Iteration { timeline, iteration } => format!("iteration:{}:{iteration}", encode(timeline)),
    }
}

/// The slot of an address.
pub(super) fn slot_of(word: &str) -> Option<Slot> {
    let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
    Some(match kind {
        "always" => Slot::Always,
        "timeline" => Slot::Timeline(rest.into()),
        "type" => Slot::IterationType(rest.into()),
        "iteration" => {
            let (timeline, iteration) = rest.split_once(':')?;
            let timeline = decode(timeline).ok()?;
            Slot::Iteration { timeline: (&*timeline).into(), iteration: iteration.into() }
        }
        _ => return None,
    })
}

/// A slot for people, of what is on these timelines.
pub(super) fn slot_words(slot: &Slot, timelines: &[Timeline]) -> String {
    match slot {
        Slot::Always => "Always".to_owned(),
        Slot::Timeline(name) => format!("On the timeline {name}"),
        Slot::IterationType(id) => format!("In iterations of the type {id}"),
        Slot::Iteration { timeline, iteration } => {
            format!("In {timeline} · {}", called(timelines, timeline, iteration))
        }
    }
}

/// What an iteration is called with those that it is in; by its ids, where it is on none of the timelines.
fn called(timelines: &[Timeline], name: &Name, path: &str) -> String {
    let timeline = timelines.iter().find(|it| it.name == *name);
    Iteration::called_at(timeline.map_or(&[], |it| &it.iterations), path)
}

/// A slot in a word or two.
pub(super) fn slot_mark(slot: &Slot, timelines: &[Timeline]) -> String {
    match slot {
        Slot::Always => "always".to_owned(),
        Slot::Timeline(name) => format!("timeline {name}"),
        Slot::IterationType(id) => format!("type {id}"),
        Slot::Iteration { timeline, iteration } => {
            let way = called(timelines, timeline, iteration);
            way.rsplit(" › ").next().unwrap_or_default().to_owned()
        }
    }
}

/// A slot that REST tells of, for people.
pub(super) fn told_slot_words(at: &serde_json::Value) -> String {
    let one = |key: &str| at[key].as_str();
    let slot =
        match (one("timeline"), one("iteration_type"), one("iteration").and_then(|it| it.split_once(':'))) {
            (Some(timeline), ..) => Slot::Timeline(timeline.into()),
            (_, Some(id), _) => Slot::IterationType(id.into()),
            (.., Some((timeline, iteration))) => {
                let timeline = decode(timeline).map_or_else(|_| timeline.to_owned(), Into::into);
                Slot::Iteration { timeline: (&*timeline).into(), iteration: iteration.into() }
            }
            _ => Slot::Always,
        };
    slot_words(&slot, &[])
}

/// A slot as REST has it.
pub(super) fn slot_json(slot: &Slot) -> Option<serde_json::Value> {
    Some(match slot {
        Slot::Always => return None,
        Slot::Timeline(name) => serde_json::json!({"timeline": &**name}),
        Slot::IterationType(id) => serde_json::json!({"iteration_type": &**id}),
        Slot::Iteration { timeline, iteration } => {
            serde_json::json!({"iteration": format!("{}:{iteration}", encode(timeline))})
        }
    })
}

/// The levels at which entries of the area can be.
pub(super) fn levels(view: &View, area: &Area, chosen: &str) -> Vec<Choice> {
    let timelines = view.timelines(area.project);
    let mut choices = vec![Choice::new("", "What holds now", chosen.is_empty())];
    let mut add = |slot: Slot| {
        let word = slot_word(&slot);
        choices.push(Choice::new(word.clone(), slot_words(&slot, timelines), word == chosen));
    };
    add(Slot::Always);
    for timeline in timelines {
        add(Slot::Timeline(timeline.name.clone()));
    }
    let project = view.see(area.project).and_then(|it| it.project());
    for id in project.map(|it| &*it.iteration_types).unwrap_or_default() {
        add(Slot::IterationType(id.clone()));
    }
    for timeline in timelines {
        let mut waiting: Vec<(String, &Iteration)> =
            timeline.iterations.iter().rev().map(|it| (String::new(), it)).collect();
        while let Some((above, iteration)) = waiting.pop() {
            let id = governance::text::encode(&iteration.id);
            let path = if above.is_empty() { id } else { format!("{above}/{id}") };
            add(Slot::Iteration { timeline: timeline.name.clone(), iteration: (&*path).into() });
            waiting.extend(iteration.iterations.iter().rev().map(|it| (path.clone(), it)));
        }
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_in_an_address_is_the_slot_that_was_meant() {
        let iteration = Slot::Iteration { timeline: "Main: 2".into(), iteration: "1.0/Sprint 1".into() };
        for slot in
            [Slot::Always, Slot::Timeline("Main".into()), Slot::IterationType("sprint".into()), iteration]
        {
            assert_eq!(slot_of(&slot_word(&slot)), Some(slot));
        }
        assert_eq!(slot_of("whenever"), None);
        let iteration = Slot::Iteration { timeline: "Main".into(), iteration: "1.0/S%2F1 %C3%BC".into() };
        assert_eq!(slot_words(&iteration, &[]), "In Main · 1.0 › S/1 ü");
    }
}
