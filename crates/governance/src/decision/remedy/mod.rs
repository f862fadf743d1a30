//! The smallest changes that would allow a refused question (docs/decision.md#smallest-changes).
//!
//! Candidates are proposed by what the refusing gate reads, made for real on a copy of the organisation, and
//! kept only when `decide` then allows the question.

mod items;
mod people;
mod process;
mod suggestion;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compare::gained_by_rules;
use super::decide;
use super::permission::asked_areas;
use super::placement::governing_area;
use super::reverse::{items_a_user_may, users_who_may};
use crate::act::Proposal;
use crate::command::{Need, Subject};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Ask, Basis, Gate, Question, Refused, With};
use crate::rules::violations;
use crate::user::UserId;

pub use suggestion::Suggestion;
pub(crate) use suggestion::with_roles;

/// Changes that together would allow the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remedy {
    /// The name by which whoever is refused asks for it.
    #[serde(default)]
    pub command: String,
    /// What to do, a sentence a change.
    pub changes: Vec<String>,
    /// What else it opens.
    pub opens: Opens,
    /// The ids of those who may make every one of the changes, in order.
    pub who: Vec<String>,
    /// What it changes: whoever does not see all of that is not told of it.
    #[serde(skip)]
    pub concerns: Vec<Item>,
    /// The changes themselves, one after the other.
    #[serde(skip)]
    pub suggestions: Vec<Suggestion>,
}

/// What a remedy opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Opens {
    /// How many people gain the asked actions, the one who asks among them.
    pub people: usize,
    /// On how many items somebody gains them, the asked one among them.
    pub items: usize,
    /// How many people lose them on the item.
    pub losers: usize,
}

impl Remedy {
    /// Whether another one has the same changes, in whichever order.
    fn is_reordered(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.suggestions, &other.suggestions);
        ours.len() == theirs.len() && ours.iter().all(|it| theirs.contains(it))
    }
}

/// How much more a change brings along than was asked: the actions that a role grants.
type Breadth = usize;

/// One change that might help.
#[derive(Clone)]
struct Step {
    suggestion: Suggestion,
    /// What it comes to, and what one must be allowed to make it.
    proposal: Proposal,
    breadth: Breadth,
}

/// More than this many changes are no small remedy.
const MOST_CHANGES: usize = 3;
/// How many half-way organisations are followed up at each number of changes.
const MOST_FOLLOWED: usize = 60;

/// The remedies with the fewest changes, those that open least first; none for an allowed question.
pub(super) fn remedies(organisation: &Organisation, question: &Question) -> Vec<Remedy> {
    let mut frontier: Vec<(Organisation, Vec<Step>)> = vec![(organisation.clone(), Vec::new())];
    for _ in 0..MOST_CHANGES {
        let mut found = Vec::new();
        let mut next = Vec::new();
        for (made, steps) in frontier {
            let Err(refused) = decide(&made, question) else { return Vec::new() };
            for step in candidates(&made, question, &refused) {
                let after = made.after(&step.proposal.events);
                if !violations(&after, &step.proposal.events).is_empty() {
                    continue;
                }
                let steps = [steps.as_slice(), &[step]].concat();
                match decide(&after, question) {
                    Ok(_) => {
                        let breadth = steps.iter().map(|step| step.breadth).sum::<usize>();
                        found.push((breadth, remedy(organisation, &after, question, steps)));
                    }
                    Err(still) if closer(&refused, &still) && next.len() < MOST_FOLLOWED => {
                        next.push((after, steps));
                    }
                    Err(_) => {}
                }
            }
        }
        if !found.is_empty() {
            found.sort_by_key(|(breadth, remedy)| {
                let opens = remedy.opens.people + remedy.opens.items + remedy.opens.losers;
                (remedy.who.is_empty(), opens, *breadth, remedy.changes.clone())
            });
            let mut remedies: Vec<Remedy> = Vec::with_capacity(found.len());
            for (_, remedy) in found {
                if !remedies.iter().any(|before| before.is_reordered(&remedy)) {
                    remedies.push(remedy);
                }
            }
            return remedies;
        }
        frontier = next;
    }
    Vec::new()
}

/// Whether a refusal is nearer to being allowed than another.
fn closer(before: &Refused, after: &Refused) -> bool {
    after.gate > before.gate || (after.gate == before.gate && after.missing.len() < before.missing.len())
}

