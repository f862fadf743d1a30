//! Preconditions of process areas (docs/process.md#preconditions).

use governance::{AreaId, SetPreconditions, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::permission::{PermissionSlot, key};
use crate::api::body::bad_value;
use crate::api::resolve::name;
use crate::problem::Problem;

/// What a role must fulfil besides.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a precondition")]
pub(in crate::api) struct PreconditionEntry {
    /// A role's id; `default` is Everyone.
    role: String,
    operation: String,
    /// All of it must hold; none frees the role from what is demanded above.
    require: Vec<Precondition>,
    /// Whether areas below cannot say otherwise.
    #[serde(rename = "final", default)]
    is_final: bool,
    /// When it holds; without, always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<PermissionSlot>,
}

/// What can be demanded.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Precondition {
    /// In the hierarchy of a new baseline no component occurs with two configurations.
    NoSkew,
    /// In the hierarchy of a new baseline nothing is archived.
    NoArchivedContributions,
    /// Somebody else, who counts as this role, has approved what becomes a baseline.
    Approval(String),
    /// A work item or requirement has these filled in when it is saved.
    Attributes(Vec<String>),
}

impl Precondition {
    fn of(precondition: &governance::Precondition) -> Self {
        match precondition {
            governance::Precondition::NoSkew => Self::NoSkew,
            governance::Precondition::NoArchivedContributions => Self::NoArchivedContributions,
            governance::Precondition::Approval(role) => Self::Approval(role.to_string()),
            governance::Precondition::Attributes(names) => {
                Self::Attributes(names.iter().map(ToString::to_string).collect())
            }
        }
    }

    fn read(&self, pointer: &str) -> Result<governance::Precondition, Problem> {
        Ok(match self {
            Self::NoSkew => governance::Precondition::NoSkew,
            Self::NoArchivedContributions => governance::Precondition::NoArchivedContributions,
            Self::Approval(role) => {
                governance::Precondition::Approval(name(role, &format!("{pointer}/approval"))?)
            }
            Self::Attributes(names) => {
                let names = names.iter().enumerate();
                let names = names.map(|(at, it)| name(it, &format!("{pointer}/attributes/{at}")));
                governance::Precondition::Attributes(names.collect::<Result<_, _>>()?)
            }
        })
    }
}

impl PreconditionEntry {
    pub(in crate::api) fn of(entry: &governance::PreconditionEntry) -> Self {
        Self {
            role: entry.key.role.to_string(),
            operation: entry.key.operation.name().to_owned(),
            require: entry.require.iter().map(Precondition::of).collect(),
            is_final: entry.is_final,
            at: PermissionSlot::of(&entry.key.slot),
        }
    }

    fn read(&self, pointer: &str) -> Result<governance::PreconditionEntry, Problem> {
        let key = key(&self.role, &self.operation, self.at.as_ref(), pointer)?;
        let mut require = Vec::with_capacity(self.require.len());
        for (at, precondition) in self.require.iter().enumerate() {
            let pointer = format!("{pointer}/require/{at}");
            let precondition = precondition.read(&pointer)?;
            if !precondition.fits(key.operation) {
                let operations = precondition.operations().join("` and `");
                let said = format!("`{}` is only for `{operations}`", precondition.word());
                return Err(bad_value(pointer, said));
            }
            require.push(precondition);
        }
        Ok(governance::PreconditionEntry { key, require: require.into(), is_final: self.is_final })
    }
}

/// The entries of a list.
pub(super) fn entries(
    list: &[PreconditionEntry],
    pointer: &str,
) -> Result<Vec<governance::PreconditionEntry>, Problem> {
    list.iter().enumerate().map(|(at, entry)| entry.read(&format!("{pointer}/{at}"))).collect()
}

/// The entries of an area, for its representation.
pub(super) fn preconditions(view: &View, area: AreaId) -> Vec<PreconditionEntry> {
    view.preconditions(area).iter().map(PreconditionEntry::of).collect()
}

/// What makes the whole list so.
pub(super) fn change(area: AreaId, list: &[PreconditionEntry]) -> Result<SetPreconditions, Problem> {
    Ok(SetPreconditions { area, preconditions: entries(list, "/preconditions")? })
}
