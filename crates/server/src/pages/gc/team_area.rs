//! The Team Area attribute for people (docs/global-configurations.md#the-team-area-attribute).

use askama::Template;
use askama::filters::HtmlSafe;
use governance::text::compare_folded;
use governance::{AreaId, Component, Configuration, TeamAreaSetting, View};

use crate::pages::field::Choice;

/// Who governs something, and whether that is inherited.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"{% if let Some(address) = address %}<a href="{{ address }}">{{ words }}</a>{% else %}<span class="muted">{{ words }}</span>{% endif %}{% if inherited %} <span class="inherited">(inherited)</span>{% endif %}"#
)]
pub(super) struct TeamArea {
    words: String,
    address: Option<String>,
    inherited: bool,
}

impl HtmlSafe for TeamArea {}

impl TeamArea {
    pub(super) fn of_component(view: &View, it: &Component) -> Self {
        Self::named(view, it.team_area, false)
    }
    pub(super) fn of(view: &View, it: &Configuration) -> Self {
        match it.kind.team_area() {
            None => Self { words: "None: it is personal".to_owned(), address: None, inherited: false },
            Some(setting) => {
                Self::named(view, view.effective_team_area(it), setting == TeamAreaSetting::Inherit)
            }
        }
    }
    fn named(view: &View, team: Option<AreaId>, inherited: bool) -> Self {
        let address = team.map(|team| format!("/team-areas/{}", team.number()));
        Self { words: name(view, team), address, inherited }
    }
    /// Without a link, as an attribute or a picture says it.
    pub(super) fn text(&self) -> String {
        if self.inherited { format!("{} (inherited)", self.words) } else { self.words.clone() }
    }
}

fn name(view: &View, team: Option<AreaId>) -> String {
    let name = team.and_then(|team| view.see(team)).map(|team| team.name.to_string());
    name.unwrap_or_else(|| "Unassigned".to_owned())
}

/// What the Team Area of something in a project area can be set to. Of a configuration that is also as its
/// component has it.
pub(super) fn choices(
    view: &View,
    project: AreaId,
    component: Option<&Component>,
    chosen: &str,
) -> Vec<Choice> {
    let mut choices = Vec::new();
    if let Some(component) = component {
        let words = format!("{} (inherited)", name(view, component.team_area));
        choices.push(Choice::new("inherit", words, chosen == "inherit"));
    }
    choices.push(Choice::new("unassigned", "Unassigned", chosen == "unassigned"));
    choices.extend(teams(view, project).map(|(_, path, words)| {
        let is_chosen = chosen == path;
        Choice::new(path, words, is_chosen)
    }));
    choices
}

/// The team areas in a project area that are not archived, as a tree has them: each with its path, encoded
/// and for people.
pub(in crate::pages) fn teams(
    view: &View,
    project: AreaId,
) -> impl Iterator<Item = (AreaId, String, String)> {
    let teams = view.areas_in(project).into_iter().filter(move |team| *team != project);
    let mut teams: Vec<_> = teams
        .filter_map(|team| {
            view.see(team).filter(|it| !it.archived)?;
            Some((team, view.team_path(team), path_words(view, team)))
        })
        .collect();
    // Each is below what it is in.
    teams.sort_by(|(.., one), (.., other)| compare_folded(one, other));
    teams.into_iter()
}

/// The way to a team area from its project area: `Tuning Team › Battery`.
pub(super) fn path_words(view: &View, team: AreaId) -> String {
    let names = view.path_to(team).iter().skip(1).filter_map(|it| view.see(*it));
    names.map(|it| it.name.to_string()).collect::<Vec<_>>().join(" › ")
}
