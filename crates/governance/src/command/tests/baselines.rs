//! Baselining hierarchies, and what may be demanded before
//! (docs/global-configurations.md#baselining-a-hierarchy, docs/process.md#preconditions).

use serde_json::json;

use super::*;
use crate::configuration::TeamAreaSetting;
use crate::precondition::{Instant, Precondition, PreconditionEntry};

const CAR: &str = "Vehicle/stream:Vehicle Initial Stream";
const MOTOR: &str = "Motor/stream:Motor Initial Stream";
const BOLT: &str = "Bolt/stream:Bolt Initial Stream";

/// The car contains the motor, which contains the bolt.
fn hierarchy() -> World {
    let mut world = electric_vehicle();
    let project_area = world.area("gc/Electric Vehicle");
    world.by("lena", CreateComponent { project_area, name: "Bolt".into(), carried: Carried::NOTHING });
    world.by("lena", world.add(CAR, MOTOR));
    world.by("lena", world.add(MOTOR, BOLT));
    world
}

fn baseline(world: &World, root: &str) -> BaselineHierarchy {
    BaselineHierarchy {
        root: world.configuration(root),
        names: NamePattern::new("{name} 1"),
        locals: Default::default(),
    }
}

fn give_to_bob(world: &World, configuration: &str) -> Edit<Configuration> {
    let team = TeamAreaSetting::Assigned(world.area("gc/Electric Vehicle/Tuning Team"));
    Edit { id: world.configuration(configuration), set: vec![ConfigurationKey::TeamArea(team)] }
}

fn contains(world: &World, parent: &str) -> Vec<String> {
    let text = |it: &Contribution| match it {
        Contribution::Configuration(id) => {
            world.now.configuration_text(world.now.configuration(*id).unwrap())
        }
        Contribution::Local(uri) => uri.to_string(),
    };
    world.now.contributions(world.configuration(parent)).iter().map(text).collect()
}

fn lines(world: &World, who: &str, command: &BaselineHierarchy) -> Vec<String> {
    let plan = command.plan(&world.now, world.user(who), LicenceSet::NONE);
    // Judged with its plan it comes to what it comes to as any command.
    let (planned, acted) = command.judged(&world.now, world.user(who), LicenceSet::NONE);
    let alone = Command::from(command.clone()).act(&world.now, world.user(who), LicenceSet::NONE);
    assert_eq!((&planned.lines, acted), (&plan.lines, alone));
    let line = |line: &BaselineLine| {
        let short = |text: &str| text.replace("gc:Electric Vehicle#", "");
        let result = line.result.as_deref().map(|it| format!(" → {}", short(it))).unwrap_or_default();
        let refusals: Vec<String> = line.refusals.iter().map(|it| format!(" ✗ {it}")).collect();
        format!("{} {}{result}{}", line.outcome.word(), short(&line.configuration), refusals.concat())
    };
    plan.lines.iter().map(line).collect()
}

fn demand(world: &World, role: &str, require: &[Precondition]) -> SetPreconditions {
    let (key, _) = entry(role, "gc.save-baseline", &[]);
    let entry = PreconditionEntry { key, require: require.into(), is_final: false };
    SetPreconditions { area: world.area("gc/Electric Vehicle"), preconditions: vec![entry] }
}

fn approve(world: &World, configuration: &str) -> Approve {
    let at = Instant::try_from(Name::from("2026-11-26T12:00:00Z")).unwrap();
    Approve { configuration: world.configuration(configuration), revision: 7, at }
}

fn types(world: &World, types: serde_json::Value) -> Edit<crate::process_area::ProcessArea> {
    let set = vec![ProcessAreaKey::Carried("attribute_types".into(), Some(types))];
    Edit { id: world.area("gc/Electric Vehicle"), set }
}

fn with_attributes(world: &World, text: &str, value: serde_json::Value) -> Edit<Configuration> {
    let set = vec![ConfigurationKey::Carried("attributes".into(), Some(value))];
    Edit { id: world.configuration(text), set }
}