fn remedy(before: &Organisation, after: &Organisation, question: &Question, steps: Vec<Step>) -> Remedy {
    let people = |organisation: &Organisation| -> BTreeSet<UserId> {
        users_who_may(organisation, question).into_iter().map(|(user, _)| user).collect()
    };
    let items = |organisation: &Organisation| -> BTreeSet<Item> {
        let ask = match &question.ask {
            Ask::Perform(operation, actions, _) => Ask::Perform(*operation, actions.clone(), With::Nothing),
            other => other.clone(),
        };
        let user = question.user;
        user.map(|user| items_a_user_may(organisation, user, &ask, question.leases))
            .unwrap_or_default()
            .into_iter()
            .collect()
    };
    let (had, has) = (people(before), people(after));
    let mut opens = Opens {
        people: has.difference(&had).count(),
        // What a replacement's second path allows is no list of items; the asked one counts at least.
        items: items(after).difference(&items(before)).count().max(1),
        losers: had.difference(&has).count(),
    };
    if steps.iter().any(|step| matches!(step.suggestion, Suggestion::SetEntry { .. })) {
        // An entry speaks to everybody with the role, on every item of the area.
        let (people, items) = gained_by_rules(before, after, question.actions());
        opens.people = opens.people.max(people);
        opens.items = opens.items.max(items);
    }
    // Whoever may by a role comes before whoever may by an override.
    let mut who: Vec<(bool, String)> = steps
        .iter()
        .flat_map(|step| &step.proposal.needs)
        .map(|need| who_may(before, need))
        .reduce(|mut all, some| {
            all.retain(|user, by_override| {
                some.get(user).is_some_and(|other| {
                    *by_override |= *other;
                    true
                })
            });
            all
        })
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(user, by_override)| Some((by_override, before.user(user)?.id.to_string())))
        .collect();
    who.sort();
    let suggestions: Vec<Suggestion> = steps.into_iter().map(|step| step.suggestion).collect();
    let changes: Vec<String> = suggestions.iter().map(|it| it.sentence(before)).collect();
    Remedy {
        // Words, not numbers: an explanation is the same wherever the same organisation is kept.
        command: changes.join("; "),
        changes,
        opens,
        who: who.into_iter().map(|(_, id)| id).collect(),
        concerns: suggestions.iter().flat_map(Suggestion::items).collect(),
        suggestions,
    }
}

/// Who may, and whether by an override.
fn who_may(organisation: &Organisation, need: &Need) -> BTreeMap<UserId, bool> {
    let Need { ask, item } = need;
    let question = Question { user: None, ask: ask.clone(), item: *item, leases: organisation.leasable() };
    let may = users_who_may(organisation, &question).into_iter();
    may.map(|(user, allowed)| (user, allowed.basis == Basis::Override)).collect()
}

/// What might help, as far as it can be done as things are.
fn candidates(organisation: &Organisation, question: &Question, refused: &Refused) -> Vec<Step> {
    let Some(user) = question.user else { return Vec::new() };
    let step = |(suggestion, breadth): (Suggestion, Breadth)| {
        let proposal = suggestion.command(organisation).and_then(|it| it.propose(organisation, user)).ok()?;
        Some(Step { suggestion, proposal, breadth })
    };
    suggestions(organisation, question, user, refused).into_iter().filter_map(step).collect()
}

fn suggestions(
    organisation: &Organisation,
    question: &Question,
    user: UserId,
    refused: &Refused,
) -> Vec<(Suggestion, Breadth)> {
    let narrow = |suggestions: Vec<Suggestion>| suggestions.into_iter().map(|it| (it, 0));
    match refused.gate {
        Gate::Auth => vec![(Suggestion::Unarchive(Subject::User(user)), 0)],
        Gate::RepositoryGroup => narrow(people::join_groups(question, user)).collect(),
        Gate::NotVisible => narrow(people::let_see(organisation, question.item, user)).collect(),
        Gate::License => people::assign_licences(question, user),
        Gate::State => narrow(items::unarchive(organisation, question)).collect(),
        Gate::Permission => match &question.ask {
            Ask::Perform(operation, actions, with) => {
                let area = refused.area.or_else(|| governing_area(organisation, *operation, question.item));
                let Some(area) = area else { return Vec::new() };
                let missing: Vec<_> =
                    refused.missing.iter().filter_map(|at| actions.get(usize::from(*at)).cloned()).collect();
                let mut found = Vec::new();
                for area in asked_areas(organisation, question.item, area, *with) {
                    found.extend(process::give_roles(organisation, user, area, &missing));
                    let entries = process::grant_entries(organisation, user, area, *operation, &missing);
                    found.extend(narrow(entries));
                    let makes = process::make_administrator(organisation, user, area, *operation);
                    found.extend(narrow(makes));
                }
                let item = question.item;
                let assigns = items::assign_team_area(organisation, item, user, *operation, &missing);
                found.extend(narrow(assigns));
                found
            }
            Ask::Read | Ask::SetContext | Ask::Repository(_) => Vec::new(),
        },
    }
}

fn name_of(organisation: &Organisation, user: UserId) -> String {
    organisation.user(user).map(|user| user.name.to_string()).unwrap_or_default()
}
