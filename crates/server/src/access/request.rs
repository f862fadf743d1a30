//! Requests, and the questions in them.

use governance::QuestionText;

use super::object::{Count, Moment, Text, objects};
use crate::problem::{Kind, Problem};

objects! {
    /// One question or several, and what the several have in common.
    Evaluations {
        "subject" => subject: Subject<'a>,
        "action" => action: Action<'a>,
        "resource" => resource: Resource<'a>,
        "context" => context: Context<'a>,
        "evaluations" => evaluations: Vec<Evaluation<'a>>,
        "options" => options: Options<'a>,
    }

    /// A question.
    Evaluation {
        "subject" => subject: Subject<'a>,
        "action" => action: Action<'a>,
        "resource" => resource: Resource<'a>,
        "context" => context: Context<'a>,
    }

    /// A question that leaves out what is searched for.
    Search {
        "subject" => subject: Subject<'a>,
        "action" => action: Action<'a>,
        "resource" => resource: Resource<'a>,
        "context" => context: Context<'a>,
        "page" => page: Page<'a>,
    }

    /// Who.
    Subject {
        "type" => kind: Text<'a>,
        "id" => id: Text<'a>,
    }

    /// What is to be done.
    Action {
        "name" => name: Text<'a>,
        "properties" => properties: ActionProperties<'a>,
    }

    /// What is to be done besides.
    ActionProperties {
        "actions" => actions: Vec<Text<'a>>,
    }

    /// What it is to be done to.
    Resource {
        "type" => kind: Text<'a>,
        "id" => id: Text<'a>,
        "properties" => properties: ResourceProperties<'a>,
    }

    /// What goes with some actions, and what narrows a search.
    ResourceProperties {
        "replace" => replace: Text<'a>,
        "by" => by: Text<'a>,
        "to" => to: Text<'a>,
        "project_area" => project_area: Text<'a>,
    }

    /// When.
    Context {
        "as_of" => as_of: Moment<'a>,
    }

    /// How several questions are answered.
    Options {
        "evaluations_semantic" => semantic: Text<'a>,
    }

    /// Which part of the results.
    Page {
        "token" => token: Text<'a>,
        "limit" => limit: Count,
    }
}

/// When to stop answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// The parts of a question, as far as they are there.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts<'r> {
    subject: Option<&'r Subject<'r>>,
    action: Option<&'r Action<'r>>,
    resource: Option<&'r Resource<'r>>,
    context: Option<&'r Context<'r>>,
}

macro_rules! parts {
    ($of:expr) => {
        Parts {
            subject: $of.subject.as_ref(),
            action: $of.action.as_ref(),
            resource: $of.resource.as_ref(),
            context: $of.context.as_ref(),
        }
    };
}

/// A question. Each part is its own or else the one in common, and so are the keys that a part must have.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    own: Parts<'r>,
    common: Parts<'r>,
}

impl Evaluations<'_> {
    /// What it asks when it asks one thing.
    pub(super) fn single(&self) -> Asked<'_> {
        Asked { own: parts!(self), common: Parts::default() }
    }

    /// The questions, in order; none when it asks one thing.
    pub(super) fn each(&self) -> impl ExactSizeIterator<Item = Asked<'_>> {
        let common = parts!(self);
        let each = self.evaluations.as_deref().unwrap_or_default().iter();
        each.map(move |own| Asked { own: parts!(own), common })
    }

    pub(super) fn semantic(&self) -> Result<Semantic, Problem> {
        let semantic = self.options.as_ref().and_then(|options| options.semantic.as_deref());
        match semantic {
            None | Some("execute_all") => Ok(Semantic::ExecuteAll),
            Some("deny_on_first_deny") => Ok(Semantic::DenyOnFirstDeny),
            Some("permit_on_first_permit") => Ok(Semantic::PermitOnFirstPermit),
            Some(other) => {
                let said = format!(
                    "`options.evaluations_semantic`: unknown semantic `{other}`; expected `execute_all`, \
                     `deny_on_first_deny` or `permit_on_first_permit`"
                );
                Err(Problem::new(Kind::BadQuestion, said))
            }
        }
    }
}

impl Evaluation<'_> {
    pub(super) fn single(&self) -> Asked<'_> {
        Asked { own: parts!(self), common: Parts::default() }
    }
}

