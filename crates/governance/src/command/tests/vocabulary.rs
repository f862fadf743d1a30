//! Tags, types and shared queries of the Electric Vehicle (docs/global-configurations.md#the-vocabulary).

use serde_json::{Value, json};

use super::*;
use crate::process_area::ProcessArea;
use crate::search::SearchCriteria;
use crate::vocabulary::{ListedTag, SharedQuery, Tag, Vocabulary, items_of};

const VEHICLE: &str = "gc/Electric Vehicle";

/// Lena leads, and keeps the words.
fn vehicle() -> World {
    let mut world = super::electric_vehicle();
    world.permission(VEHICLE, "lead", "gc.manage-tags", &["*"]);
    world.permission(VEHICLE, "lead", "gc.manage-types", &["modify"]);
    world.permission(VEHICLE, "lead", "gc.save-shared-query", &["*"]);
    world
}

fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

fn carrying(world: &World, component: &str, key: &str, value: Value) -> Edit<Component> {
    let id = world.now.component_named(world.area(VEHICLE), component).unwrap();
    Edit { id, set: vec![ComponentKey::Carried(key.into(), Some(value))] }
}

fn stream_carrying(world: &World, text: &str, key: &str, value: Value) -> Edit<Configuration> {
    let set = vec![ConfigurationKey::Carried(key.into(), Some(value))];
    Edit { id: world.configuration(text), set }
}

fn area_key(world: &World, key: &str, value: Value) -> Edit<ProcessArea> {
    Edit { id: world.area(VEHICLE), set: vec![ProcessAreaKey::Carried(key.into(), Some(value))] }
}

fn carried(world: &World, component: &str, key: &str) -> Option<Value> {
    let id = world.now.component_named(world.area(VEHICLE), component).unwrap();
    world.now.component(id).unwrap().carried.get(key).cloned()
}

fn used(world: &World) -> Vec<(String, usize)> {
    let used = world.now.used_tags(world.area(VEHICLE));
    used.map(|(tag, count)| (tag.to_owned(), count)).collect()
}

#[test]
pub(super) fn whoever_gives_a_tag_that_does_not_exist_makes_it() {
    let mut world = vehicle();
    let stream = "Motor/stream:Motor Initial Stream";
    world.by("lena", super::configurations::give(&world, stream));
    let safe = |world: &World| stream_carrying(world, stream, "tags", json!(["safety/brake"]));
    world.refuses("bob", safe(&world), "PERMISSION");
    world.by("lena", carrying(&world, "Motor", "tags", json!(["safety/brake"])));
    world.by("bob", safe(&world));
    assert_eq!(used(&world), [("safety/brake".to_owned(), 2)]);
    // What it is nested in exists as well.
    world.by("bob", stream_carrying(&world, stream, "tags", json!(["safety"])));
    world.refuses("bob", stream_carrying(&world, stream, "tags", json!(["Safety"])), "write `safety`");
    world.refuses("bob", stream_carrying(&world, stream, "tags", json!(["safety", "safety"])), "there twice");
    world.refuses("bob", stream_carrying(&world, stream, "tags", json!("safety")), "a list of tags");
    world.refuses("bob", stream_carrying(&world, stream, "tags", json!(["safety//x"])), "is no tag");
}

