//! The process of another server (docs/cross-server.md#copies-of-a-provider).

use super::*;
use crate::carried::Carried;
use crate::process_area::Frozen;
use crate::process_copy::*;
use crate::process_template::ProcessTemplate;
use crate::reference::QuestionText;
use crate::view::View;
use std::sync::Arc;

const TRAM: &str = "gc/Tram";
const CREW: &str = "gc/Tram/Crew";
const THERE: &str = "https://provider.example.org";

fn elsewhere() -> Elsewhere {
    Elsewhere { server: THERE.into(), application: Application::Gc, project_area: "Standard".into() }
}

/// What a provider with the process of this project area tells.
fn told(provider: &World, revision: u64, history: &str) -> ToldProcess {
    let area = provider.area("gc/Electric Vehicle");
    let process = ProcessTemplate::of_project_area(&provider.now, area, "Standard".into()).unwrap();
    let (version, project_area) = (revision.to_string().into(), Some(area.number()));
    ToldProcess { version, revision, history: history.into(), project_area, process }
}

fn taken(world: &mut World, telling: ProcessTelling) -> TakenProcess {
    let taken = take_process(&world.now, &elsewhere(), &telling).unwrap();
    assert!(world.now.agrees_with(&taken.events));
    world.now = world.now.after(&taken.events);
    taken
}

fn tells(told: ToldProcess) -> ProcessTelling {
    ProcessTelling::Process(Box::new(told))
}

/// A project area Tram that uses the process of another server, where Bob is in the team Crew.
fn tram() -> World {
    let mut world = World::new();
    world.person("bob");
    world.root(project_area(Application::Gc, "Tram", &[]));
    world.team(TRAM, "Crew");
    let link = world.now.link_elsewhere(&elsewhere(), false);
    world.root(Edit { id: world.area(TRAM), set: vec![ProcessAreaKey::UsesProcess(Some(link))] });
    world
}

fn may_create(world: &World, area: &str) -> bool {
    let question = QuestionText {
        user: "bob".to_owned(),
        operation: "gc.save-component".to_owned(),
        actions: vec!["create".to_owned()],
        item: area.to_owned(),
        ..QuestionText::default()
    };
    let question = world.now.question(&question, LicenceSet::NONE).unwrap();
    crate::decision::decide(&world.now, &question).is_ok()
}

#[test]
fn a_process_of_another_server_counts_once_it_was_fetched_and_in_every_slot_that_it_has() {
    let (provider, mut world) = (electric_vehicle(), tram());
    assert!(world.now.copy_of(&elsewhere()).is_none());
    // Which roles there are is not known yet: an import may name them, and what does not fit is told then.
    world.member(TRAM, "bob", &["captain"]);
    let refused = take_process(&world.now, &elsewhere(), &tells(told(&provider, 7, "a"))).unwrap_err();
    assert!(refused.to_string().contains("the role `captain`"), "{refused}");
    world.member(TRAM, "bob", &["lead"]);
    assert!(!may_create(&world, "gc:Tram"));
    let first = taken(&mut world, tells(told(&provider, 7, "a")));
    assert!(!first.restored && first.kept_roles.is_empty());
    assert!(may_create(&world, "gc:Tram"));
    world.refuses("root", world.as_member(TRAM, "bob", &["captain"]), "the role `captain`");
    let (copy, _) = world.now.copy_of(&elsewhere()).unwrap();
    assert_eq!(world.now.area_text(copy), format!("gc/Standard of {THERE}"));
    // It is no place: nobody sees it, and nothing is listed with it.
    assert!(world.now.areas().all(|(id, _)| id != copy));
    let view = View::of(Arc::new(world.now.clone()), world.user("root")).unwrap();
    assert!(view.see(copy).is_none());
    // The same again changes nothing; nor does a later revision of the same version.
    assert_eq!(taken(&mut world, tells(told(&provider, 7, "a"))).events, []);
    let later = ToldProcess { revision: 9, ..told(&provider, 7, "a") };
    assert_eq!(taken(&mut world, tells(later)).events, []);
    // The facts are all that there is.
    let again = Organisation::default().after(&world.now.facts().collect::<Vec<_>>());
    assert_eq!(again.fact_counts(), world.now.fact_counts());
}

