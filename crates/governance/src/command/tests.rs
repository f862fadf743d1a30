//! Organisations built by commands alone, and what becomes of them.

mod applications;
mod configurations;
mod people;
mod process;

use std::collections::BTreeSet;

use super::*;
use crate::act::{Act, Acted};
use crate::carried::Carried;
use crate::catalogue::{ActionPattern, Application, LicenceSet, LicenceType, OperationId};
use crate::configuration::{ConfigurationId, Contribution};
use crate::event::Change;
use crate::item::Item;
use crate::process::{Cardinality, Permission, PermissionKey, Role, Slot};
use crate::process_area::{AreaId, ReadAccess};
use crate::user::{GroupSet, RepositoryGroup};

/// An organisation, and the commands that have made it.
struct World {
    now: Organisation,
    commands: BTreeSet<String>,
}

impl World {
    /// With `root` alone, who administers it.
    fn new() -> Self {
        let mut root = user("root");
        root.groups = GroupSet::of(&[RepositoryGroup::JazzAdmins]);
        let first = Event::User(Change { key: UserId::new(0), before: None, after: Some(root.into()) });
        Self { now: Organisation::default().after([&first]), commands: BTreeSet::new() }
    }

    /// Somebody gives a command; what it comes to counts from then on.
    fn by(&mut self, who: &str, command: impl Into<Command>) -> Acted {
        let command = command.into();
        let by = self.user(who);
        let acted = match command.act(&self.now, by, LicenceSet::NONE) {
            Ok(acted) => acted,
            Err(refusal) => panic!("{who}: {command:?}: {refusal}: {refusal:?}"),
        };
        assert!(self.now.agrees_with(&acted.events), "{command:?}");
        assert_eq!(command.propose(&self.now, by).unwrap().events, acted.events);
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command, "{text}");
        self.saw(&command);
        self.now = self.now.after(&acted.events);
        acted
    }

    fn saw(&mut self, command: &Command) {
        let text = format!("{command:?}");
        self.commands.insert(text.split('(').next().unwrap().to_owned());
        if let Command::Together(together) = command {
            together.commands.iter().for_each(|command| self.saw(command));
        }
    }

    fn root(&mut self, command: impl Into<Command>) -> Acted {
        self.by("root", command)
    }

    /// Somebody gives a command and is refused with this text; nothing is left behind.
    fn refuses(&self, who: &str, command: impl Into<Command>, with: &str) {
        let command = command.into();
        let refusal = command.act(&self.now, self.user(who), LicenceSet::NONE).unwrap_err();
        assert!(refusal.to_string().contains(with), "{command:?}: {refusal}: {refusal:?}");
    }

    fn user(&self, id: &str) -> UserId {
        self.now.user_by_id(id).unwrap()
    }
    fn area(&self, text: &str) -> AreaId {
        self.now.area_at(text).unwrap()
    }
    fn item(&self, text: &str) -> Item {
        self.now.item_at(text).unwrap()
    }
    /// `Motor/stream:Motor 1.0` of the Electric Vehicle.
    fn configuration(&self, text: &str) -> ConfigurationId {
        match self.item(&format!("gc:Electric Vehicle#{text}")) {
            Item::Configuration(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn person(&mut self, id: &str) {
        let mut user = user(id);
        user.licences = [LicenceType::from_id("elm-practitioner").unwrap()].into_iter().collect();
        self.root(Create { new: user });
    }
    fn member(&mut self, area: &str, id: &str, roles: &[&str]) -> Acted {
        let member = self.as_member(area, id, roles);
        self.root(member)
    }
    fn as_member(&self, area: &str, id: &str, roles: &[&str]) -> SetMember {
        let roles = roles.iter().map(|it| Name::from(*it)).collect();
        SetMember { area: self.area(area), user: self.user(id), roles }
    }
    fn team(&mut self, parent: &str, name: &str) {
        let team = self.new_team(parent, name);
        self.root(team);
    }
    fn new_team(&self, parent: &str, name: &str) -> CreateTeamArea {
        CreateTeamArea {
            parent: self.area(parent),
            name: name.into(),
            role_inheritance: None,
            timeline: None,
            carried: Carried::NOTHING,
        }
    }
    fn permission(&mut self, area: &str, role: &str, operation: &str, actions: &[&str]) {
        let permission = self.entry(area, role, operation, actions);
        self.root(permission);
    }
    fn entry(&self, area: &str, role: &str, operation: &str, actions: &[&str]) -> SetPermission {
        let (key, permission) = entry(role, operation, actions);
        SetPermission { area: self.area(area), key, permission }
    }
}

use crate::text::Name;

fn user(id: &str) -> User {
    User {
        id: id.into(),
        name: id.into(),
        mail: None,
        groups: GroupSet::of(&[RepositoryGroup::JazzUsers]),
        licences: LicenceSet::NONE,
        archived: false,
        functional: false,
    }
}

fn role(id: &str) -> Role {
    Role { id: id.into(), name: id.into(), cardinality: Cardinality::Many, carried: Carried::NOTHING }
}

fn entry(role: &str, operation: &str, actions: &[&str]) -> (PermissionKey, Permission) {
    let operation = OperationId::from_name(operation).unwrap();
    let actions = actions.iter().map(|it| ActionPattern::parse(operation, it).unwrap()).collect();
    let key = PermissionKey { role: role.into(), operation, slot: Slot::Always };
    (key, Permission { actions, is_final: false })
}

fn project_area(application: Application, name: &str, roles: &[&str]) -> CreateProjectArea {
    CreateProjectArea {
        application,
        name: name.into(),
        access: ReadAccess::Everyone,
        administrators: Vec::new(),
        roles: roles.iter().map(|id| role(id)).collect(),
        permissions: Vec::new(),
        iteration_types: Default::default(),
        carried: Carried::NOTHING,
    }
}

/// Electric Vehicle with its Tuning Team: Bob leads there, Tia contributes, Lena leads in the project area.
fn electric_vehicle() -> World {
    let mut world = World::new();
    for id in ["ada", "bob", "tia", "lena"] {
        world.person(id);
    }
    let mut area = project_area(Application::Gc, "Electric Vehicle", &["lead", "contributor", "tagger"]);
    area.administrators = vec![world.user("ada")];
    area.permissions = ["gc.save-component", "gc.save-stream", "gc.save-baseline", "gc.save-staging-stream"]
        .map(|operation| entry("lead", operation, &["*"]))
        .into_iter()
        .chain([
            entry("contributor", "gc.save-stream", &["modify-attributes"]),
            entry("tagger", "gc.manage-tags", &["*"]),
            entry("default", "gc.save-personal-stream", &["create", "modify"]),
        ])
        .collect();
    world.root(area);
    world.team("gc/Electric Vehicle", "Tuning Team");
    world.member("gc/Electric Vehicle", "lena", &["lead"]);
    world.member("gc/Electric Vehicle/Tuning Team", "bob", &["lead"]);
    world.member("gc/Electric Vehicle/Tuning Team", "tia", &["contributor"]);
    for name in ["Motor", "Vehicle"] {
        let project_area = world.area("gc/Electric Vehicle");
        world.by("lena", CreateComponent { project_area, name: name.into(), carried: Carried::NOTHING });
    }
    world
}

impl World {
    fn make(&self, kind: NewConfiguration, source: &str, name: &str) -> CreateConfiguration {
        CreateConfiguration {
            source: self.configuration(source),
            kind,
            name: name.into(),
            carried: Carried::NOTHING,
            in_place_in: None,
        }
    }
    fn add(&self, parent: &str, contribution: &str) -> AddContribution {
        AddContribution {
            parent: self.configuration(parent),
            contribution: Contribution::Configuration(self.configuration(contribution)),
            at: None,
        }
    }
}
