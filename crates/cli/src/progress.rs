//! What a long command is doing, for whoever watches it in a terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// A line on stderr that tells the step under way, and goes away with it; nothing where stderr is no
/// terminal.
pub(crate) struct Progress {
    shown: bool,
}

/// Less than this is done before anybody could read what is being done.
const LONG: usize = 4 << 20;

/// So wide is a bar.
const WIDTH: usize = 20;

impl Progress {
    /// For work on so many bytes of documents.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { shown: bytes >= LONG && io::stderr().is_terminal() }
    }

    /// For work of which nobody knows beforehand how long it takes.
    pub(crate) fn of_unknown_length() -> Self {
        Self { shown: io::stderr().is_terminal() }
    }

    /// Begins a step, or tells how far it is.
    pub(crate) fn step(&self, doing: &str) {
        if self.shown {
            Self::write(&format!("{doing} …"));
        }
    }

    /// Tells how much of something is done, with a bar.
    pub(crate) fn part(&self, done: usize, of: usize, what: &str) {
        let filled = (done * WIDTH).checked_div(of).unwrap_or_default().min(WIDTH);
        let bar = format!("[{}{}]", "#".repeat(filled), " ".repeat(WIDTH - filled));
        self.step(&format!("{bar} {done} of {of}: {what}"));
    }

    /// Back to the beginning of the line, over what was there.
    fn write(text: &str) {
        let mut stderr = io::stderr().lock();
        // That it cannot be told is no reason to stop.
        write!(stderr, "\r\u{1b}[K{text}").and_then(|()| stderr.flush()).unwrap_or_default();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            Self::write("");
        }
    }
}
