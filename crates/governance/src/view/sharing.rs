//! Processes that project areas share, known by name to whoever could use them
//! (docs/decision.md#shared-processes-by-name).

use std::sync::Arc;

use serde_json::Value;

use super::View;
use crate::act::{Act as _, Refusal, allowed};
use crate::catalogue::Application;
use crate::command::{Command, Needs, UseProcess, carried_value};
use crate::decision::decide;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::PreconditionEntry;
use crate::process::{Permission, PermissionKey, Role, Slot};
use crate::process_area::{AreaId, Frozen, ProcessArea, ProcessCopy, ProcessLink, ProjectArea};
use crate::process_copy::Elsewhere;
use crate::process_template::ProcessTemplate;
use crate::text::Name;

/// A process that others could use, and what a change would make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedProcess {
    /// The application.
    pub application: Application,
    /// The name of the project area that shares it.
    pub project_area: Name,
    /// What it would be; nothing if it would not be shared.
    pub then: Option<ProcessTemplate>,
}

/// What one project area lends another.
#[derive(Clone, Debug)]
pub struct Lent<'v> {
    /// The roles that it defines.
    pub roles: &'v [Role],
    /// Those of its entries that can count there: always, or in iterations of a type that comes along.
    pub permissions: Vec<(&'v PermissionKey, &'v Permission)>,
    /// Those of its preconditions, likewise.
    pub preconditions: Vec<&'v PreconditionEntry>,
}

impl View {
    /// The project areas of an application whose processes the asker could use for another, from this number
    /// on.
    pub fn shared_processes(
        &self,
        application: Application,
        first: u32,
    ) -> impl Iterator<Item = (AreaId, &ProcessArea)> {
        let known = self.could_use_a_process(application).then_some(());
        known.into_iter().flat_map(move |()| {
            let areas = self.organisation.areas().filter(move |(id, _)| id.number() >= first);
            areas.filter(move |(id, _)| self.shares(*id, application))
        })
    }

    /// The one of this name.
    pub fn shared_process_named(&self, application: Application, name: &str) -> Option<AreaId> {
        let found = self.organisation.project_area_named(application, name)?;
        self.knows_process_of(found).then_some(found)
    }

    /// The link to a process of another server, without its iteration types. Which copies are kept here is no
    /// secret: each has the name that was typed in.
    pub fn link_elsewhere(&self, of: &Elsewhere) -> ProcessLink {
        self.present.link_elsewhere(of, false)
    }

    /// A link that is made now. Where the copy was frozen since another project area has its name, whoever
    /// links says that they mean that one: it is fetched anew.
    pub fn linked_now(&self, link: ProcessLink) -> ProcessLink {
        let copy = link.lender().and_then(|copy| self.organisation.area(copy)?.copy());
        if copy.is_some_and(|copy| copy.frozen == Some(Frozen::Replaced)) { link.pending() } else { link }
    }

    /// Whether the asker may know whose process it is: by seeing the project area, or by name.
    pub fn knows_process_of(&self, project_area: AreaId) -> bool {
        let application = || Some(self.organisation.area(project_area)?.project()?.application);
        self.sees(Item::Area(project_area))
            || application().is_some_and(|it| self.shares(project_area, it) && self.could_use_a_process(it))
    }

    /// The name of a project area whose process another uses, if the asker may know it.
    pub fn process_name(&self, project_area: AreaId) -> Option<&Name> {
        self.organisation
            .area(project_area)
            .filter(|_| self.knows_process_of(project_area))
            .map(|it| &it.name)
    }

    /// What the copy of another server's process is called, with that server; `None` for any other area.
    pub fn name_of_copy(&self, area: AreaId) -> Option<String> {
        let area = self.organisation.area(area)?;
        Some(format!("{} of {}", area.name, area.copy()?.server))
    }

    /// What the process of a project area that the asker sees says under a carried key, with what the project
    /// area uses of another's.
    pub fn process_says(&self, project_area: AreaId, key: &str) -> Option<Value> {
        let own = self.see(project_area)?;
        let used = own.project().and_then(|it| it.uses_process.as_ref()?.lender());
        let used = used.and_then(|used| self.organisation.area(used));
        carried_value(key, &own.carried, used.map(|used| &used.carried))
    }

    /// The process of a project area that the asker may know, as a template has it.
    pub fn shared_process(&self, project_area: AreaId) -> Option<ProcessTemplate> {
        let name = &self.organisation.area(project_area)?.name;
        let known = self.knows_process_of(project_area);
        known.then(|| ProcessTemplate::of_project_area(&self.organisation, project_area, name.clone()))?
    }

