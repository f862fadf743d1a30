//! A refused question as whoever asked it is told.

use super::View;
use crate::answer::AnswerText;
use crate::decision::refused_in_words;
use crate::item::Item;
use crate::process_area::AreaId;
use crate::question::{Gate, Question, Refused, With};
use crate::reference::QuestionText;

/// A refused question in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedText {
    /// What was asked, as it can be asked again.
    pub question: QuestionText,
    /// The answer, as `check` gives it.
    pub answer: AnswerText,
    /// The same in a sentence.
    pub sentence: String,
}

impl View {
    /// A refused question of the asker's own in words.
    pub fn refused(&self, question: &Question, refused: &Refused) -> RefusedText {
        let organisation = &self.organisation;
        let mut sentence = refused_in_words(organisation, question, refused);
        if refused.gate == Gate::Permission
            && let Some(project) = organisation.project_of_item(question.item)
            && let Some(text) = self.denial_text_there(project, question.operation_name())
        {
            sentence = format!("{}. {}", sentence.trim_end_matches('.'), text.trim_end_matches('.'));
        }
        RefusedText {
            question: self.question_in_words(question),
            answer: organisation.answer(question, &Err(refused.clone())),
            sentence,
        }
    }

    /// What a project area says itself to those whom its roles do not grant an operation
    /// (docs/process.md#denial-texts).
    pub fn denial_text(&self, project_area: AreaId, operation: &str) -> Option<&str> {
        let texts = self.organisation.area(project_area)?.carried.get("denial_texts")?;
        texts.get(operation)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The same, or what the process says of it that the project area uses of another.
    fn denial_text_there(&self, project_area: AreaId, operation: &str) -> Option<&str> {
        let used = || self.organisation.area(project_area)?.project()?.uses_process.as_ref()?.lender();
        self.denial_text(project_area, operation).or_else(|| self.denial_text(used()?, operation))
    }

    /// A question as it can be asked again.
    pub(super) fn question_in_words(&self, question: &Question) -> QuestionText {
        let reference = |item| self.organisation.reference(item);
        let mut text = QuestionText {
            user: question.user.map(|user| self.id_of(user).to_string()).unwrap_or_default(),
            operation: question.operation_name().to_owned(),
            actions: question.actions().iter().map(ToString::to_string).collect(),
            item: reference(question.item),
            ..QuestionText::default()
        };
        match question.with() {
            With::Nothing => {}
            With::NewParent(parent) => text.to = Some(reference(Item::Area(parent))),
            With::Replacement { old, new } => {
                text.replace = old.map(|old| reference(Item::Configuration(old)));
                text.by = new.map(|new| reference(Item::Configuration(new)));
            }
        }
        text
    }
}