#[test]
pub(super) fn a_tag_is_renamed_and_deleted_wherever_it_is_with_what_is_nested_in_it() {
    let mut world = vehicle();
    let area = world.area(VEHICLE);
    let listed = |name| ListedTag { name: tag(name), description: None };
    world.refuses("bob", CreateTag { area, tag: listed("safety") }, "PERMISSION");
    world.by("lena", CreateTag { area, tag: listed("safety") });
    world.refuses("lena", CreateTag { area, tag: listed("safety") }, "there twice");
    world.by("lena", carrying(&world, "Motor", "tags", json!(["safety/brake", "fast", "safer"])));
    let baseline = "Motor/baseline:Motor Initial Baseline";
    world.by("lena", stream_carrying(&world, baseline, "tags", json!(["safety"])));
    let criteria =
        |tags: [&str; 2]| SearchCriteria { tag: tags.map(str::to_owned).into(), ..Default::default() };
    let query =
        SharedQuery { name: "Safe".into(), description: None, criteria: criteria(["Safety/brake", "safer"]) };
    world.by("lena", CreateSharedQuery { area, query: query.clone() });
    // Another project area asks for them there, and for its own.
    world.root(CreateProjectArea {
        administrators: vec![world.user("root")],
        ..CreateProjectArea::new(Application::Gc, "Tram".into(), ReadAccess::Everyone)
    });
    let other = world.area("gc/Tram");
    let there = SearchCriteria { project_area: Some(area.number().to_string()), ..query.criteria.clone() };
    let of_vehicle = SharedQuery { name: "There".into(), criteria: there, ..query.clone() };
    for query in [of_vehicle, query] {
        world.root(CreateSharedQuery { area: other, query });
    }
    let rename = |to| ChangeTag { area, tag: tag("safety"), name: Some(tag(to)), description: None };
    world.refuses("bob", rename("risk"), "PERMISSION");
    world.refuses("lena", rename("fast"), "a tag `fast` already");
    let acted = world.by("lena", rename("risk/low"));
    assert_eq!(acted.events.len(), 4, "the lists, the component and the baseline, in one change");
    assert_eq!(carried(&world, "Motor", "tags"), Some(json!(["risk/low/brake", "fast", "safer"])));
    let queries = Vocabulary::of_area(&world.now, area).shared_queries;
    assert_eq!(queries[0].criteria, criteria(["risk/low/brake", "safer"]), "queries go on finding it");
    let sought = Vocabulary::of_area(&world.now, other).shared_queries;
    let sought: Vec<_> = sought.into_iter().map(|it| it.criteria.tag).collect();
    assert_eq!(sought, [["risk/low/brake", "safer"], ["Safety/brake", "safer"]]);
    let expected = ["fast", "risk/low", "risk/low/brake", "safer"].map(|it| (it.to_owned(), 1));
    assert_eq!(used(&world), expected);
    let about = Some(Some("ISO 26262".to_owned()));
    world.by("lena", ChangeTag { area, tag: tag("fast"), name: None, description: about });
    let delete = |it| DeleteTag { area, tag: tag(it) };
    world.refuses("bob", delete("risk"), "PERMISSION");
    world.by("lena", delete("risk"));
    assert_eq!(carried(&world, "Motor", "tags"), Some(json!(["fast", "safer"])));
    world.refuses("lena", delete("risk"), "no such tag");
    let list = world.now.area(area).unwrap().carried.get("tags").cloned();
    assert_eq!(list, Some(json!([{"name": "fast", "description": "ISO 26262"}])));
}

#[test]
pub(super) fn values_are_what_their_types_say() {
    let mut world = vehicle();
    let types = json!([
        {"id": "cost", "type": "number"},
        {"id": "note", "type": "string"},
        {"id": "due", "type": "date"},
        {"id": "asil", "type": "enumeration", "values": ["A", "D"], "multiple": true},
        {"id": "owner", "type": "person"},
        {"id": "site", "type": "uri", "on": ["component"]},
    ]);
    world.refuses("bob", area_key(&world, "attribute_types", types.clone()), "PERMISSION");
    world.refuses("lena", area_key(&world, "attribute_types", json!([{"id": "a"}])), "`type` is missing");
    world.by("lena", area_key(&world, "attribute_types", types));
    let good = json!({
        "cost": 7.5, "note": "by rail", "due": "2026-11-26", "asil": ["A"], "owner": "BOB", "site": "https://a.b",
        "undeclared": {"any": [null]},
    });
    world.by("lena", carrying(&world, "Motor", "attributes", good));
    for (attributes, said) in [
        (json!({"cost": "7"}), "`cost` is a number, not `7`"),
        (json!({"note": 7}), "`note` is some text"),
        (json!({"note": ""}), "`note` is some text"),
        (json!({"asil": []}), "a list, each element one of"),
        (json!({"due": "2026-02-29"}), "`due` is a date"),
        (json!({"asil": "A"}), "a list, each element one of `A`, `D`"),
        (json!({"asil": ["B"]}), "not `B`"),
        (json!({"owner": "nobody"}), "`nobody`, who does not exist"),
        (json!({"site": "a.b"}), "`site` is a URI"),
        (json!([]), "a mapping of attributes"),
    ] {
        world.refuses("lena", carrying(&world, "Motor", "attributes", attributes), said);
    }
    let on_stream = json!({"site": "https://a.b"});
    let stream = "Motor/stream:Motor Initial Stream";
    world.refuses("lena", stream_carrying(&world, stream, "attributes", on_stream), "is not for a stream");
    // Types that contradict what is there are refused, and say how much; a removed type frees the values.
    let text = json!([{"id": "cost", "type": "string"}]);
    world.refuses("lena", area_key(&world, "attribute_types", text), "1 item breaks this: component `Motor`");
    world.by("lena", area_key(&world, "attribute_types", json!([])));
    assert_eq!(carried(&world, "Motor", "attributes").unwrap()["cost"], 7.5);
}

