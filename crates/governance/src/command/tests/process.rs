//! Areas, members, roles, entries, timelines, process sharing (docs/process.md).

use std::sync::Arc;

use super::*;
use crate::process_area::{ProcessLink, Provider, RoleInheritance};
use crate::question::Basis;
use crate::reference::QuestionText;
use crate::timeline::{Iteration, Timeline};
use crate::view::View;

const VEHICLE: &str = "gc/Electric Vehicle";
const TEAM: &str = "gc/Electric Vehicle/Tuning Team";

fn change(world: &World, area: &str, key: ProcessAreaKey) -> Edit<ProcessArea> {
    Edit { id: world.area(area), set: vec![key] }
}

#[test]
pub(super) fn a_role_of_cardinality_one_has_one_member_in_an_area() {
    let mut world = electric_vehicle();
    let area = world.area(VEHICLE);
    let set = vec![RoleKey::Cardinality(Cardinality::One), RoleKey::Name("The lead".into())];
    let one = ChangeRole { area, role: "lead".into(), set };
    world.root(one);
    world.refuses("root", world.as_member(VEHICLE, "bob", &["lead"]), "at most one member");
    // Another area has its own.
    world.refuses("root", world.as_member(TEAM, "tia", &["lead"]), "at most one member of `Tuning Team`");
    world.root(RemoveMember { area, user: world.user("lena") });
    world.member(VEHICLE, "bob", &["lead"]);
    assert_eq!(world.now.member(area, world.user("lena")), None);
    let many = vec![RoleKey::Cardinality(Cardinality::Many)];
    world.root(ChangeRole {
        area,
        role: "contributor".into(),
        set: vec![RoleKey::Carried("x".into(), None), RoleKey::Name("C".into())],
    });
    world.root(ChangeRole { area, role: "lead".into(), set: many });
    world.member(VEHICLE, "lena", &["lead"]);
    let again = ChangeRole { area, role: "lead".into(), set: vec![RoleKey::Cardinality(Cardinality::One)] };
    world.refuses("root", again, "at most one member of `Electric Vehicle`");
}

#[test]
pub(super) fn a_role_is_removed_only_when_nothing_uses_it() {
    let mut world = electric_vehicle();
    let area = world.area(VEHICLE);
    let remove = RemoveRole { area, role: "contributor".into() };
    world.refuses("root", remove.clone(), "a member of `Tuning Team` has the role `contributor`");
    world.refuses("root", remove.clone(), "an entry of `Electric Vehicle` is for the role `contributor`");
    world.member(TEAM, "tia", &[]);
    let (key, _) = entry("contributor", "gc.save-stream", &[]);
    world.root(Together { commands: vec![RemovePermission { area, key }.into(), remove.into()] });
    assert_eq!(world.now.roles(area).len(), 2);
    let order = vec!["tagger".into(), "lead".into()];
    world.root(ReorderRoles { area, order });
    world.refuses("root", ReorderRoles { area, order: vec!["lead".into()] }, "every role");
    assert_eq!(&*world.now.roles(area)[0].id, "tagger");
}

#[test]
pub(super) fn a_role_id_is_in_use_once_on_the_way_down() {
    let mut world = electric_vehicle();
    let (area, team) = (world.area(VEHICLE), world.area(TEAM));
    world.refuses("root", AddRole { area: team, role: role("lead") }, "in use above it");
    world.root(AddRole { area: team, role: role("tuner") });
    world.refuses(
        "root",
        AddRole { area, role: role("tuner") },
        "role id `tuner` of team area `Tuning Team`",
    );
    world.refuses("root", AddRole { area, role: role("lead") }, "defined twice");
    world.refuses("root", AddRole { area, role: role("default") }, "`default` is Everyone");
    world.refuses("root", world.as_member(VEHICLE, "bob", &["tuner"]), "not defined there or above");
    world.refuses("root", world.as_member(TEAM, "bob", &["default"]), "`default` is Everyone");
    world.refuses("root", world.as_member(TEAM, "bob", &["lead", "lead"]), "twice");
}

#[test]
pub(super) fn tags_are_not_carried_into_team_areas() {
    let mut world = electric_vehicle();
    world.refuses("root", world.as_member(TEAM, "bob", &["tagger"]), "made of tag permissions only");
    world.refuses("root", world.entry(TEAM, "lead", "gc.manage-tags", &["*"]), "project area alone");
    world.refuses("root", world.entry(VEHICLE, "lead", "ccm.deliver", &["*"]), "no operation of gc");
    // With another entry it can be assigned, and then must keep it.
    world.permission(VEHICLE, "tagger", "gc.save-stream", &["create"]);
    world.member(TEAM, "bob", &["tagger"]);
    let (key, _) = entry("tagger", "gc.save-stream", &[]);
    let remove = RemovePermission { area: world.area(VEHICLE), key };
    world.refuses("root", remove, "made of tag permissions only");
}

