//! What each role may do in an area: the value of each action, where it comes from, and what it is elsewhere.

use governance::text::encode;
use governance::{
    Action, Application, AreaId, EntryThere, Fate, Leaf, OperationId, Permission, ProcessTemplate, RoleThere,
    Slot, View,
};

use super::slot::slot_mark;
use crate::pages::words::operation_words;

/// The matrix of an area.
pub(super) struct Matrix {
    pub(super) roles: Vec<RoleThere>,
    pub(super) groups: Vec<Group>,
}

/// The actions of an operation.
pub(super) struct Group {
    pub(super) operation: OperationId,
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

/// An action.
pub(super) struct Row {
    pub(super) leaf: Leaf,
    pub(super) words: String,
    pub(super) sentence: String,
    pub(super) cells: Vec<Cell>,
}

/// What an action is to a role.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) value: Value,
    /// Where that comes from; empty where nothing is said.
    pub(super) source: String,
    /// Whether that is an entry of the area itself.
    pub(super) is_here: bool,
    pub(super) is_final: bool,
    /// Whether there is an entry here that does not count because of a final one above.
    pub(super) ignored: bool,
    /// Whether an entry here takes the place of one above.
    pub(super) overrides: bool,
    /// Whether it is otherwise where it is compared with.
    pub(super) differs: bool,
}

/// Whether an action is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Granted,
    /// For some identifiers alone.
    Partly(Vec<String>),
    /// By an entry that does not have it.
    Revoked,
    /// No entry says anything.
    Nothing,
}

impl Value {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Granted => "granted".to_owned(),
            Self::Partly(of) => format!("granted for {}", of.join(", ")),
            Self::Revoked => "not granted".to_owned(),
            Self::Nothing => "no entry".to_owned(),
        }
    }
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
    pub(super) fn is_granted(&self) -> bool {
        matches!(self, Self::Granted | Self::Partly(_))
    }
    /// Whether both grant the same.
    fn is_as(&self, other: &Self) -> bool {
        self == other || !self.is_granted() && !other.is_granted()
    }
}

/// What the matrix is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// What holds now.
    Now,
    /// What would hold if this slot were the most specific one that does.
    Slot {
        slot: Slot,
        /// It and the others that hold then, from the most specific to the least (docs/decision.md#slots).
        matching: Vec<Slot>,
    },
}

impl Level {
    /// A level of a project area, or of a team area in it.
    pub(super) fn at(view: &View, project: AreaId, slot: Slot) -> Self {
        let mut matching = vec![slot.clone()];
        if let Slot::Iteration { timeline, iteration } = &slot {
            let named = view.timelines(project).iter().find(|it| it.name == *timeline);
            // Each on the way down, with the types that it has, so that the deepest comes last.
            let mut way: Vec<Slot> = Vec::new();
            let mut below = named.map_or(&[][..], |it| &it.iterations);
            let mut path = String::new();
            for id in iteration.split('/') {
                path = if path.is_empty() { id.to_owned() } else { format!("{path}/{id}") };
                let Some(it) = below.iter().find(|it| encode(&it.id) == id) else { break };
                way.extend(it.iteration_type.clone().map(Slot::IterationType));
                way.push(Slot::Iteration { timeline: timeline.clone(), iteration: (&*path).into() });
                below = &it.iterations;
            }
            matching.extend(way.into_iter().rev().filter(|it| *it != slot));
            matching.push(Slot::Timeline(timeline.clone()));
        }
        if slot != Slot::Always {
            matching.push(Slot::Always);
        }
        Self::Slot { slot, matching }
    }
}

/// What it is compared with.
pub(super) enum Other {
    Template(Box<ProcessTemplate>),
    /// Another area, or this one as it was.
    Area(Box<View>, AreaId),
}

impl Matrix {
    pub(super) fn of(
        view: &View,
        (area, application): (AreaId, Application),
        level: &Level,
        wanted: &str,
        other: Option<&Other>,
    ) -> Self {
        let roles = view.roles_there(area);
        let wanted = wanted.to_lowercase();
        let is_team = view.see(area).is_some_and(|it| it.team().is_some());
        let operations = OperationId::all().filter(|it| {
            let known = it.application().is_none_or(|of| of == application);
            // What only the project area decides is not asked in a team area.
            known && !(is_team && it.class() == governance::Class::Project)
        });
        let groups = operations.filter_map(|operation| {
            let looked_at: Vec<Vec<EntryThere>> =
                roles.iter().map(|role| view.entries_there(area, &role.id, operation)).collect();
            let title = title_of(operation);
            let has = |leaf: &Leaf| {
                let text = format!("{title} {operation} {}", leaf.path()).to_lowercase();
                wanted.split_whitespace().all(|word| text.contains(word))
            };
            let leaves = operation.leaves().filter(|leaf| !leaf.is_team_area()).filter(has);
            let rows: Vec<Row> = leaves
                .map(|leaf| {
                    let cell = |(role, entries): (&RoleThere, &Vec<EntryThere>)| {
                        let mut cell = cell(view, area, entries, leaf, level);
                        cell.differs =
                            other.is_some_and(|other| !other.value(role, leaf, level).is_as(&cell.value));
                        cell
                    };
                    let words = leaf.path().replace(['-', '/'], " ");
                    Row {
                        leaf,
                        sentence: sentence_of(operation, leaf.path()),
                        words,
                        cells: roles.iter().zip(&looked_at).map(cell).collect(),
                    }
                })
                .collect();
            (!rows.is_empty()).then_some(Group { operation, title, rows })
        });
        let groups = groups.collect();
        Self { roles, groups }
    }
}

