//! A chart of the use of a pool of licences by day (docs/process.md#use-over-time).
//!
//! A bar is the peak of a day, the stepped line is what was installed, a mark below is a day with denials.

use std::fmt::Write as _;

use governance::Pool;
use store::DayOfUse;

const WIDTH: usize = 720;
const HEIGHT: usize = 260;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 36.0;
/// Of the base line, below which are the denials and the days.
const BASE: f64 = 196.0;

const STYLE: &str = "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.grid{stroke:#ddd}\
                     .peak{fill:#3b6ea5}.installed{fill:none;stroke:#222;stroke-width:1.5}.denied{fill:#b3261e}\
                     @media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.installed{stroke:#eee}\
                     .denied{fill:#f2b8b5}}";

/// The days as SVG, as a picture by itself; there is at least one.
pub(crate) fn svg(pool: Pool, days: &[DayOfUse]) -> String {
    drawn(pool, days, &format!("<style>{STYLE}</style>"))
}

/// The same as a part of a page, whose style it has.
pub(crate) fn inline(pool: Pool, days: &[DayOfUse]) -> String {
    drawn(pool, days, "")
}

fn drawn(pool: Pool, days: &[DayOfUse], style: &str) -> String {
    let most = days.iter().map(|day| day.installed.max(day.peak)).max().unwrap_or_default();
    let step = step_of(most);
    let top = most.div_ceil(step).max(1) * step;
    let wide = (WIDTH as f64 - LEFT - RIGHT) / days.len().max(1) as f64;
    let x = |at: usize| LEFT + wide * at as f64;
    let y = |value: u32| BASE - (BASE - TOP) * f64::from(value) / f64::from(top);
    let (unit, peak, denials) = (
        if pool == Pool::Tokens { "tokens" } else { "seats" },
        days.iter().map(|day| day.peak).max().unwrap_or_default(),
        days.iter().map(|day| u64::from(day.denials)).sum::<u64>(),
    );
    let (first, last) = (days.first().map(|it| it.day), days.last().map(|it| it.day));
    let name = match pool {
        Pool::Seats(licence) => licence.name(),
        Pool::Tokens => "Tokens",
    };
    let said = format!("{name}: at most {peak} {unit} leased at a time; {denials} denied");
    let mut svg = format!(
        "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"chart-title\">\n<title id=\"chart-title\">{said}</title>\n\
         {style}\n<text class=\"title\" x=\"{LEFT}\" y=\"20\">{said}</text>\n"
    );
    let mut draw = |part: std::fmt::Arguments<'_>| {
        // Writing to a text does not fail.
        let _ = svg.write_fmt(part);
    };
    for value in (0..=top).step_by(step as usize) {
        let (y, right, text) = (y(value), WIDTH as f64 - RIGHT, LEFT - 6.0);
        draw(format_args!(
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
             <text x=\"{text}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>\n",
            y + 4.0
        ));
    }
    for (at, day) in days.iter().enumerate() {
        let (left, bar, y) = (x(at) + wide * 0.1, wide * 0.8, y(day.peak));
        let DayOfUse { day, installed, peak, denials } = day;
        draw(format_args!("<g><title>{day}: {peak} of {installed} {unit}, {denials} denied</title>"));
        draw(format_args!(
            "<rect class=\"peak\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{bar:.1}\" height=\"{:.1}\"/>",
            BASE - y
        ));
        if *denials > 0 {
            let (below, high) = (BASE + 6.0, 8.0);
            draw(format_args!(
                "<rect class=\"denied\" x=\"{left:.1}\" y=\"{below}\" width=\"{bar:.1}\" height=\"{high}\"/>"
            ));
        }
        draw(format_args!("</g>\n"));
    }
    draw(format_args!("<path class=\"installed\" d=\""));
    for (at, day) in days.iter().enumerate() {
        let (y, letter) = (y(day.installed), if at == 0 { 'M' } else { 'L' });
        draw(format_args!("{letter}{:.1} {y:.1}H{:.1}", x(at), x(at + 1)));
    }
    draw(format_args!("\"/>\n"));
    let text = BASE + 32.0;
    if let (Some(first), Some(last)) = (first, last) {
        draw(format_args!("<text x=\"{LEFT}\" y=\"{text}\">{first}</text>"));
        if first != last {
            let right = WIDTH as f64 - RIGHT;
            draw(format_args!("<text x=\"{right}\" y=\"{text}\" text-anchor=\"end\">{last}</text>"));
        }
    }
    let (text, swatch) = (BASE + 54.0, BASE + 45.0);
    for (place, (class, said)) in
        [("peak", "most leased at a time"), ("installed", "installed"), ("denied", "denials")]
            .iter()
            .enumerate()
    {
        let x = LEFT + 180.0 * place as f64;
        let shape = if *class == "installed" {
            format!("<path class=\"installed\" d=\"M{x} {}h12\"/>", swatch + 5.0)
        } else {
            format!("<rect class=\"{class}\" x=\"{x}\" y=\"{swatch}\" width=\"12\" height=\"10\"/>")
        };
        draw(format_args!("\n{shape}<text x=\"{}\" y=\"{text}\">{said}</text>", x + 18.0));
    }
    svg.push_str("\n</svg>\n");
    svg
}

/// The distance of the lines across: 1, 2 or 5 times a power of ten, so that there are few of them.
fn step_of(most: u32) -> u32 {
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
    steps.into_iter().find(|step| most / step <= 5).unwrap_or(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use governance::{Day, LicenceType};

    use super::*;

    fn day(number: i32, installed: u32, peak: u32, denials: u32) -> DayOfUse {
        DayOfUse { day: Day::new(number), installed, peak, denials }
    }

    #[test]
    fn each_day_is_a_bar_and_each_day_with_denials_a_mark() {
        let developer = Pool::Seats(LicenceType::from_id("ewm-developer").unwrap());
        let svg = svg(developer, &[day(20_782, 5, 2, 0), day(20_783, 10, 10, 3)]);
        assert!(svg.contains("Developer: at most 10 seats leased at a time; 3 denied</title>"), "{svg}");
        assert_eq!(svg.matches("<title>2026-11-2").count(), 2);
        assert!(svg.contains("<title>2026-11-26: 10 of 10 seats, 3 denied</title>"));
        // One is the legend's.
        assert_eq!(svg.matches("class=\"denied\"").count(), 2);
        assert!(
            svg.contains("<path class=\"installed\" d=\"M48.0 116.0H376.0L376.0 36.0H704.0\"/>"),
            "{svg}"
        );
    }

    #[test]
    fn nothing_installed_is_drawn_as_nothing() {
        let svg = svg(Pool::Tokens, &[day(0, 0, 0, 0)]);
        assert!(svg.contains("Tokens: at most 0 tokens leased at a time") && !svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn lines_across_are_few_and_round() {
        let steps = [0, 1, 5, 6, 12, 30, 500, 4_000_000_000].map(step_of);
        assert_eq!(steps, [1, 1, 1, 2, 5, 10, 100, 1_000_000_000]);
    }
}
