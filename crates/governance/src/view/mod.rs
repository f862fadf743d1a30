//! What one user sees of an organisation, and may ask of it (docs/decision.md#who-may-ask).
//!
//! What the user may not see is answered exactly as what is not there.

mod changes;
mod hierarchy;
mod keys;
mod lines;
mod preview;
mod process;
mod reading;
mod refused;
mod registry;
mod reverse;
mod search;
mod sharing;
mod sought;
mod standing;
mod vocabulary;
mod whole;
mod wish;

use std::sync::Arc;

use thiserror::Error;

use crate::answer::{AnswerText, ItemText};
use crate::catalogue::LicenceSet;
use crate::decision::{Asking, Explanation, decide, explain, may_ask_about, sees};
use crate::item::Item;
use crate::lease::Leases;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::process_template::{ProcessTemplate, ProcessTemplateId};
use crate::question::{Decision, Question};
use crate::reference::{BadReference, QuestionText, is_uri};
use crate::text::{Name, decode};
use crate::user::{User, UserId};
use preview::Previewer;

pub(crate) use changes::called;
pub use lines::{LineByLine, LineRefused, LinesCarriedOut, PeopleImpact};
pub use process::{CountsAs, EntryThere, Governs, RoleThere};
pub use reading::Seen;
pub use refused::RefusedText;
pub use search::{Dates, Found};
pub use sharing::{ChangedProcess, Lent};
pub use standing::StandsIn;
pub use vocabulary::KnownTag;
pub use wish::{Grant, NotWished, Wish, WishText};

/// An organisation as one active user sees it. Interfaces hold this and not the organisation.
#[derive(Clone, Debug)]
pub struct View {
    /// What is asked: the newest organisation, or a past one.
    organisation: Arc<Organisation>,
    /// What the asker's own rights are judged by: always the newest.
    present: Arc<Organisation>,
    asker: UserId,
    asking: Asking,
    /// Of what is asked.
    leases: Leases,
    /// By which the asker's own commands are judged.
    leases_now: Leases,
    /// The revision of the newest organisation, as far as it was told.
    revision: u64,
    /// What commands that are only thought of have made.
    made: Vec<Item>,
    /// Who looks at things as the asker would.
    previewer: Option<Previewer>,
}

/// Why a question got no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unanswered {
    /// It is no question: malformed, unknown operation or action, or one that does not apply.
    #[error("{0}")]
    Bad(String),
    /// No item is there by that reference, or none that the asker sees.
    #[error("{0}")]
    NoSuchItem(String),
    /// It is about somebody else, and not the asker's to put.
    #[error(
        "you may ask about yourself; about others ask those who administer the server, the project area or an area \
         that governs the item"
    )]
    NotYours,
    /// It is about somebody else, and put by a token that is not for it.
    #[error("you may ask about yourself by this token; about others it needs the scope `decide`")]
    NotByThisToken,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// What was decided.
    pub decision: Decision,
}

/// Stands before the name of a project area that the asker may not see, so that nothing is found by it.
const ABSENT: &str = "\0absent\0";

/// What is shown in place of a provider's name.
const SHARED_PROCESS: &str = "a shared process";

impl Organisation {
    /// The user who may sign in with this id: an active person. Functional users have no sign-in.
    pub fn user_who_signs_in(&self, id: &str) -> Option<UserId> {
        let user = self.user_by_id(id)?;
        self.user(user).is_some_and(|it| !it.archived && !it.functional).then_some(user)
    }
}

impl View {
    /// The view of an active user; `None` for anybody else.
    pub fn of(organisation: Arc<Organisation>, asker: UserId) -> Option<Self> {
        organisation.user(asker).filter(|user| !user.archived)?;
        let leases = Leases::of_nobody(&organisation);
        let asking = Asking::ByRight;
        Some(Self {
            present: Arc::clone(&organisation),
            organisation,
            asker,
            asking,
            leases_now: leases.clone(),
            leases,
            revision: 0,
            made: Vec::new(),
            previewer: None,
        })
    }

