//! What searching needs besides the facts: the order of names, and which terms are whose.
//!
//! It is made at the first search, from the facts as they were at some moment (its *origin*), and shared by
//! every organisation that came from that one; what was changed since is looked at itself, and is so little
//! that a new origin is taken when it becomes more.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use imbl::OrdSet;
use serde_json::Value;

use super::bits::Bits;
use super::postings::Postings;
use crate::carried::Carried;
use crate::configuration::{Component, Configuration};
use crate::event::{Change, Facts};
use crate::id::Id;
use crate::table::Table;
use crate::text::{compare_folded, contains_folded, fold};

/// What is found by its name, tags and attributes.
pub(crate) trait Named: Clone + 'static {
    fn name(&self) -> &str;
    fn carried(&self) -> &Carried;
    fn table(facts: &Facts) -> &Table<Self, Self>;
}

impl Named for Component {
    fn name(&self) -> &str {
        &self.name
    }
    fn carried(&self) -> &Carried {
        &self.carried
    }
    fn table(facts: &Facts) -> &Table<Self, Self> {
        &facts.components
    }
}

impl Named for Configuration {
    fn name(&self) -> &str {
        &self.name
    }
    fn carried(&self) -> &Carried {
        &self.carried
    }
    fn table(facts: &Facts) -> &Table<Self, Self> {
        &facts.configurations
    }
}

/// The words of a name, in lower case: runs of letters and digits, with the dots between them.
pub(crate) fn words(folded: &str) -> impl Iterator<Item = &str> {
    let parts = folded.split(|letter: char| !letter.is_alphanumeric() && letter != '.');
    parts.map(|part| part.trim_matches('.')).filter(|word| !word.is_empty())
}

/// What somebody types to find things by their names: words, each of which begins a word of the name,
/// whatever the case (docs/global-configurations.md#search).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoughtWords(Vec<String>);

impl SoughtWords {
    /// The words of a text.
    pub fn of(text: &str) -> Self {
        Self(words(&fold(text)).map(str::to_owned).collect())
    }
    /// Whether there is none: nothing is sought.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether each begins a word of one of these names.
    pub fn begin_words_of(&self, names: &[&str]) -> bool {
        let begins = |name: &str, sought: &str| {
            // Few names have the letters at all, and only those are taken apart.
            contains_folded(name, sought) && words(&fold(name)).any(|word| word.starts_with(sought))
        };
        self.0.iter().all(|sought| names.iter().any(|name| begins(name, sought)))
    }
}

/// The term of a word of a name; that of its beginning is the beginning of its term.
pub(crate) fn word_term(word: &str) -> String {
    format!("n{word}")
}

/// The term of a tag; those nested below begin with it.
pub(crate) fn tag_term(tag: &str) -> String {
    format!("t{}/", fold(tag))
}

/// The term of an attribute's value, or the beginning of those of all its values.
pub(crate) fn attribute_term(name: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("a{name}\0"), |value| format!("a{name}\0{}\0", fold(value)))
}

/// Tells each term by which something is found.
pub(super) fn terms(noun: &impl Named, mut tell: impl FnMut(&str)) {
    for word in words(&fold(noun.name())) {
        tell(&word_term(word));
    }
    let tags = noun.carried().get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(Value::as_str).for_each(|tag| tell(&tag_term(tag)));
    let attributes = noun.carried().get("attributes").and_then(Value::as_object);
    for (name, value) in attributes.into_iter().flatten() {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            match value {
                Value::String(text) => tell(&attribute_term(name, Some(text))),
                Value::Null => {}
                other => tell(&attribute_term(name, Some(&other.to_string()))),
            }
        }
    }
}

/// The order of names: by their letters, whatever the case; what is alike by number.
pub(super) fn in_order(one: (&str, u32), other: (&str, u32)) -> Ordering {
    compare_folded(one.0, other.0).then(one.1.cmp(&other.1))
}

/// Made once of the facts at an origin.
#[derive(Debug, Default)]
pub(super) struct Base {
    /// Every number, by name.
    by_name: Vec<u32>,
    pub(super) postings: Postings,
}

/// So many are taken in at a time, which bounds what making a base takes besides.
const AT_A_TIME: usize = 1 << 16;

impl Base {
    /// This one with what it says of `changed` said anew.
    fn renewed<N: Named>(&self, table: &Table<N, N>, changed: &Bits) -> Self {
        let there: Vec<u32> = changed.iter().filter(|it| table.contains(Id::new(*it))).collect();
        let name = |number: u32| table.get(Id::new(number)).map_or("", N::name);
        let mut by_name: Vec<u32> =
            self.by_name.iter().copied().filter(|it| !changed.contains(*it)).collect();
        let mut postings = Postings::default();
        let mut earlier = (&self.postings, changed);
        let nothing = Bits::default();
        if there.is_empty() {
            postings = earlier.0.merged(earlier.1, Vec::new());
        }
        for some in there.chunks(AT_A_TIME) {
            let mut sorted = some.to_vec();
            sorted.sort_by_cached_key(|number| (fold(name(*number)).into_owned(), *number));
            by_name.extend(sorted);
            postings = earlier.0.merged(earlier.1, terms_of(table, some));
            earlier = (&postings, &nothing);
        }
        // What is in order already, piece by piece, is merged rather than sorted.
        by_name.sort_by(|one, other| in_order((name(*one), *one), (name(*other), *other)));
        by_name.shrink_to_fit();
        Self { by_name, postings }
    }
}