#[test]
pub(super) fn administrators_save_the_process_and_others_do_not() {
    let mut world = electric_vehicle();
    let name = || ProcessAreaKey::Name("E-Vehicle".into());
    world.refuses("bob", change(&world, VEHICLE, name()), "PERMISSION");
    assert_eq!(world.by("ada", change(&world, VEHICLE, name())).basis, Basis::Override);
    let (area, bob) = (world.area("gc/E-Vehicle"), world.user("bob"));
    world.refuses("bob", AddReader { area, user: bob }, "PERMISSION");
    world.by("ada", AddAdministrator { area, user: bob });
    world.by("bob", AddReader { area, user: bob });
    world.by("bob", change(&world, "gc/E-Vehicle", ProcessAreaKey::Access(ReadAccess::List)));
    // Whoever cannot see it any more is told what a stranger is told.
    let refusal = Command::from(change(&world, "gc/E-Vehicle", name()))
        .act(&world.now, world.user("ada"), LicenceSet::NONE)
        .unwrap_err();
    assert!(refusal.is_not_found());
    world.by("bob", RemoveReader { area, user: bob });
    world.root(RemoveAdministrator { area, user: bob });
    let team = "gc/E-Vehicle/Tuning Team";
    world.refuses(
        "root",
        change(&world, team, ProcessAreaKey::Access(ReadAccess::List)),
        "only a project area",
    );
    world.root(change(&world, team, ProcessAreaKey::RoleInheritance(RoleInheritance::Inherit)));
    world.root(change(&world, team, ProcessAreaKey::Carried("description".into(), Some("Tunes".into()))));
}

#[test]
pub(super) fn team_areas_nest_without_cycles() {
    let mut world = electric_vehicle();
    world.team(TEAM, "Inner");
    world.team(VEHICLE, "Other");
    let inner = world.area("gc/Electric Vehicle/Tuning Team/Inner");
    let into_itself = MoveTeamArea { area: world.area(TEAM), to: inner };
    world.refuses("root", into_itself, "`Tuning Team` → `Inner` → `Tuning Team`");
    world.refuses("bob", MoveTeamArea { area: inner, to: world.area(VEHICLE) }, "PERMISSION");
    world.root(MoveTeamArea { area: inner, to: world.area("gc/Electric Vehicle/Other") });
    assert_eq!(world.area("gc/Electric Vehicle/Other/Inner"), inner);
    world.refuses("root", world.new_team(VEHICLE, "Other"), "`Other` is taken by another team area");
    world.refuses("root", world.new_team(VEHICLE, "inherit"), "which is a value");
    world.root(project_area(Application::Gc, "Tram", &[]));
    let elsewhere = MoveTeamArea { area: inner, to: world.area("gc/Tram") };
    world.refuses("root", elsewhere, "another project area");
    world.root(AddRole { area: world.area("gc/Electric Vehicle/Other"), role: role("tuner") });
    world.member("gc/Electric Vehicle/Other/Inner", "bob", &["tuner"]);
    let away = MoveTeamArea { area: inner, to: world.area(TEAM) };
    world.refuses("root", away, "has the role `tuner`, which is not defined");
}

fn iteration(id: &str, of: Option<&str>) -> Iteration {
    Iteration {
        id: id.into(),
        iteration_type: of.map(Name::from),
        iterations: Default::default(),
        carried: Carried::NOTHING,
    }
}

