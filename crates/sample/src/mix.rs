//! The mix of questions that the benchmark asks: mostly changes of configurations and components, of which
//! roughly half are allowed.

use std::collections::HashMap;

use governance::{
    Action, AreaId, Ask, ComponentId, ConfigurationId, ConfigurationKind, Contribution, Item, OperationId,
    Organisation, Question, QuestionText, UserId, With,
};

use crate::chance::Chance;

/// `count` questions of the mix.
pub fn mixed_questions(organisation: &Organisation, seed: u64, count: usize) -> Vec<Question> {
    Mix::new(organisation).questions(seed).take(count).collect()
}

/// What the mix draws from: made once, it gives questions without end.
pub struct Mix<'a> {
    organisation: &'a Organisation,
    users: Vec<UserId>,
    areas: Vec<AreaId>,
    components: Vec<ComponentId>,
    configurations: Vec<ConfigurationId>,
    parents: Vec<ConfigurationId>,
    /// Those assigned a role in an area.
    people: HashMap<AreaId, Vec<UserId>>,
}

impl<'a> Mix<'a> {
    /// What the mix draws from in this organisation.
    pub fn new(organisation: &'a Organisation) -> Self {
        let areas: Vec<_> = organisation.areas().map(|(id, _)| id).collect();
        let with_roles = |area| {
            organisation.members(area).filter(|(_, roles)| !roles.is_empty()).map(|(user, _)| user).collect()
        };
        Self {
            organisation,
            users: organisation.users().map(|(id, _)| id).collect(),
            people: areas.iter().map(|area| (*area, with_roles(*area))).collect(),
            areas,
            components: organisation.components().map(|(id, _)| id).collect(),
            configurations: organisation.configurations().map(|(id, _)| id).collect(),
            parents: organisation.all_contributions().map(|(parent, _)| parent).collect(),
        }
    }

    /// Questions without end.
    pub fn questions(&self, seed: u64) -> impl Iterator<Item = Question> {
        let mut chance = Chance::new(seed);
        let leases = self.organisation.leasable();
        std::iter::repeat_with(move || {
            let (item, ask, governing) = self.ask(&mut chance)?;
            let user = self.somebody(governing, &mut chance)?;
            Some(Question { user: Some(user), ask, item, leases })
        })
        // An organisation in which nothing can be asked gives none at all.
        .map_while(|question| question)
    }

    /// Mostly somebody with a role in the area or above it; else anybody.
    fn somebody(&self, area: AreaId, chance: &mut Chance) -> Option<UserId> {
        let near = match chance.below(100) {
            0..68 => Some(area),
            68..78 => self.organisation.area(area).and_then(|it| it.parent()),
            _ => None,
        };
        let people = near.and_then(|area| self.people.get(&area)).filter(|people| !people.is_empty());
        chance.pick(people.unwrap_or(&self.users)).copied()
    }

    fn ask(&self, chance: &mut Chance) -> Option<(Item, Ask, AreaId)> {
        match chance.below(100) {
            0..12 => self.component(chance),
            12..18 => self.area(chance),
            18..30 => self.contribution(chance),
            _ => self.configuration(chance),
        }
        .or_else(|| self.component(chance))
        .or_else(|| self.area(chance))
    }

    fn component(&self, chance: &mut Chance) -> Option<(Item, Ask, AreaId)> {
        let id = *chance.pick(&self.components)?;
        let component = self.organisation.component(id)?;
        let ask = match chance.below(10) {
            0 => Ask::Read,
            1 => perform("gc.save-component", &["archive"])?,
            2 => perform("gc.save-component", &["modify-links"])?,
            _ => perform("gc.save-component", &["modify-attributes"])?,
        };
        Some((Item::Component(id), ask, component.team_area.unwrap_or(component.project_area)))
    }

    fn configuration(&self, chance: &mut Chance) -> Option<(Item, Ask, AreaId)> {
        let id = *chance.pick(&self.configurations)?;
        let ask = match (chance.below(20), self.organisation.configuration(id)?.kind) {
            (0 | 1, _) => Ask::Read,
            (2, _) => Ask::SetContext,
            (3..6, ConfigurationKind::Stream(_)) => perform("gc.save-baseline", &["create"])?,
            (3..6, ConfigurationKind::Baseline(_)) => perform("gc.save-stream", &["create"])?,
            (6, kind) => perform(save(kind), &["archive"])?,
            (7, kind @ (ConfigurationKind::Stream(_) | ConfigurationKind::Baseline(_))) => {
                perform(save(kind), &["modify-attributes", "modify-links"])?
            }
            (8..11, ConfigurationKind::Stream(_)) => perform("gc.save-stream", &["add-contribution"])?,
            (_, kind @ ConfigurationKind::Personal(_)) => perform(save(kind), &["modify"])?,
            (_, kind) => perform(save(kind), &["modify-attributes"])?,
        };
        Some((Item::Configuration(id), ask, self.governing(id)?))
    }

