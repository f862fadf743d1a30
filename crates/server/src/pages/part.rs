//! Parts of pages: each writes itself wherever a template names it (docs/pages.md#parts).

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use governance::{ItemText, User};
use store::Moment;

use super::ability::Ability;
use super::address::Address;
use super::form::Fields;
use crate::api::{instant, minute};
use crate::asset;
use crate::chance::now;

macro_rules! parts {
    ($($(#[$meta:meta])* $part:ident $(<$life:lifetime>)?;)*) => {
        $(impl $(<$life>)? HtmlSafe for $part $(<$life>)? {})*
    };
}

parts! { Icon; Person; Time; Mark; Said; Button; Refusal<'a>; Pager; Empty; Wrong; }

/// A mark of our own, from the sprite; what it means is said in words beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Icon(pub(crate) &'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sprite, name) = (asset::SPRITE.path(), self.0);
        write!(
            f,
            "<svg class=\"icon\" aria-hidden=\"true\" width=\"16\" height=\"16\"><use href=\"{sprite}#{name}\"/></svg>"
        )
    }
}

/// A person, as name and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Template)]
#[template(
    ext = "html",
    source = r#"<span class="person">{{ name }}{% if self.shows_id() %} <span class="id">{{ id }}</span>{% endif %}</span>"#
)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) id: String,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self { id: user.id.to_string(), name: user.name.to_string() }
    }
}

impl Person {
    /// Whether the id says anything that the name does not.
    pub(crate) fn shows_id(&self) -> bool {
        !self.id.eq_ignore_ascii_case(&self.name)
    }
}

/// A moment: for people how long ago it was, with the exact one for those who want it.
#[derive(Clone, Debug, Template)]
#[template(ext = "html", source = r#"<time datetime="{{ instant }}" title="{{ words }}">{{ ago }}</time>"#)]
pub(crate) struct Time {
    pub(crate) instant: String,
    pub(crate) words: String,
    ago: String,
}

impl From<Moment> for Time {
    fn from(moment: Moment) -> Self {
        let words = minute(moment);
        let ago = relative(now().microseconds().saturating_sub(moment.microseconds()) / 1_000_000, &words);
        Self { instant: instant(moment), words, ago }
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// So many seconds ago in words, or in how many; what is further away by its date.
fn relative(seconds: i64, words: &str) -> String {
    let count = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        number => format!("{number} {unit}s"),
    };
    match seconds {
        // The clocks of nodes differ a little.
        -59..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{} ago", count(seconds / MINUTE, "minute")),
        HOUR..DAY => format!("{} ago", count(seconds / HOUR, "hour")),
        seconds if (DAY..14 * DAY).contains(&seconds) => format!("{} ago", count(seconds / DAY, "day")),
        seconds if (-HOUR..0).contains(&seconds) => format!("in {}", count(-seconds / MINUTE, "minute")),
        seconds if (-DAY..0).contains(&seconds) => format!("in {}", count(-seconds / HOUR, "hour")),
        _ => words.get(..10).unwrap_or(words).to_owned(),
    }
}

/// What an item is, as a mark with a word, and what it is called.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<span class="mark">{{ self.icon() }}<span class="sr">{{ kind }} </span>{% if let Some(address) = address %}<a href="{{ address }}">{{ name }}</a>{% else %}{{ name }}{% endif %}</span>"#
)]
pub(crate) struct Mark {
    kind: String,
    name: String,
    address: Option<String>,
}

impl Mark {
    pub(crate) fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), name: name.into(), address: None }
    }
    /// Of an item in words.
    pub(crate) fn of(item: &ItemText) -> Self {
        Self::new(item.kind.to_string(), item.name.to_string())
    }
    /// The same, leading somewhere.
    pub(crate) fn at(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
    fn icon(&self) -> Icon {
        Icon(icon_of(&self.kind))
    }
}

