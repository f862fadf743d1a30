//! Facts and the events that change them.
//!
//! An organisation is nothing but facts, each kept under a key; an event says what one fact was and what it
//! is now. Events are what the journal keeps, what a replica applies and what an *as of* undoes.

use imbl::OrdMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use thiserror::Error;

use crate::access_group::{AccessGroup, AccessGroupId};
use crate::application_items::{
    Artefact, ArtefactId, Category, CategoryId, Folder, FolderId, Plan, PlanId, ScmItem, ScmItemId,
    TestArtefact, TestArtefactId, WorkItem, WorkItemId,
};
use crate::catalogue::LicenceType;
use crate::configuration::{Component, ComponentId, Configuration, ConfigurationId, Contributions};
use crate::id::Id;
use crate::item::Item;
use crate::licence_pool::LicencePool;
use crate::precondition::{Approval, Preconditions};
use crate::process::{Permission, PermissionKey, Role};
use crate::process_area::{AreaId, AssignedRoles, ProcessArea};
use crate::process_template::{ProcessTemplate, ProcessTemplateId};
use crate::settings::Settings;
use crate::spelling::{Naming, spell};
use crate::table::{Beside, Table};
use crate::timeline::Timeline;
use crate::user::{User, UserId};

/// What one fact was and is: `None` where it was not there, or is not any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change<K, V> {
    /// Which fact.
    pub key: K,
    /// What it was.
    pub before: Option<V>,
    /// What it is.
    pub after: Option<V>,
}

/// That something holds, where there is nothing more to say of it; `true` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct Holds;

impl From<Holds> for bool {
    fn from(Holds: Holds) -> Self {
        true
    }
}
impl TryFrom<bool> for Holds {
    type Error = &'static str;
    fn try_from(holds: bool) -> Result<Self, Self::Error> {
        if holds { Ok(Self) } else { Err("expected `true`") }
    }
}

/// Where facts of one kind are kept.
pub(crate) trait FactTable {
    type Key;
    type Value;
    /// Whether a number once given out must be remembered although its fact is gone.
    const NUMBERED: bool;
    fn fact(&self, key: &Self::Key) -> Option<&Self::Value>;
    fn put_fact(&mut self, key: Self::Key, value: Option<Self::Value>);
    fn each(&self) -> impl Iterator<Item = (Self::Key, &Self::Value)>;
}

impl<K, V: Clone, const LEAF: usize> FactTable for Table<K, V, LEAF> {
    type Key = Id<K>;
    type Value = V;
    const NUMBERED: bool = true;
    fn fact(&self, key: &Id<K>) -> Option<&V> {
        self.get(*key)
    }
    fn put_fact(&mut self, key: Id<K>, value: Option<V>) {
        self.put(key, value);
    }
    fn each(&self) -> impl Iterator<Item = (Id<K>, &V)> {
        self.iter()
    }
}

impl<K, V: Clone> FactTable for Beside<K, V> {
    type Key = Id<K>;
    type Value = V;
    const NUMBERED: bool = false;
    fn fact(&self, key: &Id<K>) -> Option<&V> {
        self.table().get(*key)
    }
    fn put_fact(&mut self, key: Id<K>, value: Option<V>) {
        self.table_mut().put(key, value);
    }
    fn each(&self) -> impl Iterator<Item = (Id<K>, &V)> {
        self.table().iter()
    }
}

impl<K: Ord + Clone, V: Clone> FactTable for OrdMap<K, V> {
    type Key = K;
    type Value = V;
    const NUMBERED: bool = false;
    fn fact(&self, key: &K) -> Option<&V> {
        self.get(key)
    }
    fn put_fact(&mut self, key: K, value: Option<V>) {
        match value {
            Some(value) => self.insert(key, value),
            None => self.remove(&key),
        };
    }
    fn each(&self) -> impl Iterator<Item = (K, &V)> {
        self.iter().map(|(key, value)| (key.clone(), value))
    }
}

/// An event as the journal and the rows keep it: JSON text throughout.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// The kind of fact.
    pub kind: &'static str,
    /// Its key.
    pub key: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
    /// Whether the row stays, without a value, when the fact is gone, so that its number is never given
    /// again.
    pub numbered: bool,
}

/// A row that this program cannot read.
#[derive(Debug, Error)]
#[error("the row `{kind}` `{key}` cannot be read: {cause}")]
pub struct CorruptRow {
    kind: String,
    key: String,
    cause: String,
}

impl Event {
    /// The user whom it archives, if it does.
    pub fn archives_user(&self) -> Option<UserId> {
        let Self::User(change) = self else { return None };
        let archived = |user: &Option<Arc<User>>| user.as_ref().map(|user| user.archived);
        (archived(&change.before) == Some(false) && archived(&change.after) != Some(false))
            .then_some(change.key)
    }
    /// The user whose repository groups it changes, if it does.
    pub fn regroups_user(&self) -> Option<UserId> {
        let Self::User(change) = self else { return None };
        let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
        (before.groups != after.groups).then_some(change.key)
    }
    /// The user whose name and mail it erases, in the past too, if it does.
    pub fn erases_user(&self) -> Option<UserId> {
        let Self::User(change) = self else { return None };
        let erased = |user: &Option<Arc<User>>| user.as_ref().is_some_and(|user| user.erased);
        (!erased(&change.before) && erased(&change.after)).then_some(change.key)
    }
}

