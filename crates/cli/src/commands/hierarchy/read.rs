//! What is only looked at.

use clap::{Args, ValueEnum};
use governance::{
    ComparisonText, ConfigurationText, DifferenceText, HierarchyText, MergeText, SkewText, UseText,
};
use serde_json::Value;

use super::{Subject, tree};
use crate::Status;
use crate::output::{Output, count, print};
use crate::table::Table;

/// Show a hierarchy as a tree
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy show --org stories/gcm/tuning-team.yaml \
      "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0""#)]
pub(crate) struct Show {
    #[command(flatten)]
    subject: Subject,
    /// Down to this level; what is on it is not opened
    #[arg(long)]
    level: Option<usize>,
}

impl Show {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let level = self.level;
        let text: HierarchyText = self.subject.ask(
            |organisation, root| {
                let hierarchy = organisation.hierarchy_to(root, level.unwrap_or(usize::MAX));
                Ok(hierarchy.map(|hierarchy| organisation.hierarchy_text(&hierarchy)))
            },
            |of| of.hierarchy(level),
        )?;
        output.write(&text, || nodes(&text), || tree::drawn(&text))?;
        Ok(Status::Done)
    }
}

fn nodes(text: &HierarchyText) -> Table {
    let mut table = Table::new(&[
        "level",
        "configuration",
        "component",
        "kind",
        "name",
        "team_area",
        "effective_team_area",
        "archived",
        "contributions",
    ]);
    for node in &text.nodes {
        let contributions: Vec<&str> =
            node.contributions.iter().map(|it| it.configuration.as_str()).collect();
        let cells = [node.level.to_string()].into_iter().chain(cells(&node.configuration));
        table.row(cells.chain([contributions.join("\n")]));
    }
    table
}

fn cells(it: &ConfigurationText) -> [String; 7] {
    [
        it.reference.clone(),
        it.component.clone(),
        it.kind.clone(),
        it.name.clone(),
        it.team_area.clone().unwrap_or_default(),
        it.effective_team_area.clone(),
        it.archived.to_string(),
    ]
}

/// Tell what differs between two configurations at every level
///
/// With a base: what each of the two makes of it, and where they contradict each other.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy compare --org stories/gcm/tuning-team.yaml \
      "gc:Electric Vehicle#Motor/stream:Motor 1.0" --with "Motor/stream:Motor - Performance Beta 0.0""#)]
pub(crate) struct Compare {
    #[command(flatten)]
    subject: Subject,
    /// The other configuration: its reference, or `Component/kind:Name`
    #[arg(long, value_name = "CONFIGURATION")]
    with: String,
    /// What both come from
    #[arg(long, value_name = "CONFIGURATION")]
    base: Option<String>,
}

impl Compare {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let Self { subject, with, base } = &self;
        if let Some(base) = base {
            let merge: MergeText = subject.ask(
                |organisation, mine| {
                    let [base, theirs] = [base, with].map(|text| subject.beside(organisation, text));
                    let (base, theirs) = (base?, theirs?);
                    let merge = organisation.compare_three_ways(base, mine, theirs);
                    Ok(merge.and_then(|merge| organisation.merge_text([base, mine, theirs], &merge)))
                },
                |of| of.merge(with, base),
            )?;
            output.write_table(&merge, || merged(&merge), "Neither side has changed anything.")?;
            return Ok(Status::Done);
        }
        let comparison: ComparisonText = subject.ask(
            |organisation, left| {
                let right = subject.beside(organisation, with)?;
                let comparison = organisation.compare_configurations(left, right);
                Ok(comparison.and_then(|it| organisation.comparison_text(left, right, &it)))
            },
            |of| of.compare(with),
        )?;
        output.write_table(&comparison, || differences(&comparison), "Nothing differs.")?;
        Ok(Status::Done)
    }
}

fn differences(comparison: &ComparisonText) -> Table {
    let mut table = Table::new(&["change", "in", "attribute", "left", "right"]);
    comparison.differences.iter().for_each(|it| table.row(difference(it)));
    table
}

fn difference(it: &DifferenceText) -> [String; 5] {
    let path = it.path.join("\n→ ");
    let from = it.from.as_ref().map(|from| format!("\nfrom {}", from.join("\n→ ")));
    [
        it.change.clone(),
        path + &from.unwrap_or_default(),
        it.attribute.clone().unwrap_or_default(),
        value(it.left.as_ref()),
        value(it.right.as_ref()),
    ]
}

