//! What a document says, and what is said of one that is wrong.

use document::{Documents, Limits, Problems, Report, Source, read};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

fn read_all(texts: &[&[u8]], limits: &Limits) -> Result<Documents, Report> {
    let sources: Vec<Source<'_>> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| Source { name: format!("{}.yaml", index + 1).into(), text })
        .collect();
    let mut problems = Problems::default();
    let documents = read(&sources, limits, &mut problems);
    if problems.is_empty() { Ok(documents) } else { Err(problems.report(&sources, limits)) }
}

fn problems_of(text: impl AsRef<[u8]>) -> String {
    match read_all(&[text.as_ref()], &Limits::default()) {
        Ok(_) => String::new(),
        Err(report) => report.to_string().replace("1.yaml:", ""),
    }
}

/// The text below `bailiwick: 1` has exactly these problems.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let text = format!("bailiwick: 1\n{text}");
    assert_eq!(problems_of(&text).lines().collect::<Vec<_>>(), expected, "of\n{text}");
}

#[test]
fn the_stories_and_the_templates_are_without_problems() {
    for story in [
        include_bytes!("../../../stories/development/eleven-users.yaml").as_slice(),
        include_bytes!("../../../stories/gcm/tuning-team.yaml"),
    ] {
        let documents = read_all(&[story], &Limits::default()).unwrap();
        assert!(documents.organisation.unwrap().expect.unwrap().len() > 20);
    }
    for template in [
        include_bytes!("../../../templates/global-configuration.yaml").as_slice(),
        include_bytes!("../../../templates/quality-management.yaml"),
        include_bytes!("../../../templates/scrum.yaml"),
        include_bytes!("../../../templates/unconfigured.yaml"),
    ] {
        let documents = read_all(&[template], &Limits::default()).unwrap();
        assert_eq!((documents.organisation, documents.templates.len()), (None, 1));
    }
}

#[test]
fn the_requirements_template_is_without_problems() {
    assert_eq!(problems_of(include_bytes!("../../../templates/requirements.yaml")), "");
}