#[test]
fn a_project_area_that_takes_the_name_of_another_decides_nothing_until_it_is_linked_anew() {
    let (provider, mut world) = (electric_vehicle(), tram());
    taken(&mut world, tells(told(&provider, 1, "a")));
    let other = || ToldProcess { project_area: Some(99), ..told(&provider, 2, "a") };
    let copy = |world: &World| world.now.copy_of(&elsewhere()).map(|(_, copy)| copy.clone()).unwrap();
    taken(&mut world, tells(other()));
    assert_eq!((copy(&world).revision, copy(&world).frozen), (1, Some(Frozen::Replaced)));
    // The one that is meant has its name back.
    taken(&mut world, tells(told(&provider, 3, "a")));
    assert_eq!((copy(&world).revision, copy(&world).frozen), (3, None));
    // A provider that was set up anew has numbers of its own.
    taken(&mut world, tells(ToldProcess { history: "b".into(), ..other() }));
    assert_eq!((copy(&world).revision, copy(&world).frozen), (2, None));
    // Whoever links anew says that they mean the other, for all who follow the copy.
    taken(&mut world, tells(ToldProcess { project_area: Some(98), ..told(&provider, 5, "b") }));
    assert_eq!(copy(&world).frozen, Some(Frozen::Replaced));
    let other = ToldProcess { project_area: Some(98), ..told(&provider, 6, "b") };
    let view = View::of(Arc::new(world.now.clone()), world.user("root")).unwrap();
    let link = view.linked_now(world.now.link_elsewhere(&elsewhere(), false));
    let anew =
        UseProcess { area: world.area(TRAM), link, told: Some(Box::new(other)), own: OwnProcess::Keep };
    world.root(project_area(Application::Gc, "Bus", &[]));
    let followed = world.now.link_elsewhere(&elsewhere(), false);
    world.root(Edit { id: world.area("gc/Bus"), set: vec![ProcessAreaKey::UsesProcess(Some(followed))] });
    world.root(AddAdministrator { area: world.area(TRAM), user: world.user("bob") });
    world.refuses("bob", anew.clone(), "PERMISSION");
    world.root(anew);
    assert_eq!((copy(&world).revision, copy(&world).frozen), (6, None));
    assert_eq!(world.now.consumers(world.now.copy_of(&elsewhere()).unwrap().0).count(), 2);
    world.root(Edit { id: world.area("gc/Bus"), set: vec![ProcessAreaKey::UsesProcess(None)] });
    // Linked anew, it is the one that has the name.
    let area = world.area(TRAM);
    world.root(Edit { id: area, set: vec![ProcessAreaKey::UsesProcess(None)] });
    let link = world.now.link_elsewhere(&elsewhere(), false);
    world.root(Edit { id: area, set: vec![ProcessAreaKey::UsesProcess(Some(link))] });
    taken(&mut world, tells(told(&provider, 7, "b")));
    assert_eq!((copy(&world).revision, copy(&world).frozen), (7, None));
}

#[test]
fn a_role_that_the_provider_removes_stays_while_somebody_has_it_and_grants_nothing() {
    let (mut provider, mut world) = (electric_vehicle(), tram());
    taken(&mut world, tells(told(&provider, 1, "a")));
    world.member(CREW, "bob", &["contributor"]);
    provider.member("gc/Electric Vehicle/Tuning Team", "tia", &[]);
    let area = provider.area("gc/Electric Vehicle");
    let (key, _) = entry("contributor", "gc.save-stream", &[]);
    let remove = RemoveRole { area, role: "contributor".into() };
    provider.root(Together { commands: vec![RemovePermission { area, key }.into(), remove.into()] });
    let second = taken(&mut world, tells(told(&provider, 2, "a")));
    assert_eq!(second.kept_roles, [Name::from("contributor")]);
    let (copy, _) = world.now.copy_of(&elsewhere()).unwrap();
    assert!(world.now.role(world.area(CREW), "contributor").is_some());
    assert!(world.now.permissions(copy).all(|(key, _)| &*key.role != "contributor"));
    // Once nobody has it, it goes with the next version.
    world.root(RemoveMember { area: world.area(CREW), user: world.user("bob") });
    let third = taken(&mut world, tells(ToldProcess { version: "3".into(), ..told(&provider, 3, "a") }));
    assert!(third.kept_roles.is_empty());
    assert!(world.now.role(world.area(CREW), "contributor").is_none());
}

