//! Saving what a form says: first who gains and who loses by it is shown, then it is done
//! (docs/pages.md#impact).

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse as _, Response};
use governance::{CountedShifts, Gain, Impact, Shift, View};

use super::ability::Ability;
use super::address::Address;
use super::done::done;
use super::failure::Failure;
use super::form::Fields;
use super::frame::Frame;
use super::part::Button;
use super::render;
use super::visitor::Visitor;
use super::words::{last_name, operation_words, plural, some_of, words};
use crate::api::{Done, Posted};
use crate::in_turn::weighed;
use crate::in_words::{gains_and_losses, thousands};
use crate::negotiate::Form;
use crate::problem::Problem;
use crate::process_sharing::{ConsumerImpact, ConsumerOutcome, impacts};
use crate::router::Server;

/// A form as a page shows it: what was sent before, if it was, and what came of that.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) fields: Fields,
    pub(crate) failure: Option<Failure>,
    /// Who gains and who loses by it: it waits to be sent once more.
    pub(crate) change: Option<Change>,
}

impl Sent {
    /// Of a form that was not carried out, if why can be told beside it.
    pub(crate) fn failed(visitor: &Visitor, fields: Fields, problem: Problem) -> Result<Self, Problem> {
        if visitor.form == Form::Json {
            return Err(problem);
        }
        Ok(Self { fields, failure: Some(Failure::of(problem)?), change: None })
    }
    /// What was typed into a field; how it is, where the form that was sent has no such field.
    pub(crate) fn typed<'a>(&'a self, name: &str, now: &'a str) -> &'a str {
        self.fields.all(name).next().filter(|_| self.is_any()).unwrap_or(now)
    }
    /// Whether it was sent.
    pub(crate) fn is_any(&self) -> bool {
        self.failure.is_some() || self.change.is_some()
    }
    /// What is wrong with a field.
    pub(crate) fn wrong(&self, pointer: &str) -> Option<String> {
        self.failure.as_ref().and_then(|it| it.wrong(pointer))
    }
    /// Upon what a form without a bar is sent: what is there now, or what whoever typed has read.
    pub(crate) fn upon(&self, newest: String) -> String {
        let overtaken = self.failure.as_ref().and_then(Failure::tag);
        let read = Some(self.fields.get("upon")).filter(|it| !it.is_empty() && self.is_any());
        overtaken.or(read).map_or(newest, str::to_owned)
    }
    /// What stands above a form without a bar: why it was not done, or what it comes to and whether that is
    /// meant. It is sent to `action` once more, and leads back otherwise.
    pub(crate) fn review(&self, button: Button, action: impl Into<String>, back: &Address) -> Told<'_> {
        let review = self.change.as_ref().map(|change| Review {
            change,
            fields: &self.fields,
            digest: self.fields.digest(),
            button: button.primary(),
            action: action.into(),
            back: back.to_string(),
        });
        Told { failure: self.failure.as_ref(), review }
    }
    /// What stands above a form with a bar: why it was not done.
    pub(crate) fn above(&self) -> Told<'_> {
        Told { failure: self.failure.as_ref(), review: None }
    }
    /// The bar that saves what has this tag.
    pub(crate) fn bar(&self, ability: &Ability, tag: &str, here: &Address) -> SaveBar<'_> {
        let newest = self.failure.as_ref().and_then(Failure::tag).unwrap_or(tag);
        // Whoever was overtaken by nobody goes on upon what they have read.
        let read = Some(self.fields.get("upon")).filter(|it| !it.is_empty() && self.is_any());
        let overtaken = self.failure.as_ref().is_some_and(|it| it.tag().is_some());
        let tag = if overtaken { newest } else { read.unwrap_or(tag) };
        SaveBar {
            change: self.change.as_ref(),
            ability: ability.clone(),
            tag: tag.to_owned(),
            digest: if self.change.is_some() { self.fields.digest() } else { String::new() },
            here: here.to_string(),
        }
    }
}

