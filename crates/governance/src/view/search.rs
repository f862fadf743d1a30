//! Searching what a user sees of components and configurations (docs/global-configurations.md#search).

use std::ops::Range;

use super::View;
use super::sought::Sought;
use crate::configuration::{
    Component, ComponentId, Configuration, ConfigurationId, ConfigurationKind, Contribution, TeamAreaSetting,
};
use crate::id::Id;
use crate::item::Item;
use crate::process_area::AreaId;
use crate::search::{
    BadCriterion, Bits, Part, Place, SearchCriteria, Sort, TeamAreaBy, Wanted, attribute_term, found, page,
    tag_term, word_term, words,
};
use crate::text::fold;
use crate::user::UserId;

/// When things were made and changed, as far as it is asked; an organisation does not know.
#[derive(Clone, Debug, Default)]
pub struct Dates<'a> {
    /// Numbers that were given when it was wanted; `None`: any.
    pub created: Option<Range<u32>>,
    /// The revision in which each was changed last, by its number, where that is asked.
    pub modified: &'a [u32],
    /// Such revisions as are wanted; `None`: any.
    pub modified_in: Option<Range<u32>>,
}

impl Dates<'_> {
    pub(super) fn modified(&self, number: u32) -> u32 {
        self.modified.get(number as usize).copied().unwrap_or(0)
    }
    fn takes(&self, number: u32) -> bool {
        self.created.as_ref().is_none_or(|numbers| numbers.contains(&number))
            && self.modified_in.as_ref().is_none_or(|wanted| wanted.contains(&self.modified(number)))
    }
}

/// Some of what a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<N> {
    /// How many there are in all.
    pub total: usize,
    /// Those of this page, in order.
    pub ids: Vec<Id<N>>,
    /// From where the next page goes on; `None`: this is the last.
    pub next: Option<Place>,
}

/// The criteria with everything that they name looked up.
pub(super) struct Choice {
    pub(super) sort: Sort,
    pub(super) archived: Option<bool>,
    pub(super) team: Option<(TeamAreaSetting, TeamAreaBy)>,
    pub(super) kinds: [bool; 4],
    pub(super) owner: Option<UserId>,
    /// Components that the asker sees, of the project area and the number that are wanted.
    pub(super) components: Bits,
    /// Those among them that the wanted team area governs.
    pub(super) governed: Bits,
    pub(super) component: Option<ComponentId>,
    pub(super) below: Option<Vec<ConfigurationId>>,
}

impl View {
    /// Searches the components that the asker sees.
    ///
    /// # Errors
    /// When a criterion names what is not there, or is none for components.
    pub fn search_components(
        &self,
        criteria: &SearchCriteria,
        dates: &Dates<'_>,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Found<Component>, BadCriterion> {
        self.search(criteria, dates, after, limit)
    }

    /// Searches the configurations that the asker sees.
    ///
    /// # Errors
    /// When a criterion names what is not there.
    pub fn search_configurations(
        &self,
        criteria: &SearchCriteria,
        dates: &Dates<'_>,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Found<Configuration>, BadCriterion> {
        self.search(criteria, dates, after, limit)
    }

    /// Every component that a search finds, by number.
    ///
    /// # Errors
    /// As [`View::search_components`].
    pub fn components_found(
        &self,
        criteria: &SearchCriteria,
        dates: &Dates<'_>,
    ) -> Result<Vec<ComponentId>, BadCriterion> {
        Ok(self.found::<Component>(criteria, dates)?.1.iter().map(Id::new).collect())
    }

    /// Every configuration that a search finds, by number.
    ///
    /// # Errors
    /// As [`View::search_configurations`].
    pub fn configurations_found(
        &self,
        criteria: &SearchCriteria,
        dates: &Dates<'_>,
    ) -> Result<Vec<ConfigurationId>, BadCriterion> {
        Ok(self.found::<Configuration>(criteria, dates)?.1.iter().map(Id::new).collect())
    }

