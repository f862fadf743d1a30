//! What is sought: how components and configurations are chosen from, and in which groups they come.

use std::collections::HashMap;

use super::View;
use super::reading::Seen;
use super::search::{Choice, Dates};
use crate::configuration::{Component, ComponentId, Configuration, ConfigurationId, TeamAreaSetting};
use crate::id::Id;
use crate::index::Index;
use crate::process_area::AreaId;
use crate::search::{BadCriterion, Groups, Named, Order, Searched, Sort, TeamAreaBy};
use crate::text::fold;

/// What is sought: components or configurations.
pub(super) trait Sought: Named + Seen {
    fn searched(index: &Index) -> &Searched<Self>;
    fn takes(&self, choice: &Choice, id: Id<Self>) -> bool;
    /// The order that is chosen.
    fn order<'a>(
        view: &'a View,
        choice: &Choice,
        dates: &'a Dates<'a>,
    ) -> Result<Order<'a, Self>, BadCriterion>;
    /// The numbers among which to look, where criteria name them.
    fn among(view: &View, choice: &Choice) -> Option<Vec<u32>>;
}

impl Sought for Configuration {
    fn searched(index: &Index) -> &Searched<Self> {
        &index.searched_configurations
    }
    fn takes(&self, choice: &Choice, _id: ConfigurationId) -> bool {
        let of_team = |(wanted, by): (TeamAreaSetting, TeamAreaBy)| {
            let setting = self.kind.team_area();
            let inherits = setting == Some(TeamAreaSetting::Inherit);
            let inherited = inherits && choice.governed.contains(self.component.number());
            match by {
                TeamAreaBy::Explicit => setting == Some(wanted),
                TeamAreaBy::Inherited => inherited,
                TeamAreaBy::Effective => {
                    inherited || !inherits && setting.and_then(TeamAreaSetting::area) == wanted.area()
                }
            }
        };
        choice.components.contains(self.component.number())
            && choice.kinds[usize::from(self.kind.ordinal())]
            && choice.archived.is_none_or(|archived| archived == self.archived)
            && (choice.owner.is_none() || choice.owner == self.kind.owner())
            && choice.team.is_none_or(of_team)
    }
    fn order<'a>(
        view: &'a View,
        choice: &Choice,
        dates: &'a Dates<'a>,
    ) -> Result<Order<'a, Self>, BadCriterion> {
        let organisation = &*view.organisation;
        Ok(match choice.sort {
            Sort::Name | Sort::NameDescending => Order::Name,
            Sort::Kind | Sort::KindDescending => {
                Order::Groups(by_number(|_, it: &Self| it.kind.ordinal().into()))
            }
            Sort::Created | Sort::CreatedDescending => Order::Number,
            Sort::Modified | Sort::ModifiedDescending => {
                Order::Groups(by_number(|id: Id<Self>, _| dates.modified(id.number())))
            }
            Sort::TeamArea | Sort::TeamAreaDescending => {
                Order::Groups(view.by_team_area(|_, it: &Self| organisation.effective_team_area(it)))
            }
            Sort::Component | Sort::ComponentDescending => {
                let facts = &organisation.facts;
                let by_name = organisation.index.searched_components.by_name(facts);
                let mut ranks = vec![0; facts.components.next().number() as usize];
                for (at, number) in by_name.iter().enumerate() {
                    ranks[*number as usize] = at as u32;
                }
                let named = |number: u32| {
                    let name = facts.components.get(Id::new(number)).map_or("", |it| &it.name);
                    (fold(name).into_owned(), number)
                };
                let order = by_name.clone();
                Order::Groups(Groups {
                    rank: Box::new(move |_, it| {
                        ranks.get(it.component.number() as usize).copied().unwrap_or(0)
                    }),
                    at: Box::new(move |key| {
                        let at = order.binary_search_by(|number| named(*number).cmp(key));
                        at.map(|at| at as u32).map_err(|at| at as u32)
                    }),
                    key: Box::new(move |rank| {
                        by_name.get(rank as usize).map(|it| named(*it)).unwrap_or_default()
                    }),
                })
            }
        })
    }
    fn among(view: &View, choice: &Choice) -> Option<Vec<u32>> {
        let of_component = |id| view.organisation.configurations_of(id).to_vec();
        match (&choice.below, choice.component) {
            // Those of the component are sorted out as they are looked at.
            (Some(below), _) => Some(below.iter().map(|id| id.number()).collect()),
            (None, Some(component)) => Some(of_component(component).iter().map(|id| id.number()).collect()),
            (None, None) => None,
        }
    }
}