    /// The same view, told who has leased what; without it, it is as if nobody had leased anything.
    #[must_use]
    pub fn with_leases(self, leases: Leases) -> Self {
        Self { leases_now: leases.clone(), leases, ..self }
    }

    /// The same view, told its revision.
    #[must_use]
    pub fn at_revision(self, revision: u64) -> Self {
        Self { revision, ..self }
    }

    /// The revision that the view was told.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The same view, for asking about these people.
    #[must_use]
    pub fn asking(self, asking: Asking) -> Self {
        Self { asking, ..self }
    }

    /// The same asker's view of a past organisation, with the rights of today.
    #[must_use]
    pub fn as_of(&self, past: Arc<Organisation>) -> Self {
        // Who had leased what then is not kept.
        let is_now = Arc::ptr_eq(&past, &self.present);
        let leases = if is_now { self.leases_now.clone() } else { Leases::of_nobody(&past) };
        Self { organisation: past, leases, ..self.clone() }
    }

    /// Who asks.
    pub fn asker(&self) -> &User {
        // INVARIANT: a view is made of an active user, and users are never removed.
        self.present.user(self.asker).expect("the asker was there when the view was made")
    }

    /// The number of who asks.
    pub fn asker_number(&self) -> UserId {
        self.asker
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When it is none, or not the asker's to put.
    pub fn answer(&self, text: &QuestionText) -> Result<Answer, Unanswered> {
        let question = self.question(text)?;
        let decision = decide(&self.organisation, &question);
        Ok(Answer { question, decision })
    }

    /// Answers a question with everything that led to the answer.
    ///
    /// # Errors
    /// When it is none, or not the asker's to put.
    pub fn explain(&self, text: &QuestionText) -> Result<Explanation, Unanswered> {
        let question = self.question(text)?;
        let mut explanation = explain(&self.organisation, &question, &text.user);
        self.hide_provider(&mut explanation);
        explanation.remedies.retain(|remedy| remedy.concerns.iter().all(|item| self.sees(*item)));
        Ok(explanation)
    }

    /// The answer in words, as every interface gives it.
    pub fn text_of(&self, answer: &Answer) -> AnswerText {
        self.organisation.answer(&answer.question, &answer.decision)
    }
    /// An area as answers name it.
    pub fn area_text(&self, area: AreaId) -> String {
        self.organisation.area_text(area)
    }
    /// The word for the kind of an item.
    pub fn kind_of(&self, item: Item) -> &'static str {
        self.organisation.kind_of(item)
    }

    /// The user with this id.
    pub fn person(&self, id: &str) -> Option<&User> {
        self.organisation.user(self.organisation.user_by_id(id)?)
    }

    /// The process templates that the server keeps, which everybody may read.
    pub fn process_templates(&self) -> impl Iterator<Item = (ProcessTemplateId, &ProcessTemplate)> {
        self.organisation.process_templates()
    }
    /// The process of a project area as a template of this name, if the asker sees the area.
    pub fn process_of(&self, area: AreaId, name: Name) -> Option<ProcessTemplate> {
        self.sees(Item::Area(area))
            .then(|| ProcessTemplate::of_project_area(&self.organisation, area, name))?
    }

    /// Whom the asker may ask about at all, the asker first.
    pub fn people(&self) -> impl Iterator<Item = &User> {
        let others = self.asks_about_others().then(|| self.organisation.users());
        let others = others.into_iter().flatten().filter(|(id, _)| *id != self.asker);
        std::iter::once(self.asker()).chain(others.map(|(_, user)| user))
    }

    fn asks_about_others(&self) -> bool {
        let by_right = || {
            self.present.index.person(self.asker).is_some_and(|person| {
                person.is_jazz_admin()
                    || person.is_jazz_project_admin()
                    || person.standings.iter().any(|standing| standing.administrator)
            })
        };
        match self.asking {
            Asking::OfOneself => false,
            Asking::OfAnybody => true,
            Asking::ByRight => by_right(),
        }
    }

