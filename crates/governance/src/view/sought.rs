//! What is sought: how components and configurations are chosen from, and in which groups they come.

use super::View;
use super::reading::Seen;
use super::search::{Choice, Dates};
use crate::configuration::{
    Component, ComponentId, Configuration, ConfigurationId, ConfigurationKind, TeamAreaSetting,
};
use crate::id::Id;
use crate::index::{ComponentPlace, ConfigurationPlace, Index};
use crate::process_area::AreaId;
use crate::search::{BadCriterion, Groups, Lists, Named, Order, SMALL, Searched, Sort, TeamAreaBy};
use crate::text::fold;

/// What is sought: components or configurations.
pub(super) trait Sought: Named + Seen {
    /// What a choice reads of one.
    type Place;
    fn searched(index: &Index) -> &Searched<Self>;
    fn place(index: &Index, id: Id<Self>) -> Option<&Self::Place>;
    /// Every one, in order of numbers.
    fn places(index: &Index) -> impl Iterator<Item = (Id<Self>, &Self::Place)>;
    /// Whether it is chosen but for its name, tags and attributes.
    fn takes(choice: &Choice, id: Id<Self>, place: &Self::Place) -> bool;
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
    type Place = ConfigurationPlace;
    fn searched(index: &Index) -> &Searched<Self> {
        &index.searched_configurations
    }
    fn place(index: &Index, id: ConfigurationId) -> Option<&ConfigurationPlace> {
        index.configuration(id)
    }
    fn places(index: &Index) -> impl Iterator<Item = (ConfigurationId, &ConfigurationPlace)> {
        index.configurations()
    }
    fn takes(choice: &Choice, _id: ConfigurationId, it: &ConfigurationPlace) -> bool {
        let of_team = |(wanted, by): (TeamAreaSetting, TeamAreaBy)| {
            let setting = it.team_area();
            let inherits = setting == Some(TeamAreaSetting::Inherit);
            let inherited = inherits && choice.governed.contains(it.component.number());
            match by {
                TeamAreaBy::Explicit => setting == Some(wanted),
                TeamAreaBy::Inherited => inherited,
                TeamAreaBy::Effective => {
                    inherited || !inherits && setting.and_then(TeamAreaSetting::area) == wanted.area()
                }
            }
        };
        choice.components.contains(it.component.number())
            && choice.kinds[usize::from(it.kind)]
            && choice.archived.is_none_or(|archived| archived == it.archived)
            && (choice.owner.is_none() || choice.owner == it.owner())
            && choice.team.is_none_or(of_team)
    }
    fn order<'a>(
        view: &'a View,
        choice: &Choice,
        dates: &'a Dates<'a>,
    ) -> Result<Order<'a, Self>, BadCriterion> {
        let (facts, index) = (&view.organisation.facts, &view.organisation.index);
        Ok(match choice.sort {
            Sort::Name | Sort::NameDescending => Order::Name,
            Sort::Kind | Sort::KindDescending => {
                let of_kind = |kind: u32| {
                    let of_kind = index.configurations().filter(move |(_, it)| u32::from(it.kind) == kind);
                    few(of_kind.map(|(id, _)| id))
                };
                let groups = ConfigurationKind::WORDS.len() as u32;
                let kind = |id| index.configuration(id).map_or(0, |it| it.kind.into());
                let lists = Some(Lists { groups, of: Box::new(of_kind) });
                Order::Groups(Groups { lists, ..by_number(kind) })
            }
            Sort::Created | Sort::CreatedDescending => Order::Number,
            Sort::Modified | Sort::ModifiedDescending => {
                Order::Groups(by_number(|id: Id<Self>| dates.modified(id.number())))
            }
            Sort::TeamArea | Sort::TeamAreaDescending => {
                let home = |id| {
                    let it = index.configuration(id)?;
                    Some(it.home(index.component(it.component)?))
                };
                Order::Groups(view.by_team_area(home, Some(Box::new(|team| governed(index, team)))))
            }
            Sort::Component | Sort::ComponentDescending => {
                let by_name = index.searched_components.by_name(facts);
                let mut ranks = vec![0; facts.components.next().number() as usize];
                for (at, number) in by_name.iter().enumerate() {
                    ranks[*number as usize] = at as u32;
                }
                let named = |number: u32| {
                    let name = facts.components.get(Id::new(number)).map_or("", |it| &it.name);
                    (fold(name).into_owned(), number)
                };
                let of = move |rank: u32| {
                    let component = by_name.get(rank as usize).copied().unwrap_or_default();
                    few(index.configurations_of(Id::new(component)).iter().copied())
                };
                Order::Groups(Groups {
                    lists: Some(Lists { groups: by_name.len() as u32, of: Box::new(of) }),
                    rank: Box::new(move |id| {
                        let component = index.configuration(id).map_or(0, |it| it.component.number());
                        ranks.get(component as usize).copied().unwrap_or(0)
                    }),
                    at: Box::new(move |key| {
                        let at = by_name.binary_search_by(|number| named(*number).cmp(key));
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
    type Place = ComponentPlace;
    fn searched(index: &Index) -> &Searched<Self> {
        &index.searched_components
    }
    fn place(index: &Index, id: ComponentId) -> Option<&ComponentPlace> {
        index.component(id)
    }
    fn places(index: &Index) -> impl Iterator<Item = (ComponentId, &ComponentPlace)> {
        index.components()
    }
    fn takes(choice: &Choice, id: ComponentId, it: &ComponentPlace) -> bool {
        let of_team = |(wanted, by): (TeamAreaSetting, TeamAreaBy)| match by {
            TeamAreaBy::Inherited => false,
            TeamAreaBy::Explicit | TeamAreaBy::Effective => {
                wanted != TeamAreaSetting::Inherit && it.team_area() == wanted.area()
            }
        };
        choice.components.contains(id.number())
            && choice.archived.is_none_or(|archived| archived == it.archived)
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
                Order::Groups(by_number(|id: Id<Self>| dates.modified(id.number())))
            }
            Sort::TeamArea | Sort::TeamAreaDescending => {
                let index = &view.organisation.index;
                Order::Groups(view.by_team_area(|id| Some(index.component(id)?.home), None))
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

/// The numbers of what a team area governs, where they are known by it.
type GovernedBy<'a> = Box<dyn Fn(AreaId) -> Option<Vec<u32>> + 'a>;

impl View {
    /// The groups of an order by the team area that governs: `unassigned` first, then by reference.
    fn by_team_area<'a, N>(
        &'a self,
        home: impl Fn(Id<N>) -> Option<AreaId> + 'a,
        governed: Option<GovernedBy<'a>>,
    ) -> Groups<'a, N> {
        let teams = self.organisation.areas().filter(|(_, area)| area.team().is_some());
        let mut keys: Vec<(String, u32)> = teams
            .map(|(id, _)| (fold(&self.organisation.area_text(id)).into_owned(), id.number()))
            .chain([(String::new(), 0)])
            .collect();
        keys.sort();
        // Of project areas, as of no area, the first.
        let mut ranks = vec![0; self.organisation.facts.areas.next().number() as usize];
        for (rank, (_, number)) in (1..).zip(&keys[1..]) {
            ranks[*number as usize] = rank;
        }
        let (at, teams) = (keys.clone(), keys.clone());
        let lists = governed.map(|governed| Lists {
            groups: keys.len() as u32,
            // What no team area governs is the most of it.
            of: Box::new(move |rank| match teams.get(rank as usize) {
                Some((_, team)) if rank > 0 => governed(AreaId::new(*team)),
                _ => None,
            }),
        });
        Groups {
            lists,
            rank: Box::new(move |id| home(id).and_then(|area| ranks.get(area.index()).copied()).unwrap_or(0)),
            at: Box::new(move |key| at.binary_search(key).map(|at| at as u32).map_err(|at| at as u32)),
            key: Box::new(move |rank| keys.get(rank as usize).cloned().unwrap_or_default()),
        }
    }
}

/// Groups by a number.
fn by_number<'a, N>(number: impl Fn(Id<N>) -> u32 + 'a) -> Groups<'a, N> {
    Groups {
        rank: Box::new(number),
        at: Box::new(|(_, number)| Ok(*number)),
        key: Box::new(|number| (String::new(), number)),
        lists: None,
    }
}

/// The configurations that a team area governs; `None`: a lot.
fn governed(index: &Index, team: AreaId) -> Option<Vec<u32>> {
    let Some(governed) = index.governed(team) else { return Some(Vec::new()) };
    let of_components = governed.components.iter().flat_map(|component| index.configurations_of(*component));
    let inherits = |id: &&ConfigurationId| index.configuration(**id).is_some_and(|it| it.inherits());
    few(governed.configurations.iter().chain(of_components.filter(inherits)).copied())
}

/// Some numbers, unless they are too many to be put in order by themselves.
fn few<N>(ids: impl Iterator<Item = Id<N>>) -> Option<Vec<u32>> {
    let listed: Vec<u32> = ids.take(SMALL + 1).map(Id::number).collect();
    (listed.len() <= SMALL).then_some(listed)
}
