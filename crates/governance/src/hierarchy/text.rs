//! Hierarchies in words, the same on every interface (docs/rest-api.md#hierarchies).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compare::{Comparison, Difference};
use super::skew::TOLD;
use super::three_way::Merge;
use super::{Above, Hierarchy, Skew};
use crate::configuration::{ComponentId, ConfigurationId, Contribution, TeamAreaSetting};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::encode;

/// A configuration in a hierarchy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurationText {
    /// Its number.
    pub number: u32,
    /// What questions call it.
    pub reference: String,
    /// The name of its component.
    pub component: String,
    /// `stream`, `baseline`, `staging` or `personal`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// `inherit`, `unassigned`, or a slash path of names; null for a personal stream, which has none.
    pub team_area: Option<String>,
    /// The team area that governs it in the end: `unassigned`, or a slash path of names.
    pub effective_team_area: String,
    /// Whether it is archived.
    pub archived: bool,
}

/// A hierarchy: every configuration once, level by level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HierarchyText {
    /// How many configurations it has.
    pub configurations: usize,
    /// How many global contributions.
    pub contributions: usize,
    /// How many configurations stand one below the other at most.
    pub levels: usize,
    /// The root first, then level by level.
    pub nodes: Vec<NodeText>,
}

/// A configuration with what it contains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeText {
    /// The configuration.
    #[serde(flatten)]
    pub configuration: ConfigurationText,
    /// In how many steps it is reached from the root at least.
    pub level: usize,
    /// What it contains, in order.
    pub contributions: Vec<ContributionText>,
}

/// A contribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContributionText {
    /// `Component/kind:Name`, or a URI.
    pub configuration: String,
    /// The number of a global configuration; null for a local one.
    pub number: Option<u32>,
}

/// A node of the tree of a hierarchy, in which a configuration is once for each way that leads to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChildText {
    /// Its place among the contributions of the node above, counted from 1.
    pub at: usize,
    /// `Component/kind:Name`, or a URI.
    pub contribution: String,
    /// The address of the node: the numbers on the way to it, with `/` between; null for a local one.
    pub path: Option<String>,
    /// The configuration; null for a local one.
    pub configuration: Option<ConfigurationText>,
    /// How many contributions it has.
    pub contributions: usize,
}

/// A component that occurs with several configurations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkewText {
    /// The name of the component.
    pub component: String,
    /// How many configurations of it there are.
    pub configurations: usize,
    /// These: the first hundred.
    pub occurrences: Vec<OccurrenceText>,
    /// Ways to resolve it: each of these, where it can stay.
    pub offers: Vec<OfferText>,
}

/// A configuration of a skewed component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OccurrenceText {
    /// `Component/kind:Name`.
    pub configuration: String,
    /// Its number.
    pub number: u32,
    /// How many configurations contain it.
    pub containers: usize,
    /// A path from the root through each of these, the shortest, with both ends: through the first hundred.
    pub paths: Vec<Vec<String>>,
}

/// One of the configurations in the place of the others: `replace-everywhere`, once for each of `replace`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfferText {
    /// The one that stays.
    pub keep: String,
    /// Those that give way to it, of the occurrences that are told.
    pub replace: Vec<String>,
    /// In how many places all of them give way.
    pub places: usize,
    /// Baselines in which they stand, the first hundred: these are frozen, and what contains them needs another
    /// one.
    pub frozen: Vec<String>,
}

/// Something that contains a configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UseText {
    /// What contains it.
    #[serde(flatten)]
    pub configuration: ConfigurationText,
    /// In how many steps at least: 1 is directly.
    pub steps: u32,
}

/// A place in a hierarchy in which a contribution would be replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplacementText {
    /// `Component/kind:Name` of what contains it.
    pub configuration: String,
    /// Its number.
    pub number: u32,
    /// Why it may not or cannot be replaced there; null where it can.
    pub refused: Option<String>,
}

/// What differs from one hierarchy to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonText {
    /// From what.
    pub left: ConfigurationText,
    /// To what.
    pub right: ConfigurationText,
    /// What differs, from the roots downwards.
    pub differences: Vec<DifferenceText>,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceText {
    /// `added`, `removed`, `replaced`, `moved`, `reordered`, or `changed` of an attribute.
    pub change: String,
    /// The way to the configuration of which it is told, from the root: as the left hierarchy has it, or the
    /// right one where the left has none.
    pub path: Vec<String>,
    /// Of what was moved: where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
    /// Of an attribute: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// What is on the left: a contribution, or the value of the attribute.
    pub left: Option<Value>,
    /// What is on the right.
    pub right: Option<Value>,
}

/// What two hierarchies make of a third.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeText {
    /// What both come from.
    pub base: ConfigurationText,
    /// The one.
    pub mine: ConfigurationText,
    /// The other.
    pub theirs: ConfigurationText,
    /// What is not as in the base.
    pub changes: Vec<MergedText>,
}