/// What a message says: what it quotes in backticks is set as code.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"{% for piece in text.split('`') %}{% if loop.index0 % 2 == 0 %}{{ piece }}{% else %}<code>{{ piece }}</code>{% endif %}{% endfor %}"#
)]
pub(crate) struct Said {
    text: String,
}

impl Said {
    pub(crate) fn of(text: impl fmt::Display) -> Self {
        Self { text: text.to_string() }
    }
}

/// The mark of a kind of item.
pub(crate) fn icon_of(kind: &str) -> &'static str {
    const KNOWN: [&str; 24] = [
        "stream",
        "baseline",
        "staging-stream",
        "personal-stream",
        "component",
        "project-area",
        "team-area",
        "category",
        "work-item",
        "plan",
        "folder",
        "artefact",
        "test-case",
        "test-plan",
        "test-suite",
        "user",
        "repository",
        "users",
        "restricted",
        "clock",
        "search",
        "licence",
        "server",
        "link",
    ];
    let kind = match kind {
        "staging" => "staging-stream".to_owned(),
        "personal" => "personal-stream".to_owned(),
        "process template" => "plan".to_owned(),
        "type" | "tag" => "category".to_owned(),
        "role" | "repository group" => "users".to_owned(),
        "access group" => "restricted".to_owned(),
        "timeline" | "iteration" => "clock".to_owned(),
        "shared query" => "search".to_owned(),
        "licence type" => "licence".to_owned(),
        "friend" | "consumer" => "server".to_owned(),
        "local configuration" => "link".to_owned(),
        kind => kind.replace(' ', "-"),
    };
    KNOWN.into_iter().find(|known| *known == kind).unwrap_or("item")
}

/// What is beside a button that cannot be pressed: why, and where to ask for it.
#[derive(Template)]
#[template(path = "part/refusal.html")]
pub(crate) struct Refusal<'a> {
    ability: &'a Ability,
}

impl Ability {
    /// Why not, beside what cannot be done; nothing where it can.
    pub(crate) fn refusal(&self) -> Refusal<'_> {
        Refusal { ability: self }
    }
    /// A button that sends its form.
    pub(crate) fn button(&self, words: impl Into<String>) -> Button {
        Button {
            words: words.into(),
            class: "",
            ability: self.clone(),
            sends: ("", String::new()),
            address: None,
            asks: None,
            of: String::new(),
        }
    }
}

/// A button, which cannot be pressed where the engine would refuse what it asks for.
#[derive(Clone, Debug, Template)]
#[template(path = "part/button.html")]
pub(crate) struct Button {
    words: String,
    class: &'static str,
    ability: Ability,
    sends: (&'static str, String),
    /// A page that it leads to, in place of sending a form.
    address: Option<String>,
    /// What is asked before it is sent, and what the question is called on its page.
    asks: Option<(String, String)>,
    /// Of what it is, for screen readers.
    of: String,
}

impl Button {
    pub(crate) fn primary(mut self) -> Self {
        self.class = if self.class == "danger" { "primary danger" } else { "primary" };
        self
    }
    pub(crate) fn danger(mut self) -> Self {
        self.class = "danger";
        self
    }
    pub(crate) fn quiet(mut self) -> Self {
        self.class = "quiet";
        self
    }
    /// The field that it adds to the form.
    pub(crate) fn sends(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.sends = (name, value.into());
        self
    }
    /// Once it is pressed, it says what comes of it, and asks whether that is meant: for what cannot be
    /// undone, and nobody gains or loses by. The question has an id that no other of the page has.
    pub(crate) fn asks(mut self, id: impl fmt::Display, what: impl Into<String>) -> Self {
        self.asks = Some((format!("ask-{id}"), what.into()));
        self
    }
    /// It says of what among several, to those who do not see where it stands.
    pub(crate) fn of(mut self, what: impl Into<String>) -> Self {
        self.of = what.into();
        self
    }
    /// It leads to a page, where what it says is done.
    pub(crate) fn leads_to(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
}

/// The way through a long list.
#[derive(Clone, Debug, Template)]
#[template(path = "part/pager.html")]
pub(crate) struct Pager {
    /// What is shown, in words: `50 people`.
    shown: String,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
}

impl Pager {
    /// Of the list at an address, whose next page begins after a place.
    pub(crate) fn new(here: &Address, shown: impl Into<String>, next: Option<impl fmt::Display>) -> Self {
        let is_first = !here.fields().iter().any(|(name, _)| name == "after");
        Self {
            shown: shown.into(),
            first: (!is_first).then(|| here.without("after").to_string()),
            previous: None,
            next: next.map(|place| here.with("after", place).to_string()),
        }
    }

