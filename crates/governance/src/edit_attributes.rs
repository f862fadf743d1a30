//! *Edit Attributes* of many components and configurations at once, each with a result of its own
//! (docs/global-configurations.md#bulk-edit-of-attributes).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::act::{Acted, Refusal, weakest};
use crate::carried::Carried;
use crate::catalogue::LicenceSet;
use crate::command::{Command, ComponentKey, ConfigurationKey, Edit};
use crate::configuration::{Component, Configuration, TeamAreaSetting};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::without_void_approvals;
use crate::question::Basis;
use crate::rules::{Rule, violations};
use crate::text::Name;
use crate::user::UserId;

const NOTHING_TO_INHERIT: &str =
    "a component has nothing to inherit its Team Area from: set `unassigned` or a team area";

/// What is set on each of many; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttributeChanges {
    /// The Team Area setting.
    pub team_area: Option<TeamAreaSetting>,
    /// The description, or that there is none any more.
    pub description: Option<Option<Name>>,
    /// Tags that each has then.
    pub add_tags: Vec<Name>,
    /// Tags that none has then.
    pub remove_tags: Vec<Name>,
    /// Attributes with their value, or that there is none any more.
    pub attributes: Vec<(Name, Option<Value>)>,
}

/// What has become of many edits.
#[derive(Clone, Debug, PartialEq)]
pub struct EditedAttributes {
    /// What those that are allowed come to together.
    pub acted: Acted,
    /// Each item in turn: whether it changes, or why it cannot.
    pub results: Vec<(Item, Result<bool, Refusal>)>,
}

/// Sets the same on many items. Each is judged by itself, as things are before any is changed; those that are
/// refused hinder no other.
pub fn edit_attributes(
    organisation: &Organisation,
    by: UserId,
    leases: LicenceSet,
    items: &[Item],
    changes: &AttributeChanges,
) -> EditedAttributes {
    let mut met = HashSet::new();
    let mut results = Vec::with_capacity(items.len());
    let mut acted = Acted { events: Vec::new(), basis: Basis::Read, asked: Vec::new() };
    // The place of the item of each event.
    let mut of_event = Vec::new();
    for item in items.iter().copied().filter(|item| met.insert(*item)) {
        let edited =
            edit(organisation, item, changes).and_then(|command| command.judged(organisation, by, leases));
        // Told only to those who are allowed the change.
        let inherits_nothing = edited.is_ok()
            && matches!(item, Item::Component(_))
            && changes.team_area == Some(TeamAreaSetting::Inherit);
        let edited =
            if inherits_nothing { Err(Refusal::Precondition(NOTHING_TO_INHERIT.into())) } else { edited };
        let result = edited.map(|one| {
            acted.basis = weakest(acted.basis, one.basis);
            acted.asked.extend(one.asked);
            let changed = one.events.into_iter().filter(|event| !event.is_void()).collect::<Vec<_>>();
            let changes = !changed.is_empty();
            of_event.extend(std::iter::repeat_n(results.len(), changed.len()));
            acted.events.extend(changed);
            changes
        });
        results.push((item, result));
    }
    // A rule that is broken takes out the item that breaks it; what is left may still break one together.
    loop {
        let broken = violations(&organisation.after(&acted.events), &acted.events);
        let mut rules: HashMap<usize, Vec<Rule>> = HashMap::new();
        for violation in broken {
            if let Some(place) = of_event.get(violation.event) {
                rules.entry(*place).or_default().push(violation.rule);
            }
        }
        if rules.is_empty() {
            acted.events = without_void_approvals(organisation, acted.events);
            return EditedAttributes { acted, results };
        }
        let kept = |place: &usize| !rules.contains_key(place);
        let mut places = of_event.iter();
        acted.events.retain(|_| places.next().is_none_or(kept));
        of_event.retain(kept);
        for (place, rules) in rules {
            results[place].1 = Err(Refusal::Rules(rules));
        }
    }
}

/// The command that the changes mean for one item.
fn edit(organisation: &Organisation, item: Item, changes: &AttributeChanges) -> Result<Command, Refusal> {
    match item {
        Item::Component(id) => {
            let there = organisation.component(id).ok_or(Refusal::NotThere("component"))?;
            let mut set: Vec<ComponentKey> = Vec::new();
            set.extend(changes.team_area.map(|setting| ComponentKey::TeamArea(setting.area())));
            let carried = carried(&there.carried, changes).into_iter();
            set.extend(carried.map(|(key, value)| ComponentKey::Carried(key, value)));
            Ok(Edit::<Component> { id, set }.into())
        }
        Item::Configuration(id) => {
            let there = organisation.configuration(id).ok_or(Refusal::NotThere("configuration"))?;
            let mut set: Vec<ConfigurationKey> = Vec::new();
            set.extend(changes.team_area.map(ConfigurationKey::TeamArea));
            let carried = carried(&there.carried, changes).into_iter();
            set.extend(carried.map(|(key, value)| ConfigurationKey::Carried(key, value)));
            Ok(Edit::<Configuration> { id, set }.into())
        }
        _ => Err(Refusal::Precondition("only components and configurations are edited together".to_owned())),
    }
}

/// The carried keys that the changes set, with what each comes to.
fn carried(carried: &Carried, changes: &AttributeChanges) -> Vec<(Name, Option<Value>)> {
    let mut set = Vec::new();
    if let Some(description) = &changes.description {
        set.push(("description".into(), description.as_ref().map(|text| Value::from(&**text))));
    }
    if !changes.add_tags.is_empty() || !changes.remove_tags.is_empty() {
        let there = carried.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_named = |tag: &Value, names: &[Name]| names.iter().any(|name| tag.as_str() == Some(name));
        let mut tags: Vec<Value> =
            there.into_iter().filter(|tag| !is_named(tag, &changes.remove_tags)).collect();
        for tag in &changes.add_tags {
            if !tags.iter().any(|it| it.as_str() == Some(tag)) {
                tags.push(Value::from(&**tag));
            }
        }
        set.push(("tags".into(), (!tags.is_empty()).then_some(Value::Array(tags))));
    }
    if !changes.attributes.is_empty() {
        let there = carried.get("attributes").and_then(Value::as_object).cloned();
        let mut attributes: Map<String, Value> = there.unwrap_or_default();
        for (name, value) in &changes.attributes {
            match value {
                Some(value) => attributes.insert(name.to_string(), value.clone()),
                None => attributes.remove(&**name),
            };
        }
        set.push(("attributes".into(), (!attributes.is_empty()).then_some(Value::Object(attributes))));
    }
    set
}
