//! The words that samples are made of: few, so that they meet, and some with what references must encode.

use governance::text::Name;
use governance::{ActionPattern, Carried, Leaf, OperationId};

use crate::chance::Chance;

/// What stands for `<…>`, in entries and in questions.
const IDENTIFIERS: [&str; 4] = ["defect", "requirement", "summary", "a/b"];
const NOUNS: [&str; 8] = ["Motor", "Battery", "AC/DC", "Brake: front", "Größe", "R&D #1", "50%", "Core@home"];

/// A name that no other thing of this number has.
pub(crate) fn name(chance: &mut Chance, number: usize) -> Name {
    format!("{} {number}", chance.of(NOUNS)).into()
}

/// Now and then a description.
pub(crate) fn carried(chance: &mut Chance) -> Carried {
    let text = chance.percent(15).then(|| format!("About {}", chance.of(NOUNS)).into());
    Carried::NOTHING.with("description", text)
}

/// What stands for `<…>` in one question or node.
pub(crate) fn identifier(chance: &mut Chance) -> &'static str {
    chance.of(IDENTIFIERS)
}

/// The leaf as a path, an identifier standing for its `<…>`.
pub(crate) fn path_of(leaf: Leaf, chance: &mut Chance) -> String {
    match leaf.path().find('<') {
        Some(at) => format!("{}{}", &leaf.path()[..at], governance::text::encode(identifier(chance))),
        None => leaf.path().to_owned(),
    }
}

/// A node of the operation's tree: everything, an inner node or a leaf.
pub(crate) fn node(operation: OperationId, chance: &mut Chance) -> Option<ActionPattern> {
    if chance.percent(15) {
        return ActionPattern::parse(operation, "*").ok();
    }
    let leaves: Vec<_> = operation.leaves().filter(|leaf| !leaf.is_team_area()).collect();
    let path = path_of(*chance.pick(&leaves)?, chance);
    let segments: Vec<_> = path.split('/').collect();
    let kept = if chance.percent(70) { segments.len() } else { chance.within(1..=segments.len()) };
    ActionPattern::parse(operation, &segments[..kept].join("/")).ok()
}

/// What an entry grants; nothing, now and then.
pub(crate) fn nodes(operation: OperationId, chance: &mut Chance) -> Vec<ActionPattern> {
    if chance.percent(15) {
        return Vec::new();
    }
    let mut nodes: Vec<_> = (0..chance.within(1..=3)).filter_map(|_| node(operation, chance)).collect();
    nodes.sort();
    nodes.dedup();
    nodes
}
