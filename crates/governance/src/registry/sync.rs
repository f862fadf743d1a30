//! Making users what a registry says (docs/process.md#sync).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::twice::Twice;
use super::{BoundRole, NotTaken, Person, Registered, Roster, bindings, keep_equal};
use crate::command::Noun as _;
use crate::decision::{Gain, Lineage, Shift, compare};
use crate::event::{Change, Event};
use crate::id::Id;
use crate::organisation::Organisation;
use crate::rules::{Rule, violations};
use crate::text::{fold, skeleton};
use crate::user::{GroupSet, RepositoryGroup, User, UserId};

/// What a sync changes, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncReport {
    /// The registry.
    pub registry: String,
    /// The ids of users who are new.
    pub created: Vec<String>,
    /// Users whose name, mail address or repository groups are others now.
    pub renewed: Vec<Renewed>,
    /// The ids of users of whom the registry does not tell any more. They stay, flagged.
    pub vanished: Vec<String>,
    /// The ids of users of whom it tells again.
    pub returned: Vec<String>,
    /// Roles that are given and taken, so that groups and roles are equal.
    pub bindings: Vec<BoundRole>,
    /// What could not be taken over, and mail addresses that several people have, one line each.
    pub problems: Vec<String>,
    /// Who would lose what; told before it is done.
    pub losses: Vec<Shift>,
}

/// A user whom a registry calls otherwise, or puts into other groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renewed {
    /// The user's id.
    pub user: String,
    /// What the registry said.
    pub before: Telling,
    /// What it says.
    pub after: Telling,
}

/// What a registry says of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the user's own keys")]
pub struct Telling {
    pub name: String,
    pub mail: Option<String>,
    pub groups: Vec<String>,
}

impl From<&User> for Telling {
    fn from(user: &User) -> Self {
        Self {
            name: user.name.to_string(),
            mail: user.mail.as_ref().map(ToString::to_string),
            groups: user.groups.iter().map(RepositoryGroup::id).map(str::to_owned).collect(),
        }
    }
}

/// What makes the users of a registry what it says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeopleSync {
    /// What changes.
    pub events: Vec<Event>,
    /// The same as ids, and what could not be taken over.
    pub report: SyncReport,
    /// How many active users the registry told of before, and had in a group for us.
    pub told_of: usize,
    /// How many of them it would not any more.
    pub lost: usize,
    /// Groups that the registry does not have, and that stand for repository groups.
    pub lacking: Vec<String>,
}

impl PeopleSync {
    /// Whether a larger share than `most` of a hundred of those of whom the registry told would vanish, or be
    /// in no group any more. That is a mistake in the registry, or in how it is searched, more often than
    /// not.
    pub const fn loses_more_than(&self, most: u8) -> bool {
        self.lost * 100 > self.told_of * most as usize
    }
}

/// What makes the users of a registry what it says, by the rules: what would break one is left out, and told.
pub fn sync_people(organisation: &Organisation, roster: &Roster) -> PeopleSync {
    let mut problems = roster.flaws.clone();
    let known: HashMap<String, UserId> =
        organisation.users().map(|(id, user)| (skeleton(&user.id), id)).collect();
    let sources = Twice::of_ids(roster);
    let mut events = Vec::new();
    for (person, _) in &roster.people {
        let skeleton = skeleton(&person.id);
        if sources.has(&skeleton) {
            continue;
        }
        match taken(organisation, person, known.get(&skeleton).copied()) {
            Ok(event) => events.extend(event),
            Err(not_taken) => problems.push(not_taken.to_string()),
        }
    }
    problems.extend(sources.told("the id", "but for case or Unicode form, and are left as they are"));
    problems.extend(Twice::of_mails(roster).told("the mail address", "and are taken over all the same"));
    let vanished = vanished(organisation, roster, &sources);
    events.extend(vanished.events);
    let events = within_rules(organisation, events, &mut problems);
    let lost = events.iter().filter(|event| loses(event)).count();
    let lacking = roster.lacking.clone();
    PeopleSync { report: report(roster, &events, problems), events, told_of: vanished.of, lost, lacking }
}

fn taken(
    organisation: &Organisation,
    person: &Person,
    known: Option<UserId>,
) -> Result<Option<Event>, NotTaken> {
    let Some((id, user)) = known.and_then(|id| Some((id, organisation.facts.users.get(id)?))) else {
        if person.is_for_others() {
            return Ok(None);
        }
        let new = Change { key: User::next(organisation), before: None, after: Some(person.as_new()) };
        return Ok(Some(Event::User(new)));
    };
    if fold(&user.id) != fold(&person.id) {
        let (id, other) = (person.id.clone(), user.id.clone());
        return Err(NotTaken::Flawed(Rule::UserIdTaken { id, other }));
    }
    person.renewed(id, user)
}