#[test]
fn a_process_that_breaks_a_rule_is_not_taken_over_and_the_rule_is_told() {
    let (mut provider, mut world) = (electric_vehicle(), tram());
    taken(&mut world, tells(told(&provider, 1, "a")));
    world.root(AddRole { area: world.area(CREW), role: role("driver") });
    provider.root(AddRole { area: provider.area("gc/Electric Vehicle"), role: role("driver") });
    let before = world.now.clone();
    let refused = take_process(&world.now, &elsewhere(), &tells(told(&provider, 2, "a"))).unwrap_err();
    assert!(refused.to_string().contains("`driver`"), "{refused}");
    assert_eq!(world.now, before);
}

#[test]
fn a_process_that_repeats_itself_or_has_no_end_is_not_taken_over() {
    let (provider, mut world) = (electric_vehicle(), tram());
    let process = told(&provider, 2, "a").process;
    let tells_of = |process: ProcessTemplate| tells(ToldProcess { process, ..told(&provider, 2, "a") });
    let numbered = |count: usize| (0..count).map(|number| Name::from(format!("t{number}")));
    let large = |count: usize| Carried::NOTHING.with("denial_texts", Some("x".repeat(count).into()));
    let refused = |process: ProcessTemplate, said: &str| {
        let refused = take_process(&world.now, &elsewhere(), &tells_of(process)).unwrap_err().to_string();
        assert!(
            refused.starts_with("the process does not fit here: ") && refused.contains(said),
            "{refused}"
        );
    };
    let twice = ["a".into(), "b".into(), "a".into()].into();
    refused(
        ProcessTemplate { iteration_types: twice, ..process.clone() },
        "`Standard` has the iteration type `a` twice",
    );
    refused(
        ProcessTemplate { iteration_types: numbered(10_001).collect(), ..process.clone() },
        "has 10001 iteration types, and 10000 are taken over at most",
    );
    let roles = numbered(10_001).map(|id| Role { id: id.clone(), name: id, ..role("lead") });
    let roles: std::sync::Arc<[Role]> = process.roles.iter().cloned().chain(roles).collect();
    refused(ProcessTemplate { roles, ..process.clone() }, "roles, and 10000 are taken over at most");
    refused(
        ProcessTemplate { carried: large(256 << 10), ..process.clone() },
        "bytes of texts and types, and 262144 are taken over at most",
    );
    let fits = ProcessTemplate {
        carried: large(200_000),
        iteration_types: numbered(10_000).collect(),
        ..process.clone()
    };
    let fits = tells_of(fits);
    taken(&mut world, fits);
    // One that was taken over before there was a limit is frozen all the same.
    let (copy, _) = world.now.copy_of(&elsewhere()).unwrap();
    let before = world.now.area(copy).unwrap().clone();
    let larger = ProcessArea { carried: large(300_000), ..before.clone() };
    world.now = world.now.after(&[ProcessArea::event(copy, Some(before), Some(larger))]);
    assert_eq!(taken(&mut world, ProcessTelling::Withheld(Frozen::NotShared)).events.len(), 1);
}

