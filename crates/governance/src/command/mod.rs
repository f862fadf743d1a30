//! Commands: what people and programs want changed, with the permission that each needs.
//!
//! A command says what it needs and which events it comes to; [`crate::Act`] judges both. Nothing here reads
//! a clock or draws a number: the same command on the same organisation always comes to the same events.

mod access_group;
mod account;
mod approval;
mod archive;
mod artefact;
mod baseline_hierarchy;
mod branch_hierarchy;
mod category;
mod component;
mod configuration;
mod contributions;
mod folder;
mod functional_user;
mod invitation;
mod keys;
mod licence_pool;
mod members;
mod name_pattern;
mod needs;
mod noun;
mod password_link;
mod permissions;
mod plan;
mod preconditions;
mod process_sharing;
mod process_template;
mod project_area;
mod replace_everywhere;
mod roles;
mod save;
mod settings;
mod shared_query;
mod source_control;
mod tag;
mod team_area;
mod test_artefact;
#[cfg(test)]
mod tests;
mod timelines;
mod types;
mod user;
mod work_item;

use serde::{Deserialize, Serialize};

use crate::access_group::AccessGroup;
use crate::act::Refusal;
use crate::application_items::{Artefact, Category, Folder, Plan, ScmItem, TestArtefact, WorkItem};
use crate::configuration::{Component, Configuration};
use crate::event::Event;
use crate::organisation::Organisation;
use crate::process_area::ProcessArea;
use crate::process_template::ProcessTemplate;
use crate::registry::Person;
use crate::user::{User, UserId};

pub use access_group::AccessGroupKey;
pub use account::EndAccess;
pub use approval::{Approve, WithdrawApproval};
pub use archive::{Archive, Delete, Replacement, Subject, Unarchive};
pub use artefact::ArtefactKey;
pub use baseline_hierarchy::{
    BaselineHierarchy, BaselineLine, BaselineOutcome, BaselinePlan, LocalBaseline, LocalOutcome,
};
pub use branch_hierarchy::BranchHierarchy;
pub use category::CategoryKey;
pub use component::{ComponentKey, CreateComponent};
pub use configuration::{CommitStagingStream, ConfigurationKey, CreateConfiguration, NewConfiguration};
pub use contributions::{
    AddContribution, RemoveContribution, ReorderContributions, ReplaceContribution, SetContributions,
    contributions_to_become,
};
pub use folder::FolderKey;
pub use functional_user::Employer;
pub use invitation::{AcceptInvitation, Invited, JoinByInvitation, WriteInvitation, invited_user};
pub use keys::{ManageConsumers, ManageFriends};
pub use licence_pool::{EndLease, RemoveLicencePool, SetLicencePool};
pub use members::{AddAdministrator, AddReader, RemoveAdministrator, RemoveMember, RemoveReader, SetMember};
pub use name_pattern::{NamePattern, UnknownPlaceholder};
pub use needs::{Need, Needs};
pub use noun::{Create, Created, Edit, Edited, Noun};
pub use password_link::{FirstUser, IssuePasswordLink, ReleaseLockOut};
pub use permissions::{RemovePermission, SetPermission};
pub use plan::PlanKey;
pub use preconditions::SetPreconditions;
pub use process_sharing::{CopyProcessAndUnlink, OwnProcess, UseProcess};
pub(crate) use process_sharing::{carried_value, unlinked};
pub use process_template::{KeepProcessTemplate, MakeTemplateFromProjectArea, ProcessTemplateKey};
pub use project_area::{CreateProjectArea, ProcessAreaKey};
pub use replace_everywhere::ReplaceEverywhere;
pub use roles::{AddRole, ChangeRole, RemoveRole, ReorderRoles, RoleKey, SetRoles};
pub use save::Save;
pub use settings::ChangeSettings;
pub use shared_query::{ChangeSharedQuery, CreateSharedQuery, RemoveSharedQuery};
pub use source_control::ScmItemKey;
pub use tag::{ChangeTag, CreateTag, DeleteTag};
pub use team_area::{CreateTeamArea, MoveTeamArea};
pub use test_artefact::TestArtefactKey;
pub use timelines::{ChangeTimeline, CreateTimeline, RemoveTimeline, SetTimelines, TimelineKey};
pub use types::ImportTypes;
pub use user::{EraseUser, UserKey};
pub use work_item::WorkItemKey;

