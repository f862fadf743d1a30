//! Shared queries (docs/global-configurations.md#shared-queries).

use serde::{Deserialize, Serialize};

use super::tag::change_words;
use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;
use crate::vocabulary::SharedQuery;

const OPERATION: &str = "gc.save-shared-query";

/// Keeps a query for everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateSharedQuery {
    /// Where.
    pub area: AreaId,
    /// The query; its name is unique there.
    pub query: SharedQuery,
}

impl Step for CreateSharedQuery {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "create", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let event = change_words(organisation, self.area, |list: &mut Vec<SharedQuery>| {
            list.push(self.query.clone());
            Ok(())
        })?;
        Ok(vec![event])
    }
}

/// Puts a query in the place of one that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeSharedQuery {
    /// Where.
    pub area: AreaId,
    /// Which.
    pub name: Name,
    /// What it is then.
    pub query: SharedQuery,
}

impl Step for ChangeSharedQuery {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "modify", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let event = change_words(organisation, self.area, |list: &mut Vec<SharedQuery>| {
            let place = list.iter_mut().find(|it| it.name == self.name);
            *place.ok_or(Refusal::NotThere("shared query"))? = self.query.clone();
            Ok(())
        })?;
        Ok(vec![event])
    }
}

/// Removes a shared query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveSharedQuery {
    /// Where.
    pub area: AreaId,
    /// Which.
    pub name: Name,
}

impl Step for RemoveSharedQuery {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "delete", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let event = change_words(organisation, self.area, |list: &mut Vec<SharedQuery>| {
            let place = list.iter().position(|it| it.name == self.name);
            list.remove(place.ok_or(Refusal::NotThere("shared query"))?);
            Ok(())
        })?;
        Ok(vec![event])
    }
}