    /// A change of what a configuration contains; half of the replacements name both sides.
    fn contribution(&self, chance: &mut Chance) -> Option<(Item, Ask, AreaId)> {
        let parent = *chance.pick(&self.parents)?;
        let operation = match self.organisation.configuration(parent)?.kind {
            kind @ (ConfigurationKind::Stream(_) | ConfigurationKind::Staging(_)) => save(kind),
            ConfigurationKind::Baseline(_) | ConfigurationKind::Personal(_) => return None,
        };
        let path = chance.of([
            "add-contribution",
            "remove-contribution",
            "reorder-contributions",
            "replace-contribution",
        ]);
        let mut ask = perform(operation, &[path])?;
        if let (Ask::Perform(_, _, with), "replace-contribution") = (&mut ask, path)
            && let Some(Contribution::Configuration(old)) =
                chance.pick(self.organisation.contributions(parent))
            && let Some(configuration) = self.organisation.configuration(*old)
        {
            let new = chance.pick(self.organisation.configurations_of(configuration.component)).copied();
            *with = With::Replacement { old: Some(*old), new };
        }
        Some((Item::Configuration(parent), ask, self.governing(parent)?))
    }

    fn area(&self, chance: &mut Chance) -> Option<(Item, Ask, AreaId)> {
        let id = *chance.pick(&self.areas)?;
        let team = self.organisation.area(id)?.team().is_some();
        let ask = match (chance.below(4), team) {
            (0, _) => Ask::Read,
            (1, _) => perform("process.save-team-area", &["create"])?,
            (_, true) => perform("process.save-team-area", &["modify-members"])?,
            (_, false) => perform("process.save-project-area", &["modify-members"])?,
        };
        Some((Item::Area(id), ask, id))
    }

    fn governing(&self, id: ConfigurationId) -> Option<AreaId> {
        let configuration = self.organisation.configuration(id)?;
        let team = self.organisation.effective_team_area(configuration);
        team.or_else(|| self.organisation.component(configuration.component).map(|it| it.project_area))
    }
}

fn save(kind: ConfigurationKind) -> &'static str {
    match kind {
        ConfigurationKind::Stream(_) => "gc.save-stream",
        ConfigurationKind::Baseline(_) => "gc.save-baseline",
        ConfigurationKind::Staging(_) => "gc.save-staging-stream",
        ConfigurationKind::Personal(_) => "gc.save-personal-stream",
    }
}

fn perform(operation: &str, actions: &[&str]) -> Option<Ask> {
    let operation = OperationId::from_name(operation)?;
    let actions: Option<Vec<Action>> = actions.iter().map(|path| operation.action(path).ok()).collect();
    Some(Ask::Perform(operation, actions?.into_iter().collect(), With::Nothing))
}

/// The question as people and clients write it.
pub fn question_text(organisation: &Organisation, question: &Question) -> QuestionText {
    let configuration = |id: ConfigurationId| organisation.reference(Item::Configuration(id));
    // A URI that is a contribution of the parent, where one is asked about.
    let uri = |id: Option<ConfigurationId>| match id {
        Some(id) => configuration(id),
        None => local_of(organisation, question.item),
    };
    let (replace, by, to) = match question.ask {
        Ask::Perform(_, _, With::Replacement { old, new }) => (Some(uri(old)), Some(uri(new)), None),
        Ask::Perform(_, _, With::NewParent(parent)) => {
            (None, None, Some(organisation.reference(Item::Area(parent))))
        }
        _ => (None, None, None),
    };
    QuestionText {
        user: question.user.and_then(|id| organisation.user(id)).map_or("nobody at all", |it| &it.id).into(),
        operation: question.operation_name().into(),
        actions: question.actions().iter().map(Action::to_string).collect(),
        item: organisation.reference(question.item),
        replace,
        by,
        to,
    }
}

fn local_of(organisation: &Organisation, parent: Item) -> String {
    let Item::Configuration(parent) = parent else { return String::new() };
    let uri = organisation.contributions(parent).iter().find_map(|it| match it {
        Contribution::Local(uri) => Some(uri.to_string()),
        Contribution::Configuration(_) => None,
    });
    uri.unwrap_or_else(|| "https://rm.example.com/rm/cm/stream/_new".into())
}