/// What has come of a form, above the page.
#[derive(Template)]
#[template(path = "part/told.html")]
pub(crate) struct Told<'a> {
    failure: Option<&'a Failure>,
    review: Option<Review<'a>>,
}

impl Told<'_> {
    /// Whether it was not done, and there is nothing to agree to.
    fn is_refused(&self) -> bool {
        self.failure.is_some() && self.review.is_none()
    }
}

/// A page of nothing but what a form comes to, or why it was not done.
#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage<'a> {
    frame: Frame,
    told: Told<'a>,
}

/// Shows what has come of a form that has nothing to be shown in.
pub(crate) fn review_page(frame: Frame, told: Told<'_>) -> Result<Response, Problem> {
    Ok(render(&ReviewPage { frame, told }))
}

/// What a form comes to, to be sent once more.
struct Review<'a> {
    change: &'a Change,
    fields: &'a Fields,
    digest: String,
    button: Button,
    action: String,
    back: String,
}

/// The bar that saves.
#[derive(Template)]
#[template(path = "part/save_bar.html")]
pub(crate) struct SaveBar<'a> {
    change: Option<&'a Change>,
    ability: Ability,
    tag: String,
    digest: String,
    here: String,
}

impl SaveBar<'_> {
    /// Upon what it saves.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }
}

impl HtmlSafe for Told<'_> {}
impl HtmlSafe for SaveBar<'_> {}

/// Who gains and who loses by what a form says; writes itself into the bar that saves.
#[derive(Clone, Debug, Template)]
#[template(path = "part/change.html")]
pub(crate) struct Change {
    lines: Vec<Line>,
    people: (usize, usize),
    items: usize,
    more: usize,
    /// How many of the people are not told of: the asker may not ask about them.
    untold: usize,
    too_long: bool,
    /// Whether there was time for all of it.
    is_whole: bool,
    /// What becomes of those on other servers who use a process that it changes.
    elsewhere: Vec<(String, String)>,
    /// Of the form that it is of.
    digest: String,
}

/// What becomes of one person, or of many of whom the same does.
#[derive(Clone, Debug)]
struct Line {
    names: Vec<String>,
    gains: bool,
    what: String,
}

impl HtmlSafe for Change {}

impl Line {
    fn name(&self) -> String {
        some_of(self.names.clone())
    }
    fn verb(&self) -> &'static str {
        match (self.gains, self.names.len()) {
            (true, 1) => "gains",
            (true, _) => "gain",
            (false, 1) => "loses",
            (false, _) => "lose",
        }
    }
}

/// Of more than so many, of whom the same becomes, it is told together.
const ALIKE: usize = 10;

fn together(lines: Vec<Line>) -> Vec<Line> {
    let alike = |one: &Line, other: &Line| one.gains == other.gains && one.what == other.what;
    let mut told: Vec<Line> = Vec::new();
    for line in &lines {
        let many = lines.iter().filter(|other| alike(line, other)).count() > ALIKE;
        match told.iter_mut().find(|known| many && alike(known, line)) {
            Some(known) => known.names.extend(line.names.clone()),
            None => told.push(line.clone()),
        }
    }
    told
}

/// So many people are told of.
const TOLD: usize = 40;

/// Does what a form means, unless it has an impact that nobody has looked at; then goes where `to` says, or
/// shows the form once more by `again`.
///
/// # Errors
/// When it cannot be told beside the form.
pub(crate) async fn save(
    server: &Arc<Server>,
    visitor: &Visitor,
    fields: Fields,
    posted: Result<Posted, Problem>,
    to: impl FnOnce(&Done) -> Address,
    again: impl FnOnce(Sent) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    match saved(server, visitor, fields, posted, to).await? {
        Saved::Answered(response) => Ok(response),
        Saved::Again(sent) => {
            let status = sent.failure.as_ref().map(Failure::status).unwrap_or_default();
            Ok((status, again(sent)?).into_response())
        }
    }
}

/// What has come of a form.
pub(crate) enum Saved {
    Answered(Response),
    /// It is shown once more.
    Again(Sent),
}

