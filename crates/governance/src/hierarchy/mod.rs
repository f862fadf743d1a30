//! Hierarchies: a configuration with all that it contains, at any depth
//! (docs/global-configurations.md#hierarchies).
//!
//! A hierarchy is no tree: what several contain is there once, so that resolving, comparing and drawing cost
//! what there is, and not what there are paths.

mod changed;
mod compare;
mod picture;
mod skew;
mod text;
mod three_way;
mod where_used;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use crate::configuration::{ConfigurationId, Contribution};
use crate::organisation::Organisation;

pub use compare::{Comparison, Difference, Pair};
pub use picture::Picture;
pub use skew::{Offer, Skew};
pub use text::*;
pub use three_way::{Merge, Merged, Part};
pub use where_used::Use;

type Places = HashMap<ConfigurationId, u32, foldhash::fast::FixedState>;

/// A configuration and all that it contains, each once, with what contains what.
///
/// Each has a place: the root is at 0, then level by level, in the order of contributions.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    configurations: Vec<ConfigurationId>,
    /// For each place, where its contributions end in `edges`; they begin where those before end.
    ends: Vec<u32>,
    /// The places of global contributions, in order.
    edges: Vec<u32>,
    /// Where each level begins.
    levels: Vec<u32>,
    /// Made when somebody asks for a place: most who resolve a hierarchy never do.
    places: OnceLock<Places>,
}

impl PartialEq for Hierarchy {
    fn eq(&self, other: &Self) -> bool {
        (&self.configurations, &self.ends, &self.edges, &self.levels)
            == (&other.configurations, &other.ends, &other.edges, &other.levels)
    }
}

/// The configurations that were met so far: one bit each, so that all of them stay in the processor's cache.
#[derive(Default)]
struct Met(Vec<u64>);

impl Met {
    /// Whether it is met for the first time.
    fn insert(&mut self, configuration: ConfigurationId) -> bool {
        let (word, bit) = (configuration.number() as usize / 64, 1 << (configuration.number() % 64));
        if word >= self.0.len() {
            self.0.resize((word + 1).max(2 * self.0.len()), 0);
        }
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }
}

impl Organisation {
    /// The hierarchy of a configuration.
    pub fn hierarchy(&self, root: ConfigurationId) -> Option<Hierarchy> {
        self.hierarchy_to(root, usize::MAX)
    }

    /// The same down to a level, which counts from the root's, 0; what is on that level is not opened.
    pub fn hierarchy_to(&self, root: ConfigurationId, level: usize) -> Option<Hierarchy> {
        self.configuration(root)?;
        let mut found = Hierarchy {
            configurations: vec![root],
            ends: Vec::new(),
            edges: Vec::new(),
            levels: vec![0],
            places: OnceLock::new(),
        };
        let mut met = Met::default();
        met.insert(root);
        // Of those that were met; the rest is added when one is met again.
        let mut places = Places::default();
        let contents = self.facts.contributions.table();
        // A level's contributions are looked up all at once: no look-up waits for what another one has found.
        let mut level_contents: Vec<&[Contribution]> = Vec::new();
        while found.ends.len() < found.configurations.len() {
            let begin = found.ends.len();
            if begin > 0 {
                found.levels.push(begin as u32);
            }
            let parents = &found.configurations[begin..];
            let is_open = found.levels.len() <= level;
            let of =
                |parent: &ConfigurationId| contents.get(*parent).filter(|_| is_open).map_or(&[][..], |it| it);
            level_contents.clear();
            level_contents.extend(parents.iter().map(of));
            for contributions in &level_contents {
                for child in contributions.iter().filter_map(Contribution::configuration) {
                    if met.insert(child) {
                        found.edges.push(found.configurations.len() as u32);
                        found.configurations.push(child);
                    } else {
                        found.add_places(&mut places);
                        found.edges.push(places[&child]);
                    }
                }
                found.ends.push(found.edges.len() as u32);
            }
        }
        Some(found)
    }
}

impl Hierarchy {
    /// What it is the hierarchy of.
    pub fn root(&self) -> ConfigurationId {
        self.configurations[0]
    }
    /// How many configurations there are, the root among them.
    #[expect(clippy::len_without_is_empty, reason = "there is always a root")]
    pub fn len(&self) -> usize {
        self.configurations.len()
    }
    /// How many global contributions there are.
    pub fn contributions(&self) -> usize {
        self.edges.len()
    }
    /// Every configuration, by place.
    pub fn configurations(&self) -> &[ConfigurationId] {
        &self.configurations
    }
    /// The place of a configuration, if it is in the hierarchy.
    pub fn place(&self, configuration: ConfigurationId) -> Option<usize> {
        let places = self.places.get_or_init(|| {
            let mut places = Places::default();
            self.add_places(&mut places);
            places
        });
        places.get(&configuration).map(|place| *place as usize)
    }
    /// Adds the places of the configurations that come after those that have one.
    fn add_places(&self, places: &mut Places) {
        let known = places.len();
        places.extend(self.configurations[known..].iter().copied().zip(known as u32..));
    }
    /// The places of what the one at a place contains, in order.
    pub fn below(&self, place: usize) -> &[u32] {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.edges[begin as usize..self.ends[place] as usize]
    }
    /// How many steps it takes at least from the root to each: the places of every level.
    pub fn levels(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.levels.iter().skip(1).map(|it| *it as usize).chain([self.len()]);
        self.levels.iter().zip(ends).map(|(begin, end)| *begin as usize..end)
    }
    /// How many configurations stand one below the other at most.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.len()];
        for place in self.bottom_up() {
            let below = self.below(place).iter().map(|it| depths[*it as usize]);
            depths[place] = below.max().unwrap_or(0) + 1;
        }
        depths[0]
    }

    /// Every place, each after all that it contains.
    pub fn bottom_up(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.len());
        let mut met = vec![false; self.len()];
        let mut open = vec![(0, 0)];
        met[0] = true;
        while let Some((place, at)) = open.last_mut() {
            match self.below(*place).get(*at) {
                Some(child) => {
                    *at += 1;
                    let child = *child as usize;
                    if !std::mem::replace(&mut met[child], true) {
                        open.push((child, 0));
                    }
                }
                None => {
                    order.push(*place);
                    open.pop();
                }
            }
        }
        order
    }

    /// What contains each directly.
    pub fn above(&self) -> Above {
        let mut ends = vec![0; self.len()];
        self.edges.iter().for_each(|child| ends[*child as usize] += 1);
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        let mut parents = vec![0; self.edges.len()];
        let mut free = ends.clone();
        for parent in (0..self.len()).rev() {
            for child in self.below(parent) {
                let place = &mut free[*child as usize];
                *place -= 1;
                parents[*place as usize] = parent as u32;
            }
        }
        Above { ends, parents }
    }

    /// The shortest way from the root to a place, both among it; of several the first.
    pub fn path(&self, above: &Above, place: usize) -> Vec<ConfigurationId> {
        // Whoever contains it first was met before it, and on the level above.
        let up = std::iter::successors(Some(place), |at| above.of(*at).first().map(|it| *it as usize));
        let mut path: Vec<_> = up.map(|at| self.configurations[at]).collect();
        path.reverse();
        path
    }
}

/// What contains each configuration of a hierarchy.
#[derive(Clone, Debug)]
pub struct Above {
    ends: Vec<u32>,
    parents: Vec<u32>,
}

impl Above {
    /// The places of what contains the one at a place, in order; nothing contains the root.
    pub fn of(&self, place: usize) -> &[u32] {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.parents[begin as usize..self.ends[place] as usize]
    }
}
