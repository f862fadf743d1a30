//! Users, licences, settings, access groups (docs/process.md#users).

use super::*;
use crate::licence_pool::LicencePool;
use crate::question::Basis;
use crate::registry::{Person, Registered, Roster, sync_people};
use crate::settings::{AdministrativeOverride, Settings};

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
    // One who never signs in administers nothing.
    let groups = GroupSet::of(&[RepositoryGroup::JazzAdmins]);
    let robot = User { functional: true, groups, ..user("robot") };
    world.by("bob", Create { new: robot });
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
    world.person("zoë");
    // Composed, decomposed, and in capitals.
    for id in ["zoe\u{308}", "ZOË", "ZOE\u{308}"] {
        world.refuses("root", Create { new: user(id) }, "differs from `zoë`");
    }
    world.refuses("root", Create { new: user(" ") }, "needs a name");
    for id in ["qm_user", "QM_user", "ｊｔｓ_user", "Operator", "registry"] {
        world.refuses("root", Create { new: user(id) }, "for the server's own work");
    }
    let mail = Some("a\nb@example.com".into());
    world.refuses("root", Create { new: User { mail, ..user("mal") } }, "letters in it that are not seen");
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
    let licences = UserKey::Licences([LicenceType::internal()].into_iter().collect());
    world.refuses("root", set(&world, "bob", licences), "restore the user first");
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
    let pool = LicencePool::of_seats(2);
    let assigned = set(&world, "root", UserKey::Licences([internal].into_iter().collect()));
    world.refuses("root", assigned, "for functional users");
    world.refuses("root", SetLicencePool { licence: internal, pool: pool.clone() }, "for functional users");
    let licence = LicenceType::from_id("ewm-developer").unwrap();
    let worker = User { functional: true, ..user("worker") };
    world.root(Create { new: worker.clone() });
    for (licence, refused) in [
        (
            licence,
            "holds `system-internal` without its being assigned, and nothing else: remove `ewm-developer`",
        ),
        (internal, "remove `system-internal`"),
    ] {
        let licences: LicenceSet = [licence].into_iter().collect();
        world.refuses("root", set(&world, "worker", UserKey::Licences(licences)), refused);
        world.refuses("root", Create { new: User { licences, ..worker.clone() } }, refused);
    }
    let registered = Registered { registry: "corp".into(), vanished: false };
    let registered = set(&world, "worker", UserKey::Registered(Some(registered)));
    world.refuses("root", registered, "remove the registry `corp`");
    world.root(SetLicencePool { licence, pool });
    assert!(world.now.leasable().contains(licence));
    world.root(RemoveLicencePool { licence });
    world.refuses("root", RemoveLicencePool { licence }, "nothing would change");
}

#[test]
pub(super) fn no_more_licences_are_assigned_than_are_installed() {
    let mut world = World::new();
    world.root(Create { new: user("ann") });
    world.root(Create { new: user("bea") });
    let licence = LicenceType::from_id("ewm-developer").unwrap();
    let install = |installed| {
        let pool = LicencePool { authorised: Some(installed), ..LicencePool::default() };
        SetLicencePool { licence, pool }
    };
    let give = |world: &World, id: &str| set(world, id, UserKey::Licences([licence].into_iter().collect()));
    world.root(install(1));
    let command = give(&world, "ann");
    world.root(command);
    let beyond = "2 people would have the licence `ewm-developer`, of which 1 are installed";
    world.refuses("root", give(&world, "bea"), beyond);
    world.refuses("root", install(0), "1 people would have the licence");
    world.root(install(2));
    let command = give(&world, "bea");
    world.root(command);
    world.refuses("root", install(1), beyond);
    let bea = world.user("bea");
    world.root(Archive::of(Subject::User(bea)));
    assert_eq!(world.now.assigned(licence).collect::<Vec<_>>(), [world.user("ann")]);
    world.root(install(1));
    world.root(RemoveLicencePool { licence });
    world.root(Unarchive { subject: Subject::User(bea) });
    let command = give(&world, "bea");
    world.root(command);
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
    assert!(again.to_string().contains("somebody administers the server already"), "{again}");
    // Whoever comes before them, by a registry for instance, does not take their place.
    let other = User::new("bob", "Bob");
    let others = empty.after(&[Event::User(Change {
        key: User::next(&empty),
        before: None,
        after: Some(other.into()),
    })]);
    let (ann, events) = first.events(&others).unwrap();
    assert_eq!(others.after(&events).server_administrators().map(|(id, _)| id).collect::<Vec<_>>(), [ann]);
    let nameless = FirstUser { id: " ".into(), ..first }.events(&empty).unwrap_err();
    assert!(matches!(nameless, Refusal::Rules(_)), "{nameless}");
}

