//! Users, licences and access groups.

use std::borrow::Cow;

use governance::text::fold;
use governance::{Day, RepositoryGroup};

use crate::overlay::Identified;
use crate::reading::{Prose, Text};
use crate::span::{Span, Spanned};

noun! {
    /// A user (docs/process.md#users).
    User {
        id: Text;
        name: Prose,
        mail: Prose,
        groups: Vec<Spanned<RepositoryGroup>>,
        licenses: Vec<Text>,
        archived: Spanned<bool>,
        functional: Spanned<bool>,
        registry: Text,
        vanished: Spanned<bool>;
        description: Text
    }
}

/// Ids of users are compared after case folding.
impl Identified for User {
    fn identity(&self) -> (&'static str, Cow<'_, str>) {
        ("", fold(&self.id))
    }

    fn place(&self) -> Span {
        self.id.span
    }
}

words!(RepositoryGroup, RepositoryGroup::ALL, RepositoryGroup::id);

noun! {
    /// A group of a registry that is bound to a role.
    GroupBinding {
        group: Text,
        area: Text,
        role: Text;
        ;
    }
}

noun! {
    /// What is installed of a type of licence.
    LicencePool {
        licence_type["type"]: Text;
        seats: Spanned<u32>,
        authorised: Spanned<u32>,
        tokens: Spanned<u32>,
        expires: Spanned<Day>;
    }
}

identified!(LicencePool, |it| ("", &it.licence_type));

noun! {
    /// An access group: users, and the members of areas.
    AccessGroup {
        name: Text;
        users: Vec<Text>,
        project_areas: Vec<Text>,
        team_areas: Vec<Text>;
        description: Text
    }
}

identified!(AccessGroup, |it| ("", &it.name));
