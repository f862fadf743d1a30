//! Process templates: read, kept by a server, and begun with (docs/process.md#process-templates).

use std::collections::BTreeMap;

use document::{
    Limits, Mode, Source, built_in_templates, export, export_template, export_template_json, import, load,
    read_template, template_named, templates,
};
use governance::{Event, Organisation, ProcessTemplate};
use sample::random_organisation;

const TRAM: &str = "template: Tram
application: gc
roles: [{id: driver, name: Driver, cardinality: one}, {id: guard}]
permissions:
  - {role: guard, operation: gc.save-stream, actions: [create]}
  - {role: driver, operation: gc.save-stream, actions: [\"*\"], at: {iteration_type: sprint}}
iteration_types: [sprint]
description: For trams
artefact_types: [rail]
";

const PLANTED: &str = "bailiwick: 1
project_areas: [{application: gc, name: Tram 1, template: Tram}]
";

fn sources<'t>(texts: &[&'t str]) -> Vec<Source<'t>> {
    let source = |(at, text): (usize, &&'t str)| Source {
        name: format!("{}.yaml", at + 1).into(),
        text: text.as_bytes(),
    };
    texts.iter().enumerate().map(source).collect()
}

fn imported(texts: &[&str], base: &Organisation, mode: Mode) -> document::Import {
    import(&sources(texts), &Limits::default(), base, mode).unwrap_or_else(|report| panic!("{report}"))
}

fn overlaid(texts: &[&str], base: &Organisation) -> Organisation {
    imported(texts, base, Mode::Overlay).organisation
}

fn kept(organisation: &Organisation) -> Vec<&str> {
    organisation.process_templates().map(|(_, it)| &*it.name).collect()
}

fn roles_of(organisation: &Organisation, area: &str) -> Vec<String> {
    let area = organisation.area_at(area).expect("the area is there");
    organisation.roles(area).iter().map(|role| role.id.to_string()).collect()
}

fn text_of(text: &str) -> Result<ProcessTemplate, String> {
    read_template(&sources(&[text])[0], &Limits::default()).map_err(|report| report.to_string())
}

#[test]
fn the_built_in_templates_keep_the_rules() {
    assert_eq!(built_in_templates().len(), 5);
    for template in built_in_templates() {
        assert_eq!(template.violations(), [], "{}", template.name);
    }
}