#[test]
fn functional_users_come_with_whom_they_work_for_and_never_sign_in() {
    let first = |id: &str| FirstUser { id: id.into(), name: "Ann".into(), mail: None };
    let after = Organisation::default().after(&first("ann").events(&Organisation::default()).unwrap().1);
    let robot = after.user(after.user_by_id("jts_user").unwrap()).unwrap();
    assert!(robot.functional && robot.held().contains(LicenceType::internal()));
    assert_eq!(after.user_who_signs_in("jts_user"), None);
    for employer in Employer::ALL {
        assert_eq!(employer.functional_user(), format!("{}_user", employer.id()));
    }
    // Nobody who signs in begins with the id; whoever has it already keeps it.
    let refused = first("JTS_USER").events(&Organisation::default()).unwrap_err();
    assert!(refused.to_string().contains("for the server's own work"), "{refused}");
    let key = User::next(&Organisation::default());
    let there = Change { key, before: None, after: Some(User::new("JTS_USER", "Ann").into()) };
    assert_eq!(Employer::Server.employ(&Organisation::default().after(&[Event::User(there)])), None);

    let mut world = World::new();
    let users = |world: &World| world.now.users().map(|(_, user)| user.id.to_string()).collect::<Vec<_>>();
    let before = users(&world);
    world.root(project_area(Application::Rm, "Requirements", &[]));
    world.root(project_area(Application::Rm, "More requirements", &[]));
    world.root(project_area(Application::Gc, "Bicycle", &[]));
    let robots = ["rm_user", "jts_user", "gc_user"].map(str::to_owned).to_vec();
    assert_eq!(users(&world), [before, robots].concat());
    assert_eq!(world.now.user_who_signs_in("rm_user"), None);
    let robot = world.user("gc_user");
    let link = IssuePasswordLink { user: robot };
    let refused = link.act(&world.now, world.user("root"), LicenceSet::NONE).unwrap_err();
    assert!(refused.to_string().contains("never signs in"), "{refused}");
    // Nobody is called so before it comes, however it is written.
    world.refuses("root", Create { new: user("ｑｍ_user") }, "for the server's own work");
}

