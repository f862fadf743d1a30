//! What ccm, qm and rm keep.

use std::sync::Arc;

use governance::text::{decode, encode};
use governance::{
    AreaId, Artefact, Audience, Category, CategoryId, Change, Event, Folder, FolderId, Owner, Plan,
    RestrictedAccess, ScmItem, ScmVisibility, TeamAreaSetting, TestArtefact, WorkItem,
};

use super::areas::{Draft, Written};
use super::names::canonical_path;
use super::{Builder, Mode, give};
use crate::raw;
use crate::reading::Text;
use crate::span::{Span, Spanned};

/// Puts the change of something kept behind an `Arc`.
macro_rules! put {
    ($builder:expr, $span:expr, $event:ident, $key:expr, $before:expr, $after:expr) => {{
        let before = $before.map(Arc::new);
        let change = Change { key: $key, before, after: Some(Arc::new($after)) };
        $builder.put($span, Event::$event(change));
    }};
}

/// Archives what is there and not in the document.
macro_rules! archive_absent {
    ($builder:expr, $all:ident, $event:ident, $type:ident) => {{
        let absent: Vec<_> = $builder
            .base
            .$all()
            .filter(|(id, it)| !it.archived && !$builder.seen.$all.contains(id))
            .map(|(id, it)| (id, it.clone()))
            .collect();
        for (key, before) in absent {
            let after = $type { archived: true, ..before.clone() };
            put!($builder, Span::default(), $event, key, Some(before), after);
        }
    }};
}

