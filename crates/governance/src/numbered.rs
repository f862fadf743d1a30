//! The numbers that new things get.

use crate::access_group::AccessGroup;
use crate::application_items::{Artefact, Category, Folder, Plan, ScmItem, TestArtefact, WorkItem};
use crate::configuration::{Component, Configuration};
use crate::id::Id;
use crate::organisation::Organisation;
use crate::process_area::ProcessArea;
use crate::process_template::ProcessTemplate;
use crate::user::User;

/// Something that is identified by a number given in order of creation.
pub trait Numbered: Sized {
    /// The number that the next new one gets.
    fn next_id(organisation: &Organisation) -> Id<Self>;
}

macro_rules! numbered {
    ($($type:ty: $table:ident),* $(,)?) => {
        $(impl Numbered for $type {
            fn next_id(organisation: &Organisation) -> Id<Self> {
                organisation.facts.$table.next()
            }
        })*
    };
}

numbered! {
    User: users,
    AccessGroup: access_groups,
    ProcessArea: areas,
    Component: components,
    Configuration: configurations,
    Category: categories,
    WorkItem: work_items,
    Plan: plans,
    ScmItem: scm_items,
    TestArtefact: test_artefacts,
    Folder: folders,
    Artefact: artefacts,
    ProcessTemplate: process_templates,
}

/// The number that a key is, if it is one: only as we write it, so that one thing has one address.
pub(crate) fn number(key: &str) -> Option<u64> {
    let number: u64 = key.parse().ok()?;
    (number.to_string() == key).then_some(number)
}
