//! What ccm, qm and rm keep (docs/applications.md).

use super::*;
use crate::access_group::Audience;
use crate::application_items::{
    FolderId, Owner, RestrictedAccess, ScmKind, ScmVisibility, TestArtefactKind, WorkItemId,
};
use crate::configuration::TeamAreaSetting;
use crate::question::Basis;

pub(super) fn folder(project_area: AreaId, parent: Option<FolderId>, name: &str) -> Folder {
    Folder {
        project_area,
        parent,
        name: name.into(),
        team_area: TeamAreaSetting::Inherit,
        read: None,
        archived: false,
        carried: Carried::NOTHING,
    }
}

fn category(project_area: AreaId, name: &str, team_area: Option<AreaId>) -> Category {
    Category {
        project_area,
        parent: None,
        name: name.into(),
        team_area,
        restrict_access: false,
        restrict_visibility: false,
        archived: false,
        carried: Carried::NOTHING,
    }
}

/// Development with a Web team and a Core team; Bob works in Web, Tia in Core, Lena nowhere.
fn development() -> World {
    let mut world = World::new();
    for id in ["bob", "tia", "lena"] {
        world.person(id);
    }
    let mut area = project_area(Application::Ccm, "Development", &["member"]);
    area.permissions = vec![
        entry("default", "ccm.save-work-item", &["create"]),
        entry("member", "ccm.save-work-item", &["create", "modify", "remove-from-team-area"]),
        entry("member", "ccm.save-plan", &["create", "modify"]),
        entry("member", "ccm.save-stream", &["create", "modify-properties", "modify-visibility"]),
    ];
    world.root(area);
    let area = world.area("ccm/Development");
    for (team, who) in [("Web", "bob"), ("Core", "tia")] {
        world.team("ccm/Development", team);
        let path = format!("ccm/Development/{team}");
        world.member(&path, who, &["member"]);
        world.root(Create { new: category(area, team, Some(world.area(&path))) });
    }
    world
}

fn work_item(world: &World, title: &str, in_category: &str) -> WorkItem {
    let Item::Category(category) = world.item(&format!("ccm:Development#category:{in_category}")) else {
        panic!()
    };
    WorkItem {
        project_area: world.area("ccm/Development"),
        number: 0,
        item_type: "defect".into(),
        title: title.into(),
        category: Some(category),
        restricted_access: None,
        archived: false,
        carried: Carried::NOTHING,
    }
}

fn edit(number: u64, world: &World, key: WorkItemKey) -> Edit<WorkItem> {
    Edit { id: numbered(number, world), set: vec![key] }
}

fn numbered(number: u64, world: &World) -> WorkItemId {
    world.now.work_item_numbered(number).unwrap()
}

#[test]
pub(super) fn a_work_item_is_changed_where_its_category_leads() {
    let mut world = development();
    // Everyone reports; the team works on it.
    assert_eq!(world.by("lena", Create { new: work_item(&world, "Crash", "Web") }).basis, Basis::Role);
    let title = |world: &World| edit(1, world, WorkItemKey::Title("Crash on start".into()));
    world.refuses("tia", title(&world), "PERMISSION");
    world.by("bob", title(&world));
    let state = WorkItemKey::State { action: "resolve".into(), to: "resolved".into() };
    world.by("bob", edit(1, &world, state));
    let asked = world.by("bob", edit(1, &world, WorkItemKey::Carried("due/by".into(), Some(1.into())))).asked;
    assert_eq!(asked[0].actions()[0].to_string(), "modify/attribute/due%2Fby");
    let core = work_item(&world, "", "Core").category;
    let refile = edit(1, &world, WorkItemKey::Category(core));
    let asked = world.by("bob", refile).asked;
    let actions: Vec<_> = asked[0].actions().iter().map(ToString::to_string).collect();
    assert_eq!(actions, ["modify/attribute/category", "remove-from-team-area"]);
    world.refuses("bob", edit(1, &world, WorkItemKey::Type("task".into())), "PERMISSION");
    world.by("tia", edit(1, &world, WorkItemKey::Type("task".into())));
    world.refuses("tia", Delete { subject: Subject::WorkItem(numbered(1, &world)) }, "PERMISSION");
    world.root(Archive::of(Subject::WorkItem(numbered(1, &world))));
    world.root(Unarchive { subject: Subject::WorkItem(numbered(1, &world)) });
    world.root(Delete { subject: Subject::WorkItem(numbered(1, &world)) });
    world.by("lena", Create { new: work_item(&world, "Next", "Web") });
    assert!(world.now.work_item_numbered(2).is_some(), "a number is not given again");
    let mut taken = work_item(&world, "Same", "Web");
    taken.number = 2;
    world.refuses("lena", Create { new: taken }, "the number 2 is taken");
}

