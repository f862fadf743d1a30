//! Refusals as problem documents (docs/interfaces.md#refusals-over-http).

use governance::{Gate, Question, QuestionText, Refusal, Refused, View};
use serde_json::{Value, json};

use crate::office::ChangeError;
use crate::problem::{Kind, Problem};

/// What is told of a change that was not made, to somebody who sees this.
pub(super) fn problem(view: &View, error: ChangeError<Problem>) -> Problem {
    match error {
        ChangeError::Composed(problem) => problem,
        ChangeError::Refused(refusal) => of_refusal(view, refusal),
        ChangeError::Scope(scope) => {
            let said = format!("this change needs a token with the scope `{}`", scope.id());
            Problem::new(Kind::Scope, said)
        }
        ChangeError::InVain => {
            let said = "somebody else has changed or removed this meanwhile: read it again";
            Problem::new(Kind::Conflict, said)
        }
        ChangeError::Repeated(_) => Problem::new(Kind::KeyTaken, "this was done before"),
        ChangeError::Archived => Problem::sign_in(),
        ChangeError::Full | ChangeError::Store(_) | ChangeError::Unknown | ChangeError::Broken => {
            Problem::not_made(error)
        }
    }
}

pub(super) fn of_refusal(view: &View, refusal: Refusal) -> Problem {
    if refusal.is_not_found() {
        return Problem::not_found();
    }
    match refusal {
        Refusal::Decision { question, refused } => decision(view, &question, &refused),
        Refusal::Several(several) => self::several(view, several),
        Refusal::Rules(rules) => {
            let texts: Vec<String> = rules.iter().map(ToString::to_string).collect();
            Problem::new(Kind::Conflict, texts.join("; ")).with("rules", texts)
        }
        Refusal::Unmet(unmet) => {
            let told: Vec<_> =
                unmet.iter().map(|it| json!({"precondition": it.word(), "detail": it.to_string()})).collect();
            let texts: Vec<String> = unmet.iter().map(ToString::to_string).collect();
            Problem::new(Kind::Conflict, texts.join("; ")).with("unmet", told)
        }
        Refusal::Precondition(text) => Problem::new(Kind::Conflict, text),
        Refusal::Nothing => Problem::new(Kind::Conflict, "nothing would change"),
        // INVARIANT: answered above.
        Refusal::NotThere(_) => Problem::not_found(),
    }
}

/// Whether somebody is allowed what they ask about themselves; if not, the problem says so.
pub(super) fn of_question(view: &View, question: &QuestionText) -> Result<(), Problem> {
    let answer = view.answer(question)?;
    match &answer.decision {
        Ok(_) => Ok(()),
        Err(refused) => Err(decision(view, &answer.question, refused)),
    }
}

/// The refusal itself travels along, with the address that explains it and tells what would allow it.
fn decision(view: &View, question: &Question, refused: &Refused) -> Problem {
    let kind = match refused.gate {
        Gate::Auth => Kind::SignIn,
        Gate::NotVisible => return Problem::not_found(),
        Gate::State => Kind::Conflict,
        Gate::RepositoryGroup | Gate::License | Gate::Permission => Kind::Refused,
    };
    let (sentence, members) = told(view, question, refused);
    members.into_iter().fold(Problem::new(kind, sentence), |problem, (name, value)| problem.with(name, value))
}

/// So many refusals of one change are told at most.
const MOST: usize = 1_000;

/// Each refusal by itself, as far as anybody reads them, behind what the first would say.
fn several(view: &View, several: Vec<Refusal>) -> Problem {
    let count = several.len();
    let mut each = several.into_iter().filter_map(|refusal| match refusal {
        Refusal::Decision { question, refused } => Some((question, refused)),
        _ => None,
    });
    let Some((question, refused)) = each.next() else { return Problem::not_found() };
    let mut first = decision(view, &question, &refused);
    let told = std::iter::once((question, refused)).chain(each).take(MOST).map(|(question, refused)| {
        let (sentence, members) = told(view, &question, &refused);
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::Object([("detail".to_owned(), sentence.into())].into_iter().chain(members).collect())
    });
    let told: Vec<Value> = told.collect();
    first.detail = format!("{count} of the things that it needs are refused; the first: {}", first.detail);
    first.with("refusals", told)
}

/// A refusal as a sentence, and as members of a problem.
fn told(view: &View, question: &Question, refused: &Refused) -> (String, [(&'static str, Value); 5]) {
    let told = view.refused(question, refused);
    let explanation = explanation(&told.question);
    let members = [
        ("gate", json!(told.answer.gate)),
        ("area", json!(told.answer.area)),
        ("missing", json!(told.answer.missing)),
        ("question", json!(told.question)),
        ("explanation", explanation.into()),
    ];
    (told.sentence, members)
}

/// The address that explains a question.
pub(crate) fn explanation(asked: &QuestionText) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("user", &asked.user).append_pair("operation", &asked.operation);
    query.extend_pairs(asked.actions.iter().map(|action| ("action", action)));
    let companions = [("replace", &asked.replace), ("by", &asked.by), ("to", &asked.to)];
    query.extend_pairs(companions.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
    query.append_pair("item", &asked.item);
    format!("/explain?{}", query.finish())
}
