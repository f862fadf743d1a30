//! The server's settings (docs/decision.md#overrides).

use governance::{AdministrativeOverride, ChangeSettings, Command, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::{Key, NoParameters};
use super::resolve::{CarriedKeys, carried};
use super::route::{Api, Verb};
use super::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.read("/settings", "Read the settings.", read);
    api.change(Verb::Patch, "/settings", "Change the settings.", change);
}

/// What holds for the whole server.
#[derive(Serialize, JsonSchema)]
struct Settings {
    /// How far administrators reach into artefacts without a role.
    administrative_override: Word<AdministrativeOverride>,
    /// Which groups of a directory bring which memberships and roles. Kept and shown; no decision reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_bindings: Option<Value>,
}

fn read(view: &View, _: NoParameters) -> Result<Settings, Problem> {
    let settings = view.settings();
    Ok(Settings {
        administrative_override: Word(settings.administrative_override),
        group_bindings: carried(&settings.carried, "group_bindings"),
    })
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct SettingsChange {
    #[serde(default)]
    administrative_override: Key<Word<AdministrativeOverride>>,
    #[serde(default)]
    group_bindings: Key<Option<Vec<Value>>>,
}

fn change(view: &View, _: NoParameters, change: SettingsChange) -> Result<Command, Problem> {
    let mut settings = view.settings();
    if let Some(Word(reach)) = change.administrative_override.0 {
        settings.administrative_override = reach;
    }
    let carried = CarriedKeys::default().with("group_bindings", &change.group_bindings)?;
    for (key, value) in carried.keys(|key, value| (key, value)) {
        settings.carried = settings.carried.with(&key, value);
    }
    Ok(ChangeSettings { settings }.into())
}