/// Whether somebody is lost by it.
fn loses(event: &Event) -> bool {
    let Event::User(Change { before: Some(before), after: Some(after), .. }) = event else { return false };
    is_ours(before) && !is_ours(after)
}

/// Whether a registry tells of an active user, and has them in a group. Those who are in none have nothing to
/// lose.
fn is_ours(user: &User) -> bool {
    let told_of = user.registered.as_ref().is_some_and(|it| !it.vanished);
    told_of && !user.archived && user.groups != GroupSet::default()
}

struct Vanished {
    events: Vec<Event>,
    /// Of so many.
    of: usize,
}

fn vanished(organisation: &Organisation, roster: &Roster, told_of: &Twice<'_>) -> Vanished {
    let mut vanished = Vanished { events: Vec::new(), of: 0 };
    for (key, before) in organisation.facts.users.iter() {
        let Some(registered) = &before.registered else { continue };
        if registered.registry != roster.registry || registered.vanished || before.archived {
            continue;
        }
        vanished.of += usize::from(is_ours(before));
        if !told_of.knows(&skeleton(&before.id)) {
            let mut after = User::clone(before);
            after.registered = Some(Registered { vanished: true, ..registered.clone() });
            let (before, after) = (Some(Arc::clone(before)), Some(Arc::new(after)));
            vanished.events.push(Event::User(Change { key, before, after }));
        }
    }
    vanished
}

/// The events without those that break rules, each of which is told; what is new is numbered in order.
fn within_rules(
    organisation: &Organisation,
    mut events: Vec<Event>,
    problems: &mut Vec<String>,
) -> Vec<Event> {
    loop {
        let mut next = User::next(organisation).number();
        for event in &mut events {
            if let Event::User(Change { key, before: None, .. }) = event {
                *key = Id::new(next);
                next += 1;
            }
        }
        let broken = violations(&organisation.after(&events), &events);
        if broken.is_empty() {
            return events;
        }
        let at_fault: HashSet<usize> = broken.iter().map(|violation| violation.event).collect();
        for violation in broken {
            if let Some(Event::User(Change { after: Some(user), .. })) = events.get(violation.event) {
                problems.push(format!("`{}`: {}", user.id, violation.rule));
            }
        }
        let mut at = 0..;
        events.retain(|_| at.next().is_none_or(|at| !at_fault.contains(&at)));
    }
}

fn report(roster: &Roster, events: &[Event], problems: Vec<String>) -> SyncReport {
    let mut report = SyncReport { registry: roster.registry.to_string(), problems, ..SyncReport::default() };
    for event in events {
        let Event::User(Change { before, after: Some(after), .. }) = event else { continue };
        let id = after.id.to_string();
        let Some(before) = before else {
            report.created.push(id);
            continue;
        };
        let vanished = |user: &User| user.registered.as_ref().is_some_and(|it| it.vanished);
        match (vanished(before), vanished(after)) {
            (false, true) => report.vanished.push(id.clone()),
            (true, false) => report.returned.push(id.clone()),
            _ => {}
        }
        let (before, after) = (Telling::from(&**before), Telling::from(&**after));
        if before != after {
            report.renewed.push(Renewed { user: id, before, after });
        }
    }
    report
}

/// What a whole sync would come to: people first, then the roles that groups are bound to. With `losses`,
/// which permissions people would lose, who are known already.
pub fn sync(organisation: &Organisation, roster: &Roster, losses: bool) -> PeopleSync {
    let mut people = sync_people(organisation, roster);
    let mut after = organisation.after(&people.events);
    // Whoever is new has nothing to lose: the comparison is of those who are there.
    let mut known: Vec<Event> = people.events.iter().filter(|event| !event.is_creation()).cloned().collect();
    for (area, role) in bindings(organisation) {
        let (events, bound) = keep_equal(&after, roster, area, &role);
        after.apply(&events);
        known.extend(events.into_iter().filter(|event| match event {
            Event::Member(Change { key: (_, user), .. }) => organisation.user(*user).is_some(),
            _ => true,
        }));
        match bound {
            Ok(bound) => people.report.bindings.extend(bound),
            Err(problem) => people.report.problems.push(problem),
        }
    }
    if losses {
        let shifts = compare(organisation, &organisation.after(&known), Lineage::Same);
        people.report.losses = shifts.into_iter().filter(|shift| shift.change == Gain::Loses).collect();
    }
    people
}
