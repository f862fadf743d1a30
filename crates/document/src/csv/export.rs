//! From a project area to lines.

use std::collections::BTreeSet;

use governance::text::encode;
use governance::{
    AreaId, AttributeType, Carried, Component, Configuration, ConfigurationId, Contribution, Id,
    TeamAreaSetting, View,
};

use super::carried::{list_cell, value_cell};
use super::{ATTRIBUTE, CsvTable};

/// An export on its way, a line at a time.
pub struct CsvExport {
    view: View,
    area: AreaId,
    what: CsvTable,
    /// The number of what is looked at next.
    next: u32,
    begun: bool,
    /// The attributes that have a column.
    attributes: Vec<String>,
    types: Vec<AttributeType>,
    /// Where only what is below a configuration is told, that, with itself.
    below: Option<BTreeSet<ConfigurationId>>,
}

impl CsvExport {
    /// Of everything in a project area that the asker sees; contributions of what is below a configuration
    /// alone, where one is named.
    pub fn new(view: View, area: AreaId, what: CsvTable, below: Option<ConfigurationId>) -> Self {
        let types = view.vocabulary(area).attribute_types;
        let mut attributes = BTreeSet::new();
        if what.has_attributes() {
            attributes.extend(types.iter().map(|it| it.id.to_string()));
            attributes.extend(view.types_in_use(area).0.into_keys());
        }
        let below = below.map(|root| reachable(&view, root));
        let attributes = attributes.into_iter().collect();
        Self { view, area, what, next: 0, begun: false, attributes, types, below }
    }

    /// Writes what comes next, a line or several; `false`: there is no more.
    pub fn write(&mut self, out: &mut Vec<u8>) -> bool {
        if !self.begun {
            self.begun = true;
            let columns = self.what.columns().iter().map(ToString::to_string);
            let attributes = self.attributes.iter().map(|id| format!("{ATTRIBUTE}{id}"));
            write_csv_line(out, columns.chain(attributes));
            return true;
        }
        match self.what {
            CsvTable::Components => self.component(out),
            CsvTable::Configurations => self.configuration(out),
            CsvTable::Contributions => self.contributions(out),
        }
    }

    /// All of it.
    pub fn whole(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.write(&mut out) {}
        out
    }

    fn component(&mut self, out: &mut Vec<u8>) -> bool {
        let found = self.view.each::<Component>(self.next).find(|(_, it)| it.project_area == self.area);
        let Some((id, it)) = found else { return false };
        let cells = [it.name.to_string(), self.team(it.team_area), it.archived.to_string()];
        write_csv_line(out, cells.into_iter().chain(self.carried(&it.carried)));
        self.next = id.number() + 1;
        true
    }

    /// The next configuration of the project area, with its component.
    fn next_configuration(&self) -> Option<(ConfigurationId, &Configuration, &Component)> {
        self.view.each::<Configuration>(self.next).find_map(|(id, it)| {
            let component = self.view.see(it.component)?;
            let wanted = self.below.as_ref().is_none_or(|below| below.contains(&id));
            (component.project_area == self.area && wanted).then_some((id, it, component))
        })
    }

    fn configuration(&mut self, out: &mut Vec<u8>) -> bool {
        let Some((id, it, component)) = self.next_configuration() else { return false };
        let source = it.source.and_then(|id| self.view.see::<Configuration>(id));
        let team_area = match it.kind.team_area() {
            None => String::new(),
            Some(TeamAreaSetting::Inherit) => "inherit".to_owned(),
            Some(TeamAreaSetting::Unassigned) => self.team(None),
            Some(TeamAreaSetting::Assigned(team)) => self.team(Some(team)),
        };
        let cells = [
            component.name.to_string(),
            it.kind.word().to_owned(),
            it.name.to_string(),
            it.source.is_none().to_string(),
            source.map(|it| format!("{}:{}", it.kind.word(), encode(&it.name))).unwrap_or_default(),
            it.kind.owner().map(|owner| self.view.id_of(owner).to_string()).unwrap_or_default(),
            team_area,
            it.archived.to_string(),
        ];
        write_csv_line(out, cells.into_iter().chain(self.carried(&it.carried)));
        self.next = id.number() + 1;
        true
    }

    fn contributions(&mut self, out: &mut Vec<u8>) -> bool {
        let Some((id, ..)) = self.next_configuration() else { return false };
        for (at, contribution) in self.view.contributions(id).iter().enumerate() {
            let contribution = match contribution {
                Contribution::Configuration(id) => self.local(*id),
                Contribution::Local(uri) => uri.to_string(),
            };
            write_csv_line(out, [self.local(id), (at + 1).to_string(), contribution]);
        }
        self.next = id.number() + 1;
        true
    }

    /// `Component/kind:Name`.
    fn local(&self, id: ConfigurationId) -> String {
        let reference = self.view.reference_of(id);
        reference.split_once('#').map(|(_, local)| local.to_owned()).unwrap_or_default()
    }

    fn team(&self, team: Option<AreaId>) -> String {
        team.map_or_else(|| "unassigned".to_owned(), |team| self.view.team_path(team))
    }

    fn carried<'e>(&'e self, carried: &'e Carried) -> impl Iterator<Item = String> + 'e {
        let description = carried.get("description").and_then(|it| it.as_str()).unwrap_or_default();
        let of_all = [
            description.to_owned(),
            list_cell(carried.get("tags"), ", "),
            list_cell(carried.get("links"), " "),
        ];
        let attributes = self.attributes.iter().map(|id| {
            let of = self.types.iter().find(|it| *it.id == **id);
            value_cell(of, carried.get("attributes").and_then(|it| it.get(id)))
        });
        of_all.into_iter().chain(attributes)
    }
}

fn reachable(view: &View, root: ConfigurationId) -> BTreeSet<ConfigurationId> {
    let mut found = BTreeSet::from([root]);
    let mut waiting = vec![root];
    while let Some(parent) = waiting.pop() {
        for contribution in view.contributions(parent) {
            if let Contribution::Configuration(id) = contribution
                && found.insert(Id::new(id.number()))
            {
                waiting.push(*id);
            }
        }
    }
    found
}

/// A cell that nobody imports again: what a spreadsheet would take for a formula is marked as text, for
/// whoever typed it need not be whoever opens the file.
pub fn csv_text(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// Writes a line, with quotes where a cell needs them (RFC 4180, but for the line's end).
pub fn write_csv_line(out: &mut Vec<u8>, cells: impl IntoIterator<Item = String>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_cell(out, &cell);
    }
    out.push(b'\n');
}

pub(super) fn write_cell(out: &mut Vec<u8>, cell: &str) {
    let blank = |letter: char| letter == ' ';
    if cell.contains([',', ';', '\t', '"', '\n', '\r']) || cell.starts_with(blank) || cell.ends_with(blank) {
        out.push(b'"');
        out.extend(cell.replace('"', "\"\"").bytes());
        out.push(b'"');
    } else {
        out.extend(cell.bytes());
    }
}
