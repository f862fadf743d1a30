//! `explain`, `test`, `who-can`, `what-can`, `compare`: over documents.

use serde_json::Value;

use crate::support::{ELEVEN, Folder, MODIFY, MOTOR, Ran, TUNING, repository, run};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn an_explanation_tells_every_gate_and_what_would_help() {
    let refused = run(["explain", "--org", TUNING, "bob", MODIFY, MOTOR]);
    assert_eq!((refused.status, refused.stderr.as_str()), (1, ""));
    for line in [
        "Bob may not modify attributes (gc.save-stream) on the stream Motor 1.0: no role",
        "✓ Licence ",
        "✗ Permission ",
        "Governed by gc/Electric Vehicle: the Team Area of Motor 1.0 is Unassigned (inherited from Motor).",
        "  Everyone: no entry for this operation",
        "What would allow it ",
        "Assign Tuning Team to the stream Motor 1.0 ",
        " lena, ada, pam, root",
    ] {
        assert!(refused.stdout.contains(line), "{line} in\n{}", refused.stdout);
    }
    assert!(!refused.stdout.contains('\u{1b}'), "colours are for terminals");

    let beta = MOTOR.replace("1.0", "- Performance Beta 0.0");
    let allowed = run(["explain", "--org", TUNING, "bob", MODIFY, &beta]);
    assert_eq!(allowed.status, 0);
    for line in ["Bob may modify attributes", "✓ gc/Electric Vehicle, always: *", "✓ modify-attributes"] {
        assert!(allowed.stdout.contains(line), "{line} in\n{}", allowed.stdout);
    }
    assert!(!allowed.stdout.contains("What would allow it"));
}

#[test]
fn an_explanation_comes_in_every_form() {
    let refused = |form| {
        let ran = run(["explain", "--org", TUNING, "bob", MODIFY, MOTOR, "--output", form]);
        assert_eq!(ran.status, 1, "{ran:?}");
        ran
    };
    let value = json(&refused("json"));
    assert_eq!(value["gate"], "PERMISSION");
    assert_eq!(value["missing"], serde_json::json!(["modify-attributes"]));
    assert_eq!(value["remedies"][0]["changes"][0], "Assign Tuning Team to the stream Motor 1.0");
    let short = run(["--json", "explain", "--org", TUNING, "bob", MODIFY, MOTOR]);
    assert_eq!(json(&short), value);
    let yaml = refused("yaml").stdout;
    assert!(
        yaml.starts_with("user: \"bob\"\noperation: \"gc.save-stream\"\nactions:\n  - \"modify"),
        "{yaml}"
    );
    let csv = refused("csv").stdout;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("user,operation,actions,item,allowed,gate,basis,area,missing,sentence"));
    assert!(
        lines.next().unwrap().starts_with("bob,gc.save-stream,modify-attributes,gc:Electric Vehicle#Motor")
    );
}

#[test]
fn several_actions_and_their_companions_are_asked_at_once() {
    let sport = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
    let beta = |version: &str| format!("gc:Electric Vehicle#Motor/stream:Motor - Performance Beta {version}");
    let replaced = run([
        "explain",
        "--org",
        TUNING,
        "bob",
        "gc.save-stream/replace-contribution",
        sport,
        "--replace",
        &beta("0.0"),
        "--by",
        &beta("1.0"),
    ]);
    assert_eq!(replaced.status, 0, "{replaced:?}");
    let both =
        run(["explain", "--org", TUNING, "lena", "gc.save-stream/archive+modify-links", MOTOR, "--json"]);
    assert_eq!((both.status, json(&both)["actions"].as_array().unwrap().len()), (0, 2));
    assert_eq!(run(["explain", "--org", TUNING, "nobody", "read", MOTOR]).status, 1);
}

#[test]
fn a_bad_question_is_bad_input() {
    for (operation, item, said) in [
        ("gc.save-streams/archive", MOTOR, "did you mean `gc.save-stream`?"),
        ("gc.save-stream/archiv", MOTOR, "did you mean `archive`?"),
        ("gc.save-stream", MOTOR, "needs at least one action"),
        ("gc.save-baseline/archive", MOTOR, "does not apply to a stream"),
        (MODIFY, "gc:Electric Vehicle#Motor/stream:Hovercraft", "unknown item"),
        (MODIFY, "Motor 1.0", "is no reference"),
    ] {
        for asked in [vec!["explain", "--org", TUNING, "bob"], vec!["who-can", "--org", TUNING]] {
            let ran = run(asked.into_iter().chain([operation, item]));
            assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
            let ok = ran.stderr.starts_with("error: ") && ran.stderr.contains("\nhelp: ");
            assert!(ok && ran.stderr.contains(said), "{said} in {}", ran.stderr);
        }
    }
}

