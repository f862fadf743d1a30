//! Pictures of timelines and of team areas, laid out here: numbers for an SVG, which the template writes.

use super::timelines::{Current, Row};

/// An iteration as a bar.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) class: &'static str,
    /// As much of the name as fits.
    pub(super) text: String,
    /// All of it, for whoever points at it.
    pub(super) name: String,
    /// Whether entries hold in it alone.
    pub(super) changes: bool,
}

/// So wide an iteration is at least and at most: few of them share what a picture takes.
const UNIT: usize = 96;
const WIDEST: usize = 320;
const PICTURE: usize = 960;
const ROW: usize = 32;
const GAP: usize = 4;
/// So many pixels a letter takes.
const LETTER: usize = 8;

/// The iterations as bars, each above those in it; and the size of the picture.
pub(super) fn bars(rows: &[Row]) -> (Vec<Bar>, (usize, usize)) {
    let columns: usize = rows.iter().filter(|row| row.depth == 0).map(|row| row.width).sum();
    let unit = (PICTURE / columns.max(1)).clamp(UNIT, WIDEST);
    let mut bars = Vec::with_capacity(rows.len());
    // Where the next iteration at each depth begins.
    let mut begins: Vec<usize> = Vec::new();
    let (mut wide, mut deep) = (0, 0);
    for row in rows {
        begins.truncate(row.depth + 1);
        let above = row.depth.checked_sub(1).and_then(|depth| begins.get(depth)).copied().unwrap_or(0);
        if begins.len() <= row.depth {
            // The first in the one above: that has moved on by its own width already.
            let parent =
                bars.iter().rev().find(|it: &&Bar| it.y == (row.depth.max(1) - 1) * ROW && row.depth > 0);
            begins.push(parent.map_or(above, |it| it.x));
        }
        let x = begins[row.depth];
        let width = row.width * unit;
        begins[row.depth] = x + width;
        wide = wide.max(x + width);
        deep = deep.max(row.depth + 1);
        bars.push(Bar {
            x,
            y: row.depth * ROW,
            width: width - GAP,
            class: match row.current {
                Current::Is => "is-current",
                Current::Holds => "holds-current",
                Current::No => "other",
            },
            text: fitting(&row.name, width - GAP - 24),
            name: row.name.clone(),
            changes: row.entries > 0,
        });
    }
    (bars, (wide.max(UNIT), deep * ROW))
}

/// As much of a name as fits into so many pixels.
pub(super) fn fitting(name: &str, pixels: usize) -> String {
    let most = (pixels / LETTER).max(2);
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}

/// An area as a box, and the line that leads to it.
pub(super) struct Place {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) name: String,
    pub(super) says: String,
    /// All of it, for whoever points at it.
    pub(super) whole: String,
    pub(super) is_here: bool,
    /// Where the area above ends.
    pub(super) from: Option<(usize, usize)>,
}

pub(super) const BOX: (usize, usize) = (240, 44);
const DOWN: usize = 56;
const RIGHT: usize = 288;

/// Areas as boxes, each right of the one that it is nested in: depth, name, what it says, here.
pub(super) fn places(areas: Vec<(usize, String, String, bool)>) -> (Vec<Place>, (usize, usize)) {
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut places = Vec::with_capacity(areas.len());
    let mut wide = 0;
    for (at, (depth, name, says, is_here)) in areas.into_iter().enumerate() {
        let (x, y) = (depth * RIGHT, at * DOWN);
        ends.truncate(depth);
        let from = ends.last().copied();
        ends.push((x + BOX.0, y + BOX.1 / 2));
        wide = wide.max(x + BOX.0);
        let whole = format!("{name}: {says}");
        // The second line is set smaller.
        let (name, says) = (fitting(&name, BOX.0 - 24), fitting(&says, (BOX.0 - 24) * 5 / 4));
        places.push(Place { x, y, name, says, whole, is_here, from });
    }
    let high = places.len() * DOWN;
    (places, (wide + 2, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(fitting("Sprint 1", 80), "Sprint 1");
        assert_eq!(fitting("A very long name of a sprint", 80), "A very lo…");
    }

    #[test]
    fn an_area_is_led_to_from_the_one_that_it_is_in() {
        let area = |depth: usize, name: &str| (depth, name.to_owned(), String::new(), false);
        let (places, _) = places(vec![area(0, "P"), area(1, "A"), area(2, "B"), area(1, "C")]);
        let from: Vec<_> = places.iter().map(|it| it.from).collect();
        assert_eq!(from[0], None);
        assert_eq!(from[1], from[3]);
        assert_ne!(from[2], from[1]);
    }
}