impl Builder<'_> {
    pub(super) fn items(&mut self, drafts: &[Draft<'_>]) {
        let projects: Vec<_> = drafts
            .iter()
            .filter_map(|draft| match draft.written {
                Written::Project(area) => Some((draft.id, area)),
                Written::Team(_) => None,
            })
            .collect();
        for &(project, area) in &projects {
            self.categories(project, None, area.categories.as_deref().unwrap_or_default());
            self.folders(project, None, area.folders.as_deref().unwrap_or_default());
        }
        self.settle();
        for (project, area) in projects {
            for item in area.work_items.as_deref().unwrap_or_default() {
                self.work_item(project, item);
            }
            for plan in area.plans.as_deref().unwrap_or_default() {
                self.plan(project, plan);
            }
            for item in area.scm.as_deref().unwrap_or_default() {
                self.scm_item(project, item);
            }
            for artefact in area.test_artefacts.as_deref().unwrap_or_default() {
                self.test_artefact(project, artefact);
            }
            for artefact in area.artefacts.as_deref().unwrap_or_default() {
                self.artefact(project, artefact);
            }
        }
        if self.mode == Mode::Replace {
            archive_absent!(self, categories, Category, Category);
            archive_absent!(self, work_items, WorkItem, WorkItem);
            archive_absent!(self, plans, Plan, Plan);
            archive_absent!(self, scm_items, ScmItem, ScmItem);
            archive_absent!(self, test_artefacts, TestArtefact, TestArtefact);
            archive_absent!(self, folders, Folder, Folder);
            archive_absent!(self, artefacts, Artefact, Artefact);
        }
    }

    fn flag(&self, written: Option<&Spanned<bool>>, there: Option<bool>) -> bool {
        self.or_kept(written.map(|it| it.value), there, || false)
    }

    fn categories(&mut self, project: AreaId, parent: Option<CategoryId>, categories: &[raw::Category]) {
        for category in categories {
            let there = self.base.category_named(project, parent, &category.name);
            let key = there.unwrap_or_else(|| give(&mut self.next.category));
            self.seen.categories.insert(key);
            let before = there.and_then(|id| self.base.category(id)).cloned();
            // A category says `unassigned` where it takes a team area back.
            let team_area = category.team_area.as_ref().map(|text| self.team_or_none(project, text));
            let of = before.as_ref();
            let after = Category {
                project_area: project,
                parent,
                name: category.name.value.clone(),
                team_area: self.or_kept(team_area, of.map(|it| it.team_area), || None),
                restrict_access: self
                    .flag(category.restrict_access.as_ref(), of.map(|it| it.restrict_access)),
                restrict_visibility: self
                    .flag(category.restrict_visibility.as_ref(), of.map(|it| it.restrict_visibility)),
                archived: self.flag(category.archived.as_ref(), of.map(|it| it.archived)),
                carried: self.carried(&category.carried, of.map(|it| &it.carried)),
            };
            put!(self, category.name.span, Category, key, before, after);
            self.categories(project, Some(key), category.categories.as_deref().unwrap_or_default());
        }
    }

    fn folders(&mut self, project: AreaId, parent: Option<FolderId>, folders: &[raw::Folder]) {
        for folder in folders {
            let there = self.base.folder_named(project, parent, &folder.name);
            let key = there.unwrap_or_else(|| give(&mut self.next.folder));
            self.seen.folders.insert(key);
            let before = there.and_then(|id| self.base.folder(id)).cloned();
            let setting = folder.team_area.as_ref().map(|text| self.team_setting(project, text));
            let read = folder.read.as_ref().map(|read| match &read.value {
                raw::ReadScope::TeamArea(path) => self.team_area(project, path).map(Audience::MembersOf),
                raw::ReadScope::AccessGroup(name) => self.access_group(name).map(Audience::AccessGroup),
            });
            let of = before.as_ref();
            let after = Folder {
                project_area: project,
                parent,
                name: folder.name.value.clone(),
                team_area: self.or_kept(setting, of.map(|it| it.team_area), TeamAreaSetting::default),
                read: self.or_kept(read, of.map(|it| it.read), || None),
                archived: self.flag(folder.archived.as_ref(), of.map(|it| it.archived)),
                carried: self.carried(&folder.carried, of.map(|it| &it.carried)),
            };
            put!(self, folder.name.span, Folder, key, before, after);
            self.folders(project, Some(key), folder.folders.as_deref().unwrap_or_default());
        }
    }

    fn category_at(&mut self, project: AreaId, path: &Text) -> Option<CategoryId> {
        let mut found = None;
        for part in path.split('/') {
            let Ok(name) = decode(part) else {
                canonical_path(path, path.span, self.problems);
                return None;
            };
            found = self.work.category_named(project, found, &name);
            if found.is_none() {
                let work = self.work.clone();
                self.problems.unknown(path.span, "category", path, || {
                    let here = work.categories().filter(|(_, it)| it.project_area == project);
                    here.map(|(id, _)| {
                        let mut names: Vec<_> =
                            work.category_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                        names.reverse();
                        names.join("/")
                    })
                    .collect::<Vec<_>>()
                });
                return None;
            }
        }
        found
    }

    fn folder_at(&mut self, project: AreaId, path: &Text) -> Option<FolderId> {
        let mut found = None;
        for part in path.split('/') {
            let Ok(name) = decode(part) else {
                canonical_path(path, path.span, self.problems);
                return None;
            };
            found = self.work.folder_named(project, found, &name);
            if found.is_none() {
                let work = self.work.clone();
                self.problems.unknown(path.span, "folder", path, || {
                    let here = work.folders().filter(|(_, it)| it.project_area == project);
                    here.map(|(id, _)| {
                        let mut names: Vec<_> =
                            work.folder_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                        names.reverse();
                        names.join("/")
                    })
                    .collect::<Vec<_>>()
                });
                return None;
            }
        }
        found
    }

    fn work_item(&mut self, project: AreaId, item: &raw::WorkItem) {
        let there = self
            .base
            .work_item_numbered(item.id.value)
            .filter(|id| self.base.work_item(*id).is_some_and(|it| it.project_area == project));
        let key = there.unwrap_or_else(|| give(&mut self.next.work_item));
        self.seen.work_items.insert(key);
        let before = there.and_then(|id| self.base.work_item(id)).cloned();
        let category = item.category.as_ref().map(|path| self.category_at(project, path));
        let access = item.restricted_access.as_ref().map(|access| match &access.value {
            raw::RestrictedAccess::Public => Some(RestrictedAccess::Public),
            raw::RestrictedAccess::ProjectArea(text) => {
                let area = self.area_anywhere(text)?;
                Some(RestrictedAccess::To(Audience::MembersOf(area)))
            }
            raw::RestrictedAccess::TeamArea(path) => {
                let area = self.team_area(project, path)?;
                Some(RestrictedAccess::To(Audience::MembersOf(area)))
            }
            raw::RestrictedAccess::AccessGroup(name) => {
                let group = self.access_group(name)?;
                Some(RestrictedAccess::To(Audience::AccessGroup(group)))
            }
        });
        let of = before.as_ref();
        let item_type = self.or_kept(
            item.item_type.as_ref().map(|it| Some(it.value.clone())),
            of.map(|it| Some(it.item_type.clone())),
            || None,
        );
        let Some(item_type) = item_type else {
            self.problems.add(item.span, "missing key `type`: a work item type, such as `task`");
            return;
        };
        let after = WorkItem {
            project_area: project,
            number: item.id.value,
            item_type,
            title: self.or_kept(
                item.title.as_ref().map(|it| it.0.clone()),
                of.map(|it| it.title.clone()),
                || "".into(),
            ),
            category: self.or_kept(category, of.map(|it| it.category), || None),
            restricted_access: self.or_kept(access, of.map(|it| it.restricted_access), || None),
            archived: self.flag(item.archived.as_ref(), of.map(|it| it.archived)),
            carried: self.carried(&item.carried, of.map(|it| &it.carried)),
        };
        put!(self, item.id.span, WorkItem, key, before, after);
    }

    fn owner_of(&mut self, project: AreaId, owner: Option<&Spanned<raw::Owner>>) -> Option<Owner> {
        owner.and_then(|owner| match &owner.value {
            raw::Owner::User(id) => self.user(id).map(Owner::User),
            raw::Owner::TeamArea(path) => self.team_area(project, path).map(Owner::TeamArea),
            raw::Owner::ProjectArea(raw::True) => Some(Owner::ProjectArea),
        })
    }

    fn plan(&mut self, project: AreaId, plan: &raw::Plan) {
        let there = self.base.plan_named(project, &plan.name);
        let key = there.unwrap_or_else(|| give(&mut self.next.plan));
        self.seen.plans.insert(key);
        let before = there.and_then(|id| self.base.plan(id)).cloned();
        let owner = self.owner_of(project, plan.owner.as_ref());
        let of = before.as_ref();
        let after = Plan {
            project_area: project,
            name: plan.name.value.clone(),
            owner: self.or_kept(owner, of.map(|it| it.owner), Owner::default),
            archived: self.flag(plan.archived.as_ref(), of.map(|it| it.archived)),
            carried: self.carried(&plan.carried, of.map(|it| &it.carried)),
        };
        put!(self, plan.name.span, Plan, key, before, after);
    }

    fn scm_item(&mut self, project: AreaId, item: &raw::ScmItem) {
        let there = self.base.scm_item_named(project, item.kind.value, &item.name);
        let key = there.unwrap_or_else(|| give(&mut self.next.scm_item));
        self.seen.scm_items.insert(key);
        let before = there.and_then(|id| self.base.scm_item(id)).cloned();
        let owner = self.owner_of(project, item.owner.as_ref());
        let visibility = item.visibility.as_ref().and_then(|visibility| match &visibility.value {
            raw::ScmVisibility::Private => Some(ScmVisibility::Private),
            raw::ScmVisibility::TeamPrivate => Some(ScmVisibility::TeamPrivate),
            raw::ScmVisibility::Project => Some(ScmVisibility::Project),
            raw::ScmVisibility::Public => Some(ScmVisibility::Public),
            raw::ScmVisibility::AccessGroup(name) => self.access_group(name).map(ScmVisibility::AccessGroup),
        });
        let of = before.as_ref();
        let after = ScmItem {
            project_area: project,
            kind: item.kind.value,
            name: item.name.value.clone(),
            owner: self.or_kept(owner, of.map(|it| it.owner), Owner::default),
            visibility: self.or_kept(visibility, of.map(|it| it.visibility), ScmVisibility::default),
            archived: self.flag(item.archived.as_ref(), of.map(|it| it.archived)),
            carried: self.carried(&item.carried, of.map(|it| &it.carried)),
        };
        put!(self, item.name.span, ScmItem, key, before, after);
    }

    fn test_artefact(&mut self, project: AreaId, artefact: &raw::TestArtefact) {
        let there = self.base.test_artefact_named(project, artefact.kind.value, &artefact.name);
        let key = there.unwrap_or_else(|| give(&mut self.next.test_artefact));
        self.seen.test_artefacts.insert(key);
        let before = there.and_then(|id| self.base.test_artefact(id)).cloned();
        let team_area = artefact.team_area.as_ref().map(|text| self.team_or_none(project, text));
        let of = before.as_ref();
        let after = TestArtefact {
            project_area: project,
            kind: artefact.kind.value,
            name: artefact.name.value.clone(),
            team_area: self.or_kept(team_area, of.map(|it| it.team_area), || None),
            archived: self.flag(artefact.archived.as_ref(), of.map(|it| it.archived)),
            carried: self.carried(&artefact.carried, of.map(|it| &it.carried)),
        };
        put!(self, artefact.name.span, TestArtefact, key, before, after);
    }

    fn artefact(&mut self, project: AreaId, artefact: &raw::Artefact) {
        let there = self
            .base
            .artefact_numbered(artefact.id.value)
            .filter(|id| self.base.artefact(*id).is_some_and(|it| it.project_area == project));
        let key = there.unwrap_or_else(|| give(&mut self.next.artefact));
        self.seen.artefacts.insert(key);
        let before = there.and_then(|id| self.base.artefact(id)).cloned();
        let folder = artefact.folder.as_ref().map(|path| self.folder_at(project, path));
        let setting = artefact.team_area.as_ref().map(|text| self.team_setting(project, text));
        let of = before.as_ref();
        let item_type = self.or_kept(
            artefact.artefact_type.as_ref().map(|it| Some(it.value.clone())),
            of.map(|it| Some(it.item_type.clone())),
            || None,
        );
        let Some(item_type) = item_type else {
            self.problems.add(artefact.span, "missing key `type`: an artefact type, such as `requirement`");
            return;
        };
        let after = Artefact {
            project_area: project,
            number: artefact.id.value,
            item_type,
            title: self.or_kept(
                artefact.title.as_ref().map(|it| it.0.clone()),
                of.map(|it| it.title.clone()),
                || "".into(),
            ),
            folder: self.or_kept(folder, of.map(|it| it.folder), || None),
            team_area: self.or_kept(setting, of.map(|it| it.team_area), TeamAreaSetting::default),
            archived: self.flag(artefact.archived.as_ref(), of.map(|it| it.archived)),
            carried: self.carried(&artefact.carried, of.map(|it| &it.carried)),
        };
        put!(self, artefact.id.span, Artefact, key, before, after);
    }
}