#[test]
fn an_unknown_item_or_user_is_told_with_the_nearest_known_one() {
    for (org, item, meant) in [
        (TUNING, "gc:Electric Vehicle#Motor/stream:Motor 1.1", Some(MOTOR)),
        (TUNING, "gc:Eletric Vehicle#Mtor/stream:motor 1.0", Some(MOTOR)),
        (
            TUNING,
            "gc:Electric Vehicle#Motor/baseline:Motor Inital Baseline",
            Some("gc:Electric Vehicle#Motor/baseline:Motor Initial Baseline"),
        ),
        (TUNING, "gc:Electric Vehicle#component:Moter", Some("gc:Electric Vehicle#component:Motor")),
        (TUNING, "gc:Electric Vehicle@Tunnig Team", Some("gc:Electric Vehicle@Tuning Team")),
        (TUNING, "gc:Electric Vehicles", Some("gc:Electric Vehicle")),
        (ELEVEN, "ccm:Development#category:Web GUI", Some("ccm:Development#category:Web UI")),
        (ELEVEN, "ccm:Development#work-item:109", None),
        (TUNING, "gc:Spaceship#Motor/stream:Motor 1.0", None),
    ] {
        let ran = run(["explain", "--org", org, "bob", "read", item]);
        assert!(ran.status == 2 && ran.stderr.starts_with("error: unknown item `"), "{ran:?}");
        let help =
            meant.map_or("`bailiwick explain --help`".to_owned(), |meant| format!("did you mean `{meant}`?"));
        assert!(ran.stderr.contains(&format!("\nhelp: {help}")), "{help}: {ran:?}");
    }
    for asked in [
        vec!["explain", "--org", TUNING, "bbo", MODIFY, MOTOR],
        vec!["what-can", "--org", TUNING, "bbo", MODIFY],
    ] {
        let ran = run(asked);
        assert_eq!(ran.stderr, "note: no user has the id `bbo`; did you mean `bob`?\n");
    }
}

#[test]
fn stories_hold() {
    let ran = run(["test", TUNING, ELEVEN]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.ends_with(" expectations in 2 stories hold\n"), "{}", ran.stdout);
}