    /// Whether the asker can search by criteria, but for their dates.
    ///
    /// # Errors
    /// As [`View::search_configurations`].
    pub fn judge_criteria(&self, criteria: &SearchCriteria) -> Result<(), BadCriterion> {
        self.choice(criteria)?;
        terms_wanted(criteria).map(drop)
    }

    fn search<N: Sought>(
        &self,
        criteria: &SearchCriteria,
        dates: &Dates<'_>,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Found<N>, BadCriterion> {
        let (choice, bits) = self.found::<N>(criteria, dates)?;
        let (searched, facts) = (N::searched(&self.organisation.index), &self.organisation.facts);
        let order = N::order(self, &choice, dates)?;
        let part = Part { descending: choice.sort.is_descending(), after, limit };
        let (ids, next) = page(searched, facts, &bits, &order, part);
        Ok(Found { total: bits.count(), ids, next })
    }

    fn found<N: Sought>(
        &self,
        criteria: &SearchCriteria,
        dates: &Dates<'_>,
    ) -> Result<(Choice, Bits), BadCriterion> {
        let choice = self.choice(criteria)?;
        let facts = &self.organisation.facts;
        let bound = N::table(facts).next().number();
        let wanted = Wanted {
            terms: terms_wanted(criteria)?,
            prefix: criteria.name_prefix.as_deref().map(|prefix| fold(prefix).into_owned()),
            among: N::among(self, &choice).map(|numbers| Bits::of(bound, numbers)),
        };
        let index = &self.organisation.index;
        let takes = |id, place: &N::Place| N::takes(&choice, id, place) && dates.takes(id.number());
        let all = N::places(index).filter(|(id, place)| takes(*id, place)).map(|(id, _)| id);
        let is_taken = |id| N::place(index, id).is_some_and(|place| takes(id, place));
        let bits = found(N::searched(index), facts, &wanted, all, is_taken);
        Ok((choice, bits))
    }

    fn choice(&self, criteria: &SearchCriteria) -> Result<Choice, BadCriterion> {
        let bad = |key, said: String| BadCriterion::new(key, said);
        let named = |key, text: &Option<String>, what: &str, find: &dyn Fn(&str) -> Option<u32>| {
            let Some(text) = text else { return Ok(None) };
            let expected = if key == "owner" { "the id of a user" } else { "a number or a reference" };
            let said = || format!("there is no {what} `{text}`; expected {expected}");
            find(text).map(Some).ok_or_else(|| bad(key, said()))
        };
        let project = named("project_area", &criteria.project_area, "project area", &|text| {
            self.find_project_area(text).map(Id::number)
        })?;
        let project: Option<AreaId> = project.map(Id::new);
        let component = named("component", &criteria.component, "component", &|text| {
            self.find::<Component>(text).map(Id::number)
        })?;
        let root = named("contained_in", &criteria.contained_in, "configuration", &|text| {
            self.find::<Configuration>(text).map(Id::number)
        })?;
        let owner = named("owner", &criteria.owner, "user", &|text| self.user_by_id(text).map(Id::number))?;
        let mut kinds = [criteria.kind.is_empty() && owner.is_none(); 4];
        for kind in &criteria.kind {
            let known = || format!("`{kind}` is not one of `{}`", ConfigurationKind::WORDS.join("`, `"));
            let at = ConfigurationKind::WORDS.iter().position(|word| word == kind);
            kinds[at.ok_or_else(|| bad("kind", known()))?] = true;
        }
        if owner.is_some() {
            kinds = [false, false, false, kinds[3] || criteria.kind.is_empty()];
        }
        let team = match &criteria.team_area {
            Some(text) => Some((
                self.team_area_wanted(text, project, criteria)?,
                criteria.team_area_by.unwrap_or_default(),
            )),
            None if criteria.team_area_by.is_some() => {
                let said = "it says how `team_area` is meant, which is missing";
                return Err(BadCriterion::new("team_area_by", said));
            }
            None => None,
        };
        let component: Option<ComponentId> = component.map(Id::new);
        let mut seen: Vec<Option<bool>> = vec![None; self.organisation.facts.areas.next().index()];
        let bound = self.organisation.facts.components.next().number();
        let (mut components, mut governed) = (Bits::none(bound), Bits::none(bound));
        let area = team.and_then(|(setting, _)| setting.area());
        for (id, it) in self.organisation.index.components() {
            let visible = || {
                let sees = || self.sees(Item::Area(it.project));
                seen.get_mut(it.project.index()).is_some_and(|seen| *seen.get_or_insert_with(sees))
            };
            if project.is_none_or(|project| it.project == project)
                && component.is_none_or(|component| component == id)
                && { visible }()
            {
                components.insert(id.number());
                if it.team_area() == area {
                    governed.insert(id.number());
                }
            }
        }
        Ok(Choice {
            sort: criteria.sort.unwrap_or_default(),
            archived: criteria.archived,
            team,
            kinds,
            owner: owner.map(Id::new),
            components,
            governed,
            component,
            below: root.map(|root| self.below(Id::new(root))),
        })
    }

