//! Whole hierarchies (docs/global-configurations.md#operations).

use serde_json::json;

use super::*;
use crate::process_area::ProcessArea;
use crate::question::Basis;

const CAR: &str = "Vehicle/stream:Vehicle Initial Stream";
const MOTOR: &str = "Motor/stream:Motor Initial Stream";

/// The car contains the motor and a bus that contains it as well; Beta, made from the motor, and the motor
/// are the team's. So is not what contains them.
fn fleet() -> World {
    let mut world = electric_vehicle();
    world.by("lena", world.make(NewConfiguration::Stream, CAR, "Bus"));
    for parent in [CAR, "Vehicle/stream:Bus"] {
        world.by("lena", world.add(parent, MOTOR));
    }
    world.by("lena", world.add(CAR, "Vehicle/stream:Bus"));
    let uri = Contribution::Local("https://rm.example.com/stream/42".into());
    let parent = world.configuration("Vehicle/stream:Bus");
    world.by("lena", AddContribution { parent, contribution: uri, at: Some(0) });
    let motor = world.now.component_named(world.area("gc/Electric Vehicle"), "Motor").unwrap();
    let team = Some(world.area("gc/Electric Vehicle/Tuning Team"));
    world.by("lena", Edit { id: motor, set: vec![ComponentKey::TeamArea(team)] });
    world.by("bob", world.make(NewConfiguration::Stream, MOTOR, "Beta"));
    world
}

impl World {
    fn everywhere(&self, root: &str, old: &str, new: &str) -> ReplaceEverywhere {
        let of = |text: &str| Contribution::Configuration(self.configuration(text));
        ReplaceEverywhere { root: self.configuration(root), old: of(old), new: of(new) }
    }
    fn branch(&self, root: &str, names: &str) -> BranchHierarchy {
        let names = NamePattern::new(names);
        BranchHierarchy { root: self.configuration(root), names }
    }
    /// What a configuration contains, as references have it.
    fn contents(&self, text: &str) -> Vec<String> {
        let contributions = self.now.contributions(self.configuration(text));
        contributions.iter().map(|it| self.now.contribution_text(it)).collect()
    }
}

#[test]
pub(super) fn a_configuration_is_replaced_wherever_a_hierarchy_contains_it_by_the_second_path_too() {
    let mut world = fleet();
    world.refuses(
        "tia",
        world.everywhere(CAR, MOTOR, "Motor/stream:Beta"),
        "PERMISSION; refused: PERMISSION",
    );
    let acted = world.by("bob", world.everywhere(CAR, MOTOR, "Motor/stream:Beta"));
    assert_eq!((acted.basis, acted.events.len()), (Basis::Role, 2), "one change for each that contains it");
    assert_eq!(world.contents(CAR), ["Motor/stream:Beta", "Vehicle/stream:Bus"]);
    assert_eq!(
        world.contents("Vehicle/stream:Bus"),
        ["https://rm.example.com/stream/42", "Motor/stream:Beta"]
    );
    world.refuses("bob", world.everywhere(CAR, MOTOR, "Motor/stream:Beta"), "does not contain");
    world.refuses("lena", world.everywhere(CAR, "Motor/stream:Beta", CAR), "cannot contain itself");
    let by_itself = world.everywhere(CAR, "Motor/stream:Beta", "Motor/stream:Beta");
    world.refuses("lena", by_itself, "nothing would change");
}

#[test]
fn what_is_archived_comes_along_in_a_copy_and_is_added_to_nothing() {
    let mut world = fleet();
    let motor = world.configuration(MOTOR);
    world.root(Archive::of(Subject::Configuration(motor)));
    world.by("lena", world.make(NewConfiguration::Stream, CAR, "Copy"));
    assert_eq!(world.contents("Vehicle/stream:Copy"), world.contents(CAR));
    let parent = world.configuration("Vehicle/stream:Copy");
    world.by("lena", RemoveContribution { parent, contribution: Contribution::Configuration(motor) });
    world.refuses("lena", world.add("Vehicle/stream:Copy", MOTOR), "is archived and cannot be added");
    // Nor is what is archived with its component, whatever is said of itself.
    world.root(Unarchive { subject: Subject::Configuration(motor) });
    let id = world.now.configuration(motor).unwrap().component;
    let before = world.now.component(id).cloned();
    let after = before.clone().map(|it| crate::Component { archived: true, ..it });
    world.now = world.now.after(&[Event::Component(Change { key: id, before, after })]);
    world.refuses("lena", world.add("Vehicle/stream:Copy", MOTOR), "is archived and cannot be added");
}

