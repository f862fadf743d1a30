//! Questions of access and their answers (docs/decision.md).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::catalogue::{Action, LicenceSet, OperationId, RepositoryOperation};
use crate::configuration::ConfigurationId;
use crate::item::Item;
use crate::process_area::AreaId;
use crate::user::UserId;

/// May this user perform this operation on this item?
///
/// Only the edge makes questions (`Organisation::question` from text, the commands from what they change),
/// and it makes only those whose operation applies to the item.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Who; `None` for an id that no user has, which is refused at the first gate.
    pub user: Option<UserId>,
    /// What is to be done.
    pub ask: Ask,
    /// What it is to be done to.
    pub item: Item,
    /// The floating licences that the user holds or could lease now.
    pub leases: LicenceSet,
}

/// What is asked of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// To see it.
    Read,
    /// To choose it as the current configuration; a read.
    SetContext,
    /// Something that the repository group alone decides.
    Repository(RepositoryOperation),
    /// To change it, or something that hangs on it. Boxed: the rest stays small.
    Perform(OperationId, SmallVec<[Action; 1]>, With),
}

/// What some actions carry besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum With {
    /// Nothing.
    #[default]
    Nothing,
    /// `move`: the new parent.
    NewParent(AreaId),
    /// `replace-contribution`: the two sides; `None` for a URI.
    Replacement {
        /// What is contributed now.
        old: Option<ConfigurationId>,
        /// What takes its place.
        new: Option<ConfigurationId>,
    },
}

impl Ask {
    /// The licences of which one is needed to ask it of the item; `None`: none is
    /// (docs/decision.md#licence-gate).
    pub fn unlocked_by(&self, item: Item) -> Option<LicenceSet> {
        match self {
            Self::Perform(operation, ..) if operation.is_process() => None,
            Self::Perform(operation, ..) => Some(LicenceSet::that_unlock(*operation)),
            Self::Read if matches!(item, Item::Plan(_)) => Some(LicenceSet::that_unlock_plans()),
            Self::Read | Self::SetContext | Self::Repository(_) => None,
        }
    }
}

impl Question {
    /// The actions asked; none for reads and repository operations.
    pub fn actions(&self) -> &[Action] {
        if let Ask::Perform(_, actions, _) = &self.ask { actions } else { &[] }
    }
    /// What the actions carry besides.
    pub fn with(&self) -> With {
        if let Ask::Perform(_, _, with) = &self.ask { *with } else { With::Nothing }
    }
    /// The operation's name.
    pub fn operation_name(&self) -> &'static str {
        match &self.ask {
            Ask::Read => "read",
            Ask::SetContext => "context.set",
            Ask::Repository(operation) => operation.name(),
            Ask::Perform(operation, ..) => operation.name(),
        }
    }
}

/// What the decision stands on when it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Entries alone sufficed.
    Role,
    /// An administrator's reach.
    Override,
    /// The repository group.
    Group,
    /// One's own personal stream.
    Owner,
    /// Seeing it is all that was asked.
    Read,
}

impl Basis {
    /// `role`, `override`, `group`, `owner` or `read`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Override => "override",
            Self::Group => "group",
            Self::Owner => "owner",
            Self::Read => "read",
        }
    }
}

/// The gate that refused, in the order in which they are passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Gate {
    /// The user does not exist or is archived.
    Auth,
    /// The repository groups do not allow it.
    RepositoryGroup,
    /// The user cannot see the item: told to nobody, 404.
    NotVisible,
    /// No licence unlocks the operation.
    License,
    /// Something archived, or frozen.
    State,
    /// Neither a role nor an override grants every action.
    Permission,
}

impl Gate {
    /// Every gate, in order.
    pub const ALL: [Self; 6] =
        [Self::Auth, Self::RepositoryGroup, Self::NotVisible, Self::License, Self::State, Self::Permission];
    /// `AUTH`, `REPOSITORY_GROUP`, `NOT_VISIBLE`, `LICENSE`, `STATE` or `PERMISSION`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auth => "AUTH",
            Self::RepositoryGroup => "REPOSITORY_GROUP",
            Self::NotVisible => "NOT_VISIBLE",
            Self::License => "LICENSE",
            Self::State => "STATE",
            Self::Permission => "PERMISSION",
        }
    }
    /// The name that people know it by.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Auth => "Account",
            Self::RepositoryGroup => "Repository group",
            Self::NotVisible => "Visible",
            Self::License => "Licence",
            Self::State => "State",
            Self::Permission => "Permission",
        }
    }
}

/// The question is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// What it stands on.
    pub basis: Basis,
    /// The governing area; `None` for reads, context.set and repository operations.
    pub area: Option<AreaId>,
}

/// The question is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where.
    pub gate: Gate,
    /// The governing area; `None` before the last gate.
    pub area: Option<AreaId>,
    /// The positions, among the actions asked, of those that neither a role nor an override grants.
    pub missing: SmallVec<[u16; 4]>,
}

/// The answer to a question.
pub type Decision = Result<Allowed, Refused>;
