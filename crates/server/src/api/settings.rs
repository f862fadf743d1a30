//! The server's settings (docs/decision.md#overrides).

use governance::{AdministrativeOverride, ChangeSettings, Command, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Key, NoParameters};
use super::route::{Api, Verb};
use super::word::Word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.read("/settings", "Read the settings.", read);
    api.change(Verb::Patch, "/settings", "Change the settings.", change);
}

/// The settings of the server that decisions read.
#[derive(Serialize, JsonSchema)]
struct Settings {
    /// How far administrators reach into artefacts without a role.
    administrative_override: Word<AdministrativeOverride>,
}

fn read(view: &View, _: NoParameters) -> Result<Settings, Problem> {
    Ok(Settings { administrative_override: Word(view.settings().administrative_override) })
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct SettingsChange {
    #[serde(default)]
    administrative_override: Key<Word<AdministrativeOverride>>,
}

fn change(view: &View, _: NoParameters, change: SettingsChange) -> Result<Command, Problem> {
    let mut settings = view.settings();
    if let Some(Word(reach)) = change.administrative_override.0 {
        settings.administrative_override = reach;
    }
    Ok(ChangeSettings { settings }.into())
}