impl Sought for Component {
    fn searched(index: &Index) -> &Searched<Self> {
        &index.searched_components
    }
    fn takes(&self, choice: &Choice, id: ComponentId) -> bool {
        let of_team = |(wanted, by): (TeamAreaSetting, TeamAreaBy)| match by {
            TeamAreaBy::Inherited => false,
            TeamAreaBy::Explicit | TeamAreaBy::Effective => {
                wanted != TeamAreaSetting::Inherit && self.team_area == wanted.area()
            }
        };
        choice.components.contains(id.number())
            && choice.archived.is_none_or(|archived| archived == self.archived)
            && choice.team.is_none_or(of_team)
    }
    fn order<'a>(
        view: &'a View,
        choice: &Choice,
        dates: &'a Dates<'a>,
    ) -> Result<Order<'a, Self>, BadCriterion> {
        if choice.kinds != [true; 4] {
            let said = "components have no kind and no owner; search configurations by them";
            return Err(BadCriterion::new(if choice.owner.is_some() { "owner" } else { "kind" }, said));
        }
        Ok(match choice.sort {
            Sort::Name | Sort::NameDescending | Sort::Component | Sort::ComponentDescending => Order::Name,
            Sort::Kind | Sort::KindDescending => {
                return Err(BadCriterion::new("sort", "components have no kind"));
            }
            Sort::Created | Sort::CreatedDescending => Order::Number,
            Sort::Modified | Sort::ModifiedDescending => {
                Order::Groups(by_number(|id: Id<Self>, _| dates.modified(id.number())))
            }
            Sort::TeamArea | Sort::TeamAreaDescending => {
                Order::Groups(view.by_team_area(|_, it: &Self| it.team_area))
            }
        })
    }
    fn among(view: &View, choice: &Choice) -> Option<Vec<u32>> {
        let component_of =
            |id: &ConfigurationId| Some(view.organisation.configuration(*id)?.component.number());
        match &choice.below {
            Some(below) => Some(below.iter().filter_map(component_of).collect()),
            None => choice.component.map(|component| vec![component.number()]),
        }
    }
}

impl View {
    /// The groups of an order by team area: `unassigned` first, then by reference.
    fn by_team_area<'a, N>(&'a self, team_of: impl Fn(Id<N>, &N) -> Option<AreaId> + 'a) -> Groups<'a, N> {
        let teams = self.organisation.areas().filter(|(_, area)| area.team().is_some());
        let mut all: Vec<(String, AreaId)> =
            teams.map(|(id, _)| (fold(&self.organisation.area_text(id)).into_owned(), id)).collect();
        all.sort();
        let ranks: HashMap<AreaId, u32> =
            all.iter().enumerate().map(|(at, (_, id))| (*id, at as u32 + 1)).collect();
        let keys: Vec<(String, u32)> = std::iter::once((String::new(), 0))
            .chain(all.into_iter().map(|(text, id)| (text, id.number())))
            .collect();
        let at = keys.clone();
        Groups {
            rank: Box::new(move |id, noun| {
                team_of(id, noun).and_then(|team| ranks.get(&team).copied()).unwrap_or(0)
            }),
            at: Box::new(move |key| at.binary_search(key).map(|at| at as u32).map_err(|at| at as u32)),
            key: Box::new(move |rank| keys.get(rank as usize).cloned().unwrap_or_default()),
        }
    }
}

/// Groups by a number.
fn by_number<'a, N>(number: impl Fn(Id<N>, &N) -> u32 + 'a) -> Groups<'a, N> {
    Groups {
        rank: Box::new(number),
        at: Box::new(|(_, number)| Ok(*number)),
        key: Box::new(|number| (String::new(), number)),
    }
}
