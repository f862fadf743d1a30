//! What configurations contain (docs/global-configurations.md#contributions).
//!
//! Contributions are configurations of the same project area, which gc restricts no further, or URIs: whoever
//! sees a configuration may see what it contains.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use governance::{
    AddContribution, AreaId, Command, ConfigurationId, Contribution, Event, RemoveContribution,
    ReplaceContribution, View, contributions_to_become, is_uri,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Nothing, bad_value};
use super::configuration::{ConfigurationPath, project_area_of};
use super::resolve::{found, segment};
use super::route::{Api, Rows, Verb};
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const BELOW: &str = "/configurations/{configuration}/contributions";
    const AT: &str = "/configurations/{configuration}/contributions/{contribution}";
    api.list(BELOW, "List the contributions of a configuration.", list);
    api.create((BELOW, AT), "Add a contribution to a configuration.", add, |view, events| {
        let added = events.iter().find_map(|event| match event {
            Event::Contributions(change) => {
                let before: HashSet<_> = change.before.iter().flat_map(|it| it.iter()).collect();
                let new = change.after.iter().flat_map(|it| it.iter()).find(|it| !before.contains(it));
                Some((change.key.number(), written(view, new?)?))
            }
            _ => None,
        });
        let (parent, text) = added?;
        Some(format!("/configurations/{parent}/contributions/{}", segment(&text)))
    });
    api.read(AT, "Read a contribution of a configuration.", read);
    api.change(Verb::Delete, AT, "Remove a contribution from a configuration.", remove);
    let replaced = "Put something else in the place of a contribution.";
    api.act("/configurations/{configuration}/contributions/{contribution}/replace", replaced, replace);
}

/// A contribution.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Contribution")]
struct ContributionShown {
    /// `Component/kind:Name`, or a URI.
    configuration: String,
    /// Its place, counted from 1.
    at: usize,
    /// The number of a global configuration.
    number: Option<u32>,
    /// The reference of a global configuration.
    reference: Option<String>,
}

fn shown(view: &View, at: usize, contribution: &Contribution) -> Option<ContributionShown> {
    let id = match contribution {
        Contribution::Configuration(id) => Some(*id),
        Contribution::Local(_) => None,
    };
    Some(ContributionShown {
        configuration: written(view, contribution)?,
        at: at + 1,
        number: id.map(ConfigurationId::number),
        reference: id.map(|id| view.reference_of(id)),
    })
}

/// A contribution as the organisation document writes it.
pub(super) fn written(view: &View, contribution: &Contribution) -> Option<String> {
    match contribution {
        Contribution::Configuration(id) => {
            view.see(*id)?;
            let reference = view.reference_of(*id);
            reference.split_once('#').map(|(_, local)| local.to_owned())
        }
        Contribution::Local(uri) => Some(uri.to_string()),
    }
}

/// The contribution that a text means: `Component/kind:Name`, a number as text, a reference, or a URI.
fn meant(view: &View, project_area: AreaId, text: &str) -> Option<Contribution> {
    if is_uri(text) {
        return Some(Contribution::Local(text.into()));
    }
    view.find_configuration(project_area, text).map(Contribution::Configuration)
}

pub(super) fn contribution(
    view: &View,
    project_area: AreaId,
    text: &str,
    pointer: &str,
) -> Result<Contribution, Problem> {
    meant(view, project_area, text).ok_or_else(|| {
        let said = format!(
            "there is no configuration `{text}`; expected `Component/kind:Name`, a number as text, a reference, or a URI"
        );
        bad_value(pointer, said)
    })
}

/// Which contribution of which configuration.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ContributionPath {
    /// The configuration's number or its reference.
    configuration: String,
    /// `Component/kind:Name`, a number as text, a reference, or a URI.
    contribution: String,
}

impl ContributionPath {
    /// The configuration, what is meant in it, and its place.
    fn find(&self, view: &View) -> Result<(ConfigurationId, Contribution, usize), Problem> {
        let parent: ConfigurationId = found(view.find(&self.configuration))?;
        let project_area = found(project_area_of(view, found(view.see(parent))?.component))?;
        let contribution = found(meant(view, project_area, &self.contribution))?;
        let at = view.contributions(parent).iter().position(|it| *it == contribution);
        Ok((parent, contribution, found(at)?))
    }
}

fn list(view: &View, path: ConfigurationPath, first: u64) -> Result<Rows<'_, ContributionShown>, Problem> {
    let all = view.contributions(path.find(view)?).iter().enumerate();
    let rest = all.skip(usize::try_from(first).unwrap_or(usize::MAX));
    Ok(Box::new(rest.filter_map(|(at, it)| Some((at as u64, shown(view, at, it)?)))))
}

fn read(view: &View, path: ContributionPath) -> Result<ContributionShown, Problem> {
    let (_, contribution, at) = path.find(view)?;
    found(shown(view, at, &contribution))
}

/// Something to add.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"configuration": "Motor/stream:Motor 2.0", "at": 1}))]
#[serde(deny_unknown_fields, expecting = "an object with `configuration`")]
struct NewContribution {
    /// `Component/kind:Name`, a number as text, a reference, or a URI.
    configuration: String,
    /// Its place, counted from 1: before what stands there. Default: at the end.
    at: Option<NonZeroUsize>,
}

fn add(view: &View, path: ConfigurationPath, new: NewContribution) -> Result<Command, Problem> {
    let parent = path.find(view)?;
    let project_area = found(project_area_of(view, found(view.see(parent))?.component))?;
    let contribution = contribution(view, project_area, &new.configuration, "/configuration")?;
    let at = new.at.map(|at| at.get() - 1);
    Ok(AddContribution { parent, contribution, at }.into())
}

fn remove(view: &View, path: ContributionPath, _: Nothing) -> Result<Command, Problem> {
    let (parent, contribution, _) = path.find(view)?;
    Ok(RemoveContribution { parent, contribution }.into())
}

/// What takes a contribution's place.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `by`")]
struct ContributionReplacement {
    /// `Component/kind:Name`, a number as text, a reference, or a URI.
    by: String,
}

fn replace(view: &View, path: ContributionPath, with: ContributionReplacement) -> Result<Command, Problem> {
    let (parent, old, _) = path.find(view)?;
    let project_area = found(project_area_of(view, found(view.see(parent))?.component))?;
    let new = contribution(view, project_area, &with.by, "/by")?;
    Ok(ReplaceContribution { parent, old, new }.into())
}

/// The change after which a configuration contains exactly this, in this order; none where it does.
pub(super) fn to_become(
    view: &View,
    parent: ConfigurationId,
    texts: &[String],
) -> Result<Option<Command>, Problem> {
    let project_area = found(project_area_of(view, found(view.see(parent))?.component))?;
    let wanted = texts.iter().enumerate();
    let wanted = wanted
        .map(|(at, text)| contribution(view, project_area, text, &format!("/contributions/{at}")))
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    if let Some(at) = wanted.iter().position(|contribution| !seen.insert(contribution)) {
        return Err(bad_value(format!("/contributions/{at}"), format!("`{}` is there twice", texts[at])));
    }
    Ok(contributions_to_become(parent, view.contributions(parent), wanted))
}
