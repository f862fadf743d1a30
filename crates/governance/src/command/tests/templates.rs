//! Process templates (docs/process.md#process-templates).

use std::sync::Arc;

use super::*;
use crate::timeline::{Iteration, Timeline};

fn template(name: &str, application: Option<Application>) -> ProcessTemplate {
    ProcessTemplate {
        name: name.into(),
        application,
        roles: [role("driver")].into(),
        permissions: [entry("driver", "gc.save-stream", &["*"]), entry("default", "dashboard.save", &["*"])]
            .into(),
        preconditions: [].into(),
        iteration_types: ["sprint".into()].into(),
        carried: Carried::NOTHING,
    }
}

fn tram() -> ProcessTemplate {
    template("Tram", Some(Application::Gc))
}

#[test]
pub(super) fn templates_are_for_who_manages_them_and_one_of_a_name() {
    let mut world = World::new();
    world.person("bob");
    world.person("jo");
    let groups = UserKey::Groups(GroupSet::of(&[RepositoryGroup::JazzProjectAdmins]));
    world.root(Edit::<User> { id: world.user("jo"), set: vec![groups] });

    world.refuses("bob", Create { new: tram() }, "REPOSITORY_GROUP");
    world.refuses("bob", KeepProcessTemplate { template: tram() }, "REPOSITORY_GROUP");
    world.by("jo", Create { new: tram() });
    let id = world.now.process_template_named("Tram").unwrap();
    let kept = world.now.process_template(id).unwrap();
    assert!(kept.permissions.is_sorted_by_key(|(key, _)| key.clone()), "{kept:?}");
    world.refuses("jo", Create { new: tram() }, "`Tram` is taken by another process template");
    world.refuses("jo", KeepProcessTemplate { template: tram() }, "nothing would change");

    let changed = ProcessTemplate { roles: [role("driver"), role("guard")].into(), ..tram() };
    world.by("jo", KeepProcessTemplate { template: changed });
    assert_eq!(world.now.process_template(id).unwrap().roles.len(), 2);
    world.root(KeepProcessTemplate { template: template("Bus", Some(Application::Gc)) });
    let name = |name: &str| Edit::<ProcessTemplate> { id, set: vec![ProcessTemplateKey::Name(name.into())] };
    world.refuses("bob", name("Train"), "REPOSITORY_GROUP");
    world.refuses("jo", name("Bus"), "taken");
    world.by("jo", name("Train"));
    let rest = vec![
        ProcessTemplateKey::Application(None),
        ProcessTemplateKey::Permissions([entry("guard", "dashboard.save", &["create"])].into()),
        ProcessTemplateKey::Roles([role("guard")].into()),
        ProcessTemplateKey::IterationTypes([].into()),
        ProcessTemplateKey::Carried("description".into(), Some("For trains".into())),
    ];
    world.by("jo", Edit::<ProcessTemplate> { id, set: rest });
    assert_eq!(
        (world.now.process_template_named("Tram"), world.now.process_template_named("Train")),
        (None, Some(id))
    );

    let gone = Delete { subject: Subject::ProcessTemplate(id) };
    world.refuses("bob", gone.clone(), "REPOSITORY_GROUP");
    world.refuses("jo", Archive::of(gone.subject), "`process template` is never archived: delete it");
    world.by("jo", gone.clone());
    world.refuses("jo", gone, "there is no such process template");
}

