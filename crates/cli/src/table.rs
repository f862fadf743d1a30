//! Tables for people and for spreadsheets.

use std::fmt::Write as _;

use anstyle::Style;
use governance::text::is_unseen;
use unicode_width::UnicodeWidthStr as _;

/// Rows under headings. A cell may have several lines.
#[derive(Debug)]
pub(crate) struct Table {
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

const HEADING: Style = Style::new().bold();
const GAP: &str = "  ";

impl Table {
    /// The columns are named as programs call them: `example`, `assigned_in`.
    pub(crate) fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// So many of its rows.
    pub(crate) fn first(mut self, most: usize) -> Self {
        self.rows.truncate(most);
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// For people: columns side by side, as wide as they must be.
    pub(crate) fn text(&self) -> String {
        let cell_lines = |cell: &String| -> Vec<String> {
            if cell.is_empty() { vec!["–".to_owned()] } else { cell.split('\n').map(visible).collect() }
        };
        let rows: Vec<Vec<Vec<String>>> =
            self.rows.iter().map(|row| row.iter().map(cell_lines).collect()).collect();
        let headings: Vec<String> = self.columns.iter().map(|column| heading(column)).collect();
        let width = |at: usize| {
            let cells = rows.iter().filter_map(|row| row.get(at)).flatten();
            cells.map(|line| line.width()).chain([headings[at].width()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..headings.len()).map(width).collect();
        let mut text = String::new();
        let mut line = |cells: &[&str], style: Style| {
            let last = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
            for (at, cell) in cells.iter().enumerate().take(last + 1) {
                let gap = if at == 0 { "" } else { GAP };
                let padding = if at == last { 0 } else { widths[at] - cell.width() };
                let _ = write!(text, "{gap}{style}{cell}{style:#}{:padding$}", "");
            }
            text.push('\n');
        };
        line(&headings.iter().map(String::as_str).collect::<Vec<_>>(), HEADING);
        for row in &rows {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            for at in 0..height {
                let cells: Vec<&str> =
                    row.iter().map(|lines| lines.get(at).map(String::as_str).unwrap_or_default()).collect();
                line(&cells, Style::new());
            }
        }
        text
    }

    /// For spreadsheets: RFC 4180, but for the line ends.
    pub(crate) fn csv(&self) -> String {
        let mut text = self.columns.join(",");
        text.push('\n');
        for row in &self.rows {
            for (at, cell) in row.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                if cell.contains([',', '"', '\n', '\r']) {
                    let _ = write!(text, "\"{}\"", cell.replace('"', "\"\""));
                } else {
                    text.push_str(cell);
                }
            }
            text.push('\n');
        }
        text
    }
}

/// `assigned_in` → `Assigned in`.
fn heading(column: &str) -> String {
    let text = column.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Text from a document as a terminal may have it: control characters, and what is not seen or turns the
/// order of what follows, are shown, never sent.
pub(crate) fn visible(text: &str) -> String {
    let is_shown = |letter: char| letter.is_control() || is_unseen(letter);
    if !text.contains(is_shown) {
        return text.to_owned();
    }
    text.chars().fold(String::new(), |mut text, letter| {
        if is_shown(letter) {
            text.extend(letter.escape_default());
        } else {
            text.push(letter);
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["who", "does_what"]);
        table.row(["Zoë".to_owned(), "reads, \"aloud\"\nand writes".to_owned()]);
        table.row(["李".to_owned(), String::new()]);
        table.row(["\u{1b}[31m".to_owned(), "x".to_owned()]);
        table
    }

    #[test]
    fn a_table_for_people_lines_up_and_sends_no_control_characters() {
        let bare = anstream::adapter::strip_str(&table().text()).to_string();
        assert_eq!(
            bare,
            "Who         Does what\nZoë         reads, \"aloud\"\n            and writes\n\
             李          –\n\\u{1b}[31m  x\n"
        );
    }

    #[test]
    fn a_table_for_spreadsheets_quotes_what_must_be() {
        assert_eq!(
            table().csv(),
            "who,does_what\nZoë,\"reads, \"\"aloud\"\"\nand writes\"\n李,\n\u{1b}[31m,x\n"
        );
    }
}
