//! Types of attributes and links of project areas (docs/global-configurations.md#attributes). They are
//! changed as keys of the project area.

use std::collections::BTreeMap;

use governance::{AttributeType, Command, ImportTypes, LinkType, View, Word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::area::ProjectAreaPath;
use super::resolve::{any_area, found};
use super::route::Api;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    api.read(
        "/project-areas/{project_area}/types",
        "List the types of attributes and links of a project area, and how many items use them.",
        read,
    );
    api.act(
        "/project-areas/{project_area}/import-types",
        "Take the types of attributes and links from another project area.",
        import,
    );
}

/// The types of a project area.
#[derive(Serialize, JsonSchema)]
struct Types {
    attribute_types: Vec<UsedType>,
    link_types: Vec<UsedType>,
}

/// A type, as the project area has it.
#[derive(Serialize, JsonSchema)]
struct UsedType {
    #[serde(flatten)]
    keys: Map<String, Value>,
    /// How many components and configurations use it.
    items: usize,
}

fn read(view: &View, path: ProjectAreaPath) -> Result<Types, Problem> {
    let id = path.find(view)?;
    let area = found(view.see(id))?;
    let used = |list: Option<&Value>, counts: &BTreeMap<String, usize>| {
        let keys = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let used = keys.map(|keys| {
            let id = keys.get("id").and_then(Value::as_str).unwrap_or_default();
            UsedType { keys: keys.clone(), items: counts.get(id).copied().unwrap_or_default() }
        });
        used.collect()
    };
    let (attributes, links) = view.types_in_use(id);
    Ok(Types {
        attribute_types: used(area.carried.get(AttributeType::KEY), &attributes),
        link_types: used(area.carried.get(LinkType::KEY), &links),
    })
}

/// Where from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `from`")]
struct ImportFrom {
    /// A project area: its number, its reference, or `gc/Electric Vehicle`. A type that is here under the
    /// same id is replaced.
    from: String,
}

fn import(view: &View, path: ProjectAreaPath, body: ImportFrom) -> Result<Command, Problem> {
    let area = path.find(view)?;
    Ok(ImportTypes { area, from: any_area(view, &body.from, "/from")? }.into())
}