#[test]
pub(super) fn a_timeline_that_something_names_stays() {
    let mut world = electric_vehicle();
    let area = world.area(VEHICLE);
    let timeline = Timeline {
        name: "Main".into(),
        project: false,
        current: None,
        iterations: [iteration("1", Some("sprint"))].into(),
        carried: Carried::NOTHING,
    };
    let main = CreateTimeline { area, timeline: timeline.clone() };
    world.refuses("root", main.clone(), "iteration type `sprint` of timeline `Main` is not declared");
    world.root(change(&world, VEHICLE, ProcessAreaKey::IterationTypes(["sprint".into()].into())));
    world.root(main);
    assert!(world.now.timelines(area)[0].project, "the first is the project timeline");
    world.root(CreateTimeline { area, timeline: Timeline { name: "Own".into(), ..timeline } });
    let set = |key: TimelineKey| ChangeTimeline { area, timeline: "Own".into(), set: vec![key] };
    world.root(set(TimelineKey::Current(Some("1".into()))));
    world.refuses("root", set(TimelineKey::Current(Some("2".into()))), "current iteration `2`");
    let twice = [iteration("1", None), iteration("1", None)];
    world.refuses("root", set(TimelineKey::Iterations(twice.into())), "two iterations `1`");
    world.root(set(TimelineKey::Project));
    let main = RemoveTimeline { area, timeline: "Main".into() };
    world.root(change(&world, TEAM, ProcessAreaKey::Timeline(Some("Main".into()))));
    world.refuses("root", main.clone(), "`Tuning Team` follows the timeline `Main`");
    world.root(change(&world, TEAM, ProcessAreaKey::Timeline(None)));
    let (key, permission) = entry("lead", "gc.save-stream", &[]);
    let slot = Slot::Iteration { timeline: "Main".into(), iteration: "1".into() };
    let key = PermissionKey { slot, ..key };
    world.root(SetPermission { area, key: key.clone(), permission });
    world.refuses("root", main.clone(), "the iteration `1` of timeline `Main`");
    world.root(RemovePermission { area, key });
    world.root(main);
    world.refuses("bob", set(TimelineKey::Name("X".into())), "PERMISSION");
    world.refuses("root", set(TimelineKey::Name("".into())), "a timeline needs a name");
    world.refuses("root", change(&world, TEAM, ProcessAreaKey::Timeline(Some("X".into()))), "does not exist");
}

#[test]
pub(super) fn what_ends_does_so_after_it_has_begun() {
    let mut world = electric_vehicle();
    let area = world.area(VEHICLE);
    let days = |start: &str, end: &str| {
        Carried::NOTHING.with("start", Some(start.into())).with("end", Some(end.into()))
    };
    let timeline = |carried: Carried, inner: Carried| Timeline {
        name: "Main".into(),
        project: true,
        current: None,
        iterations: [Iteration {
            iterations: [Iteration { carried: inner, ..iteration("Sprint 1", None) }].into(),
            ..iteration("1.0", None)
        }]
        .into(),
        carried,
    };
    let (good, bad) = (|| days("2026-03-01", "2026-03-01"), || days("2026-03-02", "2026-03-01"));
    let create = |carried, inner| CreateTimeline { area, timeline: timeline(carried, inner) };
    let said = "timeline `Main` ends on 2026-03-01, before it begins on 2026-03-02";
    world.refuses("root", create(bad(), good()), said);
    world.refuses("root", create(good(), bad()), "iteration `1.0/Sprint 1` of timeline `Main` ends on");
    // What is no day has no order.
    world.root(create(days("spring", "autumn"), good()));
    let set = |key: &str, day: &str| {
        let set = vec![TimelineKey::Carried(key.into(), Some(day.into()))];
        ChangeTimeline { area, timeline: "Main".into(), set }
    };
    world.root(set("end", "2026-03-01"));
    world.refuses("root", set("start", "2026-03-02"), said);

    // What was kept before there was this rule stays, until somebody changes it.
    let before = world.now.facts.timelines.get(&area).cloned();
    let kept = Some([timeline(bad(), bad())].into());
    world.now = world.now.after(&[Event::Timelines(Change { key: area, before, after: kept })]);
    world.root(set("description", "of all"));
    world.refuses("root", set("start", "2026-03-03"), "before it begins on 2026-03-03");
    world.root(set("start", "2026-02-28"));
}