/// The same for a page that cannot be shown again at once.
///
/// # Errors
/// When it cannot be told beside the form.
pub(crate) async fn saved(
    server: &Arc<Server>,
    visitor: &Visitor,
    fields: Fields,
    posted: Result<Posted, Problem>,
    to: impl FnOnce(&Done) -> Address,
) -> Result<Saved, Problem> {
    let posted = match posted {
        Ok(posted) => posted,
        Err(problem) => return failed(visitor, fields, problem),
    };
    let asked = fields.get("step") == "impact";
    if asked || fields.get("reviewed") != fields.digest() {
        let (view, thought) = (visitor.caller.view.clone(), posted.clone());
        let digest = fields.digest();
        let has_consumers = !server.office.store().process_consumers().await?.is_empty();
        let impact = weighed(server, move |go_on| {
            let change = Change::of(&view, thought.impact(&view, go_on)?, digest);
            let processes = if has_consumers { thought.changed_processes(&view)? } else { Vec::new() };
            Ok::<_, Problem>((change, processes))
        });
        let impact = match impact.await? {
            Ok((change, processes)) => Ok(change.with(impacts(server, &processes).await?)),
            Err(problem) => Err(problem),
        };
        match (impact, asked) {
            (Ok(change), true) => return Ok(Saved::Answered(render(&change))),
            (Ok(change), false) if change.is_any() => {
                return Ok(Saved::Again(Sent { fields, failure: None, change: Some(change) }));
            }
            (Err(problem), true) => {
                let failure = Failure::of(problem)?;
                return Ok(Saved::Answered((failure.status(), render(&failure)).into_response()));
            }
            // What is wrong with it is told when it is tried.
            (Ok(_) | Err(_), false) => {}
        }
    }
    match posted.carry_out(server, &visitor.caller).await {
        Ok(it) => Ok(Saved::Answered(done(&to(&it), &it))),
        Err(problem) => failed(visitor, fields, problem),
    }
}

/// The form is shown once more, with why it was not done.
fn failed(visitor: &Visitor, fields: Fields, problem: Problem) -> Result<Saved, Problem> {
    Sent::failed(visitor, fields, problem).map(Saved::Again)
}

impl Change {
    pub(crate) fn of(view: &View, impact: Impact, digest: String) -> Self {
        let is_whole = matches!(impact, Impact::Known(_));
        let Some(CountedShifts { gain, lose, items, shifts, untold, .. }) = impact.counted() else {
            return Self {
                lines: Vec::new(),
                people: (0, 0),
                items: 0,
                more: 0,
                untold: 0,
                too_long: true,
                is_whole: false,
                elsewhere: Vec::new(),
                digest,
            };
        };
        let mut grouped: Vec<(&str, Gain, Vec<&Shift>)> = Vec::new();
        for shift in shifts {
            match grouped.iter_mut().find(|(user, change, _)| *user == shift.user && *change == shift.change)
            {
                Some((.., list)) => list.push(shift),
                None => grouped.push((&shift.user, shift.change, vec![shift])),
            }
        }
        // Of the people, and not of what each of them gains or loses.
        let hidden = (gain + lose).saturating_sub(untold + grouped.len().min(TOLD));
        let line = |(user, change, shifts): (&str, Gain, Vec<&Shift>)| Line {
            names: vec![view.person(user).map_or_else(|| user.to_owned(), |it| it.name.to_string())],
            gains: change == Gain::Gains,
            what: what(&shifts),
        };
        let lines = together(grouped.into_iter().take(TOLD).map(line).collect());
        Self {
            lines,
            people: (*gain, *lose),
            items: *items,
            more: hidden,
            untold: *untold,
            too_long: false,
            is_whole,
            elsewhere: Vec::new(),
            digest,
        }
    }

    /// The same, with what becomes of those on other servers.
    pub(crate) fn with(self, impacts: Vec<ConsumerImpact>) -> Self {
        let uses = impacts.into_iter().filter(|it| it.outcome != ConsumerOutcome::Unused);
        let told = |it: ConsumerImpact| {
            let of = format!("{}, which uses {}", it.consumer, it.project_area);
            (of, it.outcome.to_string())
        };
        Self { elsewhere: uses.map(told).collect(), ..self }
    }

