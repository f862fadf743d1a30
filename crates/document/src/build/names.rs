//! From names in a document to what they name.

use std::fmt::{self, Display};

use governance::text::{decode, encode, nearest};
use governance::{
    AccessGroupId, AreaId, OperationId, Organisation, RepositoryOperation, TeamAreaSetting, UserId,
};

use super::Builder;
use crate::reading::Text;
use crate::report::quoted;
use crate::span::Span;

/// The values that are no team area.
const INHERIT: &str = "inherit";
const UNASSIGNED: &str = "unassigned";

impl Builder<'_> {
    /// Says that something is unknown, with the nearest known name. Known names are looked for only when
    /// shown.
    pub(super) fn unknown<'k, I, K>(
        &mut self,
        span: Span,
        what: impl Display,
        word: &str,
        known: impl Fn() -> I,
    ) where
        I: IntoIterator<Item = K>,
        K: AsRef<str> + 'k,
    {
        let message = fmt::from_fn(|f| {
            write!(f, "unknown {what} {}", quoted(word))?;
            let known: Vec<K> = known().into_iter().collect();
            match nearest(word, known.iter().map(AsRef::as_ref)) {
                Some(near) => write!(f, "; did you mean {}?", quoted(near)),
                None => Ok(()),
            }
        });
        self.problems.add(span, message);
    }

    pub(super) fn user(&mut self, id: &Text) -> Option<UserId> {
        let found = self.work.user_by_id(id);
        if found.is_none() {
            let work = self.work.clone();
            self.unknown(id.span, "user", id, || {
                work.users().map(|(_, user)| user.id.clone()).collect::<Vec<_>>()
            });
        }
        found
    }

    pub(super) fn access_group(&mut self, name: &Text) -> Option<AccessGroupId> {
        let found = self.work.access_group_named(name);
        if found.is_none() {
            let work = self.work.clone();
            self.unknown(name.span, "access group", name, || {
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
                self.unknown(text.span, "process area", text, || {
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
                self.unknown(path.span, "team area", path, || team_paths(&work, project));
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

    pub(super) fn operation(&mut self, name: &Text) -> Option<OperationId> {
        let found = OperationId::from_name(name);
        if found.is_none() {
            if RepositoryOperation::from_name(name).is_some() {
                let message = format_args!(
                    "{} is decided by repository groups alone: no entry grants it",
                    quoted(name)
                );
                self.problems.add(name.span, message);
            } else {
                self.unknown(name.span, "operation", name, || OperationId::all().map(OperationId::name));
            }
        }
        found
    }

    /// Whether a role is visible in an area; if not, says so.
    pub(super) fn knows_role(&mut self, area: AreaId, id: &Text) -> bool {
        let known = *id.value == *governance::EVERYONE || self.work.role(area, id).is_some();
        if !known {
            let work = self.work.clone();
            self.unknown(id.span, "role here or above", id, || {
                let provider = work
                    .area(work.project_of(area))
                    .and_then(|it| it.project()?.uses_process.as_ref()?.here());
                let defining = work.path(area).iter().copied().chain(provider);
                defining.flat_map(|it| work.roles(it).iter().map(|role| role.id.clone())).collect::<Vec<_>>()
            });
        }
        known
    }

    /// A slash path with each part in its canonical encoding.
    pub(super) fn path(&mut self, text: &str, span: Span) -> Option<String> {
        let parts: Result<Vec<_>, _> =
            text.split('/').map(|part| decode(part).map(|it| encode(&it))).collect();
        match parts {
            Ok(parts) => Some(parts.join("/")),
            Err(bad) => {
                self.problems.add(span, bad);
                None
            }
        }
    }

    /// A part of a composite text.
    pub(super) fn decoded(&mut self, text: &str, span: Span) -> Option<String> {
        match decode(text) {
            Ok(part) => Some(part.into_owned()),
            Err(bad) => {
                self.problems.add(span, bad);
                None
            }
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