    /// Items to choose from: those that the asker sees among the first `of_each` of every kind.
    pub fn items(&self, of_each: usize) -> impl Iterator<Item = ItemText> {
        let it = &self.organisation;
        it.configurations()
            .map(|(id, _)| Item::Configuration(id))
            .take(of_each)
            .chain(it.components().map(|(id, _)| Item::Component(id)).take(of_each))
            .chain(it.areas().map(|(id, _)| Item::Area(id)).take(of_each))
            .chain(it.work_items().map(|(id, _)| Item::WorkItem(id)).take(of_each))
            .chain(it.categories().map(|(id, _)| Item::Category(id)).take(of_each))
            .chain(it.plans().map(|(id, _)| Item::Plan(id)).take(of_each))
            .chain(it.scm_items().map(|(id, _)| Item::ScmItem(id)).take(of_each))
            .chain(it.test_artefacts().map(|(id, _)| Item::TestArtefact(id)).take(of_each))
            .chain(it.folders().map(|(id, _)| Item::Folder(id)).take(of_each))
            .chain(it.artefacts().map(|(id, _)| Item::Artefact(id)).take(of_each))
            .chain([Item::Repository])
            .filter(|item| self.sees(*item))
            .map(|item| self.item_text(item))
    }

    /// The item of this reference, if the asker sees it.
    pub fn item(&self, reference: &str) -> Option<ItemText> {
        let item = self.organisation.item_at(reference).ok().filter(|item| self.sees(*item))?;
        Some(self.item_text(item))
    }

    /// An item in words.
    pub fn item_text(&self, item: Item) -> ItemText {
        self.organisation.item_text(item)
    }

    fn sees(&self, item: Item) -> bool {
        item == Item::Repository
            || self.made.contains(&item)
            || self.is_shown(item)
                && (sees(&self.present, self.asker, item)
                    // What is not there any more has no restriction that could be read now.
                    || self.sees_everything() && self.organisation.project_of_item(item).is_some())
    }

    /// Whether whoever looks at it, if it is somebody else, may ask what the asker may do with it.
    fn is_shown(&self, item: Item) -> bool {
        self.previewer.is_none_or(|previewer| {
            let Previewer { user, asking } = previewer;
            may_ask_about(&self.present, user, asking, Some(self.asker), item)
        })
    }

    /// The floating licences that the asker's commands are judged with.
    fn own_leases(&self) -> LicenceSet {
        self.leases_now.for_user(Some(self.asker))
    }

    fn sees_everything(&self) -> bool {
        self.present.index.person(self.asker).is_some_and(|person| person.is_jazz_admin())
    }

    fn question(&self, text: &QuestionText) -> Result<Question, Unanswered> {
        let question = self.question_on_what_is_seen(text)?;
        self.may_ask_about(question.user, question.item)?;
        Ok(question)
    }

    fn may_ask_about(&self, subject: Option<UserId>, item: Item) -> Result<(), Unanswered> {
        // What is not there any more, those who see everything may ask about as well.
        let may = may_ask_about(&self.present, self.asker, self.asking, subject, item)
            || self.asking == Asking::OfAnybody && self.sees_everything();
        if may { Ok(()) } else { Err(self.not_asked_about_others()) }
    }

    fn not_asked_about_others(&self) -> Unanswered {
        match self.asking {
            Asking::OfOneself => Unanswered::NotByThisToken,
            Asking::OfAnybody | Asking::ByRight => Unanswered::NotYours,
        }
    }

    fn question_on_what_is_seen(&self, text: &QuestionText) -> Result<Question, Unanswered> {
        well_encoded(text)?;
        // What else the text names is of the same project area, in which areas and configurations have no
        // restriction of their own.
        let user = self.organisation.user_by_id(&text.user);
        match self.organisation.question(text, self.leases.for_user(user)) {
            Ok(question) if self.sees(question.item) => Ok(question),
            Ok(_) | Err(_) => Err(self.what_is_wrong(text)),
        }
    }