    /// The processes that others could use and that commands which are only thought of would change, each
    /// with what it would be; none where it would not be shared any more.
    ///
    /// # Errors
    /// When a command cannot be carried out as things are.
    pub fn processes_after(&self, commands: &[Command]) -> Result<Vec<ChangedProcess>, Refusal> {
        Ok(self.processes_changed_to(&self.thought_of(commands)?.after))
    }

    /// The same of what the organisation would be.
    pub fn processes_changed_to(&self, after: &Organisation) -> Vec<ChangedProcess> {
        let mut changed = Vec::new();
        for (id, area, project) in self.organisation.project_areas() {
            let application = project.application;
            if !self.shares(id, application) || !self.sees(Item::Area(id)) {
                continue;
            }
            let of = |organisation| ProcessTemplate::of_project_area(organisation, id, area.name.clone());
            // Others know it by its name: one that goes by another is gone for them.
            let is_known = after.area(id).is_some_and(|then| then.name == area.name);
            let then = of(after).filter(|_| is_known && after.shares_process(id));
            if then != of(&self.organisation) {
                changed.push(ChangedProcess { application, project_area: area.name.clone(), then });
            }
        }
        changed
    }

    /// The process that a project area uses of another, as it lies above its own.
    pub fn used_process(&self, project_area: AreaId) -> Option<AreaId> {
        self.see(project_area)?.project()?.uses_process.as_ref()?.lender()
    }

    /// What is kept of a process of another server that a project area uses.
    pub fn process_copy(&self, project_area: AreaId) -> Option<&ProcessCopy> {
        self.organisation.area(self.used_copy(project_area)?)?.copy()
    }

    /// Where that copy is, if there is one: what changes of it changes the project area.
    pub fn used_copy(&self, project_area: AreaId) -> Option<AreaId> {
        let lender = self.used_process(project_area)?;
        self.organisation.area(lender)?.copy().map(|_| lender)
    }

    /// What a project area uses of another, beside which lies its own (docs/decision.md#slots).
    pub fn lent(&self, project_area: AreaId) -> Option<Lent<'_>> {
        let link = self.see(project_area)?.project()?.uses_process.as_ref()?;
        let (lender, organisation) = (link.lender()?, &self.organisation);
        let counts = |key: &PermissionKey| match key.slot {
            Slot::Always => true,
            Slot::IterationType(_) => link.iteration_types,
            Slot::Timeline(_) | Slot::Iteration { .. } => false,
        };
        Some(Lent {
            roles: organisation.roles(lender),
            permissions: organisation.permissions(lender).filter(|(key, _)| counts(key)).collect(),
            preconditions: organisation.preconditions(lender).iter().filter(|it| counts(&it.key)).collect(),
        })
    }

    /// What having a project area use a process would come to, and what would be seen after it.
    ///
    /// # Errors
    /// Why it would be refused.
    pub fn with_process_used(&self, wanted: &UseProcess) -> Result<(Self, Vec<Event>), Refusal> {
        let command = Command::from(wanted.clone());
        let events = match command.act(&self.present, self.asker, self.own_leases()) {
            Ok(acted) => acted.events,
            Err(Refusal::Nothing) => Vec::new(),
            Err(refusal) => return Err(refusal),
        };
        let organisation = Arc::new(self.organisation.after(&events));
        Ok((Self { organisation, ..self.clone() }, events))
    }

    /// Whether the asker may have a project area use another's process, or none.
    ///
    /// # Errors
    /// The refusal.
    pub fn may_modify_process(&self, project_area: AreaId) -> Result<(), Refusal> {
        let mut needs = Needs::new(&self.present, self.asker);
        needs.save("modify-specification", Item::Area(project_area));
        allowed(needs, self.own_leases()).map(drop)
    }

    /// Whether the asker could have some project area of this application use another's process.
    pub fn may_use_processes(&self, application: Application) -> bool {
        self.could_use_a_process(application)
    }

    /// What is shared no more today is not known by name any more, whatever the view looks back on.
    fn shares(&self, id: AreaId, application: Application) -> bool {
        let shares = |organisation: &Organisation| {
            let project = organisation.area(id).and_then(ProcessArea::project);
            project.is_some_and(|it| it.application == application) && organisation.shares_process(id)
        };
        shares(&self.present) && shares(&self.organisation)
    }

    /// Whether the asker may give some project area of the application another's process.
    fn could_use_a_process(&self, application: Application) -> bool {
        let could = |area: &ProcessArea, project: &ProjectArea| {
            !area.archived && !project.shares_process && project.application == application
        };
        let may = |id: AreaId| {
            let mut needs = Needs::new(&self.present, self.asker);
            needs.save("modify-specification", Item::Area(id));
            let leases = self.own_leases();
            let mut questions = needs.list.iter().map(|need| need.question(self.asker, leases));
            questions.all(|question| decide(&self.present, &question).is_ok())
        };
        self.present.project_areas().any(|(id, area, project)| could(area, project) && may(id))
    }
}
