//! The Electric Vehicle (docs/global-configurations.md).

use super::*;
use crate::configuration::{ConfigurationKind, TeamAreaSetting};
use crate::question::Ask;
use crate::question::Basis;

const TEAM: &str = "gc/Electric Vehicle/Tuning Team";

fn component(world: &World, name: &str) -> crate::ComponentId {
    world.now.component_named(world.area("gc/Electric Vehicle"), name).unwrap()
}

pub(super) fn give(world: &World, configuration: &str) -> Edit<Configuration> {
    let setting = TeamAreaSetting::Assigned(world.area(TEAM));
    Edit { id: world.configuration(configuration), set: vec![ConfigurationKey::TeamArea(setting)] }
}

#[test]
pub(super) fn a_component_begins_unassigned_with_an_initial_stream_and_baseline_that_inherit() {
    let world = electric_vehicle();
    let motor = component(&world, "Motor");
    assert_eq!(world.now.component(motor).unwrap().team_area, None);
    for text in ["Motor/stream:Motor Initial Stream", "Motor/baseline:Motor Initial Baseline"] {
        let kind = world.now.configuration(world.configuration(text)).unwrap().kind;
        assert_eq!(kind.team_area(), Some(TeamAreaSetting::Inherit));
    }
}

#[test]
pub(super) fn a_new_configuration_copies_the_setting_of_its_source() {
    let mut world = electric_vehicle();
    world.by("lena", world.make(NewConfiguration::Stream, "Motor/baseline:Motor Initial Baseline", "Beta"));
    let kind = |world: &World, text: &str| world.now.configuration(world.configuration(text)).unwrap().kind;
    assert_eq!(kind(&world, "Motor/stream:Beta"), ConfigurationKind::Stream(TeamAreaSetting::Inherit));
    world.by("lena", give(&world, "Motor/stream:Beta"));
    world.by("bob", world.make(NewConfiguration::Stream, "Motor/stream:Beta", "Gamma"));
    let team = TeamAreaSetting::Assigned(world.area(TEAM));
    assert_eq!(kind(&world, "Motor/stream:Gamma"), ConfigurationKind::Stream(team));
}

#[test]
pub(super) fn who_is_given_a_stream_may_baseline_it_and_the_former_lead_may_not() {
    let mut world = electric_vehicle();
    let baseline = |world: &World| {
        world.make(NewConfiguration::Baseline, "Motor/stream:Motor Initial Stream", "Motor 0.1")
    };
    world.refuses("bob", baseline(&world), "PERMISSION");
    world.refuses("bob", give(&world, "Motor/stream:Motor Initial Stream"), "PERMISSION");
    world.by("lena", give(&world, "Motor/stream:Motor Initial Stream"));
    world.refuses("tia", baseline(&world), "PERMISSION");
    world.refuses("lena", baseline(&world), "PERMISSION");
    assert_eq!(world.by("bob", baseline(&world)).basis, Basis::Role);
    world.refuses("bob", baseline(&world), "`Motor 0.1` is taken by another baseline");
    let from_baseline = world.make(NewConfiguration::Baseline, "Motor/baseline:Motor 0.1", "Motor 0.2");
    world.refuses("bob", from_baseline, "does not apply");
    // The project area's administrator can take it back, and only that.
    let back = vec![ConfigurationKey::TeamArea(TeamAreaSetting::Unassigned)];
    let id = world.configuration("Motor/stream:Motor Initial Stream");
    let rename = Edit { id, set: vec![ConfigurationKey::Name("Mine".into())] };
    world.by("ada", Edit { id, set: back });
    world.refuses("bob", rename, "PERMISSION");
}

#[test]
pub(super) fn a_personal_stream_belongs_to_its_maker_and_has_no_team_area() {
    let mut world = electric_vehicle();
    world.by("tia", world.make(NewConfiguration::Personal, "Motor/stream:Motor Initial Stream", "Mine"));
    world.refuses("tia", give(&world, "Motor/personal:Mine"), "personal stream,");
    world.refuses("bob", give(&world, "Motor/personal:Mine"), "PERMISSION");
    let id = world.configuration("Motor/personal:Mine");
    let acted = world.by("tia", Edit { id, set: vec![ConfigurationKey::Name("My own".into())] });
    assert_eq!(acted.basis, Basis::Owner);
    world.by("tia", world.add("Motor/personal:My own", "Motor/baseline:Motor Initial Baseline"));
}

