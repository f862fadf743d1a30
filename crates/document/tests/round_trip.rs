//! What is exported and imported again is the same organisation.

use document::{Limits, Mode, Source, export, export_json, import, load};
use governance::{Organisation, decide};
use sample::{question_text, random_organisation, random_questions};

fn reread(text: &str) -> Organisation {
    let sources = [Source { name: "export.yaml".into(), text: text.as_bytes() }];
    match load(&sources, &Limits::default()) {
        Ok(loaded) => loaded.organisation,
        Err(report) => panic!("{report}\n{text}"),
    }
}

#[test]
fn an_export_imported_into_an_empty_server_decides_and_exports_the_same() {
    for seed in 0..150 {
        let organisation = random_organisation(seed);
        let text = export(&organisation);
        let again = reread(&text);
        assert_eq!(export(&again), text, "seed {seed}");
        for question in random_questions(&organisation, seed, 200) {
            let words = question_text(&organisation, &question);
            let there =
                again.question(&words, question.leases).unwrap_or_else(|bad| panic!("{bad}: {words}"));
            let (before, after) = (decide(&organisation, &question), decide(&again, &there));
            assert_eq!(
                organisation.answer(&question, &before),
                again.answer(&there, &after),
                "seed {seed}: {words}"
            );
        }
    }
}

#[test]
fn json_says_the_same_as_yaml() {
    for seed in 0..30 {
        let organisation = random_organisation(seed);
        let text = export(&organisation);
        assert_eq!(export(&reread(&export_json(&organisation))), text, "seed {seed}");
    }
}

#[test]
fn importing_what_is_there_changes_nothing_in_either_mode() {
    for seed in 0..60 {
        let organisation = random_organisation(seed);
        let text = export(&organisation);
        let sources = [Source { name: "export.yaml".into(), text: text.as_bytes() }];
        for mode in [Mode::Overlay, Mode::Replace] {
            let import = import(&sources, &Limits::default(), &organisation, mode)
                .unwrap_or_else(|report| panic!("seed {seed}: {report}"));
            assert_eq!(import.events, [], "seed {seed}, {mode:?}");
        }
    }
}

#[test]
fn replacing_one_organisation_by_another_leaves_nothing_to_change() {
    let mut replaced = 0;
    for seed in 0..40 {
        let (old, new) = (random_organisation(seed), random_organisation(seed + 1000));
        let text = export(&new);
        let sources = [Source { name: "new.yaml".into(), text: text.as_bytes() }];
        // What is archived keeps its place, so that two organisations may collide; most do not.
        let Ok(first) = import(&sources, &Limits::default(), &old, Mode::Replace) else { continue };
        let second = import(&sources, &Limits::default(), &first.organisation, Mode::Replace);
        assert_eq!(second.unwrap_or_else(|report| panic!("seed {seed}: {report}")).events, []);
        replaced += 1;
    }
    assert!(replaced >= 5, "{replaced} of 40 pairs could be replaced");
}