#[test]
pub(super) fn what_is_required_is_demanded_at_creation_or_filled_in() {
    let mut world = vehicle();
    let demanded = json!([{"id": "cost", "type": "number", "required": true, "on": ["component"]}]);
    world.refuses("lena", area_key(&world, "attribute_types", demanded.clone()), "2 items break this");
    let filled = json!([{"id": "asil", "type": "string", "required": true, "default": "QM"}]);
    let acted = world.by("lena", area_key(&world, "attribute_types", filled));
    let area = world.area(VEHICLE);
    assert_eq!(acted.events.len(), 1 + items_of(&world.now, area).count(), "everything gets the default");
    world
        .by("lena", world.make(NewConfiguration::Baseline, "Motor/stream:Motor Initial Stream", "Motor 0.1"));
    let made = world.now.configuration(world.configuration("Motor/baseline:Motor 0.1")).unwrap();
    assert_eq!(made.carried.get("attributes"), Some(&json!({"asil": "QM"})));
    world.refuses("lena", carrying(&world, "Motor", "attributes", json!({})), "`asil` is required");
    // Without a default, whoever makes something must say.
    for name in ["Motor", "Vehicle"] {
        world.by("lena", carrying(&world, name, "attributes", json!({"asil": "A", "cost": 1})));
    }
    world.by("lena", area_key(&world, "attribute_types", demanded));
    let make = |attributes: Value| CreateComponent {
        project_area: area,
        name: "Battery".into(),
        carried: Carried::NOTHING.with("attributes", Some(attributes)),
    };
    world.refuses("lena", make(json!({})), "`cost` is required");
    world.by("lena", make(json!({"cost": 3})));
}

#[test]
pub(super) fn on_a_baseline_only_the_attributes_that_allow_it_change() {
    let mut world = vehicle();
    let types = json!([
        {"id": "asil", "type": "string", "required": true, "default": "QM"},
        {"id": "note", "type": "string", "editable_on_baselines": true},
        {"id": "cost", "type": "number"},
    ]);
    world.by("lena", area_key(&world, "attribute_types", types));
    let baseline = "Motor/baseline:Motor Initial Baseline";
    let set = |world: &World, value| stream_carrying(world, baseline, "attributes", value);
    world.by("lena", set(&world, json!({"asil": "QM", "note": "seen", "undeclared": 1})));
    world.by("lena", set(&world, json!({"asil": "QM"})));
    world.refuses("lena", set(&world, json!({"asil": "D"})), "`asil` cannot be changed on a baseline");
    world.refuses("lena", set(&world, json!({})), "`asil` cannot be changed on a baseline");
    let stream = "Motor/stream:Motor Initial Stream";
    world.by("lena", stream_carrying(&world, stream, "attributes", json!({"asil": "D"})));
    // Nobody could have given it anything when it came with its component; after that it is frozen.
    world.by("lena", set(&world, json!({"asil": "QM", "cost": 1})));
    world.refuses(
        "lena",
        set(&world, json!({"asil": "QM", "cost": 2})),
        "`cost` cannot be changed on a baseline",
    );
    let source = world.configuration(stream);
    let (kind, carried, in_place_in) = (NewConfiguration::Baseline, Carried::NOTHING, None);
    world.by("lena", CreateConfiguration { source, kind, name: "1.0".into(), carried, in_place_in });
    let later = stream_carrying(&world, "Motor/baseline:1.0", "attributes", json!({"asil": "D", "cost": 1}));
    world.refuses("lena", later, "`cost` cannot be changed on a baseline");
}

#[test]
pub(super) fn what_is_made_of_a_configuration_begins_with_its_attributes() {
    let mut world = vehicle();
    let types = json!([
        {"id": "state", "type": "enumeration", "values": ["open", "done"], "required": true, "default": "open"},
        {"id": "sprint", "type": "number", "on": ["stream", "staging"]},
    ]);
    world.by("lena", area_key(&world, "attribute_types", types));
    let stream = "Motor/stream:Motor Initial Stream";
    let attributes = json!({"state": "done", "sprint": 7, "undeclared": [1]});
    world.by("lena", stream_carrying(&world, stream, "attributes", attributes.clone()));
    world.by("lena", stream_carrying(&world, stream, "description", json!("of the stream")));
    let of = |world: &World, text: &str, key: &str| {
        world.now.configuration(world.configuration(text)).unwrap().carried.get(key).cloned()
    };
    for (kind, word, expected) in [
        (NewConfiguration::Stream, "stream", attributes.clone()),
        (NewConfiguration::Staging, "staging", attributes),
        (NewConfiguration::Baseline, "baseline", json!({"state": "done", "undeclared": [1]})),
    ] {
        world.by("lena", world.make(kind, stream, "1.0"));
        assert_eq!(of(&world, &format!("Motor/{word}:1.0"), "attributes"), Some(expected));
        assert_eq!(of(&world, &format!("Motor/{word}:1.0"), "description"), None);
    }
    // What it is given counts, and for the rest the defaults do.
    let given = |value: Value| Carried::NOTHING.with("attributes", Some(value));
    let own = CreateConfiguration {
        carried: given(json!({"sprint": 8})),
        ..world.make(NewConfiguration::Stream, stream, "2.0")
    };
    let bare = CreateConfiguration {
        carried: given(json!({})),
        ..world.make(NewConfiguration::Stream, stream, "3.0")
    };
    world.by("lena", own);
    world.by("lena", bare);
    assert_eq!(of(&world, "Motor/stream:2.0", "attributes"), Some(json!({"sprint": 8, "state": "open"})));
    assert_eq!(of(&world, "Motor/stream:3.0", "attributes"), Some(json!({"state": "open"})));
    // A staging stream that ends as a baseline leaves behind what baselines have not.
    let ended = world.make(NewConfiguration::Staging, stream, "4.0");
    world.by("lena", ended);
    world.by("lena", CommitStagingStream { stream: world.configuration("Motor/staging:4.0") });
    let frozen = Some(json!({"state": "done", "undeclared": [1]}));
    assert_eq!(of(&world, "Motor/baseline:4.0", "attributes"), frozen);
}