    /// The same, with a way back by one page of so many rows, of a list whose pages begin after a number of
    /// rows.
    pub(crate) fn back_by(mut self, here: &Address, rows: usize) -> Self {
        let after =
            here.fields().iter().find(|(name, _)| name == "after").and_then(|(_, it)| it.parse().ok());
        self.previous = after
            .filter(|after: &usize| *after > rows)
            .map(|after| here.with("after", after - rows).to_string());
        self
    }
}

/// Where a page of a list begins, as its address says, and where the next one does.
pub(crate) fn place(query: &Fields, rows: usize, total: usize) -> (usize, Option<usize>) {
    let first = query.get("after").parse::<usize>().unwrap_or(0).min(total);
    let next = first + rows;
    (first, (next < total).then_some(next))
}

/// What is shown where there is nothing: what belongs here, and how to begin.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<div class="empty"><p><strong>{{ title }}</strong></p><p>{{ hint }}</p></div>"#
)]
pub(crate) struct Empty {
    title: String,
    hint: String,
}

impl Empty {
    pub(crate) fn new(title: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { title: title.into(), hint: hint.into() }
    }
}

/// What is wrong with what an address asks for.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<div class="notice danger" role="alert"><p><span aria-hidden="true">✗ </span>{{ Said::of(words) }}</p></div>"#
)]
pub(crate) struct Wrong {
    pub(crate) words: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_told_by_how_long_it_takes_and_what_is_far_by_its_date() {
        let words = "2026-01-31 12:00 UTC";
        for (seconds, told) in [
            (0, "just now"),
            (60, "1 minute ago"),
            (7_200, "2 hours ago"),
            (3 * DAY, "3 days ago"),
            (20 * DAY, "2026-01-31"),
            (-5, "just now"),
            (-301, "in 5 minutes"),
            (-7_200, "in 2 hours"),
            (-2 * DAY, "2026-01-31"),
        ] {
            assert_eq!(relative(seconds, words), told);
        }
    }

    #[test]
    fn a_long_list_leads_on_and_back() {
        let pager = |here: &str| {
            let here = Address::of(&here.parse().unwrap());
            let pager = Pager::new(&here, "50 people", Some(150)).back_by(&here, 50);
            [pager.first, pager.previous, pager.next].map(Option::unwrap_or_default)
        };
        assert_eq!(pager("/users?q=a"), ["", "", "/users?q=a&after=150"]);
        assert_eq!(pager("/users?after=50"), ["/users", "", "/users?after=150"]);
        assert_eq!(pager("/users?after=100"), ["/users", "/users?after=50", "/users?after=150"]);
    }

    #[test]
    fn what_a_message_quotes_is_set_as_code() {
        assert_eq!(
            Said::of("no user `<b>` is there").to_string(),
            "no user <code>&#60;b&#62;</code> is there"
        );
    }

    #[test]
    fn what_somebody_is_called_does_no_harm() {
        let person = Person { name: "<b>".to_owned(), id: "bo\"b".to_owned() };
        assert_eq!(
            person.to_string(),
            "<span class=\"person\">&#60;b&#62; <span class=\"id\">bo&#34;b</span></span>"
        );
    }
}
