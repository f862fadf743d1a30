//! From names in a document to what they name.

use governance::text::{decode, encode};
use governance::{AccessGroupId, AreaId, Organisation, TeamAreaSetting, UserId};

use super::Builder;
use crate::reading::Text;
use crate::report::{Problems, quoted};
use crate::span::Span;

/// The values that are no team area.
const INHERIT: &str = "inherit";
const UNASSIGNED: &str = "unassigned";

impl Builder<'_> {
    pub(super) fn user(&mut self, id: &Text) -> Option<UserId> {
        let found = self.work.user_by_id(id);
        if found.is_none() {
            let work = self.work.clone();
            self.problems.unknown(id.span, "user", id, || {
                work.users().map(|(_, user)| user.id.clone()).collect::<Vec<_>>()
            });
        }
        found
    }

    pub(super) fn access_group(&mut self, name: &Text) -> Option<AccessGroupId> {
        let found = self.work.access_group_named(name);
        if found.is_none() {
            let work = self.work.clone();
            self.problems.unknown(name.span, "access group", name, || {
                work.access_groups().map(|(_, group)| group.name.clone()).collect::<Vec<_>>()
            });
        }
        found
    }

    /// `app/Project area/Team/Sub-team`.
    pub(super) fn area_anywhere(&mut self, text: &Text) -> Option<AreaId> {
        match self.work.area_at(text) {
            Ok(area) => Some(area),
            Err(governance::BadReference::Unknown(_)) => {
                let work = self.work.clone();
                self.problems.unknown(text.span, "process area", text, || {
                    work.areas().map(|(id, _)| work.area_text(id)).collect::<Vec<_>>()
                });
                None
            }
            Err(_) => {
                let expected =
                    "expected `APPLICATION/PROJECT AREA`, and for a team area `/TEAM/SUB-TEAM` after it";
                self.problems.add(text.span, format_args!("{} is no process area; {expected}", quoted(text)));
                None
            }
        }
    }

    /// A slash path of team area names in a project area.
    pub(super) fn team_area(&mut self, project: AreaId, path: &Text) -> Option<AreaId> {
        match self.work.team_area_at(project, path) {
            Ok(Some(area)) => Some(area),
            Ok(None) => {
                let work = self.work.clone();
                self.problems.unknown(path.span, "team area", path, || team_paths(&work, project));
                None
            }
            Err(bad) => {
                self.problems.add(path.span, bad);
                None
            }
        }
    }

    /// `unassigned` or a path.
    pub(super) fn team_or_none(&mut self, project: AreaId, text: &Text) -> Option<AreaId> {
        if *text.value == *UNASSIGNED { None } else { self.team_area(project, text) }
    }

    /// `inherit`, `unassigned` or a path.
    pub(super) fn team_setting(&mut self, project: AreaId, text: &Text) -> TeamAreaSetting {
        match &*text.value {
            INHERIT => TeamAreaSetting::Inherit,
            UNASSIGNED => TeamAreaSetting::Unassigned,
            _ => self.team_area(project, text).map_or(TeamAreaSetting::Inherit, TeamAreaSetting::Assigned),
        }
    }

    /// Whether a role is visible in an area; if not, says so.
    pub(super) fn knows_role(&mut self, area: AreaId, id: &Text) -> bool {
        let known = *id.value == *governance::EVERYONE || self.work.knows_role(area, id);
        if !known {
            let work = self.work.clone();
            self.problems.unknown(id.span, "role here or above", id, || {
                let provider = work
                    .area(work.project_of(area))
                    .and_then(|it| it.project()?.uses_process.as_ref()?.here());
                let defining = work.path(area).iter().copied().chain(provider);
                defining.flat_map(|it| work.roles(it).iter().map(|role| role.id.clone())).collect::<Vec<_>>()
            });
        }
        known
    }
}

/// A slash path with each part in its canonical encoding.
pub(super) fn canonical_path(text: &str, span: Span, problems: &mut Problems) -> Option<String> {
    let parts: Result<Vec<_>, _> = text.split('/').map(|part| decode(part).map(|it| encode(&it))).collect();
    match parts {
        Ok(parts) => Some(parts.join("/")),
        Err(bad) => {
            problems.add(span, bad);
            None
        }
    }
}

/// A part of a composite text.
pub(super) fn decoded(text: &str, span: Span, problems: &mut Problems) -> Option<String> {
    match decode(text) {
        Ok(part) => Some(part.into_owned()),
        Err(bad) => {
            problems.add(span, bad);
            None
        }
    }
}

fn team_paths(organisation: &Organisation, project: AreaId) -> Vec<String> {
    organisation
        .subtree(project)
        .into_iter()
        .skip(1)
        .map(|area| {
            let names = organisation.path(area).iter().skip(1).filter_map(|id| organisation.area(*id));
            names.map(|area| encode(&area.name)).collect::<Vec<_>>().join("/")
        })
        .collect()
}