#[test]
fn baselines_of_a_hierarchy_freeze_the_attributes_of_their_streams() {
    let mut world = hierarchy();
    let asil = json!({"id": "asil", "type": "string", "required": true, "default": "QM", "on": ["stream", "baseline"]});
    let note = json!({"id": "note", "type": "string", "editable_on_baselines": true});
    world.root(types(&world, json!([asil, note])));
    world.by("lena", with_attributes(&world, BOLT, json!({"asil": "D", "note": "M6"})));
    world.by("lena", baseline(&world, CAR));
    let attributes = |world: &World, text: &str| {
        world.now.configuration(world.configuration(text)).unwrap().carried.get("attributes").cloned()
    };
    let bolt = "Bolt/baseline:Bolt Initial Stream 1";
    assert_eq!(attributes(&world, bolt), Some(json!({"asil": "D", "note": "M6"})));
    assert_eq!(attributes(&world, "Motor/baseline:Motor Initial Stream 1"), Some(json!({"asil": "QM"})));
    // What a baseline does not freeze changes nothing, what it freezes does.
    world.by("lena", with_attributes(&world, BOLT, json!({"asil": "D", "note": "M8"})));
    let reused = |lines: Vec<String>| lines.iter().filter(|line| line.starts_with("reused")).count();
    assert_eq!(reused(lines(&world, "lena", &baseline(&world, CAR))), 3);
    world.by("lena", with_attributes(&world, BOLT, json!({"asil": "C"})));
    assert_eq!(reused(lines(&world, "lena", &baseline(&world, CAR))), 0);
}

#[test]
fn what_lacks_what_a_baseline_must_have_is_a_refusal_of_its_own() {
    let mut world = hierarchy();
    let only_there = json!({"id": "release", "type": "string", "required": true, "on": ["baseline"]});
    for name in ["Bolt", "Motor", "Vehicle"] {
        let text = format!("{name}/baseline:{name} Initial Baseline");
        world.by("lena", with_attributes(&world, &text, json!({"release": "0"})));
    }
    world.root(types(&world, json!([only_there])));
    let found = lines(&world, "lena", &baseline(&world, CAR));
    let refused =
        "refused Bolt/stream:Bolt Initial Stream ✗ the attribute `release` is required: give it a value";
    assert_eq!(found[0], refused);
    assert!(found.last().unwrap().starts_with("staged Vehicle/stream"), "{found:?}");
}

#[test]
pub(super) fn a_hierarchy_is_baselined_bottom_up_and_only_what_changed() {
    let mut world = hierarchy();
    let command = baseline(&world, CAR);
    assert_eq!(
        lines(&world, "lena", &command),
        [
            "baselined Bolt/stream:Bolt Initial Stream → Bolt/baseline:Bolt Initial Stream 1",
            "baselined Motor/stream:Motor Initial Stream → Motor/baseline:Motor Initial Stream 1",
            "baselined Vehicle/stream:Vehicle Initial Stream → Vehicle/baseline:Vehicle Initial Stream 1",
        ]
    );
    world.by("lena", command.clone());
    let motor = ["Motor/baseline:Motor Initial Stream 1"];
    assert_eq!(contains(&world, "Vehicle/baseline:Vehicle Initial Stream 1"), motor);
    assert_eq!(contains(&world, motor[0]), ["Bolt/baseline:Bolt Initial Stream 1"]);
    assert_eq!(contains(&world, CAR), [MOTOR], "the streams go on as they are");
    world.refuses("lena", command.clone(), "nothing would change");

    // The motor changes: the bolt's baseline stands for it still. The name is taken.
    world.by("lena", world.add(MOTOR, "Vehicle/baseline:Vehicle Initial Baseline"));
    world.refuses("bob", command.clone(), "PERMISSION");
    world.by("lena", command);
    let motor = ["Motor/baseline:Motor Initial Stream 1 (2)"];
    assert_eq!(contains(&world, "Vehicle/baseline:Vehicle Initial Stream 1 (2)"), motor);
    assert_eq!(contains(&world, motor[0])[0], "Bolt/baseline:Bolt Initial Stream 1");
    // A stream made of a baseline and not changed since is that baseline still.
    world.by("lena", world.make(NewConfiguration::Stream, motor[0], "Next"));
    world.refuses("lena", baseline(&world, "Motor/stream:Next"), "nothing would change");
}