    /// Whether anybody gains or loses anything by it, or it could not be told.
    pub(crate) fn is_any(&self) -> bool {
        self.too_long || self.people != (0, 0) || !self.elsewhere.is_empty()
    }
    /// In a few words.
    fn summary(&self) -> String {
        match self.too_long {
            true => "So much changes that nobody can tell in time who gains and who loses.".to_owned(),
            false if self.people == (0, 0) && !self.elsewhere.is_empty() => {
                "Nobody on this server gains or loses anything.".to_owned()
            }
            false if self.is_whole => gains_and_losses(self.people, self.items),
            false => {
                format!(
                    "At least {} There was no time to tell all of it.",
                    gains_and_losses(self.people, self.items)
                )
            }
        }
    }
}

/// `modify attributes, archive of 12 streams (Motor 1.0 …)`.
fn what(shifts: &[&Shift]) -> String {
    /// A kind of items with an example, and the number of items in all areas for each operation and action.
    type Deeds<'a> = (String, &'a str, Vec<((&'a str, Option<&'a str>), usize)>);
    let mut kinds: Vec<Deeds<'_>> = Vec::new();
    for shift in shifts {
        let kind = shift.kind_in_words();
        let place = kinds.iter().position(|(known, ..)| *known == kind).unwrap_or_else(|| {
            kinds.push((kind, &shift.example, Vec::new()));
            kinds.len() - 1
        });
        let (deed, deeds) = ((&*shift.operation, shift.action.as_deref()), &mut kinds[place].2);
        match deeds.iter_mut().find(|(known, _)| *known == deed) {
            Some((_, items)) => *items += shift.items,
            None => deeds.push((deed, shift.items)),
        }
    }
    let told = kinds.into_iter().map(|(kind, example, deeds)| {
        // What is done to them by any deed: several operations have actions of one name.
        let items = deeds.iter().map(|(_, items)| *items).max().unwrap_or(0);
        let is_area = kind.ends_with(" area");
        // Of an area it is much else that can be done, by operations that have their nouns.
        let mut named: Vec<(Option<&str>, Vec<String>)> = Vec::new();
        for ((operation, action), _) in deeds {
            let noun = Some(operation).filter(|_| is_area && action.is_some());
            let deed = words(action.unwrap_or(operation.trim_start_matches("repository.")));
            match named.iter_mut().find(|(known, _)| *known == noun) {
                Some((_, deeds)) if deeds.contains(&deed) => {}
                Some((_, deeds)) => deeds.push(deed),
                None => named.push((noun, vec![deed])),
            }
        }
        let told = named.into_iter().map(|(noun, deeds)| match noun {
            Some(operation) => format!("{} ({})", operation_words(operation), some_of(deeds)),
            None => some_of(deeds),
        });
        let deeds = some_of(told.collect());
        match (kind, items) {
            (kind, _) if kind == "repository" => format!("{deeds} on the server"),
            (kind, 1) if is_area => format!("{deeds} in the {kind} {}", last_name(example)),
            (kind, items) if is_area => format!("{deeds} in {} {}", thousands(items), plural(&kind)),
            (kind, 1) => format!("{deeds} of the {kind} {}", last_name(example)),
            (kind, items) => format!("{deeds} of {} {}", thousands(items), plural(&kind)),
        }
    });
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_people_of_whom_the_same_becomes_are_told_of_together_and_a_few_each_by_themselves() {
        let line = |name: &str, what: &str| Line {
            names: vec![name.to_owned()],
            gains: false,
            what: what.to_owned(),
        };
        let mut lines: Vec<Line> = (1..=12).map(|it| line(&format!("P{it}"), "a")).collect();
        lines.insert(1, line("Gus", "b"));
        let told: Vec<_> =
            together(lines).iter().map(|it| format!("{} {} {}", it.name(), it.verb(), it.what)).collect();
        assert_eq!(told, ["P1, P2, P3, P4 and 8 more lose a", "Gus loses b"]);
    }
}
