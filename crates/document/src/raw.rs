//! The nouns of the document, key for key as docs/organisation-document.md has them. What is not written is
//! `None`: defaults are the builder's, since a file laid over another must not bring them along.
//!
//! References, paths and whatever else names something stay text with its place. So do the Team Area values
//! `inherit` and `unassigned`.

mod application_items;
mod configuration;
mod process;
mod project_area;
mod story;
mod user;

pub use application_items::*;
pub use configuration::*;
pub use process::*;
pub use project_area::*;
pub use story::*;
pub use user::*;

use std::collections::BTreeMap;

use governance::AdministrativeOverride;

use crate::overlay::Keyed;
use crate::reading::{Read, whole, wrong};
use crate::report::Problems;
use crate::span::Spanned;
use crate::tree::{Node, Value};

noun! {
    /// An organisation, or a part of one; with `expect`, a story.
    Organisation {
        bailiwick: FormatVersion;
        settings: Settings,
        users: Keyed<User>,
        license_pools: Keyed<LicencePool>,
        access_groups: Keyed<AccessGroup>,
        process_templates: Keyed<Template>,
        project_areas: Keyed<ProjectArea>,
        group_bindings: Vec<GroupBinding>,
        expect: Vec<Expectation>;
    }
}

noun! {
    /// What holds for the whole server.
    Settings {
        ;
        administrative_override: Spanned<AdministrativeOverride>;
    }
}

words!(AdministrativeOverride, [Self::Artefacts, Self::Process], |it| match it {
    Self::Artefacts => "artefacts",
    Self::Process => "process",
});

/// The keys of the format by the noun that has them, and the words and keys of each choice.
pub fn keys() -> BTreeMap<&'static str, &'static [&'static str]> {
    let mut keys = BTreeMap::new();
    Organisation::note_keys(&mut keys);
    keys
}

/// The version of the format, of which there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatVersion;

impl FormatVersion {
    const NUMBER: u64 = 1;
}

impl Read for FormatVersion {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Plain(text) if whole(text) == Some(Self::NUMBER) => Some(Self),
            _ => wrong(&node, "the format version `1`", problems),
        }
    }
}

/// Whether the document says nothing of another version, in which case the rest of it would be misread.
pub(crate) fn known_version(root: &Node, problems: &mut Problems) -> bool {
    let version = root.get("bailiwick");
    let other =
        version.and_then(|node| Some((node, whole(node.text()?).filter(|it| *it != FormatVersion::NUMBER)?)));
    if let Some((node, other)) = other {
        let known = FormatVersion::NUMBER;
        problems.add(
            node.span,
            format_args!("the format version `{other}` is unknown; this program reads `{known}`"),
        );
    }
    other.is_none()
}