fn value(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn merged(merge: &MergeText) -> Table {
    let mut table = Table::new(&["side", "change", "in", "attribute", "left", "right"]);
    for it in &merge.changes {
        let side = |side: &str| if it.conflict { format!("{side} (conflict)") } else { side.to_owned() };
        for (name, change) in [("mine", &it.mine), ("theirs", &it.theirs)] {
            if let Some(change) = change {
                table.row([side(name)].into_iter().chain(difference(change)));
            }
        }
    }
    table
}

/// List what contains a configuration
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy where-used --org stories/gcm/tuning-team.yaml \
      "gc:Electric Vehicle#Motor/stream:Motor - Performance Beta 0.0""#)]
pub(crate) struct WhereUsed {
    #[command(flatten)]
    subject: Subject,
    /// Only what contains it itself
    #[arg(long)]
    direct: bool,
}

impl WhereUsed {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let (most, depth) = if self.direct { (1, "direct") } else { (u32::MAX, "any") };
        let mut uses: Vec<UseText> = self.subject.ask(
            |organisation, contained| {
                let uses = organisation.where_used(contained, most).into_iter();
                let text = uses.filter_map(|it| {
                    Some(UseText { configuration: organisation.in_words(it.configuration)?, steps: it.steps })
                });
                Ok(Some(text.collect()))
            },
            |of| of.where_used(depth),
        )?;
        uses.sort_by(|a, b| {
            (a.steps, &a.configuration.reference).cmp(&(b.steps, &b.configuration.reference))
        });
        let table = || {
            let mut table = Table::new(&[
                "steps",
                "configuration",
                "component",
                "kind",
                "name",
                "team_area",
                "effective_team_area",
                "archived",
            ]);
            for it in &uses {
                table.row([it.steps.to_string()].into_iter().chain(cells(&it.configuration)));
            }
            table
        };
        output.write_table(&uses, table, "Nothing contains it.")?;
        Ok(Status::Done)
    }
}

/// Find components that occur with several configurations
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy skew --org stories/gcm/tuning-team.yaml \
      "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0""#)]
pub(crate) struct Skew {
    #[command(flatten)]
    subject: Subject,
}

impl Skew {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let skews: Vec<SkewText> = self.subject.ask(
            |organisation, root| Ok(organisation.hierarchy(root).map(|it| organisation.skew_texts(&it))),
            |of| of.skews(),
        )?;
        output.write(&skews, || paths(&skews), || told(&skews))?;
        Ok(Status::Done)
    }
}

fn paths(skews: &[SkewText]) -> Table {
    let mut table = Table::new(&["component", "configuration", "path"]);
    for skew in skews {
        for it in &skew.occurrences {
            for path in &it.paths {
                table.row([skew.component.clone(), it.configuration.clone(), path.join("\n→ ")]);
            }
        }
    }
    table
}

fn told(skews: &[SkewText]) -> String {
    if skews.is_empty() {
        return "No component occurs with several configurations.\n".to_owned();
    }
    let mut offers = Table::new(&["keep", "instead_of", "in", "frozen"]);
    for offer in skews.iter().flat_map(|skew| &skew.offers) {
        offers.row([
            offer.keep.clone(),
            offer.replace.join("\n"),
            count(offer.places, "place"),
            offer.frozen.join("\n"),
        ]);
    }
    format!("{}\n{}", paths(skews).text(), offers.text())
}

/// Draw a hierarchy, for Graphviz or as GraphML
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy picture --org stories/gcm/tuning-team.yaml --format dot \
      "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0" | dot -Tsvg > sport.svg"#)]
pub(crate) struct Picture {
    #[command(flatten)]
    subject: Subject,
    /// The form of the picture
    #[arg(long, value_enum, default_value = "dot")]
    format: Form,
    /// Down to this level
    #[arg(long)]
    level: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Dot,
    #[value(name = "graphml")]
    GraphMl,
}

impl Picture {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let Self { subject, format, level } = self;
        let (form, name) = match format {
            Form::Dot => (governance::Picture::Dot, "dot"),
            Form::GraphMl => (governance::Picture::GraphMl, "graphml"),
        };
        let text = subject.ask(
            |organisation, root| {
                let hierarchy = organisation.hierarchy_to(root, level.unwrap_or(usize::MAX));
                Ok(hierarchy.map(|it| organisation.picture(&it, form).into_bytes()))
            },
            |of| of.picture(name, level),
        )?;
        print(&String::from_utf8_lossy(&text))?;
        Ok(Status::Done)
    }
}
