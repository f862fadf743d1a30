//! What can be wrong, in words that name cause and remedy.

use thiserror::Error;

use crate::catalogue::{Application, LicenceType, OperationId};
use crate::day::Day;
use crate::precondition::Precondition;
use crate::text::Name;
use crate::vocabulary::Flaw;

/// A rule of the model that a change would break.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum Rule {
    // Names and references.
    #[error("{} {} needs a name: write at least one visible character", article(.0), .0)]
    NoName(&'static str),
    #[error(
        "the {kind} `{}` has blanks around it, or letters in it that are not seen: remove them",
        name.escape_debug()
    )]
    UnseenInName { kind: &'static str, name: Name },
    #[error(
        "a {0} cannot be called `.` or `..`, which mean another place in an address: choose another name"
    )]
    DotsAsName(&'static str),
    #[error("a {kind} has at most {longest} characters: shorten it")]
    NameTooLong { kind: &'static str, longest: usize },
    #[error("the name `{name}` is taken by another {kind} here: choose another")]
    NameTaken { kind: &'static str, name: Name },
    #[error("the user id `{0}` is taken: choose another")]
    UserIdUsed(Name),
    #[error("the user id `{id}` differs from `{other}` by case or Unicode form alone: choose another id")]
    UserIdTaken { id: Name, other: Name },
    #[error("the user id `{0}` is for the server's own work, and no person's: choose another")]
    FunctionalId(Name),
    #[error("the user id `{0}` has a colon in it, with which nobody signs in by HTTP Basic: choose another")]
    ColonInId(Name),
    #[error("the number {number} is taken by another {kind}: numbers are unique on the server")]
    NumberTaken { kind: &'static str, number: u64 },
    #[error("{kind} `{name}` refers to a {what} that does not exist: name an existing one, or none")]
    NotThere { kind: &'static str, name: Name, what: &'static str },
    #[error(
        "{kind} `{name}` refers to a {what} of another project area: name one of its own project area, or none"
    )]
    OtherProject { kind: &'static str, name: Name, what: &'static str },
    #[error("a {kind} belongs in a project area of the application {application}")]
    Application { kind: &'static str, application: Application },
    #[error("{kind} `{name}` cannot be removed, only archived")]
    NeverRemoved { kind: &'static str, name: Name },
    #[error("{kind} `{name}` is still used: first change each {by} that uses it")]
    StillUsed { kind: &'static str, name: Name, by: &'static str },
    #[error("the {kind} `{}` would contain itself: choose another parent", .path.join("` → `"))]
    Cycle { kind: &'static str, path: Vec<Name> },

    // Users and licences.
    #[error(
        "the last active member of JazzAdmins cannot be lost: first give the group to another active user"
    )]
    LastAdministrator,
    #[error("licence `{}` is for functional users, who hold it anyway: remove it", .0.id())]
    FunctionalLicence(LicenceType),
    #[error(
        "`{user}` is a functional user, who holds `{}` without its being assigned, and nothing else: remove `{}`",
        LicenceType::internal().id(), .licence.id()
    )]
    FunctionalUserLicensed { user: Name, licence: LicenceType },
    #[error(
        "`{user}` is a functional user, who never signs in, and of no registry: remove the registry `{registry}`"
    )]
    FunctionalUserRegistered { user: Name, registry: Name },
    #[error(
        "{assigned} people would have the licence `{}`, of which {installed} are installed: take it from \
         somebody, or install more", .licence.id()
    )]
    LicencesAssigned { licence: LicenceType, assigned: usize, installed: u32 },

    // Process areas.
    #[error(
        "a team area directly in a project area cannot be called `{0}`, which is a value: choose another name"
    )]
    ReservedName(Name),
    #[error("only a team area directly in a project area has a timeline: remove it from `{0}`")]
    TimelineBelowRoot(Name),
    #[error("only a project area has {what}: remove them from team area `{area}`")]
    ProjectAreaOnly { what: &'static str, area: Name },
    #[error("project area `{0}` cannot use its own process: choose another provider")]
    ProviderIsItself(Name),
    #[error("the provider of project area `{0}` is no project area of the same application: choose another")]
    ProviderApplication(Name),
    #[error(
        "the provider of project area `{0}` does not share its process: share it there, or choose another"
    )]
    ProviderDoesNotShare(Name),
    #[error("the provider of project area `{0}` is archived: unarchive it, or choose another")]
    ProviderArchived(Name),
    #[error("the provider of project area `{0}` itself uses another's process: choose one that does not")]
    ProviderConsumes(Name),
    #[error("project area `{0}` cannot both use another's process and share its own: end one of the two")]
    ConsumerShares(Name),
    #[error("project area `{0}` names no server URI or no project area for the process that it uses")]
    BadProvider(Name),
    #[error(
        "`{user}`{} has a role of the process that `{area}` would use no more, such as `{role}`: copy the process into \
         it (`bailiwick process copy`), or take these roles from them first",
        others_too(*.others)
    )]
    RoleOfProvider { user: Name, role: Name, others: usize, area: Name },
    #[error("the process of project area `{0}` is used by others: unlink them before it {1}")]
    ProcessInUse(Name, &'static str),

    // Roles, members, entries.
    #[error("the role `default` is Everyone: it is neither defined nor assigned")]
    EveryoneRole,
    #[error("role id `{role}` is defined twice in `{area}`: remove one")]
    RoleTwice { role: Name, area: Name },
    #[error("role id `{role}` of team area `{area}` is in use above it: choose another id")]
    RoleInUseAbove { role: Name, area: Name },
    #[error(
        "a member of `{area}` has the role `{role}`, which is not defined there or above: define it, or choose another"
    )]
    RoleNotVisible { role: Name, area: Name },
    #[error("a member of `{area}` has the role `{role}` twice: remove one")]
    RoleAssignedTwice { role: Name, area: Name },
    #[error("at most one member of `{area}` can have the role `{role}`: take it from the other first")]
    Cardinality { role: Name, area: Name },
    #[error(
        "role `{role}` is made of tag permissions only and cannot be assigned in team area `{area}`: assign it in the project area"
    )]
    TaglessRole { role: Name, area: Name },
    #[error(
        "an entry of `{area}` is for the role `{role}`, which is not defined there or above: define it, or choose another"
    )]
    EntryRole { role: Name, area: Name },
    #[error("`{operation}` is no operation of {application}: remove the entry from `{area}`")]
    EntryApplication { operation: OperationId, application: Application, area: Name },
    #[error(
        "`{operation}` is decided by the project area alone: make the entry there, not in team area `{area}`"
    )]
    EntryClass { operation: OperationId, area: Name },
    #[error("`{action}` is no action of `{operation}` that an entry can name")]
    EntryAction { action: String, operation: OperationId },
    #[error(
        "an entry of `{area}` is for {slot}, which the project area does not have: choose an existing one"
    )]
    EntrySlot { slot: String, area: Name },

    #[error(
        "`{area}` has two preconditions for role `{role}` and `{operation}` in the same slot: make them one"
    )]
    PreconditionTwice { role: Name, operation: OperationId, area: Name },
    #[error(
        "`{}` cannot be demanded of `{operation}` in `{area}`: it is for `{}`", .precondition.word(),
        .precondition.operations().join("` and `")
    )]
    PreconditionOperation { precondition: Precondition, operation: OperationId, area: Name },

    #[error(
        "a group is bound to the role `{role}` in `{area}`, which is not defined there or above, or is Everyone: define it, or choose another"
    )]
    BindingRole { role: Name, area: Name },
    #[error("the group `{group}` is bound to the role `{role}` in `{area}` twice: remove one")]
    BindingTwice { group: Name, role: Name, area: Name },

    // Process templates.
    #[error(
        "an entry of template `{template}` is for the role `{role}`, which it does not define: define it, or choose another"
    )]
    TemplateRole { role: Name, template: Name },
    #[error(
        "`{operation}` is no operation of every application: remove the entry from template `{template}`, or give the template an application"
    )]
    TemplateForAny { operation: OperationId, template: Name },
    #[error(
        "an entry of template `{template}` is for {slot}: choose an iteration type that the template has, or always"
    )]
    TemplateSlot { slot: String, template: Name },
    #[error(
        "template `{template}` has two entries for role `{role}` and `{operation}` in the same slot: remove one"
    )]
    TemplateEntryTwice { role: Name, operation: OperationId, template: Name },
    #[error("`{of}` has the iteration type `{iteration_type}` twice: remove one")]
    IterationTypeTwice { iteration_type: Name, of: Name },

    // Copies of other servers' processes.
    #[error(
        "the process of `{area}` has {count} {what}, and {most} are taken over at most: have fewer there"
    )]
    CopyTooLarge { area: Name, count: usize, what: &'static str, most: usize },

    // Timelines.
    #[error("exactly one timeline of `{area}` must be the project timeline, not {count}")]
    ProjectTimeline { area: Name, count: usize },
    #[error(
        "the current iteration `{current}` of timeline `{timeline}` does not exist, or would not any more: make another one current, or \
         none, and then try again"
    )]
    CurrentIteration { timeline: Name, current: Name },
    #[error(
        "timeline `{timeline}` has two iterations `{iteration}` side by side: give one of them another id"
    )]
    IterationTwice { timeline: Name, iteration: Name },
    #[error(
        "iteration type `{iteration_type}` of timeline `{timeline}` is not declared: add it to the iteration types of the project area"
    )]
    IterationType { timeline: Name, iteration_type: Name },
    #[error("{what} ends on {end}, before it begins on {start}: change one of the two days")]
    EndsBeforeItBegins { what: String, start: Day, end: Day },
    #[error(
        "team area `{area}` follows the timeline `{timeline}`, which does not exist: choose one that does, or none"
    )]
    NoTimeline { area: Name, timeline: Name },

    // Global configurations.
    #[error(
        "team area `{area}` governs {used} components and configurations, and cannot be archived: give them another \
         team area first"
    )]
    ArchivedGoverns { area: Name, used: usize },
    #[error("`{0}` is not made from a stream or baseline of its own component: choose one")]
    Source(Name),
    #[error("`{parent}` contains `{contribution}` twice: remove one")]
    ContributionTwice { parent: Name, contribution: Name },
    #[error(
        "`{parent}` would contain {count} contributions, and may {most}: put some into a component of their own"
    )]
    TooManyContributions { parent: Name, count: usize, most: usize },
    #[error("`{parent}` contains {contribution}, which does not exist")]
    NoContribution { parent: Name, contribution: String },
    #[error("`{0}` contains a configuration of another project area: refer to it by its URI")]
    ContributionElsewhere(Name),
    #[error("`{0}` cannot contain itself: choose another configuration")]
    ContainsItself(Name),
    #[error("`{parent}` is a baseline and `{contribution}` is not: a baseline contains baselines only")]
    NotABaseline { parent: Name, contribution: Name },
    #[error("`{contribution}` is archived and cannot be added to `{parent}`: unarchive it first")]
    ArchivedContribution { parent: Name, contribution: Name },
    #[error("`{0}` is no URI: write `https://…`, or name a configuration")]
    NotAUri(Name),
    #[error("this would close a cycle: {}", cycle(.0))]
    ContributionCycle(Vec<String>),

    #[error("`{0}` is a personal stream, which nobody approves: approve a stream or staging stream")]
    ApprovalOfPersonal(Name),
    // The vocabulary of a project area.
    #[error("{kind} `{name}`: {flaw}")]
    Vocabulary { kind: &'static str, name: Name, flaw: Flaw },

    // The applications' items.
    #[error("category `{0}` restricts access but has no team area at or above it: give it one")]
    RestrictedWithoutTeam(Name),
    #[error("`{0}` is private and needs a user as its owner: change owner or visibility")]
    PrivateOwner(Name),
    #[error("`{0}` is team private and needs a team area as its owner: change owner or visibility")]
    TeamPrivateOwner(Name),
}

impl Rule {
    /// Whether it is about whose process a project area uses, rather than about the area.
    pub fn is_about_process_link(&self) -> bool {
        matches!(
            self,
            Self::ProviderIsItself(_)
                | Self::ProviderApplication(_)
                | Self::ProviderDoesNotShare(_)
                | Self::ProviderArchived(_)
                | Self::ProviderConsumes(_)
                | Self::ConsumerShares(_)
                | Self::BadProvider(_)
        )
    }
}

/// `a user`, `an access group`.
fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

/// So many steps of a long cycle are told at its beginning, and as many at its end.
const CYCLE_END: usize = 50;

fn cycle(way: &[String]) -> String {
    let named = |steps: &[String]| format!("`{}`", steps.join("` → `"));
    match way.len().checked_sub(2 * CYCLE_END).filter(|more| *more > 0) {
        Some(more) => {
            let (begin, end) = (named(&way[..CYCLE_END]), named(&way[way.len() - CYCLE_END..]));
            format!("{begin} → … {more} more … → {end}")
        }
        None => named(way),
    }
}

/// How many others the same is true of.
fn others_too(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => " and 1 other each".to_owned(),
        others => format!(" and {others} others each"),
    }
}
