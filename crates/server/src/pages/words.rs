//! What numbers, kinds, operations and names are called by people.

use crate::in_words::thousands;

/// The first few of some, and how many more there are.
pub(super) fn some_of(mut of: Vec<String>) -> String {
    const TOLD: usize = 4;
    let more = of.len().saturating_sub(TOLD);
    of.truncate(TOLD);
    let told = of.join(", ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}

/// What an operation is of, or does: `dashboards` of `dashboard.save`, `test plans` of `qm.save-test-plan`.
pub(crate) fn operation_words(operation: &str) -> String {
    let (application, name) = operation.split_once('.').unwrap_or(("", operation));
    match name.strip_prefix("save-") {
        Some(noun) => plural(&words(noun)),
        None if name == "save" => plural(application),
        None => words(name),
    }
}

/// What is done by an operation that has no actions: `read`, `work in`, `manage licences`.
pub(super) fn deed_without_actions(operation: &str) -> String {
    match operation {
        "context.set" => "work in".to_owned(),
        "repository.create-project-area" => "create project areas".to_owned(),
        "repository.manage-licenses" => "manage licences".to_owned(),
        other => other.trim_start_matches("repository.").replace(['.', '-'], " "),
    }
}

pub(super) fn words(path: &str) -> String {
    // What stands for every identifier is left out: to create any type is to create.
    let path = path.split_once("/<").map_or(path, |(path, _)| path);
    path.replace(['-', '.', '/'], " ")
}

/// More than one of a kind.
pub(crate) fn plural(kind: &str) -> String {
    match kind {
        kind if kind.ends_with("ry") => format!("{}ies", &kind[..kind.len() - 1]),
        kind if kind.ends_with('s') => format!("{kind}es"),
        kind => format!("{kind}s"),
    }
}

/// So many of a thing: `1 baseline`, `1,240 baselines`.
pub(crate) fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{} {}", thousands(number), plural(one)),
    }
}

/// The name at the end of a reference.
pub(super) fn last_name(reference: &str) -> String {
    let name = reference.rsplit([':', '/', '@', '#']).next().unwrap_or(reference);
    governance::text::decode(name).map_or_else(|_| name.to_owned(), Into::into)
}