#[test]
pub(super) fn a_cycle_is_refused_and_its_path_named() {
    let mut world = electric_vehicle();
    let (car, motor) = ("Vehicle/stream:Vehicle Initial Stream", "Motor/stream:Motor Initial Stream");
    world.by("lena", world.make(NewConfiguration::Stream, motor, "Beta"));
    world.by("lena", world.add(car, motor));
    world.by("lena", world.add(motor, "Motor/stream:Beta"));
    let closing = world.add("Motor/stream:Beta", car);
    let path = "`Motor/stream:Beta` → `Vehicle/stream:Vehicle Initial Stream` → \
                `Motor/stream:Motor Initial Stream` → `Motor/stream:Beta`";
    world.refuses("lena", closing, path);
    world.refuses("lena", world.add(car, car), "cannot contain itself");
    world.refuses("lena", world.add(car, motor), "contains `Motor Initial Stream` already");
}

#[test]
pub(super) fn what_a_new_contribution_must_be() {
    let mut world = electric_vehicle();
    let car = "Vehicle/stream:Vehicle Initial Stream";
    world.by("lena", world.make(NewConfiguration::Stream, "Motor/stream:Motor Initial Stream", "Old"));
    world.by("lena", Archive::of(Subject::Configuration(world.configuration("Motor/stream:Old"))));
    world.refuses("lena", world.add(car, "Motor/stream:Old"), "`Old` is archived");
    world.refuses("lena", world.add("Motor/stream:Old", car), "STATE");
    world.by("lena", Unarchive { subject: Subject::Configuration(world.configuration("Motor/stream:Old")) });
    world.by("lena", world.add(car, "Motor/stream:Old"));
    // Archived afterwards it stays, and hinders no other change.
    world.by("lena", Archive::of(Subject::Configuration(world.configuration("Motor/stream:Old"))));
    let uri = AddContribution {
        parent: world.configuration(car),
        contribution: Contribution::Local("https://rm.example.com/stream/42".into()),
        at: Some(0),
    };
    let not = AddContribution { contribution: Contribution::Local("42".into()), ..uri.clone() };
    world.by("lena", uri);
    world.refuses("lena", not, "`42` is no URI");
    let order: Vec<_> = world.now.contributions(world.configuration(car)).iter().rev().cloned().collect();
    let parent = world.configuration(car);
    let short = ReorderContributions { parent, order: order[1..].to_vec() };
    world.refuses("lena", short, "must name every contribution once");
    world.by("lena", ReorderContributions { parent, order: order.clone() });
    world.refuses("lena", ReorderContributions { parent, order: order.clone() }, "nothing would change");
    // A whole list needs what its single changes do, and is one change.
    let local = order[1].clone();
    let motor = Contribution::Configuration(world.configuration("Motor/stream:Motor Initial Stream"));
    let set = |wanted: &[&Contribution]| SetContributions {
        parent,
        wanted: wanted.iter().map(|it| (*it).clone()).collect(),
    };
    let asked = |acted: Acted| {
        let actions = acted.asked.into_iter().filter_map(|question| match question.ask {
            Ask::Perform(_, actions, _) => Some(actions),
            _ => None,
        });
        actions.flatten().map(|action| action.to_string()).collect::<Vec<_>>()
    };
    let replaced = world.by("lena", set(&[&motor, &local]));
    assert_eq!(asked(replaced), ["replace-contribution"]);
    assert_eq!(asked(world.by("lena", set(&[&local]))), ["remove-contribution"]);
    assert_eq!(asked(world.by("lena", set(&[&motor, &local]))), ["add-contribution"]);
    assert_eq!(asked(world.by("lena", set(&[&local, &motor]))), ["reorder-contributions"]);
    world.by("lena", set(&[&motor, &local]));
    world.refuses("lena", set(&[&motor, &motor, &local]), "twice");
    let too_many = (0..10_001).map(|it| Contribution::Local(format!("https://rm.example.com/{it}").into()));
    let too_many = SetContributions { parent, wanted: too_many.collect() };
    world.refuses("lena", too_many, "may 10000");
    for contribution in [motor, local] {
        world.by("lena", RemoveContribution { parent, contribution });
    }
    assert_eq!(world.now.all_contributions().count(), 0, "an empty list is no fact");
    let baseline = world.add("Motor/baseline:Motor Initial Baseline", "Motor/stream:Motor Initial Stream");
    world.refuses("lena", baseline, "is a baseline, which is frozen");
}

#[test]
pub(super) fn a_baseline_contains_baselines_only_and_a_commit_makes_one() {
    let mut world = electric_vehicle();
    let (car, motor) = ("Vehicle/stream:Vehicle Initial Stream", "Motor/stream:Motor Initial Stream");
    world.by("lena", world.add(car, motor));
    let baseline = world.make(NewConfiguration::Baseline, car, "Car 1");
    world.refuses("lena", baseline.clone(), "a baseline contains baselines only");
    world.by("lena", world.make(NewConfiguration::Staging, car, "Car 1"));
    let commit = CommitStagingStream { stream: world.configuration("Vehicle/staging:Car 1") };
    world.refuses("lena", commit.clone(), "`Motor Initial Stream` is not");
    let replace = ReplaceContribution {
        parent: commit.stream,
        old: Contribution::Configuration(world.configuration(motor)),
        new: Contribution::Configuration(world.configuration("Motor/baseline:Motor Initial Baseline")),
    };
    world.by("lena", replace.clone());
    world.refuses("lena", replace, "there is no such contribution");
    world.refuses("tia", commit.clone(), "PERMISSION");
    world.by("lena", commit);
    world.configuration("Vehicle/baseline:Car 1");
    world.refuses("lena", baseline, "`Car 1` is taken by another baseline");
}

