//! The forms of a timeline and its iterations, and what they mean.

use governance::View;
use governance::text::encode;
use serde_json::{Value, json};

use super::area::Area;
use super::timeline_use::Uses;
use crate::api::{Posted, Verb, bad_value, representation};
use crate::pages::address::segment;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::saving::Sent;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

/// The form that somebody has opened, of one timeline.
pub(super) struct Open {
    pub(super) title: String,
    pub(super) words: &'static str,
    /// What it says besides, in hidden fields.
    pub(super) says: Vec<(&'static str, String)>,
    pub(super) fields: Vec<Field>,
}

/// The address of a timeline, by REST.
pub(super) fn address(area: &Area, timeline: &str) -> String {
    format!("{}/timelines/{}", area.path(), segment(timeline))
}

/// The form that an address asks for, or that was sent.
pub(super) fn open(
    visitor: &Visitor,
    area: &Area,
    uses: &Uses<'_>,
    sent: &Sent,
) -> Result<Option<Open>, Problem> {
    let view = visitor.view();
    let asked = if sent.is_any() { &sent.fields } else { &visitor.query };
    let (name, path) = (asked.get("timeline"), asked.get("path"));
    let Ok((timeline, newest)) = representation(view, &address(area, name)) else { return Ok(None) };
    let upon = || vec![("timeline", name.to_owned()), ("upon", sent.upon(newest))];
    Ok(match asked.get("verb") {
        "timeline" => {
            let text = |key: &str| timeline[key].as_str().unwrap_or_default().to_owned();
            // Entries and team areas name it, and nothing makes them follow.
            let named = uses.timeline_unused(name);
            let said = match named.is_allowed() {
                true => String::new(),
                false => format!("The name stays as long as something names it so. {}", named.because()),
            };
            let mut fields = vec![
                Field::line("name", "Name", sent.typed("name", &text("name")))
                    .required()
                    .fixed(!named.is_allowed())
                    .hint(said)
                    .wrong(sent.wrong("/name")),
            ];
            fields.extend(described(sent, &timeline));
            fields.push(working_days(sent, &timeline["working_days"]));
            let title = format!("Change {name}");
            Some(Open { title, words: "Save the timeline", says: upon(), fields })
        }
        "edit" => {
            let mut timeline = timeline;
            let found = iteration_at(&mut timeline, path).ok_or_else(Problem::not_found)?;
            let title = format!("Change {} of {name}", found["name"].as_str().unwrap_or(path));
            let fields = iteration_fields(view, area, sent, found);
            let says = [upon(), vec![("path", path.to_owned())]].concat();
            Some(Open { title, words: "Save the iteration", says, fields })
        }
        "iteration" => {
            let below = asked.get("below");
            let title = match below {
                "" => format!("New iteration of {name}"),
                below => format!("New iteration in {below}"),
            };
            let wrong = sent.wrong("/id").or_else(|| sent.wrong("/iterations"));
            let id = Field::line("id", "Id", sent.typed("id", "")).required().wrong(wrong);
            let mut fields = vec![id.hint("Entries and programs call it so; it stays for good.")];
            fields.extend(iteration_fields(view, area, sent, &Value::Null));
            let says = [upon(), vec![("below", below.to_owned())]].concat();
            Some(Open { title, words: "Add the iteration", says, fields })
        }
        _ => None,
    }
    .map(|open| Open { says: [open.says, vec![("verb", asked.get("verb").to_owned())]].concat(), ..open }))
}

/// The fields of an iteration, as REST has it.
fn iteration_fields(view: &View, area: &Area, sent: &Sent, now: &Value) -> Vec<Field> {
    let project = view.see(area.project).and_then(|it| it.project());
    let chosen = sent.typed("type", now["type"].as_str().unwrap_or_default());
    let mut types = vec![Choice::new("", "None", chosen.is_empty())];
    types.extend(
        project
            .map(|it| &*it.iteration_types)
            .unwrap_or_default()
            .iter()
            .map(|id| Choice::new(id.to_string(), id.to_string(), **id == *chosen)),
    );
    let name = now["name"].as_str().unwrap_or_default();
    let mut fields =
        vec![Field::line("name", "Name", sent.typed("name", name)), Field::select("type", "Type", types)];
    fields.extend(described(sent, now));
    let has = if sent.is_any() {
        sent.fields.all("has_release").next().is_some()
    } else {
        now["has_release"] == true
    };
    let release = Choice::new("yes", "A release is planned for it", has);
    fields.push(Field::checks("has_release", "Release", vec![release]));
    fields
}

/// The days of a week, by the words that timelines have for them.
const DAYS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];

/// The days on which a timeline is worked on.
fn working_days(sent: &Sent, now: &Value) -> Field {
    let listed = now.as_array().into_iter().flatten();
    let works = |day: &str| match sent.is_any() {
        true => sent.fields.all("working_day").any(|it| it == day),
        false => listed.clone().any(|it| is_day(it, day)),
    };
    let days = DAYS.iter().map(|(day, words)| Choice::new(*day, *words, works(day)));
    Field::checks("working_day", "Working days", days.collect())
}

/// What timelines and iterations have for people.
fn described(sent: &Sent, now: &Value) -> [Field; 3] {
    let text = |key: &str| sent.typed(key, now[key].as_str().unwrap_or_default()).to_owned();
    // What was imported and is no day is shown as it is: a field of days would lose it.
    let day = |key: &str, label: &str| {
        let text = text(key);
        let is_day = text.is_empty() || text.parse::<jiff::civil::Date>().is_ok();
        Field::line(key, label, text)
            .of_kind(if is_day { "date" } else { "text" })
            .wrong(sent.wrong(&format!("/{key}")))
    };
    [
        day("start", "Begins"),
        day("end", "Ends"),
        Field::prose("description", "Description", text("description")).wrong(sent.wrong("/description")),
    ]
}

