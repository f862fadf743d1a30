//! Where people stand, as far as the asker sees it.

use super::View;
use crate::act::Refusal;
use crate::decision::{Finding, health};
use crate::item::Item;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// Where somebody stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandsIn {
    /// A process area that the asker sees.
    pub area: AreaId,
    /// The ids and names of the roles given there; `None`: no member.
    pub roles: Option<Vec<(Name, Name)>>,
    /// Whether an administrator of it.
    pub administrator: bool,
}

impl View {
    /// Where a user stands, as far as the asker sees the areas.
    pub fn stands_in(&self, user: UserId) -> Vec<StandsIn> {
        let Some(person) = self.organisation.index.person(user) else { return Vec::new() };
        let mut found: Vec<StandsIn> = person
            .standings
            .iter()
            .filter(|standing| self.sees(Item::Area(standing.area)))
            .map(|standing| StandsIn {
                area: standing.area,
                roles: self.organisation.member(standing.area, user).map(|roles| {
                    roles.iter().map(|id| (id.clone(), self.role_name(standing.area, id))).collect()
                }),
                administrator: standing.administrator,
            })
            .filter(|it| it.administrator || it.roles.is_some())
            .collect();
        found.sort_by_key(|it| it.area);
        found
    }

    /// What a role is called in an area; its id where nothing defines it any more.
    pub fn role_name(&self, area: AreaId, id: &Name) -> Name {
        self.organisation.role(area, id).map_or_else(|| id.clone(), |(_, role)| role.name.clone())
    }

    /// What is amiss, each in words.
    ///
    /// # Errors
    /// The refusal, to whoever does not manage the server.
    pub fn findings(&self) -> Result<Vec<(Finding, String)>, Refusal> {
        let organisation = self.whole()?;
        let told = |finding: Finding| {
            let text = finding.told(organisation, &|area| self.name_of(Item::Area(area)).to_string());
            (finding, text)
        };
        Ok(health(organisation).into_iter().map(told).collect())
    }
}
