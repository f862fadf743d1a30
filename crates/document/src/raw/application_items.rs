//! What the applications keep (docs/applications.md).

use governance::{ScmKind, TestArtefactKind};

use crate::overlay::Keyed;
use crate::reading::{Prose, Read, Text, wrong};
use crate::report::Problems;
use crate::span::Spanned;
use crate::tree::{Node, Value};

noun! {
    /// A category of work items.
    Category {
        name: Text;
        team_area: Text,
        restrict_access: Spanned<bool>,
        restrict_visibility: Spanned<bool>,
        categories: Keyed<Category>,
        archived: Spanned<bool>;
        description: Text
    }
}

identified!(Category, |it| ("", &it.name));

noun! {
    /// A work item.
    WorkItem {
        id: Spanned<u64>;
        item_type["type"]: Text,
        title: Prose,
        category: Text,
        restricted_access: Spanned<RestrictedAccess>,
        archived: Spanned<bool>;
        description: Text,
        state: Text
    }
}

identified!(WorkItem, number);

choice! {
    /// Who alone reads a work item.
    RestrictedAccess {
        Public = "public";
        ProjectArea["project_area"]: Text,
        TeamArea["team_area"]: Text,
        AccessGroup["access_group"]: Text,
    }
}

noun! {
    /// A plan.
    Plan {
        name: Text;
        owner: Spanned<Owner>,
        archived: Spanned<bool>;
        description: Text
    }
}

identified!(Plan, |it| ("", &it.name));

noun! {
    /// A stream or component of source control.
    ScmItem {
        kind: Spanned<ScmKind>,
        name: Text;
        owner: Spanned<Owner>,
        visibility: Spanned<ScmVisibility>,
        archived: Spanned<bool>;
        description: Text
    }
}

identified!(ScmItem, |it| (it.kind.word(), &it.name));

words!(ScmKind, [Self::Stream, Self::Component], |it| match it {
    Self::Stream => "stream",
    Self::Component => "component",
});

choice! {
    /// Who owns a plan or something of source control.
    Owner {
        ;
        User["user"]: Text,
        TeamArea["team_area"]: Text,
        ProjectArea["project_area"]: True,
    }
}

/// `true`, where nothing else makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct True;

impl Read for True {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Plain(text) if crate::reading::truth(text) == Some(true) => Some(Self),
            _ => wrong(&node, "`true`", problems),
        }
    }
}

choice! {
    /// Who reads something of source control.
    ScmVisibility {
        Private = "private",
        TeamPrivate = "team-private",
        Project = "project",
        Public = "public";
        AccessGroup["access_group"]: Text,
    }
}

noun! {
    /// A test artefact.
    TestArtefact {
        kind: Spanned<TestArtefactKind>,
        name: Text;
        /// `unassigned` or a path.
        team_area: Text,
        archived: Spanned<bool>;
        description: Text
    }
}

identified!(TestArtefact, |it| (it.kind.word(), &it.name));

words!(TestArtefactKind, TestArtefactKind::ALL, TestArtefactKind::word);

noun! {
    /// A folder of requirements.
    Folder {
        name: Text;
        /// Who may change: `inherit`, `unassigned` or a path.
        team_area: Text,
        /// Who may read.
        read: Spanned<ReadScope>,
        folders: Keyed<Folder>,
        archived: Spanned<bool>;
        description: Text
    }
}

identified!(Folder, |it| ("", &it.name));

choice! {
    /// Who alone reads a folder and what is below it.
    ReadScope {
        ;
        TeamArea["team_area"]: Text,
        AccessGroup["access_group"]: Text,
    }
}

noun! {
    /// An artefact of requirements management.
    Artefact {
        id: Spanned<u64>;
        artefact_type["type"]: Text,
        title: Prose,
        folder: Text,
        /// `inherit`, `unassigned` or a path.
        team_area: Text,
        archived: Spanned<bool>;
        description: Text
    }
}

identified!(Artefact, number);