#[test]
pub(super) fn bob_puts_his_new_stream_in_the_place_of_his_old_one_by_the_second_path() {
    let mut world = electric_vehicle();
    let (car, beta) = ("Vehicle/stream:Vehicle Initial Stream", "Motor/stream:Beta");
    world.by("lena", world.make(NewConfiguration::Stream, "Motor/stream:Motor Initial Stream", "Beta"));
    world.by("lena", give(&world, beta));
    world.by("lena", world.add(car, beta));
    world.by("bob", world.make(NewConfiguration::Stream, beta, "Gamma"));
    let replace = |world: &World, old: &str, new: &str| ReplaceContribution {
        parent: world.configuration(car),
        old: Contribution::Configuration(world.configuration(old)),
        new: Contribution::Configuration(world.configuration(new)),
    };
    world.refuses("bob", replace(&world, beta, "Motor/stream:Motor Initial Stream"), "PERMISSION");
    world.refuses("bob", world.add(car, "Motor/stream:Gamma"), "PERMISSION");
    assert_eq!(world.by("bob", replace(&world, beta, "Motor/stream:Gamma")).basis, Basis::Role);
    // In place, the new stream and its place come together or not at all.
    let mut delta = world.make(NewConfiguration::Stream, "Motor/stream:Gamma", "Delta");
    delta.in_place_in = Some(world.configuration(car));
    world.by("bob", delta.clone());
    assert_eq!(
        world.now.contributions(world.configuration(car)),
        [Contribution::Configuration(world.configuration("Motor/stream:Delta"))]
    );
    delta.name = "Epsilon".into();
    world.refuses("bob", delta, "PERMISSION");
}

#[test]
pub(super) fn a_component_takes_its_configurations_along_and_needs_the_permission_for_each() {
    let mut world = electric_vehicle();
    let motor = Subject::Component(component(&world, "Motor"));
    let archived = |world: &World| {
        let all = world.now.configurations_of(component(world, "Motor")).iter();
        all.map(|id| world.now.configuration(*id).unwrap().archived).collect::<BTreeSet<_>>()
    };
    world.by("lena", give(&world, "Motor/stream:Motor Initial Stream"));
    world.refuses("lena", Archive::of(motor), "PERMISSION");
    world.root(Archive::of(motor));
    assert_eq!(archived(&world), BTreeSet::from([true]));
    // What is archived already is not archived again, and nobody is refused that.
    world.refuses("root", Archive::of(motor), "nothing would change");
    world.refuses("lena", Unarchive { subject: motor }, "PERMISSION");
    assert_eq!(world.root(Unarchive { subject: motor }).basis, Basis::Override);
    assert_eq!(archived(&world), BTreeSet::from([false]));
}

#[test]
pub(super) fn a_used_team_area_is_archived_only_with_a_replacement() {
    let mut world = electric_vehicle();
    world.team(TEAM, "Inner");
    let inner = world.area("gc/Electric Vehicle/Tuning Team/Inner");
    let motor = component(&world, "Motor");
    world.by("lena", Edit { id: motor, set: vec![ComponentKey::TeamArea(Some(inner))] });
    world.root(give(&world, "Vehicle/stream:Vehicle Initial Stream"));
    let team = Subject::Area(world.area(TEAM));
    world.refuses("ada", Archive::of(team), "governs 2 components and configurations");
    // What is archived itself is handed over along, though nobody may change it.
    let vehicle = world.configuration("Vehicle/stream:Vehicle Initial Stream");
    world.root(Archive::of(Subject::Configuration(vehicle)));
    let inside = Archive { subject: team, replacement: Some(Replacement::TeamArea(inner)) };
    world.refuses("ada", inside, "a team area outside it");
    world.by("ada", Archive { subject: team, replacement: Some(Replacement::Unassigned) });
    assert_eq!(world.now.component(motor).unwrap().team_area, None);
    assert_eq!(world.now.configuration(vehicle).unwrap().kind.team_area(), Some(TeamAreaSetting::Unassigned));
    let set = vec![ComponentKey::TeamArea(Some(inner))];
    world.refuses("lena", Edit { id: motor, set }, "`Inner` is archived");
    world.by("ada", Unarchive { subject: team });
    let set = vec![ComponentKey::TeamArea(Some(inner)), ComponentKey::Carried("tags".into(), None)];
    world.by("lena", Edit { id: motor, set });
}