#[test]
pub(super) fn a_restricted_category_needs_a_team_area_at_or_above_it() {
    let mut world = development();
    let area = world.area("ccm/Development");
    let bare = Category { restrict_access: true, ..category(area, "Secret", None) };
    world.refuses("root", Create { new: bare.clone() }, "no team area at or above it");
    let Item::Category(core) = world.item("ccm:Development#category:Core") else { panic!() };
    world.root(Create { new: Category { parent: Some(core), ..bare } });
    let Item::Category(secret) = world.item("ccm:Development#category:Core/Secret") else { panic!() };
    let set = |id, key| Edit::<Category> { id, set: vec![key] };
    world.refuses("root", set(core, CategoryKey::TeamArea(None)), "category `Secret` restricts access");
    world.refuses("root", set(secret, CategoryKey::Parent(None)), "category `Secret` restricts access");
    world.refuses("root", set(core, CategoryKey::Parent(Some(secret))), "would contain itself");
    world.refuses("bob", set(core, CategoryKey::RestrictVisibility(true)), "PERMISSION");
    // What is filed there is hidden from everybody else, and from them alone.
    world.by("tia", Create { new: work_item(&world, "Key leak", "Core/Secret") });
    let command = Command::from(edit(1, &world, WorkItemKey::Title("".into())));
    let refusal = command.act(&world.now, world.user("bob"), LicenceSet::NONE).unwrap_err();
    assert!(refusal.is_not_found(), "an empty title is told only to those who see the item");
    world.refuses("tia", command, "a work item needs a name");
    let web = RestrictedAccess::To(Audience::MembersOf(world.area("ccm/Development/Web")));
    world.by("tia", edit(1, &world, WorkItemKey::RestrictedAccess(Some(web))));
    world.refuses("tia", edit(1, &world, WorkItemKey::RestrictedAccess(None)), "NOT_VISIBLE");
    world.root(set(secret, CategoryKey::RestrictAccess(false)));
    world.root(Archive::of(Subject::Category(core)));
    let into = edit(1, &world, WorkItemKey::Category(Some(secret)));
    world.refuses("root", into, "STATE");
    world.by("bob", Create { new: work_item(&world, "Other", "Web") });
    let into = edit(2, &world, WorkItemKey::Category(Some(secret)));
    world.refuses("bob", into, "category `Core` is archived");
}

#[test]
pub(super) fn private_needs_a_user_as_its_owner_and_team_private_a_team_area() {
    let mut world = development();
    let web = world.area("ccm/Development/Web");
    let new = ScmItem {
        project_area: world.area("ccm/Development"),
        kind: ScmKind::Stream,
        name: "Main".into(),
        owner: Owner::TeamArea(web),
        visibility: ScmVisibility::TeamPrivate,
        archived: false,
        carried: Carried::NOTHING,
    };
    world.refuses("tia", Create { new: new.clone() }, "PERMISSION");
    world.by("bob", Create { new: new.clone() });
    let Item::ScmItem(id) = world.item("ccm:Development#stream:Main") else { panic!() };
    let set = |key| Edit::<ScmItem> { id, set: vec![key] };
    world.refuses("bob", set(ScmItemKey::Owner(Owner::ProjectArea)), "PERMISSION");
    world.refuses("root", set(ScmItemKey::Owner(Owner::ProjectArea)), "needs a team area as its owner");
    world.refuses("bob", set(ScmItemKey::Visibility(ScmVisibility::Private)), "needs a user as its owner");
    world.refuses("tia", set(ScmItemKey::Name("X".into())), "NOT_VISIBLE");
    world.by("bob", set(ScmItemKey::Visibility(ScmVisibility::Public)));
    world.refuses("tia", set(ScmItemKey::Name("X".into())), "PERMISSION");
    world.root(Delete { subject: Subject::ScmItem(id) });
    let component = ScmItem { kind: ScmKind::Component, ..new };
    world.root(Create { new: component });
    let Item::ScmItem(id) = world.item("ccm:Development#scm-component:Main") else { panic!() };
    world.refuses("root", Delete { subject: Subject::ScmItem(id) }, "no action of `ccm.save-component`");

    let plan = Plan {
        project_area: world.area("ccm/Development"),
        name: "Release 1".into(),
        owner: Owner::TeamArea(web),
        archived: false,
        carried: Carried::NOTHING,
    };
    world.by("bob", Create { new: plan });
    let Item::Plan(id) = world.item("ccm:Development#plan:Release 1") else { panic!() };
    world.refuses("tia", Edit::<Plan> { id, set: vec![PlanKey::Name("R".into())] }, "PERMISSION");
    let owner = PlanKey::Owner(Owner::User(world.user("bob")));
    world.by("bob", Edit::<Plan> { id, set: vec![PlanKey::Name("R1".into()), owner] });
    world.root(Delete { subject: Subject::Plan(id) });
}

