//! Many cells of the matrix at once: each is a box, and what was ticked and unticked is one change.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama::filters::HtmlSafe;
use governance::{Action, Leaf, OperationId, RoleThere, Slot, View};
use serde_json::{Value, json};

use super::area::Area;
use super::matrix::{Cell, Group, Level, Row, decided, nodes};
use super::slot::slot_json;
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::form::Fields;
use crate::pages::saving::{SaveBar, Sent};
use crate::problem::{Kind, Problem};

/// The boxes of a matrix, as they are shown.
pub(super) struct Boxes<'a> {
    /// Those that were ticked when this began, by name; what differs from it is changed.
    was: BTreeSet<String>,
    /// Those that are ticked, where a form was sent.
    sent: Option<BTreeSet<String>>,
    /// The entry that is refused.
    wrong: Option<Place>,
    /// Whether they can be ticked at all.
    may: bool,
    pub(super) bar: SaveBar<'a>,
}

/// An operation and a role.
type Place = (OperationId, String);

/// A box.
#[derive(Template)]
#[template(path = "process/cell_box.html")]
pub(super) struct Boxed<'a> {
    name: String,
    words: String,
    ticked: bool,
    /// Whether it cannot be ticked, as where an entry above is final, so that none here would count.
    locked: bool,
    wrong: bool,
    cell: &'a Cell,
}

impl HtmlSafe for Boxed<'_> {}

fn name_of(leaf: Leaf, role: &str) -> String {
    format!("{} {} {role}", leaf.operation().name(), leaf.path())
}

fn is_locked(cell: &Cell) -> bool {
    cell.is_final && !cell.is_here
}

impl<'a> Boxes<'a> {
    pub(super) fn of(
        view: &View,
        area: &Area,
        groups: &[Group],
        roles: &[RoleThere],
        shown: &[usize],
        (sent, edit, here): (&'a Sent, &Ability, &Address),
    ) -> Result<Self, Problem> {
        let granted = || {
            let rows = groups.iter().flat_map(|group| &group.rows);
            let cells = rows.flat_map(|row| shown.iter().map(move |at| (row.leaf, *at, &row.cells[*at])));
            let ticked = cells.filter(|(.., cell)| cell.value.is_granted() && !is_locked(cell));
            ticked.map(|(leaf, at, _)| name_of(leaf, &roles[at].id)).collect()
        };
        let fields = &sent.fields;
        let wrong = || {
            let places = toggled(fields).ok()?.into_keys().enumerate();
            let mut wrong = places.filter(|(at, _)| sent.wrong(&format!("/set/{at}")).is_some());
            wrong.next().map(|(_, place)| place)
        };
        let (_, tag) = representation(view, &format!("{}/permissions", area.path()))?;
        Ok(Self {
            was: match sent.is_any() {
                true => fields.all("was").map(str::to_owned).collect(),
                false => granted(),
            },
            sent: sent.is_any().then(|| ticked(fields).map(str::to_owned).collect()),
            wrong: wrong(),
            may: edit.is_allowed(),
            bar: sent.bar(edit, &tag, here),
        })
    }

    /// The names of those that were ticked at first.
    pub(super) fn was(&self) -> impl Iterator<Item = &String> {
        self.was.iter()
    }

    pub(super) fn cell<'c>(&self, row: &Row, role: &RoleThere, cell: &'c Cell) -> Boxed<'c> {
        let name = name_of(row.leaf, &role.id);
        let is_at = |(operation, id): &Place| *operation == row.leaf.operation() && **id == *role.id;
        Boxed {
            words: format!("{}, {}", role.name, row.words),
            ticked: match &self.sent {
                Some(sent) if !is_locked(cell) => sent.contains(&name),
                _ => cell.value.is_granted(),
            },
            locked: is_locked(cell) || !self.may,
            wrong: self.wrong.as_ref().is_some_and(is_at),
            name,
            cell,
        }
    }
}

/// The names of those that are ticked.
fn ticked(fields: &Fields) -> impl Iterator<Item = &str> {
    fields.pairs().filter(|(name, value)| *value == "ticked" && name.contains(' ')).map(|(name, _)| name)
}

/// What differs from what was shown: actions of an operation that a role is to have or not, by the box's
/// name.
fn toggled(fields: &Fields) -> Result<BTreeMap<Place, Vec<(Leaf, bool)>>, Problem> {
    let was: BTreeSet<&str> = fields.all("was").collect();
    let ticked: BTreeSet<&str> = ticked(fields).collect();
    let mut toggled: BTreeMap<Place, Vec<(Leaf, bool)>> = BTreeMap::new();
    for name in was.symmetric_difference(&ticked) {
        let found = || {
            let mut parts = name.splitn(3, ' ');
            let operation = OperationId::from_name(parts.next()?)?;
            let path = parts.next()?;
            let leaf = operation.leaves().find(|leaf| leaf.path() == path && !leaf.is_team_area())?;
            Some(((operation, parts.next()?.to_owned()), leaf))
        };
        let unknown = || Problem::new(Kind::BadValue, format!("there is no cell `{name}`"));
        let (place, leaf) = found().ok_or_else(unknown)?;
        toggled.entry(place).or_default().push((leaf, ticked.contains(name)));
    }
    Ok(toggled)
}

