//! `search`: components and configurations.

use std::sync::Arc;

use clap::Args;
use governance::{
    BadCriterion, Dates, Found, Item, Organisation, SearchCriteria, View, repository_administrators,
};
use serde::{Deserialize, Serialize};

use super::criteria::{What, criteria};
use crate::Status;
use crate::failure::Failure;
use crate::organisation_source::{Opened, OrganisationSource, There};
use crate::output::Output;
use crate::table::Table;

/// Search components and configurations
///
/// All criteria must hold. Documents and databases are searched as JazzAdmins see them, a server as you do.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick search --org stories/gcm/tuning-team.yaml configurations beta --where kind=stream --sort -name")]
pub(crate) struct Search {
    #[command(flatten)]
    source: OrganisationSource,
    /// What is searched
    #[arg(value_enum)]
    what: What,
    /// Each begins a word of the name
    words: Vec<String>,
    /// A criterion, such as `kind=stream`, `tag=motor`, `team_area=unassigned` or `contained_in=REFERENCE`
    #[arg(long = "where", value_name = "KEY=VALUE")]
    criteria: Vec<String>,
    /// name, component, kind, created, modified or team_area; with `-` before it the other way round
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

/// One that was found.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) reference: String,
    pub(crate) name: String,
    #[serde(default = "component")]
    pub(crate) kind: String,
    /// The setting; none of a personal stream.
    #[serde(default)]
    pub(crate) team_area: Option<String>,
    /// Of a configuration, what governs it in the end.
    #[serde(default)]
    pub(crate) effective_team_area: Option<String>,
    pub(crate) archived: bool,
}

fn component() -> String {
    "component".to_owned()
}

/// What was found, and how many there are in all.
#[derive(Debug, Serialize)]
pub(crate) struct Rows {
    pub(crate) total: usize,
    pub(crate) items: Vec<Row>,
}

impl Search {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let mut pairs = self.criteria.clone();
        if !self.words.is_empty() {
            pairs.push(format!("name={}", self.words.join(" ")));
        }
        pairs.extend(self.sort.iter().map(|sort| format!("sort={sort}")));
        let wanted = criteria(&pairs)?;
        let found = match self.source.open()? {
            Opened::Here(organisation) => here(*organisation, self.what, &wanted, self.limit)?,
            Opened::There(There { remote, as_of }) => {
                remote.search(self.what.word(), &wanted, self.limit, as_of.as_deref())?
            }
        };
        write(&found, output)?;
        Ok(Status::Done)
    }
}

/// Tells what was found.
pub(super) fn write(found: &Rows, output: Output) -> anyhow::Result<()> {
    let rows = || {
        let mut table = Table::new(&["kind", "name", "team_area", "archived", "item"]);
        for Row { reference, name, kind, team_area, effective_team_area, archived } in &found.items {
            let team = match (team_area.as_deref(), effective_team_area) {
                (Some("inherit"), Some(effective)) => format!("{effective} (inherited)"),
                (Some(team), _) => team.to_owned(),
                (None, _) => String::new(),
            };
            let archived = if *archived { "archived" } else { "" };
            table.row([kind.clone(), name.clone(), team, archived.to_owned(), reference.clone()]);
        }
        table
    };
    let text = || {
        let (all, shown) = (found.total, found.items.len());
        let shown = if shown < all {
            format!("{all} found, {shown} of them shown; `--limit` shows more.\n")
        } else {
            format!("{all} found.\n")
        };
        if found.items.is_empty() { "Nothing.\n".to_owned() } else { format!("{}\n{shown}", rows().text()) }
    };
    output.write(found, rows, text)
}

/// Searches an organisation that was read, with the eyes of an administrator of the repository.
fn here(
    organisation: Organisation,
    what: What,
    wanted: &SearchCriteria,
    limit: usize,
) -> anyhow::Result<Rows> {
    if wanted.need_dates() {
        let cause = "documents and databases that are read as a whole have no dates";
        return Err(Failure::new(
            cause,
            "ask a server by `--server URL` about what was made or changed when",
        )
        .into());
    }
    let administrator = repository_administrators(&organisation).next();
    let organisation = Arc::new(organisation);
    let view = administrator.and_then(|it| View::of(Arc::clone(&organisation), it)).ok_or_else(|| {
        let cause = "nobody of the organisation sees everything: it has no active member of JazzAdmins";
        Failure::new(cause, "add one to the document, or ask a server")
    })?;
    let team = |team: Option<governance::AreaId>| {
        team.map_or_else(|| "unassigned".to_owned(), |team| view.team_path(team))
    };
    let dates = Dates::default();
    match what {
        What::Components => {
            let found = understood(view.search_components(wanted, &dates, None, limit))?;
            let row = |id: governance::ComponentId| {
                let it = organisation.component(id)?;
                Some(Row {
                    reference: organisation.reference(Item::Component(id)),
                    name: it.name.to_string(),
                    kind: component(),
                    team_area: Some(team(it.team_area)),
                    effective_team_area: None,
                    archived: it.archived,
                })
            };
            Ok(Rows { total: found.total, items: found.ids.into_iter().filter_map(row).collect() })
        }
        What::Configurations => {
            let found = understood(view.search_configurations(wanted, &dates, None, limit))?;
            let row = |id: governance::ConfigurationId| {
                let it = organisation.configuration(id)?;
                let setting = it.kind.team_area().map(|setting| match setting {
                    governance::TeamAreaSetting::Inherit => "inherit".to_owned(),
                    other => team(other.area()),
                });
                Some(Row {
                    reference: organisation.reference(Item::Configuration(id)),
                    name: it.name.to_string(),
                    kind: it.kind.word().to_owned(),
                    team_area: setting,
                    effective_team_area: Some(team(organisation.effective_team_area(it))),
                    archived: it.archived,
                })
            };
            Ok(Rows { total: found.total, items: found.ids.into_iter().filter_map(row).collect() })
        }
    }
}

fn understood<N>(found: Result<Found<N>, BadCriterion>) -> Result<Found<N>, Failure> {
    found.map_err(|bad| Failure::new(bad, "see docs/global-configurations.md#search for the criteria"))
}
