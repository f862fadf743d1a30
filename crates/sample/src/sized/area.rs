//! Project areas and team areas.

use std::sync::Arc;

use governance::{
    Application, AreaKind, Carried, Event, ProcessArea, ProjectArea, ReadAccess, RoleInheritance, TeamArea,
};

use super::{Plan, area_id, created};

const PRODUCTS: [&str; 10] = [
    "Electric Vehicle",
    "City Bus",
    "Delivery Van",
    "Tractor",
    "Excavator",
    "Tram",
    "Wind Turbine",
    "Forklift",
    "Ferry",
    "Satellite",
];
const TEAMS: [&str; 10] = [
    "Tuning Team",
    "Brake Team",
    "Battery Team",
    "Chassis Team",
    "Cockpit Team",
    "Drive Team",
    "Safety Team",
    "Test Team",
    "Integration Team",
    "Supplier Team",
];

pub(super) fn areas(plan: &Arc<Plan>) -> impl Iterator<Item = Event> + use<> {
    let plan = plan.clone();
    (0..plan.areas()).map(move |number| {
        let fact = if number < plan.projects { project(&plan, number) } else { team(&plan, number) };
        Event::Area(created(area_id(number), Arc::new(fact)))
    })
}

fn project(plan: &Plan, number: usize) -> ProcessArea {
    let access = match plan.chance("access", number).below(20) {
        0..12 => ReadAccess::Everyone,
        12..17 => ReadAccess::Hierarchy,
        17..19 => ReadAccess::HierarchyAndList,
        _ => ReadAccess::List,
    };
    let product = PRODUCTS[number % PRODUCTS.len()];
    let series = number / PRODUCTS.len();
    let name = if series == 0 { product.to_owned() } else { format!("{product} {}", series + 1) };
    let project = ProjectArea {
        application: Application::Gc,
        access: if number == 0 { ReadAccess::Everyone } else { access },
        shares_process: false,
        uses_process: None,
        iteration_types: ["sprint", "freeze", "release"].map(Into::into).into(),
    };
    let kind = AreaKind::Project(project);
    ProcessArea { name: name.into(), archived: false, kind, carried: Carried::NOTHING }
}

fn team(plan: &Plan, number: usize) -> ProcessArea {
    let at = number - plan.projects;
    let planned = &plan.teams[at];
    // Numbered within its project area.
    let (noun, count) = (TEAMS[at / plan.projects % TEAMS.len()], at / plan.projects / TEAMS.len());
    let mut chance = plan.chance("team", number);
    let root = planned.depth == 1;
    let usual = RoleInheritance::default_for(Application::Gc, root);
    let team = TeamArea {
        parent: area_id(planned.parent),
        role_inheritance: if chance.percent(10) { RoleInheritance::Isolate } else { usual },
        timeline: None,
    };
    let name = if count == 0 { noun.to_owned() } else { format!("{noun} {}", count + 1) };
    ProcessArea {
        name: name.into(),
        archived: chance.percent(plan.archived_teams),
        kind: AreaKind::Team(team),
        carried: Carried::NOTHING,
    }
}
