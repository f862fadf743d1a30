//! The chart: bars on a logarithmic scale, readable in light and in dark.

use std::fmt::Write as _;

use crate::report::{Bar, Quantity, Row};

const WIDTH: f64 = 860.0;
const LEFT: f64 = 230.0;
const RIGHT: f64 = 90.0;
const BAR: f64 = 20.0;
const STEP: f64 = 26.0;
const HEAD: f64 = 40.0;
/// 10 ns and 1 s, as powers of ten.
const FROM: f64 = 1.0;
const TO: f64 = 9.0;

const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.group { font-weight: 600; }
.scale { font-size: 11px; fill: #59636e; }
line { stroke: #d1d9e0; }
.ours { fill: #0969da; }
.theirs { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.scale { fill: #9198a1; }
line { stroke: #3d444d; }
.ours { fill: #4493f8; }
.theirs { fill: #6e7681; }
}
</style>
";

/// The bars of these rows, group by group.
pub(crate) fn chart(rows: &[Row]) -> String {
    let bars: Vec<&Bar> = rows.iter().flat_map(|row| &row.bars).collect();
    let mut groups: Vec<&str> = bars.iter().map(|bar| bar.group).collect();
    groups.dedup();
    let mut body = String::new();
    let mut y = 10.0;
    for group in groups {
        let _ = writeln!(body, "<text class=\"group\" x=\"10\" y=\"{}\">{group}</text>", y + 18.0);
        y += 30.0;
        // Ours first.
        let mut of_group: Vec<&&Bar> = bars.iter().filter(|bar| bar.group == group).collect();
        of_group.sort_by_key(|bar| !is_ours(bar));
        for bar in of_group {
            draw(&mut body, bar, y);
            y += STEP;
        }
        y += 10.0;
    }
    let height = y + HEAD;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Time of each engine, logarithmic\">\n{STYLE}"
    );
    scale(&mut svg, y);
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, bar: &Bar, y: f64) {
    let class = if is_ours(bar) { "ours" } else { "theirs" };
    let end = place(bar.nanoseconds.log10());
    let (middle, width, time) = (y + 15.0, (end - LEFT).max(1.0), Quantity::Nanoseconds(bar.nanoseconds));
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\
         <text x=\"{:.1}\" y=\"{middle}\">{time}</text>",
        LEFT - 8.0,
        bar.engine,
        end + 6.0,
    );
}

fn is_ours(bar: &Bar) -> bool {
    bar.engine.starts_with("Bailiwick")
}

fn scale(svg: &mut String, bottom: f64) {
    for power in FROM as i32..=TO as i32 {
        let x = place(f64::from(power));
        let label = Quantity::Nanoseconds(10_f64.powi(power));
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"10\" y2=\"{bottom}\"/>\
             <text class=\"scale\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            bottom + 18.0
        );
    }
}

fn place(power: f64) -> f64 {
    LEFT + (power - FROM).clamp(0.0, TO - FROM) / (TO - FROM) * (WIDTH - LEFT - RIGHT)
}
