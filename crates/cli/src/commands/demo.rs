//! `demo`: a server with the example of the documentation, to try things out.

use std::fmt::Write as _;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use clap::Args;
use document::{Limits, Source};
use governance::{Organisation, RepositoryGroup, User, UserId};
use server::{Config, ConfigFile, Demo as DemoConfig, Example, Log, Sources};
use store::{Entry, JournalFilter, Revision};

use super::serve;
use crate::Status;
use crate::database::{Database, DatabaseArgs, now};
use crate::failure::Failure;
use crate::table::Table;

/// Run a server with example data, and tell what to try
///
/// The example is imported into a data folder that is empty or not there; the next start goes on with what
/// is in it. Everybody's password is `secret`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick demo --listen 127.0.0.1:9000")]
pub(crate) struct Demo {
    #[command(flatten)]
    place: Place,
}

/// Where the demo listens, and where it keeps its data.
#[derive(Clone, Debug, Args)]
struct Place {
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = "bailiwick-data")]
    data: PathBuf,
    /// The database, if it is not in the data folder: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The address to listen on; with port 0, any port that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

const ELECTRIC_VEHICLE: &str = include_str!("../../../../stories/gcm/tuning-team.yaml");

const PASSWORD: &str = "secret";
/// What the journal says of the demo's import, by which the next start knows its own data.
const VIA: &str = "demo";

/// The example on disk, for commands that work without a server.
const FILE: &str = "electric-vehicle.yaml";
/// Whoever tries things out does not want to read it, unless something goes wrong.
const LOG: &str = "bailiwick.log";

const WHO: &str = "bob";
const OPERATION: &str = "gc.save-stream/modify-attributes";
const ITEM: &str = "gc:Electric Vehicle#Motor/stream:Motor 1.0";

impl Demo {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let Place { data, database: url, listen } = &self.place;
        // `--data` always says something; it is where the example is written to, whatever the database.
        let database = DatabaseArgs { data: url.is_none().then(|| data.clone()), database: url.clone() };
        let database = database.open()?;
        let organisation = organisation(&database)?;
        database.close();
        let file = data.join(FILE);
        write_example(&file)?;
        let log = data.join(LOG);
        let begun = File::create(&log).map_err(|cause| cannot_write(&log, &cause))?;
        server::start_log_in(begun, Log::default());
        let examples = examples(&organisation);
        let users = examples.iter().map(|(id, _, about)| Example {
            id: id.clone(),
            password: PASSWORD.to_owned(),
            about: about.clone(),
        });
        let demo = DemoConfig { users: users.collect() };
        let flags = [("http.listen", "--listen", listen.to_string())];
        let flags = flags.into_iter().chain(url.as_ref().map(|url| ("database", "--database", url.clone())));
        // What is configured for a server in earnest is none of the demo's business.
        let loaded = server::load(&Sources {
            file: ConfigFile::None,
            environment: Vec::new(),
            flags: flags.collect(),
        })?;
        let config = Config { data: data.clone(), demo: Some(demo), ..loaded.config };
        serve::run(config, |listening, _| {
            // It was told to listen there.
            listening.http.map(|address| greeting(address, &examples, (&file, &log))).unwrap_or_default()
        })
    }
}

/// What the demo shows: imported into an empty database, or there from an earlier demo.
fn organisation(database: &Database) -> anyhow::Result<Organisation> {
    let loaded = &database.loaded;
    if loaded.revision == Revision::NONE {
        let source = Source { name: FILE.into(), text: ELECTRIC_VEHICLE.as_bytes() };
        let example = document::load(&[source], &Limits::default())?;
        let entry = Entry {
            at: now(),
            by: "operator".to_owned(),
            via: Some(VIA.to_owned()),
            address: None,
            basis: "operator".to_owned(),
            summary: "imported the example Electric Vehicle".to_owned(),
            impact: None,
        };
        database.runtime.block_on(database.store.append(Revision::NONE, &entry, &example.events))?;
        return Ok(example.organisation);
    }
    let first = JournalFilter { older_than: Some(Revision::new(2)), limit: 1, ..JournalFilter::default() };
    let page = database.runtime.block_on(database.store.journal(&first))?;
    if page.entries.iter().any(|(_, entry)| entry.via.as_deref() == Some(VIA)) {
        return Ok(loaded.organisation.clone());
    }
    let cause =
        format!("{} holds an organisation of its own, which the demo leaves alone", database.location);
    Err(Failure::new(cause, "give another folder with `--data`, or run `bailiwick serve`").into())
}

fn cannot_write(file: &Path, cause: &std::io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {cause}", file.display()), "give another folder with `--data`")
}

