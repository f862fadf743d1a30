//! New streams of a whole hierarchy (docs/global-configurations.md#branching).

use serde::{Deserialize, Serialize};

use super::configuration::vocabulary;
use super::{NamePattern, Needs, Noun as _, Refusals, Step};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::configuration::{Configuration, ConfigurationId, ConfigurationKind, Contribution};
use crate::event::{Change, Event};
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::user::UserId;

/// Makes a stream of every configuration of a hierarchy, which contain one another as those do: all or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BranchHierarchy {
    /// Whose hierarchy; its new stream is the first that is made.
    pub root: ConfigurationId,
    /// What the new streams are called.
    pub names: NamePattern,
}

/// What nothing is made from.
fn is_no_source(organisation: &Organisation, id: ConfigurationId) -> bool {
    let kind = organisation.configuration(id).map(|it| it.kind);
    !matches!(kind, Some(ConfigurationKind::Stream(_) | ConfigurationKind::Baseline(_)))
}

impl Step for BranchHierarchy {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.sees(Item::Configuration(self.root));
        let Some(hierarchy) = needs.organisation.hierarchy(self.root) else { return };
        for id in hierarchy.configurations() {
            if !is_no_source(needs.organisation, *id) {
                needs.action("gc.save-stream", "create", Item::Configuration(*id));
            }
        }
    }
    fn refusals(&self) -> Refusals {
        Refusals::Every
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let hierarchy = organisation.hierarchy(self.root).ok_or(Refusal::NotThere("configuration"))?;
        let unfit = hierarchy.configurations().iter().filter(|id| is_no_source(organisation, **id));
        let unfit: Vec<_> = unfit.map(|id| format!("`{}`", organisation.local_reference(*id))).collect();
        if !unfit.is_empty() {
            let text = "a stream is made from a stream or a baseline, and not from";
            return Err(Refusal::Precondition(format!("{text} {}", unfit.join(", "))));
        }
        // What a hierarchy contains is of one project area.
        let vocabulary = organisation.configuration(self.root).map(|root| vocabulary(organisation, root));
        let vocabulary = vocabulary.unwrap_or_default();
        let first = Configuration::next(organisation).number();
        let new = |place: usize| ConfigurationId::new(first + place as u32);
        let (mut streams, mut contents) = (Vec::new(), Vec::new());
        for (place, id) in hierarchy.configurations().iter().enumerate() {
            let Some(source) = organisation.configuration(*id) else { continue };
            let component = organisation.component(source.component).map(|it| &*it.name).unwrap_or_default();
            let stream = Configuration {
                component: source.component,
                kind: ConfigurationKind::Stream(source.kind.team_area().unwrap_or_default()),
                name: self.names.name(component, &source.name),
                source: Some(*id),
                archived: false,
                carried: vocabulary.made_of(&source.carried, "stream", &Carried::NOTHING),
            };
            streams.push(Configuration::event(Id::new(new(place).number()), None, Some(stream)));
            let mut below = hierarchy.below(place).iter();
            let branched = organisation.contributions(*id).iter().map(|it| match it {
                // INVARIANT: what is below is the global contributions, in their order.
                Contribution::Configuration(id) => {
                    Contribution::Configuration(below.next().map_or(*id, |place| new(*place as usize)))
                }
                Contribution::Local(uri) => Contribution::Local(uri.clone()),
            });
            let branched: Vec<Contribution> = branched.collect();
            if !branched.is_empty() {
                let after = Some(branched.into());
                contents.push(Event::Contributions(Change { key: new(place), before: None, after }));
            }
        }
        streams.append(&mut contents);
        Ok(streams)
    }
}
