//! Where a document is told to break a rule of the model.

use document::{Limits, Mode, Source, import, load};

/// The places and messages of what is wrong with a document.
fn told(text: &str) -> String {
    let text = format!("bailiwick: 1\nproject_areas:\n{text}");
    let sources = [Source { name: "x".into(), text: text.as_bytes() }];
    load(&sources, &Limits::default()).err().map(|report| report.to_string()).unwrap_or_default()
}

#[test]
fn what_is_wrong_with_the_use_of_a_process_is_told_at_its_key() {
    let areas = |shares: &str, link: &str| {
        format!(
            "- {{application: gc, name: Standard{shares}}}\n- application: gc\n  name: Tram\n  uses_process: {link}\n"
        )
    };
    for (shares, link, place, message) in [
        (
            "",
            "{project_area: Standard}",
            "6:32: project_areas[1].uses_process.project_area",
            "does not share its process",
        ),
        (
            ", archived: true, shares_process: true",
            "{project_area: Standard}",
            "6:32: project_areas[1].uses_process.project_area",
            "is archived",
        ),
        (
            "",
            "{project_area: Tram}",
            "6:32: project_areas[1].uses_process.project_area",
            "cannot use its own process",
        ),
        ("", "{iteration_types: true}", "6:17: project_areas[1].uses_process", "missing key `project_area`"),
        (
            ", shares_process: true",
            "{project_area: Standrd}",
            "6:32: project_areas[1].uses_process.project_area",
            "did you mean `Standard`?",
        ),
        (
            ", shares_process: true",
            "{project_area: Standard}\n  shares_process: true",
            "6:32: project_areas[1].uses_process.project_area",
            "cannot both use another's process and share its own",
        ),
    ] {
        let told = told(&areas(shares, link));
        assert!(told.starts_with(&format!("x:{place}: ")) && told.contains(message), "{told}");
    }
    assert_eq!(told(&areas(", shares_process: true", "{project_area: Standard}")), "");
}

#[test]
fn what_breaks_a_link_that_is_there_already_is_told_where_the_area_is_named() {
    let text = "bailiwick: 1
project_areas:
- {application: gc, name: Standard, shares_process: true}
- {application: gc, name: Tram, uses_process: {project_area: Standard}}
";
    let base = [Source { name: "base".into(), text: text.as_bytes() }];
    let base = load(&base, &Limits::default()).expect("it is good").organisation;
    let over = "bailiwick: 1\nproject_areas: [{application: gc, name: Tram, shares_process: true}]";
    let over = [Source { name: "over".into(), text: over.as_bytes() }];
    let report = import(&over, &Limits::default(), &base, Mode::Overlay).expect_err("it breaks a rule");
    assert_eq!(
        report.to_string(),
        "over:2:41: project_areas[0].name: project area `Tram` cannot both use another's process and share its own: \
         end one of the two"
    );
}

/// What a document says is wrong with the words of a project area, and with what its items make of them.
#[test]
fn what_is_wrong_with_tags_attributes_and_links_is_told_at_their_place() {
    let area = |keys: &str, component: &str| {
        let component = format!("  components:\n  - name: Motor\n    {component}\n");
        told(&format!("- application: gc\n  name: Tram\n  {keys}\n{component}"))
    };
    let types =
        "attribute_types: [{id: cost, type: number}, {id: due, type: date, required: true, on: [component]}]";
    for (keys, component, expected) in [
        (
            "tags: [{name: Safe}]",
            "team_area: unassigned",
            "x:5:10: project_areas[0].tags[0]: project area `Tram`: a tag cannot be read: `Safe` is no tag: write `safe`",
        ),
        (
            "tags: {name: safe}",
            "team_area: unassigned",
            "x:5:9: project_areas[0].tags: project area `Tram`: `tags` is a list: write it as one",
        ),
        (
            "tags: []",
            "tags: [safe, Not Safe]",
            "x:8:18: project_areas[0].components[0].tags[1]: component `Motor`: `Not Safe` is no tag: write `not safe`",
        ),
        (
            "attribute_types: [{id: cost, type: colour}]",
            "team_area: unassigned",
            "x:5:21: project_areas[0].attribute_types[0]: project area `Tram`: an attribute type cannot be read: unknown type `colour`; expected one of `string`, `number`, `date`, `enumeration`, `person`, `uri`",
        ),
        (
            types,
            "attributes: {due: 2026-11-26, cost: dear}",
            "x:8:41: project_areas[0].components[0].attributes.cost: component `Motor`: the attribute `cost` is a number, not `dear`",
        ),
        (
            types,
            "attributes: {cost: 1}",
            "x:8:17: project_areas[0].components[0].attributes: component `Motor`: the attribute `due` is required: give it a value",
        ),
        (
            "link_types: [{id: satisfies}]",
            "links: [{uri: \"https://a.b\", type: satisfied}]",
            "x:8:13: project_areas[0].components[0].links[0]: component `Motor`: `satisfied` is neither a link type of the project area nor a URI: choose one of them",
        ),
        (
            "shared_queries: [{name: Mine, criteria: {colour: red}}]",
            "team_area: unassigned",
            "x:5:20: project_areas[0].shared_queries[0]: project area `Tram`: a shared query cannot be read: `colour` is unknown",
        ),
    ] {
        let told = area(keys, component);
        assert!(told.trim().starts_with(expected), "{told}\nnot\n{expected}");
    }
    assert_eq!(area(types, "attributes: {due: 2026-11-26, other: {any: thing}}"), "");
}

#[test]
fn days_in_the_wrong_order_are_told_where_the_timelines_stand() {
    let area = |days: &str| {
        format!("- {{application: gc, name: Tram, timelines: [{{name: Main, project: true, {days}}}]}}\n")
    };
    let found = told(&area("start: 2026-03-02, end: 2026-03-01"));
    assert!(
        found.starts_with(
            "x:3:52: project_areas[0].timelines[0].name: timeline `Main` ends on 2026-03-01, before"
        ),
        "{found}"
    );
    let found = told(&area("iterations: [{id: S1, start: 2026-03-02, end: 2026-03-01}]"));
    assert!(found.contains("iteration `S1` of timeline `Main` ends on 2026-03-01"), "{found}");
    assert_eq!(told(&area("start: 2026-03-01, end: 2026-03-01")), "");
    assert_eq!(told(&area("start: next year, end: never")), "");
}

#[test]
fn what_is_required_is_filled_in_wherever_it_is_lacking() {
    let base = "bailiwick: 1\nproject_areas: [{application: gc, name: Tram, components: [{name: Motor}]}]";
    let source = |text: &'static str| [Source { name: "x".into(), text: text.as_bytes() }];
    let base = load(&source(base), &Limits::default()).unwrap().organisation;
    let types = "bailiwick: 1
project_areas:
- application: gc
  name: Tram
  attribute_types: [{id: asil, type: string, required: true, default: QM}]
  components: [{name: Brake}]
";
    let import = import(&source(types), &Limits::default(), &base, Mode::Overlay).unwrap();
    let everything: Vec<_> = import.organisation.components().map(|(_, it)| &it.carried).collect();
    assert_eq!(everything.len(), 2);
    let configurations = import.organisation.configurations().map(|(_, it)| &it.carried);
    for carried in everything.into_iter().chain(configurations) {
        assert_eq!(carried.get("attributes").unwrap().to_string(), r#"{"asil":"QM"}"#);
    }
    let text = document::export(&import.organisation);
    let again = [Source { name: "y".into(), text: text.as_bytes() }];
    assert_eq!(document::export(&load(&again, &Limits::default()).unwrap().organisation), text);
}