/// What one side or both have changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergedText {
    /// Whether both have changed it, and not alike.
    pub conflict: bool,
    /// What mine has changed.
    pub mine: Option<DifferenceText>,
    /// What theirs has changed.
    pub theirs: Option<DifferenceText>,
}

/// So many configurations are told of either end of a way that is longer than both.
const WAY_END: usize = 50;

impl Organisation {
    /// A team area as it is written: `unassigned`, or a slash path of names.
    pub(crate) fn team_text(&self, team: Option<AreaId>) -> String {
        team.map_or_else(|| "unassigned".to_owned(), |team| self.team_path(team))
    }

    /// A Team Area setting as it is written.
    pub(crate) fn setting_text(&self, setting: TeamAreaSetting) -> String {
        match setting {
            TeamAreaSetting::Inherit => "inherit".to_owned(),
            TeamAreaSetting::Unassigned => self.team_text(None),
            TeamAreaSetting::Assigned(team) => self.team_text(Some(team)),
        }
    }

    /// The slash path of a team area in its project area; empty for the project area itself.
    pub(crate) fn team_path(&self, team: AreaId) -> String {
        let names = self.path(team).iter().skip(1).filter_map(|id| self.area(*id));
        names.map(|area| encode(&area.name)).collect::<Vec<_>>().join("/")
    }

    /// A configuration in words; `None` where there is none.
    pub fn in_words(&self, id: ConfigurationId) -> Option<ConfigurationText> {
        let it = self.configuration(id)?;
        Some(ConfigurationText {
            number: id.number(),
            reference: self.reference(Item::Configuration(id)),
            component: self.component_name(it.component),
            kind: it.kind.word().to_owned(),
            name: it.name.to_string(),
            team_area: it.kind.team_area().map(|setting| self.setting_text(setting)),
            effective_team_area: self.team_text(self.effective_team_area(it)),
            archived: it.archived,
        })
    }

    fn component_name(&self, id: ComponentId) -> String {
        self.component(id).map(|it| it.name.to_string()).unwrap_or_default()
    }

    /// `Component/kind:Name`.
    pub(crate) fn local_reference(&self, id: ConfigurationId) -> String {
        self.configuration(id).map(|it| self.configuration_text(it)).unwrap_or_default()
    }

    /// `Component/kind:Name`, or a URI.
    pub(crate) fn contribution_text(&self, contribution: &Contribution) -> String {
        match contribution {
            Contribution::Configuration(id) => self.local_reference(*id),
            Contribution::Local(uri) => uri.to_string(),
        }
    }

    /// A hierarchy in words.
    pub fn hierarchy_text(&self, hierarchy: &Hierarchy) -> HierarchyText {
        let levels = hierarchy.levels().enumerate();
        let nodes = levels.flat_map(|(level, places)| places.map(move |place| (level, place)));
        let nodes = nodes.filter_map(|(level, place)| {
            let id = hierarchy.configurations()[place];
            let contributions = self.contributions(id).iter().map(|it| ContributionText {
                configuration: self.contribution_text(it),
                number: it.configuration().map(ConfigurationId::number),
            });
            Some(NodeText {
                configuration: self.in_words(id)?,
                level,
                contributions: contributions.collect(),
            })
        });
        HierarchyText {
            configurations: hierarchy.len(),
            contributions: hierarchy.contributions(),
            levels: hierarchy.depth(),
            nodes: nodes.collect(),
        }
    }