#[test]
fn what_is_no_part_of_a_process_changes_nothing_that_is_told_of_it() {
    let world = electric_vehicle();
    let id = world.area("gc/Electric Vehicle");
    let changed = |event: &Event| ProcessTemplate::changed_by(event) == Some(id);
    let entry = |slot: Slot| {
        let (key, permission) = entry("lead", "gc.save-stream", &[]);
        let key = (id, PermissionKey { slot, ..key });
        Event::Permission(Change { key, before: None, after: Some(permission) })
    };
    assert!(changed(&entry(Slot::Always)) && changed(&entry(Slot::IterationType("sprint".into()))));
    assert!(!changed(&entry(Slot::Timeline("Main".into()))), "a process that is told has no timelines");
    let before = world.now.area(id).unwrap().clone();
    let becomes = |change: fn(&mut ProcessArea)| {
        let mut after = before.clone();
        change(&mut after);
        changed(&ProcessArea::event(id, Some(before.clone()), Some(after)))
    };
    assert!(becomes(|it| it.name = "Other".into()));
    assert!(becomes(|it| it.carried = it.carried.with("denial_texts", Some("ask Ines".into()))));
    assert!(!becomes(|it| it.carried = it.carried.with("summary", Some("of all".into()))));
    assert!(!becomes(|it| it.archived = true));
    assert!(changed(&ProcessArea::event(id, None, Some(before.clone()))));
}

#[test]
fn a_copy_is_frozen_with_its_reason_and_followed_again() {
    let (provider, mut world) = (electric_vehicle(), tram());
    // There is nothing to freeze yet.
    assert_eq!(taken(&mut world, ProcessTelling::Withheld(Frozen::NotShared)).events, []);
    taken(&mut world, tells(told(&provider, 1, "a")));
    world.member(TRAM, "bob", &["lead"]);
    for frozen in [Frozen::NotShared, Frozen::NotLetIn] {
        assert_eq!(taken(&mut world, ProcessTelling::Withheld(frozen)).events.len(), 1);
        assert_eq!(taken(&mut world, ProcessTelling::Withheld(frozen)).events, []);
        assert_eq!(world.now.copy_of(&elsewhere()).unwrap().1.frozen, Some(frozen));
        assert!(may_create(&world, "gc:Tram"));
    }
    taken(&mut world, tells(told(&provider, 1, "a")));
    assert_eq!(world.now.copy_of(&elsewhere()).unwrap().1.frozen, None);
}

#[test]
fn revisions_that_began_anew_are_noticed() {
    let (provider, mut world) = (electric_vehicle(), tram());
    assert!(!taken(&mut world, tells(told(&provider, 5, "a"))).restored);
    assert!(!taken(&mut world, tells(told(&provider, 6, "a"))).restored);
    assert!(taken(&mut world, tells(told(&provider, 4, "a"))).restored);
    assert!(taken(&mut world, tells(told(&provider, 4, "b"))).restored);
}

#[test]
fn what_a_process_would_do_is_told_before_and_changes_nothing() {
    let (mut provider, mut world) = (electric_vehicle(), tram());
    taken(&mut world, tells(told(&provider, 1, "a")));
    world.member(TRAM, "bob", &["lead"]);
    let area = provider.area("gc/Electric Vehicle");
    let (key, _) = entry("lead", "gc.save-component", &[]);
    provider.root(RemovePermission { area, key });
    let process = told(&provider, 2, "a").process;
    let before = world.now.clone();
    let impact = impact_of_process(&world.now, &elsewhere(), process.clone(), || true).unwrap().unwrap();
    let counted = impact.counted().map(|it| (it.gain, it.lose));
    assert!(matches!(impact, crate::decision::Impact::Known(_)) && counted == Some((0, 1)), "{impact:?}");
    assert_eq!(world.now, before);
    let other = Elsewhere { project_area: "Other".into(), ..elsewhere() };
    assert_eq!(impact_of_process(&world.now, &other, process, || true), Ok(None));
}

#[test]
fn copied_and_unlinked_the_process_is_the_own_one_and_the_old_copy_decides_nothing() {
    let (provider, mut world) = (electric_vehicle(), tram());
    taken(&mut world, tells(told(&provider, 1, "a")));
    world.member(TRAM, "bob", &["lead"]);
    world.refuses(
        "root",
        Edit { id: world.area(TRAM), set: vec![ProcessAreaKey::UsesProcess(None)] },
        "the role `lead`",
    );
    world.root(CopyProcessAndUnlink { area: world.area(TRAM) });
    assert!(may_create(&world, "gc:Tram"));
    assert!(world.now.used_elsewhere().is_empty());
    // Linked again, it is pending until it is fetched again.
    let link = world.now.link_elsewhere(&elsewhere(), false);
    assert_eq!(link.lender(), None);
}
