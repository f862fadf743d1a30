//! Documents laid over one another.

use document::{Limits, Problems, Source, raw, read};

fn laid(texts: &[&str]) -> raw::Organisation {
    let texts: Vec<String> = texts.iter().map(|text| format!("bailiwick: 1\n{text}")).collect();
    let source = |text| Source { name: "x".into(), text };
    let sources: Vec<Source<'_>> = texts.iter().map(|text| source(text.as_bytes())).collect();
    let mut problems = Problems::default();
    let documents = read(&sources, &Limits::default(), &mut problems);
    assert!(problems.is_empty(), "{}", problems.report(&sources, &Limits::default()));
    documents.organisation.expect("each is a part of an organisation")
}

/// The project area `A` with the first keys, and with the second ones laid over it.
fn area(base: &str, over: &str) -> raw::ProjectArea {
    let text = |keys: &str| format!("project_areas:\n- application: gc\n  name: A\n  {keys}");
    let organisation = laid(&[&text(base), &text(over)]);
    let areas = organisation.project_areas.expect("both have one");
    assert_eq!(areas.len(), 1);
    areas.into_iter().next().expect("there is one")
}

fn texts<'a>(list: impl IntoIterator<Item = &'a document::Text>) -> Vec<&'a str> {
    list.into_iter().map(|text| &*text.value).collect()
}

#[test]
fn elements_of_the_same_identity_are_merged_and_new_ones_appended() {
    let both = laid(&[
        "users: [{id: bob, name: Bob}, {id: eve}]",
        "users: [{id: zoe}, {id: BOB, mail: bob@example.com}]",
    ]);
    let users = both.users.unwrap();
    assert_eq!(
        texts(users.iter().map(|user| &user.id)),
        ["bob", "eve", "zoe"],
        "an id stays as first written"
    );
    assert_eq!(&*users[0].name.as_ref().unwrap().0, "Bob");
    assert_eq!(&*users[0].mail.as_ref().unwrap().0, "bob@example.com");

    let area = area(
        "components: [{name: C, configurations: [{kind: stream, name: X, from: 'baseline:B'}]}]",
        "components: [{name: C, configurations: [{kind: baseline, name: X}, {kind: stream, name: X, archived: true}]}]",
    );
    let components = area.components.unwrap();
    let configurations = components[0].configurations.as_ref().unwrap();
    assert_eq!(configurations.len(), 2);
    assert!(configurations[0].archived.as_ref().unwrap().value);
    assert_eq!(&*configurations[0].from.as_ref().unwrap().value, "baseline:B");
    assert_eq!(configurations[0].from.as_ref().unwrap().span.file, 0);
    assert_eq!(configurations[1].name.span.file, 1);
}

#[test]
fn project_areas_are_told_apart_by_application_and_name() {
    let both = laid(&[
        "project_areas: [{application: gc, name: A}, {application: rm, name: A}]",
        "project_areas: [{application: rm, name: A, archived: true}, {application: qm, name: A}]",
    ]);
    let areas = both.project_areas.unwrap();
    let archived: Vec<_> =
        areas.iter().map(|area| (area.application.id(), area.archived.is_some())).collect();
    assert_eq!(archived, [("gc", false), ("rm", true), ("qm", false)]);
}

#[test]
fn maps_are_merged_key_by_key() {
    let merged = area(
        "members: {bob: [lead], eve: []}\n  uses_process: {project_area: P, iteration_types: true}",
        "members: {zoe: [], Bob: []}\n  uses_process: {server: 'https://elm.example'}",
    );
    let members = merged.members.unwrap().0;
    assert_eq!(texts(members.iter().map(|member| &member.user)), ["bob", "eve", "zoe"]);
    assert!(members[0].roles.is_empty());
    let link = merged.uses_process.unwrap();
    assert!(link.project_area.is_some() && link.server.is_some() && link.iteration_types.is_some());

    let merged = area("denial_texts: {a: 1, b: {c: 2, d: [3]}}", "denial_texts: {b: {d: [4]}, e: 5}");
    let texts = merged.carried.get("denial_texts").unwrap();
    assert_eq!(texts.to_string(), r#"{"a":1,"b":{"c":2,"d":[4]},"e":5}"#);
}

#[test]
fn every_other_list_is_replaced_whole() {
    let replaced = area(
        "administrators: [a, b]\n  permissions: [{role: r, operation: o, actions: []}]\n  \
         contributions: [{to: x, configurations: [1, 2]}, {to: y, configurations: [3]}]",
        "administrators: []\n  permissions: [{role: s, operation: o, actions: ['*']}]\n  \
         contributions: [{to: y, configurations: [4]}]",
    );
    assert!(replaced.administrators.unwrap().is_empty());
    assert_eq!(texts(replaced.permissions.unwrap().iter().map(|entry| &entry.role)), ["s"]);
    let contributions = replaced.contributions.unwrap();
    assert_eq!(texts(contributions[0].configurations.as_ref().unwrap()), ["1", "2"]);
    assert_eq!(texts(contributions[1].configurations.as_ref().unwrap()), ["4"]);
}

#[test]
fn owner_visibility_restricted_access_and_read_are_replaced_whole() {
    let ccm = |keys: &str| format!("project_areas:\n- application: ccm\n  name: A\n  {keys}");
    let both = laid(&[
        &ccm("scm: [{kind: stream, name: S, owner: {user: bob}, visibility: {access_group: G}}]"),
        &ccm("scm: [{kind: stream, name: S, owner: {team_area: T}, visibility: public}]"),
    ]);
    let areas = both.project_areas.unwrap();
    let stream = &areas[0].scm.as_ref().unwrap()[0];
    assert!(matches!(stream.owner.as_ref().unwrap().value, raw::Owner::TeamArea(_)));
    assert_eq!(stream.visibility.as_ref().unwrap().value, raw::ScmVisibility::Public);
}

#[test]
fn nested_lists_are_merged_as_deep_as_they_go() {
    let merged = area(
        "timelines: [{name: Main, iterations: [{id: '1', iterations: [{id: a, type: sprint}]}]}]\n  \
         team_areas: [{name: T, team_areas: [{name: U, members: {bob: []}}]}]",
        "timelines: [{name: Main, current: 1/b, iterations: [{id: '1', iterations: [{id: b}, {id: a, name: A}]}]}]\n  \
         team_areas: [{name: T, team_areas: [{name: U, archived: true}, {name: V}]}]",
    );
    let timelines = merged.timelines.unwrap();
    let inner = timelines[0].iterations.as_ref().unwrap()[0].iterations.as_ref().unwrap();
    assert_eq!(texts(inner.iter().map(|iteration| &iteration.id)), ["a", "b"]);
    assert!(inner[0].iteration_type.is_some() && inner[0].carried.get("name").is_some());
    let teams = merged.team_areas.unwrap();
    let inner = teams[0].team_areas.as_ref().unwrap();
    assert!(inner.len() == 2 && inner[0].members.is_some() && inner[0].archived.is_some());
}

#[test]
fn laying_a_large_list_over_a_large_list_takes_no_square_of_time() {
    let users =
        |from: usize| (from..from + 50_000).map(|user| format!("- {{id: u{user}}}\n")).collect::<String>();
    let both = laid(&[&format!("users:\n{}", users(0)), &format!("users:\n{}", users(25_000))]);
    assert_eq!(both.users.unwrap().len(), 75_000);
}