/// One command, as far as it can be done at once.
pub(crate) trait Step {
    /// What the user must be allowed to do, in the order in which it is asked.
    fn needs(&self, needs: &mut Needs<'_>);
    /// What it comes to. Told only to those who are allowed all of it.
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal>;
    /// Which refusals are told.
    fn refusals(&self) -> Refusals {
        Refusals::First
    }
    /// Commands that belong to it, each judged in the organisation after what comes before it.
    fn then(&self, _after: &Organisation) -> Vec<Command> {
        Vec::new()
    }
}

/// Which of several refusals of one command are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusals {
    First,
    Every,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($command:ty),)*) => {
        /// A change that somebody wants, by the identifiers of what it concerns.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "command", rename_all = "kebab-case")]
        pub enum Command {
            $($(#[$doc])* $name($command),)*
        }
        impl Command {
            /// The name of every command.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            pub(crate) fn step(&self) -> &dyn Step {
                match self { $(Self::$name(command) => command,)* }
            }
        }
        $(impl From<$command> for Command {
            fn from(command: $command) -> Self {
                Self::$name(command)
            }
        })*
    };
}

commands! {
    /// Several commands as one: all or none, each judged after those before it.
    Together(Together),
    /// Several changes as one save, judged before any of them is made.
    Save(Save),
    /// Archives something.
    Archive(Archive),
    /// Takes something out of the archive.
    Unarchive(Unarchive),
    /// Deletes something for good.
    Delete(Delete),
    /// Makes a user.
    CreateUser(Create<User>),
    /// Changes a user.
    ChangeUser(Edit<User>),
    /// Erases the name and mail of an archived user.
    EraseUser(EraseUser),
    /// Makes a user of a person whom a registry tells of.
    TakePerson(Person),
    /// Changes the server's settings.
    ChangeSettings(ChangeSettings),
    /// Makes or resizes a pool of floating licences.
    SetLicencePool(SetLicencePool),
    /// Removes a pool of floating licences.
    RemoveLicencePool(RemoveLicencePool),
    /// Makes an access group.
    CreateAccessGroup(Create<AccessGroup>),
    /// Changes an access group.
    ChangeAccessGroup(Edit<AccessGroup>),
    /// Makes a process template.
    CreateProcessTemplate(Create<ProcessTemplate>),
    /// Keeps a process template, in the place of the one of its name if there is one.
    KeepProcessTemplate(KeepProcessTemplate),
    /// Makes a process template of the process of a project area.
    MakeTemplateFromProjectArea(MakeTemplateFromProjectArea),
    /// Changes a process template.
    ChangeProcessTemplate(Edit<ProcessTemplate>),
    /// Makes a project area.
    CreateProjectArea(CreateProjectArea),
    /// Changes a project area or team area.
    ChangeProcessArea(Edit<ProcessArea>),
    /// Has a project area use the process of another.
    UseProcess(UseProcess),
    /// Writes the effective process of a consumer into it, and ends the link.
    CopyProcessAndUnlink(CopyProcessAndUnlink),
    /// Makes a team area.
    CreateTeamArea(CreateTeamArea),
    /// Nests a team area elsewhere.
    MoveTeamArea(MoveTeamArea),
    /// Makes somebody a member, or gives a member these roles.
    SetMember(SetMember),
    /// Makes somebody a member who has accepted an invitation.
    JoinByInvitation(JoinByInvitation),
    /// Ends a membership.
    RemoveMember(RemoveMember),
    /// Makes somebody an administrator of an area.
    AddAdministrator(AddAdministrator),
    /// Ends that.
    RemoveAdministrator(RemoveAdministrator),
    /// Puts somebody in a project area's access list.
    AddReader(AddReader),
    /// Takes somebody out of it.
    RemoveReader(RemoveReader),
    /// Defines a role.
    AddRole(AddRole),
    /// Changes a role.
    ChangeRole(ChangeRole),
    /// Removes a role.
    RemoveRole(RemoveRole),
    /// Puts an area's roles in another order.
    ReorderRoles(ReorderRoles),
    /// Puts an area's roles in the place of those that it has.
    SetRoles(SetRoles),
    /// Makes or replaces an entry.
    SetPermission(SetPermission),
    /// Removes an entry.
    RemovePermission(RemovePermission),
    /// Puts an area's preconditions in the place of those that it has.
    SetPreconditions(SetPreconditions),
    /// Makes a timeline.
    CreateTimeline(CreateTimeline),
    /// Changes a timeline.
    ChangeTimeline(ChangeTimeline),
    /// Removes a timeline.
    RemoveTimeline(RemoveTimeline),
    /// Puts a project area's timelines in the place of those that it has.
    SetTimelines(SetTimelines),
    /// Lists a tag.
    CreateTag(CreateTag),
    /// Renames a tag wherever it is, or describes it.
    ChangeTag(ChangeTag),
    /// Deletes a tag wherever it is.
    DeleteTag(DeleteTag),
    /// Takes types of attributes and links from another project area.
    ImportTypes(ImportTypes),
    /// Keeps a query for everybody.
    CreateSharedQuery(CreateSharedQuery),
    /// Changes a shared query.
    ChangeSharedQuery(ChangeSharedQuery),
    /// Removes a shared query.
    RemoveSharedQuery(RemoveSharedQuery),
    /// Makes a component, with its initial stream and baseline.
    CreateComponent(CreateComponent),
    /// Changes a component.
    ChangeComponent(Edit<Component>),
    /// Makes a configuration from another.
    CreateConfiguration(CreateConfiguration),
    /// Changes a configuration.
    ChangeConfiguration(Edit<Configuration>),
    /// Ends a staging stream as a baseline.
    CommitStagingStream(CommitStagingStream),
    /// Baselines a hierarchy, bottom up.
    BaselineHierarchy(BaselineHierarchy),
    /// Approves a stream or staging stream as it is.
    Approve(Approve),
    /// Takes the own approval back.
    WithdrawApproval(WithdrawApproval),
    /// Adds a contribution.
    AddContribution(AddContribution),
    /// Removes a contribution.
    RemoveContribution(RemoveContribution),
    /// Puts contributions in another order.
    ReorderContributions(ReorderContributions),
    /// Puts one contribution in the place of another.
    ReplaceContribution(ReplaceContribution),
    /// Puts a whole list in the place of what a configuration contains.
    SetContributions(SetContributions),
    /// Puts one contribution in the place of another throughout a hierarchy.
    ReplaceEverywhere(ReplaceEverywhere),
    /// Makes streams of a whole hierarchy.
    BranchHierarchy(BranchHierarchy),
    /// Makes a category.
    CreateCategory(Create<Category>),
    /// Changes a category.
    ChangeCategory(Edit<Category>),
    /// Makes a work item.
    CreateWorkItem(Create<WorkItem>),
    /// Changes a work item.
    ChangeWorkItem(Edit<WorkItem>),
    /// Makes a plan.
    CreatePlan(Create<Plan>),
    /// Changes a plan.
    ChangePlan(Edit<Plan>),
    /// Makes a stream or component of source control.
    CreateScmItem(Create<ScmItem>),
    /// Changes a stream or component of source control.
    ChangeScmItem(Edit<ScmItem>),
    /// Makes a test artefact.
    CreateTestArtefact(Create<TestArtefact>),
    /// Changes a test artefact.
    ChangeTestArtefact(Edit<TestArtefact>),
    /// Makes a folder.
    CreateFolder(Create<Folder>),
    /// Changes a folder.
    ChangeFolder(Edit<Folder>),
    /// Makes a requirements artefact.
    CreateArtefact(Create<Artefact>),
    /// Changes a requirements artefact.
    ChangeArtefact(Edit<Artefact>),
}

/// Several commands as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// In order.
    pub commands: Vec<Command>,
}

impl Command {
    /// Several commands as one.
    pub fn together(commands: impl Into<Vec<Self>>) -> Self {
        Self::Together(Together { commands: commands.into() })
    }
}

impl Step for Together {
    fn needs(&self, _needs: &mut Needs<'_>) {}
    fn events(&self, _organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(Vec::new())
    }
    fn then(&self, _after: &Organisation) -> Vec<Command> {
        self.commands.clone()
    }
}
