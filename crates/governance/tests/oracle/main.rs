//! Laws that hold for all organisations, tried on random ones: above all that `decide` agrees with a slow,
//! literal transcription of docs/decision.md. A failure names the seed that repeats it.

mod rules;

use std::collections::BTreeMap;

use governance::{
    ActionPattern, AreaId, ArtefactId, Ask, Basis, CategoryId, Change, ComponentId, ConfigurationId,
    Decision, Event, FolderId, Gate, Item, OperationId, Organisation, Permission, PermissionKey, PlanId,
    Question, Refused, ScmItemId, TestArtefactId, UserId, With, WorkItemId, decide,
};
use sample::{
    Chance, question_text, random_change, random_organisation, random_questions, random_questions_of,
};

/// `decide` says what the transcription says.
#[track_caller]
fn agrees(organisation: &Organisation, question: &Question, seed: u64) -> Decision {
    let (decided, written) = (decide(organisation, question), rules::decision(organisation, question));
    if decided != written {
        let text = question_text(organisation, question);
        panic!("seed {seed}: decided {decided:?}, written {written:?}\n{text:?}\n{question:?}");
    }
    decided
}

/// The operations that have rules of their own.
const SPECIAL: [&str; 5] = [
    "gc.save-component",
    "gc.save-stream",
    "gc.save-staging-stream",
    "gc.save-personal-stream",
    "process.save-team-area",
];

#[test]
fn a_decision_is_what_the_written_rules_say() {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |what: &'static str, it: bool| *outcomes.entry(what).or_default() += usize::from(it);
    for seed in 0..500 {
        let organisation = random_organisation(seed);
        let special = SPECIAL.into_iter().filter_map(OperationId::from_name);
        let special = special.flat_map(|it| random_questions_of(&organisation, it, seed, 20));
        let stream = OperationId::from_name("gc.save-stream").unwrap();
        let replacements = random_questions_of(&organisation, stream, seed + 1, 150).into_iter();
        let replacements = replacements.filter(names_both_sides);
        for question in
            random_questions(&organisation, seed, 80).into_iter().chain(special).chain(replacements)
        {
            let decision = agrees(&organisation, &question, seed);
            for gate in Gate::ALL {
                count(gate.word(), decision.as_ref().is_err_and(|refused| refused.gate == gate));
            }
            for basis in [Basis::Role, Basis::Override, Basis::Group, Basis::Owner, Basis::Read] {
                count(basis.word(), decision.is_ok_and_basis(basis));
            }
            let asks = |path: &str| question.actions().iter().any(|action| action.leaf.path() == path);
            count("move", asks("move") && decision.is_ok());
            count(
                "modify-team-area by role",
                asks("modify-team-area") && decision.is_ok_and_basis(Basis::Role),
            );
            count(
                "some granted, some missing",
                decision
                    .as_ref()
                    .is_err_and(|it| !it.missing.is_empty() && it.missing.len() < question.actions().len()),
            );
            let second_path = by_second_path(&organisation, &question, &decision);
            count("second path", second_path);
            if second_path {
                // Where it is open, each other new side either keeps it so or closes it.
                for other in with_other_new_sides(&organisation, &question) {
                    let allowed = agrees(&organisation, &other, seed).is_ok();
                    count("second path closed by another new side", !allowed);
                }
            }
        }
    }
    // A law that is never put to the test says nothing.
    for (outcome, times) in &outcomes {
        assert!(*times >= 10, "{outcome} happened {times} times: {outcomes:?}");
    }
}

trait Outcome {
    fn is_ok_and_basis(&self, basis: Basis) -> bool;
}
impl Outcome for Decision {
    fn is_ok_and_basis(&self, basis: Basis) -> bool {
        self.as_ref().is_ok_and(|allowed| allowed.basis == basis)
    }
}

/// A replacement that could go the second way.
fn names_both_sides(question: &Question) -> bool {
    matches!(question.ask, Ask::Perform(_, _, With::Replacement { old: Some(_), new: Some(_) }))
}

fn with_other_new_sides(organisation: &Organisation, question: &Question) -> Vec<Question> {
    let Ask::Perform(operation, actions, With::Replacement { old, .. }) = &question.ask else {
        return Vec::new();
    };
    let project = organisation.project_of_item(question.item);
    let here = |id: &ConfigurationId| organisation.project_of_item(Item::Configuration(*id)) == project;
    let asking = |new| {
        let ask = Ask::Perform(*operation, actions.clone(), With::Replacement { old: *old, new: Some(new) });
        Question { ask, ..question.clone() }
    };
    organisation.configurations().map(|(id, _)| id).filter(here).map(asking).collect()
}

