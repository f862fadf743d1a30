//! Many facts at once, as an import brings them; single changes are told in the tests of the commands.

use super::*;
use crate::carried::Carried;
use crate::configuration::{
    Component, Configuration, ConfigurationId, ConfigurationKind, Contribution, TeamAreaSetting,
};
use crate::event::{Change, Holds};
use crate::process_area::{AreaKind, ProcessArea, ProjectArea, ReadAccess};
use crate::user::{User, UserId};

fn made<K, V>(key: K, value: V) -> Change<K, V> {
    Change { key, before: None, after: Some(value) }
}

/// A project area of gc with a component and this many streams.
fn tram(streams: u32) -> Vec<Event> {
    let project = ProjectArea {
        application: Application::Gc,
        access: ReadAccess::Everyone,
        shares_process: false,
        uses_process: None,
        iteration_types: Default::default(),
    };
    let area = ProcessArea {
        name: "Tram".into(),
        archived: false,
        kind: AreaKind::Project(project),
        carried: Carried::NOTHING,
    };
    let component = Component {
        project_area: Id::new(0),
        name: "Brake".into(),
        team_area: None,
        archived: false,
        carried: Carried::NOTHING,
    };
    let stream = |number: u32| Configuration {
        component: Id::new(0),
        kind: ConfigurationKind::Stream(TeamAreaSetting::Inherit),
        name: format!("Brake {number}").into(),
        source: None,
        archived: false,
        carried: Carried::NOTHING,
    };
    let first = [Event::Area(made(Id::new(0), area.into())), Event::Component(made(Id::new(0), component))];
    let streams = (0..streams).map(|number| Event::Configuration(made(Id::new(number), stream(number))));
    first.into_iter().chain(streams).collect()
}

fn contains(parent: u32, children: &[u32]) -> Event {
    let children = children.iter().map(|id| Contribution::Configuration(ConfigurationId::new(*id))).collect();
    Event::Contributions(made(Id::new(parent), children))
}

fn broken(events: &[Event]) -> Vec<(usize, String)> {
    let after = Organisation::default().after(events);
    violations(&after, events).into_iter().map(|it| (it.event, it.rule.to_string())).collect()
}

#[test]
fn an_import_from_empty_needs_no_administrator() {
    assert_eq!(broken(&tram(3)), []);
}

#[test]
fn of_two_with_one_name_the_later_is_at_fault() {
    let mut events = tram(2);
    let Event::Configuration(stream) = events[2].clone() else { panic!() };
    events.push(Event::Configuration(Change { key: Id::new(2), ..stream }));
    let message = "the name `Brake 0` is taken by another stream here: choose another";
    assert_eq!(broken(&events), [(4, message.to_owned())]);
}

#[test]
fn a_cycle_is_told_once_with_its_path_however_the_facts_are_ordered() {
    let mut events = tram(5);
    events.extend([contains(0, &[1]), contains(1, &[2, 3]), contains(3, &[4]), contains(4, &[1])]);
    let path = "this would close a cycle: `Brake/stream:Brake 1` → `Brake/stream:Brake 3` → \
                `Brake/stream:Brake 4` → `Brake/stream:Brake 1`";
    assert_eq!(broken(&events), [(10, path.to_owned())]);
}

#[test]
fn what_stands_for_nobody_is_at_fault_where_it_stands() {
    let mut events = tram(0);
    events.push(Event::Administrator(made((Id::new(0), UserId::new(7)), Holds)));
    events.push(contains(9, &[]));
    let found = broken(&events);
    assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(
        found[0].1,
        "administrator of `Tram` refers to a user that does not exist: name an existing one, or none"
    );
}

#[test]
fn some_ids_are_nobodys_by_whatever_way_a_user_is_made() {
    let own = "for the server's own work";
    for (id, said) in [
        ("jts_user", own),
        ("ｇｃ_user", own),
        ("Operator", own),
        ("registry", own),
        ("ann:1", "the user id `ann:1` has a colon in it"),
    ] {
        let user = Arc::new(User::new(id, "Ann"));
        let found = broken(&[Event::User(made(Id::new(0), Arc::clone(&user)))]);
        assert!(matches!(&found[..], [(0, message)] if message.contains(said)), "{id}: {found:?}");
        // Who was called so before there was the rule goes on.
        let renamed = Some(Arc::new(User { name: "Bea".into(), ..User::clone(&user) }));
        assert_eq!(
            broken(&[Event::User(Change { key: Id::new(0), before: Some(user), after: renamed })]),
            []
        );
    }
    let robot = User { functional: true, ..User::new("gc_user", "gc_user") };
    assert_eq!(broken(&[Event::User(made(Id::new(0), robot.into()))]), []);
}