#[test]
pub(super) fn a_shared_process_stays_shared_while_it_is_used() {
    let mut world = electric_vehicle();
    world.root(project_area(Application::Gc, "Tram", &[]));
    world.root(project_area(Application::Ccm, "Development", &[]));
    let link = |world: &World, provider: &str| {
        let provider = Provider::Here(world.area(provider));
        ProcessAreaKey::UsesProcess(Some(ProcessLink { provider, iteration_types: true }))
    };
    let uses = change(&world, "gc/Tram", link(&world, VEHICLE));
    world.refuses("root", uses.clone(), "does not share its process");
    world.root(change(&world, VEHICLE, ProcessAreaKey::SharesProcess(true)));
    world.refuses("root", change(&world, "ccm/Development", link(&world, VEHICLE)), "same application");
    world.refuses("root", change(&world, "gc/Tram", link(&world, "gc/Tram")), "its own process");
    world.root(uses);
    world.refuses("root", change(&world, "gc/Tram", ProcessAreaKey::SharesProcess(true)), "cannot both use");
    let stop = change(&world, VEHICLE, ProcessAreaKey::SharesProcess(false));
    world.refuses("root", stop.clone(), "unlink them before it stops sharing it");
    world.refuses("root", Archive::of(Subject::Area(world.area(VEHICLE))), "before it is archived");
    // The provider's roles count in the consumer, so that they cannot be unlinked while somebody has one.
    world.member("gc/Tram", "bob", &["lead"]);
    world.team("gc/Tram", "Brake Team");
    world.refuses(
        "root",
        AddRole { area: world.area("gc/Tram/Brake Team"), role: role("lead") },
        "in use above",
    );
    world.refuses(
        "root",
        change(&world, "gc/Tram", ProcessAreaKey::UsesProcess(None)),
        "such as `lead`: copy",
    );
    world.root(CopyProcessAndUnlink { area: world.area("gc/Tram") });
    assert_eq!(
        world.now.permissions(world.area("gc/Tram")).count(),
        world.now.permissions(world.area(VEHICLE)).count()
    );
    world.refuses("root", CopyProcessAndUnlink { area: world.area("gc/Tram") }, "nothing to unlink");
    world.root(stop);
    world.root(Archive::of(Subject::Area(world.area(VEHICLE))));
    world.refuses("root", change(&world, VEHICLE, ProcessAreaKey::SharesProcess(true)), "STATE");
}

#[test]
pub(super) fn whoever_uses_a_process_keeps_what_is_their_own_or_drops_it() {
    let mut world = electric_vehicle();
    world.root(change(&world, VEHICLE, ProcessAreaKey::SharesProcess(true)));
    let provider = Provider::Here(world.area(VEHICLE));
    let link = ProcessLink { provider, iteration_types: false };
    for (name, own) in [("gc/Tram", OwnProcess::Keep), ("gc/Bus", OwnProcess::Drop)] {
        world.root(project_area(Application::Gc, name.trim_start_matches("gc/"), &["lead", "driver"]));
        world.root(world.entry(name, "lead", "gc.save-stream", &[]));
        let area = world.area(name);
        let uses = UseProcess { area, link: link.clone(), told: None, own };
        world.refuses("bob", uses.clone(), "PERMISSION");
        world.root(uses);
        let keeps = own == OwnProcess::Keep;
        assert_eq!(world.now.permissions(area).count(), usize::from(keeps));
        // A role that the provider does not define stays: somebody may have it.
        let roles: Vec<_> = world.now.roles(area).iter().map(|it| &*it.id).collect();
        assert_eq!(roles.contains(&"lead"), keeps);
        assert!(roles.contains(&"driver"));
    }
}

#[test]
pub(super) fn commands_together_are_judged_one_after_the_other_and_leave_nothing_behind_when_one_is_refused()
{
    let mut world = electric_vehicle();
    let own = Edit { id: world.user("bob"), set: vec![UserKey::Name("Bob Ruiz".into())] };
    let grant = world.as_member(VEHICLE, "bob", &["lead"]);
    let both = Together { commands: vec![own.into(), grant.into()] };
    world.refuses("bob", both.clone(), "PERMISSION");
    assert_eq!(world.by("ada", Together { commands: both.commands[1..].to_vec() }).basis, Basis::Override);
    world.refuses("bob", Together { commands: Vec::new() }, "nothing would change");
    // There and back changes nothing.
    let name = |name: &str| Edit::<User> { id: world.user("bob"), set: vec![UserKey::Name(name.into())] };
    let back = Together { commands: vec![name("B").into(), name("bob").into()] };
    world.refuses("bob", back, "nothing would change");
}