fn text(value: &impl Serialize) -> Result<String, CorruptRow> {
    serde_json::to_string(value).map_err(|cause| corrupt("", "", cause))
}

fn corrupt(kind: &str, key: &str, cause: impl ToString) -> CorruptRow {
    CorruptRow { kind: kind.to_owned(), key: key.to_owned(), cause: cause.to_string() }
}

fn read<T: DeserializeOwned>(kind: &str, key: &str, text: &str) -> Result<T, CorruptRow> {
    serde_json::from_str(text).map_err(|cause| corrupt(kind, key, cause))
}

impl Event {
    /// The item that it changes, or whose process it changes; `None` for what belongs to the whole server.
    pub fn item(&self) -> Option<Item> {
        Some(match self {
            Self::Settings(_)
            | Self::LicencePool(_)
            | Self::User(_)
            | Self::AccessGroup(_)
            | Self::ProcessTemplate(_) => return None,
            Self::Area(change) => Item::Area(change.key),
            Self::Administrator(change) => Item::Area(change.key.0),
            Self::Member(change) => Item::Area(change.key.0),
            Self::Listed(change) => Item::Area(change.key.0),
            Self::Roles(change) => Item::Area(change.key),
            Self::Permission(change) => Item::Area(change.key.0),
            Self::Timelines(change) => Item::Area(change.key),
            Self::Preconditions(change) => Item::Area(change.key),
            Self::Component(change) => Item::Component(change.key),
            Self::Configuration(change) => Item::Configuration(change.key),
            Self::Contributions(change) => Item::Configuration(change.key),
            Self::Approval(change) => Item::Configuration(change.key.0),
            Self::Category(change) => Item::Category(change.key),
            Self::WorkItem(change) => Item::WorkItem(change.key),
            Self::Plan(change) => Item::Plan(change.key),
            Self::ScmItem(change) => Item::ScmItem(change.key),
            Self::TestArtefact(change) => Item::TestArtefact(change.key),
            Self::Folder(change) => Item::Folder(change.key),
            Self::Artefact(change) => Item::Artefact(change.key),
        })
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident, $table:ident: $kind:literal, $key:ty => $value:ty, $map:ty;)*) => {
        /// The facts that an organisation consists of, by kind; later kinds refer to earlier ones.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct Facts {
            $(pub(crate) $table: $map,)*
        }

        /// What one change does to one fact. Kinds are append-only: the journal keeps them for good.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $variant(Change<$key, $value>),)*
        }

        impl Event {
            /// The kinds of fact, in an order in which a whole organisation can be read.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The kind of fact that changed.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }
            /// Whether the fact came to be.
            pub fn is_creation(&self) -> bool {
                match self { $(Self::$variant(change) => change.before.is_none(),)* }
            }
            /// Whether the fact is gone.
            pub fn is_removal(&self) -> bool {
                match self { $(Self::$variant(change) => change.after.is_none(),)* }
            }
            /// Whether nothing changed after all.
            pub fn is_void(&self) -> bool {
                match self { $(Self::$variant(change) => change.before == change.after,)* }
            }
            /// The event that undoes this one.
            #[must_use]
            pub fn undone(self) -> Self {
                match self {
                    $(Self::$variant(change) => Self::$variant(Change {
                        key: change.key, before: change.after, after: change.before,
                    }),)*
                }
            }
            /// The event as it is kept.
            ///
            /// # Errors
            /// When a value has no JSON form, which no value of this program lacks.
            pub fn to_row(&self) -> Result<EventRow, CorruptRow> {
                match self {
                    $(Self::$variant(change) => Ok(EventRow {
                        kind: $kind,
                        key: text(&change.key)?,
                        before: change.before.as_ref().map(text).transpose()?,
                        after: change.after.as_ref().map(text).transpose()?,
                        numbered: <$map as FactTable>::NUMBERED,
                    }),)*
                }
            }
            /// The event as JSON, in which whatever has a number has the name that `naming` knows for it.
            pub(crate) fn spelled(&self, naming: Naming<'_>) -> serde_json::Result<Value> {
                match self { $(Self::$variant(change) => spell(change, naming),)* }
            }
            /// The event that was kept so.
            ///
            /// # Errors
            /// When the row is of a kind or form that this program does not know.
            pub fn from_row(
                kind: &str, key: &str, before: Option<&str>, after: Option<&str>,
            ) -> Result<Self, CorruptRow> {
                match kind {
                    $($kind => Ok(Self::$variant(Change {
                        key: read(kind, key, key)?,
                        before: before.map(|value| read(kind, key, value)).transpose()?,
                        after: after.map(|value| read(kind, key, value)).transpose()?,
                    })),)*
                    _ => Err(corrupt(kind, key, "unknown kind of fact")),
                }
            }
        }

        impl Facts {
            /// Makes the event's fact what it is after it.
            pub(crate) fn put(&mut self, event: &Event) {
                match event {
                    $(Event::$variant(change) => {
                        self.$table.put_fact(change.key.clone(), change.after.clone());
                    })*
                }
            }
            /// Whether the fact is now what the event says that it was.
            pub(crate) fn agrees(&self, event: &Event) -> bool {
                match event {
                    $(Event::$variant(change) => self.$table.fact(&change.key) == change.before.as_ref(),)*
                }
            }
            /// How many there are of each kind.
            pub(crate) fn counts(&self) -> Vec<(&'static str, usize)> {
                vec![$(($kind, self.$table.each().count())),*]
            }
            /// Every fact, as the event that creates it, in the order of [`Event::KINDS`].
            pub(crate) fn each(&self) -> impl Iterator<Item = Event> {
                std::iter::empty()
                    $(.chain(self.$table.each().map(|(key, value)| {
                        Event::$variant(Change { key, before: None, after: Some(value.clone()) })
                    })))*
            }
        }
    };
}

