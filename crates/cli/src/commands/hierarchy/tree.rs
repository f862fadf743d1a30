//! A hierarchy as people draw it.

use std::collections::{HashMap, HashSet};

use governance::{ConfigurationText, ContributionText, HierarchyText, NodeText};

use crate::table::visible;

/// A line for each contribution, below what contains it. What has been opened once is not opened again: there
/// can be more ways than lines on any screen.
pub(super) fn drawn(text: &HierarchyText) -> String {
    let nodes: HashMap<u32, &NodeText> = text.nodes.iter().map(|it| (it.configuration.number, it)).collect();
    let mut lines = String::new();
    let (Some(root), Some(last)) = (text.nodes.first(), text.nodes.last()) else { return lines };
    // What is on the last level down to which was asked is not opened.
    let last = last.level;
    let is_there = |it: &ContributionText| it.number.is_none_or(|number| nodes.contains_key(&number));
    let mut opened = HashSet::from([root.configuration.number]);
    lines.push_str(&format!("{}\n", title(&root.configuration)));
    // Each open node with what of it is still to come, and what stands before its lines.
    let mut open: Vec<(&[ContributionText], String)> = vec![(&root.contributions, String::new())];
    while let Some((rest, before)) = open.last_mut() {
        let Some((contribution, others)) = rest.split_first() else {
            open.pop();
            continue;
        };
        *rest = others;
        let (branch, below) =
            if others.is_empty() { ("└── ", "    ") } else { ("├── ", "│   ") };
        let node = contribution.number.and_then(|number| nodes.get(&number));
        let (title, inside) = match node {
            Some(node) if node.contributions.is_empty() => (title(&node.configuration), None),
            Some(node) if node.level == last && !node.contributions.iter().all(is_there) => {
                (format!("{} …", title(&node.configuration)), None)
            }
            Some(node) if opened.insert(node.configuration.number) => {
                (title(&node.configuration), Some(&node.contributions))
            }
            Some(node) => (format!("{} (see above)", title(&node.configuration)), None),
            None => (visible(&contribution.configuration), None),
        };
        let before = before.clone();
        lines.push_str(&format!("{before}{branch}{title}\n"));
        if let Some(inside) = inside {
            open.push((inside, before + below));
        }
    }
    lines
}

fn title(it: &ConfigurationText) -> String {
    let team = match (it.team_area.as_deref(), it.effective_team_area.as_str()) {
        (Some("inherit"), effective) => format!("  {} (inherited)", shown(effective)),
        (Some(_), effective) => format!("  {}", shown(effective)),
        (None, _) => String::new(),
    };
    let archived = if it.archived { "  archived" } else { "" };
    visible(&format!("{} · {} {}{team}{archived}", it.component, it.kind, it.name))
}

fn shown(team_area: &str) -> &str {
    if team_area == "unassigned" { "Unassigned" } else { team_area }
}