/// The terms of some, in order.
fn terms_of<N: Named>(table: &Table<N, N>, numbers: &[u32]) -> Vec<(Box<str>, Vec<u32>)> {
    let mut found: HashMap<Box<str>, Vec<u32>, foldhash::fast::FixedState> = HashMap::default();
    for number in numbers {
        let Some(noun) = table.get(Id::new(*number)) else { continue };
        terms(noun, |term| {
            let numbers = match found.get_mut(term) {
                Some(numbers) => numbers,
                None => found.entry(term.into()).or_default(),
            };
            if numbers.last() != Some(number) {
                numbers.push(*number);
            }
        });
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable();
    found
}

/// The facts of which a base is made when it is first needed.
struct Origin<N> {
    /// Numbers from here on came later.
    next: u32,
    base: OnceLock<Base>,
    of: Mutex<Option<Of<N>>>,
}

struct Of<N> {
    table: Table<N, N>,
    /// An earlier base, and what has changed since.
    earlier: Option<(Arc<Origin<N>>, Bits)>,
}

impl<N: Named> Origin<N> {
    fn base(&self) -> &Base {
        self.base.get_or_init(|| {
            let of = self.of.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(Of { table, earlier }) = of else { return Base::default() };
            match earlier {
                Some((earlier, changed)) => earlier.base().renewed(&table, &changed),
                None => Base::default().renewed(&table, &Bits::of(self.next, 0..self.next)),
            }
        })
    }
}

/// What is searched: a base, and the numbers of what was changed since it was made.
pub(crate) struct Searched<N> {
    origin: Arc<Origin<N>>,
    changed: OrdSet<u32>,
    /// Every number by name, as things are now: worked out when it is needed, for all that say the same.
    by_name: Arc<OnceLock<Vec<u32>>>,
}

/// A new origin is taken when more than so many have changed, and more than this part of all.
const CHANGED: usize = 16;
const PART: usize = 64;

impl<N: Named> Searched<N> {
    /// Follows one event. Only what is told of names, tags and attributes is kept here.
    pub(crate) fn note(&mut self, change: &Change<Id<N>, N>) {
        fn told<N: Named>(noun: &Option<N>) -> Option<(&str, &Carried)> {
            noun.as_ref().map(|noun| (noun.name(), noun.carried()))
        }
        if told(&change.before) == told(&change.after) {
            return;
        }
        match Arc::get_mut(&mut self.by_name) {
            Some(ours) => drop(ours.take()),
            None => self.by_name = Arc::default(),
        }
        if change.key.number() < self.origin.next {
            self.changed.insert(change.key.number());
        }
    }

    /// Takes a new origin if much has changed, or if nothing was made of the one there is.
    pub(crate) fn refresh(&mut self, facts: &Facts) {
        let table = N::table(facts);
        let next = table.next().number();
        let changed = self.changed.len() + next.saturating_sub(self.origin.next) as usize;
        let is_made = self.origin.base.get().is_some();
        let may_change = if is_made { CHANGED.max(self.origin.next as usize / PART) } else { 0 };
        if changed <= may_change {
            return;
        }
        let earlier = is_made.then(|| {
            let changed = Bits::of(next, self.changed.iter().copied().chain(self.origin.next..next));
            (Arc::clone(&self.origin), changed)
        });
        let of = Mutex::new(Some(Of { table: table.clone(), earlier }));
        self.origin = Arc::new(Origin { next, base: OnceLock::new(), of });
        self.changed = OrdSet::new();
    }

    pub(super) fn base(&self) -> &Base {
        self.origin.base()
    }

    /// What the base does not tell of.
    pub(super) fn changed(&self, facts: &Facts) -> impl Iterator<Item = u32> {
        self.changed.iter().copied().chain(self.origin.next..N::table(facts).next().number())
    }

    /// Every number there is, by name.
    pub(crate) fn by_name(&self, facts: &Facts) -> &[u32] {
        if self.changed(facts).next().is_none() {
            return &self.base().by_name;
        }
        self.by_name.get_or_init(|| self.merged(facts))
    }

    fn merged(&self, facts: &Facts) -> Vec<u32> {
        let table = N::table(facts);
        let base = &self.base().by_name;
        let bound = table.next().number();
        let changed = Bits::of(bound, self.changed(facts));
        let mut news: Vec<u32> = changed.iter().filter(|it| table.contains(Id::new(*it))).collect();
        let named = |number: u32| (table.get(Id::new(number)).map_or("", N::name), number);
        news.sort_by_cached_key(|number| (fold(named(*number).0).into_owned(), *number));
        let old: Vec<u32> = base.iter().copied().filter(|it| !changed.contains(*it)).collect();
        let mut all = Vec::with_capacity(old.len() + news.len());
        let mut from = 0;
        for new in news {
            let before = |it: &u32| in_order(named(*it), named(new)) == Ordering::Less;
            let to = from + old[from..].partition_point(before);
            all.extend_from_slice(&old[from..to]);
            all.push(new);
            from = to;
        }
        all.extend_from_slice(&old[from..]);
        all
    }
}

impl<N> Clone for Searched<N> {
    fn clone(&self) -> Self {
        Self {
            origin: Arc::clone(&self.origin),
            changed: self.changed.clone(),
            by_name: Arc::clone(&self.by_name),
        }
    }
}
impl<N> Default for Searched<N> {
    fn default() -> Self {
        let origin = Origin { next: 0, base: OnceLock::new(), of: Mutex::new(None) };
        Self { origin: Arc::new(origin), changed: OrdSet::new(), by_name: Arc::default() }
    }
}
impl<N> fmt::Debug for Searched<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searched").field("next", &self.origin.next).field("changed", &self.changed).finish()
    }
}
