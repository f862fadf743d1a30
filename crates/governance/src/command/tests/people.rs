//! Users, licences, settings, access groups (docs/process.md#users).

use super::*;
use crate::question::Basis;
use crate::registry::{Person, Roster, sync_people};
use crate::settings::{AdministrativeOverride, LicencePool, Settings};

fn set(world: &World, id: &str, key: UserKey) -> Edit<User> {
    Edit { id: world.user(id), set: vec![key] }
}

#[test]
pub(super) fn the_last_active_member_of_jazz_admins_cannot_be_lost() {
    let mut world = World::new();
    world.person("bob");
    let leave = set(&world, "root", UserKey::Groups(GroupSet::default()));
    world.refuses("root", leave.clone(), "last active member of JazzAdmins");
    world.refuses("root", Archive::of(Subject::User(world.user("root"))), "last active member");
    world.root(set(&world, "bob", UserKey::Groups(GroupSet::of(&[RepositoryGroup::JazzAdmins]))));
    world.root(leave);
    world.refuses("bob", Archive::of(Subject::User(world.user("bob"))), "last active member");
}

#[test]
pub(super) fn ids_that_differ_by_case_or_form_alone_cannot_both_exist() {
    let mut world = World::new();
    world.person("Bob");
    for id in ["BOB", "ＢＯＢ"] {
        world.refuses("root", Create { new: user(id) }, "differs from `Bob`");
    }
    world.person("ﬁn");
    world.refuses("root", Create { new: user("FIN") }, "differs from `ﬁn`");
    world.refuses("root", Create { new: user(" ") }, "needs a name");
}

#[test]
pub(super) fn a_person_changes_their_own_name_and_mail_and_nothing_else() {
    let mut world = World::new();
    world.person("bob");
    world.person("tia");
    let acted = world.by("bob", set(&world, "bob", UserKey::Name("Bob Ruiz".into())));
    assert_eq!(acted.basis, Basis::Owner);
    world.by("bob", set(&world, "bob", UserKey::Mail(Some("bob@example.com".into()))));
    world.refuses("tia", set(&world, "bob", UserKey::Mail(None)), "REPOSITORY_GROUP");
    world.refuses("bob", set(&world, "bob", UserKey::Groups(GroupSet::default())), "REPOSITORY_GROUP");
    world.refuses("bob", set(&world, "bob", UserKey::Licences(LicenceSet::NONE)), "REPOSITORY_GROUP");
    world.root(Archive::of(Subject::User(world.user("bob"))));
    let bob = world.now.user(world.user("bob")).unwrap();
    assert!(bob.archived && bob.licences == LicenceSet::NONE);
    world.refuses("bob", set(&world, "bob", UserKey::Name("Bob".into())), "AUTH");
    world.root(EraseUser { user: world.user("bob") });
    assert_eq!(&*world.now.user(world.user("bob")).unwrap().name, "bob");
    world.refuses("root", EraseUser { user: world.user("tia") }, "archive the user first");
    world.refuses("root", Delete { subject: Subject::User(world.user("bob")) }, "never deleted");
    world.root(Unarchive { subject: Subject::User(world.user("bob")) });
    assert_eq!(
        Command::from(Edit::<User> { id: UserId::new(99), set: vec![] })
            .act(&world.now, world.user("root"), LicenceSet::NONE)
            .map_err(|refusal| refusal.is_not_found()),
        Err(true)
    );
}

#[test]
pub(super) fn the_internal_licence_is_neither_assigned_nor_pooled() {
    let mut world = World::new();
    let internal = LicenceType::internal();
    let pool = LicencePool { seats: 2, carried: Carried::NOTHING };
    let assigned = set(&world, "root", UserKey::Licences([internal].into_iter().collect()));
    world.refuses("root", assigned, "for functional users");
    world.refuses("root", SetLicencePool { licence: internal, pool: pool.clone() }, "for functional users");
    let licence = LicenceType::from_id("ewm-developer").unwrap();
    world.root(SetLicencePool { licence, pool });
    assert!(world.now.leasable().contains(licence));
    world.root(RemoveLicencePool { licence });
    world.refuses("root", RemoveLicencePool { licence }, "nothing would change");
}

#[test]
pub(super) fn settings_are_for_who_manages_the_server() {
    let mut world = World::new();
    world.person("bob");
    let settings =
        Settings { administrative_override: AdministrativeOverride::Process, ..Settings::default() };
    world.refuses("bob", ChangeSettings { settings: settings.clone() }, "REPOSITORY_GROUP");
    world.refuses("root", ChangeSettings { settings: Settings::default() }, "nothing would change");
    world.root(ChangeSettings { settings });
}

#[test]
pub(super) fn an_access_group_that_something_uses_cannot_be_deleted() {
    let mut world = World::new();
    world.person("eve");
    world.root(project_area(Application::Rm, "Requirements", &[]));
    let (eve, area) = (world.user("eve"), world.area("rm/Requirements"));
    let new = AccessGroup {
        name: "Reviewers".into(),
        users: [eve, world.user("root"), eve].into(),
        areas: [area].into(),
        carried: Carried::NOTHING,
    };
    world.root(Create { new: new.clone() });
    world.refuses("root", Create { new }, "`Reviewers` is taken by another access group");
    let group = world.now.access_group_named("Reviewers").unwrap();
    assert_eq!(&*world.now.access_group(group).unwrap().users, [world.user("root"), eve]);
    let set = vec![AccessGroupKey::Name("Readers".into()), AccessGroupKey::Users([UserId::new(9)].into())];
    world.refuses("root", Edit::<AccessGroup> { id: group, set }, "a user that does not exist");
    let set = vec![AccessGroupKey::Areas([].into()), AccessGroupKey::Carried("description".into(), None)];
    world.root(Edit::<AccessGroup> { id: group, set });
    let folder = super::applications::folder(area, None, "Safety");
    let read = Some(crate::Audience::AccessGroup(group));
    world.root(Create { new: Folder { read, ..folder } });
    let delete = Delete { subject: Subject::AccessGroup(group) };
    world.refuses("root", delete.clone(), "first change each folder");
    world.refuses("root", Archive::of(delete.subject), "delete it when");
    let Item::Folder(safety) = world.item("rm:Requirements#folder:Safety") else { panic!() };
    world
        .root(Together { commands: vec![Delete { subject: Subject::Folder(safety) }.into(), delete.into()] });
}