    /// What is wrong with a question in which nothing exists that the asker does not see.
    fn what_is_wrong(&self, text: &QuestionText) -> Unanswered {
        let mut seen = text.clone();
        let companions = [&mut seen.replace, &mut seen.by, &mut seen.to].into_iter().flatten();
        for reference in std::iter::once(&mut seen.item).chain(companions) {
            self.make_absent(reference);
        }
        let plain = |wrong: String| wrong.replace(ABSENT, "");
        match (self.organisation.item_at(&seen.item), self.organisation.question(&seen, self.leases.free())) {
            (Err(wrong), _) => Unanswered::NoSuchItem(plain(wrong.to_string())),
            (Ok(_), Err(wrong)) => Unanswered::Bad(plain(wrong.to_string())),
            (Ok(_), Ok(_)) => Unanswered::NoSuchItem(BadReference::Unknown(text.item.clone()).to_string()),
        }
    }

    /// Rewrites a reference to what the asker does not see, so that it refers to nothing.
    fn make_absent(&self, reference: &mut String) {
        if !is_uri(reference)
            && self.is_hidden(reference)
            && let Some(separator) = reference.find([':', '/'])
        {
            reference.insert_str(separator + 1, ABSENT);
        }
    }

    fn is_hidden(&self, reference: &str) -> bool {
        let organisation = &self.organisation;
        let hidden_project = || {
            let (application, rest) = reference.split_once([':', '/'])?;
            let project = rest.split(['#', '@', '/']).next()?;
            let application = crate::catalogue::Application::from_id(application)?;
            let project = organisation.project_area_named(application, &decode(project).ok()?)?;
            Some(!self.sees(Item::Area(project)))
        };
        let hidden_item = || {
            let found =
                organisation.item_at(reference).or_else(|_| organisation.area_at(reference).map(Item::Area));
            found.is_ok_and(|item| !self.sees(item))
        };
        hidden_project().unwrap_or(false) || hidden_item()
    }

    /// Takes the name of a project area that lends its process out of an explanation, unless the asker sees
    /// it.
    fn hide_provider(&self, explanation: &mut Explanation) {
        let Some(permission) = &mut explanation.permission else { return };
        let seen = |text: &str| self.organisation.area_at(text).is_ok_and(|area| self.sees(Item::Area(area)));
        // Where another server's process comes from is told to whoever sees the project area that uses it.
        let copied = |text: &str| {
            self.organisation.process_copies().any(|(id, ..)| self.organisation.area_text(id) == *text)
        };
        let hidden = permission.areas.iter().find(|it| it.provider && !seen(&it.area) && !copied(&it.area));
        let Some(provider) = hidden.map(|it| it.area.clone()) else { return };
        let entries = permission.roles.iter_mut().flat_map(|role| &mut role.entries);
        let hide = |text: &mut String| {
            // The provider's name stands alone or last.
            if let Some(before) = text.strip_suffix(&provider).filter(|it| it.is_empty() || it.ends_with(' '))
            {
                *text = format!("{before}{SHARED_PROCESS}");
            }
        };
        for entry in entries {
            hide(&mut entry.area);
            hide(&mut entry.because);
        }
        for area in &mut permission.areas {
            hide(&mut area.area);
        }
    }
}

/// Wrongly encoded references are refused before anything is looked up: how far the look-up came would tell
/// what exists.
fn well_encoded(text: &QuestionText) -> Result<(), Unanswered> {
    decode(&text.item).map_err(|wrong| Unanswered::NoSuchItem(wrong.to_string()))?;
    let companions = [&text.replace, &text.by, &text.to].into_iter().flatten();
    for reference in companions.filter(|it| !is_uri(it)) {
        decode(reference).map_err(|wrong| Unanswered::Bad(wrong.to_string()))?;
    }
    Ok(())
}