#[test]
pub(super) fn what_is_refused_leaves_staging_streams_that_a_second_run_finishes() {
    let mut world = hierarchy();
    let local: Name = "https://rm.example.com/rm/cm/stream/1".into();
    let local_contribution = Contribution::Local(local.clone());
    let parent = world.configuration(CAR);
    world.by("lena", AddContribution { parent, contribution: local_contribution, at: None });
    let by_uri = Contribution::Local("https://rm.example.com/rm/cm/baseline/7?a=stream".into());
    world.by("lena", AddContribution { parent, contribution: by_uri, at: None });
    // What Bob alone may baseline is not in the way of the bolt, which only the motor holds.
    world.by("lena", give_to_bob(&world, BOLT));
    let command = baseline(&world, CAR);
    let told = lines(&world, "lena", &command);
    assert_eq!(told.len(), 4, "{told:?}");
    let no_application = format!("✗ no application on this server keeps `{local}`");
    assert!(told[0].starts_with("refused https") && told[0].ends_with(&no_application), "{told:?}");
    assert!(told[1].starts_with("refused Bolt/stream:Bolt Initial Stream ✗ "), "{told:?}");
    assert_eq!(
        told[2..],
        [
            "staged Motor/stream:Motor Initial Stream → Motor/staging:Motor Initial Stream 1",
            "staged Vehicle/stream:Vehicle Initial Stream → Vehicle/staging:Vehicle Initial Stream 1",
        ]
    );
    world.by("lena", command.clone());
    let staged = "Vehicle/staging:Vehicle Initial Stream 1";
    assert_eq!(contains(&world, "Motor/staging:Motor Initial Stream 1"), [BOLT]);
    assert_eq!(contains(&world, staged)[0], "Motor/staging:Motor Initial Stream 1");
    world.refuses("lena", command, "nothing would change");

    // Bob does his part, the application its own; then the staging streams are finished.
    world.by("bob", baseline(&world, BOLT));
    let done = LocalOutcome::Baseline("https://rm.example.com/rm/cm/baseline/2".into());
    let finish = BaselineHierarchy { locals: [(local, done)].into(), ..baseline(&world, staged) };
    assert_eq!(
        lines(&world, "lena", &finish)[1..],
        [
            "reused Bolt/stream:Bolt Initial Stream → Bolt/baseline:Bolt Initial Stream 1",
            "committed Motor/staging:Motor Initial Stream 1 → Motor/baseline:Motor Initial Stream 1",
            "committed Vehicle/staging:Vehicle Initial Stream 1 → Vehicle/baseline:Vehicle Initial Stream 1",
        ]
    );
    world.by("lena", finish);
    let car = contains(&world, "Vehicle/baseline:Vehicle Initial Stream 1");
    assert_eq!(
        car[..2],
        ["Motor/baseline:Motor Initial Stream 1", "https://rm.example.com/rm/cm/baseline/2",]
    );
}

#[test]
pub(super) fn an_approval_ends_when_what_was_approved_changes() {
    let mut world = hierarchy();
    let approved = |world: &World| world.now.approvals(world.configuration(CAR)).count();
    world.by("tia", approve(&world, CAR));
    world.by("lena", approve(&world, CAR));
    let withdraw = WithdrawApproval { configuration: world.configuration(CAR) };
    world.by("tia", withdraw.clone());
    assert_eq!(approved(&world), 1);
    world.refuses("tia", withdraw, "you have not approved it");
    // Neither its team area nor the archive is part of what was approved.
    world.by("lena", give_to_bob(&world, CAR));
    let id = world.configuration(CAR);
    world.by("bob", Archive::of(Subject::Configuration(id)));
    world.refuses("tia", approve(&world, CAR), "is archived");
    world.by("bob", Unarchive { subject: Subject::Configuration(id) });
    assert_eq!(approved(&world), 1);
    let acted = world.by("bob", world.add(CAR, "Bolt/baseline:Bolt Initial Baseline"));
    assert_eq!(acted.events.len(), 2, "the approval ends with the change: {:?}", acted.events);
    assert_eq!(approved(&world), 0);
    world.by("lena", approve(&world, CAR));
    world
        .by("bob", Edit { id, set: vec![ConfigurationKey::Carried("description".into(), Some("x".into()))] });
    assert_eq!(approved(&world), 0);
    world.refuses("lena", approve(&world, "Bolt/baseline:Bolt Initial Baseline"), "is a baseline");
}