fn by_second_path(organisation: &Organisation, question: &Question, decision: &Decision) -> bool {
    let Ask::Perform(operation, actions, With::Replacement { .. }) = &question.ask else { return false };
    let ask = Ask::Perform(*operation, actions.clone(), With::Nothing);
    decision.is_ok_and_basis(Basis::Role)
        && !decide(organisation, &Question { ask, ..question.clone() }).is_ok_and_basis(Basis::Role)
}

#[test]
fn changes_lead_to_what_the_facts_say_and_undoing_them_leads_back() {
    for seed in 0..160 {
        let first = random_organisation(seed);
        let mut chance = Chance::new(seed);
        let mut organisation = first.clone();
        let mut done: Vec<(Organisation, Vec<Event>)> = Vec::new();
        for step in 0..12 {
            if let Some((before, events)) = done.pop_if(|_| chance.percent(20)) {
                organisation.apply(&undone(events));
                assert_eq!(organisation, before, "seed {seed}, step {step}");
            } else {
                let events = random_change(&organisation, &mut chance);
                let after = organisation.after(&events);
                done.push((std::mem::replace(&mut organisation, after), events));
            }
            let rebuilt = rebuilt(&organisation);
            assert_eq!(organisation, rebuilt, "seed {seed}, step {step}");
            for question in random_questions(&organisation, chance.number(), 25) {
                let decision = agrees(&organisation, &question, seed);
                assert_eq!(decision, decide(&rebuilt, &question), "seed {seed}, step {step}: {question:?}");
            }
        }
        while let Some((before, events)) = done.pop() {
            organisation.apply(&undone(events));
            assert_eq!(organisation, before, "seed {seed}");
        }
        assert_eq!(organisation, first, "seed {seed}");
        for question in random_questions(&organisation, seed, 25) {
            let _ = agrees(&organisation, &question, seed);
        }
    }
}

/// Many events at once come to the same as one after the other.
#[test]
fn a_batch_of_changes_is_the_same_as_one_after_the_other() {
    for seed in 1_000..1_060 {
        let first = random_organisation(seed);
        let changes = sample::random_changes(&first, seed, 15);
        let batch = first.after(changes.iter().flatten());
        let single = changes.iter().flatten().fold(first.clone(), |now, event| now.after([event]));
        assert_eq!(batch, single, "seed {seed}");
        for question in random_questions(&batch, seed, 60) {
            let decision = agrees(&batch, &question, seed);
            assert_eq!(decision, decide(&single, &question), "seed {seed}: {question:?}");
        }
    }
}

fn undone(events: Vec<Event>) -> Vec<Event> {
    events.into_iter().rev().map(Event::undone).collect()
}

fn rebuilt(organisation: &Organisation) -> Organisation {
    Organisation::default().after(&organisation.facts().collect::<Vec<_>>())
}

#[test]
fn taking_an_action_out_of_an_entry_never_permits_more() {
    let mut narrowed = 0;
    for seed in 0..160 {
        let organisation = random_organisation(seed);
        let mut chance = Chance::new(seed);
        for _ in 0..4 {
            let Some(event) = taken_out(&organisation, &mut chance) else { continue };
            let Event::Permission(Change { key: (_, PermissionKey { operation, .. }), .. }) = &event else {
                continue;
            };
            let poorer = organisation.after([&event]);
            for question in random_questions_of(&organisation, *operation, chance.number(), 40) {
                let (before, after) = (decide(&organisation, &question), decide(&poorer, &question));
                assert!(before.is_ok() || after.is_err(), "seed {seed}: {event:?} permits {question:?}");
                let lost = |it: &Decision| it.as_ref().map_or_else(|it| it.missing.to_vec(), |_| Vec::new());
                let (before, after) = (lost(&before), lost(&after));
                assert!(before.iter().all(|at| after.contains(at)), "seed {seed}: {event:?}, {question:?}");
                narrowed += usize::from(before != after);
            }
        }
    }
    assert!(narrowed > 50, "{narrowed} questions lost an action");
}

/// An entry without one of its actions; where it had an inner node, the leaves below it but one.
fn taken_out(organisation: &Organisation, chance: &mut Chance) -> Option<Event> {
    let entries: Vec<_> = organisation
        .areas()
        .flat_map(|(area, _)| organisation.permissions(area).map(move |(key, entry)| (area, key, entry)))
        .collect();
    let (area, key, entry) = *chance.pick(&entries)?;
    let mut actions: Vec<ActionPattern> = entry.actions.to_vec();
    if actions.is_empty() {
        return None;
    }
    let node = actions.remove(chance.below(actions.len()));
    let mut below: Vec<_> = below(key.operation, &node);
    if !below.is_empty() {
        below.remove(chance.below(below.len()));
    }
    actions.extend(below);
    let after = Permission { actions: actions.into(), is_final: entry.is_final };
    Some(Event::Permission(Change {
        key: (area, key.clone()),
        before: Some(entry.clone()),
        after: Some(after),
    }))
}