#[test]
fn a_story_that_fails_is_told_by_its_line() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(repository().join(TUNING)).unwrap();
    let at = text.lines().position(|line| line.contains("gate: REPOSITORY_GROUP")).unwrap() + 1;
    let story = folder.file("story.yaml", text.replace("gate: REPOSITORY_GROUP", "gate: LICENSE"));
    let ran = run(["test", &story, TUNING]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.contains(&format!("{story}:{at}: gus gc.save-personal-stream/create")),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("gate is REPOSITORY_GROUP, expected LICENSE"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n1 of "), "{}", ran.stdout);
    let value = json(&run(["test", &story, TUNING, "--json"]));
    assert_eq!((&value["stories"], &value["failures"][0]["line"]), (&Value::from(2), &Value::from(at)));
    assert!(run(["test", &story, "--output", "csv"]).stdout.starts_with("place,question,because\n"));
    assert!(run(["test", &story, "--output", "yaml"]).stdout.starts_with("stories: 1\n"));
}

#[test]
fn a_question_that_cannot_be_asked_fails_its_story() {
    let folder = Folder::new();
    let story = "bailiwick: 1\nexpect:\n  - {user: a, operation: read, item: gc:X, allowed: true}\n";
    let ran = run(["test", &folder.file("story.yaml", story)]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("story.yaml:3: a read gc:X\n    unknown item `gc:X`"), "{}", ran.stdout);
}

#[test]
fn a_file_that_expects_nothing_is_noted_and_one_that_is_wrong_stops_no_other() {
    let folder = Folder::new();
    let empty = folder.file("empty.yaml", "bailiwick: 1\n");
    let ran = run(["test", &empty]);
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.starts_with("note: "), "{}", ran.stderr);
    let wrong = folder.file("wrong.yaml", "bailiwick: 1\nusres: []\n");
    let ran = run(["test", &wrong, TUNING]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("wrong.yaml:2:1: usres: unknown key `usres`; did you mean `users`?"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("hold"), "{}", ran.stdout);
}

#[test]
fn a_document_with_a_thousand_mistakes_shows_fifty_and_counts_them() {
    let folder = Folder::new();
    let text = (0..1000)
        .fold("bailiwick: 1\nusers:\n".to_owned(), |text, n| text + &format!("  - {{id: u{n}, nmae: x}}\n"));
    let ran = run(["who-can", "--org", &folder.file("wrong.yaml", text), "read", "gc:X"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.starts_with("error: 1000 problems in the document; the first 50:\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.matches("unknown key `nmae`; did you mean `name`?").count(), 50);
    assert!(ran.stderr.contains("… and 950 more problems (1000 in all)"), "{}", ran.stderr);
}

#[test]
fn who_can_and_what_can_come_in_every_form() {
    let beta = MOTOR.replace("1.0", "- Performance Beta 0.0");
    let who = |form| run(["who-can", "--org", TUNING, "gc.save-baseline/create", &beta, "--output", form]);
    assert!(who("table").stdout.starts_with("User  Name  Basis     Area\nbob   Bob   role      gc/Electric"));
    assert!(
        who("csv").stdout.starts_with("user,name,basis,area\nbob,Bob,role,gc/Electric Vehicle/Tuning Team\n")
    );
    assert!(who("yaml").stdout.starts_with("- user: \"bob\"\n  name: \"Bob\"\n"));
    let people = json(&who("json"));
    let ids: Vec<_> = people.as_array().unwrap().iter().map(|it| it["user"].as_str().unwrap()).collect();
    assert_eq!(ids, ["bob", "pam", "root"]);

    let what = |form| run(["what-can", "--org", TUNING, "bob", MODIFY, "--output", form]);
    assert!(
        what("table").stdout.starts_with("Kind    Name                          Item\nstream  Battery 1.0 ")
    );
    assert!(what("csv").stdout.starts_with("kind,name,item\nstream,Battery 1.0,gc:"));
    assert_eq!(json(&what("json")).as_array().unwrap().len(), 4);
    assert_eq!(what("table").status, 0);
}

#[test]
fn nobody_and_nothing_are_answers_too() {
    let empty = run(["what-can", "--org", TUNING, "gus", MODIFY]);
    assert_eq!((empty.status, empty.stdout.as_str()), (0, "Nothing.\n"));
    let unknown = run(["what-can", "--org", TUNING, "somebody", MODIFY]);
    assert_eq!((unknown.status, unknown.stderr.as_str()), (0, "note: no user has the id `somebody`\n"));
    assert_eq!(run(["what-can", "--org", TUNING, "somebody", MODIFY, "--json"]).stdout, "[]\n");
    assert_eq!(run(["what-can", "--org", TUNING, "bob", "gc.save-stream"]).status, 2);
}

#[test]
fn a_comparison_tells_who_gains_and_who_loses() {
    let folder = Folder::new();
    let over = folder.file(
        "over.yaml",
        "bailiwick: 1\nproject_areas:\n  - application: gc\n    name: Electric Vehicle\n    components:\n      \
         - {name: Motor, team_area: Tuning Team}\n",
    );
    let compare =
        |form| run(["compare", "--org", TUNING, "--with", TUNING, "--with", &over, "--output", form]);
    let text = compare("table").stdout;
    assert!(
        text.contains("bob ") && text.contains("gains") && text.contains("gc:Electric Vehicle#Motor/"),
        "{text}"
    );
    assert!(text.ends_with("; 2 lose.\n") || text.ends_with("; 1 loses.\n"), "{text}");
    let value = json(&compare("json"));
    let bob = value.as_array().unwrap().iter().find(|it| it["user"] == "bob").unwrap();
    assert_eq!(bob["change"], "gains");
    let csv = compare("csv").stdout;
    assert!(csv.starts_with("user,change,operation,action,kind,area,items,example\n"));
    assert_eq!(csv.lines().count(), value.as_array().unwrap().len() + 1);
    let same = run(["compare", "--org", TUNING, "--with", TUNING]);
    assert_eq!(
        (same.status, same.stdout.as_str()),
        (0, "Nobody gains or loses anything on what is there already.\n")
    );
}
