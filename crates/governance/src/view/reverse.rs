//! The reverse questions of one user: who may, on what, and what; each agrees with [`View::answer`].

use super::{Unanswered, View};
use crate::answer::WhoMay;
use crate::catalogue::LicenceSet;
use crate::decision::{Case, asks_about, decide, items_among, users_who_may};
use crate::item::Item;
use crate::question::{Allowed, Ask, Question};
use crate::reference::{BadReference, QuestionText};
use crate::user::{User, UserId};

impl View {
    /// Everyone who may do what the text asks, whoever it names, with what each stands on; by user number.
    ///
    /// # Errors
    /// When it asks nothing, or the asker may not ask about others on this item.
    pub fn users_who_may(&self, text: &QuestionText) -> Result<Vec<(UserId, Allowed)>, Unanswered> {
        let question = self.question_on_what_is_seen(text)?;
        self.may_ask_about(None, question.item)?;
        let free = self.leases.free();
        let question = Question { leases: free, ..question };
        let mut users = users_who_may(&self.organisation, &question);
        // Whoever has leased the last seat may what nobody else could lease a licence for.
        let held = self.leases.holders().filter(|(_, held)| held.without(free) != LicenceSet::NONE);
        for (user, held) in held {
            let question = Question { user: Some(user), leases: free.union(held), ..question.clone() };
            if let Err(place) = users.binary_search_by_key(&user, |(user, _)| *user)
                && let Ok(allowed) = decide(&self.organisation, &question)
            {
                users.insert(place, (user, allowed));
            }
        }
        Ok(users)
    }

    /// Every item on which a user may do this, in order of kind and number, as far as the asker sees it and
    /// may ask about the user there: of a kind (`stream` …), in a project area (by its reference), or any.
    ///
    /// # Errors
    /// When the asker may ask about nobody else at all, or what is asked cannot be without naming an item.
    pub fn items_one_may(
        &self,
        user: &str,
        ask: &Ask,
        kind: Option<&str>,
        project_area: Option<&str>,
    ) -> Result<Vec<Item>, Unanswered> {
        ask.of_any_item().map_err(|error| Unanswered::Bad(error.to_string()))?;
        let Some(user) = self.user_asked_about(user)? else { return Ok(Vec::new()) };
        let organisation = &*self.organisation;
        let project = match project_area.map(|reference| organisation.item_at(reference)) {
            None => None,
            Some(Ok(Item::Area(area))) if self.sees(Item::Area(area)) => Some(area),
            Some(_) => return Ok(Vec::new()),
        };
        let wanted = |item: Item| {
            kind.is_none_or(|kind| organisation.kind_of(item) == kind)
                && project.is_none_or(|project| organisation.project_of_item(item) == Some(project))
        };
        let mut items = items_among(organisation, user, ask, self.leases.for_user(Some(user)), wanted);
        items.retain(|item| self.sees(*item) && self.may_ask_about(Some(user), *item).is_ok());
        Ok(items)
    }

    /// Every `OPERATION/ACTION` that the user of the text may perform on its item, with what each stands on;
    /// by name. Its `replace`, `by` and `to` go with the actions that take them; without `to` there is no
    /// `move`.
    ///
    /// # Errors
    /// When the item is not there, or the question not the asker's to put.
    pub fn actions_one_may(&self, text: &QuestionText) -> Result<Vec<(String, Allowed)>, Unanswered> {
        let item = self.item_seen(text)?;
        let user = self.organisation.user_by_id(&text.user);
        self.may_ask_about(user, item)?;
        let person = user.and_then(|user| self.organisation.index.person(user)).filter(|it| it.active);
        let (Some(user), Some(person)) = (user, person) else { return Ok(Vec::new()) };
        let leases = self.leases.for_user(Some(user));
        let allowed = |ask: Ask| {
            let ask = self.organisation.with_companions(&companions_of(text, &ask), item, ask).ok()?;
            let allowed = Case::new(&self.organisation, &ask, item).judge(user, person, leases).ok()?;
            Some((name_of(&ask), allowed))
        };
        let mut actions: Vec<_> =
            asks_about(&self.organisation, item).into_iter().filter_map(allowed).collect();
        actions.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(actions)
    }

    /// Who may, in words.
    pub fn who_may(&self, user: UserId, allowed: &Allowed) -> Option<WhoMay> {
        self.organisation.who_may(user, allowed)
    }

    /// The user with this number.
    pub fn user(&self, user: UserId) -> Option<&User> {
        self.organisation.user(user)
    }

    /// How questions refer to an item.
    pub fn reference(&self, item: Item) -> String {
        self.organisation.reference(item)
    }

    /// The bare name of an item: a name, or a number with its title.
    pub fn name_of(&self, item: Item) -> String {
        self.organisation.name_of(item)
    }

    /// The user whom the asker may ask about somewhere, if there is one with this id.
    fn user_asked_about(&self, id: &str) -> Result<Option<UserId>, Unanswered> {
        let oneself = self.present.user_by_id(id) == Some(self.asker);
        let may = oneself || self.asks_about_others();
        if may { Ok(self.organisation.user_by_id(id)) } else { Err(self.not_asked_about_others()) }
    }

    fn item_seen(&self, text: &QuestionText) -> Result<Item, Unanswered> {
        let item = self.organisation.item_at(&text.item).ok().filter(|item| self.sees(*item));
        let unknown = || BadReference::Unknown(text.item.clone()).to_string();
        item.ok_or_else(|| Unanswered::NoSuchItem(unknown()))
    }
}

/// What the text says besides, as far as what is asked takes it.
fn companions_of(text: &QuestionText, ask: &Ask) -> QuestionText {
    let actions = if let Ask::Perform(_, actions, _) = ask { &**actions } else { &[] };
    let asks = |path: &str| actions.iter().any(|action| action.leaf.path() == path);
    let (moves, replaces) = (asks("move"), asks("replace-contribution"));
    QuestionText {
        to: text.to.clone().filter(|_| moves),
        replace: text.replace.clone().filter(|_| replaces),
        by: text.by.clone().filter(|_| replaces),
        ..QuestionText::default()
    }
}

fn name_of(ask: &Ask) -> String {
    match ask {
        Ask::Read => "read".to_owned(),
        Ask::SetContext => "context.set".to_owned(),
        Ask::Repository(operation) => operation.name().to_owned(),
        Ask::Perform(operation, actions, _) => {
            let actions: Vec<_> = actions.iter().map(ToString::to_string).collect();
            format!("{operation}/{}", actions.join("+"))
        }
    }
}