impl Search<'_> {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { own: parts!(self), common: Parts::default() }
    }
}

impl<'r> Asked<'r> {
    /// The moment that is asked about; `None` for now.
    pub(super) fn as_of(self) -> Option<&'r str> {
        self.own.context.or(self.common.context)?.as_of.as_deref()
    }

    pub(super) fn subject_type(self) -> Result<&'r str, Problem> {
        let parts = [self.own.subject, self.common.subject];
        key(parts, "subject", "type", |it| it.kind.as_deref())
    }
    pub(super) fn subject_id(self) -> Result<&'r str, Problem> {
        key([self.own.subject, self.common.subject], "subject", "id", |it| it.id.as_deref())
    }
    pub(super) fn resource_type(self) -> Result<&'r str, Problem> {
        let parts = [self.own.resource, self.common.resource];
        key(parts, "resource", "type", |it| it.kind.as_deref())
    }
    pub(super) fn resource_id(self) -> Result<&'r str, Problem> {
        key([self.own.resource, self.common.resource], "resource", "id", |it| it.id.as_deref())
    }
    pub(super) fn resource_properties(self) -> Option<&'r ResourceProperties<'r>> {
        self.own.resource.or(self.common.resource)?.properties.as_ref()
    }

    /// Puts the question into `text`, whose memory is used again.
    pub(super) fn write_to(self, text: &mut QuestionText) -> Result<(), Problem> {
        let kind = self.subject_type()?;
        put(&mut text.user, self.subject_id()?);
        self.write_action_to(text)?;
        self.resource_type()?;
        self.write_item_to(text)?;
        if kind != SUBJECT {
            let said = format!("`{kind}` is no type of subject; expected `{SUBJECT}`");
            return Err(Problem::new(Kind::BadQuestion, said));
        }
        Ok(())
    }

    pub(super) fn write_action_to(self, text: &mut QuestionText) -> Result<(), Problem> {
        let name = key([self.own.action, self.common.action], "action", "name", |it| it.name.as_deref())?;
        let (operation, first) = match name.split_once('/') {
            Some((operation, action)) => (operation, Some(action)),
            None => (name, None),
        };
        put(&mut text.operation, operation);
        let properties = self.own.action.or(self.common.action).and_then(|it| it.properties.as_ref());
        let more = properties.and_then(|it| it.actions.as_deref()).unwrap_or_default();
        let mut count = 0;
        for action in first.into_iter().chain(more.iter().map(|action| &**action)) {
            match text.actions.get_mut(count) {
                Some(kept) => put(kept, action),
                None => text.actions.push(action.to_owned()),
            }
            count += 1;
        }
        text.actions.truncate(count);
        Ok(())
    }

    pub(super) fn write_item_to(self, text: &mut QuestionText) -> Result<(), Problem> {
        put(&mut text.item, self.resource_id()?);
        let properties = self.resource_properties();
        let owned = |text: &Option<Text<'_>>| text.as_deref().map(str::to_owned);
        text.replace = properties.and_then(|it| owned(&it.replace));
        text.by = properties.and_then(|it| owned(&it.by));
        text.to = properties.and_then(|it| owned(&it.to));
        Ok(())
    }

    /// The kind that the question says must be the item's.
    pub(super) fn check_kind(self, kind: &str) -> Result<(), Problem> {
        let said = self.resource_type()?;
        if said == kind {
            return Ok(());
        }
        let wrong = format!("`{}` is a {kind}, not a `{said}`", self.resource_id()?);
        Err(Problem::new(Kind::BadQuestion, wrong))
    }
}

/// The one type of subject.
pub(super) const SUBJECT: &str = "user";

fn put(into: &mut String, text: &str) {
    into.clear();
    into.push_str(text);
}

/// A key that a part must have: its own, or else that of the part in common.
fn key<'r, T>(
    parts: [Option<&'r T>; 2],
    part: &str,
    key: &str,
    get: impl Fn(&'r T) -> Option<&'r str>,
) -> Result<&'r str, Problem> {
    let found = parts.into_iter().flatten().find_map(get);
    found.ok_or_else(|| {
        let said = match parts {
            [None, None] => format!("`{part}` is missing"),
            _ => format!("`{part}.{key}` is missing"),
        };
        Problem::new(Kind::BadQuestion, said)
    })
}