#[test]
fn what_was_archived_after_it_was_contributed_comes_back_so() {
    let text = "bailiwick: 1
users: [{id: ada, groups: [JazzAdmins]}]
project_areas:
  - application: gc
    name: Vehicle
    components:
      - name: Motor
        configurations:
          - {kind: stream, name: \"1.0\", from: \"baseline:Motor Initial Baseline\", archived: true}
      - name: Car
    contributions:
      - {to: \"Car/stream:Car Initial Stream\", configurations: [\"Motor/stream:1.0\"]}
";
    let organisation = reread(text);
    let exported = export(&organisation);
    assert!(exported.contains("archived: true"), "{exported}");
    assert_eq!(export(&reread(&exported)), exported);
}

/// What importing a text into an organisation comes to.
fn imported(text: &str, base: &Organisation, mode: Mode) -> document::Import {
    let sources = [Source { name: "import.yaml".into(), text: text.as_bytes() }];
    import(&sources, &Limits::default(), base, mode).unwrap_or_else(|report| panic!("{report}"))
}

const BEGUN: &str = "bailiwick: 1
users: [{id: ada, groups: [JazzAdmins]}, {id: eve}]
project_areas:
  - application: ccm
    name: Development
    template: Scrum
    roles: [{id: dev, name: Developer, cardinality: one}, {id: team-member, name: Engineer}]
    permissions: [{role: dev, operation: ccm.deliver, actions: [deliver]}]
    timelines: [{name: Main}]
    team_areas: [{name: Core, members: {eve: [dev]}}]
";

#[test]
fn replacing_by_the_same_document_changes_nothing_and_by_less_gives_defaults() {
    let organisation = reread(BEGUN);
    assert_eq!(imported(BEGUN, &organisation, Mode::Replace).events, []);
    assert_eq!(imported(BEGUN, &organisation, Mode::Overlay).events, []);
    let less = BEGUN.replace("{id: dev, name: Developer, cardinality: one}", "{id: dev}");
    let replaced = imported(&less, &organisation, Mode::Replace).organisation;
    assert_eq!(export(&replaced), export(&reread(&less)));
}

#[test]
fn who_is_in_an_area_that_a_replacement_lacks_reads_nothing_by_it_any_more() {
    let organisation = reread(BEGUN);
    let less = BEGUN.replace("    team_areas: [{name: Core, members: {eve: [dev]}}]\n", "");
    let replaced = imported(&less, &organisation, Mode::Replace).organisation;
    let question = governance::QuestionText {
        user: "eve".into(),
        operation: "read".into(),
        item: "ccm:Development".into(),
        ..Default::default()
    };
    let may = |organisation: &Organisation| {
        let question = organisation.question(&question, organisation.leasable()).unwrap();
        decide(organisation, &question).is_ok()
    };
    assert!(may(&organisation) && !may(&replaced));
}

#[test]
fn a_second_timeline_laid_over_is_not_another_project_timeline() {
    let organisation = reread(BEGUN);
    let more = "bailiwick: 1
project_areas: [{application: ccm, name: Development, timelines: [{name: Beta}]}]
";
    let organisation = imported(more, &organisation, Mode::Overlay).organisation;
    let (project, ..) = organisation.project_areas().next().unwrap();
    let timelines: Vec<_> =
        organisation.timelines(project).iter().map(|it| (&*it.name, it.project)).collect();
    assert_eq!(timelines, [("Main", true), ("Beta", false)]);
}

#[test]
fn what_was_removed_of_a_template_does_not_come_back() {
    let organisation = reread(BEGUN);
    let (project, ..) = organisation.project_areas().next().unwrap();
    let (key, permission) = organisation
        .permissions(project)
        .find(|(key, _)| &*key.role == "scrum-master")
        .map(|(key, permission)| (key.clone(), permission.clone()))
        .unwrap();
    let gone = governance::Event::Permission(governance::Change {
        key: (project, key),
        before: Some(permission),
        after: None,
    });
    let organisation = organisation.after([&gone]);
    assert_eq!(imported(BEGUN, &organisation, Mode::Overlay).events, []);
}

#[test]
fn a_renamed_initial_stream_is_known_again() {
    let text = "bailiwick: 1
users: [{id: ada, groups: [JazzAdmins]}]
project_areas:
  - application: gc
    name: Vehicle
    components:
      - name: Motor
        configurations: [{kind: stream, name: Zeta, initial: true}, {kind: stream, name: Alpha}]
";
    let exported = export(&reread(text));
    assert_eq!(export(&reread(&exported)), exported);
    assert!(exported.contains("name: Zeta, initial: true"), "{exported}");
}

#[test]
fn an_unknown_role_or_iteration_is_told_with_the_nearest_known_one() {
    let text = BEGUN.replace("eve: [dev]", "eve: [team-membr]").replace(
        "actions: [deliver]}]",
        "actions: [deliver]}, {role: scrum-mster, operation: ccm.deliver, actions: []}, \
         {role: dev, operation: ccm.deliver, actions: [], at: {timeline: Mian}}]",
    );
    let sources = [Source { name: "slips.yaml".into(), text: text.as_bytes() }];
    let report = load(&sources, &Limits::default()).unwrap_err().to_string();
    for (path, told) in [
        (
            "team_areas[0].members.eve[0]",
            "unknown role here or above `team-membr`; did you mean `team-member`?",
        ),
        ("permissions[1].role", "unknown role here or above `scrum-mster`; did you mean `scrum-master`?"),
        ("permissions[2].at", "unknown timeline `Mian`; did you mean `Main`?"),
    ] {
        assert!(report.contains(&format!("project_areas[0].{path}: {told}")), "{report}");
    }
}

#[test]
fn what_shared_queries_name_is_kept_by_number_and_written_by_name() {
    let text = "bailiwick: 1
users: [{id: ada, groups: [JazzAdmins]}]
project_areas:
  - application: gc
    name: Tram
    shared_queries:
    - name: Ours
      criteria:
        component: gc:Tram#component:Motor
        team_area: Tuning Team
    administrators: [ada]
    team_areas: [{name: Tuning Team}]
    components: [{name: Motor}]
";
    let organisation = reread(text);
    let (_, tram, _) = organisation.project_areas().next().unwrap();
    let kept = &tram.carried.get("shared_queries").unwrap()[0]["criteria"];
    assert_eq!(kept, &serde_json::json!({"component": "0", "team_area": "1"}));
    let exported = export(&organisation);
    assert!(exported.contains("gc:Tram#component:Motor"), "{exported}");
    assert!(exported.contains("gc:Tram@Tuning Team"), "{exported}");
    assert_eq!(export(&reread(&exported)), exported);
    let sources = [Source { name: "export.yaml".into(), text: exported.as_bytes() }];
    let again = import(&sources, &Limits::default(), &organisation, Mode::Replace);
    assert_eq!(again.map(|it| it.events).ok(), Some(Vec::new()));
}