#[test]
fn sessions_and_tokens_of_others_are_for_those_who_manage_users() {
    let mut world = World::new();
    world.person("bob");
    let bob = world.user("bob");
    let end = |by: &str, user| EndAccess { user }.act(&world.now, world.user(by), LicenceSet::NONE);
    let acted = end("root", bob).unwrap();
    assert_eq!((acted.events.len(), acted.basis, acted.asked.len()), (0, Basis::Group, 1));
    assert!(matches!(end("bob", bob), Err(Refusal::Decision { .. })));
    assert!(matches!(end("root", UserId::new(99)), Err(Refusal::NotThere(_))));
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

#[test]
fn a_lock_out_is_released_by_those_who_manage_users() {
    let mut world = World::new();
    world.person("bob");
    let release = |world: &World, by: &str, user| {
        ReleaseLockOut { user: Some(user) }.act(&world.now, world.user(by), LicenceSet::NONE)
    };
    let bob = world.user("bob");
    assert_eq!(release(&world, "root", bob).unwrap().events, []);
    assert!(matches!(release(&world, "bob", bob), Err(Refusal::Decision { .. })));
    assert!(matches!(release(&world, "root", UserId::new(99)), Err(Refusal::NotThere(_))));
    let of_network =
        |by: &str| ReleaseLockOut { user: None }.act(&world.now, world.user(by), LicenceSet::NONE);
    assert_eq!(of_network("root").unwrap().events, []);
    assert!(matches!(of_network("bob"), Err(Refusal::Decision { .. })));
    world.root(Archive::of(Subject::User(bob)));
    assert!(release(&world, "root", bob).unwrap_err().to_string().contains("never signs in"));
}

#[test]
pub(super) fn whoever_accepts_an_invitation_has_its_roles_besides_their_own_by_the_rights_of_the_inviter() {
    let mut world = electric_vehicle();
    let team = world.area("gc/Electric Vehicle/Tuning Team");
    let roles = |ids: &[&str]| -> std::sync::Arc<[Name]> { ids.iter().map(|id| Name::from(*id)).collect() };
    let write = |world: &World, by: &str, ids: &[&str]| {
        let write = WriteInvitation { area: team, roles: roles(ids) };
        write.act(&world.now, world.user(by), LicenceSet::NONE)
    };
    let acted = write(&world, "ada", &["contributor"]).unwrap();
    assert_eq!((acted.events.len(), acted.basis), (0, Basis::Override));
    assert!(matches!(write(&world, "bob", &[]), Err(Refusal::Decision { .. })), "bob may not invite");
    assert!(matches!(write(&world, "ada", &["pilot"]), Err(Refusal::Rules(_))), "there is no such role");

    let join = |world: &World, user: &str, ids: &[&str]| JoinByInvitation {
        area: team,
        user: world.user(user),
        roles: roles(ids),
    };
    let bob = join(&world, "bob", &["contributor", "lead"]);
    world.by("ada", bob);
    assert_eq!(world.now.member(team, world.user("bob")), Some(&roles(&["lead", "contributor"])));
    world.refuses("ada", join(&world, "bob", &["lead"]), "nothing would change");
    world.refuses("ada", join(&world, "ada", &["lead"]), "for others");
    world.refuses("lena", join(&world, "tia", &["lead"]), "PERMISSION");

    let accept = |world: &World, by: &str| {
        let accept = AcceptInvitation {
            area: team,
            roles: roles(&["contributor"]),
            invited: Invited::New(Box::new(user("nia"))),
        };
        accept.act(&world.now, world.user(by), LicenceSet::NONE)
    };
    assert!(accept(&world, "ada").is_err(), "ada makes no users");
    let acted = accept(&world, "root").unwrap();
    let after = world.now.after(&acted.events);
    let nia = after.user_by_id("nia").unwrap();
    assert_eq!(after.member(team, nia), Some(&roles(&["contributor"])));

    // Who may invite gives no role by which somebody changes more of the process than they do themselves.
    world.permission("gc/Electric Vehicle", "lead", "process.invite-to-team", &["generate"]);
    world.permission("gc/Electric Vehicle", "tagger", "process.save-team-area", &["modify-members"]);
    write(&world, "bob", &["contributor"]).unwrap();
    assert!(matches!(write(&world, "bob", &["tagger"]), Err(Refusal::Decision { .. })));
    world.refuses("bob", join(&world, "tia", &["contributor", "tagger"]), "PERMISSION");
    world.by("ada", join(&world, "tia", &["tagger"]));

    world.root(Archive::of(Subject::Area(team)));
    world.refuses("ada", join(&world, "tia", &["lead"]), "STATE");
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
    world.refuses("bob", told("GC_user", "Somebody", None), "for the server's own work");
    assert!(told("a\u{0}b", "x", None).checked().is_err() && told("a", "b", None).checked().is_ok());
}

#[test]
fn a_sync_takes_over_what_breaks_no_rule_and_flags_who_is_not_told_of() {
    let mut world = World::new();
    world.by("root", told("ann", "Ann", Some(&[RepositoryGroup::JazzAdmins])));
    world.by("root", told("tom", "Tom", None));
    // Who is in no group has nothing to lose, and makes no share smaller.
    world.by("root", told("idle", "Idle", Some(&[])));
    // Ann is the last administrator.
    world.root(set(&world, "root", UserKey::Groups(GroupSet::default())));
    let mut roster = Roster::new("corp".into());
    let nothing: Option<&[RepositoryGroup]> = Some(&[]);
    let users: Option<&[RepositoryGroup]> = Some(&[RepositoryGroup::JazzUsers]);
    for (id, groups) in [("new1", users), ("root", users), ("new2", users), ("ann", users), ("idle", nothing)]
    {
        roster.add(told(id, id, groups), format!("cn={id}"));
    }
    roster.add(told("out", "out", nothing), "cn=out".to_owned());
    roster.add(told("ｊｔｓ_user", "Somebody", users), "cn=jts".to_owned());
    for id in ["twin", "TWIN"] {
        roster.add(told(id, id, users), format!("cn={id}"));
    }
    let twin = |id: &str| Person { mail: Some("Pair@example.org".into()), ..told(id, id, users) };
    roster.add(twin("pair1"), "cn=pair1".to_owned());
    roster.add(Person { mail: Some("pair@EXAMPLE.org".into()), ..twin("pair2") }, "cn=pair2".to_owned());
    roster.add(Person { groups: Some(GroupSet::default()), ..twin("elsewhere") }, "cn=other".to_owned());
    let sync = sync_people(&world.now, &roster);
    let report = &sync.report;
    assert_eq!(
        (&*report.created, &*report.vanished),
        (&["new1".into(), "new2".into(), "pair1".into(), "pair2".into()][..], &["tom".into()][..])
    );
    assert_eq!(report.problems.len(), 5, "root, the server's own, two pairs and Ann: {:?}", report.problems);
    for told in [
        "2 entries have the id `twin`, but for case or Unicode form, and are left as they are: `cn=twin`, `cn=TWIN`",
        "2 entries have the mail address `Pair@example.org`, and are taken over all the same: `cn=pair1`, `cn=pair2`",
    ] {
        assert!(report.problems.iter().any(|it| it == told), "{told}: {:?}", report.problems);
    }
    assert!(sync.loses_more_than(49) && !sync.loses_more_than(50));
    let after = world.now.after(&sync.events);
    let tom = after.user(world.user("tom")).unwrap();
    assert!(tom.registered.as_ref().is_some_and(|it| it.vanished) && !tom.archived);
    assert!(after.user(world.user("ann")).unwrap().groups.contains(RepositoryGroup::JazzAdmins));
    let again = sync_people(&after, &roster);
    assert_eq!((again.events.len(), again.told_of), (0, 5), "who has vanished is not counted again");
}