#[test]
pub(super) fn a_template_made_of_a_consumer_has_what_it_uses_and_nothing_of_its_timelines() {
    let mut world = electric_vehicle();
    let (vehicle, name) = (world.area("gc/Electric Vehicle"), Name::from("Shared"));
    let lent = serde_json::json!(["story", {"id": "defect", "name": "Defect"}]);
    let set = vec![
        ProcessAreaKey::SharesProcess(true),
        ProcessAreaKey::Carried("work_item_types".into(), Some(lent)),
        ProcessAreaKey::Carried("link_types".into(), Some(serde_json::json!([{"id": "k"}]))),
    ];
    world.root(Edit::<crate::ProcessArea> { id: vehicle, set });
    let mut consumer = project_area(Application::Gc, "Tram", &["driver", "lead"]);
    consumer.access = ReadAccess::NoOne;
    consumer.permissions = vec![entry("driver", "gc.save-stream", &["create"])];
    consumer.carried = Carried::NOTHING
        .with("summary", Some("s".into()))
        .with("link_types", Some(serde_json::json!([{"id": "l"}])))
        .with("work_item_types", Some(serde_json::json!([{"id": "defect", "name": "Own"}, "task"])));
    world.root(consumer);
    let tram = world.area("gc/Tram");
    let link = crate::ProcessLink { provider: crate::Provider::Here(vehicle), iteration_types: false };
    world.root(Edit::<crate::ProcessArea> { id: tram, set: vec![ProcessAreaKey::UsesProcess(Some(link))] });
    let iteration = Iteration {
        id: "1.0".into(),
        iteration_type: None,
        iterations: [].into(),
        carried: Carried::NOTHING,
    };
    let timeline = Timeline {
        name: "Main".into(),
        project: true,
        current: None,
        iterations: [iteration].into(),
        carried: Carried::NOTHING,
    };
    world.root(CreateTimeline { area: tram, timeline });
    let mut now_and_then = world.entry("gc/Tram", "driver", "gc.save-baseline", &["*"]);
    now_and_then.key.slot = Slot::Timeline("Main".into());
    world.root(now_and_then);

    let make = MakeTemplateFromProjectArea { area: tram, name };
    world.refuses("bob", make.clone(), "REPOSITORY_GROUP");
    let groups = UserKey::Groups(GroupSet::of(&[RepositoryGroup::JazzProjectAdmins]));
    world.root(Edit::<User> { id: world.user("bob"), set: vec![groups] });
    world.refuses("bob", make.clone(), "NOT_VISIBLE");
    let team = world.new_team("gc/Electric Vehicle", "Testers");
    world.root(team);
    let testers = world.area("gc/Electric Vehicle/Testers");
    world.refuses(
        "root",
        MakeTemplateFromProjectArea { area: testers, ..make.clone() },
        "no such project area",
    );
    world.root(make);

    let made = world.now.process_template(world.now.process_template_named("Shared").unwrap()).unwrap();
    let roles: Vec<_> = made.roles.iter().map(|role| &*role.id).collect();
    assert_eq!(roles, ["driver", "lead", "contributor", "tagger"]);
    assert!(made.permissions.iter().all(|(key, _)| key.slot == Slot::Always));
    assert!(made.permissions.iter().any(|(key, _)| &*key.role == "tagger"));
    // Types of links are its own; of the other types those that it does not have itself come along.
    let types = serde_json::json!([{"id": "defect", "name": "Own"}, "task", "story"]);
    assert_eq!(
        made.carried,
        Carried::NOTHING
            .with("link_types", Some(serde_json::json!([{"id": "l"}])))
            .with("work_item_types", Some(types.clone()))
    );
    let view = crate::view::View::of(std::sync::Arc::new(world.now.clone()), world.user("root")).unwrap();
    assert_eq!(view.process_says(tram, "work_item_types"), Some(types));

    // A project area that begins with it has the same process.
    let again = project_area(Application::Gc, "Tram 2", &[]).begun_with(made);
    let made = made.clone();
    world.root(again);
    let area = world.area("gc/Tram 2");
    let same = ProcessTemplate::of_project_area(&world.now, area, "Shared".into());
    assert_eq!(same, Some(made));
}

#[test]
fn a_template_keeps_the_rules_of_the_project_areas_that_will_begin_with_it() {
    let world = World::new();
    let broken = |change: fn(&mut ProcessTemplate), with: &str| {
        let mut new = tram();
        change(&mut new);
        world.refuses("root", Create { new }, with);
    };
    let at = |slot: Slot| {
        let (key, permission) = entry("driver", "gc.save-stream", &["*"]);
        (PermissionKey { slot, ..key }, permission)
    };
    broken(|it| it.name = " ".into(), "a process template needs a name");
    broken(
        |it| it.roles = [role("driver"), role("driver")].into(),
        "role id `driver` is defined twice in `Tram`",
    );
    broken(|it| it.roles = [role("default")].into(), "`default` is Everyone");
    broken(|it| it.roles = [].into(), "for the role `driver`, which it does not define");
    broken(|it| it.application = None, "`gc.save-stream` is no operation of every application");
    broken(|it| it.application = Some(Application::Qm), "`gc.save-stream` is no operation of qm");
    broken(|it| it.iteration_types = ["a".into(), "a".into()].into(), "the iteration type `a` twice");
    broken(
        |it| {
            it.permissions =
                [entry("driver", "gc.save-stream", &[]), entry("driver", "gc.save-stream", &["*"])].into()
        },
        "two entries for role `driver` and `gc.save-stream`",
    );
    let mut world = world;
    for (slot, told) in [
        (Slot::IterationType("release".into()), Some("the iteration type `release`, which it does not have")),
        (Slot::Timeline("Main".into()), Some("the timeline `Main`")),
        (
            Slot::Iteration { timeline: "Main".into(), iteration: "1".into() },
            Some("the iteration `1` of timeline `Main`"),
        ),
        (Slot::IterationType("sprint".into()), None),
    ] {
        let new = ProcessTemplate { permissions: Arc::new([at(slot)]), ..tram() };
        match told {
            Some(told) => world.refuses("root", Create { new }, told),
            None => _ = world.root(Create { new }),
        }
    }
}
