//! The rail: the parts of the server that every page leads to. Another part is a line here.

use governance::View;

use super::ability::Ability;
use super::address::Address;
use super::frame::Shown;
use super::part::Icon;

/// Parts that belong together.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) parts: Vec<Part>,
}

/// A part of the server.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) address: &'static str,
    pub(crate) words: &'static str,
    pub(crate) icon: Icon,
    pub(crate) is_here: bool,
}

type Line = (&'static str, &'static str, &'static str, Shown);

const ALWAYS: Shown = |_| true;

/// Address, words, mark, and who is shown it.
const GROUPS: &[(&str, &[Line])] = &[
    ("", &[("/", "Home", "home", ALWAYS)]),
    (
        "Global configurations",
        &[
            ("/configurations", "Configurations", "stream", ALWAYS),
            ("/components", "Components", "component", ALWAYS),
        ],
    ),
    (
        "Process",
        &[
            ("/project-areas", "Project areas", "project-area", ALWAYS),
            ("/process-templates", "Process templates", "plan", ALWAYS),
        ],
    ),
    (
        "Access",
        &[
            ("/why", "Why can, why can’t", "why", ALWAYS),
            ("/access-requests", "Access requests", "request", ALWAYS),
        ],
    ),
    (
        "Administration",
        &[
            ("/users", "Users", "users", ALWAYS),
            ("/groups", "Repository groups", "user", ALWAYS),
            ("/access-groups", "Access groups", "restricted", ALWAYS),
            ("/registries", "Registries", "registry", ALWAYS),
            ("/friends", "Friends", "link", |view| view.may_manage_friends().is_ok()),
            ("/consumers", "Consumers", "request", |view| view.may_manage_consumers().is_ok()),
            ("/licences", "Licences", "licence", |view| may(view, "repository.manage-licenses")),
            ("/audit", "Audit", "audit", |view| may(view, "repository.read-audit-log")),
            ("/documents", "Documents", "artefact", |view| may(view, "repository.manage-server")),
            ("/settings", "Settings", "server", ALWAYS),
        ],
    ),
];

/// Whether a repository group lets somebody.
fn may(view: &View, operation: &str) -> bool {
    Ability::to_do(view, operation, "repository").is_allowed()
}

/// What is shown to somebody who is at this address.
pub(super) fn groups(view: &View, here: &Address) -> Vec<Group> {
    let group = |(title, lines): &(&'static str, &'static [Line])| {
        let shown = lines.iter().filter(|(.., shown)| shown(view));
        let parts = shown.map(|(address, words, icon, _)| Part {
            address,
            words,
            icon: Icon(icon),
            is_here: is_within(here.path(), address),
        });
        Group { title, parts: parts.collect() }
    };
    GROUPS.iter().map(group).filter(|group| !group.parts.is_empty()).collect()
}

/// Whether a path is a part's, or below it.
fn is_within(path: &str, part: &str) -> bool {
    path == part || part != "/" && path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_page_is_in_the_part_whose_address_it_has() {
        assert!(is_within("/project-areas/3/members", "/project-areas"));
        assert!(is_within("/", "/") && !is_within("/why", "/") && !is_within("/why-not", "/why"));
    }
}
