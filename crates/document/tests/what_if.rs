//! What commands not carried out would change, in the Electric Vehicle organisation.

use document::{Limits, Source, load};
use governance::{Command, ConfigurationKey, Edit, Gain, Item, Shift, TeamAreaSetting, what_if};

#[test]
fn giving_a_stream_to_the_team_would_be_gained_by_the_team_and_lost_by_the_project() {
    let text = include_bytes!("../../../stories/gcm/tuning-team.yaml");
    let sources = [Source { name: "tuning-team.yaml".into(), text }];
    let organisation = load(&sources, &Limits::default()).unwrap().organisation;
    let item = |reference: &str| organisation.item_at(reference).unwrap();
    let stream = "gc:Electric Vehicle#Motor/stream:Motor 1.0";
    let (Item::Configuration(id), Item::Area(team)) = (item(stream), item("gc:Electric Vehicle@Tuning Team"))
    else {
        panic!("a stream and a team area");
    };
    let set = vec![ConfigurationKey::TeamArea(TeamAreaSetting::Assigned(team))];
    let command = Command::from(Edit { id, set });
    let by = organisation.user_by_id("lena").unwrap();

    let told = what_if(&organisation, by, &[command]).unwrap();

    let who = |change: Gain, operation: &str, action: &str| -> Vec<&str> {
        let matches = |it: &&Shift| {
            it.change == change && it.operation == operation && it.action.as_deref() == Some(action)
        };
        told.shifts.iter().filter(matches).map(|it| it.user.as_str()).collect()
    };
    assert_eq!(who(Gain::Gains, "gc.save-stream", "modify-attributes"), ["bob", "tia"]);
    assert_eq!(who(Gain::Gains, "gc.save-baseline", "create"), ["bob"]);
    assert_eq!(who(Gain::Loses, "gc.save-stream", "modify-attributes"), ["lena"]);
    assert!(told.shifts.iter().all(|it| it.items == 1 && it.example == stream));
    assert_eq!(told.events.len(), 1);
}

#[test]
fn moving_a_team_out_of_another_would_be_told_of_whoever_stops_reading() {
    let text = b"bailiwick: 1
users: [{id: root, groups: [JazzAdmins]}, {id: eve}]
project_areas:
  - application: ccm
    name: Development
    access: everyone
    team_areas: [{name: Core, team_areas: [{name: Security, members: {eve: []}}]}]
    work_items: [{id: 1, type: task, title: Keys, restricted_access: {team_area: Core}}]
";
    let organisation =
        load(&[Source { name: "teams.yaml".into(), text }], &Limits::default()).unwrap().organisation;
    let area = |reference: &str| match organisation.item_at(reference).unwrap() {
        Item::Area(area) => area,
        other => panic!("{other:?}"),
    };
    let command = Command::from(governance::MoveTeamArea {
        area: area("ccm:Development@Core/Security"),
        to: area("ccm:Development"),
    });
    let by = organisation.user_by_id("root").unwrap();
    let told = what_if(&organisation, by, &[command]).unwrap();
    let lost: Vec<_> =
        told.shifts.iter().map(|it| (&*it.user, it.change, &*it.operation, &*it.example)).collect();
    assert_eq!(lost, [("eve", Gain::Loses, "read", "ccm:Development#work-item:1")]);
}
