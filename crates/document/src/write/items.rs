//! What the applications keep, as a document has it.

use std::borrow::Cow;

use governance::text::encode;
use governance::{
    AreaId, Audience, Category, CategoryId, Folder, FolderId, Owner, RestrictedAccess, ScmKind,
    ScmVisibility, TeamAreaSetting,
};

use super::text::{Out, map};
use super::{Writer, flag, name, with_carried};

impl Writer<'_> {
    /// The keys of a project area that hold what its application keeps.
    pub(super) fn kept(self, project: AreaId) -> Vec<(Cow<'static, str>, Out)> {
        vec![
            ("components".into(), self.components(project)),
            ("contributions".into(), self.contributions(project)),
            ("categories".into(), self.categories(project, None)),
            ("work_items".into(), self.work_items(project)),
            ("plans".into(), self.plans(project)),
            ("scm".into(), self.scm(project)),
            ("test_artefacts".into(), self.test_artefacts(project)),
            ("folders".into(), self.folders(project, None)),
            ("artefacts".into(), self.artefacts(project)),
        ]
    }

    fn categories(self, project: AreaId, parent: Option<CategoryId>) -> Out {
        let mut here: Vec<(CategoryId, &Category)> = self
            .organisation
            .categories()
            .filter(|(_, it)| it.project_area == project && it.parent == parent)
            .collect();
        here.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let category = |(id, category): (CategoryId, &Category)| {
            let out = map([
                ("name", name(&category.name)),
                ("team_area", category.team_area.map(|team| Out::Text(self.team_path(team)))),
                ("restrict_access", flag(category.restrict_access)),
                ("restrict_visibility", flag(category.restrict_visibility)),
                ("archived", flag(category.archived)),
                ("categories", Some(self.categories(project, Some(id))).filter(|it| !it.is_empty())),
            ]);
            with_carried(out, &category.carried)
        };
        Out::List(here.into_iter().map(category).collect())
    }

    fn category_path(self, id: CategoryId) -> Out {
        let mut names: Vec<_> =
            self.organisation.category_and_above(id).map(|(_, it)| encode(&it.name)).collect();
        names.reverse();
        Out::Text(names.join("/"))
    }

    fn audience(self, audience: Audience) -> Out {
        match audience {
            Audience::AccessGroup(group) => {
                map([("access_group", self.organisation.access_group(group).and_then(|it| name(&it.name)))])
            }
            Audience::MembersOf(area) if self.organisation.project_of(area) == area => {
                map([("project_area", Some(Out::Text(self.organisation.area_text(area))))])
            }
            Audience::MembersOf(area) => map([("team_area", Some(Out::Text(self.team_path(area))))]),
        }
    }

    fn work_items(self, project: AreaId) -> Out {
        let mut here: Vec<_> = self
            .organisation
            .work_items()
            .map(|(_, it)| it)
            .filter(|it| it.project_area == project)
            .collect();
        here.sort_by_key(|it| it.number);
        let items = here.into_iter().map(|item| {
            let access = item.restricted_access.map(|access| match access {
                RestrictedAccess::Public => "public".into(),
                RestrictedAccess::To(audience) => self.audience(audience),
            });
            let out = map([
                ("id", Some(Out::Number(item.number))),
                ("type", name(&item.item_type)),
                ("title", name(&item.title).filter(|_| !item.title.is_empty())),
                ("category", item.category.map(|id| self.category_path(id))),
                ("restricted_access", access),
                ("archived", flag(item.archived)),
            ]);
            with_carried(out, &item.carried)
        });
        Out::List(items.collect())
    }

    fn owner(self, owner: Owner) -> Option<Out> {
        match owner {
            Owner::ProjectArea => None,
            Owner::TeamArea(team) => Some(map([("team_area", Some(Out::Text(self.team_path(team))))])),
            Owner::User(user) => Some(map([("user", Some(Out::Text(self.user_id(user))))])),
        }
    }

    fn plans(self, project: AreaId) -> Out {
        let mut here: Vec<_> =
            self.organisation.plans().map(|(_, it)| it).filter(|it| it.project_area == project).collect();
        here.sort_by(|a, b| a.name.cmp(&b.name));
        let plans = here.into_iter().map(|plan| {
            let keys = [
                ("name", name(&plan.name)),
                ("owner", self.owner(plan.owner)),
                ("archived", flag(plan.archived)),
            ];
            with_carried(map(keys), &plan.carried)
        });
        Out::List(plans.collect())
    }

    fn scm(self, project: AreaId) -> Out {
        let mut here: Vec<_> =
            self.organisation.scm_items().map(|(_, it)| it).filter(|it| it.project_area == project).collect();
        here.sort_by_key(|it| (it.kind.word(), it.name.clone()));
        let items = here.into_iter().map(|item| {
            let kind = match item.kind {
                ScmKind::Stream => "stream",
                ScmKind::Component => "component",
            };
            let visibility = match item.visibility {
                ScmVisibility::Public => None,
                ScmVisibility::Private => Some("private".into()),
                ScmVisibility::TeamPrivate => Some("team-private".into()),
                ScmVisibility::Project => Some("project".into()),
                ScmVisibility::AccessGroup(group) => Some(self.audience(Audience::AccessGroup(group))),
            };
            let out = map([
                ("kind", Some(kind.into())),
                ("name", name(&item.name)),
                ("owner", self.owner(item.owner)),
                ("visibility", visibility),
                ("archived", flag(item.archived)),
            ]);
            with_carried(out, &item.carried)
        });
        Out::List(items.collect())
    }

    fn test_artefacts(self, project: AreaId) -> Out {
        let mut here: Vec<_> = self
            .organisation
            .test_artefacts()
            .map(|(_, it)| it)
            .filter(|it| it.project_area == project)
            .collect();
        here.sort_by_key(|it| (it.kind.word(), it.name.clone()));
        let artefacts = here.into_iter().map(|artefact| {
            let out = map([
                ("kind", Some(artefact.kind.word().into())),
                ("name", name(&artefact.name)),
                ("team_area", artefact.team_area.map(|team| Out::Text(self.team_path(team)))),
                ("archived", flag(artefact.archived)),
            ]);
            with_carried(out, &artefact.carried)
        });
        Out::List(artefacts.collect())
    }

    fn folders(self, project: AreaId, parent: Option<FolderId>) -> Out {
        let mut here: Vec<(FolderId, &Folder)> = self
            .organisation
            .folders()
            .filter(|(_, it)| it.project_area == project && it.parent == parent)
            .collect();
        here.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let folder = |(id, folder): (FolderId, &Folder)| {
            let out = map([
                ("name", name(&folder.name)),
                ("team_area", self.ownership(folder.team_area)),
                ("read", folder.read.map(|it| self.audience(it))),
                ("archived", flag(folder.archived)),
                ("folders", Some(self.folders(project, Some(id))).filter(|it| !it.is_empty())),
            ]);
            with_carried(out, &folder.carried)
        };
        Out::List(here.into_iter().map(folder).collect())
    }

    fn ownership(self, setting: TeamAreaSetting) -> Option<Out> {
        (setting != TeamAreaSetting::Inherit).then(|| self.setting(setting))
    }

    fn artefacts(self, project: AreaId) -> Out {
        let mut here: Vec<_> =
            self.organisation.artefacts().map(|(_, it)| it).filter(|it| it.project_area == project).collect();
        here.sort_by_key(|it| it.number);
        let artefacts = here.into_iter().map(|artefact| {
            let folder = artefact.folder.map(|id| {
                let mut names: Vec<_> =
                    self.organisation.folder_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                names.reverse();
                Out::Text(names.join("/"))
            });
            let out = map([
                ("id", Some(Out::Number(artefact.number))),
                ("type", name(&artefact.item_type)),
                ("title", name(&artefact.title).filter(|_| !artefact.title.is_empty())),
                ("folder", folder),
                ("team_area", self.ownership(artefact.team_area)),
                ("archived", flag(artefact.archived)),
            ]);
            with_carried(out, &artefact.carried)
        });
        Out::List(artefacts.collect())
    }
}
