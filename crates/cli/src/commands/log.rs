//! `journal` and `refusals`: the logs of a server.

use std::io;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::representation::write_list;
use crate::Status;
use crate::failure::Failure;
use crate::output::Output;
use crate::remote::ServerArgs;
use crate::table::Table;

/// Search, show and export the journal: who changed what, when, from where and by what right
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick journal list --basis override --from 2026-11-01T00:00:00Z
  bailiwick journal show 1204
  bailiwick journal export --changes > journal.csv")]
pub(crate) struct Journal {
    #[command(subcommand)]
    command: OfJournal,
}

#[derive(Debug, Subcommand)]
enum OfJournal {
    /// List the newest revisions
    List {
        #[command(flatten)]
        filter: JournalFilter,
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Show a revision with everything that it changed, before and after
    Show {
        /// Its number
        revision: u64,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Write every revision, the newest first
    Export {
        #[command(flatten)]
        filter: JournalFilter,
        /// A line for each fact that a revision changed, with before and after
        #[arg(long)]
        changes: bool,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        server: ServerArgs,
    },
}

/// Search and export what was refused: changes, and sign-ins that failed
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick refusals list --gate AUTH --by bob
  bailiwick refusals export --format jsonl > refusals.jsonl")]
pub(crate) struct Refusals {
    #[command(subcommand)]
    command: OfRefusals,
}

#[derive(Debug, Subcommand)]
enum OfRefusals {
    /// List the newest
    List {
        #[command(flatten)]
        filter: RefusalFilter,
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Write all of them, the newest first
    Export {
        #[command(flatten)]
        filter: RefusalFilter,
        #[command(flatten)]
        form: Form,
        #[command(flatten)]
        server: ServerArgs,
    },
}

/// What both logs are searched for.
#[derive(Debug, Args)]
struct When {
    /// At this instant or later, such as 2026-11-21T10:00:00Z
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Before this instant
    #[arg(long, value_name = "INSTANT")]
    to: Option<String>,
    /// By the user of this id
    #[arg(long, value_name = "USER")]
    by: Option<String>,
    /// From this network address
    #[arg(long)]
    address: Option<String>,
    /// With this text in what was done or wanted
    #[arg(long)]
    text: Option<String>,
}

#[derive(Debug, Args)]
struct JournalFilter {
    #[command(flatten)]
    when: When,
    /// Through this: `token NAME` of an access token, `consumer NAME` of a consumer key, `registry NAME`, …
    #[arg(long, value_name = "WHAT")]
    via: Option<String>,
    /// By this right: `role`, `override`, `group`, `owner`, `read`, `operator` or `registry`
    #[arg(long)]
    basis: Option<String>,
    /// That changed a fact of this kind, such as `configuration`
    #[arg(long)]
    kind: Option<String>,
}

#[derive(Debug, Args)]
struct RefusalFilter {
    #[command(flatten)]
    when: When,
    /// By this gate, such as `AUTH` or `PERMISSION`
    #[arg(long)]
    gate: Option<String>,
}

#[derive(Debug, Args)]
struct Limit {
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
}

#[derive(Debug, Args)]
struct Form {
    /// In which form
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Lines::Csv)]
    format: Lines,
}

/// A form of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lines {
    Csv,
    Jsonl,
}

type Pairs = Vec<(&'static str, String)>;

impl When {
    fn pairs(self, others: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Pairs {
        let Self { from, to, by, address, text } = self;
        let all = [("from", from), ("to", to), ("by", by), ("address", address), ("text", text)];
        all.into_iter().chain(others).filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl JournalFilter {
    fn pairs(self) -> Pairs {
        let Self { when, via, basis, kind } = self;
        when.pairs([("via", via), ("basis", basis), ("kind", kind)])
    }
}

impl RefusalFilter {
    fn pairs(self) -> Pairs {
        self.when.pairs([("gate", self.gate)])
    }
}

const JOURNAL: &str = "journal";
const REFUSALS: &str = "refusals";

impl Journal {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            OfJournal::List { filter, limit, server } => {
                let entries = server.connect()?.first_things(JOURNAL, &filter.pairs(), limit.limit)?;
                let columns = &["revision", "at", "by", "via", "address", "basis", "summary"];
                write_list(&entries, columns, "There is no such revision.", output)?;
            }
            OfJournal::Show { revision, server } => show(&server.connect()?.revision(revision)?, output)?,
            OfJournal::Export { filter, changes, form, server } => {
                let mut pairs = filter.pairs();
                pairs.extend(changes.then(|| ("changes", "true".to_owned())));
                export(JOURNAL, pairs, form, &server, output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl Refusals {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            OfRefusals::List { filter, limit, server } => {
                let entries = server.connect()?.first_things(REFUSALS, &filter.pairs(), limit.limit)?;
                let columns = &["at", "by", "address", "what", "gate"];
                write_list(&entries, columns, "Nothing of the kind was refused.", output)?;
            }
            OfRefusals::Export { filter, form, server } => {
                export(REFUSALS, filter.pairs(), form, &server, output)?;
            }
        }
        Ok(Status::Done)
    }
}

fn export(
    log: &str,
    mut pairs: Pairs,
    form: Form,
    server: &ServerArgs,
    output: Output,
) -> anyhow::Result<()> {
    if output.asked().is_some() {
        return Err(
            Failure::new("an export has forms of its own", "use `--format` in place of `--output`").into()
        );
    }
    let form = match form.format {
        Lines::Csv => "csv",
        Lines::Jsonl => "jsonl",
    };
    pairs.push(("format", form.to_owned()));
    let copied = server.connect()?.copy_log(log, &pairs, &mut io::stdout().lock());
    copied.or_else(|error| match error.downcast_ref::<io::Error>() {
        // The reader has gone away, as `| head` does.
        Some(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// A revision: what is said of it, and then each change.
fn show(revision: &Value, output: Output) -> anyhow::Result<()> {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let changes = || {
        let mut table = Table::new(&["kind", "item", "key", "before", "after"]);
        for change in revision["changes"].as_array().into_iter().flatten() {
            table.row(["kind", "item", "key", "before", "after"].map(|name| text(&change[name])));
        }
        table
    };
    let for_people = || {
        let mut entry = Table::new(&["key", "value"]);
        for name in ["revision", "at", "by", "via", "address", "basis", "summary"] {
            entry.row([name.to_owned(), text(&revision[name])]);
        }
        let changes = changes();
        let changes = if changes.is_empty() { "It changed no fact.\n".to_owned() } else { changes.text() };
        format!("{}\n{changes}", entry.text())
    };
    output.write(revision, changes, for_people)
}
