//! Turns `catalogue/*.yaml` into static tables, so that an operation is a small number at run time
//! and a mistake in the catalogue fails the build.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use saphyr_parser::{Event, Parser};

/// The little of YAML that the catalogues use.
enum Yaml {
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    fn text(&self) -> &str {
        if let Yaml::Text(text) = self { text } else { "" }
    }
    fn map(&self) -> &[(String, Yaml)] {
        if let Yaml::Map(entries) = self { entries } else { &[] }
    }
    fn list(&self) -> Vec<&str> {
        if let Yaml::List(items) = self { items.iter().map(Yaml::text).collect() } else { Vec::new() }
    }
    fn get(&self, key: &str) -> Option<&Yaml> {
        self.map().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
    fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.text() == "true")
    }
}

fn read(path: &Path) -> Result<Yaml, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", path.display());
    let text = std::fs::read_to_string(path)?;
    let mut events = Vec::new();
    for event in Parser::new_from_str(&text) {
        match event?.0 {
            Event::Scalar(text, ..) => events.push(Token::Text(text.into_owned())),
            Event::SequenceStart(..) => events.push(Token::OpenList),
            Event::MappingStart(..) => events.push(Token::OpenMap),
            Event::SequenceEnd | Event::MappingEnd => events.push(Token::Close),
            _ => {}
        }
    }
    value(&mut events.into_iter()).ok_or_else(|| format!("{}: empty", path.display()).into())
}

enum Token {
    Text(String),
    OpenList,
    OpenMap,
    Close,
}

/// The next value; `None` where a collection ends.
fn value(tokens: &mut impl Iterator<Item = Token>) -> Option<Yaml> {
    match tokens.next()? {
        Token::Text(text) => Some(Yaml::Text(text)),
        Token::OpenList => Some(Yaml::List(std::iter::from_fn(|| value(tokens)).collect())),
        Token::OpenMap => {
            let mut entries = Vec::new();
            while let Some(key) = value(tokens) {
                entries.push((key.text().to_owned(), value(tokens)?));
            }
            Some(Yaml::Map(entries))
        }
        Token::Close => None,
    }
}

/// `JazzAdmins`, `create` → the name of a Rust variant.
fn variant(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The four operations that save shared gc items also take `modify-team-area`, which no entry can name
/// (docs/decision.md).
const SHARED_GC_SAVES: [&str; 4] =
    ["gc.save-component", "gc.save-stream", "gc.save-baseline", "gc.save-staging-stream"];

fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../catalogue");
    let operations = read(&catalogue.join("operations.yaml"))?;
    let licences = read(&catalogue.join("licences.yaml"))?;

    let (mut saves, mut leaves, mut leaf_count, mut repository) =
        (String::new(), String::new(), 0, String::new());
    for (section, entries) in operations.map() {
        for (name, entry) in entries.map() {
            if section == "repository" {
                let groups: Vec<_> =
                    entry.list().iter().map(|group| format!("RepositoryGroup::{group}")).collect();
                writeln!(repository, "({name:?}, GroupSet::of(&[{}])),", groups.join(", "))?;
                continue;
            }
            let number = saves.lines().count();
            let first = leaf_count;
            let mut add = |path: &str, kind: &str| {
                leaf_count += 1;
                let kind = variant(kind);
                let special = match path {
                    "unarchive" => "Unarchive",
                    "move" => "Move",
                    "replace-contribution" => "ReplaceContribution",
                    "manage-others" => "ManageOthers",
                    "modify-team-area" => "TeamArea",
                    _ => "None",
                };
                writeln!(
                    leaves,
                    "LeafEntry {{ operation: OperationId({number}), path: {path:?}, kind: ActionKind::{kind}, \
                     special: Special::{special}, identifier: {:?} }},",
                    path.find('<')
                )
            };
            for (path, kind) in entry.get("actions").map(Yaml::map).unwrap_or_default() {
                add(path, kind.text())?;
            }
            if SHARED_GC_SAVES.contains(&name.as_str()) {
                add("modify-team-area", "modify")?;
            }
            let application = match section.as_str() {
                "process" => "None".to_owned(),
                application => format!("Some(Application::{})", variant(application)),
            };
            writeln!(
                saves,
                "OperationEntry {{ name: {name:?}, application: {application}, class: Class::{}, process: {}, tagless: {}, \
                 leaves: ({first}, {leaf_count}) }},",
                variant(entry.get("class").map(Yaml::text).unwrap_or_default()),
                entry.is_true("process"),
                entry.is_true("tagless"),
            )?;
        }
    }

    let mut types = String::new();
    for (id, entry) in licences.map() {
        let text = |key| entry.get(key).map(Yaml::text).unwrap_or_default();
        let unlocks: Vec<_> = entry
            .get("unlocks")
            .map(Yaml::list)
            .unwrap_or_default()
            .iter()
            .map(|it| format!("{it:?}"))
            .collect();
        writeln!(
            types,
            "LicenceEntry {{ id: {id:?}, name: {:?}, application: {:?}, tokens: {}, functional: {}, unlocks: &[{}] }},",
            text("name"),
            text("application"),
            text("tokens"),
            entry.is_true("functional"),
            unlocks.join(", ")
        )?;
    }

    let out = Path::new(&std::env::var("OUT_DIR")?).join("catalogue.rs");
    std::fs::write(
        out,
        format!(
            "static OPERATIONS: &[OperationEntry] = &[\n{saves}];\nstatic LEAVES: &[LeafEntry] = &[\n{leaves}];\n\
             static REPOSITORY: &[(&str, GroupSet)] = &[\n{repository}];\nstatic LICENCES: &[LicenceEntry] = &[\n{types}];\n"
        ),
    )?;
    Ok(())
}
