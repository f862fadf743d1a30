//! Components, configurations and contributions of a project area as CSV
//! (docs/global-configurations.md#csv), and users (docs/process.md#users-as-csv).
//!
//! Each line means a command of whoever imports it, and is judged as that.

mod carried;
mod components;
mod configurations;
mod contributions;
mod export;
mod table;
mod users;

use governance::text::encode;
use governance::{
    Archive, AreaId, Command, ComponentId, Edit, Edited, LineByLine, LineRefused, LinesCarriedOut, Refusal,
    Subject, Unarchive, View, Vocabulary,
};

use crate::reading::truth;
use crate::report::{Problems, Report, quoted};
use crate::span::Span;
use crate::{Limits, Source};
pub use export::{CsvExport, csv_text, write_csv_line};
use table::{Heading, Row, Table};
pub use users::{UserLine, UsersExport, UsersImport, import_users};

/// What a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvTable {
    /// Components.
    Components,
    /// Configurations.
    Configurations,
    /// What configurations contain: parent, position, contribution.
    Contributions,
}

impl CsvTable {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Components, Self::Configurations, Self::Contributions];

    /// `components`, `configurations` or `contributions`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Components => "components",
            Self::Configurations => "configurations",
            Self::Contributions => "contributions",
        }
    }

    const fn heading(self) -> Heading {
        let (columns, required) = (self.columns(), self.required());
        Heading { columns, required, attributes: self.has_attributes(), told_by: None }
    }

    /// The columns that it can have, besides those of attributes.
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Components => &["name", "team_area", "archived", "description", "tags", "links"],
            Self::Configurations => &[
                "component",
                "kind",
                "name",
                "initial",
                "from",
                "owner",
                "team_area",
                "archived",
                "description",
                "tags",
                "links",
            ],
            Self::Contributions => &["parent", "position", "contribution"],
        }
    }

    /// Those without which a line says nothing.
    const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Components => &["name"],
            Self::Configurations => &["component", "kind", "name"],
            Self::Contributions => &["parent", "contribution"],
        }
    }

    /// Whether it has columns of attributes.
    const fn has_attributes(self) -> bool {
        !matches!(self, Self::Contributions)
    }
}

/// So many lines that are wrong are told: whoever mends a file wants to see them at once.
const LINES_TOLD: usize = 1000;

/// What begins the name of a column of attributes.
const ATTRIBUTE: &str = "attributes.";

/// Why nothing of a file is imported.
#[derive(Clone, Debug)]
pub struct NotImported {
    /// All lines that are wrong or refused.
    pub report: Report,
    /// What the decision has refused, for those who look after the server.
    pub refusal: Option<Refusal>,
}

/// What of lines the decision has refused.
#[derive(Default)]
struct Refused(Vec<Refusal>);

impl Refused {
    fn note(&mut self, line: &LineRefused) {
        if self.0.len() < LINES_TOLD && line.refusal.gate().is_some() {
            self.0.push(line.refusal.clone());
        }
    }

    fn and(self, report: Report) -> NotImported {
        let refusal = (!self.0.is_empty()).then_some(Refusal::Several(self.0));
        NotImported { report, refusal }
    }
}

/// Works out what the lines of a file change in a project area, each judged as a command of the asker's. What
/// a file does not mention stays as it is. Tells how far it is.
///
/// # Errors
/// When any line is wrong or refused; then nothing is to be changed.
pub fn import_csv(
    source: &Source<'_>,
    what: CsvTable,
    view: &View,
    area: AreaId,
    limits: &Limits,
    tell: &dyn Fn(LinesDone),
) -> Result<LinesCarriedOut, NotImported> {
    let mut problems = Problems::keeping(LINES_TOLD);
    let table = Table::read(source.text, &what.heading(), limits, &mut problems);
    let mut import = Import {
        reference: view.reference_of(area),
        vocabulary: view.vocabulary(area),
        lines: view.line_by_line(),
        area,
        problems,
        refused: Refused::default(),
        archived_last: Vec::new(),
        done: LinesDone { done: 0, of: table.as_ref().map_or(0, |table| table.rows.len()) },
        tell,
    };
    if let Some(table) = &table {
        match what {
            CsvTable::Components => import.components(table),
            CsvTable::Configurations => import.configurations(table),
            CsvTable::Contributions => import.contributions(table),
        }
    }
    if import.problems.is_empty() {
        Ok(import.lines.finish())
    } else {
        Err(import.refused.and(import.problems.report(std::slice::from_ref(source), limits)))
    }
}