    fn team_area_wanted(
        &self,
        text: &str,
        project: Option<AreaId>,
        criteria: &SearchCriteria,
    ) -> Result<TeamAreaSetting, BadCriterion> {
        match text {
            "unassigned" => return Ok(TeamAreaSetting::Unassigned),
            "inherit" if criteria.team_area_by == Some(TeamAreaBy::Explicit) => {
                return Ok(TeamAreaSetting::Inherit);
            }
            _ => {}
        }
        let by_path = || project.and_then(|project| self.team_area_at(project, text));
        let team = self.find_team_area(text).or_else(by_path);
        team.map(TeamAreaSetting::Assigned).ok_or_else(|| {
            let said = format!(
                "there is no team area `{text}`; expected `unassigned`, a number, a reference, or with \
                 `project_area` a slash path of names"
            );
            BadCriterion::new("team_area", said)
        })
    }

    /// Everything below a configuration, once.
    fn below(&self, root: ConfigurationId) -> Vec<ConfigurationId> {
        let organisation = &self.organisation;
        let mut met = Bits::none(organisation.facts.configurations.next().number());
        let mut found = Vec::new();
        let mut waiting = vec![root];
        while let Some(parent) = waiting.pop() {
            for contribution in organisation.contributions(parent) {
                if let Contribution::Configuration(id) = contribution
                    && !met.contains(id.number())
                {
                    met.insert(id.number());
                    found.push(*id);
                    waiting.push(*id);
                }
            }
        }
        found
    }
}

/// The beginnings of terms that the criteria want: of each, one of several.
fn terms_wanted(criteria: &SearchCriteria) -> Result<Vec<Vec<String>>, BadCriterion> {
    let term = |word: &str| vec![word_term(word)];
    let mut wanted = Vec::new();
    if let Some(name) = &criteria.name {
        wanted.extend(words(&fold(name)).map(term));
        if wanted.is_empty() {
            return Err(BadCriterion::new("name", "expected words, of letters and digits"));
        }
    }
    if criteria.name_prefix.as_deref().is_some_and(|prefix| prefix.trim().is_empty()) {
        return Err(BadCriterion::new("name_prefix", "expected the beginning of a name"));
    }
    // Only narrows the search: what is found so is then compared with the whole.
    let prefix = criteria.name_prefix.as_deref().map(fold).unwrap_or_default();
    wanted.extend(words(&prefix).map(term));
    for tag in &criteria.tag {
        if tag.trim().is_empty() {
            return Err(BadCriterion::new("tag", "expected a tag, such as `safety/brake`"));
        }
        wanted.push(vec![tag_term(tag)]);
    }
    for attribute in &criteria.attribute {
        if attribute.split(':').next().is_none_or(|id| id.trim().is_empty()) {
            let said = "expected an attribute with its value, such as `asil:D`, or its id for any value";
            return Err(BadCriterion::new("attribute", said));
        }
        // Ids have colons as well as values: whichever it is that divides them.
        let divided = attribute
            .match_indices(':')
            .map(|(at, _)| attribute_term(&attribute[..at], Some(&attribute[at + 1..])));
        wanted.push(divided.chain([attribute_term(attribute, None)]).collect());
    }
    Ok(wanted)
}
