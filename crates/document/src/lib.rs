//! The organisation document (docs/organisation-document.md): text, YAML or JSON, as typed and positioned
//! values, and the laying of one document over another.
//!
//! ```
//! use document::{Limits, Problems, Source, read};
//!
//! let text = b"bailiwick: 1\nusers:\n  - {id: bob, nmae: Bob Ruiz}\n";
//! let sources = [Source { name: "bob.yaml".into(), text }];
//! let mut problems = Problems::default();
//! read(&sources, &Limits::default(), &mut problems);
//! let report = problems.report(&sources, &Limits::default());
//! assert_eq!(report.to_string(), "bob.yaml:3:15: users[0].nmae: unknown key `nmae`; did you mean `name`?");
//! ```
//!
//! No IO: texts come as arguments.

mod build;
mod carried;
mod csv;
#[macro_use]
mod noun;
mod overlay;
mod places;
mod reading;
mod report;
mod span;
mod story;
mod templates;
mod tree;
mod write;

pub mod raw;

use std::sync::Arc;

pub use build::{Import, Loaded, Mode, import, load};
pub use csv::{
    CsvExport, CsvTable, LinesDone, NotImported, UserLine, UsersExport, UsersImport, csv_text, import_csv,
    import_users, write_csv_line,
};
pub use overlay::{Identified, Keyed, Lay, Member, Members};
pub use places::Places;
pub use reading::{Prose, Text};
pub use report::{Problem, Problems, Report, did_you_mean, one_of, quoted};
pub use span::{Span, Spanned};
pub use story::{Outcome, run_story};
pub use templates::{OfferedTemplate, built_in_templates, read_template, template_named, templates};
pub use write::{export, export_json, export_template, export_template_json};

use reading::Read;

/// One file: its name, for messages, and its bytes.
#[derive(Clone, Debug)]
pub struct Source<'t> {
    /// How messages call it.
    pub name: Arc<str>,
    /// What it holds.
    pub text: &'t [u8],
}

/// What is refused for its size alone, before it can use up the memory (docs/organisation-document.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in a file.
    pub bytes: usize,
    /// Levels of nesting.
    pub depth: u8,
    /// Keys and values in a file.
    pub nodes: usize,
    /// Characters of one text, or of a `{…}` or `[…]` in YAML.
    pub value: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 512 << 20, depth: 64, nodes: 50_000_000, value: 4 << 20 }
    }
}

impl Limits {
    fn too_deep(&self) -> String {
        format!("this is nested deeper than {} levels", self.depth)
    }

    fn too_long(&self) -> String {
        format!("a value is longer than {} characters; write a long `{{…}}` or `[…]` as a block", self.value)
    }
}

/// What some files describe together: the organisation, each file laid over those before it, and the process
/// templates among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    /// The organisation or the part of one, unless all files were templates.
    pub organisation: Option<raw::Organisation>,
    /// Process templates, in the order of the files.
    pub templates: Vec<raw::Template>,
}

/// Reads files and lays them over one another in order. What is wrong with them goes to `problems`; if there
/// are any, the answer is incomplete and not to be used.
pub fn read(sources: &[Source<'_>], limits: &Limits, problems: &mut Problems) -> Documents {
    let mut documents = Documents::default();
    for (index, source) in sources.iter().enumerate() {
        let file = u16::try_from(index).unwrap_or(u16::MAX);
        let root = match tree::read(source.text, file, limits, problems) {
            Ok(root) => root,
            Err(stop) => {
                problems.add(stop.span, stop.message);
                continue;
            }
        };
        if root.get("template").is_some() {
            documents.templates.extend(raw::Template::read(root, problems));
        } else if raw::known_version(&root, problems)
            && let Some(mut over) = raw::Organisation::read(root, problems)
        {
            // They count as those of files of their own do; what stays tells that there was a list.
            if let Some(listed) = &mut over.process_templates {
                documents.templates.append(&mut listed.0);
            }
            documents.organisation.lay(Some(over));
        }
    }
    documents
}