/// How many lines are done with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinesDone {
    /// These.
    pub done: usize,
    /// Of so many.
    pub of: usize,
}

/// An import on its way.
struct Import<'a> {
    area: AreaId,
    /// The area's, with which those of its items begin.
    reference: String,
    vocabulary: Vocabulary,
    lines: LineByLine,
    problems: Problems,
    refused: Refused,
    /// What is archived after all lines, with the places that say so.
    archived_last: Vec<(Span, Command)>,
    done: LinesDone,
    tell: &'a dyn Fn(LinesDone),
}

impl Import<'_> {
    /// So many more lines are done with.
    fn done(&mut self, lines: usize) {
        self.done.done += lines;
        (self.tell)(self.done);
    }

    fn view(&self) -> &View {
        self.lines.view()
    }

    /// Carries out what a line means, all or nothing of it, but for what it archives, which is made from or
    /// changed by no line after that.
    fn carry_out(&mut self, row: &Row, commands: Vec<Command>) {
        let is_last = |it: &Command| matches!(it, Command::Archive(_));
        let (last, now): (Vec<_>, Vec<_>) = commands.into_iter().partition(is_last);
        self.archived_last.extend(last.into_iter().map(|it| (row.span(), it)));
        if let Some(command) = command(now) {
            self.perform(row.span(), &command);
        }
    }

    fn perform(&mut self, span: Span, command: &Command) {
        if let Err(refused) = self.lines.carry_out(command) {
            self.refused.note(&refused);
            self.problems.add(span, refused);
        }
    }

    /// Archives what lines have said is archived.
    fn archive(&mut self) {
        for (span, command) in std::mem::take(&mut self.archived_last) {
            self.perform(span, &command);
        }
    }

    fn component(&self, name: &str) -> Option<ComponentId> {
        self.view().find(&format!("{}#component:{}", self.reference, encode(name)))
    }

    /// A team area of the project area; `None`: unassigned.
    fn team_area(&mut self, row: &Row, text: &str) -> Option<Option<AreaId>> {
        if text == "unassigned" {
            return Some(None);
        }
        let team = self.view().team_area_at(self.area, text);
        if team.is_none() {
            let expected = "expected `unassigned` or a path such as `Core/Tests`";
            let said = format!("there is no team area {}; {expected}", quoted(text));
            self.problems.add(row.span_of("team_area"), said);
        }
        team.map(Some)
    }

    /// A cell that says yes or no; nothing, where it is empty.
    fn truth(&mut self, row: &Row, column: &str) -> Result<Option<bool>, Wrong> {
        let Some(text) = row.text(column) else { return Ok(None) };
        match truth(&text.to_ascii_lowercase()) {
            Some(truth) => Ok(Some(truth)),
            None => {
                let said = format!("expected `true` or `false`, found {}", quoted(text));
                self.problems.add(row.span_of(column), said);
                Err(Wrong)
            }
        }
    }
}

/// The changes of something that is there, or was made by the same line. What is archived is taken out of the
/// archive first, since it cannot be edited.
fn edited<N: Edited>(
    edit: Edit<N>,
    subject: Subject,
    was_archived: bool,
    archived: Option<bool>,
) -> impl Iterator<Item = Command>
where
    Command: From<Edit<N>>,
{
    let unarchive = (was_archived && archived == Some(false)).then(|| Unarchive { subject }.into());
    let archive = (!was_archived && archived == Some(true)).then(|| Archive::of(subject).into());
    let edit = (!edit.set.is_empty()).then(|| edit.into());
    [unarchive, edit, archive].into_iter().flatten()
}

/// What a line means as a whole, if it means anything.
fn command(commands: Vec<Command>) -> Option<Command> {
    match <[Command; 1]>::try_from(commands) {
        Ok([command]) => Some(command),
        Err(commands) => (!commands.is_empty()).then(|| Command::together(commands)),
    }
}

/// That a line is wrong, which has been told.
struct Wrong;
