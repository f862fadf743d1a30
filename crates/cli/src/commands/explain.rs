//! `explain`: one decision with its whole trace.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use clap::Args;
use governance::{EntryReport, Explanation, Fate, GateReport, PermissionReport, Remedy, RoleReport, explain};

use crate::Status;
use crate::organisation_source::{Opened, OrganisationSource, There};
use crate::output::{Output, count};
use crate::question::{Companions, note_unknown_user, question, question_text};
use crate::table::{Table, visible};

/// Explain why a user may or may not, and what would allow it
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick explain --org stories/gcm/tuning-team.yaml bob gc.save-stream/modify-attributes \
      "gc:Electric Vehicle#Motor/stream:Motor 1.0"

Exit status: 0 when allowed, 1 when refused."#)]
pub(crate) struct Explain {
    #[command(flatten)]
    source: OrganisationSource,
    /// The user's id
    user: String,
    /// What is to be done; more actions are joined by `+`; `read`, `context.set` and `repository.…` have none
    #[arg(value_name = "OPERATION/ACTION")]
    operation: String,
    /// The reference of the item
    item: String,
    #[command(flatten)]
    companions: Companions,
}

impl Explain {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let asked = question_text(&self.user, &self.operation, &self.item, &self.companions);
        let explanation = match self.source.open()? {
            Opened::Here(organisation) => {
                let question = question(&organisation, &asked)?;
                if question.user.is_none() {
                    note_unknown_user(&organisation, &self.user);
                }
                explain(&organisation, &question, &self.user)
            }
            Opened::There(There { remote, as_of }) => remote.explain(&asked, as_of.as_deref())?,
        };
        output.write(&explanation, || row(&explanation), || text(&explanation))?;
        Ok(if explanation.answer.allowed { Status::Done } else { Status::Not })
    }
}

/// The answer in a row; the trace has no place in a table.
fn row(explanation: &Explanation) -> Table {
    let mut table = Table::new(&[
        "user",
        "operation",
        "actions",
        "item",
        "allowed",
        "gate",
        "basis",
        "area",
        "missing",
        "sentence",
    ]);
    let Explanation { user, operation, actions, item, answer, sentence, .. } = explanation;
    table.row([
        user.clone(),
        operation.clone(),
        actions.join(" "),
        item.clone(),
        answer.allowed.to_string(),
        answer.gate.clone().unwrap_or_default(),
        answer.basis.clone().unwrap_or_default(),
        answer.area.clone().unwrap_or_default(),
        answer.missing.join(" "),
        sentence.clone(),
    ]);
    table
}

const STRONG: Style = Style::new().bold();
const YES: Style = AnsiColor::Green.on_default();
const NO: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

fn mark(yes: bool) -> String {
    if yes { format!("{YES}✓{YES:#}") } else { format!("{NO}✗{NO:#}") }
}

fn text(explanation: &Explanation) -> String {
    let mut text = format!("{STRONG}{}{STRONG:#}\n\n", visible(&explanation.sentence));
    for GateReport { gate, passed, because } in &explanation.gates {
        let _ = writeln!(text, "{} {:<17} {}", mark(*passed), gate.title(), visible(because));
    }
    if let Some(report) = &explanation.permission {
        lookup(&mut text, report);
    }
    if !explanation.answer.allowed {
        text.push('\n');
        if explanation.remedies.is_empty() {
            text.push_str("No change of three steps or fewer would allow it.\n");
        } else {
            text.push_str(&remedies(&explanation.remedies).text());
        }
    }
    text
}

fn lookup(text: &mut String, report: &PermissionReport) {
    let PermissionReport { area, because, now, areas, roles, actions } = report;
    let _ = writeln!(text, "\nGoverned by {}: {}.", visible(area), visible(because));
    if let Some(now) = now {
        let _ = writeln!(text, "Current there: {}.", visible(now));
    }
    for looked in areas.iter().filter(|it| it.area != *area || !it.assigned.is_empty()) {
        let assigned = match looked.assigned.as_slice() {
            [] => "no role assigned".to_owned(),
            roles => {
                let roles: Vec<_> = roles.iter().map(ToString::to_string).collect();
                format!("assigned {}", roles.join(", "))
            }
        };
        let counts = if looked.assignments_count { "" } else { "which does not count: " };
        let (area, because) = (visible(&looked.area), visible(&looked.because));
        let _ = writeln!(text, "Looked at {area}: {}; {counts}{because}.", visible(&assigned));
    }
    text.push_str("\nRoles that count\n");
    for role in roles {
        role_lines(text, role);
    }
    text.push_str("\nActions\n");
    for action in actions {
        let by = match (action.granted, action.by.as_str()) {
            (true, by) => format!("granted by {by}"),
            (false, "nothing") => "granted by nothing".to_owned(),
            (false, by) => format!("not granted: {by}"),
        };
        let _ = writeln!(text, "  {} {:<20} {by}", mark(action.granted), visible(&action.action));
    }
}

fn role_lines(text: &mut String, role: &RoleReport) {
    let id = if role.role == "default" { String::new() } else { format!(" ({})", role.role) };
    let assigned = match role.assigned_in.as_slice() {
        [] => String::new(),
        areas => format!(", assigned in {}", areas.join(", ")),
    };
    let nothing = if role.entries.is_empty() { ": no entry for this operation" } else { "" };
    let _ = writeln!(text, "  {}", visible(&format!("{}{id}{assigned}{nothing}", role.name)));
    for EntryReport { area, slot, actions, is_final, fate, because } in &role.entries {
        let grants = if actions.is_empty() { "nothing (revoked)".to_owned() } else { actions.join(", ") };
        let is_final = if *is_final { ", final" } else { "" };
        let sign = match fate {
            Fate::Decided if role.grants.is_empty() => "–",
            Fate::Decided => "✓",
            Fate::NotNow | Fate::LessSpecific | Fate::Overridden | Fate::FinalAbove => " ",
        };
        let entry = visible(&format!("{area}, {slot}{is_final}: {grants}"));
        let _ = writeln!(text, "    {sign} {entry}  {FAINT}({}){FAINT:#}", visible(because));
    }
}

/// So many ids fit beside a change.
const WHO_SHOWN: usize = 5;

fn remedies(remedies: &[Remedy]) -> Table {
    let mut table = Table::new(&["what_would_allow_it", "opens", "who_can_do_it"]);
    for Remedy { changes, opens, who, .. } in remedies {
        let people =
            if opens.people == 1 { "1 person".to_owned() } else { format!("{} people", opens.people) };
        let mut shown = who.iter().take(WHO_SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if who.is_empty() {
            shown.push_str("nobody");
        } else if who.len() > WHO_SHOWN {
            let _ = write!(shown, " and {} more", who.len() - WHO_SHOWN);
        }
        let losers = match opens.losers {
            0 => String::new(),
            1 => "; 1 loses".to_owned(),
            many => format!("; {many} lose"),
        };
        let opens = format!("{people}, {}{losers}", count(opens.items, "item"));
        table.row([changes.join("\nand ").replace("\nand ", "\n  and "), opens, shown]);
    }
    table
}