#[test]
fn the_text_of_a_template_is_read_as_the_same_template() {
    let mut all: Vec<ProcessTemplate> = built_in_templates().to_vec();
    for seed in 0..60 {
        all.extend(random_organisation(seed).process_templates().map(|(_, it)| it.clone()));
    }
    assert!(all.len() > 50);
    for template in &all {
        for text in [export_template(template), export_template_json(template)] {
            assert_eq!(text_of(&text).as_ref(), Ok(template), "{text}");
        }
    }
    let tram = export_template(&text_of(TRAM).unwrap());
    assert_eq!(
        tram,
        "template: Tram
application: gc
roles:
  - {id: driver, name: Driver, cardinality: one}
  - {id: guard}
iteration_types: [sprint]
permissions:
  - {role: driver, operation: gc.save-stream, actions: [\"*\"], at: {iteration_type: sprint}}
  - {role: guard, operation: gc.save-stream, actions: [create]}
artefact_types: [rail]
description: For trams
"
    );
}

#[test]
fn what_is_wrong_with_a_template_is_told_at_its_place() {
    for (text, told) in [
        ("application: gc", "1:1: missing key `template`"),
        ("template: T\napplication: any\nusers: []", "3:1: users: unknown key `users`"),
        ("template: T\napplication: java", "2:14: application: expected"),
        ("template: ' T'\napplication: gc", "1:11: template: the process template ` T` has blanks around it"),
        (
            "template: T\napplication: gc\nroles: [{id: driver}]\npermissions:\n\
             - {role: drivr, operation: gc.save-stream, actions: []}",
            "5:10: permissions[0].role: unknown role of this template `drivr`; did you mean `driver`?",
        ),
        (
            "template: T\napplication: gc\npermissions:\n- {role: default, operation: gc.save-strem, actions: []}",
            "4:30: permissions[0].operation: unknown operation `gc.save-strem`; did you mean `gc.save-stream`?",
        ),
        (
            "template: T\napplication: gc\npermissions:\n\
             - {role: default, operation: repository.manage-users, actions: []}",
            "permissions[0].operation: `repository.manage-users` is decided by repository groups alone",
        ),
        (
            "template: T\napplication: gc\npermissions:\n- {role: default, operation: gc.save-stream, actions: [moo]}",
            "permissions[0].actions[0]: `moo` is no action of `gc.save-stream`",
        ),
        (
            "template: T\napplication: gc\npermissions:\n\
             - {role: default, operation: gc.save-stream, actions: [create]}\n\
             - {role: default, operation: gc.save-stream, actions: []}",
            "5:3: permissions[1]: template `T` has two entries for role `default` and `gc.save-stream`",
        ),
        (
            "template: T\napplication: any\npermissions: [{role: default, operation: ccm.deliver, actions: []}]",
            "3:15: permissions[0]: `ccm.deliver` is no operation of every application",
        ),
        (
            "template: T\napplication: gc\niteration_types: [a, b, a]",
            "3:25: iteration_types[2]: `T` has the iteration type `a` twice",
        ),
        (
            "template: T\napplication: gc\nroles: [{id: default}]",
            "3:14: roles[0].id: the role `default` is Everyone",
        ),
        (
            "template: T\napplication: gc\n\
             permissions: [{role: default, operation: gc.save-stream, actions: [], at: {timeline: Main}}]",
            "3:15: permissions[0]: an entry of template `T` is for the timeline `Main`",
        ),
    ] {
        let report = text_of(text).unwrap_err();
        assert!(report.contains(told), "{report}\nof\n{text}");
        assert_eq!(report.lines().count(), 1, "{report}");
    }
}

#[test]
fn an_imported_template_is_kept_and_a_project_area_begins_with_it_later() {
    let organisation = overlaid(&[TRAM], &Organisation::default());
    assert_eq!(kept(&organisation), ["Tram"]);
    assert_eq!(imported(&[TRAM], &organisation, Mode::Overlay).events, []);
    let organisation = overlaid(&[PLANTED], &organisation);
    assert_eq!(roles_of(&organisation, "gc/Tram 1"), ["driver", "guard"]);

    // It was copied: what becomes of the template is of no influence on the area any more.
    let fewer = TRAM
        .replace(", {id: guard}", "")
        .replace("  - {role: guard, operation: gc.save-stream, actions: [create]}\n", "");
    let organisation = overlaid(&[&fewer], &organisation);
    assert_eq!(template_named(&organisation, "Tram").unwrap().roles.len(), 1);
    assert_eq!(roles_of(&organisation, "gc/Tram 1"), ["driver", "guard"]);
    let organisation = overlaid(&[&PLANTED.replace("Tram 1", "Tram 2")], &organisation);
    assert_eq!(roles_of(&organisation, "gc/Tram 2"), ["driver"]);
}

#[test]
fn the_files_count_before_what_is_kept_and_that_before_what_is_built_in() {
    let scrum = |role: &str| format!("template: Scrum\napplication: ccm\nroles: [{{id: {role}}}]\n");
    let area = "bailiwick: 1\nproject_areas: [{application: ccm, name: Web, template: Scrum}]\n";
    let none = Organisation::default();
    assert!(roles_of(&overlaid(&[area], &none), "ccm/Web").contains(&"scrum-master".to_owned()));
    let with_own = overlaid(&[&scrum("kept")], &none);
    assert_eq!(roles_of(&overlaid(&[area], &with_own), "ccm/Web"), ["kept"]);
    assert_eq!(roles_of(&overlaid(&[area, &scrum("filed")], &with_own), "ccm/Web"), ["filed"]);
    // Of several files the last one counts.
    let twice = overlaid(&[&scrum("first"), area, &scrum("last")], &with_own);
    assert_eq!(roles_of(&twice, "ccm/Web"), ["last"]);
    assert_eq!(kept(&twice), ["Scrum"]);
}

#[test]
fn an_edited_built_in_template_is_offered_in_its_place_until_it_is_deleted() {
    let offered = |organisation: &Organisation| -> BTreeMap<String, (bool, bool, usize)> {
        let all = templates(organisation.process_templates());
        assert!(all.is_sorted_by_key(|it| &it.template.name));
        all.iter()
            .map(|it| {
                (it.template.name.to_string(), (it.kept.is_some(), it.built_in, it.template.roles.len()))
            })
            .collect()
    };
    let none = Organisation::default();
    assert_eq!((offered(&none).len(), offered(&none)["Scrum"]), (5, (false, true, 4)));
    let edited = "template: Scrum\napplication: ccm\nroles: [{id: dev}]\n";
    let organisation = overlaid(&[TRAM, edited], &none);
    let now = offered(&organisation);
    assert_eq!((now.len(), now["Scrum"], now["Tram"]), (6, (true, true, 1), (true, false, 2)));
    let gone = organisation.facts().find(|event| match event {
        Event::ProcessTemplate(change) => change.after.as_ref().is_some_and(|it| &*it.name == "Scrum"),
        _ => false,
    });
    let organisation = organisation.after([&gone.unwrap().undone()]);
    assert_eq!(offered(&organisation)["Scrum"], (false, true, 4));
}

#[test]
fn the_organisation_document_carries_what_is_kept_and_nothing_of_what_is_built_in() {
    let organisation = overlaid(&[TRAM, PLANTED], &Organisation::default());
    let text = export(&organisation);
    assert!(text.contains("process_templates:\n  - template: Tram\n    application: gc\n"), "{text}");
    let again = load(&sources(&[&text]), &Limits::default()).unwrap().organisation;
    assert_eq!(export(&again), text);
    assert!(!export(&Organisation::default()).contains("template"));
    let doubled =
        "bailiwick: 1\nprocess_templates: [{template: T, application: gc}, {template: T, application: gc}]";
    let report = load(&sources(&[doubled]), &Limits::default()).unwrap_err().to_string();
    assert_eq!(
        report,
        "1.yaml:2:64: process_templates[1].template: `T` is there twice, first at line 2, column 32"
    );
}

#[test]
fn a_replacement_leaves_templates_alone_unless_its_document_lists_them() {
    let organisation = overlaid(&[TRAM, &TRAM.replace("Tram", "Bus")], &Organisation::default());
    let after = |texts: &[&str]| imported(texts, &organisation, Mode::Replace).organisation;
    assert_eq!(kept(&after(&["bailiwick: 1"])), ["Bus", "Tram"]);
    assert_eq!(kept(&after(&[&TRAM.replace("Tram", "Train")])), ["Bus", "Tram", "Train"]);
    assert_eq!(kept(&after(&["bailiwick: 1\nprocess_templates: []"])), [""; 0]);
    let listed = "bailiwick: 1\nprocess_templates: [{template: Tram, application: gc}]";
    assert_eq!(kept(&after(&[listed, &TRAM.replace("Tram", "Train")])), ["Tram", "Train"]);
}

#[test]
fn an_unknown_template_is_told_with_the_nearest_that_fits_the_application() {
    let text = "bailiwick: 1
project_areas: [{application: gc, name: A, template: Trem}, {application: qm, name: B, template: Tram}]
";
    let report = import(&sources(&[TRAM, text]), &Limits::default(), &Organisation::default(), Mode::Overlay);
    let report = report.unwrap_err().to_string();
    assert!(
        report.contains("unknown template for this application `Trem`; did you mean `Tram`?"),
        "{report}"
    );
    // One of another application is not offered.
    assert!(
        report.ends_with("project_areas[1].template: unknown template for this application `Tram`"),
        "{report}"
    );
}