#[test]
fn the_first_user_administers_the_server_and_is_made_once() {
    let first = FirstUser { id: "ann".into(), name: "Ann".into(), mail: None };
    let empty = Organisation::default();
    let (ann, events) = first.events(&empty).unwrap();
    let after = empty.after(&events);
    assert_eq!(after.server_administrators().map(|(id, _)| id).collect::<Vec<_>>(), [ann]);
    assert_eq!(after.user_who_signs_in("ann"), Some(ann));
    let again = FirstUser { id: "bob".into(), ..first.clone() }.events(&after).unwrap_err();
    assert!(again.to_string().contains("there are users already"), "{again}");
    let nameless = FirstUser { id: " ".into(), ..first }.events(&empty).unwrap_err();
    assert!(matches!(nameless, Refusal::Rules(_)), "{nameless}");
}

#[test]
fn links_are_given_out_by_those_who_manage_users_to_those_who_sign_in() {
    let mut world = World::new();
    world.person("bob");
    let issue = |world: &World, by: &str, user| {
        IssuePasswordLink { user }.act(&world.now, world.user(by), LicenceSet::NONE)
    };
    let bob = world.user("bob");
    let acted = issue(&world, "root", bob).unwrap();
    assert_eq!((acted.events.len(), acted.basis, acted.asked.len()), (0, Basis::Group, 1));
    assert!(matches!(issue(&world, "bob", bob), Err(Refusal::Decision { .. })));
    assert!(matches!(issue(&world, "root", UserId::new(99)), Err(Refusal::NotThere(_))));
    world.root(Archive::of(Subject::User(bob)));
    assert!(issue(&world, "root", bob).unwrap_err().to_string().contains("never signs in"));
}

fn told(id: &str, name: &str, groups: Option<&[RepositoryGroup]>) -> Person {
    let groups = groups.map(GroupSet::of);
    Person { registry: "corp".into(), id: id.into(), name: name.into(), mail: None, groups }
}

#[test]
pub(super) fn a_person_of_a_registry_is_taken_over_and_for_nobody_else() {
    let mut world = World::new();
    world.person("bob");
    // Bob may not make users; the server gives the command, together with what he may.
    world.by("bob", told("mia", "Mia", None));
    let mia = world.now.user(world.user("mia")).unwrap();
    assert_eq!((&*mia.name, mia.groups), ("Mia", GroupSet::of(&[RepositoryGroup::JazzUsers])));
    world.by("bob", told("MIA", "Mia Berg", Some(&[RepositoryGroup::JazzGuests])));
    let mia = world.now.user(world.user("mia")).unwrap();
    assert_eq!((&*mia.id, &*mia.name), ("mia", "Mia Berg"));
    world.refuses("bob", told("mia", "Mia Berg", None), "nothing would change");
    world.refuses("bob", told("root", "Root", None), "`root` is of the built-in registry");
    world.refuses("bob", told("ｍｉａ", "Other", None), "differs from `mia`");
    world.refuses("bob", told("x", "", None), "needs a name");
    assert!(told("a\u{0}b", "x", None).checked().is_err() && told("a", "b", None).checked().is_ok());
}

#[test]
fn a_sync_takes_over_what_breaks_no_rule_and_flags_who_is_not_told_of() {
    let mut world = World::new();
    world.by("root", told("ann", "Ann", Some(&[RepositoryGroup::JazzAdmins])));
    world.by("root", told("tom", "Tom", None));
    // Ann is the last administrator.
    world.root(set(&world, "root", UserKey::Groups(GroupSet::default())));
    let mut roster = Roster::new("corp".into());
    let nothing: Option<&[RepositoryGroup]> = Some(&[]);
    let users: Option<&[RepositoryGroup]> = Some(&[RepositoryGroup::JazzUsers]);
    for (id, groups) in [("new1", users), ("root", users), ("new2", users), ("ann", users), ("out", nothing)]
    {
        roster.add(told(id, id, groups));
    }
    for id in ["twin", "TWIN"] {
        roster.add(told(id, id, users));
    }
    let sync = sync_people(&world.now, &roster);
    let report = &sync.report;
    assert_eq!(
        (&*report.created, &*report.vanished),
        (&["new1".into(), "new2".into()][..], &["tom".into()][..])
    );
    assert_eq!(report.problems.len(), 4, "root, the twins and Ann: {:?}", report.problems);
    assert!(sync.loses_more_than(49) && !sync.loses_more_than(50));
    let after = world.now.after(&sync.events);
    let tom = after.user(world.user("tom")).unwrap();
    assert!(tom.registered.as_ref().is_some_and(|it| it.vanished) && !tom.archived);
    assert!(after.user(world.user("ann")).unwrap().groups.contains(RepositoryGroup::JazzAdmins));
    let again = sync_people(&after, &roster);
    assert_eq!((again.events.len(), again.told_of), (0, 3), "who has vanished is not counted again");
}