#[test]
pub(super) fn all_that_is_demanded_of_a_baseline_is_told_at_once() {
    let mut world = hierarchy();
    let require =
        [Precondition::NoSkew, Precondition::NoArchivedContributions, Precondition::Approval("lead".into())];
    world.root(demand(&world, "lead", &require));
    let other = "Bolt/stream:Other";
    world.by("lena", world.make(NewConfiguration::Stream, BOLT, "Other"));
    world.by("lena", world.add(CAR, other));
    world.by("lena", Archive::of(Subject::Configuration(world.configuration(other))));
    // Bob's project holds what the stream's would: a baseline of the car with streams below is none yet.
    let flat = "Vehicle/stream:Flat";
    world.by(
        "lena",
        world.make(NewConfiguration::Stream, "Vehicle/baseline:Vehicle Initial Baseline", "Flat"),
    );
    world.by("lena", world.add(flat, "Bolt/baseline:Bolt Initial Baseline"));
    let of_flat = |world: &World| world.make(NewConfiguration::Baseline, flat, "Flat 1");
    world.refuses("lena", of_flat(&world), "`Flat` needs the approval of somebody else who is `lead` there");
    world.by("lena", approve(&world, flat));
    world.refuses("lena", of_flat(&world), "needs the approval");
    world.by("tia", approve(&world, flat));
    world.refuses("lena", of_flat(&world), "needs the approval");
    world.member("gc/Electric Vehicle", "tia", &["lead"]);
    world.by("lena", of_flat(&world));

    // In a hierarchy each baseline must fulfil it.
    let told = lines(&world, "lena", &baseline(&world, MOTOR));
    assert!(told[0].starts_with("refused Bolt/stream") && told[0].contains("needs the approval"), "{told:?}");
    assert!(told[1].starts_with("staged Motor/stream"), "{told:?}");
    // What a name was looked for in vain is free.
    world.by("tia", approve(&world, BOLT));
    let told = lines(&world, "lena", &baseline(&world, MOTOR));
    assert!(told[1].contains("→ Motor/staging:Motor Initial Stream 1 ✗"), "{told:?}");

    // The first role of the member that has an entry wins; none is demanded by an empty one.
    world.root(demand(&world, "default", &[Precondition::NoSkew]));
    world.by("lena", world.add(MOTOR, "Motor/baseline:Motor Initial Baseline"));
    let told = lines(&world, "lena", &baseline(&world, MOTOR));
    let skew = "✗ `Motor Initial Stream 1` would contain the component `Motor` with two configurations, at \
                `Motor/baseline:Motor Initial Stream 1` and at `Motor/baseline:Motor Initial Stream 1` → \
                `Motor/baseline:Motor Initial Baseline`: replace one of them by the other";
    assert!(told[1].starts_with("staged Motor/stream") && told[1].ends_with(skew), "{told:?}");
    let unknown = SetPreconditions {
        preconditions: vec![PreconditionEntry {
            key: entry("nobody", "gc.save-stream", &[]).0,
            require: [Precondition::NoSkew].into(),
            is_final: false,
        }],
        ..demand(&world, "lead", &[])
    };
    world.refuses("root", unknown.clone(), "`nobody`");
    world.refuses("root", unknown, "`no-skew` cannot be demanded of `gc.save-stream`");
}

#[test]
fn a_name_that_is_too_long_is_told_of_each_that_would_have_it() {
    let world = hierarchy();
    let command = BaselineHierarchy { names: NamePattern::new("n".repeat(1001)), ..baseline(&world, CAR) };
    let told = lines(&world, "lena", &command);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|line| line.contains("at most 1000 characters")), "{told:?}");
}
