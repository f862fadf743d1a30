//! A search finds what looking at everything finds, whatever has changed, in its order and page by page.

use std::collections::BTreeSet;
use std::sync::Arc;

use governance::text::fold;
use governance::{
    Carried, Change, Component, Configuration, ConfigurationId, ConfigurationKind, Contribution, Dates,
    Event, Item, Organisation, SearchCriteria, Sort, TeamAreaBy, TeamAreaSetting, UserId, View, sees,
};
use sample::{Chance, random_changes, random_organisation};
use serde_json::json;

const SORTS: [Sort; 12] = [
    Sort::Name,
    Sort::NameDescending,
    Sort::Component,
    Sort::ComponentDescending,
    Sort::Kind,
    Sort::KindDescending,
    Sort::Created,
    Sort::CreatedDescending,
    Sort::Modified,
    Sort::ModifiedDescending,
    Sort::TeamArea,
    Sort::TeamAreaDescending,
];

fn carried(chance: &mut Chance) -> Carried {
    let tag = |chance: &mut Chance| chance.of(["motor", "motor/old", "motor/old/dust", "brake", "motorway"]);
    let tags: Vec<&str> = (0..chance.below(3)).map(|_| tag(chance)).collect();
    let attributes =
        json!({"state": chance.of(["Open", "done"]), "weight": chance.below(3), "acme:state": "Open:2"});
    Carried::NOTHING.with("tags", Some(json!(tags))).with("attributes", Some(attributes))
}

/// Gives some of them other names, tags and attributes.
fn relabelled(organisation: &Organisation, chance: &mut Chance, percent: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for (key, before) in organisation.configurations() {
        if chance.percent(percent) {
            let mut after = Configuration { carried: carried(chance), ..before.clone() };
            if chance.percent(20) {
                after.name =
                    format!("Größe-{} v{}.0", chance.of(["Motor", "motor", "ACHSE"]), key.number()).into();
            }
            events.push(Event::Configuration(Change {
                key,
                before: Some(before.clone()),
                after: Some(after),
            }));
        }
    }
    for (key, before) in organisation.components() {
        if chance.percent(percent) {
            let after = Component { carried: carried(chance), ..before.clone() };
            events.push(Event::Component(Change { key, before: Some(before.clone()), after: Some(after) }));
        }
    }
    events
}

fn criteria(organisation: &Organisation, chance: &mut Chance) -> SearchCriteria {
    let mut wanted = SearchCriteria { sort: Some(chance.of(SORTS)), ..SearchCriteria::default() };
    let configurations: Vec<ConfigurationId> = organisation.configurations().map(|(id, _)| id).collect();
    let some = |chance: &mut Chance| chance.pick(&configurations).copied();
    let reference = |item: Item| Some(organisation.reference(item));
    for _ in 0..chance.below(4) {
        match chance.below(12) {
            0 => {
                wanted.name =
                    Some(chance.of(["initial str", "1", "GRÖ motor", "stream init", "v"]).to_owned())
            }
            1 => {
                let name = some(chance).and_then(|id| organisation.configuration(id)).map(|it| &it.name);
                wanted.name_prefix = name.map(|name| name.chars().take(1 + chance.below(8)).collect());
            }
            2 => wanted.tag.push(chance.of(["motor", "Motor/old", "brake"]).to_owned()),
            3 => wanted.attribute.push(
                chance
                    .of([
                        "state:open",
                        "weight:1",
                        "state",
                        "none",
                        "acme:state",
                        "acme:state:open:2",
                        "acme:state:2",
                    ])
                    .to_owned(),
            ),
            4 => wanted.archived = Some(chance.percent(50)),
            5 => wanted.kind.push(chance.of(ConfigurationKind::WORDS).to_owned()),
            6 => {
                let component =
                    some(chance).and_then(|id| organisation.configuration(id)).map(|it| it.component);
                wanted.component = component.and_then(|id| reference(Item::Component(id)));
            }
            7 => wanted.contained_in = some(chance).and_then(|id| reference(Item::Configuration(id))),
            8 => {
                let users: Vec<UserId> = organisation.users().map(|(id, _)| id).collect();
                wanted.owner =
                    chance.pick(&users).and_then(|id| organisation.user(*id)).map(|it| it.id.to_string());
            }
            9 => {
                let project =
                    some(chance).and_then(|id| organisation.project_of_item(Item::Configuration(id)));
                wanted.project_area = project.and_then(|id| reference(Item::Area(id)));
            }
            _ => {
                let teams = organisation.areas().filter(|(_, area)| area.team().is_some());
                let teams: Vec<_> = teams.map(|(id, _)| id).collect();
                let by = chance.of([TeamAreaBy::Explicit, TeamAreaBy::Inherited, TeamAreaBy::Effective]);
                wanted.team_area_by = Some(by);
                wanted.team_area = chance.pick(&teams).map(|id| id.number().to_string());
                if wanted.team_area.is_none() || chance.percent(40) {
                    wanted.team_area = Some("unassigned".to_owned());
                }
            }
        }
    }
    wanted
}