#[test]
pub(super) fn links_are_uris_of_declared_types() {
    let mut world = vehicle();
    world.by("lena", area_key(&world, "link_types", json!([{"id": "satisfies"}])));
    let good = json!([
        "https://a.b", {"uri": "https://a.b"},
        {"uri": "https://a.b", "type": "satisfies", "title": "A"},
        {"uri": "https://a.b", "type": "http://open-services.net/ns/rm#satisfies"},
    ]);
    world.by("lena", carrying(&world, "Motor", "links", good));
    for (links, said) in [
        (json!({"a": 1}), "a list of URIs"),
        (json!(["a.b"]), "not `a.b`"),
        (json!([{"title": "A"}]), "a link needs a `uri`"),
        (json!([{"uri": "https://a.b", "type": "verifies"}]), "`verifies` is neither a link type"),
        (json!([{"uri": "https://a.b", "colour": "red"}]), "`colour` is no key"),
    ] {
        world.refuses("lena", carrying(&world, "Motor", "links", links), said);
    }
    world.refuses("lena", area_key(&world, "link_types", json!([])), "1 item breaks this");
}

#[test]
pub(super) fn types_are_taken_from_another_project_area() {
    let mut world = vehicle();
    world.root(CreateProjectArea {
        carried: Carried::NOTHING
            .with(
                "attribute_types",
                Some(json!([
                    {"id": "cost", "type": "number"},
                    {"id": "asil", "type": "string", "required": true, "default": "QM"},
                ])),
            )
            .with("link_types", Some(json!([{"id": "satisfies"}]))),
        ..CreateProjectArea::new(Application::Gc, "Standard".into(), ReadAccess::Everyone)
    });
    let (area, from) = (world.area(VEHICLE), world.area("gc/Standard"));
    world.by("lena", area_key(&world, "attribute_types", json!([{"id": "cost", "type": "string"}])));
    world.refuses("lena", ImportTypes { area, from }, "PERMISSION");
    world.root(ImportTypes { area, from });
    let types = |area| world.now.area(area).unwrap().carried.get("attribute_types").cloned();
    assert_eq!(types(area), types(from));
    assert_eq!(carried(&world, "Motor", "attributes"), Some(json!({"asil": "QM"})));
    world.refuses("root", ImportTypes { area, from }, "nothing would change");
    world.refuses(
        "root",
        ImportTypes { area, from: world.area("gc/Electric Vehicle/Tuning Team") },
        "choose one",
    );
}

#[test]
pub(super) fn shared_queries_are_kept_changed_and_removed_by_those_who_may() {
    let mut world = vehicle();
    let area = world.area(VEHICLE);
    let criteria = SearchCriteria { tag: vec!["safety".into()], ..SearchCriteria::default() };
    let query = SharedQuery { name: "Safe".into(), description: None, criteria };
    let create = CreateSharedQuery { area, query: query.clone() };
    world.refuses("bob", create.clone(), "PERMISSION");
    world.by("lena", create.clone());
    world.refuses("lena", create, "there twice");
    let renamed = SharedQuery { name: "Safety".into(), ..query };
    let change = ChangeSharedQuery { area, name: "Safe".into(), query: renamed };
    world.refuses("bob", change.clone(), "PERMISSION");
    world.by("lena", change.clone());
    world.refuses("lena", change, "no such shared query");
    let remove = RemoveSharedQuery { area, name: "Safety".into() };
    world.refuses("bob", remove.clone(), "PERMISSION");
    world.by("lena", remove);
    assert_eq!(world.now.area(area).unwrap().carried.get("shared_queries"), None);
}