#[test]
pub(super) fn a_test_artefact_is_governed_by_its_team_area() {
    let mut world = World::new();
    world.person("bob");
    let mut area = project_area(Application::Qm, "Test", &["tester"]);
    area.permissions = vec![entry("tester", "qm.save-test-case", &["create", "modify"])];
    world.root(area);
    world.team("qm/Test", "Team");
    world.member("qm/Test/Team", "bob", &["tester"]);
    let new = TestArtefact {
        project_area: world.area("qm/Test"),
        kind: TestArtefactKind::TestCase,
        name: "Sign in".into(),
        team_area: Some(world.area("qm/Test/Team")),
        archived: false,
        carried: Carried::NOTHING,
    };
    let unassigned = TestArtefact { team_area: None, ..new.clone() };
    world.refuses("bob", Create { new: unassigned }, "PERMISSION");
    world.by("bob", Create { new });
    let Item::TestArtefact(id) = world.item("qm:Test#test-case:Sign in") else { panic!() };
    world.by("bob", Edit::<TestArtefact> { id, set: vec![TestArtefactKey::TeamArea(None)] });
    let set = vec![TestArtefactKey::Name("Sign out".into())];
    world.refuses("bob", Edit::<TestArtefact> { id, set }, "PERMISSION");
    world.root(Delete { subject: Subject::TestArtefact(id) });
}

#[test]
pub(super) fn a_requirement_that_changes_hands_by_being_moved_needs_the_permission_to_give_it_away() {
    let mut world = World::new();
    world.person("bob");
    let mut area = project_area(Application::Rm, "Requirements", &["author"]);
    area.permissions = vec![
        entry("author", "rm.save-artifact", &["create", "modify/type/requirement", "modify/attribute"]),
        entry("author", "rm.save-folder", &["create", "modify"]),
    ];
    world.root(area);
    let area = world.area("rm/Requirements");
    world.team("rm/Requirements", "Safety Team");
    world.member("rm/Requirements", "bob", &["author"]);
    for name in ["General", "Safety"] {
        world.by("bob", Create { new: folder(area, None, name) });
    }
    let at = |world: &World, path: &str| match world.item(&format!("rm:Requirements#folder:{path}")) {
        Item::Folder(id) => id,
        other => panic!("{other:?}"),
    };
    let (general, safety) = (at(&world, "General"), at(&world, "Safety"));
    let team = TeamAreaSetting::Assigned(world.area("rm/Requirements/Safety Team"));
    world.refuses("bob", Edit::<Folder> { id: safety, set: vec![FolderKey::TeamArea(team)] }, "PERMISSION");
    world.root(Edit::<Folder> { id: safety, set: vec![FolderKey::TeamArea(team)] });
    let new = Artefact {
        project_area: area,
        number: 7,
        item_type: "requirement".into(),
        title: "The door shall open".into(),
        folder: Some(general),
        team_area: TeamAreaSetting::Inherit,
        archived: false,
        carried: Carried::NOTHING,
    };
    world.by("bob", Create { new: new.clone() });
    let id = world.now.artefact_numbered(7).unwrap();
    world.by("bob", Edit::<Artefact> { id, set: vec![ArtefactKey::Title("The door shall close".into())] });
    world.refuses(
        "bob",
        Edit::<Artefact> { id, set: vec![ArtefactKey::Type("hazard".into())] },
        "PERMISSION",
    );
    let give = Edit::<Artefact> { id, set: vec![ArtefactKey::Folder(Some(safety))] };
    world.refuses("bob", give.clone(), "PERMISSION");
    world.root(give);
    world.refuses("root", Delete { subject: Subject::Folder(safety) }, "first change each artefact");
    let set = vec![FolderKey::Parent(Some(general)), FolderKey::Read(Some(Audience::MembersOf(area)))];
    world.root(Edit::<Folder> { id: safety, set });
    let into_itself = vec![FolderKey::Parent(Some(safety))];
    world.refuses("root", Edit::<Folder> { id: general, set: into_itself }, "would contain itself");
    world.root(Delete { subject: Subject::Artefact(id) });
    world.root(Delete { subject: Subject::Folder(safety) });
}