/// Everything below, as it is written.
fn below(organisation: &Organisation, root: ConfigurationId, found: &mut BTreeSet<ConfigurationId>) {
    for contribution in organisation.contributions(root) {
        if let Contribution::Configuration(id) = contribution
            && found.insert(*id)
        {
            below(organisation, *id, found);
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let split = |letter: char| !(letter.is_alphanumeric() || letter == '.');
    fold(text).split(split).map(|it| it.trim_matches('.').to_owned()).filter(|it| !it.is_empty()).collect()
}

fn labelled(wanted: &SearchCriteria, name: &str, carried: &Carried) -> bool {
    let begun = |word: &String| words(name).iter().any(|it| it.starts_with(word.as_str()));
    let tags: Vec<&str> = carried
        .get("tags")
        .into_iter()
        .flat_map(|it| it.as_array().unwrap())
        .map(|it| it.as_str().unwrap())
        .collect();
    let tagged = |tag: &String| {
        let tag = tag.to_lowercase();
        tags.iter().any(|it| *it == tag || it.starts_with(&format!("{tag}/")))
    };
    let attributed = |text: &String| {
        let there = carried.get("attributes").and_then(|it| it.as_object()).into_iter().flatten();
        there.into_iter().any(|(name, there)| {
            let there = there.as_str().map_or_else(|| there.to_string(), str::to_owned);
            let value = text.strip_prefix(&format!("{name}:"));
            text == name || value.is_some_and(|value| there.to_lowercase() == value.to_lowercase())
        })
    };
    wanted.name.as_ref().is_none_or(|it| words(it).iter().all(begun))
        && wanted.name_prefix.as_ref().is_none_or(|it| fold(name).starts_with(&*fold(it)))
        && wanted.tag.iter().all(tagged)
        && wanted.attribute.iter().all(attributed)
}

fn takes(
    organisation: &Organisation,
    wanted: &SearchCriteria,
    id: ConfigurationId,
    it: &Configuration,
) -> bool {
    let component = organisation.component(it.component).unwrap();
    let reference = |item: Item| organisation.reference(item);
    let of_team = |text: &String| {
        let team = text.parse().ok().map(governance::Id::new);
        let inherits = it.kind.team_area() == Some(TeamAreaSetting::Inherit);
        match wanted.team_area_by.unwrap() {
            TeamAreaBy::Effective => organisation.effective_team_area(it) == team,
            TeamAreaBy::Inherited => inherits && component.team_area == team,
            TeamAreaBy::Explicit => {
                it.kind.team_area()
                    == Some(team.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned))
            }
        }
    };
    let contained = |root: &String| {
        let Ok(Item::Configuration(root)) = organisation.item_at(root) else { return false };
        let mut found = BTreeSet::new();
        below(organisation, root, &mut found);
        found.contains(&id)
    };
    let owned =
        |owner: &String| it.kind.owner().is_some_and(|user| *organisation.user(user).unwrap().id == **owner);
    labelled(wanted, &it.name, &it.carried)
        && wanted.archived.is_none_or(|archived| it.archived == archived)
        && (wanted.kind.is_empty() || wanted.kind.iter().any(|kind| kind == it.kind.word()))
        && wanted.owner.as_ref().is_none_or(owned)
        && wanted.component.as_ref().is_none_or(|text| reference(Item::Component(it.component)) == *text)
        && wanted
            .project_area
            .as_ref()
            .is_none_or(|text| reference(Item::Area(component.project_area)) == *text)
        && wanted.contained_in.as_ref().is_none_or(contained)
        && wanted.team_area.as_ref().is_none_or(of_team)
}

/// What a sort puts before the name.
fn group(organisation: &Organisation, sort: Sort, id: ConfigurationId, it: &Configuration) -> (String, u32) {
    let modified = |number: u32| number * 7 % 5;
    match sort {
        Sort::Name | Sort::NameDescending => Default::default(),
        Sort::Component | Sort::ComponentDescending => {
            let name = &organisation.component(it.component).unwrap().name;
            (fold(name).into_owned(), it.component.number())
        }
        Sort::Kind | Sort::KindDescending => {
            let at = ConfigurationKind::WORDS.iter().position(|word| *word == it.kind.word());
            (String::new(), at.unwrap() as u32)
        }
        Sort::Created | Sort::CreatedDescending => (String::new(), id.number()),
        Sort::Modified | Sort::ModifiedDescending => (String::new(), modified(id.number())),
        Sort::TeamArea | Sort::TeamAreaDescending => match organisation.effective_team_area(it) {
            Some(team) => (fold(&organisation.area_text(team)).into_owned(), team.number()),
            None => Default::default(),
        },
    }
}

fn check(organisation: &Arc<Organisation>, chance: &mut Chance, number: usize) -> usize {
    let users: Vec<UserId> = organisation.users().map(|(id, _)| id).collect();
    let modified: Vec<u32> = (0..5000).map(|number| number * 7 % 5).collect();
    let mut found = 0;
    for _ in 0..number {
        let asker = *chance.pick(&users).unwrap();
        let Some(view) = View::of(Arc::clone(organisation), asker) else { continue };
        let wanted = criteria(organisation, chance);
        let dates = Dates {
            modified: &modified,
            modified_in: chance.percent(20).then_some(1..3),
            ..Dates::default()
        };
        let names_hidden =
            [&wanted.component, &wanted.contained_in, &wanted.project_area].into_iter().flatten();
        let hidden = |text: &String| !sees(organisation, asker, organisation.item_at(text).unwrap());
        let team = wanted.team_area.as_ref().and_then(|it| it.parse().ok()).map(governance::Id::new);
        if names_hidden.clone().any(hidden)
            || team.is_some_and(|team| !sees(organisation, asker, Item::Area(team)))
        {
            assert!(view.search_configurations(&wanted, &dates, None, 10).is_err(), "{wanted:?}");
            continue;
        }
        let in_time =
            |number: u32| dates.modified_in.as_ref().is_none_or(|it| it.contains(&(number * 7 % 5)));
        let mut expected: Vec<_> = organisation
            .configurations()
            .filter(|(id, _)| sees(organisation, asker, Item::Configuration(*id)) && in_time(id.number()))
            .filter(|(id, it)| takes(organisation, &wanted, *id, it))
            .map(|(id, it)| {
                (group(organisation, wanted.sort.unwrap(), id, it), fold(&it.name).into_owned(), id)
            })
            .collect();
        expected.sort();
        if format!("{:?}", wanted.sort).contains("Descending") {
            expected.reverse();
        }
        let expected: Vec<_> = expected.into_iter().map(|(_, _, id)| id).collect();
        let mut listed = Vec::new();
        let mut place = None;
        let limit = chance.within(1..=30);
        loop {
            let page = view.search_configurations(&wanted, &dates, place.as_ref(), limit).unwrap();
            assert_eq!(page.total, expected.len(), "{wanted:?}");
            listed.extend(page.ids);
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected, "{wanted:?} by {limit}");
        found += listed.len();
        let components = SearchCriteria {
            name: wanted.name.clone(),
            name_prefix: wanted.name_prefix.clone(),
            tag: wanted.tag.clone(),
            attribute: wanted.attribute.clone(),
            ..SearchCriteria::default()
        };
        let expected: Vec<_> = organisation
            .components()
            .filter(|(id, _)| sees(organisation, asker, Item::Component(*id)))
            .filter(|(_, it)| labelled(&components, &it.name, &it.carried))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(view.components_found(&components, &Dates::default()), Ok(expected), "{components:?}");
    }
    found
}

#[test]
fn a_search_finds_what_looking_at_everything_finds_whatever_has_changed() {
    let mut found = 0;
    for seed in 0..40 {
        let mut chance = Chance::new(seed);
        let mut organisation = random_organisation(seed);
        organisation.apply(&relabelled(&organisation, &mut chance, 60));
        let first = Arc::new(organisation);
        found += check(&first, &mut chance, 15);
        let mut organisation = Organisation::clone(&first);
        for events in random_changes(&first, seed, 10) {
            organisation.apply(&events);
        }
        for percent in [5, 5, 30] {
            organisation.apply(&relabelled(&organisation, &mut chance, percent));
            found += check(&Arc::new(organisation.clone()), &mut chance, 15);
        }
        // What was is searched as well as what is.
        found += check(&first, &mut chance, 5);
    }
    assert!(found > 5000, "{found} were found");
}
