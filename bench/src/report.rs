//! What was measured, against what was wanted.

use std::fmt;

/// A measured value, in the unit that people read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quantity {
    Nanoseconds(f64),
    Bytes(f64),
    /// So many times another value.
    Times(f64),
    PerSecond(f64),
    Count(f64),
}

impl Quantity {
    fn value(self) -> f64 {
        match self {
            Self::Nanoseconds(value)
            | Self::Bytes(value)
            | Self::Times(value)
            | Self::PerSecond(value)
            | Self::Count(value) => value,
        }
    }
}

/// What a value should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtMost(Quantity),
    AtLeast(Quantity),
    /// None: the value explains another.
    Told,
}

impl Target {
    /// Whether it is met, and if not, how many times worse than wanted it is.
    pub(crate) fn verdict(self, measured: Quantity) -> String {
        let (less, more) = match self {
            Self::AtMost(bound) => (measured.value(), bound.value()),
            Self::AtLeast(bound) => (bound.value(), measured.value()),
            Self::Told => return String::new(),
        };
        if less <= more { "met".to_owned() } else { format!("missed by {}", Quantity::Times(less / more)) }
    }
}

/// One measured value of a row.
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) measured: Quantity,
    pub(crate) target: Target,
}

/// A row of the targets.
pub(crate) struct Row {
    pub(crate) number: u8,
    pub(crate) what: &'static str,
    pub(crate) lines: Vec<Line>,
    pub(crate) notes: Vec<String>,
    pub(crate) bars: Vec<Bar>,
}

/// A bar of the chart.
pub(crate) struct Bar {
    pub(crate) group: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) nanoseconds: f64,
}

impl Row {
    pub(crate) fn new(number: u8, what: &'static str) -> Self {
        Self { number, what, lines: Vec::new(), notes: Vec::new(), bars: Vec::new() }
    }
    pub(crate) fn line(&mut self, what: impl Into<String>, measured: Quantity, target: Target) {
        self.lines.push(Line { what: what.into(), measured, target });
    }
    pub(crate) fn told(&mut self, what: impl Into<String>, measured: Quantity) {
        self.line(what, measured, Target::Told);
    }
    pub(crate) fn bar(&mut self, group: &'static str, engine: &'static str, nanoseconds: f64) {
        self.bars.push(Bar { group, engine, nanoseconds });
    }
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>2}  {}", self.number, self.what)?;
        for line in &self.lines {
            let (measured, target) = (line.measured.to_string(), line.target.to_string());
            let verdict = line.target.verdict(line.measured);
            writeln!(f, "    {:<66} {measured:>12}  {target:<14} {verdict}", line.what)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "    ({note})"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
            Self::Told => Ok(()),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Self::Nanoseconds(value) => scaled(value, 1e3, &["ns", "µs", "ms", "s"]),
            Self::Bytes(value) => scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB"]),
            Self::Times(value) => format!("{}×", digits(value)),
            Self::PerSecond(value) => format!("{}/s", grouped(value)),
            Self::Count(value) => digits(value),
        };
        f.pad(&text)
    }
}

fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for larger in units {
        if value < step {
            break;
        }
        value /= step;
        unit = larger;
    }
    format!("{} {unit}", digits(value))
}

/// Three digits that mean something.
fn digits(value: f64) -> String {
    match value.abs() {
        it if it >= 1000.0 => grouped(value),
        it if it >= 99.95 => format!("{value:.0}"),
        it if it >= 9.995 => trimmed(format!("{value:.1}")),
        _ => trimmed(format!("{value:.2}")),
    }
}

fn trimmed(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(Quantity::Nanoseconds(12_345.0).to_string(), "12.3 µs");
        assert_eq!(Quantity::Nanoseconds(100.0).to_string(), "100 ns");
        assert_eq!(Quantity::Bytes(256.0 * 1024.0 * 1024.0).to_string(), "256 MiB");
        assert_eq!(Quantity::Times(1.5).to_string(), "1.5×");
        assert_eq!(Quantity::PerSecond(1_234_567.0).to_string(), "1,234,567/s");
    }

    #[test]
    fn a_missed_target_says_by_how_much() {
        let target = Target::AtMost(Quantity::Nanoseconds(100.0));
        assert_eq!(target.verdict(Quantity::Nanoseconds(99.0)), "met");
        assert_eq!(target.verdict(Quantity::Nanoseconds(250.0)), "missed by 2.5×");
        assert_eq!(Target::AtLeast(Quantity::Times(100.0)).verdict(Quantity::Times(50.0)), "missed by 2×");
        assert_eq!(Target::AtMost(Quantity::Count(0.0)).verdict(Quantity::Count(0.0)), "met");
    }
}