impl Other {
    /// What an action is to a role there, at the same level. What a template says for always is compared with
    /// what holds now: no iteration is current in it.
    fn value(&self, role: &RoleThere, leaf: Leaf, level: &Level) -> Value {
        match self {
            Self::Template(template) => {
                let slots = match level {
                    Level::Now => &[Slot::Always][..],
                    Level::Slot { matching, .. } => matching,
                };
                let of = |slot: &Slot| {
                    template.permissions.iter().find(|(key, _)| {
                        key.role == role.id && key.operation == leaf.operation() && key.slot == *slot
                    })
                };
                let entry = slots.iter().find_map(of);
                value(entry.map(|(_, permission)| permission), leaf)
            }
            Self::Area(view, area) => {
                let entries = view.entries_there(*area, &role.id, leaf.operation());
                value(decided(*area, &entries, level).0.map(|it| &it.permission), leaf)
            }
        }
    }
}

/// The entry that counts at a level, and whether one of the area itself does not because of a final one.
pub(super) fn decided<'e>(
    area: AreaId,
    entries: &'e [EntryThere],
    level: &Level,
) -> (Option<&'e EntryThere>, bool) {
    match level {
        Level::Now => {
            let ignored = entries.iter().any(|it| it.area == Some(area) && it.fate == Fate::FinalAbove);
            (entries.iter().find(|it| it.fate == Fate::Decided), ignored)
        }
        Level::Slot { matching, .. } => {
            let place = |it: &EntryThere| matching.iter().position(|slot| *slot == it.slot);
            let mut result: Option<&EntryThere> = None;
            let mut ignored = false;
            // Each area's most specific one, from the top down.
            for of_area in entries.chunk_by(|one, other| one.area == other.area) {
                let winner = of_area.iter().filter_map(|it| Some((place(it)?, it))).min_by_key(|(at, _)| *at);
                match (winner, result) {
                    (Some((_, entry)), Some(above)) if above.permission.is_final => {
                        ignored |= entry.area == Some(area);
                    }
                    (Some((_, entry)), _) => result = Some(entry),
                    (None, _) => {}
                }
            }
            (result, ignored)
        }
    }
}

fn cell(view: &View, area: AreaId, entries: &[EntryThere], leaf: Leaf, level: &Level) -> Cell {
    let (decided, ignored) = decided(area, entries, level);
    let is_here = decided.is_some_and(|it| it.area == Some(area));
    let source = match decided {
        None => String::new(),
        Some(_) if is_here => "here".to_owned(),
        Some(it) => super::area::name_of(view, it.area),
    };
    // What is said for another slot holds at this one, too.
    let source = match (decided, level) {
        (Some(it), Level::Slot { slot, .. }) if it.slot != *slot => {
            format!("{source} · {}", slot_mark(&it.slot, view.timelines(view.project_of(area))))
        }
        _ => source,
    };
    let takes_the_place = |it: &EntryThere| match level {
        Level::Now => it.fate == Fate::Overridden,
        Level::Slot { matching, .. } => matching.contains(&it.slot),
    };
    Cell {
        value: value(decided.map(|it| &it.permission), leaf),
        source,
        is_here,
        is_final: decided.is_some_and(|it| it.permission.is_final),
        ignored,
        overrides: is_here && entries.iter().any(|it| it.area != Some(area) && takes_the_place(it)),
        differs: false,
    }
}

/// What an action is by the entry that counts, if there is one.
fn value(permission: Option<&Permission>, leaf: Leaf) -> Value {
    match permission {
        None => Value::Nothing,
        Some(it) if it.grants(&Action { leaf, identifier: None }) => Value::Granted,
        Some(it) => match partly(it, leaf) {
            of if of.is_empty() => Value::Revoked,
            of => Value::Partly(of),
        },
    }
}

/// The identifiers for which an entry grants an action, where it does not for all.
fn partly(permission: &Permission, leaf: Leaf) -> Vec<String> {
    let Some((before, _)) = leaf.path().split_once('<') else { return Vec::new() };
    let named = permission.actions.iter().filter_map(|it| it.path().strip_prefix(before));
    named.filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned).collect()
}

/// What an operation is about, for people: `Streams`.
pub(super) fn title_of(operation: OperationId) -> String {
    let words = operation_words(operation.name());
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// What an action of an operation allows whoever has it, in a sentence.
pub(super) fn sentence_of(operation: OperationId, action: &str) -> String {
    format!("{}: whoever has it may {}.", title_of(operation), action.replace(['-', '/'], " "))
}

/// The nodes that an entry can name: all, inner nodes and leaves without an identifier.
pub(super) fn nodes(operation: OperationId) -> Vec<String> {
    let mut nodes = vec!["*".to_owned()];
    for leaf in operation.leaves().filter(|leaf| !leaf.is_team_area()) {
        let mut node = String::new();
        for part in leaf.path().split('/').take_while(|part| !part.starts_with('<')) {
            if !node.is_empty() {
                node.push('/');
            }
            node.push_str(part);
            if !nodes.contains(&node) {
                nodes.push(node.clone());
            }
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_called_by_what_they_are_about() {
        let title = |name: &str| title_of(OperationId::from_name(name).unwrap());
        assert_eq!(title("gc.save-stream"), "Streams");
        assert_eq!(title("ccm.save-category"), "Categories");
        assert_eq!(title("process.invite-to-team"), "Invite to team");
        assert_eq!(title("dashboard.save"), "Dashboards");
    }

    #[test]
    fn an_entry_can_name_everything_a_branch_or_an_action() {
        let nodes = nodes(OperationId::from_name("ccm.save-work-item").unwrap());
        for node in ["*", "create", "create/type", "modify", "modify/attribute", "archive"] {
            assert!(nodes.iter().any(|it| it == node), "{node} of {nodes:?}");
        }
        assert!(!nodes.iter().any(|it| it.contains('<')));
    }
}