/// What a form says of the cells, as one change.
pub(super) fn change(view: &View, area: &Area, slot: &Slot, fields: &Fields) -> Result<Posted, Problem> {
    let mut set = Vec::new();
    for ((operation, role), toggled) in toggled(fields)? {
        set.push(entry(view, area, slot, (operation, &role), &toggled));
    }
    let posted = Posted::new(Verb::Patch, &format!("{}/permissions", area.path()), &json!({"set": set}))?;
    posted.upon(fields.get("upon"))
}

/// The entry by which a role has what it had at a level, but for these actions. A final one stays final.
fn entry(
    view: &View,
    area: &Area,
    slot: &Slot,
    (operation, role): (OperationId, &str),
    toggled: &[(Leaf, bool)],
) -> Value {
    let entries = view.entries_there(area.id, role, operation);
    let (now, _) = decided(area.id, &entries, &Level::at(view, area.project, slot.clone()));
    let said = |leaf: Leaf| toggled.iter().find(|(it, _)| *it == leaf).map(|(_, ticked)| *ticked);
    let has = |leaf: Leaf| now.is_some_and(|it| it.permission.grants(&Action { leaf, identifier: None }));
    let mut actions = named(operation, |leaf| said(leaf).unwrap_or_else(|| has(leaf)));
    // What is granted for single types stays, unless all of them or none were meant.
    for action in now.iter().flat_map(|it| it.permission.actions.iter()) {
        let of = |leaf: &Leaf| {
            let before = leaf.path().split_once('<').map(|(before, _)| before);
            before.is_some_and(|before| action.path().starts_with(before))
                && said(*leaf).is_none()
                && !has(*leaf)
        };
        if operation.leaves().any(|leaf| of(&leaf)) {
            actions.push(action.path().to_owned());
        }
    }
    let is_final = now.is_some_and(|it| it.area == Some(area.id) && it.permission.is_final);
    let mut entry =
        json!({"role": role, "operation": operation.name(), "actions": actions, "final": is_final});
    if let Some(at) = slot_json(slot) {
        entry["at"] = at;
    }
    entry
}

/// The fewest nodes of an operation's tree that grant just these actions.
fn named(operation: OperationId, grants: impl Fn(Leaf) -> bool) -> Vec<String> {
    let below = |leaf: &Leaf, node: &str| {
        let rest = leaf.path().strip_prefix(node);
        node == "*" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut named: Vec<String> = Vec::new();
    for node in nodes(operation) {
        let mut leaves = operation.leaves().filter(|leaf| !leaf.is_team_area() && below(leaf, &node));
        let is_named = |it: &String| it == "*" || node.starts_with(&format!("{it}/"));
        if !named.iter().any(is_named) && leaves.all(&grants) {
            named.push(node);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_is_named_by_as_few_nodes_as_can_be() {
        let named = |operation: &str, ticked: &[&str]| {
            let operation = OperationId::from_name(operation).unwrap();
            named(operation, |leaf| ticked.is_empty() || ticked.contains(&leaf.path()))
        };
        assert_eq!(named("ccm.save-work-item", &[]), ["*"], "everything");
        assert_eq!(named("ccm.save-work-item", &["none of them"]), [""; 0]);
        assert_eq!(
            named("gc.save-stream", &["archive", "modify-attributes"]),
            ["modify-attributes", "archive"]
        );
        let operation = OperationId::from_name("ccm.save-work-item").unwrap();
        let created: Vec<&str> =
            operation.leaves().map(Leaf::path).filter(|path| path.starts_with("create/")).collect();
        assert_eq!(named("ccm.save-work-item", &created), ["create"]);
    }

    #[test]
    fn what_differs_from_what_was_shown_is_changed_and_nothing_else() {
        let text = "was=gc.save-stream+archive+a&was=gc.save-stream+create+a&gc.save-stream+archive+a=ticked\
                    &gc.save-stream+archive+b+c=ticked&upon=*";
        let toggled = toggled(&Fields::read(text.as_bytes())).unwrap();
        let told: Vec<_> = toggled
            .iter()
            .map(|((operation, role), leaves)| {
                (operation.name(), role.as_str(), leaves[0].0.path(), leaves[0].1)
            })
            .collect();
        assert_eq!(
            told,
            [("gc.save-stream", "a", "create", false), ("gc.save-stream", "b c", "archive", true)]
        );
        assert!(super::toggled(&Fields::read(b"gc.save-stream+fly+a=ticked")).is_err());
    }
}