facts! {
    /// The server's settings.
    Settings, settings: "settings", () => Settings, OrdMap<(), Settings>;
    /// A pool of floating licences.
    LicencePool, licence_pools: "licence-pool", LicenceType => LicencePool, OrdMap<LicenceType, LicencePool>;
    /// A user.
    User, users: "user", UserId => Arc<User>, Table<User, Arc<User>>;
    /// A project area or team area.
    Area, areas: "process-area", AreaId => Arc<ProcessArea>, Table<ProcessArea, Arc<ProcessArea>>;
    /// An access group.
    AccessGroup, access_groups: "access-group", AccessGroupId => Arc<AccessGroup>,
        Table<AccessGroup, Arc<AccessGroup>>;
    /// Somebody administers an area.
    Administrator, administrators: "administrator", (AreaId, UserId) => Holds, OrdMap<(AreaId, UserId), Holds>;
    /// Somebody is a member of an area, with roles.
    Member, members: "member", (AreaId, UserId) => AssignedRoles, OrdMap<(AreaId, UserId), AssignedRoles>;
    /// Somebody is in a project area's access list.
    Listed, access_list: "access-list", (AreaId, UserId) => Holds, OrdMap<(AreaId, UserId), Holds>;
    /// The roles that an area defines, in order.
    Roles, roles: "roles", AreaId => Arc<[Role]>, OrdMap<AreaId, Arc<[Role]>>;
    /// An entry: what a role may do with one operation, in one area and slot.
    Permission, permissions: "permission", (AreaId, PermissionKey) => Permission,
        OrdMap<(AreaId, PermissionKey), Permission>;
    /// The timelines of a project area, in order.
    Timelines, timelines: "timelines", AreaId => Arc<[Timeline]>, OrdMap<AreaId, Arc<[Timeline]>>;
    /// A component of global configuration management.
    Component, components: "component", ComponentId => Component, Table<Component, Component>;
    /// A global configuration.
    Configuration, configurations: "configuration", ConfigurationId => Configuration,
        Table<Configuration, Configuration>;
    /// What a configuration contains.
    Contributions, contributions: "contributions", ConfigurationId => Contributions,
        Beside<Configuration, Contributions>;
    /// A category of work items.
    Category, categories: "category", CategoryId => Arc<Category>, Table<Category, Arc<Category>>;
    /// A work item.
    WorkItem, work_items: "work-item", WorkItemId => Arc<WorkItem>, Table<WorkItem, Arc<WorkItem>>;
    /// A plan.
    Plan, plans: "plan", PlanId => Arc<Plan>, Table<Plan, Arc<Plan>>;
    /// A source control stream or component.
    ScmItem, scm_items: "scm-item", ScmItemId => Arc<ScmItem>, Table<ScmItem, Arc<ScmItem>>;
    /// A test artefact.
    TestArtefact, test_artefacts: "test-artefact", TestArtefactId => Arc<TestArtefact>,
        Table<TestArtefact, Arc<TestArtefact>>;
    /// A folder of requirements.
    Folder, folders: "folder", FolderId => Arc<Folder>, Table<Folder, Arc<Folder>>;
    /// A requirements artefact.
    Artefact, artefacts: "artefact", ArtefactId => Arc<Artefact>, Table<Artefact, Arc<Artefact>>;
    /// A process template that the server keeps.
    ProcessTemplate, process_templates: "process-template", ProcessTemplateId => Arc<ProcessTemplate>,
        Table<ProcessTemplate, Arc<ProcessTemplate>>;
    /// What an area demands of its roles besides permission, in order.
    Preconditions, preconditions: "preconditions", AreaId => Preconditions, OrdMap<AreaId, Preconditions>;
    /// Somebody has approved a configuration as it is.
    Approval, approvals: "approval", (ConfigurationId, UserId) => Approval,
        OrdMap<(ConfigurationId, UserId), Approval>;
}