#[test]
fn every_key_of_the_documentation_is_read() {
    let page = include_str!("../../../docs/organisation-document.md");
    let example = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(problems_of(example), "");
    let carried = "
group_bindings: [{group: cn=devs, area: gc/Tram, role: lead}]
license_pools: [{type: ewm-developer, seats: 2, authorised: 3, tokens: 16, expires: 2030-01-01}]
users: [{id: bob, description: builds trams}]
project_areas:
  - application: gc
    name: Tram
    description: d
    associations: [{rm: Requirements}]
    preconditions: [{role: default, operation: gc.save-baseline, require: [no-skew]}]
    attribute_types: [{id: cost, type: number}]
    link_types: []
    shared_queries: []
    denial_texts: {PERMISSION: ask Ines}
    work_item_types: [story, {id: defect, states: [new, done]}]
    artefact_types: []
    timelines:
      - {name: Main, working_days: [mon, tue], start: 2026-01-01, end: 2026-12-31,
         iterations: [{id: 1.0, name: One, start: 2026-01-01, end: 2026-02-01, has_release: true}]}
    components:
      - {name: Brake, tags: [safe], attributes: {cost: 7, ratio: 1.50, none: null}, links: [\"https://x.example\"],
         configurations: [{kind: stream, name: S, tags: [a], attributes: {}, links: []}]}
";
    let documents = read_all(&[format!("bailiwick: 1{carried}").as_bytes()], &Limits::default()).unwrap();
    let organisation = documents.organisation.unwrap();
    let area = &organisation.project_areas.as_ref().unwrap()[0];
    let component = &area.components.as_ref().unwrap()[0];
    let attributes = component.carried.get("attributes").unwrap();
    assert_eq!(attributes.to_string(), r#"{"cost":7,"none":null,"ratio":1.5}"#);
    let iteration = &area.timelines.as_ref().unwrap()[0].iterations.as_ref().unwrap()[0];
    assert_eq!(&*iteration.id.value, "1.0", "a number where text is expected is the text as it is written");
    assert_eq!(iteration.carried.get("has_release"), Some(&true.into()));
    assert_eq!((iteration.id.span.line, iteration.id.span.column), (19, 28));
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    check("usres: []", &["2:1: usres: unknown key `usres`; did you mean `users`?"]);
    check(
        "license_pools:\n  - {type: a, colour: red}",
        &["3:15: license_pools[0].colour: unknown key `colour`; \
           expected one of `type`, `seats`, `authorised`, `tokens`, `expires`"],
    );
    check(
        "project_areas:\n- application: gc\n  name: A\n  components:\n  - name: B\n    configurations:\n    \
         - {kind: stream, name: C}\n    - {kind: stream, nam: D}",
        &[
            "9:7: project_areas[0].components[0].configurations[1]: missing key `name`",
            "9:22: project_areas[0].components[0].configurations[1].nam: unknown key `nam`; did you mean `name`?",
        ],
    );
}

#[test]
fn another_type_than_expected_is_named() {
    let of_user = |keys: &str| format!("users:\n- {{id: bob, {keys}}}");
    check("users: bob", &["2:8: users: expected a list, found `bob`"]);
    check("users: {bob: {}}", &["2:8: users: expected a list, found a mapping"]);
    check(
        "users: [bob, eve]",
        &[
            "2:9: users[0]: expected a mapping with `id`, found `bob`",
            "2:14: users[1]: expected a mapping with `id`, found `eve`",
        ],
    );
    check("users:", &["2:6: users: expected a list, found nothing"]);
    check(&of_user("name: [x]"), &["3:19: users[0].name: expected text, found a list"]);
    check(&of_user("name: null"), &["3:19: users[0].name: expected text, found `null`"]);
    check(&of_user("archived: yes"), &["3:23: users[0].archived: expected `true` or `false`, found `yes`"]);
    check(
        &of_user("archived: 'true'"),
        &["3:23: users[0].archived: expected `true` or `false`, found the text `true`"],
    );
    check(
        &of_user("groups: [JazzUser, 7]"),
        &[
            "3:22: users[0].groups[0]: expected one of `JazzAdmins`, `JazzProjectAdmins`, `JazzUsers`, `JazzGuests`, \
         `JazzDWAdmins`, found `JazzUser`; did you mean `JazzUsers`?",
            "3:32: users[0].groups[1]: expected one of `JazzAdmins`, `JazzProjectAdmins`, `JazzUsers`, `JazzGuests`, \
         `JazzDWAdmins`, found `7`",
        ],
    );
    check("users: [{id: ''}]", &["2:14: users[0].id: expected text, found the text ``"]);
    check(
        "license_pools: [{type: t, seats: -1}]",
        &["2:34: license_pools[0].seats: expected a whole number from 0 to 4294967295, found `-1`"],
    );
    check(
        "license_pools: [{type: t, seats: 4294967296}]",
        &["2:34: license_pools[0].seats: expected a whole number from 0 to 4294967295, found `4294967296`"],
    );
    check(
        "project_areas:\n- application: gc\n  name: A\n  members: [bob]",
        &["5:12: project_areas[0].members: expected a mapping of users to lists of role ids, found a list"],
    );
    check(
        "project_areas:\n- application: gc\n  name: A\n  members: {bob.x: lead}",
        &["5:20: project_areas[0].members[\"bob.x\"]: expected a list, found `lead`"],
    );
    check(
        "project_areas:\n- application: xx\n  summary: 7",
        &[
            "3:3: project_areas[0]: missing key `name`",
            "3:16: project_areas[0].application: expected one of `gc`, `ccm`, `qm`, `rm`, found `xx`",
        ],
    );
}

#[test]
fn a_choice_is_a_word_or_a_mapping_with_one_key() {
    let ccm = |list: &str| format!("project_areas:\n- application: ccm\n  name: A\n{list}");
    let owners = "  plans: [{name: a, owner: {project_area: true}}, {name: b, owner: {user: x}}]";
    check(&ccm(owners), &[]);
    check(
        &ccm("  plans: [{name: a, owner: {project_area: false}}]"),
        &["5:43: project_areas[0].plans[0].owner.project_area: expected `true`, found `false`"],
    );
    check(
        &ccm("  plans: [{name: a, owner: bob}]"),
        &["5:28: project_areas[0].plans[0].owner: expected a mapping with one of `user`, `team_area`, \
         `project_area`, found `bob`"],
    );
    check(
        &ccm("  scm: [{kind: stream, name: a, visibility: privat}]"),
        &[
            "5:45: project_areas[0].scm[0].visibility: expected one of `private`, `team-private`, `project`, `public` or \
         a mapping with `access_group`, found `privat`; did you mean `private`?",
        ],
    );
    check(
        &ccm("  work_items: [{id: 1, restricted_access: {team_area: A, access_group: B}}]"),
        &[
            "5:43: project_areas[0].work_items[0].restricted_access: expected exactly one of `project_area`, `team_area`, \
         `access_group`",
        ],
    );
    check(
        &ccm("  permissions: [{role: r, operation: o, actions: [], at: {iteratoin: x}}]"),
        &[
            "5:59: project_areas[0].permissions[0].at.iteratoin: unknown key `iteratoin`; did you mean `iteration`?",
        ],
    );
}

#[test]
fn the_format_version_is_required_and_known() {
    assert_eq!(problems_of("users: []"), "1:1: missing key `bailiwick`");
    assert_eq!(problems_of("[]"), "1:1: expected a mapping with `bailiwick`, found a list");
    assert_eq!(problems_of(""), "1:1: the file is empty; expected a document");
    assert_eq!(problems_of("---\n"), "2:1: expected a mapping with `bailiwick`, found nothing");
    assert_eq!(problems_of("bailiwick: x"), "1:12: bailiwick: expected the format version `1`, found `x`");
    assert_eq!(
        problems_of("bailiwick: 2\nplanets: []"),
        "1:12: bailiwick: the format version `2` is unknown; this program reads `1`"
    );
    assert_eq!(problems_of("template: T\napplication: any"), "");
    assert_eq!(problems_of("template: T\nusers: []"), [
        "1:1: missing key `application`",
        "2:1: users: unknown key `users`; expected one of `template`, `application`, `bailiwick`, `roles`, \
         `permissions`, `preconditions`, `iteration_types`, `description`, `attribute_types`, `link_types`, \
         `denial_texts`, `work_item_types`, `artefact_types`, `test_artefact_types`, `test_categories`",
    ].join("\n"));
}

#[test]
fn nothing_is_there_twice_and_both_places_are_told() {
    check("users: []\nusers: []", &["3:1: users: the key `users` is there twice, first at line 2, column 1"]);
    check(
        "users:\n- {id: bob}\n- {id: eve}\n- {id: BOB}",
        &["5:8: users[2].id: `bob` is there twice, first at line 3, column 8"],
    );
    check(
        "project_areas:\n- {application: gc, name: A}\n- {application: qm, name: A}\n- {application: gc, name: A}",
        &["5:27: project_areas[2].name: gc `A` is there twice, first at line 3, column 27"],
    );
    let component = "project_areas:\n- application: gc\n  name: A\n  members: {bob: [], Bob: []}\n  components:\n  \
                     - {name: C, configurations: [{kind: stream, name: X}, {kind: baseline, name: X}, \
                     {kind: stream, name: X}]}";
    check(
        component,
        &[
            "5:22: project_areas[0].members.Bob: `bob` is there twice, first at line 5, column 13",
            "7:105: project_areas[0].components[0].configurations[2].name: stream `X` is there twice, first at line 7, \
         column 53",
        ],
    );
    let many: String = (0..20).map(|key| format!("k{key}: 1, ")).collect();
    check(
        &format!("project_areas: [{{application: gc, name: A, associations: {{{many}k3: 1, k5: 1}}}}]"),
        &[
            "2:209: project_areas[0].associations.k3: the key `k3` is there twice, first at line 2, column 80",
            "2:216: project_areas[0].associations.k5: the key `k5` is there twice, first at line 2, column 94",
        ],
    );
}

#[test]
fn what_yaml_has_and_a_document_has_not_is_refused() {
    check(
        "users: &all\n- &bob {id: bob}\n- *bob",
        &[
            "2:8: users: anchors and aliases (`&`, `*`) are not read; write the value out",
            "3:3: users[0]: anchors and aliases (`&`, `*`) are not read; write the value out",
            "4:3: users[1]: anchors and aliases (`&`, `*`) are not read; write the value out",
        ],
    );
    check("users: !list []", &["2:8: users: tags (`!list`) are not read; leave it out"]);
    check("users: []\n---\nusers: []", &["3:1: a second document begins here; expected one in a file"]);
    check("? [a]\n: b", &["2:3: expected a key that is text, found a list"]);
    check("users: [{id: \"a\\0b\"}]", &["2:14: users[0].id: the character U+0000 cannot stand in a text"]);
    check(
        "users: [{id: a\nsettings: 1",
        &["3:9: this is not YAML: while parsing a flow mapping, did not find expected ',' or '}'"],
    );
    check("users: [{id: a\u{1}}]", &["2:15: the control character U+0001 cannot stand in a document"]);
    check(
        "project_areas: [{application: gc, name: A, associations: [.inf, 123456789012345678901]}]",
        &[
            "2:59: project_areas[0].associations[0]: expected a number of bearable size, or a text in quotes, found `.inf`",
            "2:65: project_areas[0].associations[1]: expected a number of bearable size, or a text in quotes, found \
         `123456789012345678901`",
        ],
    );
}

#[test]
fn invalid_utf_8_has_a_place() {
    assert_eq!(
        problems_of(b"bailiwick: 1\r\nusers:\r\n- {id: \xc3\xa4b\xff}\r\n"),
        "3:10: the byte 0xFF is not UTF-8; expected text in UTF-8"
    );
    assert_eq!(
        problems_of("\u{feff}bailiwick: 1\nuser: []"),
        "2:1: user: unknown key `user`; did you mean `users`?"
    );
}

#[test]
fn json_is_read_as_yaml_is() {
    let json =
        r#"{"bailiwick": 1, "users": [{"id": "smile \ud83d\ude00\"", "archived": false, "mail": ""}]}"#;
    let documents = read_all(&[json.as_bytes()], &Limits::default()).unwrap();
    assert_eq!(&*documents.organisation.unwrap().users.unwrap()[0].id.value, "smile 😀\"");
    assert_eq!(
        problems_of("{\n\t\"bailiwick\": 1,\r\n\t\"users\": [\n\t\t{\"id\": \"ä\", \"nane\": 1}, 7]\n}"),
        "4:15: users[0].nane: unknown key `nane`; did you mean `name`?\n\
         4:27: users[1]: expected a mapping with `id`, found `7`"
    );
    assert_eq!(problems_of("{bailiwick: 1, users: [{id: bob,}]}"), "", "YAML's own braces are no JSON");
    assert_eq!(
        problems_of("{\"bailiwick\": 1, \"users\": [{\"id\": \"a\" \"b\"}]}"),
        "1:39: this is not JSON: expected `,` or the closing bracket"
    );
    assert_eq!(
        problems_of("{\"bailiwick\": 1, \"users\": [], \"users\": []}"),
        "1:31: users: the key `users` is there twice, first at line 1, column 18"
    );
}

#[test]
fn of_a_thousand_problems_fifty_are_told_and_all_are_counted() {
    let mut text = "bailiwick: 1\nusers:\n".to_owned();
    for user in 0..1000 {
        writeln!(text, "- {{id: u{user}, archived: {user}}}").unwrap();
    }
    let report = read_all(&[text.as_bytes()], &Limits::default()).unwrap_err();
    assert_eq!((report.problems.len(), report.total), (50, 1000));
    let report = report.to_string();
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "1.yaml:3:22: users[0].archived: expected `true` or `false`, found `0`");
    assert_eq!(lines[49], "1.yaml:52:23: users[49].archived: expected `true` or `false`, found `49`");
    assert_eq!(lines[50..], ["… and 950 more problems (1000 in all)"]);
}

#[test]
fn problems_come_in_the_order_of_files_and_of_places_in_them() {
    let report = read_all(
        &[b"bailiwick: 1\nusers: [{id: a}, {id: a, x: 1}]", b"bailiwick: [}", b"users: 1"],
        &Limits::default(),
    );
    assert_eq!(
        report.unwrap_err().to_string(),
        "1.yaml:2:23: users[1].id: `a` is there twice, first at line 2, column 14\n\
         1.yaml:2:26: users[1].x: unknown key `x`; expected one of `id`, `name`, `mail`, `groups`, `licenses`, \
         `archived`, `functional`, `registry`, `vanished`, `description`\n\
         2.yaml:1:13: this is not YAML: while parsing a node, did not find expected node content\n\
         3.yaml:1:1: missing key `bailiwick`\n\
         3.yaml:1:8: users: expected a list, found `1`"
    );
}

#[test]
fn what_is_meant_to_exhaust_the_reader_is_refused_at_once() {
    let begun = Instant::now();
    let mut bomb = "bailiwick: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert!(problems_of(&bomb).contains("anchors and aliases (`&`, `*`) are not read"));

    let deep = "this is nested deeper than 64 levels";
    assert!(problems_of("[".repeat(10_000)).ends_with(deep));
    assert!(problems_of("{\"a\":".repeat(10_000)).ends_with(deep));
    assert!(problems_of("{a: ".repeat(10_000)).ends_with(deep));
    assert_eq!(problems_of("- ".repeat(10_000)), format!("1:131: {deep}"));
    assert!(
        problems_of((0..3_000).map(|level| " ".repeat(level) + "a:\n").collect::<String>()).ends_with(deep)
    );

    let long = "a value is longer than 4194304 characters; write a long `{…}` or `[…]` as a block";
    let huge = "x".repeat(5 << 20);
    assert!(problems_of(format!("bailiwick: {huge}")).ends_with(long));
    assert!(problems_of(format!("bailiwick: '{huge}'")).ends_with(long));
    assert!(problems_of(format!("{{\"bailiwick\": \"{huge}\"}}")).ends_with(long));
    assert!(problems_of(format!("- [{}]", "a,".repeat(3 << 20))).ends_with(long));
    assert!(problems_of(format!("# {huge}\nbailiwick: 1")).ends_with(long));

    let limits = Limits { bytes: 100, nodes: 5, ..Limits::default() };
    let report = |text: String| read_all(&[text.as_bytes()], &limits).unwrap_err().to_string();
    assert_eq!(report("#".repeat(101)), "1.yaml:1:1: the file has 101 bytes; at most 100 are read");
    assert_eq!(report("[1, 2, 3, 4, 5]".into()), "1.yaml:1:14: the document has more than 5 values");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn long_and_odd_texts_are_shown_within_bounds() {
    let text = format!("bailiwick: 1\nusers: [\"\\e[31m{}\"]", "x".repeat(100));
    let shown = problems_of(text);
    assert!(shown.ends_with(&format!("found the text `\\u{{1b}}[31m{}…`", "x".repeat(75))), "{shown}");
}