/// The nodes below a node, as far as they can be named: not those below `<…>`.
fn below(operation: OperationId, node: &ActionPattern) -> Vec<ActionPattern> {
    let leaves = operation.leaves().map(|leaf| leaf.path().split("/<").next().unwrap_or_default());
    let inside = |path: &&str| node.path() == "*" || path.starts_with(&format!("{}/", node.path()));
    leaves.filter(inside).filter_map(|path| ActionPattern::parse(operation, path).ok()).collect()
}

#[test]
fn an_invisible_item_is_indistinguishable_from_none() {
    let nothing = Err(Refused { gate: Gate::NotVisible, area: None, missing: [].into_iter().collect() });
    let mut hidden = 0;
    for seed in 0..120 {
        let organisation = random_organisation(seed);
        for question in random_questions(&organisation, seed, 120) {
            let decision = decide(&organisation, &question);
            let refused_before = |it: &Refused| matches!(it.gate, Gate::Auth | Gate::RepositoryGroup);
            if decision.as_ref().is_err_and(|refused| refused.gate == Gate::NotVisible) {
                assert_eq!(decision, nothing, "seed {seed}: {question:?}");
                hidden += 1;
            } else if question.item == Item::Repository || decision.as_ref().is_err_and(refused_before) {
                continue;
            }
            let absent = Question { item: absent(question.item), ..question };
            assert_eq!(decide(&organisation, &absent), nothing, "seed {seed}: {absent:?}");
        }
    }
    assert!(hidden > 500, "{hidden} questions were about invisible items");
}

/// An item of the same kind that does not exist.
fn absent(item: Item) -> Item {
    match item {
        Item::Repository => Item::Repository,
        Item::Area(_) => Item::Area(AreaId::new(9_999)),
        Item::Component(_) => Item::Component(ComponentId::new(9_999)),
        Item::Configuration(_) => Item::Configuration(ConfigurationId::new(9_999)),
        Item::Category(_) => Item::Category(CategoryId::new(9_999)),
        Item::WorkItem(_) => Item::WorkItem(WorkItemId::new(9_999)),
        Item::Plan(_) => Item::Plan(PlanId::new(9_999)),
        Item::ScmItem(_) => Item::ScmItem(ScmItemId::new(9_999)),
        Item::TestArtefact(_) => Item::TestArtefact(TestArtefactId::new(9_999)),
        Item::Folder(_) => Item::Folder(FolderId::new(9_999)),
        Item::Artefact(_) => Item::Artefact(ArtefactId::new(9_999)),
    }
}

/// Even questions that the edge never makes get an answer: operations that do not apply, sides and parents of
/// other project areas or of none, users and items that are not there.
#[test]
fn every_question_has_an_answer() {
    for seed in 0..160 {
        let organisation = random_organisation(seed);
        let mut chance = Chance::new(seed);
        let asks: Vec<Ask> = random_questions(&organisation, seed, 60).into_iter().map(|it| it.ask).collect();
        let items: Vec<Item> = sample::items(&organisation).into_iter().flatten().collect();
        for question in random_questions(&organisation, seed + 1, 60) {
            let Some(ask) = chance.pick(&asks) else { continue };
            let mut ask = ask.clone();
            if let Ask::Perform(_, _, with) = &mut ask {
                *with = any_with(&mut chance);
            }
            let item = match chance.below(10) {
                0 => absent(question.item),
                1 => Item::Repository,
                _ => chance.pick(&items).copied().unwrap_or(question.item),
            };
            let user = Some(UserId::new(chance.below(14) as u32));
            let question = Question { user, ask, item, leases: question.leases };
            let decision = decide(&organisation, &question);
            let known = |at: &u16| usize::from(*at) < question.actions().len();
            assert!(
                decision.is_ok() || decision.is_err_and(|it| it.missing.iter().all(known)),
                "seed {seed}"
            );
        }
        assert!(decide(&Organisation::default(), &nobodys_question()).is_err());
    }
}

fn any_with(chance: &mut Chance) -> With {
    let mut side = || (!chance.percent(20)).then(|| ConfigurationId::new(chance.below(40) as u32));
    let (old, new) = (side(), side());
    match chance.below(3) {
        0 => With::Nothing,
        1 => With::NewParent(AreaId::new(chance.below(40) as u32)),
        _ => With::Replacement { old, new },
    }
}

fn nobodys_question() -> Question {
    Question { user: None, ask: Ask::Read, item: Item::Repository, leases: governance::LicenceSet::NONE }
}
