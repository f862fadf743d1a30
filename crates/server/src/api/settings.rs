//! The server's settings (docs/decision.md#overrides, docs/process.md#groups-bound-to-roles).

use governance::{AdministrativeOverride, ChangeSettings, Command, GroupBinding, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Key, NoParameters};
use super::resolve::{area, name};
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
    /// Which groups of a directory are bound to which roles, in areas that the asker sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    group_bindings: Vec<Binding>,
}

/// Who is in the group has the role in the area.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys `group`, `area` and `role`")]
struct Binding {
    /// The group, by its distinguished name.
    group: String,
    /// The project area or team area: `gc/Electric Vehicle/Tuning Team`.
    area: String,
    /// The id of a role that is visible there.
    role: String,
}

fn read(view: &View, _: NoParameters) -> Result<Settings, Problem> {
    let settings = view.settings();
    let seen = settings.group_bindings.iter().filter(|it| view.see(it.area).is_some());
    let binding = |it: &GroupBinding| Binding {
        group: it.group.to_string(),
        area: view.area_text(it.area),
        role: it.role.to_string(),
    };
    Ok(Settings {
        administrative_override: Word(settings.administrative_override),
        group_bindings: seen.map(binding).collect(),
    })
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct SettingsChange {
    #[serde(default)]
    administrative_override: Key<Word<AdministrativeOverride>>,
    #[serde(default)]
    group_bindings: Key<Option<Vec<Binding>>>,
}

fn change(view: &View, _: NoParameters, change: SettingsChange) -> Result<Command, Problem> {
    let mut settings = view.settings();
    if let Some(Word(reach)) = change.administrative_override.0 {
        settings.administrative_override = reach;
    }
    if let Some(bindings) = &change.group_bindings.0 {
        let binding = |(at, it): (usize, &Binding)| {
            let pointer = |key: &str| format!("/group_bindings/{at}/{key}");
            Ok(GroupBinding {
                group: name(&it.group, &pointer("group"))?,
                area: area(view, &it.area, &pointer("area"))?,
                role: name(&it.role, &pointer("role"))?,
            })
        };
        let bindings = bindings.iter().flatten().enumerate().map(binding);
        settings.group_bindings = bindings.collect::<Result<_, Problem>>()?;
    }
    Ok(ChangeSettings { settings }.into())
}
