//! Repository groups: what each allows, and who is in it.

use askama::Template;
use axum::response::Response;
use governance::{GroupSet, RepositoryGroup, RepositoryOperation, User};

use crate::pages::address::Address;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "people/groups.html")]
struct GroupsPage {
    frame: Frame,
    groups: Vec<Group>,
    operations: Vec<Row>,
}

struct Group {
    id: &'static str,
    said: &'static str,
    members: usize,
    address: String,
}

/// An operation, and whether each group allows it.
struct Row {
    name: &'static str,
    words: String,
    allowed: Vec<bool>,
}

/// What each is for, in their order.
const SAID: [&str; 5] = [
    "Do everything in the server, and see every project area.",
    "Make project areas, edit process templates and access groups, and save every project area that they see.",
    "Read and write, as far as roles and licences let them.",
    "Read, and change nothing.",
    "Use the data warehouse, and nothing else.",
];

pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let view = visitor.view();
    let groups: Vec<GroupSet> =
        view.each::<User>(0).filter(|(_, user)| !user.archived).map(|(_, user)| user.groups).collect();
    let group = |(group, said): (RepositoryGroup, &'static str)| Group {
        id: group.id(),
        said,
        members: groups.iter().filter(|set| set.contains(group)).count(),
        address: Address::new("/users").with("group", group.id()).to_string(),
    };
    let row = |operation: RepositoryOperation| Row {
        name: operation.name(),
        words: operation.name().trim_start_matches("repository.").replace('-', " "),
        allowed: RepositoryGroup::ALL.map(|group| operation.groups().contains(group)).to_vec(),
    };
    Ok(render(&GroupsPage {
        groups: RepositoryGroup::ALL.into_iter().zip(SAID).map(group).collect(),
        operations: RepositoryOperation::all().map(row).collect(),
        frame: visitor.frame("Repository groups"),
    }))
}