fn write_example(file: &Path) -> anyhow::Result<()> {
    let cannot = |cause| cannot_write(file, &cause);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    Ok(std::fs::write(file, ELECTRIC_VEHICLE).map_err(cannot)?)
}

/// Id, name and a line about each user who can sign in.
fn examples(organisation: &Organisation) -> Vec<(String, String, String)> {
    let active = organisation.users().filter(|(_, user)| !user.archived);
    active
        .map(|(id, user)| (user.id.to_string(), user.name.to_string(), about(organisation, id, user)))
        .collect()
}

/// Who somebody is, as far as decisions care.
fn about(organisation: &Organisation, id: UserId, user: &User) -> String {
    let mut parts = Vec::new();
    let usual = |group: &RepositoryGroup| *group == RepositoryGroup::JazzUsers;
    parts.extend(user.groups.iter().filter(|group| !usual(group)).map(|group| format!("in {}", group.id())));
    for (area, process_area) in organisation.areas() {
        let name = &process_area.name;
        if organisation.administrators(area).any(|user| user == id) {
            parts.push(format!("administers {name}"));
        }
        let Some(assigned) = organisation.member(area, id) else { continue };
        let role = |role: &_| {
            organisation.role(area, role).map_or("member".to_owned(), |(_, it)| it.name.to_string())
        };
        let roles: Vec<String> = assigned.iter().map(|assigned| role(assigned)).collect();
        let roles = if roles.is_empty() { "member".to_owned() } else { roles.join(" and ") };
        parts.push(format!("{roles} in {name}"));
    }
    if parts.is_empty() {
        parts.push("no role anywhere".to_owned());
    }
    if user.held() == governance::LicenceSet::default() {
        parts.push("no licence".to_owned());
    }
    parts.join(", ")
}

const STRONG: Style = Style::new().bold();
const LINK: Style = AnsiColor::Cyan.on_default();

fn greeting(
    address: SocketAddr,
    examples: &[(String, String, String)],
    (file, log): (&Path, &Path),
) -> String {
    let mut users = Table::new(&["user", "name", "who"]);
    for (id, name, about) in examples {
        users.row([id.clone(), name.clone(), about.clone()]);
    }
    let program = std::env::args_os().next().map(PathBuf::from).unwrap_or_else(|| "bailiwick".into());
    let (program, file) = (for_the_shell(&program), for_the_shell(file));
    let why = format!("user={WHO}&operation={}&item={}", in_query(OPERATION), in_query(ITEM));
    let (operation, action) = OPERATION.split_once('/').unwrap_or((OPERATION, ""));
    let question = format!(
        r#"{{"subject":{{"type":"user","id":"{WHO}"}},"action":{{"name":"{operation}/{action}"}},"resource":{{"type":"stream","id":"{ITEM}"}}}}"#
    );
    format!(
        "{STRONG}Bailiwick is running at {LINK}http://{address}/{LINK:#}{STRONG:#}\n\n\
         Sign in as any of these; the password is {STRONG}{PASSWORD}{STRONG:#}.\n\n{}\n\
         Three things to try:\n\n\
         1. Ask why Bob may not change Motor 1.0, in a browser, signed in as {WHO}:\n\n\
         {INDENT}{LINK}http://{address}/explain?{why}{LINK:#}\n\n\
         2. Ask the same as a program does:\n\n\
         {INDENT}curl -u {WHO}:{PASSWORD} http://{address}/access/v1/evaluation \\\n\
         {INDENT}    -H 'Content-Type: application/json' \\\n\
         {INDENT}    -d '{question}'\n\n\
         3. Ask without a server:\n\n\
         {INDENT}{program} explain --org {file} \\\n\
         {INDENT}    {WHO} {OPERATION} '{ITEM}'\n\n\
         Its log is in {}. Ctrl-C stops it; the next start goes on from there.\n",
        users.text(),
        log.display(),
    )
}

const INDENT: &str = "   ";

/// A path as a shell takes it.
fn for_the_shell(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+=:@%,".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A value in the query of an address.
fn in_query(text: &str) -> String {
    text.bytes().fold(String::new(), |mut query, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                query.push(byte.into())
            }
            byte => _ = write!(query, "%{byte:02X}"),
        }
        query
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_needs_it() {
        for (path, shown) in [("a/b.yaml", "a/b.yaml"), ("my data/b", "'my data/b'"), ("it's", r"'it'\''s'")]
        {
            assert_eq!(for_the_shell(Path::new(path)), shown);
        }
    }

    #[test]
    fn a_reference_in_an_address_is_encoded() {
        assert_eq!(in_query(ITEM), "gc:Electric%20Vehicle%23Motor/stream:Motor%201.0");
    }
}