    /// What the node at a path contains, in order, from a place on; `None` where the path leads nowhere. The
    /// path has the numbers of the configurations below the root, with `/` between; the root's is empty.
    pub fn children<'a>(
        &'a self,
        root: ConfigurationId,
        path: &str,
        first: usize,
    ) -> Option<impl Iterator<Item = ChildText> + use<'a>> {
        let mut node = self.configuration(root).map(|_| root)?;
        for step in path.split('/').filter(|_| !path.is_empty()) {
            let contributions = self.contributions(node).iter().filter_map(Contribution::configuration);
            node = { contributions }.find(|it| it.number().to_string() == step)?;
        }
        let below = self.contributions(node).iter().enumerate().skip(first);
        let path = path.to_owned();
        Some(below.map(move |(at, contribution)| {
            let id = contribution.configuration();
            let separator = if path.is_empty() { "" } else { "/" };
            ChildText {
                at: at + 1,
                contribution: self.contribution_text(contribution),
                path: id.map(|id| format!("{path}{separator}{}", id.number())),
                configuration: id.and_then(|id| self.in_words(id)),
                contributions: id.map_or(0, |id| self.contributions(id).len()),
            }
        }))
    }

    /// The skews of a hierarchy in words.
    pub fn skew_texts(&self, hierarchy: &Hierarchy) -> Vec<SkewText> {
        let skews = hierarchy.skews(self);
        let above = if skews.is_empty() { None } else { Some(hierarchy.above()) };
        let text = |skew: &Skew| self.skew_text(hierarchy, above.as_ref()?, skew);
        skews.iter().filter_map(text).collect()
    }

    /// A way from a root, downwards. Of a long one both ends are told, with `…` between them: it is told of each
    /// of those on it.
    fn way(&self, path: &[ConfigurationId]) -> Vec<String> {
        let text = |id: &ConfigurationId| self.local_reference(*id);
        if path.len() <= 2 * WAY_END {
            return path.iter().map(text).collect();
        }
        let (begin, end) = (&path[..WAY_END], &path[path.len() - WAY_END..]);
        begin.iter().map(text).chain(["…".to_owned()]).chain(end.iter().map(text)).collect()
    }

    fn skew_text(&self, hierarchy: &Hierarchy, above: &Above, skew: &Skew) -> Option<SkewText> {
        let told = &skew.places[..skew.places.len().min(TOLD)];
        let occurrence = |place: &usize| {
            let id = hierarchy.configurations()[*place];
            let through = |parent: &u32| {
                let path = hierarchy.path(above, *parent as usize);
                self.way(&[path.as_slice(), &[id]].concat())
            };
            let mut paths: Vec<Vec<String>> = above.of(*place).iter().take(TOLD).map(through).collect();
            if *place == 0 {
                paths.push(vec![self.local_reference(id)]);
            }
            OccurrenceText {
                configuration: self.local_reference(id),
                number: id.number(),
                containers: above.of(*place).len(),
                paths,
            }
        };
        let occurrences: Vec<OccurrenceText> = told.iter().map(occurrence).collect();
        let offers = hierarchy.offers(self, above, skew).into_iter().map(|offer| {
            let others = occurrences.iter().filter(|it| it.number != offer.keep.number());
            OfferText {
                keep: self.local_reference(offer.keep),
                replace: others.map(|it| it.configuration.clone()).collect(),
                places: offer.places,
                frozen: offer.frozen.iter().map(|it| self.local_reference(*it)).collect(),
            }
        });
        Some(SkewText {
            component: self.component_name(skew.component),
            configurations: skew.places.len(),
            offers: offers.collect(),
            occurrences,
        })
    }

    /// A comparison in words.
    pub fn comparison_text(
        &self,
        left: ConfigurationId,
        right: ConfigurationId,
        comparison: &Comparison,
    ) -> Option<ComparisonText> {
        let pairs = comparison.pairs.iter().enumerate();
        let each = pairs.flat_map(|(at, pair)| pair.differences.iter().map(move |it| (at, it)));
        let differences = each.map(|(at, it)| self.difference_text(comparison, at, it)).collect();
        Some(ComparisonText { left: self.in_words(left)?, right: self.in_words(right)?, differences })
    }

    fn difference_text(&self, comparison: &Comparison, at: usize, difference: &Difference) -> DifferenceText {
        let path = |at: usize| {
            let up = std::iter::successors(Some(at), |at| comparison.pairs[*at].above);
            let ids = up.filter_map(|at| comparison.pairs[at].left.or(comparison.pairs[at].right));
            let mut path: Vec<ConfigurationId> = ids.collect();
            path.reverse();
            self.way(&path)
        };
        let contribution = |it: &Contribution| Some(Value::from(self.contribution_text(it)));
        let mut text = DifferenceText {
            change: String::new(),
            path: path(at),
            from: None,
            attribute: None,
            left: None,
            right: None,
        };
        let change = match difference {
            Difference::Added(it) => {
                text.right = contribution(it);
                "added"
            }
            Difference::Removed(it) => {
                text.left = contribution(it);
                "removed"
            }
            Difference::Replaced(old, new) => {
                text.left = Some(self.local_reference(*old).into());
                text.right = Some(self.local_reference(*new).into());
                "replaced"
            }
            Difference::Moved(it, from) => {
                text.from = Some(path(*from));
                (text.left, text.right) = (contribution(it), contribution(it));
                "moved"
            }
            Difference::Reordered => "reordered",
            Difference::Attribute(name, left, right) => {
                text.attribute = Some(name.clone());
                (text.left, text.right) = (left.clone(), right.clone());
                "changed"
            }
        };
        text.change = change.to_owned();
        text
    }

    /// A comparison of three in words.
    pub fn merge_text(&self, [base, mine, theirs]: [ConfigurationId; 3], merge: &Merge) -> Option<MergeText> {
        let side = |comparison: &Comparison, change: &Option<(usize, Difference)>| {
            change.as_ref().map(|(at, difference)| self.difference_text(comparison, *at, difference))
        };
        let changes = merge.merged.iter().map(|it| MergedText {
            conflict: it.conflict,
            mine: side(&merge.mine, &it.mine),
            theirs: side(&merge.theirs, &it.theirs),
        });
        Some(MergeText {
            base: self.in_words(base)?,
            mine: self.in_words(mine)?,
            theirs: self.in_words(theirs)?,
            changes: changes.collect(),
        })
    }
}