#[test]
pub(super) fn what_stands_beside_its_replacement_is_removed() {
    let mut world = fleet();
    world.by("lena", world.add(CAR, "Motor/stream:Beta"));
    world.by("lena", world.everywhere(CAR, MOTOR, "Motor/stream:Beta"));
    assert_eq!(world.contents(CAR), ["Vehicle/stream:Bus", "Motor/stream:Beta"]);
    let hierarchy = world.now.hierarchy(world.configuration(CAR)).unwrap();
    assert_eq!(
        hierarchy.skews(&world.now).len(),
        1,
        "the skew of the motor is resolved, that of the car not"
    );
}

#[test]
pub(super) fn frozen_containers_are_named_and_nothing_is_replaced() {
    let mut world = fleet();
    let motor = world.make(NewConfiguration::Baseline, "Motor/stream:Beta", "Motor 1");
    world.by("bob", motor);
    world.by("lena", world.everywhere(CAR, MOTOR, "Motor/baseline:Motor 1"));
    world.by("lena", world.make(NewConfiguration::Baseline, "Vehicle/stream:Bus", "Bus 1"));
    world.by("lena", world.add(CAR, "Vehicle/baseline:Bus 1"));
    let replace = world.everywhere(CAR, "Motor/baseline:Motor 1", "Motor/baseline:Motor Initial Baseline");
    world.refuses("lena", replace, "`Vehicle/baseline:Bus 1`, which is frozen");
}

#[test]
pub(super) fn a_branch_has_a_stream_of_everything_and_the_settings_of_each_source() {
    let mut world = fleet();
    // Lena may not make streams of what is the team's, nor Bob of what is not.
    world.refuses("lena", world.branch(CAR, "{name} - Sport"), "PERMISSION");
    world.refuses("bob", world.branch(CAR, "{name} - Sport"), "PERMISSION; refused: PERMISSION");
    world.root(world.branch(CAR, "{name} - Sport"));
    let [car, bus, motor] = ["Vehicle/stream:Vehicle Initial Stream", "Vehicle/stream:Bus", MOTOR]
        .map(|it| format!("{it} - Sport"));
    assert_eq!(world.contents(&car), [motor.clone(), bus.clone()]);
    assert_eq!(world.contents(&bus), ["https://rm.example.com/stream/42".to_owned(), motor.clone()]);
    for (new, source) in [(&car, CAR), (&bus, "Vehicle/stream:Bus"), (&motor, MOTOR)] {
        let [new, source] = [new.as_str(), source].map(|it| world.configuration(it));
        let it = world.now.configuration(new).unwrap();
        assert_eq!(it.source, Some(source));
        assert_eq!(it.kind, world.now.configuration(source).unwrap().kind);
    }
    world.refuses("root", world.branch(CAR, "{name} - Sport"), "`Bus - Sport` is taken");
    world.refuses("root", world.branch(CAR, "{component} 2"), "`Vehicle 2` is taken");
}

#[test]
fn a_branch_has_the_attributes_of_its_sources_and_what_is_required() {
    let mut world = fleet();
    let set = |key: &str, value| vec![ConfigurationKey::Carried(key.into(), Some(value))];
    let types = json!([
        {"id": "asil", "type": "string", "required": true, "default": "QM"},
        {"id": "released", "type": "date", "on": ["baseline"]},
    ]);
    let set_types = vec![ProcessAreaKey::Carried("attribute_types".into(), Some(types))];
    world.root(Edit::<ProcessArea> { id: world.area("gc/Electric Vehicle"), set: set_types });
    let bus = world.configuration("Vehicle/stream:Bus");
    world.by("lena", Edit { id: bus, set: set("attributes", json!({"asil": "D"})) });
    world.root(world.branch(CAR, "{name} - Sport"));
    for (stream, asil) in
        [("Vehicle/stream:Bus - Sport", "D"), ("Motor/stream:Motor Initial Stream - Sport", "QM")]
    {
        let made = world.now.configuration(world.configuration(stream)).unwrap();
        assert_eq!(made.carried.get("attributes"), Some(&json!({"asil": asil})));
    }
}

#[test]
pub(super) fn nothing_is_branched_from_a_personal_stream_and_each_is_named() {
    let mut world = fleet();
    world.by("tia", world.make(NewConfiguration::Personal, MOTOR, "Mine"));
    world.by("lena", world.add(CAR, "Motor/personal:Mine"));
    world.refuses("root", world.branch(CAR, "{name} 2"), "not from `Motor/personal:Mine`");
}
