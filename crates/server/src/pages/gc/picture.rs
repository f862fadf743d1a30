//! The hierarchy of a configuration as a picture, laid out here: a column for each level, marked by who
//! governs (docs/pages.md#pictures).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use governance::{AreaId, Hierarchy, View};

use super::configuration::Shown;
use super::count;
use super::team_area::{TeamArea, path_words};
use crate::pages::frame::Frame;
use crate::pages::part::icon_of;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "gc/picture.html")]
struct PicturePage {
    frame: Frame,
    path: String,
    name: String,
    summary: String,
    /// How much more there is below than is drawn.
    undrawn: usize,
    nodes: Vec<Node>,
    edges: Vec<String>,
    legend: Vec<Legend>,
    size: (usize, usize),
    /// In what size it is shown, in pixels.
    width: usize,
    height: usize,
    zooms: Vec<(String, String, bool)>,
    sprite: String,
}

struct Node {
    x: usize,
    y: usize,
    name: String,
    component: String,
    kind: &'static str,
    icon: &'static str,
    team: String,
    /// The mark of who governs it, from 0.
    mark: usize,
    letter: String,
    address: String,
    archived: bool,
}

/// So many areas a legend tells above the picture; a longer one is opened by who wants it.
const SHORT_LEGEND: usize = 12;

impl PicturePage {
    fn has_long_legend(&self) -> bool {
        self.legend.len() > SHORT_LEGEND
    }
}

impl Node {
    /// As much of its name, and of the component's, as fits into the box.
    fn name_in_box(&self) -> String {
        cut(&self.name, 31)
    }
    fn component_in_box(&self) -> String {
        cut(&self.component, 29)
    }
    /// All that is to be known of it: the name of its link, and what whoever points at it is shown.
    fn told(&self) -> String {
        let archived = if self.archived { ", archived" } else { "" };
        let Self { kind, name, component, team, .. } = self;
        format!("{name} ({component}): {kind}, {team}{archived}")
    }
}

struct Legend {
    mark: usize,
    letter: String,
    words: String,
    number: usize,
}

const WIDE: usize = 264;
const HIGH: usize = 48;
const BESIDE: usize = 64;
const BELOW: usize = 16;
const EDGE: usize = 8;
/// So many are drawn at most, from the top.
const MOST: usize = 400;
/// So many marks there are; further areas share them, but for the letter.
const MARKS: usize = 8;
const ZOOMS: [usize; 5] = [50, 75, 100, 150, 200];

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    let view = visitor.view();
    let shown = Shown::of(view, &key)?;
    let whole = view.hierarchy(shown.id, usize::MAX).ok_or_else(Problem::not_found)?;
    let drawn = whole.len().min(MOST);
    let places = places(&whole, drawn);
    let mut areas: BTreeMap<Option<AreaId>, usize> = BTreeMap::new();
    for id in &whole.configurations()[..drawn] {
        let area = view.see(*id).and_then(|it| view.effective_team_area(it));
        *areas.entry(area).or_default() += 1;
    }
    let order: Vec<Option<AreaId>> = areas.keys().copied().collect();
    let mark = |area: Option<AreaId>| order.iter().position(|it| *it == area).unwrap_or(0);
    let node = |place: usize| {
        let shown = Shown::at(view, whole.configurations()[place])?;
        let (x, y) = places[place];
        let mark = mark(view.effective_team_area(shown.it));
        Some(Node {
            x,
            y,
            name: shown.it.name.to_string(),
            component: shown.component.name.to_string(),
            kind: shown.kind(),
            icon: icon_of(shown.kind()),
            team: TeamArea::of(view, shown.it).text(),
            mark: mark % MARKS,
            letter: letter(mark),
            address: shown.path(),
            archived: shown.it.archived,
        })
    };
    let nodes: Vec<Node> = (0..drawn).filter_map(node).collect();
    let mut edges = Vec::new();
    for from in 0..drawn {
        for to in whole.below(from).iter().map(|it| *it as usize).filter(|it| *it < drawn) {
            edges.push(edge(places[from], places[to]));
        }
    }
    let size = nodes.iter().fold((0, 0), |(w, h), it| (w.max(it.x + WIDE + EDGE), h.max(it.y + HIGH + EDGE)));
    let zoom = visitor.query.get("zoom").parse().ok().filter(|it| ZOOMS.contains(it)).unwrap_or(100);
    let zooms =
        ZOOMS.iter().map(|it| (visitor.here.with("zoom", it).to_string(), format!("{it} %"), *it == zoom));
    let legend = order.iter().enumerate().map(|(place, area)| Legend {
        mark: place % MARKS,
        letter: letter(place),
        words: name(view, *area),
        number: areas[area],
    });
    Ok(render(&PicturePage {
        path: shown.path(),
        name: shown.it.name.to_string(),
        summary: format!("{}, {} deep", count(whole.len(), "configuration"), count(whole.depth(), "level")),
        undrawn: whole.len() - drawn,
        width: size.0 * zoom / 100,
        height: size.1 * zoom / 100,
        size,
        nodes,
        edges,
        legend: legend.collect(),
        zooms: zooms.collect(),
        sprite: crate::asset::SPRITE.path(),
        frame: shown.frame(&visitor, "picture"),
    }))
}

/// A team area by the way to it, since nested ones are often called alike.
fn name(view: &View, area: Option<AreaId>) -> String {
    area.map(|area| path_words(view, area)).unwrap_or_else(|| "The project area (unassigned)".to_owned())
}

/// A, B, C … by which areas are told apart without colour.
fn letter(place: usize) -> String {
    let letter = char::from(b'A' + (place % 26) as u8);
    if place < 26 { letter.to_string() } else { format!("{letter}{}", place / 26) }
}

/// What is too long for its box is cut in the middle, since names differ by their ends; all of it is told to
/// whoever points at it.
fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let end = most / 2;
    let (begins, ends) = (text.chars().take(most - 1 - end), text.chars().skip(length - end));
    begins.chain(['…']).chain(ends).collect()
}

/// Where each stands: a column for each level, each beside the first that contains it if there is room.
fn places(hierarchy: &Hierarchy, drawn: usize) -> Vec<(usize, usize)> {
    let mut places = Vec::with_capacity(drawn);
    for (level, range) in hierarchy.levels().enumerate() {
        let x = EDGE + level * (WIDE + BESIDE);
        let mut free = EDGE;
        for _ in range.take(drawn - places.len()) {
            places.push((x, free));
            free += HIGH + BELOW;
        }
    }
    places
}

/// A curve from one box to another.
fn edge((x, y): (usize, usize), (to_x, to_y): (usize, usize)) -> String {
    let (from_x, from_y, to_y) = (x + WIDE, y + HIGH / 2, to_y + HIGH / 2);
    if to_x > x {
        let middle = usize::midpoint(from_x, to_x);
        return format!("M{from_x} {from_y}C{middle} {from_y} {middle} {to_y} {to_x} {to_y}");
    }
    // What is on the same level or above is reached around the outside.
    let (right, end) = (from_x + BESIDE / 2, to_x + WIDE);
    format!("M{from_x} {from_y}C{right} {from_y} {right} {to_y} {end} {to_y}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_told_apart_by_letters_and_long_names_are_cut() {
        assert_eq!((letter(0), letter(25), letter(27)), ("A".into(), "Z".into(), "B1".into()));
        assert_eq!(cut("Motor", 5), "Motor");
        assert_eq!(cut("Motörhead 2.0", 8), "Mot… 2.0");
    }
}