#[test]
pub(super) fn a_save_is_judged_by_what_its_author_may_before_it() {
    let mut world = electric_vehicle();
    let (area, ada, bob) = (world.area(VEHICLE), world.user("ada"), world.user("bob"));
    let leave = RemoveAdministrator { area, user: ada };
    let rename = change(&world, VEHICLE, ProcessAreaKey::Name("E-Vehicle".into()));
    let roles = SetRoles { area, roles: ["tagger", "contributor", "lead", "x"].map(role).into() };
    let timelines = SetTimelines { area, timelines: vec![timeline("Main"), timeline("Own")] };
    let changes = vec![leave.into(), rename.into(), roles.into(), timelines.into()];
    world.refuses("ada", Together { commands: changes.clone() }, "PERMISSION");
    // Nobody gains by one change what another needs.
    let seize = AddAdministrator { area, user: bob };
    let mut seized = changes.clone();
    seized.insert(0, seize.into());
    world.refuses("bob", Save { changes: seized }, "PERMISSION");
    let saved = world.by("ada", Save { changes });
    assert_eq!((saved.basis, saved.asked.len()), (Basis::Override, 1));
    assert_eq!(saved.asked[0].actions().len(), 4, "all that is missing is told at once");
    assert_eq!(
        world.now.roles(area).iter().map(|it| &*it.id).collect::<Vec<_>>(),
        ["tagger", "contributor", "lead", "x"]
    );
    let project: Vec<_> = world.now.timelines(area).iter().map(|it| (&*it.name, it.project)).collect();
    assert_eq!(project, [("Main", true), ("Own", false)]);
    world.refuses("root", SetRoles { area, roles: vec![role("lead")] }, "the role `contributor`");
    let two = ["A", "B"].map(|name| Timeline { project: true, ..timeline(name) });
    world.refuses("root", SetTimelines { area, timelines: two.into() }, "not 2");
}

#[test]
pub(super) fn a_project_area_begins_with_all_that_its_maker_says() {
    let mut world = electric_vehicle();
    let mut pam = user("pam");
    pam.groups = GroupSet::of(&[RepositoryGroup::JazzProjectAdmins]);
    world.root(Create { new: pam });
    let vehicle = world.area(VEHICLE);
    world.root(change(&world, VEHICLE, ProcessAreaKey::Access(ReadAccess::NoOne)));
    let mut new = project_area(Application::Gc, "Tram", &["driver"]);
    new.access = ReadAccess::List;
    new.access_list = vec![world.user("tia")];
    new.members = vec![(world.user("bob"), ["driver".into()].into())];
    new.timelines = vec![timeline("Main")];
    // What shares nothing and cannot be seen is not there.
    new.uses_process = Some(ProcessLink { provider: Provider::Here(vehicle), iteration_types: false });
    let hidden = Command::from(new.clone()).act(&world.now, world.user("pam"), LicenceSet::NONE);
    assert!(hidden.unwrap_err().is_not_found());
    world.root(change(&world, VEHICLE, ProcessAreaKey::SharesProcess(true)));
    // The maker need not be able to read it.
    world.by("pam", new);
    let tram = world.area("gc/Tram");
    assert!(world.now.timelines(tram)[0].project);
    assert_eq!(world.now.members(tram).count(), 1);
    assert_eq!(world.now.access_list(tram).collect::<Vec<_>>(), [world.user("tia")]);
    assert_eq!(world.now.consumers(vehicle).collect::<Vec<_>>(), [tram]);
}

fn timeline(name: &str) -> Timeline {
    Timeline {
        name: name.into(),
        project: false,
        current: None,
        iterations: Default::default(),
        carried: Carried::NOTHING,
    }
}

#[test]
fn changes_that_would_help_are_told_apart_though_teams_and_roles_are_called_the_same() {
    let mut world = electric_vehicle();
    world.team(VEHICLE, "Other");
    world.team("gc/Electric Vehicle/Other", "Tuning Team");
    world.member("gc/Electric Vehicle/Other/Tuning Team", "bob", &["lead"]);
    let set = vec![RoleKey::Name("lead".into())];
    world.root(ChangeRole { area: world.area(VEHICLE), role: "contributor".into(), set });
    let view = View::of(Arc::new(world.now.clone()), world.user("bob")).unwrap();
    let question = QuestionText {
        user: "bob".to_owned(),
        operation: "gc.save-stream".to_owned(),
        actions: vec!["modify-attributes".to_owned()],
        item: "gc:Electric Vehicle#Motor/stream:Motor Initial Stream".to_owned(),
        ..QuestionText::default()
    };
    let remedies = view.explain(&question).unwrap().remedies;
    let names: BTreeSet<_> = remedies.iter().map(|it| &*it.command).collect();
    assert_eq!(names.len(), remedies.len(), "{names:?}");
    for name in [
        "Assign gc/Electric Vehicle/Tuning Team to the component Motor",
        "Assign gc/Electric Vehicle/Other/Tuning Team to the component Motor",
        "Give bob the role lead (lead) in Electric Vehicle",
        "Give bob the role lead (contributor) in Electric Vehicle",
    ] {
        assert!(names.contains(name), "{names:?}");
        assert!(view.wish(&question, name).is_ok());
    }
}