/// The iterations of a timeline with another one.
pub(super) fn with_iteration(view: &View, address: &str, fields: &Fields) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let mut new = json!({"id": fields.get("id").trim()});
    for key in ["name", "type", "start", "end", "description"] {
        if !fields.get(key).trim().is_empty() {
            new[key] = fields.get(key).trim().into();
        }
    }
    put_release(&mut new, fields);
    let list = level_of(&mut timeline, fields.get("below")).ok_or_else(Problem::not_found)?;
    if list.iter().any(|it| it["id"] == new["id"]) {
        return Err(bad_value("/id", "an iteration beside it has this id: choose another"));
    }
    list.push(new);
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// The days of a week that a timeline is worked on, for people.
pub(super) fn days_in_words(now: &Value) -> String {
    let works = |day: &str| now.as_array().into_iter().flatten().any(|it| is_day(it, day));
    DAYS.iter().filter(|(day, _)| works(day)).map(|(_, words)| *words).collect::<Vec<_>>().join(", ")
}

/// A new timeline, which is the project timeline if it is the first.
pub(super) fn new_timeline(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let name = free_name(view, area, fields)?;
    let body = json!({"name": name, "project": view.timelines(area.project).is_empty()});
    Posted::new(Verb::Post, &area.tab("timelines"), &body)
}

/// The name that a form says, if no other timeline has it.
fn free_name<'f>(view: &View, area: &Area, fields: &'f Fields) -> Result<&'f str, Problem> {
    let (name, own) = (fields.get("name").trim(), fields.get("timeline"));
    match view.timelines(area.project).iter().any(|it| *it.name == *name && *it.name != *own) {
        true => Err(bad_value("/name", "another timeline has this name: choose another")),
        false => Ok(name),
    }
}

/// What the form of the timeline at an address says of it, of which what is empty is none.
pub(super) fn changed(
    view: &View,
    (area, address): (&Area, &str),
    fields: &Fields,
) -> Result<Value, Problem> {
    let (now, _) = representation(view, address)?;
    let mut body = json!({"name": free_name(view, area, fields)?});
    for key in ["description", "start", "end"] {
        body[key] = Some(fields.get(key).trim()).filter(|text| !text.is_empty()).into();
    }
    let days: Vec<&str> = fields.all("working_day").collect();
    let listed: Vec<&Value> = now["working_days"].as_array().into_iter().flatten().collect();
    let shown = DAYS.iter().map(|(day, _)| *day).filter(|day| listed.iter().any(|it| is_day(it, day)));
    // What was imported and is no day that a form could show stays beside those that it does, and all of it
    // as it is spelled where nobody has changed any.
    if !shown.eq(days.iter().copied()) {
        let others = listed.into_iter().filter(|it| !DAYS.iter().any(|(day, _)| is_day(it, day))).cloned();
        let all: Vec<Value> = days.into_iter().map(Value::from).chain(others).collect();
        body["working_days"] = if all.is_empty() { Value::Null } else { all.into() };
    }
    Ok(body)
}

/// Whether a value is a day of the week; `Monday`, too, is `mon`.
fn is_day(value: &Value, day: &str) -> bool {
    value.as_str().is_some_and(|text| text.to_lowercase().starts_with(day))
}

/// The iterations of a timeline, of which one is as the form says.
pub(super) fn with_changed(view: &View, address: &str, fields: &Fields) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let found = iteration_at(&mut timeline, fields.get("path")).ok_or_else(Problem::not_found)?;
    for key in ["name", "type", "start", "end", "description"] {
        found[key] = Some(fields.get(key).trim()).filter(|text| !text.is_empty()).into();
    }
    put_release(found, fields);
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// Whether a release is planned for an iteration, as a form says it; what never said so says nothing.
fn put_release(iteration: &mut Value, fields: &Fields) {
    let has = fields.all("has_release").next().is_some();
    if has || iteration["has_release"] == true {
        iteration["has_release"] = has.into();
    }
}

/// The iterations of a timeline without one.
pub(super) fn without_iteration(view: &View, address: &str, path: &str) -> Result<Value, Problem> {
    let (mut timeline, _) = representation(view, address)?;
    let (above, id) = path.rsplit_once('/').unwrap_or(("", path));
    let list = level_of(&mut timeline, above).ok_or_else(Problem::not_found)?;
    list.retain(|it| it["id"].as_str().map(encode).as_deref() != Some(id));
    Ok(json!({"iterations": timeline["iterations"].take()}))
}

/// The iteration at a path of a timeline, as REST has it.
fn iteration_at<'a>(timeline: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let (above, id) = path.rsplit_once('/').unwrap_or(("", path));
    let level = level_of(timeline, above)?;
    level.iter_mut().find(|it| it["id"].as_str().map(encode).as_deref() == Some(id))
}

/// The iterations directly below a path of a timeline, as REST has it.
fn level_of<'a>(timeline: &'a mut Value, path: &str) -> Option<&'a mut Vec<Value>> {
    let mut level = timeline.get_mut("iterations")?.as_array_mut()?;
    for id in path.split('/').filter(|id| !id.is_empty()) {
        let found = level.iter_mut().find(|it| it["id"].as_str().map(encode).as_deref() == Some(id))?;
        if found.get("iterations").is_none_or(Value::is_null) {
            found["iterations"] = json!([]);
        }
        level = found.get_mut("iterations")?.as_array_mut()?;
    }
    Some(level)
}
